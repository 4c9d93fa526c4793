//! What segments are called.

use std::collections::HashMap;

use super::super::locale::Language;
use super::super::words::Phrase;
use super::capitalized;
use super::values::{column_value, fact};
use crate::segments::{Experience, LastOrder, Loyalty, Portrait, Profiles, Worth};
use crate::stability::Currency;

/// Who they are; `{when}` is a word of [`when`].
fn who(worth: Worth, loyalty: Loyalty) -> Phrase {
    Phrase(match (loyalty, worth) {
        (Loyalty::Repeat, Worth::High) => [
            "{when} big-spending regulars",
            "fidèles {when} à forte valeur",
            "fiéis {when} de alto valor",
        ],
        (Loyalty::Repeat, Worth::Typical) => {
            ["{when} regulars", "clients fidèles {when}", "clientes fiéis {when}"]
        }
        (Loyalty::Repeat, Worth::Low) => [
            "{when} low-spend regulars",
            "fidèles {when} à petit budget",
            "fiéis {when} de baixo gasto",
        ],
        (Loyalty::None | Loyalty::Once | Loyalty::Occasional | Loyalty::Unknown, Worth::High) => [
            "{when} big spenders",
            "clients {when} à gros paniers",
            "clientes {when} de alto valor",
        ],
        (Loyalty::None | Loyalty::Once, Worth::Typical) => [
            "{when} one-time buyers",
            "clients {when} à achat unique",
            "clientes {when} de compra única",
        ],
        (Loyalty::Occasional, Worth::Typical) => [
            "{when} occasional buyers",
            "acheteurs occasionnels {when}",
            "compradores ocasionais {when}",
        ],
        (Loyalty::Unknown, Worth::Typical) => {
            ["{when} customers", "clients {when}", "clientes {when}"]
        }
        (Loyalty::None | Loyalty::Once | Loyalty::Occasional | Loyalty::Unknown, Worth::Low) => [
            "{when} small spenders",
            "clients {when} à petits paniers",
            "clientes {when} de baixo gasto",
        ],
    })
}

/// When they were there last, as a word for people.
fn when(last_order: LastOrder) -> Phrase {
    Phrase(match last_order {
        LastOrder::Recent => ["recent", "récents", "recentes"],
        LastOrder::Middling => [""; 3],
        LastOrder::LongAgo => ["lapsed", "inactifs", "inativos"],
    })
}

/// What stands for people none of whose orders came to anything.
fn failed(last_order: LastOrder) -> Phrase {
    Phrase(match last_order {
        LastOrder::Recent => [
            "Recent orders that failed",
            "Commandes récentes non abouties",
            "Pedidos recentes não atendidos",
        ],
        LastOrder::Middling => {
            ["Orders that failed", "Commandes non abouties", "Pedidos não atendidos"]
        }
        LastOrder::LongAgo => [
            "Orders that failed long ago",
            "Commandes anciennes non abouties",
            "Pedidos antigos não atendidos",
        ],
    })
}

/// How it went for them.
fn how(experience: Experience) -> Phrase {
    Phrase(match experience {
        Experience::Failed => ["failed orders", "commandes non abouties", "pedidos não atendidos"],
        Experience::Late => {
            ["unhappy after delays", "déçus après un retard", "frustrados por atraso"]
        }
        Experience::Unhappy => ["unhappy", "mécontents", "insatisfeitos"],
        Experience::Mixed => ["lukewarm", "avis mitigés", "opinião dividida"],
        Experience::Unreviewed => ["no review yet", "sans avis", "sem avaliação"],
        Experience::Happy => ["happy", "satisfaits", "satisfeitos"],
    })
}

/// What a segment is called. `has_reviews` says whether anybody is known to have given one: if not, that they
/// have not is no news.
///
/// Of people who have no purchase, all of which failed, what they spent does not matter.
pub(crate) fn segment_name(portrait: Portrait, has_reviews: bool, language: Language) -> String {
    let Portrait { worth, last_order, loyalty, .. } = portrait;
    let experience = portrait.experience();
    if loyalty == Loyalty::None {
        return failed(last_order).text(language);
    }
    let who = who(worth, loyalty).fill(language, &[("when", &when(last_order).text(language))]);
    let who: Vec<&str> = who.split_whitespace().collect();
    let who = capitalized(&who.join(" "));
    if experience == Experience::Unreviewed && !has_reviews {
        return who;
    }
    format!("{who}, {}", how(experience).text(language))
}

const AGO: Phrase = Phrase(["{value} ago", "il y a {value}", "há {value}"]);

