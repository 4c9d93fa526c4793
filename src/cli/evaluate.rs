//! `segengine evaluate`: score labels by the rows, and against other labels.

use std::path::Path;

use arrow_buffer::BooleanBuffer;
use serde::Serialize;

use super::args::{self, EvaluateArgs};
use super::results::{self, SilhouetteReport};
use super::summary::{self, Layout, Line};
use super::{Session, VERSION};
use crate::error::{Error, Escaped, Result, counted, grouped};
use crate::io::{
    ColumnChoice, Input, LabelColumn, Outputs, ReadOptions, RowSilhouette, SILHOUETTE_COLUMNS,
    open_for_command, read_model, write_silhouettes,
};
use crate::kernel::Kernel;
use crate::metrics::{Contingency, Dispersion, Labeling, Silhouette, silhouette};
use crate::model::Model;
use crate::prepare::{Prepare, PrepareParams, Prepared, Scale};
use crate::warning::Warning;

/// Runs the command.
pub(super) fn run(args: &EvaluateArgs, session: &mut Session<'_>) -> Result<()> {
    let kernel = Kernel::detect()?;
    check(args)?;
    let outputs = stage(args, session)?;

    let mut timings = Timings::default();
    session.lap();
    let model = args.model.as_deref().map(read_model).transpose()?;
    let read = read_options(args, model.as_ref());
    let input = results::open(&args.input, &read, &SILHOUETTE_COLUMNS, &mut session.talk)?;
    let (mut labels, truth) = read_labels(args, &input, session)?;
    timings.read_s = session.lap();
    session.check_cancelled()?;

    let blame = |error| results::blame(&input, error);
    let prepared = prepare(args, model.as_ref(), &input, session).map_err(blame)?;
    if let (None, Some(model), Some(prepared)) = (&labels, &model, &prepared) {
        labels = Some(segments_of(model, prepared, &kernel));
    }
    let labels = labels.ok_or_else(|| Error::parameter("no labels (use --labels or --model)"))?;
    say_what_is_odd(&labels, session);
    if let Some(truth) = &truth {
        say_what_is_odd(truth, session);
    }
    let rows = prepared.map(|prepared| Rows::new(prepared, &labels)).transpose().map_err(blame)?;
    timings.prepare_s = session.lap();

    let agreement = truth.as_ref().map(|truth| AgainstTruth::new(&labels, truth)).transpose()?;
    if let Some(found) = agreement.as_ref().filter(|found| found.matching.is_none()) {
        let n_labels = found.labels.len().max(found.truth.len());
        session.talk.warn(&Warning::NotMatched { n_labels, most: AgainstTruth::MOST_MATCHED });
    }
    timings.score_s = session.lap();
    let scores = rows
        .as_ref()
        .map(|rows| Scores::new(args, &input, rows, &kernel, session, &mut timings))
        .transpose()
        .map_err(blame)?;
    if let Some(outputs) = &outputs {
        let silhouette = scores.as_ref().and_then(|scores| scores.silhouette.as_ref());
        let silhouette = silhouette.zip(rows.as_ref());
        let defused = outputs
            .write(0, |out| write_rows(args, &input, &labels, silhouette, out))
            .map_err(blame)?;
        if defused > 0 {
            session.talk.warn(&Warning::CellsDefused { n: defused });
        }
    }
    input.check_unchanged()?;
    timings.write_s = session.lap();
    timings.total_s = session.total();
    let report = Report {
        outputs: outputs.as_ref().map(|outputs| {
            let [silhouettes] = results::targets(outputs);
            OutputPaths { silhouettes }
        }),
        precision: rows.as_ref().map(|rows| rows.prepared.precision().name()),
        isa: kernel.isa().name(),
        threads: session.threads,
        timings,
        warnings: session.talk.warning_texts(),
        ..Report::new(args, &input, &labels, scores, agreement.as_ref().zip(truth.as_ref()))
    };
    match outputs {
        Some(outputs) => results::finish(&report, outputs, &args.common, session),
        None => results::print_report(&report, &args.common),
    }
}

