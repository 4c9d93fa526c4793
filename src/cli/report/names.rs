//! The names of the segments: those that people gave first, those of the model then, those that the
//! profile suggests at last.

use std::collections::HashSet;
use std::path::Path;

use super::super::Session;
use super::subject::{Look, Subject};
use crate::error::{Error, Escaped, Result};
use crate::io::{LONGEST_NAME, NamesFile};
use crate::model::{Model, Segment};
use crate::report::distinct_names;
use crate::segments::{Named, Portrait, Profiles, Standing, standings};
use crate::warning::Warning;

/// The file of names.
pub(super) const FILE: &str = "segments.toml";

/// Names as people have them, and the folder that they were found in.
#[derive(Debug, Default)]
pub(in super::super) struct Given {
    pub(in super::super) file: NamesFile,
    /// Whether the ids of the file are those of the model, since it carries on the one that they were
    /// given to.
    pub(in super::super) are_ids_kept: bool,
}

impl Given {
    /// Reads `file`, or else the file of names in the first of `folders` that has one. Gives the number of
    /// that folder, too.
    pub(in super::super) fn read(
        file: Option<&Path>,
        folders: &[&Path],
        session: &Session<'_>,
    ) -> Result<(Self, Option<usize>)> {
        let own: Vec<_> = folders.iter().map(|folder| folder.join(FILE)).collect();
        let found = own.iter().position(|path| file.is_none() && path.exists());
        let Some(path) = file.or_else(|| found.map(|at| own[at].as_path())) else {
            return Ok((Self::default(), None));
        };
        let file = NamesFile::read(path)?;
        let path = path.to_string_lossy();
        session.talk.note(format_args!("names from {}", Escaped(&path)));
        Ok((Self { file, are_ids_kept: false }, found))
    }

    /// Refuses to lose names in the file at `target` that people gave, which are not among these.
    pub(in super::super) fn check_covers(&self, target: &Path) -> Result<()> {
        if !target.exists() {
            return Ok(());
        }
        let is_known = |named: &Named| self.file.names().iter().any(|own| own.name == named.name);
        let there = NamesFile::read(target)?;
        match there.names().iter().find(|named| named.is_given() && !is_known(named)) {
            None => Ok(()),
            Some(lost) => {
                let message = format!(
                    "has the name \"{}\", which is not in --names and would be lost (add it there, or delete \
                     this file)",
                    Escaped(&lost.name)
                );
                Err(Error::parameter(message).in_file(target))
            }
        }
    }

    /// The names by place that people gave to the segments of `model`, and the number of what the file has
    /// of each. Says which names are not used.
    fn by_place(&self, model: &Model, session: &mut Session<'_>) -> (Vec<Option<usize>>, Names) {
        let mut of = vec![None; model.k()];
        let mut names = vec![None; model.k()];
        let named = self.file.names();
        let standings = standings(named, model).into_iter().zip(named).map(|(standing, named)| {
            match (self.are_ids_kept, model.index_of(named.id), standing) {
                (true, Some(place), _) => Standing::Holds(place),
                (true, None, Standing::Holds(place)) => Standing::Lost(place),
                _ => standing,
            }
        });
        for (number, standing) in standings.enumerate() {
            let (name, id) = (named[number].name.clone(), named[number].id);
            let now = match standing {
                Standing::Holds(place) | Standing::Untold(place) if of[place].is_none() => {
                    of[place] = Some(number);
                    if named[number].is_given() {
                        names[place] = Some(name.clone());
                    }
                    if matches!(standing, Standing::Untold(_)) {
                        session.talk.warn(&Warning::NameOfNobody { name, id });
                    }
                    continue;
                }
                Standing::Holds(place) | Standing::Untold(place) | Standing::Lost(place) => {
                    Some(model.segments()[place].id)
                }
                Standing::Unknown => None,
            };
            if named[number].is_given() {
                session.talk.warn(&Warning::NameNotUsed { name, id, now });
            }
        }
        (of, names)
    }
}

/// Names by place, where there are some.
type Names = Vec<Option<String>>;

/// The names by place, and the text of a file that has them.
pub(super) fn of(
    subject: &Subject<'_>,
    profiles: &Profiles,
    look: Look,
    session: &mut Session<'_>,
) -> (Vec<String>, String) {
    let model = subject.model;
    let portraits: Vec<Portrait> =
        profiles.segments.iter().map(|segment| profiles.portrait(segment)).collect();
    let suggested = distinct_names(profiles, &portraits, look.language, look.currency);
    let given = subject.names;
    let (of, mut names) = given.by_place(model, session);
    for (place, segment) in model.segments().iter().enumerate() {
        // Of a name that is no longer used the model may know as well.
        let is_known = given.file.names().iter().any(|named| named.name == segment.name);
        if names[place].is_none() && !is_default(segment) && !is_known {
            names[place] = Some(segment.name.clone());
        }
    }
    let is_given: Vec<bool> = names.iter().map(Option::is_some).collect();
    let names = completed(names, &suggested);
    let mut named = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let before = of[place].map(|number| &given.file.names()[number]);
        if let Some(before) = before.filter(|before| !is_given[place] && before.name != *name) {
            let (from, to) = (before.name.clone(), name.clone());
            session.talk.warn(&Warning::Renamed { id: model.segments()[place].id, from, to });
        }
        let suggested = if is_given[place] { &suggested[place] } else { name };
        named.push(Named::of(model, place, name.clone(), Some(suggested.clone())));
    }
    let text = given.file.with_segments(&named, &of);
    (names, text)
}

/// The model, its segments called as people call them, and as itself does elsewhere.
pub(in super::super) fn applied(
    model: Model,
    given: &Given,
    session: &mut Session<'_>,
) -> Result<Model> {
    let (of, mut names) = given.by_place(&model, session);
    for (name, number) in names.iter_mut().zip(of) {
        let suggested = number.map(|number| given.file.names()[number].name.clone());
        *name = name.take().or(suggested);
    }
    let own: Vec<String> = model.segments().iter().map(|segment| segment.name.clone()).collect();
    let names = completed(names, &own);
    let ids: Vec<u32> = model.segments().iter().map(|segment| segment.id).collect();
    let next_id = model.next_id();
    model.with_identities(ids.into_iter().zip(names), next_id)
}

/// Names for all: those of `otherwise` where there are none, made short and different enough to be read
/// again.
fn completed(names: Names, otherwise: &[String]) -> Vec<String> {
    let mut taken: HashSet<String> = names.iter().flatten().cloned().collect();
    let mut free = |wanted: &str| {
        const ROOM: usize = 12;
        let is_long = wanted.chars().count() > LONGEST_NAME;
        let cut: String = wanted.chars().take(LONGEST_NAME - ROOM).collect();
        let plain = if is_long { format!("{}…", cut.trim()) } else { wanted.to_owned() };
        let numbered = (2..).map(|n| format!("{} ({n})", cut.trim()));
        let mut candidates = std::iter::once(plain).chain(numbered);
        // Numbers do not end, names do.
        let free = candidates.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(free.clone());
        free
    };
    let is_short = |name: &String| name.chars().count() <= LONGEST_NAME;
    let all = names.into_iter().zip(otherwise).map(|(name, wanted)| match name {
        Some(name) if is_short(&name) => name,
        Some(name) => free(&name),
        None => free(wanted),
    });
    all.collect()
}

/// Whether nobody named it yet.
fn is_default(segment: &Segment) -> bool {
    segment.name == Segment::default_name(segment.id)
}
