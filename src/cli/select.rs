//! `segengine select`: compare numbers of segments, sets of columns, transforms and scales.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use super::args::{self, SelectArgs};
use super::results::{self, SilhouetteReport};
use super::summary::{self, Layout, grouped};
use super::{Session, VERSION};
use crate::alternatives::{Alternative, AlternativeFit, alternative};
use crate::error::{Error, ErrorKind, Escaped, Result, counted};
use crate::io::{ColumnChoice, Input, Outputs, ReadOptions, write_label_columns};
use crate::kernel::Kernel;
use crate::kmeans::{self, KMeansParams};
use crate::metrics::{Contingency, Dispersion, Labeling, Silhouette, SilhouetteMethod, silhouette};
use crate::monitor::Monitor;
use crate::prepare::{Prepare, PrepareParams, Prepared, Scale, Transform};
use crate::report::{Blade, Chart, ChartSpace};
use crate::seed::Seed;
use crate::select::{
    Candidate, Comparison, Recommendation, Rules, SelectParams, compare, recommend, traps,
};
use crate::stability::{Agreement, Bootstrap};
use crate::table::{Column, FeatureTable};
use crate::warning::Warning;

/// Runs the command.
pub(super) fn run(args: &SelectArgs, session: &mut Session<'_>) -> Result<()> {
    if args.out == Path::new("-") {
        let message = "--out - is standard output, which the summary needs (name a directory)";
        return Err(Error::parameter(message));
    }
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
    let mut found = Vec::with_capacity(spaces.len());
    for space in &spaces {
        session.check_cancelled()?;
        let compared = Compared::new(args, space, &input, &kernel, session)
            .map_err(|error| results::blame(&input, error))?;
        found.push(compared);
    }
    timings.compare_s = session.lap();
    let chart = chart(args, &spaces, &found);
    outputs.write(0, |out| {
        out.write_all(chart.html().as_bytes())
            .map_err(|error| Error::io("cannot write the chart", &error))
    })?;
    let columns = found
        .iter()
        .flat_map(|found| found.label_columns(input.n_rows(), args.algorithms().count()));
    let columns: Vec<(&str, Vec<Option<i32>>)> = names.iter().copied().zip(columns).collect();
    let defused = outputs
        .write(1, |out| write_label_columns(args.format, results::ids(&input)?, &columns, out))
        .map_err(|error| results::blame(&input, error))?;
    if defused > 0 {
        session.talk.warn(&Warning::CellsDefused { n: defused });
    }
    input.check_unchanged()?;
    timings.write_s = session.lap();
    timings.total_s = session.total();

    let [chart, labels] = results::targets(&outputs);
    let reports = spaces.iter().zip(&found).map(|(space, found)| SpaceReport::new(space, found));
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
        spaces: reports.collect(),
        timings,
        outputs: OutputPaths { chart, labels },
        warnings: session.talk.warnings().to_vec(),
    };
    results::finish(&report, outputs, &args.common, session)
}

fn read_options(args: &SelectArgs, spaces: &[Space]) -> ReadOptions {
    let columns = match spaces.iter().any(|space| space.columns.is_none()) {
        true if args.columns.is_empty() => {
            ColumnChoice::All { exclude: args::names(&args.exclude) }
        }
        true => ColumnChoice::Named(args::names(&args.columns)),
        false => {
            let mut names: Vec<String> = Vec::new();
            for name in spaces.iter().flat_map(|space| space.columns.iter().flatten()) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            ColumnChoice::Named(names)
        }
    };
    ReadOptions {
        columns,
        id: args.id.clone(),
        weight: args.weight.clone(),
        map: !args.common.no_map,
        ..ReadOptions::default()
    }
}

/// A set of columns with a way to prepare them.
struct Space {
    name: String,
    /// `None` for all that were read.
    columns: Option<Vec<String>>,
    transforms: Vec<(String, Transform)>,
    scale: Scale,
}

