//! From a profile to what can be said of a segment in a few words, and to the one thing to do about it.
//!
//! Five axes: what they spend, when they last ordered, whether they came back, how satisfied they are,
//! and how their orders arrived. Among customers of whom nearly all bought once, vocabularies that rest
//! on frequency (champions, loyal, …) have one word for everybody; satisfaction and delivery tell them apart.

use super::profile::{Distribution, Profile, Profiles};

/// What a segment's members spent, against everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Worth {
    /// More than others.
    High,
    /// About as much, or it is not known.
    Typical,
    /// Less than others.
    Low,
}

/// When they last ordered, against everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastOrder {
    /// More recently than others.
    Recent,
    /// In between, or it is not known.
    Middling,
    /// Longer ago than others.
    LongAgo,
}

/// Whether they came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loyalty {
    /// Most have no purchase that counts.
    None,
    /// Most bought once.
    Once,
    /// Most bought more than once, but less often than others do.
    Occasional,
    /// Most bought more than once.
    Repeat,
    /// How often most bought is not known.
    Unknown,
}

/// What their reviews say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Satisfaction {
    /// A mean of at least [`Satisfaction::HAPPY`] stars.
    Happy,
    /// In between.
    Mixed,
    /// A mean of less than [`Satisfaction::UNHAPPY`] stars.
    Unhappy,
    /// Most gave none.
    Unknown,
}

impl Satisfaction {
    /// Stars, of five, from which on a segment is happy.
    pub const HAPPY: f64 = 4.0;
    /// Stars below which it is unhappy.
    pub const UNHAPPY: f64 = 3.0;
}

/// How their orders arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Most lost at least half of their orders: canceled, or not available.
    Failed,
    /// Most waited beyond the promised day.
    Late,
    /// Most did not.
    OnTime,
    /// Nothing has been delivered to most, or it is not known.
    Unknown,
}

/// Satisfaction and delivery in one word, for names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Experience {
    /// Orders that failed.
    Failed,
    /// Unhappy, and orders came late.
    Late,
    /// Unhappy.
    Unhappy,
    /// Neither happy nor unhappy.
    Mixed,
    /// No review yet.
    Unreviewed,
    /// Happy.
    Happy,
}

/// The one thing to do about a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make good for an order that failed.
    RepairOrder,
    /// Say sorry for an order that came late.
    ExplainDelay,
    /// Find out what went wrong, and mend it.
    Recover,
    /// One message to people who left unhappy long ago.
    WinBackOnce,
    /// Ask how it was.
    AskReview,
    /// Ask what was missing.
    AskWhatWasMissing,
    /// Reward people who come back.
    RewardRegulars,
    /// Bring back people who used to come.
    BringRegularsBack,
    /// Look after people who spend much.
    LookAfter,
    /// Bring back people who spent much.
    ReactivateBigSpenders,
    /// From one order to two.
    SecondOrder,
    /// From a small basket to a larger one.
    GrowBasket,
    /// Stay in mind.
    StayInTouch,
    /// Wake up.
    Reactivate,
    /// Leave alone but for the season.
    SeasonalOnly,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 15] = [
        Self::RepairOrder,
        Self::ExplainDelay,
        Self::Recover,
        Self::WinBackOnce,
        Self::AskReview,
        Self::AskWhatWasMissing,
        Self::RewardRegulars,
        Self::BringRegularsBack,
        Self::LookAfter,
        Self::ReactivateBigSpenders,
        Self::SecondOrder,
        Self::GrowBasket,
        Self::StayInTouch,
        Self::Reactivate,
        Self::SeasonalOnly,
    ];

    /// How long it can wait: 0 for this week, 1 for this month, 2 for this quarter. What hurts comes first, then
    /// what fades.
    pub fn urgency(self) -> u8 {
        match self {
            Self::RepairOrder | Self::ExplainDelay | Self::Recover => 0,
            Self::AskReview | Self::RewardRegulars | Self::LookAfter | Self::SecondOrder => 1,
            Self::AskWhatWasMissing | Self::GrowBasket | Self::BringRegularsBack => 1,
            Self::ReactivateBigSpenders => 1,
            Self::WinBackOnce | Self::StayInTouch | Self::Reactivate | Self::SeasonalOnly => 2,
        }
    }

    /// A word for it in files.
    pub fn key(self) -> &'static str {
        match self {
            Self::RepairOrder => "repair_order",
            Self::ExplainDelay => "explain_delay",
            Self::Recover => "recover",
            Self::WinBackOnce => "win_back_once",
            Self::AskReview => "ask_review",
            Self::AskWhatWasMissing => "ask_what_was_missing",
            Self::RewardRegulars => "reward_regulars",
            Self::BringRegularsBack => "bring_regulars_back",
            Self::LookAfter => "look_after",
            Self::ReactivateBigSpenders => "reactivate_big_spenders",
            Self::SecondOrder => "second_order",
            Self::GrowBasket => "grow_basket",
            Self::StayInTouch => "stay_in_touch",
            Self::Reactivate => "reactivate",
            Self::SeasonalOnly => "seasonal_only",
        }
    }
}

