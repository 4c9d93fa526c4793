//! K-means: starts, Lloyd's iteration and mini-batches, over tiles and kernels.
//!
//! Every function gives the same bytes for any number of threads: rows are cut into groups by row
//! number alone, each group is summed by itself in double precision, and the groups are joined in
//! order.

mod gaps;
mod labelling;
mod lloyd;
mod minibatch;
mod seeding;
mod spread;
#[cfg(test)]
mod tests;

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result, counted};
use crate::kernel::{Centers, Detail, Element, Kernel, NearestTile};
use crate::monitor::{Monitor, check_cancelled};
use crate::passes::{Groups, Sums, count, sum};
use crate::scalar::Precision;
use crate::seed::Seed;
use crate::table::{TILE_ROWS, Tiles, check_weights};

use labelling::{Labelling, Seen};
use spread::Spread;

/// How the first centres of a start are found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// Greedy k-means++ (Arthur and Vassilvitskii 2007): each centre is the best of 2 + ⌊ln k⌋
    /// rows drawn with probability proportional to weight times squared distance, as scikit-learn
    /// does. The default: one pass over the data per centre, and far fewer bad optima.
    KMeansPlusPlus,
    /// `k` different rows, drawn with probability proportional to weight. Costs nothing; wants
    /// more starts.
    Random,
    /// These centres, row-major in the prepared space. Implies a single start.
    Centers(Vec<f64>),
}

/// How centres are improved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// All rows in every iteration, to a local optimum.
    Lloyd,
    /// A random batch of rows in every iteration (Sculley 2010, with scikit-learn's rules for
    /// starved centres and stopping), then one assignment of all rows. For tables so large that a
    /// few passes are what there is time for.
    MiniBatch {
        /// Rows per batch, drawn with replacement.
        batch_size: usize,
    },
}

/// What to fit. Checked by [`fit`], which names the parameter that cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeansParams {
    /// The number of clusters.
    pub k: usize,
    /// How centres are improved.
    pub algorithm: Algorithm,
    /// How each start is found.
    pub init: Init,
    /// The number of starts, of which the one with the smallest inertia is kept. Mini-batch
    /// compares starts on a sample and runs the best one only.
    pub n_init: usize,
    /// Lloyd: iterations at most. Mini-batch: passes' worth of batches at most.
    pub max_iter: usize,
    /// Stop when the squared movement of all centres is at most this times the mean of the
    /// columns' variances. For mini-batch 0 (scikit-learn's default) leaves stopping to the
    /// smoothed inertia.
    pub tol: f64,
    /// Where all draws come from.
    pub seed: Seed,
}

impl KMeansParams {
    /// Lloyd with ten k-means++ starts, at most 300 iterations, tolerance 1e-4, seed 0.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            algorithm: Algorithm::Lloyd,
            init: Init::KMeansPlusPlus,
            n_init: 10,
            max_iter: 300,
            tol: 1e-4,
            seed: Seed::default(),
        }
    }
}

/// A fitted clustering. Labels, sizes and inertia are those of `centers`, without exception.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// `k × d` coordinates in the prepared space, row-major; exact in the precision of the fit.
    pub centers: Vec<f64>,
    /// The nearest centre of each row.
    pub labels: Vec<u32>,
    /// Rows per cluster, whatever their weight.
    pub sizes: Vec<u64>,
    /// Σ w·|x − c|² in the prepared space, by direct differences.
    pub inertia: f64,
    /// Iterations of the winning start (mini-batch: batches).
    pub n_iter: usize,
    /// Whether it settled within `max_iter`. Not settling is a result, not an error.
    pub converged: bool,
    /// The start that won, from 0.
    pub restart: usize,
}

/// Fits `params.k` centres to `tiles`.
///
/// Values in the prepared space must be finite, with squared distances that do not overflow
/// `precision`. Runs on the current rayon pool.
///
/// # Errors
/// [`ErrorKind::Parameter`] for a parameter out of range; [`ErrorKind::Data`] for fewer rows, or
/// fewer different rows, than clusters; [`ErrorKind::Cancelled`] if `monitor` says so.
pub fn fit(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    params: &KMeansParams,
    monitor: &dyn Monitor,
) -> Result<Fit> {
    let fits = fit_many(tiles, precision, kernel, std::slice::from_ref(params), monitor)?;
    fits.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Internal, "nothing was fitted"))
}

