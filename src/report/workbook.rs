//! A workbook for whoever looks at segments in a spreadsheet: what they are and what to do on one sheet,
//! with charts, and all customers on the others.
//!
//! Cells are written as text, numbers and truth values, each by the function for it. The library's `write`
//! would make links and formulas of text that looks like one, and must not be used here.

use std::borrow::Cow;
use std::io::{Seek, Write};
use std::ops::Range;
use std::path::Path;

use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartLegendPosition, ChartType, DocProperties, ExcelDateTime, Format,
    FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};

use crate::error::{Error, ErrorKind, Result, reorders};
use crate::guard::guarded;
use crate::history::Day;
use crate::segments::{Distribution, Profile};
use crate::stability::Currency;

use super::locale::Language;
use super::segmentation::{SegmentView, Segmentation};

/// Everything that a workbook says in a language.
#[derive(Clone, Debug)]
pub struct WorkbookWords {
    /// The title among the properties of the document.
    pub title: String,
    /// The name of the sheet of segments.
    pub profiles: String,
    /// The name of the sheet of customers; of more than one, the others have a number behind it.
    pub customers: String,
    /// What stands for all segments together.
    pub everyone: String,
    /// The heads of the sheet of segments.
    pub heads: ProfileHeads,
    /// The heads of the sheet of customers.
    pub customer_heads: CustomerHeads,
    /// Above the chart of customers by segment.
    pub customers_chart: String,
    /// Above the chart of revenue by segment.
    pub revenue_chart: String,
    /// Above the chart of shares by segment.
    pub shares_chart: String,
    /// The value that a quarter of customers are below.
    pub low: String,
    /// The value that half of them are below.
    pub median: String,
    /// The value that three quarters are below.
    pub high: String,
    /// By place in the model.
    pub segments: Vec<SegmentWords>,
    /// By column of the profiles.
    pub columns: Vec<ColumnWords>,
}

/// The heads of the sheet of segments.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is the head of what it names")]
pub struct ProfileHeads {
    pub priority: String,
    pub name: String,
    pub id: String,
    pub customers: String,
    pub share: String,
    pub revenue: String,
    pub revenue_share: String,
    pub revenue_each: String,
    pub certainty: String,
    pub borderline: String,
    pub far: String,
    pub before: String,
    pub traits: String,
    pub action: String,
    pub advice: String,
    pub avoid: String,
    pub measure: String,
}

/// The heads of the sheet of customers.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is the head of what it names")]
pub struct CustomerHeads {
    /// Where rows have no ids: what their numbers are.
    pub row: String,
    pub segment: String,
    pub priority: String,
    pub previous: String,
    pub changed_on: String,
    pub confidence: String,
    pub is_far: String,
    pub reason: String,
}

/// What is said of a segment.
#[derive(Clone, Debug)]
pub struct SegmentWords {
    /// How sure one can be of it.
    pub certainty: String,
    /// What sets it apart.
    pub traits: String,
    /// The action's title.
    pub action: String,
    /// What to do.
    pub advice: String,
    /// What not to do.
    pub avoid: String,
    /// What tells whether it worked.
    pub measure: String,
}

/// What is said of a column of the profiles.
#[derive(Clone, Debug)]
pub struct ColumnWords {
    /// What its values are.
    pub label: String,
    /// How they are written.
    pub unit: Unit,
}

/// How the values of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// In the currency of the segmentation.
    Amount,
    /// From 0 to 1, as per cent.
    Share,
    /// Whole numbers: of days, of orders.
    Whole,
    /// To two decimals.
    Decimal,
    /// Days since 1970, as dates.
    Date,
}

/// Customers on one sheet, below its head; Excel has 2²⁰ rows.
const ROWS: usize = (1 << 20) - 1;

/// Characters of a cell, as Excel counts them: in units of UTF-16.
const LONGEST_TEXT: usize = 32_767;

/// Characters of a sheet's name.
const LONGEST_NAME: usize = 31;

