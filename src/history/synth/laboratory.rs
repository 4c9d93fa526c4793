//! The laboratory: types of people that are far apart, and events of which is known what they change.
//!
//! Everybody is of one type and orders once, at a time that is drawn evenly, until an event says
//! otherwise. What people spend and say is all that differs, and it is known soon: orders arrive
//! within two days and are reviewed on the day after. Keys, products and places are those of the
//! other worlds.

use std::borrow::Cow;

use super::calendar::Calendar;
use super::draw::{DAY, HOUR, chance, day, key, log_normal, moment, money, one_of, pick};
use super::person::Home;
use super::rows::{Behaviour, SynthCustomer, SynthItem, SynthReview, SynthTruth};
use super::{Synth, SynthBlock};
use crate::error::{Error, Result};
use crate::history::{
    CustomerRow, Day, ItemRow, Moment, OrderRow, PaymentKind, PaymentRow, ReviewRow, Status,
};
use crate::seed::{Purpose, Stream};

/// The types, how many in a hundred people are of each, what they spend (the median), and how many
/// stars they give. More give five stars than one, so that the median of all is five.
const TYPES: [(Behaviour, f64, Taste); 5] = [
    (Behaviour::HappySmall, 22.0, Taste::single(SMALL, Some(5))),
    (Behaviour::HappyLarge, 22.0, Taste::single(LARGE, Some(5))),
    (Behaviour::UnhappySmall, 18.0, Taste::single(SMALL, Some(1))),
    (Behaviour::UnhappyLarge, 18.0, Taste::single(LARGE, Some(1))),
    (Behaviour::Silent, 20.0, Taste::single(130.0, None)),
];
const SMALL: f64 = 40.0;
const LARGE: f64 = 400.0;

/// The standard deviation of the logarithm of what is spent.
const SPREAD: f64 = 0.15;

/// Within so many days of an event those buy again who do.
const DAYS_TO_RETURN: f64 = 7.0;

/// What changes in a laboratory, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SynthEvents {
    /// People of all types become others at once, so that another partition fits best.
    pub drift: Option<SynthDrift>,
    /// From this day on, half of [`HappyLarge`](Behaviour::HappyLarge) spend 15 times as much, in three
    /// orders. Those who bought in the 365 days before do so within a week, and half as many of those who
    /// had bought earlier.
    pub split: Option<Day>,
    /// From this day on, [`HappySmall`](Behaviour::HappySmall) and
    /// [`UnhappySmall`](Behaviour::UnhappySmall) are alike: they spend little, in three
    /// orders, and give two to four stars. Those who bought before, all of them, do so within a week.
    pub merge: Option<Day>,
}

/// A share of all people who spend ten times as much from a day on, and give three stars.
///
/// They are drawn from those who bought in the 365 days before, who all buy again within a week, and
/// from those who come later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynthDrift {
    /// The first day on which they do.
    pub day: Day,
    /// The share: above 0, at most 1.
    pub share: f64,
}

impl SynthEvents {
    /// # Errors
    /// [`Parameter`](crate::ErrorKind::Parameter) if not all of them can come to pass.
    pub(super) fn check(&self) -> Result<()> {
        let first = day(Calendar::first_whole_day().days() + 1);
        let last = day(Calendar::last_delivered().day().days() - DAYS_TO_RETURN as i64);
        if let Some((date, _)) = self.in_order().find(|(day, _)| !(first..=last).contains(day)) {
            let message = format!("an event on {date} ({first} to {last} are accepted)");
            return Err(Error::parameter(message));
        }
        let share = self.drift.map_or(1.0, |drift| drift.share);
        if share > 0.0 && share <= 1.0 {
            return Ok(());
        }
        Err(Error::parameter(format!("a drift of {share} (above 0, at most 1 are accepted)")))
    }

