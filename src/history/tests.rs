//! That nothing later is known, that the order of rows plays no part, and what features are.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::seed::{Purpose, Seed, Stream};

/// The rows of a small shop.
#[derive(Clone, Debug)]
struct Shop {
    orders: Vec<OrderRow<'static>>,
    customers: Vec<CustomerRow<'static>>,
    items: Vec<ItemRow<'static>>,
    payments: Vec<PaymentRow<'static>>,
    reviews: Vec<ReviewRow<'static>>,
}

const FIRST_DAY: i64 = 17_000;
const DAYS: usize = 80;

fn day(day: i64) -> Day {
    Day::from_days(day).unwrap()
}

fn moment(stream: &mut Stream, first: i64, days: usize) -> Moment {
    let seconds = first * 86_400 + stream.below(days * 86_400) as i64;
    Moment::from_seconds(seconds).unwrap()
}

fn sometimes<T>(stream: &mut Stream, chance: f64, value: T) -> Option<T> {
    (stream.uniform() < chance).then_some(value)
}

impl Shop {
    /// Some persons with some orders, of every kind.
    fn draw(seed: u64) -> Self {
        let mut stream = Seed(seed).stream(Purpose::Synthetic, 0);
        let mut shop = Self {
            orders: Vec::new(),
            customers: Vec::new(),
            items: Vec::new(),
            payments: Vec::new(),
            reviews: Vec::new(),
        };
        let persons = 1 + stream.below(6);
        for number in 0..1 + stream.below(14) {
            let person = stream.below(persons);
            shop.push_order(&mut stream, number, &format!("person {person}"), FIRST_DAY, DAYS);
        }
        shop
    }

    /// An order placed within `days` days of `first`.
    fn push_order(
        &mut self,
        stream: &mut Stream,
        number: usize,
        person: &str,
        first: i64,
        days: usize,
    ) {
        let order: Cow<'static, str> = format!("order {number}").into();
        let customer: Cow<'static, str> = format!("customer {number}").into();
        let placed = moment(stream, first, days);
        let after = placed.day().days();
        let arrives = moment(stream, after, 40);
        let promised = day(after + stream.below(30) as i64);
        self.orders.push(OrderRow {
            order: order.clone(),
            customer: customer.clone(),
            status: [Status::Delivered, Status::Shipped, Status::Canceled, Status::Unavailable]
                [stream.below(4)],
            placed,
            approved: sometimes(stream, 0.9, placed),
            shipped: None,
            delivered: sometimes(stream, 0.7, arrives),
            promised: sometimes(stream, 0.9, promised),
        });
        let state = ["SP", "RJ", "AM"][stream.below(3)];
        self.customers.push(CustomerRow {
            customer,
            person: person.to_owned().into(),
            zip: Some(1 + stream.below(3) as u32),
            state: sometimes(stream, 0.9, state.into()),
        });
        for line in 0..stream.below(4) {
            let price = Money::from_units(stream.below(10_000) as f64 / 100.0).unwrap();
            self.items.push(ItemRow {
                order: order.clone(),
                number: line as u16 + 1,
                product: Some(format!("product {}", stream.below(5)).into()),
                seller: Some(format!("seller {}", stream.below(2)).into()),
                pieces: 1 + stream.below(3) as u32,
                price,
                freight: Money::from_units(7.5).unwrap(),
            });
        }
        for payment in 0..stream.below(3) {
            self.payments.push(PaymentRow {
                order: order.clone(),
                number: payment as u16 + 1,
                kind: PaymentKind::ALL[stream.below(4)],
                installments: stream.below(5) as u16,
                value: Money::from_units(stream.below(9_000) as f64 / 100.0).unwrap(),
            });
        }
        for _ in 0..stream.below(3) {
            let answered = moment(stream, after, 50);
            self.reviews.push(ReviewRow {
                review: None,
                order: order.clone(),
                score: 1 + stream.below(5) as u8,
                comment: stream.below(50) as u32,
                answered: sometimes(stream, 0.9, answered),
            });
        }
    }

