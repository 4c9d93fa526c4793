//! Which clusters the next one of a row can be among.
//!
//! For rows y of a set with mean μ and mean squared distance s² from it,
//!
//! ```text
//! |x − μ|  ≤  mean |x − y|  ≤  √(|x − μ|² + s²)
//! ```
//!
//! (Jensen's inequality, for a norm and for a root). A cluster whose lower bound is above the upper
//! bound of another one cannot be the next: its distances need not be taken. Bounds of a whole cluster
//! are wide; the mean over its blocks of the bounds of each is narrow, since the rows of a block are
//! near each other. They are asked for only where those of the clusters leave a choice.
//!
//! The upper bound is a distance itself, in one dimension more: from (x, 0) to (μ, s). So the kernel
//! that adds up distances gives both means.

use rayon::prelude::*;

use crate::error::Result;
use crate::kernel::{Element, MOST_PAIR_POINTS, Panels};
use crate::metrics::Dispersion;
use crate::table::{TILE_ROWS, filled};

use super::Input;
use super::extent::Extent;
use super::sorted::{BLOCK_ROWS, Sorted};

/// A bit for every block of rows and every cluster: whether some row of the block needs its mean
/// distance to the cluster.
#[derive(Debug)]
pub(super) struct Needs {
    /// 64-bit words per block.
    words: usize,
    by_block: Vec<u64>,
    by_cluster: Vec<u64>,
}

impl Needs {
    /// Everything that is not ruled out.
    pub(super) fn new<T: Element>(
        input: &Input<'_>,
        sorted: &Sorted<T>,
        extent: &Extent,
    ) -> Result<Self> {
        Self::among(input, sorted, &Sets::new(input, sorted, extent)?)
    }

    /// Everything that is not ruled out by distances to `sets`, one for each cluster.
    pub(super) fn among<T: Element>(
        input: &Input<'_>,
        sorted: &Sorted<T>,
        sets: &Sets<T>,
    ) -> Result<Self> {
        let mut needs = Self::room(sorted, 0)?;
        let (k, words) = (sorted.k(), needs.words);
        let clusters: Vec<usize> = (0..k)
            .flat_map(|cluster| std::iter::repeat_n(cluster, sorted.blocks(cluster).len()))
            .collect();
        needs.by_block.par_chunks_mut(words).zip(clusters).enumerate().try_for_each_init(
            || Search::new(sorted.d()),
            |search, (block, (bits, cluster))| {
                input.check_cancelled()?;
                let first = (block - sorted.blocks(cluster).start) * BLOCK_ROWS;
                let rows = sorted.panels(cluster).skip(first, BLOCK_ROWS);
                for other in search.candidates(input, sorted, sets, rows, cluster) {
                    bits[other / 64] |= 1 << (other % 64);
                }
                Ok(())
            },
        )?;
        needs.sum_up(sorted);
        Ok(needs)
    }

    /// Everything.
    pub(super) fn all<T: Element>(sorted: &Sorted<T>) -> Result<Self> {
        let mut needs = Self::room(sorted, u64::MAX)?;
        needs.sum_up(sorted);
        Ok(needs)
    }

    fn room<T: Element>(sorted: &Sorted<T>, bits: u64) -> Result<Self> {
        let words = sorted.k().div_ceil(64);
        let by_block = filled(sorted.n_blocks().saturating_mul(words), bits)?;
        let by_cluster = filled(sorted.k().saturating_mul(words), 0)?;
        Ok(Self { words, by_block, by_cluster })
    }

    fn sum_up<T: Element>(&mut self, sorted: &Sorted<T>) {
        for (cluster, all) in self.by_cluster.chunks_exact_mut(self.words).enumerate() {
            for block in sorted.blocks(cluster) {
                let bits = &self.by_block[block * self.words..][..self.words];
                all.iter_mut().zip(bits).for_each(|(all, bits)| *all |= bits);
            }
        }
    }

    /// Whether `block` needs `cluster`.
    pub(super) fn of_block(&self, block: usize, cluster: usize) -> bool {
        self.by_block[block * self.words + cluster / 64] >> (cluster % 64) & 1 == 1
    }