/// Refuses what does not go together.
fn check(args: &EvaluateArgs) -> Result<()> {
    let elsewhere = args.labels_from.is_some();
    if args.labels.is_none() && !elsewhere && args.model.is_none() {
        let message = "no labels: --labels names their column, --labels-from another table that has \
                       them, --model a model whose segments are to be scored";
        return Err(Error::parameter(message));
    }
    if let [labels, truth] = &label_names(args)[..]
        && labels == truth
    {
        return Err(Error::parameter("--labels and --truth name the same column"));
    }
    args.silhouette.check(args.sample)
}

fn stage(args: &EvaluateArgs, session: &Session<'_>) -> Result<Option<Outputs>> {
    let Some(out) = &args.out else { return Ok(None) };
    if out == Path::new("-") {
        return Err(Error::parameter("--out - is standard output, which the summary needs"));
    }
    let mut inputs = vec![args.input.as_path()];
    inputs.extend(args.labels_from.as_deref());
    inputs.extend(args.model.as_deref());
    let name = format!("silhouettes.{}", args.format.extension());
    let outputs = Outputs::stage(out, &[&name], &inputs)?;
    session.interrupt.protect(outputs.temporary());
    Ok(Some(outputs))
}

fn read_options(args: &EvaluateArgs, model: Option<&Model>) -> ReadOptions {
    let columns = match model {
        Some(model) => {
            let columns = model.prepare().columns().iter();
            ColumnChoice::Named(columns.map(|column| column.name.clone()).collect())
        }
        None => args.columns.choice(),
    };
    let here = args.labels_from.is_none();
    ReadOptions {
        columns,
        labels: if here { label_names(args) } else { Vec::new() },
        needs_features: args.truth.is_none(),
        ..args.columns.read_options(&args.common)
    }
}

/// The columns of labels and of truth, as far as they are named or have a default.
fn label_names(args: &EvaluateArgs) -> Vec<String> {
    let default = args.labels_from.is_some() && args.labels.is_none();
    let labels = args.labels.clone().or(default.then(|| "segment".to_owned()));
    labels.into_iter().chain(args.truth.clone()).collect()
}

/// The labels, unless they come from a model, and the truth.
fn read_labels(
    args: &EvaluateArgs,
    input: &Input,
    session: &mut Session<'_>,
) -> Result<(Option<LabelColumn>, Option<LabelColumn>)> {
    let mut columns = match &args.labels_from {
        None => input.labels.clone(),
        Some(path) => other_labels(args, path, input, session)?,
    };
    let truth = args.truth.is_some().then(|| columns.pop()).flatten();
    Ok((columns.pop(), truth))
}

/// The labels of another table, which must have the same rows.
fn other_labels(
    args: &EvaluateArgs,
    path: &Path,
    input: &Input,
    session: &mut Session<'_>,
) -> Result<Vec<LabelColumn>> {
    let options = ReadOptions {
        columns: ColumnChoice::Named(Vec::new()),
        default_id: input.id_column.clone(),
        labels: label_names(args),
        needs_features: false,
        map: !args.common.no_map,
        ..ReadOptions::default()
    };
    let other = open_for_command(path, &options)?;
    if other.n_rows() != input.n_rows() {
        let (theirs, ours) = (counted(other.n_rows(), "row"), counted(input.n_rows(), "row"));
        let here = input.path().to_string_lossy();
        let message = format!("{theirs}, {} has {ours} (the same rows are needed)", Escaped(&here));
        return Err(Error::data(message).in_file(path));
    }
    match (&input.id_column, &other.id_column) {
        (Some(column), Some(other_column)) if column == other_column => {
            check_same_ids(input, &other).map_err(|error| error.in_file(path).in_column(column))?;
        }
        (Some(column), Some(other)) => {
            let (column, other) = (column.clone(), other.clone());
            session.talk.warn(&Warning::IdsNotCompared { column, other });
        }
        _ => {}
    }
    other.check_unchanged()?;
    Ok(other.labels)
}

