//! What a history holds that misleads whoever counts, joins or simulates with its tables.

use std::collections::{BTreeMap, HashSet};

use super::keys::Keys;
use super::money::Money;
use super::rows::{PaymentKind, Status};
use super::time::Day;
use super::{History, Item, Order, Payment};

/// Rows of one kind: how many, and the keys of the first few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cases {
    /// How many.
    pub count: u64,
    /// Keys of the first few, in the order of persons and time.
    pub examples: Vec<String>,
}

impl Cases {
    fn add(&mut self, keys: &Keys, place: usize) {
        const SHOWN: usize = 3;
        self.count += 1;
        if self.examples.len() < SHOWN {
            self.examples.push(keys.get(place, &mut String::new()).to_owned());
        }
    }
}

/// Amounts that depend on how tables are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fanout {
    /// Rows of items joined with payments and reviews by their orders, all rows kept.
    pub rows: u64,
    /// Price and freight of those rows.
    pub joined: Money,
    /// Price and freight of the items.
    pub items: Money,
    /// What was paid for orders with items.
    pub paid: Money,
    /// Orders with items whose payments differ from price and freight by more than 0.01.
    pub different: u64,
}

/// What was found; orders stand under their ids.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// People with so many orders: one, two, three or four, more.
    pub persons_by_orders: [u64; 4],
    /// Orders that are not the first of their person, and those of them within 24 hours of the one
    /// before.
    pub repeats: u64,
    /// See [`repeats`](Self::repeats).
    pub repeats_within_day: u64,
    /// People of whom no order was delivered.
    pub persons_undelivered: u64,
    /// People whose orders went to more than one state.
    pub persons_in_several_states: u64,
    /// Orders by status.
    pub statuses: Vec<(Status, u64)>,
    /// Orders of a status that failed, which have no date.
    pub failed: Cases,
    /// Orders that take back what others brought.
    pub returns: u64,
    /// Orders without a line.
    pub without_items: Cases,
    /// Orders without a payment.
    pub without_payments: Cases,
    /// Orders without a review.
    pub without_reviews: Cases,
    /// Orders with more than one review.
    pub several_reviews: Cases,
    /// Orders said to be delivered, of which no day is known.
    pub delivered_undated: Cases,
    /// Orders that failed and have a day of delivery.
    pub failed_delivered: Cases,
    /// Orders without a time of approval.
    pub unapproved: Cases,
    /// Orders approved before they were placed.
    pub approved_before_placed: Cases,
    /// Orders handed to the carrier before they were approved.
    pub shipped_before_approved: Cases,
    /// Orders delivered before they were handed to the carrier.
    pub delivered_before_shipped: Cases,
    /// Orders delivered before they were placed.
    pub delivered_before_placed: Cases,
    /// Orders promised for a day before they were placed.
    pub promised_before_placed: Cases,
    /// Deliveries after the promised day, and those that would be late too if the time of day counted.
    pub late: u64,
    /// See [`late`](Self::late).
    pub late_by_clock: u64,
    /// Items or payments of less than nothing, outside returns.
    pub negative_amounts: Cases,
    /// Orders with a payment of an unknown kind.
    pub payments_undefined: Cases,
    /// Orders with a payment in no instalments.
    pub payments_without_installments: Cases,
    /// How much joins multiply.
    pub fanout: Fanout,
    /// Orders by month, counted from the year 0, none left out in between.
    pub months: BTreeMap<i32, u64>,
    /// Orders placed after [the last day with a delivered one](History::last_delivered_day).
    pub placed_after: u64,
}

impl History {
    /// Looks at every order.
    pub fn audit(&self) -> Audit {
        let mut audit = Audit::default();
        let mut statuses: BTreeMap<&'static str, (Status, u64)> = BTreeMap::new();
        for person in 0..self.persons.len() {
            let orders = self.orders.of(person);
            audit.add_person(orders);
            for (place, order) in self.orders.range(person).zip(orders) {
                statuses.entry(order.status.name()).or_insert((order.status, 0)).1 += 1;
                audit.add_order(self, place, order);
                audit.add_dates(self, place, order);
                audit.add_amounts(self, place, order);
            }
        }
        audit.statuses = statuses.into_values().collect();
        audit.statuses.sort_by_key(|&(status, n)| (std::cmp::Reverse(n), status.name()));
        if let (Some(&first), Some(&last)) =
            (audit.months.keys().next(), audit.months.keys().next_back())
        {
            for month in first..=last {
                audit.months.entry(month).or_default();
            }
        }
        let last = self.last_delivered_day();
        let after = self.orders.values().iter().filter(|order| order.placed.day() > last);
        audit.placed_after = after.count() as u64;
        audit
    }