    /// The same as known at the end of `today`, with whatever a later day may bring in place of what
    /// it did bring.
    fn with_another_future(&self, today: Day, stream: &mut Stream) -> Self {
        let mut other = self.clone();
        let is_known = |order: &OrderRow<'_>| order.placed.day() <= today;
        let gone = |id: &str| self.orders.iter().any(|order| order.order == id && !is_known(order));
        let gone_customer =
            |id: &str| self.orders.iter().any(|order| order.customer == id && !is_known(order));
        other.orders.retain(is_known);
        other.customers.retain(|row| !gone_customer(&row.customer));
        other.items.retain(|row| !gone(&row.order));
        other.payments.retain(|row| !gone(&row.order));
        other.reviews.retain(|row| !gone(&row.order));
        let tomorrow = today.days() + 1;
        for order in &mut other.orders {
            if order.delivered.is_some_and(|delivered| delivered.day() > today) {
                let later = moment(stream, tomorrow, 100);
                order.delivered = sometimes(stream, 0.5, later);
            }
            // What the tables say of an order becomes known on the promised day.
            if order.promised.unwrap_or(order.placed.day()) > today {
                order.status =
                    [Status::Delivered, Status::Created, Status::Canceled][stream.below(3)];
            }
        }
        let is_answered = |review: &ReviewRow<'_>| {
            review.answered.is_some_and(|answered| answered.day() <= today)
        };
        other.reviews.retain(|review| is_answered(review) || stream.uniform() < 0.5);
        for review in other.reviews.iter_mut().filter(|review| !is_answered(review)) {
            review.score = 1 + stream.below(5) as u8;
            review.comment = stream.below(900) as u32;
            let later = moment(stream, tomorrow, 100);
            review.answered = sometimes(stream, 0.5, later);
        }
        // New orders, of known persons and of new ones.
        for number in 100..100 + stream.below(6) {
            let person = format!("person {}", stream.below(9));
            other.push_order(stream, number, &person, tomorrow, 100);
        }
        other
    }

    fn shuffled(&self, stream: &mut Stream) -> Self {
        fn shuffle<T: Clone>(rows: &[T], stream: &mut Stream) -> Vec<T> {
            let order = stream.distinct(rows.len(), rows.len());
            order.into_iter().map(|row| rows[row].clone()).collect()
        }
        Self {
            orders: shuffle(&self.orders, stream),
            customers: shuffle(&self.customers, stream),
            items: shuffle(&self.items, stream),
            payments: shuffle(&self.payments, stream),
            reviews: shuffle(&self.reviews, stream),
        }
    }

    fn history(&self) -> History {
        let (mut orders, mut customers) = (Orders::default(), Customers::default());
        self.orders.iter().for_each(|row| orders.push(row).unwrap());
        self.customers.iter().for_each(|row| customers.push(row).unwrap());
        let (mut products, mut sellers) = (Products::default(), Sellers::default());
        for number in 0..5 {
            let category = ["toys", "books", "toys", "garden"].get(number).map(|&name| name.into());
            let product = format!("product {number}").into();
            products.push(&ProductRow { product, category }).unwrap();
        }
        for number in 0..2 {
            let seller = format!("seller {number}").into();
            sellers.push(&SellerRow { seller, zip: Some(number + 1) }).unwrap();
        }
        let mut places = Places::default();
        for (zip, latitude) in [(1, -23.5), (2, -22.9)] {
            places.push(&PlaceRow { zip, latitude, longitude: -46.0 });
        }
        let (mut items, mut payments) = (Items::default(), Payments::default());
        let mut reviews = Reviews::default();
        for row in &self.items {
            items.push(row, &orders, Some(&products), Some(&sellers));
        }
        self.payments.iter().for_each(|row| payments.push(row, &orders));
        self.reviews.iter().for_each(|row| reviews.push(row, &orders).unwrap());
        History::new(Tables {
            orders,
            customers,
            items: Some(items),
            payments: Some(payments),
            reviews: Some(reviews),
            products: Some(products),
            sellers: Some(sellers),
            places: Some(places),
            translations: None,
            has_customer_ids: true,
            has_statuses: true,
            has_states: true,
            has_deliveries: true,
            has_failures: true,
            has_pieces: true,
            has_freight: true,
            has_comments: true,
        })
        .unwrap()
    }
}

