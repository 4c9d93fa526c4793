//! Rows laid out for distances between all of them.

use super::{Element, ROW_BLOCK};

/// Points that [`Kernel::add_distances`](super::Kernel::add_distances) takes at once: so many distances are added up in single
/// precision before they go into a sum in double precision.
pub const MOST_PAIR_POINTS: usize = 256;

/// Rows in panels of 64, `[panel][column][row]`, the last one padded with finite values: neighbouring
/// rows are found in neighbouring lanes, and all values of a panel side by side.
#[derive(Clone, Copy, Debug)]
pub struct Panels<'a, T> {
    values: &'a [T],
    pub(super) n_features: usize,
    pub(super) n_rows: usize,
}

impl<'a, T: Element> Panels<'a, T> {
    /// Rows in each panel.
    pub const ROWS: usize = ROW_BLOCK;

    /// `n_rows` rows of `n_features` columns.
    ///
    /// # Panics
    /// If `values` does not hold exactly as many panels as that takes.
    pub fn new(values: &'a [T], n_features: usize, n_rows: usize) -> Self {
        let padded = n_rows.next_multiple_of(Self::ROWS);
        assert_eq!(values.len(), padded * n_features, "whole panels");
        Self { values, n_features, n_rows }
    }

    /// The number of rows that mean something.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The rows from `first` on, which begins a panel, `n_rows` at most.
    ///
    /// # Panics
    /// If no panel begins there.
    pub fn skip(&self, first: usize, n_rows: usize) -> Self {
        assert!(first.is_multiple_of(Self::ROWS) && first <= self.n_rows, "{first}");
        let n_rows = n_rows.min(self.n_rows - first);
        let padded = n_rows.next_multiple_of(Self::ROWS);
        let values = &self.values[first * self.n_features..][..padded * self.n_features];
        Self { values, n_features: self.n_features, n_rows }
    }

    /// Where the value of row `row`, which is below the padded number of rows, in the first column
    /// lies; those of the other columns follow at steps of [`ROW_BLOCK`].
    pub(super) fn at(&self, row: usize) -> *const T {
        self.values[row / ROW_BLOCK * ROW_BLOCK * self.n_features + row % ROW_BLOCK..].as_ptr()
    }
}
