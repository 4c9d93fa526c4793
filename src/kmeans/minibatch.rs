//! Mini-batch k-means (Sculley 2010), by the rules of scikit-learn's `MiniBatchKMeans`: centres are
//! running means of the rows they have been given, starved ones are put onto rows of the current
//! batch, and it ends when the smoothed inertia of the batches has not fallen for a while.

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::kernel::{Centers, Detail, Element, NearestTile};
use crate::monitor::Progress;
use crate::passes::{Groups, Sums, sum};
use crate::seed::{Purpose, Stream};
use crate::table::{Column, FeatureTable, TILE_ROWS, Tiles};

use super::labelling::Labelling;
use super::lloyd::round;
use super::spread::Spread;
use super::{Fit, Init, Job, Run, seeding};

/// Batches without a better smoothed inertia before stopping.
const PATIENCE: usize = 10;

/// A centre that has been given fewer than this share of the rows of the best-fed one is starved.
const STARVED: f64 = 0.01;

/// A batch is shared out in at most this many parts.
pub(super) const BATCH_PARTS: usize = 16;

/// Rows on which starts are found and compared, in batches.
const SAMPLE_BATCHES: usize = 3;

pub(super) fn fit<T: Element>(run: &Run<'_, T>, job: Job<'_>, batch_size: usize) -> Result<Fit> {
    let params = job.params;
    let n = run.tiles.n_rows();
    let batch_size = batch_size.min(n);
    let tolerance =
        if params.tol > 0.0 { params.tol * Spread::of(run)?.mean_variance() } else { 0.0 };
    let mut stream = params.seed.stream(Purpose::MiniBatch, 0);
    let rows = RowSampler::new(n, job.weights);
    let (restart, centers) = best_start(run, job, batch_size, &rows, &mut stream)?;

    let mut state = State { centers, counts: vec![0.0; params.k], since_reassigned: 0 };
    let mut smoothed = Smoothed::new(n, batch_size);
    let n_steps = params.max_iter.saturating_mul(n) / batch_size;
    let mut n_iter = 0;
    let mut converged = false;
    while n_iter < n_steps && !converged {
        run.check_cancelled()?;
        n_iter += 1;
        let batch: Vec<usize> = (0..batch_size).map(|_| rows.draw(&mut stream)).collect();
        let before = state.centers.clone();
        let inertia = state.step(run, &batch, &mut stream) / batch_size as f64;
        let moved: f64 =
            state.centers.iter().zip(&before).map(|(new, old)| (new - old).powi(2)).sum();
        run.monitor.report(Progress::Iteration { restart, iteration: n_iter, inertia });
        // The first batch only replaces the start.
        if n_iter > 1 {
            let stalled = smoothed.update(inertia);
            converged = stalled || (tolerance > 0.0 && moved <= tolerance);
        }
    }

    let labelling = Labelling::unbounded(run, job.weights, state.centers)?;
    let assigned = run.finish(vec![labelling])?.remove(0);
    Ok(Fit {
        centers: assigned.centers,
        labels: assigned.labels,
        sizes: assigned.sizes,
        inertia: assigned.inertia,
        n_iter,
        converged,
        restart,
    })
}

/// The start with the smallest inertia on a sample of rows, and its number.
fn best_start<T: Element>(
    run: &Run<'_, T>,
    job: Job<'_>,
    batch_size: usize,
    rows: &RowSampler,
    stream: &mut Stream,
) -> Result<(usize, Vec<f64>)> {
    let params = job.params;
    if let Init::Centers(centers) = &params.init {
        return Ok((0, round::<T>(centers.clone())));
    }
    let n = run.tiles.n_rows();
    let wanted = SAMPLE_BATCHES * batch_size;
    let sample_size = if wanted < params.k { SAMPLE_BATCHES * params.k } else { wanted };
    let validation = sample(run, rows, sample_size.min(n), stream)?;
    let mut best: Option<(f64, usize, Vec<f64>)> = None;
    for restart in 0..params.n_init {
        let start = |run: &Run<'_, T>, weights| -> Result<Vec<f64>> {
            let job = Job { restart, weights, ..job };
            Ok(seeding::starts(run, &[job])?.remove(0))
        };
        let sampled = if sample_size < n {
            let table = sample(run, rows, sample_size, stream)?;
            // Weights have decided which rows are in the sample.
            start(&run.on(&Tiles::plain(&table), params.k), None)
        } else {
            start(run, job.weights)
        };
        let centers = match sampled {
            // A sample may have fewer different rows than the table.
            Err(error) if error.kind() == ErrorKind::Data => start(run, job.weights)?,
            sampled => sampled?,
        };
        let tiles = Tiles::plain(&validation);
        let sample = run.on(&tiles, params.k);
        let mut labelling = Labelling::unbounded(&sample, None, round::<T>(centers.clone()))?;
        let inertia = sample.totals(&mut [&mut labelling])?.remove(0).inertia;
        if best.as_ref().is_none_or(|best| inertia < best.0) {
            best = Some((inertia, restart, centers));
        }
    }
    let (_, restart, centers) =
        best.ok_or_else(|| Error::new(ErrorKind::Internal, "no start was made"))?;
    Ok((restart, round::<T>(centers)))
}

/// The prepared values of `size` rows, drawn as those of a batch are, as a table of its own.
///
/// (scikit-learn draws these rows evenly and lets their weights travel along, so that a sample may
/// hold nothing but rows of weight 0.)
fn sample<T: Element>(
    run: &Run<'_, T>,
    rows: &RowSampler,
    size: usize,
    stream: &mut Stream,
) -> Result<FeatureTable> {
    let mut columns = vec![Vec::with_capacity(size); run.d()];
    for _ in 0..size {
        let row = run.tiles.row::<T>(rows.draw(stream));
        for (column, x) in columns.iter_mut().zip(row) {
            column.push(x.to_f64());
        }
    }
    let columns = columns.into_iter().map(|values| Column::from_f64("", values)).collect();
    FeatureTable::new(columns, None)
}

