//! Made-up histories have the published totals and shares, the traps, and the same rows however
//! they are made.
//!
//! A share is compared by the binomial deviation of a sample of its size: 4.5 of them, which chance
//! exceeds once in 150,000 comparisons. Where what is drawn only comes near to what is published,
//! the test says by how much.

use std::collections::{HashMap, HashSet};

use super::draw::{DAY, HOUR, date};
use super::*;
use crate::history::{
    CustomerParams, FeatureSet, Knowledge, Moment, PaymentKind, Status, customers,
};
use crate::kernel::Kernel;
use crate::kmeans::{KMeansParams, fit};
use crate::metrics::{Contingency, Labeling};
use crate::monitor::Silent;
use crate::prepare::{Missing, Prepare, PrepareParams, Transform};
use crate::table::{Chunk, Column, FeatureTable, Values};

const N: u64 = 20_000;

fn synth(orders: u64, seed: u64) -> Synth {
    Synth::new(SynthParams { orders, seed: Seed(seed), world: SynthWorld::Shop }).unwrap()
}

fn steady(orders: u64, seed: u64) -> Synth {
    Synth::new(SynthParams { orders, seed: Seed(seed), world: SynthWorld::Steady }).unwrap()
}

/// All of its orders.
pub(super) fn made(synth: &Synth) -> SynthBlock {
    let mut all = SynthBlock::default();
    for mut block in synth.blocks().flatten() {
        all.truths.append(&mut block.truths);
        all.customers.append(&mut block.customers);
        all.orders.append(&mut block.orders);
        all.items.append(&mut block.items);
        all.payments.append(&mut block.payments);
        all.reviews.append(&mut block.reviews);
    }
    all
}

/// Asserts that `found` of `n` is a share of `p`, within 4.5 deviations and `slack`.
#[track_caller]
pub(super) fn is_share(found: usize, n: usize, p: f64, slack: f64) {
    let share = found as f64 / n as f64;
    let deviation = (p * (1.0 - p) / n as f64).sqrt();
    let allowed = 4.5 * deviation + slack;
    assert!((share - p).abs() <= allowed, "{found} of {n} is {share}, not {p} ± {allowed}");
}

/// Asserts that half of `values` are below `median`: so says the binomial distribution of how many
/// are.
#[track_caller]
fn is_median(values: &[f64], median: f64, slack: f64) {
    is_share(values.iter().filter(|&&x| x < median).count(), values.len(), 0.5, slack);
}

fn count<T>(rows: &[T], is_one: impl Fn(&T) -> bool) -> usize {
    rows.iter().filter(|row| is_one(row)).count()
}

fn days(from: Moment, to: Moment) -> f64 {
    (to.seconds() - from.seconds()) as f64 / DAY
}

#[test]
fn there_are_as_many_orders_as_asked_for() {
    for n in [1, 2, 7, 50, 1_023, 1_024, 1_060, 3_000] {
        let all = made(&synth(n, 3));
        assert_eq!((all.orders.len() as u64, all.customers.len() as u64), (n, n));
        let people: HashSet<_> = all.customers.iter().map(|c| c.row.person.clone()).collect();
        let truths: HashSet<_> = all.truths.iter().map(|t| t.person.clone().into()).collect();
        assert_eq!(people, truths, "of {n}");
    }
    for n in [0, SynthParams::MOST_ORDERS + 1] {
        let params = SynthParams { orders: n, seed: Seed(0), world: SynthWorld::Shop };
        assert_eq!(Synth::new(params).unwrap_err().kind(), crate::error::ErrorKind::Parameter);
    }
}

#[test]
fn threads_do_not_show() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| format!("{:?}", made(&synth(5_000, 1))))
    };
    let alone = on(1);
    assert!(alone == on(3));
    assert!(alone != format!("{:?}", made(&synth(5_000, 2))));
}

