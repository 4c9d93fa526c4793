//! `segengine run`: from order tables to everything that marketing opens.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::{RunArgs, StabilityArgs, WindowArg};
use super::assign::Rows;
use super::changes::Changes;
use super::matched::{MatchReport, Previous};
use super::orders::{self, Opened, TableReport};
use super::report::{self, File, Look, Subject, Summary, Telling, curve, since};
use super::results;
use super::stability::{self, Study};
use super::summary::{self, Layout};
use super::{Session, VERSION};
use crate::error::{Error, ErrorKind, Escaped, Result};
use crate::history::{CustomerParams, Day, Knowledge, customers};
use crate::io::{
    ColumnChoice, Input, OutputFormat, Outputs, PreviousAssignments, ReadOptions, open_bytes,
    read_previous, read_terms, write_customers, write_model,
};
use crate::kernel::Kernel;
use crate::kmeans::{self, KMeansParams};
use crate::metrics::SilhouetteMethod;
use crate::model::{Model, fingerprint};
use crate::prepare::{Prepare, PrepareParams, Prepared};
use crate::report::StabilityCurve;
use crate::seed::Seed;
use crate::select::{Rules, SelectParams, compare, recommend};
use crate::stability::{Currency, Terms};
use crate::table::Column;
use crate::warning::Warning;

const MODEL: &str = "model.json";
const ASSIGNMENTS: &str = "assignments.arrow";
const FEATURES: &str = "features.arrow";
/// The numbers of segments among which is chosen: more than eight nobody tells apart.
const KS: std::ops::RangeInclusive<usize> = 3..=8;

/// Runs the command.
pub(super) fn run(args: &RunArgs, session: &mut Session<'_>) -> Result<()> {
    if args.out == Path::new("-") {
        let message =
            "--out - is standard output, which cannot hold several files (name a directory)";
        return Err(Error::parameter(message));
    }
    let kernel = Kernel::detect()?;
    let staged = staged();
    let inputs = inputs(args);
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    let mut outputs = Outputs::stage(&args.out, &staged, &inputs)?;
    session.interrupt.protect(outputs.temporary());
    let mut timings = Timings::default();
    session.lap();
    let folders: Vec<&Path> =
        args.previous.iter().chain([&args.out]).map(PathBuf::as_path).collect();
    let mut telling = Telling::read(&args.telling, &folders, &args.out, session)?;
    let terms = terms(args)?;
    let earlier = args.previous.as_deref().map(|dir| Earlier::read(dir, args, session));
    let earlier = earlier.transpose()?;
    telling.names.earlier = earlier.as_ref().map(|earlier| earlier.model.model().clone());
    let opened = orders::open(&args.input, args.mapping.as_deref(), session)?;
    timings.read_s = session.lap();
    session.check_cancelled()?;

    let made = Made::new(args, &opened, session)?;
    timings.features_s = session.lap();
    session.check_cancelled()?;

    let blame = |error: Error| orders::blame(&args.input, error);
    let (prepare, prepared, warnings) = made.prepare().map_err(blame)?;
    session.talk.warn_all(&warnings);
    let (k, choice) = match args.k {
        Some(k) => (k as usize, None),
        None => {
            let (k, reason) = choose(args, &prepare, &prepared, &kernel, session).map_err(blame)?;
            (k, Some(reason))
        }
    };
    timings.select_s = session.lap();
    session.check_cancelled()?;

    let (model, matched) =
        fit(args, k, &made, (prepare, &prepared), earlier.as_ref(), &kernel, session)?;
    timings.fit_s = session.lap();

    let mut files = Vec::new();
    let mut curve = None;
    if !args.no_stability
        && let Some((study, own)) = follow(args, k, &model, &opened, &terms, &kernel, session)?
    {
        timings.stability_s = study.follow_s + study.compare_s;
        files.extend(study.files);
        curve = Some(own);
    }
    timings.stability_s += session.lap();
    session.check_cancelled()?;

    let everything = made.everything()?;
    let words = report::words(&everything);
    let ids = report::ids(&everything)?;
    let subject = Subject {
        model: &model,
        table: &everything.table,
        words: &words,
        id_column: everything.id_column.as_deref(),
        ids: &ids,
        as_of: Some(made.day),
        names: &telling.names,
    };
    let look = Look {
        language: args.telling.lang,
        currency: args.telling.currency,
        seed: Seed(args.seed),
        bootstrap: args.bootstrap as usize,
        bootstrap_n_init: args.n_init as usize,
    };
    let seen = subject.look(look, &kernel, session).map_err(blame)?;
    let (before, path) = earlier.map(|earlier| (earlier.assignments, earlier.path)).unzip();
    let before = before.map(since::Before::last);
    let since = before.as_ref().map(|before| before.since(&subject, &seen, session)).transpose()?;
    let model = report::named(&model, &seen.segments)?;
    let told = report::tell(&subject, look, seen, since, curve, &telling, session)?;
    let last = before.as_ref().and_then(since::Before::of_last).zip(path.as_deref());
    let own = Own { model: &model, kernel: &kernel, last };
    files.extend(own.files(made, &prepared, session)?);
    let stale_of = told.campaigns;
    files.extend(told.files);
    timings.tell_s = session.lap();

    let outputs_written = report::write(&files, &staged, &inputs, &mut outputs, session)?;
    report::say_stale(&args.out, &stale_of, session);
    let is_made = |name: &str| files.iter().any(|file| file.name == name);
    for left in stability::FILES.into_iter().filter(|name| !is_made(name)) {
        results::say_left(&args.out.join(left), session);
    }
    timings.write_s = session.lap();
    timings.total_s = session.total();
    let report = Report {
        command: "run",
        version: VERSION,
        input: args.input.to_string_lossy().into_owned(),
        k,
        choice,
        told: told.summary,
        matched,
        tables: orders::tables_read(&opened.tables),
        isa: kernel.isa().name(),
        threads: session.threads,
        timings,
        out: args.out.to_string_lossy().into_owned(),
        outputs: outputs_written,
        warnings: session.talk.warning_texts(),
    };
    results::finish(&report, outputs, &args.common, session)
}

