//! Customers as known on a day: one pass over the orders of each.

use std::borrow::Cow;
use std::cmp::Reverse;

use rayon::prelude::*;

use super::features::{self, Feature, FeatureSet, Recency, Value};
use super::knowledge::Knowledge;
use super::money::Money;
use super::rows::PaymentKind;
use super::time::{Day, Moment};
use super::{History, OCCASION_SECONDS, Order};
use crate::error::{Error, Result};
use crate::prepare::{ColumnAdvice, Missing, Scale, Transform};
use crate::table::{Chunk, Column, FeatureTable, Values};

/// What is to be known of customers.
#[derive(Clone, Debug, Default)]
pub struct CustomerParams {
    /// Which features.
    pub set: FeatureSet,
    /// How the time since the last order enters.
    pub recency: Recency,
    /// Whether every other feature is there too, to describe customers and not to be clustered on.
    pub describe: bool,
    /// Descriptors that become features, one for each of their values: two customers who differ in
    /// one are `weight` standard deviations of other features apart.
    pub one_hot: Vec<(Descriptor, f64)>,
}

/// What a table of customers says of itself: of which day, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The end of this day is known.
    pub day: Day,
    /// The first day of which orders count, where there is one.
    pub from: Option<Day>,
    /// Which features there are.
    pub set: FeatureSet,
    /// How the time since the last order enters.
    pub recency: Recency,
    /// Whether later knowledge is mixed in.
    pub hindsight: bool,
}

/// Something that describes a customer in a word; for profiles, and clustered on only where that is
/// asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// The state of the latest order.
    State,
    /// The category that most was spent on.
    TopCategory,
}

impl Descriptor {
    /// Every descriptor, in the order in which tables have them.
    pub const ALL: [Self; 2] = [Self::State, Self::TopCategory];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::TopCategory => "top_category",
        }
    }

    /// In one sentence.
    pub fn definition(self) -> &'static str {
        match self {
            Self::State => "State to which the latest order went.",
            Self::TopCategory => {
                "Category that most was spent on in orders that count, the alphabet deciding between equals."
            }
        }
    }

    fn is_held(self, history: &History) -> bool {
        match self {
            Self::State => history.holdings.states,
            Self::TopCategory => history.holdings.categories,
        }
    }

    fn names(self, history: &History) -> &[String] {
        match self {
            Self::State => &history.states,
            Self::TopCategory => &history.categories,
        }
    }

    fn of(self, sums: &Sums) -> u16 {
        match self {
            Self::State => sums.state,
            Self::TopCategory => sums.top_category,
        }
    }
}

/// A number per customer, with its description.
#[derive(Clone, Debug)]
pub struct FeatureColumn {
    /// Its name.
    pub name: String,
    /// Of its values.
    pub unit: &'static str,
    /// In one sentence.
    pub definition: Cow<'static, str>,
    /// What should be done before scaling.
    pub transform: Transform,
    /// How it should be made comparable.
    pub scale: Scale,
    /// What should be done where it is missing.
    pub missing: Missing,
    /// Whether it grows by one a day while nothing happens.
    pub ages: bool,
    /// Whether it is to be clustered on; otherwise it describes.
    pub is_feature: bool,
    /// One per customer; NaN where it is missing.
    pub values: Vec<f32>,
}

impl FeatureColumn {
    /// What is recommended for it.
    pub fn advice(&self) -> ColumnAdvice {
        ColumnAdvice {
            name: self.name.clone(),
            is_feature: self.is_feature,
            missing: self.missing,
            transform: self.transform,
            scale: self.scale,
        }
    }

    fn new(feature: &Feature, is_feature: bool) -> Self {
        Self {
            name: feature.name.to_owned(),
            unit: feature.unit,
            definition: feature.definition.into(),
            transform: feature.transform,
            scale: feature.scale,
            missing: feature.missing,
            ages: feature.ages,
            is_feature,
            values: Vec::new(),
        }
    }
}