/// Refuses rows in another order, as far as ids can tell.
fn check_same_ids(input: &Input, other: &Input) -> Result<()> {
    let (Some(ours), Some(theirs)) = (input.ids()?, other.ids()?) else { return Ok(()) };
    for (row, (ours, theirs)) in ours.texts().zip(theirs.texts()).enumerate() {
        let (ours, theirs) = (ours?, theirs?);
        if ours != theirs {
            let shown = |id: Option<String>| id.map_or("null".to_owned(), |id| format!("\"{id}\""));
            let here = input.path().to_string_lossy().into_owned();
            let (ours, theirs) = (shown(ours), shown(theirs));
            let message = format!(
                "is {theirs}, {here} has {ours} (the same rows in the same order are needed)"
            );
            return Err(Error::data(message).at_row(row as u64 + 1));
        }
    }
    Ok(())
}

/// The rows in the space in which they are to be scored; `None` if there are no features.
fn prepare(
    args: &EvaluateArgs,
    model: Option<&Model>,
    input: &Input,
    session: &mut Session<'_>,
) -> Result<Option<Prepared>> {
    if let Some(model) = model {
        return model.prepare().apply(&input.table).map(Some);
    }
    if input.table.n_features() == 0 {
        return Ok(None);
    }
    let params = PrepareParams {
        missing: args.preparation.missing.unwrap_or_default(),
        transforms: args::transforms(&args.transform)?,
        // Scores of the values as they are.
        scale: args.scale.unwrap_or(Scale::None),
        scales: Vec::new(),
        precision: args.preparation.precision.0,
    };
    let (_, prepared, warnings) = Prepare::fit_apply(&input.table, &params)?;
    session.talk.warn_all(&warnings);
    Ok(Some(prepared))
}

/// The segments that a model gives to the rows.
fn segments_of(model: &Model, prepared: &Prepared, kernel: &Kernel) -> LabelColumn {
    let mut numbers = Vec::with_capacity(prepared.n_input_rows());
    for batch in model.assignments(prepared, kernel) {
        let valid = batch.valid;
        numbers.extend(batch.segment.into_iter().enumerate().map(|(row, segment)| {
            let has_segment = valid.as_ref().is_none_or(|valid| valid.value(row));
            let index = model.index_of(segment).filter(|_| has_segment);
            index.map_or(LabelColumn::MISSING, |index| index as u32)
        }));
    }
    LabelColumn {
        name: "segment".to_owned(),
        n_missing: (prepared.n_input_rows() - prepared.tiles().n_rows()) as u64,
        numbers,
        values: model.segments().iter().map(|segment| segment.name.clone()).collect(),
    }
}

fn say_what_is_odd(labels: &LabelColumn, session: &mut Session<'_>) {
    let column = || labels.name.clone();
    if labels.n_missing > 0 {
        session.talk.warn(&Warning::RowsUnlabeled { column: column(), n: labels.n_missing });
    }
    if labels.values.iter().any(|value| value == "-1") {
        session.talk.warn(&Warning::NoiseCounts { column: column() });
    }
}

/// The rows that have a label, and these.
struct Rows {
    prepared: Prepared,
    labels: Vec<u32>,
}

impl Rows {
    fn new(prepared: Prepared, labels: &LabelColumn) -> Result<Self> {
        let numbers = &labels.numbers;
        let mut labels: Vec<u32> = match prepared.kept() {
            None => numbers.clone(),
            Some(kept) => kept.set_indices().map(|row| numbers[row]).collect(),
        };
        let has_label = |&label: &u32| label != LabelColumn::MISSING;
        if labels.iter().all(has_label) {
            return Ok(Self { prepared, labels });
        }
        let prepared = prepared.keep(&labels.iter().map(has_label).collect::<BooleanBuffer>())?;
        labels.retain(has_label);
        if labels.is_empty() {
            return Err(Error::data("no row has both a label and all its values"));
        }
        Ok(Self { prepared, labels })
    }
}

/// What the rows say of the labels.
struct Scores {
    silhouette: Option<Silhouette>,
    dispersion: Dispersion,
}

