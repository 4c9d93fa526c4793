//! Where a start's centres come from.
//!
//! Greedy k-means++ keeps, per row, the squared distance to the nearest centre so far, and per
//! tile the weighted sum of these. A candidate is drawn by finding its tile among the sums and then
//! its row within that one tile, so no cumulative sum over all rows is ever made. Each round is one
//! pass: it first brings the rows up to date with the centre chosen last, then adds up what each
//! candidate would leave.

use std::collections::HashSet;

use crate::error::Result;
use crate::kernel::Element;
use crate::monitor::Progress;
use crate::seed::{Purpose, Stream};
use crate::table::{TILE_ROWS, Tile, filled};

use super::{Init, KMeansParams, Run, too_few_distinct};

/// The centres that start number `restart` begins with, row-major in the prepared space.
pub(super) fn start<T: Element>(
    run: &Run<'_, T>,
    params: &KMeansParams,
    restart: usize,
) -> Result<Vec<f64>> {
    let mut stream = params.seed.stream(Purpose::Seeding, restart as u64);
    run.monitor.report(Progress::Seeding { restart, chosen: 0 });
    let centers = match &params.init {
        Init::Centers(centers) => centers.clone(),
        Init::Random => {
            let rows = random_rows(run, params.k, &mut stream);
            rows.into_iter().flat_map(|row| row_values(run, row)).collect()
        }
        Init::KMeansPlusPlus => plus_plus(run, params.k, &mut stream, restart)?,
    };
    run.monitor.report(Progress::Seeding { restart, chosen: params.k });
    Ok(centers)
}

fn row_values<T: Element>(run: &Run<'_, T>, row: usize) -> Vec<f64> {
    run.tiles.row::<T>(row).iter().map(|x| x.to_f64()).collect()
}

/// `k` different rows; with weights, each next one with probability proportional to the weights
/// that are left, all at once by Efraimidis and Spirakis' keys (2006).
fn random_rows<T: Element>(run: &Run<'_, T>, k: usize, stream: &mut Stream) -> Vec<usize> {
    if let Some(weights) = run.tiles.weights() {
        let positive = weights.iter().enumerate().filter(|&(_, &weight)| weight > 0.0);
        let mut keys: Vec<(f64, usize)> =
            positive.map(|(row, weight)| ((1.0 - stream.uniform()).ln() / weight, row)).collect();
        keys.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        return keys.into_iter().take(k).map(|(_, row)| row).collect();
    }
    // Floyd's way to draw without replacement (Bentley and Floyd 1987).
    let n = run.tiles.n_rows();
    let mut drawn = HashSet::with_capacity(k);
    let mut rows = Vec::with_capacity(k);
    for last in n - k..n {
        let row = stream.below(last + 1);
        let row = if drawn.contains(&row) { last } else { row };
        drawn.insert(row);
        rows.push(row);
    }
    rows
}

/// Greedy k-means++.
fn plus_plus<T: Element>(
    run: &Run<'_, T>,
    k: usize,
    stream: &mut Stream,
    restart: usize,
) -> Result<Vec<f64>> {
    let trials = 2 + (k as f64).ln() as usize;
    let mut rows = Rows {
        run,
        closest: filled(run.tiles.n_rows(), T::MAX)?,
        newest: row_values(run, first_row(run, stream)),
    };
    let mut centers = rows.newest.clone();
    if k == 1 {
        return Ok(centers);
    }
    // A pass without candidates gives the sums after the first centre.
    let newest = rows.newest.clone();
    let mut potentials = rows.potentials(&newest)?;
    for chosen in 1..k {
        run.monitor.report(Progress::Seeding { restart, chosen });
        let total: f64 = potentials.iter().sum();
        if total <= 0.0 {
            return Err(too_few_distinct(chosen, k));
        }
        let candidates: Vec<Vec<f64>> = (0..trials)
            .map(|_| row_values(run, rows.draw(&potentials, stream.uniform() * total)))
            .collect();
        let left = rows.potentials(&candidates.concat())?;
        let of = |c: usize| left.iter().skip(c).step_by(trials);
        let best = (0..trials)
            .map(|c| (c, of(c).sum::<f64>()))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(0, |(c, _)| c);
        potentials = of(best).copied().collect();
        rows.newest.clone_from(&candidates[best]);
        centers.extend(&candidates[best]);
    }
    Ok(centers)
}

/// One row, with probability proportional to its weight.
fn first_row<T: Element>(run: &Run<'_, T>, stream: &mut Stream) -> usize {
    let Some(weights) = run.tiles.weights() else {
        return stream.below(run.tiles.n_rows());
    };
    let target = stream.uniform() * weights.iter().sum::<f64>();
    pick(weights.iter().copied(), target).0
}

