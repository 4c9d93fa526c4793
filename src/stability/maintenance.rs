//! What it takes to keep segments: how often they are to be refreshed, what that costs, and what it
//! costs not to.
//!
//! Amounts are whole cents, and so are the rates, hours and numbers of visits that they are made of whole
//! hundredths: every total is the sum of lines that are printed, and each line the product of what
//! stands in it.

use super::hundredths::Hundredths;
use super::terms::{Currency, OfferKind, TermKey, Terms};
use crate::error::{Error, Result};
use crate::history::{Day, Recency};

/// Days of a year, leap years shared out.
const YEAR: f64 = 365.25;
const WEEK: f64 = 7.0;
const MONTHS: f64 = 12.0;

/// How segments were found to last.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The last day of the data.
    pub day: Day,
    /// The length of a period, in days.
    pub step_days: f64,
    /// The ARI below which segments are stale.
    pub threshold: f64,
    /// The form of recency that is in use.
    pub recency: Recency,
    /// Customers on that day.
    pub n_customers: u64,
    /// Days of the last 365 that the history covers: from fewer, a year is extrapolated.
    pub observed_days: u32,
    /// Of a year, in the shop's currency; `None`: not known.
    pub revenue_per_year: Option<f64>,
    /// Of a year.
    pub new_customers_per_year: f64,
    /// One per period; the first is one step after T0.
    pub curve: Vec<CurvePoint>,
    /// Of that curve.
    pub refresh: RefreshPoint,
    /// How many dates took the part of T0; its range is over all of them.
    pub n_origins: u32,
    /// Other thresholds and other forms of recency.
    pub sensitivity: Vec<Sensitivity>,
    /// Reasons not to believe the curve at once, as sentences in English.
    pub doubts: Vec<String>,
}

/// What became of segments by the end of a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Between the old model's segments and those of a refit.
    pub ari: f64,
    /// The lower end of the noise band around it.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Customers who would change segment at a refresh.
    pub moved_share: f64,
    /// Their share of revenue; `None`: not known.
    pub moved_revenue_share: Option<f64>,
    /// Of the new customers, those farther from every centre than 99 % of the customers of the fit.
    pub new_far_share: f64,
}

/// When segments are stale, in periods after T0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RefreshPoint {
    /// `None`: not within the data.
    pub periods: Option<f64>,
    /// The 2.5th percentile over curves of one refit per date: how far refits of the same customers
    /// differ, which says nothing of other periods of time.
    pub low: Option<f64>,
    /// The 97.5th percentile of the same.
    pub high: Option<f64>,
    /// Periods that were looked at.
    pub censored_at: f64,
    /// The share of those curves that had fallen below the threshold by then (Kaplan and Meier's estimate).
    pub fallen: f64,
}

/// When segments would be stale by another threshold or with another form of recency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// The form.
    pub recency: Recency,
    /// The ARI below which segments are stale.
    pub threshold: f64,
    /// When they are.
    pub refresh: RefreshPoint,
}

/// A maintenance proposal, in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What it stands on.
    pub evidence: Evidence,
    /// What it assumes.
    pub terms: Terms,
    /// How often to refresh.
    pub interval: RefreshInterval,
    /// When the first visit is due; `None` if that is beyond the calendar.
    pub first_visit: Option<Day>,
    /// Until when the proposal holds, if it has a day.
    pub valid_until: Option<Day>,
    /// In the currency of the contract.
    pub day_rate: Hundredths,
    /// The same per hour; lines are priced with it.
    pub hourly_rate: Hundredths,
    /// What one visit of each kind costs.
    pub visits: [VisitPrice; 2],
    /// In the order of [`OfferKind::ALL`].
    pub offers: [Offer; 3],
    /// Cost per year by interval: every whole week up to a year or to the end of the data, whichever is
    /// later, and to ten years at most. None where revenue is not known.
    pub costs: Vec<IntervalCost>,
    /// Where visits and staleness together cost least; `None` where revenue is not known.
    pub optimum: Option<IntervalCost>,
    /// The interval at which they would, if staleness cost so many times as much.
    pub optimum_if: Vec<(f64, u32)>,
    /// By threshold and form of recency.
    pub sensitivity: Vec<SensitivityRow>,
    /// What calls for a visit earlier than planned.
    pub triggers: Triggers,
}

