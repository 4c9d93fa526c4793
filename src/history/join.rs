//! Tables become a history: persons in the order of their keys, each with its orders in the order of
//! time, each with its items, payments and reviews.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::grouped::Grouped;
use super::keys::Keys;
use super::places::Place;
use super::tables::{Orders, Places, RawItem, RowCounts, Tables};
use super::{History, Holdings, Item, Oddities, Order};
use crate::error::{Error, Result};

impl History {
    /// Joins the tables.
    ///
    /// Nothing in the result hangs on the order of rows, but for rows that contradict each other (two
    /// orders with one id, say), of which the first counts.
    ///
    /// # Errors
    /// Data errors if no order has a customer; [`Memory`](crate::ErrorKind::Memory) if there are more
    /// rows than 32 bits count.
    pub fn new(tables: Tables) -> Result<Self> {
        let holdings = holdings(&tables);
        let mut oddities = oddities(&tables);
        let Tables { orders, customers, items, payments, reviews, products, places, .. } = tables;
        let Orders { ids, customers: customer_of, mut orders, .. } = orders;

        let mut zips: Vec<Option<u32>> = vec![None; orders.len()];
        let mut person_of: Vec<Option<u32>> = vec![None; orders.len()];
        let mut room = String::new();
        for (at, order) in orders.iter_mut().enumerate() {
            if let Some(customer) = customers.ids.find(customer_of.get(at, &mut room)) {
                let (person, zip, state) = customers.rows[customer as usize];
                order.state = state;
                zips[at] = zip;
                person_of[at] = Some(person);
            }
        }
        drop(customer_of);
        let order_keys = ids.into_keys();
        let (persons, ranks) = sorted_persons(customers.persons.keys(), &person_of);
        let sorted = sorted_orders(&orders, &order_keys, &person_of, &ranks);
        oddities.orders_without_customer = (orders.len() - sorted.len()) as u64;
        if sorted.is_empty() {
            let message = "no order has a customer (customer_id joins orders to customers)";
            return Err(Error::data(message));
        }
        // Where each order of the table stands now.
        let mut place_of: Vec<Option<u32>> = vec![None; orders.len()];
        for (place, &at) in sorted.iter().enumerate() {
            place_of[at as usize] = Some(place as u32);
        }

        let n = sorted.len();
        let placed = |of: &[u32]| of.iter().map(|&at| place_of[at as usize]).collect::<Vec<_>>();
        let items = items.unwrap_or_default();
        let medians = places.as_ref().map(Places::medians).unwrap_or_default();
        let place = |zip: Option<u32>| -> Option<Place> { medians.get(&zip?).copied() };
        let lines = items.orders.iter().zip(&items.items).map(|(&at, raw): (&u32, &RawItem)| {
            let ends = place(zips[at as usize]).zip(place(raw.seller_zip));
            Item { metres: ends.map(|(customer, seller)| customer.metres_to(seller)), ..raw.item }
        });
        let mut grouped_items = Grouped::new(n, placed(&items.orders).into_iter(), lines)?;
        let is_again = |a: u16, b: u16| a == b && a != 0;
        let repeated = grouped_items.leave_out_repeated(|a, b| is_again(a.number, b.number));
        oddities.items.iter_mut().for_each(|counts| counts.repeated = repeated);
        drop(items);
        let payments = payments.unwrap_or_default();
        let group_of = placed(&payments.orders).into_iter();
        let mut grouped_payments = Grouped::new(n, group_of, payments.payments.into_iter())?;
        let repeated = grouped_payments.leave_out_repeated(|a, b| is_again(a.number, b.number));
        oddities.payments.iter_mut().for_each(|counts| counts.repeated = repeated);
        let reviews = reviews.unwrap_or_default();
        let group_of = placed(&reviews.orders).into_iter();
        let grouped_reviews = Grouped::new(n, group_of, reviews.reviews.into_iter())?;

        let categories =
            products.map_or_else(|| vec![String::new()], |p| p.categories.into_names());
        let translations = tables.translations.unwrap_or_default();
        let rank_of = |at: u32| person_of[at as usize].map(|person| ranks[person as usize]);
        let group_of = sorted.iter().map(|&at| rank_of(at));
        let values = sorted.iter().map(|&at| orders[at as usize]);
        Ok(Self {
            orders: Grouped::new(persons.len(), group_of, values)?,
            persons: customers.persons.keys().picked(&persons),
            order_keys: order_keys.picked(&sorted),
            items: grouped_items,
            payments: grouped_payments,
            reviews: grouped_reviews,
            categories: categories.into_iter().map(|name| translations.translate(name)).collect(),
            states: customers.states.into_names(),
            holdings,
            oddities,
            n_customer_ids: customers.ids.len(),
        })
    }
}

