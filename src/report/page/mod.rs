//! The page for marketing: who the segments are, how many, what to do, and how sure one can be.
//!
//! One file that needs nothing else. A template has the markup and can be replaced; the words, the pictures
//! and the numbers, written as the language writes them, are given to it.

mod figures;
mod words;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::campaigns::Campaign;
use super::chart::ChartTable;
use super::escaped;
use super::logic::RuleSentences;
use super::segmentation::{SegmentView, Segmentation};
use super::vocabulary;
use crate::error::{Error, Result};
use crate::history::Day;
use crate::metrics::Silhouette;
use crate::segments::{Mix, Projection};
use crate::warning::Warning;

use figures::{Figure, HUES, figures};

/// What the page shows beside the segmentation itself.
#[derive(Clone, Debug)]
pub struct PageExtras<'a> {
    /// The place of the segment of each row that the model kept.
    pub labels: &'a [u32],
    /// The silhouettes of these rows.
    pub silhouette: Option<&'a Silhouette>,
    /// These rows on a plane.
    pub projection: &'a Projection,
    /// The columns that segments were made of.
    pub fitted_columns: Vec<String>,
    /// Whether whoever lacks a value has a segment all the same.
    pub fills_missing: bool,
    /// Who was in which segment in the run before.
    pub changes: Option<Changes>,
    /// How long segments last.
    pub stability: Option<StabilityCurve>,
    /// The rules, in sentences.
    pub rules: &'a RuleSentences,
    /// The campaign file of each segment.
    pub campaigns: &'a [Campaign],
    /// The share of customers who respond without a campaign.
    pub base_rate: f64,
    /// Customers without a review, by segment, where reviews are known.
    pub unreviewed: Option<Vec<u64>>,
    /// Files with the logic, relative to the page.
    pub logic: Vec<String>,
    /// What to know before believing any of it.
    pub warnings: &'a [Warning],
}

/// Who was in which segment before.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The names of the segments of before.
    pub from: Vec<String>,
    /// Customers, a row for each segment of before, a column for each of now.
    pub cells: Vec<u64>,
    /// Customers of both runs.
    pub n_both: u64,
    /// Those of them who changed segment.
    pub n_moved: u64,
    /// Customers who were not there before.
    pub n_new: u64,
    /// Customers who are not there any more.
    pub n_gone: u64,
}

/// How far segments of a day agree with segments found anew later.
#[derive(Clone, Debug)]
pub struct StabilityCurve {
    /// The day of the segments and those after it.
    pub points: Vec<StabilityPoint>,
    /// Below this agreement segments are to be made anew.
    pub threshold: f64,
    /// The point at which that is due, if it came.
    pub refresh: Option<usize>,
    /// The points between which it may be due as well; open where the data end before.
    pub between: (Option<usize>, Option<usize>),
    /// Days from one point to the next.
    pub step_days: f64,
    /// The page that says what keeping them costs, relative to this one.
    pub proposal: Option<String>,
}

/// The agreement on a day: median and noise band.
#[derive(Clone, Copy, Debug)]
pub struct StabilityPoint {
    /// The day.
    pub day: Day,
    /// The median over refits.
    pub median: f64,
    /// The edges of the band; `None` on the day of the segments, where they agree with themselves.
    pub band: Option<(f64, f64)>,
}

/// The template that is used where no other is given.
pub const TEMPLATE: &str = include_str!("report.html");

const STYLE: &str = concat!(include_str!("../chart.css"), include_str!("page.css"));
const SCRIPT: &str = include_str!("page.js");

/// The page as HTML.
///
/// `template` is one of minijinja (a dialect of Jinja2) and the name that errors give it. Whatever it inserts is
/// escaped, but for what is made here: pictures, style and script.
///
/// # Errors
/// Data errors if the template cannot be read, or asks for something that there is not.
pub fn page(
    view: &Segmentation<'_>,
    extras: &PageExtras<'_>,
    template: (&str, &str),
) -> Result<String> {
    let (name, source) = template;
    let environment = environment(name, source)?;
    let template = environment.get_template(PAGE).map_err(|error| refused(name, &error))?;
    template.render(Serde(Context::new(view, extras))).map_err(|error| refused(name, &error))
}