/// A word per customer.
#[derive(Clone, Debug)]
pub struct DescriptorColumn {
    /// Which.
    pub descriptor: Descriptor,
    /// One per customer, into `names`; 0 where it is missing.
    pub codes: Vec<u16>,
    /// By number; the first is empty.
    pub names: Vec<String>,
}

/// Everybody who had placed an order, in the order of their ids.
#[derive(Clone, Debug)]
pub struct CustomerTable {
    /// The day.
    pub known: Knowledge,
    /// What was asked for.
    pub params: CustomerParams,
    /// What could not be had, for want of tables.
    pub left_out: Vec<&'static str>,
    /// Numbers.
    pub columns: Vec<FeatureColumn>,
    /// Words.
    pub descriptors: Vec<DescriptorColumn>,
    /// Into the history's persons.
    persons: Vec<u32>,
}

impl CustomerTable {
    /// How many customers there are.
    pub fn n_rows(&self) -> usize {
        self.persons.len()
    }

    /// What it says of itself.
    pub fn origin(&self) -> Origin {
        Origin {
            day: self.known.day(),
            from: self.known.first_day(),
            set: self.params.set,
            recency: self.params.recency,
            hindsight: self.known.has_hindsight(),
        }
    }

    /// The customers' places among all persons of the history, ascending.
    pub fn persons(&self) -> &[u32] {
        &self.persons
    }

    /// The ids of the customers, in order.
    pub fn ids<'a>(&'a self, history: &'a History) -> impl Iterator<Item = String> + 'a {
        let mut room = String::new();
        self.persons
            .iter()
            .map(move |&person| history.persons.get(person as usize, &mut room).to_owned())
    }

    /// The features, to be prepared and clustered.
    ///
    /// # Errors
    /// None that a table of this module has.
    pub fn features(&self) -> Result<FeatureTable> {
        let features = self.columns.iter().filter(|column| column.is_feature);
        let columns = features.map(|column| {
            let chunk = Chunk::new(Values::F32(column.values.clone().into()), None)?;
            Ok(Column::new(&column.name, "Float32", vec![chunk]))
        });
        FeatureTable::new(columns.collect::<Result<_>>()?, None)
    }
}

/// What is known of the customers of a history: everybody who had placed an order, also those whose
/// orders failed or did not arrive yet.
///
/// The same for any number of threads and any order of the tables' rows.
///
/// # Errors
/// Data errors if nobody had placed an order, or a descriptor that is asked for as features is not held or
/// has too many values; parameter errors if `params` contradict themselves.
pub fn customers(
    history: &History,
    known: Knowledge,
    params: &CustomerParams,
) -> Result<CustomerTable> {
    params.check()?;
    let persons = history.persons_known(known);
    if persons.is_empty() {
        let (first, last) = history.days();
        return Err(Error::data(format!(
            "no order was placed by {}{} (the first is of {first}, the last of {last})",
            known.day(),
            known.first_day().map_or_else(String::new, |from| format!(" since {from}")),
        )));
    }
    let mut left_out = Vec::new();
    let wanted = wanted(history, params, &mut left_out);
    let described = described(history, params, &mut left_out)?;
    let (mut columns, mut descriptors) = tabulate(history, known, &persons, &wanted, &described);
    // What nobody has a value of yet can neither be clustered on nor described.
    columns.retain(|(feature, column)| {
        let has_value = column.values.iter().any(|value| !value.is_nan());
        left_out.extend((!has_value && column.is_feature).then_some(feature.name));
        has_value
    });
    descriptors.retain(|column| {
        let has_value = column.codes.iter().any(|&code| code != 0);
        left_out.extend((!has_value).then_some(column.descriptor.name()));
        has_value
    });
    let mut columns: Vec<FeatureColumn> = columns.into_iter().map(|(_, column)| column).collect();
    for &(descriptor, weight) in &params.one_hot {
        let column = descriptors.iter().find(|column| column.descriptor == descriptor);
        let column = column.ok_or_else(|| {
            let (name, day) = (descriptor.name(), known.day());
            Error::data(format!("nobody's {name} is known on {day} (--one-hot needs one)"))
        })?;
        columns.extend(one_hot(column, weight)?);
    }
    Ok(CustomerTable { known, params: params.clone(), left_out, columns, descriptors, persons })
}