    /// By their days.
    fn in_order(&self) -> impl Iterator<Item = (Day, Event)> {
        let drift = self.drift.map(|drift| (drift.day, Event::Drift(drift.share)));
        let split = self.split.map(|day| (day, Event::Split));
        let merge = self.merge.map(|day| (day, Event::Merge));
        let mut events = [drift, split, merge];
        events.sort_by_key(|event| event.map(|(day, _)| day));
        events.into_iter().flatten()
    }
}

/// What happens on a day.
#[derive(Clone, Copy)]
enum Event {
    Drift(f64),
    Split,
    Merge,
}

/// What somebody does who buys.
#[derive(Clone, Copy)]
struct Taste {
    /// How many orders there are within a week, each more than a day after the one before.
    orders: u32,
    /// The median of an order, in the currency.
    spent: f64,
    /// `None` if nothing is reviewed.
    stars: Option<u8>,
}

impl Taste {
    const fn single(spent: f64, stars: Option<u8>) -> Self {
        Self { orders: 1, spent, stars }
    }

    /// `spent` in several orders. Somebody of whom a window of time shows the last ones alone is then
    /// much like somebody of whom it shows one more: of one and two, the logarithm of their number
    /// would make two kinds.
    fn several(spent: f64, stars: Option<u8>) -> Self {
        const ORDERS: u32 = 3;
        Self { orders: ORDERS, spent: spent / f64::from(ORDERS), stars }
    }
}

impl Event {
    /// So that what one event draws does not depend on the others.
    fn number(self) -> u64 {
        match self {
            Self::Drift(_) => 0,
            Self::Split => 1,
            Self::Merge => 2,
        }
    }

    /// What it makes of somebody of this type, if anything; `is_active` are who is new or bought in the
    /// year before.
    fn change(
        self,
        behaviour: Behaviour,
        taste: Taste,
        is_active: bool,
        stream: &mut Stream,
    ) -> Option<Taste> {
        match (self, behaviour) {
            (Self::Drift(share), _) if is_active && chance(stream, share) => {
                Some(Taste::single(10.0 * taste.spent, Some(3)))
            }
            (Self::Split, Behaviour::HappyLarge) => {
                // Who had been away comes back into a window of time only by this. So that both parts
                // are large in such a window and in all of the past, fewer of them do.
                let share = if is_active { 0.5 } else { 0.25 };
                chance(stream, share).then(|| Taste::several(15.0 * LARGE, Some(5)))
            }
            (Self::Merge, Behaviour::HappySmall | Behaviour::UnhappySmall) => {
                Some(Taste::several(SMALL, Some(one_of(stream, &[2, 3, 4]))))
            }
            _ => None,
        }
    }
}

/// Whether somebody who ordered at these times did so in the year before `day`.
fn is_active(day: Day, visits: &[(Moment, Taste)]) -> bool {
    const STAYS_DAYS: i64 = 365;
    visits.iter().any(|(placed, _)| (1..=STAYS_DAYS).contains(&day.since(placed.day())))
}

impl Synth {
    /// Adds the orders of the person number `index` of a laboratory, up to `most` in the block.
    pub(super) fn subject(
        &self,
        index: u64,
        events: &SynthEvents,
        most: usize,
        block: &mut SynthBlock,
    ) {
        let mut stream = self.params.seed.stream(Purpose::Synthetic, index);
        let mut contents = self.params.seed.stream(Purpose::SyntheticBasket, index);
        let person = key(&mut stream);
        let (behaviour, _, taste) = TYPES[pick(&mut stream, &TYPES.map(|(_, share, _)| share))];
        let home =
            Home { state: self.geography.draw_customer(&mut stream), spot: stream.uniform() };
        let visits = self.visits(index, behaviour, taste, events, &mut stream);
        for (placed, taste) in visits {
            if block.orders.len() == most {
                break;
            }
            self.order(&person, home, (placed, taste), (&mut stream, &mut contents), block);
        }
        block.truths.push(SynthTruth { person, behaviour });
    }