impl Space {
    /// Every set with every transform and scale that was asked for.
    fn all(args: &SelectArgs) -> Result<Vec<Self>> {
        let sets: Vec<(String, Option<Vec<String>>)> = if args.sets.is_empty() {
            vec![(String::new(), None)]
        } else {
            let sets: Result<Vec<_>> = args.sets.iter().map(|set| named_set(set)).collect();
            sets?
        };
        let transforms: Vec<Option<&String>> = if args.transform.is_empty() {
            vec![None]
        } else {
            args.transform.iter().map(|t| (t != "none").then_some(t)).collect()
        };
        let mut scales: Vec<Scale> = Vec::new();
        for &scale in &args.scale {
            if !scales.contains(&scale) {
                scales.push(scale);
            }
        }
        let mut spaces = Vec::new();
        for (set, columns) in &sets {
            for transform in &transforms {
                for &scale in &scales {
                    let mut parts = Vec::new();
                    parts.extend((!set.is_empty()).then(|| set.clone()));
                    if transforms.len() > 1 {
                        parts.push(transform.map_or("untransformed".to_owned(), String::clone));
                    }
                    if scales.len() > 1 {
                        parts.push(scale.name().to_owned());
                    }
                    let all = transform.map(|t| args::transforms(std::slice::from_ref(t)));
                    let mut transforms = all.transpose()?.unwrap_or_default();
                    if let Some(columns) = columns {
                        transforms.retain(|(column, _)| columns.contains(column));
                    }
                    spaces.push(Self {
                        name: parts.join(" · "),
                        columns: columns.clone(),
                        transforms,
                        scale,
                    });
                }
            }
        }
        check_names(&spaces)?;
        check_transforms(args, &sets)?;
        Ok(spaces)
    }

    /// The columns of this space.
    fn table(&self, input: &FeatureTable) -> Result<FeatureTable> {
        let Some(columns) = &self.columns else { return Ok(input.clone()) };
        let find = |name: &String| {
            let found = input.columns().iter().find(|column| column.name() == name);
            found.cloned().ok_or_else(|| Error::data("no such column").in_column(name))
        };
        let columns: Result<Vec<Column>> = columns.iter().map(find).collect();
        input.with_columns(columns?)
    }
}

/// Refuses two spaces of one name: their labels could not be told apart.
fn check_names(spaces: &[Space]) -> Result<()> {
    for (i, space) in spaces.iter().enumerate() {
        if spaces[..i].iter().any(|earlier| earlier.name == space.name) {
            let message =
                format!("\"{}\" is there twice (--sets and --transform differ)", space.name);
            return Err(Error::parameter(message));
        }
    }
    Ok(())
}

/// Refuses a transform of a column that is in no set.
fn check_transforms(args: &SelectArgs, sets: &[(String, Option<Vec<String>>)]) -> Result<()> {
    for given in args.transform.iter().filter(|&given| given != "none") {
        for (column, _) in args::transforms(std::slice::from_ref(given))? {
            let is_in = |(_, columns): &(String, Option<Vec<String>>)| {
                columns.as_ref().is_none_or(|columns| columns.contains(&column))
            };
            if !sets.iter().any(is_in) {
                let message = format!("--transform {given}: no set has the column \"{column}\"");
                return Err(Error::parameter(message));
            }
        }
    }
    Ok(())
}

/// `NAME=a,b` as a name and columns.
fn named_set(given: &str) -> Result<(String, Option<Vec<String>>)> {
    let parts = given
        .split_once('=')
        .filter(|(name, columns)| !name.trim().is_empty() && !columns.trim().is_empty());
    let Some((name, columns)) = parts else {
        let message = format!("--sets: \"{given}\" (NAME=COLUMN,COLUMN,… is needed)");
        return Err(Error::parameter(message));
    };
    Ok((name.trim().to_owned(), Some(args::names(&[columns.to_owned()]))))
}

/// The names of the labelings that are written, for each space k-means and the others.
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
    others: Vec<Other>,
}

/// What another algorithm found.
struct Other {
    algorithm: Alternative,
    seconds: f64,
    outcome: std::result::Result<Judgement, String>,
}

/// Clusters of another algorithm, by the same indices.
struct Judgement {
    fit: AlternativeFit,
    /// With noise as a cluster, as everywhere; `None` if that is not defined.
    silhouette: Option<Silhouette>,
    dispersion: Dispersion,
    sizes: Vec<u64>,
    /// With the clusters of k-means that are looked at.
    ari: f64,
}

