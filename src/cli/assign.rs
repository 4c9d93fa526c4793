//! `segengine assign`: segments for new rows from a saved model.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use serde::Serialize;

use super::args::AssignArgs;
use super::changes::{Changes, other_names};
use super::orders::{self, Opened};
use super::report::{Given, applied, check_ids, say_stale};
use super::results::{self, Written, write_assignments};
use super::summary::{self, Layout, Line};
use super::{Session, VERSION};
use crate::error::{Error, Escaped, Result, counted, grouped};
use crate::history::{CustomerParams, CustomerTable, Day, Knowledge, Origin, customers};
use crate::io::{
    ASSIGNMENT_COLUMNS, ColumnChoice, Ids, Input, Outputs, ReadOptions, read_model, read_previous,
    write_moves,
};
use crate::kernel::Kernel;
use crate::model::Model;
use crate::prepare::Prepared;
use crate::report::{Campaigns, Members};
use crate::seed::Seed;
use crate::segments::NO_SEGMENT;
use crate::table::{Chunk, Column, FeatureTable, Values};
use crate::warning::Warning;

/// The file that says who moved.
const MOVES: &str = "moves.csv";

/// Runs the command.
pub(super) fn run(args: &AssignArgs, session: &mut Session<'_>) -> Result<()> {
    let to_stdout = args.out == Path::new("-");
    if to_stdout && args.common.json {
        let message = "--json and --out - both want standard output (choose one)";
        return Err(Error::parameter(message));
    }
    if to_stdout && (args.previous.is_some() || args.campaigns) {
        let message = "--previous and --campaigns write several files, which standard output cannot hold \
                       (name a directory with --out)";
        return Err(Error::parameter(message));
    }
    let kernel = Kernel::detect()?;
    let outputs = if to_stdout { None } else { Some(stage(args, session)?) };

    let mut timings = Timings::default();
    session.lap();
    let folder = args.model.parent().unwrap_or(Path::new(""));
    let names = Given::read(args.names.as_deref(), &[folder], None, session)?;
    let own = read_model(&args.model)?;
    let model = applied(own.clone(), &names, session)?;
    let previous = args.previous.as_deref().map(|path| read_previous(path, session.interrupt));
    let previous = previous.transpose()?;
    let rows = Rows::open(args, &model, session, &mut timings)?;
    session.check_cancelled()?;
    let day = rows.day(args, session);
    let mut changes = match args.previous.as_deref().zip(previous.as_ref()) {
        None => None,
        Some((path, previous)) => {
            let day = day.ok_or_else(|| {
                let message = "--previous needs the day of the run, and the table does not say of which \
                               it is (--as-of names it)";
                Error::parameter(message)
            })?;
            Some(Changes::new(day, &rows, &model, previous, path)?)
        }
    };

    let prepared = model.prepare().apply(rows.table()).map_err(|error| rows.blame(error))?;
    timings.prepare_s = session.lap();
    session.check_cancelled()?;

    let mut write = |out: &mut (dyn Write + Send)| {
        let (ids, assignments) = (rows.ids()?, model.assignments(&prepared, &kernel));
        write_assignments(session, args.format, ids, &model, assignments, changes.as_mut(), out)
    };
    let Some(mut outputs) = outputs else {
        return results::stream(|out| write(out).and_then(|_| rows.check_unchanged()));
    };
    let written = outputs.write(0, |out| write(out)).map_err(|error| rows.blame(error))?;
    if let (Some(changes), Some(ids)) = (&changes, rows.ids()?) {
        let name_of = |segment| changes.name_of(segment);
        let defused = outputs
            .write(1, |out| write_moves(ids, changes.moves(), name_of, out))
            .map_err(|error| rows.blame(error))?;
        if defused > 0 {
            session.talk.warn(&Warning::CellsDefused { n: defused });
        }
        session.talk.warn_all(&changes.warnings());
    }
    if let Some(previous) = &previous {
        let told: Vec<String> = model.segments().iter().map(|own| own.name.clone()).collect();
        session.talk.warn_all(other_names(previous, &own, &told).as_slice());
    }
    let campaigns = if args.campaigns {
        let places = places(&model, &prepared, &kernel, session)?;
        Some(mail(args, &rows, &model, &places, &mut outputs, session)?)
    } else {
        None
    };
    rows.check_unchanged()?;
    timings.write_s = session.lap();
    timings.total_s = session.total();

    let target = |index: usize| outputs.target(index).to_string_lossy().into_owned();
    let paths = OutputPaths {
        assignments: target(0),
        moves: changes.as_ref().map(|_| target(1)),
        campaigns,
    };
    let report = Report {
        as_of: day.map(|day| day.to_string()),
        n_moved: changes.as_ref().map(Changes::n_moved),
        n_new: changes.as_ref().map(Changes::n_new),
        n_gone: changes.as_ref().map(Changes::n_gone),
        ..Report::new(args, &model, &kernel, &rows, &written, paths, timings, session)
    };
    results::finish(&report, outputs, &args.common, session)?;
    if changes.is_none() {
        results::say_left(&args.out.join(MOVES), session);
    }
    if !args.campaigns {
        results::say_left(&args.out.join("campaigns"), session);
    }
    Ok(())
}

