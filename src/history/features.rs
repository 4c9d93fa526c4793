//! What is known of a customer, one number each: names, units, definitions, and how each is best
//! prepared for clustering.

use super::Holdings;
use super::customers::Sums;
use super::knowledge::Knowledge;
use crate::prepare::{Missing, Scale, Transform};

/// A number per customer.
///
/// An order *counts* unless it is known to have failed (canceled or unavailable). What was spent is the
/// price and the freight of the items of the orders that count, less what was returned. (Payments differ
/// from that by interest and rounding.) Where an order has no items, it is what was paid for it: in
/// Olist's tables these are orders that fail later, which nobody knew when they were placed.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// Of its values.
    pub unit: &'static str,
    /// In one sentence.
    pub definition: &'static str,
    /// What should be done before scaling.
    pub transform: Transform,
    /// How it should be made comparable.
    pub scale: Scale,
    /// What should be done where it is missing.
    pub missing: Missing,
    /// Whether it grows by one a day while nothing happens.
    pub ages: bool,
    /// Whether a history of such tables can have it.
    pub(super) is_held: fn(&Holdings) -> bool,
    pub(super) value: Value,
}

/// Where a feature's values come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// From a customer's own orders; `None` where it is missing.
    Own(fn(&Sums, Knowledge) -> Option<f64>),
    /// The share of all customers who have less than that, those who have as much counting half.
    Rank(fn(&Sums, Knowledge) -> f64),
}

/// How the time since the last order enters.
///
/// In days, every customer ages by one a day, and a model decays by the clock alone; ranks do not age
/// together; an overlay leaves time to a rule on top of segments that know none of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recency {
    /// Days, as a feature.
    #[default]
    Absolute,
    /// The rank among all customers of that day, as a feature.
    Relative,
    /// Days, as a descriptor that is not clustered on.
    Overlay,
}

impl Recency {
    /// Every form, in the order in which help lists them.
    pub const ALL: [Self; 3] = [Self::Absolute, Self::Relative, Self::Overlay];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::Relative => "relative",
            Self::Overlay => "overlay",
        }
    }
}

/// Which features a table of customers has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeatureSet {
    /// Recency, purchases (frequency) and what was spent.
    Rfm,
    /// Those, and the last review.
    #[default]
    RfmReview,
    /// All.
    Full,
}

impl FeatureSet {
    /// Every set, in the order in which help lists them.
    pub const ALL: [Self; 3] = [Self::Rfm, Self::RfmReview, Self::Full];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rfm => "rfm",
            Self::RfmReview => "rfm-review",
            Self::Full => "full",
        }
    }

    /// Its features, without recency.
    pub fn features(self) -> impl Iterator<Item = &'static Feature> {
        let names: &[&str] = match self {
            Self::Rfm => &["purchases", "spent"],
            Self::RfmReview => &["purchases", "spent", "review_last", "review_missing"],
            Self::Full => &[],
        };
        CATALOG.iter().filter(move |feature| self == Self::Full || names.contains(&feature.name))
    }
}

/// Recency in the form that is asked for.
pub(super) fn recency(form: Recency) -> &'static Feature {
    match form {
        Recency::Absolute | Recency::Overlay => &RECENCY_DAYS,
        Recency::Relative => &RECENCY_RANK,
    }
}

/// The feature whose rank among all customers the one called `name` is.
pub(crate) fn ranked(name: &str) -> Option<&'static str> {
    (name == RECENCY_RANK.name).then_some(RECENCY_DAYS.name)
}

/// Whether the feature called `name` is made of the places of zip codes.
#[cfg(feature = "cli")]
pub(crate) fn needs_places(name: &str) -> bool {
    let without = Holdings { places: false, ..Holdings::ALL };
    CATALOG.iter().any(|feature| feature.name == name && !(feature.is_held)(&without))
}

const ALWAYS: fn(&Holdings) -> bool = |_| true;

/// A count, or something else that every customer has.
const PLAIN: Feature = Feature {
    name: "",
    unit: "",
    definition: "",
    transform: Transform::Identity,
    scale: Scale::Standard,
    missing: Missing::Error,
    ages: false,
    is_held: ALWAYS,
    value: Value::Own(|_, _| None),
};

/// A measure that some customers lack.
const MEASURE: Feature = Feature { missing: Missing::Median, ..PLAIN };

/// Between 0 and 1: as it is, since in units of its standard deviation a rare one would outweigh all
/// else.
const SHARE: Feature = Feature { unit: "share", scale: Scale::None, ..MEASURE };

