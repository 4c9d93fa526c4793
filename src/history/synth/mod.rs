//! Made-up order histories in Olist's layout, of any size.
//!
//! Nothing in them is anybody's data: keys, people, products, cities and sentences are drawn or
//! invented. What they share with Olist's are the published totals and shares
//! ([`marginals`]), and the traps that such tables have: several payments and reviews per order,
//! orders without items, statuses that contradict dates, places that lie abroad ([`rarities`]).
//!
//! Each person has a [`Behaviour`], which is known and which a segmentation should find again.
//!
//! A person, a product, a seller and a zip code come of streams of their own, by number. So blocks
//! of them can be made side by side, nothing is kept that grows with the history, and who orders
//! when, and says what of it, is the same in a longer history. What is bought is not: it is drawn
//! from more products.

mod basket;
mod calendar;
mod catalogue;
mod draw;
mod geography;
mod laboratory;
mod marginals;
mod opinion;
mod person;
mod rarities;
mod rows;
#[cfg(test)]
mod tests;

pub use laboratory::{SynthDrift, SynthEvents};
pub use rows::{
    Behaviour, SynthCustomer, SynthItem, SynthPlace, SynthProduct, SynthReview, SynthSeller,
    SynthTruth,
};

use std::ops::Range;

use rayon::prelude::*;

use super::rows::{CustomerRow, OrderRow, PaymentRow, TranslationRow};
use super::{
    Customers, History, Items, Orders, Payments, Places, Products, Reviews, Sellers, Tables,
    Translations,
};
use crate::error::{Error, Result};
use crate::seed::{Purpose, Seed};
use calendar::Calendar;
use catalogue::Catalogue;
use geography::Geography;
use person::Person;

/// Which history to make up, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynthParams {
    /// How many orders, from 1 to [`MOST_ORDERS`](Self::MOST_ORDERS).
    pub orders: u64,
    /// The seed of all that is drawn.
    pub seed: Seed,
    /// What becomes of it with time, and of whom it is.
    pub world: SynthWorld,
}

/// What becomes of a history with time, and of whom it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SynthWorld {
    /// Orders by month and day as they are published, of people as like real ones as may be.
    #[default]
    Shop,
    /// The same people in a shop that neither grows nor changes: as many orders are expected on
    /// every Monday, on every Tuesday and so on, from the first whole day to the last delivered order.
    Steady,
    /// Types of people that are far apart, and events of which is known what they change.
    Laboratory(SynthEvents),
}

impl SynthWorld {
    /// Its word in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Steady => "steady",
            Self::Laboratory(_) => "laboratory",
        }
    }

    /// What changes in it at once.
    pub fn events(self) -> SynthEvents {
        match self {
            Self::Shop | Self::Steady => SynthEvents::default(),
            Self::Laboratory(events) => events,
        }
    }

    /// What people may be in it.
    pub fn behaviours(self) -> &'static [Behaviour] {
        match self {
            Self::Shop | Self::Steady => &Behaviour::ALL[..Behaviour::OF_SHOP],
            Self::Laboratory(_) => &Behaviour::ALL[Behaviour::OF_SHOP..],
        }
    }
}

impl SynthParams {
    /// The most orders that there can be: four tables may have more rows, and keys stay apart.
    pub const MOST_ORDERS: u64 = 1_000_000_000;
}

/// A made-up history, whose rows are drawn as they are asked for.
#[derive(Clone, Debug)]
pub struct Synth {
    params: SynthParams,
    calendar: Calendar,
    catalogue: Catalogue,
    geography: Geography,
}

/// The orders of some people, with all that belongs to them.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each field is the table that it names")]
pub struct SynthBlock {
    /// What the people really are.
    pub truths: Vec<SynthTruth>,
    /// One per order.
    pub customers: Vec<SynthCustomer>,
    pub orders: Vec<OrderRow<'static>>,
    pub items: Vec<SynthItem>,
    pub payments: Vec<PaymentRow<'static>>,
    pub reviews: Vec<SynthReview>,
}