/// How often to refresh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RefreshInterval {
    /// The refresh point, or the end of the data where that comes first, rounded down to whole weeks; to
    /// whole days below one week.
    pub days: u32,
    /// Segments were not stale by the end of the data: the interval may be longer.
    pub at_least: bool,
    /// The refresh point, in days; `None`: not within the data.
    pub refresh_days: Option<f64>,
    /// The 2.5th percentile over refits.
    pub low_days: Option<f64>,
    /// The 97.5th.
    pub high_days: Option<f64>,
    /// How many days were looked at.
    pub horizon_days: f64,
}

/// A kind of visit. (The daily assignment of customers needs none.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Scales and centres are fitted again from the old ones; segments keep their names.
    Recalibration,
    /// Features, number of segments and names are chosen anew.
    Resegmentation,
}

/// What one visit costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VisitPrice {
    /// Its kind.
    pub visit: Visit,
    /// Hours of all its tasks.
    pub hours: Hundredths,
    /// Those hours at the hourly rate.
    pub amount: Hundredths,
}

/// What lines of a price belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PricePart {
    /// Planned recalibrations.
    Recalibration,
    /// Planned re-segmentations.
    Resegmentation,
    /// Monitoring, month by month.
    Monitoring,
    /// Recalibrations that something triggers.
    Triggered,
    /// Meetings with those who use the segments.
    Review,
    /// What is done once, at the beginning.
    Setup,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaintenanceTask {
    /// Checking data and features.
    Data,
    /// The refit from the old centres, and the report on stability.
    Refit,
    /// Choosing features, number of segments and model.
    Modelling,
    /// Reviewing the segments.
    Quality,
    /// Telling marketing what changed.
    Note,
    /// Naming segments with marketing.
    Naming,
    /// Handing over.
    HandOver,
    /// Looking at the monthly checks and at the daily assignment.
    Monitoring,
    /// All of a recalibration.
    Visit,
    /// Preparing and holding a meeting.
    Meeting,
    /// Access, automatic assignment, first report.
    Setup,
}

/// A line of a price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceLine {
    /// What it belongs to.
    pub part: PricePart,
    /// What is done.
    pub task: MaintenanceTask,
    /// How often a year.
    pub quantity: Hundredths,
    /// Hours each time.
    pub hours_each: Hundredths,
    /// Hours a year: the product of the two.
    pub hours: Hundredths,
    /// Those at the hourly rate.
    pub amount: Hundredths,
}

/// An offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Which one.
    pub kind: OfferKind,
    /// Days between visits.
    pub days: u32,
    /// Planned visits a year, of both kinds.
    pub visits: Hundredths,
    /// Of these, recalibrations.
    pub recalibrations: Hundredths,
    /// And re-segmentations.
    pub resegmentations: Hundredths,
    /// The chance that segments are stale before an interval ends.
    pub early_chance: f64,
    /// Triggered visits a year that the evidence lets expect.
    pub early_visits: f64,
    /// Triggered visits a year that the price holds; `None` where they are billed when they happen.
    pub triggered: Option<Hundredths>,
    /// What is paid for every year.
    pub lines: Vec<PriceLine>,
    /// The sums of the lines, by what they belong to.
    pub parts: Vec<(PricePart, Hundredths)>,
    /// The sum of all lines.
    pub yearly: Hundredths,
    /// A twelfth of it.
    pub monthly: Hundredths,
    /// What is left for the twelfth month.
    pub last_month: Hundredths,
    /// What is paid for once.
    pub setup: PriceLine,
    /// Both.
    pub first_year: Hundredths,
    /// What segments cost by growing old.
    pub staleness: Staleness,
    /// The yearly price and that; `None` where revenue is not known.
    pub with_staleness: Option<Hundredths>,
    /// What segments are like when a visit is due.
    pub at_visit: Moved,
    /// New customers from one visit to the next.
    pub new_customers: u64,
}

