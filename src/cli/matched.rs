//! `cluster --match`: segments that carry on those of an older model.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Session;
use super::results;
use super::summary::{self, Layout};
use crate::error::{Error, ErrorKind, Escaped, Result, counted, grouped};
use crate::io::{Input, read_model};
use crate::kernel::Kernel;
use crate::kmeans::{Fit, nearest};
use crate::metrics::Contingency;
use crate::model::{Model, Segment};
use crate::prepare::Prepared;
use crate::segments::{Fate, Identities, SourceKind, TransitionRules, Transitions};
use crate::table::{FeatureTable, filled};

/// The older model.
pub(super) struct Previous {
    path: PathBuf,
    model: Model,
    rules: TransitionRules,
}

impl Previous {
    pub(super) fn read(path: &Path, min_overlap: f64) -> Result<Self> {
        let rules = TransitionRules { overlap: min_overlap, ..TransitionRules::default() };
        Ok(Self { path: path.to_owned(), model: read_model(path)?, rules })
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// Finds the segments that the rows of `input` had in it.
    pub(super) fn assign(
        &self,
        input: &Input,
        kernel: &Kernel,
        session: &Session<'_>,
    ) -> Result<Before<'_>> {
        let table = self.columns_of(&input.table)?;
        let blame = |error| results::blame(input, error);
        let prepared = self.model.prepare().apply(&table).map_err(|error| {
            let error = blame(error);
            if error.kind() != ErrorKind::Data {
                return error;
            }
            let path = self.path.to_string_lossy();
            error.with_hint(format!("the model of --match asks for that: {}", Escaped(&path)))
        })?;
        let mut places = filled(input.n_rows(), Before::NONE).map_err(blame)?;
        for batch in self.model.assignments(&prepared, kernel) {
            session.check_cancelled()?;
            for (row, &id) in batch.rows.zip(&batch.segment) {
                let is_kept = prepared.kept().is_none_or(|kept| kept.value(row));
                if let Some(index) = self.model.index_of(id).filter(|_| is_kept) {
                    places[row] = index as u32;
                }
            }
        }
        Ok(Before { previous: self, places })
    }

    /// Those columns of `table` that the model has, in its order.
    fn columns_of(&self, table: &FeatureTable) -> Result<FeatureTable> {
        let columns = self.model.prepare().columns().iter().map(|fitted| {
            let found = table.columns().iter().find(|column| column.name() == fitted.name);
            found.cloned().ok_or_else(|| {
                let message = "the model was fitted on it, but it is not among the columns of this \
                               fit (--match needs a model of the same columns)";
                Error::data(message).in_column(&fitted.name).in_file(&self.path)
            })
        });
        FeatureTable::new(columns.collect::<Result<_>>()?, None)
    }
}

/// The segments of the rows before the new fit.
pub(super) struct Before<'a> {
    previous: &'a Previous,
    /// Of each input row, the place of its segment in the older model.
    places: Vec<u32>,
}

impl Before<'_> {
    /// Of a row that the older model leaves out.
    const NONE: u32 = u32::MAX;

    /// Finds which segments of `fit` carry on which, and puts `fit` into the order of their ids.
    pub(super) fn carry_on(
        self,
        prepared: &Prepared,
        fit: &mut Fit,
        kernel: &Kernel,
    ) -> Result<Matched> {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let mut compare = |row: usize, label: u32| {
            if self.places[row] != Self::NONE {
                old.push(self.places[row]);
                new.push(label);
            }
        };
        match prepared.kept() {
            None => fit.labels.iter().enumerate().for_each(|(row, &label)| compare(row, label)),
            Some(kept) => {
                kept.set_indices().zip(&fit.labels).for_each(|(row, &label)| compare(row, label));
            }
        }
        if old.is_empty() {
            let message = "no row has a value in every column of both models (without one their \
                           segments cannot be compared)";
            return Err(Error::data(message));
        }
        let Previous { path, model, rules } = self.previous;
        let contingency = Contingency::of_numbered(&old, model.k(), &new, fit.sizes.len())?;
        let transitions = Transitions::between(&contingency, *rules)?;
        let identities = Identities::carry_on(&transitions, model.segments(), model.next_id())?;
        let order: Vec<u32> = identities.segments.iter().map(|segment| segment.place).collect();
        put_in_order(fit, &order, prepared, kernel);
        Ok(Matched {
            path: path.clone(),
            old: model.segments().to_vec(),
            n_left_out: self.places.len() as u64 - contingency.n(),
            min_overlap: rules.overlap,
            contingency,
            transitions,
            identities,
        })
    }
}

