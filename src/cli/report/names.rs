//! The names of the segments: those that people gave first, those of the model then, those that the
//! profile suggests at last.

use super::super::Session;
use super::subject::{Look, Subject};
use crate::model::Segment;
use crate::report::distinct_names;
use crate::segments::{Named, Portrait, Profiles, Standing};
use crate::warning::Warning;

/// The names by place, and those that the file of names has not yet.
pub(super) fn of(
    subject: &Subject<'_>,
    profiles: &Profiles,
    look: Look,
    session: &mut Session<'_>,
) -> (Vec<String>, Vec<Named>) {
    let model = subject.model;
    let portraits: Vec<Portrait> =
        profiles.segments.iter().map(|segment| profiles.portrait(segment)).collect();
    let suggested = distinct_names(profiles, &portraits, look.language, look.currency);
    let mut names: Vec<Option<String>> = vec![None; model.k()];
    for given in subject.names {
        match (given.standing(model), model.index_of(given.id)) {
            (Standing::Holds, Some(place)) => names[place] = Some(given.name.clone()),
            (Standing::Elsewhere(now), _) => session.talk.warn(&Warning::NameNotUsed {
                name: given.name.clone(),
                id: given.id,
                now: Some(now),
            }),
            (Standing::Unknown, _) => session.talk.warn(&Warning::NameNotUsed {
                name: given.name.clone(),
                id: given.id,
                now: None,
            }),
            (Standing::Gone | Standing::Holds, _) => {}
        }
    }
    let taken =
        |names: &[Option<String>], name: &str| names.iter().flatten().any(|other| other == name);
    let all = model.segments().iter().zip(suggested).enumerate();
    for (place, (segment, suggested)) in all {
        if names[place].is_none() {
            let wanted = if is_default(segment) { suggested } else { segment.name.clone() };
            let mut name = wanted.clone();
            let mut n = 2;
            while taken(&names, &name) {
                name = format!("{wanted} ({n})");
                n += 1;
            }
            names[place] = Some(name);
        }
    }
    let names: Vec<String> = names.into_iter().flatten().collect();
    let is_new = |id: u32| subject.names.iter().all(|given| given.id != id);
    let unnamed = model.segments().iter().enumerate().filter(|(_, segment)| is_new(segment.id));
    let unnamed = unnamed.map(|(place, _)| Named::of(model, place, names[place].clone())).collect();
    (names, unnamed)
}

/// Whether nobody named it yet.
fn is_default(segment: &Segment) -> bool {
    segment.name == Segment::default_name(segment.id)
}
