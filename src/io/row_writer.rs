//! Rows with the ids of the input, as an Arrow, Parquet or CSV file.
//!
//! Written batch by batch: the ids are streamed from the input while what belongs to them is computed,
//! so that memory does not grow with the table. Batches are cut by row number and their buffers built
//! anew, so the bytes do not depend on how the input was batched or on the number of threads, and
//! null slots hold zeros.

use std::collections::HashMap;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{
    Int8Builder, Int16Builder, Int32Builder, Int64Builder, LargeStringBuilder, StringBuilder,
    StringViewBuilder, UInt8Builder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::error::{Error, ErrorKind, Result};

/// The kinds of file that results with a row per input row can be written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// An Arrow file, not compressed, so that it can be mapped.
    #[default]
    Arrow,
    /// A Parquet file, compressed with Zstandard.
    Parquet,
    /// Comma-separated text; cells that a spreadsheet would run are defused.
    Csv,
}

impl OutputFormat {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Self; 3] = [Self::Arrow, Self::Parquet, Self::Csv];

    /// The extension of such a file's name, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// The id column of the input: its name, and its values in row order, in arrays of any length but
/// of one type.
pub struct Ids<'a> {
    /// The column's name in the input, which it keeps in the output.
    pub column: &'a str,
    /// Text of any layout, or integers; dictionaries decoded.
    pub values: Box<dyn Iterator<Item = Result<ArrayRef>> + 'a>,
}

impl Ids<'_> {
    /// Checks that rows with `columns` can have one of ids that is called `column`, before there are
    /// any.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if another of their columns is called so.
    pub fn check_name(column: &str, columns: &[&str]) -> Result<()> {
        if !columns.contains(&column) {
            return Ok(());
        }
        let message = "cannot be the id, since the result has a column of this name (any other \
                       name is accepted)";
        let error = Error::data(message).in_column(column);
        Err(error.with_hint("rename the column, or name another with --id"))
    }
}

/// Writes rows to `W`.
pub(super) struct RowWriter<'a, W: Write + Send> {
    sink: Sink<W>,
    schema: SchemaRef,
    ids: Option<Cutter<'a>>,
    defused: u64,
}

enum Sink<W: Write + Send> {
    Arrow(Box<arrow_ipc::writer::FileWriter<W>>),
    Parquet(Box<ArrowWriter<W>>),
    Csv(W),
}

