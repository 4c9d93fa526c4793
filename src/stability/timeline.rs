//! Segments that were fitted on one date, held against those of later ones.
//!
//! ```text
//! at T0        S0, M0 ← scaler and centres of features(T0)
//! at each Ti   Si, Mi ← scaler and centres of features(Ti), from many starts and resamples
//!              agreement of M0 on S0(features(Ti)) with Mi on Si(features(Ti)), row by row
//! ```
//!
//! Both labelings are of the same customers on the same date, each by a model with a scaler of its own;
//! nobody's features know more than their date. At T0 they are the same by construction.

use super::drift::Drift;
use super::refresh::{Refresh, Survival, dips};
use super::replay::Loss;
use super::snapshot::{Context, Frozen, Refits, Snapshot};
use super::{Agreement, Band, Bootstrap};
use crate::error::{Error, Result};
use crate::history::{CustomerParams, Day, History, Knowledge, customers};
use crate::kernel::Kernel;
use crate::kmeans::KMeansParams;
use crate::monitor::{Monitor, Progress};
use crate::segments::{Fate, SourceKind};
use crate::warning::Warning;

/// The time from one look at the segments to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many days.
    Days(u32),
    /// So many calendar months.
    Months(u32),
}

impl Step {
    /// In days; a month is a twelfth of a mean year.
    pub fn days(self) -> f64 {
        match self {
            Self::Days(n) => f64::from(n),
            Self::Months(n) => f64::from(n) * 365.25 / 12.0,
        }
    }

    /// The date `n` steps before `day`; `None` before 1970.
    pub fn before(self, day: Day, n: u32) -> Option<Day> {
        match self {
            Self::Days(days) => {
                Day::from_days(day.days() - i64::from(days).checked_mul(i64::from(n))?)
            }
            Self::Months(months) => day.months_before(months.checked_mul(n)?),
        }
    }
}

/// Which orders count on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// All since the first one, or since this day.
    Expanding(Option<Day>),
    /// Those of the last so many days.
    Sliding(u32),
}

impl Window {
    /// The first day that counts on `day`, where there is one.
    pub fn first_day(self, day: Day) -> Option<Day> {
        match self {
            Self::Expanding(from) => from,
            Self::Sliding(days) => Day::from_days(day.days() - i64::from(days) + 1),
        }
    }
}

/// What to hold against what.
#[derive(Clone, Debug)]
pub struct TimelineParams {
    /// What is known of customers.
    pub customers: CustomerParams,
    /// The last date.
    pub end: Day,
    /// Between dates.
    pub step: Step,
    /// Dates after T0, at least 1.
    pub periods: u32,
    /// Dates that take the part of T0, each a step before the next: the last of them is T0, at least 1.
    pub origins: u32,
    /// Which orders count.
    pub window: Window,
    /// How each model is fitted.
    pub fit: KMeansParams,
    /// Fits on each date from seeds of their own, at least 2.
    pub n_seeds: usize,
    /// Resamples on each date that are fitted anew.
    pub n_bootstrap: usize,
    /// The starts of each of those fits.
    pub bootstrap_n_init: usize,
    /// Below that agreement segments are to be made anew.
    pub threshold: f64,
    /// Whether to ask what the loss is made of.
    pub replays: bool,
    /// Whether features may know what became of orders later, to show what that hides.
    pub hindsight: bool,
}

impl TimelineParams {
    /// All dates, the first origin first.
    fn dates(&self) -> Result<Vec<Day>> {
        let n = self.origins - 1 + self.periods;
        let dates = (0..=n).rev().map(|back| self.step.before(self.end, back));
        let dates: Option<Vec<Day>> = dates.collect();
        dates.ok_or_else(|| {
            let message = format!("{n} steps before {} begin before 1970", self.end);
            Error::parameter(message)
        })
    }

    pub(super) fn known(&self, day: Day) -> Knowledge {
        let known = Knowledge::at(day).from(self.window.first_day(day));
        if self.hindsight { known.with_hindsight() } else { known }
    }

