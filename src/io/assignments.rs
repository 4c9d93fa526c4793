//! The segment of every input row, as an Arrow, Parquet or CSV file.
//!
//! Written batch by batch: the ids are streamed from the input while the segments are computed, so
//! that memory does not grow with the table. Batches are cut by row number and their buffers built
//! anew, so the bytes do not depend on how the input was batched or on the number of threads, and
//! null slots hold zeros.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{
    Int8Builder, Int16Builder, Int32Builder, Int64Builder, LargeStringBuilder, StringBuilder,
    StringViewBuilder, UInt8Builder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, UInt32Array};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Assignment, Segment};

/// The kinds of file that assignments can be written as.
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

/// The columns beside the ids.
const COLUMNS: [&str; 4] = ["segment", "segment_name", "distance", "margin"];

/// The id column of the input: its name, and its values in row order, in arrays of any length but
/// of one type.
pub struct Ids<'a> {
    /// The column's name in the input, which it keeps in the assignments.
    pub column: &'a str,
    /// Text of any layout, or integers; dictionaries decoded.
    pub values: Box<dyn Iterator<Item = Result<ArrayRef>> + 'a>,
}

impl Ids<'_> {
    /// Checks that assignments can have a column of ids of this name, before there are any.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] if another of their columns is called so.
    pub fn check_name(column: &str) -> Result<()> {
        if !COLUMNS.contains(&column) {
            return Ok(());
        }
        let message = "cannot be the id, since the assignments have a column of this name (any \
                       other name is accepted)";
        let error = Error::data(message).in_column(column);
        Err(error.with_hint("rename the column, or name another with --id"))
    }
}

/// Writes assignments to `W`.
pub struct AssignmentWriter<'a, W: Write + Send> {
    sink: Sink<W>,
    schema: SchemaRef,
    ids: Option<Cutter<'a>>,
    segments: &'a [Segment],
    defused: u64,
}

enum Sink<W: Write + Send> {
    Arrow(Box<arrow_ipc::writer::FileWriter<W>>),
    Parquet(Box<ArrowWriter<W>>),
    Csv(W),
}

