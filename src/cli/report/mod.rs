//! `segengine report`: what marketing is told of a segmentation.

pub(super) mod curve;
mod files;
mod names;
pub(super) mod since;
mod subject;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::{ReportArgs, TellingArgs};
use super::results;
use super::summary::{self, Layout};
use super::{Session, VERSION};
use crate::error::{Error, Escaped, Result};
use crate::io::{ColumnChoice, Input, LabelColumn, Outputs, ReadOptions, read_model};
use crate::kernel::Kernel;
use crate::model::Model;
use crate::report::{Campaign, StabilityCurve, TEMPLATE, check_template};
use crate::seed::Seed;

pub(super) use files::{File, Summary, named, tell};
pub(super) use names::{Given, applied};
pub(super) use subject::{Look, Subject};

/// The names of the files that every run writes, beside campaign files and logic.
pub(super) const FILES: [&str; 4] = ["report.html", "segments.xlsx", "segments.json", names::FILE];
/// The page that `segengine stability` and `run` write beside others.
pub(super) const PROPOSAL: &str = "maintenance.html";
/// Words that describe customers: a column of more different ones tells people apart, not segments.
const MOST_WORDS: usize = 1_000;

/// Runs the command.
pub(super) fn run(args: &ReportArgs, session: &mut Session<'_>) -> Result<()> {
    if args.print_template {
        return super::print(TEMPLATE.as_bytes());
    }
    if args.out == Path::new("-") {
        let message =
            "--out - is standard output, which cannot hold several files (name a directory)";
        return Err(Error::parameter(message));
    }
    let (Some(model_path), Some(features)) = (&args.model, &args.features) else {
        return Err(Error::parameter("MODEL and --features are needed"));
    };
    let kernel = Kernel::detect()?;
    let mut inputs = vec![model_path.as_path(), features.as_path()];
    inputs.extend(args.telling.template.as_deref());
    inputs.extend([&args.assignments, &args.previous].into_iter().flatten().map(PathBuf::as_path));
    let mut outputs = Outputs::stage(&args.out, &FILES, &inputs)?;
    session.interrupt.protect(outputs.temporary());

    let mut timings = Timings::default();
    session.lap();
    let beside = model_path.parent().unwrap_or(Path::new(""));
    let telling = Telling::read(&args.telling, &[&args.out, beside], &args.out, session)?;
    let model = read_model(model_path)?;
    let input = open(features, args.id.clone(), &model, args.common.no_map, session)?;
    check_width(&input).map_err(|error| error.in_file(features))?;
    let ids = ids(&input)?;
    check_ids(&ids, input.id_column.as_deref()).map_err(|error| error.in_file(features))?;
    let day = input.origin.map(|origin| origin.day).or(model.origin().map(|origin| origin.day));
    let (current, last) = (args.assignments.as_deref(), args.previous.as_deref());
    let before = since::read(current, last, day, session)?;
    let curve =
        args.stability.as_deref().map(|dir| curve::read(dir, &model, session)).transpose()?;
    let is_here = |dir: &Path| dir.canonicalize().ok() == args.out.canonicalize().ok();
    let proposal =
        args.stability.as_deref().filter(|dir| is_here(dir) && dir.join(PROPOSAL).exists());
    let proposal = proposal.map(|_| PROPOSAL.to_owned());
    let curve = curve.map(|curve| StabilityCurve { proposal, ..curve });
    timings.read_s = session.lap();
    session.check_cancelled()?;

    let words = words(&input);
    let subject = Subject {
        model: &model,
        table: &input.table,
        words: &words,
        id_column: input.id_column.as_deref(),
        ids: &ids,
        as_of: day,
        names: &telling.names,
    };
    let look = Look {
        language: args.telling.lang,
        currency: args.telling.currency,
        seed: Seed(args.seed),
        bootstrap: args.bootstrap as usize,
        bootstrap_n_init: 10,
    };
    let blame = |error| results::blame(&input, error);
    let seen = subject.look(look, &kernel, session).map_err(blame)?;
    timings.look_s = session.lap();
    let since = before.map(|before| before.since(&subject, &seen, session)).transpose()?;
    let told = tell(&subject, look, seen, since, curve, &telling, session)?;
    timings.tell_s = session.lap();

    let paths = write(&told.files, &FILES, &inputs, &mut outputs, session)?;
    input.check_unchanged()?;
    say_stale(&args.out, &told.campaigns, session);
    timings.write_s = session.lap();
    timings.total_s = session.total();
    let report = Report {
        command: "report",
        version: VERSION,
        model: model_path.to_string_lossy().into_owned(),
        input: features.to_string_lossy().into_owned(),
        told: told.summary,
        threads: session.threads,
        timings,
        outputs: paths,
        warnings: session.talk.warning_texts(),
    };
    results::finish(&report, outputs, &args.common, session)
}

/// How segments are told about, read.
pub(super) struct Telling {
    pub(super) args: TellingArgs,
    pub(super) names: Given,
    /// The name and the text of the template.
    pub(super) template: (String, String),
    /// Where files without a name may lie meanwhile.
    pub(super) scratch: PathBuf,
}