impl Other {
    fn new(
        algorithm: Alternative,
        prepared: &Prepared,
        shown: &Candidate,
        params: &SelectParams,
        kernel: &Kernel,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let (tiles, precision, seed) = (prepared.tiles(), prepared.precision(), params.fit.seed);
        let since = Instant::now();
        let found = alternative(&tiles, precision, kernel, algorithm, shown.k, seed, monitor);
        let seconds = since.elapsed().as_secs_f64();
        let outcome = match found {
            Ok(fit) => Ok(Judgement::new(fit, prepared, shown, params, kernel, monitor)?),
            // That another algorithm fails on these rows is a result, too.
            Err(error) if matches!(error.kind(), ErrorKind::Data | ErrorKind::Parameter) => {
                Err(error.to_string())
            }
            Err(error) => return Err(error),
        };
        Ok(Self { algorithm, seconds, outcome })
    }
}

impl Judgement {
    fn new(
        fit: AlternativeFit,
        prepared: &Prepared,
        shown: &Candidate,
        params: &SelectParams,
        kernel: &Kernel,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let (tiles, precision) = (prepared.tiles(), prepared.precision());
        let labeling = Labeling::new(&fit.labels)?;
        let k = labeling.k();
        let scored = (k > 1 && k < tiles.n_rows())
            .then(|| silhouette(&tiles, precision, kernel, &labeling, params.silhouette, monitor));
        let silhouette = scored.transpose()?;
        let dispersion = Dispersion::of(&tiles, &labeling, kernel, monitor)?;
        let ari = Contingency::new(&Labeling::new(&shown.fit.labels)?, &labeling)?.adjusted_rand();
        let sizes = labeling.sizes()[..fit.n_clusters].to_vec();
        drop(labeling);
        Ok(Self { fit, silhouette, dispersion, sizes, ari })
    }

    /// What this would mean for the job.
    fn says(&self) -> String {
        const GIANT: f64 = 0.8;
        const MUCH: f64 = 0.1;
        const MANY: usize = 15;
        let n: u64 = self.sizes.iter().sum::<u64>() + self.fit.n_noise as u64;
        let share = |rows: u64| rows as f64 / n as f64;
        let largest = self.sizes.iter().copied().max().unwrap_or(0);
        let noise = share(self.fit.n_noise as u64);
        let mut said = Vec::new();
        if self.fit.n_clusters == 0 {
            said.push("finds no cluster: no use here".to_owned());
        } else if share(largest) > GIANT {
            let percent = summary::percent(share(largest));
            said.push(format!("one cluster holds {percent} of the rows, which is no segmentation"));
        } else if self.fit.n_clusters > MANY {
            let n = counted(self.fit.n_clusters, "cluster");
            said.push(format!("{n} are more than campaigns can tell apart"));
        }
        if self.fit.n_noise > 0 && self.fit.n_clusters > 0 {
            said.push("noise is scored as a cluster of its own".to_owned());
        }
        if noise > MUCH {
            let percent = summary::percent(noise);
            said.push(format!("leaves {percent} of the rows without a segment"));
        }
        let agrees = match self.ari {
            x if x > 0.8 => "finds nearly the same segments as k-means",
            x if x > 0.4 => "agrees with k-means in part",
            _ => "sees other segments than k-means",
        };
        said.insert(0, agrees.to_owned());
        said.join("; ")
    }
}