/// As [`fit`] for each of `params`, in that order and with the same results, but reading the rows
/// once per iteration for all of them.
///
/// # Errors
/// As for [`fit`]; one failure ends all.
pub fn fit_many(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    params: &[KMeansParams],
    monitor: &dyn Monitor,
) -> Result<Vec<Fit>> {
    let jobs: Vec<FitJob<'_>> =
        params.iter().map(|params| FitJob { params, weights: None }).collect();
    fit_jobs(tiles, precision, kernel, &jobs, monitor)
}

/// One of several fits: its parameters, and how much each row counts in it.
#[derive(Clone, Copy, Debug)]
pub struct FitJob<'a> {
    /// What to fit.
    pub params: &'a KMeansParams,
    /// A weight per row, instead of those of the table.
    pub weights: Option<&'a [f64]>,
}

/// As [`fit_many`], where fits may have weights of their own: how often each row was drawn, say. Those
/// that have report no iterations to `monitor`.
///
/// # Errors
/// As for [`fit_many`], and if there is not one weight per row, or one is negative or not finite, or
/// all are zero.
pub fn fit_jobs(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    jobs: &[FitJob<'_>],
    monitor: &dyn Monitor,
) -> Result<Vec<Fit>> {
    match precision {
        Precision::F32 => fit_jobs_in::<f32>(tiles, kernel, jobs, monitor),
        Precision::F64 => fit_jobs_in::<f64>(tiles, kernel, jobs, monitor),
    }
}

/// What all fits that share their passes may take.
pub(crate) const IN_FLIGHT_BYTES: usize = 256 << 20;

/// One start of one fit.
#[derive(Clone, Copy)]
struct Job<'p> {
    /// Which of the fits asked for.
    index: usize,
    params: &'p KMeansParams,
    restart: usize,
    /// Those of the table or its own.
    weights: Option<&'p [f64]>,
    has_own_weights: bool,
}

