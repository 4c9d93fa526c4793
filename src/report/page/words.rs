//! What the page itself says, in each language; what it says of segments and columns is vocabulary.

use super::super::words::{Counted, Phrase};

pub(super) const TITLE: Phrase =
    Phrase(["Customer segments", "Segments de clients", "Segmentos de clientes"]);
pub(super) const SUBTITLE: Phrase = Phrase([
    "{customers} in {groups}: who they are, how many, what to do, and how sure one can be.",
    "{customers} en {groups} : qui ils sont, combien, que faire, et avec quelle certitude.",
    "{customers} em {groups}: quem são, quantos, o que fazer e com que certeza.",
]);
pub(super) const SUBTITLE_ON: Phrase = Phrase([
    "{customers} as of {day}, in {groups}: who they are, how many, what to do, and how sure one can be.",
    "{customers} au {day}, en {groups} : qui ils sont, combien, que faire, et avec quelle certitude.",
    "{customers} em {day}, em {groups}: quem são, quantos, o que fazer e com que certeza.",
]);
pub(super) const N_CUSTOMERS: Counted = Counted(
    Phrase(["{n} customer", "{n} client", "{n} cliente"]),
    Phrase(["{n} customers", "{n} clients", "{n} clientes"]),
);
pub(super) const N_GROUPS: Counted = Counted(
    Phrase(["{n} group", "{n} groupe", "{n} grupo"]),
    Phrase(["{n} groups", "{n} groupes", "{n} grupos"]),
);
pub(super) const UNASSIGNED: Counted = Counted(
    Phrase([
        "{n} customer is in no segment, because a value that the segmentation needs is missing.",
        "{n} client n’est dans aucun segment, faute d’une valeur nécessaire à la segmentation.",
        "{n} cliente não está em nenhum segmento, pois falta um valor de que a segmentação precisa.",
    ]),
    Phrase([
        "{n} customers are in no segment, because a value that the segmentation needs is missing.",
        "{n} clients ne sont dans aucun segment, faute d’une valeur nécessaire à la segmentation.",
        "{n} clientes não estão em nenhum segmento, pois falta um valor de que a segmentação precisa.",
    ]),
);

