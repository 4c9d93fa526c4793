//! The files that are made of what was seen.

use std::io::Cursor;

use serde::Serialize;

use super::super::Session;
use super::super::summary::{self, Layout};
use super::Telling;
use super::since::Since;
use super::subject::{Look, Seen, Subject};
use crate::error::{Result, counted, grouped};
use crate::model::Model;
use crate::report::{
    Campaign, CampaignParams, Campaigns, CustomerView, Dialect, Logic, Members, PageExtras,
    SegmentView, Segmentation, StabilityCurve, advice, certainty, column_label, column_value,
    of_100, page, segments_json, workbook, workbook_words,
};
use crate::warning::Warning;

/// A file, relative to the output folder.
pub(in super::super) struct File {
    pub(in super::super) name: String,
    pub(in super::super) bytes: Vec<u8>,
}

/// What is told.
pub(in super::super) struct Told {
    pub(in super::super) files: Vec<File>,
    pub(in super::super) campaigns: Vec<Campaign>,
    pub(in super::super) summary: Summary,
}

/// Makes every file.
///
/// # Errors
/// Data errors of the template; parameter errors of campaign parameters; a full disk.
pub(in super::super) fn tell(
    subject: &Subject<'_>,
    look: Look,
    mut seen: Seen,
    since: Option<Since>,
    curve: Option<StabilityCurve>,
    telling: &Telling,
    session: &mut Session<'_>,
) -> Result<Told> {
    let since = since.unwrap_or_default();
    if let Some(sizes) = &since.sizes {
        for (segment, &size) in seen.segments.iter_mut().zip(sizes) {
            segment.n_before = size;
        }
    }
    let model = named(subject.model, &seen.segments)?;
    let fitted: Vec<String> =
        model.prepare().columns().iter().map(|column| column.name.clone()).collect();
    let view = Segmentation {
        language: look.language,
        currency: look.currency,
        as_of: subject.as_of,
        profiles: &seen.profiles,
        is_feature: seen.profiles.columns.iter().map(|name| fitted.contains(name)).collect(),
        segments: seen.segments.clone(),
        customers: CustomerView {
            members: Members {
                id_column: subject.id_column,
                ids: subject.ids,
                places: &seen.places,
            },
            confidence: &seen.confidence,
            is_far: &seen.is_far,
            previous: since.previous.as_deref(),
            changed_on: since.changed_on.as_deref(),
            reasons: &seen.reasons,
        },
    };
    let params = CampaignParams {
        base_rate: telling.args.base_rate,
        ..telling.args.campaigns.params(look.seed)
    };
    let (members, described) = (view.customers.members, telling.args.all_columns);
    let described = described.then_some(&view.customers);
    let mailing = Campaigns::new(model.segments(), members, described, params)?;
    let campaigns = mailing.plan();
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push(File { name, bytes });

    let logic = Logic::new(&model, &seen.rules)?;
    let mut logic_files = vec![("logic/score.py".to_owned(), logic.score_py())];
    for dialect in Dialect::ALL {
        let name = dialect.name();
        logic_files.push((format!("logic/score.{name}.sql"), logic.scoring_sql(dialect)));
        logic_files.push((format!("logic/rules.{name}.sql"), logic.rules_sql(dialect)));
    }
    let label = |name: &str| column_label(name, look.language);
    let value = |name: &str, x: f64| column_value(name, x, look.language, look.currency);
    let sentences = logic.sentences(look.language, &label, &value);
    let extras = PageExtras {
        labels: &seen.labels,
        silhouette: seen.silhouette.as_ref(),
        projection: &seen.projection,
        fitted_columns: fitted,
        fills_missing: subject.model.prepare().columns().iter().any(|column| column.fill.is_some()),
        changes: since.changes,
        stability: curve,
        rules: &sentences,
        campaigns: &campaigns,
        base_rate: telling.args.base_rate,
        unreviewed: unreviewed(&seen),
        logic: logic_files.iter().map(|(name, _)| name.clone()).collect(),
        warnings: session.talk.warnings(),
    };
    let (name, template) = &telling.template;
    add("report.html".to_owned(), page(&view, &extras, (name, template))?.into_bytes());
    session.check_cancelled()?;

    let mut book = Cursor::new(Vec::new());
    let n_cut = workbook(&view, &workbook_words(&view), &telling.scratch, &mut book)?;
    if n_cut > 0 {
        session.talk.warn(&Warning::CellsCut { n: n_cut });
    }
    add("segments.xlsx".to_owned(), book.into_inner());
    session.check_cancelled()?;

    add("segments.json".to_owned(), segments_json(&view, &seen.rules, &campaigns)?.into_bytes());
    add("segments.toml".to_owned(), seen.names_text.clone().into_bytes());
    for (name, text) in logic_files {
        add(name, text.into_bytes());
    }
    let mut n_defused = 0;
    for (place, campaign) in campaigns.iter().enumerate() {
        let mut bytes = Vec::new();
        n_defused += mailing.write(place, &mut bytes)?;
        add(format!("campaigns/{}", campaign.file), bytes);
    }
    if n_defused > 0 {
        session.talk.warn(&Warning::CellsDefused { n: n_defused });
    }
    let summary = Summary::new(&view, &seen);
    Ok(Told { files, campaigns, summary })
}