/// What all segments are called, no two the same; `portraits` are theirs.
///
/// Where portraits agree, what is typical in the column in which they differ most is added; a number, where
/// that tells nothing either.
pub(crate) fn distinct_names(
    profiles: &Profiles,
    portraits: &[Portrait],
    language: Language,
    currency: Currency,
) -> Vec<String> {
    let review = profiles.review().and_then(|column| profiles.everyone.values[column]);
    let has_reviews = review.is_some();
    let plain: Vec<String> =
        portraits.iter().map(|&own| segment_name(own, has_reviews, language)).collect();
    let mut names = plain.clone();
    for (at, name) in plain.iter().enumerate() {
        let twins: Vec<usize> = (0..plain.len()).filter(|&i| plain[i] == *name).collect();
        if twins.len() < 2 || twins[0] != at {
            continue;
        }
        for (&twin, told) in twins.iter().zip(told_apart(profiles, &twins, language, currency)) {
            names[twin] = format!("{name} · {told}");
        }
    }
    numbered(names)
}

/// A few words for each of `twins`: of the column in which they differ most among those that have different
/// words for all of them, or else of the one with most different words.
fn told_apart(
    profiles: &Profiles,
    twins: &[usize],
    language: Language,
    currency: Currency,
) -> Vec<String> {
    let mut columns: Vec<(f64, usize)> = (0..profiles.columns.len())
        .filter_map(|column| Some((spread(profiles, twins, column)?, column)))
        .collect();
    columns.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best: (usize, Vec<String>) = (1, Vec::new());
    for (_, column) in columns {
        let name = &profiles.columns[column];
        let words: Option<Vec<String>> = twins
            .iter()
            .map(|&twin| {
                typical(name, profiles.segments[twin].values[column]?.median, language, currency)
            })
            .collect();
        let Some(words) = words else { continue };
        let mut different = words.clone();
        different.sort_unstable();
        different.dedup();
        if different.len() > best.0 {
            best = (different.len(), words);
        }
        if best.0 == twins.len() {
            break;
        }
    }
    best.1
}

/// From the smallest to the largest effect of a column among twins.
fn spread(profiles: &Profiles, twins: &[usize], column: usize) -> Option<f64> {
    let effect = |&twin: &usize| profiles.segments.get(twin)?.effects[column];
    let effects: Option<Vec<f64>> = twins.iter().map(effect).collect();
    let effects = effects?;
    let most = effects.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = effects.iter().copied().fold(f64::INFINITY, f64::min);
    Some(most - least)
}

/// A typical value, so short that it may stand in a name.
fn typical(name: &str, x: f64, language: Language, currency: Currency) -> Option<String> {
    if matches!(name, "recency_days" | "recency") {
        let value = column_value(name, x, language, currency);
        return Some(AGO.fill(language, &[("value", &value)]));
    }
    fact(name, Some(x), language, currency)
}