impl Synth {
    /// Makes ready.
    ///
    /// # Errors
    /// [`Parameter`](crate::ErrorKind::Parameter) if there would be no orders, or too many; or if an
    /// event would not come to pass between the first whole day and the last.
    pub fn new(params: SynthParams) -> Result<Self> {
        let most = SynthParams::MOST_ORDERS;
        if !(1..=most).contains(&params.orders) {
            let message = format!("{} orders (1 to {most} are accepted)", params.orders);
            return Err(Error::parameter(message));
        }
        params.world.events().check()?;
        let is_steady = params.world != SynthWorld::Shop;
        Ok(Self {
            params,
            calendar: if is_steady { Calendar::steady() } else { Calendar::published() },
            catalogue: Catalogue::new(params.seed, params.orders),
            geography: Geography::new(params.seed, params.orders),
        })
    }

    /// What it was made of.
    pub fn params(&self) -> SynthParams {
        self.params
    }

    /// All orders, in groups of blocks that are made side by side; how they are grouped depends on
    /// the number of threads, what they hold does not.
    pub fn blocks(&self) -> SynthBlocks<'_> {
        SynthBlocks { synth: self, next: 0, left: self.params.orders }
    }

    /// How many products there are.
    pub fn n_products(&self) -> u64 {
        self.catalogue.n_products
    }

    /// The product number `index`.
    pub fn product(&self, index: u64) -> SynthProduct {
        self.catalogue.product(index)
    }

    /// How many sellers there are.
    pub fn n_sellers(&self) -> u64 {
        self.catalogue.n_sellers
    }

    /// The seller number `index`.
    pub fn seller(&self, index: u64) -> SynthSeller {
        self.catalogue.seller(index, &self.geography)
    }

    /// How many zip codes there are.
    pub fn n_zips(&self) -> u64 {
        self.geography.n_zips()
    }

    /// The points of the zip code number `index`: none of a few, mostly several, and some of them
    /// twice.
    pub fn places(&self, index: u64) -> Vec<SynthPlace> {
        self.geography.places(index)
    }

    /// The English names of categories, of which two have none.
    pub fn translations(&self) -> impl Iterator<Item = TranslationRow<'static>> {
        catalogue::translations()
    }

    /// All of it in memory.
    ///
    /// # Errors
    /// Those of [`History::new`].
    pub fn history(&self) -> Result<History> {
        let (mut orders, mut customers) = (Orders::default(), Customers::default());
        let (mut products, mut sellers) = (Products::default(), Sellers::default());
        let (mut places, mut translations) = (Places::default(), Translations::default());
        let (mut items, mut payments) = (Items::default(), Payments::default());
        let mut reviews = Reviews::default();
        for index in 0..self.n_products() {
            products.push(&self.product(index).row)?;
        }
        for index in 0..self.n_sellers() {
            sellers.push(&self.seller(index).row)?;
        }
        (0..self.n_zips()).flat_map(|index| self.places(index)).for_each(|p| places.push(&p.row));
        self.translations().for_each(|row| translations.push(&row));
        for block in self.blocks().flatten() {
            for (order, customer) in block.orders.iter().zip(&block.customers) {
                orders.push(order)?;
                customers.push(&customer.row)?;
            }
            for item in &block.items {
                items.push(&item.row, &orders, Some(&products), Some(&sellers));
            }
            block.payments.iter().for_each(|row| payments.push(row, &orders));
            for review in &block.reviews {
                reviews.push(&review.row, &orders)?;
            }
        }
        History::new(Tables {
            orders,
            customers,
            items: Some(items),
            payments: Some(payments),
            reviews: Some(reviews),
            products: Some(products),
            sellers: Some(sellers),
            places: Some(places),
            translations: Some(translations),
            has_customer_ids: true,
            has_statuses: true,
            has_states: true,
            has_deliveries: true,
            has_failures: true,
            has_pieces: true,
            has_freight: true,
            has_comments: true,
        })
    }

    /// The orders of these people, up to the first `most`.
    fn block(&self, persons: Range<u64>, most: u64) -> SynthBlock {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut block = SynthBlock::default();
        for index in persons {
            if block.orders.len() == most {
                break;
            }
            match self.params.world {
                SynthWorld::Shop | SynthWorld::Steady => self.person(index, most, &mut block),
                SynthWorld::Laboratory(events) => self.subject(index, &events, most, &mut block),
            }
        }
        block
    }

    /// Adds the orders of the person number `index`, up to `most` in the block.
    fn person(&self, index: u64, most: usize, block: &mut SynthBlock) {
        // Only what is drawn from the second depends on how much there is to be bought.
        let mut stream = self.params.seed.stream(Purpose::Synthetic, index);
        let mut contents = self.params.seed.stream(Purpose::SyntheticBasket, index);
        let Self { calendar, catalogue, geography, .. } = self;
        let mut person = Person::draw(index, calendar, geography, &mut stream);
        let behaviour = person.behaviour;
        let n_reviews = block.reviews.len();
        let mut before = None;
        for _ in 0..person.n_orders {
            if block.orders.len() == most {
                break;
            }
            let deal = person.order(before, calendar, geography, &mut stream);
            opinion::review(&deal, behaviour, n_reviews, &mut stream, &mut block.reviews);
            let rarity = person.rarity.filter(|_| before.is_none());
            let shop = (catalogue, geography);
            let basket =
                basket::fill(&deal, behaviour, rarity, shop, &mut contents, &mut block.items);
            basket::pay(&basket, &deal, rarity, &mut contents, &mut block.payments);
            let zip = geography.zip_at(deal.home.state, deal.home.spot);
            block.customers.push(SynthCustomer {
                row: CustomerRow {
                    customer: deal.row.customer.clone(),
                    person: person.key.clone().into(),
                    zip: Some(zip.prefix),
                    state: Some(zip.state_name().into()),
                },
                city: zip.city(),
            });
            before = Some(deal.row.placed);
            block.orders.push(deal.row);
        }
        block.truths.push(SynthTruth { person: person.key, behaviour });
    }
}