/// Makes the cluster at place `order[i]` the one at `i`.
fn put_in_order(fit: &mut Fit, order: &[u32], prepared: &Prepared, kernel: &Kernel) {
    const TILES: usize = 64;

    if order.iter().copied().eq(0..order.len() as u32) {
        return;
    }
    let d = fit.centers.len() / order.len();
    let center = |&place: &u32| fit.centers[place as usize * d..(place as usize + 1) * d].to_vec();
    fit.centers = order.iter().flat_map(center).collect();
    // Found again and not renamed: a row as near to two centres belongs to the first of them.
    let tiles = prepared.tiles();
    fit.labels.clear();
    for start in (0..tiles.n_tiles()).step_by(TILES) {
        let part = start..tiles.n_tiles().min(start + TILES);
        let found = nearest(&tiles, prepared.precision(), kernel, &fit.centers, part);
        fit.labels.extend(found.labels);
    }
    fit.sizes.fill(0);
    for &label in &fit.labels {
        fit.sizes[label as usize] += 1;
    }
}

/// The segments of a fit with those that they carry on.
pub(super) struct Matched {
    path: PathBuf,
    old: Vec<Segment>,
    n_left_out: u64,
    min_overlap: f64,
    contingency: Contingency,
    transitions: Transitions,
    identities: Identities,
}

impl Matched {
    /// Gives the segments of `model` their ids and names.
    pub(super) fn identify(&self, model: Model) -> Result<Model> {
        let segments = self.identities.segments.iter();
        let identities = segments.map(|segment| (segment.id, segment.name.clone()));
        model.with_identities(identities, self.identities.next_id)
    }

    /// What became of the old segments in `model`.
    pub(super) fn report(&self, model: &Model) -> MatchReport {
        // Segments of the fit as it came, of which transitions speak, by id.
        let mut ids = vec![0; self.identities.segments.len()];
        for segment in &self.identities.segments {
            ids[segment.place as usize] = segment.id;
        }
        let best = self.contingency.jaccard();
        let old = (0..).zip(&self.old).map(|(place, segment): (u32, _)| {
            let fate = &self.transitions.fates[place as usize];
            let sources = &self.transitions.sources;
            let kept = sources.iter().find(|source| source.kept == Some(place));
            let mut to: Vec<u32> = fate.to().iter().map(|&new| ids[new as usize]).collect();
            to.sort_unstable();
            OldSegment {
                id: segment.id,
                name: segment.name.clone(),
                size: self.contingency.truth_sizes()[place as usize],
                fate: fate.name(),
                to,
                overlap: kept.map_or(best[place as usize], |source| source.jaccard),
            }
        });
        let new = model.segments().iter().zip(&self.identities.segments).map(|(segment, found)| {
            let source = &self.transitions.sources[found.place as usize];
            let survived = |fate: &Fate| *fate == Fate::Survived { to: found.place };
            let from: Vec<usize> = match &source.kind {
                SourceKind::Survivor => {
                    self.transitions.fates.iter().position(survived).into_iter().collect()
                }
                SourceKind::Part { of } => vec![*of as usize],
                SourceKind::Union { of } => of.iter().map(|&old| old as usize).collect(),
                SourceKind::New => Vec::new(),
            };
            NewSegment {
                id: segment.id,
                name: segment.name.clone(),
                kept: source.kept.is_some(),
                kind: source.kind.name(),
                from: from.into_iter().map(|old| self.old[old].id).collect(),
                size: self.contingency.prediction_sizes()[found.place as usize],
                overlap: source.jaccard,
            }
        });
        MatchReport {
            model: self.path.to_string_lossy().into_owned(),
            min_overlap: self.min_overlap,
            agreement: self.contingency.adjusted_rand(),
            n_compared: self.contingency.n(),
            n_left_out: self.n_left_out,
            old: old.collect(),
            new: new.collect(),
        }
    }
}

