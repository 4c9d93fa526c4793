//! `assign --previous`: since when each customer has been in the segment, and who moved.

use std::collections::BTreeSet;
use std::path::Path;

use super::assign::Rows;
use crate::error::{Error, Escaped, Result};
use crate::history::{Day, Interner};
use crate::io::{Move, PreviousAssignments};
use crate::model::{Assignment, Model, Segment};
use crate::segments::Membership;
use crate::warning::Warning;

/// Holds the rows of a run, in their order, against the assignments of before.
pub(super) struct Changes<'a> {
    day: Day,
    previous: &'a PreviousAssignments,
    model: &'a Model,
    path: &'a Path,
    id_column: &'a str,
    ids: Box<dyn Iterator<Item = Result<Option<String>>> + 'a>,
    /// Which of the earlier rows are still there.
    is_there: Vec<bool>,
    /// Ids that were not there before.
    new: Interner,
    n_rows: u64,
    moves: Vec<Move>,
}

impl<'a> Changes<'a> {
    /// Of `rows` on `day`.
    ///
    /// # Errors
    /// If the rows have no ids, or others than the earlier ones.
    pub(super) fn new(
        day: Day,
        rows: &'a Rows,
        model: &'a Model,
        previous: &'a PreviousAssignments,
        previous_path: &Path,
    ) -> Result<Self> {
        let id_column = rows.id_column().ok_or_else(|| {
            let message = "has no column of ids (--previous needs one; --id names it)";
            Error::data(message).in_file(rows.path())
        })?;
        let earlier = previous.id_column();
        if earlier != id_column {
            let column = Escaped(id_column);
            let message = format!(
                "holds the ids, but here they are in \"{column}\" (ids of one name are needed)"
            );
            return Err(Error::data(message).in_column(earlier).in_file(previous_path));
        }
        previous.check_before(day).map_err(|error| error.in_file(previous_path))?;
        Ok(Self {
            day,
            previous,
            model,
            path: rows.path(),
            id_column,
            ids: rows.id_texts()?,
            is_there: vec![false; previous.n_rows()],
            new: Interner::default(),
            n_rows: 0,
            moves: Vec::new(),
        })
    }

    /// What became of the next rows.
    ///
    /// # Errors
    /// If an id is there twice, or cannot be read.
    pub(super) fn follow(&mut self, batch: &Assignment) -> Result<Vec<Membership>> {
        let mut members = Vec::with_capacity(batch.rows.len());
        for (place, row) in batch.rows.clone().enumerate() {
            let has_segment = batch.valid.as_ref().is_none_or(|valid| valid.value(place));
            let segment = has_segment.then(|| batch.segment[place]);
            let id = self.ids.next().transpose()?.flatten().filter(|id| !id.is_empty());
            self.n_rows += 1;
            let member = match id {
                Some(id) => Membership::on(self.day, segment, self.before(&id)?),
                // Nobody knows who that is.
                None => Membership { segment, ..Membership::default() },
            };
            if member.changed_on == Some(self.day) {
                self.moves.push(Move { row, from: member.previous, to: segment });
            }
            members.push(member);
        }
        Ok(members)
    }

    /// What was known of the next row, which has this id.
    fn before(&mut self, id: &str) -> Result<Option<Membership>> {
        let (before, is_first) = match self.previous.find(id) {
            Some((place, member)) => {
                (Some(member), !std::mem::replace(&mut self.is_there[place], true))
            }
            None => (None, self.new.intern(id)?.1),
        };
        if !is_first {
            let id = Escaped(id);
            let message = format!(
                "\"{id}\" is the id of an earlier row, too (--previous needs one row each)"
            );
            let error = Error::data(message).at_row(self.n_rows).in_column(self.id_column);
            return Err(error.in_file(self.path));
        }
        Ok(before)
    }

    /// The name of a segment, also of one that the model does not have.
    pub(super) fn name_of(&self, segment: u32) -> Option<&str> {
        match self.model.index_of(segment) {
            Some(index) => Some(&self.model.segments()[index].name),
            None => self.previous.name_of(segment),
        }
    }

    /// Everybody whose segment changed on the day, or who was new, in the order of the rows.
    pub(super) fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// Who came from another segment.
    pub(super) fn n_moved(&self) -> u64 {
        self.moves.iter().filter(|moved| moved.from.is_some()).count() as u64
    }

    /// Who had no segment before.
    pub(super) fn n_new(&self) -> u64 {
        self.moves.len() as u64 - self.n_moved()
    }

    /// Who had one, and is not among the rows.
    pub(super) fn n_gone(&self) -> u64 {
        self.is_there.iter().filter(|&&is_there| !is_there).count() as u64
    }

    /// What a person should know of them.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let from = self.moves.iter().filter_map(|moved| moved.from);
        let unknown: Vec<u32> = from.filter(|&from| self.model.index_of(from).is_none()).collect();
        if !unknown.is_empty() {
            let segments = unknown.iter().collect::<BTreeSet<_>>().len();
            warnings.push(Warning::SegmentsUnknown { n: unknown.len() as u64, segments });
        }
        let n = self.n_gone();
        if n > 0 {
            warnings.push(Warning::CustomersGone { n });
        }
        warnings
    }
}

/// What is to be said of earlier assignments that call every segment otherwise, of several: they may be of
/// another model, whose ids mean others.
///
/// Segments may have the names of `model`, or those in `told`, which is by place.
pub(super) fn other_names(
    previous: &PreviousAssignments,
    model: &Model,
    told: &[String],
) -> Option<Warning> {
    let named = model.segments().iter().zip(told).filter_map(|(segment, told)| {
        // Until someone names them, all models call their segments the same.
        let id = segment.id;
        let old = previous.name_of(id).filter(|old| *old != Segment::default_name(id))?;
        Some(old == segment.name || old == told)
    });
    let are_same: Vec<bool> = named.collect();
    (are_same.len() > 1 && !are_same.contains(&true))
        .then_some(Warning::OtherNames { n: are_same.len() })
}
