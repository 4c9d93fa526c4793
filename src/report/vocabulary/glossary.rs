//! What has to be explained, in ordinary words.

use super::super::locale::Language;
use super::super::words::Phrase;
use crate::segments::Certainty;

/// How sure a segment is, in a word or two.
pub(crate) fn certainty(certainty: Certainty, language: Language) -> String {
    let phrase = Phrase(match certainty {
        Certainty::Firm => ["sure", "fiable", "confiável"],
        Certainty::Fair => ["fairly sure", "plutôt fiable", "razoavelmente confiável"],
        Certainty::Untried => ["not tried", "non vérifié", "não verificado"],
        Certainty::Weak => ["unsure", "peu fiable", "pouco confiável"],
    });
    phrase.text(language)
}

/// What that means for its use.
pub(crate) fn certainty_use(certainty: Certainty, language: Language) -> String {
    let phrase = Phrase(match certainty {
        Certainty::Firm => [
            "Use it for any campaign.",
            "Utilisez-le pour toute campagne.",
            "Use-o em qualquer campanha.",
        ],
        Certainty::Fair => [
            "Use it; before a costly campaign, leave out those of low confidence in the workbook.",
            "Utilisez-le ; avant une campagne coûteuse, écartez ceux dont la netteté est faible dans le classeur.",
            "Use-o; antes de uma campanha cara, deixe de fora os de baixa clareza na planilha.",
        ],
        Certainty::Untried => [
            "Nobody knows yet whether it would be found again: begin with a small campaign.",
            "On ne sait pas encore s’il serait retrouvé : commencez par une petite campagne.",
            "Ainda não se sabe se ele seria reencontrado: comece com uma campanha pequena.",
        ],
        Certainty::Weak => [
            "Do not build a campaign on it alone.",
            "Ne fondez pas une campagne sur lui seul.",
            "Não baseie uma campanha somente nele.",
        ],
    });
    phrase.text(language)
}

/// Terms with what they mean, in the order in which a reader meets them.
pub(crate) fn glossary(language: Language) -> Vec<(String, String)> {
    let terms = TERMS.iter();
    terms.map(|(term, meaning)| (term.text(language), meaning.text(language))).collect()
}

