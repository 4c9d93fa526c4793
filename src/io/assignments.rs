//! The segment of every input row, as a file.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, StringArray, UInt32Array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};

use super::row_writer::{Ids, OutputFormat, RowWriter};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Assignment, Segment};
use crate::segments::Membership;

/// The columns of assignments beside the ids. The last ones, from [`N_PLAIN`] on, say what changed, and
/// are there where that is known.
pub(crate) const ASSIGNMENT_COLUMNS: [&str; 9] = [
    "segment",
    "segment_name",
    "distance",
    "margin",
    "confidence",
    "is_far",
    "previous_segment",
    "previous_segment_name",
    "changed_on",
];

/// How many columns say what is, not what was.
const N_PLAIN: usize = 6;

/// Writes assignments to `W`.
pub struct AssignmentWriter<'a, W: Write + Send> {
    rows: RowWriter<'a, W>,
    segments: &'a [Segment],
}

impl<'a, W: Write + Send> AssignmentWriter<'a, W> {
    /// Starts a file of rows of `segments`, whose ids ascend.
    ///
    /// # Errors
    /// If the ids cannot be read or have a type or a name that ids cannot have, or `out` fails.
    pub fn new(
        format: OutputFormat,
        ids: Option<Ids<'a>>,
        segments: &'a [Segment],
        out: W,
    ) -> Result<Self> {
        Self::with_columns(N_PLAIN, format, ids, segments, out)
    }

