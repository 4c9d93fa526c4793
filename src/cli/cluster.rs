//! `segengine cluster`: fit segments, write the model and a segment per row.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::{self, AlgorithmArg, ClusterArgs, InitArg, PreparationArgs};
use super::matched::{MatchReport, Previous};
use super::results::{self, Named, SilhouetteReport, write_assignments};
use super::summary::{self, Layout, Line};
use super::{Session, VERSION};
use crate::error::{Error, Escaped, Result, counted, grouped};
use crate::io::{
    ASSIGNMENT_COLUMNS, ColumnChoice, Input, OutputFormat, Outputs, ReadOptions, check_model_size,
    open_for_command, write_model,
};
use crate::kernel::Kernel;
use crate::kmeans::{self, Algorithm, Fit, Init, KMeansParams};
use crate::metrics::{Labeling, Silhouette, silhouette};
use crate::model::{Model, fingerprint, segment_means};
use crate::prepare::{Missing, Prepare, PrepareParams, Prepared, Scale, Transform};
use crate::seed::Seed;
use crate::table::{Column, FeatureTable};
use crate::warning::Warning;

/// What is to be done, resolved from the arguments.
struct Plan {
    input: PathBuf,
    read: ReadOptions,
    preparation: PreparationArgs,
    transforms: Option<Vec<(String, Transform)>>,
    scale: Option<Scale>,
    /// Its `init` is replaced if `start` names a file.
    fit: KMeansParams,
    start: Option<PathBuf>,
    kernel: Kernel,
}

impl Plan {
    fn new(args: &ClusterArgs) -> Result<Self> {
        const BATCH_ROWS: u32 = 4096;

        let algorithm = match (args.algorithm, args.batch_size) {
            (AlgorithmArg::Lloyd, None) => Algorithm::Lloyd,
            (AlgorithmArg::Lloyd, Some(_)) => {
                return Err(Error::parameter("--batch-size needs --algorithm minibatch"));
            }
            (AlgorithmArg::MiniBatch, rows) => {
                Algorithm::MiniBatch { batch_size: rows.unwrap_or(BATCH_ROWS) as usize }
            }
        };
        // scikit-learn's defaults: a tolerance of its own would end mini-batches too early.
        let tol = if algorithm == Algorithm::Lloyd { 1e-4 } else { 0.0 };
        let (init, start, n_init) = match &args.init {
            InitArg::KMeansPlusPlus => (Init::KMeansPlusPlus, None, 10),
            InitArg::Random => (Init::Random, None, 10),
            InitArg::File(_) if args.n_init.is_some_and(|n| n > 1) => {
                let message = "--init: a file is one start (leave --n-init out)";
                return Err(Error::parameter(message));
            }
            InitArg::File(path) => (Init::Centers(Vec::new()), Some(path.clone()), 1),
        };
        Ok(Self {
            input: args.input.clone(),
            read: args.columns.read_options(&args.common),
            preparation: args.preparation.clone(),
            transforms: args::given_transforms(&args.transform)?,
            scale: args.scale,
            fit: KMeansParams {
                k: args.k as usize,
                algorithm,
                init,
                n_init: args.n_init.unwrap_or(n_init) as usize,
                max_iter: args.max_iter as usize,
                tol: args.tol.unwrap_or(tol),
                seed: Seed(args.seed),
            },
            start,
            kernel: Kernel::detect()?,
        })
    }

    /// How the columns of `input` are prepared.
    fn prepare_params(&self, input: &Input) -> PrepareParams {
        let columns = input.table.columns().iter().map(Column::name);
        self.preparation.params(&input.advice, columns, self.transforms.clone(), self.scale)
    }

    /// Refuses a fit that could not be finished, before any work.
    fn check_size(&self, input: &Input) -> Result<()> {
        let table = &input.table;
        let (n, d) = (table.n_rows(), table.n_features());
        let (rows, segments) = (counted(n, "row"), counted(self.fit.k, "segment"));
        if self.fit.k > n {
            let message = format!("{rows}, {segments} (-k from 1 to {n} is accepted here)");
            return Err(Error::data(message));
        }
        check_model_size(self.fit.k, d)?;
        let precision = self.preparation.precision.0.unwrap_or_else(|| table.natural_precision());
        let what = format!("a fit of {rows} in {segments}");
        input.check_room(kmeans::bytes_to_fit(&self.fit, n, d, precision), &what)
    }

