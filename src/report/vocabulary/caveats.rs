//! What readers should know of the customers and the segments before they believe any of it.

use super::super::locale::Language;
use super::super::words::{Counted, Phrase};
use super::values::{column_label, column_value};
use crate::stability::Currency;
use crate::warning::{NameLoss, Warning};

const FILLED: Counted = Counted(
    Phrase([
        "Of {n} customer “{column}” is not known: it counts as {value} until it is.",
        "Pour {n} client, « {column} » n’est pas connu : il compte pour {value} en attendant.",
        "De {n} cliente não se conhece “{column}”: conta como {value} até que se conheça.",
    ]),
    Phrase([
        "Of {n} customers “{column}” is not known: it counts as {value} until it is.",
        "Pour {n} clients, « {column} » n’est pas connu : il compte pour {value} en attendant.",
        "De {n} clientes não se conhece “{column}”: conta como {value} até que se conheça.",
    ]),
);
const MOVED_AWAY: Phrase = Phrase([
    "The name “{name}” is not used any more: those who were called so are no group of their own, and most \
     like “{now}” now.",
    "Le nom « {name} » n’est plus utilisé : ceux qui le portaient ne forment plus un groupe à part et \
     ressemblent surtout à « {now} ».",
    "O nome “{name}” não é mais usado: quem o tinha já não forma um grupo próprio e se parece sobretudo com \
     “{now}”.",
]);
const NOT_KNOWN: Phrase = Phrase([
    "The name “{name}” is not used: nobody can tell any more whom it was given to.",
    "Le nom « {name} » n’est pas utilisé : on ne peut plus dire à qui il a été donné.",
    "O nome “{name}” não é usado: já não se pode dizer a quem foi dado.",
]);
const RENAMED: Phrase = Phrase([
    "“{from}” is called “{to}” now, after what its figures have become.",
    "« {from} » s’appelle désormais « {to} », d’après l’évolution de ses chiffres.",
    "“{from}” agora se chama “{to}”, conforme a evolução dos seus números.",
]);
const NO_SOUND_NUMBER: Phrase = Phrase([
    "No number of segments stands out: {k} is a choice, not a finding.",
    "Aucun nombre de segments ne s’impose : {k} est un choix, non un constat.",
    "Nenhum número de segmentos se impõe: {k} é uma escolha, não uma constatação.",
]);
const NOT_FOLLOWED: Phrase = Phrase([
    "How long the segments last could not be measured with these orders.",
    "La durée de vie des segments n’a pas pu être mesurée avec ces commandes.",
    "Não foi possível medir quanto tempo os segmentos duram com estes pedidos.",
]);
const FOLLOWED_OTHERS: Phrase = Phrase([
    "How long segments last was measured on {k} other ones, not on these.",
    "La durée de vie a été mesurée sur {k} autres segments, pas sur ceux-ci.",
    "A duração foi medida em {k} outros segmentos, não nestes.",
]);
const STALE: Counted = Counted(
    Phrase([
        "The last order is {n} day older than these segments: whoever ordered since is not known.",
        "La dernière commande date de {n} jour avant ces segments : les suivantes ne sont pas connues.",
        "O último pedido é {n} dia anterior a estes segmentos: os seguintes não são conhecidos.",
    ]),
    Phrase([
        "The last order is {n} days older than these segments: whoever ordered since is not known.",
        "La dernière commande date de {n} jours avant ces segments : les suivantes ne sont pas connues.",
        "O último pedido é {n} dias anterior a estes segmentos: os seguintes não são conhecidos.",
    ]),
);
const OTHER_NAMES: Phrase = Phrase([
    "The run before calls every segment otherwise: who moved may be told of other segments.",
    "La fois précédente, tous les segments portaient d’autres noms : les changements indiqués peuvent être ceux \
     d’autres segments.",
    "Na vez anterior todos os segmentos tinham outros nomes: as mudanças indicadas podem ser de outros segmentos.",
]);
const LEFT_OUT: Phrase = Phrase([
    "The orders do not tell: {columns}.",
    "Les commandes ne disent rien de : {columns}.",
    "Os pedidos não informam: {columns}.",
]);
const ODD_IDS: Counted = Counted(
    Phrase([
        "{n} customer has no number, or that of another: each line counts as a customer.",
        "{n} client n’a pas de numéro, ou celui d’un autre : chaque ligne compte pour un client.",
        "{n} cliente não tem número, ou tem o de outro: cada linha conta como um cliente.",
    ]),
    Phrase([
        "{n} customers have no number, or that of another: each line counts as a customer.",
        "{n} clients n’ont pas de numéro, ou celui d’un autre : chaque ligne compte pour un client.",
        "{n} clientes não têm número, ou têm o de outro: cada linha conta como um cliente.",
    ]),
);
const NOBODYS: Counted = Counted(
    Phrase([
        "{n} order of nobody who is known was left out.",
        "{n} commande sans client connu a été écartée.",
        "{n} pedido sem cliente conhecido ficou de fora.",
    ]),
    Phrase([
        "{n} orders of nobody who is known were left out.",
        "{n} commandes sans client connu ont été écartées.",
        "{n} pedidos sem cliente conhecido ficaram de fora.",
    ]),
);
const DOMINATES: Phrase = Phrase([
    "The segments differ in “{column}” and in little else.",
    "Les segments se distinguent par « {column} » et par peu d’autres choses.",
    "Os segmentos se distinguem por “{column}” e por pouco mais.",
]);

