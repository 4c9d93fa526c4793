//! Some rows, side by side in memory, and which ones.

use crate::error::Result;
use crate::seed::Stream;
use crate::table::{TILE_ROWS, Tiles, filled};

/// The prepared values of some rows, row-major.
pub(super) struct Rows {
    pub(super) n: usize,
    pub(super) d: usize,
    pub(super) values: Vec<f64>,
}

impl Rows {
    /// These rows, in this order.
    pub(super) fn read(tiles: &Tiles<'_>, rows: &[usize]) -> Result<Self> {
        let (n, d) = (rows.len(), tiles.n_features());
        let mut values = filled(n.saturating_mul(d), 0.0)?;
        for (rows, out) in rows.chunks(TILE_ROWS).zip(values.chunks_mut(TILE_ROWS * d)) {
            let columns = tiles.gather::<f64>(rows);
            for (i, row) in out.chunks_exact_mut(d).enumerate() {
                row.iter_mut().zip(&columns).for_each(|(value, column)| *value = column[i]);
            }
        }
        Ok(Self { n, d, values })
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
