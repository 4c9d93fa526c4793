//! Columns and their values, as people say them. A number that is none is a dash.

use super::super::locale::Language;
use super::super::words::Phrase;
use super::super::workbook::Unit as CellUnit;
use super::columns::{Column, DESCRIPTORS, Unit, known};
use crate::segments::Distribution;
use crate::stability::Currency;

const NO_BREAK: char = '\u{a0}';
const NONE: &str = "–";
/// From here on digits are not known one by one.
const HUGE: f64 = 1e15;

const PERCENT: Phrase = Phrase(["{n}%", "{n} %", "{n}%"]);
const FROM_TO: Phrase = Phrase(["{low} to {high}", "{low} à {high}", "{low} a {high}"]);
const DAY: Phrase = Phrase(["day", "jour", "dia"]);
const DAYS: Phrase = Phrase(["days", "jours", "dias"]);
const LATE: Phrase = Phrase(["{days} late", "{days} de retard", "{days} de atraso"]);
const EARLY: Phrase = Phrase(["{days} early", "{days} d’avance", "{days} de antecedência"]);
const AVERAGE: Phrase = Phrase(["{value} on average", "{value} en moyenne", "{value} em média"]);
const ON_TIME: Phrase = Phrase(["on the promised day", "le jour promis", "no dia prometido"]);

/// What a column or descriptor is called; its own name if it is not known.
pub(crate) fn column_label(name: &str, language: Language) -> String {
    let label = known(name).map(|column| column.label);
    let label = label.or_else(|| descriptor(name).map(|(label, _)| label));
    label.map_or_else(|| name.to_owned(), |label| label.text(language))
}

/// What a column or descriptor says, in a sentence.
pub(crate) fn column_help(name: &str, language: Language) -> Option<String> {
    let help = known(name).map(|column| column.help);
    let help = help.or_else(|| descriptor(name).map(|(_, help)| help))?;
    Some(help.text(language))
}

fn descriptor(name: &str) -> Option<(Phrase, Phrase)> {
    let found = DESCRIPTORS.iter().find(|(own, ..)| *own == name);
    found.map(|&(_, label, help)| (label, help))
}

/// A value of a column with its unit.
pub(crate) fn column_value(name: &str, x: f64, language: Language, currency: Currency) -> String {
    if !x.is_finite() {
        return NONE.to_owned();
    }
    let Some(Column { unit, .. }) = known(name) else {
        return figure(x, significant(x), language);
    };
    match *unit {
        Unit::Amount => language.with_symbol(&amount(x, language), currency),
        Unit::Share | Unit::YesNo(_) => percent(&share(x, language), language),
        Unit::DaysLate => late(x, language),
        Unit::Things(names, decimals) => things(x, decimals, names, language),
    }
}

/// How a workbook writes the values of a column.
pub(crate) fn cell_unit(name: &str) -> CellUnit {
    match known(name).map(|column| column.unit) {
        Some(Unit::Amount) => CellUnit::Amount,
        Some(Unit::Share | Unit::YesNo(_)) => CellUnit::Share,
        Some(Unit::Things(_, 0)) => CellUnit::Whole,
        Some(Unit::Things(..) | Unit::DaysLate) | None => CellUnit::Decimal,
    }
}

/// The value of a group that tells it from others: the median, or the mean where half of everybody have
/// one and the same value, as with shares and with purchases of which nearly all have one.
pub(crate) fn typical(own: &Distribution, everyone: &Distribution) -> f64 {
    if is_average(everyone) { own.mean } else { own.median }
}

fn is_average(everyone: &Distribution) -> bool {
    everyone.low == everyone.high
}

