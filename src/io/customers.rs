//! A table of customers as a file, which says of each column what it is and how to prepare it.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Float32Array, StringArray};
use arrow_schema::{DataType, Field};
use serde::Serialize;

use super::advice;
use super::row_writer::{OutputFormat, RowWriter};
use crate::error::{Error, ErrorKind, Result};
use crate::history::{CustomerTable, History};

/// What a file says of itself as a whole.
#[derive(Serialize)]
struct TableView {
    table: &'static str,
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    set: &'static str,
    recency: &'static str,
    hindsight: bool,
}

/// Writes one row per customer, `id` being the name of the first column; returns the number of text
/// cells that were prefixed with `'`, to keep a spreadsheet from running them.
///
/// The same table gives the same bytes. Only Arrow and Parquet files say what their columns are.
///
/// # Errors
/// If `out` fails, or a descriptor or feature is called as the id.
pub fn write_customers<W: Write + Send>(
    format: OutputFormat,
    id: &str,
    history: &History,
    table: &CustomerTable,
    out: W,
) -> Result<u64> {
    const BATCH_ROWS: usize = 1 << 16;

    let mut fields = vec![Field::new(id, DataType::Utf8, true)];
    for column in &table.columns {
        let field = Field::new(&column.name, DataType::Float32, true);
        fields.push(advice::annotated(field, column));
    }
    for column in &table.descriptors {
        let field = Field::new(column.descriptor.name(), DataType::Utf8, true);
        fields.push(advice::described(field, column.descriptor.definition()));
    }
    if fields[1..].iter().any(|field| field.name() == id) {
        let message = "cannot be the id, since features have this name (another name is accepted)";
        return Err(Error::data(message).in_column(id));
    }
    let view = TableView {
        table: "customers",
        as_of: table.known.day().to_string(),
        from: table.known.first_day().map(|day| day.to_string()),
        set: table.params.set.name(),
        recency: table.params.recency.name(),
        hindsight: table.known.has_hindsight(),
    };
    let view = serde_json::to_string(&view).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("cannot encode the description: {error}"))
    })?;
    let metadata = HashMap::from([(advice::KEY.to_owned(), view)]);
    let mut writer = RowWriter::new(format, None, fields, metadata, out)?;
    let mut ids = table.ids(history);
    for start in (0..table.n_rows()).step_by(BATCH_ROWS) {
        let rows = start..table.n_rows().min(start + BATCH_ROWS);
        let ids: StringArray = ids.by_ref().take(rows.len()).map(Some).collect();
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ids)];
        for column in &table.columns {
            let values = column.values[rows.clone()].iter();
            let values = values.map(|&value| (!value.is_nan()).then_some(value));
            columns.push(Arc::new(values.collect::<Float32Array>()));
        }
        for column in &table.descriptors {
            let mut words = StringBuilder::new();
            for &code in &column.codes[rows.clone()] {
                words.append_option((code != 0).then(|| &column.names[usize::from(code)]));
            }
            columns.push(Arc::new(words.finish()));
        }
        writer.push(columns)?;
    }
    writer.finish()
}
