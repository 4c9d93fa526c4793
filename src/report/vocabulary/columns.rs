//! What each column of a table of customers is called, in ordinary words.

use super::super::words::Phrase;

/// What there is to say of a column.
pub(super) struct Column {
    /// Its own name, and what others call it.
    pub(super) names: &'static [&'static str],
    pub(super) topic: Topic,
    pub(super) unit: Unit,
    pub(super) label: Phrase,
    pub(super) help: Phrase,
    /// What customers do who have more than others, after "they".
    pub(super) higher: Phrase,
    pub(super) lower: Phrase,
    /// A value of one customer; `{value}` has its unit.
    pub(super) fact: Phrase,
    /// In the place of `fact` where he has no value.
    pub(super) missing: Option<Phrase>,
}

/// What a column is about. Whoever has told one column of a topic has told them all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Time,
    Frequency,
    Spending,
    BasketSize,
    Satisfaction,
    Reviewing,
    Comments,
    Delivery,
    Failures,
    Freight,
    Instalments,
    Payment,
    Variety,
    Distance,
    Weekend,
}

/// What a column counts.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// Of the shop's currency.
    Amount,
    /// Beyond a promise; negative is before it.
    DaysLate,
    /// Of one.
    Share,
    /// 1 for yes, 0 for no, which is said in these words; a share where it is a mean.
    YesNo(Phrase),
    /// One, and several of it; how many decimals a small number of them has.
    Things([Phrase; 2], usize),
}

const DAYS: Unit =
    Unit::Things([Phrase(["day", "jour", "dia"]), Phrase(["days", "jours", "dias"])], 1);
const PURCHASES: Unit = Unit::Things(
    [Phrase(["purchase", "achat", "compra"]), Phrase(["purchases", "achats", "compras"])],
    2,
);
const ORDERS: Unit = Unit::Things(
    [Phrase(["order", "commande", "pedido"]), Phrase(["orders", "commandes", "pedidos"])],
    2,
);
const ITEMS: Unit =
    Unit::Things([Phrase(["item", "article", "item"]), Phrase(["items", "articles", "itens"])], 2);
const STARS: Unit = Unit::Things(
    [Phrase(["star", "étoile", "estrela"]), Phrase(["stars", "étoiles", "estrelas"])],
    1,
);
const CHARACTERS: Unit = Unit::Things(
    [
        Phrase(["character", "caractère", "caractere"]),
        Phrase(["characters", "caractères", "caracteres"]),
    ],
    0,
);
const INSTALMENTS: Unit = Unit::Things(
    [
        Phrase(["instalment", "mensualité", "parcela"]),
        Phrase(["instalments", "mensualités", "parcelas"]),
    ],
    1,
);
const CATEGORIES: Unit = Unit::Things(
    [
        Phrase(["category", "catégorie", "categoria"]),
        Phrase(["categories", "catégories", "categorias"]),
    ],
    2,
);
const KM: Unit = Unit::Things([Phrase(["km"; 3]); 2], 1);

const MORE_SATISFIED: Phrase =
    Phrase(["are more satisfied", "sont plus satisfaits", "estão mais satisfeitos"]);
const LESS_SATISFIED: Phrase =
    Phrase(["are less satisfied", "sont moins satisfaits", "estão menos satisfeitos"]);
const PLAIN_VALUE: Phrase = Phrase(["{value}"; 3]);
const NO_REVIEW: Phrase = Phrase(["no review yet", "pas encore d’avis", "ainda sem avaliação"]);