/// Writes the workbook of a segmentation. Gives the number of texts that were cut since no cell holds more
/// than 32,767 characters; they end with `…`.
///
/// Segments stand in order of their priority. Customers of many sheets, since one holds 1,048,575 of them,
/// stand in the order of the input. Characters that a workbook cannot hold become U+FFFD, and values that
/// are no number empty cells.
///
/// Rows are kept in a file without a name in `scratch` until they are packed, so that memory hardly
/// grows with customers.
///
/// # Errors
/// [`ErrorKind::Io`] if `scratch` or `out` cannot be written; [`ErrorKind::Internal`] if `words` are not as
/// many as segments and columns.
pub fn workbook<W: Write + Seek + Send>(
    segmentation: &Segmentation<'_>,
    words: &WorkbookWords,
    scratch: &Path,
    out: W,
) -> Result<u64> {
    // The library panics where the disk of its scratch file is full.
    guarded(
        || write(segmentation, words, scratch, ROWS, out),
        |reason| {
            let is_full = reason.contains("StorageFull");
            let reason =
                if is_full { "no space is left on the disk of this folder" } else { reason };
            let message = format!("cannot write the workbook ({reason})");
            Error::new(ErrorKind::Io, message).in_file(scratch)
        },
    )
}

fn write<W: Write + Seek + Send>(
    segmentation: &Segmentation<'_>,
    words: &WorkbookWords,
    scratch: &Path,
    rows_per_sheet: usize,
    out: W,
) -> Result<u64> {
    let is_whole = words.segments.len() == segmentation.segments.len()
        && words.columns.len() == segmentation.profiles.columns.len();
    if !is_whole {
        let message = "a workbook needs words for each segment and each column";
        return Err(Error::new(ErrorKind::Internal, message));
    }
    let mut workbook = Workbook::new();
    workbook.set_tempdir(scratch).map_err(failed)?;
    workbook.set_properties(&properties(segmentation, words)?);

    let mut n_cut = 0;
    let mut names = Vec::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name(&words.profiles, &mut names)).map_err(failed)?;
    let columns = profile_columns(segmentation, words);
    write_profiles(sheet, &columns, segmentation, &mut n_cut).map_err(failed)?;
    add_charts(sheet, words, segmentation, &names[0]).map_err(failed)?;

    let n = segmentation.customers.n();
    for start in (0..n.max(1)).step_by(rows_per_sheet) {
        let rows = start..n.min(start + rows_per_sheet);
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(sheet_name(&words.customers, &mut names)).map_err(failed)?;
        write_customers(sheet, rows, segmentation, words, &mut n_cut).map_err(failed)?;
    }
    workbook.save_to_writer(out).map_err(failed)?;
    Ok(n_cut)
}

fn failed(error: XlsxError) -> Error {
    let is_io = matches!(
        error,
        XlsxError::IoError(_) | XlsxError::ZipError(_) | XlsxError::TempFileError(..)
    );
    let kind = if is_io { ErrorKind::Io } else { ErrorKind::Internal };
    Error::new(kind, format!("cannot write the workbook: {error}"))
}

/// Of the day of the segmentation, where it is known: never of the clock.
fn properties(segmentation: &Segmentation<'_>, words: &WorkbookWords) -> Result<DocProperties> {
    let (year, month, day) = segmentation.as_of.map_or((2000, 1, 1), Day::ymd);
    let created = ExcelDateTime::from_ymd(year as u16, month as u8, day as u8).map_err(failed)?;
    let title = clean(&words.title);
    Ok(DocProperties::new().set_title(title).set_creation_datetime(&created))
}

/// A cell.
enum Value {
    Text(String),
    Number(f64),
    Empty,
}

impl Value {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn count(n: u64) -> Self {
        Self::Number(n as f64)
    }

    /// The quotient; empty where it is none.
    fn ratio(part: f64, whole: f64) -> Self {
        Self::Number(part / whole)
    }
}

