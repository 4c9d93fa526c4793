//! The segment of each input row, batch by batch.

use std::ops::Range;

use arrow_buffer::BooleanBuffer;

use crate::kernel::Kernel;
use crate::kmeans::{Nearest, nearest};
use crate::prepare::Prepared;
use crate::table::{TILE_ROWS, Tiles};

use super::Model;

/// Tiles of input rows per batch: enough for every thread, little to hold.
const BATCH_TILES: usize = 64;

/// What is known about a run of input rows. All columns have one element per row.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The input rows.
    pub rows: Range<usize>,
    /// Which rows have a segment: not those that the policy on missing values left out. `None` if
    /// all have one. Where a row has none, what the other columns hold means nothing.
    pub valid: Option<BooleanBuffer>,
    /// The segment's id.
    pub segment: Vec<u32>,
    /// The Euclidean distance to the segment's centre, in the prepared space.
    pub distance: Vec<f64>,
    /// How much farther the second-nearest centre is; `None` if there is one segment only.
    pub margin: Option<Vec<f64>>,
    /// See [`confidence`]; `None` if there is one segment only.
    pub confidence: Option<Vec<f64>>,
    /// Whether the distance is beyond the model's [reach](Model::reach).
    pub is_far: Vec<bool>,
}

/// How clearly a row belongs to its segment rather than to the next: 1 − d₁/d₂, where d₁ is its distance
/// to the nearest centre and d₂ = d₁ + margin that to the second-nearest.
///
/// 0 halfway between the two, 1 on its centre, and 0 where both centres are on the row. No probability:
/// it compares two distances, and says nothing of how dense the segments are. A row far from
/// all centres has a low one, since its distances differ little.
pub fn confidence(distance: f64, margin: f64) -> f64 {
    // Distances are roots of finite squares, so the sum is finite.
    if margin > 0.0 { margin / (distance + margin) } else { 0.0 }
}

impl Assignment {
    /// By row: the place of its segment among those of `model`, which found it; `None` where it has none.
    pub fn places<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = Option<usize>> + 'a {
        let is_valid = |row| self.valid.as_ref().is_none_or(|valid| valid.value(row));
        let rows = self.segment.iter().enumerate();
        rows.map(move |(row, &id)| model.index_of(id).filter(|_| is_valid(row)))
    }
}

impl Model {
    /// The distance from its centre beyond which a row is far: three times the root mean square distance
    /// of the rows of the fit, √(inertia / rows).
    ///
    /// Whatever the shape of the segments, at most one row of the fit in nine lies beyond (Markov's
    /// inequality for the squared distance), and in practice few do; where many new rows do, they
    /// are customers of a kind that the fit has not seen. In a weighted fit the inertia is weighted and
    /// the rows are not, so the bound holds where the weights are 1 on average.
    pub fn reach(&self) -> f64 {
        const TIMES: f64 = 3.0;
        TIMES * (self.training.inertia / self.training.n_used as f64).sqrt()
    }
}

/// Yields [`Assignment`]s for all input rows, in order; see [`Model::assignments`].
///
/// Each batch is computed on the current rayon pool when it is asked for, and memory does not grow
/// with the table.
#[derive(Debug)]
pub struct Assignments<'a> {
    model: &'a Model,
    prepared: &'a Prepared,
    tiles: Tiles<'a>,
    kernel: &'a Kernel,
    reach: f64,
    next_row: usize,
    next_tile: usize,
    /// Results of rows that were kept, beyond the last batch: tiles and batches of input rows do
    /// not end together where rows are left out.
    ahead: Nearest,
}

impl<'a> Assignments<'a> {
    pub(super) fn new(model: &'a Model, prepared: &'a Prepared, kernel: &'a Kernel) -> Self {
        let margins = (model.k() > 1).then(Vec::new);
        Self {
            model,
            prepared,
            tiles: prepared.tiles(),
            kernel,
            reach: model.reach(),
            next_row: 0,
            next_tile: 0,
            ahead: Nearest { labels: Vec::new(), distances: Vec::new(), margins },
        }
    }

    /// Computes until results for `n` kept rows are at hand.
    fn compute(&mut self, n: usize) {
        while self.ahead.labels.len() < n && self.next_tile < self.tiles.n_tiles() {
            let n_tiles = (n - self.ahead.labels.len()).div_ceil(TILE_ROWS);
            let end = self.tiles.n_tiles().min(self.next_tile + n_tiles);
            let found = nearest(
                &self.tiles,
                self.model.prepare.precision(),
                self.kernel,
                &self.model.centers,
                self.next_tile..end,
            );
            self.next_tile = end;
            self.ahead.labels.extend(found.labels);
            self.ahead.distances.extend(found.distances);
            if let (Some(margins), Some(found)) = (&mut self.ahead.margins, found.margins) {
                margins.extend(found);
            }
        }
    }
}

impl Iterator for Assignments<'_> {
    type Item = Assignment;

    fn next(&mut self) -> Option<Assignment> {
        let n_rows = self.prepared.n_input_rows();
        if self.next_row == n_rows {
            return None;
        }
        let rows = self.next_row..n_rows.min(self.next_row + BATCH_TILES * TILE_ROWS);
        self.next_row = rows.end;

        let valid = self.prepared.kept().map(|kept| kept.slice(rows.start, rows.len()));
        let n_kept = valid.as_ref().map_or(rows.len(), BooleanBuffer::count_set_bits);
        self.compute(n_kept);
        let mut segment = spread(&mut self.ahead.labels, n_kept, valid.as_ref());
        for segment in &mut segment {
            *segment = self.model.segments[*segment as usize].id;
        }
        let distance = spread(&mut self.ahead.distances, n_kept, valid.as_ref());
        let margin =
            self.ahead.margins.as_mut().map(|margins| spread(margins, n_kept, valid.as_ref()));
        let confidence = margin.as_ref().map(|margins| {
            distance.iter().zip(margins).map(|(&d, &margin)| confidence(d, margin)).collect()
        });
        Some(Assignment {
            is_far: distance.iter().map(|&distance| distance > self.reach).collect(),
            segment,
            distance,
            margin,
            confidence,
            valid: valid.filter(|_| n_kept < rows.len()),
            rows,
        })
    }
}

/// Takes the first `n` elements of `ahead` and puts them where `valid` has its bits.
fn spread<T: Copy + Default>(
    ahead: &mut Vec<T>,
    n: usize,
    valid: Option<&BooleanBuffer>,
) -> Vec<T> {
    let taken = ahead.drain(..n);
    match valid {
        None => taken.collect(),
        Some(valid) => {
            let mut out = vec![T::default(); valid.len()];
            for (row, value) in valid.set_indices().zip(taken) {
                out[row] = value;
            }
            out
        }
    }
}