fn fit_jobs_in<T: Element>(
    tiles: &Tiles<'_>,
    kernel: &Kernel,
    fits: &[FitJob<'_>],
    monitor: &dyn Monitor,
) -> Result<Vec<Fit>> {
    fits.par_iter().try_for_each(|fit| check::<T>(fit, tiles))?;
    let run = |params: &KMeansParams| Run::<T> {
        tiles,
        kernel,
        monitor,
        groups: Groups::new(tiles.n_tiles(), params.k, tiles.n_features()),
        marker: std::marker::PhantomData,
    };
    let job = |index: usize, restart: usize| {
        let FitJob { params, weights } = fits[index];
        let has_own_weights = weights.is_some();
        Job { index, params, restart, weights: weights.or(tiles.weights()), has_own_weights }
    };
    let mut best: Vec<Option<Fit>> = vec![None; fits.len()];
    for (index, fit) in fits.iter().enumerate() {
        if let Algorithm::MiniBatch { batch_size } = fit.params.algorithm {
            best[index] = Some(minibatch::fit(&run(fit.params), job(index, 0), batch_size)?);
        }
    }
    let mut jobs = fits
        .iter()
        .enumerate()
        .filter(|(_, fit)| fit.params.algorithm == Algorithm::Lloyd)
        .flat_map(|(index, fit)| {
            let given = matches!(fit.params.init, Init::Centers(_));
            let n_init = if given { 1 } else { fit.params.n_init };
            (0..n_init).map(move |restart| job(index, restart))
        })
        .peekable();
    let mut spread = None;
    while let Some(first) = jobs.next() {
        let run = run(first.params);
        let spread = match &mut spread {
            Some(spread) => spread,
            none => none.insert(Spread::of(&run)?),
        };
        // Fits whose sums are joined in the same order go together, as many as have room.
        let mut room = IN_FLIGHT_BYTES.saturating_sub(run.bytes_in_flight(first.params.k));
        let mut batch = vec![first];
        while let Some(job) = jobs.next_if(|job| {
            let k = job.params.k;
            run.groups_for(k) == run.groups && run.bytes_in_flight(k) <= room
        }) {
            room -= run.bytes_in_flight(job.params.k);
            batch.push(job);
        }
        let starts = seeding::starts(&run, &batch)?;
        for (job, fit) in batch.iter().zip(lloyd::fit(&run, &batch, starts, spread)?) {
            let best = &mut best[job.index];
            if best.as_ref().is_none_or(|best| fit.inertia < best.inertia) {
                *best = Some(fit);
            }
        }
    }
    let all: Option<Vec<Fit>> = best.into_iter().collect();
    all.ok_or_else(|| Error::new(ErrorKind::Internal, "no start was made"))
}

/// The memory in bytes that a fit of `n` rows in `d` columns takes, beside the table.
pub fn bytes_to_fit(params: &KMeansParams, n: usize, d: usize, precision: Precision) -> u64 {
    let n_tiles = n.div_ceil(TILE_ROWS);
    let labels = n.saturating_mul(size_of::<u32>());
    let groups = Groups::new(n_tiles, params.k, d).len();
    let bytes = match (params.algorithm, precision) {
        (Algorithm::MiniBatch { .. }, _) => {
            labels.saturating_add(bytes_of_sums(params.k, d, minibatch::BATCH_PARTS))
        }
        (Algorithm::Lloyd, Precision::F32) => bytes_in_flight::<f32>(n, params.k, d, groups),
        (Algorithm::Lloyd, Precision::F64) => bytes_in_flight::<f64>(n, params.k, d, groups),
    };
    // Beside those of the best start.
    let best = if params.n_init > 1 { labels } else { 0 };
    bytes.saturating_add(best) as u64
}

/// What a fit that is worked on takes: what it remembers of every row, sums of every group, and
/// centres and sums in various states.
fn bytes_in_flight<T>(n: usize, k: usize, d: usize, n_groups: usize) -> usize {
    const FIXED: usize = 4096;
    // A label and a gap; before that the nearest centre chosen and how far it is.
    let rows = n.saturating_mul(size_of::<u32>() + size_of::<T>());
    rows.saturating_add(bytes_of_sums(k, d, n_groups)).saturating_add(FIXED)
}

fn bytes_of_sums(k: usize, d: usize, n_groups: usize) -> usize {
    const SETS: usize = 8;
    Sums::bytes(k, d).saturating_mul(n_groups + SETS)
}

/// All rules for parameters, in one place.
fn check<T: Element>(FitJob { params, weights }: &FitJob<'_>, tiles: &Tiles<'_>) -> Result<()> {
    /// Labels pass through floating-point lanes, which count exactly up to here.
    const MOST_CLUSTERS: usize = 1 << 24;

    let k = params.k;
    let refuse = |message: String| Err(Error::parameter(message));
    if k == 0 || k > MOST_CLUSTERS {
        return refuse(format!("{k} clusters (1 to {MOST_CLUSTERS} are accepted)"));
    }
    if params.n_init == 0 {
        return refuse("0 starts (at least 1 is needed)".into());
    }
    if params.max_iter == 0 {
        return refuse("0 iterations (at least 1 is needed)".into());
    }
    if !(params.tol.is_finite() && params.tol >= 0.0) {
        return refuse(format!("tolerance {} (a finite number of at least 0)", params.tol));
    }
    if params.algorithm == (Algorithm::MiniBatch { batch_size: 0 }) {
        return refuse("batches of 0 rows (at least 1 is needed)".into());
    }
    if let Init::Centers(centers) = &params.init {
        if centers.len() != k * tiles.n_features() {
            return refuse(format!(
                "{} starting coordinates ({k} clusters × {} columns are needed)",
                centers.len(),
                tiles.n_features()
            ));
        }
        if let Some(bad) = centers.iter().find(|&&c| !T::from_f64(c).to_f64().is_finite()) {
            return refuse(format!("a starting coordinate is {bad} (finite ones are needed)"));
        }
    }
    if tiles.n_features() == 0 {
        return Err(Error::data("no columns to cluster on"));
    }
    if let Some(weights) = weights {
        check_weights(weights, tiles.n_rows())?;
    }
    let weights = weights.or(tiles.weights());
    let usable = match weights {
        Some(weights) => weights.iter().filter(|&&w| w > 0.0).count(),
        None => tiles.n_rows(),
    };
    if usable < k {
        let what = if weights.is_some() { " of positive weight" } else { "" };
        return Err(Error::data(format!(
            "{}{what}, {} (at least as many rows as clusters are needed)",
            counted(usable, "row"),
            counted(k, "cluster"),
        )));
    }
    Ok(())
}

/// What every part of a fit shares.
struct Run<'a, T> {
    tiles: &'a Tiles<'a>,
    kernel: &'a Kernel,
    monitor: &'a dyn Monitor,
    groups: Groups,
    marker: std::marker::PhantomData<T>,
}