#[test]
fn a_steady_shop_has_as_many_orders_in_every_week() {
    let all = made(&steady(N, 9));
    let n = all.orders.len();
    let first = Calendar::first_whole_day();
    let within = |days: Range<i64>| {
        count(&all.orders, |order| days.contains(&order.placed.day().since(first)))
    };
    // 103 weeks, and Monday to Wednesday.
    let all_days = 103.0 + (16.3 + 16.1 + 15.6) / 100.0;
    (0..103).for_each(|week| is_share(within(7 * week..7 * week + 7), n, 1.0 / all_days, 0.0));
    // What a slow change would show in; one in 5,000 orders comes after the last delivered one.
    (0..7).for_each(|part| is_share(within(98 * part..98 * part + 98), n, 14.0 / all_days, 0.0005));
    let mondays = count(&all.orders, |o| o.placed.day().since(first) % 7 == 0);
    is_share(mondays, n, 104.0 * 0.163 / all_days, 0.002);
    let sundays = count(&all.orders, |o| o.placed.day().since(first) % 7 == 6);
    is_share(sundays, n, 103.0 * 0.12 / all_days, 0.002);
    assert!(all.orders.iter().all(|order| order.placed <= Calendar::last()));
}

#[test]
fn people_of_a_steady_shop_are_those_of_the_other() {
    let (shop, steady) = (made(&synth(N, 9)), made(&steady(N, 9)));
    let types = |all: &SynthBlock| all.truths.iter().map(|t| t.behaviour).collect::<Vec<_>>();
    assert_eq!(types(&shop), types(&steady));
    let mut times: HashMap<&str, Vec<Moment>> = HashMap::new();
    for (customer, order) in steady.customers.iter().zip(&steady.orders) {
        times.entry(&customer.row.person).or_default().push(order.placed);
    }
    let gaps: Vec<_> = times
        .values()
        .flat_map(|times| times.windows(2).map(|pair| days(pair[0], pair[1])))
        .collect();
    assert!(gaps.iter().all(|&gap| gap >= 0.0));
    // One in ten is between orders of people with three and more, who may go back and forth.
    is_share(count(&gaps, |&gap| gap < 1.0), gaps.len(), 0.30, 0.03);
    let delivered = |all: &SynthBlock| count(&all.orders, |o| o.status == Status::Delivered);
    is_share(delivered(&steady), N as usize, 0.9702, 0.0);
    let prices: Vec<_> = steady.items.iter().map(|item| item.row.price.units()).collect();
    is_median(&prices, 75.0, 0.02);
}

#[test]
fn who_orders_when_and_what_is_said_is_the_same_in_a_longer_history() {
    let (short, long) = (made(&synth(1_500, 5)), made(&synth(4_000, 5)));
    assert_eq!(format!("{:?}", short.orders), format!("{:?}", &long.orders[..1_500]));
    let n = short.reviews.len();
    assert_eq!(format!("{:?}", short.reviews), format!("{:?}", &long.reviews[..n]));
    let n = short.truths.len();
    assert_eq!(format!("{:?}", short.truths), format!("{:?}", &long.truths[..n]));
}

#[test]
fn orders_and_people_have_the_published_shares() {
    let all = made(&synth(N, 1));
    let n = all.orders.len();
    let is_status = |status| count(&all.orders, |order| order.status == status);
    is_share(is_status(Status::Delivered), n, 0.9702, 0.0);
    for (status, orders) in [
        (Status::Shipped, 1_107.0),
        (Status::Canceled, 625.0),
        (Status::Unavailable, 609.0),
        (Status::Invoiced, 314.0),
        (Status::Processing, 301.0),
        (Status::Created, 5.0),
        (Status::Approved, 2.0),
    ] {
        is_share(is_status(status), n, orders / 99_441.0, 0.0);
    }

    let mut times: HashMap<&str, Vec<Moment>> = HashMap::new();
    for (customer, order) in all.customers.iter().zip(&all.orders) {
        times.entry(&customer.row.person).or_default().push(order.placed);
    }
    let persons = times.len();
    is_share(times.values().filter(|t| t.len() == 1).count(), persons, 0.9688, 0.0);
    is_share(times.values().filter(|t| t.len() >= 3).count(), persons, 0.0026, 0.0);
    let gaps: Vec<_> = times
        .values()
        .flat_map(|times| times.windows(2).map(|pair| days(pair[0], pair[1])))
        .collect();
    assert!(gaps.iter().all(|&gap| gap >= 0.0));
    // A few more come just before the end, where there is no other time left.
    is_share(count(&gaps, |&gap| gap < 1.0), gaps.len(), 0.30, 0.02);

    let of = |state| count(&all.customers, |c| c.row.state.as_deref() == Some(state));
    for (state, share) in [("SP", 0.42), ("RJ", 0.129), ("MG", 0.117), ("RS", 0.055)] {
        // People with several orders are a sample of fewer.
        is_share(of(state), n, share, 0.002);
    }
    let mut zips: HashMap<&str, HashSet<Option<u32>>> = HashMap::new();
    for customer in &all.customers {
        zips.entry(&customer.row.person).or_default().insert(customer.row.zip);
    }
    is_share(zips.values().filter(|zips| zips.len() > 1).count(), persons, 0.0026, 0.0005);
}

