//! A table of customers as a file, which says of each column what it is and how to prepare it.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Float32Array, StringArray};
use arrow_schema::{DataType, Field};
use serde::{Deserialize, Serialize};

use super::advice;
use super::row_writer::{OutputFormat, RowWriter};
use crate::error::{Error, ErrorKind, Result};
use crate::history::{CustomerTable, Day, FeatureSet, History, Origin, Recency};

/// What a file, or a model made from one, says of the customers as a whole.
/// What a later version says beside this is passed over: the columns can be used without it.
#[derive(Serialize, Deserialize)]
pub(super) struct OriginView {
    as_of: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    set: String,
    recency: String,
    hindsight: bool,
}

impl OriginView {
    pub(super) fn of(origin: &Origin) -> Self {
        Self {
            as_of: origin.day.to_string(),
            from: origin.from.map(|day| day.to_string()),
            set: origin.set.name().to_owned(),
            recency: origin.recency.name().to_owned(),
            hindsight: origin.hindsight,
        }
    }

    /// # Errors
    /// Data errors if it says what makes no sense.
    pub(super) fn into_origin(self) -> Result<Origin> {
        let unknown = |word: &str| {
            Error::data(format!("says \"{word}\" of its customers, which is not known here"))
        };
        let day = |text: &String| Day::parse(text).ok_or_else(|| unknown(text));
        let set = FeatureSet::ALL.into_iter().find(|set| set.name() == self.set);
        let recency = Recency::ALL.into_iter().find(|form| form.name() == self.recency);
        Ok(Origin {
            day: day(&self.as_of)?,
            from: self.from.as_ref().map(day).transpose()?,
            set: set.ok_or_else(|| unknown(&self.set))?,
            recency: recency.ok_or_else(|| unknown(&self.recency))?,
            hindsight: self.hindsight,
        })
    }

    /// What the metadata of a file say, if they say something.
    ///
    /// # Errors
    /// Data errors if that makes no sense.
    pub(super) fn read(text: Option<&str>) -> Result<Option<Origin>> {
        let Some(text) = text else { return Ok(None) };
        let view: Self = serde_json::from_str(text).map_err(|error| {
            Error::data(format!("what it says of itself cannot be read ({error}; write it anew)"))
        })?;
        view.into_origin().map(Some)
    }
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
    let view = OriginView::of(&table.origin());
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
