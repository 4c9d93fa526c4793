//! Tables row by row, their cells by the names of columns, whatever kind of file they are in.
//!
//! For tables of which every cell means something by itself (keys, times, amounts), so that no
//! column needs a type before it is read: a CSV file is read once.

use std::borrow::Cow;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::{DataType, TimeUnit};
use csv::ByteRecord;

use super::columns::{self, Use};
use super::csv::{Rows, is_missing};
use super::ids;
use super::ipc::Ipc;
use super::kind::{self, FileKind};
use super::limits::MemoryLimit;
use super::numerals::parse_number;
use super::parquet::Parquet;
use super::source::Source;
use crate::error::{Error, ErrorKind, Result};
use crate::history::{Day, Moment, Money};
use crate::monitor::Monitor;
use crate::table::Chunk;

/// A table that is open, with the names of its columns.
#[derive(Debug)]
pub(super) struct Records {
    source: Source,
    format: Format,
    names: Vec<String>,
    /// Columns of no type, which hold nothing.
    empty: Vec<bool>,
}

#[derive(Debug)]
enum Format {
    Csv { head: Vec<u8> },
    Ipc(Ipc),
    Parquet(Parquet),
}

/// What was read of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rows: u64,
    /// Per column that was asked for: cells without a value.
    pub(super) missing: Vec<u64>,
}

impl Records {
    /// Opens a table and reads the names of its columns.
    ///
    /// # Errors
    /// As [`open`](super::open), but for those of values.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let source = Source::open(path, MemoryLimit::detect(), |_| None)?;
        let open = || -> Result<Self> {
            let head = source.copy(0, source.len().min(kind::HEAD_LEN as u64) as usize)?;
            let source = source.clone();
            let format = match kind::detect(&head)? {
                FileKind::ArrowFile => Format::Ipc(Ipc::open_file(source.clone())?),
                FileKind::ArrowStream => Format::Ipc(Ipc::open_stream(source.clone())?),
                FileKind::Parquet => Format::Parquet(Parquet::open(source.clone())?),
                FileKind::Csv => Format::Csv { head: head.to_vec() },
            };
            let fields = match &format {
                Format::Ipc(ipc) => ipc.fields(),
                Format::Parquet(parquet) => parquet.fields(),
                Format::Csv { head } => {
                    let names = Rows::of(&source, head).header()?;
                    let empty = vec![false; names.len()];
                    return Ok(Self { source, format, names, empty });
                }
            };
            let names = fields.iter().map(|field| field.name().clone()).collect();
            let empty = fields.iter().map(|field| *field.data_type() == DataType::Null).collect();
            Ok(Self { source, format, names, empty })
        };
        open().map_err(|error| source.explain(error.in_file(path)))
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether it is text, of which a spreadsheet might run some.
    pub(super) fn is_csv(&self) -> bool {
        matches!(self.format, Format::Csv { .. })
    }

    /// The position of a column, if it is there.
    ///
    /// # Errors
    /// If several columns have the name.
    pub(super) fn find(&self, name: &str) -> Result<Option<usize>> {
        let mut found = self.names.iter().enumerate().filter(|(_, other)| *other == name);
        let first = found.next().map(|(column, _)| column);
        if found.next().is_some() {
            let message = "several columns have this name (each column in use needs its own)";
            return Err(Error::data(message).in_column(name).in_file(self.source.path()));
        }
        Ok(first)
    }

    /// That a column which must be there is not.
    pub(super) fn lacks(&self, name: &str) -> Error {
        columns::missing(self.names.iter(), name).in_file(self.source.path())
    }

    /// Hands every row to `each`, which asks for cells by their position in `columns`; those of a
    /// column that is not there are missing.
    ///
    /// # Errors
    /// If the file is damaged or changed meanwhile, or `monitor` cancels; and those of `each`. All name
    /// the file.
    pub(super) fn read(
        &self,
        columns: &[Option<usize>],
        monitor: &dyn Monitor,
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<Tally> {
        let holds = |column: &Option<usize>| column.filter(|&column| !self.empty[column]);
        let columns: &[Option<usize>] = &columns.iter().map(holds).collect::<Vec<_>>();
        let mut tally = Tally { rows: 0, missing: vec![0; columns.len()] };
        let mut take = |cells: Cells<'_>| -> Result<()> {
            /// Rows between two looks at the monitor.
            const LOOK: u64 = 1 << 14;
            tally.rows += 1;
            if tally.rows.is_multiple_of(LOOK) && monitor.cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "interrupted"));
            }
            let row = Row { cells, columns, names: &self.names, row: tally.rows };
            for (position, missing) in tally.missing.iter_mut().enumerate() {
                *missing += u64::from(row.cell(position).is_missing());
            }
            each(&row)
        };
        let outcome = match &self.format {
            Format::Csv { head } => read_csv(&self.source, head, &mut take),
            Format::Ipc(ipc) => {
                read_batches(columns, &mut take, |there, sink| ipc.read(there, sink))
            }
            Format::Parquet(parquet) => {
                read_batches(columns, &mut take, |there, sink| parquet.read(there, sink))
            }
        };
        let in_file = |error: Error| match error.kind() {
            ErrorKind::Cancelled => error,
            _ => self.source.explain(error.in_file(self.source.path())),
        };
        outcome.and_then(|()| self.source.check_unchanged()).map_err(in_file)?;
        Ok(tally)
    }
}

