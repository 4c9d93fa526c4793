//! The rules as sentences.

use super::{Logic, of_100};
use crate::report::locale::Language;
use crate::report::words::Phrase;
use crate::segments::{RuleCondition, SegmentRule};

/// What the rules say, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSentences {
    /// One for each rule, in their order.
    pub rules: Vec<String>,
    /// One for each segment that no rule leads to.
    pub without_rule: Vec<String>,
    /// How often they say what the model says.
    pub fidelity: String,
    /// That the exact scoring counts.
    pub caveat: String,
}

const RULE: Phrase = Phrase([
    "{segment}: {conditions} ({n} customers, {share} of them rightly)",
    "{segment} : {conditions} ({n} clients, dont {share} à juste titre)",
    "{segment}: {conditions} ({n} clientes, {share} deles corretamente)",
]);
const RULE_OF_ONE: Phrase = Phrase([
    "{segment}: {conditions} (1 customer, {share} rightly)",
    "{segment} : {conditions} (1 client, {share} à juste titre)",
    "{segment}: {conditions} (1 cliente, {share} corretamente)",
]);
const UP_TO: Phrase = Phrase([
    "{label} at most {up_to}",
    "{label} d’au plus {up_to}",
    "{label} de no máximo {up_to}",
]);
const ABOVE: Phrase = Phrase([
    "{label} more than {above}",
    "{label} de plus de {above}",
    "{label} de mais de {above}",
]);
const BETWEEN: Phrase = Phrase([
    "{label} more than {above}, at most {up_to}",
    "{label} de plus de {above}, d’au plus {up_to}",
    "{label} de mais de {above}, no máximo {up_to}",
]);
const AND: Phrase = Phrase([" and ", " et ", " e "]);
const EVERYONE: Phrase = Phrase(["every customer", "tous les clients", "todos os clientes"]);
const WITHOUT_RULE: Phrase = Phrase([
    "{segment}: no rule leads to it; its customers are told by the exact scoring only.",
    "{segment} : aucune règle n’y mène ; ses clients ne sont reconnus que par le calcul exact.",
    "{segment}: nenhuma regra leva a ele; seus clientes só são reconhecidos pelo cálculo exato.",
]);
const FIDELITY: Phrase = Phrase([
    "These rules give {fidelity} of 100 customers the same segment as the model (always saying the \
     largest one: {largest}).",
    "Ces règles donnent à {fidelity} clients sur 100 le même segment que le modèle (en répondant toujours \
     le plus grand : {largest}).",
    "Estas regras dão a {fidelity} de cada 100 clientes o mesmo segmento que o modelo (respondendo sempre o \
     maior: {largest}).",
]);
const CAVEAT: Phrase = Phrase([
    "The rules are there to be read. A customer’s segment is the one that the exact scoring gives, from \
     the nearest centre.",
    "Les règles sont là pour être lues. Le segment d’un client est celui que donne le calcul exact, \
     d’après le centre le plus proche.",
    "As regras existem para serem lidas. O segmento de um cliente é o que dá o cálculo exato, pelo centro \
     mais próximo.",
]);

/// The rules of `logic` in `language`.
pub(super) fn sentences(
    logic: &Logic<'_>,
    language: Language,
    label: &dyn Fn(&str) -> String,
    value: &dyn Fn(&str, f64) -> String,
) -> RuleSentences {
    let rules = logic.rules;
    let name = |place: usize| logic.model.segments()[place].name.as_str();
    let condition = |condition: &RuleCondition| {
        let column = rules.columns[condition.column].name.as_str();
        let label = label(column);
        let above = condition.above.map(|x| value(column, x)).unwrap_or_default();
        let up_to = condition.up_to.map(|x| value(column, x)).unwrap_or_default();
        let phrase = match (condition.above, condition.up_to) {
            (Some(_), Some(_)) => BETWEEN,
            (Some(_), None) => ABOVE,
            _ => UP_TO,
        };
        phrase.fill(language, &[("label", &label), ("above", &above), ("up_to", &up_to)])
    };
    let sentence = |rule: &SegmentRule| {
        let conditions: Vec<_> = rule.conditions.iter().map(condition).collect();
        let conditions = match conditions.is_empty() {
            true => EVERYONE.text(language),
            false => conditions.join(&AND.text(language)),
        };
        let share = of_100(rule.n_right as f64 / rule.n as f64) / 100.0;
        let phrase = if rule.n == 1 { RULE_OF_ONE } else { RULE };
        let values = [
            ("segment", name(rule.segment)),
            ("conditions", conditions.as_str()),
            ("n", &language.count(rule.n)),
            ("share", &language.percent(share)),
        ];
        phrase.fill(language, &values)
    };
    let has_no_rule = |place: &usize| rules.rules.iter().all(|rule| rule.segment != *place);
    let without_rule = (0..logic.model.k()).filter(has_no_rule);
    let of_100 = |share| language.number(of_100(share));
    RuleSentences {
        rules: rules.rules.iter().map(sentence).collect(),
        without_rule: without_rule
            .map(|place| WITHOUT_RULE.fill(language, &[("segment", name(place))]))
            .collect(),
        fidelity: FIDELITY.fill(
            language,
            &[("fidelity", &of_100(rules.fidelity)), ("largest", &of_100(rules.largest_share))],
        ),
        caveat: CAVEAT.text(language),
    }
}