/// The files whose names are known beforehand.
fn staged() -> Vec<&'static str> {
    let own = [MODEL, ASSIGNMENTS, FEATURES].into_iter().chain(report::FILES);
    own.chain(stability::FILES).collect()
}

/// What must not be overwritten. The folder of the earlier run may be the one that is written to: what is
/// read of it is in memory before anything is put in its place.
fn inputs(args: &RunArgs) -> Vec<PathBuf> {
    let mut inputs = orders::inputs(&args.input, args.mapping.as_deref());
    inputs.extend([&args.terms, &args.telling.template].into_iter().flatten().cloned());
    inputs
}

/// The terms of the proposal, which counts in the currency of the orders.
fn terms(args: &RunArgs) -> Result<Terms> {
    let shop = args.telling.currency;
    let Some(path) = &args.terms else {
        // What is known by default is known in euros.
        let is_known = matches!(shop, Currency::Real | Currency::Euro) || args.no_stability;
        if !is_known {
            let code = shop.code();
            let message = format!(
                "a proposal for a shop that counts in {code} needs --terms, with shop_currency = \"{code}\" and \
                 rates.exchange (or --no-stability leaves it out)"
            );
            return Err(Error::parameter(message));
        }
        return Ok(Terms::new(Currency::Euro, shop));
    };
    let terms = read_terms(path)?;
    if terms.shop_currency() != shop {
        let (theirs, ours) = (terms.shop_currency().code(), shop.code());
        let message =
            format!("shop_currency is {theirs}, but --currency is {ours} (the same is needed)");
        return Err(Error::parameter(message).in_file(path));
    }
    Ok(terms)
}

/// What an earlier run left.
struct Earlier {
    path: PathBuf,
    model: Previous,
    assignments: PreviousAssignments,
}

impl Earlier {
    fn read(dir: &Path, args: &RunArgs, session: &Session<'_>) -> Result<Self> {
        let path = dir.join(ASSIGNMENTS);
        Ok(Self {
            model: Previous::read(&dir.join(MODEL), args.min_overlap)?,
            assignments: read_previous(&path, session.interrupt)?,
            path,
        })
    }
}

/// The customers, as the file of features has them.
struct Made {
    day: Day,
    bytes: Vec<u8>,
    /// What segments are made of.
    input: Input,
}

