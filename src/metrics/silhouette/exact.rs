//! Silhouettes from the distances between all rows.
//!
//! Clusters are taken one after the other, each in tiles of rows against the blocks of its own and of
//! the clusters after it. A distance is computed once and added to the sums of both rows: those of the
//! tile are complete once a cluster has been gone through; those of a block come together from all
//! tiles of the cluster, on whichever threads these happen to be. They are added up as whole multiples
//! of one unit, and so come out the same in any order.
//!
//! What no row of a block needs is left out, but only whole blocks and tiles are: sums that are made
//! do not show what was left out beside them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::error::Result;
use crate::kernel::{Element, Panels};
use crate::monitor::Progress;
use crate::table::{TILE_ROWS, filled};

use super::bounds::{Needs, Sets};
use super::extent::Extent;
use super::fixed::Unit;
use super::rows::BLOCK_ROWS;
use super::sorted::Sorted;
use super::{Input, Scores, silhouette_of};

/// The silhouette of every row.
pub(super) fn scores<T: Element>(input: &Input<'_>) -> Result<Scores> {
    let extent = Extent::of::<T>(input)?;
    let (sorted, needs) =
        Sorted::<T>::new(input, |rows, places| Sets::of_rows(rows, places, &extent))?;
    scores_of(input, &sorted, &needs, &extent)
}

/// The same where the rows are sorted and it is known what they need.
pub(super) fn scores_of<T: Element>(
    input: &Input<'_>,
    sorted: &Sorted<T>,
    needs: &Needs,
    extent: &Extent,
) -> Result<Scores> {
    // Sums in `T` may exceed the truth by their rounding.
    let unit = Unit::new(2.0 * extent.diameter() * input.tiles.n_rows() as f64);
    let pairs = Pairs::new(input, sorted, needs, unit);
    pairs.work_through()?;
    pairs.into_scores()
}

/// What is known of the rows of one block.
struct Block {
    /// Units of distance to the rows of the cluster that is being worked on.
    totals: Vec<i128>,
    /// Mean distances to the other rows of the own cluster, and to the nearest other one so far.
    own: Vec<f64>,
    next: Vec<f64>,
    neighbors: Vec<u32>,
}

impl Block {
    fn new(n: usize) -> Self {
        Self {
            totals: vec![0; n],
            own: vec![0.0; n],
            next: vec![f64::INFINITY; n],
            neighbors: vec![u32::MAX; n],
        }
    }

    /// Takes the mean distances to `cluster` into account; of equally near clusters the first counts.
    fn offer(&mut self, cluster: usize, means: impl Iterator<Item = f64>) {
        let cluster = cluster as u32;
        for ((next, neighbor), mean) in self.next.iter_mut().zip(&mut self.neighbors).zip(means) {
            if (mean, cluster) < (*next, *neighbor) {
                (*next, *neighbor) = (mean, cluster);
            }
        }
    }

    fn add(&mut self, unit: Unit, sums: &[f64]) {
        for (total, &sum) in self.totals.iter_mut().zip(sums) {
            *total += unit.count(sum);
        }
    }
}

struct Pairs<'a, T> {
    input: &'a Input<'a>,
    sorted: &'a Sorted<T>,
    needs: &'a Needs,
    unit: Unit,
    blocks: Vec<Mutex<Block>>,
}

impl<'a, T: Element> Pairs<'a, T> {
    fn new(input: &'a Input<'a>, sorted: &'a Sorted<T>, needs: &'a Needs, unit: Unit) -> Self {
        let blocks = sorted.places.each_block();
        let blocks = blocks.map(|(_, places)| Mutex::new(Block::new(places.len()))).collect();
        Self { input, sorted, needs, unit, blocks }
    }

    fn size(&self, cluster: usize) -> usize {
        self.sorted.places.cluster(cluster).len()
    }

    fn block(&self, block: usize) -> MutexGuard<'_, Block> {
        // A poisoned block means a panic elsewhere, which ends the work anyway.
        self.blocks[block].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clusters of several tiles keep all threads busy one by one; others are shared out.
    fn work_through(&self) -> Result<()> {
        let is_large = |&cluster: &usize| self.size(cluster) > TILE_ROWS;
        let (large, small): (Vec<usize>, Vec<usize>) =
            (0..self.sorted.places.k()).partition(is_large);
        let n = self.sorted.places.order().len();
        let mut done = 0;
        for cluster in large {
            self.work_on(cluster)?;
            self.settle(cluster);
            done += self.size(cluster);
            self.input.monitor.report(Progress::Silhouette { done, n });
        }
        small.into_par_iter().try_for_each_init(Sums::new, |sums, cluster| {
            for other in self.partners(cluster) {
                self.compare(cluster, 0, other, sums)?;
            }
            self.settle_own(cluster);
            Ok(())
        })?;
        self.input.monitor.report(Progress::Silhouette { done: n, n });
        Ok(())
    }

    /// The clusters that `cluster` is compared with: itself, and those after it that it needs or that
    /// need it.
    fn partners(&self, cluster: usize) -> impl Iterator<Item = usize> {
        let after = (cluster + 1)..self.sorted.places.k();
        std::iter::once(cluster)
            .chain(after.filter(move |&other| self.needs.between(cluster, other)))
    }

    fn work_on(&self, cluster: usize) -> Result<()> {
        let n_tiles = self.size(cluster).div_ceil(TILE_ROWS);
        let tasks: Vec<(usize, usize)> = self
            .partners(cluster)
            .flat_map(|other| (0..n_tiles).map(move |tile| (tile, other)))
            .collect();
        tasks.into_par_iter().try_for_each_init(Sums::new, |sums, (tile, other)| {
            self.compare(cluster, tile, other, sums)
        })
    }