#[test]
fn the_calendar_is_that_of_the_shop() {
    let all = made(&synth(N, 2));
    let n = all.orders.len();
    let within = |from: (i32, u32, u32), to: (i32, u32, u32)| {
        let days = date(from.0, from.1, from.2)..=date(to.0, to.1, to.2);
        count(&all.orders, |order| days.contains(&order.placed.day()))
    };
    // Orders of those who come back are later by some weeks than the months of first orders.
    is_share(within((2016, 9, 1), (2016, 12, 31)), n, 0.0033, 0.0005);
    is_share(within((2017, 1, 1), (2017, 6, 30)), n, 0.147, 0.006);
    is_share(within((2017, 11, 1), (2017, 11, 30)), n, 0.0759, 0.003);
    is_share(within((2018, 1, 1), (2018, 8, 31)), n, 0.543, 0.012);
    is_share(within((2017, 11, 24), (2017, 11, 24)), n, 0.0118, 0.001);
    assert!(within((2017, 11, 24), (2017, 11, 24)) > 3 * within((2017, 11, 17), (2017, 11, 17)));
    let at_night = count(&all.orders, |o| o.placed.seconds() % 86_400 < (6.0 * HOUR) as i64);
    is_share(at_night, n, 0.048, 0.005);

    let first = all.orders.iter().map(|order| order.placed).min().unwrap();
    let last = all.orders.iter().map(|order| order.placed).max().unwrap();
    assert_eq!(
        (first.to_string(), last.to_string()),
        ("2016-09-04 21:15:00".to_owned(), "2018-10-17 17:30:18".to_owned(),)
    );
    let delivered = all.orders.iter().filter(|order| order.status == Status::Delivered);
    assert_eq!(
        delivered.map(|order| order.placed).max().unwrap().to_string(),
        "2018-08-29 15:00:37"
    );
    let tail: Vec<_> =
        all.orders.iter().filter(|o| o.placed > Calendar::last_delivered()).collect();
    assert!(tail.len() >= 3 && tail.iter().all(|order| order.status == Status::Canceled));
}

#[test]
fn deliveries_have_the_published_shares() {
    let all = made(&synth(N, 3));
    let mut taken = Vec::new();
    let mut late = Vec::new();
    for order in &all.orders {
        let steps = [Some(order.placed), order.approved, order.shipped, order.delivered];
        assert!(steps.iter().flatten().is_sorted(), "{order:?}");
        let promised = order.promised.unwrap();
        assert!(promised > order.placed.day(), "{order:?}");
        if let Some(delivered) = order.delivered {
            assert_eq!(order.status, Status::Delivered);
            taken.push(days(order.placed, delivered));
            late.push(delivered.day().since(promised));
        }
    }
    let n = taken.len();
    // The distribution is a fitted one; the states make it a little heavier.
    is_median(&taken, 10.2, 0.01);
    is_share(count(&taken, |&days| days <= 16.0), n, 0.75, 0.02);
    is_share(count(&taken, |&days| days >= 29.0), n, 0.05, 0.005);
    is_share(count(&late, |&days| days > 0), n, 0.075, 0.0);
    is_share(count(&late, |&days| days == 0), n, 0.015, 0.001);
    is_share(count(&late, |&days| days >= 4), n, 0.05, 0.002);
}