/// Everything that is known, to the bit.
fn known(history: &History, knowledge: Knowledge, params: &CustomerParams) -> Vec<String> {
    let table = match customers(history, knowledge, params) {
        Ok(table) => table,
        // What the message says of other days, nobody knew either.
        Err(error) if error.to_string().starts_with("no order was placed by") => {
            return vec!["nobody".to_owned()];
        }
        Err(error) => return vec![error.to_string()],
    };
    let mut rows: Vec<String> = table.ids(history).collect();
    for column in &table.columns {
        for (row, value) in rows.iter_mut().zip(&column.values) {
            *row += &format!(" {}={:x}", column.name, value.to_bits());
        }
    }
    for column in &table.descriptors {
        for (row, &code) in rows.iter_mut().zip(&column.codes) {
            *row += &format!(" {}={}", column.descriptor.name(), column.names[usize::from(code)]);
        }
    }
    rows
}

fn all_params() -> Vec<CustomerParams> {
    let one_hot = vec![(Descriptor::State, 1.0), (Descriptor::TopCategory, 0.5)];
    Recency::ALL
        .map(|recency| CustomerParams {
            set: FeatureSet::Full,
            recency,
            one_hot: one_hot.clone(),
            ..CustomerParams::default()
        })
        .to_vec()
}

proptest! {
    #[test]
    fn nothing_later_is_known(seed: u64, after in 0..DAYS as i64 + 20, from in 0..DAYS as i64) {
        let shop = Shop::draw(seed);
        let today = day(FIRST_DAY + after);
        let mut stream = Seed(seed).stream(Purpose::Synthetic, 1);
        let other = shop.with_another_future(today, &mut stream);
        // A shop that had no order yet has no history.
        prop_assume!(!other.orders.is_empty());
        let (history, other) = (shop.history(), other.history());
        for from in [None, Some(day(FIRST_DAY + from))] {
            let knowledge = Knowledge::at(today).from(from);
            for params in all_params() {
                let found = known(&history, knowledge, &params);
                prop_assert_eq!(&found, &known(&other, knowledge, &params));
            }
        }
    }

    #[test]
    fn the_order_of_rows_plays_no_part(seed: u64) {
        let shop = Shop::draw(seed);
        let other = shop.shuffled(&mut Seed(seed).stream(Purpose::Synthetic, 2));
        let knowledge = Knowledge::at(day(FIRST_DAY + DAYS as i64)).with_hindsight();
        for params in all_params() {
            let found = known(&shop.history(), knowledge, &params);
            prop_assert_eq!(found, known(&other.history(), knowledge, &params));
        }
    }
}

/// One person with three orders: one that is delivered late and reviewed, one the hour after, and one
/// that is canceled.
fn three_orders() -> Shop {
    let order = |number: usize, placed: &str, delivered: Option<&str>, status| OrderRow {
        order: format!("order {number}").into(),
        customer: format!("customer {number}").into(),
        status,
        placed: Moment::parse(placed).unwrap(),
        approved: None,
        shipped: None,
        delivered: delivered.map(|text| Moment::parse(text).unwrap()),
        promised: Some(Day::parse("2018-01-20").unwrap()),
    };
    let item = |number: usize, line, price: f64, product: usize| ItemRow {
        order: format!("order {number}").into(),
        number: line,
        product: Some(format!("product {product}").into()),
        seller: Some("seller 0".into()),
        pieces: 1,
        price: Money::from_units(price).unwrap(),
        freight: Money::from_units(10.0).unwrap(),
    };
    let customer = |number: usize| CustomerRow {
        customer: format!("customer {number}").into(),
        person: "ana".into(),
        zip: Some(2),
        state: Some("RJ".into()),
    };
    let payment = |number: usize, kind, value: f64, installments| PaymentRow {
        order: format!("order {number}").into(),
        number: 1,
        kind,
        installments,
        value: Money::from_units(value).unwrap(),
    };
    Shop {
        orders: vec![
            order(0, "2018-01-05 10:00:00", Some("2018-01-25 09:00:00"), Status::Delivered),
            order(1, "2018-01-05 11:00:00", Some("2018-01-15 09:00:00"), Status::Delivered),
            order(2, "2018-01-10 12:00:00", None, Status::Canceled),
        ],
        customers: (0..3).map(customer).collect(),
        items: vec![
            item(0, 1, 30.0, 0),
            item(0, 2, 30.0, 2),
            // The same line twice.
            item(0, 2, 30.0, 2),
            item(1, 1, 60.0, 1),
        ],
        payments: vec![
            payment(0, PaymentKind::CreditCard, 80.0, 4),
            payment(1, PaymentKind::Boleto, 70.0, 1),
            payment(2, PaymentKind::Voucher, 45.0, 1),
        ],
        reviews: vec![ReviewRow {
            review: None,
            order: "order 0".into(),
            score: 2,
            comment: 12,
            answered: Moment::parse("2018-01-28 08:00:00"),
        }],
    }
}

