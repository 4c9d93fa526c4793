//! The page that shows a comparison of numbers of clusters.

use std::fmt::Write as _;

use super::escaped;
use super::locale::Language;
use super::plot::{BladeShape, Curve, LEAD, blades, lines};

/// Comparisons to be drawn, one per prepared space.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What was compared: the name of the table.
    pub title: String,
    /// One section each.
    pub spaces: Vec<ChartSpace>,
}

/// What was found in one space; vectors have one element per number of clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartSpace {
    /// Empty if there is only one.
    pub name: String,
    /// Rows, columns and scale, in words.
    pub source: String,
    /// The columns.
    pub columns: Vec<String>,
    /// The numbers of clusters, ascending.
    pub ks: Vec<usize>,
    /// Inertia.
    pub inertia: Vec<Option<f64>>,
    /// The mean silhouette.
    pub silhouette: Vec<Option<f64>>,
    /// That of the worst cluster.
    pub worst_silhouette: Vec<Option<f64>>,
    /// The mean ARI between seeds.
    pub starts: Vec<Option<f64>>,
    /// The Jaccard similarity of the cluster that is found again least well.
    pub worst_jaccard: Vec<Option<f64>>,
    /// The number to take, if any.
    pub recommended: Option<usize>,
    /// The number that is looked at closely: that one or, if none is to be taken, another.
    pub shown: Option<usize>,
    /// Why, or why none.
    pub reason: String,
    /// What to know before believing it.
    pub warnings: Vec<String>,
    /// A line per number of clusters.
    pub candidates: ChartTable,
    /// What speaks against a number, each with how it is called.
    pub faults: Vec<(String, String)>,
    /// A line per other algorithm.
    pub others: ChartTable,
    /// What is to be said of each of them.
    pub verdicts: Vec<(String, String)>,
    /// The silhouettes of the clusters of the number that is shown.
    pub blades: Vec<Blade>,
}

/// A table as it is to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartTable {
    /// The names of its columns.
    pub head: Vec<String>,
    /// As many cells each.
    pub rows: Vec<Vec<String>>,
}

/// The silhouettes of one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Blade {
    /// The cluster's name.
    pub name: String,
    /// Its rows.
    pub size: u64,
    /// The mean of its silhouettes.
    pub mean: f64,
    /// Some of them, falling: quantiles at equal steps.
    pub values: Vec<f64>,
}

const STYLE: &str = include_str!("chart.css");

/// What a reader who never saw one of these words needs.
const GLOSSARY: [(&str, &str); 7] = [
    ("k", "the number of segments"),
    (
        "silhouette",
        "how much nearer a row is to its own segment than to the next one: 1 well inside, 0 between \
         two, below 0 nearer to another. Kaufman and Rousseeuw (1990) read means above 0.7 as strong, \
         above 0.5 as reasonable, above 0.25 as weak; even noise can have a weak one",
    ),
    (
        "inertia",
        "the sum of squared distances to the centres; it always falls, and faster before an elbow",
    ),
    (
        "seeds ARI",
        "how far fits from different random starts agree (adjusted Rand index): 1 is always",
    ),
    (
        "worst Jaccard",
        "of the segment that is found again least well when customers are drawn anew: from 0.75 \
         stable, below 0.6 not to be trusted (Hennig 2007)",
    ),
    ("DB, CH", "Davies-Bouldin (smaller is better) and Calinski-Harabasz (larger is better)"),
    (
        "● ○",
        "recommended; no other number is at least as good in all of silhouette, worst Jaccard, \
             smallest segment and fewness",
    ),
];

impl Chart {
    /// A page of its own: HTML with inline SVG, and nothing to be loaded or run.
    pub fn html(&self) -> String {
        let mut html = head("Numbers of segments", &self.title);
        if self.spaces.len() > 1 {
            html += "<p>Silhouettes and inertia compare within one section only: every section \
                     measures distances in a space of its own.</p>\n";
        }
        for space in &self.spaces {
            html += &space.html();
        }
        html + &format!("<h2>Words</h2>\n{}</body></html>\n", terms(&GLOSSARY))
    }
}