#[test]
fn items_and_payments_have_the_published_shares() {
    let synth = synth(N, 4);
    let all = made(&synth);
    let mut units: HashMap<&str, usize> = HashMap::new();
    let mut worth: HashMap<&str, f64> = HashMap::new();
    for item in &all.items {
        let n = units.entry(&item.row.order).or_default();
        *n += 1;
        assert_eq!(item.row.number as usize, *n);
        *worth.entry(&item.row.order).or_default() += (item.row.price + item.row.freight).units();
    }
    let n = all.orders.len();
    is_share(n - units.len(), n, 0.0078, 0.0);
    is_share(units.values().filter(|&&n| n == 1).count(), units.len(), 0.90, 0.0);
    // The number of items has a deviation of 0.54.
    let mean = all.items.len() as f64 / units.len() as f64;
    assert!((mean - 1.1417).abs() < 4.5 * 0.54 / (n as f64).sqrt(), "{mean}");

    let prices: Vec<_> = all.items.iter().map(|item| item.row.price.units()).collect();
    let freights: Vec<_> = all.items.iter().map(|item| item.row.freight.units()).collect();
    // Items of one product count several times, and 6,666 products are a sample themselves.
    is_median(&prices, 75.0, 0.02);
    is_median(&freights, 16.3, 0.02);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // Deviations are 150 and 16; products are fewer than items, and some sell much better.
    let of_products = (synth.n_products() as f64 / 3.0).sqrt();
    assert!((mean(&prices) - 120.0).abs() < 4.5 * 150.0 / of_products, "{}", mean(&prices));
    assert!((mean(&freights) - 20.0).abs() < 1.5, "{}", mean(&freights));

    let mut paid: HashMap<&str, f64> = HashMap::new();
    for payment in &all.payments {
        *paid.entry(&payment.order).or_default() += payment.value.units();
    }
    let rows = all.payments.len();
    let of_kind = |kind| count(&all.payments, |payment| payment.kind == kind);
    // Vouchers of an order come together, and pads of them are not often published.
    is_share(of_kind(PaymentKind::CreditCard), rows, 0.739, 0.004);
    is_share(of_kind(PaymentKind::Boleto), rows, 0.190, 0.004);
    is_share(of_kind(PaymentKind::Voucher), rows, 0.0556, 0.004);
    is_share(of_kind(PaymentKind::DebitCard), rows, 0.0147, 0.0);
    is_share(count(&all.payments, |p| p.installments == 1), rows, 0.485, 0.01);
    assert!(all.payments.iter().all(|p| p.installments <= 12 && !p.value.is_negative()));
    let differing = worth
        .iter()
        .filter(|(order, worth)| (paid.get(*order).copied().unwrap_or(0.0) - *worth).abs() > 0.001);
    let share = differing.count() as f64 / worth.len() as f64;
    assert!((0.003..0.02).contains(&share), "{share}");
}

