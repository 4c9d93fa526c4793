//! What to do about a segment.

use super::super::locale::Language;
use super::super::words::Phrase;
use crate::segments::Action;

/// An action, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// What it is, in the imperative.
    pub(crate) title: String,
    /// What to do.
    pub(crate) steps: String,
    /// What not to do.
    pub(crate) avoid: String,
    /// What tells whether it worked.
    pub(crate) measure: String,
}

/// What an action asks for.
pub(crate) fn advice(action: Action, language: Language) -> Advice {
    let [title, steps, avoid, measure] = words(action).map(|phrase| phrase.text(language));
    Advice { title, steps, avoid, measure }
}

/// How long an action can wait, from [`Action::urgency`].
pub(crate) fn urgency(urgency: u8, language: Language) -> String {
    let phrase = Phrase(match urgency {
        0 => ["this week", "cette semaine", "esta semana"],
        1 => ["this month", "ce mois-ci", "este mês"],
        _ => ["this quarter", "ce trimestre", "este trimestre"],
    });
    phrase.text(language)
}

/// Title, steps, what to avoid, what to measure.
fn words(action: Action) -> [Phrase; 4] {
    match action {
        Action::RepairOrder => [
            Phrase([
                "Make good for the failed order",
                "Réparez la commande non aboutie",
                "Compense o pedido não atendido",
            ]),
            Phrase([
                "Apologise and confirm that the money has been paid back. Offer the same product from another \
                 seller, with free delivery.",
                "Présentez vos excuses et confirmez le remboursement. Proposez le même produit chez un autre \
                 vendeur, livraison offerte.",
                "Peça desculpas e confirme o reembolso. Ofereça o mesmo produto de outro vendedor, com frete \
                 grátis.",
            ]),
            Phrase([
                "Do not promote anything before they have their money back.",
                "N’envoyez aucune promotion avant que le remboursement soit arrivé.",
                "Não envie promoções antes que o reembolso tenha chegado.",
            ]),
            Phrase([
                "Share who receive an order within 90 days",
                "Part qui reçoit une commande sous 90 jours",
                "Parte dos clientes que recebem um pedido em 90 dias",
            ]),
        ],
        Action::ExplainDelay => [
            Phrase([
                "Apologise for the late delivery",
                "Excusez-vous du retard de livraison",
                "Peça desculpas pelo atraso",
            ]),
            Phrase([
                "Say what went wrong and where the order is now, in a personal message with someone to turn to. \
                 Once it has arrived, ask in two questions how they see it.",
                "Dites ce qui s’est passé et où en est la commande, dans un message personnel avec un contact. \
                 Une fois la commande arrivée, demandez leur avis en deux questions.",
                "Explique o que aconteceu e onde está o pedido, em uma mensagem pessoal com um contato. Depois da \
                 entrega, peça a opinião deles em duas perguntas.",
            ]),
            Phrase([
                "Do not promote anything to people whose order has not arrived.",
                "N’envoyez aucune promotion à un client qui attend encore sa commande.",
                "Não envie promoções a quem ainda espera o pedido.",
            ]),
            Phrase([
                "Complaints per 100 orders, and share who order again within 90 days",
                "Réclamations pour 100 commandes, et part qui commande à nouveau sous 90 jours",
                "Reclamações por 100 pedidos e parte que volta a comprar em 90 dias",
            ]),
        ],
        Action::Recover => [
            Phrase([
                "Find out what went wrong, and fix it",
                "Comprenez le problème et réglez-le",
                "Descubra o que deu errado e resolva",
            ]),
            Phrase([
                "Apologise and ask two questions, signed by a person; answer every reply within two days. Offer a \
                 voucher only once the problem is solved.",
                "Présentez vos excuses et posez deux questions, dans un message signé d’une personne ; répondez à \
                 chacun sous deux jours. N’offrez un bon d’achat qu’une fois le problème réglé.",
                "Peça desculpas e faça duas perguntas, em mensagem assinada por uma pessoa; responda a todos em \
                 dois dias. Ofereça um vale-compras só depois de resolver o problema.",
            ]),
            Phrase([
                "Do not begin with a discount: it shows that nobody listened.",
                "Ne commencez pas par une remise : elle montre que personne n’a écouté.",
                "Não comece com um desconto: isso mostra que ninguém ouviu.",
            ]),
            Phrase([
                "Share of problems solved, and stars of the next review",
                "Part des problèmes réglés, et étoiles de l’avis suivant",
                "Parte dos problemas resolvidos e estrelas da próxima avaliação",
            ]),
        ],
        Action::WinBackOnce => [
            Phrase([
                "Write once more, then let them go",
                "Écrivez une dernière fois, puis cessez",
                "Escreva uma última vez e pare",
            ]),
            Phrase([
                "Send one message that apologises, says what is better now and makes one offer. Take those who do \
                 not react off your lists.",
                "Envoyez un seul message : des excuses, ce qui s’est amélioré depuis, une offre. Retirez de vos \
                 listes ceux qui ne réagissent pas.",
                "Envie uma única mensagem: desculpas, o que melhorou desde então e uma oferta. Retire das listas \
                 quem não reagir.",
            ]),
            Phrase([
                "Do not write to them again and again: mail to old addresses makes all your mail look like spam.",
                "Ne multipliez pas les envois : écrire à d’anciennes adresses fait passer tous vos messages pour \
                 indésirables.",
                "Não insista: escrever para endereços antigos faz todas as suas mensagens parecerem spam.",
            ]),
            Phrase([
                "Share who order within 30 days of the message, and share who unsubscribe",
                "Part qui commande sous 30 jours après le message, et part des désabonnements",
                "Parte que compra em até 30 dias após a mensagem e parte que cancela a inscrição",
            ]),
        ],
        Action::AskReview => [
            Phrase(["Ask for a review", "Demandez un avis", "Peça uma avaliação"]),
            Phrase([
                "A few days after the order has arrived, ask for stars that take one click. Remind them once, a \
                 week later.",
                "Quelques jours après la livraison, demandez une note en un clic. Relancez une seule fois, une \
                 semaine plus tard.",
                "Alguns dias após a entrega, peça uma nota com um clique. Lembre uma única vez, uma semana \
                 depois.",
            ]),
            Phrase([
                "Do not ask before the order has arrived, and do not pay for stars.",
                "Ne demandez rien avant la livraison, et ne payez pas les étoiles.",
                "Não peça antes da entrega e não pague por estrelas.",
            ]),
            Phrase([
                "Share of orders with a review 30 days after delivery",
                "Part des commandes avec avis 30 jours après la livraison",
                "Parte dos pedidos com avaliação 30 dias após a entrega",
            ]),
        ],
        Action::AskWhatWasMissing => [
            Phrase([
                "Ask what was missing for five stars",
                "Demandez ce qui manquait pour 5 étoiles",
                "Pergunte o que faltou para 5 estrelas",
            ]),
            Phrase([
                "Ask one open question about their last order. Pass the answers on to sellers and to delivery \
                 every month.",
                "Posez une seule question ouverte sur la dernière commande. Transmettez les réponses chaque mois \
                 aux vendeurs et à la livraison.",
                "Faça uma única pergunta aberta sobre o último pedido. Repasse as respostas todo mês aos \
                 vendedores e à entrega.",
            ]),
            Phrase([
                "Do not take silence for satisfaction, and do not send a voucher in place of the question.",
                "Ne prenez pas le silence pour de la satisfaction, et n’envoyez pas un bon d’achat à la place de \
                 la question.",
                "Não tome o silêncio por satisfação nem envie um vale-compras no lugar da pergunta.",
            ]),
            Phrase([
                "Share who answer, and stars of the next review",
                "Part qui répond, et étoiles de l’avis suivant",
                "Parte que responde e estrelas da próxima avaliação",
            ]),
        ],
        Action::RewardRegulars => [
            Phrase([
                "Reward those who come back",
                "Récompensez ceux qui reviennent",
                "Recompense quem volta",
            ]),
            Phrase([
                "Give them what others do not get: new products first, a contact of their own, free delivery as a \
                 thank-you. Invite them to recommend you.",
                "Offrez-leur ce que les autres n’ont pas : les nouveautés en premier, un contact attitré, la \
                 livraison en remerciement. Invitez-les à vous recommander.",
                "Ofereça o que os outros não têm: novidades primeiro, um contato próprio, frete grátis como \
                 agradecimento. Convide-os a indicar a loja.",
            ]),
            Phrase([
                "Do not send them general discounts: they would buy anyway.",
                "N’envoyez pas de remises générales : ils achèteraient de toute façon.",
                "Não envie descontos gerais: eles comprariam de qualquer forma.",
            ]),
            Phrase([
                "Orders per customer over 12 months",
                "Commandes par client sur 12 mois",
                "Pedidos por cliente em 12 meses",
            ]),
        ],
        Action::BringRegularsBack => [
            Phrase([
                "Bring former regulars back",
                "Faites revenir les anciens fidèles",
                "Traga de volta os clientes fiéis",
            ]),
            Phrase([
                "Remind them of what they bought and show what is new in their favourite category. Ask those who \
                 do not react what has changed.",
                "Rappelez ce qu’ils ont acheté et montrez les nouveautés de leur catégorie préférée. Demandez à \
                 ceux qui ne réagissent pas ce qui a changé.",
                "Lembre o que compraram e mostre as novidades da categoria preferida. Pergunte a quem não reagir o \
                 que mudou.",
            ]),
            Phrase([
                "Do not write to them as if they were new.",
                "Ne leur écrivez pas comme à de nouveaux clients.",
                "Não escreva como se fossem clientes novos.",
            ]),
            Phrase([
                "Share of former regulars who order within 90 days",
                "Part des anciens fidèles qui commandent sous 90 jours",
                "Parte dos antigos fiéis que compram em 90 dias",
            ]),
        ],
        Action::LookAfter => [
            Phrase([
                "Look after those who spend much",
                "Soignez ceux qui dépensent beaucoup",
                "Cuide de quem gasta muito",
            ]),
            Phrase([
                "Offer payment in instalments on large baskets, a personal contact and delivery on a chosen day. \
                 Show what goes with what they bought.",
                "Proposez le paiement en plusieurs fois pour les gros paniers, un contact personnel et la \
                 livraison au jour choisi. Montrez ce qui complète leur achat.",
                "Ofereça parcelamento em compras grandes, contato pessoal e entrega em dia escolhido. \
                 Mostre o que combina com o que compraram.",
            ]),
            Phrase([
                "Do not lower their prices with a discount for everybody: what counts here is service.",
                "Ne baissez pas leurs prix par une remise pour tous : ici, c’est le service qui compte.",
                "Não baixe os preços com um desconto para todos: aqui, o que conta é o atendimento.",
            ]),
            Phrase([
                "Revenue per customer over 6 months",
                "Chiffre d’affaires par client sur 6 mois",
                "Faturamento por cliente em 6 meses",
            ]),
        ],
        Action::ReactivateBigSpenders => [
            Phrase([
                "Bring big spenders back",
                "Faites revenir les gros paniers",
                "Traga de volta quem gastou muito",
            ]),
            Phrase([
                "Send a personal choice of new products from the category they bought from, payable in \
                 instalments. Follow up once with a limited offer.",
                "Envoyez une sélection personnelle de nouveautés de la catégorie achetée, payables en plusieurs \
                 fois. Relancez une fois avec une offre limitée.",
                "Envie uma seleção pessoal de novidades da categoria comprada, com parcelamento. Reforce uma vez \
                 com uma oferta por tempo limitado.",
            ]),
            Phrase([
                "Do not try small promotions that do not match what they used to spend.",
                "N’essayez pas de petites promotions sans rapport avec ce qu’ils dépensaient.",
                "Não tente pequenas promoções que não combinam com o que gastavam.",
            ]),
            Phrase([
                "Revenue within 90 days per customer written to",
                "Chiffre d’affaires sous 90 jours par client contacté",
                "Faturamento em 90 dias por cliente contatado",
            ]),
        ],
        Action::SecondOrder => [
            Phrase([
                "Win the second order",
                "Obtenez la deuxième commande",
                "Conquiste o segundo pedido",
            ]),
            Phrase([
                "Offer a product that goes with the last order, for a limited time; begin with those who ordered \
                 last.",
                "Proposez un produit qui complète la dernière commande, pour une durée limitée ; commencez par ceux \
                 qui ont commandé en dernier.",
                "Ofereça um produto que combine com o último pedido, por tempo limitado; comece por quem comprou por \
                 último.",
            ]),
            Phrase([
                "Do not write to anybody before the last order has arrived.",
                "N’écrivez à personne avant que la dernière commande soit arrivée.",
                "Não escreva a ninguém antes que o último pedido tenha chegado.",
            ]),
            Phrase([
                "Share who order again within 90 days",
                "Part qui commande à nouveau sous 90 jours",
                "Parte que volta a comprar em 90 dias",
            ]),
        ],
        Action::GrowBasket => [
            Phrase([
                "Make small baskets bigger",
                "Agrandissez les petits paniers",
                "Aumente as compras pequenas",
            ]),
            Phrase([
                "Offer free delivery from an amount a little above what they usually spend, and show small things \
                 that go with the basket.",
                "Offrez la livraison à partir d’un montant un peu au-dessus de leur panier habituel, et montrez de \
                 petits articles qui le complètent.",
                "Ofereça frete grátis a partir de um valor um pouco acima do gasto habitual e mostre itens pequenos \
                 que completam a compra.",
            ]),
            Phrase([
                "Do not deliver every small order for free: it can cost more than it earns.",
                "N’offrez pas la livraison de toutes les petites commandes : elle peut coûter plus qu’elle ne \
                 rapporte.",
                "Não dê frete grátis em qualquer pedido pequeno: pode custar mais do que rende.",
            ]),
            Phrase([
                "Average basket, and margin per order",
                "Panier moyen, et marge par commande",
                "Tíquete médio e margem por pedido",
            ]),
        ],
        Action::StayInTouch => [
            Phrase(["Stay in touch", "Gardez le contact", "Mantenha contato"]),
            Phrase([
                "Write once or twice a month, with products from the category they bought from.",
                "Écrivez une ou deux fois par mois, avec des produits de la catégorie achetée.",
                "Escreva uma ou duas vezes por mês, com produtos da categoria comprada.",
            ]),
            Phrase([
                "Do not write every week, and do not buy advertising for them.",
                "N’écrivez pas chaque semaine, et n’achetez pas de publicité pour eux.",
                "Não escreva toda semana nem compre anúncios para eles.",
            ]),
            Phrase([
                "Share who click, and unsubscribe, per message",
                "Part de clics et de désabonnements par message",
                "Parte que clica e parte que cancela a inscrição, por mensagem",
            ]),
        ],
        Action::Reactivate => [
            Phrase([
                "Wake up those who fell asleep",
                "Réveillez les clients endormis",
                "Desperte os clientes adormecidos",
            ]),
            Phrase([
                "Send two or three messages over a month: what is new, what others liked, then one offer with an \
                 end date.",
                "Envoyez deux ou trois messages en un mois : les nouveautés, ce que d’autres ont aimé, puis une \
                 offre à durée limitée.",
                "Envie duas ou três mensagens em um mês: as novidades, o que outros gostaram e, por fim, uma \
                 oferta com prazo.",
            ]),
            Phrase([
                "Do not go on after three messages without an answer, and do not offer a discount in the first.",
                "Ne continuez pas après trois messages sans réaction, et n’offrez pas de remise dès le premier.",
                "Não continue após três mensagens sem reação nem ofereça desconto já na primeira.",
            ]),
            Phrase([
                "Share who order within 60 days, against a control group",
                "Part qui commande sous 60 jours, face à un groupe témoin",
                "Parte que compra em 60 dias, em comparação com um grupo de controle",
            ]),
        ],
        Action::SeasonalOnly => [
            Phrase([
                "Write at the big dates only",
                "N’écrivez qu’aux grandes dates",
                "Escreva só nas grandes datas",
            ]),
            Phrase([
                "Keep them for two or three dates a year, such as Black Friday and Christmas, and use the cheapest \
                 channel.",
                "Réservez-les à deux ou trois dates par an, comme le Black Friday et Noël, par le moyen le moins \
                 cher.",
                "Reserve-os para duas ou três datas por ano, como Black Friday e Natal, pelo canal mais barato.",
            ]),
            Phrase([
                "Do not overspend: a small basket rarely pays for advertising, and old addresses harm your mail.",
                "Ne dépensez pas trop : un petit panier paie rarement une publicité, et les vieilles adresses \
                 nuisent à vos envois.",
                "Não gaste demais: uma compra pequena raramente paga um anúncio, e endereços antigos prejudicam \
                 seus envios.",
            ]),
            Phrase([
                "Margin of the campaign, less what it cost",
                "Marge de la campagne, moins son coût",
                "Margem da campanha, menos o custo",
            ]),
        ],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_action_says_something_of_its_own() {
        for language in Language::ALL {
            let all = Action::ALL.map(|action| advice(action, language));
            type Part = fn(&Advice) -> &String;
            let parts: [Part; 4] = [|a| &a.title, |a| &a.steps, |a| &a.avoid, |a| &a.measure];
            for part in parts {
                let texts: HashSet<&String> = all.iter().map(part).collect();
                assert_eq!(texts.len(), Action::ALL.len());
            }
            for advice in &all {
                assert!(advice.title.chars().count() <= 45, "{}", advice.title);
                assert!(advice.steps.matches(". ").count() < 2, "{}", advice.steps);
                assert_eq!(advice.avoid.matches(['.', '!']).count(), 1, "{}", advice.avoid);
                assert!(advice.steps.ends_with('.') && advice.avoid.ends_with('.'));
                assert!(!advice.measure.ends_with('.') && !advice.title.ends_with('.'));
            }
            let urgencies: HashSet<String> = (0..3).map(|n| urgency(n, language)).collect();
            assert_eq!(urgencies.len(), 3);
        }
    }

    #[test]
    fn what_is_said_of_a_first_order() {
        let said = Language::ALL.map(|language| advice(Action::SecondOrder, language).title);
        assert_eq!(
            said,
            ["Win the second order", "Obtenez la deuxième commande", "Conquiste o segundo pedido"]
        );
        let french = advice(Action::Recover, Language::French).avoid;
        assert!(french.contains("une remise\u{a0}: elle"), "{french}");
        assert_eq!(urgency(1, Language::French), "ce mois-ci");
    }
}
