//! The pictures of the page, each with what it shows in words and its figures as a table.

use std::fmt::Write as _;

use super::super::chart::ChartTable;
use super::super::escaped;
use super::super::locale::Language;
use super::super::plot::{BladeShape, blades, ticks};
use super::super::segmentation::Segmentation;
use super::super::timechart::{TimeChart, TimeLine, flow};
use super::super::vocabulary::{column_label, column_value, typical, typical_value};
use super::super::words::Phrase;
use super::words;
use super::{PageExtras, StabilityCurve, StabilityPoint};
use crate::segments::{Distribution, Profile};

/// A picture.
pub(super) struct Figure {
    /// Of the element, for links.
    pub(super) id: &'static str,
    pub(super) title: String,
    /// What to see in it, in a sentence or two.
    pub(super) description: String,
    /// Whether colours and numbers in it stand for segments, so that a key is needed.
    pub(super) has_key: bool,
    /// One or several pictures.
    pub(super) svgs: Vec<String>,
    pub(super) table: ChartTable,
}

/// Colours that are told apart; more segments than that begin anew.
pub(super) const HUES: usize = 10;
/// Characters of a name beside a picture.
const NAME: usize = 44;
/// Of a character of such a name, at most on average.
const LETTER: f64 = 7.2;

/// All pictures for which there is something to draw, in the order of the page.
pub(super) fn figures(view: &Segmentation<'_>, extras: &PageExtras<'_>) -> Vec<Figure> {
    let pictures = Pictures { view, language: view.language };
    let all = [
        Some(pictures.sizes()),
        pictures.heat_map(),
        pictures.ranges(),
        pictures.blades(extras),
        pictures.map(extras),
        pictures.migration(extras),
        extras.stability.as_ref().map(|curve| pictures.stability(curve)),
    ];
    all.into_iter().flatten().collect()
}

/// What colours mean, and how much room that takes.
struct Key {
    svg: String,
    width: f64,
}

struct Pictures<'a> {
    view: &'a Segmentation<'a>,
    language: Language,
}

