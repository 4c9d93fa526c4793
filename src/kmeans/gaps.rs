//! How long labels are known to hold while centres move.
//!
//! A row's *gap* is how much farther than its own its second-nearest centre is at least (Hamerly
//! 2010, "Making k-means even faster", with both of his bounds in one number). When centres move, it
//! shrinks by the movement of the row's own centre and the largest movement of any other; while
//! something of it is left, the row cannot have changed its label.
//!
//! Nothing is written to a row whose label stands. Movements add up in *odometers*, one per label,
//! and a row remembers at which reading its gap ends. One more odometer runs at least as fast as any
//! of them: the reading at which the first gap in a block of rows can end tells when the block must
//! be looked at again.
//!
//! Every sum is rounded to the side on which a label is given up too early.

use crate::error::Result;
use crate::kernel::{Kernel, ROW_BLOCK};
use crate::table::{TILE_ROWS, filled};

/// The first end in a block of rows of which nothing is known.
const UNKNOWN: f32 = f32::NEG_INFINITY;

/// Rounds a positive number down by at least one unit in the last place, unless it is subnormal.
const DOWN: f32 = 1.0 - f32::EPSILON;

/// The gaps of all rows in one fit.
#[derive(Debug)]
pub(super) struct Gaps {
    odometers: Odometers,
    /// By row: the reading of its label's odometer at which its gap ends.
    ends: Vec<f32>,
    /// By block of rows: the reading of the fastest odometer before which none of them ends.
    first_ends: Vec<f32>,
}

impl Gaps {
    /// Of `n` rows and `k` centres; nothing is known yet.
    pub(super) fn new(n: usize, k: usize) -> Result<Self> {
        Ok(Self {
            odometers: Odometers { by_label: vec![0.0; k], fastest: 0.0 },
            ends: filled(n, 0.0)?,
            first_ends: filled(n.div_ceil(ROW_BLOCK), UNKNOWN)?,
        })
    }

    /// Notes that each centre has moved by at most so much.
    pub(super) fn advance(&mut self, moves: &[f64]) {
        self.odometers.advance(moves);
    }

    /// The gaps of every `rows` rows, a multiple of a tile, apart.
    pub(super) fn parts(&mut self, rows: usize) -> impl Iterator<Item = Part<'_>> {
        let odometers = &self.odometers;
        let first_ends = self.first_ends.chunks_mut(rows / ROW_BLOCK);
        let pairs = self.ends.chunks_mut(rows).zip(first_ends);
        pairs.map(move |(ends, first_ends)| Part { odometers, ends, first_ends })
    }
}

/// How much the gaps of each label have lost since the beginning.
#[derive(Debug)]
struct Odometers {
    by_label: Vec<f32>,
    fastest: f32,
}

impl Odometers {
    fn advance(&mut self, moves: &[f64]) {
        let farthest = moves.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let (farthest, most) = farthest.unwrap_or((0, 0.0));
        let others = moves.iter().enumerate().filter(|&(c, _)| c != farthest);
        let next = others.map(|(_, &moved)| moved).fold(0.0, f64::max);
        for (c, (odometer, moved)) in self.by_label.iter_mut().zip(moves).enumerate() {
            *odometer = sum_above(*odometer, moved + if c == farthest { next } else { most });
        }
        self.fastest = sum_above(self.fastest, most + next);
    }
}

/// At least `reading + movement`; infinite where that is not a number.
fn sum_above(reading: f32, movement: f64) -> f32 {
    if movement <= 0.0 {
        return reading;
    }
    let sum = ((f64::from(reading) + movement) as f32).next_up();
    if sum.is_nan() { f32::INFINITY } else { sum }
}

/// The gaps of some tiles' rows.
pub(super) struct Part<'a> {
    odometers: &'a Odometers,
    ends: &'a mut [f32],
    first_ends: &'a mut [f32],
}

