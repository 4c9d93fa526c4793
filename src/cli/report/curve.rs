//! What `segengine stability` found, read back for the page.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

use super::super::Session;
use crate::error::{Error, Result};
use crate::history::Day;
use crate::model::Model;
use crate::report::{StabilityCurve, StabilityPoint};
use crate::warning::Warning;

/// A file of so many bytes is none of ours.
const MOST_BYTES: u64 = 1 << 28;

#[derive(Deserialize)]
struct View {
    t0: String,
    k: usize,
    columns: Vec<String>,
    threshold: f64,
    origins: Vec<Origin>,
    periods: Vec<Period>,
    recommendation: Recommendation,
}

#[derive(Deserialize)]
struct Origin {
    at_t0: f64,
}

#[derive(Deserialize)]
struct Period {
    date: String,
    ari: f64,
    noise_low: f64,
    noise_high: f64,
}

#[derive(Deserialize)]
struct Recommendation {
    periods: Option<usize>,
    low: Option<usize>,
    high: Option<usize>,
}

/// Reads `DIR/stability.json`; says where it is of other segments than those of `model`.
pub(super) fn read(dir: &Path, model: &Model, session: &mut Session<'_>) -> Result<StabilityCurve> {
    let path = dir.join("stability.json");
    let failed =
        |error| Error::io("cannot read what `segengine stability` found", &error).in_file(&path);
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(failed)?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    parse(&bytes, model, session).map_err(|error| error.in_file(&path))
}

/// As [`read`], from the bytes of such a file.
pub(in super::super) fn parse(
    bytes: &[u8],
    model: &Model,
    session: &mut Session<'_>,
) -> Result<StabilityCurve> {
    let wrong = |what: &str| {
        Error::data(format!("{what} (a stability.json of `segengine stability` is needed)"))
    };
    let view: View = serde_json::from_slice(bytes).map_err(|error| wrong(&error.to_string()))?;
    let fitted = model.prepare().columns().iter().map(|column| column.name.as_str());
    if view.k != model.k() || !fitted.eq(view.columns.iter().map(String::as_str)) {
        let columns = view.columns.clone();
        session.talk.warn(&Warning::FollowedOthers { k: view.k, columns });
    }
    view.into_curve().ok_or_else(|| wrong("a date or a number makes no sense"))
}

impl View {
    fn into_curve(self) -> Option<StabilityCurve> {
        let at_t0 = self.origins.last()?.at_t0;
        let first = StabilityPoint { day: Day::parse(&self.t0)?, median: at_t0, band: None };
        let mut points = vec![first];
        for period in &self.periods {
            points.push(StabilityPoint {
                day: Day::parse(&period.date)?,
                median: period.ari,
                band: Some((period.noise_low, period.noise_high)),
            });
        }
        let edges = points.iter().filter_map(|point| point.band).flat_map(|(a, b)| [a, b]);
        let medians = points.iter().map(|point| point.median);
        let is_finite = edges.chain(medians).chain([self.threshold]).all(f64::is_finite);
        let days = points.last()?.day.since(first.day) as f64;
        let n = points.len() - 1;
        (is_finite && n > 0 && days > 0.0).then(|| StabilityCurve {
            threshold: self.threshold,
            refresh: self.recommendation.periods.filter(|&at| at <= n),
            between: (self.recommendation.low, self.recommendation.high),
            step_days: days / n as f64,
            proposal: None,
            points,
        })
    }
}
