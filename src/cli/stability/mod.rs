//! `segengine stability`: how long segments last.

mod report;
mod verdict;

use std::path::Path;

use super::args::{StabilityArgs, WindowArg};
use super::{Session, VERSION, orders, results};
use crate::error::{Error, Result, counted, grouped};
use crate::history::{CustomerParams, History, Recency};
use crate::io::{Outputs, read_terms};
use crate::kernel::Kernel;
use crate::kmeans::KMeansParams;
use crate::report::{DecayPage, Maintenance, ProposalReport};
use crate::seed::Seed;
use crate::stability::{Evidence, Proposal, Terms, Timeline, TimelineParams, Window, timeline};

use report::{Findings, OutputPaths, Report, Timings};

/// What is to be followed, once the orders are known.
fn params(args: &StabilityArgs, history: &History) -> TimelineParams {
    let fit = KMeansParams {
        n_init: args.n_init as usize,
        seed: Seed(args.seed),
        ..KMeansParams::new(args.k as usize)
    };
    TimelineParams {
        customers: CustomerParams {
            set: args.set,
            recency: args.recency,
            ..CustomerParams::default()
        },
        end: args.as_of.unwrap_or_else(|| history.last_delivered_day()),
        step: args.step.step,
        periods: args.periods,
        origins: args.origins,
        window: match args.window {
            WindowArg::Expanding => Window::Expanding(args.from),
            WindowArg::Days(days) => Window::Sliding(days),
        },
        fit,
        n_seeds: args.seeds as usize,
        n_bootstrap: args.bootstrap as usize,
        bootstrap_n_init: args.bootstrap_n_init as usize,
        threshold: args.threshold,
        replays: true,
        hindsight: args.naive,
    }
}

/// The names of the files that are written.
const FILES: [&str; 5] =
    ["stability.json", "stability.html", "maintenance.html", "maintenance.md", "maintenance.json"];

/// Runs the command.
pub(super) fn run(args: &StabilityArgs, session: &mut Session<'_>) -> Result<()> {
    if args.out == Path::new("-") {
        let message =
            "--out - is standard output, which cannot hold several files (name a directory)";
        return Err(Error::parameter(message));
    }
    if args.from.is_some() && args.window != WindowArg::Expanding {
        let message = "--from and a sliding --window both say where orders begin (choose one)";
        return Err(Error::parameter(message));
    }
    let kernel = Kernel::detect()?;
    let inputs = orders::inputs(&args.input, args.mapping.as_deref());
    let mut inputs: Vec<&Path> = inputs.iter().map(|path| path.as_path()).collect();
    inputs.extend(args.terms.as_deref());
    let outputs = Outputs::stage(&args.out, &FILES, &inputs)?;
    session.interrupt.protect(outputs.temporary());

    let terms = match &args.terms {
        Some(path) => read_terms(path)?,
        None => Terms::default(),
    };
    let mut timings = Timings::default();
    session.lap();
    let opened = orders::open(&args.input, args.mapping.as_deref(), session)?;
    let history = &opened.tables.history;
    timings.read_s = session.lap();
    session.check_cancelled()?;

    let blame = |error| orders::blame(&args.input, error);
    let params = params(args, history);
    let found = timeline(history, &params, &kernel, session.interrupt).map_err(blame)?;
    session.talk.warn_all(&found.doubts);
    timings.follow_s = session.lap();
    let others = other_forms(history, &params, &kernel, session).map_err(blame)?;
    let evidence = Evidence::of(history, &params, &found, &others).map_err(blame)?;
    let proposal = Proposal::new(&evidence, &terms)?;
    timings.compare_s = session.lap();

    let names: Vec<String> = (0..found.segments.len()).map(report::name).collect();
    let verdict = verdict::verdict(&params, &found);
    let reasons = verdict::reasons(&params, &found, &names);
    let said = std::iter::once(verdict.clone()).chain(reasons.clone()).collect();
    let findings = Findings::new(args, &params, &found, &evidence, said);
    let page = DecayPage {
        title: args.input.to_string_lossy().into_owned(),
        source: source(&params, &found),
        found: &found,
        names,
        threshold: params.threshold,
        verdict,
        reasons,
        warnings: session.talk.warnings().to_vec(),
    };
    outputs.write(0, |out| results::write_json(&findings, out))?;
    outputs.write(1, |out| results::write_text(&page.html(), out))?;
    let document = Maintenance::new(&proposal, args.lang);
    outputs.write(2, |out| results::write_text(&document.html(), out))?;
    outputs.write(3, |out| results::write_text(&document.markdown(), out))?;
    let numbers = ProposalReport::new(&proposal).json()?;
    outputs.write(4, |out| results::write_text(&numbers, out))?;
    let [stability, page, proposal_page, ..] = results::targets::<5>(&outputs);
    timings.write_s = session.lap();
    timings.total_s = session.total();
    let report = Report {
        command: "stability",
        version: VERSION,
        input: args.input.to_string_lossy().into_owned(),
        findings: &findings,
        tables: orders::tables_read(&opened.tables),
        isa: kernel.isa().name(),
        threads: session.threads,
        timings,
        outputs: OutputPaths { stability, page, maintenance: proposal_page },
        warnings: session.talk.warnings().to_vec(),
    };
    results::finish(&report, outputs, &args.common, session)
}

/// The same with the other forms of recency, each followed from T0 alone, by a quarter of the seeds
/// and without resamples.
fn other_forms(
    history: &History,
    params: &TimelineParams,
    kernel: &Kernel,
    session: &Session<'_>,
) -> Result<Vec<(TimelineParams, Timeline)>> {
    let forms = Recency::ALL.into_iter().filter(|&form| form != params.customers.recency);
    let followed = forms.map(|recency| {
        let other = TimelineParams {
            customers: CustomerParams { recency, ..params.customers.clone() },
            origins: 1,
            n_seeds: (params.n_seeds / 4).max(2),
            n_bootstrap: 0,
            replays: false,
            ..params.clone()
        };
        let found = timeline(history, &other, kernel, session.interrupt)?;
        Ok((other, found))
    });
    followed.collect()
}

/// What was followed, in words.
fn source(params: &TimelineParams, found: &Timeline) -> String {
    let window = match params.window {
        Window::Expanding(None) => "all orders before each date".to_owned(),
        Window::Expanding(Some(from)) => format!("orders from {from} to each date"),
        Window::Sliding(days) => format!("orders of the {days} days before each date"),
    };
    let n = found.periods.last().map_or(0, |period| period.n_rows);
    format!(
        "{} on {}; {} segments by {}; {window}; on each date {} from other seeds and {}",
        counted(grouped(n as u64), "customer"),
        params.end,
        params.fit.k,
        found.columns.join(", "),
        counted(params.n_seeds, "fit"),
        counted(params.n_bootstrap, "resample")
    )
}
