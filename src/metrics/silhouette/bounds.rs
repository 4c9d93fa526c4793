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
use super::rows::{BLOCK_ROWS, Places, Rows};

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
    /// What the rows of each block need together. `before` tells where each row was when its
    /// candidates were found.
    pub(super) fn of(candidates: &Candidates, before: &[u32], places: &Places) -> Result<Self> {
        let mut needs = Self::room(places, 0)?;
        let words = needs.words;
        for (bits, (cluster, block)) in
            needs.by_block.chunks_exact_mut(words).zip(places.each_block())
        {
            let (start, first_block) =
                (places.cluster(cluster).start, places.blocks(cluster).start);
            for &before in &before[block] {
                let i = before as usize - start;
                for other in candidates.of(first_block + i / BLOCK_ROWS, i % BLOCK_ROWS) {
                    bits[other as usize / 64] |= 1 << (other % 64);
                }
            }
        }
        needs.sum_up(places);
        Ok(needs)
    }

    /// Everything.
    #[cfg(test)]
    pub(super) fn all(places: &Places) -> Result<Self> {
        let mut needs = Self::room(places, u64::MAX)?;
        needs.sum_up(places);
        Ok(needs)
    }

    fn room(places: &Places, bits: u64) -> Result<Self> {
        let words = places.k().div_ceil(64);
        let by_block = filled(places.n_blocks().saturating_mul(words), bits)?;
        let by_cluster = filled(places.k().saturating_mul(words), 0)?;
        Ok(Self { words, by_block, by_cluster })
    }

    fn sum_up(&mut self, places: &Places) {
        for (cluster, all) in self.by_cluster.chunks_exact_mut(self.words).enumerate() {
            for block in places.blocks(cluster) {
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

/// What sorting `n` rows of `d` values of `width` bytes by `k` clusters and knowing their needs takes at
/// most, beside what grows with the rows alone.
pub(super) fn bytes(n: usize, d: usize, k: usize, width: usize) -> usize {
    let n_blocks = (n / BLOCK_ROWS).saturating_add(k);
    // Panels that are not full: one of rows, and two of each kind of means.
    let panels = k.saturating_mul(64 * width).saturating_mul(d + 2 * (2 * d + 1));
    let means = n_blocks.saturating_mul((2 * d + 1) * width + d * size_of::<f64>());
    // A number and two bits of every block for every cluster.
    let needs = n_blocks.saturating_mul(k).saturating_mul(size_of::<u32>() + 1);
    panels.saturating_add(means).saturating_add(needs)
}

/// The clusters that the next one of each row can be among.
pub(super) struct Candidates {
    by_block: Vec<OfBlock>,
}

/// Of the rows of one block, as they lie when the candidates are found.
struct OfBlock {
    /// Ascending.
    found: Vec<u32>,
    /// For each row, a bit for each of the former, or all bits if they are too many.
    rows: Vec<u64>,
}

impl Candidates {
    pub(super) fn find<T: Element>(
        input: &Input<'_>,
        rows: &Rows<T>,
        places: &Places,
        sets: &Sets<T>,
    ) -> Result<Self> {
        let blocks: Vec<_> = places.each_block().collect();
        let by_block = blocks.into_par_iter().map_init(
            || Search::new(rows.d()),
            |search, (cluster, block)| {
                input.check_cancelled()?;
                Ok(search.find(input, rows, &places.order()[block], cluster, sets))
            },
        );
        Ok(Self { by_block: by_block.collect::<Result<_>>()? })
    }

    /// Those of the `i`-th row of a block, ascending.
    fn of(&self, block: usize, i: usize) -> impl Iterator<Item = u32> {
        let OfBlock { found, rows } = &self.by_block[block];
        let bits = rows[i];
        let is_candidate = move |i: usize| bits == u64::MAX || bits >> i & 1 == 1;
        found.iter().enumerate().filter(move |&(i, _)| is_candidate(i)).map(|(_, &other)| other)
    }

    /// A number by which rows with the same candidates come to lie together.
    pub(super) fn key(&self, block: usize, i: usize) -> u64 {
        const BITS: u32 = 21;
        let first = self.of(block, i).chain(std::iter::repeat(0)).take(3);
        first.fold(0, |key, other| key << BITS | u64::from(other + 1).min((1 << BITS) - 1))
    }
}

/// Means and spreads of clusters and of their blocks, as points to take distances to.
pub(super) struct Sets<T> {
    /// Of clusters: coordinates row-major, and s².
    centers: Vec<T>,
    squares: Vec<f64>,
    blocks: Vec<Blocks<T>>,
    slack: Slack,
}

/// The blocks of a cluster in panels, with and without a column for s: full ones, and the last if it is
/// not full.
struct Blocks<T> {
    n: f64,
    full: [Vec<T>; 2],
    n_full: usize,
    last: [Vec<T>; 2],
    n_last: f64,
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
    /// The clusters and blocks of the rows themselves.
    pub(super) fn of_rows(rows: &Rows<T>, places: &Places, extent: &Extent) -> Self {
        let blocks: Vec<_> = places.each_block().map(|(_, block)| block).collect();
        let blocks: Vec<Set> =
            blocks.into_par_iter().map(|block| Set::of(rows, &places.order()[block])).collect();
        let clusters = (0..places.k()).map(|cluster| {
            let blocks = &blocks[places.blocks(cluster)];
            (Set::joined(blocks), Blocks::new(blocks))
        });
        Self::new(clusters.collect(), extent)
    }

    /// Clusters of which only means and sums of squares are known.
    pub(super) fn of_clusters(around: &Dispersion, sizes: &[u64], extent: &Extent) -> Self {
        let centers = around.centers();
        let d = centers.len() / around.k();
        let clusters = centers.chunks_exact(d).zip(around.squares()).zip(sizes);
        let clusters = clusters.map(|((mean, square), &n)| {
            let n = n as f64;
            let whole = Set { n, mean: mean.to_vec(), square: square / n };
            let blocks = Blocks::new(std::slice::from_ref(&whole));
            (whole, blocks)
        });
        Self::new(clusters.collect(), extent)
    }

    fn new(clusters: Vec<(Set, Blocks<T>)>, extent: &Extent) -> Self {
        let d = clusters[0].0.mean.len();
        let slack = Slack::new::<T>(d, extent.reach());
        let mut sets = Self { centers: Vec::new(), squares: Vec::new(), blocks: Vec::new(), slack };
        for (whole, blocks) in clusters {
            sets.centers.extend(whole.mean.iter().map(|&x| T::from_f64(x)));
            sets.squares.push(whole.square);
            sets.blocks.push(blocks);
        }
        sets
    }
}

/// The mean of some rows, and their mean squared distance from it.
struct Set {
    n: f64,
    mean: Vec<f64>,
    square: f64,
}

impl Set {
    fn of<T: Element>(rows: &Rows<T>, block: &[u32]) -> Self {
        let n = block.len() as f64;
        // From one of them, so that a large common offset costs no digits.
        let first = rows.row(block[0]);
        let mut sums = vec![0.0; rows.d()];
        let mut square = 0.0;
        for &row in block {
            for (sum, (x, first)) in sums.iter_mut().zip(rows.row(row).iter().zip(first)) {
                let x = x.to_f64() - first.to_f64();
                *sum += x;
                square += x * x;
            }
        }
        let between: f64 = sums.iter().map(|sum| (sum / n).powi(2)).sum();
        let mean = sums.iter().zip(first).map(|(sum, first)| first.to_f64() + sum / n).collect();
        Self { n, mean, square: square / n - between }
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
    /// Of which all but the last are full.
    fn new(blocks: &[Set]) -> Self {
        let (last, full) = match blocks.split_last() {
            Some((last, full)) if last.n != BLOCK_ROWS as f64 => (std::slice::from_ref(last), full),
            _ => (&[][..], blocks),
        };
        let both = |sets: &[Set]| [false, true].map(|with_spread| panels(sets, with_spread));
        Self {
            n: blocks.iter().map(|block| block.n).sum(),
            full: both(full),
            n_full: full.len(),
            last: both(last),
            n_last: last.first().map_or(0.0, |last| last.n),
        }
    }

    /// The mean over all rows of the cluster of the bound from below, or from above, for each of
    /// `rows`.
    fn bound(&self, input: &Input<'_>, rows: Panels<'_, T>, above: bool, means: &mut [f64]) {
        let (which, d) = (usize::from(above), rows.n_features());
        let full = Panels::new(&self.full[which], d, self.n_full);
        means.fill(0.0);
        for first in (0..self.n_full).step_by(MOST_PAIR_POINTS) {
            let points = full.skip(first, MOST_PAIR_POINTS);
            input.kernel.add_distances(rows, points, means, None);
        }
        // A block of n rows counts n times.
        means.iter_mut().for_each(|sum| *sum *= BLOCK_ROWS as f64 / self.n);
        if self.n_last > 0.0 {
            let mut last = [0.0; BLOCK_ROWS];
            let last = &mut last[..means.len()];
            input.kernel.add_distances(rows, Panels::new(&self.last[which], d, 1), last, None);
            let pairs = means.iter_mut().zip(last);
            pairs.for_each(|(mean, last)| *mean += *last * (self.n_last / self.n));
        }
    }
}

/// Means of sets in panels, where wanted with a column of their spreads.
fn panels<T: Element>(sets: &[Set], with_spread: bool) -> Vec<T> {
    let d = sets.first().map_or(0, |set| set.mean.len());
    let width = d + usize::from(with_spread);
    let mut values = vec![T::default(); sets.len().next_multiple_of(Panels::<T>::ROWS) * width];
    let panels = values.chunks_exact_mut((Panels::<T>::ROWS * width).max(1));
    for (panel, sets) in panels.zip(sets.chunks(Panels::<T>::ROWS)) {
        for (i, set) in sets.iter().enumerate() {
            let spread = with_spread.then(|| set.square.max(0.0).sqrt());
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
    /// The rows of a block in panels, in panels with one more column of zeros, and in columns.
    narrow: Vec<T>,
    wide: Vec<T>,
    columns: Vec<T>,
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
            narrow: vec![T::default(); BLOCK_ROWS * d],
            wide: vec![T::default(); BLOCK_ROWS * (d + 1)],
            columns: vec![T::default(); BLOCK_ROWS * d],
            sq_distances: vec![T::default(); CLUSTERS * TILE_ROWS],
            least: vec![0.0; BLOCK_ROWS],
            below: Vec::new(),
            above: vec![0.0; BLOCK_ROWS],
        }
    }

    /// The clusters but `own` that the next one of each row of a block can be among.
    fn find(
        &mut self,
        input: &Input<'_>,
        rows: &Rows<T>,
        block: &[u32],
        own: usize,
        sets: &Sets<T>,
    ) -> OfBlock {
        let found = self.by_clusters(input, rows, block, own, sets);
        if let [_] = found[..] {
            return OfBlock { found, rows: vec![1; block.len()] };
        }
        self.by_blocks(input, rows, block, found, sets)
    }

    /// By the means of whole clusters, for all rows together.
    fn by_clusters(
        &mut self,
        input: &Input<'_>,
        rows: &Rows<T>,
        block: &[u32],
        own: usize,
        sets: &Sets<T>,
    ) -> Vec<u32> {
        let (n, d, k) = (block.len(), rows.d(), sets.squares.len());
        for (i, &row) in block.iter().enumerate() {
            for (column, &x) in self.columns.chunks_exact_mut(BLOCK_ROWS).zip(rows.row(row)) {
                column[i] = x;
            }
        }
        let columns: Vec<&[T]> = self.columns.chunks_exact(BLOCK_ROWS).collect();
        let least = &mut self.least[..n];
        least.fill(f64::INFINITY);
        let mut found = Vec::new();
        // First the least upper bound, then those below it. Squares will do.
        for look in [false, true] {
            for first in (0..k).step_by(CLUSTERS) {
                let size = CLUSTERS.min(k - first);
                // Where all clusters have room, their distances are still there.
                if !look || k > CLUSTERS {
                    let centers = &sets.centers[first * d..(first + size) * d];
                    let out = &mut self.sq_distances[..size * TILE_ROWS];
                    input.kernel.sq_distances(&columns, n, centers, out);
                }
                for cluster in (first..first + size).filter(|&cluster| cluster != own) {
                    let sq_distances = &self.sq_distances[(cluster - first) * TILE_ROWS..][..n];
                    let pairs = || least.iter().zip(sq_distances);
                    if look {
                        if pairs().any(|(least, distance)| distance.to_f64() <= *least) {
                            found.push(cluster as u32);
                        }
                        continue;
                    }
                    let square = sets.squares[cluster];
                    for (least, distance) in least.iter_mut().zip(sq_distances) {
                        *least = least.min(distance.to_f64() + square);
                    }
                }
            }
            if !look {
                // Room for what both may be off by, on this side.
                let Slack { relative, absolute } = sets.slack;
                for least in &mut *least {
                    *least = (least.sqrt() * (1.0 + 2.0 * relative) + 2.0 * absolute).powi(2);
                }
            }
        }
        found
    }

    /// Those of `found` that the means of blocks do not rule out either, for each row by itself.
    fn by_blocks(
        &mut self,
        input: &Input<'_>,
        rows: &Rows<T>,
        block: &[u32],
        found: Vec<u32>,
        sets: &Sets<T>,
    ) -> OfBlock {
        let (n, d) = (block.len(), rows.d());
        let padded = n.next_multiple_of(Panels::<T>::ROWS);
        rows.gather(block, d, &mut self.narrow);
        rows.gather(block, d + 1, &mut self.wide);
        let narrow = Panels::new(&self.narrow[..padded * d], d, n);
        let wide = Panels::new(&self.wide[..padded * (d + 1)], d + 1, n);
        self.below.resize(found.len() * n, 0.0);
        let (least, above) = (&mut self.least[..n], &mut self.above[..n]);
        least.fill(f64::INFINITY);
        for (&cluster, below) in found.iter().zip(self.below.chunks_exact_mut(n)) {
            let blocks = &sets.blocks[cluster as usize];
            blocks.bound(input, narrow, false, below);
            blocks.bound(input, wide, true, above);
            below.iter_mut().for_each(|bound| *bound = sets.slack.below(*bound));
            for (least, bound) in least.iter_mut().zip(&*above) {
                *least = least.min(sets.slack.above(*bound));
            }
        }
        let mut bits = vec![0; n];
        if found.len() > u64::BITS as usize {
            bits.fill(u64::MAX);
        } else {
            for (i, below) in self.below.chunks_exact(n).enumerate() {
                for ((bits, below), least) in bits.iter_mut().zip(below).zip(&*least) {
                    *bits |= u64::from(below <= least) << i;
                }
            }
        }
        OfBlock { found, rows: bits }
    }
}