impl Part<'_> {
    /// The gaps of the `i`-th tile's rows.
    pub(super) fn tile(&mut self, i: usize) -> Part<'_> {
        let rows = i * TILE_ROWS..self.ends.len().min((i + 1) * TILE_ROWS);
        let blocks = rows.start / ROW_BLOCK..rows.end.div_ceil(ROW_BLOCK);
        let (ends, first_ends) = (&mut self.ends[rows], &mut self.first_ends[blocks]);
        Part { odometers: self.odometers, ends, first_ends }
    }

    /// Whether anything is known of a tile's gaps; if not, all its rows are open.
    pub(super) fn are_known(&self) -> bool {
        self.first_ends.iter().any(|&end| end > UNKNOWN)
    }

    /// Gives up what is known.
    pub(super) fn forget(&mut self) {
        self.first_ends.fill(UNKNOWN);
    }

    /// Writes down the rows whose gaps may have ended, and returns their number. Each of them must
    /// then be [`set`](Self::set), or all forgotten.
    pub(super) fn open_rows(&mut self, kernel: &Kernel, labels: &[u32], open: &mut [u32]) -> usize {
        if !self.are_known() {
            self.first_ends.fill(f32::MAX);
            open.iter_mut().zip(0..).take(labels.len()).for_each(|(open, row)| *open = row);
            return labels.len();
        }
        let Odometers { by_label, fastest } = self.odometers;
        kernel.reached(labels, self.ends, (by_label, *fastest), self.first_ends, open)
    }

    /// Notes the gaps of all rows of a tile.
    pub(super) fn set_all(&mut self, labels: &[u32], gaps: &[f32]) {
        let Odometers { by_label, fastest } = self.odometers;
        let rows = self.ends.chunks_mut(ROW_BLOCK).zip(labels.chunks(ROW_BLOCK));
        let blocks = self.first_ends.iter_mut().zip(rows).zip(gaps.chunks(ROW_BLOCK));
        for ((first_end, (ends, labels)), gaps) in blocks {
            for ((end, &label), &gap) in ends.iter_mut().zip(labels).zip(gaps) {
                *end = end_of(by_label[label as usize], gap);
            }
            let least = gaps.iter().copied().fold(f32::INFINITY, f32::min);
            *first_end = end_of(*fastest, least);
        }
    }

    /// Notes the gap of one row of a tile, which has got this label.
    pub(super) fn set(&mut self, row: usize, label: u32, gap: f32) {
        let Odometers { by_label, fastest } = self.odometers;
        self.ends[row] = end_of(by_label[label as usize], gap);
        let first_end = &mut self.first_ends[row / ROW_BLOCK];
        *first_end = first_end.min(end_of(*fastest, gap));
    }
}

/// At most the reading at which a gap above zero ends that begins at `reading`; any other has ended.
fn end_of(reading: f32, gap: f32) -> f32 {
    // Nothing that is left after an infinite sum is certain.
    (reading + gap).min(f32::MAX) * DOWN
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a tile that are open after the centres moved; their gaps stay at their end.
    fn open(gaps: &mut Gaps, labels: &[u32]) -> Vec<u32> {
        let kernel = Kernel::detect().unwrap();
        let mut part = gaps.parts(TILE_ROWS).next().unwrap();
        let mut open = [0; TILE_ROWS];
        let n = part.tile(0).open_rows(&kernel, labels, &mut open);
        for &row in &open[..n] {
            part.set(row as usize, labels[row as usize], 0.0);
        }
        open[..n].to_vec()
    }

    fn with_gaps(labels: &[u32], lengths: &[f32]) -> Gaps {
        let mut gaps = Gaps::new(labels.len(), 3).unwrap();
        gaps.parts(TILE_ROWS).next().unwrap().set_all(labels, lengths);
        gaps
    }

    #[test]
    fn a_row_is_open_once_its_gap_is_used_up() {
        let labels = [0, 1, 2, 0];
        let mut gaps = with_gaps(&labels, &[1.0, 1.0, 1.0, -0.5]);
        assert_eq!(open(&mut gaps, &labels), [3]);
        // Label 1 loses 0.5 + 0.25, the others 0.5 and what they moved themselves.
        gaps.advance(&[0.25, 0.5, 0.0]);
        assert_eq!(open(&mut gaps, &labels), [3]);
        gaps.advance(&[0.25, 0.0, 0.0]);
        assert_eq!(open(&mut gaps, &labels), [0, 1, 3]);
        gaps.advance(&[0.0, 0.3, 0.0]);
        assert_eq!(open(&mut gaps, &labels), [0, 1, 2, 3]);
    }

    #[test]
    fn nothing_is_known_at_first_and_after_forgetting() {
        let are_known = |gaps: &mut Gaps| gaps.parts(TILE_ROWS).all(|part| part.are_known());
        assert!(!are_known(&mut Gaps::new(100, 3).unwrap()));
        let labels = vec![2; 100];
        let mut gaps = with_gaps(&labels, &[1.0; 100]);
        assert!(are_known(&mut gaps) && open(&mut gaps, &labels).is_empty());
        gaps.parts(TILE_ROWS).for_each(|mut part| part.forget());
        assert!(!are_known(&mut gaps));
    }

    #[test]
    fn a_block_is_left_alone_only_while_all_its_rows_are_closed() {
        let labels = vec![0; 3 * ROW_BLOCK];
        let mut lengths = vec![10.0; 3 * ROW_BLOCK];
        lengths[70] = 1.0;
        let mut gaps = with_gaps(&labels, &lengths);
        for _ in 0..1000 {
            gaps.advance(&[0.0009, 0.0, 0.0]);
            assert!(open(&mut gaps, &labels).is_empty());
        }
        gaps.advance(&[0.101, 0.0, 0.0]);
        assert_eq!(open(&mut gaps, &labels), [70]);
    }

    #[test]
    fn what_overflows_or_is_no_number_is_open() {
        let labels = [0];
        for far in [1e300, f64::INFINITY, f64::NAN] {
            let mut gaps = with_gaps(&labels, &[f32::MAX]);
            assert!(open(&mut gaps, &labels).is_empty());
            for _ in 0..2 {
                gaps.advance(&[far, 0.0, 0.0]);
                assert_eq!(open(&mut gaps, &labels), [0]);
            }
        }
    }
}
