//! The terms of a maintenance proposal: a file in TOML that replaces what is assumed otherwise.

use std::path::Path;

use toml::{Table, Value};

use super::toml_text;
use crate::error::{Error, Result};
use crate::history::Day;
use crate::stability::{Currency, TermKey, Terms};

/// Names of people and companies are printed; longer ones are nothing to sign.
const LONGEST_TEXT: usize = 500;

/// Reads terms; what the file does not say keeps its default. `examples/maintenance.toml` has all keys.
///
/// ```toml
/// client = "Olist"
/// currency = "EUR"
/// shop_currency = "BRL"
///
/// [rates]
/// # A number, or a number with where it comes from.
/// day = { value = 520, source = "our framework agreement" }
/// ```
///
/// # Errors
/// `Io` if it cannot be read; `Parameter` if it is not TOML, has a key that is not known or a value that
/// cannot be, or contradicts itself.
pub fn read_terms(path: &Path) -> Result<Terms> {
    let text = toml_text::read(path, "the terms")?;
    parse_terms(&text).map_err(|error| error.in_file(path))
}

/// As [`read_terms`], from text.
///
/// # Errors
/// `Parameter`, as there.
pub fn parse_terms(text: &str) -> Result<Terms> {
    let table: Table = toml_text::parse(text, "a file of terms in TOML")?;
    let [currency, shop_currency] = [
        ("currency", Terms::default().currency()),
        ("shop_currency", Terms::default().shop_currency()),
    ]
    .map(|(key, default)| table.get(key).map_or(Ok(default), |value| currency(key, value)));
    let mut terms = Terms::new(currency?, shop_currency?);
    for (name, value) in &table {
        match (name.as_str(), value) {
            ("currency" | "shop_currency", _) => {}
            ("client", value) => terms.client = Some(words(name, value)?),
            ("provider", value) => terms.provider = Some(words(name, value)?),
            ("issued", value) => terms.issued = Some(day(name, value)?),
            (section, Value::Table(keys)) if is_section(section) => {
                for (key, value) in keys {
                    set(&mut terms, &format!("{section}.{key}"), value)?;
                }
            }
            (section, _) if is_section(section) => {
                return Err(Error::parameter(format!("{section} is no section ([{section}] is)")));
            }
            _ => return Err(unknown(name, top_level())),
        }
    }
    terms.check()?;
    Ok(terms)
}

/// The part of a name before the dot.
fn section(key: TermKey) -> &'static str {
    key.name().split('.').next().unwrap_or_default()
}

fn is_section(name: &str) -> bool {
    TermKey::ALL.iter().any(|&key| section(key) == name)
}

/// What may stand outside of sections, and the sections.
fn top_level() -> Vec<&'static str> {
    let mut names = vec!["client", "provider", "issued", "currency", "shop_currency"];
    for key in TermKey::ALL {
        if !names.contains(&section(key)) {
            names.push(section(key));
        }
    }
    names
}

fn unknown(name: &str, known: Vec<&str>) -> Error {
    Error::parameter(format!("{name} is not known ({} are)", known.join(", ")))
}

fn set(terms: &mut Terms, name: &str, value: &Value) -> Result<()> {
    let Some(key) = TermKey::ALL.into_iter().find(|key| key.name() == name) else {
        let own = name.split('.').next().unwrap_or_default();
        let known = TermKey::ALL.iter().filter(|&&key| section(key) == own);
        return Err(unknown(name, known.map(|key| key.name()).collect()));
    };
    if let Value::Table(table) = value {
        if let Some(other) = table.keys().find(|key| !["value", "source"].contains(&key.as_str())) {
            return Err(unknown(&format!("{name}.{other}"), vec!["value", "source"]));
        }
        let source = table.get("source").map(|source| words(&format!("{name}.source"), source));
        let value = table.get("value");
        let value = value.ok_or_else(|| {
            Error::parameter(format!("{name}.value is not there (a number is needed)"))
        })?;
        return terms.set(key, number(name, value)?, source.transpose()?);
    }
    terms.set(key, number(name, value)?, None)
}

fn number(name: &str, value: &Value) -> Result<f64> {
    match value {
        Value::Integer(whole) => Ok(*whole as f64),
        Value::Float(x) => Ok(*x),
        _ => Err(wrong(name, "a number, or { value = …, source = \"…\" },")),
    }
}