/// Makes ready to write the files.
fn stage(args: &AssignArgs, session: &Session<'_>) -> Result<Outputs> {
    let assignments = results::assignments_name(args.format);
    let mut names = vec![assignments.as_str()];
    names.extend(args.previous.as_ref().map(|_| MOVES));
    let inputs = inputs(args);
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    let outputs = Outputs::stage(&args.out, &names, &inputs)?;
    session.interrupt.protect(outputs.temporary());
    Ok(outputs)
}

/// What must not be overwritten. The earlier assignments may be: they are in memory before anything is put
/// in their place, and a run that fails before that leaves them.
fn inputs(args: &AssignArgs) -> Vec<PathBuf> {
    let mut inputs = vec![args.model.clone(), args.input.clone()];
    inputs.extend(args.names.clone());
    if is_orders(args) {
        inputs.extend(orders::inputs(&args.input, args.mapping.as_deref()));
    }
    inputs
}

/// By row: the place of the segment among those of the model.
fn places(
    model: &Model,
    prepared: &Prepared,
    kernel: &Kernel,
    session: &Session<'_>,
) -> Result<Vec<u32>> {
    let mut places = Vec::with_capacity(prepared.n_input_rows());
    for batch in model.assignments(prepared, kernel) {
        session.check_cancelled()?;
        places.extend(batch.places(model).map(|at| at.map_or(NO_SEGMENT, |at| at as u32)));
    }
    Ok(places)
}

