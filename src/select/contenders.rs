//! Other algorithms, judged by the same indices in the same space.

use super::{Candidate, SelectParams};
use crate::alternatives::{Alternative, AlternativeFit, alternative};
use crate::error::{ErrorKind, Result, counted};
use crate::kernel::Kernel;
use crate::metrics::{Contingency, Dispersion, Labeling, Silhouette, silhouette};
use crate::monitor::Monitor;
use crate::prepare::Prepared;

/// What another algorithm made of the rows.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Which one.
    pub algorithm: Alternative,
    /// Seconds that its clusters took.
    pub seconds: f64,
    /// Its clusters and how good they are, or why there are none.
    pub outcome: std::result::Result<Judgement, String>,
}

/// Clusters of another algorithm, by the indices of a [`Candidate`].
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The clusters.
    pub fit: AlternativeFit,
    /// Rows per cluster, without noise.
    pub sizes: Vec<u64>,
    /// With noise as a cluster of its own, as scikit-learn takes labels; so are the next two. `None`
    /// if there is one cluster, or one per row.
    pub silhouette: Option<Silhouette>,
    /// Davies-Bouldin, Caliński-Harabasz and inertia.
    pub dispersion: Dispersion,
    /// The adjusted Rand index with the clusters of k-means.
    pub adjusted_rand: f64,
}

/// Has `algorithm` cluster the rows of `prepared` into as many clusters as `candidate` has, and judges
/// what it found as `params` say; `clock` gives seconds from any moment.
///
/// # Errors
/// That the algorithm cannot cluster these rows is an outcome; other errors of [`alternative`], and
/// those of the indices, are not.
pub fn contend(
    prepared: &Prepared,
    candidate: &Candidate,
    algorithm: Alternative,
    kernel: &Kernel,
    params: &SelectParams,
    clock: &dyn Fn() -> f64,
    monitor: &dyn Monitor,
) -> Result<Contender> {
    let (tiles, precision) = (prepared.tiles(), prepared.precision());
    let (k, seed) = (candidate.k, params.fit.seed);
    let since = clock();
    let found = alternative(&tiles, precision, kernel, algorithm, k, seed, monitor);
    let seconds = clock() - since;
    let fit = match found {
        Ok(fit) => fit,
        Err(error) if matches!(error.kind(), ErrorKind::Data | ErrorKind::Parameter) => {
            return Ok(Contender { algorithm, seconds, outcome: Err(error.to_string()) });
        }
        Err(error) => return Err(error),
    };
    let labeling = Labeling::new(&fit.labels)?;
    let scored = labeling
        .check_separates()
        .is_ok()
        .then(|| silhouette(&tiles, precision, kernel, &labeling, params.silhouette, monitor));
    let by_kmeans = Labeling::new(&candidate.fit.labels)?;
    let sizes = labeling.sizes()[..fit.n_clusters].to_vec();
    let silhouette = scored.transpose()?;
    let dispersion = Dispersion::of(&tiles, &labeling, kernel, monitor)?;
    let adjusted_rand = Contingency::new(&by_kmeans, &labeling)?.adjusted_rand();
    let judgement = Judgement { fit, sizes, silhouette, dispersion, adjusted_rand };
    Ok(Contender { algorithm, seconds, outcome: Ok(judgement) })
}

impl Judgement {
    /// What these clusters would be as segments, in plain words; k-means made `k` of the same rows.
    pub fn verdict(&self, k: usize) -> String {
        const SAME: f64 = 0.8;
        const ALIKE: f64 = 0.4;
        const GIANT: f64 = 0.8;
        const MUCH: f64 = 0.1;
        const MANY: usize = 15;
        let Self { fit, sizes, adjusted_rand, .. } = self;
        let n = fit.labels.len() as f64;
        let percent = |rows: u64| format!("{:.1} %", 100.0 * rows as f64 / n);
        if fit.n_clusters == 0 {
            return "finds no cluster, only noise".to_owned();
        }
        let mut said = vec![match adjusted_rand {
            x if *x > SAME => "agrees closely with k-means".to_owned(),
            x if *x > ALIKE => "agrees with k-means in part".to_owned(),
            _ => "sees other segments than k-means".to_owned(),
        }];
        if fit.n_clusters != k {
            said.push(format!("finds {}, not {k}", counted(fit.n_clusters, "cluster")));
        }
        let largest = sizes.iter().copied().max().unwrap_or(0);
        if largest as f64 > GIANT * n {
            said.push(format!("one holds {} of the rows", percent(largest)));
        }
        if fit.n_clusters > MANY {
            let clusters = counted(fit.n_clusters, "cluster");
            said.push(format!("{clusters} are more than campaigns tell apart"));
        }
        let noise = fit.n_noise as u64;
        if noise as f64 > MUCH * n {
            said.push(format!("{} of the rows get no segment", percent(noise)));
        }
        if noise > 0 {
            said.push("noise is scored as a cluster of its own".to_owned());
        }
        said.join("; ")
    }
}
