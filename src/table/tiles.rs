//! Tiles: a fixed number of rows of every column, prepared as they are loaded.
//!
//! Tiles are cut on global row numbers, so how a file is batched never shows in a result. A full
//! tile inside one batch whose column needs no preparation is a view of the stored values; anything
//! else is converted, filled, shifted and scaled into scratch that stays in cache.

use std::ops::Range;

use super::{Column, FeatureTable, filled};
use crate::affine::Affine;
use crate::error::Result;
use crate::scalar::Scalar;

/// Rows in every tile but the last: 32 KiB of `f32` at eight columns, so that a tile and its
/// results stay in the first two cache levels. A multiple of every kernel's row block.
pub const TILE_ROWS: usize = 1024;

/// Elements from one column of scratch to the next: not a power of two, or the same rows of all
/// columns would compete for the same few lines of cache.
const SCRATCH_STRIDE: usize = TILE_ROWS + 16;

/// What a tile does to one column's values as it loads them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TileStep {
    /// Replaces null and NaN, in the column's unit.
    pub fill: Option<f64>,
    /// Applied after filling.
    pub affine: Affine,
}

impl TileStep {
    /// Values as they are stored.
    pub const PLAIN: Self = Self { fill: None, affine: Affine::IDENTITY };
}

/// A table as a fit sees it: its rows in tiles, in the prepared space.
#[derive(Clone, Debug)]
pub struct Tiles<'a> {
    table: &'a FeatureTable,
    steps: Vec<TileStep>,
}

impl<'a> Tiles<'a> {
    /// `steps` has one element per column of `table`.
    ///
    /// # Panics
    /// If it has not.
    pub fn new(table: &'a FeatureTable, steps: Vec<TileStep>) -> Self {
        assert_eq!(steps.len(), table.n_features(), "one step per column");
        Self { table, steps }
    }

    /// The stored values, unprepared.
    pub fn plain(table: &'a FeatureTable) -> Self {
        Self::new(table, vec![TileStep::PLAIN; table.n_features()])
    }

    /// The same rows with `origin` taken from each, but for what rounding makes of it, which is the same
    /// in every row. What depends on differences between rows only keeps digits that way where they lie
    /// far from zero.
    ///
    /// # Panics
    /// If there is not one coordinate per column.
    pub(crate) fn relative_to(&self, origin: &[f64]) -> Self {
        assert_eq!(origin.len(), self.steps.len(), "one coordinate per column");
        let steps = self.steps.iter().zip(origin).map(|(step, origin)| {
            let Affine { shift, scale } = step.affine;
            TileStep { affine: Affine { shift: shift + origin / scale, scale }, ..*step }
        });
        Self { table: self.table, steps: steps.collect() }
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.table.n_rows()
    }

    /// The number of columns.
    pub fn n_features(&self) -> usize {
        self.steps.len()
    }

    /// The number of tiles, the last of which may be short.
    pub fn n_tiles(&self) -> usize {
        self.n_rows().div_ceil(TILE_ROWS)
    }

    /// The rows of tile `tile`.
    pub fn rows(&self, tile: usize) -> Range<usize> {
        let start = tile * TILE_ROWS;
        start..self.n_rows().min(start + TILE_ROWS)
    }

