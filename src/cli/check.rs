//! `segengine check`: what would go wrong, before it does.

use serde::Serialize;

use super::args::CheckArgs;
use super::orders;
use super::results;
use super::summary::{self, Layout};
use super::{Session, VERSION};
use crate::check::{Finding, Level, check_features, check_orders, check_sizes};
use crate::error::{Error, Escaped, Result, counted, grouped};
use crate::history::{
    CustomerParams, CustomerTable, FeatureColumn, FeatureSet, Knowledge, customers,
};
use crate::io::ReadOptions;
use crate::kernel::Kernel;
use crate::kmeans::{self, KMeansParams};
use crate::monitor::Monitor;
use crate::prepare::{ColumnAdvice, Prepare, PrepareParams};
use crate::table::{Column, FeatureTable};

/// Runs the command.
pub(super) fn run(args: &CheckArgs, session: &mut Session<'_>) -> Result<()> {
    session.lap();
    let (checked, findings, read_s) = if args.mapping.is_some() || args.input.is_dir() {
        check_history(args, session)?
    } else {
        check_table(args, session)?
    };
    session.check_cancelled()?;
    let report = Report {
        command: "check",
        version: VERSION,
        input: args.input.to_string_lossy().into_owned(),
        checked,
        counts: Counts::of(&findings),
        findings: findings.into_iter().map(FindingReport::from).collect(),
        timings: Timings { read_s, check_s: session.lap(), total_s: session.total() },
        warnings: session.talk.warning_texts(),
    };
    results::print_report(&report, &args.common)?;
    match report.counts.errors {
        0 => Ok(()),
        n => {
            let message = format!("{} found (see above)", counted(n, "error"));
            Err(Error::data(message).in_file(&args.input))
        }
    }
}

/// Order tables, and the features that come of them.
fn check_history(
    args: &CheckArgs,
    session: &mut Session<'_>,
) -> Result<(String, Vec<Finding>, f64)> {
    let opened = orders::open(&args.input, args.mapping.as_deref(), session)?;
    let history = &opened.tables.history;
    let read_s = session.lap();
    let mut findings = check_orders(history, &opened.tables.tables);
    let known = Knowledge::at(args.as_of.unwrap_or_else(|| history.last_delivered_day()));
    let known = known.from(args.from);
    let blame = |error| orders::blame(&args.input, error);
    let params = CustomerParams { set: FeatureSet::Full, ..CustomerParams::default() };
    let table = customers(history, known, &params).map_err(blame)?;
    findings.extend(check_features(&table.features()?, &advice(&table)));
    let fitted = CustomerParams::default();
    let table = customers(history, known, &fitted).map_err(blame)?;
    let columns = advice(&table);
    findings.extend(first_fit(&table.features()?, &columns, args.k, session.interrupt)?);
    findings.sort_by_key(|finding| finding.level);
    let checked = format!(
        "{} of {}; columns of the set full as of {}, segments of {}",
        counted(grouped(history.n_orders() as u64), "order"),
        counted(grouped(history.n_persons() as u64), "person"),
        known.day(),
        fitted.set.name()
    );
    Ok((checked, findings, read_s))
}

/// A table of features.
fn check_table(args: &CheckArgs, session: &mut Session<'_>) -> Result<(String, Vec<Finding>, f64)> {
    let options = ReadOptions { map: !args.common.no_map, ..ReadOptions::default() };
    let input = results::open(&args.input, &options, &[], &mut session.talk)?;
    let read_s = session.lap();
    let mut findings = check_features(&input.table, &input.advice);
    if findings.iter().all(|finding| finding.level != Level::Error) {
        let fit = first_fit(&input.table, &input.advice, args.k, session.interrupt);
        findings.extend(fit.map_err(|error| results::blame(&input, error))?);
    }
    input.check_unchanged()?;
    findings.sort_by_key(|finding| finding.level);
    let rows = counted(grouped(input.table.n_rows() as u64), "row");
    let columns = counted(input.table.n_features(), "column");
    Ok((format!("{rows} in {columns}"), findings, read_s))
}

/// What a file of the table would recommend.
fn advice(table: &CustomerTable) -> Vec<ColumnAdvice> {
    table.columns.iter().map(FeatureColumn::advice).collect()
}

/// Slivers among the segments of a fit as recommended.
fn first_fit(
    table: &FeatureTable,
    advice: &[ColumnAdvice],
    k: u32,
    monitor: &dyn Monitor,
) -> Result<Option<Finding>> {
    let k = k as usize;
    if k == 0 || table.n_rows() < k || table.n_features() == 0 {
        return Ok(None);
    }
    let mut params = PrepareParams::advised(advice, table.columns().iter().map(Column::name));
    if params.missing == crate::Missing::Error {
        params.missing = crate::Missing::Median;
    }
    let (_, prepared, _) = Prepare::fit_apply(table, &params)?;
    let fit = kmeans::fit(
        &prepared.tiles(),
        prepared.precision(),
        &Kernel::detect()?,
        &KMeansParams::new(k),
        monitor,
    )?;
    Ok(check_sizes(&fit.sizes))
}

/// What `--json` prints, field by field.
#[derive(Serialize)]
struct Report {
    command: &'static str,
    version: &'static str,
    input: String,
    checked: String,
    counts: Counts,
    findings: Vec<FindingReport>,
    timings: Timings,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Counts {
    fn of(findings: &[Finding]) -> Self {
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        Self {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            notes: count(Level::Note),
        }
    }
}

#[derive(Serialize)]
struct FindingReport {
    level: &'static str,
    code: &'static str,
    what: String,
    advice: String,
    count: Option<u64>,
    of: Option<u64>,
    examples: Vec<String>,
}

impl From<Finding> for FindingReport {
    fn from(finding: Finding) -> Self {
        let Finding { level, code, what, advice, count, of, examples } = finding;
        Self { level: level.name(), code, what, advice, count, of, examples }
    }
}

/// Seconds per stage; they do not overlap.
#[derive(Serialize)]
struct Timings {
    read_s: f64,
    check_s: f64,
    total_s: f64,
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let Counts { errors, warnings, notes } = &self.counts;
        let counts =
            [counted(errors, "error"), counted(warnings, "warning"), counted(notes, "note")];
        let mut text =
            format!("\n  {} {}\n", paint.bold(counts.join(", ")), paint.dim(&self.checked));
        for finding in &self.findings {
            let level = finding.level;
            text.push('\n');
            text += &layout.prose(level, &sentence(&finding.what));
            text += &layout.prose("", &sentence(&finding.advice));
            if !finding.examples.is_empty() && (layout.all || level == "error") {
                let examples = finding.examples.iter().map(|example| Escaped(example).to_string());
                let examples = examples.collect::<Vec<_>>().join(", ");
                text += &layout.prose("", &format!("For example {examples}"));
            }
        }
        let t = &self.timings;
        let stages = [("read", t.read_s), ("check", t.check_s), ("total", t.total_s)];
        text.push('\n');
        text + &layout.fact("time", summary::stages(&stages))
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let text: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    if text.ends_with('?') { text } else { text + "." }
}
