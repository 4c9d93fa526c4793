//! What `select` prints: for a script and for a person.

use serde::Serialize;

use super::super::results::{self, SilhouetteReport};
use super::super::summary::{self, Layout};
use super::Compared;
use super::space::Space;
use crate::error::{Escaped, counted, floored, grouped};
use crate::report::{Blade, ChartSpace, ChartTable};
use crate::select::{Contender, Recommendation};
use crate::stability::{Agreement, Bootstrap};

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
pub(super) struct Timings {
    pub(super) read_s: f64,
    /// Preparing, fitting and judging, in all spaces.
    pub(super) compare_s: f64,
    pub(super) write_s: f64,
    pub(super) total_s: f64,
}

/// What `--json` prints, field by field.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) command: &'static str,
    pub(super) version: &'static str,
    pub(super) input: String,
    pub(super) n_rows: usize,
    pub(super) seed: u64,
    pub(super) n_init: u32,
    pub(super) seeds: u32,
    pub(super) bootstrap: u32,
    pub(super) bootstrap_n_init: u32,
    pub(super) min_share: f64,
    pub(super) isa: &'static str,
    pub(super) threads: usize,
    pub(super) spaces: Vec<SpaceReport>,
    pub(super) timings: Timings,
    pub(super) outputs: OutputPaths,
    pub(super) warnings: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct OutputPaths {
    pub(super) chart: String,
    pub(super) labels: String,
}

#[derive(Serialize)]
pub(super) struct SpaceReport {
    name: String,
    columns: Vec<String>,
    scale: &'static str,
    precision: &'static str,
    /// Rows that were clustered.
    n_rows: usize,
    recommended: Option<usize>,
    /// The number whose labels are written and compared with other algorithms: the recommended one,
    /// or the one that is nearest to passing.
    shown: Option<usize>,
    reason: String,
    pareto: Vec<usize>,
    candidates: Vec<CandidateReport>,
    infeasible: Vec<Infeasible>,
    /// Other algorithms, for as many clusters as are shown.
    others: Vec<OtherReport>,
    /// Those of `warnings` that are of this space.
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct OtherReport {
    algorithm: &'static str,
    /// Why there is nothing else here.
    error: Option<String>,
    how: Option<String>,
    n_clusters: Option<usize>,
    n_noise: Option<usize>,
    sizes: Vec<u64>,
    silhouette: Option<SilhouetteReport>,
    davies_bouldin: Option<f64>,
    calinski_harabasz: Option<f64>,
    inertia: Option<f64>,
    ari_with_kmeans: Option<f64>,
    seconds: f64,
    verdict: Option<String>,
}

impl OtherReport {
    /// Beside `k` clusters of k-means.
    fn new(contender: &Contender, k: usize) -> Self {
        let Contender { algorithm, seconds, outcome } = contender;
        let found = outcome.as_ref().ok();
        Self {
            algorithm: algorithm.name(),
            error: outcome.as_ref().err().cloned(),
            how: found.map(|found| found.fit.how.clone()),
            n_clusters: found.map(|found| found.fit.n_clusters),
            n_noise: found.map(|found| found.fit.n_noise),
            sizes: found.map_or_else(Vec::new, |found| found.sizes.clone()),
            silhouette: found.and_then(|f| f.silhouette.as_ref()).map(SilhouetteReport::new),
            davies_bouldin: found.and_then(|found| found.dispersion.davies_bouldin()),
            calinski_harabasz: found.and_then(|found| found.dispersion.calinski_harabasz()),
            inertia: found.map(|found| found.dispersion.inertia()),
            ari_with_kmeans: found.map(|found| found.adjusted_rand),
            seconds: *seconds,
            verdict: found.map(|found| found.verdict(k)),
        }
    }
}

#[derive(Serialize)]
struct Infeasible {
    k: usize,
    reason: String,
}

#[derive(Serialize)]
struct CandidateReport {
    k: usize,
    inertia: f64,
    silhouette: SilhouetteReport,
    worst_silhouette: f64,
    davies_bouldin: Option<f64>,
    calinski_harabasz: Option<f64>,
    sizes: Vec<u64>,
    smallest_share: f64,
    /// ARI between every two seeds.
    starts: Option<AgreementReport>,
    bootstrap: Option<BootstrapReport>,
    seconds: f64,
    faults: Vec<String>,
    pareto: bool,
}

#[derive(Serialize)]
struct AgreementReport {
    n: usize,
    mean: f64,
    sd: Option<f64>,
    min: f64,
}

#[derive(Serialize)]
struct BootstrapReport {
    n: usize,
    n_failed: usize,
    /// Between the original labels and those of the refits.
    ari: Option<AgreementReport>,
    /// Per cluster, in the order of `sizes`.
    jaccard: Vec<f64>,
    dissolved: Vec<usize>,
    recovered: Vec<usize>,
}

impl AgreementReport {
    fn new(Agreement { n, mean, sd, min }: Agreement) -> Self {
        Self { n, mean, sd, min }
    }