    /// The starting centres in the file at `path`, in the prepared space.
    fn starting_centers(&self, path: &Path, prepare: &Prepare) -> Result<Vec<f64>> {
        let names = prepare.columns().iter().map(|column| column.name.clone());
        let options = ReadOptions {
            columns: ColumnChoice::Named(names.collect()),
            map: self.read.map,
            ..ReadOptions::default()
        };
        let input = open_for_command(path, &options)?;
        if prepare.missing() == Missing::Error {
            refuse_missing(&input.table).map_err(|error| results::blame(&input, error))?;
        }
        let prepared =
            prepare.apply(&input.table).map_err(|error| results::blame(&input, error))?;
        let tiles = prepared.tiles();
        if tiles.n_rows() != self.fit.k {
            let rows = tiles.n_rows();
            let found = counted(rows, "starting centre");
            let message = format!("{found} ({} needed, one per segment)", self.fit.k);
            return Err(Error::data(message).in_file(path));
        }
        let centers = (0..tiles.n_rows()).flat_map(|row| tiles.row::<f64>(row)).collect();
        // The fit watches its own table only.
        input.check_unchanged()?;
        Ok(centers)
    }
}

/// Refuses starting centres without a value in some column.
fn refuse_missing(centers: &FeatureTable) -> Result<()> {
    for column in centers.columns() {
        if let Some(row) = (0..centers.n_rows()).find(|&row| column.get(row).is_nan()) {
            let message = "value is null or NaN (a starting centre needs one in every column)";
            return Err(Error::data(message).in_column(column.name()).at_row(row as u64 + 1));
        }
    }
    Ok(())
}

/// Runs the command.
pub(super) fn run(args: &ClusterArgs, session: &mut Session<'_>) -> Result<()> {
    if args.out == Path::new("-") {
        let message = "--out - is standard output, which cannot hold two files (name a directory)";
        return Err(Error::parameter(message));
    }
    let mut plan = Plan::new(args)?;
    let mut inputs = vec![plan.input.as_path()];
    inputs.extend(plan.start.as_deref());
    inputs.extend(args.previous.as_deref());
    let assignments = results::assignments_name(args.format);
    let outputs = Outputs::stage(&args.out, &["model.json", &assignments], &inputs)?;
    session.interrupt.protect(outputs.temporary());

    let mut timings = Timings::default();
    session.lap();
    let previous = args.previous.as_deref().map(|path| Previous::read(path, args.min_overlap));
    let previous = previous.transpose()?;
    let input = results::open(&plan.input, &plan.read, &ASSIGNMENT_COLUMNS, &mut session.talk)?;
    timings.read_s = session.lap();
    plan.check_size(&input).map_err(|error| error.in_file(&plan.input))?;
    session.check_cancelled()?;

    let blame = |error| results::blame(&input, error);
    let params = plan.prepare_params(&input);
    results::say_recommended(&input.advice, &input.table, &params, &session.talk);
    let before = previous.as_ref().map(|previous| previous.assign(&input, &plan.kernel, session));
    let before = before.transpose()?;
    let (prepare, prepared, warnings) = Prepare::fit_apply(&input.table, &params).map_err(blame)?;
    session.talk.warn_all(&warnings);
    if let Some(path) = &plan.start {
        plan.fit.init = Init::Centers(plan.starting_centers(path, &prepare)?);
    }
    timings.prepare_s = session.lap();
    session.check_cancelled()?;

    let precision = prepare.precision();
    let follower = session.talk.follow(session.interrupt, &input, plan.fit.k, plan.fit.n_init);
    let mut fit = kmeans::fit(&prepared.tiles(), precision, &plan.kernel, &plan.fit, &follower)
        .map_err(blame)?;
    timings.seed_s = follower.seeding().as_secs_f64();
    drop(follower);
    timings.fit_s = session.lap() - timings.seed_s;

    let matched = before.map(|before| before.carry_on(&prepared, &mut fit, &plan.kernel));
    let matched = matched.transpose().map_err(blame)?;
    let silhouette = score(args, &input, &prepared, &fit, &plan.kernel, session).map_err(blame)?;
    let means = segment_means(&input.table, prepared.kept(), &fit.labels, plan.fit.k);
    let fingerprint = fingerprint(&input.table);
    let model = Model::new(prepare, &prepared, &plan.fit, &fit, fingerprint)
        .and_then(|model| match &matched {
            Some(matched) => matched.identify(model),
            None => Ok(model),
        })
        .and_then(|model| model.with_id_column(input.id_column.clone()))
        .map(|model| model.with_origin(input.origin))
        .map_err(blame)?;
    warn_about(&fit, &model, session);
    timings.score_s = session.lap();

    outputs.write(0, |out| write_model(&model, out))?;
    outputs
        .write(1, |out| {
            let (ids, rows) = (results::ids(&input)?, model.assignments(&prepared, &plan.kernel));
            write_assignments(session, args.format, ids, &model, rows, None, out)
        })
        .map_err(blame)?;
    input.check_unchanged()?;
    let [model_path, assignments] = results::targets(&outputs);
    let paths = OutputPaths { model: model_path, assignments };
    timings.write_s = session.lap();
    timings.total_s = session.total();

    let scored = silhouette.as_ref().map(SilhouetteReport::new);
    let report = Report {
        matched: matched.map(|matched| matched.report(&model)),
        ..Report::new(&plan, &model, &means, scored, paths, timings, session)
    };
    results::finish(&report, outputs, &args.common, session)?;
    note_stale(args, session);
    Ok(())
}

