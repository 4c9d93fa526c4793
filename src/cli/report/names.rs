//! The names of the segments: those that people gave first, those of the model then, those that the
//! profile suggests at last.

use std::collections::HashSet;
use std::path::Path;

use super::super::Session;
use super::subject::{Look, Subject};
use crate::error::{Error, Escaped, Result};
use crate::io::{LONGEST_NAME, NamesFile};
use crate::model::{Model, Segment};
use crate::report::{Language, distinct_names};
use crate::segments::{Named, Portrait, Profiles, Standing, standings};
use crate::warning::{NameLoss, Warning};

/// The file of names.
pub(super) const FILE: &str = "segments.toml";

/// Names as people have them.
#[derive(Debug, Default)]
pub(in super::super) struct Given {
    pub(in super::super) file: NamesFile,
    /// The model that the one to be named carries on: where its people are now is known by their ids.
    pub(in super::super) earlier: Option<Model>,
}

impl Given {
    /// Reads `file`, or else the file of names in the first of `folders` that has one. Where names will be
    /// written to another file, to that in `out`, refuses to lose those that people gave there.
    pub(in super::super) fn read(
        file: Option<&Path>,
        folders: &[&Path],
        out: Option<&Path>,
        session: &Session<'_>,
    ) -> Result<Self> {
        let own = folders.iter().map(|folder| folder.join(FILE)).find(|path| path.exists());
        let path = file.map(Path::to_owned).or(own);
        let given = match &path {
            None => Self::default(),
            Some(path) => {
                let file = NamesFile::read(path)?;
                let path = path.to_string_lossy();
                session.talk.note(format_args!("names from {}", Escaped(&path)));
                Self { file, earlier: None }
            }
        };
        let target = out.map(|out| out.join(FILE)).filter(|target| target.exists());
        match target.filter(|target| path.as_ref() != Some(target)) {
            Some(target) => given.check_covers(&target).map(|()| given),
            None => Ok(given),
        }
    }

    fn check_covers(&self, target: &Path) -> Result<()> {
        let there = NamesFile::read(target)?;
        let mut theirs =
            there.names().iter().filter(|named| named.is_given()).chain(there.unused());
        let is_known = |named: &&Named| {
            let mut own = self.file.names().iter().chain(self.file.unused());
            own.any(|own| own.name == named.name)
        };
        match theirs.find(|named| !is_known(named)) {
            None => Ok(()),
            Some(lost) => {
                let message = format!(
                    "has the name \"{}\", which would be lost, since names are read elsewhere (--names with \
                     this file reads them here; or delete it)",
                    Escaped(&lost.name)
                );
                Err(Error::parameter(message).in_file(target))
            }
        }
    }

    /// What became of each name of the file.
    fn standings(&self, model: &Model) -> Vec<Standing> {
        let named = self.file.names();
        let mut now = standings(named, &[], model);
        let Some(earlier) = &self.earlier else { return now };
        for (now, before) in now.iter_mut().zip(standings(named, &[], earlier)) {
            if let Standing::Holds(place) = before {
                *now = match (model.index_of(earlier.segments()[place].id), *now) {
                    (Some(place), _) => Standing::Holds(place),
                    (None, Standing::Holds(place)) => Standing::Lost(place),
                    (None, otherwise) => otherwise,
                };
            }
        }
        now
    }

    /// The names by place that people gave to the segments of `model`, and the number of what the file has
    /// of each. Says which names are not used.
    fn by_place(&self, model: &Model, session: &mut Session<'_>) -> (Vec<Option<usize>>, Names) {
        let mut of = vec![None; model.k()];
        let mut names = vec![None; model.k()];
        let named = self.file.names();
        let standings = self.standings(model);
        // Whom a name is of counts for more than a number.
        let is_known = |number: &usize| matches!(standings[*number], Standing::Holds(_));
        let (known, others): (Vec<usize>, Vec<usize>) = (0..named.len()).partition(is_known);
        for number in known.into_iter().chain(others) {
            let Named { id, name, .. } = named[number].clone();
            let loss = match standings[number] {
                Standing::Holds(place) | Standing::Untold(place) if of[place].is_none() => {
                    of[place] = Some(number);
                    names[place] = named[number].is_given().then(|| name.clone());
                    if matches!(standings[number], Standing::Untold(_)) {
                        session.talk.warn(&Warning::NameOfNobody { name, id });
                    }
                    continue;
                }
                Standing::Holds(place) | Standing::Lost(place) => {
                    NameLoss::Elsewhere(model.segments()[place].id)
                }
                Standing::Untold(_) => NameLoss::Taken,
                Standing::Unknown => NameLoss::Unknown,
            };
            if named[number].is_given() {
                session.talk.warn(&Warning::NameNotUsed { name, id, loss });
            }
        }
        self.take_up(model, &mut names);
        (of, names)
    }

    /// Gives names that were not used to segments of those who had them, once they are that again.
    fn take_up(&self, model: &Model, names: &mut Names) {
        let unused = self.file.unused();
        for (standing, named) in standings(unused, self.file.names(), model).into_iter().zip(unused)
        {
            let is_free = |name: &str| names.iter().flatten().all(|other| other != name);
            if let Standing::Holds(place) = standing
                && names[place].is_none()
                && is_free(&named.name)
            {
                names[place] = Some(named.name.clone());
            }
        }
    }
}

/// Names by place, where there are some.
type Names = Vec<Option<String>>;

/// The names by place, and the text of a file that has them.
///
/// # Errors
/// If the text could not be read again.
pub(super) fn of(
    subject: &Subject<'_>,
    profiles: &Profiles,
    look: Look,
    session: &mut Session<'_>,
) -> Result<(Vec<String>, String)> {
    let model = subject.model;
    let portraits: Vec<Portrait> =
        profiles.segments.iter().map(|segment| profiles.portrait(segment)).collect();
    let suggested_in = |language| distinct_names(profiles, &portraits, language, look.currency);
    let suggested = suggested_in(look.language);
    let in_all = Language::ALL.map(suggested_in);
    let is_suggested = |place: usize, name: &str| in_all.iter().any(|names| names[place] == name);
    let given = subject.names;
    let (of, mut names) = given.by_place(model, session);
    for (place, segment) in model.segments().iter().enumerate() {
        // What the model calls it, unless that is of the program's own making or the file has decided on it.
        let mut in_file = given.file.names().iter().chain(given.file.unused());
        let is_decided = in_file.any(|named| named.name == segment.name);
        let is_given = !is_default(segment) && !is_suggested(place, &segment.name);
        if names[place].is_none() && is_given && !is_decided {
            names[place] = Some(segment.name.clone());
        }
    }
    let is_given: Vec<bool> = names.iter().map(Option::is_some).collect();
    let names = completed(names, &suggested);
    let mut named = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let before = of[place].map(|number| &given.file.names()[number]);
        let renamed = before.filter(|before| !is_given[place] && before.name != *name);
        if let Some(before) = renamed.filter(|before| !is_suggested(place, &before.name)) {
            let (from, to) = (before.name.clone(), name.clone());
            session.talk.warn(&Warning::Renamed { id: model.segments()[place].id, from, to });
        }
        let suggested = match is_given[place] {
            false => Some(name.clone()),
            // Given it stays, also where the figures would suggest the very same.
            true => Some(suggested[place].clone()).filter(|suggested| suggested != name),
        };
        named.push(Named::of(model, place, name.clone(), suggested));
    }
    let text = given.file.with_segments(&named, &of)?;
    Ok((names, text))
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