type Take<'a> = dyn FnMut(Cells<'_>) -> Result<()> + 'a;

fn read_csv(source: &Source, head: &[u8], take: &mut Take<'_>) -> Result<()> {
    let mut rows = Rows::of(source, head);
    rows.header()?;
    while rows.next()? {
        take(Cells::Record(rows.record()))?;
    }
    Ok(())
}

/// What takes the arrays of a batch one after the other, each with its position.
type Sink<'a> = dyn FnMut(usize, ArrayRef) -> Result<()> + 'a;

fn read_batches(
    columns: &[Option<usize>],
    take: &mut Take<'_>,
    read: impl FnOnce(&[usize], &mut Sink<'_>) -> Result<()>,
) -> Result<()> {
    // Each column of the file once, though it may be asked for in several places.
    let mut there: Vec<usize> = columns.iter().copied().flatten().collect();
    there.sort_unstable();
    there.dedup();
    let of_file = |column: &Option<usize>| there.iter().position(|there| Some(*there) == *column);
    let lane_of: Vec<Option<usize>> = columns.iter().map(of_file).collect();
    let mut lanes: Vec<Option<Lane>> = there.iter().map(|_| None).collect();
    let mut n_lanes = 0;
    read(&there, &mut |at, array| {
        lanes[at] = Some(Lane::new(&array)?);
        n_lanes += 1;
        if n_lanes == there.len() {
            n_lanes = 0;
            for row in 0..array.len() {
                take(Cells::Batch { lanes: &lanes, lane_of: &lane_of, row })?;
            }
        }
        Ok(())
    })
}

/// A column of a batch.
enum Lane {
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    /// Integers, which may be keys of more digits than a float has.
    Texts(Vec<Option<String>>),
    Numbers(Chunk),
    /// In so many parts of a second, or for dates of a day.
    Moments(Chunk, Ticks),
    /// No column of a kind that has cells.
    Nothing(String),
}

/// What times count.
#[derive(Clone, Copy)]
enum Ticks {
    PerSecond(i64),
    Days,
}

impl Lane {
    fn new(array: &ArrayRef) -> Result<Self> {
        let array = columns::plain(array)?;
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string().clone()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string().clone()),
            DataType::Utf8View => Self::TextView(array.as_string_view().clone()),
            integers if integers.is_integer() => Self::Texts(ids::texts(&array)),
            DataType::Date32 => Self::Moments(columns::chunk(&array)?, Ticks::Days),
            DataType::Date64 => Self::Moments(columns::chunk(&array)?, Ticks::PerSecond(1000)),
            // What the shop's clock showed then, only somebody who knows zones can tell.
            zoned @ DataType::Timestamp(_, Some(_)) => Self::Nothing(zoned.to_string()),
            DataType::Timestamp(unit, None) => {
                let ticks = match unit {
                    TimeUnit::Second => 1,
                    TimeUnit::Millisecond => 1_000,
                    TimeUnit::Microsecond => 1_000_000,
                    TimeUnit::Nanosecond => 1_000_000_000,
                };
                Self::Moments(columns::chunk(&array)?, Ticks::PerSecond(ticks))
            }
            other if columns::use_of(other) == Use::Number => {
                Self::Numbers(columns::chunk(&array)?)
            }
            other => Self::Nothing(other.to_string()),
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let text = |is_valid: bool, text| if is_valid { Cell::Text(text) } else { Cell::Null };
        let is_valid =
            |chunk: &Chunk| chunk.validity().is_none_or(|validity| validity.is_valid(row));
        match self {
            Self::Text(array) => text(array.is_valid(row), array.value(row)),
            Self::LargeText(array) => text(array.is_valid(row), array.value(row)),
            Self::TextView(array) => text(array.is_valid(row), array.value(row)),
            Self::Texts(texts) => texts[row].as_deref().map_or(Cell::Null, Cell::Text),
            Self::Numbers(chunk) if is_valid(chunk) => match chunk.values().get(row) {
                x if x.is_nan() => Cell::Null,
                x => Cell::Number(x),
            },
            Self::Moments(chunk, ticks) if is_valid(chunk) => {
                let ticked = chunk.values().integer(row).unwrap_or_default();
                Cell::Seconds(match ticks {
                    Ticks::Days => ticked.saturating_mul(86_400),
                    Ticks::PerSecond(ticks) => ticked.div_euclid(*ticks),
                })
            }
            Self::Numbers(_) | Self::Moments(..) => Cell::Null,
            Self::Nothing(data_type) => Cell::Other(data_type),
        }
    }
}