/// What segments that grow old cost in a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staleness {
    /// The share of customers who stand in another segment than a refit would give them, on average from
    /// one visit to the next.
    pub mean_moved_share: f64,
    /// Their share of revenue; `None`, as the amounts: not known.
    pub mean_moved_revenue_share: Option<f64>,
    /// Whether part of the interval lies beyond the end of the data.
    pub extrapolated: bool,
    /// In the shop's currency.
    pub shop_amount: Option<Hundredths>,
    /// In that of the contract.
    pub amount: Option<Hundredths>,
    /// Messages of campaigns that go to somebody of another segment.
    pub messages: u64,
}

/// How many would change segment, on one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// The agreement of the old segments with new ones (ARI).
    pub ari: f64,
    /// Customers who would change segment.
    pub share: f64,
    /// The same, counted.
    pub customers: u64,
    /// Their share of revenue; `None`: not known.
    pub revenue_share: Option<f64>,
    /// The same in the shop's currency, per year.
    pub revenue: Option<Hundredths>,
}

/// What an interval costs per year, in the currency of the contract. What does not depend on the interval
/// is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalCost {
    /// Days between visits.
    pub days: u32,
    /// Planned visits a year.
    pub visits: Hundredths,
    /// What these cost.
    pub planned: Hundredths,
    /// What triggered visits cost.
    pub triggered: Hundredths,
    /// What segments cost by growing old.
    pub staleness: Staleness,
    /// All three.
    pub total: Hundredths,
}

/// The recommended offer by another threshold or with another form of recency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SensitivityRow {
    /// The form.
    pub recency: Recency,
    /// The ARI below which segments are stale.
    pub threshold: f64,
    /// How often to refresh.
    pub interval: RefreshInterval,
    /// Planned visits a year.
    pub visits: Hundredths,
    /// The price of a year.
    pub yearly: Hundredths,
    /// What segments cost by growing old; `None` for other forms than the one in use, and where revenue
    /// is not known.
    pub staleness: Option<Hundredths>,
}

/// What calls for a visit earlier than planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triggers {
    /// The population stability index of a feature above this.
    pub psi: f64,
    /// From this one on it is watched.
    pub psi_watch: f64,
    /// The ARI of a monthly check below this.
    pub ari: f64,
    /// The share of new customers who are far from every centre above this.
    pub far_share: f64,
    /// What that share usually is: its mean up to the first visit, 1 % at least.
    pub usual_far_share: f64,
}

impl Proposal {
    /// What `evidence` and `terms` lead to.
    ///
    /// # Errors
    /// `Data` if the evidence contradicts itself, `Parameter` if the terms do.
    pub fn new(evidence: &Evidence, terms: &Terms) -> Result<Self> {
        evidence.check()?;
        terms.check()?;
        let plan = Plan::new(evidence, terms, evidence.refresh);
        let interval = plan.interval;
        let offers = OfferKind::ALL.map(|kind| plan.offer(kind, plan.days(kind)));
        let costs: Vec<IntervalCost> =
            plan.intervals().filter_map(|days| plan.cost(days)).collect();
        let least = |factor: f64| {
            let cost = |c: &IntervalCost| {
                let visits = c.planned + c.triggered;
                visits.value() + factor * (c.total - visits).value()
            };
            costs.iter().copied().min_by(|a, b| cost(a).total_cmp(&cost(b)))
        };
        let optimum = least(1.0);
        let optimum_if = [0.5, 1.0, 2.0]
            .into_iter()
            .filter_map(|factor| Some((factor, least(factor)?.days)))
            .collect();
        let sensitivity = evidence.sensitivity.iter().map(|other| {
            let plan = Plan::new(evidence, terms, other.refresh);
            let offer = plan.offer(OfferKind::Recommended, plan.interval.days);
            let is_in_use = other.recency == evidence.recency;
            SensitivityRow {
                recency: other.recency,
                threshold: other.threshold,
                interval: plan.interval,
                visits: offer.visits,
                yearly: offer.yearly,
                staleness: offer.staleness.amount.filter(|_| is_in_use),
            }
        });
        let validity = terms.value(TermKey::ValidityDays).floor() as i64;
        Ok(Self {
            interval,
            first_visit: Day::from_days(evidence.day.days() + i64::from(interval.days)),
            valid_until: terms.issued.and_then(|day| Day::from_days(day.days() + validity)),
            day_rate: Hundredths::nearest(terms.value(TermKey::DayRate)),
            hourly_rate: plan.rate,
            visits: [Visit::Recalibration, Visit::Resegmentation].map(|visit| plan.price(visit)),
            offers,
            costs,
            optimum,
            optimum_if,
            sensitivity: sensitivity.collect(),
            triggers: Triggers::new(evidence, terms, interval),
            evidence: evidence.clone(),
            terms: terms.clone(),
        })
    }