    /// As [`new`](Self::new), for rows of which is known what changed: they are
    /// [pushed with that](Self::push_with).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_changes(
        format: OutputFormat,
        ids: Option<Ids<'a>>,
        segments: &'a [Segment],
        out: W,
    ) -> Result<Self> {
        Self::with_columns(ASSIGNMENT_COLUMNS.len(), format, ids, segments, out)
    }

    fn with_columns(
        n: usize,
        format: OutputFormat,
        ids: Option<Ids<'a>>,
        segments: &'a [Segment],
        out: W,
    ) -> Result<Self> {
        const TYPES: [DataType; ASSIGNMENT_COLUMNS.len()] = [
            DataType::UInt32,
            DataType::Utf8,
            DataType::Float64,
            DataType::Float64,
            DataType::Float64,
            DataType::Boolean,
            DataType::UInt32,
            DataType::Utf8,
            DataType::Utf8,
        ];
        if let Some(ids) = &ids {
            // Also of columns that are not written now: a later file has them under the same id.
            Ids::check_name(ids.column, &ASSIGNMENT_COLUMNS)?;
        }
        let columns = ASSIGNMENT_COLUMNS.into_iter().zip(TYPES).take(n);
        let fields = columns.map(|(name, data_type)| Field::new(name, data_type, true)).collect();
        let rows = RowWriter::new(format, ids, fields, HashMap::new(), out)?;
        Ok(Self { rows, segments })
    }

    /// Writes the next rows as one batch, with as many of the ids.
    ///
    /// # Errors
    /// If the ids end early or cannot be read, or the file cannot be written.
    pub fn push(&mut self, rows: Assignment) -> Result<()> {
        let columns = self.columns(rows)?;
        self.rows.push(columns)
    }

    /// As [`push`](Self::push), with what changed: one of `members` per row, whose segment is that of
    /// the row. `name_of` names the segments before, also those that are no more.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_with<'n>(
        &mut self,
        rows: Assignment,
        members: &[Membership],
        name_of: impl Fn(u32) -> Option<&'n str>,
    ) -> Result<()> {
        let mut columns = self.columns(rows)?;
        let previous = || members.iter().map(|member| member.previous);
        let names = previous().map(|previous| previous.and_then(&name_of));
        let mut days = StringBuilder::new();
        for member in members {
            days.append_option(member.changed_on.map(|day| day.to_string()));
        }
        columns.push(Arc::new(previous().collect::<UInt32Array>()));
        columns.push(Arc::new(names.collect::<StringArray>()));
        columns.push(Arc::new(days.finish()));
        self.rows.push(columns)
    }

    fn columns(&self, rows: Assignment) -> Result<Vec<ArrayRef>> {
        let n = rows.segment.len();
        let valid = rows.valid.map(NullBuffer::new);
        let mut names = StringBuilder::new();
        for (row, &segment) in rows.segment.iter().enumerate() {
            if valid.as_ref().is_some_and(|valid| valid.is_null(row)) {
                names.append_null();
                continue;
            }
            let found = self.segments.binary_search_by_key(&segment, |segment| segment.id);
            let found = found.map_err(|_| {
                Error::new(ErrorKind::Internal, "a row of a segment that does not exist")
            })?;
            names.append_value(&self.segments[found].name);
        }
        let floats = |values: Vec<f64>| Float64Array::new(values.into(), valid.clone());
        let if_several =
            |values: Option<Vec<f64>>| values.map_or_else(|| Float64Array::new_null(n), floats);
        Ok(vec![
            Arc::new(UInt32Array::new(rows.segment.into(), valid.clone())),
            Arc::new(names.finish()),
            Arc::new(floats(rows.distance)),
            Arc::new(if_several(rows.margin)),
            Arc::new(if_several(rows.confidence)),
            Arc::new(BooleanArray::new(rows.is_far.into(), valid.clone())),
        ])
    }

    /// Ends the file. Gives the number of text cells that were prefixed with `'`, to keep a
    /// spreadsheet from running them.
    ///
    /// # Errors
    /// If ids are left over, or the file cannot be written.
    pub fn finish(self) -> Result<u64> {
        self.rows.finish()
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray as _;
    use arrow_array::{Int64Array, RecordBatch, StringArray, StringViewArray};

    use super::*;
    use crate::history::Day;

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
            confidence: Some(vec![0.75, 0.0, 0.0]),
            is_far: vec![false, false, true],
        })?;
        writer.push(Assignment {
            rows: 3..5,
            valid: None,
            segment: vec![0, 1],
            distance: vec![3.0, 4.0],
            margin: None,
            confidence: None,
            is_far: vec![true, false],
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
            "customer,segment,segment_name,distance,margin,confidence,is_far\n\
             '=1+1,1,Segment 2,0.1,2.0,0.75,false\n\
             ,,,,,,\n\
             \"\",0,Segment 1,1e300,-0.0,0.0,true\n\
             \"a,\"\"b\"\"\",0,Segment 1,3.0,,,true\n\
             '-5,1,Segment 2,4.0,,,false\n"
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
    fn names_are_those_of_the_ids() {
        let segments = [3, 8].map(|id| Segment { id, name: format!("s{id}"), size: 1 });
        let rows = |segment| Assignment {
            rows: 0..2,
            valid: None,
            segment,
            distance: vec![1.0, 2.0],
            margin: None,
            confidence: None,
            is_far: vec![false; 2],
        };
        let mut out = Vec::new();
        let mut writer =
            AssignmentWriter::new(OutputFormat::Csv, None, &segments, &mut out).unwrap();
        writer.push(rows(vec![8, 3])).unwrap();
        assert_eq!(writer.push(rows(vec![0, 3])).unwrap_err().kind(), ErrorKind::Internal);
        drop(writer);
        assert!(out.is_empty() || out.ends_with(b"\n8,s8,1.0,,,false\n3,s3,2.0,,,false\n"));
    }

    #[test]
    fn without_ids_there_is_no_id_column() {
        let (bytes, _) = written(OutputFormat::Csv, None).unwrap();
        assert!(
            bytes.starts_with(b"segment,segment_name,distance,margin,confidence,is_far\n1,Seg")
        );
    }

    #[test]
    fn ids_keep_the_name_of_their_column_unless_it_is_taken() {
        let segments = segments();
        let header = |column: &str, format| {
            let array: ArrayRef = Arc::new(Int64Array::from(vec![1]));
            let ids = Ids { column, values: Box::new(std::iter::once(Ok(array))) };
            let mut out = Vec::new();
            let writer = AssignmentWriter::new(format, Some(ids), &segments, &mut out)?;
            drop(writer);
            Ok::<_, Error>(String::from_utf8_lossy(&out).into_owned())
        };
        for (column, cell) in
            [("a \"b\", c", "\"a \"\"b\"\", c\""), ("=1+1", "'=1+1"), ("", "\"\"")]
        {
            let text = header(column, OutputFormat::Csv).unwrap();
            let columns = ASSIGNMENT_COLUMNS[..N_PLAIN].join(",");
            assert_eq!(text, format!("{cell},{columns}\n"));
        }
        for format in [OutputFormat::Arrow, OutputFormat::Parquet, OutputFormat::Csv] {
            for column in ASSIGNMENT_COLUMNS {
                let error = header(column, format).unwrap_err();
                assert_eq!((error.kind(), error.column()), (ErrorKind::Data, Some(column)));
            }
        }
    }

    #[test]
    fn changes_stand_beside_what_is() {
        let segments = segments();
        let rows = Assignment {
            rows: 0..3,
            valid: Some(vec![true, true, false].into()),
            segment: vec![1, 0, 0],
            distance: vec![0.5, 1.0, 0.0],
            margin: Some(vec![0.5, 0.0, 0.0]),
            confidence: Some(vec![0.5, 0.0, 0.0]),
            is_far: vec![false, true, false],
        };
        let members = [
            Membership {
                segment: Some(1),
                previous: Some(7),
                changed_on: Day::parse("2018-03-01"),
            },
            Membership { segment: Some(0), ..Membership::default() },
            Membership { segment: None, previous: Some(0), changed_on: None },
        ];
        let name_of = |id| if id == 7 { Some("=gone") } else { None };
        let mut out = Vec::new();
        let mut writer =
            AssignmentWriter::with_changes(OutputFormat::Csv, None, &segments, &mut out).unwrap();
        writer.push_with(rows, &members, name_of).unwrap();
        assert_eq!(writer.finish().unwrap(), 1);
        let text = String::from_utf8(out).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(&*ASSIGNMENT_COLUMNS.join(",")));
        let rest: Vec<_> = lines.collect();
        assert_eq!(
            rest,
            [
                "1,Segment 2,0.5,0.5,0.5,false,7,'=gone,2018-03-01",
                "0,Segment 1,1.0,0.0,0.0,true,,,",
                ",,,,,,0,,",
            ]
        );
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
