//! What is told of a segmentation, whatever the file: page, workbook, campaign files and JSON are views
//! of this.

use crate::history::Day;
use crate::segments::{Action, Certainty, Portrait, Profiles};
use crate::stability::Currency;

use super::locale::Language;
#[cfg(feature = "report")]
use super::vocabulary::set_apart;

/// A segmentation of the customers of a day.
#[derive(Clone, Debug)]
pub struct Segmentation<'a> {
    /// The language of everything that is written.
    pub language: Language,
    /// That of amounts.
    pub currency: Currency,
    /// The end of this day is known, where the features say of which they are.
    pub as_of: Option<Day>,
    /// Typical values.
    pub profiles: &'a Profiles,
    /// By column of the profiles, whether segments were made of it; the others describe.
    pub is_feature: Vec<bool>,
    /// By place in the model.
    pub segments: Vec<SegmentView>,
    /// Everybody, in the order of the input.
    pub customers: CustomerView<'a>,
}

#[cfg(feature = "report")]
impl Segmentation<'_> {
    /// The places of the segments, the first to take care of first.
    pub(super) fn by_priority(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.segments.len()).collect();
        order.sort_by_key(|&at| self.segments[at].priority);
        order
    }

    /// The column of the profiles that says what customers spent, where there is one.
    pub(super) fn revenue(&self) -> Option<usize> {
        self.profiles.spent()
    }

    /// What the customers of the segment at `place` spent.
    pub(super) fn revenue_of(&self, place: usize) -> Option<f64> {
        self.revenue().map(|column| self.profiles.segments[place].sums[column])
    }

    /// Its share of what all spent; `None` too where nobody spent anything.
    pub(super) fn revenue_share(&self, place: usize) -> Option<f64> {
        let all = self.profiles.everyone.sums[self.revenue()?];
        self.revenue_of(place).filter(|_| all > 0.0).map(|own| own / all)
    }

    /// What sets the segment at `place` apart, in a sentence.
    pub(super) fn set_apart(&self, place: usize) -> String {
        // The first order of people who bought once is the last one too, of which they know better.
        let knows_last = self.profiles.recency().is_some();
        let is_wanted = |name: &str| !(knows_last && name == "tenure_days");
        set_apart(self.profiles, place, is_wanted, self.language, self.currency)
    }

    /// Its share of the customers.
    pub(super) fn share(&self, place: usize) -> f64 {
        self.profiles.segments[place].size as f64 / self.profiles.everyone.size.max(1) as f64
    }
}

/// A segment.
#[derive(Clone, Debug)]
pub struct SegmentView {
    /// Its persistent id.
    pub id: u32,
    /// Its name: different from all others.
    pub name: String,
    /// Where it stands on the axes of names.
    pub portrait: Portrait,
    /// What to do about it.
    pub action: Action,
    /// 1 for the first to take care of, and so on.
    pub priority: usize,
    /// The mean silhouette of its rows.
    pub silhouette: Option<f64>,
    /// The mean Jaccard similarity with the most similar segment of resamples.
    pub jaccard: Option<f64>,
    /// How sure one can be of it.
    pub certainty: Certainty,
    /// Customers nearly as close to another segment: see [`CustomerView::BORDERLINE`].
    pub n_borderline: u64,
    /// Customers far from every centre.
    pub n_far: u64,
    /// Customers in the run before, where there was one.
    pub n_before: Option<u64>,
}

/// Who is in which segment; slices have one element per row of the input.
#[derive(Clone, Copy, Debug)]
pub struct Members<'a> {
    /// The name of the column of ids, where rows have ids.
    pub id_column: Option<&'a str>,
    /// The ids; `None` where there is none. Empty where rows have none at all.
    pub ids: &'a [Option<String>],
    /// The place of the segment among those of the model, or [`NO_SEGMENT`](crate::NO_SEGMENT).
    pub places: &'a [u32],
}

impl Members<'_> {
    /// The id of a row: its own, or its number from 1 where rows have none.
    pub fn id(&self, row: usize) -> String {
        match self.id_column {
            Some(_) => self.ids[row].clone().unwrap_or_default(),
            None => (row + 1).to_string(),
        }
    }
}

/// What is known of each customer; slices have one element per row of the input.
#[derive(Clone, Debug)]
pub struct CustomerView<'a> {
    /// Who they are, and in which segment.
    pub members: Members<'a>,
    /// How much nearer the own centre is than the next one, from 0 to 1; NaN where there is none.
    pub confidence: &'a [f64],
    /// Whether they are far from every centre.
    pub is_far: &'a [bool],
    /// The name of the segment before the last change; empty where none is known.
    pub previous: Option<&'a [String]>,
    /// The day of the last change, as `YYYY-MM-DD`; empty where none is known.
    pub changed_on: Option<&'a [String]>,
    /// Why they are in their segment, in one sentence; empty where they are in none.
    pub reasons: &'a [String],
}

impl CustomerView<'_> {
    /// Whoever has less confidence than this is on a border: the next centre is less than a ninth
    /// farther.
    pub const BORDERLINE: f64 = 0.1;

    /// The number of customers.
    pub fn n(&self) -> usize {
        self.members.places.len()
    }
}