    /// The offer of that kind.
    pub fn offer(&self, kind: OfferKind) -> &Offer {
        let [essential, recommended, close] = &self.offers;
        match kind {
            OfferKind::Essential => essential,
            OfferKind::Recommended => recommended,
            OfferKind::Close => close,
        }
    }

    /// The currency of the contract.
    pub fn currency(&self) -> Currency {
        self.terms.currency()
    }
}

impl Evidence {
    /// The days that the curve covers.
    pub fn horizon_days(&self) -> f64 {
        self.curve.len() as f64 * self.step_days
    }

    fn check(&self) -> Result<()> {
        let is_amount = |x: f64| (0.0..=1e15).contains(&x);
        let is_share = |x: f64| (0.0..=1.0).contains(&x);
        let is_ari = |x: f64| (-1.0..=1.0).contains(&x);
        let problem = if self.curve.is_empty() {
            "there is no period to see how long segments last (at least one is needed)".to_owned()
        } else if !(1.0..=3660.0).contains(&self.step_days) {
            format!("a period has {} days (1 to 3660 are needed)", self.step_days)
        } else if !is_share(self.threshold) {
            format!("the threshold is {} (an ARI from 0 to 1 is needed)", self.threshold)
        } else if self.n_customers == 0 {
            "there are no customers (at least one is needed)".to_owned()
        } else if !(1..=365).contains(&self.observed_days) {
            format!("{} days of a year are observed (1 to 365 are needed)", self.observed_days)
        } else if !(self.revenue_per_year.is_none_or(is_amount)
            && is_amount(self.new_customers_per_year))
        {
            "revenue or new customers of a year are no amounts (0 to 1e15 are needed)".to_owned()
        } else if let Some(period) = self.curve.iter().position(|point| {
            !([point.moved_share, point.new_far_share].into_iter().all(is_share)
                && point.moved_revenue_share.is_none_or(is_share)
                && [point.ari, point.low, point.high].into_iter().all(is_ari))
        }) {
            format!("period {} has a share beyond 0 to 1, or an ARI beyond -1 to 1", period + 1)
        } else {
            let own = [(self.threshold, self.refresh)].into_iter();
            let others = self.sensitivity.iter().map(|other| (other.threshold, other.refresh));
            return own.chain(others).try_for_each(|(threshold, refresh)| {
                let within = refresh.is_in_order() && refresh.censored_at <= self.curve.len() as f64;
                if within && refresh.end() * self.step_days >= 1.0 {
                    return Ok(());
                }
                Err(Error::data(format!(
                    "the refresh point for the threshold {threshold} is out of order (a day at least, \
                     low to high, and not beyond the periods looked at, are needed)"
                )))
            });
        };
        Err(Error::data(problem))
    }
}

impl RefreshPoint {
    /// Its period, or the last one that was looked at.
    fn end(&self) -> f64 {
        self.periods.unwrap_or(self.censored_at)
    }