impl Scores {
    fn new(
        args: &EvaluateArgs,
        input: &Input,
        rows: &Rows,
        kernel: &Kernel,
        session: &mut Session<'_>,
        timings: &mut Timings,
    ) -> Result<Self> {
        let tiles = rows.prepared.tiles();
        let precision = rows.prepared.precision();
        let (n, d) = (tiles.n_rows(), tiles.n_features());
        let labeling = Labeling::new(&rows.labels)?;
        let method = args.silhouette.0.map(|which| which.method(n, args.sample, args.seed));
        let follower = session.talk.follow(session.interrupt, input, labeling.k(), 1);
        let mut scored = None;
        session.lap();
        if let Some(method) = method.filter(|_| labeling.check_separates().is_ok()) {
            let what = format!("the {} silhouette of {}", method.name(), counted(n, "row"));
            input.check_room(method.bytes(n, d, labeling.k(), precision), &what)?;
            scored = Some(silhouette(&tiles, precision, kernel, &labeling, method, &follower)?);
        }
        drop(follower);
        timings.silhouette_s = session.lap();
        if method.is_some() && scored.is_none() {
            let n_clusters = labeling.k();
            session.talk.warn(&Warning::SeparatesNothing { n_clusters, n_rows: n });
        }
        let follower = session.talk.follow(session.interrupt, input, labeling.k(), 1);
        let dispersion = Dispersion::of(&tiles, &labeling, kernel, &follower)?;
        drop(follower);
        timings.score_s += session.lap();
        results::say_if_weights_are_few(&tiles, labeling.k(), &mut session.talk);
        Ok(Self { silhouette: scored, dispersion })
    }
}

/// What another labeling says of the labels.
struct AgainstTruth {
    /// With the truth first.
    table: Contingency,
    /// With the labels first: the truth that stands for each, unless they are too many, and how much
    /// they have in common.
    matching: Option<Vec<Option<u32>>>,
    jaccard: Vec<f64>,
    /// The numbers that clusters of the table have in the columns.
    labels: Vec<u32>,
    truth: Vec<u32>,
}

impl AgainstTruth {
    /// Labels that are matched: in the cube of their number, so many take a second.
    const MOST_MATCHED: usize = 500;

    /// Of the rows that have both.
    fn new(labels: &LabelColumn, truth: &LabelColumn) -> Result<Self> {
        if labels.n_missing == 0 && truth.n_missing == 0 {
            return Self::of(&labels.numbers, &truth.numbers);
        }
        let both = labels.numbers.iter().zip(&truth.numbers);
        let both = both.filter(|&(&a, &b)| a != LabelColumn::MISSING && b != LabelColumn::MISSING);
        let (labels, truth): (Vec<u32>, Vec<u32>) = both.unzip();
        Self::of(&labels, &truth)
    }

    fn of(labels: &[u32], truth: &[u32]) -> Result<Self> {
        if labels.is_empty() {
            return Err(Error::data("no row has both a label and a truth"));
        }
        let (labels, truth) = (Labeling::new(labels)?, Labeling::new(truth)?);
        let table = Contingency::new(&truth, &labels)?;
        let by_label = table.transposed();
        let is_matched = labels.k().max(truth.k()) <= Self::MOST_MATCHED;
        Ok(Self {
            matching: is_matched.then(|| by_label.best_matching()).transpose()?,
            jaccard: by_label.jaccard(),
            labels: labels.labels().to_vec(),
            truth: truth.labels().to_vec(),
            table,
        })
    }
}

/// Writes the silhouette of each input row.
fn write_rows(
    args: &EvaluateArgs,
    input: &Input,
    labels: &LabelColumn,
    silhouette: Option<(&Silhouette, &Rows)>,
    out: &mut (dyn std::io::Write + Send),
) -> Result<u64> {
    let ids = results::ids(input)?;
    let name = |number: u32| labels.values.get(number as usize).map(String::as_str);
    // Where each input row is among the scored ones.
    let mut scored = vec![None; input.n_rows()];
    if let Some((silhouette, rows)) = silhouette {
        let kept: Vec<usize> = match rows.prepared.kept() {
            None => (0..input.n_rows()).collect(),
            Some(kept) => kept.set_indices().collect(),
        };
        let all = (0..kept.len()).collect();
        let places = silhouette.rows.as_ref().unwrap_or(&all);
        for (i, &place) in places.iter().enumerate() {
            let (value, neighbor) = (silhouette.values[i], silhouette.neighbors[i]);
            scored[kept[place]] = name(neighbor).map(|neighbor| (value, neighbor));
        }
    }
    let rows = labels.numbers.iter().zip(scored);
    let rows = rows.map(|(&number, scored)| RowSilhouette { label: name(number), scored });
    write_silhouettes(args.format, ids, rows, out)
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    read_s: f64,
    /// Preparing the rows and, with a model, finding their segments.
    prepare_s: f64,
    silhouette_s: f64,
    /// All other scores.
    score_s: f64,
    write_s: f64,
    total_s: f64,
}