/// What the template asks for by name.
pub(super) const PAGE: [(&str, Phrase); 43] = [
    ("colon", Phrase([": ", " : ", ": "])),
    ("semicolon", Phrase(["; ", " ; ", "; "])),
    ("skip", Phrase(["To the content", "Aller au contenu", "Ir para o conteúdo"])),
    ("at_a_glance", Phrase(["At a glance", "En un coup d’œil", "Em resumo"])),
    ("filter", Phrase(["Filter", "Filtrer", "Filtrar"])),
    ("shown", Phrase(["shown", "affichés", "exibidos"])),
    ("of", Phrase(["of", "sur", "de"])),
    ("priority", Phrase(["Priority", "Priorité", "Prioridade"])),
    ("segment", SEGMENT),
    ("customers", CUSTOMERS),
    ("share", SHARE),
    ("revenue_share", REVENUE_SHARE),
    (
        "since_before",
        Phrase(["Since the last run", "Depuis la fois précédente", "Desde a vez anterior"]),
    ),
    ("what_to_do", Phrase(["What to do", "Que faire", "O que fazer"])),
    ("when", Phrase(["When", "Quand", "Quando"])),
    ("how_sure", Phrase(["How sure?", "Certitude", "Certeza"])),
    ("segments", Phrase(["The segments", "Les segments", "Os segmentos"])),
    ("do", Phrase(["Do", "À faire", "Fazer"])),
    ("dont", Phrase(["Do not", "À éviter", "Evitar"])),
    ("kpi", Phrase(["Measure", "À mesurer", "Medir"])),
    ("campaign", Phrase(["Campaign file", "Fichier de campagne", "Arquivo de campanha"])),
    ("to_contact", Phrase(["to contact", "à contacter", "para contatar"])),
    (
        "held_back",
        Phrase([
            "held back to compare with",
            "mis de côté pour comparer",
            "reservados para comparação",
        ]),
    ),
    ("typical_values", Phrase(["Typical values", "Valeurs habituelles", "Valores típicos"])),
    ("feature", FEATURE),
    ("typical", TYPICAL),
    ("middle_half", Phrase(["Middle half", "Moitié centrale", "Metade central"])),
    ("everyone", Phrase(["All customers", "Tous les clients", "Todos os clientes"])),
    (
        "not_used",
        Phrase([
            "describes only: the segments were not made of it",
            "à titre descriptif : n’a pas servi à former les segments",
            "apenas descreve: os segmentos não foram feitos com isso",
        ]),
    ),
    ("pictures", Phrase(["Pictures", "Graphiques", "Gráficos"])),
    ("figures", Phrase(["The figures", "Les chiffres", "Os números"])),
    (
        "logic",
        Phrase([
            "Why somebody is where",
            "Pourquoi un client est là",
            "Por que alguém está onde está",
        ]),
    ),
    (
        "logic_exact",
        Phrase([
            "Each customer belongs to the segment whose typical member they are most like, all \
             figures in the table taken together. The rules below say nearly the same in plain words.",
            "Chaque client appartient au segment dont le membre type lui ressemble le plus, tous les \
             critères pris ensemble. Les règles ci-dessous disent presque la même chose en clair.",
            "Cada cliente pertence ao segmento cujo membro típico mais se parece com ele, todos os \
             critérios considerados juntos. As regras abaixo dizem quase o mesmo em palavras simples.",
        ]),
    ),
    (
        "logic_files",
        Phrase([
            "The same for a database or a program:",
            "La même chose pour une base de données ou un programme :",
            "O mesmo para um banco de dados ou um programa:",
        ]),
    ),
    ("new_customers", Phrase(["New customers", "Nouveaux clients", "Novos clientes"])),
    ("to_merge", Phrase(["Could be one", "À réunir ?", "Poderiam ser um só"])),
    ("notes", Phrase(["To know", "À savoir", "A saber"])),
    ("glossary", Phrase(["Words", "Lexique", "Glossário"])),
    ("how_long", Phrase(["How long it lasts", "Pour combien de temps", "Por quanto tempo"])),
    (
        "proposal",
        Phrase([
            "What keeping them costs",
            "Ce que coûte leur entretien",
            "Quanto custa mantê-los",
        ]),
    ),
    ("sorted_by", Phrase(["Sort by", "Trier par", "Ordenar por"])),
    ("scroll", Phrase(["can be scrolled sideways", "défilement horizontal", "rolagem horizontal"])),
    ("states", Phrase(["Where and what", "Où et quoi", "Onde e o quê"])),
];

pub(super) const SEGMENT: Phrase = Phrase(["Segment", "Segment", "Segmento"]);
pub(super) const CUSTOMERS: Phrase = Phrase(["Customers", "Clients", "Clientes"]);
pub(super) const SHARE: Phrase = Phrase(["Share", "Part", "Parcela"]);
pub(super) const REVENUE: Phrase = Phrase(["Revenue", "Chiffre d’affaires", "Faturamento"]);
pub(super) const REVENUE_SHARE: Phrase =
    Phrase(["Of revenue", "Du chiffre d’affaires", "Do faturamento"]);
pub(super) const FEATURE: Phrase = Phrase(["What", "Quoi", "O quê"]);
pub(super) const LOW: Phrase =
    Phrase(["A quarter is below", "Un quart en dessous de", "Um quarto abaixo de"]);
pub(super) const TYPICAL: Phrase = Phrase(["Typical", "Habituel", "Típico"]);
pub(super) const HIGH: Phrase =
    Phrase(["A quarter is above", "Un quart au-dessus de", "Um quarto acima de"]);
pub(super) const OF_CUSTOMERS: Phrase = Phrase(["of the customers", "des clients", "dos clientes"]);
pub(super) const OF_REVENUE: Phrase =
    Phrase(["of the revenue", "du chiffre d’affaires", "do faturamento"]);
