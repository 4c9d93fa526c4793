//! `segengine select`: compare numbers of segments, sets of columns, transforms and scales.

mod report;
mod space;

use std::path::Path;
use std::time::Instant;

use super::args::SelectArgs;
use super::{Session, VERSION, results};
use crate::alternatives::Alternative;
use crate::error::{Error, Escaped, Result, counted};
use crate::io::{ColumnChoice, Input, Outputs, ReadOptions, write_label_columns};
use crate::kernel::Kernel;
use crate::kmeans::KMeansParams;
use crate::prepare::{Prepare, Prepared};
use crate::report::{Blade, Chart};
use crate::seed::Seed;
use crate::select::{
    Candidate, Comparison, Contender, Judgement, Recommendation, Rules, SelectParams, compare,
    contend, end_of_range, recommend, traps,
};
use crate::table::Column;
use crate::warning::Warning;

use report::{OutputPaths, Report, SpaceReport, Timings};
use space::Space;

/// Runs the command.
pub(super) fn run(args: &SelectArgs, session: &mut Session<'_>) -> Result<()> {
    if args.out == Path::new("-") {
        let message = "--out - is standard output, which the summary needs (name a directory)";
        return Err(Error::parameter(message));
    }
    args.check_algorithms()?;
    let kernel = Kernel::detect()?;
    let spaces = Space::all(args)?;
    let labelings = labelings(args, &spaces);
    let names: Vec<&str> = labelings.iter().map(String::as_str).collect();
    let labels = format!("labels.{}", args.format.extension());
    let outputs = Outputs::stage(&args.out, &["selection.html", &labels], &[&args.input])?;
    session.interrupt.protect(outputs.temporary());

    let mut timings = Timings::default();
    session.lap();
    let read = read_options(args, &spaces);
    let input = results::open(&args.input, &read, &names, &mut session.talk)?;
    timings.read_s = session.lap();

    let blame = |error| results::blame(&input, error);
    let mut reports = Vec::with_capacity(spaces.len());
    let mut charts = Vec::with_capacity(spaces.len());
    let mut columns = Vec::with_capacity(names.len());
    for space in &spaces {
        session.check_cancelled()?;
        let warned = session.talk.warnings().len();
        let found =
            Compared::new(args, space, &input, names.len(), &kernel, session).map_err(blame)?;
        let warnings = session.talk.warnings()[warned..].iter().map(Warning::to_string).collect();
        let report = SpaceReport::new(space, &found, warnings);
        charts.push(report.chart(found.shown().map_or_else(Vec::new, blades)));
        reports.push(report);
        columns.extend(found.label_columns(args, input.n_rows()));
    }
    if let Some(reason) = report::why_nothing(&reports) {
        return Err(blame(Error::data(reason)));
    }
    timings.compare_s = session.lap();

    let title = args.input.to_string_lossy().into_owned();
    let page = Chart { title, spaces: charts }.html();
    outputs.write(0, |out| results::write_text(&page, out))?;
    let columns: Vec<(&str, Vec<Option<i32>>)> = names.iter().copied().zip(columns).collect();
    let defused = outputs
        .write(1, |out| write_label_columns(args.format, results::ids(&input)?, &columns, out))
        .map_err(blame)?;
    if defused > 0 {
        session.talk.warn(&Warning::CellsDefused { n: defused });
    }
    input.check_unchanged()?;
    timings.write_s = session.lap();
    timings.total_s = session.total();

    let [chart, labels] = results::targets(&outputs);
    let report = Report {
        command: "select",
        version: VERSION,
        input: args.input.to_string_lossy().into_owned(),
        n_rows: input.n_rows(),
        seed: args.seed,
        n_init: args.n_init,
        seeds: args.seeds,
        bootstrap: args.bootstrap,
        bootstrap_n_init: args.bootstrap_n_init,
        min_share: args.min_share / 100.0,
        isa: kernel.isa().name(),
        threads: session.threads,
        spaces: reports,
        timings,
        outputs: OutputPaths { chart, labels },
        warnings: session.talk.warning_texts(),
    };
    results::finish(&report, outputs, &args.common, session)
}

fn read_options(args: &SelectArgs, spaces: &[Space]) -> ReadOptions {
    let options = args.columns.read_options(&args.common);
    match Space::columns_of_all(spaces) {
        Some(columns) => ReadOptions { columns: ColumnChoice::Named(columns), ..options },
        None => options,
    }
}

/// The names of the labelings that are written: in each space k-means, then the others.
fn labelings(args: &SelectArgs, spaces: &[Space]) -> Vec<String> {
    let algorithms = || std::iter::once("kmeans").chain(args.algorithms().map(Alternative::name));
    let named = |space: &Space| -> Vec<String> {
        let prefix = if space.name.is_empty() { String::new() } else { format!("{} ", space.name) };
        algorithms().map(|algorithm| format!("{prefix}{algorithm}")).collect()
    };
    spaces.iter().flat_map(named).collect()
}

/// What was found in one space.
struct Compared {
    prepared: Prepared,
    names: Vec<String>,
    comparison: Comparison,
    recommendation: Recommendation,
    /// Those that were asked for, in order; none if nothing could be fitted at all.
    contenders: Vec<Contender>,
}