impl ChartSpace {
    fn html(&self) -> String {
        let heading = match self.recommended {
            Some(k) => format!("Take {k} segments"),
            None => "No number of segments passes".to_owned(),
        };
        let name = if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) };
        let mut html =
            format!("<h2>{}{heading}</h2>\n<p>{}</p>\n", escaped(&name), escaped(&self.reason),);
        for warning in &self.warnings {
            let _ = writeln!(html, "<p class=\"warning\">Note: {}</p>", escaped(warning));
        }
        let _ = writeln!(
            html,
            "<p class=\"dim\">{}: {}</p>\n<div class=\"charts\">",
            escaped(&self.source),
            escaped(&self.columns.join(", "))
        );
        let marked = self.recommended;
        let one = |name, values| Curve { name, class: "a", values };
        let two = |name, values| Curve { name, class: "b", values };
        let ks = &self.ks;
        let inertia = [one("inertia", &self.inertia)];
        let silhouettes =
            [one("all segments", &self.silhouette), two("worst segment", &self.worst_silhouette)];
        let stability = [
            one("seeds (ARI)", &self.starts),
            two("resamples (worst Jaccard)", &self.worst_jaccard),
        ];
        for chart in [
            lines("Inertia (elbow)", ks, &inertia, marked, Some(0.0)),
            lines("Silhouette", ks, &silhouettes, marked, None),
            lines("Stability", ks, &stability, marked, Some(0.0)),
        ] {
            let _ = writeln!(html, "{chart}");
        }
        if !self.blades.is_empty() {
            let total: u64 = self.blades.iter().map(|blade| blade.size).sum();
            let sum: f64 = self.blades.iter().map(|blade| blade.mean * blade.size as f64).sum();
            let shapes: Vec<BladeShape<'_>> = self
                .blades
                .iter()
                .enumerate()
                .map(|(i, blade)| BladeShape {
                    name: &blade.name,
                    hue: i % 10,
                    values: &blade.values,
                    share: blade.size as f64 / total as f64,
                    label: format!(
                        "{:.1} %, {:.3}",
                        100.0 * blade.size as f64 / total as f64,
                        blade.mean
                    ),
                })
                .collect();
            let nearest = if self.recommended == self.shown { "" } else { ", nearest to passing" };
            let title = format!("Silhouettes of {} segments{nearest}", self.blades.len());
            let chart = blades(&title, &shapes, sum / total as f64, LEAD, Language::English);
            let _ = writeln!(html, "<div class=\"scroll\">{chart}</div>");
        }
        html += "</div>\n";
        html += &self.candidates.html();
        html += &terms(&self.faults);
        if !self.others.rows.is_empty() {
            let shown = self.shown.unwrap_or(0);
            let _ = writeln!(html, "<h3>Other algorithms, beside {shown} segments of k-means</h3>");
            html += &self.others.html();
            html += &terms(&self.verdicts);
        }
        html
    }
}

impl ChartTable {
    pub(super) fn html(&self) -> String {
        let line = |cells: &[String], tag: &str| -> String {
            let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
            format!("<tr>{}</tr>\n", cells.collect::<String>())
        };
        let rows: String = self.rows.iter().map(|row| line(row, "td")).collect();
        format!("<div class=\"scroll\"><table>\n{}{rows}</table></div>\n", line(&self.head, "th"))
    }
}

/// The beginning of a page, which loads nothing and runs nothing.
pub(super) fn head(what: &str, of: &str) -> String {
    let (what, of) = (escaped(what), escaped(of));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{what} · {of}</title>\n<style>{STYLE}</style></head>\n<body>\n\
         <h1>{what}</h1>\n<p class=\"dim\">{of}</p>\n"
    )
}

/// Words and what is said of each.
pub(super) fn terms<T: AsRef<str>>(terms: &[(T, T)]) -> String {
    let term = |(word, said): &(T, T)| {
        format!("<dt>{}</dt><dd>{}</dd>\n", escaped(word.as_ref()), escaped(said.as_ref()))
    };
    format!("<dl>\n{}</dl>\n", terms.iter().map(term).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> String {
        let table = |cell: &str| ChartTable {
            head: vec!["k".to_owned(), "x".to_owned()],
            rows: vec![vec!["2".to_owned(), cell.to_owned()]],
        };
        let hostile = || "<script>alert(1)</script>\"'&\u{202e}".to_owned();
        let space = ChartSpace {
            name: hostile(),
            source: "4 rows in 1 column".to_owned(),
            columns: vec![hostile()],
            ks: vec![2, 3],
            inertia: vec![Some(2.0), Some(1.0)],
            silhouette: vec![Some(0.5), None],
            worst_silhouette: vec![Some(-0.5), None],
            starts: vec![None, None],
            worst_jaccard: vec![Some(0.75), Some(0.25)],
            recommended: Some(2),
            shown: Some(2),
            reason: hostile(),
            warnings: vec![hostile()],
            candidates: table(&hostile()),
            faults: vec![(hostile(), hostile())],
            others: table(&hostile()),
            verdicts: vec![(hostile(), hostile())],
            blades: vec![Blade { name: hostile(), size: 4, mean: 0.5, values: vec![0.6, 0.4] }],
        };
        Chart { title: hostile(), spaces: vec![space] }.html()
    }

    #[test]
    fn nothing_that_comes_from_a_table_becomes_markup() {
        let page = page();
        assert!(!page.contains("<script") && !page.contains('\u{202e}'));
        assert_eq!(page.matches("alert(1)").count(), page.matches("&lt;script&gt;").count());
        assert!(page.matches("alert(1)").count() >= 12);
    }

    #[test]
    fn the_page_is_whole() {
        let page = page();
        let count = |text: &str| page.matches(text).count();
        for tag in ["h2", "h3", "p", "dl", "dt", "dd", "table", "tr", "th", "td", "div", "svg"] {
            let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
            assert_eq!(opened, count(&format!("</{tag}>")), "{tag}");
        }
        assert_eq!(count("<svg"), 4);
        assert_eq!(count("<table"), 2);
        assert_eq!(count("class=\"warning\""), 1);
        // Where something is not defined, nothing is drawn.
        assert_eq!(count("<circle"), 2 + 1 + 1 + 2);
        assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}