/// A segment on the five axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Portrait {
    /// What they spent.
    pub worth: Worth,
    /// When they last ordered.
    pub last_order: LastOrder,
    /// Whether they came back.
    pub loyalty: Loyalty,
    /// What their reviews say.
    pub satisfaction: Satisfaction,
    /// How their orders arrived.
    pub delivery: Delivery,
}

/// From this effect on a difference is of medium size (Cliff's δ; Romano et al. 2006, who translate
/// Cohen's d = 0.5).
pub const MEDIUM_EFFECT: f64 = 0.33;
/// Below this one a difference is negligible (the same, for d = 0.2).
pub const NEGLIGIBLE_EFFECT: f64 = 0.147;

/// Columns that say the same, the best first: those of `segengine features`, and what others call them.
const SPENT: [&str; 3] = ["spent", "monetary", "revenue"];
const RECENCY: [&str; 3] = ["recency_days", "recency_rank", "recency"];
const PURCHASES: [&str; 3] = ["purchases", "orders", "frequency"];
const REVIEW: [&str; 3] = ["review_last", "review_mean", "review_score"];
const DELAY: [&str; 1] = ["delay_days"];
const FAILED: [&str; 1] = ["failed_share"];

impl Profiles {
    /// The column that says what customers spent.
    pub fn spent(&self) -> Option<usize> {
        self.first(&SPENT)
    }

    /// The column that says when they last ordered.
    pub fn recency(&self) -> Option<usize> {
        self.first(&RECENCY)
    }

    /// The column that says how often they bought.
    pub fn purchases(&self) -> Option<usize> {
        self.first(&PURCHASES)
    }

    /// The column that says how satisfied they are.
    pub fn review(&self) -> Option<usize> {
        self.first(&REVIEW)
    }

    /// The column that says how late orders arrived.
    pub fn delay(&self) -> Option<usize> {
        self.first(&DELAY)
    }

    fn first(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.column(name))
    }

    /// Where a segment stands on each axis.
    pub fn portrait(&self, segment: &Profile) -> Portrait {
        let effect = |column: Option<usize>| {
            let effect = column.and_then(|column| segment.effects[column]).unwrap_or(0.0);
            (effect >= MEDIUM_EFFECT, effect <= -MEDIUM_EFFECT)
        };
        let values = |column: Option<usize>| column.and_then(|column| segment.values[column]);
        // What most of them do: a half that is not known tells nothing.
        let of_most = |column: Option<usize>| {
            values(column).filter(|values: &Distribution| 2 * values.n >= segment.size)
        };
        Portrait {
            worth: match effect(self.spent()) {
                // More than others who gave less than nothing is not much.
                (true, _) if values(self.spent()).is_some_and(|spent| spent.median > 0.0) => {
                    Worth::High
                }
                (_, true) => Worth::Low,
                _ => Worth::Typical,
            },
            last_order: match effect(self.recency()) {
                (true, _) => LastOrder::LongAgo,
                (_, true) => LastOrder::Recent,
                _ => LastOrder::Middling,
            },
            loyalty: match of_most(self.purchases()) {
                Some(purchases) if purchases.median < 1.0 => Loyalty::None,
                // Whoever comes back less often than others is no regular among them.
                Some(purchases) if purchases.median > 1.0 => match effect(self.purchases()) {
                    (_, true) => Loyalty::Occasional,
                    _ => Loyalty::Repeat,
                },
                Some(_) => Loyalty::Once,
                None => Loyalty::Unknown,
            },
            satisfaction: match of_most(self.review()) {
                Some(stars) if stars.mean >= Satisfaction::HAPPY => Satisfaction::Happy,
                Some(stars) if stars.mean < Satisfaction::UNHAPPY => Satisfaction::Unhappy,
                Some(_) => Satisfaction::Mixed,
                None => Satisfaction::Unknown,
            },
            delivery: match (of_most(self.first(&FAILED)), of_most(self.delay())) {
                (Some(failed), _) if failed.median >= 0.5 => Delivery::Failed,
                (_, Some(delay)) if delay.median > 0.0 => Delivery::Late,
                (_, Some(_)) => Delivery::OnTime,
                _ => Delivery::Unknown,
            },
        }
    }
}