    /// One weight per row, where the table has weights.
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.table.weights()
    }

    /// A reader with scratch of its own, for one thread.
    pub fn reader<T: Scalar>(&self) -> TileReader<'_, T> {
        TileReader { tiles: self, scratch: Vec::new() }
    }

    /// The prepared values of one row, in feature order, rounded as a tile rounds them.
    pub fn row<T: Scalar>(&self, row: usize) -> Vec<T> {
        self.gather(&[row]).into_iter().map(|column| column[0]).collect()
    }

    /// The prepared values of at most [`TILE_ROWS`] rows in any order: one vector per column,
    /// filled up with zeros to a whole tile.
    pub fn gather<T: Scalar>(&self, rows: &[usize]) -> Vec<Vec<T>> {
        let columns = self.table.columns().iter().zip(&self.steps);
        columns
            .map(|(column, step)| {
                let mut values = vec![T::default(); TILE_ROWS];
                for (value, &row) in values.iter_mut().zip(rows) {
                    prepare(column, *step, row..row + 1, std::slice::from_mut(value));
                }
                values
            })
            .collect()
    }

    /// The prepared values of any rows, one row after the other, in double precision.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no room for them.
    pub(crate) fn row_major(&self, rows: &[usize]) -> Result<Vec<f64>> {
        let d = self.n_features();
        let mut values = filled(rows.len().saturating_mul(d), 0.0)?;
        for (rows, out) in rows.chunks(TILE_ROWS).zip(values.chunks_mut((TILE_ROWS * d).max(1))) {
            let columns = self.gather::<f64>(rows);
            for (i, row) in out.chunks_exact_mut(d).enumerate() {
                row.iter_mut().zip(&columns).for_each(|(value, column)| *value = column[i]);
            }
        }
        Ok(values)
    }
}

/// Loads tiles one at a time.
#[derive(Debug)]
pub struct TileReader<'a, T> {
    tiles: &'a Tiles<'a>,
    /// [`SCRATCH_STRIDE`] values per column; grown on first need.
    scratch: Vec<T>,
}

impl<T: Scalar> TileReader<'_, T> {
    /// Tile `tile`, which is below [`Tiles::n_tiles`]. Nothing is read before it is asked for.
    pub fn load(&mut self, tile: usize) -> Tile<'_, T> {
        let rows = self.tiles.rows(tile);
        Tile { rows, tiles: self.tiles, scratch: Some(&mut self.scratch), columns: Vec::new() }
    }
}

/// The prepared values of a run of rows, by column.
#[derive(Debug)]
pub struct Tile<'t, T> {
    rows: Range<usize>,
    tiles: &'t Tiles<'t>,
    /// Given to the columns when they are loaded.
    scratch: Option<&'t mut Vec<T>>,
    columns: Vec<&'t [T]>,
}

impl<'t, T: Scalar> Tile<'t, T> {
    /// The global row numbers.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// The number of rows that mean something.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// One slice of [`TILE_ROWS`] values per column; those past [`n_rows`](Self::n_rows) are zero.
    pub fn columns(&mut self) -> &[&'t [T]] {
        if let Some(scratch) = self.scratch.take() {
            self.columns = load(self.tiles, &self.rows, scratch);
        }
        &self.columns
    }

    /// One slice of [`TILE_ROWS`] values per column: those of `rows`, which are numbers within the
    /// tile and at most as many as a tile has. What follows them is finite, and means nothing.
    ///
    /// No other rows are read, unless many are asked for of a column that must be converted.
    pub fn pick<'p>(&mut self, rows: &[u32], picked: &'p mut Picked<T>) -> Vec<&'p [T]> {
        /// Preparing a row by itself takes about as long as so many together.
        const MANY: usize = 16;
        let tiles = self.tiles;
        picked.scratch.resize(tiles.n_features() * SCRATCH_STRIDE, T::default());
        let stored = tiles.table.columns().iter().zip(&tiles.steps);
        let pairs = picked.scratch.chunks_exact_mut(SCRATCH_STRIDE).zip(stored).enumerate();
        pairs
            .map(|(j, (out, (column, step)))| {
                let direct = self.scratch.is_some() && step.fill.is_none();
                let raw = if direct { whole(column, &self.rows) } else { None };
                let picks = out.iter_mut().zip(rows);
                match raw {
                    Some(values) if step.affine.is_identity() => {
                        picks.for_each(|(out, &row)| *out = values[row as usize]);
                    }
                    Some(values) => {
                        let (shift, scale) = affine(*step);
                        picks.for_each(|(out, &row)| *out = (values[row as usize] - shift) * scale);
                    }
                    None if self.scratch.is_some() && MANY * rows.len() < self.rows.len() => {
                        for (out, &row) in picks {
                            let row = self.rows.start + row as usize;
                            prepare(column, *step, row..row + 1, std::slice::from_mut(out));
                        }
                    }
                    None => {
                        let values = self.columns()[j];
                        picks.for_each(|(out, &row)| *out = values[row as usize]);
                    }
                }
                &out[..TILE_ROWS]
            })
            .collect()
    }
}

