//! Everything on standard error: notes, warnings, errors, progress.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::CommonArgs;
use super::interrupt::Interrupt;
use crate::{Error, ErrorKind, Escaped, Input, Monitor, Progress, Warning};

/// ANSI styles, or nothing where they are not wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(bool);

impl Paint {
    /// For a stream that is a terminal or not: colour needs one that is not dumb, and an empty or
    /// missing `NO_COLOR`.
    pub(super) fn for_terminal(is_terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(is_terminal && !refused && !dumb)
    }

    pub(super) fn bold(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    pub(super) fn dim(self, text: impl Display) -> String {
        self.wrap("2", text)
    }

    pub(super) fn yellow(self, text: impl Display) -> String {
        self.wrap("1;33", text)
    }

    pub(super) fn red(self, text: impl Display) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, style: &str, text: impl Display) -> String {
        if self.0 { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// What the user hears while a command runs.
#[derive(Debug)]
pub(super) struct Talk {
    quiet: bool,
    verbose: bool,
    paint: Paint,
    warnings: Vec<Warning>,
}

impl Talk {
    pub(super) fn new(common: &CommonArgs) -> Self {
        Self {
            quiet: common.quiet,
            verbose: common.verbose,
            paint: Paint::for_terminal(std::io::stderr().is_terminal()),
            warnings: Vec::new(),
        }
    }

    /// Something that is worth a line.
    pub(super) fn note(&self, text: impl Display) {
        if !self.quiet {
            line(&format!("{} {text}", self.paint.dim("note:")));
        }
    }

    /// Something that only `-v` wants to know.
    pub(super) fn detail(&self, text: impl Display) {
        if self.verbose {
            line(&self.paint.dim(text));
        }
    }

    /// Something that may make the result less than it seems; remembered for `--json`.
    pub(super) fn warn(&mut self, warning: &Warning) {
        if !self.quiet {
            line(&format!("{} {warning}", self.paint.yellow("warning:")));
        }
        self.warnings.push(warning.clone());
    }

    /// Several at once: of each kind the first few are said, and how many more there are.
    pub(super) fn warn_all(&mut self, warnings: &[Warning]) {
        const SAID: usize = 5;
        let mut kinds: HashMap<_, usize> = HashMap::new();
        for warning in warnings {
            let count = kinds.entry(std::mem::discriminant(warning)).or_default();
            *count += 1;
            if *count <= SAID || self.verbose {
                self.warn(warning);
            } else {
                self.warnings.push(warning.clone());
            }
        }
        let unsaid: usize = kinds.values().map(|&count| count.saturating_sub(SAID)).sum();
        if unsaid > 0 && !self.verbose && !self.quiet {
            let warning = self.paint.yellow("warning:");
            line(&format!("{warning} {unsaid} more like these (-v shows them)"));
        }
    }

    /// Every warning so far, also those that were not said.
    pub(super) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The same as texts.
    pub(super) fn warning_texts(&self) -> Vec<String> {
        self.warnings.iter().map(Warning::to_string).collect()
    }

    /// A listener for a fit of `k` segments from `n_init` starts, which ends it on a signal and
    /// when `input` is changed.
    pub(super) fn follow<'a>(
        &self,
        interrupt: &Interrupt,
        input: &'a Input,
        k: usize,
        n_init: usize,
    ) -> Follower<'a> {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        let clock = Clock { seeding_since: None, seeding: Duration::ZERO };
        Follower {
            interrupt: interrupt.clone(),
            input,
            is_changed: AtomicBool::new(false),
            looks: Gate { since: Instant::now(), opens: AtomicU64::new(0) },
            bar,
            k,
            n_init,
            clock: Mutex::new(clock),
        }
    }
}

/// Shows where a fit stands, measures its starts, and passes a signal on to it.
#[derive(Debug)]
pub(super) struct Follower<'a> {
    interrupt: Interrupt,
    input: &'a Input,
    /// Whether it was when it was looked at last.
    is_changed: AtomicBool,
    looks: Gate,
    bar: Option<ProgressBar>,
    k: usize,
    n_init: usize,
    clock: Mutex<Clock>,
}

/// A start is being chosen from its first [`Progress::Seeding`] (`chosen: 0`) to the one that says
/// that all centres are there, or to the next iteration if none says so.
#[derive(Debug)]
struct Clock {
    seeding_since: Option<Instant>,
    seeding: Duration,
}

