//! Arithmetic means per segment, in the unit of each column.

use std::ops::Range;

use arrow_buffer::BooleanBuffer;
use rayon::prelude::*;

use crate::table::{Column, FeatureTable, TILE_ROWS};

/// Rows per unit of parallel work at least; sums are joined in the order of these groups.
const GROUP_ROWS: usize = 64 * TILE_ROWS;
/// Groups at most, and bytes that their sums of one column may take together.
const MOST_GROUPS: usize = 256;
const SUMS_BYTES: usize = 64 << 20;

/// `k × d` arithmetic means, row-major, over the values that are not missing; NaN where a segment
/// has no value.
///
/// `labels` holds one label below `k` per row that `kept` keeps (all rows if `None`). Weights play
/// no part.
///
/// # Panics
/// If the labels are not as many, or one is not below `k`.
pub fn segment_means(
    table: &FeatureTable,
    kept: Option<&BooleanBuffer>,
    labels: &[u32],
    k: usize,
) -> Vec<f64> {
    let n_kept = kept.map_or(table.n_rows(), BooleanBuffer::count_set_bits);
    assert_eq!(labels.len(), n_kept, "one label per row that was kept");
    let groups = Groups::new(table.n_rows(), kept, labels, rows_per_group(table.n_rows(), k));

    let d = table.n_features();
    let columns = table.columns();
    // A column whose groups keep the threads busy is done before the next takes room for its sums.
    let by_column: Vec<Vec<f64>> = if groups.groups.len() > 1 {
        columns.iter().map(|column| groups.means(column, k)).collect()
    } else {
        columns.par_iter().map(|column| groups.means(column, k)).collect()
    };
    let mut means = vec![f64::NAN; k * d];
    for (column, values) in by_column.into_iter().enumerate() {
        for (label, value) in values.into_iter().enumerate() {
            means[label * d + column] = value;
        }
    }
    means
}

/// Whole tiles, as many as the size of the problem alone says.
fn rows_per_group(n_rows: usize, k: usize) -> usize {
    let most = (SUMS_BYTES / (size_of::<Sum>() * k.max(1))).clamp(1, MOST_GROUPS);
    n_rows.div_ceil(most).next_multiple_of(TILE_ROWS).max(GROUP_ROWS)
}

/// The rows in groups that are cut by row number, each with the labels of its kept rows.
struct Groups<'a> {
    kept: Option<&'a BooleanBuffer>,
    groups: Vec<(Range<usize>, &'a [u32])>,
}

impl<'a> Groups<'a> {
    fn new(
        n_rows: usize,
        kept: Option<&'a BooleanBuffer>,
        mut labels: &'a [u32],
        rows_per_group: usize,
    ) -> Self {
        let groups = (0..n_rows).step_by(rows_per_group).map(|start| {
            let rows = start..n_rows.min(start + rows_per_group);
            let n = kept.map_or(rows.len(), |k| k.slice(start, rows.len()).count_set_bits());
            let (here, rest) = labels.split_at(n);
            labels = rest;
            (rows, here)
        });
        Self { kept, groups: groups.collect() }
    }

    /// The mean of `column` per label.
    fn means(&self, column: &Column, k: usize) -> Vec<f64> {
        let means = self.scaled_means(column, k, 1.0);
        if !means.iter().any(|mean| mean.is_infinite()) {
            return means;
        }
        // The sum was beyond the range, the mean cannot be.
        let factor = 2_f64.powi(-64);
        let means = self.scaled_means(column, k, factor);
        means.iter().map(|mean| (mean / factor).clamp(f64::MIN, f64::MAX)).collect()
    }

    fn scaled_means(&self, column: &Column, k: usize, factor: f64) -> Vec<f64> {
        let parts: Vec<Vec<Sum>> = self
            .groups
            .par_iter()
            .map(|(rows, labels)| self.sums(column, rows.clone(), labels, k, factor))
            .collect();
        let mut total = vec![Sum::default(); k];
        for part in parts {
            for (total, part) in total.iter_mut().zip(part) {
                total.n += part.n;
                total.add(part.sum + part.rest);
            }
        }
        total.iter().map(|sum| (sum.sum + sum.rest) / sum.n as f64).collect()
    }

    fn sums(
        &self,
        column: &Column,
        rows: Range<usize>,
        labels: &[u32],
        k: usize,
        factor: f64,
    ) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); k];
        let mut labels = labels.iter();
        let mut buffer = [0.0_f64; TILE_ROWS];
        for start in rows.clone().step_by(TILE_ROWS) {
            let values = &mut buffer[..TILE_ROWS.min(rows.end - start)];
            column.read(start..start + values.len(), values);
            for (i, &x) in values.iter().enumerate() {
                if self.kept.is_some_and(|kept| !kept.value(start + i)) {
                    continue;
                }
                let Some(&label) = labels.next() else { break };
                if !x.is_nan() {
                    let sum = &mut sums[label as usize];
                    sum.n += 1;
                    sum.add(x * factor);
                }
            }
        }
        sums
    }
}

/// A sum that keeps what rounding takes from it.
#[derive(Clone, Copy, Default)]
struct Sum {
    n: u64,
    sum: f64,
    rest: f64,
}

impl Sum {
    fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        let x_part = sum - self.sum;
        let rest = (self.sum - (sum - x_part)) + (x - x_part);
        self.sum = sum;
        // An infinite sum has no rest, and must not become NaN: that means no value.
        self.rest += if sum.is_finite() { rest } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_as_many_as_their_sums_have_room_for() {
        let groups = |n_rows: usize, k| n_rows.div_ceil(rows_per_group(n_rows, k));
        assert_eq!(groups(GROUP_ROWS, 1), 1);
        assert_eq!(groups(GROUP_ROWS + 1, 1), 2);
        assert_eq!(groups(256 * GROUP_ROWS, 8), 256);
        for n_rows in [1 << 20, 300 * GROUP_ROWS, 1 << 33] {
            for k in [1, 1000, 20_000, 1 << 20, 1 << 24] {
                let n = groups(n_rows, k);
                assert!((1..=MOST_GROUPS).contains(&n), "{n_rows} {k}: {n}");
                assert!(n == 1 || n * k * size_of::<Sum>() <= SUMS_BYTES, "{n_rows} {k}: {n}");
            }
        }
    }

    #[test]
    fn how_rows_are_grouped_hardly_shows() {
        let n = 3 * TILE_ROWS + 5;
        let values: Vec<f64> = (0..n).map(|i| 1e6 + (i as f64).sin()).collect();
        let column = Column::from_f64("x", values);
        let labels: Vec<u32> = (0..n).map(|i| (i % 3) as u32).collect();
        let means = |rows| Groups::new(n, None, &labels, rows).means(&column, 3);
        let whole = means(4 * TILE_ROWS);
        for (a, b) in whole.iter().zip(means(TILE_ROWS)) {
            assert!((a - b).abs() <= 1e-15 * a.abs(), "{a} {b}");
        }
    }
}