enum Cells<'a> {
    Record(&'a ByteRecord),
    /// A lane per column of the file, and which of them each column that was asked for is.
    Batch {
        lanes: &'a [Option<Lane>],
        lane_of: &'a [Option<usize>],
        row: usize,
    },
}

/// A row of a table.
pub(super) struct Row<'a> {
    cells: Cells<'a>,
    columns: &'a [Option<usize>],
    names: &'a [String],
    row: u64,
}

/// What stands in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell<'a> {
    Null,
    Text(&'a str),
    Number(f64),
    /// Since 1970 began.
    Seconds(i64),
    /// Something of this type, which means nothing here.
    Other(&'a str),
}

impl Cell<'_> {
    fn is_missing(self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => is_missing(text.trim_matches(' ')),
            _ => false,
        }
    }
}

impl Row<'_> {
    /// The number of the row, from 1.
    pub(super) fn number(&self) -> u64 {
        self.row
    }

    fn cell(&self, position: usize) -> Cell<'_> {
        match &self.cells {
            Cells::Record(record) => {
                let cell = self.columns[position].and_then(|column| record.get(column));
                // The record was checked to be UTF-8.
                Cell::Text(std::str::from_utf8(cell.unwrap_or_default()).unwrap_or_default())
            }
            Cells::Batch { lanes, lane_of, row } => {
                let lane = lane_of[position].and_then(|lane| lanes[lane].as_ref());
                lane.map_or(Cell::Null, |lane| lane.cell(*row))
            }
        }
    }

    /// Text as it stands; `None` where there is none or it is empty.
    ///
    /// # Errors
    /// If it is no text or number.
    pub(super) fn text(&self, position: usize) -> Result<Option<Cow<'_, str>>> {
        match self.cell(position) {
            Cell::Null | Cell::Text("") => Ok(None),
            Cell::Text(text) => Ok(Some(Cow::Borrowed(text))),
            // As a key was written before something took it for a number.
            Cell::Number(x) => Ok(Some(Cow::Owned(format!("{x}")))),
            Cell::Seconds(_) | Cell::Other(_) => Err(self.refuse(position, "text")),
        }
    }

    /// A key; `None` where it is missing.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub(super) fn key(&self, position: usize) -> Result<Option<Cow<'_, str>>> {
        if self.cell(position).is_missing() {
            return Ok(None);
        }
        Ok(self.text(position)?.map(|key| match key {
            Cow::Borrowed(key) => Cow::Borrowed(key.trim_matches(' ')),
            owned => owned,
        }))
    }

    /// A key that must be there.
    ///
    /// # Errors
    /// If it is missing, and as [`text`](Self::text).
    pub(super) fn needed_key(&self, position: usize) -> Result<Cow<'_, str>> {
        let key = self.key(position)?;
        key.ok_or_else(|| self.error(position, "is empty (every row needs one)"))
    }

    /// A moment; `None` where it is missing.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn moment(&self, position: usize) -> Result<Option<Moment>> {
        self.moment_by(position, &|text| Moment::parse(text), "a time like 2018-03-01 17:30:00")
    }

    /// A moment as `parse` has it; `None` where it is missing.
    ///
    /// # Errors
    /// If it is something else than `wanted`.
    pub(super) fn moment_by(
        &self,
        position: usize,
        parse: &dyn Fn(&str) -> Option<Moment>,
        wanted: &str,
    ) -> Result<Option<Moment>> {
        let cell = self.cell(position);
        if cell.is_missing() {
            return Ok(None);
        }
        let moment = match cell {
            Cell::Text(text) => parse(text.trim_matches(' ')),
            Cell::Seconds(seconds) => Moment::from_seconds(seconds),
            _ => None,
        };
        let refuse = || self.refuse(position, &format!("{wanted}, from 1970 to 2105,"));
        moment.map(Some).ok_or_else(refuse)
    }

    /// The day of a moment; `None` where it is missing.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn day(&self, position: usize) -> Result<Option<Day>> {
        Ok(self.moment(position)?.map(Moment::day))
    }

    /// A number; `None` where it is missing.
    ///
    /// # Errors
    /// If it is something else, or not finite.
    pub(super) fn real(&self, position: usize) -> Result<Option<f64>> {
        let cell = self.cell(position);
        if cell.is_missing() {
            return Ok(None);
        }
        let number = match cell {
            Cell::Text(text) => parse_number(text.trim_matches(' ')),
            Cell::Number(x) => Some(x),
            _ => None,
        };
        let number = number.filter(|x| x.is_finite());
        number.map(Some).ok_or_else(|| self.refuse(position, "a number like 12.5"))
    }

    /// A whole number from `least` to `most`; `None` where it is missing.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn whole(&self, position: usize, least: u32, most: u32) -> Result<Option<u32>> {
        let Some(x) = self.real(position)? else { return Ok(None) };
        let fits = x.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&x);
        if !fits {
            let wanted = format!("a whole number from {least} to {most}");
            return Err(self.refuse(position, &wanted));
        }
        Ok(Some(x as u32))
    }

    /// The number of a row within its order, 0 where it has none.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn number_in_order(&self, position: usize) -> Result<u16> {
        Ok(self.whole(position, 0, u16::MAX.into())?.unwrap_or(0) as u16)
    }

    /// An amount of money; `None` where it is missing.
    ///
    /// # Errors
    /// If it is something else, or beyond what an amount may be.
    pub(super) fn money(&self, position: usize) -> Result<Option<Money>> {
        let Some(x) = self.real(position)? else { return Ok(None) };
        let money = Money::from_units(x);
        money.map(Some).ok_or_else(|| self.refuse(position, "an amount of at most 1e8, like 12.5,"))
    }

    /// An amount of money that must be there.
    ///
    /// # Errors
    /// If it is missing, and as [`money`](Self::money).
    pub(super) fn needed_money(&self, position: usize) -> Result<Money> {
        let money = self.money(position)?;
        money.ok_or_else(|| self.error(position, "is empty (every row needs an amount)"))
    }

    /// A zip code of digits as a number, so that leading zeros play no part; `None` where it is
    /// missing or holds something else.
    pub(super) fn zip(&self, position: usize) -> Option<u32> {
        match self.cell(position) {
            // What took it for a number with decimals left them behind.
            Cell::Text(text) => text.trim_matches(' ').trim_end_matches(".0").parse().ok(),
            Cell::Number(x) if x.fract() == 0.0 && (0.0..1e9).contains(&x) => Some(x as u32),
            _ => None,
        }
    }

    /// Characters of a text, 0 where there is none.
    pub(super) fn length(&self, position: usize) -> u32 {
        match self.cell(position) {
            Cell::Text(text) => text.trim().chars().count().try_into().unwrap_or(u32::MAX),
            _ => 0,
        }
    }

    /// That what stands at `position` is not what is `wanted`.
    fn refuse(&self, position: usize, wanted: &str) -> Error {
        const SHOWN: usize = 40;
        let found = match self.cell(position) {
            Cell::Null => "nothing".to_owned(),
            Cell::Text(text) if text.chars().count() > SHOWN => {
                format!("\"{}…\"", text.chars().take(SHOWN).collect::<String>())
            }
            Cell::Text(text) => format!("\"{text}\""),
            Cell::Number(x) => x.to_string(),
            Cell::Seconds(seconds) => match Moment::from_seconds(seconds) {
                Some(moment) => moment.to_string(),
                None => format!("{seconds} seconds from 1970"),
            },
            Cell::Other(data_type) if data_type.starts_with("Timestamp") => {
                format!("of type {data_type}, in a time zone")
            }
            Cell::Other(data_type) => format!("of type {data_type}"),
        };
        self.error(position, &format!("is {found} ({wanted} is needed)"))
    }

    /// Something about the cell at `position`.
    pub(super) fn error(&self, position: usize, what: &str) -> Error {
        let error = Error::data(what).at_row(self.row);
        match self.columns[position] {
            Some(column) => error.in_column(&self.names[column]),
            None => error,
        }
    }
}
