//! Separated values: every cell is looked at before a column gets a type.
//!
//! The file is read three times at most, in records of bounded size and without holding its text:
//! once to find the type of each column and everything that is wrong, once for the numbers, and
//! once more for the ids as they are written out.
//!
//! What cells mean:
//! - An empty cell and the words NA, N/A, #N/A, NULL, NaN, None (in any case) are missing; in an id
//!   they are text.
//! - A number is what Rust and most languages write: `-1`, `2.5`, `.5`, `1e-3`. `inf` and
//!   `infinity` are numbers that later steps refuse. Spaces around a number are ignored.
//! - Where something else than a comma separates the cells, numbers may have decimal commas, all
//!   through the file: see [`Decimals`].
//! - A column of numbers only is numeric: integers as such where all fit into 64 bits. A column of
//!   `true` and `false` is boolean. In a column of which every cell has digits only, these are
//!   identifiers, hence text, if some have leading zeros, or if some are too large for 64 bits and
//!   nearly all about as long. A few such among ordinary numbers are numbers.
//! - A column of which more than half of the cells are numbers, or would be in some country
//!   (`1,5`, `1.234,50`, `12 %`), is a column of numbers with a mistake in it, and the error names
//!   the first such cell. Any other column is text.
//! - What a column is used for changes how strictly it is judged, not its type: one that is not in
//!   use may hold mistakes, but if it is one of numbers it is not text, hence not the default id.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, UInt64Array};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer};
use arrow_schema::{DataType, Field, FieldRef};
use csv::{ByteRecord, ReaderBuilder};

use super::limits::try_vec;
use super::numerals::{self, Mark, parse_decimal_comma, parse_number};
use super::source::{Source, SourceReader, unwrap_io};
use super::{ColumnChoice, ReadOptions, columns};
use crate::error::{Error, ErrorKind, Result, counted};

/// The longest record: beyond it, a quote was most likely never closed.
const LONGEST_RECORD: u64 = 16 << 20;
/// Rows and bytes of text per piece of ids.
const PIECE_ROWS: usize = 1 << 16;
const PIECE_BYTES: usize = 16 << 20;
/// Whole numbers of as many digits need not fit into 64 bits.
const LONG_DIGITS: usize = 19;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A file whose cells have all been looked at.
#[derive(Clone, Debug)]
pub(super) struct Csv {
    source: Source,
    dialect: Dialect,
    fields: Arc<[FieldRef]>,
    /// Whether the integers of a column are written as a program would write them back.
    canonical: Arc<[bool]>,
    /// Whether the numbers of a column have decimal commas.
    decimal_commas: Arc<[bool]>,
    n_rows: u64,
}

#[derive(Clone, Copy, Debug)]
struct Dialect {
    separator: u8,
    /// Length of the byte order mark.
    start: u64,
}

impl Dialect {
    /// That of a file which begins with `head`.
    fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(BOM).unwrap_or(head);
        Self { separator: find_separator(text), start: (head.len() - text.len()) as u64 }
    }

    /// Whether a comma can be part of a number.
    fn allows_decimal_commas(self) -> bool {
        self.separator != b','
    }
}

impl Csv {
    /// Looks at every cell.
    ///
    /// # Errors
    /// If the file is not UTF-8 text, its records differ in length, a quote is never closed, or a
    /// column in use is nearly numeric or has numbers that others contradict; the message names
    /// the line.
    pub(super) fn open(source: Source, options: &ReadOptions, head: &[u8]) -> Result<Self> {
        let dialect = Dialect::of(head);
        let mut rows = Rows::new(&source, dialect);
        let names = rows.header()?;
        let mut facts: Vec<_> = names.iter().map(|_| Facts::default()).collect();
        let commas = dialect.allows_decimal_commas();
        while rows.next()? {
            for (facts, cell) in facts.iter_mut().zip(&rows.record) {
                facts.add(cell, commas, rows.row, rows.line());
            }
        }
        let n_rows = rows.row;
        let roles: Vec<_> = names.iter().map(|name| Role::of(name, options)).collect();
        let mut fields = Vec::with_capacity(names.len());
        for ((name, facts), &role) in names.iter().zip(&facts).zip(&roles) {
            let data_type = facts.data_type(role).map_err(|e| e.in_column(name))?;
            fields.push(Arc::new(Field::new(name, data_type, true)));
        }
        let numeric: Vec<_> = names
            .iter()
            .zip(&facts)
            .zip(roles)
            .map(|((name, facts), role)| Judged { name, facts, role })
            .filter(|column| column.facts.is_mostly_numbers())
            .collect();
        Decimals::find(&numeric)?.check(&numeric)?;
        let canonical = facts.iter().map(|facts| facts.canonical).collect();
        let decimal_commas = facts.iter().map(Facts::has_decimal_commas).collect();
        Ok(Self { source, dialect, fields: fields.into(), canonical, decimal_commas, n_rows })
    }

    /// The columns.
    pub(super) fn fields(&self) -> &[FieldRef] {
        &self.fields
    }

    /// Records without the header.
    pub(super) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Whether the numbers of `column` are written with decimal commas.
    pub(super) fn has_decimal_commas(&self, column: usize) -> bool {
        self.decimal_commas[column]
    }

    /// Reads `columns` and hands each to `sink` with its position in `columns`.
    ///
    /// # Errors
    /// If there is no room, or the file changed meanwhile. Those of `sink`.
    pub(super) fn read(
        &self,
        columns: &[usize],
        sink: &mut dyn FnMut(usize, ArrayRef) -> Result<()>,
    ) -> Result<()> {
        let changed = || Error::new(ErrorKind::Changed, "changed while being read");
        let n = usize::try_from(self.n_rows).map_err(|_| changed())?;
        let mut builders = Vec::with_capacity(columns.len());
        for &column in columns {
            let comma = self.decimal_commas[column];
            builders.push(Builder::new(self.fields[column].data_type(), comma, n)?);
        }
        let mut rows = Rows::new(&self.source, self.dialect);
        rows.header()?;
        while rows.next()? {
            for (builder, &column) in builders.iter_mut().zip(columns) {
                let cell = rows.record.get(column).ok_or_else(changed)?;
                // What was a number on the first pass is one now.
                builder.push(cell, n).ok_or_else(changed)?;
            }
        }
        if rows.row != self.n_rows {
            return Err(changed());
        }
        for (position, builder) in builders.into_iter().enumerate() {
            sink(position, builder.finish())?;
        }
        Ok(())
    }