impl Compared {
    fn new(
        args: &SelectArgs,
        space: &Space,
        input: &Input,
        kernel: &Kernel,
        session: &mut Session<'_>,
    ) -> Result<Self> {
        let table = space.table(&input.table)?;
        let params = PrepareParams {
            missing: args.missing,
            transforms: space.transforms.clone(),
            scale: space.scale,
            precision: args.precision.0,
        };
        let (prepare, prepared, warnings) = Prepare::fit_apply(&table, &params)?;
        if !space.name.is_empty() {
            session.talk.note(format_args!("comparing in {}", Escaped(&space.name)));
        }
        session.talk.warn_all(&warnings);
        let names: Vec<String> = prepare.columns().iter().map(|c| c.name.clone()).collect();
        let tiles = prepared.tiles();
        let precision = prepare.precision();
        let (n, d) = (tiles.n_rows(), tiles.n_features());
        let params = params_of(args, n)?;
        let largest = params.ks.iter().copied().max().unwrap_or(2);
        let fit = KMeansParams { k: largest, ..params.fit.clone() };
        // Labels, silhouettes and nearest other clusters of every number, and the fits of one resample
        // or of other seeds.
        let kept = (4 + 8 + 4) * params.ks.len() as u64;
        let again = 12 + 4 * (params.ks.len().max(params.n_seeds) as u64);
        let rows = (n as u64).saturating_mul(kept + again);
        let need = kmeans::bytes_to_fit(&fit, n, d, precision)
            .saturating_add(params.silhouette.bytes(n, d, precision))
            .saturating_add(rows);
        input.check_room(need, &format!("comparing fits of {}", counted(n, "row")))?;

        let follower = session.talk.follow(session.interrupt, input, largest, args.n_init as usize);
        let since = Instant::now();
        let clock = || since.elapsed().as_secs_f64();
        let comparison = compare(&tiles, precision, kernel, &params, &clock, &follower)?;
        let rules = Rules { min_share: args.min_share / 100.0, ..Rules::default() };
        let recommendation = recommend(&comparison, &rules);
        let shown = shown(&comparison, &recommendation);
        let others: Result<Vec<Other>> = shown
            .into_iter()
            .flat_map(|shown| args.algorithms().map(move |algorithm| (shown, algorithm)))
            .map(|(shown, algorithm)| {
                Other::new(algorithm, &prepared, shown, &params, kernel, &follower)
            })
            .collect();
        let others = others?;
        let found = shown
            .map(|shown| traps(&prepared, &names, shown, kernel, params.silhouette, &follower))
            .transpose()?;
        drop(follower);
        session.talk.warn_all(&found.unwrap_or_default());
        Ok(Self { prepared, names, comparison, recommendation, others })
    }

    /// The labels of k-means and of the others, one per input row.
    /// None of them has any where nothing could be fitted.
    fn label_columns(&self, n_rows: usize, n_algorithms: usize) -> Vec<Vec<Option<i32>>> {
        let spread = |labels: &mut dyn Iterator<Item = i32>| -> Vec<Option<i32>> {
            match self.prepared.kept() {
                None => labels.map(Some).collect(),
                Some(kept) => {
                    let mut all = vec![None; n_rows];
                    kept.set_indices().zip(labels).for_each(|(row, x)| all[row] = Some(x));
                    all
                }
            }
        };
        let Some(shown) = shown(&self.comparison, &self.recommendation) else {
            return vec![vec![None; n_rows]; 1 + n_algorithms];
        };
        let kmeans = spread(&mut shown.fit.labels.iter().map(|&label| label as i32));
        let others = self.others.iter().map(|other| match &other.outcome {
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

fn params_of(args: &SelectArgs, n_rows: usize) -> Result<SelectParams> {
    let mut ks: Vec<usize> = args.k.0.clone();
    ks.sort_unstable();
    ks.dedup();
    let method = args.silhouette.method(n_rows, None, args.seed)?;
    let mut fit = KMeansParams::new(2);
    fit.n_init = args.n_init as usize;
    fit.seed = Seed(args.seed);
    Ok(SelectParams {
        ks,
        fit,
        n_seeds: args.seeds as usize,
        n_bootstrap: args.bootstrap as usize,
        bootstrap_n_init: args.bootstrap_n_init as usize,
        silhouette: method.unwrap_or_else(|| SilhouetteMethod::for_rows(n_rows, Seed(args.seed))),
    })
}

/// Rounded down, so that no threshold seems reached that is not.
fn floored(x: f64, parts: f64) -> f64 {
    (x * parts).floor() / parts
}

/// The candidate to look at closely: the recommended one, or the best separated.
fn shown<'a>(comparison: &'a Comparison, recommendation: &Recommendation) -> Option<&'a Candidate> {
    let candidates = &comparison.candidates;
    let chosen = candidates.iter().find(|candidate| Some(candidate.k) == recommendation.k);
    let score = |candidate: &&Candidate| candidate.silhouette.mean;
    chosen.or_else(|| candidates.iter().max_by(|a, b| score(a).total_cmp(&score(b))))
}

fn chart(args: &SelectArgs, spaces: &[Space], found: &[Compared]) -> Chart {
    let spaces = spaces.iter().zip(found).map(|(space, found)| {
        let candidates = || found.comparison.candidates.iter();
        let shown = shown(&found.comparison, &found.recommendation);
        ChartSpace {
            name: space.name.clone(),
            columns: found.names.clone(),
            ks: candidates().map(|c| c.k).collect(),
            inertia: candidates().map(|c| Some(c.fit.inertia)).collect(),
            silhouette: candidates().map(|c| Some(c.silhouette.mean)).collect(),
            worst_silhouette: candidates().map(|c| Some(c.worst_silhouette())).collect(),
            starts: candidates().map(|c| c.starts.map(|starts| starts.mean)).collect(),
            worst_jaccard: candidates().map(Candidate::worst_jaccard).collect(),
            recommended: found.recommendation.k,
            reason: found.recommendation.reason.clone(),
            blades: shown.map_or_else(Vec::new, blades),
        }
    });
    Chart { title: args.input.to_string_lossy().into_owned(), spaces: spaces.collect() }
}

/// The silhouettes of each cluster, largest first, thinned to what can be seen.
fn blades(candidate: &Candidate) -> Vec<Blade> {
    const MOST: usize = 400;
    let silhouette = &candidate.silhouette;
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); candidate.k];
    for (i, &value) in silhouette.values.iter().enumerate() {
        let row = silhouette.rows.as_ref().map_or(i, |rows| rows[i]);
        values[candidate.fit.labels[row] as usize].push(value);
    }
    let n: usize = values.iter().map(Vec::len).sum();
    let step = n.div_ceil(MOST).max(1);
    values
        .into_iter()
        .enumerate()
        .map(|(cluster, mut values)| {
            values.sort_unstable_by(|a, b| b.total_cmp(a));
            let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
            let size = candidate.fit.sizes[cluster];
            let values = values.into_iter().step_by(step).collect();
            Blade { name: format!("Segment {}", cluster + 1), size, mean, values }
        })
        .collect()
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    read_s: f64,
    /// Preparing, fitting and judging, in all spaces.
    compare_s: f64,
    write_s: f64,
    total_s: f64,
}