    /// Mean and standard deviation.
    fn said(&self) -> String {
        let mean = floored(self.mean, 3);
        self.sd.map_or_else(|| mean.clone(), |sd| format!("{mean} ± {sd:.3}"))
    }
}

impl BootstrapReport {
    fn new(found: &Bootstrap) -> Self {
        let clusters = || found.clusters.iter();
        Self {
            n: found.n,
            n_failed: found.n_failed,
            ari: found.agreement.map(AgreementReport::new),
            jaccard: clusters().map(|cluster| cluster.jaccard).collect(),
            dissolved: clusters().map(|cluster| cluster.dissolved).collect(),
            recovered: clusters().map(|cluster| cluster.recovered).collect(),
        }
    }
}

impl SpaceReport {
    pub(super) fn new(space: &Space, found: &Compared, warnings: Vec<String>) -> Self {
        let Recommendation { k, shown, reason, judged } = &found.recommendation;
        let candidates = found.comparison.candidates.iter().zip(judged);
        Self {
            name: space.name.clone(),
            columns: found.names.clone(),
            scale: space.scale.unwrap_or_default().name(),
            precision: found.prepared.precision().name(),
            n_rows: found.prepared.tiles().n_rows(),
            recommended: *k,
            shown: *shown,
            reason: reason.clone(),
            pareto: judged.iter().filter(|judged| judged.is_pareto).map(|j| j.k).collect(),
            candidates: candidates
                .map(|(candidate, judged)| CandidateReport {
                    k: candidate.k,
                    inertia: candidate.fit.inertia,
                    silhouette: SilhouetteReport::new(&candidate.silhouette),
                    worst_silhouette: candidate.worst_silhouette(),
                    davies_bouldin: candidate.davies_bouldin,
                    calinski_harabasz: candidate.calinski_harabasz,
                    sizes: candidate.fit.sizes.clone(),
                    smallest_share: candidate.smallest_share(),
                    starts: candidate.starts.map(AgreementReport::new),
                    bootstrap: candidate.bootstrap.as_ref().map(BootstrapReport::new),
                    seconds: candidate.seconds,
                    faults: judged.faults.iter().map(ToString::to_string).collect(),
                    pareto: judged.is_pareto,
                })
                .collect(),
            infeasible: found
                .comparison
                .infeasible
                .iter()
                .map(|(k, reason)| Infeasible { k: *k, reason: reason.clone() })
                .collect(),
            others: shown.map_or_else(Vec::new, |k| {
                found.contenders.iter().map(|contender| OtherReport::new(contender, k)).collect()
            }),
            warnings,
        }
    }

    /// For a person.
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let name = if self.name.is_empty() { "numbers of segments" } else { &self.name };
        let title = paint.bold(Escaped(name));
        let mut text = format!("\n  {title} {}\n\n", paint.dim(self.source()));
        let seconds = self.candidates.iter().map(|candidate| candidate.seconds);
        text += &timed(self.candidate_table(), "fit", seconds, layout);
        for Infeasible { k, reason } in &self.infeasible {
            text += &layout.prose(&format!("k = {k}"), reason);
        }
        match self.recommended {
            Some(k) => text += &layout.prose("take", &format!("{k} segments: {}", self.reason)),
            None => {
                text += &layout.prose("take none", &self.reason);
                if let Some(k) = self.shown {
                    let said = format!(
                        "{k} segments, nearest to passing: their labels are written and compared"
                    );
                    text += &layout.prose("shown", &said);
                }
            }
        }
        for (what, remark) in self.faults() {
            text += &layout.prose(&what, &remark);
        }
        if !self.others.is_empty() {
            text.push('\n');
            let seconds = self.others.iter().map(|other| other.seconds);
            text += &timed(self.other_table(), "time", seconds, layout);
            for (what, remark) in self.verdicts() {
                text += &layout.prose(what, &remark);
            }
        }
        text
    }

    /// What was compared: rows, columns and scale.
    fn source(&self) -> String {
        let rows = counted(grouped(self.n_rows as u64), "row");
        let columns = counted(self.columns.len(), "column");
        format!("{rows} in {columns}, scale {}", self.scale)
    }

    /// A line per number of clusters. What differs from run to run is not in it.
    fn candidate_table(&self) -> ChartTable {
        let head = [
            "k",
            "",
            "silhouette",
            "worst",
            "DB",
            "CH",
            "inertia",
            "smallest",
            "seeds ARI",
            "worst Jaccard",
        ];
        let line = |candidate: &CandidateReport| {
            let mark = match (Some(candidate.k) == self.recommended, candidate.pareto) {
                (true, _) => "●",
                (false, true) => "○",
                (false, false) => "",
            };
            let jaccard = candidate.bootstrap.iter().flat_map(|b| &b.jaccard).copied();
            vec![
                candidate.k.to_string(),
                mark.to_owned(),
                format!("{:.4}", candidate.silhouette.value),
                format!("{:.4}", candidate.worst_silhouette),
                candidate.davies_bouldin.map_or_else(none, summary::score),
                candidate.calinski_harabasz.map_or_else(none, summary::score),
                summary::score(candidate.inertia),
                summary::percent(candidate.smallest_share),
                candidate.starts.as_ref().map_or_else(none, AgreementReport::said),
                jaccard.reduce(f64::min).map_or_else(none, |jaccard| floored(jaccard, 2)),
            ]
        };
        let head = head.map(str::to_owned).to_vec();
        ChartTable { head, rows: self.candidates.iter().map(line).collect() }
    }

