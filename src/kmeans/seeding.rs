//! Where a start's centres come from.
//!
//! Greedy k-means++ keeps, per row, the squared distance to the nearest centre so far and which one
//! that is, and per tile the weighted sum of these distances. A candidate is drawn by finding its
//! tile among the sums and then its row within that one tile, so no cumulative sum over all rows is
//! ever made. Each round is one pass, for all starts together: it first brings the rows up to date
//! with the centre chosen last, then adds up what each candidate would leave.
//!
//! Most rows need no distance: one that is `r` from its own centre `c` cannot be nearer to a point
//! `p` if `|p − c| ≥ 2r` (Raff 2021, "Exact acceleration of k-means++ and k-means‖"). The others
//! are put side by side.

use rayon::prelude::*;

use crate::error::Result;
use crate::kernel::{Element, SeedingTile};
use crate::monitor::Progress;
use crate::passes::sum;
use crate::seed::{Purpose, Stream};
use crate::table::{Picked, TILE_ROWS, Tile, filled};

use super::{Init, Job, Run, too_few_distinct};

/// Putting a row's values side by side costs about as much as comparing it with this many points.
const GATHER_POINTS: usize = 24;

/// With fewer centres than this no row is looked at for being out of reach: most are not.
const FEW_CENTERS: usize = 8;

/// The centres that each job begins with, row-major in the prepared space.
pub(super) fn starts<T: Element>(run: &Run<'_, T>, jobs: &[Job<'_>]) -> Result<Vec<Vec<f64>>> {
    for job in jobs {
        run.monitor.report(Progress::Seeding { restart: job.restart, chosen: 0 });
    }
    // To make room for what is known of every row takes as long as a pass.
    let starts = jobs.par_iter().map(|job| Start::new(run, *job));
    let mut starts = starts.collect::<Result<Vec<Start<'_, T>>>>()?;
    plus_plus(run, &mut starts.iter_mut().filter_map(Start::growing).collect::<Vec<_>>())?;
    for job in jobs {
        run.monitor.report(Progress::Seeding { restart: job.restart, chosen: job.params.k });
    }
    let centers = starts.into_par_iter().map(|start| match start {
        Start::Known(centers) => centers,
        Start::Growing(growth) => growth.centers,
    });
    Ok(centers.collect())
}

/// A start that is complete, or on its way.
enum Start<'p, T> {
    Known(Vec<f64>),
    Growing(Box<Growth<'p, T>>),
}

impl<'p, T: Element> Start<'p, T> {
    fn new(run: &Run<'_, T>, job: Job<'p>) -> Result<Self> {
        let mut stream = job.params.seed.stream(Purpose::Seeding, job.restart as u64);
        Ok(match &job.params.init {
            Init::Centers(centers) => Self::Known(centers.clone()),
            Init::Random => {
                let rows = random_rows(run.tiles.n_rows(), &job, &mut stream);
                Self::Known(rows.into_iter().flat_map(|row| row_values(run, row)).collect())
            }
            Init::KMeansPlusPlus => Self::Growing(Box::new(Growth::new(run, job, stream)?)),
        })
    }

    fn growing(&mut self) -> Option<&mut Growth<'p, T>> {
        match self {
            Self::Known(_) => None,
            Self::Growing(growth) => Some(growth),
        }
    }
}

fn row_values<T: Element>(run: &Run<'_, T>, row: usize) -> Vec<f64> {
    run.tiles.row::<T>(row).iter().map(|x| x.to_f64()).collect()
}

/// `k` different rows; with weights, each next one with probability proportional to the weights
/// that are left, all at once by Efraimidis and Spirakis' keys (2006).
fn random_rows(n: usize, job: &Job<'_>, stream: &mut Stream) -> Vec<usize> {
    let k = job.params.k;
    if let Some(weights) = job.weights {
        let positive = weights.iter().enumerate().filter(|&(_, &weight)| weight > 0.0);
        let mut keys: Vec<(f64, usize)> =
            positive.map(|(row, weight)| ((1.0 - stream.uniform()).ln() / weight, row)).collect();
        keys.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        return keys.into_iter().take(k).map(|(_, row)| row).collect();
    }
    stream.distinct(n, k)
}

/// Greedy k-means++.
fn plus_plus<T: Element>(run: &Run<'_, T>, all: &mut [&mut Growth<'_, T>]) -> Result<()> {
    // A pass without candidates gives the sums after the first centre.
    let mut first = true;
    loop {
        let mut active: Vec<&mut Growth<'_, T>> =
            all.iter_mut().filter(|growth| !growth.is_full()).map(|growth| &mut **growth).collect();
        if active.is_empty() {
            return Ok(());
        }
        if !first {
            for growth in &active {
                let restart = growth.job.restart;
                run.monitor.report(Progress::Seeding { restart, chosen: growth.chosen() });
            }
            active.par_iter_mut().try_for_each(|growth| growth.draw_candidates(run))?;
        }
        first = false;
        pass(run, &mut active)?;
        active.par_iter_mut().for_each(|growth| growth.choose());
    }
}