    fn is_in_order(&self) -> bool {
        let known = [Some(0.0), self.low, self.periods, self.high, Some(self.censored_at)];
        let known: Vec<f64> = known.into_iter().flatten().collect();
        (0.0..=1.0).contains(&self.fallen) && self.censored_at.is_finite() && known.is_sorted()
    }
}

impl RefreshInterval {
    fn new(refresh: &RefreshPoint, step_days: f64) -> Self {
        let in_days = |periods: Option<f64>| periods.map(|periods| periods * step_days);
        Self {
            days: whole_weeks(refresh.end() * step_days),
            at_least: refresh.periods.is_none(),
            refresh_days: in_days(refresh.periods),
            low_days: in_days(refresh.low),
            high_days: in_days(refresh.high),
            horizon_days: refresh.censored_at * step_days,
        }
    }
}

/// Rounded down to whole weeks; to whole days below one week, one at least.
fn whole_weeks(days: f64) -> u32 {
    /// Of a week: what a product with a step may be off in binary.
    const ROUNDING: f64 = 1e-9;
    let weeks = (days / WEEK + ROUNDING).floor();
    let whole = if weeks >= 1.0 { weeks * WEEK } else { (days + ROUNDING).floor().max(1.0) };
    whole as u32
}

impl Triggers {
    fn new(evidence: &Evidence, terms: &Terms, interval: RefreshInterval) -> Self {
        // By construction, of customers like those of the fit.
        const LEAST: f64 = 0.01;
        let periods = (f64::from(interval.days) / evidence.step_days).floor().max(1.0) as usize;
        let seen = &evidence.curve[..periods.min(evidence.curve.len())];
        let mean = seen.iter().map(|point| point.new_far_share).sum::<f64>() / seen.len() as f64;
        let usual_far_share = mean.max(LEAST);
        Self {
            psi: terms.value(TermKey::PsiAct),
            psi_watch: terms.value(TermKey::PsiWatch),
            ari: evidence.threshold,
            far_share: (terms.value(TermKey::FarFactor) * usual_far_share).min(1.0),
            usual_far_share,
        }
    }
}

/// What all offers and costs of one refresh point are made from.
struct Plan<'a> {
    evidence: &'a Evidence,
    terms: &'a Terms,
    interval: RefreshInterval,
    early: Early,
    rate: Hundredths,
    moved: Path,
    /// Where revenue is known.
    moved_revenue: Option<Path>,
}

impl<'a> Plan<'a> {
    fn new(evidence: &'a Evidence, terms: &'a Terms, refresh: RefreshPoint) -> Self {
        let (curve, step) = (&evidence.curve, evidence.step_days);
        let moved_revenue: Option<Vec<f64>> =
            curve.iter().map(|point| point.moved_revenue_share).collect();
        let hourly = terms.value(TermKey::DayRate) / terms.value(TermKey::HoursPerDay);
        Self {
            evidence,
            terms,
            interval: RefreshInterval::new(&refresh, step),
            early: Early::new(&refresh, step),
            rate: Hundredths::nearest(hourly),
            moved: Path::new(step, curve.iter().map(|point| point.moved_share)),
            moved_revenue: moved_revenue.map(|shares| Path::new(step, shares.into_iter())),
        }
    }

    /// The interval of an offer, which is not beyond the data.
    fn days(&self, kind: OfferKind) -> u32 {
        let days = f64::from(self.interval.days);
        match kind {
            OfferKind::Essential => {
                let longer = days * self.terms.value(TermKey::EssentialInterval);
                whole_weeks(longer.min(self.evidence.horizon_days()))
            }
            OfferKind::Recommended => self.interval.days,
            OfferKind::Close => whole_weeks(days * self.terms.value(TermKey::CloseInterval)),
        }
    }

    /// The intervals whose cost is looked at.
    fn intervals(&self) -> impl Iterator<Item = u32> {
        const MOST_YEARS: f64 = 10.0;
        let end = self.evidence.horizon_days().clamp(YEAR, MOST_YEARS * YEAR);
        let last = (end / WEEK).floor() as u32;
        (1..=last).map(|week| week * WEEK as u32)
    }