#[test]
fn reviews_have_the_published_shares() {
    let all = made(&synth(N, 5));
    let orders: HashMap<_, _> = all.orders.iter().map(|order| (&order.order, order)).collect();
    let stars_of = |is_one: &dyn Fn(&OrderRow<'_>) -> bool| {
        let of = all.reviews.iter().filter(|review| is_one(orders[&review.row.order]));
        of.map(|review| review.row.score).collect::<Vec<_>>()
    };
    let delivered = stars_of(&|order| order.status == Status::Delivered);
    for (stars, share) in (1..).zip([0.098, 0.031, 0.083, 0.197, 0.592]) {
        // The shares are rounded.
        is_share(count(&delivered, |&s| s == stars), delivered.len(), share, 0.001);
    }
    let canceled = stars_of(&|order| order.status == Status::Canceled);
    is_share(count(&canceled, |&s| s == 1), canceled.len(), 0.69, 0.0);
    let unavailable = stars_of(&|order| order.status == Status::Unavailable);
    is_share(count(&unavailable, |&s| s == 1), unavailable.len(), 0.78, 0.0);
    let late = stars_of(&|order| {
        order.delivered.zip(order.promised).is_some_and(|(came, due)| came.day() > due)
    });
    let mean = |stars: &[u8]| stars.iter().map(|&s| f64::from(s)).sum::<f64>() / stars.len() as f64;
    assert!(mean(&late) < 2.2 && mean(&delivered) > 4.0, "{} {}", mean(&late), mean(&delivered));

    let mut per_order: HashMap<_, usize> = HashMap::new();
    let mut ids = HashSet::new();
    for review in &all.reviews {
        *per_order.entry(&review.row.order).or_default() += 1;
        ids.insert(&review.row.review);
        assert_eq!(review.row.comment as usize, review.message.chars().count());
        assert!(review.created <= review.row.answered.unwrap().day());
    }
    let (n, rows) = (all.orders.len(), all.reviews.len());
    is_share(n - per_order.len(), n, 0.0077, 0.0);
    is_share(per_order.values().filter(|&&n| n > 1).count(), n, 0.0055, 0.0);
    is_share(rows - ids.len(), rows, 0.0082, 0.001);
    is_share(count(&all.reviews, |review| !review.message.is_empty()), rows, 0.41, 0.005);
    for odd in ["\r\n", "\"", ", ", "ã"] {
        assert!(all.reviews.iter().any(|review| review.message.contains(odd)), "{odd:?}");
    }
}

#[test]
fn places_and_products_are_as_odd_as_published() {
    let synth = synth(100_000, 6);
    let places: Vec<_> = (0..1_000).map(|zip| synth.places(zip)).collect();
    let rows: Vec<_> = places.iter().flatten().map(|place| place.row).collect();
    // Rows per zip code are nearly exponential, so their deviation is their mean.
    let mean = rows.len() as f64 / 1_000.0;
    assert!((mean - 53.0).abs() < 4.5 * 53.0 / 1_000_f64.sqrt(), "{mean}");
    let differ: HashSet<_> =
        rows.iter().map(|r| (r.zip, r.latitude.to_bits(), r.longitude.to_bits())).collect();
    is_share(rows.len() - differ.len(), rows.len(), 0.26, 0.0);
    let n_zips = synth.n_zips();
    let mut prefixes: Vec<u32> = (0..n_zips)
        .filter_map(|zip| synth.places(zip).first().map(|place| place.row.zip))
        .collect();
    is_share(n_zips as usize - prefixes.len(), n_zips as usize, 0.005, 0.0);
    assert!((14_900..=15_100).contains(&n_zips) && *prefixes.iter().min().unwrap() < 2_000);
    let n = prefixes.len();
    prefixes.sort_unstable();
    prefixes.dedup();
    assert!(prefixes.len() == n && *prefixes.last().unwrap() < 100_000);

    let products: Vec<_> = (0..synth.n_products()).map(|index| synth.product(index)).collect();
    let bare = count(&products, |p| p.row.category.is_none());
    is_share(bare, products.len(), 610.0 / 32_951.0, 0.0);
    assert_eq!(bare, count(&products, |p| p.text.is_none()));
    assert_eq!(count(&products, |p| p.size.is_none()), 2);
    let translated: HashSet<_> = synth.translations().map(|row| row.category).collect();
    let used: HashSet<_> = products.iter().filter_map(|p| p.row.category.clone()).collect();
    assert_eq!((translated.len(), used.difference(&translated).count()), (71, 2));
    let sellers: Vec<_> = (0..synth.n_sellers()).map(|index| synth.seller(index)).collect();
    is_share(count(&sellers, |seller| seller.state == "SP"), sellers.len(), 0.597, 0.0);
}