pub(super) const EVERYONE_TYPICALLY: Phrase = Phrase([
    "All customers, typically: {value}",
    "Tous les clients, en général : {value}",
    "Todos os clientes, tipicamente: {value}",
]);
pub(super) const VISIBLE_EFFECT: Phrase = Phrase([
    "to be seen, a campaign must raise the share of those who respond by {effect} points (if {rate} respond \
     without it)",
    "pour que l’effet se voie, une campagne doit augmenter la part de réponses de {effect} points (si {rate} \
     répondent sans elle)",
    "para que se perceba, uma campanha precisa elevar a parcela de respostas em {effect} pontos (se {rate} \
     respondem sem ela)",
]);
pub(super) const NOBODY_HELD_BACK: Phrase = Phrase([
    "nobody is held back, so what a campaign brings cannot be measured",
    "personne n’est mis de côté : l’apport d’une campagne ne pourra pas être mesuré",
    "ninguém foi reservado: não será possível medir o que uma campanha trouxe",
]);
pub(super) const NO_VISIBLE_EFFECT: Phrase = Phrase([
    "too few to see the effect of one campaign",
    "trop peu nombreux pour voir l’effet d’une seule campagne",
    "poucos demais para ver o efeito de uma única campanha",
]);
pub(super) const FOUND_AGAIN: Phrase = Phrase([
    "{share} of it is found again when customers are drawn anew",
    "retrouvé à {share} quand on tire de nouveau les clients au sort",
    "{share} dele reaparece quando os clientes são sorteados de novo",
]);
pub(super) const FIT: Phrase = Phrase([
    "fit {fit} (1: well inside, 0: between two segments)",
    "appartenance {fit} (1 : bien à l’intérieur, 0 : entre deux segments)",
    "ajuste {fit} (1: bem dentro, 0: entre dois segmentos)",
]);
pub(super) const BORDERLINE: Phrase = Phrase([
    "{share} nearly as close to another segment",
    "{share} presque aussi proches d’un autre segment",
    "{share} quase tão próximos de outro segmento",
]);
pub(super) const FAR: Phrase = Phrase([
    "{n} unlike everybody (marked in the workbook)",
    "{n} ne ressemblant à personne (signalés dans le classeur)",
    "{n} diferentes de todos (marcados na planilha)",
]);
pub(super) const MERGE: Phrase = Phrase([
    "“{one}” and “{other}” ask for the same action: treat them as one, or rename what makes them differ.",
    "« {one} » et « {other} » appellent la même action : traitez-les comme un seul, ou nommez ce qui les \
     distingue.",
    "“{one}” e “{other}” pedem a mesma ação: trate-os como um só, ou nomeie o que os diferencia.",
]);
pub(super) const REFRESH_BETWEEN: Phrase = Phrase([
    "Segments like these are out of date after about {interval} (by chance from {low} to {high}): make them anew \
     by then.",
    "De tels segments sont périmés après {interval} environ (selon le hasard, de {low} à {high}) : refaites-les \
     d’ici là.",
    "Segmentos assim ficam desatualizados após cerca de {interval} (conforme o acaso, de {low} a {high}): refaça-os \
     até lá.",
]);
pub(super) const REFRESH_FROM: Phrase = Phrase([
    "Segments like these are out of date after about {interval} (by chance as early as {low}, or later than these \
     data show): make them anew by then.",
    "De tels segments sont périmés après {interval} environ (selon le hasard, dès {low} ou plus tard que ce que \
     montrent ces données) : refaites-les d’ici là.",
    "Segmentos assim ficam desatualizados após cerca de {interval} (conforme o acaso, já em {low} ou mais tarde do \
     que estes dados mostram): refaça-os até lá.",
]);
pub(super) const REFRESH_LATER: Phrase = Phrase([
    "Segments like these held for at least {interval}, as far as the data show.",
    "De tels segments ont tenu au moins {interval}, d’après les données disponibles.",
    "Segmentos assim duraram pelo menos {interval}, até onde os dados mostram.",
]);
pub(super) const NEW_CUSTOMERS: Phrase = Phrase([
    "Whoever orders for the first time has a segment the next day, from what is known by then. What is \
     not known yet, as long as there is no review or the order has not arrived, counts as what is typical.",
    "Toute personne qui commande pour la première fois a un segment dès le lendemain, d’après ce que l’on \
     sait alors. Ce que l’on ne sait pas encore, tant qu’il n’y a pas d’avis ou que la commande n’est pas \
     arrivée, compte comme la valeur habituelle.",
    "Quem compra pela primeira vez tem um segmento já no dia seguinte, com o que se sabe até então. O que \
     ainda não se sabe, enquanto não há avaliação ou o pedido não chegou, conta como o valor típico.",
]);
pub(super) const NEW_CUSTOMERS_WAIT: Phrase = Phrase([
    "Whoever orders for the first time has a segment as soon as all is known that the segments are made of; \
     until then, as long as there is no review or the order has not arrived, it may be none.",
    "Toute personne qui commande pour la première fois a un segment dès que l’on sait tout ce qui sert à les \
     former ; d’ici là, tant qu’il n’y a pas d’avis ou que la commande n’est pas arrivée, elle peut n’en \
     avoir aucun.",
    "Quem compra pela primeira vez tem um segmento assim que se sabe tudo de que os segmentos são feitos; até \
     lá, enquanto não há avaliação ou o pedido não chegou, pode não ter nenhum.",
]);
pub(super) const UNREVIEWED: Counted = Counted(
    Phrase([
        "{n} customer has given no review so far, and is in “{name}”.",
        "{n} client n’a pas encore laissé d’avis ; il est dans « {name} ».",
        "{n} cliente ainda não deixou avaliação; está em “{name}”.",
    ]),
    Phrase([
        "{n} customers have given no review so far; {share} of them are in “{name}”.",
        "{n} clients n’ont pas encore laissé d’avis ; {share} d’entre eux sont dans « {name} ».",
        "{n} clientes ainda não deixaram avaliação; {share} deles estão em “{name}”.",
    ]),
);
pub(super) const FAR_FROM_ALL: Counted = Counted(
    Phrase([
        "{n} customer ({share}) is unlike every segment; the workbook marks who it is, and somebody should \
         look before writing.",
        "{n} client ({share}) ne ressemble à aucun segment ; il est signalé dans le classeur, à vérifier \
         avant tout envoi.",
        "{n} cliente ({share}) não se parece com nenhum segmento; está marcado na planilha e convém \
         verificá-lo antes de qualquer envio.",
    ]),
    Phrase([
        "{n} customers ({share}) are unlike every segment; the workbook marks them, and somebody should look \
         at them before they are written to.",
        "{n} clients ({share}) ne ressemblent à aucun segment ; ils sont signalés dans le classeur, à \
         vérifier avant tout envoi.",
        "{n} clientes ({share}) não se parecem com nenhum segmento; estão marcados na planilha e convém \
         verificá-los antes de qualquer envio.",
    ]),
);
pub(super) const CERTAINTY_RESAMPLED: Phrase = Phrase([
    "How sure: whether a segment is found again when customers are drawn anew at random, and how well its \
     members fit.",
    "Certitude : le segment est-il retrouvé quand on tire de nouveau les clients au sort, et ses membres y sont-ils \
     bien à leur place ?",
    "Certeza: se o segmento é reencontrado quando os clientes são sorteados de novo, e quão bem seus membros \
     se ajustam.",
]);
pub(super) const CERTAINTY_FIT: Phrase = Phrase([
    "How sure: how well the members of a segment fit. Whether it is found again was not tried.",
    "Certitude : les membres d’un segment y sont-ils bien à leur place ? On n’a pas vérifié s’il est retrouvé.",
    "Certeza: quão bem os membros do segmento se ajustam. Não se verificou se ele é reencontrado.",
]);
pub(super) const CERTAINTY_NONE: Phrase = Phrase([
    "How sure one can be was not measured.",
    "La certitude n’a pas été mesurée.",
    "A certeza não foi medida.",
]);