    /// A line per other algorithm. What differs from run to run is not in it.
    fn other_table(&self) -> ChartTable {
        let head = ["algorithm", "clusters", "noise", "silhouette", "DB", "CH", "inertia", "ARI"];
        let line = |other: &OtherReport| {
            vec![
                other.algorithm.to_owned(),
                other.n_clusters.map_or_else(none, |n| n.to_string()),
                other.n_noise.map_or_else(none, |n| grouped(n as u64)),
                other.silhouette.as_ref().map_or_else(none, |s| format!("{:.4}", s.value)),
                other.davies_bouldin.map_or_else(none, summary::score),
                other.calinski_harabasz.map_or_else(none, summary::score),
                other.inertia.map_or_else(none, summary::score),
                other.ari_with_kmeans.map_or_else(none, |ari| floored(ari, 3)),
            ]
        };
        let head = head.map(str::to_owned).to_vec();
        ChartTable { head, rows: self.others.iter().map(line).collect() }
    }

    /// What speaks against each number.
    fn faults(&self) -> impl Iterator<Item = (String, String)> {
        let faulty = self.candidates.iter().filter(|candidate| !candidate.faults.is_empty());
        faulty.map(|candidate| (format!("not {}", candidate.k), candidate.faults.join("; ")))
    }

    /// What is to be said of each other algorithm.
    fn verdicts(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.others.iter().map(|other| {
            let said = other.verdict.as_ref().or(other.error.as_ref());
            let said = said.map_or("", String::as_str);
            let how = other.how.as_ref().map_or_else(String::new, |how| format!(" ({how})"));
            (other.algorithm, format!("{said}{how}"))
        })
    }

    /// The same as charts and tables.
    pub(super) fn chart(&self, blades: Vec<Blade>) -> ChartSpace {
        let candidates = || self.candidates.iter();
        let worst = |found: &BootstrapReport| found.jaccard.iter().copied().reduce(f64::min);
        ChartSpace {
            name: self.name.clone(),
            source: self.source(),
            columns: self.columns.clone(),
            ks: candidates().map(|c| c.k).collect(),
            inertia: candidates().map(|c| Some(c.inertia)).collect(),
            silhouette: candidates().map(|c| Some(c.silhouette.value)).collect(),
            worst_silhouette: candidates().map(|c| Some(c.worst_silhouette)).collect(),
            starts: candidates().map(|c| c.starts.as_ref().map(|starts| starts.mean)).collect(),
            worst_jaccard: candidates().map(|c| c.bootstrap.as_ref().and_then(worst)).collect(),
            recommended: self.recommended,
            shown: self.shown,
            reason: self.reason.clone(),
            warnings: self.warnings.clone(),
            candidates: self.candidate_table(),
            faults: self.faults().collect(),
            others: self.other_table(),
            verdicts: self.verdicts().map(|(name, said)| (name.to_owned(), said)).collect(),
            blades,
        }
    }
}

/// Why there is nothing to show in any space; `None` if there is something.
pub(super) fn why_nothing(spaces: &[SpaceReport]) -> Option<String> {
    let nothing = spaces.iter().all(|space| space.candidates.is_empty());
    let first = nothing.then(|| spaces.iter().find_map(|space| space.infeasible.first()))??;
    Some(format!("no number of segments can be compared; {}: {}", first.k, first.reason))
}

fn none() -> String {
    "–".to_owned()
}

/// A table for a person, with one more column of times.
fn timed(
    table: ChartTable,
    name: &str,
    seconds: impl Iterator<Item = f64>,
    layout: &Layout,
) -> String {
    let ChartTable { head, mut rows } = table;
    let head: Vec<&str> = head.iter().map(String::as_str).chain([name]).collect();
    rows.iter_mut().zip(seconds).for_each(|(row, time)| row.push(summary::seconds(time)));
    summary::table(&head, &rows, layout)
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let mut text: String = self.spaces.iter().map(|space| space.text(layout)).collect();
        text.push('\n');
        let marks = "● recommended · ○ no other number is at least as good in all of silhouette, \
                     worst Jaccard, smallest segment and fewness";
        text += &layout.prose("marks", marks);
        if self.spaces.len() > 1 {
            let spaces =
                "silhouettes, inertia, DB and CH compare within one space only, never across";
            text += &layout.prose("spaces", spaces);
        }
        text += &layout.fact(
            "judged by",
            format_args!(
                "{} of {}, {} refitted from {}, seed {}",
                counted(self.seeds, "seed"),
                counted(self.n_init, "start"),
                counted(self.bootstrap, "resample"),
                counted(self.bootstrap_n_init, "start"),
                self.seed
            ),
        );
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("compare", t.compare_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        text += &layout.fact("time", summary::stages(&stages));
        text += &layout.fact("chart", Escaped(&self.outputs.chart));
        text += &layout.fact("labels", Escaped(&self.outputs.labels));
        text
    }
}
