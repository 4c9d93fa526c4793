//! The bootstrap: rows drawn with replacement, clustered anew, compared with the original clusters.
//!
//! What is said of clusters is what fpc's `clusterboot` says with `bootmethod = "boot"`,
//! `multipleboot = TRUE` and `bscompare = TRUE` (fpc 2.2, R):
//!
//! - As many rows are drawn as there are. A row that is drawn twice counts twice, in the fit and in the
//!   similarity: there as a row of its own, here as a weight of two, which is the same to k-means.
//! - Of each original cluster, the largest Jaccard similarity with any cluster of the resample; 0 if none
//!   of its rows was drawn. Means are over all resamples. Dissolved is at most 0.5, recovered is above 0.75.
//!
//! What is not the same: starts are k-means++ and Lloyd's algorithm follows, where `kmeansCBI` has random
//! rows and Hartigan and Wong's algorithm, so that resamples in which a fit misses the best optimum differ;
//! rows may have weights of their own; a resample that cannot be clustered, of which fpc makes an error,
//! counts as one in which all clusters dissolved. The agreement over all rows is not in fpc.
//! `tests/clusterboot.rs` compares both.

use rayon::prelude::*;

use super::{Agreement, Band};
use crate::error::{ErrorKind, Result};
use crate::kmeans::{Fit, FitJob, KMeansParams};
use crate::metrics::{Contingency, Labeling};
use crate::monitor::{Monitor, Progress};
use crate::seed::{Purpose, Seed};

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootstrapParams {
    /// Resamples.
    pub n: usize,
    /// Where the draws, and the starts of the fits, come from.
    pub seed: Seed,
}

/// How well a clustering is found again in resamples.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// Resamples that could be clustered.
    pub n: usize,
    /// Those that could not, most likely having fewer different rows than clusters. No cluster was found
    /// again in them.
    pub n_failed: usize,
    /// Between the original labels of all rows and those that the fit of a resample gives them;
    /// `None` where no resample could be clustered.
    pub agreement: Option<Agreement>,
    /// The middle and the 95 % interval of the same indices, by percentiles; `None` likewise.
    pub interval: Option<Band>,
    /// By the clusters of the original labeling; none where no resample could be clustered.
    pub clusters: Vec<ClusterStability>,
}

/// How well a cluster is found again: its Jaccard similarity with the most similar cluster of a
/// resample, over the rows drawn, each as often as it was drawn (Hennig 2007, "Cluster-wise assessment
/// of cluster stability"; fpc's `clusterboot` with `multipleboot` and `bscompare`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterStability {
    /// The mean similarity. Hennig reads below 0.6 as not to be trusted, up to 0.75 as a pattern of
    /// doubtful membership, from there as stable, from 0.85 as highly stable.
    pub jaccard: f64,
    /// Resamples in which the similarity was at most one half: the cluster had dissolved.
    pub dissolved: usize,
    /// Resamples in which it was above three quarters: the cluster was recovered.
    pub recovered: usize,
}