/// The [typical] value of a column with its unit, called an average where it is one.
pub(crate) fn typical_value(
    name: &str,
    own: &Distribution,
    everyone: &Distribution,
    language: Language,
    currency: Currency,
) -> String {
    let value = column_value(name, typical(own, everyone), language, currency);
    // A share of people is called so by its column.
    let is_yes_no = known(name).is_some_and(|column| matches!(column.unit, Unit::YesNo(_)));
    if is_average(everyone) && !is_yes_no {
        AVERAGE.fill(language, &[("value", &value)])
    } else {
        value
    }
}

/// From one value of a column to another, with the unit once.
pub(crate) fn column_range(
    name: &str,
    low: f64,
    high: f64,
    language: Language,
    currency: Currency,
) -> String {
    if !low.is_finite() || !high.is_finite() {
        return NONE.to_owned();
    }
    let value = |x| column_value(name, x, language, currency);
    if value(low) == value(high) {
        return value(high);
    }
    let span = |low: String, high: String| {
        // A dash would read as a minus.
        let ends = [("low", low.as_str()), ("high", high.as_str())];
        let is_negative = low.starts_with('\u{2212}') || high.starts_with('\u{2212}');
        if is_negative { FROM_TO.fill(language, &ends) } else { format!("{low}–{high}") }
    };
    let days = |low: f64, high: f64| {
        let [low, high] = [low, high].map(|x| figure(x, decimals_of(x, 1), language));
        format!("{}{NO_BREAK}{}", span(low, high), DAYS.text(language))
    };
    match known(name).map(|column| column.unit) {
        None => {
            let [low, high] = [low, high].map(|x| figure(x, significant(x), language));
            span(low, high)
        }
        Some(Unit::Amount) => {
            let span = span(amount(low, language), amount(high, language));
            language.with_symbol(&span, currency)
        }
        Some(Unit::Share | Unit::YesNo(_)) => {
            percent(&span(share(low, language), share(high, language)), language)
        }
        Some(Unit::DaysLate) if high < 0.0 => EARLY.fill(language, &[("days", &days(-high, -low))]),
        Some(Unit::DaysLate) if low >= 0.0 => LATE.fill(language, &[("days", &days(low, high))]),
        Some(Unit::DaysLate) => {
            FROM_TO.fill(language, &[("low", &value(low)), ("high", &value(high))])
        }
        Some(Unit::Things([one, several], decimals)) => {
            let end = |x| figure(x, decimals_of(x, decimals), language);
            let is_one = language != Language::English
                && language.is_singular(rounded(high, decimals_of(high, decimals)));
            let name = if is_one { one } else { several };
            format!("{}{NO_BREAK}{}", span(end(low), end(high)), name.text(language))
        }
    }
}

/// What a value of a column says of a customer, as a few words; `None` where it says nothing.
pub(super) fn fact(
    name: &str,
    value: Option<f64>,
    language: Language,
    currency: Currency,
) -> Option<String> {
    let value = value.filter(|x| x.is_finite());
    let written = value.map(|x| column_value(name, x, language, currency));
    match (known(name), value, written) {
        (None, _, written) => Some(format!("{name} {}", written?)),
        (Some(column), None, _) => Some(column.missing?.text(language)),
        (Some(Column { unit: Unit::YesNo(no), .. }), Some(x), _) if x < 0.5 => {
            Some(no.text(language))
        }
        (Some(column), _, written) => Some(column.fact.fill(language, &[("value", &written?)])),
    }
}

/// A finite number with at most so many decimals.
fn figure(x: f64, decimals: usize, language: Language) -> String {
    if x.abs() < HUGE {
        return language.trimmed(x, decimals);
    }
    let text = format!("{x:.2e}").replace('-', "\u{2212}");
    if language == Language::English { text } else { text.replace('.', ",") }
}

/// Decimals that leave three digits that tell.
fn significant(x: f64) -> usize {
    let digits = if x == 0.0 { 0.0 } else { x.abs().log10().floor() };
    (2.0 - digits).clamp(0.0, 12.0) as usize
}

