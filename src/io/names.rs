//! The names of segments: a file in TOML that people edit.

use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use super::toml_text;
use crate::error::{Error, Result};
use crate::segments::Named;

/// A longer name fits nowhere.
const LONGEST: usize = 120;

const HEAD: &str = "\
# The names of the segments. Change a name, and run the report again: everything is written with it.
# \"member\" says who was meant when the name was given (the typical member, in the units of the
# features): if these people are in another segment after a new fit, the name is not used for others.
";

/// Reads names; gives the text, too.
///
/// # Errors
/// `Io` if the file cannot be read; `Parameter` if it is not TOML, has a key that is not known, or a name
/// that is empty, too long, or given twice.
pub fn read_names(path: &Path) -> Result<(Vec<Named>, String)> {
    let text = toml_text::read(path, "the names")?;
    let names = parse_names(&text).map_err(|error| error.in_file(path))?;
    Ok((names, text))
}

/// As [`read_names`], from text.
///
/// # Errors
/// `Parameter`, as there.
pub fn parse_names(text: &str) -> Result<Vec<Named>> {
    let table: Table = toml_text::parse(text, "a file of names in TOML")?;
    if let Some(other) = table.keys().find(|key| *key != "segment") {
        let message = format!("{other} is not known ([[segment]] with id, name and member is)");
        return Err(Error::parameter(message));
    }
    let Some(segments) = table.get("segment") else { return Ok(Vec::new()) };
    let segments = segments.as_array().ok_or_else(|| {
        Error::parameter("segment is no list ([[segment]], once for each, is needed)")
    })?;
    let mut names: Vec<Named> = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        let named = named(segment, at + 1)?;
        if names.iter().any(|other| other.id == named.id) {
            let message = format!("segment {} stands there twice (once is needed)", named.id);
            return Err(Error::parameter(message));
        }
        if names.iter().any(|other| other.name == named.name) {
            let message = format!("two segments are called \"{}\" (names must differ)", named.name);
            return Err(Error::parameter(message));
        }
        names.push(named);
    }
    Ok(names)
}

fn named(segment: &Value, number: usize) -> Result<Named> {
    let wrong = |what: &str| Error::parameter(format!("segment number {number}: {what}"));
    let table = segment.as_table().ok_or_else(|| wrong("is no table ([[segment]] is needed)"))?;
    let known = ["id", "name", "member"];
    if let Some(other) = table.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(wrong(&format!("{other} is not known (id, name and member are)")));
    }
    let id = table.get("id").and_then(Value::as_integer).and_then(|id| u32::try_from(id).ok());
    let name = table.get("name").and_then(Value::as_str).map(str::trim);
    let is_good = |name: &&str| !name.is_empty() && name.chars().count() <= LONGEST;
    let member = match table.get("member") {
        None => Vec::new(),
        Some(Value::Table(columns)) => {
            let number = |value: &Value| match value {
                Value::Float(x) => Some(*x),
                Value::Integer(x) => Some(*x as f64),
                _ => None,
            };
            let column = |(name, value): (&String, &Value)| {
                let x = number(value).filter(|x| x.is_finite());
                x.map(|x| (name.clone(), x)).ok_or_else(|| wrong("member holds numbers alone"))
            };
            columns.iter().map(column).collect::<Result<_>>()?
        }
        Some(_) => return Err(wrong("member is no table of numbers")),
    };
    Ok(Named {
        id: id.ok_or_else(|| wrong("id is missing or no whole number of at least 0"))?,
        name: name
            .filter(is_good)
            .ok_or_else(|| wrong("name is missing, empty or longer than 120 characters"))?
            .to_owned(),
        member,
    })
}

/// The text of a file of names that has these beside what `before` says, which stays as it is.
pub fn write_names(before: Option<&str>, names: &[Named]) -> String {
    let mut text = before.map_or_else(|| HEAD.to_owned(), str::to_owned);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for named in names {
        let member: Vec<String> = named
            .member
            .iter()
            .map(|(name, x)| format!("{} = {}", quoted(name), float(*x)))
            .collect();
        let _ = write!(
            text,
            "\n[[segment]]\nid = {}\nname = {}\nmember = {{ {} }}\n",
            named.id,
            quoted(&named.name),
            member.join(", ")
        );
    }
    text
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() || crate::error::reorders(c) => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A float of TOML: with a point or an exponent.
fn float(x: f64) -> String {
    format!("{x:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: u32, name: &str) -> Named {
        let member = vec![("a \"b\" \u{202e}".to_owned(), -1e-9), ("spent".to_owned(), 12.5)];
        Named { id, name: name.to_owned(), member }
    }

    #[test]
    fn what_was_written_is_read() {
        let names = [named(0, "\"Best\" \\ friends"), named(7, "étoile 🌟\u{7f}")];
        let text = write_names(None, &names);
        assert_eq!(parse_names(&text).unwrap(), names);
        let more = write_names(Some("# mine\n"), &names[..1]);
        assert!(more.starts_with("# mine\n\n[[segment]]"));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        let wrong = [
            ("x = 1", "x is not known"),
            ("segment = 1", "no list"),
            ("[[segment]]\nname = \"a\"", "id is missing"),
            ("[[segment]]\nid = -1\nname = \"a\"", "id is missing"),
            ("[[segment]]\nid = 1\nname = \" \"", "name is missing"),
            ("[[segment]]\nid = 1\nname = \"a\"\n[[segment]]\nid = 1\nname = \"b\"", "twice"),
            ("[[segment]]\nid = 1\nname = \"a\"\n[[segment]]\nid = 2\nname = \"a\"", "must differ"),
            ("[[segment]]\nid = 1\nname = \"a\"\nmember = { x = \"1\" }", "numbers alone"),
            ("[[segment]]\nid = 1\nname = \"a\"\nmembr = 1", "membr is not known"),
            ("[[segment]", "line 1"),
        ];
        for (text, what) in wrong {
            let error = parse_names(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
        assert!(parse_names("").unwrap().is_empty());
    }
}
