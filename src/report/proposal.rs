//! A maintenance proposal as JSON, from which every total can be computed again.

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::stability::{
    Evidence, Hundredths, IntervalCost, MaintenanceTask, Moved, Offer, PriceLine, PricePart,
    Proposal, RefreshInterval, SensitivityRow, Staleness, TermSource, Triggers, Visit,
};

/// A maintenance proposal as it is written to JSON. Amounts are in the currency of the contract unless they
/// say otherwise.
///
/// In a line, `hours` is `quantity` × `hours_each` and `amount` is `hours` × `hourly_rate`, each to two
/// decimals; `yearly` is the sum of the lines, `first_year` that and `setup`. Where revenue is not known,
/// whatever is made of it is null, and there are no `costs`.
#[derive(Debug, Serialize)]
pub struct ProposalReport<'a> {
    format: &'static str,
    schema_version: u32,
    client: Option<&'a str>,
    provider: Option<&'a str>,
    issued: Option<String>,
    valid_until: Option<String>,
    currency: &'static str,
    shop_currency: &'static str,
    evidence: EvidenceReport,
    interval: IntervalReport,
    first_visit: Option<String>,
    day_rate: f64,
    hourly_rate: f64,
    visits: Vec<VisitReport>,
    offers: Vec<OfferReport>,
    costs: Vec<CostReport>,
    optimum: Option<CostReport>,
    optimum_if: Vec<OptimumReport>,
    sensitivity: Vec<SensitivityReport>,
    triggers: TriggersReport,
    assumptions: Vec<AssumptionReport<'a>>,
}

#[derive(Debug, Serialize)]
struct EvidenceReport {
    day: String,
    step_days: f64,
    threshold: f64,
    recency: &'static str,
    n_customers: u64,
    observed_days: u32,
    revenue_per_year: Option<f64>,
    new_customers_per_year: f64,
    n_origins: u32,
    curve: Vec<PointReport>,
    doubts: Vec<String>,
}

#[derive(Debug, Serialize)]
struct PointReport {
    days: f64,
    ari: f64,
    noise_low: f64,
    noise_high: f64,
    moved_share: f64,
    moved_revenue_share: Option<f64>,
    new_far_share: f64,
}

#[derive(Debug, Serialize)]
struct IntervalReport {
    days: u32,
    at_least: bool,
    refresh_days: Option<f64>,
    low_days: Option<f64>,
    high_days: Option<f64>,
    horizon_days: f64,
    /// The share of single curves that had fallen below by then.
    fallen: f64,
    rule: String,
}

#[derive(Debug, Serialize)]
struct VisitReport {
    visit: &'static str,
    hours: f64,
    amount: f64,
}

#[derive(Debug, Serialize)]
struct LineReport {
    part: &'static str,
    task: &'static str,
    quantity: f64,
    hours_each: f64,
    hours: f64,
    hourly_rate: f64,
    amount: f64,
}

#[derive(Debug, Serialize)]
struct PartReport {
    part: &'static str,
    amount: f64,
}

#[derive(Debug, Serialize)]
struct OfferReport {
    offer: &'static str,
    days: u32,
    visits: f64,
    recalibrations: f64,
    resegmentations: f64,
    early_chance: f64,
    early_visits: f64,
    triggered: Option<f64>,
    lines: Vec<LineReport>,
    parts: Vec<PartReport>,
    yearly: f64,
    monthly: f64,
    last_month: f64,
    setup: LineReport,
    first_year: f64,
    staleness: StalenessReport,
    with_staleness: Option<f64>,
    at_visit: MovedReport,
    new_customers: u64,
}

#[derive(Debug, Serialize)]
struct StalenessReport {
    mean_moved_share: f64,
    mean_moved_revenue_share: Option<f64>,
    extrapolated: bool,
    shop_amount: Option<f64>,
    amount: Option<f64>,
    messages: u64,
}

#[derive(Debug, Serialize)]
struct MovedReport {
    ari: f64,
    share: f64,
    customers: u64,
    revenue_share: Option<f64>,
    shop_revenue: Option<f64>,
}

#[derive(Debug, Serialize)]
struct CostReport {
    days: u32,
    visits: f64,
    planned: f64,
    triggered: f64,
    staleness: StalenessReport,
    total: f64,
}

#[derive(Debug, Serialize)]
struct OptimumReport {
    staleness_factor: f64,
    days: u32,
}