/// What `--json` prints, field by field.
#[derive(Serialize)]
struct Report {
    command: &'static str,
    version: &'static str,
    input: String,
    n_rows: u64,
    n_features: usize,
    columns: Vec<String>,
    /// The columns that labels and truth come from.
    labels: String,
    truth: Option<String>,
    /// The space in which the rows are scored: that of a model, or made by these.
    model: Option<String>,
    weight: Option<String>,
    missing: Option<&'static str>,
    transform: Vec<String>,
    scale: Option<&'static str>,
    n_clusters: usize,
    silhouette: Option<SilhouetteReport>,
    silhouette_per_cluster: Option<Vec<ClusterReport>>,
    davies_bouldin: Option<f64>,
    calinski_harabasz: Option<f64>,
    inertia: Option<f64>,
    /// Rows that were compared with the truth.
    n_compared: Option<u64>,
    ari: Option<f64>,
    ami: Option<f64>,
    nmi: Option<f64>,
    homogeneity: Option<f64>,
    completeness: Option<f64>,
    v_measure: Option<f64>,
    fowlkes_mallows: Option<f64>,
    rand: Option<f64>,
    matching: Option<Vec<Match>>,
    contingency: Option<Vec<Shared>>,
    isa: &'static str,
    threads: usize,
    precision: Option<&'static str>,
    timings: Timings,
    outputs: Option<OutputPaths>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct ClusterReport {
    label: String,
    size: u64,
    /// The mean silhouette.
    value: f64,
    /// Rows that were scored, and the share of them that another cluster is nearer to.
    n: u64,
    below_zero: f64,
}

/// A label, and the truth that stands for it.
#[derive(Serialize)]
struct Match {
    label: String,
    size: u64,
    truth: Option<String>,
    /// Rows in both.
    shared: u64,
    /// The largest share of rows in common with any truth, of those in either.
    jaccard: f64,
}

#[derive(Serialize)]
struct Shared {
    label: String,
    truth: String,
    n: u64,
}

#[derive(Serialize)]
struct OutputPaths {
    silhouettes: String,
}

impl Report {
    fn new(
        args: &EvaluateArgs,
        input: &Input,
        labels: &LabelColumn,
        scores: Option<Scores>,
        agreement: Option<(&AgainstTruth, &LabelColumn)>,
    ) -> Self {
        let mut sizes = vec![0; labels.values.len()];
        let labelled = labels.numbers.iter().filter(|&&label| label != LabelColumn::MISSING);
        labelled.for_each(|&label| sizes[label as usize] += 1);
        let score =
            |score: fn(&Contingency) -> f64| agreement.map(|(found, _)| score(&found.table));
        let silhouette = scores.as_ref().and_then(|scores| scores.silhouette.as_ref());
        let around = scores.as_ref().map(|scores| &scores.dispersion);
        let is_prepared_here = scores.is_some() && args.model.is_none();
        Self {
            command: "evaluate",
            version: VERSION,
            input: args.input.to_string_lossy().into_owned(),
            n_rows: input.n_rows() as u64,
            n_features: input.table.n_features(),
            columns: input.table.columns().iter().map(|c| c.name().to_owned()).collect(),
            labels: labels.name.clone(),
            truth: agreement.map(|(_, truth)| truth.name.clone()),
            model: args.model.as_ref().map(|path| path.to_string_lossy().into_owned()),
            weight: args.columns.weight.clone(),
            missing: is_prepared_here.then(|| args.preparation.missing.unwrap_or_default().name()),
            transform: args.transform.clone(),
            scale: is_prepared_here.then(|| args.scale.unwrap_or(Scale::None).name()),
            n_clusters: sizes.iter().filter(|&&size| size > 0).count(),
            silhouette: silhouette.map(SilhouetteReport::new),
            silhouette_per_cluster: silhouette.map(|found| per_cluster(found, labels)),
            davies_bouldin: around.and_then(Dispersion::davies_bouldin),
            calinski_harabasz: around.and_then(Dispersion::calinski_harabasz),
            inertia: around.map(Dispersion::inertia),
            n_compared: agreement.map(|(found, _)| found.table.n()),
            ari: score(Contingency::adjusted_rand),
            ami: score(Contingency::adjusted_mutual_info),
            nmi: score(Contingency::normalized_mutual_info),
            homogeneity: score(Contingency::homogeneity),
            completeness: score(Contingency::completeness),
            v_measure: score(Contingency::v_measure),
            fowlkes_mallows: score(Contingency::fowlkes_mallows),
            rand: score(Contingency::rand),
            matching: agreement.and_then(|(found, truth)| found.matches(labels, truth)),
            contingency: agreement.map(|(found, truth)| found.shared(labels, truth)),
            isa: "",
            threads: 0,
            precision: None,
            timings: Timings::default(),
            outputs: None,
            warnings: Vec::new(),
        }
    }
}

fn per_cluster(found: &Silhouette, labels: &LabelColumn) -> Vec<ClusterReport> {
    let clusters = found.clusters.iter();
    clusters
        .map(|cluster| ClusterReport {
            label: labels.values[cluster.label as usize].clone(),
            size: cluster.size,
            value: cluster.mean,
            n: cluster.n,
            below_zero: cluster.n_below_zero as f64 / cluster.n as f64,
        })
        .collect()
}

impl AgainstTruth {
    fn matches(&self, labels: &LabelColumn, truth: &LabelColumn) -> Option<Vec<Match>> {
        let matching = self.matching.as_ref()?;
        let shared = |label: u32, truth: u32| {
            let cells = self.table.cells();
            let found = cells.binary_search_by_key(&(truth, label), |c| (c.truth, c.prediction));
            found.map_or(0, |cell| cells[cell].n)
        };
        let labelled = (0..).zip(&self.labels).zip(self.table.prediction_sizes());
        let found = labelled
            .zip(matching.iter().zip(&self.jaccard))
            .map(|(((label, &number), &size), (&matched, &jaccard))| Match {
                label: labels.values[number as usize].clone(),
                size,
                truth: matched
                    .map(|matched| truth.values[self.truth[matched as usize] as usize].clone()),
                shared: matched.map_or(0, |matched| shared(label, matched)),
                jaccard,
            })
            .collect();
        Some(found)
    }

