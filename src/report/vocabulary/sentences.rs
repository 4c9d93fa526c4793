//! Sentences about a segment, and about one of its customers.

use super::super::locale::Language;
use super::super::words::{Counted, Phrase};
use super::capitalized;
use super::columns::{Topic, known};
use super::values::{column_value, fact};
use crate::segments::{Distribution, NEGLIGIBLE_EFFECT, Profiles};
use crate::stability::{Currency, Hundredths};

/// More than these nobody keeps in mind.
const MOST_CLAUSES: usize = 3;
const MOST_FACTS: usize = 2;

const CUSTOMERS: Counted = Counted(
    Phrase(["{n} customer ({share})", "{n} client ({share})", "{n} cliente ({share})"]),
    Phrase(["{n} customers ({share})", "{n} clients ({share})", "{n} clientes ({share})"]),
);
const ONE_BROUGHT: Phrase = Phrase([
    "{who}, who brought in {amount} ({part} of revenue).",
    "{who}, qui a apporté {amount} ({part} du chiffre d’affaires).",
    "{who}, que gerou {amount} ({part} do faturamento).",
]);
const BROUGHT: Phrase = Phrase([
    "{who}, who brought in {amount} ({part} of revenue).",
    "{who}, qui ont apporté {amount} ({part} du chiffre d’affaires).",
    "{who}, que geraram {amount} ({part} do faturamento).",
]);

/// How many are in the segment at place `at`, and what they brought in where that is known.
pub(crate) fn who(
    profiles: &Profiles,
    at: usize,
    language: Language,
    currency: Currency,
) -> String {
    let (own, all) = (&profiles.segments[at], &profiles.everyone);
    let is_one = language.is_singular(own.size as f64);
    let share = language.percent(own.size as f64 / all.size.max(1) as f64);
    let who = CUSTOMERS.fill(language, own.size, &[("share", &share)]);
    let spent = profiles.spent().map(|column| (own.sums[column], all.sums[column]));
    let Some((own, all)) =
        spent.filter(|&(own, all)| own.is_finite() && all.is_finite() && all > 0.0)
    else {
        return format!("{who}.");
    };
    let amount = language.whole_amount(Hundredths::nearest(own), currency);
    let part = language.percent(own / all);
    let phrase = if is_one { ONE_BROUGHT } else { BROUGHT };
    phrase.fill(language, &[("who", &who), ("amount", &amount), ("part", &part)])
}

const THEY: Phrase = Phrase(["They {list}.", "Ces clients {list}.", "Esses clientes {list}."]);
const AND: Phrase = Phrase(["{list} and {last}", "{list} et {last}", "{list} e {last}"]);
const NOTHING: Phrase = Phrase([
    "No single figure sets them clearly apart; it is the combination that does.",
    "Aucun chiffre ne les distingue nettement à lui seul ; c’est leur combinaison qui le fait.",
    "Nenhum número os distingue claramente sozinho; é a combinação que os distingue.",
]);
const HIGHER: Phrase = Phrase([
    "have a higher “{name}”",
    "ont une valeur « {name} » plus élevée",
    "têm um valor maior de “{name}”",
]);
const LOWER: Phrase = Phrase([
    "have a lower “{name}”",
    "ont une valeur « {name} » plus basse",
    "têm um valor menor de “{name}”",
]);
const TYPICALLY: Phrase = Phrase(["typically {own}", "en général {own}", "em geral {own}"]);
const ON_AVERAGE: Phrase = Phrase(["on average {own}", "en moyenne {own}", "em média {own}"]);
const AGAINST_CUSTOMERS: Phrase = Phrase([
    "{clause} ({own}; all customers: {all})",
    "{clause} ({own} ; tous les clients : {all})",
    "{clause} ({own}; todos os clientes: {all})",
]);
const AGAINST_ALL: Phrase = Phrase([
    "{clause} ({own}; all: {all})",
    "{clause} ({own} ; tous : {all})",
    "{clause} ({own}; todos: {all})",
]);