pub(super) const SIZES: Phrase = Phrase(["How many they are", "Combien ils sont", "Quantos são"]);
pub(super) const SIZES_SHOW: Phrase = Phrase([
    "The share of all customers that each segment has.",
    "La part de l’ensemble des clients dans chaque segment.",
    "A parcela de todos os clientes em cada segmento.",
]);
pub(super) const SIZES_AND_REVENUE: Phrase = Phrase([
    "How many they are, and what they bring in",
    "Combien ils sont, et ce qu’ils rapportent",
    "Quantos são e quanto trazem",
]);
pub(super) const SIZES_AND_REVENUE_SHOW: Phrase = Phrase([
    "Where the second bar is longer than the first, the segment spends more than its size.",
    "Si la seconde barre est plus longue que la première, le segment dépense plus que son poids.",
    "Onde a segunda barra é mais longa que a primeira, o segmento gasta mais que seu tamanho.",
]);
pub(super) const HEAT_MAP: Phrase = Phrase([
    "What sets each segment apart",
    "Ce qui distingue chaque segment",
    "O que diferencia cada segmento",
]);
pub(super) const HEAT_MAP_SHOWS: Phrase = Phrase([
    "Typical values (averages where most customers have the same). The stronger the colour, the more the segment differs from everybody else: orange is \
     more, blue is less, none is about the same. In brackets below: the same as a number from −1 to 1.",
    "Valeurs habituelles (moyennes quand la plupart des clients ont la même). Plus la couleur est vive, plus le segment se distingue des autres clients : orange, \
     davantage ; bleu, moins ; sans couleur, à peu près autant. Entre parenthèses ci-dessous : la même \
     chose de −1 à 1.",
    "Valores típicos (médias quando a maioria tem o mesmo). Quanto mais forte a cor, mais o segmento difere dos demais clientes: laranja é mais, \
     azul é menos, sem cor é quase igual. Entre parênteses abaixo: o mesmo como número de −1 a 1.",
]);
pub(super) const MUCH_LESS: Phrase = Phrase(["(much) less", "(nettement) moins", "(bem) menos"]);
pub(super) const ABOUT_THE_SAME: Phrase =
    Phrase(["about the same", "à peu près autant", "quase igual"]);
