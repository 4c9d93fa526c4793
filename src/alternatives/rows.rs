//! Some rows, side by side in memory, and which ones.

use std::collections::BTreeSet;

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

/// `wanted` of `0..n` without repetition, each set with the same probability, in ascending order; all
/// of them if there are no more (Floyd's algorithm: Bentley and Floyd 1987).
pub(super) fn sample(n: usize, wanted: usize, stream: &mut Stream) -> Vec<usize> {
    if n <= wanted {
        return (0..n).collect();
    }
    let mut drawn = BTreeSet::new();
    for last in n - wanted..n {
        let row = stream.below(last + 1);
        if !drawn.insert(row) {
            drawn.insert(last);
        }
    }
    drawn.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Purpose, Seed};

    #[test]
    fn every_row_is_drawn_as_often() {
        let mut counts = [0_u32; 10];
        for i in 0..10_000 {
            let drawn = sample(10, 3, &mut Seed(1).stream(Purpose::Alternative, i));
            assert!(drawn.len() == 3 && drawn.is_sorted_by(|a, b| a < b), "{drawn:?}");
            drawn.iter().for_each(|&row| counts[row] += 1);
        }
        // Binomial(10,000, 0.3): five standard deviations are 229.
        assert!(counts.iter().all(|n| n.abs_diff(3_000) < 229), "{counts:?}");
        let all = sample(4, 4, &mut Seed(1).stream(Purpose::Alternative, 0));
        assert_eq!(all, [0, 1, 2, 3]);
    }
}