    fn shared(&self, labels: &LabelColumn, truth: &LabelColumn) -> Vec<Shared> {
        let cells = self.table.cells().iter();
        let name = |column: &LabelColumn, number: u32| column.values[number as usize].clone();
        cells
            .map(|cell| Shared {
                label: name(labels, self.labels[cell.prediction as usize]),
                truth: name(truth, self.truth[cell.truth as usize]),
                n: cell.n,
            })
            .collect()
    }
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let rows = counted(grouped(self.n_rows), "row");
        let title = counted(self.n_clusters, "label");
        let columns = counted(self.n_features, "column");
        let source = format!("of \"{}\", {rows} in {columns}", Escaped(&self.labels));
        let mut text = format!("\n  {} {}\n\n", paint.bold(title), paint.dim(source));
        if let Some(clusters) = &self.silhouette_per_cluster {
            text += &cluster_table(clusters, layout);
        }
        let number = |score: f64| summary::score(score);
        if let Some(silhouette) = &self.silhouette {
            text += &layout.fact("silhouette", silhouette.said());
        }
        let others: Vec<String> = [
            ("Davies-Bouldin", self.davies_bouldin, " (smaller is better)"),
            ("Calinski-Harabasz", self.calinski_harabasz, " (larger is better)"),
            ("inertia", self.inertia, ""),
        ]
        .into_iter()
        .filter_map(|(name, score, note)| Some(format!("{name} {}{note}", number(score?))))
        .collect();
        if !others.is_empty() {
            text += &layout.fact("dispersion", others.join(" · "));
        }
        if self.n_compared.is_some() {
            text += &self.agreement(layout);
        }
        if let Some(space) = self.space() {
            text += &layout.fact("space", space);
        }
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("prepare", t.prepare_s),
            ("silhouette", t.silhouette_s),
            ("score", t.score_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        text += &layout.fact("time", summary::stages(&stages));
        if let Some(outputs) = &self.outputs {
            text += &layout.fact("silhouettes", Escaped(&outputs.silhouettes));
        }
        text
    }
}

impl Report {
    /// Where the rows were scored: what compares with other scores, and what does not.
    fn space(&self) -> Option<String> {
        let precision = self.precision?;
        let prepared = match (&self.model, self.scale) {
            (Some(model), _) => format!("that of {}", Escaped(model)),
            (None, Some("none")) if self.transform.is_empty() => "values as they are".to_owned(),
            (None, scale) => {
                let transforms = self.transform.iter().map(|t| format!(", {}", Escaped(t)));
                format!("scale {}{}", scale?, transforms.collect::<String>())
            }
        };
        let weight = self.weight.as_ref().map(|weight| format!(", weights {}", Escaped(weight)));
        Some(format!("{prepared}{}, in {precision}", weight.unwrap_or_default()))
    }

