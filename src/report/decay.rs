//! The page that shows how long segments last.

use super::chart::{ChartTable, head, terms};
use super::escaped;
use super::locale::Language;
use super::timechart::{TimeChart, TimeLine, flow, stacked};
use crate::error::grouped;
use crate::stability::{Band, Period, Timeline};

/// How long segments last, to be drawn.
#[derive(Clone, Debug)]
pub struct DecayPage<'a> {
    /// What was followed: the name of the orders.
    pub title: String,
    /// Rows, columns, dates and window, in words.
    pub source: String,
    /// What was found.
    pub found: &'a Timeline,
    /// The names of the segments.
    pub names: Vec<String>,
    /// Below that segments are to be made anew.
    pub threshold: f64,
    /// What is recommended, in a sentence.
    pub verdict: String,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// What to know before believing it.
    pub warnings: Vec<String>,
}

/// What a reader who never saw one of these words needs.
const GLOSSARY: [(&str, &str); 8] = [
    ("T0", "the day on which the segments were made that are held against later ones"),
    (
        "agreement",
        "adjusted Rand index between the segments of T0's model and those of a refit, of the same \
         customers on the same day: 1 is the same, 0 is chance",
    ),
    (
        "band",
        "between the 2.5th and the 97.5th percentile of all refits of a day, from other seeds and of \
         resamples: what chance does",
    ),
    (
        "Jaccard",
        "customers in both segments by customers in either; from 0.75 stable, below 0.6 not to be \
         trusted (Hennig 2007)",
    ),
    (
        "clock, newcomers, behaviour, refit",
        "what the loss of agreement is made of: ages grow while nothing happens; customers come (and go, \
         in a sliding window); customers of T0 do something; refits find other optima. Negative parts \
         make up for others",
    ),
    (
        "PSI",
        "population stability index over the tenths of T0: below 0.1 stable, to 0.25 to be watched, \
         above it to be acted on",
    ),
    ("KS", "the largest difference between two cumulative distributions"),
    (
        "survived, split, merged, gone",
        "what became of a segment in the best refit of the day (after MONIC, Spiliopoulou et al. 2006)",
    ),
];