    fn hours(&self, key: TermKey) -> Hundredths {
        Hundredths::nearest(self.terms.value(key))
    }

    /// The tasks of a visit.
    fn tasks(&self, visit: Visit) -> Vec<(MaintenanceTask, Hundredths)> {
        let tasks: &[(MaintenanceTask, TermKey)] = match visit {
            Visit::Recalibration => &[
                (MaintenanceTask::Data, TermKey::RecalibrationData),
                (MaintenanceTask::Refit, TermKey::RecalibrationRefit),
                (MaintenanceTask::Quality, TermKey::RecalibrationQuality),
                (MaintenanceTask::Note, TermKey::RecalibrationNote),
            ],
            Visit::Resegmentation => &[
                (MaintenanceTask::Data, TermKey::ResegmentationData),
                (MaintenanceTask::Modelling, TermKey::ResegmentationModelling),
                (MaintenanceTask::Quality, TermKey::ResegmentationQuality),
                (MaintenanceTask::Naming, TermKey::ResegmentationNaming),
                (MaintenanceTask::HandOver, TermKey::ResegmentationHandOver),
            ],
        };
        tasks.iter().map(|&(task, key)| (task, self.hours(key))).collect()
    }

    fn price(&self, visit: Visit) -> VisitPrice {
        let hours: Hundredths = self.tasks(visit).into_iter().map(|(_, hours)| hours).sum();
        VisitPrice { visit, hours, amount: hours.times(self.rate) }
    }

    fn line(
        &self,
        part: PricePart,
        task: MaintenanceTask,
        quantity: Hundredths,
        hours_each: Hundredths,
    ) -> PriceLine {
        let hours = quantity.times(hours_each);
        PriceLine { part, task, quantity, hours_each, hours, amount: hours.times(self.rate) }
    }

    /// Planned recalibrations and re-segmentations a year. The latter come in the place of the former.
    fn visits(&self, days: u32) -> (Hundredths, Hundredths) {
        let full = MONTHS / self.terms.value(TermKey::ResegmentationMonths);
        let warm = (YEAR / f64::from(days) - full).max(0.0);
        (Hundredths::nearest(warm), Hundredths::nearest(full))
    }

    /// Triggered visits a year that a price allows for.
    fn triggered(&self, days: u32) -> Hundredths {
        let expected = self.early.visits(f64::from(days));
        Hundredths::nearest(expected.max(self.terms.value(TermKey::TriggeredLeast)))
    }

    fn planned_lines(&self, days: u32) -> Vec<PriceLine> {
        let (warm, full) = self.visits(days);
        let of = |part, visit, quantity| {
            let tasks = self.tasks(visit).into_iter();
            tasks.map(move |(task, hours)| self.line(part, task, quantity, hours))
        };
        of(PricePart::Recalibration, Visit::Recalibration, warm)
            .chain(of(PricePart::Resegmentation, Visit::Resegmentation, full))
            .collect()
    }

    fn triggered_line(&self, days: u32) -> PriceLine {
        let hours = self.price(Visit::Recalibration).hours;
        self.line(PricePart::Triggered, MaintenanceTask::Visit, self.triggered(days), hours)
    }