    /// The first day from which on no month has less than a tenth of the orders of the median month,
    /// if orders were placed before it; with how many there were. A shop's first months say little,
    /// and are often incomplete.
    pub fn thin_start(&self) -> Option<(Day, u64)> {
        let last = self.last_delivered_day().month();
        let mut months: BTreeMap<i32, u64> = BTreeMap::new();
        for order in self.orders.values() {
            *months.entry(order.placed.day().month()).or_default() += 1;
        }
        let first = *months.keys().next()?;
        let counts: Vec<u64> =
            (first..=last).map(|month| months.get(&month).copied().unwrap_or(0)).collect();
        let mut sorted = counts.clone();
        sorted.sort_unstable();
        let median = *sorted.get(sorted.len() / 2)?;
        // The last month may have just begun.
        let full = &counts[..counts.len() - 1];
        let thin = full.iter().rposition(|&n| n * 10 < median)?;
        let start = first + thin as i32 + 1;
        let day = Day::from_ymd(start.div_euclid(12), start.rem_euclid(12) as u32 + 1, 1)?;
        let before = self.orders.values().iter().filter(|order| order.placed.day() < day).count();
        Some((day, before as u64))
    }
}

impl Audit {
    fn add_person(&mut self, orders: &[Order]) {
        let class = match orders.len() {
            0 | 1 => 0,
            2 => 1,
            3 | 4 => 2,
            _ => 3,
        };
        self.persons_by_orders[class] += 1;
        self.repeats += orders.len().saturating_sub(1) as u64;
        let near = |pair: &&[Order]| {
            pair[1].placed.seconds() - pair[0].placed.seconds() <= super::OCCASION_SECONDS
        };
        self.repeats_within_day += orders.windows(2).filter(near).count() as u64;
        let arrived = |order: &Order| order.delivered.is_some() || order.is_delivered_undated();
        self.persons_undelivered += u64::from(!orders.iter().any(arrived));
        let states: HashSet<u16> = orders.iter().map(|order| order.state).collect();
        self.persons_in_several_states += u64::from(states.len() > 1);
    }

    fn add_order(&mut self, history: &History, place: usize, order: &Order) {
        let keys = &history.order_keys;
        let held = history.holdings;
        *self.months.entry(order.placed.day().month()).or_default() += 1;
        self.returns += u64::from(order.is_return);
        if order.status.is_failure() {
            self.failed.add(keys, place);
        }
        if held.items && history.items.of(place).is_empty() {
            self.without_items.add(keys, place);
        }
        if held.payments && history.payments.of(place).is_empty() {
            self.without_payments.add(keys, place);
        }
        if held.reviews {
            match history.reviews.of(place).len() {
                0 => self.without_reviews.add(keys, place),
                1 => {}
                _ => self.several_reviews.add(keys, place),
            }
        }
    }

    fn add_dates(&mut self, history: &History, place: usize, order: &Order) {
        if !history.holdings.deliveries {
            return;
        }
        let keys = &history.order_keys;
        let note = |cases: &mut Cases, is_so: bool| {
            if is_so {
                cases.add(keys, place);
            }
        };
        let Order { placed, approved, shipped, delivered, promised, status, .. } = *order;
        note(&mut self.delivered_undated, order.is_delivered_undated());
        note(&mut self.failed_delivered, status.is_failure() && delivered.is_some());
        note(&mut self.unapproved, approved.is_none());
        note(&mut self.approved_before_placed, approved.is_some_and(|a| a < placed));
        let before = |a: Option<_>, b: Option<_>| a.zip(b).is_some_and(|(a, b)| a < b);
        note(&mut self.shipped_before_approved, before(shipped, approved));
        note(&mut self.delivered_before_shipped, before(delivered, shipped));
        note(&mut self.delivered_before_placed, delivered.is_some_and(|d| d < placed));
        note(&mut self.promised_before_placed, promised.is_some_and(|p| p < placed.day()));
        if let (Some(delivered), Some(promised)) = (delivered, promised) {
            self.late += u64::from(delivered.day() > promised);
            self.late_by_clock += u64::from(delivered > promised.start());
        }
    }

    fn add_amounts(&mut self, history: &History, place: usize, order: &Order) {
        const CENT: f64 = 0.01;
        let keys = &history.order_keys;
        let (items, payments) = (history.items.of(place), history.payments.of(place));
        let amount = |item: &Item| item.price + item.freight;
        let total: Money = items.iter().map(amount).sum();
        let paid: Money = payments.iter().map(|payment| payment.value).sum();
        let rows = |n: usize| n.max(1) as u64;
        let times = rows(payments.len()) * rows(history.reviews.of(place).len());
        self.fanout.rows += rows(items.len()) * times;
        self.fanout.joined = self.fanout.joined + total.times(times);
        self.fanout.items = self.fanout.items + total;
        if !items.is_empty() {
            self.fanout.paid = self.fanout.paid + paid;
        }
        let is_apart = (total.units() - paid.units()).abs() > CENT + 1e-9;
        self.fanout.different += u64::from(!items.is_empty() && !payments.is_empty() && is_apart);
        let is_negative = |payment: &Payment| payment.value.is_negative();
        if !order.is_return
            && (items.iter().any(|item| item.price.is_negative() || item.freight.is_negative())
                || payments.iter().any(is_negative))
        {
            self.negative_amounts.add(keys, place);
        }
        if payments.iter().any(|payment| payment.kind == PaymentKind::Other) {
            self.payments_undefined.add(keys, place);
        }
        if payments.iter().any(|payment| payment.installments == 0) {
            self.payments_without_installments.add(keys, place);
        }
    }
}
