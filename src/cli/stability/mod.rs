//! `segengine stability`: how long segments last.

mod report;
mod verdict;

use std::path::Path;

use super::args::{StabilityArgs, WindowArg};
use super::report::File;
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
pub(super) const FILES: [&str; 5] =
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

    let study = study(args, history, &terms, &kernel, session)?;
    (timings.follow_s, timings.compare_s) = (study.follow_s, study.compare_s);
    for (index, file) in study.files.iter().enumerate() {
        outputs.write(index, |out| results::write_bytes(&file.bytes, out))?;
    }
    let [stability, page, proposal_page, ..] = results::targets::<5>(&outputs);
    timings.write_s = session.lap();
    timings.total_s = session.total();
    let report = Report {
        command: "stability",
        version: VERSION,
        input: args.input.to_string_lossy().into_owned(),
        findings: &study.findings,
        tables: orders::tables_read(&opened.tables),
        isa: kernel.isa().name(),
        threads: session.threads,
        timings,
        outputs: OutputPaths { stability, page, maintenance: proposal_page },
        warnings: session.talk.warning_texts(),
    };
    results::finish(&report, outputs, &args.common, session)
}

/// What was found, and the files that say so.
pub(super) struct Study {
    findings: Findings,
    /// Seconds that the timeline took, and those of other forms of recency with the proposal.
    pub(super) follow_s: f64,
    pub(super) compare_s: f64,
    /// As many as [`FILES`], in their order.
    pub(super) files: Vec<File>,
}

/// Follows segments over time, and makes a proposal of what is found.
///
/// # Errors
/// Data errors where the orders do not reach far enough back; those of the proposal.
pub(super) fn study(
    args: &StabilityArgs,
    history: &History,
    terms: &Terms,
    kernel: &Kernel,
    session: &mut Session<'_>,
) -> Result<Study> {
    let blame = |error| orders::blame(&args.input, error);
    let params = params(args, history);
    let found = timeline(history, &params, kernel, session.interrupt).map_err(blame)?;
    session.talk.warn_all(&found.doubts);
    let follow_s = session.lap();
    let others = other_forms(history, &params, kernel, session).map_err(blame)?;
    let evidence = Evidence::of(history, &params, &found, &others).map_err(blame)?;
    let proposal = Proposal::new(&evidence, terms)?;
    let compare_s = session.lap();

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
        warnings: session.talk.warning_texts(),
    };
    let document = Maintenance::new(&proposal, args.lang);
    let texts = [
        results::json_line(&findings)?,
        page.html(),
        document.html(),
        document.markdown(),
        ProposalReport::new(&proposal).json()?,
    ];
    let files = FILES.iter().zip(texts);
    let files =
        files.map(|(name, text)| File { name: (*name).to_owned(), bytes: text.into_bytes() });
    Ok(Study { files: files.collect(), findings, follow_s, compare_s })
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