impl<'a, W: Write + Send> RowWriter<'a, W> {
    /// Starts a file of rows with the ids, where there are any, and these columns; `metadata` is what
    /// the file says of itself, of one key at most, since nothing orders several.
    ///
    /// # Errors
    /// If the ids cannot be read or have a type or a name that ids cannot have, or `out` fails.
    pub(super) fn new(
        format: OutputFormat,
        ids: Option<Ids<'a>>,
        columns: Vec<Field>,
        metadata: HashMap<String, String>,
        mut out: W,
    ) -> Result<Self> {
        let mut fields = Vec::new();
        let mut cutter = None;
        if let Some(ids) = ids {
            let names: Vec<&str> = columns.iter().map(|field| field.name().as_str()).collect();
            Ids::check_name(ids.column, &names)?;
            let ids = Cutter::new(ids)?;
            fields.push(Field::new(ids.column, ids.builder.data_type(), true));
            cutter = Some(ids);
        }
        fields.extend(columns);
        let schema = Arc::new(Schema::new(fields).with_metadata(metadata));

        let mut defused = 0;
        let sink = match format {
            OutputFormat::Arrow => {
                let writer = arrow_ipc::writer::FileWriter::try_new(out, &schema);
                Sink::Arrow(Box::new(writer.map_err(arrow_failed)?))
            }
            OutputFormat::Parquet => {
                let properties = WriterProperties::builder()
                    .set_created_by("segengine".to_owned())
                    .set_compression(Compression::ZSTD(Default::default()))
                    .build();
                let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties));
                Sink::Parquet(Box::new(writer.map_err(parquet_failed)?))
            }
            OutputFormat::Csv => {
                let mut head = String::new();
                for (i, field) in schema.fields().iter().enumerate() {
                    head.push_str(if i > 0 { "," } else { "" });
                    defused += push_cell(&mut head, field.name(), ',');
                }
                head.push('\n');
                out.write_all(head.as_bytes()).map_err(write_failed)?;
                Sink::Csv(out)
            }
        };
        Ok(Self { sink, schema, ids: cutter, defused })
    }

    /// Writes the next rows as one batch, with as many of the ids.
    ///
    /// # Errors
    /// If the ids end early or cannot be read, or the file cannot be written.
    pub(super) fn push(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        let n = columns.first().map_or(0, |column| column.len());
        let ids = self.ids.as_mut().map(|ids| ids.take(n)).transpose()?;
        let columns = ids.into_iter().chain(columns).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(arrow_failed)?;
        match &mut self.sink {
            Sink::Arrow(writer) => writer.write(&batch).map_err(arrow_failed),
            Sink::Parquet(writer) => writer.write(&batch).map_err(parquet_failed),
            Sink::Csv(out) => {
                let (text, defused) = csv_text(&batch)?;
                self.defused += defused;
                out.write_all(text.as_bytes()).map_err(write_failed)
            }
        }
    }

    /// Ends the file. Gives the number of text cells that were prefixed with `'`, to keep a
    /// spreadsheet from running them.
    ///
    /// # Errors
    /// If ids are left over, or the file cannot be written.
    pub(super) fn finish(mut self) -> Result<u64> {
        if let Some(ids) = &mut self.ids
            && !ids.is_exhausted()?
        {
            return Err(Error::new(ErrorKind::Changed, "more ids than rows"));
        }
        match self.sink {
            Sink::Arrow(mut writer) => writer.finish().map_err(arrow_failed)?,
            Sink::Parquet(writer) => drop(writer.close().map_err(parquet_failed)?),
            Sink::Csv(mut out) => out.flush().map_err(write_failed)?,
        }
        Ok(self.defused)
    }
}

fn write_failed(error: std::io::Error) -> Error {
    Error::io("cannot write", &error)
}

fn arrow_failed(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, error) => write_failed(error),
        error => Error::new(ErrorKind::Internal, format!("cannot encode the result: {error}")),
    }
}

fn parquet_failed(error: ParquetError) -> Error {
    let message = format!("cannot encode the result: {error}");
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => write_failed(*error),
            Err(_) => Error::new(ErrorKind::Internal, message),
        },
        _ => Error::new(ErrorKind::Internal, message),
    }
}

/// Cuts a stream of id arrays anew.
struct Cutter<'a> {
    column: &'a str,
    values: Box<dyn Iterator<Item = Result<ArrayRef>> + 'a>,
    /// The array being used up, and what of it is left.
    current: Option<(ArrayRef, Range<usize>)>,
    builder: IdBuilder,
}

impl<'a> Cutter<'a> {
    fn new(mut ids: Ids<'a>) -> Result<Self> {
        let first = ids.values.next().transpose()?;
        let first = first.ok_or_else(|| Error::data("has no rows").in_column(ids.column))?;
        let builder = IdBuilder::new(first.data_type()).ok_or_else(|| {
            Error::data(format!("{} cannot be an id (text or integers can)", first.data_type()))
                .in_column(ids.column)
        })?;
        let rows = 0..first.len();
        Ok(Self { column: ids.column, values: ids.values, current: Some((first, rows)), builder })
    }

    /// The next `n` ids.
    fn take(&mut self, n: usize) -> Result<ArrayRef> {
        let mut missing = n;
        while missing > 0 {
            self.refill()?;
            let Some((array, rows)) = &mut self.current else {
                return Err(
                    Error::new(ErrorKind::Changed, "fewer ids than rows").in_column(self.column)
                );
            };
            let now = rows.start..rows.end.min(rows.start + missing);
            rows.start = now.end;
            missing -= now.len();
            self.builder.append(array, now).map_err(|error| error.in_column(self.column))?;
        }
        Ok(self.builder.finish())
    }

    fn is_exhausted(&mut self) -> Result<bool> {
        self.refill()?;
        Ok(self.current.is_none())
    }