/// One row, with probability proportional to its weight.
fn first_row(n: usize, weights: Option<&[f64]>, stream: &mut Stream) -> usize {
    let Some(weights) = weights else {
        return stream.below(n);
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

/// A start on its way.
struct Growth<'p, T> {
    job: Job<'p>,
    weights: Option<Weights<'p>>,
    stream: Stream,
    d: usize,
    /// Those chosen so far, row-major; the last one is not yet in `closest`.
    centers: Vec<f64>,
    /// The squared distance to the nearest centre but the last, in whole tiles; 0 past the end.
    closest: Vec<T>,
    /// Which centre that is.
    owners: Vec<u32>,
    /// Row-major, as `centers`.
    candidates: Vec<f64>,
    /// Σ w·(squared distance to the nearest centre) of each tile, and the same with each of the
    /// candidates added: what the last pass found.
    left: Vec<Vec<f64>>,
    potentials: Vec<f64>,
}

/// Weights as kernels take them.
#[derive(Clone, Copy)]
struct Weights<'p> {
    of_rows: &'p [f64],
    /// A power of two by which the largest becomes about 1.
    scale: f64,
}

impl<'p> Weights<'p> {
    fn new(of_rows: &'p [f64]) -> Self {
        let largest = of_rows.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        Self { of_rows, scale: 2_f64.powi(-(largest.log2() as i32)) }
    }

    /// That of a row. One that is far below all others is drawn a little more often than it should, or
    /// it would underflow.
    fn of<T: Element>(self, row: usize) -> T {
        const LEAST: f64 = 1.0 / (1_u64 << 60) as f64;
        let weight = self.of_rows[row] * self.scale;
        T::from_f64(if weight > 0.0 { weight.max(LEAST) } else { 0.0 })
    }
}

impl<'p, T: Element> Growth<'p, T> {
    fn new(run: &Run<'_, T>, job: Job<'p>, mut stream: Stream) -> Result<Self> {
        let (n, d) = (run.tiles.n_rows(), run.d());
        let centers = row_values(run, first_row(n, job.weights, &mut stream));
        let padded = if job.params.k > 1 { run.tiles.n_tiles() * TILE_ROWS } else { 0 };
        let mut closest = filled(padded, T::MAX)?;
        if let Some(rest) = closest.get_mut(n..) {
            rest.fill(T::default());
        }
        let owners = filled(padded, 0)?;
        let (candidates, left, potentials) = (Vec::new(), Vec::new(), Vec::new());
        let weights = job.weights.map(Weights::new);
        Ok(Self { job, weights, stream, d, centers, closest, owners, candidates, left, potentials })
    }

    fn k(&self) -> usize {
        self.job.params.k
    }

    /// The number of centres so far.
    fn chosen(&self) -> usize {
        self.centers.len() / self.d
    }

    fn is_full(&self) -> bool {
        self.centers.len() == self.k() * self.d
    }

    fn draw_candidates(&mut self, run: &Run<'_, T>) -> Result<()> {
        let total: f64 = self.potentials.iter().sum();
        if total <= 0.0 {
            return Err(too_few_distinct(self.chosen(), self.k()));
        }
        let trials = 2 + (self.k() as f64).ln() as usize;
        self.candidates.clear();
        for _ in 0..trials {
            let target = self.stream.uniform() * total;
            let row = self.draw(run, target);
            self.candidates.extend(row_values(run, row));
        }
        Ok(())
    }

    /// The row where the running sum of weight times squared distance passes `target`.
    fn draw(&self, run: &Run<'_, T>, target: f64) -> usize {
        let (tile, before) = pick(self.potentials.iter().copied(), target);
        let mut reader = run.tiles.reader::<T>();
        let mut tile = reader.load(tile);
        let n = tile.n_rows();
        let newest: Vec<T> = self.newest().iter().map(|&x| T::from_f64(x)).collect();
        let mut distances = vec![T::default(); TILE_ROWS];
        run.kernel.sq_distances(tile.columns(), n, &newest, &mut distances);
        let terms = tile.rows().zip(&distances).map(|(row, &distance)| {
            let weight = self.weights.map_or(1.0, |weights| weights.of::<T>(row).to_f64());
            weight * smaller(self.closest[row], distance).to_f64()
        });
        tile.rows().start + pick(terms, target - before).0
    }