pub(super) const MUCH_MORE: Phrase = Phrase(["(much) more", "(nettement) davantage", "(bem) mais"]);
pub(super) const RANGES: Phrase = Phrase([
    "Where most of them lie",
    "Où se situent la plupart d’entre eux",
    "Onde está a maioria deles",
]);
pub(super) const RANGES_SHOW: Phrase = Phrase([
    "Each bar holds the middle half of a segment, the mark is its typical member, the dashed line that of \
     all customers. Segments are numbered by priority.",
    "Chaque barre contient la moitié centrale d’un segment, le repère son membre type, la ligne en tirets \
     celui de tous les clients. Les segments sont numérotés par priorité.",
    "Cada barra contém a metade central de um segmento, a marca seu membro típico, a linha tracejada o de \
     todos os clientes. Os segmentos são numerados por prioridade.",
]);
pub(super) const BLADES: Phrase = Phrase([
    "How well customers fit into their segment",
    "À quel point les clients sont à leur place",
    "Quão bem os clientes se ajustam ao segmento",
]);
pub(super) const BLADES_SHOW: Phrase = Phrase([
    "Customers of each segment, the best fitting on top. Long: well inside. Short: between two segments. To \
     the left of 0: more like another one. The dashed line is the mean.",
    "Les clients de chaque segment, les mieux placés en haut. Long : bien à l’intérieur. Court : entre deux \
     segments. À gauche de 0 : plus proche d’un autre. La ligne en tirets est la moyenne.",
    "Clientes de cada segmento, os mais bem ajustados em cima. Longo: bem dentro. Curto: entre dois \
     segmentos. À esquerda de 0: mais parecido com outro. A linha tracejada é a média.",
]);
pub(super) const MEAN_FIT: Phrase = Phrase(["Mean fit", "Appartenance moyenne", "Ajuste médio"]);
pub(super) const NEARER_TO_ANOTHER: Phrase =
    Phrase(["More like another", "Plus proches d’un autre", "Mais parecidos com outro"]);