    /// Makes `current` the next array with rows left, or `None` at the end.
    fn refill(&mut self) -> Result<()> {
        while self.current.as_ref().is_none_or(|(_, rows)| rows.is_empty()) {
            let next = self.values.next().transpose()?;
            let ended = next.is_none();
            self.current = next.map(|array| {
                let rows = 0..array.len();
                (array, rows)
            });
            if ended {
                break;
            }
        }
        Ok(())
    }
}

/// Defines a builder for every type that ids can have.
macro_rules! id_builder {
    (
        text: $($text:ident($text_builder:ty, $text_type:ident, $text_cast:ident $(::<$offset:ty>)?)),+;
        integers: $($int:ident($int_builder:ty, $int_type:ty)),+;
    ) => {
        enum IdBuilder {
            $($text($text_builder),)+
            $($int($int_builder),)+
        }

        impl IdBuilder {
            fn new(data_type: &DataType) -> Option<Self> {
                match data_type {
                    $(DataType::$text_type => Some(Self::$text(<$text_builder>::new())),)+
                    $(DataType::$int => Some(Self::$int(<$int_builder>::new())),)+
                    _ => None,
                }
            }

            fn data_type(&self) -> DataType {
                match self {
                    $(Self::$text(_) => DataType::$text_type,)+
                    $(Self::$int(_) => DataType::$int,)+
                }
            }

            fn append(&mut self, array: &ArrayRef, rows: Range<usize>) -> Result<()> {
                /// What the narrowest offsets can address.
                const LONGEST: usize = i32::MAX as usize;
                let mixed = || Error::new(ErrorKind::Changed, "changed its type");
                match self {
                    $(Self::$text(builder) => {
                        let array = array.$text_cast $(::<$offset>)? ().ok_or_else(mixed)?;
                        let mut length = 0;
                        for row in rows {
                            if array.is_null(row) {
                                builder.append_null();
                                continue;
                            }
                            let value = array.value(row);
                            length += value.len();
                            if length > LONGEST {
                                return Err(Error::data("ids of neighbouring rows exceed 2 GiB"));
                            }
                            builder.append_value(value);
                        }
                    })+
                    $(Self::$int(builder) => {
                        let array = array.as_primitive_opt::<$int_type>().ok_or_else(mixed)?;
                        for row in rows {
                            builder.append_option(array.is_valid(row).then(|| array.value(row)));
                        }
                    })+
                }
                Ok(())
            }

            fn finish(&mut self) -> ArrayRef {
                match self {
                    $(Self::$text(builder) => Arc::new(builder.finish()),)+
                    $(Self::$int(builder) => Arc::new(builder.finish()),)+
                }
            }
        }
    };
}

id_builder! {
    text: Text(StringBuilder, Utf8, as_string_opt::<i32>),
        LargeText(LargeStringBuilder, LargeUtf8, as_string_opt::<i64>),
        TextView(StringViewBuilder, Utf8View, as_string_view_opt);
    integers: Int8(Int8Builder, Int8Type), Int16(Int16Builder, Int16Type),
        Int32(Int32Builder, Int32Type), Int64(Int64Builder, Int64Type),
        UInt8(UInt8Builder, UInt8Type), UInt16(UInt16Builder, UInt16Type),
        UInt32(UInt32Builder, UInt32Type), UInt64(UInt64Builder, UInt64Type);
}