/// How the cells of a column look.
#[derive(Clone, Copy)]
enum Look {
    Text,
    /// Of several lines.
    Prose,
    Number(Unit),
}

impl Look {
    fn format(self, language: Language, currency: Currency) -> Format {
        let format = Format::new().set_align(FormatAlign::Top);
        match self {
            Self::Text => format,
            Self::Prose => format.set_text_wrap(),
            Self::Number(unit) => format.set_num_format(number_format(unit, language, currency)),
        }
    }

    /// In digits of the ordinary font.
    fn width(self) -> f64 {
        match self {
            Self::Text => 28.0,
            Self::Prose => 48.0,
            Self::Number(_) => 14.0,
        }
    }
}

/// In the notation of Excel, which writes points and commas as the reader's country does.
fn number_format(unit: Unit, language: Language, currency: Currency) -> String {
    match unit {
        Unit::Amount => {
            const NUMBER: &str = "#,##0.00";
            let quoted = |text: &str| match text {
                "" => String::new(),
                text => format!("\"{text}\""),
            };
            let amount = language.with_symbol(NUMBER, currency);
            let (before, after) = amount.split_once(NUMBER).unwrap_or_default();
            quoted(before) + NUMBER + &quoted(after)
        }
        Unit::Share => "0.0%".to_owned(),
        Unit::Whole => "#,##0".to_owned(),
        Unit::Decimal => "#,##0.00".to_owned(),
        Unit::Date => "yyyy-mm-dd".to_owned(),
    }
}

/// A column of the sheet of segments: its cells by priority, and that of everybody.
struct ProfileColumn {
    head: String,
    look: Look,
    segments: Vec<Value>,
    everyone: Value,
}

/// Where the columns stand that charts are of.
const NAME: u16 = 1;
const CUSTOMERS: u16 = 3;
const SHARE: u16 = 4;
const REVENUE: u16 = 5;
const REVENUE_SHARE: u16 = 6;