    fn newest(&self) -> &[f64] {
        &self.centers[self.centers.len() - self.d..]
    }

    /// Takes the candidate that leaves least; without candidates, only what the centres leave.
    fn choose(&mut self) {
        if self.candidates.is_empty() {
            self.potentials = self.left.iter().map(|left| left[0]).collect();
            return;
        }
        let sums: Vec<f64> = (0..self.candidates.len() / self.d)
            .map(|c| self.left.iter().map(|left| left[c]).sum())
            .collect();
        let best = sums.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(c, _)| c);
        self.potentials = self.left.iter().map(|left| left[best]).collect();
        self.centers.extend(&self.candidates[best * self.d..][..self.d]);
    }
}

/// Takes the newest centre of each start into account, and finds what is left of the weighted sum
/// of squared distances, tile by tile, with each candidate added.
fn pass<T: Element>(run: &Run<'_, T>, all: &mut [&mut Growth<'_, T>]) -> Result<()> {
    let rounds: Vec<Round<'_, T>> = all.iter().map(|growth| Round::new(growth)).collect();
    let mut parts: Vec<Vec<(&mut [T], &mut [u32])>> = Vec::new();
    parts.resize_with(run.groups.len(), Vec::new);
    for growth in all.iter_mut() {
        let closest = growth.closest.chunks_mut(run.groups.rows());
        let rows = closest.zip(growth.owners.chunks_mut(run.groups.rows()));
        for (parts, rows) in parts.iter_mut().zip(rows) {
            parts.push(rows);
        }
    }
    let n_points = rounds.iter().map(|round| round.n_candidates + 1).sum();
    let room = || (run.tiles.reader::<T>(), Search::new());
    let found = run.groups.map_with(parts, room, |(reader, search), tiles, mut parts| {
        let mut left = vec![Vec::with_capacity(tiles.len()); rounds.len()];
        for (i, tile) in tiles.enumerate() {
            run.check_cancelled_at(i, n_points)?;
            let mut tile = reader.load(tile);
            let rows = i * TILE_ROWS..(i + 1) * TILE_ROWS;
            for ((round, (closest, owners)), left) in rounds.iter().zip(&mut parts).zip(&mut left) {
                let (closest, owners) = (&mut closest[rows.clone()], &mut owners[rows.clone()]);
                left.push(search.tile(run, &mut tile, round, closest, owners));
            }
        }
        Ok(left)
    })?;
    for growth in all.iter_mut() {
        growth.left.clear();
    }
    for group in found {
        for (growth, left) in all.iter_mut().zip(group) {
            growth.left.extend(left);
        }
    }
    Ok(())
}

/// What a pass needs to know of one start, shared by all threads.
struct Round<'p, T> {
    weights: Option<Weights<'p>>,
    newest: u32,
    /// The newest centre, then the candidates, row-major.
    points: Vec<T>,
    n_candidates: usize,
    /// Per centre: rows whose squared distance to it is no larger are nearer to it than to any of
    /// the points. None while there are few centres.
    limits: Vec<T>,
}

impl<'p, T: Element> Round<'p, T> {
    fn new(growth: &Growth<'p, T>) -> Self {
        let d = growth.d;
        let points = [growth.newest(), &growth.candidates].concat();
        let known = &growth.centers[..growth.centers.len() - d];
        // Squared distances in the kernels are off by (d + 2)/2 roundings, and the limit itself
        // is rounded; nothing is skipped for what has underflowed.
        let slack = 1.0 - 8.0 * (d + 8) as f64 * T::EPSILON;
        let underflow = 8.0 * d as f64 * T::MIN_POSITIVE.to_f64();
        let limits = known.chunks_exact(d).map(|center| {
            let nearest = points
                .chunks_exact(d)
                .map(|point| point.iter().zip(center).map(|(a, b)| (a - b).powi(2)).sum::<f64>());
            let nearest = nearest.fold(f64::INFINITY, f64::min);
            T::from_f64(nearest / 4.0 * slack - underflow)
        });
        let limits = if known.len() < FEW_CENTERS * d { Vec::new() } else { limits.collect() };
        Self {
            weights: growth.weights,
            newest: known.len() as u32 / d as u32,
            n_candidates: growth.candidates.len() / d,
            points: points.into_iter().map(T::from_f64).collect(),
            limits,
        }
    }
}

impl<T: Element> Round<'_, T> {
    /// Whether one of the points may be nearer to a row than its own centre is.
    #[inline(always)]
    fn is_open(&self, closest: T, owner: u32) -> bool {
        // A distance of 0 cannot be lowered: a row that is a centre, or lies past the end.
        closest > T::default() && closest > self.limits[owner as usize]
    }
}

