//! `segengine assign`: segments for new rows from a saved model.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::args::AssignArgs;
use super::results::{self, write_assignments};
use super::summary::{self, Layout, Line};
use super::{Session, VERSION};
use crate::error::{Error, Escaped, Result, counted, grouped};
use crate::io::{ASSIGNMENT_COLUMNS, ColumnChoice, Outputs, ReadOptions, read_model};
use crate::kernel::Kernel;
use crate::model::Model;

/// Runs the command.
pub(super) fn run(args: &AssignArgs, session: &mut Session<'_>) -> Result<()> {
    let to_stdout = args.out == Path::new("-");
    if to_stdout && args.common.json {
        let message = "--json and --out - both want standard output (choose one)";
        return Err(Error::parameter(message));
    }
    let kernel = Kernel::detect()?;
    let name = results::assignments_name(args.format);
    let outputs = if to_stdout {
        None
    } else {
        let outputs = Outputs::stage(&args.out, &[&name], &[&args.model, &args.input])?;
        session.interrupt.protect(outputs.temporary());
        Some(outputs)
    };

    let mut timings = Timings::default();
    session.lap();
    let model = read_model(&args.model)?;
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
    session.check_cancelled()?;

    let prepared =
        model.prepare().apply(&input.table).map_err(|error| results::blame(&input, error))?;
    timings.prepare_s = session.lap();
    session.check_cancelled()?;

    let mut write = |out: &mut (dyn Write + Send)| {
        write_assignments(session, args.format, &input, &model, &prepared, &kernel, out)
    };
    let Some(outputs) = outputs else {
        return results::stream(|out| write(out).and_then(|_| input.check_unchanged()));
    };
    let sizes =
        outputs.write(0, |out| write(out)).map_err(|error| results::blame(&input, error))?;
    input.check_unchanged()?;
    let [assignments] = results::targets(&outputs);
    timings.write_s = session.lap();
    timings.total_s = session.total();

    let n_rows = input.table.n_rows() as u64;
    let report = Report::new(args, &model, &kernel, n_rows, &sizes, assignments, timings, session);
    results::finish(&report, outputs, &args.common, session)
}

/// Seconds per stage; they do not overlap.
#[derive(Debug, Default, Serialize)]
struct Timings {
    read_s: f64,
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
    n_rows: u64,
    n_unassigned: u64,
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
}

impl Report {
    #[expect(clippy::too_many_arguments, reason = "one call, which names them all")]
    fn new(
        args: &AssignArgs,
        model: &Model,
        kernel: &Kernel,
        n_rows: u64,
        sizes: &[u64],
        assignments: String,
        timings: Timings,
        session: &Session<'_>,
    ) -> Self {
        let assigned: u64 = sizes.iter().sum();
        let share = |n: u64, of: u64| if of == 0 { 0.0 } else { n as f64 / of as f64 };
        let segments = model.segments().iter().zip(sizes).map(|(segment, &size)| Segment {
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
            n_rows,
            n_unassigned: n_rows - assigned,
            k: model.k(),
            isa: kernel.isa().name(),
            threads: session.threads,
            precision: model.prepare().precision().name(),
            segments: segments.collect(),
            timings,
            outputs: OutputPaths { assignments },
            warnings: session.talk.warnings().to_vec(),
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
        let stages = [
            ("read", t.read_s),
            ("prepare", t.prepare_s),
            ("write", t.write_s),
            ("total", t.total_s),
        ];
        if self.n_unassigned > 0 {
            text += &layout.fact("unassigned", summary::unassigned(self.n_unassigned));
        }
        text += &layout.fact("time", summary::stages(&stages));
        text += &layout.fact("assignments", Escaped(&self.outputs.assignments));
        text
    }
}