    fn offer(&self, kind: OfferKind, days: u32) -> Offer {
        let (recalibrations, resegmentations) = self.visits(days);
        let mut lines = self.planned_lines(days);
        let monitoring = self.hours(TermKey::MonitoringHours(kind));
        let months = Hundredths::nearest(MONTHS);
        lines.push(self.line(
            PricePart::Monitoring,
            MaintenanceTask::Monitoring,
            months,
            monitoring,
        ));
        if kind != OfferKind::Essential {
            lines.push(self.triggered_line(days));
        }
        if kind == OfferKind::Close {
            let (n, hours) = (self.hours(TermKey::Reviews), self.hours(TermKey::ReviewHours));
            lines.push(self.line(PricePart::Review, MaintenanceTask::Meeting, n, hours));
        }
        let mut parts: Vec<(PricePart, Hundredths)> = Vec::new();
        for line in &lines {
            match parts.last_mut() {
                Some((part, sum)) if *part == line.part => *sum = *sum + line.amount,
                _ => parts.push((line.part, line.amount)),
            }
        }
        let one = Hundredths::nearest(1.0);
        let setup = self.line(
            PricePart::Setup,
            MaintenanceTask::Setup,
            one,
            self.hours(TermKey::SetupHours),
        );
        let yearly: Hundredths = lines.iter().map(|line| line.amount).sum();
        let monthly = yearly.divided(12);
        let staleness = self.staleness(days);
        let new_customers = self.evidence.new_customers_per_year * f64::from(days) / YEAR;
        Offer {
            kind,
            days,
            visits: recalibrations + resegmentations,
            recalibrations,
            resegmentations,
            early_chance: self.early.chance(f64::from(days)),
            early_visits: self.early.visits(f64::from(days)),
            triggered: (kind != OfferKind::Essential).then(|| self.triggered(days)),
            lines,
            parts,
            yearly,
            monthly,
            last_month: yearly - monthly.repeated(11),
            setup,
            first_year: yearly + setup.amount,
            staleness,
            with_staleness: staleness.amount.map(|amount| yearly + amount),
            at_visit: self.moved(days),
            new_customers: new_customers.round() as u64,
        }
    }

    fn staleness(&self, days: u32) -> Staleness {
        let Evidence { n_customers, revenue_per_year, .. } = *self.evidence;
        let value = |key| self.terms.value(key);
        let days = f64::from(days);
        let moved = self.moved.mean(days);
        let moved_revenue = self.moved_revenue.as_ref().map(|path| path.mean(days));
        let part_lost = value(TermKey::CampaignShare) * value(TermKey::Loss);
        let shop_amount = moved_revenue
            .zip(revenue_per_year)
            .map(|(share, revenue)| Hundredths::nearest(share * revenue * part_lost));
        let messages = moved * n_customers as f64 * MONTHS * value(TermKey::Campaigns);
        Staleness {
            mean_moved_share: moved,
            mean_moved_revenue_share: moved_revenue,
            extrapolated: days > self.evidence.horizon_days(),
            shop_amount,
            amount: shop_amount
                .map(|shop| Hundredths::nearest(shop.value() / value(TermKey::Exchange))),
            messages: messages.round() as u64,
        }
    }

    fn moved(&self, days: u32) -> Moved {
        let days = f64::from(days);
        let Evidence { n_customers, revenue_per_year, .. } = *self.evidence;
        let share = self.moved.at(days);
        let revenue_share = self.moved_revenue.as_ref().map(|path| path.at(days));
        let lost = self.evidence.curve.iter().map(|point| (1.0 - point.ari).clamp(0.0, 1.0));
        Moved {
            ari: 1.0 - Path::new(self.evidence.step_days, lost).at(days),
            share,
            customers: (share * n_customers as f64).round() as u64,
            revenue_share,
            revenue: revenue_share
                .zip(revenue_per_year)
                .map(|(share, revenue)| Hundredths::nearest(share * revenue)),
        }
    }

    /// `None` where revenue is not known.
    fn cost(&self, days: u32) -> Option<IntervalCost> {
        let (recalibrations, resegmentations) = self.visits(days);
        let planned: Hundredths = self.planned_lines(days).iter().map(|line| line.amount).sum();
        let triggered = self.triggered_line(days).amount;
        let staleness = self.staleness(days);
        Some(IntervalCost {
            days,
            visits: recalibrations + resegmentations,
            planned,
            triggered,
            staleness,
            total: planned + triggered + staleness.amount?,
        })
    }
}