    fn check(&self) -> Result<()> {
        let problem = if self.periods == 0 || self.origins == 0 {
            "0 periods or origins (at least 1 is needed)"
        } else if self.n_seeds < 2 {
            "fewer than 2 seeds (one fit is compared with nothing)"
        } else if self.fit.k < 2 {
            "fewer than 2 segments (one segment is always the same)"
        } else if !(1.0..=3660.0).contains(&self.step.days()) {
            "a step below a day or beyond ten years"
        } else if self.window == Window::Sliding(0) {
            "a window of 0 days (at least 1 is needed)"
        } else if !(self.threshold > 0.0 && self.threshold < 1.0) {
            "a threshold that is not between 0 and 1"
        } else {
            return Ok(());
        };
        Err(Error::parameter(problem))
    }
}

/// How long segments last.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The columns that were clustered on.
    pub columns: Vec<String>,
    /// How each origin's segments decayed, the last being T0's.
    pub decays: Vec<Decay>,
    /// The segments of T0.
    pub segments: Vec<SegmentAtOrigin>,
    /// How firm segments are that are fitted on T0 and on each date after it.
    pub firmness: Vec<Firmness>,
    /// What became of T0's segments on each date after it.
    pub periods: Vec<Period>,
    /// Reasons not to believe the curve at once.
    pub doubts: Vec<Warning>,
}

impl Timeline {
    /// How T0's segments decayed.
    pub fn main(&self) -> &Decay {
        // There is an origin at least, else there would be no timeline.
        &self.decays[self.decays.len() - 1]
    }

    /// What an agreement of `agreement` means here: on the line between the periods whose agreement with
    /// the best refit comes nearest from above (T0, where it is 1 and nobody moves, included) and from
    /// below. `None` if no period is below 1.
    pub fn stake(&self, agreement: f64) -> Option<Stake> {
        let point = |period: &Period| {
            let customers = period.moved as f64 / period.n_rows as f64;
            let revenue = period.revenue.map(|r| if r.all > 0.0 { r.moved / r.all } else { 0.0 });
            (period.with_best, customers, revenue)
        };
        let origin = (1.0, 0.0, self.periods.first()?.revenue.map(|_| 0.0));
        let mut points: Vec<_> = self.periods.iter().map(point).collect();
        points.push(origin);
        points.sort_by(|a, b| b.0.total_cmp(&a.0));
        let below = points.iter().position(|point| point.0 <= agreement);
        let (above, below) = match below {
            Some(0) => return None,
            Some(at) => (points[at - 1], points[at]),
            // The line from T0 through the lowest.
            None => (origin, points[points.len() - 1]),
        };
        if below.0 >= 1.0 {
            return None;
        }
        let along = (above.0 - agreement) / (above.0 - below.0);
        let between = |a: f64, b: f64| (a + (b - a) * along).clamp(0.0, 1.0);
        Some(Stake {
            agreement,
            customers: between(above.1, below.1),
            revenue: above.2.zip(below.2).map(|(a, b)| between(a, b)),
            extrapolated: below.0 > agreement,
        })
    }

    /// When T0's segments are to be made anew by another threshold.
    pub fn refresh_at(&self, threshold: f64) -> Refresh {
        Refresh::of(&self.main().curve, threshold)
    }

    /// Of the periods until single curves fall below a threshold: one refit per date, over all origins.
    pub fn survival_at(&self, threshold: f64) -> Survival {
        let curves: Vec<Vec<f64>> = self.decays.iter().flat_map(Decay::single_curves).collect();
        Survival::of(&curves, threshold)
    }

    /// The share of single curves that fall below a threshold within so many periods.
    pub fn fallen_at(&self, threshold: f64, periods: usize) -> f64 {
        let survival = self.survival_at(threshold);
        let last = survival.steps.iter().rev().find(|step| step.periods <= periods);
        last.map_or(0.0, |step| 1.0 - step.above)
    }