    /// How the labels agree with the truth.
    fn agreement(&self, layout: &Layout) -> String {
        let n = counted(grouped(self.n_compared.unwrap_or(0)), "row");
        let truth = Escaped(self.truth.as_deref().unwrap_or_default());
        let source = format!("against \"{truth}\", {n}");
        let mut text = format!("\n  {}\n\n", layout.paint.dim(source));
        if let Some(matches) = &self.matching {
            text += &self.best_matching(matches, layout);
        }
        let scores = |scores: &[(&str, Option<f64>)]| {
            let said = scores.iter().filter_map(|&(name, score)| Some((name, score?)));
            said.map(|(name, score)| format!("{name} {score:.4}")).collect::<Vec<_>>().join(" · ")
        };
        text += &layout.fact(
            "pairs",
            scores(&[
                ("ARI", self.ari),
                ("Rand", self.rand),
                ("Fowlkes-Mallows", self.fowlkes_mallows),
            ]),
        );
        text += &layout.fact(
            "information",
            scores(&[
                ("AMI", self.ami),
                ("NMI", self.nmi),
                ("homogeneity", self.homogeneity),
                ("completeness", self.completeness),
                ("V", self.v_measure),
            ]),
        );
        text
    }
    /// Which label stands for which truth.
    fn best_matching(&self, matches: &[Match], layout: &Layout) -> String {
        let compared = self.n_compared.unwrap_or(0) as f64;
        let means: Vec<[Option<f64>; 2]> = matches
            .iter()
            .map(|one| [Some(100.0 * one.shared as f64 / one.size as f64), Some(one.jaccard)])
            .collect();
        let names: Vec<String> = matches
            .iter()
            .map(|one| match &one.truth {
                Some(truth) => format!("{} = {}", Escaped(&one.label), Escaped(truth)),
                None => format!("{} = none", Escaped(&one.label)),
            })
            .collect();
        let lines: Vec<Line<'_>> = matches
            .iter()
            .zip(&names)
            .zip(&means)
            .map(|((one, name), means)| Line {
                name,
                size: one.size,
                share: one.size as f64 / compared,
                means,
            })
            .collect();
        let columns = ["% shared", "Jaccard"].map(str::to_owned);
        summary::segment_table("best match", &lines, &columns, &[2.0, 1.0], layout)
    }
}

fn cluster_table(clusters: &[ClusterReport], layout: &Layout) -> String {
    let n: u64 = clusters.iter().map(|cluster| cluster.size).sum();
    let means: Vec<[Option<f64>; 2]> = clusters
        .iter()
        .map(|cluster| [Some(cluster.value), Some(100.0 * cluster.below_zero)])
        .collect();
    let lines: Vec<Line<'_>> = clusters
        .iter()
        .zip(&means)
        .map(|(cluster, means)| Line {
            name: &cluster.label,
            size: cluster.size,
            share: cluster.size as f64 / n as f64,
            means,
        })
        .collect();
    let columns = ["silhouette", "% below 0"].map(str::to_owned);
    summary::segment_table("label", &lines, &columns, &[2.0, 1.0], layout)
}