/// The features of a history, in the order of its catalog, and what others call them.
pub(super) static COLUMNS: [Column; 27] = [
    Column {
        names: &["recency_days", "recency"],
        topic: Topic::Time,
        unit: DAYS,
        label: Phrase([
            "Days since the last order",
            "Jours depuis la dernière commande",
            "Dias desde o último pedido",
        ]),
        help: Phrase([
            "How many days ago they placed their last order.",
            "Le nombre de jours écoulés depuis leur dernière commande.",
            "Quantos dias se passaram desde o último pedido.",
        ]),
        higher: Phrase([
            "ordered longer ago",
            "ont commandé il y a plus longtemps",
            "compraram há mais tempo",
        ]),
        lower: Phrase([
            "ordered more recently",
            "ont commandé plus récemment",
            "compraram mais recentemente",
        ]),
        fact: Phrase([
            "last order {value} ago",
            "dernière commande il y a {value}",
            "último pedido há {value}",
        ]),
        missing: None,
    },
    Column {
        names: &["recency_rank"],
        topic: Topic::Time,
        unit: Unit::Share,
        label: Phrase([
            "Customers who ordered since",
            "Clients ayant commandé depuis",
            "Clientes que compraram depois",
        ]),
        help: Phrase([
            "The share of all customers whose last order is more recent than theirs.",
            "La part des clients dont la dernière commande est plus récente que la leur.",
            "A parte dos clientes cujo último pedido é mais recente que o deles.",
        ]),
        higher: Phrase([
            "ordered longer ago than most",
            "ont commandé il y a plus longtemps que la plupart",
            "compraram há mais tempo que a maioria",
        ]),
        lower: Phrase([
            "ordered more recently than most",
            "ont commandé plus récemment que la plupart",
            "compraram mais recentemente que a maioria",
        ]),
        fact: Phrase([
            "{value} of customers ordered since",
            "{value} des clients ont commandé depuis",
            "{value} dos clientes compraram depois",
        ]),
        missing: None,
    },
    Column {
        names: &["purchases"],
        topic: Topic::Frequency,
        unit: PURCHASES,
        label: Phrase(["Purchases", "Achats", "Compras"]),
        help: Phrase([
            "How many times they bought; orders placed within 24 hours count as one, failed orders not at all.",
            "Combien de fois ils ont acheté ; des commandes passées en 24 heures comptent pour une, celles \
             qui n’ont pas abouti ne comptent pas.",
            "Quantas vezes compraram; pedidos feitos em 24 horas contam como um só, e os não atendidos não \
             contam.",
        ]),
        higher: Phrase(["bought more often", "ont acheté plus souvent", "compraram mais vezes"]),
        lower: Phrase(["bought less often", "ont acheté moins souvent", "compraram menos vezes"]),
        fact: PLAIN_VALUE,
        missing: None,
    },
    Column {
        names: &["orders", "frequency"],
        topic: Topic::Frequency,
        unit: ORDERS,
        label: Phrase(["Orders", "Commandes", "Pedidos"]),
        help: Phrase([
            "How many orders they placed.",
            "Le nombre de commandes qu’ils ont passées.",
            "Quantos pedidos fizeram.",
        ]),
        higher: Phrase(["ordered more often", "ont commandé plus souvent", "fizeram mais pedidos"]),
        lower: Phrase([
            "ordered less often",
            "ont commandé moins souvent",
            "fizeram menos pedidos",
        ]),
        fact: PLAIN_VALUE,
        missing: None,
    },
    Column {
        names: &["spent"],
        topic: Topic::Spending,
        unit: Unit::Amount,
        label: Phrase(["Spent in all", "Dépense totale", "Gasto total"]),
        help: Phrase([
            "What they have paid in all, delivery included, returns taken off.",
            "Tout ce qu’ils ont dépensé, livraison comprise, retours déduits.",
            "Tudo o que gastaram, com frete e descontadas as devoluções.",
        ]),
        higher: Phrase(["spent more", "ont dépensé plus", "gastaram mais"]),
        lower: Phrase(["spent less", "ont dépensé moins", "gastaram menos"]),
        fact: Phrase(["{value} spent", "{value} d’achats", "{value} em compras"]),
        missing: None,
    },
    Column {
        names: &["monetary", "revenue"],
        topic: Topic::Spending,
        unit: Unit::Amount,
        label: Phrase(["Amount spent", "Montant dépensé", "Valor gasto"]),
        help: Phrase([
            "What they have spent.",
            "Le montant qu’ils ont dépensé.",
            "O valor que gastaram.",
        ]),
        higher: Phrase(["spent more", "ont dépensé plus", "gastaram mais"]),
        lower: Phrase(["spent less", "ont dépensé moins", "gastaram menos"]),
        fact: Phrase(["{value} spent", "{value} d’achats", "{value} em compras"]),
        missing: None,
    },
    Column {
        names: &["basket_mean"],
        topic: Topic::Spending,
        unit: Unit::Amount,
        label: Phrase(["Average basket", "Panier moyen", "Tíquete médio"]),
        help: Phrase([
            "What one purchase cost on average, delivery included.",
            "Ce que coûte en moyenne un de leurs achats, livraison comprise.",
            "Quanto custou, em média, cada compra, com frete.",
        ]),
        higher: Phrase([
            "spent more per purchase",
            "ont dépensé plus par achat",
            "gastaram mais por compra",
        ]),
        lower: Phrase([
            "spent less per purchase",
            "ont dépensé moins par achat",
            "gastaram menos por compra",
        ]),
        fact: Phrase(["{value} per purchase", "{value} par achat", "{value} por compra"]),
        missing: None,
    },
    Column {
        names: &["items_per_order"],
        topic: Topic::BasketSize,
        unit: ITEMS,
        label: Phrase(["Items per order", "Articles par commande", "Itens por pedido"]),
        help: Phrase([
            "How many items one of their orders holds on average.",
            "Le nombre moyen d’articles dans une de leurs commandes.",
            "Quantos itens, em média, há em cada pedido.",
        ]),
        higher: Phrase([
            "put more items in an order",
            "ont pris plus d’articles par commande",
            "levaram mais itens por pedido",
        ]),
        lower: Phrase([
            "put fewer items in an order",
            "ont pris moins d’articles par commande",
            "levaram menos itens por pedido",
        ]),
        fact: Phrase(["{value} per order", "{value} par commande", "{value} por pedido"]),
        missing: None,
    },
    Column {
        names: &["review_last"],
        topic: Topic::Satisfaction,
        unit: STARS,
        label: Phrase(["Last review", "Dernier avis", "Última avaliação"]),
        help: Phrase([
            "The stars of their most recent review, from 1 to 5.",
            "Le nombre d’étoiles de leur avis le plus récent, de 1 à 5.",
            "As estrelas da avaliação mais recente, de 1 a 5.",
        ]),
        higher: MORE_SATISFIED,
        lower: LESS_SATISFIED,
        fact: PLAIN_VALUE,
        missing: Some(NO_REVIEW),
    },
    Column {
        names: &["review_mean"],
        topic: Topic::Satisfaction,
        unit: STARS,
        label: Phrase(["Average review", "Note moyenne", "Nota média"]),
        help: Phrase([
            "The average of the stars they have given, from 1 to 5.",
            "La moyenne des étoiles qu’ils ont données, de 1 à 5.",
            "A média das estrelas que deram, de 1 a 5.",
        ]),
        higher: MORE_SATISFIED,
        lower: LESS_SATISFIED,
        fact: Phrase(["{value} on average", "{value} en moyenne", "{value} em média"]),
        missing: Some(NO_REVIEW),
    },
    Column {
        names: &["review_score"],
        topic: Topic::Satisfaction,
        unit: STARS,
        label: Phrase(["Review", "Avis", "Avaliação"]),
        help: Phrase([
            "The stars they gave, from 1 to 5.",
            "Le nombre d’étoiles qu’ils ont données, de 1 à 5.",
            "As estrelas que deram, de 1 a 5.",
        ]),
        higher: MORE_SATISFIED,
        lower: LESS_SATISFIED,
        fact: PLAIN_VALUE,
        missing: Some(NO_REVIEW),
    },
    Column {
        names: &["review_missing"],
        topic: Topic::Reviewing,
        unit: Unit::YesNo(Phrase(["review given", "avis donné", "avaliação feita"])),
        label: Phrase(["No review yet", "Pas encore d’avis", "Ainda sem avaliação"]),
        help: Phrase([
            "The share of customers who have not reviewed any order so far.",
            "La part des clients qui n’ont encore donné aucun avis.",
            "A parte dos clientes que ainda não avaliaram nenhum pedido.",
        ]),
        higher: Phrase([
            "have more often not given a review yet",
            "sont plus nombreux à n’avoir pas encore donné d’avis",
            "deixaram mais vezes de avaliar",
        ]),
        lower: Phrase([
            "have more often given a review",
            "sont plus nombreux à avoir donné un avis",
            "avaliaram com mais frequência",
        ]),
        fact: NO_REVIEW,
        missing: None,
    },
    Column {
        names: &["comment_share"],
        topic: Topic::Comments,
        unit: Unit::Share,
        label: Phrase([
            "Reviews with a comment",
            "Avis avec commentaire",
            "Avaliações com comentário",
        ]),
        help: Phrase([
            "How many of their reviews say something in words.",
            "La part de leurs avis qui comportent un commentaire écrit.",
            "A parte das avaliações que têm um comentário escrito.",
        ]),
        higher: Phrase([
            "commented more often on their orders",
            "ont commenté plus souvent leurs commandes",
            "comentaram mais os pedidos",
        ]),
        lower: Phrase([
            "commented less often on their orders",
            "ont commenté moins souvent leurs commandes",
            "comentaram menos os pedidos",
        ]),
        fact: Phrase([
            "{value} of reviews with a comment",
            "{value} d’avis avec commentaire",
            "{value} de avaliações com comentário",
        ]),
        missing: Some(NO_REVIEW),
    },
    Column {
        names: &["comment_length"],
        topic: Topic::Comments,
        unit: CHARACTERS,
        label: Phrase([
            "Length of comments",
            "Longueur des commentaires",
            "Tamanho dos comentários",
        ]),
        help: Phrase([
            "How long the comments in their reviews are on average.",
            "La longueur moyenne des commentaires de leurs avis.",
            "O tamanho médio dos comentários nas avaliações.",
        ]),
        higher: Phrase([
            "wrote longer comments",
            "ont écrit des commentaires plus longs",
            "escreveram comentários mais longos",
        ]),
        lower: Phrase([
            "wrote shorter comments, or none",
            "ont écrit des commentaires plus courts, ou aucun",
            "escreveram comentários mais curtos, ou nenhum",
        ]),
        fact: Phrase(["comments of {value}", "commentaires de {value}", "comentários de {value}"]),
        missing: Some(NO_REVIEW),
    },
    Column {
        names: &["delivery_days"],
        topic: Topic::Delivery,
        unit: DAYS,
        label: Phrase(["Delivery time", "Délai de livraison", "Prazo de entrega"]),
        help: Phrase([
            "How many days their orders took to arrive, on average.",
            "Le nombre moyen de jours entre la commande et la livraison.",
            "Quantos dias, em média, os pedidos levaram para chegar.",
        ]),
        higher: Phrase([
            "waited longer for their orders",
            "ont attendu plus longtemps leurs commandes",
            "esperaram mais pelos pedidos",
        ]),
        lower: Phrase([
            "got their orders faster",
            "ont été livrés plus vite",
            "receberam os pedidos mais rápido",
        ]),
        fact: Phrase(["delivered in {value}", "livraison en {value}", "entrega em {value}"]),
        missing: Some(Phrase([
            "nothing delivered yet",
            "rien de livré à ce jour",
            "nada entregue até agora",
        ])),
    },
    Column {
        names: &["delay_days"],
        topic: Topic::Delivery,
        unit: Unit::DaysLate,
        label: Phrase([
            "Delivery against the promise",
            "Livraison par rapport à la promesse",
            "Entrega em relação ao prometido",
        ]),
        help: Phrase([
            "How many days before or after the promised day their orders arrived, on average.",
            "Le nombre moyen de jours d’avance ou de retard sur la date de livraison promise.",
            "Quantos dias, em média, os pedidos chegaram antes ou depois da data prometida.",
        ]),
        higher: Phrase([
            "got their orders later, measured by the promised date",
            "ont été livrés plus tard par rapport à la date promise",
            "receberam os pedidos mais tarde em relação à data prometida",
        ]),
        lower: Phrase([
            "got their orders earlier, measured by the promised date",
            "ont été livrés plus tôt par rapport à la date promise",
            "receberam os pedidos mais cedo em relação à data prometida",
        ]),
        fact: PLAIN_VALUE,
        missing: Some(Phrase([
            "nothing due yet",
            "aucune livraison échue",
            "nenhuma entrega vencida",
        ])),
    },
    Column {
        names: &["failed_share"],
        topic: Topic::Failures,
        unit: Unit::Share,
        label: Phrase(["Failed orders", "Commandes non abouties", "Pedidos não atendidos"]),
        help: Phrase([
            "The share of their orders that were cancelled or could not be supplied.",
            "La part de leurs commandes annulées ou indisponibles.",
            "A parte dos pedidos cancelados ou indisponíveis.",
        ]),
        higher: Phrase([
            "had more orders fail",
            "ont eu plus de commandes non abouties",
            "tiveram mais pedidos não atendidos",
        ]),
        lower: Phrase([
            "had fewer orders fail",
            "ont eu moins de commandes non abouties",
            "tiveram menos pedidos não atendidos",
        ]),
        fact: Phrase([
            "{value} of orders failed",
            "{value} de commandes non abouties",
            "{value} de pedidos não atendidos",
        ]),
        missing: None,
    },
    Column {
        names: &["freight_share"],
        topic: Topic::Freight,
        unit: Unit::Share,
        label: Phrase(["Delivery cost in the bill", "Part des frais de port", "Peso do frete"]),
        help: Phrase([
            "How much of what they paid went to delivery.",
            "La part de leurs dépenses qui paie la livraison.",
            "A parte do valor pago que foi para o frete.",
        ]),
        higher: Phrase([
            "paid a larger part for delivery",
            "ont payé plus de frais de port, en proportion",
            "pagaram mais frete, em proporção",
        ]),
        lower: Phrase([
            "paid a smaller part for delivery",
            "ont payé moins de frais de port, en proportion",
            "pagaram menos frete, em proporção",
        ]),
        fact: Phrase([
            "{value} of the bill for delivery",
            "{value} de frais de port",
            "{value} de frete",
        ]),
        missing: None,
    },
    Column {
        names: &["installments"],
        topic: Topic::Instalments,
        unit: INSTALMENTS,
        label: Phrase(["Instalments", "Mensualités", "Parcelas"]),
        help: Phrase([
            "In how many monthly payments they pay an order, on average.",
            "Le nombre moyen de mensualités par commande.",
            "Em quantas parcelas pagam um pedido, em média.",
        ]),
        higher: Phrase([
            "paid in more instalments",
            "ont payé en plus de mensualités",
            "pagaram em mais parcelas",
        ]),
        lower: Phrase([
            "paid in fewer instalments",
            "ont payé en moins de mensualités",
            "pagaram em menos parcelas",
        ]),
        fact: Phrase(["paid in {value}", "paiement en {value}", "pagamento em {value}"]),
        missing: None,
    },
    Column {
        names: &["card_share"],
        topic: Topic::Payment,
        unit: Unit::Share,
        label: Phrase([
            "Paid by credit card",
            "Payé par carte de crédit",
            "Pago com cartão de crédito",
        ]),
        help: Phrase([
            "How much of their spending was paid by credit card.",
            "La part de leurs dépenses réglée par carte de crédit.",
            "A parte dos gastos paga com cartão de crédito.",
        ]),
        higher: Phrase([
            "paid more by credit card",
            "ont plus payé par carte de crédit",
            "pagaram mais com cartão de crédito",
        ]),
        lower: Phrase([
            "paid less by credit card",
            "ont moins payé par carte de crédit",
            "pagaram menos com cartão de crédito",
        ]),
        fact: Phrase([
            "{value} paid by credit card",
            "{value} par carte de crédit",
            "{value} no cartão de crédito",
        ]),
        missing: None,
    },
    Column {
        names: &["boleto_share"],
        topic: Topic::Payment,
        unit: Unit::Share,
        label: Phrase(["Paid by boleto", "Payé par boleto", "Pago com boleto"]),
        help: Phrase([
            "How much of their spending was paid by boleto, the Brazilian bank slip.",
            "La part de leurs dépenses réglée par boleto, le bordereau bancaire brésilien.",
            "A parte dos gastos paga com boleto bancário.",
        ]),
        higher: Phrase([
            "paid more by boleto",
            "ont plus payé par boleto",
            "pagaram mais com boleto",
        ]),
        lower: Phrase([
            "paid less by boleto",
            "ont moins payé par boleto",
            "pagaram menos com boleto",
        ]),
        fact: Phrase(["{value} paid by boleto", "{value} par boleto", "{value} no boleto"]),
        missing: None,
    },
    Column {
        names: &["voucher_share"],
        topic: Topic::Payment,
        unit: Unit::Share,
        label: Phrase(["Paid by voucher", "Payé en bons d’achat", "Pago com vale-compras"]),
        help: Phrase([
            "How much of their spending was paid with vouchers.",
            "La part de leurs dépenses réglée en bons d’achat.",
            "A parte dos gastos paga com vale-compras.",
        ]),
        higher: Phrase([
            "paid more with vouchers",
            "ont plus payé en bons d’achat",
            "pagaram mais com vale-compras",
        ]),
        lower: Phrase([
            "paid less with vouchers",
            "ont moins payé en bons d’achat",
            "pagaram menos com vale-compras",
        ]),
        fact: Phrase([
            "{value} paid by voucher",
            "{value} en bons d’achat",
            "{value} em vale-compras",
        ]),
        missing: None,
    },
    Column {
        names: &["debit_share"],
        topic: Topic::Payment,
        unit: Unit::Share,
        label: Phrase([
            "Paid by debit card",
            "Payé par carte de débit",
            "Pago com cartão de débito",
        ]),
        help: Phrase([
            "How much of their spending was paid by debit card.",
            "La part de leurs dépenses réglée par carte de débit.",
            "A parte dos gastos paga com cartão de débito.",
        ]),
        higher: Phrase([
            "paid more by debit card",
            "ont plus payé par carte de débit",
            "pagaram mais com cartão de débito",
        ]),
        lower: Phrase([
            "paid less by debit card",
            "ont moins payé par carte de débit",
            "pagaram menos com cartão de débito",
        ]),
        fact: Phrase([
            "{value} paid by debit card",
            "{value} par carte de débit",
            "{value} no cartão de débito",
        ]),
        missing: None,
    },
    Column {
        names: &["categories"],
        topic: Topic::Variety,
        unit: CATEGORIES,
        label: Phrase(["Product categories", "Catégories de produits", "Categorias de produtos"]),
        help: Phrase([
            "From how many different product categories they bought.",
            "Dans combien de catégories de produits différentes ils ont acheté.",
            "Em quantas categorias diferentes de produtos compraram.",
        ]),
        higher: Phrase([
            "bought from more categories",
            "ont acheté dans plus de catégories",
            "compraram em mais categorias",
        ]),
        lower: Phrase([
            "bought from fewer categories",
            "ont acheté dans moins de catégories",
            "compraram em menos categorias",
        ]),
        fact: PLAIN_VALUE,
        missing: None,
    },
    Column {
        names: &["distance_km"],
        topic: Topic::Distance,
        unit: KM,
        label: Phrase([
            "Distance to the sellers",
            "Distance aux vendeurs",
            "Distância dos vendedores",
        ]),
        help: Phrase([
            "How far they live from the sellers they bought from, on average.",
            "La distance moyenne entre leur domicile et les vendeurs.",
            "A distância média entre onde moram e os vendedores.",
        ]),
        higher: Phrase([
            "live farther from the sellers",
            "habitent plus loin des vendeurs",
            "moram mais longe dos vendedores",
        ]),
        lower: Phrase([
            "live closer to the sellers",
            "habitent plus près des vendeurs",
            "moram mais perto dos vendedores",
        ]),
        fact: Phrase([
            "{value} from the sellers",
            "à {value} des vendeurs",
            "a {value} dos vendedores",
        ]),
        missing: None,
    },
    Column {
        names: &["tenure_days"],
        topic: Topic::Time,
        unit: DAYS,
        label: Phrase([
            "Days since the first order",
            "Jours depuis la première commande",
            "Dias desde o primeiro pedido",
        ]),
        help: Phrase([
            "How many days ago they placed their first order.",
            "Le nombre de jours écoulés depuis leur première commande.",
            "Quantos dias se passaram desde o primeiro pedido.",
        ]),
        higher: Phrase([
            "have been customers for longer",
            "sont clients depuis plus longtemps",
            "são clientes há mais tempo",
        ]),
        lower: Phrase([
            "became customers more recently",
            "sont clients depuis moins longtemps",
            "são clientes há menos tempo",
        ]),
        fact: Phrase([
            "first order {value} ago",
            "première commande il y a {value}",
            "primeiro pedido há {value}",
        ]),
        missing: None,
    },
    Column {
        names: &["weekend_share"],
        topic: Topic::Weekend,
        unit: Unit::Share,
        label: Phrase(["Weekend orders", "Commandes du week-end", "Pedidos no fim de semana"]),
        help: Phrase([
            "The share of their orders placed on a Saturday or a Sunday.",
            "La part de leurs commandes passées un samedi ou un dimanche.",
            "A parte dos pedidos feitos em um sábado ou domingo.",
        ]),
        higher: Phrase([
            "order more at weekends",
            "commandent plus souvent le week-end",
            "compram mais nos fins de semana",
        ]),
        lower: Phrase([
            "order less at weekends",
            "commandent moins souvent le week-end",
            "compram menos nos fins de semana",
        ]),
        fact: Phrase([
            "{value} of orders at weekends",
            "{value} de commandes le week-end",
            "{value} de pedidos no fim de semana",
        ]),
        missing: None,
    },
];

/// What is said of customers in words: its name, label and help.
pub(super) static DESCRIPTORS: [(&str, Phrase, Phrase); 2] = [
    (
        "state",
        Phrase(["State", "État", "Estado"]),
        Phrase(["The state they live in.", "L’État où ils habitent.", "O estado onde moram."]),
    ),
    (
        "top_category",
        Phrase(["Favourite category", "Catégorie préférée", "Categoria preferida"]),
        Phrase([
            "The product category they bought most from.",
            "La catégorie de produits où ils ont le plus acheté.",
            "A categoria de produtos em que mais compraram.",
        ]),
    ),
];

/// What is known of a column called so.
pub(super) fn known(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.names.contains(&name))
}
