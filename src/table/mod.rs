//! Named numeric columns in chunks of rows, and the tiles that computations read them by.

mod keep;
mod tiles;

pub use tiles::{Picked, TILE_ROWS, Tile, TileReader, TileStep, Tiles};

use std::ops::Range;

use arrow_buffer::{NullBuffer, ScalarBuffer};

use crate::error::{Error, ErrorKind, Result, counted};
use crate::scalar::{Precision, Scalar};

/// The values of one chunk, in the type they were stored in.
///
/// A buffer is borrowed from a mapped file or owned; either way cloning shares it. Types that
/// readers must convert anyway are not here: half floats arrive as `F32`, booleans as `U8` (0 or
/// 1), decimals as `F64`, dates as `I32` days, times as `I64` in their own unit.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is the primitive type that it names")]
pub enum Values {
    I8(ScalarBuffer<i8>),
    I16(ScalarBuffer<i16>),
    I32(ScalarBuffer<i32>),
    I64(ScalarBuffer<i64>),
    U8(ScalarBuffer<u8>),
    U16(ScalarBuffer<u16>),
    U32(ScalarBuffer<u32>),
    U64(ScalarBuffer<u64>),
    F32(ScalarBuffer<f32>),
    F64(ScalarBuffer<f64>),
}

/// Runs `$body` with `$buffer` bound to the typed buffer of `$values`.
macro_rules! with_buffer {
    ($values:expr, $buffer:ident => $body:expr) => {
        match $values {
            Values::I8($buffer) => $body,
            Values::I16($buffer) => $body,
            Values::I32($buffer) => $body,
            Values::I64($buffer) => $body,
            Values::U8($buffer) => $body,
            Values::U16($buffer) => $body,
            Values::U32($buffer) => $body,
            Values::U64($buffer) => $body,
            Values::F32($buffer) => $body,
            Values::F64($buffer) => $body,
        }
    };
}