    /// When somebody orders, and with what taste.
    fn visits(
        &self,
        index: u64,
        behaviour: Behaviour,
        mut taste: Taste,
        events: &SynthEvents,
        stream: &mut Stream,
    ) -> Vec<(Moment, Taste)> {
        let first = draw_time(stream);
        let mut visits = vec![(first, taste)];
        for (day, event) in events.in_order() {
            let of_event = 4 * index + event.number();
            let mut stream = self.params.seed.stream(Purpose::SyntheticEvent, of_event);
            let is_new = first.day() >= day;
            let is_active = is_new || is_active(day, &visits);
            let changed = event.change(behaviour, taste, is_active, &mut stream);
            let Some(changed) = changed else { continue };
            taste = changed;
            let from = if is_new { first } else { day.start() };
            if is_new {
                visits.clear();
            }
            let slot = DAYS_TO_RETURN * DAY / f64::from(taste.orders);
            for order in 0..taste.orders {
                let seconds = slot * f64::from(order) + (slot - DAY) * stream.uniform();
                let is_first = is_new && order == 0;
                let seconds = if is_first { 0.0 } else { seconds };
                visits.push((moment(from.seconds() + seconds as i64), taste));
            }
        }
        visits.retain(|(placed, _)| *placed <= Calendar::last_delivered());
        visits.sort_by_key(|(placed, _)| *placed);
        visits
    }

    /// Adds an order with all that belongs to it.
    fn order(
        &self,
        person: &str,
        home: Home,
        (placed, taste): (Moment, Taste),
        (stream, contents): (&mut Stream, &mut Stream),
        block: &mut SynthBlock,
    ) {
        let (order, customer) = (key(stream), key(stream));
        let after = |seconds: f64| moment(placed.seconds() + seconds as i64);
        let delivered = after(DAY * (1.0 + stream.uniform()));
        let cents = (100.0 * log_normal(stream, (taste.spent, SPREAD))).round() as i64;
        let freight = cents / 10;
        let offer = self.catalogue.offer(self.catalogue.draw_product(contents.uniform(), contents));
        block.items.push(SynthItem {
            row: ItemRow {
                order: order.clone().into(),
                number: 1,
                product: Some(offer.product.into()),
                seller: Some(self.catalogue.seller_key(offer.seller).into()),
                pieces: 1,
                price: money(cents - freight),
                freight: money(freight),
            },
            ship_by: after(DAY),
        });
        block.payments.push(PaymentRow {
            order: order.clone().into(),
            number: 1,
            kind: PaymentKind::CreditCard,
            installments: 1,
            value: money(cents),
        });
        if let Some(score) = taste.stars {
            let created = day(delivered.day().days() + 1);
            let hours = 8.0 + 12.0 * stream.uniform();
            block.reviews.push(SynthReview {
                row: ReviewRow {
                    review: Some(key(stream).into()),
                    order: order.clone().into(),
                    score,
                    comment: 0,
                    answered: Some(moment(created.start().seconds() + (hours * HOUR) as i64)),
                },
                title: Cow::Borrowed(""),
                message: String::new(),
                created,
            });
        }
        let zip = self.geography.zip_at(home.state, home.spot);
        block.customers.push(SynthCustomer {
            row: CustomerRow {
                customer: customer.clone().into(),
                person: person.to_owned().into(),
                zip: Some(zip.prefix),
                state: Some(zip.state_name().into()),
            },
            city: zip.city(),
        });
        block.orders.push(OrderRow {
            order: order.into(),
            customer: customer.into(),
            status: Status::Delivered,
            placed,
            approved: Some(after(0.5 * HOUR)),
            shipped: Some(after(12.0 * HOUR)),
            delivered: Some(delivered),
            promised: Some(day(delivered.day().days() + 7)),
        });
    }
}