impl<T: Element> Run<'_, T> {
    fn d(&self) -> usize {
        self.tiles.n_features()
    }

    fn check_cancelled(&self) -> Result<()> {
        check_cancelled(self.monitor)
    }

    fn groups_for(&self, k: usize) -> Groups {
        Groups::new(self.tiles.n_tiles(), k, self.d())
    }

    /// What a fit that is worked on takes.
    fn bytes_in_flight(&self, k: usize) -> usize {
        let rows = self.tiles.n_tiles() * TILE_ROWS;
        bytes_in_flight::<T>(rows, k, self.d(), self.groups.len())
    }

    /// Looks whether to stop at tile `i` of a group, about as often as so many centres take a
    /// tenth of a second.
    fn check_cancelled_at(&self, i: usize, n_centers: usize) -> Result<()> {
        const PRODUCTS: usize = 1 << 28;
        let per_tile = n_centers.saturating_mul(self.d()).saturating_mul(TILE_ROWS);
        if i.is_multiple_of((PRODUCTS / per_tile.max(1)).max(1)) {
            self.check_cancelled()?;
        }
        Ok(())
    }

    /// Labels, sizes and inertia for the centres of each labelling; an empty cluster's centre is
    /// moved to the row that is farthest from its own and everything is assigned again.
    fn finish(&self, mut labellings: Vec<Labelling<'_>>) -> Result<Vec<Assigned>> {
        let totals = self.totals(&mut labellings.iter_mut().collect::<Vec<_>>())?;
        let mut finished = Vec::with_capacity(labellings.len());
        for (mut labelling, mut totals) in labellings.into_iter().zip(totals) {
            loop {
                let k = labelling.k();
                let empty: Vec<usize> = (0..k).filter(|&c| totals.weights[c] == 0.0).collect();
                if empty.is_empty() {
                    break;
                }
                // Every round takes some row's distance to zero and lengthens no other, so the
                // inertia falls and this ends.
                let mut centers = labelling.centers().to_vec();
                let farthest = self.farthest_rows(&labelling, empty.len())?;
                for (&cluster, row) in empty.iter().zip(farthest) {
                    let target = &mut centers[cluster * self.d()..][..self.d()];
                    for (target, x) in target.iter_mut().zip(self.tiles.row::<T>(row)) {
                        *target = x.to_f64();
                    }
                }
                labelling.move_to::<T>(centers);
                totals = self.totals(&mut [&mut labelling])?.remove(0);
            }
            let (centers, labels) = labelling.into_parts();
            let Totals { sizes, inertia, .. } = totals;
            finished.push(Assigned { centers, labels, sizes, inertia });
        }
        Ok(finished)
    }

    /// Labels every row and adds up what belongs to each cluster.
    fn totals(&self, labellings: &mut [&mut Labelling<'_>]) -> Result<Vec<Totals>> {
        let ks: Vec<usize> = labellings.iter().map(|labelling| labelling.k()).collect();
        let groups = labelling::pass(self, labellings, true, Totals::new, |totals, seen| {
            totals.add(&seen);
        })?;
        let mut all: Vec<Totals> = ks.into_iter().map(Totals::new).collect();
        for group in groups {
            all.iter_mut().zip(group).for_each(|(all, part)| all.join(part));
        }
        Ok(all)
    }

    /// The `m` rows of positive weight that are farthest from the centres their labels name, the
    /// farthest first, of equally far ones the first.
    ///
    /// # Errors
    /// If a row sits on its centre before `m` are found: there are fewer different rows than
    /// centres. Distances are taken in `T`, as the kernels take them: what underflows there keeps
    /// no two rows apart.
    fn farthest_rows(&self, labelling: &Labelling<'_>, m: usize) -> Result<Vec<usize>> {
        let (centers, labels) = (labelling.centers(), labelling.labels());
        let weight = |row| weight(labelling.weights(), row);
        let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        let d = self.d();
        let room = || self.tiles.reader::<T>();
        let parts = self.groups.map(room, |reader, tiles| {
            self.check_cancelled()?;
            let mut far: Vec<(f64, usize)> = Vec::new();
            for tile in tiles {
                let mut tile = reader.load(tile);
                let rows = tile.rows();
                let columns = tile.columns();
                for (i, row) in rows.enumerate() {
                    let center = &centers[labels[row] as usize * d..][..d];
                    let pairs = columns.iter().zip(center);
                    let distance = pairs.fold(T::default(), |sum, (column, &center)| {
                        let difference = column[i] - T::from_f64(center);
                        sum + difference * difference
                    });
                    if distance > T::default() && weight(row) > 0.0 {
                        far.push((distance.to_f64(), row));
                    }
                }
                far.sort_unstable_by(order);
                far.truncate(m);
            }
            Ok(far)
        })?;
        let mut far: Vec<_> = parts.into_iter().flatten().collect();
        far.sort_unstable_by(order);
        if far.len() < m {
            let k = centers.len() / d;
            return Err(too_few_distinct(k - m + far.len(), k));
        }
        Ok(far.into_iter().take(m).map(|(_, row)| row).collect())
    }
}

