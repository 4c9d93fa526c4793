//! Tables while they are being read: what is kept of each, and what was odd about its rows.
//!
//! Those that orders refer to come first (orders, customers, products, sellers, places,
//! translations), each by itself, so that they can be read at the same time; then those that refer
//! to orders (items, payments, reviews).

use std::collections::HashMap;

use super::keys::{Interner, Keys};
use super::money::Money;
use super::places::{Place, median_place, n_repeated};
use super::rows::{
    CustomerRow, ItemRow, OrderRow, PaymentRow, PlaceRow, ProductRow, ReviewRow, SellerRow,
    TranslationRow,
};
use super::time::Moment;
use super::{Item, Order, Payment, Review};
use crate::error::{Error, Result};

/// What a table's rows came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// All of them.
    pub rows: u64,
    /// Left out, since an earlier row has the same key.
    pub repeated: u64,
    /// Left out, since they refer to what is not there.
    pub unmatched: u64,
}

/// Texts of which there are few, numbered as they come; 0 stands for none.
#[derive(Clone, Debug)]
pub(super) struct Symbols {
    names: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self { names: vec![String::new()], numbers: HashMap::new() }
    }
}

impl Symbols {
    fn number(&mut self, name: Option<&str>, what: &str) -> Result<u16> {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(0) };
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        let number = u16::try_from(self.names.len()).map_err(|_| {
            Error::data(format!("more than 65,535 different {what} (fewer are accepted)"))
        })?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// The names, without the empty one.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().skip(1).map(String::as_str)
    }

    /// The names by number; the first is empty.
    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// The table `orders`.
#[derive(Debug, Default)]
pub struct Orders {
    pub(super) ids: Interner,
    pub(super) customers: Keys,
    pub(super) orders: Vec<Order>,
    pub(super) counts: RowCounts,
}

impl Orders {
    /// Takes a row; a later one of the same order is left out.
    ///
    /// # Errors
    /// [`Memory`](crate::ErrorKind::Memory) if there are more orders than 32 bits count.
    pub fn push(&mut self, row: &OrderRow<'_>) -> Result<()> {
        self.counts.rows += 1;
        let (_, is_new) = self.ids.intern(&row.order)?;
        if !is_new {
            self.counts.repeated += 1;
            return Ok(());
        }
        self.customers.push(&row.customer);
        self.orders.push(Order::new(row));
        Ok(())
    }

    /// The number of the order with this id.
    pub fn find(&self, order: &str) -> Option<u32> {
        self.ids.find(order)
    }

    /// When the order number `order` was placed.
    ///
    /// # Panics
    /// If there is no such order.
    pub fn placed(&self, order: u32) -> Moment {
        self.orders[order as usize].placed
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Marks the order number `order` as one that takes back what others brought.
    ///
    /// # Panics
    /// If there is no such order.
    pub fn set_return(&mut self, order: usize) {
        self.orders[order].is_return = true;
    }
}

/// The table `customers`.
#[derive(Debug, Default)]
pub struct Customers {
    pub(super) ids: Interner,
    pub(super) persons: Interner,
    /// Per customer: person, zip code, state.
    pub(super) rows: Vec<(u32, Option<u32>, u16)>,
    pub(super) states: Symbols,
    pub(super) counts: RowCounts,
}

impl Customers {
    /// Takes a row; a later one of the same `customer_id` is left out.
    ///
    /// # Errors
    /// [`Memory`](crate::ErrorKind::Memory) if there are more than 32 bits count, and data errors if there are more
    /// than 65,535 states.
    pub fn push(&mut self, row: &CustomerRow<'_>) -> Result<()> {
        self.counts.rows += 1;
        let (_, is_new) = self.ids.intern(&row.customer)?;
        if !is_new {
            self.counts.repeated += 1;
            return Ok(());
        }
        let (person, _) = self.persons.intern(&row.person)?;
        let state = self.states.number(row.state.as_deref(), "states")?;
        self.rows.push((person, row.zip, state));
        Ok(())
    }
}

impl Customers {
    /// Whether the customer number `customer`, as they come, is this person.
    pub fn is_person(&self, customer: u32, person: &str) -> bool {
        let found = self.rows.get(customer as usize).map(|(person, ..)| *person);
        found.is_some() && found == self.persons.find(person)
    }
}

/// The table `products`, with the names that `translations` has for its categories.
#[derive(Debug, Default)]
pub struct Products {
    ids: Interner,
    categories_of: Vec<u16>,
    pub(super) categories: Symbols,
    pub(super) counts: RowCounts,
    pub(super) without_category: u64,
}

impl Products {
    /// Takes a row; a later one of the same product is left out.
    ///
    /// # Errors
    /// [`Memory`](crate::ErrorKind::Memory) if there are more than 32 bits count, and data errors if there are more
    /// than 65,535 categories.
    pub fn push(&mut self, row: &ProductRow<'_>) -> Result<()> {
        self.counts.rows += 1;
        let (_, is_new) = self.ids.intern(&row.product)?;
        if !is_new {
            self.counts.repeated += 1;
            return Ok(());
        }
        let category = self.categories.number(row.category.as_deref(), "categories")?;
        self.without_category += u64::from(category == 0);
        self.categories_of.push(category);
        Ok(())
    }