/// Whether [`page`] could read this template; what it asks for it finds or not when it is filled in.
///
/// # Errors
/// Data errors, with the line.
pub fn check_template(name: &str, source: &str) -> Result<()> {
    environment(name, source).map(|_| ())
}

/// The name of the template where only the library sees it.
const PAGE: &str = "page";

fn environment<'a>(name: &str, source: &'a str) -> Result<Environment<'a>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, _, value| {
        // Escapes what would turn text around, too, which minijinja does not.
        if value.is_safe() {
            return write!(out, "{value}").map_err(minijinja::Error::from);
        }
        write!(out, "{}", escaped(&value.to_string())).map_err(minijinja::Error::from)
    });
    environment.add_template(PAGE, source).map_err(|error| refused(name, &error))?;
    Ok(environment)
}

/// What is wrong with the template of this name.
fn refused(name: &str, error: &minijinja::Error) -> Error {
    let place = error.line().map_or_else(String::new, |line| format!(", line {line}"));
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Error::data(format!("cannot be used as a template{place}: {detail}")).with_hint(format!(
        "in {name}; `segengine report --print-template` prints one to begin with"
    ))
}

/// What a template is given.
#[derive(Serialize)]
struct Context {
    lang: &'static str,
    /// The words of the page by key.
    t: std::collections::BTreeMap<&'static str, String>,
    title: String,
    subtitle: String,
    csp: Value,
    style: Value,
    script: Value,
    has_revenue: bool,
    has_before: bool,
    segments: Vec<SegmentContext>,
    /// Pairs of segments with one and the same action.
    merge: Vec<String>,
    figures: Vec<FigureContext>,
    stability: Option<String>,
    proposal: Option<String>,
    rules: Vec<String>,
    fidelity: String,
    caveat: String,
    logic: Vec<String>,
    newcomers: Vec<String>,
    notes: Vec<String>,
    glossary: Vec<Term>,
    firmness: String,
}

#[derive(Serialize)]
struct SegmentContext {
    id: u32,
    anchor: String,
    hue: usize,
    name: String,
    priority: usize,
    when: String,
    size: String,
    size_raw: u64,
    share: String,
    share_raw: f64,
    revenue_share: Option<String>,
    revenue_share_raw: f64,
    trend: Option<String>,
    trend_raw: f64,
    who: String,
    apart: String,
    certainty: &'static str,
    certainty_word: String,
    certainty_raw: u8,
    certainty_means: String,
    firm: Vec<String>,
    title: String,
    act: String,
    dont: String,
    kpi: String,
    values: Vec<ValueContext>,
    mixes: Vec<MixContext>,
    campaign: Option<CampaignContext>,
}

#[derive(Serialize)]
struct ValueContext {
    label: String,
    help: Option<String>,
    typical: String,
    range: String,
    everyone: String,
    is_feature: bool,
}

#[derive(Serialize)]
struct MixContext {
    label: String,
    items: Vec<MixItem>,
}

#[derive(Serialize)]
struct MixItem {
    word: String,
    share: String,
    everyone: String,
}

#[derive(Serialize)]
struct CampaignContext {
    file: String,
    n: String,
    n_control: String,
    effect: String,
}

#[derive(Serialize)]
struct FigureContext {
    id: &'static str,
    title: String,
    description: String,
    has_key: bool,
    svgs: Vec<Value>,
    table: Value,
}

#[derive(Serialize)]
struct Term {
    word: String,
    means: String,
}

