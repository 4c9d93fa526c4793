//! What changed since the run before.

use std::path::Path;

use super::super::Session;
use super::super::changes::other_names;
use super::subject::{Seen, Subject};
use crate::error::{Error, Result};
use crate::history::Day;
use crate::io::{PreviousAssignments, read_previous};
use crate::report::Changes;
use crate::segments::{Membership, NO_SEGMENT};

/// Assignments that were written before.
pub(in super::super) struct Before {
    /// Those of the same customers and model, which say when each changed.
    current: Option<PreviousAssignments>,
    /// Those of the run before.
    last: Option<PreviousAssignments>,
}

/// What is told of each customer, and of all.
#[derive(Default)]
pub(in super::super) struct Since {
    /// By row: the name of the segment before; empty where there was none.
    pub(in super::super) previous: Option<Vec<String>>,
    /// By row: the day of the change; empty where nobody knows.
    pub(in super::super) changed_on: Option<Vec<String>>,
    pub(in super::super) changes: Option<Changes>,
    /// By place: the size in the run before.
    pub(in super::super) sizes: Option<Vec<Option<u64>>>,
}

/// Reads what is given, if something is.
pub(super) fn read(
    current: Option<&Path>,
    last: Option<&Path>,
    day: Option<Day>,
    session: &Session<'_>,
) -> Result<Option<Before>> {
    let read = |path: Option<&Path>| -> Result<Option<PreviousAssignments>> {
        let Some(path) = path else { return Ok(None) };
        let found = read_previous(path, session.interrupt)?;
        if let Some(day) = day {
            found.check_before(day).map_err(|error| error.in_file(path))?;
        }
        Ok(Some(found))
    };
    let before = Before { current: read(current)?, last: read(last)? };
    Ok((before.current.is_some() || before.last.is_some()).then_some(before))
}

impl Before {
    /// The run before, of which nothing is known of the present one.
    pub(in super::super) fn last(last: PreviousAssignments) -> Self {
        Self { current: None, last: Some(last) }
    }

    /// The assignments of the run before.
    pub(in super::super) fn of_last(&self) -> Option<&PreviousAssignments> {
        self.last.as_ref()
    }

    /// Compares it with what is seen now.
    ///
    /// # Errors
    /// Data errors if customers have no ids, or the current assignments are not of the model.
    pub(in super::super) fn since(
        &self,
        subject: &Subject<'_>,
        seen: &Seen,
        session: &mut Session<'_>,
    ) -> Result<Since> {
        if subject.ids.is_empty() {
            let message = "rows have no ids (--assignments and --previous need them)";
            return Err(Error::data(message));
        }
        let mut since = Since::default();
        if let Some(current) = &self.current {
            check(current, subject, seen)?;
        }
        let members = self.members(subject, seen);
        let name = |id: u32| -> String {
            let known = subject.model.index_of(id).map(|place| seen.segments[place].name.clone());
            let files = [&self.current, &self.last].into_iter().flatten();
            known
                .or_else(|| files.filter_map(|file| file.name_of(id)).next().map(str::to_owned))
                .unwrap_or_else(|| format!("({id})"))
        };
        let previous = members.iter().map(|member| member.previous.map_or_else(String::new, name));
        since.previous = Some(previous.collect());
        let day = |day: Day| day.to_string();
        let changed = members.iter().map(|member| member.changed_on.map_or_else(String::new, day));
        since.changed_on = Some(changed.collect());
        if let Some(last) = &self.last {
            let told: Vec<String> =
                seen.segments.iter().map(|segment| segment.name.clone()).collect();
            // Where a run carries the model on, people said whose ids these are.
            let warning = other_names(last, subject.model, &told);
            if let Some(warning) = warning.filter(|_| subject.names.earlier.is_none()) {
                session.talk.warn(&warning);
            }
            let (changes, sizes) = compare(last, subject, seen, &name);
            since.changes = Some(changes);
            since.sizes = Some(sizes);
        }
        Ok(since)
    }

