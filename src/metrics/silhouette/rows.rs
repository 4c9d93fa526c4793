//! A copy of the prepared rows, and the places that they are put in.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::kernel::{Element, MOST_PAIR_POINTS, Panels};
use crate::metrics::Labeling;
use crate::table::{TILE_ROWS, Tiles, filled};

/// Rows in each block of a cluster but the last.
pub(super) const BLOCK_ROWS: usize = MOST_PAIR_POINTS;

/// The prepared values, row after row, since they are taken from all over the table.
#[derive(Debug)]
pub(super) struct Rows<T> {
    values: Vec<T>,
    d: usize,
}

impl<T: Element> Rows<T> {
    pub(super) fn read(tiles: &Tiles<'_>) -> Result<Self> {
        let (n, d) = (tiles.n_rows(), tiles.n_features());
        let mut values = filled(n.saturating_mul(d), T::default())?;
        values.par_chunks_mut(TILE_ROWS * d).enumerate().for_each_init(
            || tiles.reader::<T>(),
            |reader, (tile, rows)| {
                let mut tile = reader.load(tile);
                for (j, column) in tile.columns().iter().enumerate() {
                    for (row, &x) in rows.chunks_exact_mut(d).zip(*column) {
                        row[j] = x;
                    }
                }
            },
        );
        Ok(Self { values, d })
    }

    pub(super) fn d(&self) -> usize {
        self.d
    }

    pub(super) fn row(&self, row: u32) -> &[T] {
        &self.values[row as usize * self.d..][..self.d]
    }

    /// Puts some rows side by side, in as many panels of `width` columns as they take; columns beyond
    /// those of the table stay as they are.
    pub(super) fn gather(&self, rows: &[u32], width: usize, panels: &mut [T]) {
        let panels = panels.chunks_exact_mut(Panels::<T>::ROWS * width);
        for (rows, panel) in rows.chunks(Panels::<T>::ROWS).zip(panels) {
            for (i, &row) in rows.iter().enumerate() {
                for (column, &x) in panel.chunks_exact_mut(Panels::<T>::ROWS).zip(self.row(row)) {
                    column[i] = x;
                }
            }
        }
    }
}

/// The order of the rows: those of a cluster together, in blocks of [`BLOCK_ROWS`].
#[derive(Debug)]
pub(super) struct Places {
    /// The row in each place.
    order: Vec<u32>,
    /// Where each cluster begins, and where the last one ends.
    starts: Vec<usize>,
    /// The number of its first block among all blocks, likewise.
    first_blocks: Vec<usize>,
}

impl Places {
    /// Rows of a block are near each other.
    pub(super) fn near<T: Element>(rows: &Rows<T>, labeling: &Labeling<'_>) -> Result<Self> {
        let n = labeling.n_rows();
        if u32::try_from(n).is_err() {
            return Err(Error::new(
                ErrorKind::Memory,
                format!("{n} rows are too many for an exact silhouette (a sample can be scored)"),
            ));
        }
        let mut starts = vec![0];
        let mut first_blocks = vec![0];
        for &size in labeling.sizes() {
            starts.push(starts[starts.len() - 1] + size as usize);
            let blocks = (size as usize).div_ceil(BLOCK_ROWS);
            first_blocks.push(first_blocks[first_blocks.len() - 1] + blocks);
        }
        let mut order = filled(n, 0)?;
        let mut next = starts.clone();
        for (row, &cluster) in (0..).zip(labeling.clusters()) {
            order[next[cluster as usize]] = row;
            next[cluster as usize] += 1;
        }
        let mut places = Self { order, starts, first_blocks };
        places.clusters_mut().into_par_iter().for_each(|(_, part)| gather_near(rows, part));
        Ok(places)
    }