#[derive(Debug, Serialize)]
struct SensitivityReport {
    recency: &'static str,
    threshold: f64,
    days: u32,
    at_least: bool,
    low_days: Option<f64>,
    high_days: Option<f64>,
    visits: f64,
    yearly: f64,
    staleness: Option<f64>,
}

#[derive(Debug, Serialize)]
struct TriggersReport {
    psi: f64,
    psi_watch: f64,
    ari: f64,
    far_share: f64,
    usual_far_share: f64,
}

#[derive(Debug, Serialize)]
struct AssumptionReport<'a> {
    key: &'static str,
    value: f64,
    source: &'a str,
    given: bool,
}

impl<'a> ProposalReport<'a> {
    /// Of `proposal`.
    pub fn new(proposal: &'a Proposal) -> Self {
        let Proposal { evidence, terms, interval, hourly_rate, .. } = proposal;
        let days = (1..).map(|period| f64::from(period) * evidence.step_days);
        let curve = days.zip(&evidence.curve).map(|(days, point)| PointReport {
            days,
            ari: point.ari,
            noise_low: point.low,
            noise_high: point.high,
            moved_share: point.moved_share,
            moved_revenue_share: point.moved_revenue_share,
            new_far_share: point.new_far_share,
        });
        let assumptions = terms.all().iter().map(|term| AssumptionReport {
            key: term.key.name(),
            value: term.value,
            source: term.source.text(),
            given: matches!(term.source, TermSource::File(_)),
        });
        let visits = proposal.visits.iter().map(|price| VisitReport {
            visit: match price.visit {
                Visit::Recalibration => "recalibration",
                Visit::Resegmentation => "resegmentation",
            },
            hours: price.hours.value(),
            amount: price.amount.value(),
        });
        let optimum_if = proposal.optimum_if.iter();
        Self {
            format: "segengine-maintenance",
            schema_version: 1,
            client: terms.client.as_deref(),
            provider: terms.provider.as_deref(),
            issued: terms.issued.map(|day| day.to_string()),
            valid_until: proposal.valid_until.map(|day| day.to_string()),
            currency: terms.currency().code(),
            shop_currency: terms.shop_currency().code(),
            evidence: EvidenceReport {
                day: evidence.day.to_string(),
                step_days: evidence.step_days,
                threshold: evidence.threshold,
                recency: evidence.recency.name(),
                n_customers: evidence.n_customers,
                observed_days: evidence.observed_days,
                revenue_per_year: evidence.revenue_per_year,
                new_customers_per_year: evidence.new_customers_per_year,
                n_origins: evidence.n_origins,
                curve: curve.collect(),
                doubts: evidence.doubts.clone(),
            },
            interval: IntervalReport::new(interval, evidence),
            first_visit: proposal.first_visit.map(|day| day.to_string()),
            day_rate: proposal.day_rate.value(),
            hourly_rate: hourly_rate.value(),
            visits: visits.collect(),
            offers: proposal.offers.iter().map(|o| OfferReport::new(o, *hourly_rate)).collect(),
            costs: proposal.costs.iter().map(CostReport::new).collect(),
            optimum: proposal.optimum.as_ref().map(CostReport::new),
            optimum_if: optimum_if
                .map(|&(staleness_factor, days)| OptimumReport { staleness_factor, days })
                .collect(),
            sensitivity: proposal.sensitivity.iter().map(SensitivityReport::new).collect(),
            triggers: TriggersReport::new(&proposal.triggers),
            assumptions: assumptions.collect(),
        }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// `Internal` if it cannot be written as JSON, which is a defect.
    pub fn json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| {
            Error::new(ErrorKind::Internal, format!("cannot write the proposal: {error}"))
        })?;
        Ok(text + "\n")
    }
}

impl IntervalReport {
    fn new(interval: &RefreshInterval, evidence: &Evidence) -> Self {
        let threshold = evidence.threshold;
        let rule = match interval.at_least {
            false => format!(
                "ARI below {threshold} with its whole noise band, or for two periods running; rounded \
                 down to whole weeks"
            ),
            true => format!(
                "ARI not below {threshold} with its whole noise band, nor for two periods running, by \
                 the end of the data: at least so long"
            ),
        };
        Self {
            days: interval.days,
            at_least: interval.at_least,
            refresh_days: interval.refresh_days,
            low_days: interval.low_days,
            high_days: interval.high_days,
            horizon_days: interval.horizon_days,
            fallen: evidence.refresh.fallen,
            rule,
        }
    }
}

