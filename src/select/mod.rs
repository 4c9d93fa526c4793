//! Choosing the number of clusters in one prepared space: how each is separated, how surely it is
//! found again, and which to take.
//!
//! Silhouettes, inertia and the other indices of separation depend on the space in which they are
//! measured: they compare numbers of clusters in one space and say nothing across spaces.

#[cfg(feature = "alternatives")]
mod contenders;
mod recommend;
#[cfg(test)]
mod tests;
mod traps;

#[cfg(feature = "alternatives")]
pub use contenders::{Contender, Judgement, contend};
pub use recommend::{Fault, Judged, Recommendation, Rules, recommend};
pub use traps::{end_of_range, traps};

use crate::error::{Error, ErrorKind, Result};
use crate::kernel::Kernel;
use crate::kmeans::{
    Fit, FitJob, IN_FLIGHT_BYTES, KMeansParams, bytes_to_fit, fit, fit_jobs, fit_many,
};
use crate::metrics::{Dispersion, Labeling, Silhouette, SilhouetteMethod, silhouette};
use crate::monitor::Monitor;
use crate::scalar::Precision;
use crate::stability::{Agreement, Bootstrap, BootstrapParams, bootstrap, resampling_bytes};
use crate::table::Tiles;

/// What to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectParams {
    /// The numbers of clusters, ascending, each at least 2.
    pub ks: Vec<usize>,
    /// How each is fitted; its `k` is not looked at.
    pub fit: KMeansParams,
    /// Fits of each number, with seeds of their own, that are compared with each other; 1 leaves
    /// that out.
    pub n_seeds: usize,
    /// Resamples in which each is fitted anew; 0 leaves that out.
    pub n_bootstrap: usize,
    /// The starts of each of those fits.
    pub bootstrap_n_init: usize,
    /// How the silhouette is measured.
    pub silhouette: SilhouetteMethod,
}

impl SelectParams {
    /// The memory in bytes that [`compare`] takes at most for `n` rows in `d` columns, beside the table.
    pub fn bytes(&self, n: usize, d: usize, precision: Precision) -> u64 {
        let k = self.ks.last().copied().unwrap_or(0);
        let fit = KMeansParams { k, ..self.fit.clone() };
        // Labels, silhouettes and nearest other clusters of every number.
        let kept = (size_of::<u32>() + size_of::<f64>() + size_of::<u32>()) * self.ks.len();
        let kept = n.saturating_mul(kept) as u64;
        let of_seeds = bytes_at_once(n, self.ks.len(), self.n_seeds);
        let of_resamples = resampling_bytes(n, self.ks.len(), self.n_bootstrap);
        bytes_to_fit(&fit, n, d, precision)
            .saturating_add(IN_FLIGHT_BYTES as u64)
            .saturating_add(self.silhouette.bytes(n, d, k, precision))
            .saturating_add(kept)
            .saturating_add(of_seeds.max(of_resamples))
    }
}

/// One number of clusters, fitted and judged.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The number of clusters.
    pub k: usize,
    /// As [`fit`] gives it with the parameters of the comparison.
    pub fit: Fit,
    /// Seconds that this fit took by itself.
    pub seconds: f64,
    /// How well its clusters are separated.
    pub silhouette: Silhouette,
    /// Davies and Bouldin (1979); smaller is better.
    pub davies_bouldin: Option<f64>,
    /// Caliński and Harabasz (1974); larger is better.
    pub calinski_harabasz: Option<f64>,
    /// Between every two of the fits from other seeds; `None` if there is one.
    pub starts: Option<Agreement>,
    /// How well it is found again in resamples; `None` if none was drawn.
    pub bootstrap: Option<Bootstrap>,
}

impl Candidate {
    /// The share of the rows in the smallest cluster.
    pub fn smallest_share(&self) -> f64 {
        let sizes = &self.fit.sizes;
        let n: u64 = sizes.iter().sum();
        sizes.iter().copied().min().unwrap_or(0) as f64 / n as f64
    }

    /// The share of the rows in the largest cluster.
    pub fn largest_share(&self) -> f64 {
        let sizes = &self.fit.sizes;
        let n: u64 = sizes.iter().sum();
        sizes.iter().copied().max().unwrap_or(0) as f64 / n as f64
    }

    /// The mean silhouette of the cluster where that is lowest.
    pub fn worst_silhouette(&self) -> f64 {
        self.silhouette.clusters.iter().map(|cluster| cluster.mean).fold(f64::INFINITY, f64::min)
    }

    /// The mean Jaccard similarity of the cluster that is found again least well; `None` if no
    /// resample could be clustered.
    pub fn worst_jaccard(&self) -> Option<f64> {
        let clusters = self.bootstrap.iter().flat_map(|bootstrap| &bootstrap.clusters);
        clusters.map(|cluster| cluster.jaccard).reduce(f64::min)
    }
}

/// All numbers of clusters that were asked for, in order.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Those that could be fitted.
    pub candidates: Vec<Candidate>,
    /// Those that could not, and why.
    pub infeasible: Vec<(usize, String)>,
}