fn profile_columns(segmentation: &Segmentation<'_>, words: &WorkbookWords) -> Vec<ProfileColumn> {
    const COUNT: Look = Look::Number(Unit::Whole);
    const SHARE: Look = Look::Number(Unit::Share);
    const AMOUNT: Look = Look::Number(Unit::Amount);

    let order = segmentation.by_priority();
    let heads = &words.heads;
    let profiles = segmentation.profiles;
    let mut columns = Vec::new();
    let mut add = |head: &str, look: Look, of: &dyn Fn(Option<usize>) -> Value| {
        columns.push(ProfileColumn {
            head: head.to_owned(),
            look,
            segments: order.iter().map(|&place| of(Some(place))).collect(),
            everyone: of(None),
        });
    };
    let views = &segmentation.segments;
    let profile = |place: Option<usize>| -> &Profile {
        place.map_or(&profiles.everyone, |place| &profiles.segments[place])
    };
    let size = |place: Option<usize>| profile(place).size as f64;
    let of_segment =
        |place: Option<usize>, of: &dyn Fn(usize) -> Value| place.map_or(Value::Empty, of);

    add(&heads.priority, COUNT, &|place| {
        of_segment(place, &|place| Value::count(views[place].priority as u64))
    });
    add(&heads.name, Look::Text, &|place| {
        Value::text(place.map_or(&words.everyone, |place| &views[place].name))
    });
    add(&heads.id, COUNT, &|place| {
        of_segment(place, &|place| Value::count(u64::from(views[place].id)))
    });
    add(&heads.customers, COUNT, &|place| Value::count(profile(place).size));
    add(&heads.share, SHARE, &|place| Value::ratio(size(place), size(None)));
    if let Some(spent) = profiles.spent() {
        let revenue = |place| profile(place).sums[spent];
        add(&heads.revenue, AMOUNT, &|place| Value::Number(revenue(place)));
        add(&heads.revenue_share, SHARE, &|place| Value::ratio(revenue(place), revenue(None)));
        add(&heads.revenue_each, AMOUNT, &|place| Value::ratio(revenue(place), size(place)));
    }
    let mut say = |head: &str, look: Look, text: &dyn Fn(&SegmentWords) -> &str| {
        add(head, look, &|place| {
            of_segment(place, &|place| Value::text(text(&words.segments[place])))
        });
    };
    say(&heads.certainty, Look::Text, &|words| &words.certainty);
    say(&heads.traits, Look::Prose, &|words| &words.traits);
    say(&heads.action, Look::Text, &|words| &words.action);
    say(&heads.advice, Look::Prose, &|words| &words.advice);
    say(&heads.avoid, Look::Prose, &|words| &words.avoid);
    say(&heads.measure, Look::Prose, &|words| &words.measure);
    let sum = |of: fn(&SegmentView) -> u64| views.iter().map(of).sum();
    add(&heads.borderline, COUNT, &|place| {
        Value::count(place.map_or_else(|| sum(|view| view.n_borderline), |p| views[p].n_borderline))
    });
    add(&heads.far, COUNT, &|place| {
        Value::count(place.map_or_else(|| sum(|view| view.n_far), |p| views[p].n_far))
    });
    add(&heads.before, COUNT, &|place| {
        of_segment(place, &|place| views[place].n_before.map_or(Value::Empty, Value::count))
    });
    for (at, column) in words.columns.iter().enumerate() {
        let mut add_quantile = |name: &str, of: &dyn Fn(&Distribution) -> f64| {
            let head = format!("{} ({name})", column.label);
            add(&head, Look::Number(column.unit), &|place| {
                let value = profile(place).values[at].as_ref().map_or(f64::NAN, of);
                Value::Number(if column.unit == Unit::Date { excel_day(value) } else { value })
            });
        };
        add_quantile(&words.median, &|values| values.median);
        add_quantile(&words.low, &|values| values.low);
        add_quantile(&words.high, &|values| values.high);
    }
    columns
}

/// Days since 1970 as Excel counts days.
fn excel_day(days: f64) -> f64 {
    days + 25_569.0
}

fn write_profiles(
    sheet: &mut Worksheet,
    columns: &[ProfileColumn],
    segmentation: &Segmentation<'_>,
    n_cut: &mut u64,
) -> Result<(), XlsxError> {
    let (language, currency) = (segmentation.language, segmentation.currency);
    // Apart, so that sorting and filters leave it where it is.
    let everyone = segmentation.segments.len() as u32 + 2;
    for (at, column) in (0_u16..).zip(columns) {
        let format = column.look.format(language, currency);
        sheet.set_column_width(at, column.look.width())?;
        put_text(sheet, 0, at, &column.head, Some(&head_format()), n_cut)?;
        for (row, value) in (1..).zip(&column.segments) {
            put(sheet, row, at, value, &format, n_cut)?;
        }
        put(sheet, everyone, at, &column.everyone, &format.clone().set_bold(), n_cut)?;
    }
    sheet.autofilter(0, 0, everyone - 2, columns.len() as u16 - 1)?;
    sheet.set_freeze_panes(1, NAME + 1)?;
    Ok(())
}

fn head_format() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_border_bottom(FormatBorder::Thin)
}