    /// The same clusters, each ordered by what `key` says of a row, given its block and its number
    /// there, and then as before. Returns the place that each row had.
    pub(super) fn sort_by_key(
        &mut self,
        key: impl Fn(usize, usize) -> u64 + Sync,
    ) -> Result<Vec<u32>> {
        let mut before = filled(self.order.len(), 0)?;
        let mut rest = before.as_mut_slice();
        let mut tasks = Vec::with_capacity(self.k());
        let first_blocks = self.first_blocks.clone();
        for ((start, part), first_block) in self.clusters_mut().into_iter().zip(first_blocks) {
            let (before, after) = rest.split_at_mut(part.len());
            tasks.push((start, part, first_block, before));
            rest = after;
        }
        tasks.into_par_iter().for_each(|(start, part, first_block, before)| {
            let key = |i: usize| key(first_block + i / BLOCK_ROWS, i % BLOCK_ROWS);
            let numbered = (0..).zip(&*part);
            let mut keyed: Vec<(u64, u32, u32)> =
                numbered.map(|(i, &row)| (key(i), i as u32, row)).collect();
            keyed.par_sort_unstable();
            for ((to, before), (_, i, row)) in part.iter_mut().zip(before).zip(keyed) {
                *to = row;
                *before = start as u32 + i;
            }
        });
        Ok(before)
    }

    /// The first place of each cluster, and its rows.
    fn clusters_mut(&mut self) -> Vec<(usize, &mut [u32])> {
        let mut rest = self.order.as_mut_slice();
        let mut parts = Vec::with_capacity(self.starts.len() - 1);
        for pair in self.starts.windows(2) {
            let (part, after) = rest.split_at_mut(pair[1] - pair[0]);
            parts.push((pair[0], part));
            rest = after;
        }
        parts
    }

    pub(super) fn k(&self) -> usize {
        self.starts.len() - 1
    }

    /// The row in each place.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The places of a cluster.
    pub(super) fn cluster(&self, cluster: usize) -> Range<usize> {
        self.starts[cluster]..self.starts[cluster + 1]
    }

    /// The number of blocks of all clusters.
    pub(super) fn n_blocks(&self) -> usize {
        self.first_blocks[self.k()]
    }

    /// The blocks of a cluster, by their number among all blocks.
    pub(super) fn blocks(&self, cluster: usize) -> Range<usize> {
        self.first_blocks[cluster]..self.first_blocks[cluster + 1]
    }

    /// The places of each block, with their cluster.
    pub(super) fn each_block(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        (0..self.k()).flat_map(move |cluster| {
            let Range { start, end } = self.cluster(cluster);
            let blocks = (start..end).step_by(BLOCK_ROWS);
            blocks.map(move |first| (cluster, first..end.min(first + BLOCK_ROWS)))
        })
    }
}

/// Orders rows so that every [`BLOCK_ROWS`] of them are near each other: halves them across the column
/// that varies most, and the halves again.
fn gather_near<T: Element>(rows: &Rows<T>, part: &mut [u32]) {
    if part.len() <= BLOCK_ROWS {
        // The same bytes however the halves came about.
        part.sort_unstable();
        return;
    }
    let column = widest(rows, part);
    let mut keys: Vec<(T, u32)> = part.iter().map(|&row| (rows.row(row)[column], row)).collect();
    let half = (part.len() / 2).next_multiple_of(BLOCK_ROWS);
    let by_value = |a: &(T, u32), b: &(T, u32)| {
        a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then(a.1.cmp(&b.1))
    };
    keys.select_nth_unstable_by(half, by_value);
    part.iter_mut().zip(keys).for_each(|(to, (_, row))| *to = row);
    let (low, high) = part.split_at_mut(half);
    rayon::join(|| gather_near(rows, low), || gather_near(rows, high));
}

/// The column of which some of the rows vary most.
fn widest<T: Element>(rows: &Rows<T>, part: &[u32]) -> usize {
    const SAMPLE: usize = 256;
    let step = part.len().div_ceil(SAMPLE);
    let first = rows.row(part[0]);
    let mut sums = vec![(0.0, 0.0); rows.d];
    for &row in part.iter().step_by(step) {
        for ((sum, squares), (x, first)) in sums.iter_mut().zip(rows.row(row).iter().zip(first)) {
            // From one of them, so that a large common offset costs no digits.
            let x = x.to_f64() - first.to_f64();
            *sum += x;
            *squares += x * x;
        }
    }
    let n = part.len().div_ceil(step) as f64;
    let variance = |(sum, squares): (f64, f64)| squares - sum * sum / n;
    let widest = (0..rows.d).max_by(|&a, &b| variance(sums[a]).total_cmp(&variance(sums[b])));
    widest.unwrap_or(0)
}