/// With a number behind those that are still the same.
fn numbered(names: Vec<String>) -> Vec<String> {
    let mut total: HashMap<String, usize> = HashMap::new();
    for name in &names {
        *total.entry(name.clone()).or_default() += 1;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    let number = |name: String| {
        if total[&name] == 1 {
            return name;
        }
        let n = seen.entry(name.clone()).or_default();
        *n += 1;
        format!("{name} · {n}")
    };
    names.into_iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::segments::{Delivery, Satisfaction};
    use crate::table::{Column, FeatureTable};

    const WORTHS: [Worth; 3] = [Worth::High, Worth::Typical, Worth::Low];
    const TIMES: [LastOrder; 3] = [LastOrder::Recent, LastOrder::Middling, LastOrder::LongAgo];
    /// Each with another experience.
    const EXPERIENCES: [(Delivery, Satisfaction); 6] = [
        (Delivery::Failed, Satisfaction::Unhappy),
        (Delivery::Late, Satisfaction::Unhappy),
        (Delivery::OnTime, Satisfaction::Unhappy),
        (Delivery::OnTime, Satisfaction::Mixed),
        (Delivery::OnTime, Satisfaction::Unknown),
        (Delivery::OnTime, Satisfaction::Happy),
    ];

    fn portrait(worth: Worth, last_order: LastOrder, loyalty: Loyalty, at: usize) -> Portrait {
        let (delivery, satisfaction) = EXPERIENCES[at];
        Portrait { worth, last_order, loyalty, satisfaction, delivery }
    }

    /// Every portrait that differs from the others in what matters.
    fn all() -> Vec<Portrait> {
        let mut all = Vec::new();
        for time in TIMES {
            all.push(portrait(Worth::Typical, time, Loyalty::None, 0));
            for worth in WORTHS {
                for loyalty in [Loyalty::Once, Loyalty::Repeat] {
                    all.extend((0..6).map(|at| portrait(worth, time, loyalty, at)));
                }
            }
        }
        all
    }

    #[test]
    fn different_portraits_have_different_short_names() {
        for language in Language::ALL {
            let names: Vec<String> =
                all().into_iter().map(|own| segment_name(own, true, language)).collect();
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), 3 * (1 + 3 * 2 * 6));
            for name in &names {
                assert!((5..=60).contains(&name.chars().count()), "{name}");
                assert!(name.starts_with(char::is_uppercase), "{name}");
                assert!(!name.contains("  ") && !name.contains(" ,"), "{name}");
            }
        }
    }

    #[test]
    fn names_read_as_people_speak() {
        let of = |own| Language::ALL.map(|language| segment_name(own, true, language));
        assert_eq!(
            of(portrait(Worth::High, LastOrder::Recent, Loyalty::Once, 5)),
            [
                "Recent big spenders, happy",
                "Clients récents à gros paniers, satisfaits",
                "Clientes recentes de alto valor, satisfeitos"
            ]
        );
        assert_eq!(
            of(portrait(Worth::Typical, LastOrder::Middling, Loyalty::Repeat, 1)),
            [
                "Regulars, unhappy after delays",
                "Clients fidèles, déçus après un retard",
                "Clientes fiéis, frustrados por atraso"
            ]
        );
        assert_eq!(
            of(portrait(Worth::Low, LastOrder::LongAgo, Loyalty::None, 0)),
            [
                "Orders that failed long ago",
                "Commandes anciennes non abouties",
                "Pedidos antigos não atendidos"
            ]
        );
        // Where nobody has given a review, nothing is said of it.
        let unreviewed = portrait(Worth::Low, LastOrder::LongAgo, Loyalty::Once, 4);
        assert_eq!(segment_name(unreviewed, false, Language::English), "Lapsed small spenders");
    }

    /// Segments of two customers each.
    fn profiles(columns: &[(&str, &[f64])]) -> Profiles {
        let n = columns[0].1.len();
        let columns = columns.iter().map(|(name, values)| Column::from_f64(*name, values.to_vec()));
        let table = FeatureTable::new(columns.collect(), None).unwrap();
        let places: Vec<u32> = (0..n as u32).map(|row| row / 2).collect();
        Profiles::new(&table, &[], &places, n / 2).unwrap()
    }

    #[test]
    fn twins_are_told_apart_by_what_differs_most() {
        let found = profiles(&[
            ("spent", &[100.0, 110.0, 105.0, 100.0, 400.0, 400.0]),
            ("recency_days", &[240.0, 240.0, 35.0, 35.0, 100.0, 100.0]),
            ("review_last", &[5.0; 6]),
        ]);
        let twin = portrait(Worth::Typical, LastOrder::Middling, Loyalty::Once, 5);
        let other = portrait(Worth::High, LastOrder::Middling, Loyalty::Once, 5);
        let names =
            |language| distinct_names(&found, &[twin, twin, other], language, Currency::Real);
        assert_eq!(
            names(Language::English),
            [
                "One-time buyers, happy · 240\u{a0}days ago",
                "One-time buyers, happy · 35\u{a0}days ago",
                "Big spenders, happy"
            ]
        );
        assert_eq!(
            names(Language::French)[1],
            "Clients à achat unique, satisfaits · il y a 35\u{a0}jours"
        );
        // Three of them, too.
        let names = distinct_names(&found, &[twin; 3], Language::English, Currency::Real);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 3);
    }

    #[test]
    fn twins_that_are_equal_are_numbered() {
        let found = profiles(&[("spent", &[1.0; 4])]);
        let own = portrait(Worth::Typical, LastOrder::Middling, Loyalty::Once, 4);
        let names = distinct_names(&found, &[own; 2], Language::Portuguese, Currency::Real);
        assert_eq!(names, ["Clientes de compra única · 1", "Clientes de compra única · 2"]);
        let unknown = Portrait { loyalty: Loyalty::Unknown, ..own };
        let names = distinct_names(&found, &[unknown; 2], Language::French, Currency::Euro);
        assert_eq!(names, ["Clients · 1", "Clients · 2"]);
        // Two of three agree in all that can be said.
        let found = profiles(&[("spent", &[1.0, 1.0, 1.0, 1.0, 50.0, 50.0])]);
        let names = distinct_names(&found, &[own; 3], Language::English, Currency::Dollar);
        assert_eq!(
            names,
            [
                "One-time buyers · $1 spent · 1",
                "One-time buyers · $1 spent · 2",
                "One-time buyers · $50 spent"
            ]
        );
    }
}