impl DecayPage<'_> {
    /// A page of its own: HTML with inline SVG, and nothing to be loaded or run.
    pub fn html(&self) -> String {
        let mut html = head("How long segments last", &self.title);
        html += &format!("<h2>{}</h2>\n", escaped(&self.verdict));
        for reason in &self.reasons {
            html += &format!("<p>{}</p>\n", escaped(reason));
        }
        for warning in &self.warnings {
            html += &format!("<p class=\"warning\">Note: {}</p>\n", escaped(warning));
        }
        html += &format!("<p class=\"dim\">{}</p>\n", escaped(&self.source));
        html += &section("Agreement over time", &self.curve(), &self.curve_table());
        html += &section("By segment", &self.segments(), &self.segment_table());
        html += &section("Who would change segment", &self.migration(), &self.migration_table());
        html += &section("What features do", &self.drift(), &self.drift_table());
        if let Some(loss) = self.loss() {
            html += &section("What the loss is made of", &loss, &self.loss_table());
        }
        html += &format!("<h2>How firm segments are on a day</h2>\n{}", self.firmness().html());
        html + &format!("<h2>Words</h2>\n{}</body></html>\n", terms(&GLOSSARY))
    }

    /// The period in which the segments are to be made anew.
    fn due(&self) -> Option<usize> {
        self.found.refresh_at(self.threshold).periods
    }

    /// T0 and the dates after it.
    fn dates(&self) -> Vec<String> {
        let later = self.found.periods.iter().map(|period| period.day.to_string());
        std::iter::once(self.found.main().day.to_string()).chain(later).collect()
    }

    fn later_dates(&self) -> Vec<String> {
        self.dates().split_off(1)
    }

    fn curve(&self) -> String {
        let main = self.found.main();
        let at_t0 = main.at_origin;
        let band: Vec<(f64, f64)> = std::iter::once((at_t0, at_t0))
            .chain(main.curve.iter().map(|band| (band.low, band.high)))
            .collect();
        let line = |name, class, at_t0: f64, curve: &[Band], n: usize| {
            let later = curve.iter().take(n).map(|band| Some(band.median));
            let values = std::iter::once(Some(at_t0)).chain(later).collect();
            TimeLine { name, class, values }
        };
        let n = main.curve.len();
        let (_, others) = self.found.decays.split_last().unwrap_or((main, &[]));
        // Of other origins the curve after as many periods.
        let mut lines: Vec<TimeLine<'_>> = others
            .iter()
            .map(|decay| line("", "faint", decay.at_origin, &decay.curve, n))
            .collect();
        lines.push(line("median", "a", at_t0, &main.curve, n));
        let threshold = format!("threshold {:.2}", self.threshold);
        let chart = TimeChart {
            title: "Agreement with refits (adjusted Rand index)",
            dates: &self.dates(),
            band: Some(&band),
            lines,
            levels: &[(self.threshold, &threshold)],
            marked: self.due(),
            range: (self.threshold - 0.1, 1.0),
            language: Language::English,
        };
        chart.svg()
    }

    fn curve_table(&self) -> ChartTable {
        let row = |period: &Period| {
            let Band { low, median, high } = period.agreement;
            let mut row = vec![period.day.to_string(), grouped(period.n_rows as u64)];
            row.extend([median, low, high, period.with_best].map(three));
            row.push(grouped(period.moved));
            row.push(percent(period.moved as f64 / period.n_rows as f64));
            let revenue = period.revenue.filter(|revenue| revenue.all > 0.0);
            row.push(revenue.map_or_else(none, |revenue| percent(revenue.moved / revenue.all)));
            row.push(grouped(period.newcomers));
            row.push(grouped(period.far_newcomers));
            row
        };
        let head = [
            "date",
            "customers",
            "agreement",
            "band from",
            "to",
            "best refit",
            "would move",
            "share",
            "of revenue",
            "new since T0",
            "of them far",
        ];
        table(&head, self.found.periods.iter().map(row))
    }

    fn segments(&self) -> String {
        let classes = ["line0", "line1", "line2", "line3", "line4", "line5"];
        let lines = self.names.iter().enumerate().map(|(id, name)| TimeLine {
            name,
            class: classes[id % classes.len()],
            values: std::iter::once(Some(1.0))
                .chain(
                    self.found
                        .periods
                        .iter()
                        .map(|period| period.segments[id].jaccard.map(|jaccard| jaccard.median)),
                )
                .collect(),
        });
        let chart = TimeChart {
            title: "Each segment's similarity with the refit's most similar one (Jaccard, median)",
            dates: &self.dates(),
            band: None,
            lines: lines.collect(),
            levels: &[(0.75, "stable"), (0.6, "doubtful")],
            marked: self.due(),
            range: (0.5, 1.0),
            language: Language::English,
        };
        chart.svg()
    }

    /// On the last date.
    fn segment_table(&self) -> ChartTable {
        let last = self.found.periods.last();
        let rows = last.into_iter().flat_map(|period| {
            period.segments.iter().zip(&self.names).zip(&self.found.segments).map(
                |((segment, name), before)| {
                    let jaccard = |pick: fn(Band) -> f64| {
                        segment.jaccard.map_or_else(none, |band| three(pick(band)))
                    };
                    vec![
                        name.clone(),
                        grouped(before.size),
                        grouped(segment.size),
                        segment
                            .revenue
                            .map_or_else(none, |revenue| grouped(revenue.round() as u64)),
                        jaccard(|band| band.median),
                        jaccard(|band| band.low),
                        jaccard(|band| band.high),
                        grouped(segment.moved),
                        segment
                            .moved_revenue
                            .map_or_else(none, |moved| grouped(moved.round() as u64)),
                        segment.fate.name().to_owned(),
                    ]
                },
            )
        });
        let head = [
            "segment",
            "on T0",
            "on the last date",
            "revenue",
            "Jaccard",
            "from",
            "to",
            "would move",
            "of revenue",
            "in the refit",
        ];
        table(&head, rows)
    }

    /// The date whose refit is shown: that of the refresh, or the last one.
    fn shown(&self) -> Option<&Period> {
        let periods = &self.found.periods;
        let due = self.due().and_then(|at| periods.get(at - 1));
        due.or(periods.last())
    }

    /// The segments of a refit, those that carry on T0's in the order of these: their places and names.
    fn refitted(&self, period: &Period) -> (Vec<usize>, Vec<String>) {
        let mut places: Vec<usize> = (0..period.sources.len()).collect();
        places.sort_by_key(|&at| (period.sources[at].kept.is_none(), period.sources[at].kept));
        let name = |&at: &usize| match period.sources[at].kept {
            Some(kept) => self.names[kept as usize].clone(),
            None => format!("refit {} ({})", at + 1, period.sources[at].kind.name()),
        };
        let names = places.iter().map(name).collect();
        (places, names)
    }

    fn migration(&self) -> String {
        let Some(period) = self.shown() else { return String::new() };
        let title = format!("From T0's segments to a refit's, customers of {}", period.day);
        let (places, refit) = self.refitted(period);
        let rows = period.migration.customers.chunks(places.len());
        let cells: Vec<f64> =
            rows.flat_map(|row| places.iter().map(|&at| row[at] as f64)).collect();
        flow(&title, &self.names, &refit, &cells, Language::English)
    }

    fn migration_table(&self) -> ChartTable {
        let Some(period) = self.shown() else { return ChartTable::default() };
        let (places, refit) = self.refitted(period);
        let head: Vec<&str> =
            std::iter::once("customers").chain(refit.iter().map(String::as_str)).collect();
        let rows = period.migration.customers.chunks(places.len()).zip(&self.names);
        let row = |(row, name): (&[u64], &String)| {
            let cells = places.iter().map(|&at| grouped(row[at]));
            std::iter::once(name.clone()).chain(cells).collect()
        };
        table(&head, rows.map(row))
    }

    fn drift(&self) -> String {
        let classes = ["line0", "line1", "line2", "line3", "line4", "line5"];
        let lines = self.found.columns.iter().enumerate().map(|(column, name)| TimeLine {
            name,
            class: classes[column % classes.len()],
            values: std::iter::once(Some(0.0))
                .chain(self.found.periods.iter().map(|period| Some(period.drifts[column].psi)))
                .collect(),
        });
        let chart = TimeChart {
            title: "How far features have moved since T0 (PSI)",
            dates: &self.dates(),
            band: None,
            lines: lines.collect(),
            levels: &[(0.1, "watch"), (0.25, "act")],
            marked: None,
            range: (0.0, 0.3),
            language: Language::English,
        };
        chart.svg()
    }

    /// On the last date.
    fn drift_table(&self) -> ChartTable {
        let number = |x: Option<f64>| x.map_or_else(none, three);
        let rows = self.found.periods.last().into_iter().flat_map(|period| &period.drifts);
        let rows = rows.map(|drift| {
            let mut row = vec![drift.name.clone(), three(drift.psi), three(drift.ks)];
            row.extend([drift.mean_before, drift.mean_after].map(number));
            row
        });
        table(&["feature", "PSI", "KS", "mean on T0", "mean on the last date"], rows)
    }

    fn loss(&self) -> Option<String> {
        let losses: Option<Vec<_>> = self.found.periods.iter().map(|period| period.loss).collect();
        let losses = losses?;
        let parts = [
            ("clock", "hue0", losses.iter().map(|loss| loss.clock).collect()),
            ("newcomers", "hue1", losses.iter().map(|loss| loss.newcomers).collect()),
            ("behaviour", "hue2", losses.iter().map(|loss| loss.behaviour).collect()),
            ("refit", "hue3", losses.iter().map(|loss| loss.refit).collect()),
        ];
        Some(stacked("Loss of agreement, 1 − ARI, by cause", &self.later_dates(), &parts))
    }

    fn loss_table(&self) -> ChartTable {
        let rows = self.found.periods.iter().filter_map(|period| {
            let loss = period.loss?;
            let parts = [loss.clock, loss.newcomers, loss.behaviour, loss.refit, loss.total];
            Some(std::iter::once(period.day.to_string()).chain(parts.map(three)).collect())
        });
        table(&["date", "clock", "newcomers", "behaviour", "refit", "loss"], rows)
    }

    fn firmness(&self) -> ChartTable {
        let rows = self.found.firmness.iter().map(|firm| {
            let number = |x: Option<f64>| x.map_or_else(none, three);
            let worst = firm.bootstrap.iter().flat_map(|found| &found.clusters);
            let worst = worst.map(|cluster| cluster.jaccard).reduce(f64::min);
            let interval = firm.bootstrap.as_ref().and_then(|found| found.interval);
            vec![
                firm.day.to_string(),
                number(firm.seeds.map(|seeds| seeds.mean)),
                number(firm.seeds.and_then(|seeds| seeds.sd)),
                number(firm.seeds.map(|seeds| seeds.min)),
                format!("{} of {}", firm.best_found, firm.n_seeds),
                number(interval.map(|band| band.median)),
                number(interval.map(|band| band.low)),
                number(interval.map(|band| band.high)),
                number(worst),
            ]
        });
        let head = [
            "fitted on",
            "seeds ARI",
            "sd",
            "worst",
            "best optimum",
            "resamples ARI",
            "from",
            "to",
            "worst Jaccard",
        ];
        table(&head, rows)
    }
}

fn section(title: &str, chart: &str, table: &ChartTable) -> String {
    format!(
        "<h2>{}</h2>\n<div class=\"charts\">{chart}</div>\n\
         <details><summary>Figures</summary>{}</details>\n",
        escaped(title),
        table.html()
    )
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> ChartTable {
    ChartTable { head: head.iter().map(|&name| name.to_owned()).collect(), rows: rows.collect() }
}

/// Three decimals, and no sign before zero.
fn three(x: f64) -> String {
    let text = format!("{x:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn none() -> String {
    "–".to_owned()
}