impl Comparison {
    /// The candidate to look at closely, see [`Recommendation::shown`].
    pub fn shown(&self, recommendation: &Recommendation) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| Some(candidate.k) == recommendation.shown)
    }
}

/// Fits and judges every number of clusters in `params`.
///
/// Each is fitted by itself first, and that is timed: `clock` gives seconds from any moment. All other
/// fits share their passes over the rows. What is found does not depend on the clock.
///
/// # Errors
/// [`ErrorKind::Parameter`] for numbers of clusters below 2, or as for [`fit`]; other errors of
/// fitting, but that there are too few rows for a number of clusters is a result.
pub fn compare(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    params: &SelectParams,
    clock: &dyn Fn() -> f64,
    monitor: &dyn Monitor,
) -> Result<Comparison> {
    if let Some(k) = params.ks.iter().find(|&&k| k < 2) {
        return Err(Error::parameter(format!("{k} clusters (at least 2 can be compared)")));
    }
    let mut infeasible = Vec::new();
    let mut found = Vec::new();
    for &k in &params.ks {
        let params = KMeansParams { k, ..params.fit.clone() };
        let since = clock();
        match fit(tiles, precision, kernel, &params, monitor) {
            Ok(_) if k == tiles.n_rows() => {
                infeasible.push((k, "a cluster per row separates nothing".to_owned()));
            }
            Ok(fit) => found.push((params, fit, clock() - since)),
            Err(error) if error.kind() == ErrorKind::Data => {
                infeasible.push((k, error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }

    let starts = starts(tiles, precision, kernel, &found, params.n_seeds, monitor)?;
    let originals: Result<Vec<(KMeansParams, Labeling<'_>)>> = found
        .iter()
        .map(|(fitted, fit, _)| {
            let again = KMeansParams { n_init: params.bootstrap_n_init, ..fitted.clone() };
            Ok((again, Labeling::new(&fit.labels)?))
        })
        .collect();
    let originals = originals?;
    let refit = |jobs: &[FitJob<'_>]| fit_jobs(tiles, precision, kernel, jobs, monitor);
    let draws = BootstrapParams { n: params.n_bootstrap, seed: params.fit.seed };
    let resampled = bootstrap(&refit, &originals, tiles.weights(), draws, monitor)?;

    let mut scores = Vec::with_capacity(found.len());
    for (_, labeling) in &originals {
        let silhouette =
            silhouette(tiles, precision, kernel, labeling, params.silhouette, monitor)?;
        scores.push((silhouette, Dispersion::of(tiles, labeling, kernel, monitor)?));
    }
    drop(originals);
    let candidates = found.into_iter().zip(starts).zip(resampled).zip(scores);
    let candidates = candidates.map(|(((found, starts), bootstrap), (silhouette, dispersion))| {
        let (fitted, fit, seconds) = found;
        Candidate {
            k: fitted.k,
            fit,
            seconds,
            silhouette,
            davies_bouldin: dispersion.davies_bouldin(),
            calinski_harabasz: dispersion.calinski_harabasz(),
            starts,
            bootstrap: (params.n_bootstrap > 0).then_some(bootstrap),
        }
    });
    Ok(Comparison { candidates: candidates.collect(), infeasible })
}

/// How far fits from `n_seeds` seeds agree, the first being the one that was found.
fn starts(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    found: &[(KMeansParams, Fit, f64)],
    n_seeds: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Option<Agreement>>> {
    let mut agreements = Vec::with_capacity(found.len());
    for found in found.chunks(numbers_at_once(tiles.n_rows(), n_seeds)) {
        let again: Vec<KMeansParams> = found
            .iter()
            .flat_map(|(params, ..)| {
                (1..n_seeds as u64)
                    .map(|i| KMeansParams { seed: params.seed.repeated(i), ..params.clone() })
            })
            .collect();
        let fits = fit_many(tiles, precision, kernel, &again, monitor)?;
        let mut others = fits.iter();
        for (_, first, _) in found {
            let labelings: Result<Vec<_>> = std::iter::once(first)
                .chain(others.by_ref().take(n_seeds.saturating_sub(1)))
                .map(|fit| Labeling::new(&fit.labels))
                .collect();
            agreements.push(Agreement::between(&labelings?)?);
        }
    }
    Ok(agreements)
}

/// Numbers of clusters whose fits from all seeds are compared together.
fn numbers_at_once(n_rows: usize, n_seeds: usize) -> usize {
    /// What their labels take at most, if they are of several numbers.
    const BYTES: usize = 256 << 20;
    (BYTES / labels_bytes(n_rows, n_seeds).max(1)).max(1)
}

/// What the labels of the fits that are compared together take.
fn bytes_at_once(n_rows: usize, n_numbers: usize, n_seeds: usize) -> u64 {
    let at_once = numbers_at_once(n_rows, n_seeds).min(n_numbers);
    labels_bytes(n_rows, n_seeds).saturating_mul(at_once) as u64
}

fn labels_bytes(n_rows: usize, n_seeds: usize) -> usize {
    (size_of::<u32>() * n_rows).saturating_mul(n_seeds)
}