/// Those of small numbers; of larger ones nobody asks.
fn decimals_of(x: f64, of_small: usize) -> usize {
    if x.abs() < 10.0 { of_small } else { 0 }
}

/// As printed with so many decimals.
fn rounded(x: f64, decimals: usize) -> f64 {
    format!("{x:.decimals$}").parse().unwrap_or(x)
}

fn amount(x: f64, language: Language) -> String {
    let cents = rounded(x, 2);
    if x.abs() < 10.0 && cents.fract() != 0.0 {
        language.decimal(cents, 2)
    } else {
        figure(x, 0, language)
    }
}

fn share(x: f64, language: Language) -> String {
    let hundredfold = 100.0 * x;
    if !hundredfold.is_finite() {
        return NONE.to_owned();
    }
    figure(hundredfold, decimals_of(hundredfold, 1), language)
}

fn percent(number: &str, language: Language) -> String {
    PERCENT.fill(language, &[("n", number)])
}

fn things(x: f64, decimals: usize, [one, several]: [Phrase; 2], language: Language) -> String {
    let decimals = decimals_of(x, decimals);
    let is_one = language.is_singular(rounded(x, decimals));
    let name = if is_one { one } else { several };
    format!("{}{NO_BREAK}{}", figure(x, decimals, language), name.text(language))
}