    /// The category of a product, 0 where it has none; `None` if there is no such product.
    fn category(&self, product: &str) -> Option<u16> {
        self.ids.find(product).map(|product| self.categories_of[product as usize])
    }
}

/// The table `sellers`.
#[derive(Debug, Default)]
pub struct Sellers {
    ids: Interner,
    zips: Vec<Option<u32>>,
    pub(super) counts: RowCounts,
}

impl Sellers {
    /// Takes a row; a later one of the same seller is left out.
    ///
    /// # Errors
    /// [`Memory`](crate::ErrorKind::Memory) if there are more than 32 bits count.
    pub fn push(&mut self, row: &SellerRow<'_>) -> Result<()> {
        self.counts.rows += 1;
        let (_, is_new) = self.ids.intern(&row.seller)?;
        if !is_new {
            self.counts.repeated += 1;
            return Ok(());
        }
        self.zips.push(row.zip);
        Ok(())
    }

    /// The zip code of a seller, if it has one; `None` if there is no such seller.
    fn zip(&self, seller: &str) -> Option<Option<u32>> {
        self.ids.find(seller).map(|seller| self.zips[seller as usize])
    }
}

/// The table `geolocation`: points, of which each zip code gets the median.
#[derive(Debug, Default)]
pub struct Places {
    points: HashMap<u32, Vec<Place>>,
    pub(super) counts: RowCounts,
    pub(super) outside: u64,
}

impl Places {
    /// Takes a row; points outside Brazil's bounding box are left out. (A repeated one counts as often
    /// as it is there: the median is that of the rows.)
    pub fn push(&mut self, row: &PlaceRow) {
        self.counts.rows += 1;
        let place = Place { latitude: row.latitude, longitude: row.longitude };
        if !place.is_in_brazil() {
            self.outside += 1;
            return;
        }
        self.points.entry(row.zip).or_default().push(place);
    }

    /// The median point of every zip code.
    pub(super) fn medians(&self) -> HashMap<u32, Place> {
        self.points.iter().map(|(&zip, points)| (zip, median_place(points))).collect()
    }

    /// How many rows repeat another one.
    pub(super) fn n_repeated(&self) -> u64 {
        self.points.values().map(|points| n_repeated(points)).sum()
    }
}

/// The table `product_category_name_translation`.
#[derive(Debug, Default)]
pub struct Translations {
    english: HashMap<String, String>,
    pub(super) counts: RowCounts,
}

impl Translations {
    /// Takes a row; a later one of the same category is left out.
    pub fn push(&mut self, row: &TranslationRow<'_>) {
        self.counts.rows += 1;
        if self.english.contains_key(row.category.as_ref()) {
            self.counts.repeated += 1;
            return;
        }
        self.english.insert(row.category.clone().into_owned(), row.english.clone().into_owned());
    }

    /// The English name of a category, or its own where there is none.
    pub(super) fn translate(&self, category: String) -> String {
        self.english.get(&category).cloned().unwrap_or(category)
    }

    pub(super) fn lacks(&self, category: &str) -> bool {
        !self.english.contains_key(category)
    }
}

/// A line of an order while its places are not yet known.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawItem {
    pub(super) item: Item,
    pub(super) seller_zip: Option<u32>,
}

/// The table `order_items`.
#[derive(Debug, Default)]
pub struct Items {
    pub(super) orders: Vec<u32>,
    pub(super) items: Vec<RawItem>,
    pub(super) counts: RowCounts,
    /// Lines whose product, or whose seller, is not in its table.
    pub(super) without_product: u64,
    pub(super) without_seller: u64,
}

