//! Tables become a history: persons in the order of their keys, each with its orders in the order of
//! time, each with its items, payments and reviews.

use std::cmp::Ordering;
use std::collections::HashMap;

use rayon::prelude::*;

use super::grouped::Grouped;
use super::keys::Keys;
use super::places::Place;
use super::tables::{Customers, Orders, Places, RawItem, RowCounts, Tables};
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
        let Customers { ids: customer_ids, persons: person_ids, rows: customers, states, .. } =
            customers;
        if orders.is_empty() {
            return Err(Error::data("there is no order (at least one is needed)"));
        }

        let mut zips: Vec<Option<u32>> = vec![None; orders.len()];
        let mut person_of: Vec<Option<u32>> = vec![None; orders.len()];
        let mut room = String::new();
        for (at, order) in orders.iter_mut().enumerate() {
            if let Some(customer) = customer_ids.find(customer_of.get(at, &mut room)) {
                let (person, zip, state) = customers[customer as usize];
                order.state = state;
                zips[at] = zip;
                person_of[at] = Some(person);
            }
        }
        let n_customer_ids = customer_ids.len();
        // Keys are large: none is kept for longer than it joins.
        drop((customer_of, customer_ids, customers));
        let (order_keys, person_keys) = (ids.into_keys(), person_ids.into_keys());
        let (persons, ranks) = sorted_persons(&person_keys, &person_of);
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

        let translations = tables.translations.unwrap_or_default();
        let categories =
            products.map_or_else(|| vec![String::new()], |p| p.categories.into_names());
        let translated = categories.into_iter().map(|name| translations.translate(name));
        let (categories, number_of) = distinct(translated.collect());

        let n = sorted.len();
        let place_of_row = |&at: &u32| place_of[at as usize];
        let items = items.unwrap_or_default();
        let medians = places.as_ref().map(Places::medians).unwrap_or_default();
        let place = |zip: Option<u32>| -> Option<Place> { medians.get(&zip?).copied() };
        let lines = items.orders.iter().zip(&items.items).map(|(&at, raw): (&u32, &RawItem)| {
            let ends = place(zips[at as usize]).zip(place(raw.seller_zip));
            let category = number_of[usize::from(raw.item.category)];
            let metres = ends.map(|(customer, seller)| customer.metres_to(seller));
            Item { metres, category, ..raw.item }
        });
        let mut grouped_items = Grouped::new(n, items.orders.iter().map(place_of_row), lines)?;
        let repeated = grouped_items.leave_out_repeated(|row| row.number);
        oddities.items.iter_mut().for_each(|counts| counts.repeated = repeated);
        drop(items);
        let payments = payments.unwrap_or_default();
        let group_of = payments.orders.iter().map(place_of_row);
        let mut grouped_payments = Grouped::new(n, group_of, payments.payments.iter().copied())?;
        let repeated = grouped_payments.leave_out_repeated(|row| row.number);
        oddities.payments.iter_mut().for_each(|counts| counts.repeated = repeated);
        let reviews = reviews.unwrap_or_default();
        let group_of = reviews.orders.iter().map(place_of_row);
        let grouped_reviews = Grouped::new(n, group_of, reviews.reviews.iter().copied())?;

        let rank_of = |at: u32| person_of[at as usize].map(|person| ranks[person as usize]);
        let group_of = sorted.iter().map(|&at| rank_of(at));
        let values = sorted.iter().map(|&at| orders[at as usize]);
        Ok(Self {
            orders: Grouped::new(persons.len(), group_of, values)?,
            persons: person_keys.picked(&persons),
            order_keys: order_keys.picked(&sorted),
            items: grouped_items,
            payments: grouped_payments,
            reviews: grouped_reviews,
            categories,
            states: states.into_names(),
            holdings,
            oddities,
            n_customer_ids,
        })
    }
}

/// Each name once, and for each of `names` the number of its own among these: different categories
/// may have one name in translation.
fn distinct(names: Vec<String>) -> (Vec<String>, Vec<u16>) {
    let mut numbers: HashMap<String, u16> = HashMap::new();
    let mut distinct = Vec::new();
    let number_of = names.into_iter().map(|name| {
        *numbers.entry(name).or_insert_with_key(|name| {
            distinct.push(name.clone());
            // As many as there were numbers before.
            (distinct.len() - 1) as u16
        })
    });
    let number_of = number_of.collect();
    (distinct, number_of)
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
        states: tables.has_states,
        customer_ids: tables.has_customer_ids,
        statuses: tables.has_statuses,
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
        places: tables
            .places
            .as_ref()
            .map(|table| RowCounts { repeated: table.n_repeated(), ..table.counts }),
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