static RECENCY_DAYS: Feature = Feature {
    name: "recency_days",
    unit: "days",
    definition: "Calendar days since the last order was placed.",
    ages: true,
    value: Value::Own(|sums, known| Some(recency_days(sums, known))),
    ..PLAIN
};

static RECENCY_RANK: Feature = Feature {
    name: "recency_rank",
    unit: "share",
    definition: "Share of all customers whose last order is more recent, those of the same day counting half.",
    value: Value::Rank(recency_days),
    ..PLAIN
};

fn recency_days(sums: &Sums, known: Knowledge) -> f64 {
    known.day().since(sums.last) as f64
}

/// All but recency.
static CATALOG: [Feature; 22] = [
    Feature {
        name: "purchases",
        unit: "occasions",
        transform: Transform::Log1p,
        definition: "Occasions on which orders that count were placed: one placed within 24 hours of the last such order before it belongs to the same.",
        value: Value::Own(|sums, _| Some(f64::from(sums.purchases))),
        ..PLAIN
    },
    Feature {
        name: "spent",
        unit: "currency",
        definition: "Price and freight of the items in orders that count (of an order without items, what was paid), less what was returned, at least 0.",
        transform: Transform::Log1p,
        is_held: |held| held.items,
        value: Value::Own(|sums, _| Some(sums.spent())),
        ..PLAIN
    },
    Feature {
        name: "basket_mean",
        unit: "currency",
        definition: "Price and freight of items (of an order without items, what was paid) per purchase occasion.",
        transform: Transform::Log1p,
        is_held: |held| held.items,
        value: Value::Own(|sums, _| ratio(sums.bought(), sums.purchases)),
        ..MEASURE
    },
    Feature {
        name: "items_per_order",
        unit: "pieces",
        definition: "Pieces per order that counts and has items.",
        transform: Transform::Log1p,
        is_held: |held| held.pieces,
        value: Value::Own(|sums, _| ratio(sums.pieces as f64, sums.itemized)),
        ..MEASURE
    },
    Feature {
        name: "review_last",
        unit: "stars",
        definition: "Stars of the review that was answered last.",
        is_held: |held| held.reviews,
        value: Value::Own(|sums, _| sums.last_review.map(|(_, stars)| f64::from(stars))),
        ..MEASURE
    },
    Feature {
        name: "review_mean",
        unit: "stars",
        definition: "Mean stars over reviewed orders, of each the review that was answered last.",
        is_held: |held| held.reviews,
        value: Value::Own(|sums, _| ratio(f64::from(sums.stars), sums.reviewed)),
        ..MEASURE
    },
    Feature {
        name: "review_missing",
        unit: "0 or 1",
        definition: "Whether no review was answered so far.",
        scale: Scale::None,
        is_held: |held| held.reviews,
        value: Value::Own(|sums, _| Some(f64::from(u8::from(sums.reviewed == 0)))),
        ..PLAIN
    },
    Feature {
        name: "comment_share",
        definition: "Share of reviewed orders whose review has a comment beside its stars and title.",
        is_held: |held| held.comments,
        value: Value::Own(|sums, _| ratio(f64::from(sums.comments), sums.reviewed)),
        ..SHARE
    },
    Feature {
        name: "comment_length",
        unit: "characters",
        definition: "Mean length of the comments of reviewed orders without blanks around them, 0 where there is none.",
        transform: Transform::Log1p,
        is_held: |held| held.comments,
        value: Value::Own(|sums, _| ratio(sums.comment_length as f64, sums.reviewed)),
        ..MEASURE
    },
    Feature {
        name: "delivery_days",
        unit: "days",
        definition: "Mean calendar days from order to delivery, over orders that arrived on a known day.",
        transform: Transform::Log1p,
        is_held: |held| held.deliveries,
        value: Value::Own(|sums, _| ratio(sums.delivery_days as f64, sums.delivered)),
        ..MEASURE
    },
    Feature {
        name: "delay_days",
        unit: "days",
        definition: "Mean calendar days from the promised day to the delivery, or to the as-of date for orders that are overdue (90 at most); negative is early.",
        is_held: |held| held.deliveries,
        value: Value::Own(|sums, _| ratio(sums.delay_days as f64, sums.timed)),
        ..MEASURE
    },
    Feature {
        name: "failed_share",
        definition: "Share of the orders that are known to be canceled or unavailable.",
        missing: Missing::Error,
        is_held: |held| held.failures,
        value: Value::Own(|sums, _| {
            Some(ratio(f64::from(sums.failed), sums.placed).unwrap_or(0.0))
        }),
        ..SHARE
    },
    Feature {
        name: "freight_share",
        definition: "Freight as a share of price and freight.",
        is_held: |held| held.freight,
        value: Value::Own(|sums, _| {
            let gross = sums.gross();
            (gross > 0.0).then(|| sums.freight.units() / gross)
        }),
        ..SHARE
    },
    Feature {
        name: "installments",
        unit: "months",
        definition: "Mean over orders that count of the largest number of monthly payments agreed on.",
        is_held: |held| held.payments,
        value: Value::Own(|sums, _| ratio(sums.installments as f64, sums.paid_orders)),
        ..MEASURE
    },
    Feature {
        name: "card_share",
        definition: "Share of what was paid for orders that count that was paid by credit card.",
        is_held: |held| held.payments,
        value: Value::Own(|sums, _| sums.paid_share(0)),
        ..SHARE
    },
    Feature {
        name: "boleto_share",
        definition: "Share of what was paid for orders that count that was paid by boleto (a bank slip).",
        is_held: |held| held.payments,
        value: Value::Own(|sums, _| sums.paid_share(1)),
        ..SHARE
    },
    Feature {
        name: "voucher_share",
        definition: "Share of what was paid for orders that count that was paid by voucher.",
        is_held: |held| held.payments,
        value: Value::Own(|sums, _| sums.paid_share(2)),
        ..SHARE
    },
    Feature {
        name: "debit_share",
        definition: "Share of what was paid for orders that count that was paid by debit card.",
        is_held: |held| held.payments,
        value: Value::Own(|sums, _| sums.paid_share(3)),
        ..SHARE
    },
    Feature {
        name: "categories",
        unit: "categories",
        transform: Transform::Log1p,
        definition: "Different categories of products in orders that count.",
        is_held: |held| held.categories,
        value: Value::Own(|sums, _| (sums.categories > 0).then(|| f64::from(sums.categories))),
        ..MEASURE
    },
    Feature {
        name: "distance_km",
        unit: "km",
        definition: "Mean distance from the customer to the sellers, over the lines of orders that count, between the median points of zip codes.",
        transform: Transform::Log1p,
        is_held: |held| held.places,
        value: Value::Own(|sums, _| ratio(sums.metres as f64 / 1000.0, sums.located)),
        ..MEASURE
    },
    Feature {
        name: "tenure_days",
        unit: "days",
        definition: "Calendar days since the first order was placed.",
        ages: true,
        value: Value::Own(|sums, known| sums.first.map(|first| known.day().since(first) as f64)),
        ..PLAIN
    },
    Feature {
        name: "weekend_share",
        definition: "Share of the orders that were placed on a Saturday or a Sunday.",
        missing: Missing::Error,
        value: Value::Own(|sums, _| {
            Some(ratio(f64::from(sums.weekend), sums.placed).unwrap_or(0.0))
        }),
        ..SHARE
    },
];