/// Names assignments in other formats that lie beside the new model and are not its own.
fn note_stale(args: &ClusterArgs, session: &Session<'_>) {
    for format in OutputFormat::ALL.into_iter().filter(|&format| format != args.format) {
        let stale = args.out.join(results::assignments_name(format));
        if stale.exists() {
            let stale = stale.to_string_lossy();
            let stale = Escaped(&stale);
            session.talk.note(format_args!("{stale} was there before and is not of this model"));
        }
    }
}

/// The silhouette of the segments, where it is wanted and defined.
fn score(
    args: &ClusterArgs,
    input: &Input,
    prepared: &Prepared,
    fit: &Fit,
    kernel: &Kernel,
    session: &Session<'_>,
) -> Result<Option<Silhouette>> {
    let tiles = prepared.tiles();
    let (n, d, precision) = (tiles.n_rows(), tiles.n_features(), prepared.precision());
    let labeling = Labeling::new(&fit.labels)?;
    let Some(which) = args.silhouette.0.filter(|_| labeling.check_separates().is_ok()) else {
        return Ok(None);
    };
    let method = which.method(n, None, args.seed);
    let what = format!("the {} silhouette of {}", method.name(), counted(n, "row"));
    input.check_room(method.bytes(n, d, labeling.k(), precision), &what)?;
    let follower = session.talk.follow(session.interrupt, input, labeling.k(), 1);
    silhouette(&tiles, precision, kernel, &labeling, method, &follower).map(Some)
}

/// Says what a person should know before believing the result.
fn warn_about(fit: &Fit, model: &Model, session: &mut Session<'_>) {
    const LARGE: f64 = 0.8;
    const SMALL: f64 = 0.01;

    if !fit.converged {
        session.talk.warn(&Warning::NotConverged { n_iter: fit.n_iter });
    }
    let used = model.training().n_used as f64;
    let share = |size: u64| size as f64 / used;
    let mut small = Vec::new();
    for segment in model.segments() {
        if share(segment.size) > LARGE && model.k() > 1 {
            session.talk.warn(&Warning::LargeSegment {
                segment: segment.name.clone(),
                share: share(segment.size),
            });
        }
        if share(segment.size) < SMALL {
            small.push(segment.name.clone());
        }
    }
    if !small.is_empty() {
        session.talk.warn(&Warning::SmallSegments { segments: small });
    }
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    /// Opening, checking and, where it is not mapped, reading the input.
    read_s: f64,
    /// Learning and applying the preparation.
    prepare_s: f64,
    /// Choosing starts, all of them together.
    seed_s: f64,
    /// The rest of the fit: from prepared columns to final labels and inertia.
    fit_s: f64,
    /// Describing the segments, and their silhouette.
    score_s: f64,
    /// Writing and syncing the outputs. (Putting them in place comes after the report.)
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
    n_rows: u64,
    /// Rows that have a segment.
    #[serde(skip)]
    n_used: u64,
    n_features: usize,
    columns: Vec<String>,
    k: usize,
    algorithm: &'static str,
    isa: &'static str,
    threads: usize,
    precision: &'static str,
    seed: u64,
    inertia: f64,
    n_iter: usize,
    converged: bool,
    n_init: u64,
    scale: &'static str,
    silhouette: Option<SilhouetteReport>,
    segments: Vec<Segment>,
    /// What became of the segments of `--match`.
    #[serde(rename = "match")]
    matched: Option<MatchReport>,
    /// How much each column tells the segments apart.
    #[serde(skip)]
    importance: Vec<f64>,
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
    center: Named,
    mean: Named,
}

#[derive(Serialize)]
struct OutputPaths {
    model: String,
    assignments: String,
}

