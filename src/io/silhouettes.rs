//! The silhouette of every input row, as a file.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::{DataType, Field};

use super::row_writer::{Ids, OutputFormat, RowWriter};
use crate::error::Result;

/// The columns of silhouettes beside the ids.
pub(crate) const SILHOUETTE_COLUMNS: [&str; 3] = ["label", "silhouette", "nearest"];

/// What is known of one input row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowSilhouette<'a> {
    /// Its label, if it has one.
    pub label: Option<&'a str>,
    /// Its silhouette and the label of the other cluster that it is nearest to, if it was scored.
    pub scored: Option<(f64, &'a str)>,
}

/// Writes the rows in input order, with their ids where there are any; returns the number of text cells
/// that were prefixed with `'`, to keep a spreadsheet from running them.
///
/// # Errors
/// If the ids do not go with the rows or have a type or a name that ids cannot have, or `out` fails.
pub fn write_silhouettes<'a, W: Write + Send>(
    format: OutputFormat,
    ids: Option<Ids<'_>>,
    mut rows: impl Iterator<Item = RowSilhouette<'a>>,
    out: W,
) -> Result<u64> {
    const BATCH_ROWS: usize = 1 << 16;
    let types = [DataType::Utf8, DataType::Float64, DataType::Utf8];
    let columns = SILHOUETTE_COLUMNS.into_iter().zip(types);
    let fields = columns.map(|(name, data_type)| Field::new(name, data_type, true)).collect();
    let mut writer = RowWriter::new(format, ids, fields, HashMap::new(), out)?;
    loop {
        let batch: Vec<RowSilhouette<'_>> = rows.by_ref().take(BATCH_ROWS).collect();
        if batch.is_empty() {
            return writer.finish();
        }
        let (mut labels, mut nearest) = (StringBuilder::new(), StringBuilder::new());
        for row in &batch {
            labels.append_option(row.label);
            nearest.append_option(row.scored.map(|(_, nearest)| nearest));
        }
        let values = batch.iter().map(|row| row.scored.map(|(value, _)| value));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(labels.finish()),
            Arc::new(values.collect::<Float64Array>()),
            Arc::new(nearest.finish()),
        ];
        writer.push(columns)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_label_or_a_score_are_null() {
        let rows = [
            RowSilhouette { label: Some("a"), scored: Some((0.25, "b")) },
            RowSilhouette { label: Some("=b"), scored: None },
            RowSilhouette::default(),
        ];
        let mut out = Vec::new();
        let defused =
            write_silhouettes(OutputFormat::Csv, None, rows.into_iter(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "label,silhouette,nearest\na,0.25,b\n'=b,,\n,,\n"
        );
        assert_eq!(defused, 1);
    }
}
