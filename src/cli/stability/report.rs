//! What the command found, as it is printed and written.

use serde::Serialize;

use super::super::args::{StabilityArgs, WindowArg};
use super::super::orders::TableReport;
use super::super::results;
use super::super::summary::{self, Layout};
use crate::error::grouped;
use crate::stability::{
    Agreement, Band, Decay, Drift, Evidence, Firmness, Loss, Period, RefitSegment, Refresh,
    SegmentAtOrigin, SegmentPeriod, Sensitivity, Stake, Survival, Timeline, TimelineParams,
};

/// What `--json` prints, field by field.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) command: &'static str,
    pub(super) version: &'static str,
    pub(super) input: String,
    #[serde(flatten)]
    pub(super) findings: &'a Findings,
    pub(super) tables: Vec<TableReport>,
    pub(super) isa: &'static str,
    pub(super) threads: usize,
    pub(super) timings: Timings,
    pub(super) outputs: OutputPaths,
    pub(super) warnings: Vec<String>,
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
pub(super) struct Timings {
    /// Reading and joining the tables.
    pub(super) read_s: f64,
    /// The timeline.
    pub(super) follow_s: f64,
    /// The timelines of other forms of recency.
    pub(super) compare_s: f64,
    pub(super) write_s: f64,
    /// The whole process but its start-up.
    pub(super) total_s: f64,
}

#[derive(Serialize)]
pub(super) struct OutputPaths {
    pub(super) stability: String,
    pub(super) page: String,
    pub(super) maintenance: String,
}

/// All that depends on the data and the parameters alone.
#[derive(Serialize)]
pub(super) struct Findings {
    t0: String,
    end: String,
    step: String,
    window: String,
    from: Option<String>,
    set: &'static str,
    recency: &'static str,
    columns: Vec<String>,
    k: usize,
    threshold: f64,
    seeds: usize,
    bootstrap: usize,
    n_init: usize,
    bootstrap_n_init: usize,
    seed: u64,
    /// Whether features know what became of orders later.
    hindsight: bool,
    /// What gives reason to doubt the curve.
    doubts: Vec<String>,
    origins: Vec<OriginReport>,
    survival: SurvivalReport,
    segments: Vec<SegmentReport>,
    /// On T0 and on each date after it.
    firmness: Vec<FirmnessReport>,
    periods: Vec<PeriodReport>,
    recommendation: RecommendationReport,
    /// What the threshold means in people.
    stake: Option<StakeReport>,
    /// When a refresh is due by other thresholds and with other forms of recency.
    sensitivity: Vec<SensitivityReport>,
    /// What was found, in sentences: the first says what to do.
    said: Vec<String>,
}

