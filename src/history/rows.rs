//! The rows of the nine tables that a marketplace in Olist's layout has, as they are read or made.
//!
//! Names are Olist's where it has one. Text is borrowed, so that a row can be made of a cell.

use std::borrow::Cow;

use super::money::Money;
use super::time::{Day, Moment};

/// Where an order stands, as the shop's table says at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the word that it names")]
pub enum Status {
    Created,
    Approved,
    Invoiced,
    Processing,
    Shipped,
    Delivered,
    Canceled,
    Unavailable,
    /// Another word, or none.
    Other,
}

impl Status {
    /// Every status with a word of its own.
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Approved,
        Self::Invoiced,
        Self::Processing,
        Self::Shipped,
        Self::Delivered,
        Self::Canceled,
        Self::Unavailable,
    ];

    /// Olist's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Approved => "approved",
            Self::Invoiced => "invoiced",
            Self::Processing => "processing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Canceled => "canceled",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
        }
    }

    /// The status of this word.
    pub fn from_name(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|status| status.name() == name);
        known.unwrap_or(if name == "cancelled" { Self::Canceled } else { Self::Other })
    }

    /// Whether the customer never gets it.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Canceled | Self::Unavailable)
    }
}

/// How something was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the word that it names")]
pub enum PaymentKind {
    CreditCard,
    Boleto,
    Voucher,
    DebitCard,
    /// Another word, or none.
    Other,
}

impl PaymentKind {
    /// Every kind with a word of its own.
    pub const ALL: [Self; 4] = [Self::CreditCard, Self::Boleto, Self::Voucher, Self::DebitCard];

    /// Olist's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreditCard => "credit_card",
            Self::Boleto => "boleto",
            Self::Voucher => "voucher",
            Self::DebitCard => "debit_card",
            Self::Other => "not_defined",
        }
    }

    /// The kind of this word.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Other)
    }
}

/// An order, of `orders`.
#[derive(Clone, Debug)]
pub struct OrderRow<'a> {
    /// `order_id`.
    pub order: Cow<'a, str>,
    /// `customer_id`: one per order, not the person.
    pub customer: Cow<'a, str>,
    /// `order_status`.
    pub status: Status,
    /// `order_purchase_timestamp`.
    pub placed: Moment,
    /// `order_approved_at`.
    pub approved: Option<Moment>,
    /// `order_delivered_carrier_date`.
    pub shipped: Option<Moment>,
    /// `order_delivered_customer_date`.
    pub delivered: Option<Moment>,
    /// `order_estimated_delivery_date`, a date without a time.
    pub promised: Option<Day>,
}

/// Who placed an order, of `customers`.
#[derive(Clone, Debug)]
pub struct CustomerRow<'a> {
    /// `customer_id`.
    pub customer: Cow<'a, str>,
    /// `customer_unique_id`: the person.
    pub person: Cow<'a, str>,
    /// `customer_zip_code_prefix`.
    pub zip: Option<u32>,
    /// `customer_state`.
    pub state: Option<Cow<'a, str>>,
}

/// A line of an order, of `order_items`.
#[derive(Clone, Debug)]
pub struct ItemRow<'a> {
    /// `order_id`.
    pub order: Cow<'a, str>,
    /// `order_item_id`: the number of the line in its order, from 1; 0 where it has none.
    pub number: u16,
    /// `product_id`.
    pub product: Option<Cow<'a, str>>,
    /// `seller_id`.
    pub seller: Option<Cow<'a, str>>,
    /// How many pieces; in Olist's table one per line.
    pub pieces: u32,
    /// `price`, of all pieces.
    pub price: Money,
    /// `freight_value`, of all pieces.
    pub freight: Money,
}

/// A payment, of `order_payments`.
#[derive(Clone, Debug)]
pub struct PaymentRow<'a> {
    /// `order_id`.
    pub order: Cow<'a, str>,
    /// `payment_sequential`: the number of the payment in its order, from 1; 0 where it has none.
    pub number: u16,
    /// `payment_type`.
    pub kind: PaymentKind,
    /// `payment_installments`: monthly payments agreed on.
    pub installments: u16,
    /// `payment_value`.
    pub value: Money,
}

/// A review, of `order_reviews`.
#[derive(Clone, Debug)]
pub struct ReviewRow<'a> {
    /// `review_id`.
    pub review: Option<Cow<'a, str>>,
    /// `order_id`.
    pub order: Cow<'a, str>,
    /// `review_score`, 1 to 5 stars.
    pub score: u8,
    /// Characters of `review_comment_message`, 0 where there is none.
    pub comment: u32,
    /// `review_answer_timestamp`: when the shop had it.
    pub answered: Option<Moment>,
}

/// A product, of `products`.
#[derive(Clone, Debug)]
pub struct ProductRow<'a> {
    /// `product_id`.
    pub product: Cow<'a, str>,
    /// `product_category_name`.
    pub category: Option<Cow<'a, str>>,
}

/// A seller, of `sellers`.
#[derive(Clone, Debug)]
pub struct SellerRow<'a> {
    /// `seller_id`.
    pub seller: Cow<'a, str>,
    /// `seller_zip_code_prefix`.
    pub zip: Option<u32>,
}

/// A point within a zip code, of `geolocation`.
#[derive(Clone, Copy, Debug)]
pub struct PlaceRow {
    /// `geolocation_zip_code_prefix`.
    pub zip: u32,
    /// `geolocation_lat`, in degrees.
    pub latitude: f64,
    /// `geolocation_lng`, in degrees.
    pub longitude: f64,
}

/// The English name of a category, of `product_category_name_translation`.
#[derive(Clone, Debug)]
pub struct TranslationRow<'a> {
    /// `product_category_name`.
    pub category: Cow<'a, str>,
    /// `product_category_name_english`.
    pub english: Cow<'a, str>,
}