impl Context {
    fn new(view: &Segmentation<'_>, extras: &PageExtras<'_>) -> Self {
        let language = view.language;
        let everyone = &view.profiles.everyone;
        let n = everyone.size + view.profiles.n_unassigned;
        let customers = words::N_CUSTOMERS.fill(language, n, &[]);
        let groups = words::N_GROUPS.fill(language, view.segments.len() as u64, &[]);
        let day = view.as_of.map(|day| language.date(day)).unwrap_or_default();
        let subtitle = if view.as_of.is_some() { words::SUBTITLE_ON } else { words::SUBTITLE };
        let subtitle = subtitle
            .fill(language, &[("customers", &customers), ("groups", &groups), ("day", &day)]);
        Self {
            lang: language.name(),
            t: words::PAGE.iter().map(|(key, word)| (*key, word.text(language))).collect(),
            title: words::TITLE.text(language),
            subtitle,
            csp: Value::from_safe_string(policy()),
            style: Value::from_safe_string(STYLE.to_owned()),
            script: Value::from_safe_string(SCRIPT.to_owned()),
            has_revenue: view.revenue().is_some(),
            has_before: view.segments.iter().any(|segment| segment.n_before.is_some()),
            segments: view
                .by_priority()
                .into_iter()
                .map(|at| SegmentContext::new(view, extras, at))
                .collect(),
            merge: merge(view),
            figures: figures(view, extras).into_iter().map(FigureContext::new).collect(),
            stability: extras.stability.as_ref().map(|curve| said_of(curve, view)),
            proposal: extras.stability.as_ref().and_then(|curve| curve.proposal.clone()),
            rules: [&extras.rules.rules[..], &extras.rules.without_rule].concat(),
            fidelity: extras.rules.fidelity.clone(),
            caveat: extras.rules.caveat.clone(),
            logic: extras.logic.clone(),
            newcomers: newcomers(view, extras),
            notes: notes(view, extras),
            glossary: glossary(view),
            firmness: firmness(view, extras),
        }
    }
}

/// Nothing but this page's own style and script; no network, no form, no frame.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        base64(&Sha256::digest(STYLE)),
        base64(&Sha256::digest(SCRIPT))
    )
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let byte = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

impl SegmentContext {
    fn new(view: &Segmentation<'_>, extras: &PageExtras<'_>, at: usize) -> Self {
        let language = view.language;
        let segment = &view.segments[at];
        let profile = &view.profiles.segments[at];
        let everyone = &view.profiles.everyone;
        let share = view.share(at);
        let revenue_share = view.revenue_share(at);
        let names = view.profiles.columns.iter().enumerate();
        let values = names.filter_map(|(column, name)| {
            let (own, all) = (profile.values[column]?, everyone.values[column]?);
            let typical = |of| vocabulary::typical_value(name, of, &all, language, view.currency);
            Some(ValueContext {
                label: vocabulary::column_label(name, language),
                help: vocabulary::column_help(name, language),
                typical: typical(&own),
                range: vocabulary::column_range(name, own.low, own.high, language, view.currency),
                everyone: typical(&all),
                is_feature: view.is_feature[column],
            })
        });
        let mixes = profile.mixes.iter().zip(&everyone.mixes);
        let mixes = mixes.filter(|(own, _)| !own.counts.is_empty());
        let mixes = mixes.map(|(own, all)| MixContext::new(own, all, view)).collect();
        let action = vocabulary::advice(segment.action, language);
        let trend = segment.n_before.map(|before| profile.size as i64 - before as i64);
        let signed = |n: i64| match n {
            0 => "=".to_owned(),
            n if n > 0 => format!("+{}", language.count(n.unsigned_abs())),
            n => format!("\u{2212}{}", language.count(n.unsigned_abs())),
        };
        Self {
            id: segment.id,
            anchor: format!("segment-{}", segment.id),
            hue: at % HUES,
            name: segment.name.clone(),
            priority: segment.priority,
            when: vocabulary::urgency(segment.action.urgency(), language),
            size: language.count(profile.size),
            size_raw: profile.size,
            share: language.percent(share),
            share_raw: share,
            revenue_share: revenue_share.map(|share| language.percent(share)),
            revenue_share_raw: revenue_share.unwrap_or(0.0),
            trend: trend.map(signed),
            trend_raw: trend.unwrap_or(0) as f64,
            who: vocabulary::who(view.profiles, at, language, view.currency),
            apart: view.set_apart(at),
            certainty: segment.certainty.key(),
            certainty_word: vocabulary::certainty(segment.certainty, language),
            certainty_raw: segment.certainty as u8,
            certainty_means: vocabulary::certainty_use(segment.certainty, language),
            firm: firm(segment, profile.size, view),
            title: action.title,
            act: action.steps,
            dont: action.avoid,
            kpi: action.measure,
            values: values.collect(),
            mixes,
            campaign: extras.campaigns.get(at).map(|found| CampaignContext {
                file: format!("campaigns/{}", found.file),
                n: language.count(found.n - found.n_control),
                n_control: language.count(found.n_control),
                effect: match found.smallest_effect {
                    _ if found.n_control == 0 => words::NOBODY_HELD_BACK.text(language),
                    Some(effect) => words::VISIBLE_EFFECT.fill(
                        language,
                        &[
                            ("effect", &language.decimal(100.0 * effect, 1)),
                            ("rate", &language.percent(extras.base_rate)),
                        ],
                    ),
                    None => words::NO_VISIBLE_EFFECT.text(language),
                },
            }),
        }
    }
}