impl Compared {
    fn new(
        args: &SelectArgs,
        space: &Space,
        input: &Input,
        n_labelings: usize,
        kernel: &Kernel,
        session: &mut Session<'_>,
    ) -> Result<Self> {
        let table = space.table(&input.table)?;
        let columns = table.columns().iter().map(Column::name);
        let (transforms, scale) = (space.transforms.clone(), space.scale);
        let prepare = args.preparation.params(&input.advice, columns, transforms, scale);
        results::say_recommended(&input.advice, &table, &prepare, &session.talk);
        let (prepare, prepared, warnings) = Prepare::fit_apply(&table, &prepare)?;
        if !space.name.is_empty() {
            session.talk.note(format_args!("comparing in {}", Escaped(&space.name)));
        }
        session.talk.warn_all(&warnings);
        let names: Vec<String> = prepare.columns().iter().map(|c| c.name.clone()).collect();
        let params = select_params(args, prepared.tiles().n_rows());
        check_room(&params, &prepared, input, n_labelings)?;

        let largest = params.ks.last().copied().unwrap_or(0);
        let follower = session.talk.follow(session.interrupt, input, largest, params.fit.n_init);
        let since = Instant::now();
        let clock = || since.elapsed().as_secs_f64();
        let (tiles, precision) = (prepared.tiles(), prepared.precision());
        let comparison = compare(&tiles, precision, kernel, &params, &clock, &follower)?;
        let rules = Rules { min_share: args.min_share / 100.0, ..Rules::default() };
        let recommendation = recommend(&comparison, &rules);
        let mut contenders = Vec::new();
        let mut warnings = Vec::new();
        if let Some(shown) = comparison.shown(&recommendation) {
            for algorithm in args.algorithms() {
                let contender =
                    contend(&prepared, shown, algorithm, kernel, &params, &clock, &follower)?;
                contenders.push(contender);
            }
            warnings = traps(&prepared, &names, shown, kernel, params.silhouette, &follower)?;
            warnings.extend(end_of_range(&comparison, &recommendation));
        }
        drop(follower);
        session.talk.warn_all(&warnings);
        results::say_if_weights_are_few(&prepared.tiles(), largest, &mut session.talk);
        Ok(Self { prepared, names, comparison, recommendation, contenders })
    }

    /// The candidate that is looked at closely.
    fn shown(&self) -> Option<&Candidate> {
        self.comparison.shown(&self.recommendation)
    }

    /// The labels of k-means and of each algorithm, one per input row; none at all where nothing could
    /// be fitted.
    fn label_columns(&self, args: &SelectArgs, n_rows: usize) -> Vec<Vec<Option<i32>>> {
        let spread = |labels: &mut dyn Iterator<Item = i32>| -> Vec<Option<i32>> {
            let Some(kept) = self.prepared.kept() else { return labels.map(Some).collect() };
            let mut all = vec![None; n_rows];
            kept.set_indices().zip(labels).for_each(|(row, label)| all[row] = Some(label));
            all
        };
        let Some(shown) = self.shown() else {
            return vec![vec![None; n_rows]; 1 + args.algorithms().count()];
        };
        let kmeans = spread(&mut shown.fit.labels.iter().map(|&label| label as i32));
        let others = self.contenders.iter().map(|contender| match &contender.outcome {
            Err(_) => vec![None; n_rows],
            Ok(Judgement { fit, .. }) => {
                let noise = fit.n_clusters as u32;
                let label = |&label: &u32| if label == noise { -1 } else { label as i32 };
                spread(&mut fit.labels.iter().map(label))
            }
        });
        std::iter::once(kmeans).chain(others).collect()
    }
}

fn select_params(args: &SelectArgs, n_rows: usize) -> SelectParams {
    let mut ks = args.k.0.clone();
    ks.sort_unstable();
    ks.dedup();
    let seed = Seed(args.seed);
    SelectParams {
        ks,
        fit: KMeansParams { n_init: args.n_init as usize, seed, ..KMeansParams::new(2) },
        n_seeds: args.seeds as usize,
        n_bootstrap: args.bootstrap as usize,
        bootstrap_n_init: args.bootstrap_n_init as usize,
        silhouette: args.silhouette.method(n_rows, None, args.seed),
    }
}

/// Refuses a comparison that would not fit into memory, before any work; `n_labelings` are written in
/// the end, of all spaces.
fn check_room(
    params: &SelectParams,
    prepared: &Prepared,
    input: &Input,
    n_labelings: usize,
) -> Result<()> {
    let (n, d) = (prepared.tiles().n_rows(), prepared.tiles().n_features());
    let labels = input.n_rows().saturating_mul(n_labelings * size_of::<Option<i32>>());
    let need = params.bytes(n, d, prepared.precision()).saturating_add(labels as u64);
    input.check_room(need, &format!("comparing fits of {}", counted(n, "row")))
}

/// The silhouettes of each cluster, falling, thinned to the lines that can be seen.
fn blades(candidate: &Candidate) -> Vec<Blade> {
    const MOST: usize = 400;
    const FEWEST: usize = 8;
    let Candidate { fit, silhouette, .. } = candidate;
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); candidate.k];
    for (i, &value) in silhouette.values.iter().enumerate() {
        let row = silhouette.rows.as_ref().map_or(i, |rows| rows[i]);
        values[fit.labels[row] as usize].push(value);
    }
    let per_value = silhouette.values.len().div_ceil(MOST) as f64;
    let blades = values.into_iter().zip(&silhouette.clusters);
    blades
        .map(|(mut values, cluster)| {
            values.sort_unstable_by(|a, b| b.total_cmp(a));
            // From the middle of as many equal parts as it has lines.
            let n = values.len();
            let lines = ((n as f64 / per_value).round() as usize).max(FEWEST).min(n);
            let values = (0..lines).map(|i| values[(2 * i + 1) * n / (2 * lines)]).collect();
            let name = format!("Segment {}", cluster.label + 1);
            Blade { name, size: cluster.size, mean: cluster.mean, values }
        })
        .collect()
}