/// The features that are asked for and held, each with whether it is to be clustered on.
fn wanted(
    history: &History,
    params: &CustomerParams,
    left_out: &mut Vec<&'static str>,
) -> Vec<(&'static Feature, bool)> {
    let recency = features::recency(params.recency);
    let mut wanted = vec![(recency, params.recency != Recency::Overlay)];
    for feature in params.set.features() {
        if (feature.is_held)(&history.holdings) {
            wanted.push((feature, true));
        } else {
            left_out.push(feature.name);
        }
    }
    if params.describe {
        let others =
            FeatureSet::Full.features().filter(|feature| (feature.is_held)(&history.holdings));
        for feature in others {
            if wanted.iter().all(|(own, _)| own.name != feature.name) {
                wanted.push((feature, false));
            }
        }
    }
    wanted
}

/// The descriptors that are held.
///
/// # Errors
/// Data errors if one is to become features and is not.
fn described(
    history: &History,
    params: &CustomerParams,
    left_out: &mut Vec<&'static str>,
) -> Result<Vec<Descriptor>> {
    let (described, lacking): (Vec<Descriptor>, Vec<Descriptor>) =
        Descriptor::ALL.into_iter().partition(|descriptor| descriptor.is_held(history));
    if let Some((descriptor, _)) = params.one_hot.iter().find(|(d, _)| lacking.contains(d)) {
        let message = format!("no {} is known in these tables", descriptor.name());
        return Err(Error::data(message));
    }
    left_out.extend(lacking.into_iter().map(Descriptor::name));
    Ok(described)
}