    /// The type that [`ids`](Self::ids) gives for `column`.
    pub(super) fn id_type(&self, column: usize) -> DataType {
        let data_type = self.fields[column].data_type();
        if data_type.is_integer() && self.canonical[column] {
            data_type.clone()
        } else {
            DataType::Utf8
        }
    }

    /// Reads a column again, as text or as integers where nothing is lost by that.
    pub(super) fn ids(&self, column: usize) -> CsvIds {
        CsvIds {
            rows: Rows::new(&self.source, self.dialect),
            column,
            data_type: self.id_type(column),
            started: false,
            done: false,
        }
    }
}

/// The id column in pieces.
#[derive(Debug)]
pub(super) struct CsvIds {
    rows: Rows,
    column: usize,
    data_type: DataType,
    started: bool,
    done: bool,
}

impl CsvIds {
    fn advance(&mut self) -> Result<Option<ArrayRef>> {
        if !self.started {
            self.rows.header()?;
            self.started = true;
        }
        let mut texts = String::new();
        let mut ends = Vec::new();
        while ends.len() < PIECE_ROWS && texts.len() < PIECE_BYTES && self.rows.next()? {
            let cell = self.rows.record.get(self.column).unwrap_or_default();
            // Checked to be UTF-8 with the record.
            texts.push_str(std::str::from_utf8(cell).unwrap_or_default());
            ends.push(texts.len());
        }
        if ends.is_empty() {
            return Ok(None);
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let cells = starts.zip(&ends).map(|(start, &end)| &texts[start..end]);
        Ok(Some(match self.data_type {
            DataType::Int64 => {
                Arc::new(Int64Array::from_iter(cells.map(|cell| cell.trim().parse::<i64>().ok())))
            }
            DataType::UInt64 => {
                Arc::new(UInt64Array::from_iter(cells.map(|cell| cell.trim().parse::<u64>().ok())))
            }
            _ => Arc::new(StringArray::from_iter_values(cells)),
        }))
    }
}

impl Iterator for CsvIds {
    type Item = Result<ArrayRef>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let outcome = self.advance();
        self.done = !matches!(outcome, Ok(Some(_)));
        outcome.transpose()
    }
}

/// What a column is read for, which decides how strictly it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Named as a feature or weight: must be a number.
    Number,
    /// Named as the id, or as labels: anything goes.
    Id,
    /// A feature if it is numeric.
    Default,
    /// Not a feature whatever it holds, but perhaps the default id.
    Unused {
        /// Whether it is named like an id, and so is text where it is not all numbers.
        id_name: bool,
    },
}

impl Role {
    fn is_used(self) -> bool {
        matches!(self, Self::Number | Self::Default)
    }

    fn of(name: &str, options: &ReadOptions) -> Self {
        if options.weight.as_deref() == Some(name) {
            return Self::Number;
        }
        let id_name = columns::is_id_name(name);
        let is_id = |id: &Option<String>| id.as_deref() == Some(name);
        if options.labels.iter().any(|label| label == name) {
            return Self::Id;
        }
        match &options.columns {
            _ if is_id(&options.id) => Self::Id,
            ColumnChoice::Named(names) if names.iter().any(|n| n == name) => Self::Number,
            _ if options.id.is_none() && is_id(&options.default_id) => Self::Id,
            ColumnChoice::Named(_) => Self::Unused { id_name },
            ColumnChoice::All { exclude } if exclude.iter().any(|n| n == name) => {
                Self::Unused { id_name }
            }
            ColumnChoice::All { .. } | ColumnChoice::Everything => Self::Default,
        }
    }
}

/// What the cells of a column have in common.
#[derive(Clone, Debug)]
struct Facts {
    /// Cells that are not missing; of these:
    present: u64,
    numbers: u64,
    /// With a decimal comma, and not among the numbers.
    commas: u64,
    /// Neither, but a number in some country.
    foreign_numbers: u64,
    booleans: u64,
    /// The first cell that shows each [`Mark`] to be the decimal one.
    shown: [Option<Cell>; 2],
    /// The first cell in which each [`Mark`] could stand between thousands as well.
    open: [Option<Cell>; 2],
    /// All are whole numbers, and fit the types.
    integers: bool,
    fits_i64: bool,
    fits_u64: bool,
    /// All have digits only, some have a leading zero, and so many are as long as 64 bits allow.
    digits: bool,
    leading_zero: bool,
    long: u64,
    /// All integers are written without `+`, leading zeros or spaces.
    canonical: bool,
    first_text: Option<Cell>,
    first_too_large: Option<Cell>,
}

/// A cell for a message.
#[derive(Clone, Debug)]
struct Cell {
    row: u64,
    line: u64,
    text: String,
}

impl Cell {
    fn new(cell: &str, row: u64, line: u64) -> Self {
        const SHOWN: usize = 40;
        let mut text: String = cell.chars().take(SHOWN).collect();
        if text.len() < cell.len() {
            text.push('…');
        }
        Self { row, line, text }
    }

    fn error(&self, what: &str) -> Error {
        Error::data(format!("\"{}\" on line {} {what}", self.text, self.line)).at_row(self.row)
    }

    fn not_a_number(&self) -> Error {
        self.error(if numerals::has_separated_thousands(&self.text) {
            "is not a number (thousands separators are not accepted; numbers look like -1234.5)"
        } else {
            "is not a number (numbers look like -1234.5 or 1.2e3)"
        })
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            present: 0,
            numbers: 0,
            commas: 0,
            foreign_numbers: 0,
            booleans: 0,
            shown: [None, None],
            open: [None, None],
            integers: true,
            fits_i64: true,
            fits_u64: true,
            digits: true,
            leading_zero: false,
            long: 0,
            canonical: true,
            first_text: None,
            first_too_large: None,
        }
    }
}