/// The orders of a [`Synth`], in groups of blocks.
#[derive(Debug)]
pub struct SynthBlocks<'a> {
    synth: &'a Synth,
    /// The first person of the next block.
    next: u64,
    /// Orders that are still to come.
    left: u64,
}

impl SynthBlocks<'_> {
    /// People per block.
    const PERSONS: u64 = 1_024;
    /// Blocks per thread and group: more would be larger, fewer would leave threads waiting.
    const PER_THREAD: u64 = 2;
}

impl Iterator for SynthBlocks<'_> {
    type Item = Vec<SynthBlock>;

    fn next(&mut self) -> Option<Vec<SynthBlock>> {
        if self.left == 0 {
            return None;
        }
        let n = Self::PER_THREAD * rayon::current_num_threads() as u64;
        // Everybody has an order at least.
        let n = n.min(self.left.div_ceil(Self::PERSONS));
        let starts: Vec<_> = (0..n).map(|i| self.next + i * Self::PERSONS).collect();
        let of_block = |start: u64| start..start + Self::PERSONS;
        let mut blocks: Vec<_> =
            starts.par_iter().map(|&start| self.synth.block(of_block(start), u64::MAX)).collect();
        self.next += n * Self::PERSONS;
        for (at, start) in starts.into_iter().enumerate() {
            let orders = blocks[at].orders.len() as u64;
            if orders >= self.left {
                blocks.truncate(at + 1);
                blocks[at] = self.synth.block(of_block(start), self.left);
                self.left = 0;
                break;
            }
            self.left -= orders;
        }
        Some(blocks)
    }
}