impl Portrait {
    /// Satisfaction and delivery in one word.
    pub fn experience(self) -> Experience {
        match (self.delivery, self.loyalty, self.satisfaction) {
            (Delivery::Failed, ..) | (_, Loyalty::None, _) => Experience::Failed,
            (Delivery::Late, _, Satisfaction::Unhappy) => Experience::Late,
            (_, _, Satisfaction::Unhappy) => Experience::Unhappy,
            (_, _, Satisfaction::Mixed) => Experience::Mixed,
            (_, _, Satisfaction::Unknown) => Experience::Unreviewed,
            (_, _, Satisfaction::Happy) => Experience::Happy,
        }
    }

    /// What to do about the segment; `has_reviews` says whether anybody is known to have given one.
    ///
    /// What went wrong comes before what could be sold.
    pub fn action(self, has_reviews: bool) -> Action {
        match (self.experience(), self.loyalty, self.worth, self.last_order) {
            (Experience::Failed, ..) => Action::RepairOrder,
            (Experience::Late | Experience::Unhappy, _, _, LastOrder::LongAgo) => {
                Action::WinBackOnce
            }
            (Experience::Late, ..) => Action::ExplainDelay,
            (Experience::Unhappy, ..) => Action::Recover,
            (Experience::Unreviewed, ..) if has_reviews => Action::AskReview,
            (_, Loyalty::Repeat, _, LastOrder::LongAgo) => Action::BringRegularsBack,
            (_, Loyalty::Repeat, ..) => Action::RewardRegulars,
            (Experience::Mixed, ..) => Action::AskWhatWasMissing,
            (_, _, Worth::High, LastOrder::LongAgo) => Action::ReactivateBigSpenders,
            (_, _, Worth::High, _) => Action::LookAfter,
            (_, _, Worth::Low, LastOrder::LongAgo) => Action::SeasonalOnly,
            (_, _, Worth::Low, _) => Action::GrowBasket,
            (_, Loyalty::Occasional | Loyalty::Unknown, Worth::Typical, LastOrder::Recent)
            | (_, _, Worth::Typical, LastOrder::Middling) => Action::StayInTouch,
            (_, _, Worth::Typical, LastOrder::Recent) => Action::SecondOrder,
            (_, _, Worth::Typical, LastOrder::LongAgo) => Action::Reactivate,
        }
    }
}

/// How sure one can be of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Not found again, or its members are nearer to another one.
    Weak,
    /// Whether it is found again was not tried.
    Untried,
    /// In between.
    Fair,
    /// Found again and well apart.
    Firm,
}

impl Certainty {
    /// From the mean silhouette of a segment's rows and its mean Jaccard similarity in resamples.
    ///
    /// Similarities are read as Hennig does: from 0.75 stable, below 0.6 not to be trusted. Silhouettes as
    /// Kaufman and Rousseeuw do: up to 0.25 no substantial structure. Of fewer than 30 rows nothing is firm:
    /// that resamples agree says little where they draw the same few again and again.
    pub fn of(silhouette: Option<f64>, jaccard: Option<f64>, n_rows: u64) -> Self {
        const FEW: u64 = 30;
        match (silhouette, jaccard) {
            (_, Some(found)) if found < 0.6 => Self::Weak,
            (Some(apart), _) if apart <= 0.0 => Self::Weak,
            (_, None) => Self::Untried,
            (Some(apart), Some(found)) if apart > 0.25 && found >= 0.75 && n_rows >= FEW => {
                Self::Firm
            }
            _ => Self::Fair,
        }
    }

    /// What it is called where programs read it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Untried => "untried",
            Self::Fair => "fair",
            Self::Firm => "firm",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::table::{Column, FeatureTable};

    use super::*;

