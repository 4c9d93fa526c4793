//! What the commands share: opening the table, streaming assignments, reporting, putting outputs in
//! place.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Serialize, Serializer};

use super::Session;
use super::args::CommonArgs;
use super::changes::Changes;
use super::summary::Layout;
use super::talk::Talk;
use crate::error::{Error, ErrorKind, Escaped, Result, counted, grouped};
use crate::io::{
    AssignmentWriter, Ids, Input, OutputFormat, Outputs, ReadOptions, open_for_command,
};
use crate::metrics::Silhouette;
use crate::model::{Assignments, Model};
use crate::prepare::{ColumnAdvice, Missing, PrepareParams};
use crate::table::{Column, FeatureTable, Tiles};
use crate::warning::Warning;

/// An error that came of working on `input`; if the file was changed meanwhile, then that is what
/// went wrong, whatever it looked like.
pub(super) fn blame(input: &Input, error: Error) -> Error {
    match (error.kind(), input.check_unchanged()) {
        (_, Err(changed)) if changed.kind() == ErrorKind::Changed => changed,
        (ErrorKind::Data | ErrorKind::Memory, _) => error.in_file(input.path()),
        _ => error,
    }
}

/// Opens the table of a command, whose result has `columns` beside the ids, and says what was taken
/// of it.
///
/// # Errors
/// Those of opening it, and where its ids have a name that they cannot keep or are not those that
/// were expected.
pub(super) fn open(
    path: &Path,
    options: &ReadOptions,
    columns: &[&str],
    talk: &mut Talk,
) -> Result<Input> {
    let input = open_for_command(path, options)?;
    if let Some(column) = &input.id_column {
        Ids::check_name(column, columns).map_err(|error| error.in_file(path))?;
        check_default_id(column, options).map_err(|error| error.in_file(path))?;
    }
    describe(&input, options, talk);
    Ok(input)
}

/// Refuses another id than that of the fit which nobody asked for: it would pass for the same.
fn check_default_id(column: &str, options: &ReadOptions) -> Result<()> {
    match &options.default_id {
        Some(default) if options.id.is_none() && default != column => Err(Error::data(format!(
            "the fit took its ids from it, and no column here of that name can be the id \
                 (--id names another, such as \"{column}\")"
        ))
        .in_column(default)),
        _ => Ok(()),
    }
}

/// Says which columns were taken and what is odd about the input.
fn describe(input: &Input, options: &ReadOptions, talk: &mut Talk) {
    let default = options.default_id.as_ref().filter(|_| options.id.is_none());
    let as_before = if default.is_some() { ", as in the fit" } else { "" };
    if let Some(default) = default.filter(|_| input.id_column.is_none()) {
        let default = Escaped(default);
        talk.note(format_args!("no id column \"{default}\" here, as the fit had"));
    }
    match &input.id_column {
        Some(column) => {
            talk.note(format_args!("ids from column \"{}\"{as_before}", Escaped(column)));
        }
        None => talk.note("no id column, rows are told by their position (--id names one)"),
    }
    talk.warn_all(&input.notes);
    let how = if input.is_mapped() { "mapped" } else { "read" };
    talk.detail(format_args!(
        "{} {how}: {}, {}",
        input.kind().name(),
        counted(grouped(input.table.n_rows() as u64), "row"),
        counted(input.table.n_features(), "column")
    ));
    for column in input.table.columns() {
        let type_name = Escaped(column.type_name());
        talk.detail(format_args!("  \"{}\" {type_name}", Escaped(column.name())));
    }
}

/// Says how columns are prepared where that is what the file recommends.
pub(super) fn say_recommended(
    advice: &[ColumnAdvice],
    table: &FeatureTable,
    params: &PrepareParams,
    talk: &Talk,
) {
    let mut said: Vec<String> = Vec::new();
    let recommended = PrepareParams::advised(advice, table.columns().iter().map(Column::name));
    if params.missing == recommended.missing && params.missing != Missing::Error {
        said.push(format!("missing values {}", params.missing.name()));
    }
    if params.transforms == recommended.transforms {
        said.extend(params.transforms.iter().map(|(c, t)| format!("{} {}", Escaped(c), t.name())));
    }
    if params.scales == recommended.scales {
        let scales = params.scales.iter();
        said.extend(scales.map(|(column, s)| format!("{} scale {}", Escaped(column), s.name())));
    }
    if !said.is_empty() {
        let said = said.join(", ");
        talk.note(format_args!(
            "prepared as the file recommends: {said} (--missing, --transform, --scale change that)"
        ));
    }
}

/// What was written.
pub(super) struct Written {
    /// The rows of each segment.
    pub(super) sizes: Vec<u64>,
    /// Rows beyond the model's reach.
    pub(super) n_far: u64,
}

/// Streams the segment of every row to `out`, and what changed where `changes` follow that.
pub(super) fn write_assignments(
    session: &mut Session<'_>,
    format: OutputFormat,
    ids: Option<Ids<'_>>,
    model: &Model,
    assignments: Assignments<'_>,
    mut changes: Option<&mut Changes<'_>>,
    out: &mut (dyn Write + Send),
) -> Result<Written> {
    let (mut sizes, mut n_far) = (vec![0; model.k()], 0);
    let mut writer = match &changes {
        None => AssignmentWriter::new(format, ids, model.segments(), out)?,
        Some(_) => AssignmentWriter::with_changes(format, ids, model.segments(), out)?,
    };
    for batch in assignments {
        session.check_cancelled()?;
        n_far += batch.is_far.iter().filter(|&&is_far| is_far).count() as u64;
        for place in batch.places(model).flatten() {
            sizes[place] += 1;
        }
        match &mut changes {
            None => writer.push(batch)?,
            Some(changes) => {
                let members = changes.follow(&batch)?;
                writer.push_with(batch, &members, |segment| changes.name_of(segment))?;
            }
        }
    }
    let defused = writer.finish()?;
    if defused > 0 {
        session.talk.warn(&Warning::CellsDefused { n: defused });
    }
    Ok(Written { sizes, n_far })
}