/// What `--json` prints, field by field.
#[derive(Serialize)]
struct Report {
    command: &'static str,
    version: &'static str,
    input: String,
    n_rows: usize,
    seed: u64,
    n_init: u32,
    seeds: u32,
    bootstrap: u32,
    bootstrap_n_init: u32,
    min_share: f64,
    isa: &'static str,
    threads: usize,
    spaces: Vec<SpaceReport>,
    timings: Timings,
    outputs: OutputPaths,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct OutputPaths {
    chart: String,
    labels: String,
}

#[derive(Serialize)]
struct SpaceReport {
    name: String,
    columns: Vec<String>,
    scale: &'static str,
    precision: &'static str,
    /// Rows that were clustered.
    n_rows: usize,
    recommended: Option<usize>,
    /// The number whose labels are written and compared with other algorithms: the recommended one,
    /// or the best separated.
    shown: Option<usize>,
    reason: String,
    pareto: Vec<usize>,
    candidates: Vec<CandidateReport>,
    infeasible: Vec<Infeasible>,
    /// Other algorithms, for as many clusters as are recommended.
    others: Vec<OtherReport>,
}

#[derive(Serialize)]
struct OtherReport {
    algorithm: &'static str,
    /// Why there is nothing else here.
    error: Option<String>,
    how: Option<String>,
    n_clusters: Option<usize>,
    n_noise: Option<usize>,
    sizes: Vec<u64>,
    silhouette: Option<SilhouetteReport>,
    davies_bouldin: Option<f64>,
    calinski_harabasz: Option<f64>,
    inertia: Option<f64>,
    ari_with_kmeans: Option<f64>,
    seconds: f64,
    verdict: Option<String>,
}

impl OtherReport {
    fn new(other: &Other) -> Self {
        let found = other.outcome.as_ref().ok();
        Self {
            algorithm: other.algorithm.name(),
            error: other.outcome.as_ref().err().cloned(),
            how: found.map(|found| found.fit.how.clone()),
            n_clusters: found.map(|found| found.fit.n_clusters),
            n_noise: found.map(|found| found.fit.n_noise),
            sizes: found.map_or_else(Vec::new, |found| found.sizes.clone()),
            silhouette: found.and_then(|f| f.silhouette.as_ref()).map(SilhouetteReport::new),
            davies_bouldin: found.and_then(|found| found.dispersion.davies_bouldin()),
            calinski_harabasz: found.and_then(|found| found.dispersion.calinski_harabasz()),
            inertia: found.map(|found| found.dispersion.inertia()),
            ari_with_kmeans: found.map(|found| found.ari),
            seconds: other.seconds,
            verdict: found.map(Judgement::says),
        }
    }
}

#[derive(Serialize)]
struct Infeasible {
    k: usize,
    reason: String,
}

#[derive(Serialize)]
struct CandidateReport {
    k: usize,
    inertia: f64,
    silhouette: SilhouetteReport,
    worst_silhouette: f64,
    davies_bouldin: Option<f64>,
    calinski_harabasz: Option<f64>,
    sizes: Vec<u64>,
    smallest_share: f64,
    /// ARI between every two seeds.
    starts: Option<AgreementReport>,
    bootstrap: Option<BootstrapReport>,
    seconds: f64,
    faults: Vec<String>,
    pareto: bool,
}

#[derive(Serialize)]
struct AgreementReport {
    n: usize,
    mean: f64,
    sd: f64,
    min: f64,
}

#[derive(Serialize)]
struct BootstrapReport {
    n: usize,
    n_failed: usize,
    /// Between the original labels and those of the refits.
    ari: Option<AgreementReport>,
    /// Per cluster, in the order of `sizes`.
    jaccard: Vec<f64>,
    dissolved: Vec<usize>,
    recovered: Vec<usize>,
}

impl AgreementReport {
    fn new(Agreement { n, mean, sd, min }: Agreement) -> Self {
        Self { n, mean, sd, min }
    }
}

impl BootstrapReport {
    fn new(found: &Bootstrap) -> Self {
        let clusters = || found.clusters.iter();
        Self {
            n: found.n,
            n_failed: found.n_failed,
            ari: found.agreement.map(AgreementReport::new),
            jaccard: clusters().map(|cluster| cluster.jaccard).collect(),
            dissolved: clusters().map(|cluster| cluster.dissolved).collect(),
            recovered: clusters().map(|cluster| cluster.recovered).collect(),
        }
    }
}

impl SpaceReport {
    fn new(space: &Space, found: &Compared) -> Self {
        let Recommendation { k, reason, judged } = &found.recommendation;
        let candidates = found.comparison.candidates.iter().zip(judged);
        Self {
            name: space.name.clone(),
            columns: found.names.clone(),
            scale: space.scale.name(),
            precision: found.prepared.precision().name(),
            n_rows: found.prepared.tiles().n_rows(),
            recommended: *k,
            shown: shown(&found.comparison, &found.recommendation).map(|shown| shown.k),
            reason: reason.clone(),
            pareto: judged.iter().filter(|judged| judged.is_pareto).map(|j| j.k).collect(),
            candidates: candidates
                .map(|(candidate, judged)| CandidateReport {
                    k: candidate.k,
                    inertia: candidate.fit.inertia,
                    silhouette: SilhouetteReport::new(&candidate.silhouette),
                    worst_silhouette: candidate.worst_silhouette(),
                    davies_bouldin: candidate.davies_bouldin,
                    calinski_harabasz: candidate.calinski_harabasz,
                    sizes: candidate.fit.sizes.clone(),
                    smallest_share: candidate.smallest_share(),
                    starts: candidate.starts.map(AgreementReport::new),
                    bootstrap: candidate.bootstrap.as_ref().map(BootstrapReport::new),
                    seconds: candidate.seconds,
                    faults: judged.faults.iter().map(ToString::to_string).collect(),
                    pareto: judged.is_pareto,
                })
                .collect(),
            infeasible: found
                .comparison
                .infeasible
                .iter()
                .map(|(k, reason)| Infeasible { k: *k, reason: reason.clone() })
                .collect(),
            others: found.others.iter().map(OtherReport::new).collect(),
        }
    }