    /// Whether some block of the one needs the other.
    pub(super) fn between(&self, a: usize, b: usize) -> bool {
        let needs =
            |a: usize, b: usize| self.by_cluster[a * self.words + b / 64] >> (b % 64) & 1 == 1;
        needs(a, b) || needs(b, a)
    }
}

/// Means and spreads of clusters and of their blocks, as points to take distances to.
pub(super) struct Sets<T> {
    /// Of clusters: coordinates row-major, and s² with what rounding may add.
    centers: Vec<T>,
    squares: Vec<f64>,
    /// Of the blocks of each cluster that has several, full ones apart from the last.
    blocks: Vec<Option<Blocks<T>>>,
    slack: Slack,
}

/// The blocks of a cluster in panels, with and without a column for s.
struct Blocks<T> {
    full: [Vec<T>; 2],
    n_full: usize,
    last: [Vec<T>; 2],
    n_last: usize,
}

/// By how much a bound may be off, and a sum of distances: parts of it, and beyond.
#[derive(Clone, Copy)]
struct Slack {
    relative: f64,
    absolute: f64,
}

impl Slack {
    /// For `d` columns of values up to `reach` from the origin.
    fn new<T: Element>(d: usize, reach: f64) -> Self {
        // A distance is off by (d + 4)/2 roundings and a sum of n by n/2, both twice: in the bound and in
        // what it bounds. A mean is rounded as its coordinates are.
        let relative = 2.0 * (d + 8 + MOST_PAIR_POINTS) as f64 * T::EPSILON;
        Self { relative, absolute: 4.0 * T::EPSILON * reach }
    }

    fn below(self, bound: f64) -> f64 {
        bound * (1.0 - self.relative) - self.absolute
    }

    fn above(self, bound: f64) -> f64 {
        bound * (1.0 + self.relative) + self.absolute
    }
}

impl<T: Element> Sets<T> {
    /// Of the rows that are sorted themselves.
    fn new(input: &Input<'_>, sorted: &Sorted<T>, extent: &Extent) -> Result<Self> {
        let d = sorted.d();
        let slack = Slack::new::<T>(d, extent.reach());
        let clusters: Vec<(Vec<Set>, Set)> = (0..sorted.k())
            .into_par_iter()
            .map(|cluster| {
                input.check_cancelled()?;
                let panels = sorted.panels(cluster);
                let blocks: Vec<Set> = (0..panels.n_rows())
                    .step_by(BLOCK_ROWS)
                    .map(|first| Set::of(panels.skip(first, BLOCK_ROWS)))
                    .collect();
                let whole = Set::joined(&blocks);
                Ok((blocks, whole))
            })
            .collect::<Result<_>>()?;
        let mut sets = Self { centers: Vec::new(), squares: Vec::new(), blocks: Vec::new(), slack };
        for (blocks, whole) in clusters {
            sets.centers.extend(whole.mean.iter().map(|&x| T::from_f64(x)));
            sets.squares.push(whole.square);
            let several = blocks.len() > 1;
            sets.blocks.push(several.then(|| Blocks::new(&blocks, d)));
        }
        Ok(sets)
    }

    /// Of clusters whose blocks are not known.
    pub(super) fn of_clusters(around: &Dispersion, sizes: &[u64], extent: &Extent) -> Self {
        let d = around.centers().len() / around.k();
        let squares = around.squares().iter().zip(sizes).map(|(square, &n)| square / n as f64);
        Self {
            centers: around.centers().iter().map(|&x| T::from_f64(x)).collect(),
            squares: squares.collect(),
            blocks: std::iter::repeat_with(|| None).take(around.k()).collect(),
            slack: Slack::new::<T>(d, extent.reach()),
        }
    }
}

/// The mean of some rows, and their mean squared distance from it.
struct Set {
    n: f64,
    mean: Vec<f64>,
    square: f64,
}

impl Set {
    fn of<T: Element>(rows: Panels<'_, T>) -> Self {
        let n = rows.n_rows() as f64;
        let mut mean = Vec::new();
        let mut square = 0.0;
        for column in rows.columns() {
            let column = || column.clone().map(|x: T| x.to_f64());
            let middle = column().sum::<f64>() / n;
            square += column().map(|x| (x - middle).powi(2)).sum::<f64>() / n;
            mean.push(middle);
        }
        Self { n, mean, square }
    }