    /// Takes the distances from one tile of `cluster` to the rows of `other`, as far as either needs
    /// them.
    fn compare(&self, cluster: usize, tile: usize, other: usize, sums: &mut Sums) -> Result<()> {
        const BLOCKS: usize = TILE_ROWS / BLOCK_ROWS;
        let sorted = self.sorted;
        let first = tile * TILE_ROWS;
        let rows = sorted.panels(cluster).skip(first, TILE_ROWS);
        let is_whole = rows.n_rows() == self.size(cluster);
        let row_blocks = sorted.places.blocks(cluster).skip(tile * BLOCKS).take(BLOCKS);
        let needing: Vec<bool> =
            row_blocks.clone().map(|block| self.needs.of_block(block, other)).collect();
        let Sums { rows: row_sums, points: point_sums } = sums;
        let row_sums = &mut row_sums[..rows.n_rows()];
        row_sums.fill(0.0);
        for (i, block) in sorted.places.blocks(other).enumerate() {
            let points = sorted.panels(other).skip(i * BLOCK_ROWS, BLOCK_ROWS);
            let point_sums = &mut point_sums[..points.n_rows()];
            if cluster == other {
                // Each pair once: with the blocks after a row's own, and within its own twice.
                let before = (i * BLOCK_ROWS).saturating_sub(first).min(rows.n_rows());
                if i * BLOCK_ROWS < first {
                    continue;
                }
                self.input.check_cancelled()?;
                if before > 0 {
                    let (rows, row_sums) = (rows.skip(0, before), &mut row_sums[..before]);
                    self.add(rows, points, row_sums, Some(point_sums));
                    self.block(block).add(self.unit, point_sums);
                }
                if before < rows.n_rows() {
                    let own = &mut row_sums[before..before + points.n_rows()];
                    self.add(points, points, own, None);
                }
                continue;
            }
            self.input.check_cancelled()?;
            if self.needs.of_block(block, cluster) {
                self.add(rows, points, row_sums, Some(point_sums));
                if is_whole {
                    self.block(block).offer(cluster, means(point_sums, rows.n_rows()));
                } else {
                    self.block(block).add(self.unit, point_sums);
                }
                continue;
            }
            let parts = row_sums.chunks_mut(BLOCK_ROWS).zip(&needing).enumerate();
            for (i, (row_sums, _)) in parts.filter(|(_, (_, needs))| **needs) {
                self.add(rows.skip(i * BLOCK_ROWS, BLOCK_ROWS), points, row_sums, None);
            }
        }
        for ((block, row_sums), needs) in row_blocks.zip(row_sums.chunks(BLOCK_ROWS)).zip(needing) {
            if cluster == other {
                self.block(block).add(self.unit, row_sums);
            } else if needs {
                self.block(block).offer(other, means(row_sums, self.size(other)));
            }
        }
        Ok(())
    }

    fn add(
        &self,
        rows: Panels<'_, T>,
        points: Panels<'_, T>,
        row_sums: &mut [f64],
        mut point_sums: Option<&mut [f64]>,
    ) {
        if let Some(sums) = &mut point_sums {
            sums.fill(0.0);
        }
        self.input.kernel.add_distances(rows, points, row_sums, point_sums);
    }

    /// Turns what has come together for a cluster of several tiles into means.
    fn settle(&self, cluster: usize) {
        self.settle_own(cluster);
        let size = self.size(cluster) as f64;
        let after = self.sorted.places.blocks(cluster).end..self.blocks.len();
        after.into_par_iter().with_min_len(64).for_each(|block| {
            if self.needs.of_block(block, cluster) {
                let mut block = self.block(block);
                let totals = std::mem::take(&mut block.totals);
                block.offer(cluster, totals.iter().map(|&total| self.unit.value(total) / size));
                block.totals = totals;
                block.totals.fill(0);
            }
        });
    }

    fn settle_own(&self, cluster: usize) {
        let others = self.size(cluster) as f64 - 1.0;
        for block in self.sorted.places.blocks(cluster) {
            let mut block = self.block(block);
            let Block { totals, own, .. } = &mut *block;
            for (own, total) in own.iter_mut().zip(&mut *totals) {
                *own = self.unit.value(*total) / others;
            }
            totals.fill(0);
        }
    }

    fn into_scores(self) -> Result<Scores> {
        let n = self.sorted.places.order().len();
        let mut values = filled(n, 0.0)?;
        let mut neighbors = filled(n, 0)?;
        let mut blocks = self.blocks.into_iter();
        for cluster in 0..self.sorted.places.k() {
            let mut rows = self.sorted.places.order()[self.sorted.places.cluster(cluster)].iter();
            let is_alone = rows.len() == 1;
            for block in blocks.by_ref().take(self.sorted.places.blocks(cluster).len()) {
                let Block { own, next, neighbors: nearest, .. } =
                    block.into_inner().unwrap_or_else(PoisonError::into_inner);
                for ((a, b), neighbor) in own.into_iter().zip(next).zip(nearest) {
                    let Some(&row) = rows.next() else { break };
                    values[row as usize] = if is_alone { 0.0 } else { silhouette_of(a, b) };
                    neighbors[row as usize] = neighbor;
                }
            }
        }
        Ok(Scores { values, neighbors })
    }
}

/// Mean distances to `n` rows.
fn means(sums: &[f64], n: usize) -> impl Iterator<Item = f64> {
    sums.iter().map(move |sum| sum / n as f64)
}

/// One thread's room for sums.
struct Sums {
    rows: Vec<f64>,
    points: Vec<f64>,
}

impl Sums {
    fn new() -> Self {
        Self { rows: vec![0.0; TILE_ROWS], points: vec![0.0; BLOCK_ROWS] }
    }
}