    /// For a person.
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let rows = counted(grouped(self.n_rows as u64), "row");
        let columns = counted(self.columns.len(), "column");
        let name = if self.name.is_empty() { "numbers of segments" } else { &self.name };
        let source = format!("{rows} in {columns}, scale {}", self.scale);
        let title = paint.bold(Escaped(name));
        let mut text = format!("\n  {title} {}\n\n", paint.dim(source));
        let none = || "–".to_owned();
        let head = [
            "k",
            "",
            "silhouette",
            "worst",
            "DB",
            "CH",
            "inertia",
            "smallest",
            "seeds ARI",
            "worst Jaccard",
            "fit",
        ];
        let lines: Vec<Vec<String>> = self
            .candidates
            .iter()
            .map(|candidate| {
                let mark = match (Some(candidate.k) == self.recommended, candidate.pareto) {
                    (true, _) => "●",
                    (false, true) => "○",
                    (false, false) => "",
                };
                let jaccard =
                    candidate.bootstrap.iter().flat_map(|b| &b.jaccard).copied().reduce(f64::min);
                vec![
                    candidate.k.to_string(),
                    mark.to_owned(),
                    format!("{:.4}", candidate.silhouette.value),
                    format!("{:.4}", candidate.worst_silhouette),
                    candidate.davies_bouldin.map_or_else(none, summary::score),
                    candidate.calinski_harabasz.map_or_else(none, summary::score),
                    summary::score(candidate.inertia),
                    summary::percent(candidate.smallest_share),
                    candidate
                        .starts
                        .as_ref()
                        .map_or_else(none, |s| format!("{:.3} ± {:.3}", s.mean, s.sd)),
                    jaccard.map_or_else(none, |jaccard| format!("{:.2}", floored(jaccard, 100.0))),
                    summary::seconds(candidate.seconds),
                ]
            })
            .collect();
        text += &summary::table(&head, &lines, layout);
        for Infeasible { k, reason } in &self.infeasible {
            text += &layout.fact(&format!("k = {k}"), reason);
        }
        match self.recommended {
            Some(k) => text += &layout.fact("take", format_args!("{k} segments: {}", self.reason)),
            None => {
                text += &layout.fact("take none", &self.reason);
                if let Some(k) = self.shown {
                    let said = format!("{k} segments, the best separated: labels and what follows");
                    text += &layout.fact("shown", said);
                }
            }
        }
        for candidate in self.candidates.iter().filter(|candidate| !candidate.faults.is_empty()) {
            let k = format!("not {}", candidate.k);
            text += &layout.fact(&k, candidate.faults.join("; "));
        }
        if !self.others.is_empty() {
            text.push('\n');
            text += &self.others(layout);
        }
        text
    }