pub(super) const MAP: Phrase =
    Phrase(["The customers on a map", "Les clients sur une carte", "Os clientes em um mapa"]);
pub(super) const MAP_SHOWS: Phrase = Phrase([
    "Each dot is a customer ({n} in all); the numbers stand at the typical member of each segment, by priority. \
     The map shows {share} of all differences; segments that overlap here may be apart in what it cannot show.",
    "Chaque point est un client ({n} en tout) ; les numéros marquent le membre type de chaque segment, par priorité. La \
     carte montre {share} des différences ; des segments superposés ici peuvent être séparés sur ce \
     qu’elle ne montre pas.",
    "Cada ponto é um cliente ({n} ao todo); os números marcam o membro típico de cada segmento, por prioridade. O mapa \
     mostra {share} das diferenças; segmentos sobrepostos aqui podem estar separados no que ele não mostra.",
]);
pub(super) const MAP_AXIS: Phrase = Phrase([
    "mostly: {columns} ({share})",
    "surtout : {columns} ({share})",
    "principalmente: {columns} ({share})",
]);
pub(super) const MAP_DIRECTION: Phrase = Phrase(["Direction {n}", "Direction {n}", "Direção {n}"]);
pub(super) const MIGRATION: Phrase = Phrase([
    "Who moved since the last run",
    "Qui a changé depuis la fois précédente",
    "Quem mudou desde a vez anterior",
]);
pub(super) const MIGRATION_SHOWS: Phrase = Phrase([
    "From the segments of the last run on the left to those of now. Changed segment: {moved} of {n} who are in \
     both. New: {new}. No longer there: {gone}.",
    "Des segments de la fois précédente, à gauche, à ceux d’aujourd’hui. Ont changé de segment : {moved} sur \
     {n} présents les deux fois. Nouveaux : {new}. Plus là : {gone}.",
    "Dos segmentos da vez anterior, à esquerda, aos de agora. Mudaram de segmento: {moved} de {n} presentes \
     nas duas vezes. Novos: {new}. Não estão mais: {gone}.",
]);
pub(super) const BEFORE_AND_NOW: Phrase =
    Phrase(["Before ↓ now →", "Avant ↓ maintenant →", "Antes ↓ agora →"]);
pub(super) const STABILITY: Phrase = Phrase([
    "How long segments last",
    "Combien de temps les segments tiennent",
    "Quanto tempo os segmentos duram",
]);
pub(super) const STABILITY_SHOWS: Phrase = Phrase([
    "How far segments agree with ones found anew on each later date (1: the same, 0: no more than chance), \
     with what chance does as a band. Below {threshold} they should be made anew.",
    "Concordance des segments avec ceux qu’on recalculerait à chaque date (1 : identiques, 0 : hasard), avec \
     l’effet du hasard en bande. Sous {threshold}, il faut les refaire.",
    "Concordância dos segmentos com os recalculados em cada data posterior (1: iguais, 0: acaso), com o \
     efeito do acaso em faixa. Abaixo de {threshold}, convém refazê-los.",
]);
pub(super) const THRESHOLD: Phrase = Phrase(["make anew", "à refaire", "refazer"]);
pub(super) const AGREEMENT: Phrase = Phrase(["Agreement", "Concordance", "Concordância"]);
pub(super) const DATE: Phrase = Phrase(["Date", "Date", "Data"]);
pub(super) const FROM: Phrase = Phrase(["from", "de", "de"]);
pub(super) const TO: Phrase = Phrase(["to", "à", "até"]);