#[test]
fn a_small_history_has_the_traps() {
    for seed in 0..3 {
        let synth = synth(4_000, seed);
        let all = made(&synth);
        let delivered = |order: &OrderRow<'_>| order.status == Status::Delivered;
        assert!(all.orders.iter().any(|o| delivered(o) && o.delivered.is_none()));
        assert!(all.orders.iter().any(|o| delivered(o) && o.approved.is_none()));
        let after = |order: &OrderRow<'_>| order.placed > Calendar::last_delivered();
        assert!(all.orders.iter().any(after));
        let paid: HashSet<_> = all.payments.iter().map(|p| &p.order).collect();
        assert_eq!(paid.len(), 3_999);
        assert!(all.payments.iter().any(|p| p.number >= 12));
        assert!(all.payments.iter().any(|p| p.kind == PaymentKind::Other));
        assert!(all.payments.iter().any(|p| p.installments == 0));
        assert!(all.items.iter().any(|i| i.ship_by.day() > date(2018, 12, 31)));
        let places: Vec<_> = (0..synth.n_zips()).flat_map(|zip| synth.places(zip)).collect();
        assert!(places.iter().any(|place| place.row.latitude > 30.0 || place.row.latitude < -34.0));
        assert!(places.iter().any(|place| !place.city.is_ascii()));
        assert!((0..synth.n_zips()).any(|zip| synth.places(zip).is_empty()));
        assert!(all.reviews.iter().any(|review| review.message.contains("\r\n")));
    }
}

/// The rows as a history holds them.
#[test]
fn every_key_joins() {
    let synth = synth(5_000, 7);
    let all = made(&synth);
    let history = synth.history().unwrap();
    assert_eq!((history.n_orders(), history.n_persons()), (5_000, all.truths.len()));
    assert_eq!(history.n_customer_ids(), 5_000);
    assert_eq!(history.last_delivered_day(), date(2018, 8, 29));
    let odd = history.oddities();
    let without =
        odd.orders_without_customer + odd.items_without_product + odd.items_without_seller;
    assert_eq!((without, odd.reviews_unanswered), (0, 0));
    for counts in [odd.items, odd.payments, odd.reviews] {
        assert_eq!(counts.unwrap().unmatched, 0);
    }
    for counts in [Some(odd.orders), Some(odd.customers), odd.products, odd.sellers] {
        assert_eq!(counts.unwrap().repeated, 0);
    }
    assert!(odd.places_outside > 0 && odd.products_without_category > 0);
}

#[test]
fn segments_find_the_behaviours_again() {
    let synth = synth(N, 8);
    let all = made(&synth);
    let history = synth.history().unwrap();
    let params = CustomerParams { set: FeatureSet::Full, ..CustomerParams::default() };
    let known = Knowledge::at(date(2018, 12, 31));
    let found = customers(&history, known, &params).unwrap();
    let names = ["purchases", "spent", "review_last", "delay_days", "freight_share"];
    let columns = names.map(|name| {
        let column = found.columns.iter().find(|column| column.name == name).unwrap();
        let values = Values::F32(column.values.clone().into());
        Column::new(name, "Float32", vec![Chunk::new(values, None).unwrap()])
    });
    let table = FeatureTable::new(columns.to_vec(), None).unwrap();
    let params = PrepareParams {
        missing: Missing::Median,
        transforms: vec![("spent".to_owned(), Transform::Log1p)],
        ..PrepareParams::default()
    };
    let (prepare, prepared, _) = Prepare::fit_apply(&table, &params).unwrap();
    let kernel = Kernel::detect().unwrap();
    let params = KMeansParams::new(6);
    let fit = fit(&prepared.tiles(), prepare.precision(), &kernel, &params, &Silent).unwrap();

    let behaviours: HashMap<_, _> =
        all.truths.iter().map(|truth| (&truth.person, truth.behaviour)).collect();
    let number = |behaviour| Behaviour::ALL.iter().position(|b| *b == behaviour).unwrap() as u32;
    let truth: Vec<_> = found.ids(&history).map(|id| number(behaviours[&id])).collect();
    let truth = Labeling::new(&truth).unwrap();
    let ari =
        Contingency::new(&truth, &Labeling::new(&fit.labels).unwrap()).unwrap().adjusted_rand();
    // Chance gives 0. Prices have no gaps, so what is typical passes into what is cheap and dear.
    assert!(ari > 0.3, "{ari}");
}