#[test]
fn features_are_what_they_are_said_to_be_on_each_day() {
    let history = three_orders().history();
    let params = CustomerParams { set: FeatureSet::Full, ..CustomerParams::default() };
    let on = |date: &str| customers(&history, Knowledge::at(Day::parse(date).unwrap()), &params);
    let value = |table: &CustomerTable, name: &str| {
        let column = table.columns.iter().find(|column| column.name == name);
        column.map(|column| column.values[0])
    };
    // Two orders of one occasion, nothing delivered.
    let table = on("2018-01-05").unwrap();
    assert_eq!(value(&table, "purchases"), Some(1.0));
    assert_eq!(value(&table, "spent"), Some(150.0));
    assert_eq!(value(&table, "recency_days"), Some(0.0));
    assert_eq!(value(&table, "review_missing"), Some(1.0));
    assert_eq!(value(&table, "failed_share"), Some(0.0));
    // Nobody has one yet, so there is no such column.
    assert_eq!(value(&table, "delivery_days"), None);
    assert!(table.left_out.contains(&"delivery_days"));

    // The third order has no items: what was paid for it counts, until it is known to have failed.
    let table = on("2018-01-19").unwrap();
    assert_eq!(value(&table, "spent"), Some(195.0));
    assert_eq!(value(&table, "purchases"), Some(2.0));
    assert_eq!(value(&table, "basket_mean"), Some(97.5));
    assert_eq!(value(&table, "items_per_order"), Some(1.5));
    assert_eq!(value(&table, "delivery_days"), Some(10.0));
    assert_eq!(value(&table, "delay_days"), Some(-5.0));
    assert_eq!(value(&table, "installments"), Some(2.0));
    assert_eq!(value(&table, "categories"), Some(2.0));

    // The first is overdue, and the third has failed.
    let table = on("2018-01-22").unwrap();
    assert_eq!(value(&table, "spent"), Some(150.0));
    assert_eq!(value(&table, "failed_share"), Some(1.0 / 3.0));
    assert_eq!(value(&table, "delay_days"), Some(-1.5));
    assert_eq!(value(&table, "recency_days"), Some(12.0));

    let table = on("2018-01-28").unwrap();
    assert_eq!(value(&table, "review_last"), Some(2.0));
    assert_eq!(value(&table, "comment_length"), Some(12.0));
    assert_eq!(value(&table, "delivery_days"), Some(15.0));
    assert_eq!(value(&table, "delay_days"), Some(0.0));
    assert_eq!(value(&table, "freight_share"), Some(0.2));
    assert_eq!(value(&table, "card_share"), Some((80.0 / 150.0) as f32));
    let words: Vec<&str> = table
        .descriptors
        .iter()
        .map(|column| column.names[usize::from(column.codes[0])].as_str())
        .collect();
    // As much was spent on toys as on ... toys: 80 against 70 for books.
    assert_eq!(words, ["RJ", "toys"]);

    // With hindsight all of it is known from the first day on.
    let naive = Knowledge::at(Day::parse("2018-01-05").unwrap()).with_hindsight();
    let table = customers(&history, naive, &params).unwrap();
    assert_eq!(value(&table, "review_last"), Some(2.0));
    assert!(on("2018-01-04").is_err());
}

#[test]
fn everybody_who_ordered_is_there() {
    let mut shop = three_orders();
    shop.orders.truncate(3);
    shop.orders.drain(..2);
    let history = shop.history();
    let known = Knowledge::at(Day::parse("2018-03-01").unwrap());
    let table = customers(&history, known, &CustomerParams::default()).unwrap();
    assert_eq!(table.ids(&history).collect::<Vec<_>>(), ["ana"]);
    let column = |name: &str| table.columns.iter().find(|c| c.name == name).unwrap().values[0];
    assert_eq!((column("purchases"), column("spent")), (0.0, 0.0));
    assert_eq!(column("recency_days"), 50.0);
}