#[derive(Serialize)]
struct SensitivityReport {
    recency: &'static str,
    threshold: f64,
    periods: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl SensitivityReport {
    fn new(case: &Sensitivity) -> Self {
        Self {
            recency: case.recency.name(),
            threshold: case.threshold,
            periods: case.refresh.periods,
            low: case.refresh.low,
            high: case.refresh.high,
        }
    }
}

#[derive(Serialize)]
struct OriginReport {
    t0: String,
    at_t0: f64,
    curve: Vec<BandReport>,
    #[serde(flatten)]
    refresh: RefreshReport,
}

#[derive(Serialize)]
struct BandReport {
    ari: f64,
    noise_low: f64,
    noise_high: f64,
}

impl BandReport {
    fn new(band: Band) -> Self {
        Self { ari: band.median, noise_low: band.low, noise_high: band.high }
    }
}

#[derive(Serialize)]
struct RefreshReport {
    periods: Option<usize>,
    rule: Option<&'static str>,
    horizon: usize,
}

impl RefreshReport {
    fn new(refresh: &Refresh) -> Self {
        Self {
            periods: refresh.periods,
            rule: refresh.rule.map(|rule| rule.name()),
            horizon: refresh.horizon,
        }
    }
}

#[derive(Serialize)]
struct SurvivalReport {
    n: usize,
    censored: usize,
    median: Option<usize>,
    steps: Vec<SurvivalStepReport>,
}

#[derive(Serialize)]
struct SurvivalStepReport {
    periods: usize,
    at_risk: usize,
    fell: usize,
    above: f64,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct SegmentReport {
    id: usize,
    name: String,
    size: u64,
    share: f64,
    revenue: Option<f64>,
    means: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct FirmnessReport {
    date: String,
    n_rows: usize,
    seeds: Option<AgreementReport>,
    best_found: usize,
    n_seeds: usize,
    noise: Option<BandReport>,
    bootstrap: Option<BootstrapReport>,
}

#[derive(Serialize)]
struct AgreementReport {
    mean: f64,
    sd: Option<f64>,
    min: f64,
    n: usize,
}

impl AgreementReport {
    fn new(found: &Agreement) -> Self {
        Self { mean: found.mean, sd: found.sd, min: found.min, n: found.n }
    }
}

#[derive(Serialize)]
struct BootstrapReport {
    n: usize,
    n_failed: usize,
    ari: Option<AgreementReport>,
    interval: Option<BandReport>,
    segments: Vec<ClusterReport>,
}

#[derive(Serialize)]
struct ClusterReport {
    size: u64,
    jaccard: f64,
    reading: &'static str,
    dissolved: usize,
    recovered: usize,
}

#[derive(Serialize)]
struct PeriodReport {
    date: String,
    n_rows: usize,
    #[serde(flatten)]
    agreement: BandReport,
    ari_of_best: f64,
    moved: u64,
    moved_share: f64,
    revenue: Option<f64>,
    moved_revenue: Option<f64>,
    moved_revenue_share: Option<f64>,
    newcomers: u64,
    far_newcomers: u64,
    segments: Vec<SegmentPeriodReport>,
    refit: Vec<RefitReport>,
    migration: Vec<Vec<u64>>,
    migration_revenue: Option<Vec<Vec<f64>>>,
    movements: Vec<Vec<u64>>,
    left: Vec<u64>,
    came: Vec<u64>,
    drift: Vec<DriftReport>,
    loss: Option<LossReport>,
}

#[derive(Serialize)]
struct SegmentPeriodReport {
    id: usize,
    name: String,
    size: u64,
    revenue: Option<f64>,
    jaccard: Option<f64>,
    jaccard_low: Option<f64>,
    jaccard_high: Option<f64>,
    moved: u64,
    moved_revenue: Option<f64>,
    fate: &'static str,
    to: Vec<u32>,
}

#[derive(Serialize)]
struct RefitReport {
    size: u64,
    kept: Option<u32>,
    kind: &'static str,
    jaccard: f64,
}

#[derive(Serialize)]
struct DriftReport {
    column: String,
    psi: f64,
    reading: &'static str,
    ks: f64,
    mean_before: Option<f64>,
    mean_after: Option<f64>,
}

#[derive(Serialize)]
struct LossReport {
    total: f64,
    clock: f64,
    newcomers: f64,
    behaviour: f64,
    refit: f64,
}

#[derive(Serialize)]
struct RecommendationReport {
    periods: Option<usize>,
    low: Option<usize>,
    high: Option<usize>,
    rule: Option<&'static str>,
    horizon: usize,
}

#[derive(Serialize)]
struct StakeReport {
    ari: f64,
    customers: u64,
    customers_share: f64,
    revenue: Option<f64>,
    revenue_share: Option<f64>,
    extrapolated: bool,
}

impl Findings {
    pub(super) fn new(
        args: &StabilityArgs,
        params: &TimelineParams,
        found: &Timeline,
        evidence: &Evidence,
        said: Vec<String>,
    ) -> Self {
        let main = found.main();
        let refresh = found.refresh_at(params.threshold);
        let (low, high) = found.interval_at(params.threshold);
        let total: u64 = found.segments.iter().map(|segment| segment.size).sum();
        Self {
            t0: main.day.to_string(),
            end: params.end.to_string(),
            step: args.step.given.clone(),
            window: match args.window {
                WindowArg::Expanding => "expanding".to_owned(),
                WindowArg::Days(days) => format!("{days}d"),
            },
            from: args.from.map(|day| day.to_string()),
            set: args.set.name(),
            recency: args.recency.name(),
            columns: found.columns.clone(),
            k: params.fit.k,
            threshold: params.threshold,
            seeds: params.n_seeds,
            bootstrap: params.n_bootstrap,
            n_init: params.fit.n_init,
            bootstrap_n_init: params.bootstrap_n_init,
            seed: params.fit.seed.0,
            hindsight: params.hindsight,
            doubts: found.doubts.iter().map(ToString::to_string).collect(),
            origins: found
                .decays
                .iter()
                .map(|decay| OriginReport::new(decay, params.threshold))
                .collect(),
            survival: SurvivalReport::new(&found.survival_at(params.threshold)),
            segments: found
                .segments
                .iter()
                .enumerate()
                .map(|(id, segment)| SegmentReport::new(id, segment, total))
                .collect(),
            firmness: found.firmness.iter().map(FirmnessReport::new).collect(),
            periods: found.periods.iter().map(PeriodReport::new).collect(),
            recommendation: RecommendationReport {
                periods: refresh.periods,
                low,
                high,
                rule: refresh.rule.map(|rule| rule.name()),
                horizon: refresh.horizon,
            },
            stake: found.stake(params.threshold).map(|stake| StakeReport::new(&stake, found)),
            sensitivity: evidence.sensitivity.iter().map(SensitivityReport::new).collect(),
            said,
        }
    }
}

impl results::Report for Report<'_> {
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let Findings { t0, end, step, window, said, recency, set, k, .. } = self.findings;
        let mut said = said.iter();
        let verdict = said.next().map_or("", String::as_str);
        let about = format!(
            "{k} segments of {t0}, to {end} by {step}, window {window}, {set}, recency {recency}"
        );
        let mut text = format!("\n  {}\n  {}\n\n", paint.bold(verdict), paint.dim(about));
        text += &self.curve(layout);
        for (at, reason) in said.enumerate() {
            text += &layout.prose(if at == 0 { "why" } else { "" }, reason);
        }
        text += &self.alternatives(layout);
        text += &layout.fact("page", &self.outputs.page);
        text += &layout.fact("proposal", &self.outputs.maintenance);
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("follow", t.follow_s),
            ("compare", t.compare_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        text + &layout.fact("time", summary::stages(&stages))
    }
}

impl Report<'_> {
    /// A line per date.
    fn curve(&self, layout: &Layout) -> String {
        let head = format!(
            "  {:<10}  {:>9}  {:>9}  {:<16}  {:>11}  {}\n",
            "date", "customers", "agreement", "band", "would move", "segments"
        );
        let mut text = layout.paint.bold(head.trim_end()) + "\n";
        let due = self.findings.recommendation.periods;
        for (at, period) in self.findings.periods.iter().enumerate() {
            let BandReport { ari, noise_low, noise_high } = &period.agreement;
            let odd: Vec<String> = period
                .segments
                .iter()
                .filter(|segment| segment.fate != "survived")
                .map(|segment| format!("{} {}", segment.name, segment.fate))
                .collect();
            let odd = if odd.is_empty() { "all survive".to_owned() } else { odd.join(", ") };
            let mark = if due == Some(at + 1) { "  <- refresh" } else { "" };
            text += &format!(
                "  {:<10}  {:>9}  {ari:>9.3}  {:<16}  {:>9.1} %  {odd}{mark}\n",
                period.date,
                grouped(period.n_rows as u64),
                format!("{noise_low:.3} to {noise_high:.3}"),
                100.0 * period.moved_share,
            );
        }
        text + "\n"
    }