/// What `--json` prints of it, field by field.
#[derive(Serialize)]
pub(super) struct MatchReport {
    model: String,
    /// See [`TransitionRules::overlap`].
    min_overlap: f64,
    /// The adjusted Rand index of both models on the rows that were compared.
    agreement: f64,
    n_compared: u64,
    /// Rows that one of the models leaves out.
    n_left_out: u64,
    old: Vec<OldSegment>,
    new: Vec<NewSegment>,
}

#[derive(Serialize)]
struct OldSegment {
    id: u32,
    name: String,
    /// Of the rows that were compared.
    size: u64,
    fate: &'static str,
    /// Ids of new segments.
    to: Vec<u32>,
    /// With the new segment that carries it on, else with the one that is most like it.
    overlap: f64,
}

#[derive(Serialize)]
struct NewSegment {
    id: u32,
    name: String,
    /// Whether id and name are those of an old one.
    kept: bool,
    kind: &'static str,
    /// Ids of old segments.
    from: Vec<u32>,
    /// Of the rows that were compared.
    size: u64,
    /// With the old segment that it carries on, else with the one that is most like it.
    overlap: f64,
}

impl MatchReport {
    /// For a person, before the facts: what became of the old segments, and where the new ones come
    /// from.
    pub(super) fn tables(&self, layout: &Layout) -> String {
        let clipped = |name: &str| summary::clipped(name, 24);
        let old_name = |id: &u32| self.old.iter().find(|old| old.id == *id).map(|old| &old.name);
        let new_name = |id: &u32| self.new.iter().find(|new| new.id == *id).map(|new| &new.name);
        let joined = |names: Vec<String>| names.join(", ");
        let old = self.old.iter().map(|old| {
            let to = joined(old.to.iter().filter_map(new_name).map(|name| clipped(name)).collect());
            let became = match old.fate {
                "survived" if old.to == [old.id] => "survived".to_owned(),
                "survived" => format!("survived in {to}"),
                "gone" => "gone".to_owned(),
                fate => format!("{fate} into {to}"),
            };
            let size = grouped(old.size);
            vec![clipped(&old.name), size, summary::percent(old.overlap), became]
        });
        let new = self.new.iter().map(|new| {
            let from =
                joined(new.from.iter().filter_map(old_name).map(|name| clipped(name)).collect());
            let source = match new.kind {
                "survivor" if new.from == [new.id] => "survivor".to_owned(),
                "new" => "new".to_owned(),
                kind => format!("{kind} of {from}"),
            };
            let size = grouped(new.size);
            vec![clipped(&new.name), size, summary::percent(new.overlap), source]
        });
        let head = |first, last| [(first, false), ("rows", true), ("overlap", true), (last, false)];
        let (old, new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
        summary::mixed_table(&head("before", "became"), &old, layout)
            + &summary::mixed_table(&head("now", "is"), &new, layout)
    }

    /// For a person, as a fact.
    pub(super) fn said(&self) -> String {
        let n_kept = self.new.iter().filter(|new| new.kept).count();
        let left_out = match self.n_left_out {
            0 => String::new(),
            n => {
                let rows = counted(grouped(n), "row");
                format!("; {rows} without a segment in one of the two not compared")
            }
        };
        format!(
            "{n_kept} of {} of {} carried on (an overlap of at least {} was asked for); adjusted \
             Rand index {:.4}, {}{left_out}",
            counted(self.old.len(), "segment"),
            self.model,
            self.min_overlap,
            self.agreement,
            counted(grouped(self.n_compared), "row"),
        )
    }
}