    fn joined(parts: &[Self]) -> Self {
        let n: f64 = parts.iter().map(|part| part.n).sum();
        let mut mean = vec![0.0; parts[0].mean.len()];
        for part in parts {
            mean.iter_mut().zip(&part.mean).for_each(|(mean, x)| *mean += part.n / n * x);
        }
        let square = parts.iter().map(|part| {
            let between = part.mean.iter().zip(&mean).map(|(x, mean)| (x - mean).powi(2));
            part.n / n * (part.square + between.sum::<f64>())
        });
        let square = square.sum();
        Self { n, mean, square }
    }
}

impl<T: Element> Blocks<T> {
    fn new(blocks: &[Set], d: usize) -> Self {
        let (last, full) = match blocks.split_last() {
            Some((last, rest)) if last.n < BLOCK_ROWS as f64 => (Some(last), rest),
            _ => (None, blocks),
        };
        let both = |sets: &[&Set]| [false, true].map(|with_spread| panels(sets, d, with_spread));
        Self {
            full: both(&full.iter().collect::<Vec<_>>()),
            n_full: full.len(),
            last: both(&last.into_iter().collect::<Vec<_>>()),
            n_last: last.map_or(0, |last| last.n as usize),
        }
    }

    /// Adds n times the bound from below, or from above, to `sums` of each of `rows`.
    fn add_bound(&self, input: &Input<'_>, rows: Panels<'_, T>, above: bool, sums: &mut [f64]) {
        let which = usize::from(above);
        let d = rows.n_features();
        let full = Panels::new(&self.full[which], d, self.n_full);
        sums.fill(0.0);
        for first in (0..self.n_full).step_by(MOST_PAIR_POINTS) {
            let points = full.skip(first, MOST_PAIR_POINTS);
            input.kernel.add_distances(rows, points, sums, None);
        }
        // A block of n rows counts n times.
        sums.iter_mut().for_each(|sum| *sum *= BLOCK_ROWS as f64);
        if self.n_last > 0 {
            let mut last = [0.0; BLOCK_ROWS];
            let last = &mut last[..sums.len()];
            input.kernel.add_distances(rows, Panels::new(&self.last[which], d, 1), last, None);
            let pairs = sums.iter_mut().zip(last);
            pairs.for_each(|(sum, last)| *sum += *last * self.n_last as f64);
        }
    }
}

/// Means of sets in panels, where wanted with a column of their spreads.
fn panels<T: Element>(sets: &[&Set], d: usize, with_spread: bool) -> Vec<T> {
    let width = d + usize::from(with_spread);
    let mut values = vec![T::default(); sets.len().next_multiple_of(Panels::<T>::ROWS) * width];
    for (panel, sets) in
        values.chunks_exact_mut(Panels::<T>::ROWS * width).zip(sets.chunks(Panels::<T>::ROWS))
    {
        for (i, set) in sets.iter().enumerate() {
            let spread = with_spread.then(|| set.square.sqrt());
            let coordinates = set.mean.iter().copied().chain(spread);
            for (column, x) in panel.chunks_exact_mut(Panels::<T>::ROWS).zip(coordinates) {
                column[i] = T::from_f64(x);
            }
        }
    }
    values
}

/// One thread's room to work in.
struct Search<T> {
    /// The rows of a block in columns, and in panels with one more column of zeros.
    columns: Vec<T>,
    widened: Vec<T>,
    sq_distances: Vec<T>,
    least: Vec<f64>,
    below: Vec<f64>,
    above: Vec<f64>,
}

/// Clusters that rows are compared with at a time.
const CLUSTERS: usize = 32;

impl<T: Element> Search<T> {
    fn new(d: usize) -> Self {
        Self {
            columns: vec![T::default(); BLOCK_ROWS * d],
            widened: vec![T::default(); BLOCK_ROWS * (d + 1)],
            sq_distances: vec![T::default(); CLUSTERS * TILE_ROWS],
            least: vec![0.0; BLOCK_ROWS],
            below: Vec::new(),
            above: Vec::new(),
        }
    }

    /// The clusters but `own` that the next one of some of `rows` can be among.
    fn candidates(
        &mut self,
        input: &Input<'_>,
        sorted: &Sorted<T>,
        sets: &Sets<T>,
        rows: Panels<'_, T>,
        own: usize,
    ) -> Vec<usize> {
        let found = self.by_clusters(input, sets, rows, own);
        let several = found.iter().any(|&cluster| sets.blocks[cluster].is_some());
        if found.len() > 1 && several {
            self.by_blocks(input, sorted, sets, rows, found)
        } else {
            found
        }
    }