/// Writes whom to mail; gives the paths of the files.
fn mail(
    args: &AssignArgs,
    rows: &Rows,
    model: &Model,
    places: &[u32],
    outputs: &mut Outputs,
    session: &mut Session<'_>,
) -> Result<Vec<String>> {
    let ids: Vec<Option<String>> = match rows.id_column() {
        Some(_) => rows.id_texts()?.collect::<Result<_>>()?,
        None => Vec::new(),
    };
    check_ids(&ids, rows.id_column()).map_err(|error| rows.blame(error))?;
    let members = Members { id_column: rows.id_column(), ids: &ids, places };
    let params = args.campaign.params(Seed(args.seed));
    let campaigns = Campaigns::new(model.segments(), members, None, params)
        .map_err(|error| rows.blame(error))?;
    let plan = campaigns.plan();
    let files: Vec<String> = plan.iter().map(|file| format!("campaigns/{}", file.file)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let inputs = inputs(args);
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    let at = outputs.add(&files, &inputs)?;
    session.interrupt.protect(outputs.temporary());
    let (mut paths, mut n_defused) = (Vec::new(), 0);
    for (place, index) in at.enumerate() {
        session.check_cancelled()?;
        n_defused += outputs.write(index, |out| campaigns.write(place, out))?;
        paths.push(outputs.target(index).to_string_lossy().into_owned());
    }
    if n_defused > 0 {
        session.talk.warn(&Warning::CellsDefused { n: n_defused });
    }
    say_stale(&args.out, &plan, session);
    Ok(paths)
}

/// Whether the input is one of orders, of which features are to be made.
fn is_orders(args: &AssignArgs) -> bool {
    args.mapping.is_some() || args.input.is_dir()
}

/// The rows that are to have a segment.
pub(super) enum Rows {
    /// A table of features.
    Table(Box<Input>),
    /// The customers of order tables.
    Customers(Box<Customers>),
}

/// Customers, as the model asks for them.
pub(super) struct Customers {
    path: PathBuf,
    opened: Opened,
    known: CustomerTable,
    features: FeatureTable,
}

impl Rows {
    fn open(
        args: &AssignArgs,
        model: &Model,
        session: &mut Session<'_>,
        timings: &mut Timings,
    ) -> Result<Self> {
        if is_orders(args) {
            let customers = Customers::open(args, model, session, timings)?;
            return Ok(Self::Customers(Box::new(customers)));
        }
        let columns = model.prepare().columns().iter().map(|column| column.name.clone());
        let options = ReadOptions {
            columns: ColumnChoice::Named(columns.collect()),
            id: args.id.clone(),
            default_id: model.id_column().map(str::to_owned),
            map: !args.common.no_map,
            ..ReadOptions::default()
        };
        let input = results::open(&args.input, &options, &ASSIGNMENT_COLUMNS, &mut session.talk)?;
        timings.read_s = session.lap();
        Ok(Self::Table(Box::new(input)))
    }

    /// The day of the run, where it is known.
    fn day(&self, args: &AssignArgs, session: &mut Session<'_>) -> Option<Day> {
        let own = match self {
            Self::Table(input) => input.origin.map(|origin| origin.day),
            Self::Customers(customers) => Some(customers.known.known.day()),
        };
        if let Some((given, own)) = args.as_of.zip(own).filter(|(given, own)| given != own) {
            let (day, of_features) = (given.to_string(), own.to_string());
            session.talk.warn(&Warning::OtherDay { day, of_features });
        }
        args.as_of.or(own)
    }

    fn table(&self) -> &FeatureTable {
        match self {
            Self::Table(input) => &input.table,
            Self::Customers(customers) => &customers.features,
        }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Table(input) => input.path(),
            Self::Customers(customers) => &customers.path,
        }
    }

    pub(super) fn id_column(&self) -> Option<&str> {
        match self {
            Self::Table(input) => input.id_column.as_deref(),
            Self::Customers(customers) => Some(&customers.opened.id_column),
        }
    }

    /// The ids, to be written beside results.
    pub(super) fn ids(&self) -> Result<Option<Ids<'_>>> {
        match self {
            Self::Table(input) => results::ids(input),
            Self::Customers(customers) => Ok(Some(customers.ids())),
        }
    }

    /// Every id as text; none where there is no column of ids.
    pub(super) fn id_texts(&self) -> Result<Box<dyn Iterator<Item = Result<Option<String>>> + '_>> {
        Ok(match self {
            Self::Table(input) => Box::new(input.ids()?.into_iter().flat_map(|ids| ids.texts())),
            Self::Customers(customers) => {
                let ids = customers.known.ids(&customers.opened.tables.history);
                Box::new(ids.map(|id| Ok(Some(id))))
            }
        })
    }

    /// An error that came of working on the rows.
    fn blame(&self, error: Error) -> Error {
        match self {
            Self::Table(input) => results::blame(input, error),
            Self::Customers(customers) => orders::blame(&customers.path, error),
        }
    }

    /// Checks that what is still to be read from is as it was.
    fn check_unchanged(&self) -> Result<()> {
        match self {
            Self::Table(input) => input.check_unchanged(),
            // In memory, as a whole.
            Self::Customers(_) => Ok(()),
        }
    }
}