    /// Between which periods 95 of 100 single curves fall below a threshold, over all origins; the refresh
    /// of T0 always lies within. `None` for later than its periods.
    pub fn interval_at(&self, threshold: f64) -> (Option<usize>, Option<usize>) {
        let Refresh { periods, horizon, .. } = self.refresh_at(threshold);
        let survival = self.survival_at(threshold);
        // Earlier origins are seen for longer.
        let quantile = |share| survival.quantile(share).filter(|&at| at <= horizon);
        let low = quantile(0.025).into_iter().chain(periods).min();
        let high = periods.and_then(|periods| Some(quantile(0.975)?.max(periods)));
        (low, high)
    }
}

/// What an agreement means in people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stake {
    /// The agreement.
    pub agreement: f64,
    /// The share of customers who would be in another segment after a refit.
    pub customers: f64,
    /// Their share of what all had spent, where that is known.
    pub revenue: Option<f64>,
    /// Whether no agreement as low was seen, so that the line through those that were is prolonged.
    pub extrapolated: bool,
}

/// How the segments of one origin decayed.
#[derive(Clone, Debug)]
pub struct Decay {
    /// When they were fitted.
    pub day: Day,
    /// Their agreement with their own labels on that date: 1 by construction.
    pub at_origin: f64,
    /// For each date after it, to the last one: their agreement with each refit of that date.
    pub agreements: Vec<Vec<f64>>,
    /// The same as bands.
    pub curve: Vec<Band>,
}

impl Decay {
    /// As many curves as each date has refits: one refit per date each.
    fn single_curves(&self) -> Vec<Vec<f64>> {
        let n = self.agreements.iter().map(Vec::len).min().unwrap_or(0);
        let curve = |refit: usize| self.agreements.iter().map(|all| all[refit]).collect();
        (0..n).map(curve).collect()
    }
}

/// A segment on T0.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentAtOrigin {
    /// Customers.
    pub size: u64,
    /// What they had spent, where that is known.
    pub revenue: Option<f64>,
    /// The arithmetic mean of each column; `None` if all are missing.
    pub means: Vec<Option<f64>>,
}

/// How firm the segments of one date are: how surely a fit on that date finds them again.
#[derive(Clone, Debug)]
pub struct Firmness {
    /// The date.
    pub day: Day,
    /// Customers.
    pub n_rows: usize,
    /// Between every two fits from other seeds.
    pub seeds: Option<Agreement>,
    /// Fits from other seeds in all.
    pub n_seeds: usize,
    /// Those that found the one of the smallest inertia, or one that agrees with it to 0.99; that one
    /// included.
    pub best_found: usize,
    /// Agreement of all other refits, from other seeds and of resamples, with that one: what chance alone
    /// takes away. `None` of none.
    pub noise: Option<Band>,
    /// The customers in each segment of the best fit.
    pub sizes: Vec<u64>,
    /// How the best fit is found again in resamples; `None` if none was drawn.
    pub bootstrap: Option<Bootstrap>,
}

/// What became of T0's segments on one date after it.
#[derive(Clone, Debug)]
pub struct Period {
    /// The date.
    pub day: Day,
    /// Customers.
    pub n_rows: usize,
    /// Agreement with all refits of that date.
    pub agreement: Band,
    /// Agreement with the refit of the smallest inertia.
    pub with_best: f64,
    /// Customers who would be in another segment after that refit: in one that does not carry on the
    /// identity of their own.
    pub moved: u64,
    /// What all had spent, and what those had who would be in another segment.
    pub revenue: Option<Revenue>,
    /// By segment of T0.
    pub segments: Vec<SegmentPeriod>,
    /// For each segment of the refit: the one of T0 whose identity it carries on, and where it comes from.
    pub sources: Vec<RefitSegment>,
    /// Customers, and what they had spent, by segment of T0's model and of the refit, on that date.
    pub migration: Migration,
    /// Customers by segment of T0's model on T0 and on that date.
    pub movements: Movements,
    /// How far each column has moved since T0.
    pub drifts: Vec<Drift>,
    /// Customers who were not there on T0.
    pub newcomers: u64,
    /// Those of them who are farther from every centre than 99 of 100 customers of T0 were.
    pub far_newcomers: u64,
    /// What the loss is made of, if that was asked for.
    pub loss: Option<Loss>,
}