/// A sum per something, where there is something.
fn ratio(sum: f64, n: u32) -> Option<f64> {
    (n > 0).then(|| sum / f64::from(n))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_feature_is_named_once_and_defined_in_a_sentence() {
        let all = || CATALOG.iter().chain([&RECENCY_DAYS, &RECENCY_RANK]);
        let names: HashSet<_> = all().map(|feature| feature.name).collect();
        assert_eq!(names.len(), all().count());
        for Feature { name, unit, definition, .. } in all() {
            assert!(!name.is_empty() && !unit.is_empty(), "{name}");
            assert!(definition.ends_with('.') && definition.matches(". ").count() == 0, "{name}");
        }
    }

    #[test]
    fn distance_alone_needs_places() {
        let needing = CATALOG.iter().map(|feature| feature.name).filter(|name| needs_places(name));
        assert_eq!(needing.collect::<Vec<_>>(), ["distance_km"]);
    }

    #[test]
    fn sets_are_part_of_each_other() {
        let names = |set: FeatureSet| set.features().map(|f| f.name).collect::<HashSet<_>>();
        assert_eq!(names(FeatureSet::Rfm).len(), 2);
        assert!(names(FeatureSet::Rfm).is_subset(&names(FeatureSet::RfmReview)));
        assert_eq!(names(FeatureSet::RfmReview).len(), 4);
        assert_eq!(names(FeatureSet::Full).len(), CATALOG.len());
    }
}