impl Customers {
    /// Reads order tables, and makes of them the features of the model.
    fn open(
        args: &AssignArgs,
        model: &Model,
        session: &mut Session<'_>,
        timings: &mut Timings,
    ) -> Result<Self> {
        if args.id.is_some() {
            let message = "--id is for tables of features (the ids of order tables are known)";
            return Err(Error::parameter(message));
        }
        let origin = origin(model).map_err(|error| error.in_file(&args.model))?;
        let features = model.prepare().columns().iter().map(|column| column.name.as_str());
        let opened = orders::open_for(features, &args.input, args.mapping.as_deref(), session)?;
        timings.read_s = session.lap();
        session.check_cancelled()?;
        Ids::check_name(&opened.id_column, &ASSIGNMENT_COLUMNS)
            .map_err(|error| error.in_file(&args.input))?;

        let history = &opened.tables.history;
        let day = args.as_of.unwrap_or_else(|| history.last_delivered_day());
        orders::say_if_stale(history, day, session);
        let params = CustomerParams {
            set: origin.set,
            recency: origin.recency,
            ..CustomerParams::default()
        };
        let known = customers(history, Knowledge::at(day).from(origin.from), &params)
            .map_err(|error| orders::blame(&args.input, error))?;
        let features = columns_of(model, &known).map_err(|error| error.in_file(&args.input))?;
        timings.features_s = Some(session.lap());
        Ok(Self { path: args.input.clone(), opened, known, features })
    }

    fn ids(&self) -> Ids<'_> {
        const BATCH_ROWS: usize = 1 << 16;
        let mut ids = self.known.ids(&self.opened.tables.history);
        let batches = std::iter::from_fn(move || {
            let batch: StringArray = ids.by_ref().take(BATCH_ROWS).map(Some).collect();
            (!arrow_array::Array::is_empty(&batch)).then(|| Ok(Arc::new(batch) as ArrayRef))
        });
        Ids { column: &self.opened.id_column, values: Box::new(batches) }
    }
}

/// What is known of the customers that the model was fitted on, if new ones can be had like them.
fn origin(model: &Model) -> Result<&Origin> {
    let hint = "cluster a file that `segengine features` wrote, in Arrow or Parquet";
    let Some(origin) = model.origin() else {
        let message = "does not say how its features come from order tables (a table of features is \
                       needed instead, or a model that says so)";
        return Err(Error::data(message).with_hint(hint));
    };
    if origin.hindsight {
        let message = "was fitted on features that tell the future (--naive), which nobody knows on the \
                       day of a run (a model of honest features is needed)";
        return Err(Error::data(message).with_hint(hint));
    }
    Ok(origin)
}

/// The columns of the model, in its order.
fn columns_of(model: &Model, known: &CustomerTable) -> Result<FeatureTable> {
    let columns = model.prepare().columns().iter().map(|fitted| {
        let name = &fitted.name;
        let column = known.columns.iter().find(|column| column.name == *name).ok_or_else(|| {
            let day = known.known.day();
            let message = format!(
                "the model was fitted on it, but these tables do not tell it as of {day} (features of \
                 the set {} are made, without --one-hot)",
                known.params.set.name()
            );
            Error::data(message).in_column(name)
        })?;
        let chunk = Chunk::new(Values::F32(column.values.clone().into()), None)?;
        Ok(Column::new(name, "Float32", vec![chunk]))
    });
    FeatureTable::new(columns.collect::<Result<_>>()?, None)
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    /// Reading the model, the earlier assignments and the input.
    read_s: f64,
    /// Making features, of orders.
    features_s: Option<f64>,
    prepare_s: f64,
    /// Computing the assignments, and writing them as they come.
    write_s: f64,
    /// The whole process but its start-up.
    total_s: f64,
}