/// What certainty rests on, each in a few words.
fn firm(segment: &SegmentView, size: u64, view: &Segmentation<'_>) -> Vec<String> {
    let language = view.language;
    let share = |n: u64| language.percent(n as f64 / size.max(1) as f64);
    let mut said = Vec::new();
    if let Some(found) = segment.jaccard {
        said.push(words::FOUND_AGAIN.fill(language, &[("share", &language.percent(found))]));
    }
    if let Some(fit) = segment.silhouette {
        said.push(words::FIT.fill(language, &[("fit", &language.decimal(fit, 2))]));
    }
    if view.segments.len() > 1 {
        let n = share(segment.n_borderline);
        said.push(words::BORDERLINE.fill(language, &[("share", &n)]));
    }
    if segment.n_far > 0 {
        let n = language.count(segment.n_far);
        said.push(words::FAR.fill(language, &[("n", &n)]));
    }
    said
}

impl MixContext {
    /// The words that are most frequent.
    fn new(own: &Mix, all: &Mix, view: &Segmentation<'_>) -> Self {
        const SHOWN: usize = 3;
        let total = |mix: &Mix| mix.counts.iter().map(|(_, n)| n).sum::<u64>().max(1) as f64;
        let (of_own, of_all) = (total(own), total(all));
        let items = own.counts.iter().take(SHOWN).map(|(word, n)| {
            let among = all.counts.iter().find(|(other, _)| other == word).map_or(0, |(_, n)| *n);
            MixItem {
                word: readable(word),
                share: view.language.percent(*n as f64 / of_own),
                everyone: view.language.percent(among as f64 / of_all),
            }
        });
        Self { label: vocabulary::column_label(&own.name, view.language), items: items.collect() }
    }
}

/// A category as `bed_bath_table`, as words; the beginning of one that is longer than any is.
fn readable(word: &str) -> String {
    const MOST: usize = 60;
    let mut said: String = word.chars().take(MOST).collect::<String>().replace('_', " ");
    if word.chars().nth(MOST).is_some() {
        said.push('…');
    }
    said
}

impl FigureContext {
    fn new(figure: Figure) -> Self {
        Self {
            id: figure.id,
            title: figure.title,
            description: figure.description,
            has_key: figure.has_key,
            svgs: figure.svgs.into_iter().map(Value::from_safe_string).collect(),
            table: Value::from_safe_string(table(&figure.table)),
        }
    }
}

