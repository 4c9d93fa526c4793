//! A small segmentation to write files of, in tests.

use crate::history::Day;
use crate::segments::{Certainty, NO_SEGMENT, Profiles};
use crate::stability::Currency;
use crate::table::{Column, FeatureTable};

use super::locale::Language;
use super::segmentation::{CustomerView, Members, SegmentView, Segmentation};

/// What a [`Segmentation`] borrows.
pub(super) struct Example {
    pub(super) id_column: Option<&'static str>,
    pub(super) ids: Vec<Option<String>>,
    pub(super) places: Vec<u32>,
    pub(super) names: [String; 2],
    pub(super) confidence: Vec<f64>,
    pub(super) is_far: Vec<bool>,
    pub(super) previous: Vec<String>,
    pub(super) changed_on: Vec<String>,
    pub(super) reasons: Vec<String>,
    profiles: Profiles,
}

impl Example {
    /// Two segments of customers who take turns, and every seventh in none. They spent their number.
    pub(super) fn new(n: usize) -> Self {
        let of = |row: usize| if row % 7 == 6 { NO_SEGMENT } else { (row % 2) as u32 };
        let places: Vec<u32> = (0..n).map(of).collect();
        let spent = Column::from_f64("spent", (0..n).map(|row| row as f64).collect());
        let review = (0..n).map(|row| if row % 2 == 0 { 4.5 } else { f64::NAN }).collect();
        let review = Column::from_f64("review_mean", review);
        let table = FeatureTable::new(vec![spent, review], None).expect("a table");
        let text = |of: fn(usize) -> String| (0..n).map(of).collect();
        Self {
            id_column: Some("customer"),
            ids: (0..n).map(|row| Some(format!("c{row}"))).collect(),
            profiles: Profiles::new(&table, &[], &places, 2).expect("profiles"),
            places,
            names: ["Fidèles & ravis".to_owned(), "Novos – decepcionados".to_owned()],
            confidence: (0..n)
                .map(|row| if of(row) == NO_SEGMENT { f64::NAN } else { row as f64 / n as f64 })
                .collect(),
            is_far: (0..n).map(|row| row % 5 == 4).collect(),
            previous: text(|row| if row % 3 == 0 { String::new() } else { "Old".to_owned() }),
            changed_on: text(|row| if row % 3 == 0 { String::new() } else { "2018-03-01".into() }),
            reasons: text(|row| format!("Spent {row}, more than most; reviews are good.")),
        }
    }

    pub(super) fn view(&self) -> Segmentation<'_> {
        let segment = |place: usize| {
            let portrait = self.profiles.portrait(&self.profiles.segments[place]);
            SegmentView {
                id: [3, 12][place],
                name: self.names[place].clone(),
                portrait,
                action: portrait.action(true),
                priority: [2, 1][place],
                silhouette: Some(0.4),
                jaccard: None,
                certainty: Certainty::Fair,
                n_borderline: 1,
                n_far: 2,
                n_before: [Some(5), None][place],
            }
        };
        Segmentation {
            language: Language::French,
            currency: Currency::Euro,
            as_of: Day::parse("2018-08-29"),
            profiles: &self.profiles,
            is_feature: vec![true, false],
            segments: vec![segment(0), segment(1)],
            customers: CustomerView {
                members: Members {
                    id_column: self.id_column,
                    ids: &self.ids,
                    places: &self.places,
                },
                confidence: &self.confidence,
                is_far: &self.is_far,
                previous: Some(&self.previous),
                changed_on: Some(&self.changed_on),
                reasons: &self.reasons,
            },
        }
    }
}
