//! A segmentation for machines.

use serde::Serialize;

use super::campaigns::Campaign;
use super::segmentation::Segmentation;
use super::vocabulary::advice;
use crate::error::{Error, ErrorKind, Result};
use crate::segments::{Distribution, Mix, Profile, SegmentRules};

/// The file, field by field.
#[derive(Serialize)]
struct View<'a> {
    format: &'static str,
    schema_version: u32,
    engine_version: &'static str,
    language: &'static str,
    currency: &'static str,
    as_of: Option<String>,
    n_customers: u64,
    n_unassigned: u64,
    columns: Vec<ColumnView<'a>>,
    everyone: GroupView<'a>,
    /// The first to take care of first.
    segments: Vec<SegmentView<'a>>,
    rules: RulesView,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    name: &'a str,
    is_feature: bool,
}

#[derive(Serialize)]
struct SegmentView<'a> {
    id: u32,
    name: &'a str,
    priority: usize,
    share: f64,
    revenue: Option<f64>,
    revenue_share: Option<f64>,
    size_before: Option<u64>,
    action: ActionView,
    set_apart: String,
    certainty: &'static str,
    silhouette: Option<f64>,
    jaccard: Option<f64>,
    n_borderline: u64,
    n_far: u64,
    /// The ids of segments with the same action: candidates to be one.
    same_action_as: Vec<u32>,
    campaign: Option<CampaignView<'a>>,
    #[serde(flatten)]
    group: GroupView<'a>,
}

#[derive(Serialize)]
struct ActionView {
    key: &'static str,
    urgency: u8,
    title: String,
    r#do: String,
    do_not: String,
    kpi: String,
}

#[derive(Serialize)]
struct CampaignView<'a> {
    file: &'a str,
    n: u64,
    n_control: u64,
    smallest_visible_effect: Option<f64>,
}

/// A segment, or everybody.
#[derive(Serialize)]
struct GroupView<'a> {
    size: u64,
    /// By column.
    values: Vec<Option<ValuesView>>,
    /// Cliff's delta against everybody else, by column.
    effects: &'a [Option<f64>],
    words: Vec<MixView<'a>>,
}

#[derive(Serialize)]
struct ValuesView {
    n: u64,
    min: f64,
    low: f64,
    median: f64,
    high: f64,
    max: f64,
    mean: f64,
}

#[derive(Serialize)]
struct MixView<'a> {
    name: &'a str,
    n_missing: u64,
    /// The most frequent.
    counts: Vec<(&'a str, u64)>,
}

#[derive(Serialize)]
struct RulesView {
    fidelity: f64,
    largest_share: f64,
    rules: Vec<RuleView>,
}

#[derive(Serialize)]
struct RuleView {
    segment: u32,
    n: u64,
    n_right: u64,
    conditions: Vec<ConditionView>,
}

#[derive(Serialize)]
struct ConditionView {
    column: String,
    above: Option<f64>,
    up_to: Option<f64>,
}

impl<'a> GroupView<'a> {
    fn new(profile: &'a Profile) -> Self {
        Self {
            size: profile.size,
            values: profile.values.iter().map(|values| values.map(ValuesView::new)).collect(),
            effects: &profile.effects,
            words: profile.mixes.iter().map(MixView::new).collect(),
        }
    }
}

impl ValuesView {
    fn new(values: Distribution) -> Self {
        let Distribution { n, min, low, median, high, max, mean } = values;
        Self { n, min, low, median, high, max, mean }
    }
}

impl<'a> MixView<'a> {
    fn new(mix: &'a Mix) -> Self {
        const SHOWN: usize = 20;
        let counts = mix.counts.iter().take(SHOWN);
        Self {
            name: &mix.name,
            n_missing: mix.n_missing,
            counts: counts.map(|(word, n)| (word.as_str(), *n)).collect(),
        }
    }
}

impl RulesView {
    fn new(rules: &SegmentRules, view: &Segmentation<'_>) -> Self {
        let rule = |rule: &crate::segments::SegmentRule| RuleView {
            segment: view.segments[rule.segment].id,
            n: rule.n,
            n_right: rule.n_right,
            conditions: rule
                .conditions
                .iter()
                .map(|condition| ConditionView {
                    column: rules.columns[condition.column].name.clone(),
                    above: condition.above,
                    up_to: condition.up_to,
                })
                .collect(),
        };
        Self {
            fidelity: rules.fidelity,
            largest_share: rules.largest_share,
            rules: rules.rules.iter().map(rule).collect(),
        }
    }
}

/// The segmentation as JSON; `campaigns` are by place in the model.
///
/// # Errors
/// `Internal` if it cannot be encoded.
pub fn segments_json(
    view: &Segmentation<'_>,
    rules: &SegmentRules,
    campaigns: &[Campaign],
) -> Result<String> {
    let segment = |at: usize| {
        let segment = &view.segments[at];
        let words = advice(segment.action, view.language);
        let same = view
            .segments
            .iter()
            .filter(|other| other.action == segment.action && other.id != segment.id);
        SegmentView {
            id: segment.id,
            name: &segment.name,
            priority: segment.priority,
            share: view.share(at),
            revenue: view.revenue_of(at),
            revenue_share: view.revenue_share(at),
            size_before: segment.n_before,
            action: ActionView {
                key: segment.action.key(),
                urgency: segment.action.urgency(),
                title: words.title,
                r#do: words.steps,
                do_not: words.avoid,
                kpi: words.measure,
            },
            set_apart: view.set_apart(at),
            certainty: segment.certainty.key(),
            silhouette: segment.silhouette,
            jaccard: segment.jaccard,
            n_borderline: segment.n_borderline,
            n_far: segment.n_far,
            same_action_as: same.map(|other| other.id).collect(),
            campaign: campaigns.get(at).map(|campaign| CampaignView {
                file: &campaign.file,
                n: campaign.n,
                n_control: campaign.n_control,
                smallest_visible_effect: campaign.smallest_effect,
            }),
            group: GroupView::new(&view.profiles.segments[at]),
        }
    };
    let columns = view.profiles.columns.iter().zip(&view.is_feature);
    let whole = View {
        format: "segengine-segments",
        schema_version: 1,
        engine_version: env!("CARGO_PKG_VERSION"),
        language: view.language.name(),
        currency: view.currency.code(),
        as_of: view.as_of.map(|day| day.to_string()),
        n_customers: view.customers.n() as u64,
        n_unassigned: view.profiles.n_unassigned,
        columns: columns.map(|(name, &is_feature)| ColumnView { name, is_feature }).collect(),
        everyone: GroupView::new(&view.profiles.everyone),
        segments: view.by_priority().into_iter().map(segment).collect(),
        rules: RulesView::new(rules, view),
    };
    let mut text = serde_json::to_string_pretty(&whole).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("cannot encode the segments: {error}"))
    })?;
    text.push('\n');
    Ok(text)
}