/// In what the members of the segment at place `at` differ most from everybody else, among the columns whose
/// names are wanted; the strongest first, and of columns that say the same only one.
pub(crate) fn set_apart(
    profiles: &Profiles,
    at: usize,
    is_wanted: impl Fn(&str) -> bool,
    language: Language,
    currency: Currency,
) -> String {
    let columns = strongest(profiles, at, is_wanted);
    let mut clauses: Vec<String> = Vec::new();
    let mut last_basis = None;
    for (column, effect) in columns {
        let name = &profiles.columns[column];
        let clause = comparative(name, effect, language);
        let values = (profiles.segments[at].values[column], profiles.everyone.values[column]);
        let (Some(own), Some(all)) = values else {
            clauses.push(clause);
            continue;
        };
        let Some((basis, [own, all])) = compared(name, effect, &own, &all, language, currency)
        else {
            clauses.push(clause);
            continue;
        };
        let own = match basis {
            _ if last_basis == Some(basis) => own,
            Basis::Share => own,
            Basis::Median => TYPICALLY.fill(language, &[("own", &own)]),
            Basis::Mean => ON_AVERAGE.fill(language, &[("own", &own)]),
        };
        let against = if last_basis.is_none() { AGAINST_CUSTOMERS } else { AGAINST_ALL };
        last_basis = Some(basis);
        clauses.push(against.fill(language, &[("clause", &clause), ("own", &own), ("all", &all)]));
    }
    let Some(last) = clauses.pop() else { return NOTHING.text(language) };
    let list = if clauses.is_empty() {
        last
    } else {
        AND.fill(language, &[("list", &clauses.join(", ")), ("last", &last)])
    };
    THEY.fill(language, &[("list", &list)])
}

/// Columns with their effects that are not negligible, the largest first, one of each topic.
fn strongest(
    profiles: &Profiles,
    at: usize,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<(usize, f64)> {
    let effects = profiles.segments[at].effects.iter().enumerate();
    let mut found: Vec<(usize, f64)> = effects
        .filter_map(|(column, &effect)| Some((column, effect?)))
        .filter(|&(column, effect)| {
            effect.abs() >= NEGLIGIBLE_EFFECT && is_wanted(&profiles.columns[column])
        })
        .collect();
    found.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let mut told: Vec<Topic> = Vec::new();
    found.retain(|&(column, _)| match known(&profiles.columns[column]) {
        Some(own) if told.contains(&own.topic) => false,
        Some(own) => {
            told.push(own.topic);
            true
        }
        None => true,
    });
    found.truncate(MOST_CLAUSES);
    found
}

/// What customers with more, or less, in a column do; after "they".
fn comparative(name: &str, effect: f64, language: Language) -> String {
    match (known(name), effect > 0.0) {
        (Some(column), true) => column.higher.text(language),
        (Some(column), false) => column.lower.text(language),
        (None, true) => HIGHER.fill(language, &[("name", name)]),
        (None, false) => LOWER.fill(language, &[("name", name)]),
    }
}

/// Which value of a column stands for a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basis {
    Median,
    Mean,
    /// The mean of a column of zeros and ones.
    Share,
}

/// A pair of values, of the segment and of everybody, that shows what the effect says: medians, or means where
/// medians show nothing; `None` where neither does.
fn compared(
    name: &str,
    effect: f64,
    own: &Distribution,
    all: &Distribution,
    language: Language,
    currency: Currency,
) -> Option<(Basis, [String; 2])> {
    let candidates = [(Basis::Median, own.median, all.median), (Basis::Mean, own.mean, all.mean)];
    let is_share = name == "review_missing";
    candidates.into_iter().find_map(|(basis, own, all)| {
        let texts = [own, all].map(|x| column_value(name, x, language, currency));
        let shows = (own - all) * effect > 0.0 && texts[0] != texts[1];
        match basis {
            Basis::Median if is_share => None,
            Basis::Mean if is_share => shows.then_some((Basis::Share, texts)),
            _ => shows.then_some((basis, texts)),
        }
    })
}

/// How a customer stands to his segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nearer to it than to any other.
    Inside,
    /// Almost as near to another one.
    Borderline,
    /// Nearest to it, but far from all.
    Far,
}