impl Pictures<'_> {
    fn names(&self) -> Vec<String> {
        self.view.segments.iter().map(|segment| segment.name.clone()).collect()
    }

    /// A name behind its place in the order of the page.
    fn numbered(&self, at: usize, most: usize) -> String {
        let segment = &self.view.segments[at];
        format!("{}. {}", segment.priority, clipped(&segment.name, most))
    }

    /// Room for the longest of these names.
    fn lead(&self) -> f64 {
        let names = (0..self.view.segments.len()).map(|at| self.numbered(at, NAME));
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        16.0 + LETTER * longest.max(20) as f64
    }

    fn percent(&self, share: f64) -> String {
        self.language.percent(share)
    }

    fn value(&self, column: &str, x: f64) -> String {
        column_value(column, x, self.language, self.view.currency)
    }

    fn typical_value(&self, column: &str, own: &Distribution, everyone: &Distribution) -> String {
        typical_value(column, own, everyone, self.language, self.view.currency)
    }

    /// On an axis, where the unit stands in the title already, but for shares.
    fn tick(&self, column: &str, x: f64) -> String {
        let said = self.value(column, x);
        if said.ends_with('%') { said } else { self.language.number(x) }
    }

    fn begin(&self, title: &str, description: &str, width: f64, height: f64) -> String {
        let (title, description) = (escaped(title), escaped(description));
        format!(
            "<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{title}\">\
             <title>{title}</title><desc>{description}</desc>"
        )
    }

    /// Shares of customers and of revenue.
    fn sizes(&self) -> Figure {
        const BARS: f64 = 470.0;
        const ROW: f64 = 44.0;
        const TAIL: f64 = 60.0;

        let view = self.view;
        let spent = view.revenue();
        let (title, description) = match spent {
            Some(_) => (words::SIZES_AND_REVENUE, words::SIZES_AND_REVENUE_SHOW),
            None => (words::SIZES, words::SIZES_SHOW),
        };
        let (title, description) = (title.text(self.language), description.text(self.language));
        let shares = |at: usize| {
            let customers = view.share(at);
            [Some(customers), view.revenue_share(at)]
        };
        let most = (0..view.segments.len())
            .flat_map(|at| shares(at).into_iter().flatten())
            .fold(f64::MIN_POSITIVE, f64::max);
        let height = ROW * view.segments.len() as f64 + 30.0;
        let lead = self.lead();
        let width = lead + BARS;
        let mut svg = self.begin(&title, &description, width, height);
        for (place, at) in view.by_priority().into_iter().enumerate() {
            let segment = &view.segments[at];
            let top = ROW * place as f64 + 6.0;
            let name = self.numbered(at, NAME);
            let _ = write!(
                svg,
                "<text class=\"name\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                lead - 8.0,
                top + 19.0,
                escaped(&name)
            );
            let kinds = [words::OF_CUSTOMERS, words::OF_REVENUE];
            for (bar, (share, kind)) in shares(at).into_iter().zip(kinds).enumerate() {
                let Some(share) = share else { continue };
                let long = (BARS - TAIL) * (share / most).max(0.0);
                let y = top + 15.0 * bar as f64;
                let said = format!("{} {}", self.percent(share), kind.text(self.language));
                let _ = write!(
                    svg,
                    "<rect class=\"bar{bar}\" x=\"{lead:.1}\" y=\"{y:.1}\" width=\"{long:.1}\" \
                     height=\"13\"><title>{}: {}</title></rect>\
                     <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    escaped(&segment.name),
                    escaped(&said),
                    lead + long + 5.0,
                    y + 10.5,
                    escaped(&self.percent(share))
                );
            }
        }
        let mut x = lead;
        let kinds = [words::OF_CUSTOMERS, words::OF_REVENUE];
        for (bar, kind) in kinds.iter().take(1 + usize::from(spent.is_some())).enumerate() {
            let said = kind.text(self.language);
            let _ = write!(
                svg,
                "<rect class=\"bar{bar}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\"/>\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                height - 18.0,
                x + 15.0,
                height - 9.0,
                escaped(&said)
            );
            x += 40.0 + 6.5 * said.chars().count() as f64;
        }
        let mut head = vec![words::SEGMENT, words::CUSTOMERS, words::SHARE];
        head.extend(spent.map(|_| words::REVENUE));
        head.extend(spent.map(|_| words::REVENUE_SHARE));
        let rows = view.by_priority().into_iter().map(|at| {
            let segment = &view.segments[at];
            let size = self.language.count(view.profiles.segments[at].size);
            let mut row = vec![segment.name.clone(), size, self.percent(view.share(at))];
            if let (Some(sum), Some(share)) = (view.revenue_of(at), view.revenue_share(at)) {
                row.push(self.language.rounded_amount(sum, view.currency));
                row.push(self.percent(share));
            }
            row
        });
        let table = ChartTable {
            head: head.iter().map(|word| word.text(self.language)).collect(),
            rows: rows.collect(),
        };
        Figure {
            id: "sizes",
            title,
            description,
            has_key: false,
            svgs: vec![svg + "</svg>"],
            table,
        }
    }

    /// Columns that can be drawn: known of somebody, and not the same of everybody.
    fn drawn(&self) -> Vec<usize> {
        let values = &self.view.profiles.everyone.values;
        let varies = |values: &Option<Distribution>| values.is_some_and(|x| x.min < x.max);
        (0..values.len()).filter(|&column| varies(&values[column])).collect()
    }

    /// What sets each segment apart: a row for each feature, a column for each segment.
    fn heat_map(&self) -> Option<Figure> {
        /// Of a character, at most on average.
        const LETTER: f64 = 6.8;
        /// Characters of a value.
        const VALUE: usize = 26;
        /// Characters of the name of a row.
        const ROW_NAME: usize = 40;
        const ROW: f64 = 26.0;
        const HEAD: f64 = 76.0;

        let view = self.view;
        let columns = self.drawn();
        if columns.is_empty() || view.segments.len() < 2 {
            return None;
        }
        let title = words::HEAT_MAP.text(self.language);
        let description = words::HEAT_MAP_SHOWS.text(self.language);
        let label = |column: usize| column_label(&view.profiles.columns[column], self.language);
        let order = view.by_priority();
        let shown = |at: usize, column: usize| {
            clipped(&self.typical(&view.profiles.segments[at], column), VALUE)
        };
        let length = |text: String| text.chars().count() as f64;
        let longest = columns.iter().map(|&column| length(clipped(&label(column), ROW_NAME)));
        let lead = 16.0 + 1.06 * LETTER * longest.fold(8.0, f64::max);
        let cells = order.iter().flat_map(|&at| columns.iter().map(move |&column| (at, column)));
        let longest = cells.map(|(at, column)| length(shown(at, column)));
        let cell = 10.0 + LETTER * longest.fold(15.0, f64::max);
        let key = self.shades(HEAD + ROW * columns.len() as f64 + 12.0);
        let width = (lead + cell * order.len() as f64).max(key.width);
        let height = HEAD + ROW * columns.len() as f64 + 34.0;
        let svg = self.begin(&title, &description, width, height);
        // Its own size, for text that can be read: the page scrolls what is wider than it.
        let size = format!("<svg width=\"{width:.0}\" height=\"{height:.0}\"");
        let mut svg = svg.replacen("<svg", &size, 1);
        for (place, &at) in order.iter().enumerate() {
            let x = lead + cell * (place as f64 + 0.5);
            let lines = wrapped(&self.numbered(at, 60), 15, 4);
            let first = HEAD - 8.0 - 14.0 * (lines.len() - 1) as f64;
            for (line, text) in lines.iter().enumerate() {
                let _ = write!(
                    svg,
                    "<text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                    first + 14.0 * line as f64,
                    escaped(text)
                );
            }
        }
        for (row, &column) in columns.iter().enumerate() {
            let top = HEAD + ROW * row as f64;
            let _ = write!(
                svg,
                "<text class=\"name\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                lead - 8.0,
                top + ROW / 2.0 + 3.5,
                escaped(&clipped(&label(column), ROW_NAME))
            );
            for (place, &at) in order.iter().enumerate() {
                let profile = &view.profiles.segments[at];
                let x = lead + cell * place as f64;
                let shown = shown(at, column);
                let said = format!("{} – {}: {shown}", view.segments[at].name, label(column));
                let _ = write!(
                    svg,
                    "<g><title>{}</title><rect class=\"{}\" x=\"{x:.1}\" y=\"{top:.1}\" \
                     width=\"{:.1}\" height=\"{:.1}\"/><text class=\"cell\" x=\"{:.1}\" y=\"{:.1}\" \
                     text-anchor=\"middle\">{}</text></g>",
                    escaped(&said),
                    shade(profile.effects[column]),
                    cell - 2.0,
                    ROW - 2.0,
                    x + cell / 2.0 - 1.0,
                    top + ROW / 2.0 + 3.0,
                    escaped(&shown)
                );
            }
        }
        svg += &key.svg;
        let head = std::iter::once(words::FEATURE.text(self.language));
        let head = head.chain(order.iter().map(|&at| view.segments[at].name.clone())).collect();
        let rows = columns.iter().map(|&column| {
            let cells = order.iter().map(|&at| {
                let profile = &view.profiles.segments[at];
                let effect = profile.effects[column];
                let effect = effect.map_or_else(none, |x| self.language.decimal(x, 2));
                format!("{} ({effect})", self.typical(profile, column))
            });
            std::iter::once(label(column)).chain(cells).collect()
        });
        let table = ChartTable { head, rows: rows.collect() };
        let svgs = vec![svg + "</svg>"];
        Some(Figure { id: "apart", title, description, has_key: false, svgs, table })
    }

    /// What the colours of the heat map mean, on one line at `top`.
    fn shades(&self, top: f64) -> Key {
        const SIZE: f64 = 14.0;

        let mut svg = String::new();
        let mut x = 8.0;
        let parts: [(Phrase, &[&str]); 3] = [
            (words::MUCH_LESS, &["less3", "less2", "less1"]),
            (words::ABOUT_THE_SAME, &["e0"]),
            (words::MUCH_MORE, &["more1", "more2", "more3"]),
        ];
        for (word, classes) in parts {
            for class in classes {
                let _ = write!(
                    svg,
                    "<rect class=\"{class} edged\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{SIZE}\" \
                     height=\"{SIZE}\"/>"
                );
                x += SIZE + 3.0;
            }
            let said = word.text(self.language);
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + 3.0,
                top + 11.0,
                escaped(&said)
            );
            x += 26.0 + 6.5 * said.chars().count() as f64;
        }
        Key { svg, width: x }
    }

    /// The typical value of a column; the caption says where it is an average.
    fn typical(&self, profile: &Profile, column: usize) -> String {
        let name = &self.view.profiles.columns[column];
        let everyone = self.view.profiles.everyone.values[column];
        profile.values[column].map_or_else(none, |values| {
            let x = typical(&values, &everyone.unwrap_or(values));
            self.value(name, x)
        })
    }

    /// The middle half of each segment, feature by feature.
    fn ranges(&self) -> Option<Figure> {
        const WIDTH: f64 = 360.0;
        const LEAD: f64 = 26.0;
        const ROW: f64 = 19.0;
        const TOP: f64 = 32.0;

        let view = self.view;
        let title = words::RANGES.text(self.language);
        let description = words::RANGES_SHOW.text(self.language);
        let mut svgs = Vec::new();
        for column in self.drawn() {
            let name = &view.profiles.columns[column];
            let of = |profile: &Profile| profile.values[column];
            let all: Vec<Distribution> = view.profiles.segments.iter().filter_map(of).collect();
            let low = all.iter().map(|x| x.low).fold(f64::INFINITY, f64::min);
            let high = all.iter().map(|x| x.high).fold(f64::NEG_INFINITY, f64::max);
            let Some(everyone) = view.profiles.everyone.values[column] else { continue };
            // Where the middle halves are all of one value, there is nothing to see.
            if low >= high {
                continue;
            }
            let of_all = typical(&everyone, &everyone);
            let marks = all.iter().map(|own| typical(own, &everyone)).chain([of_all]);
            let (low, high) = marks.fold((low, high), |(low, high), x| (low.min(x), high.max(x)));
            let (low, high, step) = ticks(low, high);
            let x = |value: f64| LEAD + (WIDTH - LEAD - 22.0) * (value - low) / (high - low);
            let bottom = TOP + ROW * view.segments.len() as f64;
            let label = column_label(name, self.language);
            let mut svg = self.begin(&label, &description, WIDTH, bottom + 20.0);
            let _ = write!(
                svg,
                "<text class=\"title\" x=\"4\" y=\"15\">{}</text>",
                escaped(&clipped(&label, 42))
            );
            let n_steps = (((high - low) / step).round() as usize).min(8);
            for i in 0..=n_steps {
                let value = low + step * i as f64;
                let anchor = match i {
                    0 => "start",
                    i if i == n_steps => "end",
                    _ => "middle",
                };
                let _ = write!(
                    svg,
                    "<line class=\"grid\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{TOP}\" \
                     y2=\"{bottom:.1}\"/>",
                    x(value)
                );
                if i % 2 == 0 || n_steps < 4 {
                    let _ = write!(
                        svg,
                        "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" \
                         text-anchor=\"{anchor}\">{}</text>",
                        x(value),
                        bottom + 14.0,
                        escaped(&self.tick(name, value))
                    );
                }
            }
            let _ = write!(
                svg,
                "<line class=\"chosen\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{TOP}\" \
                 y2=\"{bottom:.1}\"><title>{1}</title></line>",
                x(of_all),
                escaped(&words::EVERYONE_TYPICALLY.fill(
                    self.language,
                    &[("value", &self.typical_value(name, &everyone, &everyone))]
                ))
            );
            for (place, at) in view.by_priority().into_iter().enumerate() {
                let segment = &view.segments[at];
                let y = TOP + ROW * (place as f64 + 0.5);
                let _ = write!(
                    svg,
                    "<text class=\"tick\" x=\"4\" y=\"{:.1}\">{}</text>",
                    y + 3.5,
                    segment.priority
                );
                let Some(values) = view.profiles.segments[at].values[column] else { continue };
                let said = format!(
                    "{}: {} ({} – {})",
                    segment.name,
                    self.typical_value(name, &values, &everyone),
                    self.value(name, values.low),
                    self.value(name, values.high)
                );
                let hue = at % HUES;
                let _ = write!(
                    svg,
                    "<g><title>{}</title><rect class=\"hue{hue} range\" x=\"{:.1}\" y=\"{:.1}\" \
                     width=\"{:.1}\" height=\"10\"/><rect class=\"hue{hue}\" x=\"{:.1}\" \
                     y=\"{:.1}\" width=\"4\" height=\"14\"/></g>",
                    escaped(&said),
                    x(values.low),
                    y - 5.0,
                    (x(values.high) - x(values.low)).max(1.0),
                    x(typical(&values, &everyone)) - 2.0,
                    y - 7.0
                );
            }
            svgs.push(svg + "</svg>");
        }
        if svgs.is_empty() {
            return None;
        }
        let head = [words::SEGMENT, words::FEATURE, words::LOW, words::TYPICAL, words::HIGH];
        let rows = view.by_priority().into_iter().flat_map(|at| {
            let (segment, profile) = (&view.segments[at], &view.profiles.segments[at]);
            self.drawn().into_iter().filter_map(|column| {
                let name = &view.profiles.columns[column];
                let values = profile.values[column]?;
                let everyone = view.profiles.everyone.values[column].unwrap_or(values);
                Some(vec![
                    segment.name.clone(),
                    column_label(name, self.language),
                    self.value(name, values.low),
                    self.typical_value(name, &values, &everyone),
                    self.value(name, values.high),
                ])
            })
        });
        let table = ChartTable {
            head: head.iter().map(|word| word.text(self.language)).collect(),
            rows: rows.collect(),
        };
        Some(Figure { id: "ranges", title, description, has_key: true, svgs, table })
    }

    /// How well each customer fits.
    fn blades(&self, extras: &PageExtras<'_>) -> Option<Figure> {
        const SAMPLES: usize = 120;

        let found = extras.silhouette?;
        let title = words::BLADES.text(self.language);
        let description = words::BLADES_SHOW.text(self.language);
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); self.view.segments.len()];
        for (i, &value) in found.values.iter().enumerate() {
            let row = found.rows.as_ref().map_or(i, |rows| rows[i]);
            values[extras.labels[row] as usize].push(value);
        }
        let order = self.view.by_priority();
        let sampled: Vec<Vec<f64>> = values.into_iter().map(|own| falling(own, SAMPLES)).collect();
        let names: Vec<String> = order.iter().map(|&at| self.numbered(at, NAME)).collect();
        let fit = |at: usize, digits| {
            let mean = self.view.segments[at].silhouette;
            mean.map_or_else(none, |x| self.language.decimal(x, digits))
        };
        let shapes = order.iter().zip(&names).map(|(&at, name)| BladeShape {
            name,
            hue: at % HUES,
            values: &sampled[at],
            share: self.view.share(at),
            label: fit(at, 2),
        });
        let shapes: Vec<BladeShape<'_>> = shapes.collect();
        // The mean stands behind the name.
        let lead = self.lead() + 7.0 * LETTER;
        let svg = blades(&title, &shapes, found.mean, lead, self.language);
        let rows = order.iter().map(|&at| {
            let below = found.clusters.iter().find(|cluster| cluster.label as usize == at);
            let below = below.map_or_else(none, |cluster| {
                self.percent(cluster.n_below_zero as f64 / cluster.n.max(1) as f64)
            });
            vec![self.view.segments[at].name.clone(), fit(at, 3), below]
        });
        let head = [words::SEGMENT, words::MEAN_FIT, words::NEARER_TO_ANOTHER];
        let table = ChartTable {
            head: head.iter().map(|word| word.text(self.language)).collect(),
            rows: rows.collect(),
        };
        let svgs = vec![described(&svg, &description)];
        Some(Figure { id: "fit", title, description, has_key: false, svgs, table })
    }

    /// Everybody on a plane.
    fn map(&self, extras: &PageExtras<'_>) -> Option<Figure> {
        const WIDTH: f64 = 640.0;
        const HEIGHT: f64 = 460.0;
        const EDGE: f64 = 34.0;
        /// Of the points at each end, which would squeeze all others.
        const BEYOND: f64 = 0.005;

        let found = extras.projection;
        if found.points.is_empty() {
            return None;
        }
        let columns = &extras.fitted_columns;
        let title = words::MAP.text(self.language);
        let parts = |axis: &[f64]| {
            let mut order: Vec<usize> = (0..axis.len()).collect();
            order.sort_by(|&a, &b| axis[b].abs().total_cmp(&axis[a].abs()).then(a.cmp(&b)));
            let named = order.iter().filter(|&&column| axis[column].abs() >= 0.3).take(2);
            let named =
                named.map(|&column| clipped(&column_label(&columns[column], self.language), NAME));
            named.collect::<Vec<_>>().join(", ")
        };
        let axes = [0, 1].map(|at: usize| {
            words::MAP_AXIS.fill(
                self.language,
                &[
                    ("columns", &parts(&found.axes[at])),
                    ("share", &self.percent(found.explained[at])),
                ],
            )
        });
        let description = words::MAP_SHOWS.fill(
            self.language,
            &[
                ("n", &self.language.count(found.points.len() as u64)),
                ("share", &self.percent(found.explained.iter().sum())),
            ],
        );
        let span = |at: usize| {
            let mut values: Vec<f64> = found.points.iter().map(|point| point.1[at]).collect();
            values.sort_unstable_by(f64::total_cmp);
            let out = (BEYOND * values.len() as f64) as usize;
            let inner = [values[out], values[values.len() - 1 - out]];
            let centers = found.centers.iter().map(|center| center[at]);
            let low = centers.clone().fold(inner[0], f64::min);
            let high = centers.fold(inner[1], f64::max);
            let room = 0.04 * (high - low).max(f64::MIN_POSITIVE);
            (low - room, high + room)
        };
        let ((left, right), (bottom, top)) = (span(0), span(1));
        let wide = (right - left).max(f64::MIN_POSITIVE);
        let tall = (top - bottom).max(f64::MIN_POSITIVE);
        let x = |value: f64| EDGE + (WIDTH - 2.0 * EDGE) * (value - left) / wide;
        let y = |value: f64| HEIGHT - EDGE - (HEIGHT - 2.0 * EDGE) * (value - bottom) / tall;
        let mut svg = self.begin(&title, &description, WIDTH, HEIGHT);
        let _ = write!(
            svg,
            "<rect class=\"frame\" x=\"{EDGE}\" y=\"{EDGE}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            WIDTH - 2.0 * EDGE,
            HEIGHT - 2.0 * EDGE
        );
        let is_inside =
            |[a, b]: [f64; 2]| (left..=right).contains(&a) && (bottom..=top).contains(&b);
        for &(row, point) in found.points.iter().filter(|point| is_inside(point.1)) {
            let _ = write!(
                svg,
                "<circle class=\"hue{} dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.4\"/>",
                extras.labels[row] as usize % HUES,
                x(point[0]),
                y(point[1])
            );
        }
        for (segment, &[a, b]) in self.view.segments.iter().zip(&found.centers) {
            let _ = write!(
                svg,
                "<g><title>{}</title><circle class=\"center\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"11\"/>\
                 <text class=\"number\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text></g>",
                escaped(&segment.name),
                x(a),
                y(b),
                x(a),
                y(b) + 4.0,
                segment.priority
            );
        }
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} →</text>\
             <text class=\"tick\" transform=\"translate(14 {:.1}) rotate(-90)\" \
             text-anchor=\"middle\">{} →</text>",
            WIDTH / 2.0,
            HEIGHT - 12.0,
            escaped(&axes[0]),
            HEIGHT / 2.0,
            escaped(&axes[1])
        );
        let head = std::iter::once(words::FEATURE.text(self.language));
        let head = head.chain(
            [1, 2].map(|at| words::MAP_DIRECTION.fill(self.language, &[("n", &at.to_string())])),
        );
        let rows = columns.iter().enumerate().map(|(column, name)| {
            let label = column_label(name, self.language);
            let parts = [0, 1].map(|at: usize| self.language.decimal(found.axes[at][column], 2));
            std::iter::once(label).chain(parts).collect()
        });
        let table = ChartTable { head: head.collect(), rows: rows.collect() };
        Some(Figure {
            id: "map",
            title,
            description,
            has_key: true,
            svgs: vec![svg + "</svg>"],
            table,
        })
    }

    /// Who came from where since the run before.
    fn migration(&self, extras: &PageExtras<'_>) -> Option<Figure> {
        let found = extras.changes.as_ref()?;
        let title = words::MIGRATION.text(self.language);
        let description = words::MIGRATION_SHOWS.fill(
            self.language,
            &[
                ("moved", &self.language.count(found.n_moved)),
                ("n", &self.language.count(found.n_both)),
                ("new", &self.language.count(found.n_new)),
                ("gone", &self.language.count(found.n_gone)),
            ],
        );
        let to = self.names();
        let short = |names: &[String]| -> Vec<String> {
            names.iter().map(|name| clipped(name, 30)).collect()
        };
        let cells: Vec<f64> = found.cells.iter().map(|&n| n as f64).collect();
        let svg = flow(&title, &short(&found.from), &short(&to), &cells, self.language);
        let head = std::iter::once(words::BEFORE_AND_NOW.text(self.language));
        let rows = found.from.iter().zip(found.cells.chunks(to.len().max(1))).map(|(from, row)| {
            let cells = row.iter().map(|&n| self.language.count(n));
            std::iter::once(from.clone()).chain(cells).collect()
        });
        let table =
            ChartTable { head: head.chain(to.iter().cloned()).collect(), rows: rows.collect() };
        let svgs = vec![described(&svg, &description)];
        Some(Figure { id: "moves", title, description, has_key: false, svgs, table })
    }

    /// How long segments last.
    fn stability(&self, curve: &StabilityCurve) -> Figure {
        let title = words::STABILITY.text(self.language);
        let threshold = self.language.decimal(curve.threshold, 2);
        let description = words::STABILITY_SHOWS.fill(self.language, &[("threshold", &threshold)]);
        let dates: Vec<String> =
            curve.points.iter().map(|point| self.language.date(point.day)).collect();
        let edges = |point: &StabilityPoint| point.band.unwrap_or((point.median, point.median));
        let band: Vec<(f64, f64)> = curve.points.iter().map(edges).collect();
        let level = words::THRESHOLD.text(self.language);
        let line = words::AGREEMENT.text(self.language);
        let chart = TimeChart {
            title: &title,
            dates: &dates,
            band: Some(&band),
            lines: vec![TimeLine {
                name: &line,
                class: "a",
                values: curve.points.iter().map(|point| Some(point.median)).collect(),
            }],
            levels: &[(curve.threshold, &level)],
            marked: curve.refresh,
            range: (0.5, 1.0),
            language: self.language,
        };
        let head = [words::DATE, words::AGREEMENT, words::FROM, words::TO];
        let rows = curve.points.iter().map(|point| {
            let (low, high) = point.band.unzip();
            let numbers = [Some(point.median), low, high];
            let said = |x: Option<f64>| x.map_or_else(none, |x| self.language.decimal(x, 3));
            std::iter::once(self.language.date(point.day)).chain(numbers.map(said)).collect()
        });
        let table = ChartTable {
            head: head.iter().map(|word| word.text(self.language)).collect(),
            rows: rows.collect(),
        };
        let svgs = vec![described(&chart.svg(), &description)];
        Figure { id: "stability", title, description, has_key: false, svgs, table }
    }
}

