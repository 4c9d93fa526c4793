//! `segengine features`: one row per customer, as known on a date.

use std::path::Path;

use serde::Serialize;

use super::args::FeaturesArgs;
use super::orders::{self, TableReport};
use super::results;
use super::summary::{self, Layout};
use super::{Session, VERSION};
use crate::error::{Error, Escaped, Result, counted, grouped};
use crate::history::{
    CustomerParams, CustomerTable, Day, DescriptorColumn, FeatureColumn, Knowledge, customers,
};
use crate::io::{OutputFormat, Outputs, is_order_table, write_customers};
use crate::prepare::Missing;
use crate::warning::Warning;

/// Runs the command.
pub(super) fn run(args: &FeaturesArgs, session: &mut Session<'_>) -> Result<()> {
    let to_stdout = args.out == Path::new("-");
    if to_stdout && args.common.json {
        let message = "--json and --out - both want standard output (choose one)";
        return Err(Error::parameter(message));
    }
    let format = match args.format {
        Some(format) => format,
        None => format_of(&args.out)?,
    };
    if format == OutputFormat::Csv {
        session
            .talk
            .note("a CSV file cannot say how its columns are best prepared (Arrow, Parquet do)");
    }
    let outputs = if to_stdout { None } else { Some(stage(args, session)?) };

    let mut timings = Timings::default();
    session.lap();
    let opened = orders::open(&args.input, args.mapping.as_deref(), session)?;
    let history = &opened.tables.history;
    timings.read_s = session.lap();
    session.check_cancelled()?;

    let as_of = args.as_of.unwrap_or_else(|| history.last_delivered_day());
    let mut known = Knowledge::at(as_of).from(args.from);
    if args.naive {
        known = known.with_hindsight();
        session.talk.warn(&Warning::Hindsight { day: as_of.to_string() });
    }
    let params = CustomerParams {
        set: args.set,
        recency: args.recency,
        describe: args.describe,
        one_hot: args.one_hot.clone(),
    };
    let blame = |error| orders::blame(&args.input, error);
    let table = customers(history, known, &params).map_err(blame)?;
    let leak = if args.naive {
        let honest = customers(history, Knowledge::at(as_of).from(args.from), &params);
        Some(leak(&honest.map_err(blame)?, &table))
    } else {
        None
    };
    if !table.left_out.is_empty() {
        session.talk.warn(&Warning::FeaturesLeftOut { features: table.left_out.clone() });
    }
    let is_thin = |(day, _): &(Day, u64)| *day <= as_of && args.from.is_none_or(|from| from < *day);
    if let Some((day, n)) = history.thin_start().filter(is_thin) {
        session.talk.warn(&Warning::ThinStart { n, before: day.to_string() });
    }
    timings.features_s = session.lap();
    session.check_cancelled()?;

    let Some(outputs) = outputs else {
        return results::stream(|out| {
            write_customers(format, &opened.id_column, history, &table, out).map(drop)
        });
    };
    let defused =
        outputs.write(0, |out| write_customers(format, &opened.id_column, history, &table, out))?;
    if defused > 0 {
        session.talk.warn(&Warning::CellsDefused { n: defused });
    }
    let [features] = results::targets(&outputs);
    timings.write_s = session.lap();
    timings.total_s = session.total();
    let report = Report {
        command: "features",
        version: VERSION,
        input: args.input.to_string_lossy().into_owned(),
        as_of: as_of.to_string(),
        as_of_is_given: args.as_of.is_some(),
        has_deliveries: history.holdings().deliveries,
        from: args.from.map(|day| day.to_string()),
        set: args.set.name(),
        recency: args.recency.name(),
        hindsight: args.naive,
        n_rows: table.n_rows(),
        n_orders: history.n_orders(),
        features: table.columns.iter().map(FeatureReport::new).collect(),
        descriptors: table.descriptors.iter().map(DescriptorReport::new).collect(),
        left_out: table.left_out.clone(),
        leak,
        tables: orders::tables_read(&opened.tables),
        threads: session.threads,
        timings,
        outputs: OutputPaths { features },
        warnings: session.talk.warning_texts(),
    };
    results::finish(&report, outputs, &args.common, session)
}