/// A share that is 0 at T0 and known at the end of each period: straight in between, and after the end of
/// the data as it went in the last period, but not down, and to 1 at most.
struct Path {
    step: f64,
    /// The first is that at T0.
    shares: Vec<f64>,
    /// Per day.
    slope: f64,
}

impl Path {
    fn new(step: f64, shares: impl Iterator<Item = f64>) -> Self {
        let shares: Vec<f64> = std::iter::once(0.0).chain(shares).collect();
        let slope = match shares.as_slice() {
            [.., before, last] => ((last - before) / step).max(0.0),
            _ => 0.0,
        };
        Self { step, shares, slope }
    }

    fn end(&self) -> f64 {
        (self.shares.len() - 1) as f64 * self.step
    }

    fn at(&self, days: f64) -> f64 {
        let last = self.shares[self.shares.len() - 1];
        if days >= self.end() {
            return (last + self.slope * (days - self.end())).min(1.0);
        }
        let period = ((days / self.step).floor() as usize).min(self.shares.len() - 2);
        let [from, to] = [period, period + 1].map(|i| self.shares[i]);
        from + (to - from) * (days / self.step - period as f64)
    }

    /// On average from T0 on.
    fn mean(&self, days: f64) -> f64 {
        // The share is straight between these.
        let last = self.shares[self.shares.len() - 1];
        let full = self.end() + (1.0 - last) / self.slope.max(f64::MIN_POSITIVE);
        let ends =
            (1..self.shares.len()).map(|period| period as f64 * self.step).chain([full, days]);
        let mut sum = 0.0;
        let mut from = 0.0;
        for to in ends.map(|end| end.min(days)) {
            sum += 0.5 * (self.at(from) + self.at(to)) * (to - from);
            from = to;
        }
        sum / days
    }
}

/// When segments become stale, as a distribution: 2.5 % by the lower end of the range of refits, half
/// by the refresh point, 97.5 % by the upper end, as many as had fallen by the end of the data where that comes
/// first, and straight in between.
struct Early {
    /// Days and the chance up to then, ascending.
    points: Vec<(f64, f64)>,
}

impl Early {
    fn new(refresh: &RefreshPoint, step_days: f64) -> Self {
        let mut points: Vec<(f64, f64)> = Vec::new();
        // Without a lower end nothing is known of refreshes that fall due early.
        if let Some(low) = refresh.low {
            let end = refresh.high.is_none().then_some(refresh.censored_at);
            let known = [
                (Some(low), 0.025),
                (refresh.periods, 0.5),
                (refresh.high, 0.975),
                (end, refresh.fallen),
            ];
            for (periods, chance) in known {
                let Some(days) = periods.map(|periods| periods * step_days) else { continue };
                let (last, before) = points.last().copied().unwrap_or((-1.0, 0.0));
                if days > last {
                    points.push((days, chance.max(before)));
                }
            }
        }
        Self { points }
    }

    /// That segments are stale before so many days are over.
    fn chance(&self, days: f64) -> f64 {
        let Some(next) = self.points.iter().position(|&(end, _)| end >= days) else {
            return self.points.last().map_or(0.0, |&(_, chance)| chance);
        };
        if next == 0 {
            return 0.0;
        }
        let ((from, low), (to, high)) = (self.points[next - 1], self.points[next]);
        low + (high - low) * (days - from) / (to - from)
    }

    /// Visits a year beyond the planned ones, if a visit comes when segments are stale or an interval is
    /// over, whichever is first, and starts a new interval.
    fn visits(&self, days: f64) -> f64 {
        let mut lost = 0.0;
        for pair in self.points.windows(2) {
            let ((from, low), (to, _)) = (pair[0], pair[1]);
            let end = to.min(days);
            if end > from {
                // At `from` itself the chance jumps up from 0 if it is the first.
                lost += 0.5 * (low + self.chance(end)) * (end - from);
            }
        }
        if let Some(&(last, chance)) = self.points.last() {
            lost += chance * (days - last).max(0.0);
        }
        YEAR / (days - lost) - YEAR / days
    }
}

#[cfg(test)]
mod tests;