impl Values {
    /// How many values there are.
    pub fn len(&self) -> usize {
        with_buffer!(self, buffer => buffer.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `f32` holds every value of this type exactly.
    pub fn fits_f32(&self) -> bool {
        matches!(self, Self::I8(_) | Self::I16(_) | Self::U8(_) | Self::U16(_) | Self::F32(_))
    }

    /// Whether the type can hold NaN or an infinity.
    pub fn is_float(&self) -> bool {
        matches!(self, Self::F32(_) | Self::F64(_))
    }

    /// Converts the values of `rows` into `out`, which has as many elements.
    ///
    /// Rounds to the nearest where `T` is narrower; an `f64` beyond `f32` becomes infinite.
    #[allow(clippy::unnecessary_cast, reason = "one of ten types needs none")]
    pub fn convert<T: Scalar>(&self, rows: Range<usize>, out: &mut [T]) {
        with_buffer!(self, buffer => {
            for (out, &value) in out.iter_mut().zip(&buffer[rows]) {
                *out = T::from_f64(value as f64);
            }
        });
    }

    /// The values of `rows` as they lie, if they are stored as `T`.
    pub fn view<T: Scalar>(&self, rows: Range<usize>) -> Option<&[T]> {
        match self {
            Self::F32(buffer) => T::from_f32_slice(&buffer[rows]),
            Self::F64(buffer) => T::from_f64_slice(&buffer[rows]),
            _ => None,
        }
    }

    /// The value at `row`, where values have a type that dates and times are stored in.
    pub(crate) fn integer(&self, row: usize) -> Option<i64> {
        match self {
            Self::I32(buffer) => Some(buffer[row].into()),
            Self::I64(buffer) => Some(buffer[row]),
            _ => None,
        }
    }

    /// The value at `row`, as `f64` (integers beyond 2^53 are rounded).
    #[allow(clippy::unnecessary_cast, reason = "one of ten types needs none")]
    pub fn get(&self, row: usize) -> f64 {
        with_buffer!(self, buffer => buffer[row] as f64)
    }
}

/// A run of rows of one column, as one record batch stores it.
#[derive(Clone, Debug)]
pub struct Chunk {
    values: Values,
    validity: Option<NullBuffer>,
}

impl Chunk {
    /// `validity`, where given, has one bit per value; it is dropped when no row is null.
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn new(values: Values, validity: Option<NullBuffer>) -> Result<Self> {
        if validity.as_ref().is_some_and(|v| v.len() != values.len()) {
            return Err(Error::new(ErrorKind::Internal, "validity and values differ in length"));
        }
        let validity = validity.filter(|v| v.null_count() > 0);
        Ok(Self { values, validity })
    }

    /// The stored values; those of null rows mean nothing.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Which rows are not null; `None` when all are.
    pub fn validity(&self) -> Option<&NullBuffer> {
        self.validity.as_ref()
    }

    /// Overwrites with NaN those of `out` (the values of `rows`) that are null.
    fn mark_missing<T: Scalar>(&self, rows: Range<usize>, out: &mut [T]) {
        if let Some(validity) = &self.validity {
            for (out, row) in out.iter_mut().zip(rows) {
                if validity.is_null(row) {
                    *out = T::from_f64(f64::NAN);
                }
            }
        }
    }
}

/// One named column of numbers.
#[derive(Clone, Debug)]
pub struct Column {
    name: String,
    /// The type in the file, in Arrow's words: for messages and the fingerprint.
    type_name: String,
    chunks: Vec<Chunk>,
    /// `ends[i]` is the number of rows in chunks `0..=i`.
    ends: Vec<usize>,
}

impl Column {
    /// A column of `chunks`; empty ones are left out.
    pub fn new(name: impl Into<String>, type_name: impl Into<String>, chunks: Vec<Chunk>) -> Self {
        let chunks: Vec<_> = chunks.into_iter().filter(|c| !c.values.is_empty()).collect();
        let ends = chunks
            .iter()
            .scan(0, |end, chunk| {
                *end += chunk.values.len();
                Some(*end)
            })
            .collect();
        Self { name: name.into(), type_name: type_name.into(), chunks, ends }
    }

    /// An owned column without nulls.
    pub fn from_f64(name: impl Into<String>, values: Vec<f64>) -> Self {
        let chunk = Chunk { values: Values::F64(values.into()), validity: None };
        Self::new(name, "Float64", vec![chunk])
    }

    /// An owned column without nulls.
    pub fn from_f32(name: impl Into<String>, values: Vec<f32>) -> Self {
        let chunk = Chunk { values: Values::F32(values.into()), validity: None };
        Self::new(name, "Float32", vec![chunk])
    }

    /// The column's name, as in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type in the file, in Arrow's words.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The runs of rows, none empty.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Whether `f32` holds every possible value exactly.
    pub fn fits_f32(&self) -> bool {
        self.chunks.iter().all(|chunk| chunk.values.fits_f32())
    }

    /// Whether some row is null. (A float column may hold NaN besides.)
    pub fn has_nulls(&self) -> bool {
        self.chunks.iter().any(|chunk| chunk.validity.is_some())
    }

    /// The parts of chunks that make up `rows`, in order.
    pub fn runs(&self, rows: Range<usize>) -> impl Iterator<Item = (&Chunk, Range<usize>)> {
        let first = self.ends.partition_point(|&end| end <= rows.start);
        (first..self.chunks.len()).map_while(move |i| {
            let start = if i == 0 { 0 } else { self.ends[i - 1] };
            let within = rows.start.max(start)..rows.end.min(self.ends[i]);
            (!within.is_empty())
                .then(|| (&self.chunks[i], within.start - start..within.end - start))
        })
    }

    /// Converts `rows` into `out` (as many elements); null and NaN become NaN.
    pub fn read<T: Scalar>(&self, rows: Range<usize>, out: &mut [T]) {
        let mut at = 0;
        for (chunk, range) in self.runs(rows) {
            let out = &mut out[at..at + range.len()];
            at += range.len();
            chunk.values.convert(range.clone(), out);
            chunk.mark_missing(range, out);
        }
    }

    /// The value at `row` as `f64`; NaN where it is missing.
    pub fn get(&self, row: usize) -> f64 {
        let mut out = [f64::NAN];
        self.read(row..row + 1, &mut out);
        out[0]
    }
}

/// The columns that a fit works on, with an optional weight per row.
#[derive(Clone, Debug)]
pub struct FeatureTable {
    columns: Vec<Column>,
    weights: Option<ScalarBuffer<f64>>,
    n_rows: usize,
}

impl FeatureTable {
    /// A table of `columns` in the order in which they are features.
    ///
    /// # Errors
    /// If the columns or `weights` differ in length, or a weight is negative or not finite, or all
    /// are zero.
    pub fn new(columns: Vec<Column>, weights: Option<Vec<f64>>) -> Result<Self> {
        let n_rows = match (columns.first(), &weights) {
            (Some(column), _) => column.n_rows(),
            (None, Some(weights)) => weights.len(),
            (None, None) => 0,
        };
        for column in &columns {
            if column.n_rows() != n_rows {
                return Err(Error::data(format!(
                    "has {}, but the first column has {n_rows}",
                    counted(column.n_rows(), "row")
                ))
                .in_column(column.name()));
            }
        }
        if let Some(weights) = &weights {
            check_weights(weights, n_rows)?;
        }
        Ok(Self { columns, weights: weights.map(ScalarBuffer::from), n_rows })
    }

    /// The same rows and weights with other columns.
    ///
    /// # Errors
    /// If a column has another number of rows.
    pub fn with_columns(&self, columns: Vec<Column>) -> Result<Self> {
        let table = Self::new(columns, None)?;
        if table.n_rows != self.n_rows {
            return Err(Error::new(ErrorKind::Internal, "columns and weights differ in length"));
        }
        Ok(Self { weights: self.weights.clone(), ..table })
    }

    /// The columns, in feature order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// One weight per row, where given: finite, not negative.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns.
    pub fn n_features(&self) -> usize {
        self.columns.len()
    }

    /// `F32` if every column fits into it without loss, else `F64`.
    pub fn natural_precision(&self) -> Precision {
        if self.columns.iter().all(Column::fits_f32) { Precision::F32 } else { Precision::F64 }
    }
}

/// `len` copies of `value`, or an error where there is no room for them.
///
/// # Errors
/// [`ErrorKind::Memory`], with the size that was asked for.
pub(crate) fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>> {
    let mut values = reserved(len)?;
    values.resize(len, value);
    Ok(values)
}

/// An empty vector with room for `len` values, or an error where there is none.
///
/// # Errors
/// [`ErrorKind::Memory`], with the size that was asked for.
fn reserved<T>(len: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| {
        let mib = (len as f64 * size_of::<T>() as f64) / f64::from(1 << 20);
        Error::new(ErrorKind::Memory, format!("no room for another {mib:.1} MiB"))
    })?;
    Ok(values)
}

/// Refuses weights that are not one per row, or not finite, or negative, or all 0.
pub(crate) fn check_weights(weights: &[f64], n_rows: usize) -> Result<()> {
    if weights.len() != n_rows {
        let (weights, rows) = (counted(weights.len(), "weight"), counted(n_rows, "row"));
        return Err(Error::data(format!("{weights} for {rows}")));
    }
    if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(Error::data(format!(
            "weight is {} (a finite number of at least 0 is needed)",
            weights[row]
        ))
        .at_row(row as u64 + 1));
    }
    if n_rows > 0 && weights.iter().all(|&w| w == 0.0) {
        return Err(Error::data("every weight is 0 (at least one must be positive)"));
    }
    if !weights.iter().sum::<f64>().is_finite() {
        return Err(Error::data(
            "the weights add up to more than a number can hold (smaller ones)",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunked() -> Column {
        let ints = Chunk::new(Values::I64(vec![1, 2, 3].into()), None).unwrap();
        let empty = Chunk::new(Values::F32(Vec::new().into()), None).unwrap();
        let validity = NullBuffer::from(vec![true, false]);
        let floats = Chunk::new(Values::F32(vec![4.5, 9.0].into()), Some(validity)).unwrap();
        Column::new("x", "mixed", vec![ints, empty, floats])
    }

    #[test]
    fn reads_across_chunks_and_marks_missing() {
        let column = chunked();
        let mut out = [0.0_f64; 4];
        column.read(1..5, &mut out);
        assert_eq!(out[..3], [2.0, 3.0, 4.5]);
        assert!(out[3].is_nan());
        assert_eq!(column.n_rows(), 5);
        assert!(column.has_nulls());
        assert!(!column.fits_f32());
    }

    #[test]
    fn runs_stay_within_the_rows_asked_for() {
        let column = chunked();
        let lengths = |rows| column.runs(rows).map(|(_, r)| r.len()).collect::<Vec<_>>();
        assert_eq!(lengths(0..5), [3, 2]);
        assert_eq!(lengths(3..4), [1]);
        assert_eq!(lengths(2..2), [] as [usize; 0]);
    }

    #[test]
    fn refuses_ragged_columns_and_bad_weights() {
        let columns = || vec![Column::from_f64("x", vec![1.0, 2.0])];
        let ragged = vec![Column::from_f64("x", vec![1.0]), Column::from_f64("y", vec![])];
        assert_eq!(FeatureTable::new(ragged, None).unwrap_err().column(), Some("y"));
        let negative = FeatureTable::new(columns(), Some(vec![1.0, -1.0])).unwrap_err();
        assert_eq!(negative.row(), Some(2));
        assert!(FeatureTable::new(columns(), Some(vec![0.0, 0.0])).is_err());
        assert!(FeatureTable::new(columns(), Some(vec![0.0])).is_err());
        assert!(FeatureTable::new(columns(), Some(vec![1e308; 2])).is_err());
    }
}
