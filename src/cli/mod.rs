//! The `segengine` command: arguments → plan → run → exit code. The only place that prints.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its user")]

mod args;
mod assign;
mod changes;
mod check;
mod cluster;
mod evaluate;
mod features;
mod interrupt;
mod matched;
mod orders;
mod report;
mod results;
mod run;
mod select;
mod stability;
mod summary;
mod synth;
mod talk;

use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, Parser as _};

use crate::error::{Error, ErrorKind, Result, counted};
use args::{Args, Command, CommonArgs};
use interrupt::Interrupt;
use talk::Talk;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the command line of this process. Broken pipes are success.
pub fn main() -> ExitCode {
    talk::install_panic_hook();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(message) => return answer(&message),
    };
    let outcome = Interrupt::install()
        .map_err(|error| Error::io("cannot listen to signals", &error))
        .map(|interrupt| {
            let outcome = catch_unwind(AssertUnwindSafe(|| run(args.command, &interrupt)));
            (outcome, interrupt)
        });
    match outcome {
        Ok((Ok(Ok(())), _)) => ExitCode::SUCCESS,
        Ok((Ok(Err(error)), interrupt)) => {
            talk::error(&error);
            exit_code(error.kind(), &interrupt)
        }
        // The panic hook has said so.
        Ok((Err(_), _)) => ExitCode::FAILURE,
        Err(error) => {
            talk::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints what clap has to say: help, the version, or what is wrong with the arguments.
fn answer(message: &clap::Error) -> ExitCode {
    let printed = message.print().and_then(|()| io::stdout().flush());
    match written(printed) {
        Err(error) if !message.use_stderr() => {
            talk::error(&error);
            ExitCode::FAILURE
        }
        _ => ExitCode::from(message.exit_code() as u8),
    }
}

/// What each kind of failure means to a script.
fn exit_code(kind: ErrorKind, interrupt: &Interrupt) -> ExitCode {
    ExitCode::from(match kind {
        ErrorKind::Parameter => 2,
        ErrorKind::Data => 3,
        ErrorKind::Cancelled => interrupt.exit_code().unwrap_or(1),
        ErrorKind::Io | ErrorKind::Memory | ErrorKind::Changed | ErrorKind::Internal => 1,
    })
}

fn run(command: Command, interrupt: &Interrupt) -> Result<()> {
    match command {
        Command::Cluster(args) => {
            Session::run(&args.common, interrupt, |session| cluster::run(&args, session))
        }
        Command::Assign(args) => {
            Session::run(&args.common, interrupt, |session| assign::run(&args, session))
        }
        Command::Evaluate(args) => {
            Session::run(&args.common, interrupt, |session| evaluate::run(&args, session))
        }
        Command::Select(args) => {
            Session::run(&args.common, interrupt, |session| select::run(&args, session))
        }
        Command::Stability(args) => {
            Session::run(&args.common, interrupt, |session| stability::run(&args, session))
        }
        Command::Report(args) => {
            Session::run(&args.common, interrupt, |session| report::run(&args, session))
        }
        Command::Run(args) => {
            Session::run(&args.common, interrupt, |session| run::run(&args, session))
        }
        Command::Features(args) => {
            Session::run(&args.common, interrupt, |session| features::run(&args, session))
        }
        Command::Check(args) => {
            Session::run(&args.common, interrupt, |session| check::run(&args, session))
        }
        Command::Synth(args) => {
            Session::run(&args.common, interrupt, |session| synth::run(&args, session))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "segengine", &mut script);
            print(&script)
        }
        Command::Man { command } => manual(command.as_deref()),
    }
}

/// Prints a manual page.
fn manual(command: Option<&str>) -> Result<()> {
    let mut all = Args::command();
    all.build();
    let page = match command {
        None => all,
        Some(name) => match all.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let message = format!(
                    "no command \"{name}\" (synth, check, features, select, cluster, assign, evaluate, stability, report, run)"
                );
                return Err(Error::parameter(message));
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| Error::io("cannot write the manual page", &error))?;
    print(&text)
}

/// Writes to standard output, all at once.
fn print(text: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    written(out.write_all(text).and_then(|()| out.flush()))
}

/// What became of writing to standard output.
fn written(outcome: io::Result<()>) -> Result<()> {
    match outcome {
        // Whoever reads had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|error| Error::io("cannot write to standard output", &error)),
    }
}

/// What a command has beside its own arguments.
struct Session<'a> {
    talk: Talk,
    interrupt: &'a Interrupt,
    threads: usize,
    started: Instant,
    /// When the current stage began.
    stage: Instant,
}

impl Session<'_> {
    /// Runs `command` on as many threads as were asked for.
    fn run(
        common: &CommonArgs,
        interrupt: &Interrupt,
        command: impl FnOnce(&mut Session<'_>) -> Result<()> + Send,
    ) -> Result<()> {
        let started = Instant::now();
        let threads = match usize::from(common.threads) {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        };
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
                let message = format!("cannot start {}: {error}", counted(threads, "thread"));
                Error::new(ErrorKind::Memory, message).with_hint("use fewer with --threads")
            })?;
        let mut session =
            Session { talk: Talk::new(common), interrupt, threads, started, stage: started };
        pool.install(|| command(&mut session))
    }

    /// Ends a stage; the seconds that it took.
    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = (now - self.stage).as_secs_f64();
        self.stage = now;
        seconds
    }

    /// The seconds that the command took so far.
    fn total(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Fails once a signal has come.
    fn check_cancelled(&self) -> Result<()> {
        if self.interrupt.came() {
            return Err(Error::new(ErrorKind::Cancelled, "interrupted"));
        }
        Ok(())
    }

    /// To be called when all is written and synced and only the renames are left, which nothing
    /// interrupts.
    fn begin_commit(&self) -> Result<()> {
        self.interrupt.begin_commit();
        self.check_cancelled()
    }
}
