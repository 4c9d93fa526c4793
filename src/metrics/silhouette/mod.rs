//! Silhouettes (Rousseeuw 1987): how much nearer a row is to its own cluster than to the next one.
//!
//! With *a* the mean distance of a row to the other rows of its cluster, and *b* the smallest mean
//! distance to the rows of another one, its silhouette is (b − a) / max(a, b): near 1 well inside a
//! cluster, around 0 between two, below 0 in the wrong one. A row that is alone in its cluster has 0.

mod bounds;
mod centers;
mod exact;
mod extent;
mod fixed;
mod rows;
mod sampled;
mod sorted;
#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::kernel::{Element, Kernel};
use crate::monitor::{Monitor, check_cancelled};
use crate::passes::sum;
use crate::scalar::Precision;
use crate::seed::Seed;
use crate::table::Tiles;

use super::{Dispersion, Labeling};

/// Which distances a silhouette is made of, and of which rows.
///
/// The four are different numbers. Compare like with like, and only within one prepared space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SilhouetteMethod {
    /// Euclidean distances between all rows, none left out that could matter: what scikit-learn's
    /// `silhouette_score` gives. Time in n², memory in n.
    Exact,
    /// As `Exact`, of a sample of about so many rows, drawn without replacement from each cluster by
    /// its size: each against *all* rows, so that nothing but the choice of rows is left to chance.
    /// The mean has a standard error. Time in rows·n.
    Sampled {
        /// Rows to score; every cluster has some of them.
        rows: usize,
        /// What the draw comes from.
        seed: Seed,
    },
    /// Squared distances between all rows, as Spark's `ClusteringEvaluator` and scikit-learn's
    /// `metric="sqeuclidean"` have it. Time in n·k: means and variances say it all.
    Squared,
    /// Distances to the means of the clusters instead of to their rows: the simplified silhouette
    /// (Hruschka, de Castro and Campello 2004). Time in n·k.
    Centroid,
}

impl SilhouetteMethod {
    /// Up to so many rows, what [`for_rows`](Self::for_rows) gives is exact.
    pub const EXACT_ROWS: usize = 200_000;

    /// `Exact` where that takes a few seconds at most; beyond, a sample that takes about as long as
    /// reading the table some times.
    pub fn for_rows(n_rows: usize, seed: Seed) -> Self {
        if n_rows <= Self::EXACT_ROWS {
            Self::Exact
        } else {
            Self::Sampled { rows: Self::sample_rows(n_rows), seed }
        }
    }

    /// As many rows of a table of `n_rows` as make about 4·10⁹ distances, but at least a thousand.
    pub fn sample_rows(n_rows: usize) -> usize {
        const DISTANCES: usize = 4_000_000_000;
        (DISTANCES / n_rows.max(1)).clamp(1_000, 20_000)
    }

    /// The memory in bytes that it takes at most for `n` rows in `d` columns with `k` labels, beside the
    /// table.
    pub fn bytes(self, n: usize, d: usize, k: usize, precision: Precision) -> u64 {
        let width = match precision {
            Precision::F32 => size_of::<f32>(),
            Precision::F64 => size_of::<f64>(),
        };
        // Two copies of the rows; places and keys; sums, means and neighbours.
        const PLACES: usize = 32;
        const SCORES: usize = 48;
        let (rows, per_row) = match self {
            Self::Exact => (n, 2 * d * width + PLACES + SCORES),
            Self::Sampled { rows, .. } => (rows.min(n), 3 * d * width + PLACES + 2 * SCORES),
            Self::Squared | Self::Centroid => (n, size_of::<f64>() + size_of::<u32>()),
        };
        let of_clusters = match self {
            Self::Exact => bounds::bytes(rows, d, k, width),
            // And what the sums of every block of rows and every cluster take.
            Self::Sampled { .. } => {
                let sums = rows.saturating_mul(k).saturating_mul(size_of::<i128>());
                bounds::bytes(rows, d, k, width)
                    .saturating_add(sums)
                    .saturating_add(Dispersion::bytes(n, d, k))
            }
            Self::Squared | Self::Centroid => Dispersion::bytes(n, d, k),
        };
        rows.saturating_mul(per_row).saturating_add(of_clusters) as u64
    }

    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Sampled { .. } => "sampled",
            Self::Squared => "squared",
            Self::Centroid => "centroid",
        }
    }
}

/// The silhouettes of a labeling.
#[derive(Clone, Debug, PartialEq)]
pub struct Silhouette {
    /// How they were measured.
    pub method: SilhouetteMethod,
    /// The mean over all rows; of a sample, the estimate of it.
    pub mean: f64,
    /// The standard error of that estimate: how far it may be from the mean over all rows, in about
    /// two of three cases. `None` where all rows were scored.
    pub standard_error: Option<f64>,
    /// The clusters, by label.
    pub clusters: Vec<ClusterSilhouette>,
    /// The rows that were scored, ascending; `None` if all were.
    pub rows: Option<Vec<usize>>,
    /// The silhouette of each of these rows.
    pub values: Vec<f64>,
    /// The label of the other cluster that each of these rows is nearest to.
    pub neighbors: Vec<u32>,
}