/// Some rows of a tile, side by side: room for [`Tile::pick`], made once per thread and reused.
#[derive(Debug)]
pub struct Picked<T> {
    /// [`SCRATCH_STRIDE`] values per column.
    scratch: Vec<T>,
}

impl<T: Scalar> Picked<T> {
    /// Empty.
    pub fn new() -> Self {
        Self { scratch: Vec::new() }
    }
}

impl<T: Scalar> Default for Picked<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The columns of `rows`, viewed where that is possible, else prepared in `scratch`.
// The vectors of slices are a hundred bytes once per thousand rows: not worth keeping.
fn load<'t, T: Scalar>(
    tiles: &'t Tiles<'t>,
    rows: &Range<usize>,
    scratch: &'t mut Vec<T>,
) -> Vec<&'t [T]> {
    let stored = || tiles.table.columns().iter().zip(&tiles.steps);
    let views: Vec<Option<&[T]>> =
        stored().map(|(column, step)| view(column, *step, rows)).collect();
    let copied = views.iter().filter(|view| view.is_none()).count();
    if scratch.len() < copied * SCRATCH_STRIDE {
        scratch.resize(copied * SCRATCH_STRIDE, T::default());
    }
    let mut scratch = scratch.chunks_exact_mut(SCRATCH_STRIDE);
    let columns = views.into_iter().zip(stored()).map(|(view, (column, step))| {
        view.unwrap_or_else(|| {
            let out = scratch.next().expect("one piece of scratch per copied column");
            let out = &mut out[..TILE_ROWS];
            let (used, rest) = out.split_at_mut(rows.len());
            prepare(column, *step, rows.clone(), used);
            rest.fill(T::default());
            out
        })
    });
    columns.collect()
}

/// The stored values themselves, where they are a whole tile and nothing is to be done to them.
fn view<'c, T: Scalar>(column: &'c Column, step: TileStep, rows: &Range<usize>) -> Option<&'c [T]> {
    let plain = rows.len() == TILE_ROWS && step == TileStep::PLAIN;
    if plain { whole(column, rows) } else { None }
}

/// The stored values of `rows`, where they are of the right type, in one chunk and without nulls.
fn whole<'c, T: Scalar>(column: &'c Column, rows: &Range<usize>) -> Option<&'c [T]> {
    let (chunk, range) = column.runs(rows.clone()).next()?;
    if range.len() != rows.len() || chunk.validity().is_some() {
        return None;
    }
    chunk.values().view(range)
}

/// Rows that are converted at a time: enough for the loops, little for a single row.
const WIDE_ROWS: usize = 64;

/// Writes the prepared values of `rows` into `out`.
///
/// Values stored as `T` are prepared in `T`; others in `f64`, rounded at the end. That depends on
/// the column's type alone, so a row's prepared value is the same in any batch and any tile.
fn prepare<T: Scalar>(column: &Column, step: TileStep, rows: Range<usize>, out: &mut [T]) {
    let mut at = 0;
    for (chunk, range) in column.runs(rows) {
        let out = &mut out[at..at + range.len()];
        at += range.len();
        if let Some(values) = chunk.values().view::<T>(range.clone()) {
            if chunk.validity().is_none() && step.fill.is_none() {
                // The common case in one go.
                let (shift, scale) = affine(step);
                for (out, &value) in out.iter_mut().zip(values) {
                    *out = (value - shift) * scale;
                }
                continue;
            }
            out.copy_from_slice(values);
            chunk.mark_missing(range, out);
            finish(step, out);
            continue;
        }
        for (i, out) in out.chunks_mut(WIDE_ROWS).enumerate() {
            let start = range.start + i * WIDE_ROWS;
            let range = start..start + out.len();
            let mut wide = [0.0_f64; WIDE_ROWS];
            let wide = &mut wide[..out.len()];
            chunk.values().convert(range.clone(), wide);
            chunk.mark_missing(range, wide);
            finish(step, wide);
            for (out, &value) in out.iter_mut().zip(&*wide) {
                *out = T::from_f64(value);
            }
        }
    }
}