/// Makes ready to write the file.
fn stage(args: &FeaturesArgs, session: &Session<'_>) -> Result<Outputs> {
    let Some(name) = args.out.file_name().and_then(|name| name.to_str()) else {
        let message = "--out: the name of a file is needed";
        return Err(Error::parameter(message));
    };
    let dir = args.out.parent().filter(|dir| !dir.as_os_str().is_empty());
    let into_input =
        dir.unwrap_or(Path::new(".")).canonicalize().ok() == args.input.canonicalize().ok();
    if into_input && is_order_table(&args.out) {
        let message =
            "bears the name of an order table, in their folder (another name is accepted)";
        return Err(Error::parameter(message).in_file(&args.out));
    }
    let inputs = orders::inputs(&args.input, args.mapping.as_deref());
    let inputs: Vec<&Path> = inputs.iter().map(|path| path.as_path()).collect();
    let outputs = Outputs::stage(dir.unwrap_or(Path::new(".")), &[name], &inputs)?;
    session.interrupt.protect(outputs.temporary());
    Ok(outputs)
}

/// What a file of this name is.
fn format_of(path: &Path) -> Result<OutputFormat> {
    let Some(extension) = path.extension() else { return Ok(OutputFormat::default()) };
    let named = |format: &OutputFormat| *extension == *format.extension();
    OutputFormat::ALL.into_iter().find(named).ok_or_else(|| {
        let message = "no kind of file that can be written (.arrow, .parquet, .csv, or --format)";
        Error::parameter(format!("--out: {message}"))
    })
}