/// Goes over the orders of `persons`, and keeps of each what is asked for.
fn tabulate(
    history: &History,
    known: Knowledge,
    persons: &[u32],
    wanted: &[(&'static Feature, bool)],
    described: &[Descriptor],
) -> (Vec<(&'static Feature, FeatureColumn)>, Vec<DescriptorColumn>) {
    /// Persons at a time, since their sums are larger than what comes of them.
    const BLOCK: usize = 1 << 16;

    let column = |&(feature, is_feature): &(&'static Feature, bool)| {
        let values = Vec::with_capacity(persons.len());
        (feature, FeatureColumn { values, ..FeatureColumn::new(feature, is_feature) })
    };
    let mut columns: Vec<_> = wanted.iter().map(column).collect();
    let descriptor = |&descriptor: &Descriptor| {
        let names = descriptor.names(history).to_vec();
        DescriptorColumn { descriptor, codes: Vec::with_capacity(persons.len()), names }
    };
    let mut descriptors: Vec<_> = described.iter().map(descriptor).collect();
    for block in persons.chunks(BLOCK) {
        let sums: Vec<Sums> = block
            .par_iter()
            .map_init(
                || Spending::new(history.categories.len()),
                |spending, &person| Sums::new(history, person as usize, known, spending),
            )
            .collect();
        columns.par_iter_mut().for_each(|(feature, column)| {
            column.values.extend(sums.iter().map(|sums| match feature.value {
                Value::Own(value) => value(sums, known).unwrap_or(f64::NAN) as f32,
                Value::Rank(value) => value(sums, known) as f32,
            }));
        });
        for column in &mut descriptors {
            column.codes.extend(sums.iter().map(|sums| column.descriptor.of(sums)));
        }
    }
    for (feature, column) in &mut columns {
        if let Value::Rank(_) = feature.value {
            column.values = shares_below(&column.values);
        }
    }
    (columns, descriptors)
}

/// For each value the share of those that are smaller, equal ones counting half.
pub(crate) fn shares_below(values: &[f32]) -> Vec<f32> {
    let mut sorted = values.to_vec();
    sorted.par_sort_unstable_by(f32::total_cmp);
    let share = |value: f32| {
        let below = sorted.partition_point(|&x| x < value);
        let through = sorted.partition_point(|&x| x <= value);
        ((below + through) as f64 / (2 * sorted.len()) as f64) as f32
    };
    values.par_iter().map(|&value| share(value)).collect()
}

/// A column for every word that occurs, in the order of the alphabet.
///
/// # Errors
/// Data errors if there are more words than features should be.
fn one_hot(column: &DescriptorColumn, weight: f64) -> Result<Vec<FeatureColumn>> {
    const MOST: usize = 256;
    // Two customers of different words differ in two columns.
    let high = (weight / std::f64::consts::SQRT_2) as f32;
    let mut occurs = vec![false; column.names.len()];
    column.codes.iter().for_each(|&code| occurs[usize::from(code)] = true);
    let mut codes: Vec<usize> = (1..column.names.len()).filter(|&code| occurs[code]).collect();
    codes.sort_by_key(|&code| &column.names[code]);
    let name = column.descriptor.name();
    if codes.len() > MOST {
        let message =
            format!("has {} different values (up to {MOST} can be features)", codes.len());
        return Err(Error::data(message).in_column(name));
    }
    let columns = codes.into_iter().map(|code| {
        let word = &column.names[code];
        let is_it = |&other: &u16| if usize::from(other) == code { high } else { 0.0 };
        FeatureColumn {
            name: format!("{name}={word}"),
            unit: "0 or weight",
            definition: format!("{high} where {name} is \"{word}\", else 0.").into(),
            transform: Transform::Identity,
            scale: Scale::None,
            missing: Missing::Error,
            ages: false,
            is_feature: true,
            values: column.codes.iter().map(is_it).collect(),
        }
    });
    Ok(columns.collect())
}

impl CustomerParams {
    /// # Errors
    /// Parameter errors if a descriptor is to become features twice, or with a weight that is not
    /// positive or beyond a thousand standard deviations.
    fn check(&self) -> Result<()> {
        const MOST: f64 = 1000.0;
        for (at, &(descriptor, weight)) in self.one_hot.iter().enumerate() {
            let name = descriptor.name();
            if self.one_hot[..at].iter().any(|&(other, _)| other == descriptor) {
                return Err(Error::parameter(format!(
                    "--one-hot names {name} twice (once is accepted)"
                )));
            }
            if !(weight > 0.0 && weight <= MOST) {
                let message = format!(
                    "--one-hot {name}={weight:e} (a weight above 0, up to {MOST}, is needed)"
                );
                return Err(Error::parameter(message));
            }
        }
        Ok(())
    }
}

impl History {
    /// Everybody who had placed an order.
    fn persons_known(&self, known: Knowledge) -> Vec<u32> {
        let has_order = |person: &u32| {
            // The first one is the likeliest to be known.
            self.orders.of(*person as usize).iter().any(|order| known.has(order))
        };
        (0..self.persons.len() as u32).into_par_iter().filter(has_order).collect()
    }
}

/// What the orders of a customer add up to: whole numbers, so that they are the same in any order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    /// Days of the first and the last order.
    pub(super) first: Option<Day>,
    pub(super) last: Day,
    /// Orders, those of them that failed, and the occasions of the others.
    pub(super) placed: u32,
    pub(super) failed: u32,
    pub(super) purchases: u32,
    pub(super) weekend: u32,
    /// Of items of orders that count.
    pub(super) price: Money,
    pub(super) freight: Money,
    pub(super) returned: Money,
    /// Paid for orders that count and have no items, and how many have some.
    pub(super) unitemized: Money,
    pub(super) itemized: u32,
    pub(super) pieces: u64,
    /// Lines of which the distance is known, and their distances.
    pub(super) located: u32,
    pub(super) metres: u64,
    /// Reviewed orders.
    pub(super) reviewed: u32,
    pub(super) stars: u32,
    pub(super) last_review: Option<(Moment, u8)>,
    pub(super) comments: u32,
    pub(super) comment_length: u64,
    pub(super) delivered: u32,
    pub(super) delivery_days: i64,
    /// Orders that arrived, or are overdue, against a promise.
    pub(super) timed: u32,
    pub(super) delay_days: i64,
    /// By kind, as in [`PaymentKind::ALL`], then others.
    pub(super) paid: [Money; 5],
    pub(super) paid_orders: u32,
    pub(super) installments: u64,
    pub(super) categories: u32,
    top_category: u16,
    state: u16,
}

impl Sums {
    /// Of a person with at least one order that is known; `spending` is scratch.
    fn new(history: &History, person: usize, known: Knowledge, spending: &mut Spending) -> Self {
        let mut sums = Self::default();
        let mut last_counted: Option<Moment> = None;
        let is_buyer = |order: &Order| known.has(order) && !order.is_return;
        let bought = history.orders.of(person).iter().any(is_buyer);
        let places = history.orders.range(person);
        for (place, order) in places.clone().zip(history.orders.of(person)) {
            if !known.has(order) {
                continue;
            }
            // Who only ever returned things had bought them before the tables begin.
            if !order.is_return || !bought {
                sums.see(order);
            }
            if order.is_return {
                let lines = history.items.of(place).iter();
                let returned: Money = lines.map(|item| item.price + item.freight).sum();
                // Shops write them as less than nothing, or as the amount that goes back.
                sums.returned = sums.returned + returned.abs();
                continue;
            }
            sums.placed += 1;
            sums.weekend += u32::from(order.placed.day().is_weekend());
            sums.add_review(history, place, known);
            sums.add_delivery(order, known);
            if known.failed(order) {
                sums.failed += 1;
                continue;
            }
            let is_near =
                |last: Moment| order.placed.seconds() - last.seconds() <= OCCASION_SECONDS;
            sums.purchases += u32::from(!last_counted.is_some_and(is_near));
            last_counted = Some(order.placed);
            sums.add_items(history, place, spending);
            sums.add_payments(history, place);
        }
        (sums.categories, sums.top_category) = spending.take(&history.categories);
        sums
    }

    fn see(&mut self, order: &Order) {
        // Orders come in the order of time.
        self.last = order.placed.day();
        self.first.get_or_insert(self.last);
        if order.state != 0 {
            self.state = order.state;
        }
    }

    fn add_items(&mut self, history: &History, place: usize, spending: &mut Spending) {
        let items = history.items.of(place);
        if items.is_empty() {
            // Tables lack the items of orders that will fail: to count nothing would tell so.
            let paid = history.payments.of(place).iter().map(|payment| payment.value);
            self.unitemized = self.unitemized + paid.sum();
            return;
        }
        self.itemized += 1;
        for item in items {
            self.price = self.price + item.price;
            self.freight = self.freight + item.freight;
            self.pieces += u64::from(item.pieces);
            if let Some(metres) = item.metres {
                self.located += 1;
                self.metres += u64::from(metres);
            }
            if item.category != 0 {
                spending.add(item.category, item.price + item.freight);
            }
        }
    }

    fn add_payments(&mut self, history: &History, place: usize) {
        let payments = history.payments.of(place);
        let Some(most) = payments.iter().map(|payment| payment.installments).max() else { return };
        self.paid_orders += 1;
        self.installments += u64::from(most);
        for payment in payments {
            let kind = PaymentKind::ALL.iter().position(|&kind| kind == payment.kind);
            let paid = &mut self.paid[kind.unwrap_or(PaymentKind::ALL.len())];
            *paid = *paid + payment.value;
        }
    }

    /// Of an order's reviews the one that was answered last counts, the worse of two at once.
    fn add_review(&mut self, history: &History, place: usize, known: Knowledge) {
        let answered = history.reviews.of(place).iter().filter_map(|review| {
            known.answered(review).map(|answered| (answered, Reverse(review.score), review.comment))
        });
        let Some((answered, Reverse(stars), comment)) = answered.max() else { return };
        self.reviewed += 1;
        self.stars += u32::from(stars);
        self.comments += u32::from(comment > 0);
        self.comment_length += u64::from(comment);
        let is_later = |(last, worst)| (answered, Reverse(stars)) > (last, Reverse(worst));
        if self.last_review.is_none_or(is_later) {
            self.last_review = Some((answered, stars));
        }
    }

    fn add_delivery(&mut self, order: &Order, known: Knowledge) {
        if let Some(delivered) = known.delivered(order) {
            self.delivered += 1;
            // A delivery before the order is a slip of one of the dates.
            self.delivery_days += delivered.since(order.placed.day()).max(0);
        }
        if let Some(delay) = known.delay(order) {
            self.timed += 1;
            self.delay_days += delay;
        }
    }

    /// Price and freight of items.
    pub(super) fn gross(&self) -> f64 {
        (self.price + self.freight).units()
    }

    /// What orders came to, before returns.
    pub(super) fn bought(&self) -> f64 {
        (self.price + self.freight + self.unitemized).units().max(0.0)
    }

    /// What orders came to after returns, which may be of things bought before the tables begin.
    pub(super) fn spent(&self) -> f64 {
        (self.price + self.freight + self.unitemized + -self.returned).units().max(0.0)
    }

    /// The share of the kind number `kind` in what was paid.
    pub(super) fn paid_share(&self, kind: usize) -> Option<f64> {
        let total = self.paid.iter().copied().sum::<Money>().units();
        (total > 0.0).then(|| self.paid[kind].units() / total)
    }
}

/// What a customer spent on each category, in room that the next customer uses again.
struct Spending {
    by_category: Vec<Option<Money>>,
    /// Those that are not empty.
    touched: Vec<u16>,
}

impl Spending {
    fn new(n_categories: usize) -> Self {
        Self { by_category: vec![None; n_categories], touched: Vec::new() }
    }

    fn add(&mut self, category: u16, money: Money) {
        let spent = &mut self.by_category[usize::from(category)];
        if spent.is_none() {
            self.touched.push(category);
        }
        *spent = Some(spent.unwrap_or_default() + money);
    }

    /// How many categories there are, and the number of the one that most was spent on: of equal ones
    /// the first in the alphabet. Nothing is left.
    fn take(&mut self, names: &[String]) -> (u32, u16) {
        let n = self.touched.len() as u32;
        let spent_on = |&category: &u16| {
            let name = names[usize::from(category)].as_str();
            (self.by_category[usize::from(category)], Reverse(name))
        };
        let top = self.touched.iter().copied().max_by_key(spent_on);
        for category in self.touched.drain(..) {
            self.by_category[usize::from(category)] = None;
        }
        (n, top.unwrap_or(0))
    }
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            first: None,
            last: Day::EARLIEST,
            placed: 0,
            failed: 0,
            purchases: 0,
            weekend: 0,
            price: Money::default(),
            freight: Money::default(),
            returned: Money::default(),
            unitemized: Money::default(),
            itemized: 0,
            pieces: 0,
            located: 0,
            metres: 0,
            reviewed: 0,
            stars: 0,
            last_review: None,
            comments: 0,
            comment_length: 0,
            delivered: 0,
            delivery_days: 0,
            timed: 0,
            delay_days: 0,
            paid: [Money::default(); 5],
            paid_orders: 0,
            installments: 0,
            categories: 0,
            top_category: 0,
            state: 0,
        }
    }
}