fn affine<T: Scalar>(step: TileStep) -> (T, T) {
    (T::from_f64(step.affine.shift), T::from_f64(step.affine.scale))
}

/// Fills and scales in place.
fn finish<T: Scalar>(step: TileStep, values: &mut [T]) {
    if let Some(fill) = step.fill {
        let fill = T::from_f64(fill);
        for value in &mut *values {
            if value.to_f64().is_nan() {
                *value = fill;
            }
        }
    }
    if !step.affine.is_identity() {
        let (shift, scale) = affine(step);
        for value in values {
            *value = (*value - shift) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Chunk, Values};

    const AFFINE: TileStep = TileStep { fill: None, affine: Affine { shift: 3.0, scale: 0.5 } };

    fn in_batches(values: &[f32], batch: usize) -> Column {
        let chunks = values.chunks(batch).map(|part| {
            Chunk::new(Values::F32(part.to_vec().into()), None).expect("lengths agree")
        });
        Column::new("x", "Float32", chunks.collect())
    }

    fn prepared(column: Column, step: TileStep) -> Vec<f32> {
        let table = FeatureTable::new(vec![column], None).unwrap();
        let tiles = Tiles::new(&table, vec![step]);
        let mut reader = tiles.reader::<f32>();
        let mut out = Vec::new();
        for i in 0..tiles.n_tiles() {
            let mut tile = reader.load(i);
            let (n, values) = (tile.n_rows(), tile.columns()[0]);
            assert_eq!(values.len(), TILE_ROWS);
            assert!(values[n..].iter().all(|&x| x == 0.0));
            out.extend(&values[..n]);
        }
        out
    }

    #[test]
    fn batches_do_not_show() {
        let values: Vec<f32> = (0..3 * TILE_ROWS + 17).map(|i| (i as f32).sin()).collect();
        for step in [TileStep::PLAIN, AFFINE] {
            let whole = prepared(in_batches(&values, values.len()), step);
            for batch in [1, 100, 1000, 1024, 1500] {
                assert_eq!(prepared(in_batches(&values, batch), step), whole);
            }
        }
    }

    #[test]
    fn plain_full_tiles_are_views() {
        let values = vec![1.5_f32; 2 * TILE_ROWS];
        let column = in_batches(&values, values.len());
        let table = FeatureTable::new(vec![column], None).unwrap();
        let tiles = Tiles::plain(&table);
        let mut reader = tiles.reader::<f32>();
        reader.load(1).columns();
        assert!(reader.scratch.is_empty());
        let mut wide = tiles.reader::<f64>();
        wide.load(1).columns();
        assert_eq!(wide.scratch.len(), SCRATCH_STRIDE);
    }

    #[test]
    fn fills_before_it_scales() {
        let step = TileStep { fill: Some(5.0), ..AFFINE };
        assert_eq!(prepared(in_batches(&[f32::NAN, 3.0], 2), step), [1.0, 0.0]);
    }

    #[test]
    fn a_row_alone_equals_the_row_in_its_tile() {
        let column = Column::from_f64("x", (0..50).map(|i| f64::from(i) / 7.0).collect());
        let whole = prepared(column.clone(), AFFINE);
        let table = FeatureTable::new(vec![column], None).unwrap();
        let tiles = Tiles::new(&table, vec![AFFINE]);
        assert_eq!((0..50).map(|i| tiles.row::<f32>(i)[0]).collect::<Vec<_>>(), whole);
    }
}