    /// Portraits of two segments of four customers each.
    fn portraits(columns: &[(&str, [f64; 8])]) -> [Portrait; 2] {
        let columns = columns.iter().map(|(name, values)| Column::from_f64(*name, values.to_vec()));
        let table = FeatureTable::new(columns.collect(), None).unwrap();
        let found = Profiles::new(&table, &[], &[0, 0, 0, 0, 1, 1, 1, 1], 2).unwrap();
        [0, 1].map(|at| found.portrait(&found.segments[at]))
    }

    #[test]
    fn who_comes_back_less_often_than_others_is_no_regular() {
        let often = [2.0, 2.0, 3.0, 2.0, 5.0, 6.0, 7.0, 8.0];
        let [few, many] = portraits(&[("purchases", often)]);
        assert_eq!([few.loyalty, many.loyalty], [Loyalty::Occasional, Loyalty::Repeat]);
        assert_eq!(few.action(false), Action::StayInTouch);
    }

    #[test]
    fn each_axis_is_read_from_its_column() {
        const NAN: f64 = f64::NAN;
        let [a, b] = portraits(&[
            ("spent", [9.0, 8.0, 9.0, 8.0, 1.0, 2.0, 1.0, 2.0]),
            ("recency_days", [300.0, 310.0, 320.0, 330.0, 10.0, 20.0, 30.0, 40.0]),
            ("purchases", [2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
            ("review_last", [5.0, 5.0, 4.0, 4.0, 1.0, NAN, NAN, NAN]),
            ("delay_days", [-3.0, -3.0, 1.0, -2.0, 5.0, 5.0, 1.0, NAN]),
        ]);
        assert_eq!((a.worth, b.worth), (Worth::High, Worth::Low));
        assert_eq!((a.last_order, b.last_order), (LastOrder::LongAgo, LastOrder::Recent));
        assert_eq!((a.loyalty, b.loyalty), (Loyalty::Repeat, Loyalty::Once));
        assert_eq!((a.satisfaction, b.satisfaction), (Satisfaction::Happy, Satisfaction::Unknown));
        assert_eq!((a.delivery, b.delivery), (Delivery::OnTime, Delivery::Late));
        assert_eq!(a.action(true), Action::BringRegularsBack);
        assert_eq!((b.action(true), b.action(false)), (Action::AskReview, Action::GrowBasket));
    }

    #[test]
    fn what_went_wrong_comes_before_what_could_be_sold() {
        let [failed, unhappy] = portraits(&[
            ("purchases", [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
            ("spent", [0.0, 0.0, 0.0, 5.0, 9.0, 9.0, 9.0, 9.0]),
            ("review_last", [5.0, 5.0, 5.0, 5.0, 1.0, 2.0, 3.0, 3.0]),
            ("delay_days", [0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0, -1.0]),
        ]);
        assert_eq!(failed.action(true), Action::RepairOrder);
        assert_eq!((unhappy.worth, unhappy.action(true)), (Worth::High, Action::ExplainDelay));
    }

    #[test]
    fn nothing_known_is_nothing_said() {
        let [a, b] = portraits(&[("x", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])]);
        assert_eq!(a, b);
        assert_eq!((a.loyalty, a.action(false)), (Loyalty::Unknown, Action::StayInTouch));
        // Nobody knows whether it would be the second order.
        let recent = Portrait { last_order: LastOrder::Recent, ..a };
        assert_eq!(recent.action(false), Action::StayInTouch);
        let once = Portrait { loyalty: Loyalty::Once, ..recent };
        assert_eq!(once.action(false), Action::SecondOrder);
    }

    #[test]
    fn actions_have_keys_of_their_own() {
        let keys: std::collections::HashSet<_> = Action::ALL.iter().map(|a| a.key()).collect();
        assert_eq!(keys.len(), Action::ALL.len());
    }

    #[test]
    fn certainty_needs_both() {
        assert_eq!(Certainty::of(Some(0.4), Some(0.9), 30), Certainty::Firm);
        assert_eq!(Certainty::of(Some(0.4), Some(0.9), 29), Certainty::Fair);
        assert_eq!(Certainty::of(None, Some(0.9), 30), Certainty::Fair);
        assert_eq!(Certainty::of(Some(0.4), None, 30), Certainty::Untried);
        assert_eq!(Certainty::of(Some(0.4), Some(0.5), 30), Certainty::Weak);
        assert_eq!(Certainty::of(Some(-0.1), None, 30), Certainty::Weak);
    }
}