/// The model, its segments called as they are here.
pub(in super::super) fn named(model: &Model, segments: &[SegmentView]) -> Result<Model> {
    let identities = segments.iter().map(|segment| (segment.id, segment.name.clone()));
    model.clone().with_identities(identities, model.next_id())
}

/// Customers without a review, by segment, where the table says who has none.
fn unreviewed(seen: &Seen) -> Option<Vec<u64>> {
    let column = seen.profiles.column("review_missing")?;
    let count = |segment: &crate::segments::Profile| segment.sums[column].round() as u64;
    Some(seen.profiles.segments.iter().map(count).collect())
}

/// What is printed.
#[derive(Clone, Serialize)]
pub(in super::super) struct Summary {
    pub(in super::super) n_rows: u64,
    n_unassigned: u64,
    as_of: Option<String>,
    fidelity: f64,
    silhouette: Option<f64>,
    /// The first to take care of first.
    pub(in super::super) segments: Vec<SegmentSummary>,
}

#[derive(Clone, Serialize)]
pub(in super::super) struct SegmentSummary {
    id: u32,
    name: String,
    priority: usize,
    size: u64,
    share: f64,
    action: &'static str,
    #[serde(skip)]
    action_title: String,
    #[serde(skip)]
    certainty_word: String,
    silhouette: Option<f64>,
    jaccard: Option<f64>,
}

impl Summary {
    fn new(view: &Segmentation<'_>, seen: &Seen) -> Self {
        let mut segments: Vec<SegmentSummary> = view
            .segments
            .iter()
            .zip(&view.profiles.segments)
            .map(|(segment, profile)| SegmentSummary {
                id: segment.id,
                name: segment.name.clone(),
                priority: segment.priority,
                size: profile.size,
                share: profile.size as f64 / view.profiles.everyone.size.max(1) as f64,
                action: segment.action.key(),
                action_title: advice(segment.action, view.language).title,
                certainty_word: certainty(segment.certainty, view.language),
                silhouette: segment.silhouette,
                jaccard: segment.jaccard,
            })
            .collect();
        segments.sort_by_key(|segment| segment.priority);
        Self {
            n_rows: view.customers.n() as u64,
            n_unassigned: view.profiles.n_unassigned,
            as_of: view.as_of.map(|day| day.to_string()),
            fidelity: seen.rules.fidelity,
            silhouette: seen.silhouette.as_ref().map(|found| found.mean),
            segments,
        }
    }

    /// How many there are, for a person.
    pub(in super::super) fn title(&self, layout: &Layout) -> String {
        let customers = counted(grouped(self.n_rows), "customer");
        let title = format!("{customers} in {}", counted(self.segments.len(), "segment"));
        format!("\n  {}\n\n", layout.paint.bold(title))
    }

    /// The segments, for a person.
    pub(in super::super) fn table(&self, layout: &Layout) -> String {
        let head = [
            ("", true),
            ("segment", false),
            ("customers", true),
            ("share", true),
            ("what to do", false),
            ("sure?", false),
        ];
        let rows: Vec<Vec<String>> = self
            .segments
            .iter()
            .map(|segment| {
                vec![
                    segment.priority.to_string(),
                    summary::clipped(&segment.name, 44),
                    grouped(segment.size),
                    summary::percent(segment.share),
                    summary::clipped(&segment.action_title, 44),
                    segment.certainty_word.clone(),
                ]
            })
            .collect();
        summary::mixed_table(&head, &rows, layout)
    }

    /// What else there is to say.
    pub(in super::super) fn facts(&self, layout: &Layout) -> String {
        let mut text = String::new();
        if self.n_unassigned > 0 {
            text += &layout.fact("unassigned", summary::unassigned(self.n_unassigned));
        }
        let rules = format!("{} % of customers as the model does", of_100(self.fidelity));
        text + &layout.fact("rules place", rules)
    }
}