    /// Since when each row has been where it is.
    fn members(&self, subject: &Subject<'_>, seen: &Seen) -> Vec<Membership> {
        let rows = subject.ids.iter().zip(&seen.places);
        let member = |(id, &place): (&Option<String>, &u32)| {
            let id = id.as_deref();
            let find = |file: &Option<PreviousAssignments>| {
                let found = file.as_ref()?.find(id?)?;
                Some(found.1)
            };
            if let Some(current) = find(&self.current) {
                return current;
            }
            let segment =
                (place != NO_SEGMENT).then(|| subject.model.segments()[place as usize].id);
            let before = find(&self.last);
            match subject.as_of {
                Some(day) => Membership::on(day, segment, before),
                None => Membership {
                    segment,
                    previous: before.and_then(|before| before.segment),
                    changed_on: None,
                },
            }
        };
        rows.map(member).collect()
    }
}

/// Refuses assignments that another model made.
fn check(current: &PreviousAssignments, subject: &Subject<'_>, seen: &Seen) -> Result<()> {
    for (row, (id, &place)) in subject.ids.iter().zip(&seen.places).enumerate() {
        let segment = (place != NO_SEGMENT).then(|| subject.model.segments()[place as usize].id);
        let found = id.as_deref().and_then(|id| current.find(id));
        let wrong = match found {
            None => "is not among the assignments".to_owned(),
            Some((_, member)) if member.segment != segment => {
                let said = |id: Option<u32>| id.map_or("none".to_owned(), |id| id.to_string());
                let (theirs, ours) = (said(member.segment), said(segment));
                format!("has segment {theirs} in the assignments and {ours} by the model")
            }
            Some(_) => continue,
        };
        let message =
            format!("customer {wrong} (--assignments must be of this model and these customers)");
        return Err(Error::data(message).at_row(row as u64 + 1));
    }
    Ok(())
}

/// Who moved since the last run, and how large segments were.
fn compare(
    last: &PreviousAssignments,
    subject: &Subject<'_>,
    seen: &Seen,
    name: &dyn Fn(u32) -> String,
) -> (Changes, Vec<Option<u64>>) {
    let model = subject.model;
    let k = model.k();
    // Segments of before by their ids: those that the model has first.
    let mut ids: Vec<u32> = model.segments().iter().map(|segment| segment.id).collect();
    let members: Vec<Membership> = last.members().collect();
    let mut others: Vec<u32> = members.iter().filter_map(|member| member.segment).collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|id| model.index_of(*id).is_none());
    ids.extend(others);
    let place_of = |id: u32| ids.iter().position(|&own| own == id);
    let mut sizes = vec![0_u64; ids.len()];
    for id in members.iter().filter_map(|member| member.segment) {
        if let Some(place) = place_of(id) {
            sizes[place] += 1;
        }
    }
    let mut cells = vec![0_u64; ids.len() * k];
    let (mut n_both, mut n_moved, mut n_new, mut n_found) = (0, 0, 0, 0_u64);
    for (id, &place) in subject.ids.iter().zip(&seen.places) {
        let found = id.as_deref().and_then(|id| last.find(id));
        let Some((_, before)) = found else {
            n_new += 1;
            continue;
        };
        n_found += 1;
        let from = before.segment.and_then(place_of);
        if let (Some(from), true) = (from, place != NO_SEGMENT) {
            n_both += 1;
            n_moved += u64::from(from != place as usize);
            cells[from * k + place as usize] += 1;
        }
    }
    // Segments that nobody was in are no part of the picture.
    let kept: Vec<usize> = (0..ids.len()).filter(|&at| sizes[at] > 0).collect();
    let changes = Changes {
        from: kept.iter().map(|&at| name(ids[at])).collect(),
        cells: kept.iter().flat_map(|&at| cells[at * k..(at + 1) * k].to_vec()).collect(),
        n_both,
        n_moved,
        n_new,
        n_gone: (last.n_rows() as u64).saturating_sub(n_found),
    };
    // A segment that the last run did not know has no size in it.
    let before = (0..k).map(|at| (sizes[at] > 0).then_some(sizes[at]));
    (changes, before.collect())
}
