//! What a maintenance proposal says, in each language. A phrase has all of them or does not compile.

use super::locale::Language;
use crate::history::Recency;
use crate::stability::{MaintenanceTask, OfferKind, PricePart, TermKey, TermSource, Visit};

/// A phrase in English, French and Brazilian Portuguese. `{name}` stands for what is filled in.
#[derive(Clone, Copy)]
pub(super) struct Phrase(pub(super) [&'static str; 3]);

impl Phrase {
    pub(super) fn text(self, language: Language) -> String {
        let text = self.0[language as usize];
        if language != Language::French {
            return text.to_owned();
        }
        // French sets these apart by a space at which no line ends.
        let mut text = text.replace("« ", "«\u{a0}").replace(" »", "\u{a0}»");
        for mark in [':', ';', '%', '×'] {
            text = text.replace(&format!(" {mark}"), &format!("\u{a0}{mark}"));
        }
        text
    }

    /// With values in the place of names. What is filled in is never taken for a name.
    pub(super) fn fill(self, language: Language, values: &[(&str, &str)]) -> String {
        let text = self.text(language);
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out += before;
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let value = values.iter().find(|(own, _)| *own == name);
            debug_assert!(value.is_some(), "nothing for {name} in {}", self.0[0]);
            out += value.map_or("", |(_, value)| value);
            rest = after;
        }
        out + rest
    }
}

/// A phrase about `{n}` of something: of one, and of others.
#[cfg(feature = "report")]
#[derive(Clone, Copy)]
pub(super) struct Counted(pub(super) Phrase, pub(super) Phrase);

#[cfg(feature = "report")]
impl Counted {
    /// As [`Phrase::fill`], with `n` filled in as well.
    pub(super) fn fill(self, language: Language, n: u64, values: &[(&str, &str)]) -> String {
        let phrase = if language.is_singular(n as f64) { self.0 } else { self.1 };
        let n = language.count(n);
        phrase.fill(language, &[&[("n", n.as_str())], values].concat())
    }
}

pub(super) const TITLE: Phrase = Phrase([
    "Maintenance proposal for a customer segmentation",
    "Proposition de contrat de maintenance de la segmentation clients",
    "Proposta de contrato de manutenção da segmentação de clientes",
]);
pub(super) const PARTIES: Phrase = Phrase([
    "Client: {client}. Provider: {provider}. Data up to {day}.",
    "Client : {client}. Prestataire : {provider}. Données arrêtées au {day}.",
    "Cliente: {client}. Prestador: {provider}. Dados até {day}.",
]);
pub(super) const CLIENT: Phrase = Phrase(["Client: {name}", "Client : {name}", "Cliente: {name}"]);
pub(super) const PROVIDER: Phrase =
    Phrase(["Provider: {name}", "Prestataire : {name}", "Prestador: {name}"]);

pub(super) const EVERY: Phrase = Phrase([
    "We recommend refreshing the segments every {interval}: {yearly} a year, taxes excluded, or {monthly} a \
     month, after a one-off set-up of {setup}.",
    "Nous recommandons de mettre à jour les segments toutes les {interval} : {yearly} HT par an, soit \
     {monthly} HT par mois, après une mise en place unique de {setup} HT.",
    "Recomendamos atualizar os segmentos a cada {interval}: {yearly} por ano, sem impostos, ou {monthly} por \
     mês, após uma implantação única de {setup}.",
]);
pub(super) const EVERY_ONE: Phrase = Phrase([
    "We recommend refreshing the segments at intervals of {interval}: {yearly} a year, taxes excluded, or \
     {monthly} a month, after a one-off set-up of {setup}.",
    "Nous recommandons de mettre à jour les segments à intervalles de {interval} : {yearly} HT par an, soit \
     {monthly} HT par mois, après une mise en place unique de {setup} HT.",
    "Recomendamos atualizar os segmentos em intervalos de {interval}: {yearly} por ano, sem impostos, ou \
     {monthly} por mês, após uma implantação única de {setup}.",
]);
pub(super) const IN_PEOPLE: Phrase = Phrase([
    "When a visit is due, the agreement between the segments in use and segments fitted anew is {ari}: about \
     {share} of the customers, {customers} people who bring in {revenue} a year, would be in another segment.",
    "À l’échéance d’une intervention, la concordance entre les segments en place et des segments recalculés \
     est de {ari} : environ {share} des clients, soit {customers} personnes qui représentent {revenue} de \
     chiffre d’affaires annuel, seraient dans un autre segment.",
    "Na data de cada intervenção, a concordância entre os segmentos em uso e segmentos recalculados é de \
     {ari}: cerca de {share} dos clientes, ou {customers} pessoas que representam {revenue} de faturamento \
     anual, estariam em outro segmento.",
]);
pub(super) const IN_PEOPLE_ALONE: Phrase = Phrase([
    "When a visit is due, the agreement between the segments in use and segments fitted anew is {ari}: about \
     {share} of the customers, {customers} people, would be in another segment.",
    "À l’échéance d’une intervention, la concordance entre les segments en place et des segments recalculés \
     est de {ari} : environ {share} des clients, soit {customers} personnes, seraient dans un autre segment.",
    "Na data de cada intervenção, a concordância entre os segmentos em uso e segmentos recalculados é de \
     {ari}: cerca de {share} dos clientes, ou {customers} pessoas, estariam em outro segmento.",
]);
pub(super) const FIRST_VISIT: Phrase = Phrase([
    "First visit due by {day}.",
    "Première intervention au plus tard le {day}.",
    "Primeira intervenção até {day}.",
]);

pub(super) const SCOPE: Phrase =
    Phrase(["What is included", "Périmètre de la prestation", "Escopo do serviço"]);
pub(super) const SCOPE_DAILY: Phrase = Phrase([
    "Daily assignment, automatic: every customer is given a segment each day, with the model in force. About \
     {new} new customers come in between two visits. Only its monitoring is billed.",
    "Affectation quotidienne, automatique : chaque client reçoit chaque jour un segment, avec le modèle en \
     vigueur. Environ {new} nouveaux clients arrivent entre deux interventions. Seule la surveillance est \
     facturée.",
    "Atribuição diária, automática: cada cliente recebe todos os dias um segmento, com o modelo em vigor. \
     Cerca de {new} novos clientes chegam entre duas intervenções. Somente o monitoramento é cobrado.",
]);
pub(super) const SCOPE_RECALIBRATION: Phrase = Phrase([
    "Recalibration ({hours} h, {price} a visit): data check, scales and centres fitted again from the old \
     ones, stability report, quality review, note to marketing. Segments that are found again keep their id \
     and name.",
    "Recalibrage ({hours} h, {price} HT par intervention) : contrôle des données, réajustement des échelles \
     et des centres à partir des anciens, rapport de stabilité, revue qualité, note au marketing. Les \
     segments retrouvés gardent leur identifiant et leur nom.",
    "Recalibração ({hours} h, {price} por intervenção): verificação dos dados, reajuste das escalas e dos \
     centros a partir dos anteriores, relatório de estabilidade, revisão de qualidade, nota ao marketing. Os \
     segmentos reencontrados mantêm identificador e nome.",
]);
pub(super) const SCOPE_RESEGMENTATION: Phrase = Phrase([
    "Full re-segmentation ({hours} h, {price} a visit), at least once every {months} months, in place of a \
     recalibration: features, number of segments and names are chosen anew with marketing, then handed over.",
    "Resegmentation complète ({hours} h, {price} HT par intervention), au moins une fois tous les {months} \
     mois, à la place d’un recalibrage : variables, nombre et noms des segments sont revus avec le \
     marketing, puis transférés à vos équipes.",
    "Ressegmentação completa ({hours} h, {price} por intervenção), pelo menos uma vez a cada {months} meses, \
     no lugar de uma recalibração: variáveis, número e nomes dos segmentos são revistos com o marketing e \
     entregues às equipes.",
]);
pub(super) const SCOPE_MONITORING: Phrase = Phrase([
    "Monitoring, every month: drift of each feature, agreement with a test refit, new customers far from \
     every segment, daily assignments in time.",
    "Surveillance mensuelle : dérive de chaque variable, concordance avec un réajustement d’essai, nouveaux \
     clients éloignés de tous les segments, ponctualité de l’affectation quotidienne.",
    "Monitoramento mensal: desvio de cada variável, concordância com um reajuste de teste, novos clientes \
     distantes de todos os segmentos, pontualidade da atribuição diária.",
]);

pub(super) const INTERVAL: Phrase = Phrase([
    "Recommended interval",
    "Fréquence de mise à jour recommandée",
    "Frequência de atualização recomendada",
]);
pub(super) const RULE: Phrase = Phrase([
    "Rule: segments are out of date when their agreement with segments fitted anew (adjusted Rand index, ARI: \
     1 is identical, 0 is chance) is below {threshold} with its whole noise band, or for two periods running. \
     Form of recency: {recency}.",
    "Règle : les segments sont périmés lorsque leur concordance avec des segments recalculés (indice de Rand \
     ajusté, ARI : 1 = identiques, 0 = hasard) passe sous {threshold} avec toute sa bande de bruit, ou deux \
     périodes de suite. Forme de la récence : {recency}.",
    "Regra: os segmentos estão desatualizados quando a concordância com segmentos recalculados (índice de \
     Rand ajustado, ARI: 1 = idênticos, 0 = acaso) fica abaixo de {threshold} com toda a sua faixa de ruído, \
     ou por dois períodos seguidos. Forma da recência: {recency}.",
]);
pub(super) const REFRESH_POINT: Phrase = Phrase([
    "That point is reached {refresh} after the fit (range of 95% of refits: {low} to {high}). The \
     recommended interval is that point, rounded down to whole weeks: {interval}.",
    "Ce point est atteint {refresh} après l’apprentissage (plage de 95 % des réajustements : de {low} à \
     {high}). La fréquence recommandée est ce point, arrondi à la semaine inférieure : {interval}.",
    "Esse ponto é atingido {refresh} após o ajuste (faixa de 95% dos reajustes: de {low} até {high}). O \
     intervalo recomendado é esse ponto, arredondado para baixo em semanas inteiras: {interval}.",
]);
pub(super) const REFRESH_ALONE: Phrase = Phrase([
    "That point is reached {refresh} after the fit (no range of refits is known). The recommended \
     interval is that point, rounded down to whole weeks: {interval}.",
    "Ce point est atteint {refresh} après l’apprentissage (plage des réajustements non connue). La fréquence \
     recommandée est ce point, arrondi à la semaine inférieure : {interval}.",
    "Esse ponto é atingido {refresh} após o ajuste (faixa dos reajustes não conhecida). O intervalo \
     recomendado é esse ponto, arredondado para baixo em semanas inteiras: {interval}.",
]);
pub(super) const REFRESH_BEYOND: Phrase = Phrase([
    "That point was not reached in the period that the data allow to look at ({horizon}). The interval is \
     therefore at least {interval}; we do not propose a longer one without having seen it hold.",
    "Ce point n’a pas été atteint sur la période observable dans les données ({horizon}). L’intervalle est \
     donc d’au moins {interval} ; nous n’en proposons pas de plus long sans l’avoir vérifié.",
    "Esse ponto não foi atingido no período observável nos dados ({horizon}). O intervalo é, portanto, de \
     pelo menos {interval}; não propomos um intervalo maior sem tê-lo verificado.",
]);
pub(super) const BEYOND_DATA: Phrase =
    Phrase(["the end of the data", "la fin des données", "o fim dos dados"]);
pub(super) const EARLY: Phrase = Phrase([
    "The chance that the segments are out of date before {interval} are over is {chance}, read from the \
     range of refits (2.5% at its lower end, 50% at the point, 97.5% at its upper end or what had fallen by \
     the end of the data, {fallen}, straight in between). If a visit then \
     comes early and the count starts anew, that makes {visits} visits a year on top; the price holds \
     {priced}.",
    "La probabilité que les segments soient périmés avant {interval} est de {chance}, lue sur la plage des \
     réajustements (2,5 % à sa borne basse, 50 % au point estimé, 97,5 % à sa borne haute ou la part déjà \
     périmée à la fin des données, {fallen}, linéaire entre les points). Si l’intervention \
     est alors avancée et le délai remis à zéro, cela représente en moyenne {visits} intervention(s) \
     supplémentaire(s) par an ; le prix en comprend {priced}.",
    "A probabilidade de os segmentos ficarem desatualizados antes de {interval} é de {chance}, lida na \
     faixa dos reajustes (2,5% no limite inferior, 50% no ponto estimado, 97,5% no limite superior ou a \
     parte já desatualizada no fim dos dados, {fallen}, linear entre os pontos). Se a \
     intervenção for então antecipada e o prazo recomeçar, isso representa em média {visits} \
     intervenção(ões) adicional(is) por ano; o preço inclui {priced}.",
]);

pub(super) const OFFERS: Phrase = Phrase(["Three offers", "Trois formules", "Três planos"]);
pub(super) const OFFERS_TABLE: Phrase = Phrase([
    "What each offer holds and costs; amounts without taxes",
    "Contenu et prix de chaque formule ; montants HT",
    "Conteúdo e preço de cada plano; valores sem impostos",
]);
pub(super) const OFFER: Phrase = Phrase(["Offer", "Formule", "Plano"]);
pub(super) const ROW_INTERVAL: Phrase = Phrase([
    "Interval between visits",
    "Intervalle entre interventions",
    "Intervalo entre intervenções",
]);
pub(super) const ROW_RECALIBRATIONS: Phrase = Phrase([
    "Recalibrations a year, on average",
    "Recalibrages par an, en moyenne",
    "Recalibrações por ano, em média",
]);
pub(super) const ROW_RESEGMENTATIONS: Phrase = Phrase([
    "Full re-segmentations a year",
    "Resegmentations complètes par an",
    "Ressegmentações completas por ano",
]);
pub(super) const ROW_TRIGGERED: Phrase = Phrase([
    "Triggered visits a year in the price",
    "Interventions déclenchées par an comprises",
    "Intervenções acionadas por ano incluídas",
]);
pub(super) const ON_DEMAND: Phrase =
    Phrase(["none; {price} each", "aucune ; {price} l’une", "nenhuma; {price} cada"]);
pub(super) const ROW_ARI: Phrase = Phrase([
    "Agreement (ARI) when a visit is due",
    "Concordance (ARI) à l’échéance",
    "Concordância (ARI) na data da intervenção",
]);
pub(super) const ROW_MOVED: Phrase = Phrase([
    "Customers then in another segment",
    "Clients alors dans un autre segment",
    "Clientes em outro segmento nessa data",
]);
pub(super) const ROW_EARLY: Phrase = Phrase([
    "Chance to be out of date before",
    "Probabilité d’être périmés avant",
    "Probabilidade de desatualização antes",
]);
pub(super) const ROW_YEARLY: Phrase = Phrase(["Price a year", "Prix annuel HT", "Preço anual"]);
pub(super) const ROW_MONTHLY: Phrase = Phrase([
    "Monthly amount (first eleven months)",
    "Mensualité HT (onze premiers mois)",
    "Mensalidade (onze primeiros meses)",
]);
pub(super) const ROW_LAST_MONTH: Phrase =
    Phrase(["Twelfth month", "Douzième mensualité HT", "Décima segunda mensalidade"]);
pub(super) const ROW_SETUP: Phrase =
    Phrase(["Set-up, once", "Mise en place, une fois, HT", "Implantação, única"]);
pub(super) const ROW_FIRST_YEAR: Phrase =
    Phrase(["First year in all", "Total première année HT", "Total do primeiro ano"]);
pub(super) const ROW_STALENESS: Phrase = Phrase([
    "Estimated loss from ageing segments, a year",
    "Perte estimée due au vieillissement des segments, par an",
    "Perda estimada pelo envelhecimento dos segmentos, por ano",
]);
pub(super) const ROW_WITH_STALENESS: Phrase =
    Phrase(["Price and estimated loss", "Prix et perte estimée", "Preço mais perda estimada"]);
pub(super) const ROW_MESSAGES: Phrase = Phrase([
    "Campaign messages to the wrong segment, a year",
    "Messages de campagne au mauvais segment, par an",
    "Mensagens de campanha ao segmento errado, por ano",
]);

pub(super) const PRICE: Phrase =
    Phrase(["Price in detail", "Détail du prix", "Detalhamento do preço"]);
pub(super) const PRICE_TABLE: Phrase = Phrase([
    "{offer}: a visit every {interval}, {rate} an hour ({day} a day)",
    "{offer} : {interval} entre interventions, {rate} HT de l’heure ({day} HT par jour)",
    "{offer}: uma intervenção a cada {interval}, {rate} por hora ({day} por dia)",
]);
pub(super) const TASK: Phrase = Phrase(["Task", "Tâche", "Tarefa"]);
pub(super) const A_YEAR: Phrase = Phrase(["A year", "Par an", "Por ano"]);
pub(super) const HOURS_EACH: Phrase = Phrase(["Hours each", "Heures chacune", "Horas cada"]);
pub(super) const HOURS: Phrase = Phrase(["Hours a year", "Heures par an", "Horas por ano"]);
pub(super) const RATE: Phrase = Phrase(["Hourly rate", "Taux horaire HT", "Valor da hora"]);
pub(super) const AMOUNT: Phrase = Phrase(["Amount", "Montant HT", "Valor"]);
pub(super) const SUBTOTAL: Phrase =
    Phrase(["Subtotal: {part}", "Sous-total : {part}", "Subtotal: {part}"]);
pub(super) const AVERAGE_NOTE: Phrase = Phrase([
    "Numbers of visits are yearly averages (365.25 days by the interval), so that the monthly amount stays \
     the same from year to year.",
    "Les nombres d’interventions sont des moyennes annuelles (365,25 jours divisés par l’intervalle), afin \
     que la mensualité reste la même d’une année à l’autre.",
    "Os números de intervenções são médias anuais (365,25 dias divididos pelo intervalo), para que a \
     mensalidade seja a mesma de um ano para outro.",
]);
pub(super) const OTHER_PRICES: Phrase = Phrase([
    "Annex: prices of the other offers",
    "Annexe : détail des autres formules",
    "Anexo: detalhamento dos outros planos",
]);

pub(super) const COSTS: Phrase = Phrase([
    "Visits against ageing segments",
    "Interventions ou vieillissement des segments : le compromis",
    "Intervenções ou envelhecimento dos segmentos: o equilíbrio",
]);
pub(super) const COSTS_TITLE: Phrase = Phrase([
    "Cost a year by interval ({currency})",
    "Coût annuel selon l’intervalle ({currency})",
    "Custo anual por intervalo ({currency})",
]);
pub(super) const COSTS_AXIS: Phrase =
    Phrase(["weeks between visits", "semaines entre interventions", "semanas entre intervenções"]);
pub(super) const COSTS_VISITS: Phrase = Phrase([
    "visits, triggered ones included",
    "interventions, y compris déclenchées",
    "intervenções, incl. acionadas",
]);
pub(super) const COSTS_STALENESS: Phrase =
    Phrase(["ageing segments", "vieillissement des segments", "envelhecimento dos segmentos"]);
pub(super) const COSTS_TOTAL: Phrase = Phrase(["both", "les deux", "ambos"]);
pub(super) const COSTS_RECOMMENDED: Phrase = Phrase(["recommended", "recommandé", "recomendado"]);
pub(super) const COSTS_LOWEST: Phrase = Phrase(["lowest cost", "coût minimal", "custo mínimo"]);
pub(super) const COSTS_BEYOND: Phrase =
    Phrase(["beyond the data", "au-delà des données", "além dos dados"]);
pub(super) const COSTS_CAPTION: Phrase = Phrase([
    "By cost alone, the best interval would be {optimum} ({total} a year); {half} if ageing cost half as \
     much, {twice} if it cost twice as much. The recommended interval follows the rule of agreement instead, \
     because a segment must keep its meaning whatever a campaign earns. What does not depend on the interval \
     (monitoring, set-up) is left out.",
    "Du seul point de vue du coût, le meilleur intervalle serait de {optimum} ({total} par an) ; {half} si le \
     vieillissement coûtait deux fois moins, {twice} s’il coûtait deux fois plus. L’intervalle recommandé \
     suit la règle de concordance, car un segment doit garder son sens quel que soit le rendement des \
     campagnes. Ce qui ne dépend pas de l’intervalle (surveillance, mise en place) n’est pas compté.",
    "Considerando apenas o custo, o melhor intervalo seria de {optimum} ({total} por ano); {half} se o \
     envelhecimento custasse a metade, {twice} se custasse o dobro. O intervalo recomendado segue a regra de \
     concordância, pois um segmento deve manter seu significado seja qual for o retorno das campanhas. O que \
     não depende do intervalo (monitoramento, implantação) não é considerado.",
]);
pub(super) const EXTRAPOLATED: Phrase = Phrase([
    "Beyond {horizon}, where the data end, the loss goes on at the pace of the last period: read it with \
     caution.",
    "Au-delà de {horizon}, où s’arrêtent les données, la perte est prolongée au rythme de la dernière \
     période : à lire avec prudence.",
    "Além de {horizon}, onde terminam os dados, a perda é prolongada no ritmo do último período: leia com \
     cautela.",
]);
pub(super) const LOSS_FORMULA: Phrase = Phrase([
    "Estimated loss = share of revenue in the wrong segment, on average between two visits × {revenue} of \
     yearly revenue × {campaigns} brought in by campaigns × {loss} lost on a customer of the wrong segment, \
     at {exchange} {shop} for one {contract}.",
    "Perte estimée = part du chiffre d’affaires dans le mauvais segment, en moyenne entre deux \
     interventions × {revenue} de chiffre d’affaires annuel × {campaigns} apportés par les campagnes × \
     {loss} perdus sur un client mal ciblé, à {exchange} {shop} pour un {contract}.",
    "Perda estimada = parte do faturamento no segmento errado, em média entre duas intervenções × {revenue} \
     de faturamento anual × {campaigns} gerados por campanhas × {loss} perdidos em um cliente mal \
     segmentado, a {exchange} {shop} por um {contract}.",
]);
pub(super) const NO_COSTS: Phrase = Phrase([
    "The orders do not say what was spent: revenue is not known, and so neither is the loss from ageing \
     segments nor the interval at which visits and that loss together cost least.",
    "Les commandes n’indiquent pas les montants dépensés : le chiffre d’affaires n’est pas connu, ni donc la \
     perte due au vieillissement des segments, ni l’intervalle où interventions et perte coûtent ensemble le \
     moins.",
    "Os pedidos não informam os valores gastos: o faturamento não é conhecido e, portanto, nem a perda pelo \
     envelhecimento dos segmentos, nem o intervalo em que intervenções e perda somadas custam menos.",
]);
pub(super) const COSTS_DATA: Phrase = Phrase([
    "Annex: data of the chart",
    "Annexe : données du graphique",
    "Anexo: dados do gráfico",
]);
pub(super) const COL_PLANNED: Phrase =
    Phrase(["Planned visits", "Interventions planifiées", "Intervenções planejadas"]);
pub(super) const COL_TRIGGERED: Phrase =
    Phrase(["Triggered visits", "Interventions déclenchées", "Intervenções acionadas"]);
pub(super) const COL_MOVED_REVENUE: Phrase = Phrase([
    "Revenue in the wrong segment, mean",
    "CA dans le mauvais segment, moyenne",
    "Faturamento no segmento errado, média",
]);
pub(super) const COL_LOSS: Phrase = Phrase(["Estimated loss", "Perte estimée", "Perda estimada"]);
pub(super) const TOTAL: Phrase = Phrase(["Total", "Total", "Total"]);

pub(super) const SENSITIVITY: Phrase =
    Phrase(["If the rule were another", "Sensibilité à la règle", "Sensibilidade à regra"]);
pub(super) const SENSITIVITY_TABLE: Phrase = Phrase([
    "The recommended offer by threshold and form of recency; the line in use is marked ●",
    "La formule recommandée selon le seuil et la forme de la récence ; ● : règle retenue",
    "O plano recomendado conforme o limiar e a forma da recência; ●: regra adotada",
]);
pub(super) const FEWER_REFITS: Phrase = Phrase([
    "Forms of recency other than the one in use were followed with fewer refits: too few for a range, so that \
     their prices hold no more than the least number of triggered visits.",
    "Les autres formes de la récence ont été suivies avec moins de réajustements : trop peu pour une plage, \
     si bien que leurs prix ne comprennent que le nombre minimal d’interventions déclenchées.",
    "As outras formas da recência foram acompanhadas com menos reajustes: poucos demais para uma faixa, de \
     modo que seus preços incluem apenas o número mínimo de intervenções acionadas.",
]);
pub(super) const COL_RECENCY: Phrase =
    Phrase(["Form of recency", "Forme de la récence", "Forma da recência"]);
pub(super) const COL_THRESHOLD: Phrase = Phrase(["Threshold", "Seuil", "Limiar"]);
pub(super) const COL_INTERVAL: Phrase = Phrase(["Interval", "Intervalle", "Intervalo"]);
pub(super) const COL_RANGE: Phrase = Phrase([
    "Range of 95% of refits",
    "Plage de 95 % des réajustements",
    "Faixa de 95% dos reajustes",
]);
pub(super) const COL_VISITS: Phrase =
    Phrase(["Visits a year", "Interventions par an", "Intervenções por ano"]);
pub(super) const AT_LEAST: Phrase =
    Phrase(["at least {interval}", "au moins {interval}", "pelo menos {interval}"]);
pub(super) const FROM_TO: Phrase =
    Phrase(["{low} to {high}", "de {low} à {high}", "de {low} até {high}"]);
pub(super) const UNKNOWN: Phrase = Phrase(["not known", "non connu", "não conhecido"]);

pub(super) const TRIGGERS: Phrase = Phrase([
    "When a visit comes earlier than planned",
    "Quand une intervention est avancée",
    "Quando uma intervenção é antecipada",
]);
pub(super) const TRIGGER_PSI: Phrase = Phrase([
    "The population stability index (PSI) of a feature is above {act}; from {watch} on it is watched.",
    "L’indice de stabilité de population (PSI) d’une variable dépasse {act} ; à partir de {watch}, elle est \
     placée sous surveillance.",
    "O índice de estabilidade populacional (PSI) de uma variável ultrapassa {act}; a partir de {watch}, ela \
     fica em observação.",
]);
pub(super) const TRIGGER_ARI: Phrase = Phrase([
    "The agreement (ARI) of the monthly check is below {threshold}.",
    "La concordance (ARI) du contrôle mensuel passe sous {threshold}.",
    "A concordância (ARI) da verificação mensal fica abaixo de {threshold}.",
]);
pub(super) const TRIGGER_FAR: Phrase = Phrase([
    "More than {share} of new customers are far from every segment (usual: {usual}; 1% by construction).",
    "Plus de {share} des nouveaux clients sont éloignés de tous les segments (habituellement {usual} ; 1 % \
     par construction).",
    "Mais de {share} dos novos clientes estão distantes de todos os segmentos (usual: {usual}; 1% por \
     construção).",
]);
pub(super) const TRIGGER_CLIENT: Phrase = Phrase([
    "The client asks for it, because offers, prices or sources of data have changed.",
    "À la demande du client, si l’offre, les prix ou les sources de données ont changé.",
    "A pedido do cliente, se a oferta, os preços ou as fontes de dados mudarem.",
]);

pub(super) const SERVICE: Phrase =
    Phrase(["Service levels", "Niveaux de service", "Níveis de serviço"]);
pub(super) const SERVICE_TABLE: Phrase = Phrase([
    "What is promised, and how it is measured",
    "Engagements et mode de mesure",
    "Compromissos e forma de medição",
]);
pub(super) const SERVICE_LEVEL: Phrase = Phrase(["Service level", "Engagement", "Compromisso"]);
pub(super) const MEASURED: Phrase = Phrase(["Measured by", "Mesure", "Medição"]);
pub(super) const SERVICE_RESPONSE: Phrase = Phrase([
    "Incident answered within (working hours)",
    "Prise en compte d’un incident (heures ouvrées)",
    "Resposta a um incidente (horas úteis)",
]);
pub(super) const MEASURED_RESPONSE: Phrase = Phrase([
    "time stamps of the ticket, every incident of the month",
    "horodatage du ticket, tous les incidents du mois",
    "data e hora do chamado, todos os incidentes do mês",
]);
pub(super) const SERVICE_TRIGGERED: Phrase = Phrase([
    "Triggered visit begun within (working days)",
    "Début d’une intervention déclenchée (jours ouvrés)",
    "Início de uma intervenção acionada (dias úteis)",
]);
pub(super) const MEASURED_TRIGGERED: Phrase = Phrase([
    "from the monthly report that shows the trigger",
    "à compter du rapport mensuel qui signale le seuil",
    "a partir do relatório mensal que indica o alerta",
]);
pub(super) const SERVICE_DELIVERY: Phrase = Phrase([
    "Results of a visit within (working days)",
    "Remise des résultats d’une intervention (jours ouvrés)",
    "Entrega dos resultados de uma intervenção (dias úteis)",
]);
pub(super) const MEASURED_DELIVERY: Phrase = Phrase([
    "from the beginning of the visit to the delivery of model and note",
    "du début de l’intervention à la livraison du modèle et de la note",
    "do início da intervenção à entrega do modelo e da nota",
]);
pub(super) const SERVICE_ON_TIME: Phrase = Phrase([
    "Daily assignment there in time",
    "Affectation quotidienne livrée à l’heure",
    "Atribuição diária entregue no prazo",
]);
pub(super) const MEASURED_ON_TIME: Phrase = Phrase([
    "days of the month with a complete file, of those with data in time",
    "jours du mois avec un fichier complet, parmi ceux où les données étaient là à l’heure",
    "dias do mês com arquivo completo, entre aqueles com dados no prazo",
]);
pub(super) const SERVICE_CREDIT: Phrase = Phrase([
    "For each level missed in a month, {credit} of that month’s amount is credited, {most} at most.",
    "Chaque engagement non tenu dans le mois donne droit à un avoir de {credit} de la mensualité, dans la \
     limite de {most}.",
    "Cada compromisso não cumprido no mês gera um crédito de {credit} da mensalidade, limitado a {most}.",
]);

pub(super) const EXCLUDED: Phrase = Phrase(["Not included", "Hors périmètre", "Não incluído"]);
pub(super) const EXCLUDED_ITEMS: [Phrase; 6] = [
    Phrase([
        "Taxes, travel and the client’s own hosting and software.",
        "TVA, frais de déplacement, hébergement et logiciels du client.",
        "Impostos, deslocamentos, hospedagem e software do cliente.",
    ]),
    Phrase([
        "New sources of data, new features beyond a re-segmentation, links to other tools: quoted apart.",
        "Nouvelles sources de données, nouvelles variables hors resegmentation, connexion à d’autres outils : \
         devis séparé.",
        "Novas fontes de dados, novas variáveis fora da ressegmentação, integração com outras ferramentas: \
         orçamento à parte.",
    ]),
    Phrase([
        "Designing, sending and paying for campaigns.",
        "Conception, envoi et coût des campagnes.",
        "Criação, envio e custo das campanhas.",
    ]),
    Phrase([
        "Mending data that arrive damaged, late or in another layout.",
        "Réparation de données livrées endommagées, en retard ou dans un autre format.",
        "Correção de dados entregues danificados, com atraso ou em outro formato.",
    ]),
    Phrase([
        "Triggered visits beyond those in the price: {price} each, taxes excluded.",
        "Interventions déclenchées au-delà de celles comprises : {price} HT l’une.",
        "Intervenções acionadas além das incluídas: {price} cada, sem impostos.",
    ]),
    Phrase([
        "Any promise of more sales: segments say who is alike, not what they will buy.",
        "Toute garantie de ventes : les segments disent qui se ressemble, non ce qui sera acheté.",
        "Qualquer garantia de vendas: os segmentos dizem quem é parecido, não o que será comprado.",
    ]),
];

pub(super) const BEFORE_SIGNING: Phrase =
    Phrase(["Before you sign", "Avant de signer", "Antes de assinar"]);
pub(super) const RANGE_OF_ONE_DATE: Phrase = Phrase([
    "The range of 95% of refits says how far refits on the same customers differ, from one date on. It does \
     not hold seasons or other periods: there segments may last for longer or for less.",
    "La plage de 95 % des réajustements dit de combien diffèrent des réajustements sur les mêmes clients, à \
     partir d’une seule date. Elle ne tient compte ni des saisons ni d’autres périodes, où les segments \
     peuvent durer plus ou moins longtemps.",
    "A faixa de 95% dos reajustes diz quanto diferem reajustes sobre os mesmos clientes, a partir de uma \
     única data. Ela não considera estações nem outros períodos, em que os segmentos podem durar mais ou \
     menos tempo.",
]);
pub(super) const RANGE_OF_DATES: Phrase = Phrase([
    "The range of 95% of refits says how far refits differ, from {n} dates on. It holds seasons only as far \
     as these dates do: in other periods segments may last for longer or for less.",
    "La plage de 95 % des réajustements dit de combien diffèrent des réajustements, à partir de {n} dates. \
     Elle ne tient compte des saisons que dans la mesure où ces dates les couvrent : à d’autres périodes, \
     les segments peuvent durer plus ou moins longtemps.",
    "A faixa de 95% dos reajustes diz quanto diferem reajustes a partir de {n} datas. Ela só considera as \
     estações na medida em que essas datas as cobrem: em outros períodos, os segmentos podem durar mais ou \
     menos tempo.",
]);
pub(super) const YEAR_EXTRAPOLATED: Phrase = Phrase([
    "The history is shorter than a year: yearly revenue and new customers are extrapolated from {days} days, \
     as if the rest of the year were like them.",
    "L’historique couvre moins d’un an : chiffre d’affaires annuel et nouveaux clients sont extrapolés de \
     {days} jours, comme si le reste de l’année leur ressemblait.",
    "O histórico cobre menos de um ano: faturamento anual e novos clientes são extrapolados de {days} dias, \
     como se o resto do ano fosse igual.",
]);
pub(super) const DOUBTS: Phrase = Phrase([
    "What the analysis itself warns of:",
    "Avertissements de l’analyse, en anglais :",
    "Avisos da própria análise, em inglês:",
]);

pub(super) const VALIDITY: Phrase =
    Phrase(["Duration and validity", "Durée et validité", "Vigência e validade"]);
pub(super) const CONTRACT: Phrase = Phrase([
    "Contract of {months} months, renewed by agreement; {notice} months of notice; billed monthly.",
    "Contrat de {months} mois, renouvelable d’un commun accord ; préavis de {notice} mois ; facturation \
     mensuelle.",
    "Contrato de {months} meses, renovável de comum acordo; aviso prévio de {notice} meses; faturamento \
     mensal.",
]);
pub(super) const VALID_DAYS: Phrase = Phrase([
    "This proposal holds for {days} days from the day on which it is handed over.",
    "Cette proposition est valable {days} jours à compter de sa remise.",
    "Esta proposta é válida por {days} dias a partir da sua entrega.",
]);
pub(super) const VALID_UNTIL: Phrase = Phrase([
    "Proposal of {issued}, valid for {days} days, until {until}.",
    "Proposition du {issued}, valable {days} jours, jusqu’au {until}.",
    "Proposta de {issued}, válida por {days} dias, até {until}.",
]);
pub(super) const REVIEWED: Phrase = Phrase([
    "After each visit the curve of agreement is measured again. If it shows another interval, both sides \
     agree on a new proposal by the same rule.",
    "Après chaque intervention, la courbe de concordance est mesurée à nouveau. Si elle indique un autre \
     intervalle, les parties conviennent d’une nouvelle proposition selon la même règle.",
    "Após cada intervenção, a curva de concordância é medida novamente. Se ela indicar outro intervalo, as \
     partes acordam uma nova proposta segundo a mesma regra.",
]);
pub(super) const CHOICE: Phrase = Phrase([
    "Offer chosen:  ☐ {essential}  ☐ {recommended}  ☐ {close}",
    "Formule retenue :  ☐ {essential}  ☐ {recommended}  ☐ {close}",
    "Plano escolhido:  ☐ {essential}  ☐ {recommended}  ☐ {close}",
]);
pub(super) const SIGN: Phrase = Phrase([
    "Name, date, signature",
    "Nom, date, signature, précédés de la mention « Bon pour accord »",
    "Nome, data, assinatura",
]);

pub(super) const ASSUMPTIONS: Phrase = Phrase([
    "Annex: all assumptions",
    "Annexe : toutes les hypothèses",
    "Anexo: todas as premissas",
]);
pub(super) const ASSUMPTIONS_TABLE: Phrase = Phrase([
    "Each can be replaced by a key of the terms file; ● marks those that were",
    "Chacune se remplace par une clé du fichier des conditions ; ● : valeur remplacée",
    "Cada uma pode ser substituída por uma chave do arquivo de termos; ●: valor substituído",
]);
pub(super) const ASSUMPTION: Phrase = Phrase(["Assumption", "Hypothèse", "Premissa"]);
pub(super) const VALUE: Phrase = Phrase(["Value", "Valeur", "Valor"]);
pub(super) const SOURCE: Phrase = Phrase(["Source", "Source", "Fonte"]);
pub(super) const KEY: Phrase = Phrase(["Key", "Clé", "Chave"]);
pub(super) const EVIDENCE: Phrase = Phrase([
    "Measured, not assumed: {customers} customers on {day}, and {new} new customers in the {days} days up to \
     then. Revenue of these days: {revenue}.",
    "Mesuré, non supposé : {customers} clients au {day}, et {new} nouveaux clients sur les {days} jours jusque-là. \
     Chiffre d’affaires de ces jours : {revenue}.",
    "Medido, não presumido: {customers} clientes em {day} e {new} novos clientes nos {days} dias até então. \
     Faturamento desses dias: {revenue}.",
]);
pub(super) const EVIDENCE_EXTRAPOLATED: Phrase = Phrase([
    "Measured: {customers} customers on {day}. Extrapolated from {days} days to a year: {new} new customers. \
     Revenue of a year, extrapolated alike: {revenue}.",
    "Mesuré : {customers} clients au {day}. Extrapolé de {days} jours à un an : {new} nouveaux clients. \
     Chiffre d’affaires annuel, extrapolé de même : {revenue}.",
    "Medido: {customers} clientes em {day}. Extrapolado de {days} dias para um ano: {new} novos clientes. \
     Faturamento anual, extrapolado da mesma forma: {revenue}.",
]);

pub(super) fn offer(kind: OfferKind) -> Phrase {
    match kind {
        OfferKind::Essential => Phrase(["Essential", "Essentielle", "Essencial"]),
        OfferKind::Recommended => Phrase(["Recommended", "Recommandée", "Recomendado"]),
        OfferKind::Close => {
            Phrase(["Close follow-up", "Suivi rapproché", "Acompanhamento próximo"])
        }
    }
}

pub(super) fn visit(visit: Visit) -> Phrase {
    match visit {
        Visit::Recalibration => SCOPE_RECALIBRATION,
        Visit::Resegmentation => SCOPE_RESEGMENTATION,
    }
}

pub(super) fn part(part: PricePart) -> Phrase {
    match part {
        PricePart::Recalibration => Phrase(["recalibrations", "recalibrages", "recalibrações"]),
        PricePart::Resegmentation => Phrase([
            "full re-segmentations",
            "resegmentations complètes",
            "ressegmentações completas",
        ]),
        PricePart::Monitoring => Phrase(["monitoring", "surveillance", "monitoramento"]),
        PricePart::Triggered => Phrase([
            "triggered visits (contingency)",
            "interventions déclenchées (provision)",
            "intervenções acionadas (provisão)",
        ]),
        PricePart::Review => {
            Phrase(["review meetings", "réunions de suivi", "reuniões de acompanhamento"])
        }
        PricePart::Setup => Phrase(["set-up", "mise en place", "implantação"]),
    }
}

pub(super) fn task(task: MaintenanceTask) -> Phrase {
    match task {
        MaintenanceTask::Data => {
            Phrase(["Data check", "Contrôle des données", "Verificação dos dados"])
        }
        MaintenanceTask::Refit => Phrase([
            "Refit and stability report",
            "Réajustement et rapport de stabilité",
            "Reajuste e relatório de estabilidade",
        ]),
        MaintenanceTask::Modelling => Phrase(["Modelling", "Modélisation", "Modelagem"]),
        MaintenanceTask::Quality => {
            Phrase(["Quality review", "Revue qualité", "Revisão de qualidade"])
        }
        MaintenanceTask::Note => {
            Phrase(["Note to marketing", "Note au marketing", "Nota ao marketing"])
        }
        MaintenanceTask::Naming => Phrase([
            "Naming with marketing",
            "Nommage avec le marketing",
            "Nomeação com o marketing",
        ]),
        MaintenanceTask::HandOver => {
            Phrase(["Hand-over", "Transfert aux équipes", "Entrega às equipes"])
        }
        MaintenanceTask::Monitoring => {
            Phrase(["Monthly monitoring", "Surveillance mensuelle", "Monitoramento mensal"])
        }
        MaintenanceTask::Visit => {
            Phrase(["Triggered recalibration", "Recalibrage déclenché", "Recalibração acionada"])
        }
        MaintenanceTask::Meeting => {
            Phrase(["Review meeting", "Réunion de suivi", "Reunião de acompanhamento"])
        }
        MaintenanceTask::Setup => Phrase([
            "Access, automatic assignment, first report",
            "Accès, affectation automatique, premier rapport",
            "Acessos, atribuição automática, primeiro relatório",
        ]),
    }
}

pub(super) fn recency(form: Recency) -> Phrase {
    match form {
        Recency::Absolute => Phrase([
            "days since the last order",
            "jours depuis la dernière commande",
            "dias desde o último pedido",
        ]),
        Recency::Relative => Phrase([
            "rank by last order",
            "rang selon la dernière commande",
            "posição pelo último pedido",
        ]),
        Recency::Overlay => Phrase([
            "a rule beside the segments",
            "règle à côté des segments",
            "regra ao lado dos segmentos",
        ]),
    }
}

/// `None`: the file has its own words.
pub(super) fn source(source: &TermSource) -> Option<Phrase> {
    Some(match source {
        TermSource::FrenchMarket => Phrase([
            "French average, rounded (abcportage.fr: €445 a day, direct client)",
            "moyenne française, arrondie (abcportage.fr : 445 € par jour en direct)",
            "média francesa, arredondada (abcportage.fr: € 445 por dia, cliente direto)",
        ]),
        TermSource::FrenchWeek => Phrase([
            "French working week: 35 hours in 5 days",
            "semaine légale de 35 heures sur 5 jours",
            "semana legal francesa: 35 horas em 5 dias",
        ]),
        TermSource::ExchangeOf2018 => Phrase([
            "rate of 19 June 2018 (updatebrazil.com)",
            "cours du 19 juin 2018 (updatebrazil.com)",
            "cotação de 19 de junho de 2018 (updatebrazil.com)",
        ]),
        TermSource::SameCurrency => Phrase([
            "contract and shop have one currency",
            "même devise pour le contrat et la boutique",
            "mesma moeda no contrato e na loja",
        ]),
        TermSource::Convention => Phrase([
            "usual reading of the PSI: stable below 0.10, to be acted on above 0.25",
            "lecture usuelle du PSI : stable sous 0,10, à traiter au-delà de 0,25",
            "leitura usual do PSI: estável abaixo de 0,10, agir acima de 0,25",
        ]),
        TermSource::Usage => Phrase([
            "usual in French maintenance contracts",
            "usage des contrats de maintenance en France",
            "usual em contratos de manutenção na França",
        ]),
        TermSource::Assumption => Phrase([
            "our assumption, to be agreed on",
            "notre hypothèse, à convenir",
            "nossa premissa, a combinar",
        ]),
        TermSource::File(None) => {
            Phrase(["terms file", "fichier des conditions", "arquivo de termos"])
        }
        TermSource::File(Some(_)) => return None,
    })
}

/// The offer that a term is of, if it is of one.
pub(super) fn term_offer(key: TermKey) -> Option<OfferKind> {
    match key {
        TermKey::MonitoringHours(kind)
        | TermKey::ResponseHours(kind)
        | TermKey::TriggeredDays(kind)
        | TermKey::DeliveryDays(kind) => Some(kind),
        TermKey::EssentialInterval => Some(OfferKind::Essential),
        TermKey::CloseInterval | TermKey::Reviews | TermKey::ReviewHours => Some(OfferKind::Close),
        _ => None,
    }
}

pub(super) fn term(key: TermKey) -> Phrase {
    Phrase(match key {
        TermKey::DayRate => {
            ["Day rate, taxes excluded", "Taux journalier HT", "Diária, sem impostos"]
        }
        TermKey::HoursPerDay => {
            ["Hours in a day of work", "Heures par journée", "Horas por dia de trabalho"]
        }
        TermKey::Exchange => [
            "Shop currency for one of the contract",
            "Devise de la boutique pour une unité du contrat",
            "Moeda da loja por unidade da moeda do contrato",
        ],
        TermKey::RecalibrationData => [
            "Recalibration: data check, hours",
            "Recalibrage : contrôle des données, heures",
            "Recalibração: verificação dos dados, horas",
        ],
        TermKey::RecalibrationRefit => [
            "Recalibration: refit and report, hours",
            "Recalibrage : réajustement et rapport, heures",
            "Recalibração: reajuste e relatório, horas",
        ],
        TermKey::RecalibrationQuality => [
            "Recalibration: quality review, hours",
            "Recalibrage : revue qualité, heures",
            "Recalibração: revisão de qualidade, horas",
        ],
        TermKey::RecalibrationNote => [
            "Recalibration: note to marketing, hours",
            "Recalibrage : note au marketing, heures",
            "Recalibração: nota ao marketing, horas",
        ],
        TermKey::ResegmentationData => [
            "Re-segmentation: data check, hours",
            "Resegmentation : contrôle des données, heures",
            "Ressegmentação: verificação dos dados, horas",
        ],
        TermKey::ResegmentationModelling => [
            "Re-segmentation: modelling, hours",
            "Resegmentation : modélisation, heures",
            "Ressegmentação: modelagem, horas",
        ],
        TermKey::ResegmentationQuality => [
            "Re-segmentation: quality review, hours",
            "Resegmentation : revue qualité, heures",
            "Ressegmentação: revisão de qualidade, horas",
        ],
        TermKey::ResegmentationNaming => [
            "Re-segmentation: naming with marketing, hours",
            "Resegmentation : nommage avec le marketing, heures",
            "Ressegmentação: nomeação com o marketing, horas",
        ],
        TermKey::ResegmentationHandOver => [
            "Re-segmentation: hand-over, hours",
            "Resegmentation : transfert aux équipes, heures",
            "Ressegmentação: entrega às equipes, horas",
        ],
        TermKey::ResegmentationMonths => [
            "Months between re-segmentations, at most",
            "Mois entre resegmentations, au plus",
            "Meses entre ressegmentações, no máximo",
        ],
        TermKey::MonitoringHours(_) => [
            "Monitoring, hours a month",
            "Surveillance, heures par mois",
            "Monitoramento, horas por mês",
        ],
        TermKey::SetupHours => ["Set-up, hours", "Mise en place, heures", "Implantação, horas"],
        TermKey::TriggeredLeast => [
            "Triggered visits a year in the price, at least",
            "Interventions déclenchées par an comprises, au moins",
            "Intervenções acionadas por ano incluídas, no mínimo",
        ],
        TermKey::Reviews => [
            "Review meetings a year",
            "Réunions de suivi par an",
            "Reuniões de acompanhamento por ano",
        ],
        TermKey::ReviewHours => [
            "Hours of a review meeting",
            "Heures par réunion de suivi",
            "Horas por reunião de acompanhamento",
        ],
        TermKey::EssentialInterval | TermKey::CloseInterval => [
            "Interval, times the recommended one",
            "Intervalle, en multiple de celui recommandé",
            "Intervalo, em múltiplo do recomendado",
        ],
        TermKey::Campaigns => ["Campaigns a month", "Campagnes par mois", "Campanhas por mês"],
        TermKey::CampaignShare => [
            "Share of revenue that campaigns bring in",
            "Part du chiffre d’affaires apportée par les campagnes",
            "Parte do faturamento gerada por campanhas",
        ],
        TermKey::Loss => [
            "Part of it lost on a customer of the wrong segment",
            "Part perdue sur un client mal ciblé",
            "Parte perdida em um cliente mal segmentado",
        ],
        TermKey::PsiAct => {
            ["PSI that calls for a visit", "PSI déclencheur", "PSI que aciona uma intervenção"]
        }
        TermKey::PsiWatch => ["PSI to be watched", "PSI à surveiller", "PSI em observação"],
        TermKey::FarFactor => [
            "Far new customers, times the usual share",
            "Nouveaux clients éloignés, en multiple de la part habituelle",
            "Novos clientes distantes, em múltiplo da parte usual",
        ],
        TermKey::ResponseHours(_) => [
            "Answer to an incident, working hours",
            "Prise en compte d’un incident, heures ouvrées",
            "Resposta a um incidente, horas úteis",
        ],
        TermKey::TriggeredDays(_) => [
            "Start of a triggered visit, working days",
            "Début d’une intervention déclenchée, jours ouvrés",
            "Início de uma intervenção acionada, dias úteis",
        ],
        TermKey::DeliveryDays(_) => [
            "Results of a visit, working days",
            "Résultats d’une intervention, jours ouvrés",
            "Resultados de uma intervenção, dias úteis",
        ],
        TermKey::OnTimeShare => [
            "Days with the daily assignment in time",
            "Jours avec affectation à l’heure",
            "Dias com atribuição no prazo",
        ],
        TermKey::Credit => [
            "Credit per missed service level",
            "Avoir par engagement non tenu",
            "Crédito por compromisso não cumprido",
        ],
        TermKey::CreditMost => {
            ["Credit a month, at most", "Avoir mensuel maximal", "Crédito mensal máximo"]
        }
        TermKey::TermMonths => ["Duration, months", "Durée, mois", "Vigência, meses"],
        TermKey::NoticeMonths => ["Notice, months", "Préavis, mois", "Aviso prévio, meses"],
        TermKey::ValidityDays => [
            "Validity of the proposal, days",
            "Validité de la proposition, jours",
            "Validade da proposta, dias",
        ],
    })
}