impl Report {
    fn new(
        plan: &Plan,
        model: &Model,
        means: &[f64],
        silhouette: Option<SilhouetteReport>,
        outputs: OutputPaths,
        timings: Timings,
        session: &Session<'_>,
    ) -> Self {
        let training = model.training();
        let columns: Vec<_> =
            model.prepare().columns().iter().map(|column| column.name.clone()).collect();
        let d = columns.len();
        let named = |values: Vec<f64>| Named::new(&columns, values);
        let segments = model.segments().iter().enumerate().map(|(i, segment)| Segment {
            id: segment.id,
            name: segment.name.clone(),
            size: segment.size,
            share: segment.size as f64 / training.n_used as f64,
            center: named(model.center_in_original_units(i)),
            mean: named(means[i * d..(i + 1) * d].to_vec()),
        });
        Self {
            command: "cluster",
            version: VERSION,
            input: plan.input.to_string_lossy().into_owned(),
            n_rows: training.n_rows,
            n_used: training.n_used,
            n_features: d,
            k: model.k(),
            algorithm: match plan.fit.algorithm {
                Algorithm::MiniBatch { .. } => AlgorithmArg::MiniBatch.name(),
                _ => AlgorithmArg::Lloyd.name(),
            },
            isa: plan.kernel.isa().name(),
            threads: session.threads,
            precision: model.prepare().precision().name(),
            seed: plan.fit.seed.0,
            inertia: training.inertia,
            n_iter: training.n_iter as usize,
            converged: training.converged,
            n_init: training.n_init,
            scale: model.prepare().scale().name(),
            silhouette,
            segments: segments.collect(),
            matched: None,
            importance: importance(model),
            timings,
            outputs,
            warnings: session.talk.warning_texts(),
            columns,
        }
    }
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let lines: Vec<_> = self
            .segments
            .iter()
            .map(|segment| Line {
                name: &segment.name,
                size: segment.size,
                share: segment.share,
                means: segment.mean.values(),
            })
            .collect();

        let rows = counted(grouped(self.n_rows), "row");
        let title = counted(self.k, "segment");
        let columns = counted(self.n_features, "column");
        let source = format!("of {rows} in {columns}, mean of each column below");
        let mut text = format!("\n  {} {}\n\n", paint.bold(title), paint.dim(source));
        text += &summary::segment_table("segment", &lines, &self.columns, &self.importance, layout);
        if let Some(matched) = &self.matched {
            text += &matched.tables(layout);
        }

        let settled = if self.converged { "converged" } else { "not converged" };
        let best = if self.n_init == 1 { "" } else { "best of " };
        let starts = counted(self.n_init, "start");
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("prepare", t.prepare_s),
            ("seed", t.seed_s),
            ("fit", t.fit_s),
            ("score", t.score_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        if self.n_used < self.n_rows {
            let n = self.n_rows - self.n_used;
            text += &layout.fact("unassigned", summary::unassigned(n));
        }
        text += &layout.fact(
            "fit",
            format_args!(
                "inertia {:.6e} after {}, {settled}, {best}{starts}",
                self.inertia,
                counted(self.n_iter, "iteration")
            ),
        );
        if let Some(silhouette) = &self.silhouette {
            text += &layout.fact("silhouette", silhouette.said());
        }
        if let Some(matched) = &self.matched {
            text += &layout.prose("match", &matched.said());
        }
        text += &layout.fact(
            "engine",
            format_args!(
                "{} in {} on {}, {}, scale {}, seed {}",
                self.algorithm,
                self.precision,
                self.isa,
                counted(self.threads, "thread"),
                self.scale,
                self.seed
            ),
        );
        text += &layout.fact("time", summary::stages(&stages));
        text += &layout.fact("model", Escaped(&self.outputs.model));
        text += &layout.fact("assignments", Escaped(&self.outputs.assignments));
        text
    }
}

/// How far apart the segments are in each column: the variance of their centres in the prepared
/// space, where columns can be compared.
fn importance(model: &Model) -> Vec<f64> {
    let d = model.prepare().columns().len();
    let used = model.training().n_used as f64;
    let shares: Vec<_> = model.segments().iter().map(|s| s.size as f64 / used).collect();
    let variance = |column: usize| {
        let centers = || model.centers().iter().skip(column).step_by(d).zip(&shares);
        let mean: f64 = centers().map(|(center, share)| center * share).sum();
        centers().map(|(center, share)| share * (center - mean).powi(2)).sum()
    };
    (0..d).map(variance).collect()
}