const FACTS: Phrase = Phrase(["{facts}: {what}", "{facts} : {what}", "{facts}: {what}"]);
const INSIDE: Phrase = Phrase([
    "closer to “{own}” than to “{other}”.",
    "plus proche de « {own} » que de « {other} ».",
    "mais perto de “{own}” do que de “{other}”.",
]);
const BORDERLINE: Phrase = Phrase([
    "just inside “{own}”, almost as close to “{other}”.",
    "à la limite de « {own} », presque aussi proche de « {other} ».",
    "no limite de “{own}”, quase tão perto de “{other}”.",
]);
const FAR: Phrase = Phrase([
    "nearest to “{own}”, but unlike most customers in it.",
    "plus proche de « {own} », mais différent de la plupart de ses clients.",
    "mais perto de “{own}”, mas diferente da maioria dos seus clientes.",
]);
const ALONE: Phrase =
    Phrase(["part of “{own}”.", "fait partie de « {own} ».", "faz parte de “{own}”."]);

/// Why a customer is in the segment called `own`, and not in `other`, the next one, if there is one.
///
/// `columns` are his values, `None` where one is missing, those that speak most for the segment first; two are
/// told at most, and of columns that say the same only one.
pub(crate) fn reason(
    columns: &[(&str, Option<f64>)],
    own: &str,
    other: Option<&str>,
    standing: Standing,
    language: Language,
    currency: Currency,
) -> String {
    let mut told: Vec<Topic> = Vec::new();
    let mut facts: Vec<String> = Vec::new();
    for &(name, value) in columns {
        let topic = known(name).map(|column| column.topic);
        if facts.len() == MOST_FACTS || topic.is_some_and(|topic| told.contains(&topic)) {
            continue;
        }
        let Some(fact) = fact(name, value, language, currency) else { continue };
        if !facts.contains(&fact) {
            facts.push(fact);
            told.extend(topic);
        }
    }
    let what = match (standing, other) {
        (Standing::Far, _) => FAR.fill(language, &[("own", own)]),
        (_, None) => ALONE.fill(language, &[("own", own)]),
        (Standing::Inside, Some(other)) => INSIDE.fill(language, &[("own", own), ("other", other)]),
        (Standing::Borderline, Some(other)) => {
            BORDERLINE.fill(language, &[("own", own), ("other", other)])
        }
    };
    if facts.is_empty() {
        return capitalized(&what);
    }
    capitalized(&FACTS.fill(language, &[("facts", &facts.join(", ")), ("what", &what)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, FeatureTable};

    /// Two segments of four customers each.
    fn profiles(columns: &[(&str, [f64; 8])]) -> Profiles {
        let columns = columns.iter().map(|(name, values)| Column::from_f64(*name, values.to_vec()));
        let table = FeatureTable::new(columns.collect(), None).unwrap();
        Profiles::new(&table, &[], &[0, 0, 0, 0, 1, 1, 1, 1], 2).unwrap()
    }

    /// With plain spaces, which are easier to read.
    fn plain(text: &str) -> String {
        text.replace(['\u{a0}', '\u{202f}'], " ")
    }

    fn apart(profiles: &Profiles, at: usize) -> [String; 3] {
        Language::ALL.map(|l| plain(&set_apart(profiles, at, |_| true, l, Currency::Real)))
    }

    #[test]
    fn what_sets_a_segment_apart_is_a_sentence() {
        let found = profiles(&[
            ("spent", [300.0, 310.0, 310.0, 320.0, 80.0, 100.0, 100.0, 310.0]),
            ("basket_mean", [300.0, 310.0, 310.0, 320.0, 80.0, 100.0, 100.0, 310.0]),
            ("recency_days", [360.0, 360.0, 360.0, 360.0, 10.0, 80.0, 80.0, 90.0]),
            ("review_last", [5.0, 4.0, 5.0, 4.0, 4.0, 5.0, 4.0, 5.0]),
        ]);
        assert_eq!(
            apart(&found, 0),
            [
                "They ordered longer ago (typically 360 days; all customers: 225 days) and spent more \
                 (R$ 310; all: R$ 305).",
                "Ces clients ont commandé il y a plus longtemps (en général 360 jours ; tous les clients : \
                 225 jours) et ont dépensé plus (310 R$ ; tous : 305 R$).",
                "Esses clientes compraram há mais tempo (em geral 360 dias; todos os clientes: 225 dias) e \
                 gastaram mais (R$ 310; todos: R$ 305).",
            ]
        );
        let english = |at, is_wanted: fn(&str) -> bool| {
            plain(&set_apart(&found, at, is_wanted, Language::English, Currency::Euro))
        };
        assert_eq!(
            english(1, |name| name != "recency_days"),
            "They spent less (typically €100; all customers: €305)."
        );
        assert_eq!(
            english(1, |name| name == "review_last"),
            "No single figure sets them clearly apart; it is the combination that does."
        );
    }

    #[test]
    fn means_are_told_where_medians_are_the_same() {
        let found = profiles(&[
            ("review_missing", [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
            ("purchases", [1.0, 1.0, 1.0, 4.0, 1.0, 1.0, 1.0, 1.0]),
            ("card_share", [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.8, 0.8]),
            ("shoe size", [40.0, 40.0, 40.0, 41.0, 40.0, 40.0, 40.0, 40.0]),
        ]);
        assert_eq!(
            apart(&found, 0)[0],
            "They have more often not given a review yet (75%; all customers: 38%), paid less by \
             credit card (on average 0%; all: 20%) and bought more often (1.75 purchases; all: 1.38 \
             purchases)."
        );
        let shoes = set_apart(&found, 0, |n| n == "shoe size", Language::French, Currency::Euro);
        assert_eq!(
            plain(&shoes),
            "Ces clients ont une valeur « shoe size » plus élevée (en moyenne 40,2 ; tous les clients : 40,1)."
        );
    }

    #[test]
    fn how_many_they_are_and_what_they_brought_in() {
        let found = profiles(&[("spent", [1000.5, 200.0, 300.0, 400.0, 25.0, 25.0, 25.0, 25.0])]);
        let said = Language::ALL.map(|l| plain(&who(&found, 0, l, Currency::Real)));
        assert_eq!(
            said,
            [
                "4 customers (50%), who brought in R$ 1,901 (95% of revenue).",
                "4 clients (50 %), qui ont apporté 1 901 R$ (95 % du chiffre d’affaires).",
                "4 clientes (50%), que geraram R$ 1.901 (95% do faturamento).",
            ]
        );
        let found = profiles(&[("x", [0.0; 8])]);
        assert_eq!(who(&found, 1, Language::English, Currency::Real), "4 customers (50%).");
    }

    #[test]
    fn reasons_name_two_things_at_most() {
        let columns = [
            ("recency_days", Some(30.0)),
            ("recency_rank", Some(0.1)),
            ("review_last", Some(5.0)),
            ("spent", Some(80.0)),
        ];
        let said = |columns: &[(&str, Option<f64>)], standing| {
            Language::ALL
                .map(|l| plain(&reason(columns, "A", Some("B"), standing, l, Currency::Real)))
        };
        assert_eq!(
            said(&columns, Standing::Inside),
            [
                "Last order 30 days ago, 5 stars: closer to “A” than to “B”.",
                "Dernière commande il y a 30 jours, 5 étoiles : plus proche de « A » que de « B ».",
                "Último pedido há 30 dias, 5 estrelas: mais perto de “A” do que de “B”.",
            ]
        );
        assert_eq!(
            said(&[("review_last", None), ("review_missing", Some(1.0))], Standing::Borderline),
            [
                "No review yet: just inside “A”, almost as close to “B”.",
                "Pas encore d’avis : à la limite de « A », presque aussi proche de « B ».",
                "Ainda sem avaliação: no limite de “A”, quase tão perto de “B”.",
            ]
        );
        assert_eq!(
            said(&[("spent", None), ("delay_days", Some(9.0))], Standing::Far)[0],
            "9 days late: nearest to “A”, but unlike most customers in it."
        );
        let alone = reason(&[], "A", None, Standing::Inside, Language::French, Currency::Euro);
        assert_eq!(plain(&alone), "Fait partie de « A ».");
    }

    #[test]
    fn what_stands_in_a_name_is_never_filled_in() {
        let said = reason(
            &[("spent", Some(f64::NAN))],
            "{other}",
            Some("<b>"),
            Standing::Inside,
            Language::English,
            Currency::Pound,
        );
        assert_eq!(said, "Closer to “{other}” than to “<b>”.");
    }
}