    /// Other algorithms, for a person.
    fn others(&self, layout: &Layout) -> String {
        let none = || "–".to_owned();
        let head =
            ["algorithm", "clusters", "noise", "silhouette", "DB", "CH", "inertia", "ARI", "time"];
        let lines: Vec<Vec<String>> = self
            .others
            .iter()
            .map(|other| {
                vec![
                    other.algorithm.to_owned(),
                    other.n_clusters.map_or_else(none, |n| n.to_string()),
                    other.n_noise.map_or_else(none, |n| grouped(n as u64)),
                    other.silhouette.as_ref().map_or_else(none, |s| format!("{:.4}", s.value)),
                    other.davies_bouldin.map_or_else(none, summary::score),
                    other.calinski_harabasz.map_or_else(none, summary::score),
                    other.inertia.map_or_else(none, summary::score),
                    other.ari_with_kmeans.map_or_else(none, |ari| format!("{ari:.3}")),
                    summary::seconds(other.seconds),
                ]
            })
            .collect();
        let mut text = summary::table(&head, &lines, layout);
        for other in &self.others {
            let said = other.verdict.as_ref().or(other.error.as_ref());
            let said = said.map_or("", String::as_str);
            let how = other.how.as_ref().map_or_else(String::new, |how| format!(" ({how})"));
            text += &layout.fact(other.algorithm, format_args!("{said}{how}"));
        }
        text
    }
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let mut text: String = self.spaces.iter().map(|space| space.text(layout)).collect();
        text.push('\n');
        text += &layout.fact(
            "marks",
            "● recommended · ○ nothing else is as good in silhouette, \
                                       Jaccard, size and number of segments",
        );
        if self.spaces.len() > 1 {
            text += &layout.fact(
                "spaces",
                "silhouettes, inertia, DB and CH compare within one \
                                            space only, never across",
            );
        }
        text += &layout.fact(
            "judged by",
            format_args!(
                "{} of {}, {} refitted from {}, seed {}",
                counted(self.seeds, "seed"),
                counted(self.n_init, "start"),
                counted(self.bootstrap, "resample"),
                counted(self.bootstrap_n_init, "start"),
                self.seed
            ),
        );
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("compare", t.compare_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        text += &layout.fact("time", summary::stages(&stages));
        text += &layout.fact("chart", Escaped(&self.outputs.chart));
        text += &layout.fact("labels", Escaped(&self.outputs.labels));
        text
    }
}