fn words(name: &str, value: &Value) -> Result<String> {
    match value {
        Value::String(text) if text.chars().count() <= LONGEST_TEXT => Ok(text.clone()),
        _ => Err(wrong(name, &format!("a text of at most {LONGEST_TEXT} characters"))),
    }
}

fn day(name: &str, value: &Value) -> Result<Day> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Datetime(date) => date.to_string(),
        _ => String::new(),
    };
    Day::parse(&text).ok_or_else(|| wrong(name, "a day like 2018-09-03"))
}

fn currency(name: &str, value: &Value) -> Result<Currency> {
    let known = Currency::ALL.into_iter().find(|own| value.as_str() == Some(own.code()));
    let [first @ .., last] = Currency::ALL.map(Currency::code);
    known.ok_or_else(|| wrong(name, &format!("{} or {last}", first.join(", "))))
}

fn wrong(name: &str, needed: &str) -> Error {
    Error::parameter(format!("{name} is not what it must be ({needed} is needed)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::stability::TermSource;

    const EXAMPLE: &str = include_str!("../../examples/maintenance.toml");

    #[test]
    fn the_example_has_every_key_and_every_default() {
        let terms = parse_terms(EXAMPLE).unwrap();
        assert_eq!(terms, Terms::default());
        // All keys are there, commented out.
        let given: String = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .fold(String::new(), |all, line| all + line + "\n");
        let terms = parse_terms(&given).unwrap();
        for term in terms.all() {
            let name = term.key.name();
            assert!(matches!(term.source, TermSource::File(_)), "{name} is not in the example");
            assert_eq!(term.value, Terms::default().value(term.key), "{name}");
        }
        assert!(terms.client.is_some() && terms.provider.is_some() && terms.issued.is_some());
    }

    #[test]
    fn values_may_say_where_they_come_from() {
        let text = "client = \"A\"\nissued = 2018-09-03\n[rates]\nday = { value = 520, source = \"B\" }\n\
                    hours_per_day = 8";
        let terms = parse_terms(text).unwrap();
        assert_eq!(terms.value(TermKey::DayRate), 520.0);
        assert_eq!(terms.all()[0].source, TermSource::File(Some("B".to_owned())));
        assert_eq!(terms.all()[1].source, TermSource::File(None));
        assert_eq!(terms.all()[2].source, TermSource::ExchangeOf2018);
        assert_eq!(terms.issued.unwrap().to_string(), "2018-09-03");
        let text = "shop_currency = \"GBP\"\n[rates]\nexchange = 0.86";
        assert_eq!(parse_terms(text).unwrap().shop_currency(), Currency::Pound);
        let text = "currency = \"BRL\"\n[rates]\nday = 1500";
        let terms = parse_terms(text).unwrap();
        assert_eq!((terms.currency(), terms.value(TermKey::Exchange)), (Currency::Real, 1.0));
    }

    #[test]
    fn what_is_wrong_with_terms_is_said() {
        for (text, said) in [
            ("[rates", "line 1: "),
            ("colour = 1", "colour is not known (client, "),
            ("[rates]\ndya = 1", "rates.dya is not known (rates.day, "),
            ("rates = 3", "rates is no section"),
            ("[rates]\nday = \"much\"", "rates.day is not what it must be (a number"),
            ("[rates]\nday = -1", "rates.day is -1 (a number from 1 to 100000 is needed)"),
            ("[rates]\nday = nan", "rates.day is NaN"),
            ("[rates]\nday = { source = \"x\" }", "rates.day.value is not there"),
            ("[rates]\nday = { value = 1, from = 2 }", "rates.day.from is not known"),
            ("[rates]\nday = { value = 1, source = 2 }", "rates.day.source is not"),
            (
                "currency = \"CHF\"",
                "currency is not what it must be (BRL, EUR, GBP or USD is needed)",
            ),
            ("currency = \"BRL\"", "rates.day is needed in BRL"),
            ("client = 3", "client is not"),
            ("issued = 2018-02-30", "line 1: "),
            ("issued = \"2018-02-30\"", "issued is not what it must be (a day"),
            ("[triggers]\npsi_watch = 0.5", "triggers.psi_watch is above"),
        ] {
            let error = parse_terms(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert!(error.to_string().contains(said), "{text}: {error}");
        }
        let error = read_terms(Path::new("no such file.toml")).unwrap_err();
        assert!(error.to_string().starts_with("no such file.toml: cannot read the terms"));
    }
}