impl Made {
    fn new(args: &RunArgs, opened: &Opened, session: &mut Session<'_>) -> Result<Self> {
        let history = &opened.tables.history;
        let day = args.as_of.unwrap_or_else(|| history.last_delivered_day());
        orders::say_if_stale(history, day, session);
        let params = CustomerParams {
            set: args.set,
            recency: args.recency,
            describe: true,
            ..CustomerParams::default()
        };
        let known = Knowledge::at(day).from(args.from);
        let table = customers(history, known, &params)
            .map_err(|error| orders::blame(&args.input, error))?;
        if !table.left_out.is_empty() {
            session.talk.warn(&Warning::FeaturesLeftOut { features: table.left_out.clone() });
        }
        let mut bytes = Vec::new();
        let format = OutputFormat::Arrow;
        write_customers(format, &opened.id_column, history, &table, &mut bytes)?;
        let columns = ColumnChoice::All { exclude: Vec::new() };
        let input = read(&bytes, columns, &opened.id_column)?;
        session.talk.warn_all(&input.notes);
        Ok(Self { day, bytes, input })
    }

    /// With every column, also those that only describe.
    fn everything(&self) -> Result<Input> {
        let id = self.input.id_column.clone().unwrap_or_default();
        read(&self.bytes, ColumnChoice::Everything, &id)
    }

    fn prepare(&self) -> Result<(Prepare, Prepared, Vec<Warning>)> {
        let columns = self.input.table.columns().iter().map(Column::name);
        let params = PrepareParams::advised(&self.input.advice, columns);
        Prepare::fit_apply(&self.input.table, &params)
    }
}

/// The customers as a table.
fn read(bytes: &[u8], columns: ColumnChoice, id: &str) -> Result<Input> {
    let options = ReadOptions { columns, id: Some(id.to_owned()), ..ReadOptions::default() };
    open_bytes(Path::new(FEATURES), bytes.to_vec(), &options)
}

/// The number of segments to take, and why.
fn choose(
    args: &RunArgs,
    prepare: &Prepare,
    prepared: &Prepared,
    kernel: &Kernel,
    session: &mut Session<'_>,
) -> Result<(usize, String)> {
    session.talk.note("choosing the number of segments");
    let tiles = prepared.tiles();
    let seed = Seed(args.seed);
    let params = SelectParams {
        ks: KS.collect(),
        fit: KMeansParams { n_init: args.n_init as usize, seed, ..KMeansParams::new(2) },
        n_seeds: args.seeds as usize,
        n_bootstrap: args.bootstrap as usize,
        bootstrap_n_init: 5,
        silhouette: SilhouetteMethod::for_rows(tiles.n_rows(), seed),
    };
    let clock = || 0.0;
    let compared =
        compare(&tiles, prepare.precision(), kernel, &params, &clock, session.interrupt)?;
    let found = recommend(&compared, &Rules::default());
    let Some(k) = found.k.or(found.shown) else {
        let message = "too few different customers for 3 segments (-k names a smaller number)";
        return Err(Error::data(message));
    };
    if found.k.is_none() {
        session.talk.warn(&Warning::NoSoundNumber { k, reason: found.reason.clone() });
    }
    Ok((k, found.reason))
}

/// Fits segments, those of `earlier` keeping their ids where they are found again.
fn fit(
    args: &RunArgs,
    k: usize,
    made: &Made,
    (prepare, prepared): (Prepare, &Prepared),
    earlier: Option<&Earlier>,
    kernel: &Kernel,
    session: &mut Session<'_>,
) -> Result<(Model, Option<MatchReport>)> {
    let seed = Seed(args.seed);
    let params = KMeansParams { n_init: args.n_init as usize, seed, ..KMeansParams::new(k) };
    let input = &made.input;
    let blame = |error| orders::blame(&args.input, error);
    let follower = session.talk.follow(session.interrupt, input, k, params.n_init);
    let mut fit = kmeans::fit(&prepared.tiles(), prepare.precision(), kernel, &params, &follower)
        .map_err(blame)?;
    drop(follower);
    if !fit.converged {
        session.talk.warn(&Warning::NotConverged { n_iter: fit.n_iter });
    }
    let matched = match earlier {
        None => None,
        Some(earlier) => {
            let before = earlier.model.assign(input, kernel, session)?;
            Some(before.carry_on(prepared, &mut fit, kernel).map_err(blame)?)
        }
    };
    let model = Model::new(prepare, prepared, &params, &fit, fingerprint(&input.table))
        .and_then(|model| match &matched {
            Some(matched) => matched.identify(model),
            None => Ok(model),
        })
        .and_then(|model| model.with_id_column(input.id_column.clone()))
        .map(|model| model.with_origin(input.origin))
        .map_err(blame)?;
    let report = matched.map(|matched| matched.report(&model));
    Ok((model, report))
}