/// What a warning means to those who use the segments; `None` where it only concerns whoever runs the program,
/// or the page says it in its own place. `name_of` gives the name of a segment.
pub(crate) fn caveat<'a>(
    warning: &Warning,
    name_of: &dyn Fn(u32) -> Option<&'a str>,
    language: Language,
    currency: Currency,
) -> Option<String> {
    let label = |name: &str| column_label(name, language);
    let said = match warning {
        Warning::ValuesFilled { column, n, value } => {
            let value = column_value(column, *value, language, currency);
            FILLED.fill(language, *n, &[("column", &label(column)), ("value", &value)])
        }
        Warning::NameNotUsed { name, loss, .. } => {
            let now = match loss {
                NameLoss::Elsewhere(now) => name_of(*now),
                NameLoss::Taken | NameLoss::Unknown => None,
            };
            match now {
                Some(now) => MOVED_AWAY.fill(language, &[("name", name), ("now", now)]),
                None => NOT_KNOWN.fill(language, &[("name", name)]),
            }
        }
        Warning::Renamed { from, to, .. } => RENAMED.fill(language, &[("from", from), ("to", to)]),
        Warning::NoSoundNumber { k, .. } => {
            NO_SOUND_NUMBER.fill(language, &[("k", &language.count(*k as u64))])
        }
        Warning::FollowedOthers { k, .. } => {
            FOLLOWED_OTHERS.fill(language, &[("k", &language.count(*k as u64))])
        }
        Warning::StaleOrders { days, .. } => STALE.fill(language, days.unsigned_abs(), &[]),
        Warning::OtherNames { .. } => OTHER_NAMES.text(language),
        Warning::NotFollowed { .. } => NOT_FOLLOWED.text(language),
        Warning::FeaturesLeftOut { features } => {
            let columns: Vec<String> = features.iter().map(|name| label(name)).collect();
            LEFT_OUT.fill(language, &[("columns", &columns.join(", "))])
        }
        Warning::OddIds { null, empty, duplicate, .. } => {
            ODD_IDS.fill(language, null + empty + duplicate, &[])
        }
        Warning::OrdersWithoutCustomer { n } => NOBODYS.fill(language, *n, &[]),
        Warning::ColumnDominates { column, .. } => {
            DOMINATES.fill(language, &[("column", &label(column))])
        }
        // Whoever is in no segment is counted, and who is gone is in the picture of moves.
        Warning::RowsDropped { .. } | Warning::CustomersGone { .. } => return None,
        Warning::NameOfNobody { .. }
        | Warning::ConstantColumn { .. }
        | Warning::NoSpread { .. }
        | Warning::RoundedIntegers { .. }
        | Warning::CommonFactor { .. }
        | Warning::ColumnsLeftOut { .. }
        | Warning::DecimalCommas { .. }
        | Warning::LargeSegment { .. }
        | Warning::SmallSegments { .. }
        | Warning::GiantCluster { .. }
        | Warning::ColumnsUnheard { .. }
        | Warning::SilhouetteInflated { .. }
        | Warning::EndOfRange { .. }
        | Warning::WeightsCountFewRows { .. }
        | Warning::NotMatched { .. }
        | Warning::CellsCut { .. }
        | Warning::CellsDefused { .. }
        | Warning::IdsNotCompared { .. }
        | Warning::RowsUnlabeled { .. }
        | Warning::NoiseCounts { .. }
        | Warning::SeparatesNothing { .. }
        | Warning::RowsWithoutCustomer { .. }
        | Warning::OrdersSplit { .. }
        | Warning::ThinStart { .. }
        | Warning::OtherDay { .. }
        | Warning::SegmentsUnknown { .. }
        | Warning::Hindsight { .. }
        | Warning::ExactAgreement { .. }
        | Warning::AgreementDips { .. }
        | Warning::FallUnconfirmed { .. }
        | Warning::NoisySegments { .. }
        | Warning::NotItselfOnT0 { .. }
        | Warning::SameScaler { .. }
        | Warning::EmptyTail { .. }
        | Warning::FeaturesNotOnAllDates { .. }
        | Warning::NotConverged { .. } => return None,
    };
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(warning: &Warning, language: Language) -> Option<String> {
        caveat(warning, &|id| (id == 3).then_some("Regulars"), language, Currency::Real)
    }

    #[test]
    fn what_matters_to_readers_is_said_in_their_language() {
        let filled = |n| Warning::ValuesFilled { column: "review_last".to_owned(), n, value: 5.0 };
        let english =
            "Of 1,720 customers “Last review” is not known: it counts as 5\u{a0}stars until it is.";
        assert_eq!(said(&filled(1_720), Language::English).unwrap(), english);
        let french = said(&filled(1), Language::French).unwrap();
        assert!(french.starts_with("Pour 1 client, «\u{a0}Dernier avis\u{a0}» n’est"), "{french}");
        let portuguese = said(&filled(2), Language::Portuguese).unwrap();
        assert!(portuguese.starts_with("De 2 clientes não se conhece “"), "{portuguese}");
    }

    #[test]
    fn a_name_that_is_not_used_says_where_its_people_are() {
        let name = |loss| Warning::NameNotUsed { name: "Stars".to_owned(), id: 1, loss };
        let moved = said(&name(NameLoss::Elsewhere(3)), Language::English).unwrap();
        assert!(moved.ends_with("most like “Regulars” now."), "{moved}");
        for unknown in [NameLoss::Unknown, NameLoss::Taken, NameLoss::Elsewhere(4)].map(name) {
            let text = said(&unknown, Language::English).unwrap();
            assert!(text.contains("nobody can tell any more whom"), "{text}");
        }
    }

    #[test]
    fn what_concerns_the_program_is_not_on_the_page() {
        let cells = Warning::CellsDefused { n: 3 };
        assert_eq!(said(&cells, Language::English), None);
    }
}
