//! The names of segments: a file in TOML that people edit.

use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Key, Table, Value};

use super::toml_text;
use crate::error::{Error, ErrorKind, Result, reorders};
use crate::segments::Named;

/// A longer name, in characters, fits nowhere.
pub(crate) const LONGEST_NAME: usize = 120;

const HEAD: &str = "\
# The names of the segments. Change a \"name\", and run the report again: everything is written with it.
# A name that is still as \"suggested\" follows what the segment is like; one that you changed stays.
# \"member\" says whom the name is of (the typical member, in the units of the features). After a new fit
# a name goes where these people are a segment of their own, or to [[unused]] until they are; never to others.

";

/// The segments that have names.
const SEGMENT: &str = "segment";
/// Names whose people are no segment of their own any more.
const UNUSED: &str = "unused";

/// A file of names.
#[derive(Clone, Debug)]
pub struct NamesFile {
    document: DocumentMut,
    names: Vec<Named>,
    unused: Vec<Named>,
}

impl Default for NamesFile {
    /// Without a name yet.
    fn default() -> Self {
        let mut document = DocumentMut::new();
        document.set_trailing(HEAD);
        Self { document, names: Vec::new(), unused: Vec::new() }
    }
}

impl NamesFile {
    /// Reads it.
    ///
    /// # Errors
    /// `Io` if the file cannot be read; `Parameter` if it is not TOML, has a key that is not known, or a
    /// name that is empty, too long, or given twice.
    pub fn read(path: &Path) -> Result<Self> {
        let text = toml_text::read(path, "the names")?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// As [`read`](Self::read), from text.
    ///
    /// # Errors
    /// `Parameter`, as there.
    pub fn parse(text: &str) -> Result<Self> {
        let document = text
            .parse::<DocumentMut>()
            .map_err(|error| toml_text::refused(text, error.span(), error.message(), NEEDED))?;
        let (mut names, mut unused): (Vec<Named>, Vec<Named>) = (Vec::new(), Vec::new());
        for (key, item) in document.iter() {
            if ![SEGMENT, UNUSED].contains(&key) {
                let message =
                    format!("{key} is not known ([[segment]] with id, name and member is)");
                return Err(Error::parameter(message));
            }
            let tables = item.as_array_of_tables().ok_or_else(|| {
                Error::parameter(format!("{key} is no list ([[{key}]], once for each, is needed)"))
            })?;
            for (at, table) in tables.iter().enumerate() {
                let named = named(table, &format!("{key} number {}", at + 1))?;
                if key == UNUSED {
                    unused.push(named);
                    continue;
                }
                if names.iter().any(|other| other.id == named.id) {
                    let message =
                        format!("segment {} stands there twice (once is needed)", named.id);
                    return Err(Error::parameter(message));
                }
                if names.iter().any(|other| other.name == named.name) {
                    let message =
                        format!("two segments are called \"{}\" (names must differ)", named.name);
                    return Err(Error::parameter(message));
                }
                names.push(named);
            }
        }
        Ok(Self { document, names, unused })
    }

    /// The names of segments, in the order of the file.
    pub fn names(&self) -> &[Named] {
        &self.names
    }

    /// Names that people gave, of whom there was no segment of their own any more.
    pub fn unused(&self) -> &[Named] {
        &self.unused
    }

    /// The text of the file with `segments` instead. Each takes the place of the one of before whose number
    /// `of` gives, as far as it has one; of the others of before, names that people gave are kept as
    /// unused. Comments on what stays, and the order, stay too.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the text could not be read again.
    pub fn with_segments(&self, segments: &[Named], of: &[Option<usize>]) -> Result<String> {
        let mut document = self.document.clone();
        let mut end = document.trailing().as_str().unwrap_or_default().to_owned();
        let mut unused = tables(&mut document, UNUSED);
        let mut kept = Vec::new();
        let mut rows = tables(&mut document, SEGMENT);
        let head = match rows.first_mut() {
            // What stands in a file without a table is its end, and is to be its head.
            None => Some(std::mem::take(&mut end)),
            Some(first) => {
                let prefix = first.decor().prefix().and_then(|prefix| prefix.as_str());
                let head = prefix.map(str::to_owned);
                first.decor_mut().set_prefix("\n");
                head
            }
        };
        for (number, mut table) in rows.into_iter().enumerate() {
            let before = &self.names[number];
            match of.iter().position(|own| *own == Some(number)) {
                Some(place) => {
                    fill(&mut table, &segments[place], Some(before));
                    kept.push(table);
                }
                None if before.is_given() => unused.push(table),
                None => {}
            }
        }
        for (segment, _) in segments.iter().zip(of).filter(|(_, of)| of.is_none()) {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            fill(&mut table, segment, None);
            kept.push(table);
        }
        unused.retain(|table| {
            let name = table.get("name").and_then(Item::as_str).map(str::trim);
            segments.iter().all(|segment| Some(segment.name.as_str()) != name)
        });
        if let (Some(first), Some(head)) = (kept.first_mut(), head) {
            first.decor_mut().set_prefix(head);
        }
        document.set_trailing(end);
        let mut position = 0;
        for (key, tables) in [(SEGMENT, kept), (UNUSED, unused)] {
            let mut list = ArrayOfTables::new();
            for mut table in tables {
                table.set_position(Some(position));
                position += 1;
                list.push(table);
            }
            if !list.is_empty() {
                document.insert(key, Item::ArrayOfTables(list));
            }
        }
        let text = document.to_string();
        let read = Self::parse(&text)?;
        let told = |named: &Named| (named.id, named.name.clone());
        let is_whole = segments.len() == read.names.len()
            && segments.iter().all(|own| read.names.iter().any(|other| told(other) == told(own)));
        if !is_whole {
            let message = "the file of names would say something else than it should";
            return Err(Error::new(ErrorKind::Internal, message));
        }
        Ok(text)
    }
}

/// What has to be read.
const NEEDED: &str = "a file of names in TOML";

/// Takes the tables of a list out of a document, each in one piece: a member under a header of its own would
/// stay where it stood in the text.
fn tables(document: &mut DocumentMut, key: &str) -> Vec<Table> {
    let Some(Item::ArrayOfTables(tables)) = document.remove(key) else { return Vec::new() };
    let mut tables: Vec<Table> = tables.into_iter().collect();
    for table in &mut tables {
        if let Some(Item::Table(member)) = table.get("member") {
            let member = member.clone().into_inline_table();
            table.insert("member", Item::Value(Value::InlineTable(member)));
        }
    }
    tables
}

/// Says in a table what is not said there already.
fn fill(table: &mut Table, segment: &Named, before: Option<&Named>) {
    let mut set = |key: &str, value: Value| {
        let decor = table.get(key).and_then(Item::as_value).map(|old| old.decor().clone());
        let mut item = Item::Value(value);
        if let (Some(decor), Some(value)) = (decor, item.as_value_mut()) {
            *value.decor_mut() = decor;
        }
        table.insert(key, item);
    };
    if before.is_none_or(|before| before.id != segment.id) {
        set("id", i64::from(segment.id).into());
    }
    if before.is_none_or(|before| before.name != segment.name) {
        set("name", text(&segment.name));
    }
    if let Some(suggested) = &segment.suggested
        && before.is_none_or(|before| before.suggested != segment.suggested)
    {
        set("suggested", text(suggested));
    }
    // What is no number cannot be read again.
    let member = segment.member.iter().filter(|(_, x)| x.is_finite());
    let member: Vec<(String, f64)> = member.cloned().collect();
    if before.is_none_or(|before| before.member != member) {
        let mut columns = InlineTable::new();
        for (name, x) in &member {
            // A plain name stands without quotes.
            let plain = Key::new(name);
            let is_plain = plain.display_repr() == name.as_str();
            let key = if is_plain { plain } else { quoted(name).parse().unwrap_or(plain) };
            columns.insert_formatted(&key, Value::from(*x));
        }
        set("member", Value::InlineTable(columns));
    }
}

/// A text as a value.
fn text(text: &str) -> Value {
    quoted(text).parse().unwrap_or_else(|_| text.into())
}

/// A basic string of TOML, with characters that would change how a line looks in their escaped form.
fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        c if c.is_control() || reorders(c) => format!("\\u{:04X}", c as u32),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// What a table says.
fn named(table: &Table, which: &str) -> Result<Named> {
    let wrong = |what: &str| Error::parameter(format!("{which}: {what}"));
    let known = ["id", "name", "suggested", "member"];
    if let Some((other, _)) = table.iter().find(|(key, _)| !known.contains(key)) {
        return Err(wrong(&format!("{other} is not known (id, name, suggested and member are)")));
    }
    let id = table.get("id").and_then(Item::as_integer).and_then(|id| u32::try_from(id).ok());
    let name = table.get("name").and_then(Item::as_str).map(str::trim);
    let is_good = |name: &&str| !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    let suggested = match table.get("suggested") {
        None => None,
        Some(item) => {
            let text = item.as_str().ok_or_else(|| wrong("suggested is no text"))?;
            Some(text.to_owned())
        }
    };
    let member = match table.get("member") {
        None => Vec::new(),
        Some(item) => {
            let columns = item.as_table_like();
            let columns = columns.ok_or_else(|| wrong("member is no table of numbers"))?;
            let column = |(name, item): (&str, &Item)| {
                let x = item.as_float().or_else(|| item.as_integer().map(|n| n as f64));
                let x = x.filter(|x| x.is_finite());
                x.map(|x| (name.to_owned(), x)).ok_or_else(|| wrong("member holds numbers alone"))
            };
            columns.iter().map(column).collect::<Result<_>>()?
        }
    };
    Ok(Named {
        id: id.ok_or_else(|| wrong("id is missing or no whole number of at least 0"))?,
        name: name
            .filter(is_good)
            .ok_or_else(|| wrong("name is missing, empty or longer than 120 characters"))?
            .to_owned(),
        suggested,
        member,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: u32, name: &str) -> Named {
        let member = vec![("a \"b\" \u{202e}".to_owned(), -1e-9), ("spent".to_owned(), 12.5)];
        Named { id, name: name.to_owned(), suggested: Some("Suggested".to_owned()), member }
    }

    fn written(names: &[Named]) -> String {
        NamesFile::default().with_segments(names, &vec![None; names.len()]).unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let names = [named(0, "\"Best\" \\ friends\u{202e}"), named(7, "étoile 🌟\u{7f}")];
        let text = written(&names);
        assert!(text.starts_with(HEAD) && !text.contains('\u{7f}'), "{text}");
        let file = NamesFile::parse(&text).unwrap();
        assert_eq!(file.names(), names);
        assert_eq!(file.with_segments(&names, &[Some(0), Some(1)]).unwrap(), text);
        let hostile = Named { member: vec![("x".to_owned(), f64::INFINITY)], ..named(1, "a") };
        assert_eq!(NamesFile::parse(&written(&[hostile])).unwrap().names()[0].member, []);
    }

    #[test]
    fn what_people_wrote_stays() {
        let text = "# Ours.\n[[segment]] # first\nid = 4\nname = \"Stars\" # dear\n\n\
                    # The others.\n[[segment]]\nid = 1\nname = \"Rest\"\nsuggested = \"Rest\"\n# End.\n";
        let file = NamesFile::parse(text).unwrap();
        let now = [named(8, "Stars"), named(9, "New")];
        let now = now.map(|segment| Named { member: vec![("x".to_owned(), 1.0)], ..segment });
        let found = file.with_segments(&now, &[Some(0), None]).unwrap();
        let expected = "# Ours.\n[[segment]] # first\nid = 8\nname = \"Stars\" # dear\n\
                        suggested = \"Suggested\"\nmember = { x = 1.0 }\n\n[[segment]]\nid = 9\n\
                        name = \"New\"\nsuggested = \"Suggested\"\nmember = { x = 1.0 }\n# End.\n";
        assert_eq!(found, expected);
    }

    #[test]
    fn names_that_people_gave_are_never_lost() {
        let given = named(3, "VIP");
        let suggested = Named { name: "Suggested".to_owned(), ..named(4, "") };
        let file = NamesFile::parse(&written(&[given.clone(), suggested])).unwrap();
        let now = [named(0, "All")];
        let text = file.with_segments(&now, &[None]).unwrap();
        let file = NamesFile::parse(&text).unwrap();
        assert_eq!(file.names(), now);
        assert_eq!(
            (text.matches("\n[[unused]]\n").count(), text.matches("VIP").count()),
            (1, 1),
            "{text}"
        );
        // Once it is given again it is not unused any more.
        let again = file.with_segments(&[given], &[None]).unwrap();
        assert_eq!((again.matches("VIP").count(), again.matches("All").count()), (1, 1), "{again}");
        NamesFile::parse(&again).unwrap();
    }

    #[test]
    fn members_may_stand_under_headers_of_their_own() {
        let text = "[[segment]]\nid = 0\nname = \"A\"\n[segment.member]\nx = 1\n\n\
                    [[segment]]\nid = 1\nname = \"B\"\n[segment.member]\nx = 2\n\n\
                    [[unused]]\nid = 0\nname = \"C\"\n[unused.member]\nx = 3\n\n\
                    [[unused]]\nid = 0\nname = \"D\"\n[unused.member]\nx = 4\n";
        let file = NamesFile::parse(text).unwrap();
        let mut now = vec![named(2, "New")];
        now.extend(file.names().iter().cloned());
        let text = file.with_segments(&now, &[None, Some(0), Some(1)]).unwrap();
        let again = NamesFile::parse(&text).unwrap();
        let members = |names: &[Named]| -> Vec<(String, f64)> {
            names.iter().map(|named| (named.name.clone(), named.member[0].1)).collect()
        };
        let expected = [("A", 1.0), ("B", 2.0), ("New", -1e-9), ("C", 3.0), ("D", 4.0)];
        let found = [members(again.names()), members(again.unused())].concat();
        assert_eq!(found, expected.map(|(name, x)| (name.to_owned(), x)), "{text}");
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        let wrong = [
            ("x = 1", "x is not known"),
            ("segment = 1", "no list"),
            ("segment = [ { id = 0, name = \"a\" } ]", "no list"),
            ("[[segment]]\nname = \"a\"", "id is missing"),
            ("[[segment]]\nid = -1\nname = \"a\"", "id is missing"),
            ("[[segment]]\nid = 1\nname = \" \"", "name is missing"),
            ("[[segment]]\nid = 1\nname = \"a\"\n[[segment]]\nid = 1\nname = \"b\"", "twice"),
            ("[[segment]]\nid = 1\nname = \"a\"\n[[segment]]\nid = 2\nname = \"a\"", "must differ"),
            ("[[segment]]\nid = 1\nname = \"a\"\nmember = { x = \"1\" }", "numbers alone"),
            ("[[segment]]\nid = 1\nname = \"a\"\nmember = { x = inf }", "numbers alone"),
            ("[[segment]]\nid = 1\nname = \"a\"\nsuggested = 1", "no text"),
            ("[[segment]]\nid = 1\nname = \"a\"\nmembr = 1", "membr is not known"),
            ("[[unused]]\nid = 1", "unused number 1: name is missing"),
            ("[[segment]", "line 1"),
        ];
        for (text, what) in wrong {
            let error = NamesFile::parse(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
        assert!(NamesFile::parse("").unwrap().names().is_empty());
    }
}