/// Draws as many rows as there are, with replacement, `params.n` times; each time refits every one of
/// `originals`, and compares the labels that the refit gives to all rows with the original ones.
///
/// `originals` are what to fit, and what was found in all rows; all are refitted in the same
/// resamples, with starts of their own. `weights` are those of the rows, if they have any: a drawn row
/// counts its weight. `refit` clusters a batch of jobs, whose labels it gives for all rows.
///
/// # Errors
/// Those of `refit`, except that a resample in which there are too few different rows for one of
/// `originals` is counted in [`Bootstrap::n_failed`]; and if labelings are not all of as many rows.
///
/// # Panics
/// If there is not one weight per row.
pub fn bootstrap(
    refit: &dyn Fn(&[FitJob<'_>]) -> Result<Vec<Fit>>,
    originals: &[(KMeansParams, Labeling<'_>)],
    weights: Option<&[f64]>,
    params: BootstrapParams,
    monitor: &dyn Monitor,
) -> Result<Vec<Bootstrap>> {
    let Some(n_rows) = originals.first().map(|(_, labeling)| labeling.n_rows()) else {
        return Ok(Vec::new());
    };
    let again: Vec<KMeansParams> = originals.iter().map(|(params, _)| params.clone()).collect();
    let compare = |resample: &Resample, original: usize, fit: &Fit| {
        Compared::new(&originals[original].1, &Labeling::new(&fit.labels)?, &resample.counts)
    };
    let compared = resample(refit, &again, (n_rows, weights), params, monitor, &compare)?;
    let found = compared.into_iter().zip(originals);
    Ok(found.map(|(compared, (_, all))| Bootstrap::of(&compared, all.k())).collect())
}

/// Draws rows with replacement, `params.n` times; each time fits every one of `fits`, with starts of its
/// own, and keeps what `compare` makes of it: by fit, then by resample, `None` where there are too few
/// different rows. `compare` is told the number of the fit. `rows` are how many there are, and their
/// weights if they have any.
///
/// # Errors
/// Those of `refit` and `compare`.
///
/// # Panics
/// If there is not one weight per row.
pub(super) fn resample<C: Send>(
    refit: &dyn Fn(&[FitJob<'_>]) -> Result<Vec<Fit>>,
    fits: &[KMeansParams],
    (n_rows, weights): (usize, Option<&[f64]>),
    params: BootstrapParams,
    monitor: &dyn Monitor,
    compare: &(dyn Fn(&Resample, usize, &Fit) -> Result<C> + Sync),
) -> Result<Vec<Vec<Option<C>>>> {
    assert!(weights.is_none_or(|weights| weights.len() == n_rows), "one weight per row");
    let mut found: Vec<Vec<Option<C>>> = Vec::new();
    found.resize_with(fits.len(), Vec::new);
    let at_once = resamples_at_once(n_rows, fits.len());
    for first in (0..params.n).step_by(at_once) {
        monitor.report(Progress::Bootstrap { done: first, n: params.n });
        let indices = first..params.n.min(first + at_once);
        let resamples: Vec<Resample> = indices
            .into_par_iter()
            .map(|index| Resample::draw(n_rows, weights, params.seed, index))
            .collect();
        let seeded: Vec<Vec<KMeansParams>> = resamples
            .iter()
            .map(|resample| {
                let all = fits.iter().cloned();
                all.map(|params| KMeansParams { seed: resample.seed, ..params }).collect()
            })
            .collect();
        let jobs: Vec<FitJob<'_>> = resamples
            .iter()
            .zip(&seeded)
            .flat_map(|(resample, fits)| {
                fits.iter().map(|params| FitJob { params, weights: Some(&resample.weights) })
            })
            .collect();
        let refits = refit_each(refit, &jobs)?;
        let compared: Result<Vec<Option<C>>> = refits
            .par_iter()
            .enumerate()
            .map(|(i, fit)| {
                let resample = &resamples[i / fits.len()];
                fit.as_ref().map(|fit| compare(resample, i % fits.len(), fit)).transpose()
            })
            .collect();
        for (i, compared) in compared?.into_iter().enumerate() {
            found[i % fits.len()].push(compared);
        }
    }
    Ok(found)
}

/// Resamples whose fits, of so many originals, are in memory at once.
fn resamples_at_once(n_rows: usize, n_originals: usize) -> usize {
    const BYTES: usize = 256 << 20;
    /// Beyond that, more at once save nothing, and what each takes beside its rows would add up.
    const MOST: usize = 64;
    (BYTES / resample_bytes(n_rows, n_originals).max(1)).clamp(1, MOST)
}

/// What the resamples that are in memory at once take.
pub(crate) fn resampling_bytes(n_rows: usize, n_originals: usize, n: usize) -> u64 {
    let at_once = resamples_at_once(n_rows, n_originals).min(n);
    resample_bytes(n_rows, n_originals).saturating_mul(at_once) as u64
}

/// How often each row was drawn, its weight, and its labels.
fn resample_bytes(n_rows: usize, n_originals: usize) -> usize {
    let row = size_of::<u32>() + size_of::<f64>() + n_originals * size_of::<u32>();
    row.saturating_mul(n_rows)
}

/// The fits of `jobs`; `None` for those that the rows do not allow.
fn refit_each(
    refit: &dyn Fn(&[FitJob<'_>]) -> Result<Vec<Fit>>,
    jobs: &[FitJob<'_>],
) -> Result<Vec<Option<Fit>>> {
    match refit(jobs) {
        Ok(fits) => Ok(fits.into_iter().map(Some).collect()),
        Err(error) if error.kind() != ErrorKind::Data => Err(error),
        Err(_) if jobs.len() == 1 => Ok(vec![None]),
        // One failure ends all, so halves are tried by themselves: few fits are made again, and most of
        // those together.
        Err(_) => {
            let (first, second) = jobs.split_at(jobs.len() / 2);
            let mut fits = refit_each(refit, first)?;
            fits.extend(refit_each(refit, second)?);
            Ok(fits)
        }
    }
}

/// Rows drawn with replacement.
pub(super) struct Resample {
    seed: Seed,
    /// How often each row was drawn.
    pub(super) counts: Vec<u32>,
    /// The same times its weight.
    weights: Vec<f64>,
}

impl Resample {
    fn draw(n_rows: usize, weights: Option<&[f64]>, seed: Seed, index: usize) -> Self {
        let mut stream = seed.stream(Purpose::Resample, index as u64);
        let mut counts = vec![0; n_rows];
        for _ in 0..n_rows {
            counts[stream.below(n_rows)] += 1;
        }
        let weighed = counts.iter().enumerate();
        let weights = weighed
            .map(|(row, &n)| f64::from(n) * weights.map_or(1.0, |weights| weights[row]))
            .collect();
        Self { seed: seed.repeated(index as u64), counts, weights }
    }
}

/// A clustering and what a refit makes of it.
pub(super) struct Compared {
    adjusted_rand: f64,
    /// 0 for a cluster of which no row was drawn: it was not found again.
    jaccard: Vec<f64>,
}

impl Compared {
    /// The agreement over all rows.
    pub(super) fn adjusted_rand(&self) -> f64 {
        self.adjusted_rand
    }

    pub(super) fn new(
        original: &Labeling<'_>,
        refit: &Labeling<'_>,
        counts: &[u32],
    ) -> Result<Self> {
        let adjusted_rand = Contingency::new(original, refit)?.adjusted_rand();
        let drawn = Contingency::with_counts(original, refit, counts)?;
        Ok(Self { adjusted_rand, jaccard: drawn.jaccard() })
    }
}

impl Bootstrap {
    /// What has been seen of a clustering into `k`; `None` is a resample that could not be clustered.
    pub(super) fn of(compared: &[Option<Compared>], k: usize) -> Self {
        const DISSOLVED: f64 = 0.5;
        const RECOVERED: f64 = 0.75;
        let n_all = compared.len();
        let scores: Vec<f64> = compared.iter().flatten().map(|c| c.adjusted_rand).collect();
        let cluster = |cluster: usize| {
            // Where nothing could be clustered, nothing was found again.
            let jaccards =
                || compared.iter().map(|c| c.as_ref().map_or(0.0, |c| c.jaccard[cluster]));
            ClusterStability {
                jaccard: jaccards().sum::<f64>() / n_all as f64,
                dissolved: jaccards().filter(|&jaccard| jaccard <= DISSOLVED).count(),
                recovered: jaccards().filter(|&jaccard| jaccard > RECOVERED).count(),
            }
        };
        let n_clusters = if scores.is_empty() { 0 } else { k };
        Self {
            n: scores.len(),
            n_failed: n_all - scores.len(),
            agreement: Agreement::of(&scores),
            interval: Band::of(&scores),
            clusters: (0..n_clusters).map(cluster).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::kmeans::{fit, fit_jobs};
    use crate::monitor::Silent;
    use crate::scalar::Precision;
    use crate::table::{Column, FeatureTable, Tiles};

    /// `n` rows each around three far centres, and the weights if there are any.
    fn blobs(n: usize, weights: Option<Vec<f64>>) -> FeatureTable {
        let mut stream = Seed(3).stream(Purpose::Synthetic, 0);
        let mut column = |shift: f64| -> Vec<f64> {
            (0..3 * n).map(|i| shift * (i % 3) as f64 + stream.normal()).collect()
        };
        let columns = [("x", column(40.0)), ("y", column(-25.0))];
        let columns = columns.map(|(name, values)| Column::from_f64(name, values));
        FeatureTable::new(columns.to_vec(), weights).unwrap()
    }

    fn params(k: usize) -> KMeansParams {
        KMeansParams { n_init: 3, ..KMeansParams::new(k) }
    }

    fn resampled(table: &FeatureTable, ks: &[usize], n: usize) -> Vec<Bootstrap> {
        let (tiles, kernel) = (Tiles::plain(table), Kernel::detect().unwrap());
        let fits: Vec<Fit> = ks
            .iter()
            .map(|&k| fit(&tiles, Precision::F64, &kernel, &params(k), &Silent).unwrap())
            .collect();
        let originals: Vec<_> = ks
            .iter()
            .zip(&fits)
            .map(|(&k, fit)| (params(k), Labeling::new(&fit.labels).unwrap()))
            .collect();
        let refit = |jobs: &[FitJob<'_>]| fit_jobs(&tiles, Precision::F64, &kernel, jobs, &Silent);
        let draws = BootstrapParams { n, seed: Seed(1) };
        bootstrap(&refit, &originals, tiles.weights(), draws, &Silent).unwrap()
    }

    #[test]
    fn far_clusters_are_recovered_and_a_split_one_is_not() {
        let found = resampled(&blobs(100, None), &[3, 4], 20);
        let three = &found[0];
        assert_eq!((three.n, three.n_failed), (20, 0));
        assert_eq!(three.agreement.unwrap().mean, 1.0);
        assert!(three.clusters.iter().all(|c| (c.jaccard, c.recovered) == (1.0, 20)));
        let four = &found[1];
        assert!(four.agreement.unwrap().mean < 0.999);
        let worst = four.clusters.iter().map(|c| c.jaccard).fold(1.0, f64::min);
        assert!(worst < 0.75, "{worst}");
        assert!(four.clusters.iter().any(|c| c.dissolved > 0));
    }

    #[test]
    fn a_jaccard_is_over_the_rows_drawn_as_often_as_they_were() {
        // Two clusters of two rows; the refit moves the second row.
        let original = [0, 0, 1, 1];
        let refit = [0, 1, 1, 1];
        let labelings = [&original, &refit].map(|labels| Labeling::new(labels).unwrap());
        let compared = Compared::new(&labelings[0], &labelings[1], &[3, 1, 0, 2]).unwrap();
        assert_eq!(compared.jaccard, [3.0 / 4.0, 2.0 / 3.0]);
        let all = Contingency::new(&labelings[0], &labelings[1]).unwrap().adjusted_rand();
        assert_eq!(compared.adjusted_rand, all);
        // Without any of its rows, a cluster is not found.
        let compared = Compared::new(&labelings[0], &labelings[1], &[4, 0, 0, 0]).unwrap();
        assert_eq!(compared.jaccard, [1.0, 0.0]);
    }

    #[test]
    fn resamples_with_too_few_different_rows_are_counted_and_end_nothing() {
        let column = Column::from_f64("x", vec![0.0, 0.0, 0.0, 1.0, 2.0]);
        let table = FeatureTable::new(vec![column], None).unwrap();
        let found = resampled(&table, &[2, 3], 40);
        for one in &found {
            assert_eq!(one.n + one.n_failed, 40);
        }
        assert!(found[1].n_failed > found[0].n_failed && found[1].n > 0, "{found:?}");
    }

    #[test]
    fn no_resamples_leave_everything_undefined() {
        let found = resampled(&blobs(10, None), &[2], 0);
        assert_eq!((found[0].n, found[0].agreement), (0, None));
        assert!(found[0].clusters.is_empty());
    }

    #[test]
    fn weights_count_and_fits_do_not_notice_each_other() {
        let plain = blobs(60, None);
        let weighed = blobs(60, Some((0..180).map(|i| f64::from(1 + i % 4)).collect()));
        for table in [&plain, &weighed] {
            let together = resampled(table, &[2, 3, 5], 8);
            for (i, k) in [2, 3, 5].into_iter().enumerate() {
                assert_eq!(resampled(table, &[k], 8)[0], together[i], "{k}");
            }
        }
        assert_ne!(resampled(&plain, &[5], 8), resampled(&weighed, &[5], 8));
    }

    #[test]
    fn a_failed_fit_that_has_another_reason_ends_all() {
        let labels = [0, 1];
        let originals = [(params(2), Labeling::new(&labels).unwrap())];
        let refit = |_: &[FitJob<'_>]| Err(crate::error::Error::parameter("no"));
        let draws = BootstrapParams { n: 2, seed: Seed(0) };
        let outcome = bootstrap(&refit, &originals, None, draws, &Silent);
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Parameter);
    }
}