    /// When a refresh is due by other rules.
    fn alternatives(&self, layout: &Layout) -> String {
        let horizon = self.findings.recommendation.horizon;
        let said =
            self.findings.sensitivity.chunk_by(|a, b| a.recency == b.recency).map(|of_form| {
                let due = of_form.iter().map(|case| {
                    let periods =
                        case.periods.map_or_else(|| format!(">{horizon}"), |n| n.to_string());
                    format!("{:.2}: {periods}", case.threshold)
                });
                format!("{} {}", of_form[0].recency, due.collect::<Vec<_>>().join(", "))
            });
        let said: Vec<String> = said.collect();
        let text = format!(
            "periods by threshold, recency {} (other forms than {} by fewer refits)",
            said.join("; "),
            self.findings.recency
        );
        layout.prose("otherwise", &text)
    }
}

/// A segment's name until somebody gives it another.
pub(super) fn name(id: usize) -> String {
    format!("Segment {}", id + 1)
}

/// How Hennig reads a mean Jaccard similarity.
fn reading(jaccard: f64) -> &'static str {
    match jaccard {
        j if j < 0.6 => "unstable",
        j if j < 0.75 => "doubtful",
        j if j <= 0.85 => "stable",
        _ => "highly stable",
    }
}

impl OriginReport {
    fn new(decay: &Decay, threshold: f64) -> Self {
        Self {
            t0: decay.day.to_string(),
            at_t0: decay.at_origin,
            curve: decay.curve.iter().copied().map(BandReport::new).collect(),
            refresh: RefreshReport::new(&Refresh::of(&decay.curve, threshold)),
        }
    }
}

impl SurvivalReport {
    fn new(found: &Survival) -> Self {
        let step = |step: &crate::stability::SurvivalStep| SurvivalStepReport {
            periods: step.periods,
            at_risk: step.at_risk,
            fell: step.fell,
            above: step.above,
            low: step.low,
            high: step.high,
        };
        Self {
            n: found.n,
            censored: found.censored,
            median: found.quantile(0.5),
            steps: found.steps.iter().map(step).collect(),
        }
    }
}

impl SegmentReport {
    fn new(id: usize, segment: &SegmentAtOrigin, total: u64) -> Self {
        Self {
            id,
            name: name(id),
            size: segment.size,
            share: segment.size as f64 / total as f64,
            revenue: segment.revenue,
            means: segment.means.clone(),
        }
    }
}