const TERMS: [(Phrase, Phrase); 10] = [
    (
        Phrase(["Segment", "Segment", "Segmento"]),
        Phrase([
            "A group of customers who resemble each other more than they resemble the rest. Every customer is in \
             one segment only.",
            "Un groupe de clients qui se ressemblent plus entre eux qu’ils ne ressemblent aux autres. Chaque \
             client est dans un seul segment.",
            "Um grupo de clientes mais parecidos entre si do que com os demais. Cada cliente está em um só \
             segmento.",
        ]),
    ),
    (
        Phrase([
            "Typical value, middle half",
            "Valeur type, moitié centrale",
            "Valor típico, metade central",
        ]),
        Phrase([
            "Line customers up from the smallest value to the largest: the typical one stands in the middle, and the \
             middle half leaves out the lowest and the highest quarter. Where most customers have the same value, \
             the average is given instead, and called so.",
            "Rangez les clients de la plus petite valeur à la plus grande : la valeur type est celle du milieu, et \
             la moitié centrale écarte les quarts extrêmes. Quand la plupart des clients ont la même valeur, la \
             moyenne est donnée à la place, et le mot le dit.",
            "Coloque os clientes em fila, do menor valor ao maior: o valor típico é o do meio, e a metade central \
             deixa de fora os quartos extremos. Quando a maioria tem o mesmo valor, mostra-se a média, e a palavra \
             o diz.",
        ]),
    ),
    (
        Phrase(["What sets them apart", "Ce qui les distingue", "O que os distingue"]),
        Phrase([
            "The figures in which a segment differs most from all other customers.",
            "Les chiffres par lesquels un segment diffère le plus de tous les autres clients.",
            "Os números em que um segmento mais difere de todos os outros clientes.",
        ]),
    ),
    (
        Phrase(["Borderline customer", "Client à la limite", "Cliente no limite"]),
        Phrase([
            "Somebody who is almost as close to a second segment. A small purchase can move him there.",
            "Un client presque aussi proche d’un deuxième segment. Un petit achat peut l’y faire passer.",
            "Um cliente quase tão próximo de um segundo segmento. Uma pequena compra pode levá-lo para lá.",
        ]),
    ),
    (
        Phrase(["Far from everyone", "Loin de tous", "Longe de todos"]),
        Phrase([
            "A customer so unusual that no segment describes him well, such as a company that buys for resale.",
            "Un client si inhabituel qu’aucun segment ne le décrit bien, par exemple une entreprise qui achète \
             pour revendre.",
            "Um cliente tão incomum que nenhum segmento o descreve bem, como uma empresa que compra para \
             revender.",
        ]),
    ),
    (
        Phrase(["Sure, unsure", "Fiable, peu fiable", "Confiável, pouco confiável"]),
        Phrase([
            "A sure segment is found again when customers are drawn anew by lot, and most of its members are \
             clearly nearer to it than to the next. An unsure one may be an accident of these data.",
            "Un segment fiable se retrouve quand on tire de nouveau les clients au sort, et la plupart de ses membres \
             sont nettement plus proches de lui que du suivant. Un segment peu fiable peut être un hasard de ces \
             données.",
            "Um segmento confiável reaparece quando os clientes são sorteados de novo, e a maioria dos seus membros \
             está claramente mais perto dele que do seguinte. Um segmento pouco confiável pode ser um acaso destes \
             dados.",
        ]),
    ),
    (
        Phrase(["Agreement", "Concordance", "Concordância"]),
        Phrase([
            "How well two groupings of the same customers match: 1 if they are the same, about 0 if they match by \
             chance alone.",
            "À quel point deux regroupements des mêmes clients coïncident : 1 s’ils sont identiques, environ 0 \
             s’ils ne coïncident que par hasard.",
            "Quanto dois agrupamentos dos mesmos clientes coincidem: 1 se são iguais, cerca de 0 se coincidem \
             apenas por acaso.",
        ]),
    ),
    (
        Phrase(["Control group", "Groupe témoin", "Grupo de controle"]),
        Phrase([
            "Customers chosen by lot who do not get the campaign. The difference between them and the others is \
             what the campaign brought.",
            "Des clients tirés au sort qui ne reçoivent pas la campagne. L’écart entre eux et les autres est ce que \
             la campagne a apporté.",
            "Clientes sorteados que não recebem a campanha. A diferença entre eles e os demais é o que a campanha \
             trouxe.",
        ]),
    ),
    (
        Phrase(["Smallest visible effect", "Plus petit effet visible", "Menor efeito visível"]),
        Phrase([
            "What a campaign must change at least to be told from chance in a group of this size. A smaller change \
             may be real, but you will not see it.",
            "Ce qu’une campagne doit changer au minimum pour se distinguer du hasard dans un groupe de cette \
             taille. Un changement plus petit peut être réel, mais il ne se verra pas.",
            "O mínimo que uma campanha precisa mudar para se distinguir do acaso em um grupo deste tamanho. Uma \
             mudança menor pode ser real, mas não será visível.",
        ]),
    ),
    (
        Phrase(["Previous run, moved", "Calcul précédent, a changé", "Cálculo anterior, mudou"]),
        Phrase([
            "The last time segments were given to customers. Whoever was in another segment then has moved.",
            "La dernière fois que des segments ont été attribués aux clients. Qui était alors dans un autre \
             segment a changé.",
            "A última vez em que os clientes receberam segmentos. Quem estava em outro segmento mudou.",
        ]),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn terms_are_few_and_explained_in_sentences() {
        for language in Language::ALL {
            let terms = glossary(language);
            let names: HashSet<&String> = terms.iter().map(|(term, _)| term).collect();
            assert_eq!(names.len(), terms.len());
            for (term, meaning) in &terms {
                assert!(meaning.ends_with('.') && meaning.matches(". ").count() < 2, "{term}");
            }
        }
    }

    #[test]
    fn certainties_differ_and_say_what_to_do() {
        let all = [Certainty::Firm, Certainty::Fair, Certainty::Untried, Certainty::Weak];
        for language in Language::ALL {
            let words: HashSet<String> = all.map(|own| certainty(own, language)).into();
            let uses: HashSet<String> = all.map(|own| certainty_use(own, language)).into();
            assert_eq!((words.len(), uses.len()), (4, 4));
        }
        assert_eq!(certainty(Certainty::Fair, Language::French), "plutôt fiable");
    }
}
