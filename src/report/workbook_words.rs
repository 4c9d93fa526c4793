//! What a workbook says, in the language of a segmentation.

use super::segmentation::Segmentation;
use super::vocabulary::{advice, cell_unit, certainty, column_label};
use super::words::Phrase;
use super::workbook::{ColumnWords, CustomerHeads, ProfileHeads, SegmentWords, WorkbookWords};

/// The words of the workbook of `view`.
pub fn workbook_words(view: &Segmentation<'_>) -> WorkbookWords {
    let language = view.language;
    let text = |texts: [&'static str; 3]| Phrase(texts).text(language);
    let segment = |at: usize| {
        let segment = &view.segments[at];
        let words = advice(segment.action, language);
        SegmentWords {
            certainty: certainty(segment.certainty, language),
            traits: view.set_apart(at),
            action: words.title,
            advice: words.steps,
            avoid: words.avoid,
            measure: words.measure,
        }
    };
    let column =
        |name: &String| ColumnWords { label: column_label(name, language), unit: cell_unit(name) };
    let name = text(["Segment", "Segment", "Segmento"]);
    let priority = text(["Priority", "Priorité", "Prioridade"]);
    let customers = text(["Customers", "Clients", "Clientes"]);
    WorkbookWords {
        title: text(["Customer segments", "Segments de clients", "Segmentos de clientes"]),
        profiles: text(["Segments", "Segments", "Segmentos"]),
        customers: customers.clone(),
        everyone: text(["All customers", "Tous les clients", "Todos os clientes"]),
        heads: ProfileHeads {
            priority: priority.clone(),
            name: name.clone(),
            id: text(["Number", "Numéro", "Número"]),
            customers: customers.clone(),
            share: text(["Share of customers", "Part des clients", "Parcela dos clientes"]),
            revenue: text(["Revenue", "Chiffre d’affaires", "Faturamento"]),
            revenue_share: text([
                "Share of revenue",
                "Part du chiffre d’affaires",
                "Parcela do faturamento",
            ]),
            revenue_each: text(["Revenue per customer", "Par client", "Por cliente"]),
            certainty: text(["How sure?", "Fiabilité", "Confiabilidade"]),
            borderline: text([
                "Nearly as close to another",
                "Presque aussi proches d’un autre",
                "Quase tão próximos de outro",
            ]),
            far: text(["Unlike everybody", "Ne ressemblant à personne", "Diferentes de todos"]),
            before: text(["In the last run", "La fois précédente", "Na vez anterior"]),
            traits: text(["What sets them apart", "Ce qui les distingue", "O que os distingue"]),
            action: text(["What to do", "Que faire", "O que fazer"]),
            advice: text(["Do", "À faire", "Fazer"]),
            avoid: text(["Do not", "À éviter", "Evitar"]),
            measure: text(["Measure", "À mesurer", "Medir"]),
        },
        customer_heads: CustomerHeads {
            row: text(["Row", "Ligne", "Linha"]),
            segment: name,
            priority,
            previous: text(["Segment before", "Segment précédent", "Segmento anterior"]),
            changed_on: text(["Changed on", "A changé le", "Mudou em"]),
            confidence: text(["Confidence (0–1)", "Netteté (0–1)", "Clareza (0–1)"]),
            is_far: text(["Unlike everybody", "Ne ressemble à personne", "Diferente de todos"]),
            reason: text(["Why", "Pourquoi", "Por quê"]),
        },
        customers_chart: text([
            "Customers by segment",
            "Clients par segment",
            "Clientes por segmento",
        ]),
        revenue_chart: text([
            "Revenue by segment",
            "Chiffre d’affaires par segment",
            "Faturamento por segmento",
        ]),
        shares_chart: text([
            "Share of customers and of revenue",
            "Part des clients et du chiffre d’affaires",
            "Parcela dos clientes e do faturamento",
        ]),
        low: text(["a quarter below", "un quart en dessous", "um quarto abaixo"]),
        median: text(["middle value", "valeur du milieu", "valor do meio"]),
        high: text(["a quarter above", "un quart au-dessus", "um quarto acima"]),
        segments: (0..view.segments.len()).map(segment).collect(),
        columns: view.profiles.columns.iter().map(column).collect(),
    }
}