/// How long such segments last, and the curve of it for the page. `None`, and a warning,
/// where the orders do not reach far enough back.
fn follow(
    args: &RunArgs,
    k: usize,
    model: &Model,
    opened: &Opened,
    terms: &Terms,
    kernel: &Kernel,
    session: &mut Session<'_>,
) -> Result<Option<(Study, StabilityCurve)>> {
    session.talk.note("following segments over time");
    let args = StabilityArgs {
        input: args.input.clone(),
        out: args.out.clone(),
        periods: args.periods,
        step: args.step.clone(),
        as_of: args.as_of,
        origins: 1,
        window: WindowArg::Expanding,
        from: args.from,
        naive: false,
        k: k as u32,
        set: args.set,
        recency: args.recency,
        n_init: args.n_init,
        seed: args.seed,
        threshold: args.threshold,
        seeds: args.seeds,
        bootstrap: args.bootstrap,
        bootstrap_n_init: args.n_init,
        mapping: args.mapping.clone(),
        terms: args.terms.clone(),
        lang: args.telling.lang,
        common: args.common.clone(),
    };
    let history = &opened.tables.history;
    match stability::study(&args, history, terms, kernel, session) {
        Ok(study) => {
            let json = study.files.first().map(|file| file.bytes.as_slice()).unwrap_or_default();
            let curve = curve::parse(json, model, session)?;
            let proposal = Some(report::PROPOSAL.to_owned());
            Ok(Some((study, StabilityCurve { proposal, ..curve })))
        }
        Err(error) if error.kind() == ErrorKind::Data => {
            session.talk.warn(&Warning::NotFollowed { reason: error.to_string() });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What programs read: model, assignments and features.
struct Own<'a> {
    model: &'a Model,
    kernel: &'a Kernel,
    /// The assignments of the run before, and where they lie.
    last: Option<(&'a PreviousAssignments, &'a Path)>,
}

impl Own<'_> {
    fn files(
        &self,
        made: Made,
        prepared: &Prepared,
        session: &mut Session<'_>,
    ) -> Result<Vec<File>> {
        let mut model = Vec::new();
        write_model(self.model, &mut model)?;
        let Made { day, bytes, input } = made;
        let rows = Rows::Table(Box::new(input));
        let changes =
            self.last.map(|(last, path)| Changes::new(day, &rows, self.model, last, path));
        let mut changes = changes.transpose()?;
        let mut assignments = Vec::new();
        let found = self.model.assignments(prepared, self.kernel);
        let ids = rows.ids()?;
        results::write_assignments(
            session,
            OutputFormat::Arrow,
            ids,
            self.model,
            found,
            changes.as_mut(),
            &mut assignments,
        )?;
        if let Some(changes) = &changes {
            session.talk.warn_all(&changes.warnings());
        }
        let file = |name: &str, bytes| File { name: name.to_owned(), bytes };
        Ok(vec![file(MODEL, model), file(ASSIGNMENTS, assignments), file(FEATURES, bytes)])
    }
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    /// Reading and joining the tables.
    read_s: f64,
    features_s: f64,
    /// Preparing them, and choosing the number of segments.
    select_s: f64,
    fit_s: f64,
    stability_s: f64,
    /// Describing the segments, and making the files.
    tell_s: f64,
    write_s: f64,
    /// The whole process but its start-up.
    total_s: f64,
}

/// What `--json` prints, field by field.
#[derive(Serialize)]
struct Report {
    command: &'static str,
    version: &'static str,
    input: String,
    k: usize,
    /// Why that number of segments, unless it was given.
    choice: Option<String>,
    #[serde(flatten)]
    told: Summary,
    /// What became of the segments of the earlier run.
    #[serde(rename = "match")]
    matched: Option<MatchReport>,
    tables: Vec<TableReport>,
    isa: &'static str,
    threads: usize,
    timings: Timings,
    #[serde(skip)]
    out: String,
    outputs: Vec<String>,
    warnings: Vec<String>,
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let mut text = self.told.title(layout);
        text += &self.told.table(layout);
        if let Some(choice) = &self.choice {
            text += &layout.prose("number", choice);
        }
        if let Some(matched) = &self.matched {
            text += &layout.fact("match", matched.said());
        }
        text += &self.told.facts(layout);
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("features", t.features_s),
            ("select", t.select_s),
            ("fit", t.fit_s),
            ("stability", t.stability_s),
            ("tell", t.tell_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        text += &layout.fact("time", summary::stages(&stages));
        let page = Path::new(&self.out).join("report.html");
        let page = page.to_string_lossy();
        text + &layout.fact("open", Escaped(&page))
    }
}
