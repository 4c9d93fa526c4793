//! The page that shows a comparison of numbers of clusters.

use std::fmt::Write as _;

use super::escaped;
use super::plot::{BladeShape, Curve, blades, lines};

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
    /// Why, or why none.
    pub reason: String,
    /// The silhouettes of the clusters of that number, or of the best separated one.
    pub blades: Vec<Blade>,
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
    /// Some of them, falling: as large a part of them in every cluster.
    pub values: Vec<f64>,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--dim:#5d6877;--grid:#dfe4ea;--paper:#fff;--a:#1769aa;\
--b:#c2570c;--mark:#8a1c5b}\
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--dim:#9aa6b5;--grid:#333c48;--paper:#12161c;\
--a:#6db3ec;--b:#f0a060;--mark:#e58fc0}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem auto;\
max-width:72rem;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2.5rem}p{max-width:50rem}.dim{color:var(--dim)}\
.charts{display:flex;flex-wrap:wrap;gap:1rem}svg{flex:1 1 20rem;max-width:34rem;min-width:18rem}\
svg.wide{flex-basis:100%;max-width:48rem}\
svg text{font:11px system-ui,sans-serif;fill:var(--dim)}svg .title{font-size:13px;fill:var(--ink)}\
.grid{stroke:var(--grid)}.chosen{stroke:var(--mark);stroke-dasharray:4 3}\
polyline{fill:none;stroke-width:1.8}.a{stroke:var(--a)}.b{stroke:var(--b)}\
circle.a{fill:var(--a)}circle.b{fill:var(--b)}line.a,line.b{stroke-width:2}\
.hue0{fill:#3b7dbd}.hue1{fill:#c46a2b}.hue2{fill:#3f9167}.hue3{fill:#a5528a}.hue4{fill:#8a8234}\
.hue5{fill:#6a62b5}";

impl Chart {
    /// A page of its own: HTML with inline SVG, and nothing to be loaded or run.
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>Numbers of segments · {title}</title>\n<style>{STYLE}</style></head>\n<body>\n\
             <h1>Numbers of segments</h1>\n<p class=\"dim\">{title}</p>\n"
        );
        if self.spaces.len() > 1 {
            html += "<p>Silhouettes and inertia compare within one section only: every section \
                     measures distances in a space of its own.</p>\n";
        }
        for space in &self.spaces {
            html += &space.html();
        }
        html + "</body></html>\n"
    }
}

impl ChartSpace {
    fn html(&self) -> String {
        let heading = match self.recommended {
            Some(k) => format!("Take {k} segments"),
            None => "No number of segments passes".to_owned(),
        };
        let name = if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) };
        let mut html = format!(
            "<h2>{}{heading}</h2>\n<p>{}</p>\n<p class=\"dim\">Columns: {}</p>\n\
             <div class=\"charts\">\n",
            escaped(&name),
            escaped(&self.reason),
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
            lines("Stability", ks, &stability, marked, None),
        ] {
            let _ = writeln!(html, "{chart}");
        }
        if !self.blades.is_empty() {
            let total: u64 = self.blades.iter().map(|blade| blade.size).sum();
            let sum: f64 = self.blades.iter().map(|blade| blade.mean * blade.size as f64).sum();
            let shapes: Vec<BladeShape<'_>> = self
                .blades
                .iter()
                .map(|blade| BladeShape {
                    name: &blade.name,
                    values: &blade.values,
                    label: format!(
                        "{:.1} %, {:.3}",
                        100.0 * blade.size as f64 / total as f64,
                        blade.mean
                    ),
                })
                .collect();
            let title = format!("Silhouettes of {} segments", self.blades.len());
            let _ = writeln!(html, "{}", blades(&title, &shapes, sum / total as f64));
        }
        html + "</div>\n"
    }
}