/// The weight of `row`.
fn weight(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |weights| weights[row])
}

/// The error for fewer different rows than clusters; `distinct` is how many centres found a row
/// of their own.
fn too_few_distinct(distinct: usize, k: usize) -> Error {
    Error::data(format!(
        "only {}, {} (at least as many distinct rows as clusters are needed)",
        counted(distinct, "distinct row"),
        counted(k, "cluster"),
    ))
    .with_hint(format!("-k {distinct} is the most that these columns can give"))
}

/// Centres with what follows from them.
struct Assigned {
    centers: Vec<f64>,
    labels: Vec<u32>,
    sizes: Vec<u64>,
    inertia: f64,
}

/// What the clusters of a labelling hold.
struct Totals {
    /// Rows, whatever their weight.
    sizes: Vec<u64>,
    weights: Vec<f64>,
    /// Σ w·|x − c|².
    inertia: f64,
}

impl Totals {
    fn new(k: usize) -> Self {
        Self { sizes: vec![0; k], weights: vec![0.0; k], inertia: 0.0 }
    }

    fn add<T: Element>(&mut self, seen: &Seen<'_, T>) {
        count(seen.labels, self.sizes.len(), |c, n| self.sizes[c] += n);
        let Some(weights) = seen.weights else {
            self.weights.iter_mut().zip(&self.sizes).for_each(|(w, &n)| *w = n as f64);
            self.inertia += sum(seen.sq_distances);
            return;
        };
        for ((&label, weight), distance) in seen.labels.iter().zip(weights).zip(seen.sq_distances) {
            self.weights[label as usize] += weight;
            self.inertia += weight * distance.to_f64();
        }
    }

    fn join(&mut self, other: Self) {
        self.sizes.iter_mut().zip(other.sizes).for_each(|(all, part)| *all += part);
        self.weights.iter_mut().zip(other.weights).for_each(|(all, part)| *all += part);
        self.inertia += other.inertia;
    }
}

/// Nearest centres with distances, for writing out.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// The nearest centre of each row; of equally near ones the first.
    pub labels: Vec<u32>,
    /// The Euclidean distance to it, in the prepared space.
    pub distances: Vec<f64>,
    /// How much farther the second-nearest centre is; `None` if there is one centre only.
    pub margins: Option<Vec<f64>>,
}

/// The nearest of `centers` (row-major, prepared space) for the rows of `tile_range`, by the same
/// arithmetic as the last assignment of [`fit`]: equal rows get equal labels.
pub fn nearest(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    centers: &[f64],
    tile_range: Range<usize>,
) -> Nearest {
    match precision {
        Precision::F32 => nearest_in::<f32>(tiles, kernel, centers, tile_range),
        Precision::F64 => nearest_in::<f64>(tiles, kernel, centers, tile_range),
    }
}

fn nearest_in<T: Element>(
    tiles: &Tiles<'_>,
    kernel: &Kernel,
    centers: &[f64],
    tile_range: Range<usize>,
) -> Nearest {
    let centers = Centers::<T>::new(centers, tiles.n_features());
    let parts: Vec<(Vec<u32>, Vec<f64>, Vec<f64>)> = tile_range
        .into_par_iter()
        .map_init(
            || (tiles.reader::<T>(), NearestTile::new()),
            |(reader, found), tile| {
                let mut tile = reader.load(tile);
                let n = tile.n_rows();
                kernel.nearest(tile.columns(), n, &centers, Detail::Second, found);
                let distances: Vec<f64> =
                    found.sq_distances()[..n].iter().map(|x| x.to_f64().sqrt()).collect();
                let margins = found.second()[..n]
                    .iter()
                    .zip(&distances)
                    .map(|(second, distance)| (second.to_f64().sqrt() - distance).max(0.0))
                    .collect();
                (found.labels()[..n].to_vec(), distances, margins)
            },
        )
        .collect();
    let mut all = Nearest { labels: Vec::new(), distances: Vec::new(), margins: None };
    let mut margins = Vec::new();
    for (labels, distances, part) in parts {
        all.labels.extend(labels);
        all.distances.extend(distances);
        margins.extend(part);
    }
    all.margins = (centers.k() > 1).then_some(margins);
    all
}