/// A table whose first cells name the rows.
fn table(table: &ChartTable) -> String {
    let head: String =
        table.head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", escaped(cell))).collect();
    let row = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(at, cell)| match at {
            0 => format!("<th scope=\"row\">{}</th>", escaped(cell)),
            _ => format!("<td>{}</td>", escaped(cell)),
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!("<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table>")
}

/// Segments that one would do the same about, and so could be one.
fn merge(view: &Segmentation<'_>) -> Vec<String> {
    let mut said = Vec::new();
    for (at, one) in view.segments.iter().enumerate() {
        let same = view.segments[at + 1..].iter().filter(|other| other.action == one.action);
        said.extend(same.map(|other| {
            words::MERGE.fill(view.language, &[("one", &one.name), ("other", &other.name)])
        }));
    }
    said
}

/// When to make segments anew, in a sentence.
fn said_of(curve: &StabilityCurve, view: &Segmentation<'_>) -> String {
    let language = view.language;
    let horizon = curve.points.len().saturating_sub(1) as f64;
    let days = |points: f64| language.duration(points * curve.step_days);
    match curve.refresh {
        Some(at) => {
            let [low, high] = [curve.between.0.unwrap_or(1), curve.between.1.unwrap_or(0)]
                .map(|at| days(at as f64));
            let phrase = match curve.between.1 {
                Some(_) => words::REFRESH_BETWEEN,
                None => words::REFRESH_FROM,
            };
            let interval = days(at as f64);
            phrase.fill(language, &[("interval", &interval), ("low", &low), ("high", &high)])
        }
        None => words::REFRESH_LATER.fill(language, &[("interval", &days(horizon))]),
    }
}

/// What happens to customers of whom little is known.
fn newcomers(view: &Segmentation<'_>, extras: &PageExtras<'_>) -> Vec<String> {
    let language = view.language;
    let mut said = Vec::new();
    let are_of_orders = view.profiles.recency().is_some() || view.profiles.purchases().is_some();
    if are_of_orders {
        let phrase =
            if extras.fills_missing { words::NEW_CUSTOMERS } else { words::NEW_CUSTOMERS_WAIT };
        said.push(phrase.text(language));
    }
    if let Some(unreviewed) = &extras.unreviewed {
        let total: u64 = unreviewed.iter().sum();
        if total > 0 {
            let mut order: Vec<usize> = (0..unreviewed.len()).collect();
            order.sort_by_key(|&at| (std::cmp::Reverse(unreviewed[at]), at));
            let most = order[0];
            said.push(words::UNREVIEWED.fill(
                language,
                total,
                &[
                    ("name", &view.segments[most].name),
                    ("share", &language.percent(unreviewed[most] as f64 / total as f64)),
                ],
            ));
        }
    }
    let n_far: u64 = view.segments.iter().map(|segment| segment.n_far).sum();
    let share = language.percent(n_far as f64 / view.profiles.everyone.size.max(1) as f64);
    if n_far > 0 {
        said.push(words::FAR_FROM_ALL.fill(language, n_far, &[("share", &share)]));
    }
    said
}

/// What to know before believing any of it.
fn notes(view: &Segmentation<'_>, extras: &PageExtras<'_>) -> Vec<String> {
    let language = view.language;
    let unassigned = match view.profiles.n_unassigned {
        0 => None,
        n => Some(words::UNASSIGNED.fill(language, n, &[])),
    };
    let name_of = |id: u32| {
        let segment = view.segments.iter().find(|segment| segment.id == id);
        segment.map(|segment| segment.name.as_str())
    };
    let told = extras
        .warnings
        .iter()
        .filter_map(|warning| vocabulary::caveat(warning, &name_of, language, view.currency));
    unassigned.into_iter().chain(told).collect()
}

/// What the certainty of segments is read from.
fn firmness(view: &Segmentation<'_>, extras: &PageExtras<'_>) -> String {
    let language = view.language;
    let is_resampled = view.segments.iter().any(|segment| segment.jaccard.is_some());
    match (is_resampled, extras.silhouette.is_some()) {
        (true, _) => words::CERTAINTY_RESAMPLED.text(language),
        (false, true) => words::CERTAINTY_FIT.text(language),
        (false, false) => words::CERTAINTY_NONE.text(language),
    }
}

fn glossary(view: &Segmentation<'_>) -> Vec<Term> {
    let terms = vocabulary::glossary(view.language).into_iter();
    terms.map(|(word, means)| Term { word, means }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (text, expected) in cases {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