#[test]
fn descriptors_become_features_within_bounds() {
    let history = three_orders().history();
    let known = Knowledge::at(Day::parse("2018-03-01").unwrap());
    let table = |one_hot: &[(Descriptor, f64)]| {
        let params = CustomerParams { one_hot: one_hot.to_vec(), ..CustomerParams::default() };
        customers(&history, known, &params)
    };
    let found = table(&[(Descriptor::State, 2.0)]).unwrap();
    let column = found.columns.iter().find(|column| column.name == "state=RJ").unwrap();
    assert_eq!(column.values, [2.0_f32.sqrt()]);
    for bad in [
        &[(Descriptor::State, 1e300)][..],
        &[(Descriptor::State, f64::NAN)],
        &[(Descriptor::State, 1.0), (Descriptor::State, 2.0)],
    ] {
        assert_eq!(table(bad).unwrap_err().kind(), crate::error::ErrorKind::Parameter);
    }
}

#[test]
fn categories_of_one_name_are_one() {
    let mut shop = three_orders();
    // Products 0 and 2 are toys, 1 is a book: 40 and 40 against 70.
    shop.items.retain(|item| item.order != "order 2");
    let history = shop.history();
    let known = Knowledge::at(Day::parse("2018-03-01").unwrap());
    let params = CustomerParams { set: FeatureSet::Full, ..CustomerParams::default() };
    let table = customers(&history, known, &params).unwrap();
    let categories = table.columns.iter().find(|column| column.name == "categories").unwrap();
    assert_eq!(categories.values, [2.0]);
    let top = &table.descriptors[1];
    assert_eq!(top.names[usize::from(top.codes[0])], "toys");
}

#[test]
fn the_audit_counts_what_is_odd() {
    let history = three_orders().history();
    let audit = history.audit();
    assert_eq!(audit.persons_by_orders, [0, 0, 1, 0]);
    assert_eq!((audit.repeats, audit.repeats_within_day), (2, 1));
    assert_eq!(audit.without_items.examples, ["order 2"]);
    assert_eq!(audit.without_reviews.count, 2);
    assert_eq!(audit.failed.count, 1);
    assert_eq!((audit.late, audit.late_by_clock), (1, 1));
    assert_eq!(audit.fanout.items.units(), 150.0);
    assert_eq!(audit.fanout.rows, 4);
    assert_eq!(history.oddities().items.unwrap().repeated, 1);
    assert_eq!(history.last_delivered_day().to_string(), "2018-01-05");
}

#[test]
fn returns_lower_what_was_spent_and_are_no_purchases() {
    let shop = three_orders();
    let (mut orders, mut customers_table) = (Orders::default(), Customers::default());
    let mut items = Items::default();
    for row in &shop.orders[..2] {
        orders.push(row).unwrap();
    }
    orders.set_return(1);
    shop.customers.iter().for_each(|row| customers_table.push(row).unwrap());
    for row in shop.items.iter().filter(|row| row.order != "order 2") {
        items.push(row, &orders, None, None);
    }
    let history = History::new(Tables {
        orders,
        customers: customers_table,
        items: Some(items),
        payments: None,
        reviews: None,
        products: None,
        sellers: None,
        places: None,
        translations: None,
        has_customer_ids: true,
        has_statuses: true,
        has_states: true,
        has_deliveries: false,
        has_failures: false,
        has_pieces: true,
        has_freight: false,
        has_comments: false,
    })
    .unwrap();
    let known = Knowledge::at(Day::parse("2018-03-01").unwrap());
    let params = CustomerParams { set: FeatureSet::Rfm, ..CustomerParams::default() };
    let table = customers(&history, known, &params).unwrap();
    let values: Vec<f32> = table.columns.iter().map(|column| column.values[0]).collect();
    assert_eq!(values, [55.0, 1.0, 10.0]);
    let full = CustomerParams { set: FeatureSet::Full, ..params };
    let left_out = customers(&history, known, &full).unwrap().left_out;
    assert!(left_out.contains(&"review_last") && !left_out.contains(&"state"));
}