impl Follower<'_> {
    /// The time that went into choosing starts.
    pub(super) fn seeding(&self) -> Duration {
        self.clock.lock().map(|clock| clock.seeding).unwrap_or_default()
    }

    fn note_time(&self, progress: Progress) {
        let Ok(mut clock) = self.clock.lock() else {
            return;
        };
        match progress {
            Progress::Seeding { chosen: 0, .. } => clock.seeding_since = Some(Instant::now()),
            Progress::Seeding { chosen, .. } if chosen < self.k => {}
            _ => {
                if let Some(since) = clock.seeding_since.take() {
                    clock.seeding += since.elapsed();
                }
            }
        }
    }
}

impl Monitor for Follower<'_> {
    fn report(&self, progress: Progress) {
        self.note_time(progress);
        let Some(bar) = &self.bar else { return };
        let n_init = self.n_init;
        bar.set_message(match progress {
            Progress::Seeding { restart, chosen } => {
                format!("start {}/{n_init} · choosing centres {chosen}/{}", restart + 1, self.k)
            }
            Progress::Iteration { restart, iteration, inertia } => {
                let start = restart + 1;
                format!("start {start}/{n_init} · iteration {iteration} · inertia {inertia:.6e}")
            }
            Progress::Silhouette { done, n } => {
                format!("silhouette {:.0} %", 100.0 * done as f64 / n as f64)
            }
            Progress::Date { done, n } => format!("date {}/{n}", done + 1),
            Progress::Bootstrap { done, n } => format!("resamples {done}/{n}"),
        });
        bar.tick();
    }

    fn cancelled(&self) -> bool {
        if self.looks.lets_through(self.looks.since.elapsed()) {
            // That the file cannot be looked at matters only if it is still so at the end.
            let outcome = self.input.check_unchanged();
            if outcome.is_err_and(|error| error.kind() == ErrorKind::Changed) {
                self.is_changed.store(true, Ordering::Relaxed);
            }
        }
        self.interrupt.came() || self.is_changed.load(Ordering::Relaxed)
    }
}

/// Lets one thread through now and then, to what costs too much to be done at every opportunity.
#[derive(Debug)]
struct Gate {
    since: Instant,
    /// In milliseconds from then.
    opens: AtomicU64,
}

impl Gate {
    const PAUSE: u64 = 100;

    fn lets_through(&self, elapsed: Duration) -> bool {
        let now = elapsed.as_millis() as u64;
        let opens = self.opens.load(Ordering::Relaxed);
        let next = now + Self::PAUSE;
        now >= opens
            && self
                .opens
                .compare_exchange(opens, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

impl Drop for Follower<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One `error:` line, and a `hint:` line where there is one.
pub(super) fn error(error: &Error) {
    error_line(error);
    if let Some(hint) = error.hint() {
        let paint = Paint::for_terminal(std::io::stderr().is_terminal());
        line(&format!("{} {}", paint.bold("hint:"), Escaped(hint)));
    }
}

pub(super) fn error_line(message: impl Display) {
    let paint = Paint::for_terminal(std::io::stderr().is_terminal());
    line(&format!("{} {message}", paint.red("error:")));
}

/// Makes a panic one line that asks for a report: the first one of the process, unless a decoder
/// is about to turn it into an error of its own.
pub(super) fn install_panic_hook() {
    static SAID: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|info| {
        if crate::guard::panic_is_guarded() || SAID.swap(true, Ordering::Relaxed) {
            return;
        }
        let message = info
            .payload()
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| info.payload().downcast_ref::<String>().map(String::as_str))
            .unwrap_or("unknown");
        let place = info.location().map(|at| format!(" at {at}")).unwrap_or_default();
        error_line(format_args!("internal: {}{place} (please report)", Escaped(message)));
    }));
}

/// Nobody is left to tell if standard error is closed.
fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_gets_through_in_a_tenth_of_a_second() {
        let gate = Gate { since: Instant::now(), opens: AtomicU64::new(0) };
        let through = |ms| gate.lets_through(Duration::from_millis(ms));
        assert_eq!(
            [0, 0, 99, 100, 101, 250, 349, 350].map(through),
            [true, false, false, true, false, true, false, true]
        );
        let together = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| through(1000))).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(together.iter().filter(|&&through| through).count(), 1);
    }
}