/// Money, in the shop's currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Revenue {
    /// What all had spent.
    pub all: f64,
    /// What those had spent who would be in another segment.
    pub moved: f64,
}

/// What became of one segment of T0 on a later date.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentPeriod {
    /// Customers whom T0's model puts there.
    pub size: u64,
    /// What they had spent, where that is known.
    pub revenue: Option<f64>,
    /// Over all refits: Jaccard similarity with the segment that is most like it, over all customers.
    pub jaccard: Option<Band>,
    /// Customers who would be in another segment after the refit of the smallest inertia.
    pub moved: u64,
    /// What they had spent.
    pub moved_revenue: Option<f64>,
    /// What becomes of the segment in that refit.
    pub fate: Fate,
}

/// A segment of a refit.
#[derive(Clone, Debug, PartialEq)]
pub struct RefitSegment {
    /// Customers.
    pub size: u64,
    /// The segment of T0 whose identity it carries on.
    pub kept: Option<u32>,
    /// Where it comes from.
    pub kind: SourceKind,
    /// Jaccard similarity with the segment of T0 that it is matched with.
    pub jaccard: f64,
}

/// Who would go where at a refit: segments of T0 by segments of the refit, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// Segments of the refit.
    pub n_columns: usize,
    /// Customers.
    pub customers: Vec<u64>,
    /// What they had spent, where that is known.
    pub revenue: Option<Vec<f64>>,
}

/// How T0's model sees the customers of T0 later: who moved from one of its segments to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Movements {
    /// Customers who are there on both dates, by segment on T0 and on the later date, row-major.
    pub customers: Vec<u64>,
    /// Customers of T0 whose orders have left the window, by segment on T0.
    pub left: Vec<u64>,
    /// Customers who came after T0, by segment.
    pub came: Vec<u64>,
}

/// Follows the segments of each origin through the dates after it.
///
/// All fits of a date share their passes over its customers, and all origins are held against the same
/// refits. The same bytes for any number of threads.
///
/// # Errors
/// Parameter errors for `params` that contradict themselves; those of [`customers`], of preparing and of
/// fitting on one of the dates.
pub fn timeline(
    history: &History,
    params: &TimelineParams,
    kernel: &Kernel,
    monitor: &dyn Monitor,
) -> Result<Timeline> {
    params.check()?;
    let dates = params.dates()?;
    let n_origins = params.origins as usize;
    let (columns, features) = common_columns(history, params, &dates)?;
    let mut doubts = Vec::new();
    if !features.is_empty() {
        doubts.push(Warning::FeaturesNotOnAllDates { features });
    }
    let context = Context { history, params, columns: &columns, kernel, monitor };

    let mut origins: Vec<Frozen> = Vec::with_capacity(n_origins);
    // Of the last origin, which is T0.
    let mut first: Option<Snapshot> = None;
    let mut firmness: Vec<Firmness> = Vec::new();
    let mut periods: Vec<Period> = Vec::new();
    for (at, &day) in dates.iter().enumerate() {
        monitor.report(Progress::Date { done: at, n: dates.len() });
        let snapshot = Snapshot::new(&context, day)?;
        let refits = Refits::new(&context, &snapshot, &origins)?;
        for (origin, agreements) in origins.iter_mut().zip(&refits.agreements) {
            origin.agreements.push(agreements.clone());
        }
        if at + 1 >= n_origins {
            firmness.push(refits.firmness.clone());
        }
        if let (Some(first), Some(main)) = (&first, origins.last()) {
            if refits.prepare == main.prepare && !snapshot.is_same(first) {
                doubts.push(Warning::SameScaler { date: day.to_string() });
            }
            periods.push(Period::new(&context, (first, main), &snapshot, &refits)?);
        } else {
            origins.push(Frozen::new(&context, &snapshot, refits)?);
            first = (at + 1 == n_origins).then_some(snapshot);
        }
    }
    doubts.extend(doubts_about(history, params, origins.last(), &firmness, &periods));
    let segments = match (&first, origins.last()) {
        (Some(first), Some(main)) => main.segments(&context, first),
        _ => Vec::new(),
    };
    let decays = origins.into_iter().map(Frozen::into_decay).collect();
    Ok(Timeline { columns, decays, segments, firmness, periods, doubts })
}