/// A time between the first whole day and the last delivered order.
fn draw_time(stream: &mut Stream) -> Moment {
    let start = Calendar::first_whole_day().start().seconds();
    let width = Calendar::last_delivered().seconds() - start;
    moment(start + (width as f64 * stream.uniform()) as i64)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::draw::date;
    use super::super::tests::{is_share, made};
    use super::super::{SynthParams, SynthWorld};
    use super::*;
    use crate::error::ErrorKind;
    use crate::history::{CustomerParams, FeatureSet, History, Knowledge, Recency, customers};
    use crate::kernel::Kernel;
    use crate::kmeans::{KMeansParams, fit, nearest};
    use crate::metrics::{Contingency, Labeling};
    use crate::monitor::Silent;
    use crate::prepare::{Prepare, PrepareParams};
    use crate::seed::Seed;
    use crate::table::FeatureTable;

    const NOTHING: SynthEvents = SynthEvents { drift: None, split: None, merge: None };

    fn event_day() -> Day {
        date(2018, 3, 1)
    }

    fn after(days: i64) -> Day {
        day(event_day().days() + days)
    }

    fn drift() -> SynthEvents {
        SynthEvents { drift: Some(SynthDrift { day: event_day(), share: 0.5 }), ..NOTHING }
    }

    fn split_and_merge() -> SynthEvents {
        SynthEvents { split: Some(event_day()), merge: Some(event_day()), ..NOTHING }
    }

    fn laboratory(orders: u64, seed: u64, events: SynthEvents) -> Synth {
        let world = SynthWorld::Laboratory(events);
        Synth::new(SynthParams { orders, seed: Seed(seed), world }).unwrap()
    }

    /// Customers on a day, by the orders of the last 365 days or by all of them.
    fn known(
        history: &History,
        at: Day,
        slides: bool,
    ) -> (FeatureTable, PrepareParams, Vec<String>) {
        let params = CustomerParams {
            set: FeatureSet::RfmReview,
            recency: Recency::Overlay,
            ..CustomerParams::default()
        };
        let from = slides.then(|| day(at.days() - 365));
        let found = customers(history, Knowledge::at(at).from(from), &params).unwrap();
        let features = found.columns.iter().filter(|column| column.is_feature);
        let advice: Vec<_> = features.map(|column| column.advice()).collect();
        let prepare = PrepareParams::advised(&advice, advice.iter().map(|a| a.name.as_str()));
        (found.features().unwrap(), prepare, found.ids(history).collect())
    }

    /// A model of a day.
    struct Model {
        prepare: Prepare,
        centers: Vec<f64>,
    }

    impl Model {
        /// The best of ten starts; with this preparation, or with one of its own.
        fn fit(table: &FeatureTable, params: &PrepareParams, kept: Option<&Prepare>) -> Self {
            let prepare = kept.cloned().unwrap_or_else(|| Prepare::fit(table, params).unwrap().0);
            let (prepared, kernel) = (prepare.apply(table).unwrap(), Kernel::detect().unwrap());
            let params = KMeansParams::new(TYPES.len());
            let fit = fit(&prepared.tiles(), prepare.precision(), &kernel, &params, &Silent);
            Self { centers: fit.unwrap().centers, prepare }
        }

        fn assign(&self, table: &FeatureTable) -> Vec<u32> {
            let (prepared, kernel) =
                (self.prepare.apply(table).unwrap(), Kernel::detect().unwrap());
            let tiles = prepared.tiles();
            let all = 0..tiles.n_tiles();
            nearest(&tiles, self.prepare.precision(), &kernel, &self.centers, all).labels
        }
    }

    /// A model of a month before the event, beside one of `at`: their segments of the same customers
    /// on the same day. Whether the preparation of the first is kept must not matter.
    struct Beside {
        history: History,
        slides: bool,
        old: Model,
    }

    impl Beside {
        fn new(synth: &Synth, slides: bool) -> Self {
            let history = synth.history().unwrap();
            let (table, params, _) = known(&history, after(-28), slides);
            Self { old: Model::fit(&table, &params, None), history, slides }
        }

        fn contingency(&self, at: Day, keeps: bool) -> Contingency {
            let (table, params, _) = known(&self.history, at, self.slides);
            let new = Model::fit(&table, &params, keeps.then_some(&self.old.prepare));
            let labels = [self.old.assign(&table), new.assign(&table)];
            let [old, new] = [&labels[0], &labels[1]].map(|labels| Labeling::new(labels).unwrap());
            Contingency::new(&old, &new).unwrap()
        }

        fn ari(&self, days: i64, keeps: bool) -> f64 {
            self.contingency(after(days), keeps).adjusted_rand()
        }

        /// The segment of the old model in which most of a type were on its day.
        fn segment_of(&self, behaviour: Behaviour, truths: &[SynthTruth]) -> u32 {
            let types: HashMap<_, _> = truths.iter().map(|t| (&t.person, t.behaviour)).collect();
            let (table, _, ids) = known(&self.history, after(-28), self.slides);
            let mut sizes = [0; TYPES.len()];
            for (segment, id) in self.old.assign(&table).into_iter().zip(&ids) {
                sizes[segment as usize] += u32::from(types[id] == behaviour);
            }
            (0..TYPES.len()).max_by_key(|&segment| sizes[segment]).unwrap() as u32
        }
    }

    #[test]
    fn without_events_segments_stay() {
        for (orders, seed) in [(5_000, 0), (5_000, 1), (20_000, 2)] {
            let synth = laboratory(orders, seed, NOTHING);
            for (slides, keeps) in [(true, false), (false, true)] {
                let beside = Beside::new(&synth, slides);
                for days in [-7, 14, 60, 170] {
                    let ari = beside.ari(days, keeps);
                    assert!(ari > 0.98, "{orders} {seed} {slides} {days}: {ari}");
                }
            }
        }
    }

    #[test]
    fn after_a_drift_segments_are_others() {
        for (orders, seed) in [(5_000, 0), (5_000, 1), (20_000, 2)] {
            let synth = laboratory(orders, seed, drift());
            for (slides, keeps) in [(true, false), (true, true), (false, false), (false, true)] {
                let beside = Beside::new(&synth, slides);
                let before = beside.ari(-7, keeps);
                assert!(before > 0.98, "{orders} {seed} {slides} {keeps}: {before}");
                for days in [14, 60, 170] {
                    let ari = beside.ari(days, keeps);
                    assert!(ari < 0.8, "{orders} {seed} {slides} {keeps} {days}: {ari}");
                }
            }
        }
    }

    #[test]
    fn one_type_splits_and_two_merge() {
        for (orders, seed) in [(5_000, 0), (5_000, 1), (20_000, 2)] {
            let synth = laboratory(orders, seed, split_and_merge());
            let truths = made(&synth).truths;
            for (slides, keeps) in [(true, false), (true, true), (false, false), (false, true)] {
                let beside = Beside::new(&synth, slides);
                assert!(beside.ari(-7, keeps) > 0.98);
                let segments = TYPES.map(|(behaviour, ..)| beside.segment_of(behaviour, &truths));
                for days in [21, 60] {
                    let found = beside.contingency(after(days), keeps);
                    // Of a segment's rows, the shares of the new clusters that have most of them.
                    let [happy_small, happy_large, unhappy_small, unhappy_large, silent] = segments
                        .map(|segment| {
                            let n = found.truth_sizes()[segment as usize] as f64;
                            let cells = found.cells().iter().filter(|cell| cell.truth == segment);
                            let mut shares: Vec<_> =
                                cells.map(|cell| (cell.n as f64 / n, cell.prediction)).collect();
                            shares.sort_by(|a, b| b.0.total_cmp(&a.0));
                            shares
                        });
                    let place = format!("{orders} {seed} {slides} {keeps} {days}");
                    assert!(happy_large[1].0 >= 0.3, "{place}: {happy_large:?}");
                    for merged in [&happy_small, &unhappy_small] {
                        assert!(merged[0].0 >= 0.7, "{place}: {merged:?}");
                    }
                    assert_eq!(happy_small[0].1, unhappy_small[0].1, "{place}");
                    for kept in [&unhappy_large, &silent] {
                        assert!(kept[0].0 >= 0.9, "{place}: {kept:?}");
                    }
                    // Both halves, what is merged, and the two that stay are five clusters.
                    let mut clusters = [
                        happy_large[0].1,
                        happy_large[1].1,
                        happy_small[0].1,
                        unhappy_large[0].1,
                        silent[0].1,
                    ];
                    clusters.sort_unstable();
                    assert_eq!(clusters, [0, 1, 2, 3, 4], "{place}");
                }
            }
        }
    }

    #[test]
    fn everybody_is_of_one_type_and_orders_once() {
        let all = made(&laboratory(20_000, 3, NOTHING));
        let n = all.orders.len();
        assert_eq!((n, all.truths.len()), (20_000, 20_000));
        for (behaviour, share, taste) in TYPES {
            let of_type = |i: &usize| all.truths[*i].behaviour == behaviour;
            let rows: Vec<_> = (0..n).filter(of_type).collect();
            is_share(rows.len(), n, share / 100.0, 0.0);
            let below = |i: &&usize| all.payments[**i].value.units() < taste.spent;
            is_share(rows.iter().filter(below).count(), rows.len(), 0.5, 0.0);
        }
        let reviewed = TYPES.iter().filter(|t| t.2.stars.is_some()).map(|t| t.1).sum::<f64>();
        is_share(all.reviews.len(), n, reviewed / 100.0, 0.0);
        let first = Calendar::first_whole_day();
        let days = Calendar::last_delivered().day().since(first) as f64 + 15.01 / 24.0;
        for week in 0..103 {
            let of_week = |o: &&OrderRow<'_>| o.placed.day().since(first) / 7 == week;
            is_share(all.orders.iter().filter(of_week).count(), n, 7.0 / days, 0.0);
        }
        for order in &all.orders {
            let days = order.delivered.unwrap().seconds() - order.placed.seconds();
            assert!((86_400..=2 * 86_400).contains(&days), "{order:?}");
        }
    }

    /// Orders with their payment and stars, by person.
    fn by_person(all: &SynthBlock) -> HashMap<String, Vec<(Moment, f64, Option<u8>)>> {
        let stars: HashMap<_, _> =
            all.reviews.iter().map(|r| (&r.row.order, r.row.score)).collect();
        let mut persons: HashMap<String, Vec<_>> = HashMap::new();
        for (i, order) in all.orders.iter().enumerate() {
            let paid = all.payments[i].value.units();
            let row = (order.placed, paid, stars.get(&order.order).copied());
            persons.entry(all.customers[i].row.person.clone().into_owned()).or_default().push(row);
        }
        persons
    }

    #[test]
    fn events_change_nothing_before_their_day() {
        let plain = by_person(&made(&laboratory(20_000, 4, NOTHING)));
        for (events, orders_again) in [(drift(), 1), (split_and_merge(), 3)] {
            let mut all = made(&laboratory(20_000, 4, events));
            // The last one may lack orders.
            all.truths.pop();
            let persons = by_person(&all);
            let (mut before, mut changed) = (HashMap::new(), HashMap::new());
            for SynthTruth { person, behaviour } in &all.truths {
                let (orders, once) = (&persons[person], plain[person][0]);
                if once.0.day() < event_day() {
                    assert_eq!(orders[0], once);
                    let again = &orders[1..];
                    assert!(again.is_empty() || again.len() == orders_again);
                    assert!(again.iter().all(|o| (after(0)..after(7)).contains(&o.0.day())));
                    assert!(again.windows(2).all(|o| o[1].0.seconds() - o[0].0.seconds() > 86_400));
                    let kind = (behaviour, event_day().since(once.0.day()) <= 365);
                    *before.entry(kind).or_insert(0) += 1;
                    *changed.entry(kind).or_insert(0) += usize::from(!again.is_empty());
                } else {
                    assert_eq!(orders[0].0, once.0);
                }
            }
            for ((behaviour, is_active), n) in before {
                let share = match (behaviour, is_active) {
                    _ if events.drift.is_some() => 0.5 * f64::from(u8::from(is_active)),
                    (Behaviour::HappyLarge, true) => 0.5,
                    (Behaviour::HappyLarge, false) => 0.25,
                    (Behaviour::HappySmall | Behaviour::UnhappySmall, _) => 1.0,
                    _ => 0.0,
                };
                is_share(changed[&(behaviour, is_active)], n, share, 0.0);
            }
        }
    }

    #[test]
    fn who_comes_later_is_changed_as_often() {
        let all = made(&laboratory(20_000, 5, split_and_merge()));
        let persons = by_person(&all);
        let end = day(Calendar::last_delivered().day().days() - 7);
        let later: Vec<_> = all.truths[..all.truths.len() - 1]
            .iter()
            .map(|truth| (truth.behaviour, &persons[&truth.person]))
            .filter(|(_, orders)| (event_day()..end).contains(&orders[0].0.day()))
            .collect();
        let of = |behaviour| later.iter().filter(move |l| l.0 == behaviour).map(|l| l.1);
        let large = of(Behaviour::HappyLarge).count();
        let far_more = of(Behaviour::HappyLarge)
            .filter(|orders| orders.iter().map(|order| order.1).sum::<f64>() > 10.0 * LARGE);
        is_share(far_more.count(), large, 0.5, 0.0);
        for behaviour in [Behaviour::HappySmall, Behaviour::UnhappySmall] {
            for stars in 2..=4 {
                let found =
                    of(behaviour).filter(|orders| orders.iter().all(|o| o.2 == Some(stars)));
                is_share(found.count(), of(behaviour).count(), 1.0 / 3.0, 0.0);
            }
        }
        assert!(of(Behaviour::UnhappyLarge).all(|orders| orders.len() == 1));
    }

    #[test]
    fn a_history_is_the_beginning_of_a_longer_one_on_any_threads() {
        let events = SynthEvents { drift: drift().drift, ..split_and_merge() };
        let on = |threads, orders| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| made(&laboratory(orders, 6, events)))
        };
        let (short, long) = (on(1, 3_000), on(3, 5_000));
        assert_eq!(format!("{:?}", on(3, 3_000)), format!("{short:?}"));
        assert_eq!(format!("{:?}", short.orders), format!("{:?}", &long.orders[..3_000]));
        assert_eq!(format!("{:?}", short.payments), format!("{:?}", &long.payments[..3_000]));
        let n = short.reviews.len();
        assert_eq!(format!("{:?}", short.reviews), format!("{:?}", &long.reviews[..n]));
    }

    #[test]
    fn events_that_cannot_come_to_pass_are_refused() {
        let refused = |events| {
            let world = SynthWorld::Laboratory(events);
            let error = Synth::new(SynthParams { orders: 9, seed: Seed(0), world }).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            error.to_string()
        };
        for wrong in [date(2016, 9, 5), date(2018, 8, 23)] {
            let message = refused(SynthEvents { split: Some(wrong), ..NOTHING });
            assert!(message.contains("2016-09-06 to 2018-08-22 are accepted"), "{message}");
        }
        for share in [0.0, 1.01, f64::NAN] {
            let drift = Some(SynthDrift { day: event_day(), share });
            assert!(refused(SynthEvents { drift, ..NOTHING }).contains("at most 1"));
        }
    }
}
