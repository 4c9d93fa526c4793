//! The column that identifies the rows: streamed, never held.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use twox_hash::XxHash3_128;

use super::columns;
use super::limits::{MemoryLimit, try_vec};
use super::source::Source;
use crate::error::Result;
use crate::table::{Column, Values};
use crate::warning::Warning;

/// The ids of a table in row order, in pieces of bounded size.
///
/// Values are as they were stored; what a dictionary stands for is written out.
pub struct IdReader {
    arrays: Box<dyn Iterator<Item = Result<ArrayRef>> + Send>,
    data_type: DataType,
    column: String,
    source: Source,
}

impl std::fmt::Debug for IdReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdReader")
            .field("column", &self.column)
            .field("data_type", &self.data_type)
            .finish_non_exhaustive()
    }
}

impl IdReader {
    pub(super) fn new(
        arrays: Box<dyn Iterator<Item = Result<ArrayRef>> + Send>,
        data_type: DataType,
        column: &str,
        source: Source,
    ) -> Self {
        Self { arrays, data_type, column: column.to_owned(), source }
    }

    /// Every id as text; `None` where it is null.
    pub fn texts(self) -> impl Iterator<Item = Result<Option<String>>> {
        self.flat_map(|array| match array {
            Ok(array) => texts(&array).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }

    /// The type of every array: `Utf8`, `LargeUtf8`, `Utf8View` or an integer.
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }
}

impl Iterator for IdReader {
    type Item = Result<ArrayRef>;

    fn next(&mut self) -> Option<Self::Item> {
        let array = self.arrays.next()?.and_then(|array| columns::plain(&array));
        Some(array.map_err(|e| {
            self.source.explain(e.in_column(&self.column).in_file(self.source.path()))
        }))
    }
}

/// The values of a column of text or integers, as text.
pub(super) fn texts(array: &ArrayRef) -> Vec<Option<String>> {
    macro_rules! all {
        ($array:expr) => {
            $array.iter().map(|value| value.map(|value| value.to_string())).collect()
        };
    }
    match array.data_type() {
        DataType::Utf8 => all!(array.as_string::<i32>()),
        DataType::LargeUtf8 => all!(array.as_string::<i64>()),
        DataType::Utf8View => all!(array.as_string_view()),
        DataType::Int8 => all!(array.as_primitive::<Int8Type>()),
        DataType::Int16 => all!(array.as_primitive::<Int16Type>()),
        DataType::Int32 => all!(array.as_primitive::<Int32Type>()),
        DataType::Int64 => all!(array.as_primitive::<Int64Type>()),
        DataType::UInt8 => all!(array.as_primitive::<UInt8Type>()),
        DataType::UInt16 => all!(array.as_primitive::<UInt16Type>()),
        DataType::UInt32 => all!(array.as_primitive::<UInt32Type>()),
        DataType::UInt64 => all!(array.as_primitive::<UInt64Type>()),
        _ => vec![None; array.len()],
    }
}

/// Reads all ids and says what is odd about them. Duplicates are counted by 64-bit hashes, if those
/// take no more than a quarter of the memory.
pub(super) fn examine(
    reader: IdReader,
    n_rows: usize,
    limit: MemoryLimit,
) -> Result<Option<Warning>> {
    let column = reader.column.clone();
    let counts_duplicates = limit.allows((n_rows as u64).saturating_mul(8), 4);
    let mut hashes: Vec<u64> = if counts_duplicates { try_vec(n_rows)? } else { Vec::new() };
    let (mut null, mut empty) = (0, 0);
    for array in reader {
        let array = array?;
        null += array.null_count() as u64;
        let mut add = |hash: u64| {
            if hashes.len() < hashes.capacity() {
                hashes.push(hash);
            }
        };
        macro_rules! texts {
            ($array:expr) => {
                for text in $array.iter().flatten() {
                    empty += u64::from(text.is_empty());
                    add(hash(text.as_bytes()));
                }
            };
        }
        macro_rules! integers {
            ($kind:ty) => {
                for integer in array.as_primitive::<$kind>().iter().flatten() {
                    add(integer as u64);
                }
            };
        }
        match array.data_type() {
            DataType::Utf8 => texts!(array.as_string::<i32>()),
            DataType::LargeUtf8 => texts!(array.as_string::<i64>()),
            DataType::Utf8View => texts!(array.as_string_view()),
            DataType::Int8 => integers!(Int8Type),
            DataType::Int16 => integers!(Int16Type),
            DataType::Int32 => integers!(Int32Type),
            DataType::Int64 => integers!(Int64Type),
            DataType::UInt8 => integers!(UInt8Type),
            DataType::UInt16 => integers!(UInt16Type),
            DataType::UInt32 => integers!(UInt32Type),
            DataType::UInt64 => integers!(UInt64Type),
            _ => {}
        }
    }
    hashes.sort_unstable();
    let duplicate = hashes.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
    let odd = null + empty + duplicate > 0;
    Ok(odd.then_some(Warning::OddIds { column, null, empty, duplicate }))
}

fn hash(bytes: &[u8]) -> u64 {
    XxHash3_128::oneshot(bytes) as u64
}

/// Whether no integer of `column` is null or occurs twice; `false` where there is no room to tell.
pub(super) fn all_distinct(column: &Column, limit: MemoryLimit) -> bool {
    if column.has_nulls() {
        return false;
    }
    let n_rows = column.n_rows();
    let mut sorted = Vec::new();
    let mut last = None;
    // Ids are often in order, and then take no memory.
    let ascending = integers(column, &mut |integer| {
        let ascends = last.is_none_or(|last| last < integer);
        last = Some(integer);
        ascends
    });
    if ascending {
        return true;
    }
    if !limit.allows((n_rows as u64).saturating_mul(16), 4) || sorted.try_reserve(n_rows).is_err() {
        return false;
    }
    let complete = integers(column, &mut |integer| {
        sorted.push(integer);
        true
    });
    sorted.sort_unstable();
    complete && sorted.windows(2).all(|pair| pair[0] != pair[1])
}

/// Feeds the integers of a column to `take` until it has had enough; `false` then, or if they are
/// no integers.
fn integers(column: &Column, take: &mut dyn FnMut(i128) -> bool) -> bool {
    macro_rules! all {
        ($values:expr) => {
            $values.iter().all(|&value| take(i128::from(value)))
        };
    }
    column.chunks().iter().all(|chunk| match chunk.values() {
        Values::I8(values) => all!(values),
        Values::I16(values) => all!(values),
        Values::I32(values) => all!(values),
        Values::I64(values) => all!(values),
        Values::U8(values) => all!(values),
        Values::U16(values) => all!(values),
        Values::U32(values) => all!(values),
        Values::U64(values) => all!(values),
        Values::F32(_) | Values::F64(_) => false,
    })
}
