//! Order tables in memory, and what a shop knew of its customers on a day of the past.
//!
//! A [`History`] is made of [`Tables`], in which the rows of nine tables were gathered. It holds the
//! orders of each person side by side in the order of time, so that customers
//! [as known on a day](customers) come out of one pass over it. It knows no files and no clocks.
//!
//! The person is `customer_unique_id`; `customer_id` is another one with every order. What was spent is
//! the price and the freight of items (see [`Feature`]).

mod audit;
mod customers;
mod features;
mod grouped;
mod join;
mod keys;
mod knowledge;
mod money;
mod places;
mod rows;
mod synth;
mod tables;
mod time;

#[cfg(test)]
mod tests;

pub use audit::{Audit, Cases, Fanout};
pub(crate) use customers::shares_below;
pub use customers::{
    CustomerParams, CustomerTable, Descriptor, DescriptorColumn, FeatureColumn, Origin, customers,
};
#[cfg(feature = "cli")]
pub(crate) use features::needs_places;
pub(crate) use features::ranked;
pub use features::{Feature, FeatureSet, Recency};
pub use knowledge::Knowledge;
pub use money::Money;
pub use rows::{
    CustomerRow, ItemRow, OrderRow, PaymentKind, PaymentRow, PlaceRow, ProductRow, ReviewRow,
    SellerRow, Status, TranslationRow,
};
pub use synth::{
    Behaviour, Synth, SynthBlock, SynthBlocks, SynthCustomer, SynthDrift, SynthEvents, SynthItem,
    SynthParams, SynthPlace, SynthProduct, SynthReview, SynthSeller, SynthTruth, SynthWorld,
};
pub use tables::{
    Customers, Items, Orders, Payments, Places, Products, Reviews, RowCounts, Sellers, Tables,
    Translations,
};
pub use time::{Day, Moment};

use grouped::Grouped;
pub(crate) use keys::Interner;
use keys::Keys;

/// Orders of one person with no more time between them are one occasion to buy.
const OCCASION_SECONDS: i64 = 86_400;

/// An order, without what it consists of.
#[derive(Clone, Copy, Debug)]
struct Order {
    placed: Moment,
    approved: Option<Moment>,
    shipped: Option<Moment>,
    delivered: Option<Moment>,
    promised: Option<Day>,
    /// Into [`History::states`].
    state: u16,
    status: Status,
    /// Whether it takes back what others brought.
    is_return: bool,
}

impl Order {
    fn new(row: &OrderRow<'_>) -> Self {
        Self {
            placed: row.placed,
            approved: row.approved,
            shipped: row.shipped,
            delivered: row.delivered,
            promised: row.promised,
            state: 0,
            status: row.status,
            is_return: false,
        }
    }

    /// Whether it arrived on no known day.
    fn is_delivered_undated(&self) -> bool {
        self.status == Status::Delivered && self.delivered.is_none()
    }
}

/// A line of an order.
#[derive(Clone, Copy, Debug)]
struct Item {
    price: Money,
    freight: Money,
    pieces: u32,
    /// From the customer to the seller.
    metres: Option<u32>,
    /// Into [`History::categories`].
    category: u16,
    /// Within its order; 0 where it has none.
    number: u16,
}

/// A payment of an order.
#[derive(Clone, Copy, Debug)]
struct Payment {
    value: Money,
    /// Within its order; 0 where it has none.
    number: u16,
    installments: u16,
    kind: PaymentKind,
}

/// A review of an order.
#[derive(Clone, Copy, Debug)]
struct Review {
    answered: Option<Moment>,
    /// Characters.
    comment: u16,
    score: u8,
}