impl OfferReport {
    fn new(offer: &Offer, rate: Hundredths) -> Self {
        let parts = offer.parts.iter();
        Self {
            offer: offer.kind.name(),
            days: offer.days,
            visits: offer.visits.value(),
            recalibrations: offer.recalibrations.value(),
            resegmentations: offer.resegmentations.value(),
            early_chance: offer.early_chance,
            early_visits: offer.early_visits,
            triggered: offer.triggered.map(Hundredths::value),
            lines: offer.lines.iter().map(|line| LineReport::new(line, rate)).collect(),
            parts: parts
                .map(|&(part, amount)| PartReport { part: name(part), amount: amount.value() })
                .collect(),
            yearly: offer.yearly.value(),
            monthly: offer.monthly.value(),
            last_month: offer.last_month.value(),
            setup: LineReport::new(&offer.setup, rate),
            first_year: offer.first_year.value(),
            staleness: StalenessReport::new(&offer.staleness),
            with_staleness: offer.with_staleness.map(Hundredths::value),
            at_visit: MovedReport::new(&offer.at_visit),
            new_customers: offer.new_customers,
        }
    }
}

fn name(part: PricePart) -> &'static str {
    match part {
        PricePart::Recalibration => "recalibration",
        PricePart::Resegmentation => "resegmentation",
        PricePart::Monitoring => "monitoring",
        PricePart::Triggered => "triggered",
        PricePart::Review => "review",
        PricePart::Setup => "setup",
    }
}

impl LineReport {
    fn new(line: &PriceLine, rate: Hundredths) -> Self {
        Self {
            part: name(line.part),
            task: match line.task {
                MaintenanceTask::Data => "data",
                MaintenanceTask::Refit => "refit",
                MaintenanceTask::Modelling => "modelling",
                MaintenanceTask::Quality => "quality",
                MaintenanceTask::Note => "note",
                MaintenanceTask::Naming => "naming",
                MaintenanceTask::HandOver => "hand_over",
                MaintenanceTask::Monitoring => "monitoring",
                MaintenanceTask::Visit => "visit",
                MaintenanceTask::Meeting => "meeting",
                MaintenanceTask::Setup => "setup",
            },
            quantity: line.quantity.value(),
            hours_each: line.hours_each.value(),
            hours: line.hours.value(),
            hourly_rate: rate.value(),
            amount: line.amount.value(),
        }
    }
}

impl StalenessReport {
    fn new(staleness: &Staleness) -> Self {
        Self {
            mean_moved_share: staleness.mean_moved_share,
            mean_moved_revenue_share: staleness.mean_moved_revenue_share,
            extrapolated: staleness.extrapolated,
            shop_amount: staleness.shop_amount.map(Hundredths::value),
            amount: staleness.amount.map(Hundredths::value),
            messages: staleness.messages,
        }
    }
}

impl MovedReport {
    fn new(moved: &Moved) -> Self {
        Self {
            ari: moved.ari,
            share: moved.share,
            customers: moved.customers,
            revenue_share: moved.revenue_share,
            shop_revenue: moved.revenue.map(Hundredths::value),
        }
    }
}

impl CostReport {
    fn new(cost: &IntervalCost) -> Self {
        Self {
            days: cost.days,
            visits: cost.visits.value(),
            planned: cost.planned.value(),
            triggered: cost.triggered.value(),
            staleness: StalenessReport::new(&cost.staleness),
            total: cost.total.value(),
        }
    }
}

impl SensitivityReport {
    fn new(row: &SensitivityRow) -> Self {
        Self {
            recency: row.recency.name(),
            threshold: row.threshold,
            days: row.interval.days,
            at_least: row.interval.at_least,
            low_days: row.interval.low_days,
            high_days: row.interval.high_days,
            visits: row.visits.value(),
            yearly: row.yearly.value(),
            staleness: row.staleness.map(Hundredths::value),
        }
    }
}

impl TriggersReport {
    fn new(triggers: &Triggers) -> Self {
        Self {
            psi: triggers.psi,
            psi_watch: triggers.psi_watch,
            ari: triggers.ari,
            far_share: triggers.far_share,
            usual_far_share: triggers.usual_far_share,
        }
    }
}