    /// By the means of whole clusters.
    fn by_clusters(
        &mut self,
        input: &Input<'_>,
        sets: &Sets<T>,
        rows: Panels<'_, T>,
        own: usize,
    ) -> Vec<usize> {
        let d = rows.n_features();
        let n = rows.n_rows();
        let k = sets.squares.len();
        for (to, column) in self.columns.chunks_exact_mut(BLOCK_ROWS).zip(rows.columns()) {
            to.iter_mut().zip(column).for_each(|(to, x)| *to = x);
            to[n..].fill(T::default());
        }
        let columns: Vec<&[T]> = self.columns.chunks_exact(BLOCK_ROWS).take(d).collect();
        let Self { sq_distances, least, .. } = self;
        let least = &mut least[..n];
        least.fill(f64::INFINITY);
        let mut found = Vec::new();
        // First the least upper bound, then those below it. Squares will do.
        for look in [false, true] {
            for first in (0..k).step_by(CLUSTERS) {
                let size = CLUSTERS.min(k - first);
                // With few clusters they are still there.
                if !look || k > CLUSTERS {
                    let centers = &sets.centers[first * d..(first + size) * d];
                    let out = &mut sq_distances[..size * TILE_ROWS];
                    input.kernel.sq_distances(&columns, n, centers, out);
                }
                for cluster in (first..first + size).filter(|&cluster| cluster != own) {
                    let sq_distances = &sq_distances[(cluster - first) * TILE_ROWS..][..n];
                    if !look {
                        let square = sets.squares[cluster];
                        for (least, distance) in least.iter_mut().zip(sq_distances) {
                            *least = least.min(distance.to_f64() + square);
                        }
                        continue;
                    }
                    let reaches = |(least, distance): (&f64, &T)| distance.to_f64() <= *least;
                    if least.iter().zip(sq_distances).any(reaches) {
                        found.push(cluster);
                    }
                }
            }
            if !look {
                // Room for both, on the side of the upper bound.
                let Slack { relative, absolute } = sets.slack;
                for least in &mut *least {
                    let bound = least.sqrt();
                    *least = (bound * (1.0 + 2.0 * relative) + 2.0 * absolute).powi(2);
                }
            }
        }
        found
    }

    /// Those of `found` that the means of blocks do not rule out either.
    fn by_blocks(
        &mut self,
        input: &Input<'_>,
        sorted: &Sorted<T>,
        sets: &Sets<T>,
        rows: Panels<'_, T>,
        found: Vec<usize>,
    ) -> Vec<usize> {
        let (n, d) = (rows.n_rows(), rows.n_features());
        let padded = n.next_multiple_of(Panels::<T>::ROWS);
        let widened = &mut self.widened[..padded * (d + 1)];
        rows.widen(widened);
        let wide = Panels::new(widened, d + 1, n);
        self.below.resize(found.len() * n, 0.0);
        self.above.resize(n, 0.0);
        let least = &mut self.least[..n];
        least.fill(f64::INFINITY);
        for (&cluster, below) in found.iter().zip(self.below.chunks_exact_mut(n)) {
            let size = sorted.size(cluster) as f64;
            let single;
            let blocks = match &sets.blocks[cluster] {
                Some(blocks) => blocks,
                None => {
                    single = Blocks::new(&[Set::of(sorted.panels(cluster))], d);
                    &single
                }
            };
            blocks.add_bound(input, rows, false, below);
            blocks.add_bound(input, wide, true, &mut self.above);
            below.iter_mut().for_each(|sum| *sum = sets.slack.below(*sum / size));
            for (least, sum) in least.iter_mut().zip(&self.above) {
                *least = least.min(sets.slack.above(sum / size));
            }
        }
        let reaches =
            |below: &[f64]| below.iter().zip(&*least).any(|(below, least)| below <= least);
        let pairs = found.iter().zip(self.below.chunks_exact(n));
        pairs.filter(|(_, below)| reaches(below)).map(|(&cluster, _)| cluster).collect()
    }
}