impl Facts {
    /// Takes a cell into account; `commas` tells whether numbers may have decimal commas.
    fn add(&mut self, cell: &[u8], commas: bool, row: u64, line: u64) {
        // The record was checked to be UTF-8.
        let raw = std::str::from_utf8(cell).unwrap_or_default();
        let text = raw.trim_matches(' ');
        if is_missing(text) {
            self.canonical &= text.is_empty();
            return;
        }
        self.present += 1;
        let bytes = text.as_bytes();
        let unsigned = bytes.strip_prefix(b"-").or(bytes.strip_prefix(b"+")).unwrap_or(bytes);
        if !unsigned.is_empty() && unsigned.iter().all(u8::is_ascii_digit) {
            self.numbers += 1;
            let leading_zero = unsigned.len() > 1 && unsigned[0] == b'0';
            self.leading_zero |= leading_zero;
            self.long += u64::from(unsigned.len() >= LONG_DIGITS);
            self.digits &= unsigned.len() == bytes.len();
            self.canonical &= !leading_zero && raw.len() == text.len() && bytes[0] != b'+';
            let i64_fits = text.parse::<i64>().is_ok();
            self.fits_i64 &= i64_fits;
            self.fits_u64 &= text.parse::<u64>().is_ok();
            // 308 digits can be too many for f64.
            if unsigned.len() > 300 && parse_number(text).is_none_or(f64::is_infinite) {
                self.first_too_large.get_or_insert_with(|| Cell::new(text, row, line));
            }
            return;
        }
        self.integers = false;
        self.digits = false;
        self.canonical = false;
        let number = parse_number(text);
        let with_comma = if commas && number.is_none() { parse_decimal_comma(text) } else { None };
        if number.or(with_comma).is_some_and(f64::is_infinite)
            && unsigned.iter().any(u8::is_ascii_digit)
        {
            self.first_too_large.get_or_insert_with(|| Cell::new(text, row, line));
        }
        let mark = match (number, with_comma) {
            (Some(_), _) => {
                self.numbers += 1;
                Some(Mark::Point)
            }
            (None, Some(_)) => {
                self.commas += 1;
                Some(Mark::Comma)
            }
            (None, None) => {
                self.first_text.get_or_insert_with(|| Cell::new(text, row, line));
                self.booleans += u64::from(parse_bool(text).is_some());
                if !numerals::is_foreign(text) {
                    return;
                }
                self.foreign_numbers += 1;
                None
            }
        };
        // Where the mark is known already, this cell adds nothing.
        if commas && mark.is_none_or(|mark| self.shown[mark as usize].is_none()) {
            self.note_mark(text, row, line);
        }
    }

    fn note_mark(&mut self, number: &str, row: u64, line: u64) {
        let cell = || Cell::new(number, row, line);
        if let Some(mark) = Mark::shown(number) {
            self.shown[mark as usize].get_or_insert_with(cell);
        } else if let Some(mark) = Mark::BOTH.into_iter().find(|mark| mark.may_group(number)) {
            self.open[mark as usize].get_or_insert_with(cell);
        }
    }

    /// Whether more than half of the cells are numbers, in whatever notation.
    fn is_mostly_numbers(&self) -> bool {
        (self.numbers + self.commas + self.foreign_numbers) * 2 > self.present
    }

    /// Whether this is a column of numbers with decimal commas.
    fn has_decimal_commas(&self) -> bool {
        self.commas > 0 && self.numbers + self.commas == self.present
    }

    /// The type of the column.
    fn data_type(&self, role: Role) -> Result<DataType> {
        if self.present == 0 {
            return Ok(if role == Role::Id { DataType::Utf8 } else { DataType::Null });
        }
        if self.has_decimal_commas() && role != Role::Id {
            return match &self.first_too_large {
                Some(cell) if role.is_used() => Err(cell.error("is too large for a number")),
                _ => Ok(DataType::Float64),
            };
        }
        if self.numbers == self.present {
            // Nine in ten: some random ids of 20 digits are shorter or fit.
            let all_long = !self.fits_u64 && self.long >= self.present - self.present / 10;
            let is_identifier = self.digits && (self.leading_zero || all_long);
            if is_identifier && role != Role::Number {
                return Ok(DataType::Utf8);
            }
            if self.integers && self.fits_i64 {
                return Ok(DataType::Int64);
            }
            if self.integers && self.fits_u64 {
                return Ok(DataType::UInt64);
            }
            return match (&self.first_too_large, role) {
                (_, Role::Id) => Ok(DataType::Utf8),
                (Some(cell), Role::Number | Role::Default) => {
                    Err(cell.error("is too large for a number"))
                }
                _ => Ok(DataType::Float64),
            };
        }
        if self.booleans == self.present && role != Role::Id {
            return Ok(DataType::Boolean);
        }
        let nearly = self.is_mostly_numbers();
        match (&self.first_text, role) {
            (Some(cell), Role::Number) => Err(cell.not_a_number()),
            (Some(cell), Role::Default) if nearly => Err(cell.not_a_number().with_hint(
                "the rest of the column looks numeric; mend the cell, or leave the column out with \
                 --exclude, or name it with --id",
            )),
            // Never read, and no text.
            (_, Role::Unused { id_name: false }) if nearly => Ok(DataType::Float64),
            _ => Ok(DataType::Utf8),
        }
    }
}

/// The mark before the decimals of a file, as far as its cells show it.
///
/// Where a comma separates the cells it is the point. Elsewhere, a file has one mark all through,
/// and what a cell means hangs on what others show:
///
/// | A cell      | where none shows a mark | where some show a point | a comma | both  |
/// |-------------|-------------------------|-------------------------|---------|-------|
/// | `0.5`       | –                       | is read                 | –       | error |
/// | `0,5`       | –                       | –                       | is read | error |
/// | `1.234`     | is read as 1.234        | is read as 1.234        | error   | error |
/// | `1,234`     | error                   | error                   | 1.234   | error |
///
/// The first two show their mark. The last two could be thousands as well; programs write points,
/// so that without a sign of commas a point is one.
///
/// Columns in use are asked first, the others of numbers only if those show nothing: what is left
/// out of a table cannot contradict it, but may still tell. Ids are not asked.
#[derive(Debug)]
struct Decimals<'a> {
    /// For each [`Mark`], the column and the cell that shows it.
    shown: [Option<(&'a str, &'a Cell)>; 2],
}