/// The features that have a value on all dates, and those that have not.
fn common_columns(
    history: &History,
    params: &TimelineParams,
    dates: &[Day],
) -> Result<(Vec<String>, Vec<String>)> {
    let mut common: Option<Vec<String>> = None;
    let mut left_out: Vec<String> = Vec::new();
    for &day in dates {
        let table = customers(history, params.known(day), &params.customers)?;
        let features = table.columns.into_iter().filter(|column| column.is_feature);
        let names: Vec<String> = features.map(|column| column.name).collect();
        let Some(common) = &mut common else {
            common = Some(names);
            continue;
        };
        let lacking = |name: &String, names: &[String]| !names.contains(name);
        let (kept, lost) = std::mem::take(common).into_iter().partition(|n| !lacking(n, &names));
        left_out.extend::<Vec<String>>(lost);
        let fresh = names.into_iter().filter(|name| lacking(name, &kept));
        let fresh: Vec<String> = fresh.filter(|name| !left_out.contains(name)).collect();
        left_out.extend(fresh);
        *common = kept;
    }
    Ok((common.unwrap_or_default(), left_out))
}

/// What the curve as a whole gives reason to doubt.
fn doubts_about(
    history: &History,
    params: &TimelineParams,
    main: Option<&Frozen>,
    firmness: &[Firmness],
    periods: &[Period],
) -> Vec<Warning> {
    let curve: Vec<Band> = periods.iter().map(|period| period.agreement).collect();
    let date = |period: usize| periods[period - 1].day.to_string();
    let threshold = params.threshold;
    let mut doubts = Vec::new();
    let noise = firmness.first().and_then(|at_t0| at_t0.noise);
    if let Some(noise) = noise.filter(|noise| noise.median < threshold) {
        doubts.push(Warning::NoisySegments { agreement: noise.median, threshold });
    }
    let is_exact = |period: &Period| period.agreement.median == 1.0;
    if let Some(main) = main.filter(|main| main.at_origin() < 1.0) {
        let agreement = main.at_origin();
        doubts.push(Warning::NotItselfOnT0 { agreement });
    }
    let mut first = 1;
    for run in periods.chunk_by(|a, b| is_exact(a) == is_exact(b)) {
        if run.len() > 1 && is_exact(&run[0]) {
            let is_still = |drift: &Drift| drift.psi == 0.0 && drift.ks == 0.0;
            let same_features = run.iter().flat_map(|period| &period.drifts).all(is_still);
            let (date, periods) = (date(first), run.len());
            doubts.push(Warning::ExactAgreement { date, periods, same_features });
        }
        first += run.len();
    }
    let dip = |(first, periods): (usize, usize)| {
        let agreement = curve[first - 1].median;
        Warning::AgreementDips { date: date(first), periods, agreement }
    };
    doubts.extend(dips(&curve, threshold).into_iter().map(dip));
    let falls = Refresh::of(&curve, threshold).periods.is_some();
    if !falls && curve.last().is_some_and(|band| band.median < threshold) {
        doubts.push(Warning::FallUnconfirmed { date: date(curve.len()) });
    }
    if params.hindsight {
        doubts.push(Warning::Hindsight { day: params.end.to_string() });
    }
    let last = history.last_delivered_day();
    if params.end > last {
        let (end, last) = (params.end.to_string(), last.to_string());
        doubts.push(Warning::EmptyTail { end, last });
    }
    doubts
}
