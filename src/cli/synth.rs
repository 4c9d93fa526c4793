//! `segengine synth`: a made-up order history in Olist's layout.

use serde::Serialize;
use serde::ser::Serializer;

use super::args::SynthArgs;
use super::results;
use super::summary::{self, Layout};
use super::{Session, VERSION};
use crate::error::{Escaped, Result, counted, grouped};
use crate::history::{Behaviour, Synth, SynthEvents, SynthParams, SynthWorld};
use crate::io::{Outputs, SYNTH_FILES, SynthCounts, write_synth};
use crate::seed::Seed;

/// Runs the command.
pub(super) fn run(args: &SynthArgs, session: &mut Session<'_>) -> Result<()> {
    let params = SynthParams { orders: args.orders, seed: Seed(args.seed), world: world(args) };
    let synth = Synth::new(params)?;
    let outputs = Outputs::stage(&args.out, &SYNTH_FILES, &[])?;
    session.interrupt.protect(outputs.temporary());
    let counts = write_synth(&synth, &outputs, &|| session.check_cancelled())?;

    let timings = Timings { total_s: session.total() };
    let report = Report {
        command: "synth",
        version: VERSION,
        seed: args.seed,
        world: params.world.name(),
        events: Events::of(params.world),
        threads: session.threads,
        tables: Tables(counts),
        behaviours: Behaviours { possible: params.world.behaviours(), counts },
        timings,
        out: args.out.to_string_lossy().into_owned(),
        warnings: session.talk.warning_texts(),
    };
    results::finish(&report, outputs, &args.common, session)
}

/// Events are of the laboratory.
fn world(args: &SynthArgs) -> SynthWorld {
    let events = SynthEvents { drift: args.drift, split: args.split, merge: args.merge };
    if args.clear_types || events != SynthEvents::default() {
        SynthWorld::Laboratory(events)
    } else if args.steady {
        SynthWorld::Steady
    } else {
        SynthWorld::Shop
    }
}

#[derive(Debug, Serialize)]
struct Timings {
    /// The whole process but its start-up.
    total_s: f64,
}

/// What `--json` prints, field by field.
#[derive(Serialize)]
struct Report {
    command: &'static str,
    version: &'static str,
    seed: u64,
    world: &'static str,
    events: Events,
    threads: usize,
    tables: Tables,
    behaviours: Behaviours,
    timings: Timings,
    out: String,
    warnings: Vec<String>,
}

/// On which days; null for those that do not happen.
#[derive(Debug, Serialize)]
struct Events {
    drift: Option<String>,
    drift_share: Option<f64>,
    split: Option<String>,
    merge: Option<String>,
}

impl Events {
    fn of(world: SynthWorld) -> Self {
        let SynthEvents { drift, split, merge } = world.events();
        Self {
            drift: drift.map(|drift| drift.day.to_string()),
            drift_share: drift.map(|drift| drift.share),
            split: split.map(|day| day.to_string()),
            merge: merge.map(|day| day.to_string()),
        }
    }
}

/// Rows and bytes by file.
struct Tables(SynthCounts);

#[derive(Serialize)]
struct Table {
    rows: u64,
    bytes: u64,
}

impl Tables {
    /// The files that are tables.
    fn iter(&self) -> impl Iterator<Item = (&'static str, Table)> {
        let sizes = self.0.rows.into_iter().zip(self.0.bytes);
        let files = SYNTH_FILES.into_iter().zip(sizes).filter(|(_, (rows, _))| *rows > 0);
        files.map(|(name, (rows, bytes))| (name, Table { rows, bytes }))
    }
}

impl Serialize for Tables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// People by what they really are.
struct Behaviours {
    possible: &'static [Behaviour],
    counts: SynthCounts,
}

impl Behaviours {
    fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = Behaviour::ALL.into_iter().zip(self.counts.behaviours);
        let possible = all.filter(|(behaviour, _)| self.possible.contains(behaviour));
        possible.map(|(behaviour, n)| (behaviour.name(), n))
    }
}

impl Serialize for Behaviours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl results::Report for Report {
    fn text(&self, layout: &Layout) -> String {
        let width = SYNTH_FILES.iter().map(|name| name.len()).max().unwrap_or(0);
        let title = format!("a made-up order history, seed {}", self.seed);
        let mut text = format!("\n  {}\n\n", layout.paint.bold(title));
        for (name, Table { rows, bytes }) in self.tables.iter() {
            let (rows, kb) = (grouped(rows), grouped(bytes.div_ceil(1000)));
            text += &format!("  {name:<width$}  {rows:>13} rows  {kb:>11} kB\n");
        }
        text.push('\n');
        let people = self.behaviours.iter();
        let people: Vec<_> = people.map(|(name, n)| format!("{} {name}", grouped(n))).collect();
        text += &layout.prose("people", &people.join(", "));
        text += &layout.fact("time", summary::stages(&[("total", self.timings.total_s)]));
        let files = counted(SYNTH_FILES.len(), "file");
        text += &layout.fact("written", format_args!("{files} to {}", Escaped(&self.out)));
        text
    }
}