/// By how much features that know the future differ from those that do not.
fn leak(honest: &CustomerTable, naive: &CustomerTable) -> Vec<LeakReport> {
    let (nothing, zeros) = (vec![f32::NAN; naive.n_rows()], vec![0.0; naive.n_rows()]);
    let columns = naive.columns.iter().map(|column| {
        // What nobody had a value of on the day is no column of the honest table.
        let before = honest.columns.iter().find(|before| before.name == column.name);
        // (Of a word that nobody had, everybody's column is 0.)
        let none = if column.missing == Missing::Error { &zeros } else { &nothing };
        let before = before.map_or(none, |before| &before.values);
        let pairs = || before.iter().zip(&column.values);
        let is_same = |a: f32, b: f32| a == b || (a.is_nan() && b.is_nan());
        let customers = pairs().filter(|&(&a, &b)| !is_same(a, b)).count();
        let gained = pairs().filter(|&(a, b)| a.is_nan() && !b.is_nan()).count();
        let changes =
            || pairs().map(|(a, b)| f64::from(b - a)).filter(|x| !x.is_nan() && *x != 0.0);
        let n = changes().count();
        LeakReport {
            name: column.name.clone(),
            customers,
            gained,
            mean_change: (n > 0).then(|| changes().map(f64::abs).sum::<f64>() / n as f64),
        }
    });
    columns.filter(|leak| leak.customers > 0).collect()
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    /// Reading and joining the tables.
    read_s: f64,
    features_s: f64,
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
    as_of: String,
    as_of_is_given: bool,
    #[serde(skip)]
    has_deliveries: bool,
    from: Option<String>,
    set: &'static str,
    recency: &'static str,
    hindsight: bool,
    n_rows: usize,
    /// All that were read, known or not.
    n_orders: usize,
    features: Vec<FeatureReport>,
    descriptors: Vec<DescriptorReport>,
    left_out: Vec<&'static str>,
    leak: Option<Vec<LeakReport>>,
    tables: Vec<TableReport>,
    threads: usize,
    timings: Timings,
    outputs: OutputPaths,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct FeatureReport {
    name: String,
    unit: &'static str,
    definition: String,
    role: &'static str,
    missing: &'static str,
    transform: &'static str,
    scale: &'static str,
    n_missing: usize,
    min: Option<f32>,
    median: Option<f32>,
    mean: Option<f64>,
    max: Option<f32>,
}

#[derive(Serialize)]
struct DescriptorReport {
    name: &'static str,
    definition: &'static str,
    n_values: usize,
    n_missing: usize,
    commonest: Option<String>,
}

#[derive(Serialize)]
struct LeakReport {
    name: String,
    /// Who have another value.
    customers: usize,
    /// Those of them who had none.
    gained: usize,
    /// The mean size of the change, of those who have both.
    mean_change: Option<f64>,
}

#[derive(Serialize)]
struct OutputPaths {
    features: String,
}

impl FeatureReport {
    fn new(column: &FeatureColumn) -> Self {
        let mut values: Vec<f32> = column.values.iter().copied().filter(|x| !x.is_nan()).collect();
        values.sort_unstable_by(f32::total_cmp);
        let n = values.len();
        let sum: f64 = values.iter().map(|&x| f64::from(x)).sum();
        Self {
            name: column.name.clone(),
            unit: column.unit,
            definition: column.definition.clone().into_owned(),
            role: if column.is_feature { "feature" } else { "descriptor" },
            missing: column.missing.name(),
            transform: column.transform.name(),
            scale: column.scale.name(),
            n_missing: column.values.len() - n,
            min: values.first().copied(),
            median: (n > 0).then(|| 0.5 * values[(n - 1) / 2] + 0.5 * values[n / 2]),
            mean: (n > 0).then(|| sum / n as f64),
            max: values.last().copied(),
        }
    }
}

impl DescriptorReport {
    fn new(column: &DescriptorColumn) -> Self {
        let mut counts = vec![0_usize; column.names.len()];
        column.codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
        let commonest =
            (1..counts.len()).max_by_key(|&code| (counts[code], std::cmp::Reverse(code)));
        Self {
            name: column.descriptor.name(),
            definition: column.descriptor.definition(),
            n_values: counts.iter().skip(1).filter(|&&n| n > 0).count(),
            n_missing: counts[0],
            commonest: commonest.map(|code| column.names[code].clone()),
        }
    }
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let paint = layout.paint;
        let customers = counted(grouped(self.n_rows as u64), "customer");
        let choice = match (self.as_of_is_given, self.has_deliveries) {
            (true, _) => "",
            (false, true) => ", the last day with orders that were delivered",
            (false, false) => ", the last day with orders",
        };
        let about = format!("as known at the end of {}{choice}", self.as_of);
        let mut text = format!("\n  {} {}\n\n", paint.bold(customers), paint.dim(about));
        text += &self.feature_table(layout);
        if !self.descriptors.is_empty() {
            let said = self.descriptors.iter().map(|descriptor| {
                let values = counted(grouped(descriptor.n_values as u64), "value");
                let commonest = descriptor.commonest.as_deref().unwrap_or("–");
                format!("{} ({values}, mostly {commonest})", descriptor.name)
            });
            let said = said.collect::<Vec<_>>().join(", ");
            text += &layout.prose("described", &format!("by {said}; not clustered on"));
        }
        if let Some(leak) = &self.leak {
            for column in leak {
                let change = column.mean_change.map_or_else(String::new, |change| {
                    format!(", by {} on average", summary::score(change))
                });
                let n = counted(grouped(column.customers as u64), "customer");
                text += &layout.fact("leak", format_args!("{}: {n} changed{change}", column.name));
            }
        }
        let orders = counted(grouped(self.n_orders as u64), "order");
        let tables = counted(self.tables.len(), "table");
        text += &layout.fact("read", format_args!("{orders} in {tables}"));
        let t = &self.timings;
        let stages = [
            ("read", t.read_s),
            ("features", t.features_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        text += &layout.fact("time", summary::stages(&stages));
        text += &layout.fact("features", Escaped(&self.outputs.features));
        text
    }
}

impl Report {
    /// Each feature with what is typical; with `-v` also what it is.
    fn feature_table(&self, layout: &Layout) -> String {
        const LONGEST: usize = 40;
        let names = || self.features.iter().map(|feature| summary::clipped(&feature.name, LONGEST));
        let widest = names().map(|name| name.chars().count()).max();
        let width = widest.unwrap_or(0).max("feature".len());
        let head = format!(
            "{:width$}  {:>9}  {:>10}  {:>10}  {:>10}  {}",
            "feature", "missing", "median", "mean", "max", "unit"
        );
        let mut text = format!("  {}\n", layout.paint.dim(head));
        for (feature, name) in self.features.iter().zip(names()) {
            let number = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), short);
            let (median, max) = (feature.median.map(f64::from), feature.max.map(f64::from));
            let missing = match feature.n_missing {
                0 => "–".to_owned(),
                n => summary::percent(n as f64 / self.n_rows as f64),
            };
            text += &format!(
                "  {name:width$}  {missing:>9}  {:>10}  {:>10}  {:>10}  {}\n",
                number(median),
                number(feature.mean),
                number(max),
                feature.unit
            );
            if layout.all {
                text += &format!(
                    "  {:width$}  {}\n",
                    "",
                    layout.paint.dim(Escaped(&feature.definition))
                );
            }
        }
        text + "\n"
    }
}

/// A number in few characters.
fn short(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e6 {
        return format!("{x:.0}");
    }
    match x.abs() {
        size if size >= 1e6 => format!("{x:.3e}"),
        size if size >= 100.0 => format!("{x:.0}"),
        size if size >= 10.0 => format!("{x:.1}"),
        _ => format!("{x:.2}"),
    }
}