impl<T: Element> Run<'_, T> {
    /// The same run on other rows.
    fn on<'a>(&self, tiles: &'a Tiles<'a>, k: usize) -> Run<'a, T>
    where
        Self: 'a,
    {
        Run {
            tiles,
            kernel: self.kernel,
            monitor: self.monitor,
            groups: Groups::new(tiles.n_tiles(), k, tiles.n_features()),
            marker: std::marker::PhantomData,
        }
    }
}

/// Draws rows with replacement, with probability proportional to weight.
struct RowSampler {
    n: usize,
    /// Running sums of the weights, where there are any.
    cumulative: Option<Vec<f64>>,
}

impl RowSampler {
    fn new(n: usize, weights: Option<&[f64]>) -> Self {
        let cumulative = weights.map(|weights| {
            let mut sum = 0.0;
            weights
                .iter()
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect()
        });
        Self { n, cumulative }
    }

    fn draw(&self, stream: &mut Stream) -> usize {
        let Some(cumulative) = &self.cumulative else {
            return stream.below(self.n);
        };
        let total = cumulative.last().copied().unwrap_or(0.0);
        let target = stream.uniform() * total;
        // The first row past the target; its weight is positive, since the sum rises there.
        cumulative.partition_point(|&sum| sum <= target).min(self.n - 1)
    }
}

/// The centres and how many rows each has been given.
struct State {
    centers: Vec<f64>,
    counts: Vec<f64>,
    since_reassigned: usize,
}

impl State {
    /// Learns one batch; returns its inertia before.
    fn step<T: Element>(&mut self, run: &Run<'_, T>, batch: &[usize], stream: &mut Stream) -> f64 {
        let (k, d) = (self.counts.len(), run.d());
        self.since_reassigned += batch.len();
        let reassign = self.counts.contains(&0.0) || self.since_reassigned >= 10 * k;
        if reassign {
            self.since_reassigned = 0;
        }

        let centers = Centers::<T>::new(&self.centers, d);
        // Weights have decided who is in the batch; within it all rows count alike.
        // In few enough parts that their sums take little room.
        let part_rows = batch.len().div_ceil(BATCH_PARTS).next_multiple_of(TILE_ROWS);
        let parts: Vec<(f64, Sums)> = batch
            .par_chunks(part_rows)
            .map(|rows| {
                let mut nearest = NearestTile::new();
                let mut sums = Sums::zeros(k, d);
                let mut inertia = 0.0;
                for rows in rows.chunks(TILE_ROWS) {
                    let columns = run.tiles.gather::<T>(rows);
                    let columns: Vec<&[T]> = columns.iter().map(Vec::as_slice).collect();
                    let n = rows.len();
                    run.kernel.nearest(&columns, n, &centers, Detail::Distance, &mut nearest);
                    inertia += sum(&nearest.sq_distances()[..n]);
                    sums.add_all(&nearest.labels()[..n], &columns, None);
                }
                (inertia, sums)
            })
            .collect();
        let mut inertia = 0.0;
        for (part, sums) in parts {
            inertia += part;
            sums.learn(&mut self.centers, &mut self.counts);
        }
        if reassign {
            self.reassign(run, batch, stream);
        }
        self.centers = round::<T>(std::mem::take(&mut self.centers));
        inertia
    }

    /// Puts starved centres, at most half a batch of them, onto different rows of the batch.
    fn reassign<T: Element>(&mut self, run: &Run<'_, T>, batch: &[usize], stream: &mut Stream) {
        let most = self.counts.iter().copied().fold(0.0, f64::max);
        let mut starved: Vec<usize> =
            (0..self.counts.len()).filter(|&c| self.counts[c] < STARVED * most).collect();
        let room = batch.len() / 2;
        if starved.len() > room {
            starved.sort_by(|&a, &b| self.counts[a].total_cmp(&self.counts[b]));
            starved.truncate(room);
            starved.sort_unstable();
        }
        let least_fed = (0..self.counts.len())
            .filter(|c| starved.binary_search(c).is_err())
            .map(|c| self.counts[c])
            .fold(f64::INFINITY, f64::min);
        let mut left = batch.to_vec();
        for center in starved {
            let row = left.swap_remove(stream.below(left.len()));
            let target = &mut self.centers[center * run.d()..][..run.d()];
            for (target, x) in target.iter_mut().zip(run.tiles.row::<T>(row)) {
                *target = x.to_f64();
            }
            self.counts[center] = least_fed;
        }
    }
}

/// The exponentially weighted inertia of the batches.
struct Smoothed {
    share: f64,
    value: Option<f64>,
    least: f64,
    without_progress: usize,
}

impl Smoothed {
    fn new(n: usize, batch_size: usize) -> Self {
        let share = (2.0 * batch_size as f64 / (n as f64 + 1.0)).min(1.0);
        Self { share, value: None, least: f64::INFINITY, without_progress: 0 }
    }

    /// Takes in the inertia of a batch; true when it has not fallen for [`PATIENCE`] batches.
    fn update(&mut self, inertia: f64) -> bool {
        let value = match self.value {
            None => inertia,
            Some(value) => value * (1.0 - self.share) + inertia * self.share,
        };
        self.value = Some(value);
        if value < self.least {
            self.least = value;
            self.without_progress = 0;
        } else {
            self.without_progress += 1;
        }
        self.without_progress >= PATIENCE
    }
}
