//! Who moved from one segment to another, as a CSV file.

use std::collections::HashMap;
use std::io::Write;
use std::iter::Peekable;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray, UInt32Array};
use arrow_schema::{DataType, Field};

use super::row_writer::{Ids, OutputFormat, RowWriter};
use crate::error::Result;

/// The columns of moves beside the ids.
const COLUMNS: [&str; 4] = ["from_segment", "from_name", "to_segment", "to_name"];

/// A row that came from one segment to another; `None` where it was or is in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The input row.
    pub row: usize,
    /// The id of the segment before.
    pub from: Option<u32>,
    /// The id of the segment now.
    pub to: Option<u32>,
}

/// Writes `moves`, which ascend by row, with those of `ids`, one per input row, that are theirs;
/// returns the number of text cells that were prefixed with `'`, to keep a spreadsheet from running them.
///
/// # Errors
/// If the ids end early or cannot be read or have a type or a name that ids cannot have, or `out` fails.
pub fn write_moves<'n, W: Write + Send>(
    ids: Ids<'_>,
    moves: &[Move],
    name_of: impl Fn(u32) -> Option<&'n str>,
    out: W,
) -> Result<u64> {
    const BATCH_ROWS: usize = 1 << 16;
    let types = [DataType::UInt32, DataType::Utf8, DataType::UInt32, DataType::Utf8];
    let columns = COLUMNS.into_iter().zip(types);
    let fields = columns.map(|(name, data_type)| Field::new(name, data_type, true)).collect();
    let rows = moves.iter().map(|moved| moved.row).peekable();
    let values = Box::new(PickedIds { values: ids.values, start: 0, rows, picked: Vec::new() });
    let ids = Ids { column: ids.column, values };
    let mut writer = RowWriter::new(OutputFormat::Csv, Some(ids), fields, HashMap::new(), out)?;
    for batch in moves.chunks(BATCH_ROWS) {
        let (from, to) = (|| batch.iter().map(|m| m.from), || batch.iter().map(|m| m.to));
        let name_of = |segment: Option<u32>| segment.and_then(&name_of);
        writer.push(vec![
            Arc::new(from().collect::<UInt32Array>()),
            Arc::new(from().map(name_of).collect::<StringArray>()),
            Arc::new(to().collect::<UInt32Array>()),
            Arc::new(to().map(name_of).collect::<StringArray>()),
        ])?;
    }
    writer.finish()
}

/// The ids of some rows: of each array the runs that are wanted, or nothing of it, which still tells
/// their type.
struct PickedIds<'a, R: Iterator<Item = usize>> {
    values: Box<dyn Iterator<Item = Result<ArrayRef>> + 'a>,
    /// The first row of the next array.
    start: usize,
    /// Those that are wanted and were not passed yet.
    rows: Peekable<R>,
    /// Runs of the last array, the next one last.
    picked: Vec<ArrayRef>,
}

impl<R: Iterator<Item = usize>> Iterator for PickedIds<'_, R> {
    type Item = Result<ArrayRef>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(run) = self.picked.pop() {
            return Some(Ok(run));
        }
        let array = match self.values.next()? {
            Ok(array) => array,
            error => return Some(error),
        };
        let end = self.start + array.len();
        while let Some(first) = self.rows.next_if(|&row| row < end) {
            let mut after = first + 1;
            while after < end && self.rows.next_if_eq(&after).is_some() {
                after += 1;
            }
            self.picked.push(array.slice(first - self.start, after - first));
        }
        self.start = end;
        self.picked.reverse();
        Some(Ok(self.picked.pop().unwrap_or_else(|| array.slice(0, 0))))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Int64Array;

    use super::*;

    #[test]
    fn moves_have_the_ids_of_their_rows() {
        let values = [-2, -1, 0, 1, 2, 3];
        let names = ["zero", "one"];
        let name_of = |segment: u32| names.get(segment as usize).copied();
        let moved = |row, from, to| Move { row, from, to };
        let moves = [
            moved(0, None, Some(1)),
            moved(2, Some(0), Some(1)),
            moved(3, Some(9), Some(0)),
            moved(5, Some(1), None),
        ];
        for cut in 1..=values.len() {
            let arrays =
                values.chunks(cut).map(|part| Ok(Arc::new(Int64Array::from(part.to_vec())) as _));
            let ids = Ids { column: "customer", values: Box::new(arrays) };
            let mut out = Vec::new();
            write_moves(ids, &moves, name_of, &mut out).unwrap();
            assert_eq!(
                String::from_utf8(out).unwrap(),
                "customer,from_segment,from_name,to_segment,to_name\n\
                 -2,,,1,one\n0,0,zero,1,one\n1,9,,0,zero\n3,1,one,,\n",
                "arrays of {cut}"
            );
        }
    }

    #[test]
    fn without_moves_there_is_a_header() {
        let array: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        let ids = Ids { column: "customer", values: Box::new(std::iter::once(Ok(array))) };
        let mut out = Vec::new();
        write_moves(ids, &[], |_| None, &mut out).unwrap();
        assert_eq!(out, b"customer,from_segment,from_name,to_segment,to_name\n");
    }
}