impl Items {
    /// Takes a row; one of an order that is not there is left out.
    pub fn push(
        &mut self,
        row: &ItemRow<'_>,
        orders: &Orders,
        products: Option<&Products>,
        sellers: Option<&Sellers>,
    ) {
        self.counts.rows += 1;
        let Some(order) = orders.find(&row.order) else {
            self.counts.unmatched += 1;
            return;
        };
        let mut category = 0;
        if let (Some(products), Some(product)) = (products, &row.product) {
            let found = products.category(product);
            self.without_product += u64::from(found.is_none());
            category = found.unwrap_or(0);
        }
        let mut seller_zip = None;
        if let (Some(sellers), Some(seller)) = (sellers, &row.seller) {
            let found = sellers.zip(seller);
            self.without_seller += u64::from(found.is_none());
            seller_zip = found.flatten();
        }
        let ItemRow { price, freight, pieces, number, .. } = *row;
        let item = Item { price, freight, pieces, metres: None, category, number };
        self.orders.push(order);
        self.items.push(RawItem { item, seller_zip });
    }

    /// Price and freight of each of so many orders.
    pub fn totals(&self, n_orders: usize) -> Vec<Money> {
        let mut totals = vec![Money::default(); n_orders];
        for (&order, raw) in self.orders.iter().zip(&self.items) {
            let total = &mut totals[order as usize];
            *total = *total + raw.item.price + raw.item.freight;
        }
        totals
    }
}

/// The table `order_payments`.
#[derive(Debug, Default)]
pub struct Payments {
    pub(super) orders: Vec<u32>,
    pub(super) payments: Vec<Payment>,
    pub(super) counts: RowCounts,
}

impl Payments {
    /// Takes a row; one of an order that is not there is left out.
    pub fn push(&mut self, row: &PaymentRow<'_>, orders: &Orders) {
        self.counts.rows += 1;
        let Some(order) = orders.find(&row.order) else {
            self.counts.unmatched += 1;
            return;
        };
        self.orders.push(order);
        self.payments.push(Payment {
            value: row.value,
            number: row.number,
            installments: row.installments,
            kind: row.kind,
        });
    }
}

/// The table `order_reviews`.
#[derive(Debug, Default)]
pub struct Reviews {
    pub(super) orders: Vec<u32>,
    pub(super) reviews: Vec<Review>,
    seen: Interner,
    pub(super) counts: RowCounts,
    /// Rows without the time of the answer, which are never known.
    pub(super) unanswered: u64,
}

impl Reviews {
    /// Takes a row; one of an order that is not there is left out. (A `review_id` that another row has
    /// is counted and kept: Olist's customers review several orders at once.)
    ///
    /// # Errors
    /// [`Memory`](crate::ErrorKind::Memory) if there are more than 32 bits count.
    pub fn push(&mut self, row: &ReviewRow<'_>, orders: &Orders) -> Result<()> {
        self.counts.rows += 1;
        if let Some(review) = &row.review {
            self.counts.repeated += u64::from(!self.seen.intern(review)?.1);
        }
        let Some(order) = orders.find(&row.order) else {
            self.counts.unmatched += 1;
            return Ok(());
        };
        self.unanswered += u64::from(row.answered.is_none());
        self.orders.push(order);
        self.reviews.push(Review {
            answered: row.answered,
            comment: row.comment.min(u32::from(u16::MAX)) as u16,
            score: row.score,
        });
        Ok(())
    }
}

/// All that was read: `orders` and `customers` a history must have, the others it may.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the table that it names")]
pub struct Tables {
    pub orders: Orders,
    pub customers: Customers,
    pub items: Option<Items>,
    pub payments: Option<Payments>,
    pub reviews: Option<Reviews>,
    pub products: Option<Products>,
    pub sellers: Option<Sellers>,
    pub places: Option<Places>,
    pub translations: Option<Translations>,
    /// Whether `customer_id` is another one with every order of a person.
    pub has_customer_ids: bool,
    /// Whether orders have a status in Olist's words.
    pub has_statuses: bool,
    /// Whether customers have a state.
    pub has_states: bool,
    /// Whether orders say when they were delivered, or were to be.
    pub has_deliveries: bool,
    /// Whether orders say whether they failed.
    pub has_failures: bool,
    /// Whether items say how many pieces they are of.
    pub has_pieces: bool,
    /// Whether items say what their freight cost.
    pub has_freight: bool,
    /// Whether reviews say whether there was a comment.
    pub has_comments: bool,
}
