//! The rows of a made-up history: those that a [`History`](crate::History) is made of, with what
//! only the files have beside.

use std::borrow::Cow;

use super::super::rows::{CustomerRow, ItemRow, PlaceRow, ProductRow, ReviewRow, SellerRow};
use super::super::time::{Day, Moment};

/// How a made-up person behaves: what a good segmentation finds again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// Gets orders late, and says so.
    LetDown,
    /// Buys dear things, in many instalments.
    BigSpender,
    /// Buys cheap things, often by boleto or voucher, whose freight is much of the price.
    Bargain,
    /// Comes back.
    Loyal,
    /// Never gets the order.
    Unserved,
    /// None of that.
    Typical,
    /// Of the laboratory: spends little, and gives five stars.
    HappySmall,
    /// Of the laboratory: spends much, and gives five stars.
    HappyLarge,
    /// Of the laboratory: spends little, and gives one star.
    UnhappySmall,
    /// Of the laboratory: spends much, and gives one star.
    UnhappyLarge,
    /// Of the laboratory: reviews nothing.
    Silent,
}

impl Behaviour {
    /// Every behaviour, those of the laboratory at the end.
    pub const ALL: [Self; 11] = [
        Self::LetDown,
        Self::BigSpender,
        Self::Bargain,
        Self::Loyal,
        Self::Unserved,
        Self::Typical,
        Self::HappySmall,
        Self::HappyLarge,
        Self::UnhappySmall,
        Self::UnhappyLarge,
        Self::Silent,
    ];

    /// How many of them are not of the laboratory.
    pub(super) const OF_SHOP: usize = 6;

    /// Its word in the files.
    pub fn name(self) -> &'static str {
        match self {
            Self::LetDown => "let_down",
            Self::BigSpender => "big_spender",
            Self::Bargain => "bargain",
            Self::Loyal => "loyal",
            Self::Unserved => "unserved",
            Self::Typical => "typical",
            Self::HappySmall => "happy_small",
            Self::HappyLarge => "happy_large",
            Self::UnhappySmall => "unhappy_small",
            Self::UnhappyLarge => "unhappy_large",
            Self::Silent => "silent",
        }
    }
}

/// What a made-up person really is.
#[derive(Clone, Debug)]
pub struct SynthTruth {
    /// `customer_unique_id`.
    pub person: String,
    /// How they behave.
    pub behaviour: Behaviour,
}

/// A row of `customers`.
#[derive(Clone, Debug)]
pub struct SynthCustomer {
    /// What a history keeps of it.
    pub row: CustomerRow<'static>,
    /// `customer_city`.
    pub city: String,
}

/// A row of `order_items`.
#[derive(Clone, Debug)]
pub struct SynthItem {
    /// What a history keeps of it.
    pub row: ItemRow<'static>,
    /// `shipping_limit_date`.
    pub ship_by: Moment,
}

/// A row of `order_reviews`.
#[derive(Clone, Debug)]
pub struct SynthReview {
    /// What a history keeps of it.
    pub row: ReviewRow<'static>,
    /// `review_comment_title`, empty where there is none.
    pub title: Cow<'static, str>,
    /// `review_comment_message`, empty where there is none.
    pub message: String,
    /// `review_creation_date`: when the shop asked for it.
    pub created: Day,
}

/// A row of `products`.
#[derive(Clone, Debug)]
pub struct SynthProduct {
    /// What a history keeps of it.
    pub row: ProductRow<'static>,
    /// Characters of its name and of its description, and how many photos it has; `None` where it
    /// has no category either.
    pub text: Option<[u32; 3]>,
    /// Grams; length, height and width in centimetres.
    pub size: Option<[u32; 4]>,
}

/// A row of `sellers`.
#[derive(Clone, Debug)]
pub struct SynthSeller {
    /// What a history keeps of it.
    pub row: SellerRow<'static>,
    /// `seller_city`.
    pub city: String,
    /// `seller_state`.
    pub state: &'static str,
}

/// A row of `geolocation`.
#[derive(Clone, Debug)]
pub struct SynthPlace {
    /// What a history keeps of it.
    pub row: PlaceRow,
    /// `geolocation_city`, sometimes with accents.
    pub city: String,
    /// `geolocation_state`.
    pub state: &'static str,
}