/// The silhouettes of one cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterSilhouette {
    /// Its label.
    pub label: u32,
    /// Its rows.
    pub size: u64,
    /// Those of them that were scored.
    pub n: u64,
    /// Those of them that another cluster is nearer to.
    pub n_below_zero: u64,
    /// The mean of the scored ones.
    pub mean: f64,
}

/// Measures the silhouettes of the rows of `tiles`. Weights play no part. Runs on the current rayon
/// pool; the result is the same for any number of threads.
///
/// `precision` is the type in which distances are taken and partly summed: sums of more than 256 are
/// in double precision. `Squared` and `Centroid` are in double precision throughout. Distances whose
/// squares are below what the type can hold (1e-23 in single precision) count as 0.
///
/// # Errors
/// [`ErrorKind::Data`](crate::ErrorKind::Data) if all rows have one label, or each its own, and if a
/// value is not finite or the square of a distance overflows;
/// [`ErrorKind::Parameter`](crate::ErrorKind::Parameter) for a sample of no rows;
/// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no room for what has to be copied;
/// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) if `monitor` says so.
///
/// # Panics
/// If there is not one label per row.
pub fn silhouette(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    labeling: &Labeling<'_>,
    method: SilhouetteMethod,
    monitor: &dyn Monitor,
) -> Result<Silhouette> {
    assert_eq!(labeling.n_rows(), tiles.n_rows(), "one label per row");
    labeling.check_separates()?;
    let input = Input { tiles, labeling, kernel, monitor };
    match (method, precision) {
        (SilhouetteMethod::Exact, Precision::F32) => of_all::<f32>(&input),
        (SilhouetteMethod::Exact, Precision::F64) => of_all::<f64>(&input),
        (SilhouetteMethod::Sampled { rows, seed }, Precision::F32) => {
            sampled::silhouette::<f32>(&input, rows, seed)
        }
        (SilhouetteMethod::Sampled { rows, seed }, Precision::F64) => {
            sampled::silhouette::<f64>(&input, rows, seed)
        }
        (SilhouetteMethod::Squared, _) => centers::squared(&input),
        (SilhouetteMethod::Centroid, _) => centers::centroid(&input),
    }
}

fn of_all<T: Element>(input: &Input<'_>) -> Result<Silhouette> {
    let scores = exact::scores::<T>(input)?;
    Ok(scores.summary(SilhouetteMethod::Exact, input.labeling))
}

/// What every method works on.
#[derive(Clone, Copy)]
struct Input<'a> {
    tiles: &'a Tiles<'a>,
    labeling: &'a Labeling<'a>,
    kernel: &'a Kernel,
    monitor: &'a dyn Monitor,
}

impl Input<'_> {
    fn check_cancelled(&self) -> Result<()> {
        check_cancelled(self.monitor)
    }
}

/// The silhouette of each row and the other cluster that it is nearest to, both by row.
#[derive(Debug, PartialEq)]
struct Scores {
    values: Vec<f64>,
    neighbors: Vec<u32>,
}

impl Scores {
    /// Of all rows.
    fn summary(self, method: SilhouetteMethod, labeling: &Labeling<'_>) -> Silhouette {
        let Self { values, mut neighbors } = self;
        let clusters = by_cluster(labeling.clusters(), &values, labeling);
        neighbors.iter_mut().for_each(|cluster| *cluster = labeling.labels()[*cluster as usize]);
        Silhouette {
            method,
            mean: sum(&values) / values.len() as f64,
            standard_error: None,
            clusters,
            rows: None,
            values,
            neighbors,
        }
    }
}

/// What the scored rows, whose clusters and silhouettes these are, say of each cluster.
fn by_cluster(clusters: &[u32], values: &[f64], labeling: &Labeling<'_>) -> Vec<ClusterSilhouette> {
    let head = labeling.labels().iter().zip(labeling.sizes());
    let mut all: Vec<ClusterSilhouette> = head
        .map(|(&label, &size)| ClusterSilhouette { label, size, n: 0, n_below_zero: 0, mean: 0.0 })
        .collect();
    for (&cluster, &value) in clusters.iter().zip(values) {
        let one = &mut all[cluster as usize];
        one.n += 1;
        one.n_below_zero += u64::from(value < 0.0);
        // A sum until all are in.
        one.mean += value;
    }
    all.iter_mut().for_each(|one| one.mean /= one.n as f64);
    all
}

/// (b − a) / max(a, b), and 0 where both are 0.
fn silhouette_of(a: f64, b: f64) -> f64 {
    let larger = a.max(b);
    if larger > 0.0 { (b - a) / larger } else { 0.0 }
}