/// What `--json` prints, field by field.
#[derive(Serialize)]
struct Report {
    command: &'static str,
    version: &'static str,
    model: String,
    input: String,
    /// The day of the run, where it is known.
    as_of: Option<String>,
    n_rows: u64,
    n_unassigned: u64,
    /// Rows that are farther from their centre than is usual.
    n_far: u64,
    /// With earlier assignments: who came from another segment on the day, who had none before, and who
    /// is not among the rows any more.
    n_moved: Option<u64>,
    n_new: Option<u64>,
    n_gone: Option<u64>,
    k: usize,
    isa: &'static str,
    threads: usize,
    precision: &'static str,
    segments: Vec<Segment>,
    timings: Timings,
    outputs: OutputPaths,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Segment {
    id: u32,
    name: String,
    size: u64,
    share: f64,
    /// Its share of the rows that the model was fitted on.
    share_in_fit: f64,
}

#[derive(Serialize)]
struct OutputPaths {
    assignments: String,
    moves: Option<String>,
    campaigns: Option<Vec<String>>,
}

impl Report {
    #[expect(clippy::too_many_arguments, reason = "one call, which names them all")]
    fn new(
        args: &AssignArgs,
        model: &Model,
        kernel: &Kernel,
        rows: &Rows,
        written: &Written,
        outputs: OutputPaths,
        timings: Timings,
        session: &Session<'_>,
    ) -> Self {
        let n_rows = rows.table().n_rows() as u64;
        let assigned: u64 = written.sizes.iter().sum();
        let share = |n: u64, of: u64| if of == 0 { 0.0 } else { n as f64 / of as f64 };
        let segments =
            model.segments().iter().zip(&written.sizes).map(|(segment, &size)| Segment {
                id: segment.id,
                name: segment.name.clone(),
                size,
                share: share(size, assigned),
                share_in_fit: share(segment.size, model.training().n_used),
            });
        Self {
            command: "assign",
            version: VERSION,
            model: args.model.to_string_lossy().into_owned(),
            input: args.input.to_string_lossy().into_owned(),
            as_of: None,
            n_rows,
            n_unassigned: n_rows - assigned,
            n_far: written.n_far,
            n_moved: None,
            n_new: None,
            n_gone: None,
            k: model.k(),
            isa: kernel.isa().name(),
            threads: session.threads,
            precision: model.prepare().precision().name(),
            segments: segments.collect(),
            timings,
            outputs,
            warnings: session.talk.warning_texts(),
        }
    }
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let in_fit: Vec<_> =
            self.segments.iter().map(|segment| [Some(100.0 * segment.share_in_fit)]).collect();
        let lines: Vec<_> = self
            .segments
            .iter()
            .zip(&in_fit)
            .map(|(segment, in_fit)| Line {
                name: &segment.name,
                size: segment.size,
                share: segment.share,
                means: in_fit,
            })
            .collect();
        let rows = counted(grouped(self.n_rows), "row");
        let title = format!("{rows} in {}", counted(self.k, "segment"));
        let mut text = format!("\n  {}\n\n", paint.bold(title));
        text += &summary::segment_table(
            "segment",
            &lines,
            &["% in the fit".to_owned()],
            &[1.0],
            layout,
        );

        let t = &self.timings;
        let mut stages = vec![("read", t.read_s)];
        stages.extend(t.features_s.map(|seconds| ("features", seconds)));
        stages.extend([("prepare", t.prepare_s), ("write", t.write_s), ("total", t.total_s)]);
        if self.n_unassigned > 0 {
            text += &layout.fact("unassigned", summary::unassigned(self.n_unassigned));
        }
        text += &layout.fact("far", self.far());
        if let Some(changes) = self.changes() {
            text += &layout.fact("changes", changes);
        }
        text += &layout.fact("time", summary::stages(&stages));
        text += &layout.fact("assignments", Escaped(&self.outputs.assignments));
        if let Some(moves) = &self.outputs.moves {
            text += &layout.fact("moves", Escaped(moves));
        }
        for campaign in self.outputs.campaigns.iter().flatten() {
            text += &layout.fact("campaign", Escaped(campaign));
        }
        text
    }
}

impl Report {
    /// How many rows are farther from their centre than is usual.
    fn far(&self) -> String {
        let share = summary::percent(self.n_far as f64 / self.n_rows as f64);
        let rows = counted(grouped(self.n_far), "row");
        format!(
            "{rows} ({share}) farther from the centre than 3 times the distance usual in the fit"
        )
    }

    /// Who moved, with earlier assignments.
    fn changes(&self) -> Option<String> {
        let (moved, new, gone) = (self.n_moved?, self.n_new?, self.n_gone?);
        let (moved, new, gone) = (grouped(moved), grouped(new), grouped(gone));
        let day = self.as_of.as_deref()?;
        Some(format!("{moved} moved on {day}, {new} new, {gone} gone"))
    }
}