fn late(days: f64, language: Language) -> String {
    let days = rounded(days, decimals_of(days, 1));
    let phrase = match days {
        0.0 => return ON_TIME.text(language),
        days if days < 0.0 => EARLY,
        _ => LATE,
    };
    phrase.fill(language, &[("days", &things(days.abs(), 1, [DAY, DAYS], language))])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::columns::COLUMNS;
    use super::*;
    use crate::history::FeatureSet;

    fn values(name: &str, x: f64) -> [String; 3] {
        Language::ALL.map(|l| column_value(name, x, l, Currency::Real).replace('\u{a0}', " "))
    }

    fn ranges(name: &str, low: f64, high: f64) -> [String; 3] {
        Language::ALL
            .map(|l| column_range(name, low, high, l, Currency::Real).replace('\u{a0}', " "))
    }

    #[test]
    fn every_feature_has_its_words_in_every_language() {
        let names = FeatureSet::Full.features().map(|feature| feature.name);
        let others =
            ["recency_days", "recency_rank", "orders", "frequency", "monetary", "review_score"];
        for name in names.chain(others) {
            let column = known(name).unwrap_or_else(|| panic!("{name} has no words"));
            for language in Language::ALL {
                for phrase in [column.label, column.higher, column.lower, column.fact] {
                    assert!(!phrase.text(language).is_empty(), "{name}");
                }
                assert!(column_label(name, language).chars().count() <= 40, "{name}");
                let help = column_help(name, language).unwrap();
                assert!(help.ends_with('.') && help.matches(". ").count() == 0, "{name}: {help}");
                assert_ne!(column.higher.text(language), column.lower.text(language), "{name}");
            }
        }
    }

    #[test]
    fn no_two_columns_share_a_name_or_a_label() {
        let names: Vec<&str> = COLUMNS.iter().flat_map(|column| column.names).copied().collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        for language in Language::ALL {
            let labels: HashSet<_> = COLUMNS.iter().map(|c| c.label.text(language)).collect();
            assert_eq!(labels.len(), COLUMNS.len());
        }
        assert_eq!(column_label("shoe size", Language::French), "shoe size");
        assert_eq!(column_label("state", Language::French), "État");
        assert_eq!(column_help("shoe size", Language::English), None);
    }

    #[test]
    fn values_have_their_units() {
        assert_eq!(values("recency_days", 35.4), ["35 days", "35 jours", "35 dias"]);
        assert_eq!(values("recency_days", 1.0), ["1 day", "1 jour", "1 dia"]);
        assert_eq!(values("recency_days", 1.5), ["1.5 days", "1,5 jour", "1,5 dia"]);
        assert_eq!(values("spent", 1310.4), ["R$ 1,310", "1\u{202f}310 R$", "R$ 1.310"]);
        assert_eq!(values("spent", 9.9), ["R$ 9.90", "9,90 R$", "R$ 9,90"]);
        assert_eq!(values("spent", 9.999)[0], "R$ 10");
        assert_eq!(values("card_share", 0.42), ["42%", "42 %", "42%"]);
        assert_eq!(values("card_share", 0.0423), ["4.2%", "4,2 %", "4,2%"]);
        assert_eq!(values("review_mean", 4.2), ["4.2 stars", "4,2 étoiles", "4,2 estrelas"]);
        assert_eq!(values("purchases", 1.034), ["1.03 purchases", "1,03 achat", "1,03 compra"]);
        assert_eq!(
            values("delay_days", -12.0),
            ["12 days early", "12 jours d’avance", "12 dias de antecedência"]
        );
        assert_eq!(values("delay_days", 1.0)[0], "1 day late");
        assert_eq!(values("delay_days", -0.01)[1], "le jour promis");
        assert_eq!(values("x", 0.012_345), ["0.0123", "0,0123", "0,0123"]);
        assert_eq!(values("x", 12_345.6)[2], "12.346");
    }

    #[test]
    fn ranges_have_their_unit_once() {
        assert_eq!(
            ranges("recency_days", 30.0, 120.0),
            ["30–120 days", "30–120 jours", "30–120 dias"]
        );
        assert_eq!(ranges("recency_days", 0.0, 1.0), ["0–1 days", "0–1 jour", "0–1 dia"]);
        assert_eq!(
            ranges("spent", 50.0, 1200.0),
            ["R$ 50–1,200", "50–1\u{202f}200 R$", "R$ 50–1.200"]
        );
        assert_eq!(ranges("card_share", 0.1, 0.5), ["10–50%", "10–50 %", "10–50%"]);
        assert_eq!(ranges("purchases", 1.0, 1.0)[0], "1 purchase");
        assert_eq!(ranges("delay_days", -12.0, -5.0)[0], "5–12 days early");
        assert_eq!(ranges("delay_days", 0.0, 3.0)[1], "0–3 jours de retard");
        assert_eq!(
            ranges("delay_days", -12.0, 3.0)[2],
            "12 dias de antecedência a 3 dias de atraso"
        );
        assert_eq!(ranges("x", -5.0, 20.0)[0], "\u{2212}5 to 20");
    }

    #[test]
    fn facts_say_what_is_missing_too() {
        let of = |name, value| fact(name, value, Language::English, Currency::Euro);
        assert_eq!(of("review_last", Some(5.0)).unwrap(), "5\u{a0}stars");
        assert_eq!(of("review_last", None).unwrap(), "no review yet");
        assert_eq!(of("review_missing", Some(1.0)).unwrap(), "no review yet");
        assert_eq!(of("review_missing", Some(0.0)).unwrap(), "review given");
        assert_eq!(of("spent", Some(f64::NAN)), None);
        assert_eq!(of("shoe size", Some(43.0)).unwrap(), "shoe size 43");
    }

    proptest! {
        #[test]
        fn any_number_can_be_said(bits in any::<u64>(), other in any::<u64>()) {
            let (x, y) = (f64::from_bits(bits), f64::from_bits(other));
            let names = COLUMNS.iter().flat_map(|column| column.names).chain(&["unknown"]);
            for (name, language) in names.flat_map(|name| Language::ALL.map(|l| (name, l))) {
                let currency = Currency::Dollar;
                for text in [
                    column_value(name, x, language, currency),
                    column_range(name, x, y, language, currency),
                    column_range(name, x, f64::NAN, language, currency),
                    fact(name, Some(x), language, currency).unwrap_or_default(),
                ] {
                    prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{}", text);
                }
            }
        }
    }
}