/// Which tables a history was made of, and so which features it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field says whether there is what it names")]
pub struct Holdings {
    pub items: bool,
    pub pieces: bool,
    pub freight: bool,
    pub payments: bool,
    pub reviews: bool,
    pub comments: bool,
    pub deliveries: bool,
    /// Which orders failed.
    pub failures: bool,
    pub categories: bool,
    /// Places of customers and of sellers.
    pub places: bool,
    pub states: bool,
    /// One `customer_id` per order, beside the person.
    pub customer_ids: bool,
    /// What Olist calls the status of an order.
    pub statuses: bool,
}

impl Holdings {
    /// All that there can be.
    #[cfg(any(feature = "cli", test))]
    pub(crate) const ALL: Self = Self {
        items: true,
        pieces: true,
        freight: true,
        payments: true,
        reviews: true,
        comments: true,
        deliveries: true,
        failures: true,
        categories: true,
        places: true,
        states: true,
        customer_ids: true,
        statuses: true,
    };
}

/// What was odd about the rows of the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the first fields are the tables that they name")]
pub struct Oddities {
    pub orders: RowCounts,
    pub customers: RowCounts,
    pub items: Option<RowCounts>,
    pub payments: Option<RowCounts>,
    pub reviews: Option<RowCounts>,
    pub products: Option<RowCounts>,
    pub sellers: Option<RowCounts>,
    pub places: Option<RowCounts>,
    pub translations: Option<RowCounts>,
    /// Orders whose `customer_id` is not among the customers; they are left out.
    pub orders_without_customer: u64,
    /// Items whose product is not among the products.
    pub items_without_product: u64,
    /// Items whose seller is not among the sellers.
    pub items_without_seller: u64,
    /// Products without a category.
    pub products_without_category: u64,
    /// Points outside Brazil's bounding box; they are left out.
    pub places_outside: u64,
    /// Reviews without the time of the answer; they are never known.
    pub reviews_unanswered: u64,
    /// Categories without an English name, which keep their own.
    pub untranslated: Vec<String>,
}

/// The orders of a shop: per person, in the order of time.
#[derive(Debug)]
pub struct History {
    persons: Keys,
    /// Per person, in the order of their keys; orders by time, then by key.
    orders: Grouped<Order>,
    order_keys: Keys,
    items: Grouped<Item>,
    payments: Grouped<Payment>,
    reviews: Grouped<Review>,
    /// By number; the first is that of things without any.
    categories: Vec<String>,
    states: Vec<String>,
    holdings: Holdings,
    oddities: Oddities,
    n_customer_ids: usize,
}

impl History {
    /// How many people have an order.
    pub fn n_persons(&self) -> usize {
        self.persons.len()
    }

    /// How many orders there are.
    pub fn n_orders(&self) -> usize {
        self.orders.values().len()
    }

    /// Which tables it was made of.
    pub fn holdings(&self) -> Holdings {
        self.holdings
    }

    /// What was odd about the rows of the tables.
    pub fn oddities(&self) -> &Oddities {
        &self.oddities
    }

    /// The first and the last day on which an order was placed.
    pub fn days(&self) -> (Day, Day) {
        let placed = || self.orders.values().iter().map(|order| order.placed);
        // There is an order, else there would be no history.
        let (first, last) = (placed().min(), placed().max());
        let first = first.unwrap_or(Moment::EARLIEST);
        (first.day(), last.unwrap_or(first).day())
    }

    /// The last day on which an order was placed that was then delivered: after it, the tables tell
    /// too little of what became of orders. Where none is known to be delivered, the last day of an
    /// order that was not canceled.
    pub fn last_delivered_day(&self) -> Day {
        let last = |counts: fn(&Order) -> bool| {
            let orders = self.orders.values().iter().filter(|order| counts(order));
            orders.map(|order| order.placed.day()).max()
        };
        last(|order| order.delivered.is_some() && !order.status.is_failure())
            .or_else(|| last(|order| !order.status.is_failure() && !order.is_return))
            .unwrap_or_else(|| self.days().1)
    }

    /// How many different `customer_id` there are, of which a person has one per order.
    pub fn n_customer_ids(&self) -> usize {
        self.n_customer_ids
    }
}