/// The ids of the rows of `input`, to be written beside results.
pub(super) fn ids(input: &Input) -> Result<Option<Ids<'_>>> {
    Ok(match (&input.id_column, input.ids()?) {
        (Some(column), Some(values)) => Some(Ids { column, values: Box::new(values) }),
        _ => None,
    })
}

/// The name of the file that holds the assignments.
pub(super) fn assignments_name(format: OutputFormat) -> String {
    format!("assignments.{}", format.extension())
}

/// Where the files of a run will lie.
pub(super) fn targets<const N: usize>(outputs: &Outputs) -> [String; N] {
    std::array::from_fn(|index| outputs.target(index).to_string_lossy().into_owned())
}

/// Says that a file at `path` is of an earlier run, if there is one.
pub(super) fn say_left(path: &Path, session: &Session<'_>) {
    if path.exists() {
        let path = path.to_string_lossy();
        let path = Escaped(&path);
        session.talk.note(format_args!("{path} was there before and is not of this run"));
    }
}

/// What a command says when it is done: its fields as JSON, or the same for a person.
pub(super) trait Report: Serialize {
    /// For a person.
    fn text(&self, layout: &Layout) -> String;
}

/// Prints `report` in the way that was asked for, then puts what was written in place.
///
/// In this order, so that a run whose summary is lost has failed, and leaves nothing.
pub(super) fn finish(
    report: &impl Report,
    outputs: Outputs,
    common: &CommonArgs,
    session: &Session<'_>,
) -> Result<()> {
    print_report(report, common)?;
    session.begin_commit()?;
    outputs.commit()
}

/// Prints `report` in the way that was asked for.
pub(super) fn print_report(report: &impl Report, common: &CommonArgs) -> Result<()> {
    let text = if common.json {
        json_line(report)?
    } else {
        report.text(&Layout::of_stdout(common.verbose))
    };
    super::print(text.as_bytes())
}

/// Lets `write` write to standard output instead of a file. A reader who had enough is no failure.
pub(super) fn stream(write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, Stdout::default());
    let outcome = write(&mut out);
    let flushed = out.flush();
    if out.get_ref().is_closed {
        return Ok(());
    }
    outcome?;
    flushed.map_err(|error| Error::io("cannot write to standard output", &error))
}

/// Standard output, which remembers that its reader had enough.
#[derive(Default)]
struct Stdout {
    is_closed: bool,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = io::stdout().lock().write(bytes);
        self.note(&result);
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = io::stdout().lock().flush();
        self.note(&result);
        result
    }
}

impl Stdout {
    fn note<T>(&mut self, result: &io::Result<T>) {
        let kind = result.as_ref().err().map(io::Error::kind);
        self.is_closed |= kind == Some(io::ErrorKind::BrokenPipe);
    }
}

/// Says so where weights, which count rows there, leave no Calinski-Harabasz index.
pub(super) fn say_if_weights_are_few(tiles: &Tiles<'_>, k: usize, talk: &mut Talk) {
    let total = tiles.weights().map(|weights| weights.iter().sum::<f64>());
    if let Some(total) = total.filter(|&total| total <= k as f64 && k > 1) {
        talk.warn(&Warning::WeightsCountFewRows { total, k });
    }
}

/// A silhouette, as it is printed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SilhouetteReport {
    /// The mean, or its estimate.
    pub(super) value: f64,
    method: &'static str,
    /// Rows that were scored.
    n: usize,
    standard_error: Option<f64>,
}

impl SilhouetteReport {
    pub(super) fn new(found: &Silhouette) -> Self {
        Self {
            value: found.mean,
            method: found.method.name(),
            n: found.values.len(),
            standard_error: found.standard_error,
        }
    }

    /// For a person.
    pub(super) fn said(&self) -> String {
        let error = self.standard_error.map_or_else(String::new, |error| format!(" ± {error:.4}"));
        let of = if self.standard_error.is_some() { ", of " } else { ", all " };
        let rows = counted(grouped(self.n as u64), "row");
        format!("{:.4}{error}, {}{of}{rows}", self.value, self.method)
    }
}

/// Writes `text` as it is.
pub(super) fn write_text(text: &str, out: &mut (dyn Write + Send)) -> Result<()> {
    write_bytes(text.as_bytes(), out)
}

/// Writes `bytes` as they are.
pub(super) fn write_bytes(bytes: &[u8], out: &mut (dyn Write + Send)) -> Result<()> {
    out.write_all(bytes).map_err(|error| Error::io("cannot write", &error))
}

/// `report` as one line of JSON.
pub(super) fn json_line(report: &impl Serialize) -> Result<String> {
    let mut line = serde_json::to_string(report).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("cannot encode the report: {error}"))
    })?;
    line.push('\n');
    Ok(line)
}

/// One number per column, as an object in column order; `None` is null.
pub(super) struct Named {
    names: Vec<String>,
    values: Vec<Option<f64>>,
}

impl Named {
    /// What is not finite has no value.
    pub(super) fn new(names: &[String], values: Vec<f64>) -> Self {
        let values = values.into_iter().map(|x| x.is_finite().then_some(x)).collect();
        Self { names: names.to_vec(), values }
    }

    pub(super) fn values(&self) -> &[Option<f64>] {
        &self.values
    }
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(&self.values))
    }
}