/// One thread's room to work in.
struct Search<T> {
    open: Vec<u32>,
    picked: Picked<T>,
    closest: Vec<T>,
    owners: Vec<u32>,
    weights: Vec<T>,
    picked_weights: Vec<T>,
}

impl<T: Element> Search<T> {
    fn new() -> Self {
        Self {
            open: vec![0; TILE_ROWS],
            picked: Picked::new(),
            closest: vec![T::default(); TILE_ROWS],
            owners: vec![0; TILE_ROWS],
            weights: vec![T::default(); TILE_ROWS],
            picked_weights: vec![T::default(); TILE_ROWS],
        }
    }

    /// One round for one tile; returns what each candidate, or with none what the newest centre,
    /// leaves of the tile's sum.
    fn tile(
        &mut self,
        run: &Run<'_, T>,
        tile: &mut Tile<'_, T>,
        round: &Round<'_, T>,
        closest: &mut [T],
        owners: &mut [u32],
    ) -> Vec<f64> {
        let n = tile.n_rows();
        let weights = round.weights.map(|weights| {
            let rows = self.weights.iter_mut().zip(tile.rows());
            rows.for_each(|(to, row)| *to = weights.of(row));
            &*self.weights
        });
        let n_open = match round.limits[..] {
            [] => n,
            _ => find_open(closest, owners, round, &mut self.open),
        };
        let n_points = round.n_candidates + 1;
        if n_open * (n_points + GATHER_POINTS) > n * n_points {
            let seeding = SeedingTile { closest, owners, weights };
            return lower(run, round, (tile.columns(), n), seeding);
        }
        // What the rows add that no point is nearer to.
        for ((to, &from), &owner) in self.closest.iter_mut().zip(&*closest).zip(&*owners) {
            *to = if round.is_open(from, owner) { T::default() } else { from };
        }
        let settled = weighted_sum(&self.closest[..n], weights);
        if n_open == 0 {
            return vec![settled; round.n_candidates.max(1)];
        }
        let open = &self.open[..n_open];
        let columns = tile.pick(open, &mut self.picked);
        self.closest.fill(T::default());
        for ((to, owner), &row) in self.closest.iter_mut().zip(&mut self.owners).zip(open) {
            *to = closest[row as usize];
            *owner = owners[row as usize];
        }
        let picked_weights = weights.map(|weights| {
            let picks = self.picked_weights.iter_mut().zip(open);
            picks.for_each(|(to, &row)| *to = weights[row as usize]);
            &*self.picked_weights
        });
        let (picked, picked_owners) = (&mut self.closest, &mut self.owners);
        let seeding =
            SeedingTile { closest: picked, owners: picked_owners, weights: picked_weights };
        let left = lower(run, round, (&columns, n_open), seeding);
        for (&row, (&from, &owner)) in open.iter().zip(self.closest.iter().zip(&self.owners)) {
            closest[row as usize] = from;
            owners[row as usize] = owner;
        }
        left.into_iter().map(|open| settled + open).collect()
    }
}

/// Writes down the rows that may be nearer to one of the points than to their centre, and returns
/// their number.
fn find_open<T: Element>(
    closest: &[T],
    owners: &[u32],
    round: &Round<'_, T>,
    open: &mut [u32],
) -> usize {
    let mut n_open = 0;
    for (i, (&closest, &owner)) in closest.iter().zip(owners).enumerate() {
        open[n_open] = i as u32;
        n_open += usize::from(round.is_open(closest, owner));
    }
    n_open
}

/// One round of k-means++ for rows side by side; returns what each candidate, or with none what
/// the newest centre, leaves of their sum.
fn lower<T: Element>(
    run: &Run<'_, T>,
    round: &Round<'_, T>,
    (columns, n): (&[&[T]], usize),
    SeedingTile { closest, owners, weights }: SeedingTile<'_, T>,
) -> Vec<f64> {
    let seeding = SeedingTile { closest: &mut *closest, owners, weights };
    let sums = run.kernel.lower(columns, n, &round.points, round.newest, seeding);
    match round.n_candidates {
        0 => vec![weighted_sum(&closest[..n], weights)],
        n_candidates => sums[..n_candidates].to_vec(),
    }
}

fn smaller<T: Element>(a: T, b: T) -> T {
    if b < a { b } else { a }
}

/// Σ w·x in double precision.
fn weighted_sum<T: Element>(values: &[T], weights: Option<&[T]>) -> f64 {
    let Some(weights) = weights else { return sum(values) };
    let pairs = values.iter().zip(weights);
    pairs.map(|(x, weight)| weight.to_f64() * x.to_f64()).sum()
}