/// The class of an effect: how far, and to which side.
fn shade(effect: Option<f64>) -> &'static str {
    // Romano's limits of small, medium and large.
    const LIMITS: [f64; 3] = [0.147, 0.33, 0.474];
    let Some(effect) = effect else { return "e0" };
    let size = LIMITS.iter().filter(|&&limit| effect.abs() >= limit).count();
    match (size, effect > 0.0) {
        (0, _) => "e0",
        (1, true) => "more1",
        (2, true) => "more2",
        (_, true) => "more3",
        (1, false) => "less1",
        (2, false) => "less2",
        (_, false) => "less3",
    }
}

/// At most `n` of the values at equal steps, falling.
fn falling(mut values: Vec<f64>, n: usize) -> Vec<f64> {
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    if values.len() <= n {
        return values;
    }
    (0..n).map(|i| values[i * (values.len() - 1) / (n - 1)]).collect()
}

/// The picture with what it shows, for those who do not see it.
fn described(svg: &str, description: &str) -> String {
    match svg.split_once('>') {
        Some((open, rest)) => format!("{open}><desc>{}</desc>{rest}", escaped(description)),
        None => svg.to_owned(),
    }
}

fn clipped(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most - 1).chain(['…']).collect()
}

/// Words on lines of about `width` characters, `most` lines at most.
fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(clipped(word, width)),
        }
    }
    lines.truncate(most);
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn none() -> String {
    "–".to_owned()
}