impl<'a> Decimals<'a> {
    /// # Errors
    /// If columns in use show both marks; the later of the two cells is blamed.
    fn find(columns: &[Judged<'a>]) -> Result<Self> {
        let shown_where = |asked: &dyn Fn(Role) -> bool| {
            let asked = || columns.iter().filter(|column| asked(column.role));
            Mark::BOTH.map(|mark| {
                let cells =
                    asked().filter_map(|c| Some((c.name, c.facts.shown[mark as usize].as_ref()?)));
                cells.min_by_key(|(_, cell)| cell.row)
            })
        };
        let in_use = shown_where(&|role| role.is_used());
        match in_use {
            [None, None] => {
                Ok(Self { shown: shown_where(&|role| matches!(role, Role::Unused { .. })) })
            }
            [Some(point), Some(comma)] => {
                let (mark, (name, cell), other) = if point.1.row > comma.1.row {
                    (Mark::Point, point, comma)
                } else {
                    (Mark::Comma, comma, point)
                };
                let what = format!(
                    "has a {}, and {} (write all numbers with one mark)",
                    mark.name(),
                    Self::said(other, mark.other())
                );
                let error = cell.error(&what).in_column(name);
                Err(if name == other.0 {
                    error
                } else {
                    error.with_hint("mend one of the columns, or leave it out with --exclude")
                })
            }
            shown => Ok(Self { shown }),
        }
    }

    /// # Errors
    /// If a cell of a column in use may be a number with decimals or one of thousands.
    fn check(&self, columns: &[Judged<'_>]) -> Result<()> {
        for &Judged { name, facts, .. } in columns.iter().filter(|column| column.role.is_used()) {
            for mark in Mark::BOTH {
                let Some(cell) = &facts.open[mark as usize] else { continue };
                let why = match (self.shown[mark.other() as usize], self.shown[mark as usize]) {
                    (Some(other), _) => Self::said(other, mark.other()),
                    (None, None) if mark == Mark::Comma => "no other value tells which".to_owned(),
                    _ => continue,
                };
                let what = format!(
                    "has a {} or separated thousands, and {why} (write {} or 1234)",
                    mark.name(),
                    if mark == Mark::Comma { "1.234" } else { "1,234" }
                );
                return Err(cell.error(&what).in_column(name));
            }
        }
        Ok(())
    }

    fn said((name, cell): (&str, &Cell), mark: Mark) -> String {
        format!("\"{}\" in column \"{name}\", row {} a {}", cell.text, cell.row, mark.name())
    }
}

/// A column with what its cells have in common and what it is read for.
#[derive(Clone, Copy)]
struct Judged<'a> {
    name: &'a str,
    facts: &'a Facts,
    role: Role,
}

/// The words for "no value" that common programs write.
pub(super) fn is_missing(text: &str) -> bool {
    const WORDS: [&str; 9] = ["na", "n/a", "#n/a", "#na", "<na>", "null", "nan", "-nan", "none"];
    text.is_empty() || (text.len() <= 4 && WORDS.iter().any(|w| text.eq_ignore_ascii_case(w)))
}

fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The most frequent candidate outside quotes in the first line.
fn find_separator(text: &[u8]) -> u8 {
    const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
    let mut counts = [0_usize; CANDIDATES.len()];
    let mut quoted = false;
    for &byte in text {
        match byte {
            b'"' => quoted = !quoted,
            // A blank line is no header; one without separators has a single column.
            b'\n' | b'\r' if !quoted && counts.iter().any(|&n| n > 0) => break,
            _ if !quoted => {
                if let Some(i) = CANDIDATES.iter().position(|&c| c == byte) {
                    counts[i] += 1;
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    let first = counts.iter().position(|&n| n == most).unwrap_or(0);
    CANDIDATES[first]
}

/// The records of a file, each checked.
#[derive(Debug)]
pub(super) struct Rows {
    source: Source,
    dialect: Dialect,
    reader: csv::Reader<Bounded>,
    unread: Arc<AtomicU64>,
    record: ByteRecord,
    names: Vec<String>,
    /// Of the current record: 1-based, without the header.
    row: u64,
}

/// Counts what was read since the last record ended.
#[derive(Debug)]
struct Bounded {
    inner: SourceReader,
    unread: Arc<AtomicU64>,
}

impl Read for Bounded {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.unread.load(Ordering::Relaxed) > LONGEST_RECORD {
            return Err(std::io::Error::other(TOO_LONG));
        }
        let n = self.inner.read(out)?;
        self.unread.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

const TOO_LONG: &str = "a record is longer than 16 MiB";

impl Rows {
    /// The records of a file which begins with `head`.
    pub(super) fn of(source: &Source, head: &[u8]) -> Self {
        Self::new(source, Dialect::of(head))
    }

    fn new(source: &Source, dialect: Dialect) -> Self {
        let unread = Arc::new(AtomicU64::new(0));
        let mut reader = source.reader();
        reader.skip(dialect.start);
        let inner = Bounded { inner: reader, unread: Arc::clone(&unread) };
        let reader = ReaderBuilder::new()
            .delimiter(dialect.separator)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(256 << 10)
            .from_reader(inner);
        Self {
            source: source.clone(),
            dialect,
            reader,
            unread,
            record: ByteRecord::new(),
            names: Vec::new(),
            row: 0,
        }
    }

    /// The line on which the current record begins.
    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    /// Reads the names of the columns.
    pub(super) fn header(&mut self) -> Result<Vec<String>> {
        if !self.read()? {
            return Err(Error::data("the file is empty (a header line is needed)"));
        }
        let mut names = Vec::with_capacity(self.record.len());
        for (i, name) in self.record.iter().enumerate() {
            // Checked to be UTF-8 with the record.
            let name = std::str::from_utf8(name).unwrap_or_default().to_owned();
            if name.trim().is_empty() {
                let error = Error::data(format!(
                    "column {} has no name in the header on line {} (each column needs one)",
                    i + 1,
                    self.line()
                ));
                return Err(if i == 0 {
                    error
                        .with_hint("an unnamed first column is often a row index: write without it")
                } else if i + 1 == self.record.len() {
                    error.with_hint("the header ends with a separator: remove it, and those that end the other lines")
                } else {
                    error
                });
            }
            names.push(name);
        }
        let commas = self.dialect.allows_decimal_commas();
        let is_value = |name: &String| {
            let is_year = name.len() == 4 && name.bytes().all(|b| b.is_ascii_digit());
            let number = parse_number(name.trim());
            let is_number = number.is_some() || (commas && parse_decimal_comma(name).is_some());
            is_number && !is_year
        };
        if is_value(&names[0]) || (names.len() > 1 && names[1..].iter().all(is_value)) {
            return Err(Error::data(
                "the first line holds numbers (a header line with names is needed)",
            ));
        }
        self.names.clone_from(&names);
        Ok(names)
    }

    /// The data record that was read last.
    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// Reads the next data record; `false` at the end.
    pub(super) fn next(&mut self) -> Result<bool> {
        if !self.read()? {
            return Ok(false);
        }
        self.row += 1;
        if self.record.len() != self.names.len() {
            let error = Error::data(format!(
                "line {} has {}, the header has {} (separator {})",
                self.line(),
                counted(self.record.len(), "field"),
                self.names.len(),
                match self.dialect.separator {
                    b'\t' => "tab".to_owned(),
                    other => format!("\"{}\"", char::from(other)),
                }
            ));
            return Err(error.at_row(self.row));
        }
        Ok(true)
    }

    fn read(&mut self) -> Result<bool> {
        let start = self.reader.position().byte();
        let line = self.reader.position().line();
        let more = self.reader.read_byte_record(&mut self.record).map_err(|e| {
            let text = e.to_string();
            match e.into_kind() {
                csv::ErrorKind::Io(e) if e.to_string() == TOO_LONG => {
                    self.unclosed_quote(start, line).unwrap_or_else(|| {
                        Error::data(format!("the record on line {line} is longer than 16 MiB"))
                    })
                }
                csv::ErrorKind::Io(e) => unwrap_io(e),
                _ => Error::data(text),
            }
        })?;
        self.unread.store(0, Ordering::Relaxed);
        if !more {
            return Ok(false);
        }
        let at_end = self.dialect.start + self.reader.position().byte() >= self.source.len();
        if at_end && let Some(error) = self.unclosed_quote(start, line) {
            return Err(error);
        }
        self.check_text()?;
        Ok(true)
    }

    /// Refuses what is not text.
    fn check_text(&self) -> Result<()> {
        let bytes = self.record.as_slice();
        if bytes.is_ascii() && !bytes.contains(&0) {
            return Ok(());
        }
        for (i, cell) in self.record.iter().enumerate() {
            let what = if std::str::from_utf8(cell).is_err() {
                "is not UTF-8 text (Latin-1 or another encoding? save it as UTF-8)"
            } else if cell.contains(&0) {
                "holds a NUL byte, so this is not a text file, or a damaged one"
            } else {
                continue;
            };
            let line = self.line();
            return Err(match self.names.get(i) {
                Some(name) => Error::data(format!("the cell on line {line} {what}"))
                    .in_column(name)
                    .at_row(self.row + 1),
                None => Error::data(format!("field {} on line {line} {what}", i + 1)),
            });
        }
        Ok(())
    }

    /// If the record that starts at `start` has a quote that is open where the file (or the
    /// longest record) ends.
    fn unclosed_quote(&self, start: u64, line: u64) -> Option<Error> {
        let at = self.dialect.start + start;
        let len = self.source.len().saturating_sub(at).min(LONGEST_RECORD + 1);
        let bytes = self.source.copy(at, usize::try_from(len).ok()?).ok()?;
        let open = open_quote(&bytes, self.dialect.separator)?;
        let line = line + bytes[..open].iter().filter(|&&b| b == b'\n').count() as u64;
        Some(Error::data(format!("the quote that opens on line {line} is never closed")))
    }
}

/// Where the quoted field begins that is still open at the end of `bytes`, which begin with a
/// record.
fn open_quote(bytes: &[u8], separator: u8) -> Option<usize> {
    let mut field_starts = true;
    let mut open = None;
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        if open.is_some() {
            if byte == b'"' {
                if bytes.get(i + 1) == Some(&b'"') {
                    i += 1;
                } else {
                    open = None;
                }
            }
        } else if byte == b'"' && field_starts {
            open = Some(i);
            field_starts = false;
        } else {
            field_starts = byte == separator || byte == b'\n' || byte == b'\r';
        }
        i += 1;
    }
    open
}

/// Gathers the numbers of a column.
#[derive(Debug)]
struct Builder {
    numbers: Numbers,
    decimal_comma: bool,
    /// Begun with the first missing value.
    valid: Option<BooleanBufferBuilder>,
    len: usize,
}

#[derive(Debug)]
enum Numbers {
    I64(Vec<i64>),
    U64(Vec<u64>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
}

impl Builder {
    fn new(data_type: &DataType, decimal_comma: bool, n: usize) -> Result<Self> {
        let numbers = match data_type {
            DataType::Int64 => Numbers::I64(try_vec(n)?),
            DataType::UInt64 => Numbers::U64(try_vec(n)?),
            DataType::Boolean => Numbers::Bool(try_vec(n)?),
            _ => Numbers::F64(try_vec(n)?),
        };
        Ok(Self { numbers, decimal_comma, valid: None, len: 0 })
    }

    /// `None` if the cell is not of the column's type, or one too many.
    fn push(&mut self, cell: &[u8], capacity: usize) -> Option<()> {
        if self.len == capacity {
            return None;
        }
        let text = std::str::from_utf8(cell).ok()?.trim_matches(' ');
        let missing = is_missing(text);
        match &mut self.numbers {
            Numbers::I64(v) => v.push(if missing { 0 } else { text.parse().ok()? }),
            Numbers::U64(v) => v.push(if missing { 0 } else { text.parse().ok()? }),
            Numbers::F64(v) if missing => v.push(f64::NAN),
            Numbers::F64(v) => {
                let comma = if self.decimal_comma { parse_decimal_comma(text) } else { None };
                v.push(comma.or_else(|| parse_number(text))?);
            }
            Numbers::Bool(v) => v.push(!missing && parse_bool(text)?),
        }
        if missing && self.valid.is_none() {
            let mut valid = BooleanBufferBuilder::new(capacity);
            valid.append_n(self.len, true);
            self.valid = Some(valid);
        }
        if let Some(valid) = &mut self.valid {
            valid.append(!missing);
        }
        self.len += 1;
        Some(())
    }

    fn finish(self) -> ArrayRef {
        let nulls = self.valid.map(|mut valid| NullBuffer::new(valid.finish()));
        match self.numbers {
            Numbers::I64(v) => Arc::new(Int64Array::new(v.into(), nulls)),
            Numbers::U64(v) => Arc::new(UInt64Array::new(v.into(), nulls)),
            Numbers::F64(v) => Arc::new(Float64Array::new(v.into(), nulls)),
            Numbers::Bool(v) => Arc::new(BooleanArray::new(v.into(), nulls)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    use super::super::limits::MemoryLimit;
    use super::*;

    fn scan_with(text: &[u8], options: &ReadOptions) -> Result<Csv> {
        let limit = MemoryLimit::of(1 << 30);
        let source = Source::from_buffer(Path::new("t.csv"), text.to_vec().into(), limit);
        Csv::open(source, options, &text[..text.len().min(64 << 10)])
    }

    fn scan(text: &str) -> Result<Csv> {
        scan_with(text.as_bytes(), &ReadOptions::default())
    }

    fn message(text: &str) -> String {
        scan(text).unwrap_err().to_string()
    }

    fn types(text: &str) -> Vec<DataType> {
        scan(text).unwrap().fields().iter().map(|f| f.data_type().clone()).collect()
    }

    fn column(csv: &Csv, column: usize) -> ArrayRef {
        let mut found = None;
        csv.read(&[column], &mut |_, array| {
            found = Some(array);
            Ok(())
        })
        .unwrap();
        found.unwrap()
    }

    fn ids(csv: &Csv, column: usize) -> Vec<String> {
        let arrays = csv.ids(column).map(Result::unwrap);
        arrays
            .flat_map(|a| {
                a.as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn columns_get_the_type_of_all_their_cells() {
        let text = "i,u,f,b,t,m\n1,1,1,true,x,NA\n-2,18446744073709551615,.5,FALSE,1,\nnull,3,1e3,,y,nan\n";
        let csv = scan(text).unwrap();
        let types: Vec<_> = csv.fields().iter().map(|f| f.data_type().clone()).collect();
        use DataType::{Boolean, Float64, Int64, Null, UInt64, Utf8};
        assert_eq!(types, [Int64, UInt64, Float64, Boolean, Utf8, Null]);
        assert_eq!(csv.n_rows(), 3);
        let integers = column(&csv, 0);
        assert_eq!(integers.null_count(), 1);
        assert_eq!(integers.as_primitive::<arrow_array::types::Int64Type>().value(1), -2);
        let unsigned = column(&csv, 1);
        assert_eq!(unsigned.as_primitive::<arrow_array::types::UInt64Type>().value(1), u64::MAX);
        let floats = column(&csv, 2);
        assert_eq!(
            floats.as_primitive::<arrow_array::types::Float64Type>().values()[..],
            [1.0, 0.5, 1000.0]
        );
        let flags = column(&csv, 3);
        assert!(flags.as_boolean().value(0) && flags.is_null(2));
    }

    #[test]
    fn line_ends_marks_and_separators_do_not_matter() {
        for text in [
            "a,b\n1,2\n3,4\n",
            "a,b\r\n1,2\r\n3,4",
            "a,b\r1,2\r3,4\r",
            "\u{feff}a;b\n1;2\n\n3;4\n",
            "\"a\"\tb\n1\t\"2\"\n3\t4\n",
            "a|b\n 1 |2\n3| 4\n",
        ] {
            let csv = scan(text).unwrap();
            let names: Vec<_> = csv.fields().iter().map(|f| f.name().as_str()).collect();
            assert_eq!(names, ["a", "b"], "{text:?}");
            assert_eq!(csv.n_rows(), 2, "{text:?}");
            let values = column(&csv, 1);
            assert_eq!(values.as_primitive::<arrow_array::types::Int64Type>().values()[..], [2, 4]);
        }
    }

    #[test]
    fn a_nearly_numeric_column_names_its_first_bad_cell() {
        for (text, cell) in [
            ("k,x\na,1\nb,abc\nc,3\n", "\"abc\" on line 3"),
            ("k;x\na;1,5\nb;2,5\nc;abc\nd;3,5\n", "\"abc\" on line 4"),
            ("k;x\na;1,5\nb;1.234,50\nc;3,5\n", "\"1.234,50\" on line 3"),
            ("k,x\na,1\nb,2\nc,\",5\"\n", "\",5\" on line 4"),
            ("k,x\na,\"1,5\"\nb,\"2,5\"\n", "\"1,5\" on line 2"),
            ("k,x\na,5\nb,\"1,234.50\"\n", "\"1,234.50\" on line 3"),
            ("k,x\na,12 %\nb,7 %\n", "\"12 %\" on line 2"),
            ("k,x\na,1\nb,0x10\nc,2\n", "\"0x10\" on line 3"),
            ("k,x\na,1\nb,1e999\n", "\"1e999\" on line 3 is too large"),
        ] {
            let error = scan(text).unwrap_err();
            assert_eq!(error.column(), Some("x"), "{text:?}");
            assert!(error.to_string().contains(cell), "{error}");
        }
        // Few numbers among texts do not make a number of it, nor does a name given by the user.
        assert_eq!(types("k,x\na,b\nb,c\nc,3\n")[1], DataType::Utf8);
        let options = ReadOptions { id: Some("x".to_owned()), ..ReadOptions::default() };
        let csv = scan_with(b"k,x\na,1\nb,12a\n", &options).unwrap();
        assert_eq!(ids(&csv, 1), ["1", "12a"]);
        let columns = ColumnChoice::Named(vec!["x".to_owned()]);
        let options = ReadOptions { columns, ..ReadOptions::default() };
        assert!(scan_with(b"k,x\na,b\nb,c\nc,3\n", &options).is_err());
    }

    #[test]
    fn decimal_commas_are_read_where_a_comma_does_not_separate() {
        let floats = |csv: &Csv, c| {
            column(csv, c).as_primitive::<arrow_array::types::Float64Type>().values().to_vec()
        };
        for separator in [";", "\t", "|"] {
            let text = "k;x;y;n\na;1,5;0,125;1\nb;-2;1,234;2\nc; ,5 ;NA;3\nd;1,2e3;+12,000;4\n";
            let csv = scan(&text.replace(';', separator)).unwrap();
            let types: Vec<_> = csv.fields().iter().map(|f| f.data_type().clone()).collect();
            use DataType::{Float64, Int64, Utf8};
            assert_eq!(types, [Utf8, Float64, Float64, Int64]);
            assert_eq!([0, 1, 2, 3].map(|c| csv.has_decimal_commas(c)), [false, true, true, false]);
            assert_eq!(floats(&csv, 1), [1.5, -2.0, 0.5, 1200.0]);
            assert_eq!(column(&csv, 2).null_count(), 1);
            assert_eq!(floats(&csv, 2)[..2], [0.125, 1.234]);
        }
        // Named as the id, it is text.
        let options = ReadOptions { id: Some("k".to_owned()), ..ReadOptions::default() };
        let csv = scan_with(b"k;x\n1,5;1\n2,5;2\n", &options).unwrap();
        assert_eq!(ids(&csv, 0), ["1,5", "2,5"]);
        // Some other text makes text of it.
        assert_eq!(types("x;y\n1,5;1\na;2\nb;3\n")[0], DataType::Utf8);
        assert!(message("1,5;2,5\n3,5;4,5\n").contains("first line holds numbers"));
        assert!(message("x;y\n1,5e999;1\n").contains("is too large"));
    }

    #[test]
    fn decimal_points_and_decimal_commas_do_not_mix() {
        // In one column or in two, the later of the first cells is blamed.
        for (text, column, row, words) in [
            ("x;y\n1,5;1\n2.5;2\n", "x", 2, "\"1,5\" in column \"x\", row 1 a decimal comma"),
            ("x;y\n.5;1\n2;2\n;,5\n", "y", 3, "\".5\" in column \"x\", row 1 a decimal point"),
            ("x;y\n1,5;2\n2,5;12.75\n", "y", 2, "\"1,5\" in column \"x\", row 1 a decimal comma"),
        ] {
            let error = scan(text).unwrap_err();
            assert_eq!((error.column(), error.row()), (Some(column), Some(row)), "{text:?}");
            assert!(error.to_string().contains(words), "{error}");
            assert_eq!(error.hint().is_some(), !words.contains(&format!("column \"{column}\"")));
        }
        // What is left out, is the id or is no number does not matter.
        let without = |name: &str| ReadOptions {
            columns: ColumnChoice::All { exclude: vec![name.to_owned()] },
            ..ReadOptions::default()
        };
        scan_with(b"x;y\n1,5;1\n2,5;2.5\n", &without("y")).unwrap();
        scan("x;y;version\n1,5;1;a\n2,5;2;2.5\n3,5;3;b\n").unwrap();
        let options = ReadOptions { id: Some("code".to_owned()), ..ReadOptions::default() };
        scan_with(b"code;x\n1.10;1,5\n1.20;2,5\n", &options).unwrap();
        // Where commas separate, nothing can be mistaken.
        scan("x,y,z\n0.5,1.234,\"0,5\"\n2,3,a\n3,4,b\n").unwrap();
    }

    #[test]
    fn what_could_be_thousands_is_read_as_the_rest_of_the_file_tells() {
        let refused = |text: &str, options: &ReadOptions| {
            let error = scan_with(text.as_bytes(), options).unwrap_err();
            (error.column().unwrap().to_owned(), error.row().unwrap(), error.to_string())
        };
        let all = ReadOptions::default();
        let named = |name: &str| ReadOptions {
            columns: ColumnChoice::Named(vec![name.to_owned()]),
            ..ReadOptions::default()
        };
        // Points alone, as programs write them.
        let csv = scan("x;y\n1.234;1\n2.500;2\n800;3\n").unwrap();
        let x = column(&csv, 0);
        assert_eq!(
            x.as_primitive::<arrow_array::types::Float64Type>().values()[..],
            [1.234, 2.5, 800.0]
        );
        for (text, options) in [
            ("x;y\n800;1\n1.234;0,5\n2.500;2\n", &all),
            // Another column tells though it is not in use, or cannot be.
            ("x;y\n800;1\n1.234;0,5\n2.500;2\n", &named("x")),
            ("x;y\n800;1\n1.234;1.234,50\n2.500;2\n", &named("x")),
        ] {
            let (column, row, message) = refused(text, options);
            assert_eq!((column.as_str(), row), ("x", 2), "{message}");
            assert!(message.contains("row 2 a decimal comma (write 1,234 or 1234)"), "{message}");
        }
        for (text, options) in [
            ("x;y\n7;0.5\n1,234;1\n", &all),
            ("x;y\n7;0.5\n1,234;1\n", &named("x")),
            // Of two columns that are not in use, each tells something else.
            ("x;y;z\n7;0.5;0,5\n1,234;1;1\n", &named("x")),
        ] {
            let (column, row, message) = refused(text, options);
            assert_eq!((column.as_str(), row), ("x", 2), "{message}");
            assert!(message.contains("row 1 a decimal point (write 1.234 or 1234)"), "{message}");
        }
        // Columns in use are asked first.
        let options = ReadOptions {
            columns: ColumnChoice::Named(vec!["x".to_owned(), "y".to_owned()]),
            ..ReadOptions::default()
        };
        let csv = scan_with(b"x;y;z\n1,234;0,5;0.5\n2,500;1;1\n", &options).unwrap();
        assert!(csv.has_decimal_commas(0));
    }

    #[test]
    fn thousands_are_not_taken_for_decimals() {
        // Another column tells, or another value.
        for text in ["x;y\n1,234;0,5\n12,000;7\n", "x;y\n1,234;1\n12,0;2\n"] {
            let csv = scan(text).unwrap();
            let x = column(&csv, 0);
            assert_eq!(
                x.as_primitive::<arrow_array::types::Float64Type>().values()[..],
                [1.234, 12.0]
            );
        }
        let error = scan("x;y\n7;1\n1,234;1\n-12,000;2\n").unwrap_err();
        assert_eq!((error.column(), error.row()), (Some("x"), Some(2)));
        assert!(
            error.to_string().contains("\"1,234\" on line 3 has a decimal comma or"),
            "{error}"
        );
        for cell in ["1.234,50", "1,234.50", "1'234", "1 234,5", "R$ 1.234,50", "1,234,567"] {
            let message = message(&format!("x;y\n1;1\n{cell};2\n3;3\n"));
            assert!(message.contains("thousands separators are not accepted"), "{message}");
        }
        for cell in ["12 %", "€ 5", "abc"] {
            let message = message(&format!("x;y\n1;1\n{cell};2\n3;3\n"));
            assert!(!message.contains("thousands"), "{message}");
        }
    }

    #[test]
    fn identifiers_keep_every_digit() {
        let csv = scan("id,x\n007,1\n010,2\n").unwrap();
        assert_eq!(csv.fields()[0].data_type(), &DataType::Utf8);
        assert_eq!(ids(&csv, 0), ["007", "010"]);
        let csv = scan("id,x\n9007199254740000123456789,1\n9007199254740000123456790,2\n").unwrap();
        assert_eq!(csv.fields()[0].data_type(), &DataType::Utf8);
        assert_eq!(ids(&csv, 0), ["9007199254740000123456789", "9007199254740000123456790"]);
        let options = ReadOptions { id: Some("id".to_owned()), ..ReadOptions::default() };
        let csv = scan_with(b"id,x\n9007199254740000123456789,1\n1,2\n", &options).unwrap();
        assert_eq!(ids(&csv, 0), ["9007199254740000123456789", "1"]);
        // Written as a program would write them back, they may be integers; otherwise not.
        let csv = scan("id,x\n12,1\n-3,2\n").unwrap();
        assert_eq!(csv.id_type(0), DataType::Int64);
        let csv = scan("id,x\n+12,1\n3,2\n").unwrap();
        assert_eq!(ids(&csv, 0), ["+12", "3"]);
        let csv = scan("id,x\nNA,1\n\" b \",2\n,3\n").unwrap();
        assert_eq!(ids(&csv, 0), ["NA", " b ", ""]);
    }

    #[test]
    fn one_huge_integer_does_not_turn_numbers_into_text() {
        for cells in ["1,2,3", "10,99999999999999999999,3", "1.5,2,3", "-1,2,3"] {
            let cells = cells.replace(',', "\n");
            let csv = scan(&format!("x\n{cells}\n99999999999999999999999\n")).unwrap();
            assert_eq!(csv.fields()[0].data_type(), &DataType::Float64, "{cells}");
            let values = column(&csv, 0);
            assert_eq!(values.as_primitive::<arrow_array::types::Float64Type>().value(3), 1e23);
        }
        // Ids of 20 digits, of which one would fit and one is shorter.
        let long = "99999999999999999999\n".repeat(18);
        assert_eq!(types(&format!("x\n18446744073709551615\n{long}7\n")), [DataType::Utf8]);
        assert_eq!(types(&format!("x\n1\n2\n3\n{long}")), [DataType::Float64]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, words) in [
            ("", "header"),
            ("a,b\n1,2\n3\n", "line 3 has 1 field, the header has 2"),
            ("a,b\n1,2\n3,4,5\n", "line 3 has 3 fields"),
            ("a,b\n\"x,1\n2,3\n", "quote that opens on line 2 is never closed"),
            ("a,b\n1,2\nx,\"y\nz\n", "quote that opens on line 3"),
            ("a,b\n1,\0\n", "line 2 holds a NUL"),
            ("a,\n1,2\n", "column 2 has no name"),
            ("1,2.5,3\n4,5,6\n", "first line holds numbers"),
        ] {
            let message = message(text);
            assert!(message.contains(words), "{text:?}: {message}");
        }
        let error = scan_with(b"a,b\nM\xfcller,1\n", &ReadOptions::default()).unwrap_err();
        assert_eq!((error.column(), error.row()), (Some("a"), Some(1)));
        assert!(error.to_string().contains("line 2 is not UTF-8"), "{error}");
    }

    #[test]
    fn a_column_without_a_name_has_a_hint_by_its_place() {
        let hint = |text: &str| scan(text).unwrap_err().hint().map(str::to_owned);
        assert!(hint("a;b;\n1;2;\n").unwrap().contains("ends with a separator"));
        assert!(hint(",a\n0,1\n").unwrap().contains("row index"));
        assert_eq!(hint("a,,b\n1,2,3\n"), None);
    }

    #[test]
    fn an_open_quote_in_a_large_file_is_found_in_little_memory() {
        let mut text = b"a,b\n1,\"2\n".to_vec();
        text.resize(40 << 20, b'\n');
        let error = scan_with(&text, &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("opens on line 2 is never closed"), "{error}");
    }

    #[test]
    fn quotes_may_hold_separators_and_lines() {
        let csv = scan("k,x\n\"a,\n\"\"b\"\"\",1\nc\"d,2\n").unwrap();
        assert_eq!(ids(&csv, 0), ["a,\n\"b\"", "c\"d"]);
        assert_eq!(csv.n_rows(), 2);
    }
}