/// The persons who have an order, in the order of their keys, and the rank of each person among them.
fn sorted_persons(keys: &Keys, person_of: &[Option<u32>]) -> (Vec<u32>, Vec<u32>) {
    let mut has_order = vec![false; keys.len()];
    person_of.iter().flatten().for_each(|&person| has_order[person as usize] = true);
    let mut persons: Vec<u32> =
        (0..keys.len() as u32).filter(|&person| has_order[person as usize]).collect();
    persons.par_sort_unstable_by(|&a, &b| keys.cmp(a as usize, b as usize));
    let mut ranks = vec![0; keys.len()];
    for (rank, &person) in persons.iter().enumerate() {
        ranks[person as usize] = rank as u32;
    }
    (persons, ranks)
}

/// The orders that have a person, by person, time and key.
fn sorted_orders(
    orders: &[Order],
    keys: &Keys,
    person_of: &[Option<u32>],
    ranks: &[u32],
) -> Vec<u32> {
    let has_person = |&at: &u32| person_of[at as usize].is_some();
    let mut sorted: Vec<u32> = (0..orders.len() as u32).filter(has_person).collect();
    let rank = |at: u32| person_of[at as usize].map_or(0, |person| ranks[person as usize]);
    sorted.par_sort_unstable_by(|&a, &b| -> Ordering {
        let (x, y) = (&orders[a as usize], &orders[b as usize]);
        (rank(a), x.placed).cmp(&(rank(b), y.placed)).then_with(|| keys.cmp(a as usize, b as usize))
    });
    sorted
}

fn holdings(tables: &Tables) -> Holdings {
    let has_items = tables.items.is_some();
    Holdings {
        items: has_items,
        pieces: has_items && tables.has_pieces,
        freight: has_items && tables.has_freight,
        payments: tables.payments.is_some(),
        reviews: tables.reviews.is_some(),
        comments: tables.reviews.is_some() && tables.has_comments,
        deliveries: tables.has_deliveries,
        failures: tables.has_failures,
        categories: has_items && tables.products.is_some(),
        places: has_items && tables.sellers.is_some() && tables.places.is_some(),
        states: tables.customers.states.has_any(),
    }
}

fn oddities(tables: &Tables) -> Oddities {
    let Tables { items, products, translations, .. } = tables;
    let mut untranslated: Vec<String> = Vec::new();
    if let (Some(products), Some(translations)) = (products, translations) {
        let lacking = products.categories.names().filter(|name| translations.lacks(name));
        untranslated.extend(lacking.map(str::to_owned));
        untranslated.sort();
    }
    let counts = |counts: Option<&RowCounts>| counts.copied();
    Oddities {
        orders: tables.orders.counts,
        customers: tables.customers.counts,
        items: counts(items.as_ref().map(|table| &table.counts)),
        payments: counts(tables.payments.as_ref().map(|table| &table.counts)),
        reviews: counts(tables.reviews.as_ref().map(|table| &table.counts)),
        products: counts(products.as_ref().map(|table| &table.counts)),
        sellers: counts(tables.sellers.as_ref().map(|table| &table.counts)),
        places: counts(tables.places.as_ref().map(|table| &table.counts)),
        translations: counts(translations.as_ref().map(|table| &table.counts)),
        orders_without_customer: 0,
        items_without_product: items.as_ref().map_or(0, |table| table.without_product),
        items_without_seller: items.as_ref().map_or(0, |table| table.without_seller),
        products_without_category: products.as_ref().map_or(0, |table| table.without_category),
        places_outside: tables.places.as_ref().map_or(0, |table| table.outside),
        reviews_unanswered: tables.reviews.as_ref().map_or(0, |table| table.unanswered),
        untranslated,
    }
}