impl FirmnessReport {
    fn new(found: &Firmness) -> Self {
        Self {
            date: found.day.to_string(),
            n_rows: found.n_rows,
            seeds: found.seeds.as_ref().map(AgreementReport::new),
            best_found: found.best_found,
            n_seeds: found.n_seeds,
            noise: found.noise.map(BandReport::new),
            bootstrap: found.bootstrap.as_ref().map(|bootstrap| BootstrapReport {
                n: bootstrap.n,
                n_failed: bootstrap.n_failed,
                ari: bootstrap.agreement.as_ref().map(AgreementReport::new),
                interval: bootstrap.interval.map(BandReport::new),
                segments: bootstrap
                    .clusters
                    .iter()
                    .zip(&found.sizes)
                    .map(|(cluster, &size)| ClusterReport {
                        size,
                        jaccard: cluster.jaccard,
                        reading: reading(cluster.jaccard),
                        dissolved: cluster.dissolved,
                        recovered: cluster.recovered,
                    })
                    .collect(),
            }),
        }
    }
}

impl PeriodReport {
    fn new(period: &Period) -> Self {
        let rows = |cells: &[u64], width: usize| -> Vec<Vec<u64>> {
            cells.chunks(width).map(<[u64]>::to_vec).collect()
        };
        let width = period.migration.n_columns;
        let share = |revenue: &crate::stability::Revenue| {
            (revenue.all > 0.0).then(|| revenue.moved / revenue.all)
        };
        Self {
            date: period.day.to_string(),
            n_rows: period.n_rows,
            agreement: BandReport::new(period.agreement),
            ari_of_best: period.with_best,
            moved: period.moved,
            moved_share: period.moved as f64 / period.n_rows as f64,
            revenue: period.revenue.map(|revenue| revenue.all),
            moved_revenue: period.revenue.map(|revenue| revenue.moved),
            moved_revenue_share: period.revenue.as_ref().and_then(share),
            newcomers: period.newcomers,
            far_newcomers: period.far_newcomers,
            segments: period
                .segments
                .iter()
                .enumerate()
                .map(|(id, segment)| SegmentPeriodReport::new(id, segment))
                .collect(),
            refit: period.sources.iter().map(RefitReport::new).collect(),
            migration: rows(&period.migration.customers, width),
            migration_revenue: period
                .migration
                .revenue
                .as_ref()
                .map(|revenue| revenue.chunks(width).map(<[f64]>::to_vec).collect()),
            movements: rows(&period.movements.customers, period.movements.left.len()),
            left: period.movements.left.clone(),
            came: period.movements.came.clone(),
            drift: period.drifts.iter().map(DriftReport::new).collect(),
            loss: period.loss.as_ref().map(LossReport::new),
        }
    }
}

impl SegmentPeriodReport {
    fn new(id: usize, segment: &SegmentPeriod) -> Self {
        Self {
            id,
            name: name(id),
            size: segment.size,
            revenue: segment.revenue,
            jaccard: segment.jaccard.map(|band| band.median),
            jaccard_low: segment.jaccard.map(|band| band.low),
            jaccard_high: segment.jaccard.map(|band| band.high),
            moved: segment.moved,
            moved_revenue: segment.moved_revenue,
            fate: segment.fate.name(),
            to: segment.fate.to().to_vec(),
        }
    }
}

impl RefitReport {
    fn new(segment: &RefitSegment) -> Self {
        Self {
            size: segment.size,
            kept: segment.kept,
            kind: segment.kind.name(),
            jaccard: segment.jaccard,
        }
    }
}

impl DriftReport {
    fn new(drift: &Drift) -> Self {
        Self {
            column: drift.name.clone(),
            psi: drift.psi,
            reading: match drift.psi {
                psi if psi < 0.1 => "stable",
                psi if psi <= 0.25 => "watch",
                _ => "act",
            },
            ks: drift.ks,
            mean_before: drift.mean_before,
            mean_after: drift.mean_after,
        }
    }
}

impl LossReport {
    fn new(loss: &Loss) -> Self {
        Self {
            total: loss.total,
            clock: loss.clock,
            newcomers: loss.newcomers,
            behaviour: loss.behaviour,
            refit: loss.refit,
        }
    }
}

impl StakeReport {
    fn new(stake: &Stake, found: &Timeline) -> Self {
        let last = found.periods.last();
        let n = last.map_or(0, |period| period.n_rows);
        let all = last.and_then(|period| period.revenue).map(|revenue| revenue.all);
        Self {
            ari: stake.agreement,
            customers: (stake.customers * n as f64).round() as u64,
            customers_share: stake.customers,
            revenue: stake.revenue.zip(all).map(|(share, all)| share * all),
            revenue_share: stake.revenue,
            extrapolated: stake.extrapolated,
        }
    }
}
