//! Several labelings of the input rows side by side, as a file.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array};
use arrow_schema::{DataType, Field};

use super::row_writer::{Ids, OutputFormat, RowWriter};
use crate::error::{Error, Result};

/// Writes a column of labels by each name, one label per input row, with their ids where there are
/// any; `None` for rows that have no label. Returns the number of text cells that were prefixed with
/// `'`, to keep a spreadsheet from running them.
///
/// # Errors
/// If the ids or the labels do not go with the rows or the ids have a type or a name that ids cannot
/// have, or `out` fails.
pub fn write_label_columns<W: Write + Send>(
    format: OutputFormat,
    ids: Option<Ids<'_>>,
    columns: &[(&str, Vec<Option<i32>>)],
    out: W,
) -> Result<u64> {
    const BATCH_ROWS: usize = 1 << 16;
    let fields = columns.iter().map(|(name, _)| Field::new(*name, DataType::Int32, true));
    let mut writer = RowWriter::new(format, ids, fields.collect(), HashMap::new(), out)?;
    let n_rows = columns.first().map_or(0, |(_, labels)| labels.len());
    if let Some((name, labels)) = columns.iter().find(|(_, labels)| labels.len() != n_rows) {
        let n = labels.len();
        return Err(Error::data(format!("{n} labels (as many as rows, {n_rows}, are needed)"))
            .in_column(name));
    }
    for start in (0..n_rows).step_by(BATCH_ROWS) {
        let rows = start..n_rows.min(start + BATCH_ROWS);
        let batch = columns.iter().map(|(_, labels)| {
            Arc::new(labels[rows.clone()].iter().copied().collect::<Int32Array>()) as ArrayRef
        });
        writer.push(batch.collect())?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_side_by_side() {
        let columns =
            [("kmeans", vec![Some(0), Some(1), None]), ("dbscan", vec![Some(-1), Some(0), None])];
        let mut out = Vec::new();
        write_label_columns(OutputFormat::Csv, None, &columns, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "kmeans,dbscan\n0,-1\n1,0\n,\n");
    }
}
