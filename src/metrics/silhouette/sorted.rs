//! A copy of the rows in the order in which pairs are worked through.
//!
//! Rows of a cluster lie together, and within it in blocks of rows that are near each other: what a
//! block needs to be compared with is then what most of its rows need.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::kernel::{Element, MOST_PAIR_POINTS, Panels};
use crate::table::{TILE_ROWS, filled};

use super::Input;

/// Rows in each block of a cluster but the last.
pub(super) const BLOCK_ROWS: usize = MOST_PAIR_POINTS;

/// The prepared rows, by cluster.
#[derive(Debug)]
pub(super) struct Sorted<T> {
    d: usize,
    /// The row in each place.
    order: Vec<u32>,
    clusters: Vec<Cluster>,
    /// Panels of every cluster, one after the other.
    values: Vec<T>,
    /// The block of all blocks that is the first of each cluster; one more at the end.
    first_blocks: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Cluster {
    places: Range<usize>,
    /// Rows of padded panels before it.
    padded: usize,
}

impl<T: Element> Sorted<T> {
    pub(super) fn new(input: &Input<'_>) -> Result<Self> {
        let (tiles, labeling) = (input.tiles, input.labeling);
        let (n, d) = (tiles.n_rows(), tiles.n_features());
        if u32::try_from(n).is_err() {
            return Err(Error::new(
                ErrorKind::Memory,
                format!("{n} rows are too many for an exact silhouette (a sample can be scored)"),
            ));
        }
        // Row after row: both steps below take rows from all over the table.
        let mut rows = filled(n * d, T::default())?;
        rows.par_chunks_mut(TILE_ROWS * d).enumerate().for_each_init(
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

        let mut starts = Vec::with_capacity(labeling.k());
        let mut clusters = Vec::with_capacity(labeling.k());
        let mut first_blocks = vec![0];
        let (mut place, mut padded) = (0, 0);
        for &size in labeling.sizes() {
            let size = size as usize;
            starts.push(place);
            clusters.push(Cluster { places: place..place + size, padded });
            place += size;
            padded += size.next_multiple_of(Panels::<T>::ROWS);
            first_blocks.push(first_blocks[first_blocks.len() - 1] + size.div_ceil(BLOCK_ROWS));
        }
        let mut order = filled(n, 0_u32)?;
        for (row, &cluster) in (0..).zip(labeling.clusters()) {
            order[starts[cluster as usize]] = row;
            starts[cluster as usize] += 1;
        }
        input.check_cancelled()?;
        let mut rest = order.as_mut_slice();
        let mut parts = Vec::with_capacity(clusters.len());
        for cluster in &clusters {
            let (part, after) = rest.split_at_mut(cluster.places.len());
            parts.push(part);
            rest = after;
        }
        parts.into_par_iter().for_each(|part| gather_near(&rows, d, part));
        input.check_cancelled()?;

        let mut values = filled(padded * d, T::default())?;
        let mut rest = values.as_mut_slice();
        let mut parts = Vec::new();
        for cluster in &clusters {
            for places in order[cluster.places.clone()].chunks(Panels::<T>::ROWS) {
                let (panel, after) = rest.split_at_mut(Panels::<T>::ROWS * d);
                parts.push((places, panel));
                rest = after;
            }
        }
        parts.into_par_iter().for_each(|(places, panel)| {
            for (i, &row) in places.iter().enumerate() {
                let row = &rows[row as usize * d..][..d];
                for (column, &x) in panel.chunks_exact_mut(Panels::<T>::ROWS).zip(row) {
                    column[i] = x;
                }
            }
        });
        Ok(Self { d, order, clusters, values, first_blocks })
    }

    pub(super) fn d(&self) -> usize {
        self.d
    }

    /// The row in each place.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    pub(super) fn k(&self) -> usize {
        self.clusters.len()
    }

    /// The number of rows of a cluster.
    pub(super) fn size(&self, cluster: usize) -> usize {
        self.clusters[cluster].places.len()
    }

    /// The places of a cluster.
    pub(super) fn places(&self, cluster: usize) -> Range<usize> {
        self.clusters[cluster].places.clone()
    }

    /// The rows of a cluster.
    pub(super) fn panels(&self, cluster: usize) -> Panels<'_, T> {
        let Cluster { places, padded } = &self.clusters[cluster];
        let n = places.len();
        let len = n.next_multiple_of(Panels::<T>::ROWS) * self.d;
        Panels::new(&self.values[padded * self.d..][..len], self.d, n)
    }

    /// The blocks of a cluster, by their number among all blocks.
    pub(super) fn blocks(&self, cluster: usize) -> Range<usize> {
        self.first_blocks[cluster]..self.first_blocks[cluster + 1]
    }

    /// The number of blocks of all clusters.
    pub(super) fn n_blocks(&self) -> usize {
        self.first_blocks[self.k()]
    }
}

/// Orders `places` (row numbers) so that every [`BLOCK_ROWS`] of them are near each other: halves them
/// across the column that varies most, and the halves again.
fn gather_near<T: Element>(rows: &[T], d: usize, places: &mut [u32]) {
    if places.len() <= BLOCK_ROWS {
        // The same bytes however the halves came about.
        places.sort_unstable();
        return;
    }
    let column = widest(rows, d, places);
    let mut keys: Vec<(T, u32)> =
        places.iter().map(|&row| (rows[row as usize * d + column], row)).collect();
    let half = (places.len() / 2).next_multiple_of(BLOCK_ROWS);
    let by_value = |a: &(T, u32), b: &(T, u32)| {
        a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal).then(a.1.cmp(&b.1))
    };
    keys.select_nth_unstable_by(half, by_value);
    places.iter_mut().zip(&keys).for_each(|(place, &(_, row))| *place = row);
    drop(keys);
    let (low, high) = places.split_at_mut(half);
    rayon::join(|| gather_near(rows, d, low), || gather_near(rows, d, high));
}

/// The column of which some of the rows vary most.
fn widest<T: Element>(rows: &[T], d: usize, places: &[u32]) -> usize {
    const SAMPLE: usize = 256;
    let step = places.len().div_ceil(SAMPLE);
    let first = places[0] as usize * d;
    let mut sums = vec![(0.0, 0.0); d];
    for &row in places.iter().step_by(step) {
        let row = &rows[row as usize * d..][..d];
        for ((sum, squares), (x, first)) in sums.iter_mut().zip(row.iter().zip(&rows[first..])) {
            // From one of them, so that a large common offset costs no digits.
            let x = x.to_f64() - first.to_f64();
            *sum += x;
            *squares += x * x;
        }
    }
    let n = places.len().div_ceil(step) as f64;
    let variance = |(sum, squares): (f64, f64)| squares - sum * sum / n;
    let widest = (0..d).max_by(|&a, &b| variance(sums[a]).total_cmp(&variance(sums[b])));
    widest.unwrap_or(0)
}