impl<'a, W: Write + Send> AssignmentWriter<'a, W> {
    /// Starts a file of rows of `segments`.
    ///
    /// # Errors
    /// If the ids cannot be read or have a type or a name that ids cannot have, or `out` fails.
    pub fn new(
        format: OutputFormat,
        ids: Option<Ids<'a>>,
        segments: &'a [Segment],
        mut out: W,
    ) -> Result<Self> {
        let mut fields = Vec::new();
        let mut cutter = None;
        if let Some(ids) = ids {
            Ids::check_name(ids.column)?;
            let ids = Cutter::new(ids)?;
            fields.push(Field::new(ids.column, ids.builder.data_type(), true));
            cutter = Some(ids);
        }
        let types = [DataType::UInt32, DataType::Utf8, DataType::Float64, DataType::Float64];
        let others = COLUMNS.into_iter().zip(types);
        fields.extend(others.map(|(name, data_type)| Field::new(name, data_type, true)));
        let schema = Arc::new(Schema::new(fields));

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
                    defused += push_cell(&mut head, field.name());
                }
                head.push('\n');
                out.write_all(head.as_bytes()).map_err(write_failed)?;
                Sink::Csv(out)
            }
        };
        Ok(Self { sink, schema, ids: cutter, segments, defused })
    }

    /// Writes the next rows as one batch, with as many of the ids.
    ///
    /// # Errors
    /// If the ids end early or cannot be read, or the file cannot be written.
    pub fn push(&mut self, rows: Assignment) -> Result<()> {
        let n = rows.segment.len();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(5);
        if let Some(ids) = &mut self.ids {
            columns.push(ids.take(n)?);
        }
        let valid = rows.valid.map(NullBuffer::new);
        let mut names = StringBuilder::new();
        for (row, &segment) in rows.segment.iter().enumerate() {
            if valid.as_ref().is_some_and(|valid| valid.is_null(row)) {
                names.append_null();
                continue;
            }
            let segment = self.segments.get(segment as usize).ok_or_else(|| {
                Error::new(ErrorKind::Internal, "a row of a segment that does not exist")
            })?;
            names.append_value(&segment.name);
        }
        let floats = |values: Vec<f64>| Float64Array::new(values.into(), valid.clone());
        let margin = rows.margin.map_or_else(|| Float64Array::new_null(n), floats);
        columns.push(Arc::new(UInt32Array::new(rows.segment.into(), valid.clone())));
        columns.push(Arc::new(names.finish()));
        columns.push(Arc::new(floats(rows.distance)));
        columns.push(Arc::new(margin));

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
    pub fn finish(mut self) -> Result<u64> {
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
                    defused += push_cell(&mut text, column.as_string::<i32>().value(row));
                    Ok(())
                }
                DataType::LargeUtf8 => {
                    defused += push_cell(&mut text, column.as_string::<i64>().value(row));
                    Ok(())
                }
                DataType::Utf8View => {
                    defused += push_cell(&mut text, column.as_string_view().value(row));
                    Ok(())
                }
                // As short as it can be and still be read back to the same bits.
                DataType::Float64 => write!(text, "{:?}", f64_at(column, row)),
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

/// Appends one text cell, defused and quoted as needed; returns 1 if it was defused.
///
/// An empty cell is quoted, which tells it from a null.
fn push_cell(text: &mut String, cell: &str) -> u64 {
    let dangerous = is_formula(cell);
    let quoted = cell.is_empty() || cell.contains(['"', ',', '\r', '\n']);
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
    use arrow_array::{Int64Array, StringArray, StringViewArray};

    use super::*;

    fn segments() -> [Segment; 2] {
        [0, 1].map(|id| Segment { id, name: format!("Segment {}", id + 1), size: 2 })
    }

    /// Writes two batches (3 and 2 rows, the second row unassigned) with the given id arrays.
    fn written(format: OutputFormat, ids: Option<Vec<ArrayRef>>) -> Result<(Vec<u8>, u64)> {
        let segments = segments();
        let ids = ids
            .map(|arrays| Ids { column: "customer", values: Box::new(arrays.into_iter().map(Ok)) });
        let mut out = Vec::new();
        let mut writer = AssignmentWriter::new(format, ids, &segments, &mut out)?;
        writer.push(Assignment {
            rows: 0..3,
            valid: Some(vec![true, false, true].into()),
            segment: vec![1, 0, 0],
            distance: vec![0.1, 0.0, 1e300],
            margin: Some(vec![2.0, 0.0, -0.0]),
        })?;
        writer.push(Assignment {
            rows: 3..5,
            valid: None,
            segment: vec![0, 1],
            distance: vec![3.0, 4.0],
            margin: None,
        })?;
        let defused = writer.finish()?;
        Ok((out, defused))
    }

    fn views(cuts: &[&[Option<&str>]]) -> Vec<ArrayRef> {
        cuts.iter()
            .map(|cut| Arc::new(StringViewArray::from_iter(cut.iter().copied())) as ArrayRef)
            .collect()
    }

    #[test]
    fn csv_tells_null_from_empty_and_defuses() {
        let ids = views(&[&[Some("=1+1"), None, Some("")], &[Some("a,\"b\""), Some("-5")]]);
        let (bytes, defused) = written(OutputFormat::Csv, Some(ids)).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "customer,segment,segment_name,distance,margin\n\
             '=1+1,1,Segment 2,0.1,2.0\n\
             ,,,,\n\
             \"\",0,Segment 1,1e300,-0.0\n\
             \"a,\"\"b\"\"\",0,Segment 1,3.0,\n\
             '-5,1,Segment 2,4.0,\n"
        );
        assert_eq!(defused, 2);
    }

    #[test]
    fn numbers_are_not_defused() {
        let ids: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![-5, 1, i64::MAX, 0, 2]))];
        let (bytes, defused) = written(OutputFormat::Csv, Some(ids)).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\n-5,1,") && text.contains("\n9223372036854775807,0,"), "{text}");
        assert_eq!(defused, 0);
    }

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
    fn bytes_do_not_depend_on_how_the_ids_were_cut() {
        let all = [Some("a long id that a view keeps apart"), None, Some("b"), Some("c"), Some("")];
        for format in [OutputFormat::Arrow, OutputFormat::Parquet, OutputFormat::Csv] {
            let whole = written(format, Some(views(&[&all]))).unwrap();
            for cuts in [vec![&all[..0], &all[..1], &all[1..]], vec![&all[..4], &all[4..]]] {
                assert_eq!(written(format, Some(views(&cuts))).unwrap(), whole, "{format:?}");
            }
            // A slice of a larger array carries bytes that are not the rows'.
            let mut longer = vec![Some("another id that a view keeps apart")];
            longer.extend(all);
            let sliced = views(&[&longer])[0].slice(1, 5);
            assert_eq!(written(format, Some(vec![sliced])).unwrap(), whole, "{format:?}");
        }
    }

    #[test]
    fn arrow_and_parquet_read_back_alike() {
        let ids: Vec<ArrayRef> =
            vec![Arc::new(StringArray::from(vec![Some("x"), None, Some("=y"), Some("z"), None]))];
        let (arrow, _) = written(OutputFormat::Arrow, Some(ids.clone())).unwrap();
        let reader =
            arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(arrow), None).unwrap();
        assert_eq!(reader.schema().field(0).name(), "customer");
        let batches: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(batches[0].column(0).as_string::<i32>().value(2), "=y");

        let (parquet, _) = written(OutputFormat::Parquet, Some(ids)).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(
            bytes::Bytes::from(parquet),
            3,
        )
        .unwrap();
        let again: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
        for (a, b) in batches.iter().zip(&again) {
            assert_eq!(a.columns(), b.columns());
        }
    }

    #[test]
    fn without_ids_there_is_no_id_column() {
        let (bytes, _) = written(OutputFormat::Csv, None).unwrap();
        assert!(bytes.starts_with(b"segment,segment_name,distance,margin\n1,Segment 2,"));
    }

    #[test]
    fn ids_keep_the_name_of_their_column_unless_it_is_taken() {
        let segments = segments();
        let header = |column: &str, format| {
            let array: ArrayRef = Arc::new(Int64Array::from(vec![1]));
            let ids = Ids { column, values: Box::new(std::iter::once(Ok(array))) };
            let mut out = Vec::new();
            let writer = AssignmentWriter::new(format, Some(ids), &segments, &mut out)?;
            let defused = writer.defused;
            drop(writer);
            Ok::<_, Error>((String::from_utf8_lossy(&out).into_owned(), defused))
        };
        for (column, cell, defused) in
            [("a \"b\", c", "\"a \"\"b\"\", c\"", 0), ("=1+1", "'=1+1", 1), ("", "\"\"", 0)]
        {
            let (text, n) = header(column, OutputFormat::Csv).unwrap();
            assert_eq!(text, format!("{cell},segment,segment_name,distance,margin\n"));
            assert_eq!(n, defused);
        }
        for format in [OutputFormat::Arrow, OutputFormat::Parquet, OutputFormat::Csv] {
            for column in COLUMNS {
                let error = header(column, format).unwrap_err();
                assert_eq!((error.kind(), error.column()), (ErrorKind::Data, Some(column)));
            }
        }
    }

    #[test]
    fn ids_that_do_not_match_the_rows_are_refused() {
        let few = views(&[&[Some("a"); 4]]);
        let many = views(&[&[Some("a"); 6]]);
        let floats: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(vec![1.0; 5]))];
        assert_eq!(written(OutputFormat::Arrow, Some(few)).unwrap_err().kind(), ErrorKind::Changed);
        assert_eq!(
            written(OutputFormat::Arrow, Some(many)).unwrap_err().kind(),
            ErrorKind::Changed
        );
        assert_eq!(written(OutputFormat::Arrow, Some(floats)).unwrap_err().kind(), ErrorKind::Data);
    }
}