/// Below the table: customers and revenue by segment, and the shares of both.
fn add_charts(
    sheet: &mut Worksheet,
    words: &WorkbookWords,
    segmentation: &Segmentation<'_>,
    name: &str,
) -> Result<(), XlsxError> {
    /// In pixels.
    const WIDTH: u32 = 520;
    const BAR: u32 = 26;
    const FRAME: u32 = 130;

    let n = segmentation.segments.len() as u32;
    let has_revenue = segmentation.profiles.spent().is_some();
    let mut charts = vec![(&words.customers_chart, vec![CUSTOMERS], Unit::Whole)];
    if has_revenue {
        charts.push((&words.revenue_chart, vec![REVENUE], Unit::Amount));
    }
    let shares = if has_revenue { vec![SHARE, REVENUE_SHARE] } else { vec![SHARE] };
    charts.push((&words.shares_chart, shares, Unit::Share));
    for (i, (title, columns, unit)) in (0..).zip(charts) {
        let format = number_format(unit, segmentation.language, segmentation.currency);
        let mut chart = Chart::new(ChartType::Bar);
        for &column in &columns {
            // By cells, since text that looks like a formula would be taken for one.
            chart
                .add_series()
                .set_name((name, 0, column))
                .set_categories((name, 1, NAME, n, NAME))
                .set_values((name, 1, column, n, column))
                .set_data_label(ChartDataLabel::new().show_value().set_num_format(&format));
        }
        chart.title().set_name(title);
        match columns.len() {
            1 => chart.legend().set_hidden(),
            _ => chart.legend().set_position(ChartLegendPosition::Bottom),
        };
        // The first one on top.
        chart.x_axis().set_reverse();
        chart.y_axis().set_hidden(true).set_major_gridlines(false);
        let bars = n * columns.len() as u32;
        chart.set_width(WIDTH).set_height(FRAME + BAR * bars).set_alt_text(title);
        sheet.insert_chart_with_offset(n + 4, 0, &chart, 8 + i * (WIDTH + 16), 0)?;
    }
    Ok(())
}

fn write_customers(
    sheet: &mut Worksheet,
    rows: Range<usize>,
    segmentation: &Segmentation<'_>,
    words: &WorkbookWords,
    n_cut: &mut u64,
) -> Result<(), XlsxError> {
    let customers = &segmentation.customers;
    let heads = &words.customer_heads;
    const NUMBER: Look = Look::Number(Unit::Decimal);
    let columns: [(&str, Look, f64); 8] = [
        (customers.members.id_column.unwrap_or(&heads.row), Look::Text, 36.0),
        (&heads.segment, Look::Text, 28.0),
        (&heads.priority, Look::Number(Unit::Whole), 10.0),
        (&heads.previous, Look::Text, 28.0),
        (&heads.changed_on, Look::Number(Unit::Date), 14.0),
        (&heads.confidence, NUMBER, 12.0),
        (&heads.is_far, Look::Text, 12.0),
        (&heads.reason, Look::Text, 90.0),
    ];
    for (at, (head, look, width)) in (0_u16..).zip(columns) {
        sheet.set_column_width(at, width)?;
        // Cells take the format of their column, which is cheaper than one each.
        sheet.set_column_format(at, &look.format(segmentation.language, segmentation.currency))?;
        put_text(sheet, 0, at, head, Some(&head_format()), n_cut)?;
    }
    let last = rows.len() as u32;
    sheet.set_freeze_panes(1, 1)?;
    sheet.autofilter(0, 0, last, columns.len() as u16 - 1)?;
    // Ids are text even if they are digits, and that is meant.
    sheet.ignore_error_range(0, 0, last, 0, IgnoreError::NumberStoredAsText)?;

    let names: Vec<_> = segmentation.segments.iter().map(|view| clean(&view.name)).collect();
    for (at, row) in (1..).zip(rows) {
        put_text(sheet, at, 0, &customers.members.id(row), None, n_cut)?;
        let place = customers.members.places[row] as usize;
        if let Some(segment) = segmentation.segments.get(place) {
            put_text(sheet, at, 1, &names[place], None, n_cut)?;
            sheet.write_number(at, 2, segment.priority as f64)?;
        }
        if let Some(previous) = customers.previous {
            put_text(sheet, at, 3, &previous[row], None, n_cut)?;
        }
        if let Some(changed_on) = customers.changed_on {
            match Day::parse(&changed_on[row]) {
                Some(day) => drop(sheet.write_number(at, 4, excel_day(day.days() as f64))?),
                None => put_text(sheet, at, 4, &changed_on[row], None, n_cut)?,
            }
        }
        if customers.confidence[row].is_finite() {
            sheet.write_number(at, 5, customers.confidence[row])?;
        }
        sheet.write_boolean(at, 6, customers.is_far[row])?;
        put_text(sheet, at, 7, &customers.reasons[row], None, n_cut)?;
    }
    Ok(())
}

fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: &Value,
    format: &Format,
    n_cut: &mut u64,
) -> Result<(), XlsxError> {
    match value {
        Value::Text(text) => put_text(sheet, row, column, text, Some(format), n_cut),
        // The library would write "NAN".
        Value::Number(x) if x.is_finite() => {
            sheet.write_number_with_format(row, column, *x, format).map(drop)
        }
        Value::Number(_) | Value::Empty => Ok(()),
    }
}

fn put_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: Option<&Format>,
    n_cut: &mut u64,
) -> Result<(), XlsxError> {
    let text = clean(text);
    let shorter = cut(&text, LONGEST_TEXT);
    *n_cut += u64::from(shorter.is_some());
    let text = shorter.as_deref().unwrap_or(&text);
    match format {
        Some(format) => sheet.write_string_with_format(row, column, text, format).map(drop),
        None => sheet.write_string(row, column, text).map(drop),
    }
}

/// Text as XML 1.0 allows it.
fn clean(text: &str) -> Cow<'_, str> {
    let is_forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_forbidden) {
        Cow::Owned(text.replace(is_forbidden, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The beginning of a text and `…`, if it has more than `longest` units of UTF-16.
fn cut(text: &str, longest: usize) -> Option<String> {
    // No text has more units than bytes.
    if text.len() <= longest || text.encode_utf16().count() <= longest {
        return None;
    }
    let mut length = 1;
    let fits = |c: &char| {
        length += c.len_utf16();
        length <= longest
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    Some(kept)
}

/// A name that Excel takes for a sheet, different from those that are taken; it becomes one of them.
fn sheet_name(text: &str, taken: &mut Vec<String>) -> String {
    let is_forbidden = |c: char| {
        c.is_control()
            || reorders(c)
            || matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\u{fffe}' | '\u{ffff}')
    };
    let plain = text.replace(is_forbidden, " ");
    let plain = plain.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    let mut number = 1;
    loop {
        let ending = if number == 1 { String::new() } else { format!(" {number}") };
        let shorter = cut(plain, LONGEST_NAME - ending.len());
        let name = format!("{}{ending}", shorter.as_deref().unwrap_or(plain));
        let name = name.trim_start().to_owned();
        let lower = name.to_lowercase();
        // Excel keeps that name for itself.
        let is_free = !name.is_empty() && lower != "history";
        if is_free && taken.iter().all(|other| other.to_lowercase() != lower) {
            taken.push(name.clone());
            return name;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::example::Example;
    use super::super::{CustomerView, Members};
    use super::*;

    fn words() -> WorkbookWords {
        let text = str::to_owned;
        let segment = || SegmentWords {
            certainty: text("fair"),
            traits: text("They spend more."),
            action: text("Look after"),
            advice: text("Do this."),
            avoid: text("Not that."),
            measure: text("Repeat orders"),
        };
        let column = |label, unit| ColumnWords { label: text(label), unit };
        WorkbookWords {
            title: text("Segments"),
            profiles: text("Segments"),
            customers: text("Customers"),
            everyone: text("Everybody"),
            heads: ProfileHeads {
                priority: text("Priority"),
                name: text("Segment"),
                id: text("Id"),
                customers: text("Customers"),
                share: text("Share"),
                revenue: text("Revenue"),
                revenue_share: text("Share of revenue"),
                revenue_each: text("Revenue each"),
                certainty: text("Certainty"),
                borderline: text("Borderline"),
                far: text("Far"),
                before: text("Before"),
                traits: text("Traits"),
                action: text("Action"),
                advice: text("Do"),
                avoid: text("Do not"),
                measure: text("Measure"),
            },
            customer_heads: CustomerHeads {
                row: text("Row"),
                segment: text("Segment"),
                priority: text("Priority"),
                previous: text("Previous segment"),
                changed_on: text("Changed on"),
                confidence: text("Confidence"),
                is_far: text("Far"),
                reason: text("Reason"),
            },
            customers_chart: text("Customers"),
            revenue_chart: text("Revenue"),
            shares_chart: text("Shares"),
            low: text("a quarter below"),
            median: text("median"),
            high: text("three quarters below"),
            segments: vec![segment(), segment()],
            columns: vec![column("Spent", Unit::Amount), column("Review", Unit::Decimal)],
        }
    }

    /// The workbook with so many customers on a sheet, and the number of texts that were cut.
    fn written(example: &Example, words: &WorkbookWords, rows: usize) -> Result<(Vec<u8>, u64)> {
        let scratch = tempfile::tempdir().unwrap();
        let mut out = Cursor::new(Vec::new());
        let n_cut = write(&example.view(), words, scratch.path(), rows, &mut out)?;
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
        Ok((out.into_inner(), n_cut))
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let example = Example::new(100);
        let first = written(&example, &words(), 30).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert_eq!(first, written(&example, &words(), 30).unwrap());
        assert_eq!(first.1, 0);
    }

    #[test]
    fn customers_go_on_on_further_sheets() {
        let example = Example::new(61);
        let sheets = |rows| {
            let (bytes, _) = written(&example, &words(), rows).unwrap();
            let name = b"xl/worksheets/sheet";
            // Each name stands before its part and in the list at the end.
            bytes.windows(name.len()).filter(|found| found == name).count() / 2
        };
        assert_eq!([61, 60, 30, 20].map(sheets), [2, 3, 4, 5]);
    }

    #[test]
    fn segments_stand_by_priority_and_shares_add_up() {
        let example = Example::new(14);
        let view = example.view();
        let columns = profile_columns(&view, &words());
        let column = |head: &str| columns.iter().find(|column| column.head == head).unwrap();
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            Value::Number(x) => format!("{x:.3}"),
            Value::Empty => String::new(),
        };
        let row = |head: &str| -> Vec<String> {
            let column = column(head);
            column.segments.iter().chain([&column.everyone]).map(text).collect()
        };
        assert_eq!(row("Segment"), [&example.names[1], &example.names[0], "Everybody"]);
        assert_eq!(row("Priority"), ["1.000", "2.000", ""]);
        assert_eq!(row("Customers"), ["6.000", "6.000", "12.000"]);
        // They spent 0, 2, 4, 8, 10, 12 and 1, 3, 5, 7, 9, 11.
        assert_eq!(row("Revenue"), ["36.000", "36.000", "72.000"]);
        assert_eq!(row("Share of revenue"), ["0.500", "0.500", "1.000"]);
        assert_eq!(row("Revenue each"), ["6.000"; 3]);
        assert_eq!(row("Spent (a quarter below)"), ["3.500", "2.500", "2.750"]);
        assert_eq!(row("Before"), ["", "5.000", ""]);
        assert_eq!(row("Borderline"), ["1.000", "1.000", "2.000"]);
        // Nobody of the first gave a review.
        assert_eq!(row("Review (median)")[1..], ["4.500", "4.500"]);
        assert!(matches!(column("Review (median)").segments[0], Value::Number(x) if x.is_nan()));
        for (at, head) in [
            (NAME, "Segment"),
            (CUSTOMERS, "Customers"),
            (SHARE, "Share"),
            (REVENUE, "Revenue"),
            (REVENUE_SHARE, "Share of revenue"),
        ] {
            assert_eq!(columns[usize::from(at)].head, head);
        }
    }

    #[test]
    fn long_and_hostile_text_is_written_all_the_same() {
        let mut example = Example::new(20);
        example.ids[0] = Some("x".repeat(40_000));
        example.ids[1] = Some("😀".repeat(16_383));
        example.ids[2] = Some("😀".repeat(16_384));
        example.ids[3] = Some("=HYPERLINK(\"http://x\")\0\u{ffff}\u{202e}".to_owned());
        example.names[0] = "y".repeat(33_000);
        example.id_column = Some("http://=1+1");
        example.reasons.fill(String::new());
        example.changed_on[1] = "some day".to_owned();
        let mut words = words();
        words.profiles = "a[b]:*?/\\'".repeat(9);
        words.customers = words.profiles.clone();
        words.columns[0].label = "<script>".to_owned();
        let (_, n_cut) = written(&example, &words, 10).unwrap();
        let of_segment = example.places.iter().filter(|&&place| place == 0).count() as u64;
        // Two ids, the name among segments and beside each of its customers.
        assert_eq!(n_cut, 2 + 1 + of_segment);
    }

    #[test]
    fn nobody_and_no_ids_make_a_workbook_too() {
        let mut example = Example::new(14);
        example.id_column = None;
        example.ids.clear();
        written(&example, &words(), ROWS).unwrap();
        let view = example.view();
        let members = Members { places: &[], ..view.customers.members };
        let customers = CustomerView { members, ..view.customers.clone() };
        let nobody = Segmentation { customers, ..view };
        let out = Cursor::new(Vec::new());
        assert_eq!(workbook(&nobody, &words(), Path::new("."), out).unwrap(), 0);
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        /// A disk that is full.
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("no disk"))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        impl Seek for Full {
            fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
                Ok(0)
            }
        }
        let example = Example::new(10);
        let view = example.view();
        let error = workbook(&view, &words(), &std::env::temp_dir(), Full).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        let none = Path::new("/no such folder");
        let error = workbook(&view, &words(), none, Cursor::new(Vec::new())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        let mut few = words();
        few.segments.pop();
        let error = written(&example, &few, ROWS).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    }

    #[test]
    fn texts_are_cut_at_whole_characters() {
        assert_eq!(cut("abc", 3), None);
        assert_eq!(cut("abcd", 3).unwrap(), "ab…");
        assert_eq!(cut("a😀😀", 5), None);
        assert_eq!(cut("a😀😀", 4).unwrap(), "a😀…");
        assert_eq!(cut("😀😀", 3).unwrap(), "😀…");
        assert_eq!(clean("a\0\u{1b}b\n\u{fffe}"), "a\u{fffd}\u{fffd}b\n\u{fffd}");
    }

    #[test]
    fn sheets_have_names_of_their_own() {
        let mut taken = Vec::new();
        let mut name = |text: &str| {
            let name = sheet_name(text, &mut taken);
            rust_xlsxwriter::utility::check_sheet_name(&name).unwrap();
            name
        };
        assert_eq!(name("Segments"), "Segments");
        assert_eq!(name("segments"), "segments 2");
        assert_eq!(name("'a/b'"), "a b");
        assert_eq!(name("History"), "History 2");
        assert_eq!(name(""), "2");
        assert_eq!(name(&"é".repeat(40)), "é".repeat(30) + "…");
        assert_eq!(name(&"é".repeat(40)), "é".repeat(28) + "… 2");
    }

    #[test]
    fn amounts_are_written_as_in_each_country() {
        let format = |language| {
            Currency::ALL.map(|currency| number_format(Unit::Amount, language, currency))
        };
        assert_eq!(format(Language::French)[..2], ["#,##0.00\"\u{a0}R$\"", "#,##0.00\"\u{a0}€\""]);
        assert_eq!(format(Language::English)[..2], ["\"R$\u{a0}\"#,##0.00", "\"€\"#,##0.00"]);
        assert_eq!(format(Language::English)[3], "\"$\"#,##0.00");
        assert_eq!(excel_day(Day::parse("2018-03-01").unwrap().days() as f64), 43_160.0);
    }
}