impl Telling {
    /// Reads names and template; names lie in the first of `folders` that has some, unless a file is
    /// given, and will be written to `out`.
    pub(super) fn read(
        args: &TellingArgs,
        folders: &[&Path],
        out: &Path,
        session: &Session<'_>,
    ) -> Result<Self> {
        let names = Given::read(args.names.as_deref(), folders, Some(out), session)?;
        let template = match &args.template {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Error::io("cannot read the template", &error).in_file(path))?;
                (path.to_string_lossy().into_owned(), text)
            }
            None => ("report.html".to_owned(), TEMPLATE.to_owned()),
        };
        check_template(&template.0, &template.1)?;
        Ok(Self { args: args.clone(), names, template, scratch: out.to_owned() })
    }
}

/// Opens the customers with every column that is a number, and every one that is a word.
fn open(
    path: &Path,
    id: Option<String>,
    model: &Model,
    no_map: bool,
    session: &mut Session<'_>,
) -> Result<Input> {
    let options = ReadOptions {
        columns: ColumnChoice::Everything,
        id,
        default_id: model.id_column().map(str::to_owned),
        map: !no_map,
        ..ReadOptions::default()
    };
    results::open(path, &options, &[], &mut session.talk)
}

/// Refuses more columns than anybody reads of.
fn check_width(input: &Input) -> Result<()> {
    const MOST: usize = 500;
    let n = input.table.n_features();
    if n > MOST {
        let message =
            format!("has {n} columns of numbers (up to {MOST} can be told of; leave out others)");
        return Err(Error::data(message));
    }
    Ok(())
}

/// Refuses ids that are there twice: whoever they are of would get several campaigns.
pub(super) fn check_ids(ids: &[Option<String>], column: Option<&str>) -> Result<()> {
    let mut seen = HashSet::new();
    let known = ids.iter().map(|id| id.as_deref().filter(|id| !id.is_empty()));
    for (row, id) in known.enumerate() {
        if let Some(id) = id.filter(|id| !seen.insert(*id)) {
            let message = format!(
                "\"{}\" is the id of an earlier row, too (campaign files need one row for each customer)",
                Escaped(id)
            );
            let error = Error::data(message).at_row(row as u64 + 1);
            return Err(error.in_column(column.unwrap_or_default()));
        }
    }
    Ok(())
}

/// The columns of words that describe segments.
pub(super) fn words(input: &Input) -> Vec<LabelColumn> {
    input.labels.iter().filter(|words| words.values.len() <= MOST_WORDS).cloned().collect()
}

/// Every id as text.
pub(super) fn ids(input: &Input) -> Result<Vec<Option<String>>> {
    match input.ids()? {
        Some(reader) => reader.texts().collect(),
        None => Ok(Vec::new()),
    }
}

/// Writes `files`: those of `staged`, which are all that is staged, and others, which are staged here since
/// their names were not known before. What is staged and not among them is left as it is. Gives their
/// paths.
pub(super) fn write(
    files: &[File],
    staged: &[&str],
    inputs: &[&Path],
    outputs: &mut Outputs,
    session: &Session<'_>,
) -> Result<Vec<String>> {
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let (made, unmade): (Vec<&str>, Vec<&str>) =
        staged.iter().partition(|name| names.contains(name));
    outputs.withdraw(&unmade);
    let more: Vec<&str> = names.into_iter().filter(|name| !staged.contains(name)).collect();
    outputs.add(&more, inputs)?;
    session.interrupt.protect(outputs.temporary());
    let places: Vec<&str> = made.into_iter().chain(more).collect();
    let mut paths = Vec::new();
    for file in files {
        let Some(index) = places.iter().position(|name| *name == file.name) else { continue };
        outputs.write(index, |out| results::write_bytes(&file.bytes, out))?;
        paths.push(outputs.target(index).to_string_lossy().into_owned());
    }
    Ok(paths)
}

/// Names campaign files of before that are of no segment now: writing to them would be writing to the
/// wrong people.
pub(super) fn say_stale(out: &Path, campaigns: &[Campaign], session: &Session<'_>) {
    let written: Vec<&str> = campaigns.iter().map(|campaign| campaign.file.as_str()).collect();
    for stale in crate::report::stale_campaigns(&out.join("campaigns"), &written) {
        let stale = stale.to_string_lossy();
        let stale = Escaped(&stale);
        session.talk.note(format_args!("{stale} was there before and is of no segment now"));
    }
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    read_s: f64,
    /// Profiles, silhouettes, resamples, rules and reasons.
    look_s: f64,
    /// Making page, workbook and campaign files.
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
    model: String,
    input: String,
    #[serde(flatten)]
    told: Summary,
    threads: usize,
    timings: Timings,
    outputs: Vec<String>,
    warnings: Vec<String>,
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let mut text = self.told.title(layout);
        text += &self.told.table(layout);
        text += &self.told.facts(layout);
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("look", t.look_s),
            ("tell", t.tell_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        text += &layout.fact("time", summary::stages(&stages));
        for path in self.outputs.iter().filter(|path| !path.contains("campaigns")) {
            text += &layout.fact("wrote", Escaped(path));
        }
        text
    }
}
