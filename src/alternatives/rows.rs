//! Some rows, side by side in memory, and which ones.

use crate::error::Result;
use crate::seed::Stream;
use crate::table::Tiles;

/// The prepared values of some rows, row-major.
pub(super) struct Rows {
    pub(super) n: usize,
    pub(super) d: usize,
    pub(super) values: Vec<f64>,
}

impl Rows {
    /// These rows, in this order.
    pub(super) fn read(tiles: &Tiles<'_>, rows: &[usize]) -> Result<Self> {
        Ok(Self { n: rows.len(), d: tiles.n_features(), values: tiles.row_major(rows)? })
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.d..][..self.d]
    }

    /// The squared distance between two rows.
    pub(super) fn sq_distance(&self, a: usize, b: usize) -> f64 {
        self.row(a).iter().zip(self.row(b)).map(|(a, b)| (a - b) * (a - b)).sum()
    }
}

/// `wanted` of `0..n`, each set with the same probability, ascending; all of them if there are no more.
pub(super) fn sample(n: usize, wanted: usize, stream: &mut Stream) -> Vec<usize> {
    let mut rows = stream.distinct(n, wanted.min(n));
    rows.sort_unstable();
    rows
}