/// The rows of `batch` as text, and how many cells were defused.
fn csv_text(batch: &RecordBatch) -> Result<(String, u64)> {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(batch.num_rows() * 64);
    let mut defused = 0;
    for row in 0..batch.num_rows() {
        for (i, column) in batch.columns().iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            if column.is_null(row) {
                continue;
            }
            // Writing to a string cannot fail.
            let _ = match column.data_type() {
                DataType::Utf8 => {
                    defused += push_cell(&mut text, column.as_string::<i32>().value(row), ',');
                    Ok(())
                }
                DataType::LargeUtf8 => {
                    defused += push_cell(&mut text, column.as_string::<i64>().value(row), ',');
                    Ok(())
                }
                DataType::Utf8View => {
                    defused += push_cell(&mut text, column.as_string_view().value(row), ',');
                    Ok(())
                }
                DataType::Boolean => write!(text, "{}", column.as_boolean().value(row)),
                // As short as it can be and still be read back to the same bits.
                DataType::Float64 => write!(text, "{:?}", f64_at(column, row)),
                DataType::Float32 => {
                    write!(text, "{:?}", column.as_primitive::<Float32Type>().value(row))
                }
                DataType::Int8 => write!(text, "{}", column.as_primitive::<Int8Type>().value(row)),
                DataType::Int16 => {
                    write!(text, "{}", column.as_primitive::<Int16Type>().value(row))
                }
                DataType::Int32 => {
                    write!(text, "{}", column.as_primitive::<Int32Type>().value(row))
                }
                DataType::Int64 => {
                    write!(text, "{}", column.as_primitive::<Int64Type>().value(row))
                }
                DataType::UInt8 => {
                    write!(text, "{}", column.as_primitive::<UInt8Type>().value(row))
                }
                DataType::UInt16 => {
                    write!(text, "{}", column.as_primitive::<UInt16Type>().value(row))
                }
                DataType::UInt32 => {
                    write!(text, "{}", column.as_primitive::<UInt32Type>().value(row))
                }
                DataType::UInt64 => {
                    write!(text, "{}", column.as_primitive::<UInt64Type>().value(row))
                }
                other => {
                    let message = format!("no text form for {other}");
                    return Err(Error::new(ErrorKind::Internal, message));
                }
            };
        }
        text.push('\n');
    }
    Ok((text, defused))
}

fn f64_at(column: &ArrayRef, row: usize) -> f64 {
    column.as_primitive::<arrow_array::types::Float64Type>().value(row)
}

/// Appends one text cell, defused and quoted as needed, where `separator` stands between cells;
/// returns 1 if it was defused.
///
/// An empty cell is quoted, which tells it from a null.
pub(crate) fn push_cell(text: &mut String, cell: &str, separator: char) -> u64 {
    let dangerous = is_formula(cell);
    // Spreadsheets split at what their country uses, whatever the file does: what is quoted stays one cell.
    let quoted = cell.is_empty() || cell.contains(['"', separator, ',', ';', '\t', '\r', '\n']);
    if quoted {
        text.push('"');
    }
    if dangerous {
        text.push('\'');
    }
    for (i, part) in cell.split('"').enumerate() {
        if i > 0 {
            text.push_str("\"\"");
        }
        text.push_str(part);
    }
    if quoted {
        text.push('"');
    }
    u64::from(dangerous)
}

/// What stands in a CSV file that was written here as `cell`.
pub(super) fn undefused(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|original| is_formula(original)).unwrap_or(cell)
}

/// Whether a spreadsheet might run `cell`, or whether it looks like a cell that was defused: those
/// get one more `'`, so that taking exactly one away always gives the original back.
fn is_formula(cell: &str) -> bool {
    let cell = cell.trim_start_matches('\'');
    let starts = |cell: &str| {
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0'])
            || cell.starts_with(['\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
    };
    let is_blank = |c: char| {
        (c.is_whitespace() && !matches!(c, '\t' | '\r' | '\n'))
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{180e}')
    };
    starts(cell.trim_start_matches(is_blank))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_found_behind_blanks_and_in_full_width() {
        for cell in ["=1", "+1", "-1", "@A", "\t1", "\r=", "\n", "\0x", " =1", "\u{feff}=1"] {
            assert!(is_formula(cell), "{cell:?}");
        }
        for cell in ["\u{200b}\u{a0}@x", "\u{ff1d}1", "'=1", "''-"] {
            assert!(is_formula(cell), "{cell:?}");
        }
        for cell in ["", "a=1", "1-2", "'tis", "é", " x", "'"] {
            assert!(!is_formula(cell), "{cell:?}");
        }
    }

    #[test]
    fn what_was_defused_comes_back() {
        for cell in ["=1", "'=1", "''-", "\u{a0}@x", "'tis", "'", "''", "a=1", "x"] {
            let mut text = String::new();
            push_cell(&mut text, cell, ',');
            assert_eq!(undefused(&text), cell);
        }
    }
}