/// The first place where the running sum exceeds `target`, and the sum before it. Where rounding
/// puts the target past the end: the last place that adds anything.
fn pick(terms: impl Iterator<Item = f64>, target: f64) -> (usize, f64) {
    let mut sum = 0.0;
    let mut last = (0, 0.0);
    for (i, term) in terms.enumerate() {
        if term > 0.0 {
            last = (i, sum);
            sum += term;
            if sum > target {
                break;
            }
        }
    }
    last
}

/// The rows' distances to the centres chosen so far.
struct Rows<'a, T> {
    run: &'a Run<'a, T>,
    /// The squared distance to the nearest centre but the newest.
    closest: Vec<T>,
    /// The centre chosen last.
    newest: Vec<f64>,
}

impl<T: Element> Rows<'_, T> {
    /// Takes the newest centre into account, then returns, tile by tile, what is left of the
    /// weighted sum of squared distances with each of `candidates` (row-major) added.
    fn potentials(&mut self, candidates: &[f64]) -> Result<Vec<f64>> {
        let run = self.run;
        let d = run.d();
        let points = [self.newest.as_slice(), candidates].concat();
        let points: Vec<T> = points.into_iter().map(T::from_f64).collect();
        let n_points = points.len() / d;
        let parts = run.groups.map_rows(&mut self.closest, |tiles, closest| {
            run.check_cancelled()?;
            let mut reader = run.tiles.reader::<T>();
            let mut distances = vec![T::default(); n_points * TILE_ROWS];
            let mut potentials = Vec::with_capacity(tiles.len() * (n_points - 1));
            for (tile, closest) in tiles.zip(closest.chunks_mut(TILE_ROWS)) {
                let tile = reader.load(tile);
                run.kernel.sq_distances(tile.columns(), tile.n_rows(), &points, &mut distances);
                let (newest, candidates) = distances.split_at(TILE_ROWS);
                lower(closest, newest);
                let candidates = candidates.chunks_exact(TILE_ROWS);
                potentials.extend(candidates.map(|c| potential(run, &tile, closest, c)));
            }
            Ok(potentials)
        })?;
        Ok(parts.concat())
    }

    /// The row where the running sum of weight times squared distance passes `target`.
    fn draw(&self, potentials: &[f64], target: f64) -> usize {
        let run = self.run;
        let (tile, before) = pick(potentials.iter().copied(), target);
        let mut reader = run.tiles.reader::<T>();
        let tile = reader.load(tile);
        let newest: Vec<T> = self.newest.iter().map(|&x| T::from_f64(x)).collect();
        let mut distances = vec![T::default(); TILE_ROWS];
        run.kernel.sq_distances(tile.columns(), tile.n_rows(), &newest, &mut distances);
        let terms = tile.rows().zip(&distances).map(|(row, &distance)| {
            run.weight(row) * smaller(self.closest[row], distance).to_f64()
        });
        tile.rows().start + pick(terms, target - before).0
    }
}

fn smaller<T: Element>(a: T, b: T) -> T {
    if b < a { b } else { a }
}

fn lower<T: Element>(closest: &mut [T], distances: &[T]) {
    for (closest, &distance) in closest.iter_mut().zip(distances) {
        *closest = smaller(*closest, distance);
    }
}

/// Σ w·min(closest, distance) over one tile, in eight interleaved sums.
fn potential<T: Element>(
    run: &Run<'_, T>,
    tile: &Tile<'_, T>,
    closest: &[T],
    distances: &[T],
) -> f64 {
    let mut sums = [0.0; 8];
    let distances = &distances[..closest.len()];
    if let Some(weights) = run.tiles.weights() {
        let terms = closest.iter().zip(distances).zip(&weights[tile.rows()]);
        for (i, ((&closest, &distance), weight)) in terms.enumerate() {
            sums[i % 8] += weight * smaller(closest, distance).to_f64();
        }
    } else {
        let mut blocks = closest.chunks_exact(8).zip(distances.chunks_exact(8));
        for (closest, distances) in &mut blocks {
            for i in 0..8 {
                sums[i] += smaller(closest[i], distances[i]).to_f64();
            }
        }
        let rest = closest.len() / 8 * 8;
        for (i, (&closest, &distance)) in closest[rest..].iter().zip(&distances[rest..]).enumerate()
        {
            sums[i] += smaller(closest, distance).to_f64();
        }
    }
    sums.iter().sum()
}
