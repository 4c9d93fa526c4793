//! Who buys, when, and what becomes of it: all that does not depend on what there is to be bought,
//! and so is the same in histories of any size.

use super::calendar::{Calendar, Visit};
use super::draw::{
    DAY, HOUR, at_quantile, chance, day, exponential, key, log_normal, moment, normal_quantile,
    pick,
};
use super::geography::Geography;
use super::marginals::{
    BARGAIN, BARGAIN_PAID_BY, BIG_SPENDER, BIG_SPENDER_PAID_BY, DAYS_EARLY, DAYS_LATE,
    DAYS_TO_NEXT, DELIVERY_DAYS, FAILED, LATE_FROM, LET_DOWN, LET_DOWN_LATE, LOYAL_FAILS, MOVES,
    ON_THE_DAY, ORDERS_OF_PERSON, OTHERS_LATE, OTHERS_PAID_BY, PAYMENT_KINDS, PERSONS, SAME_VISIT,
    SOON, UNSERVED,
};
use super::rarities::Rarity;
use super::rows::Behaviour;
use crate::history::{Day, Moment, OrderRow, PaymentKind, Status};
use crate::seed::Stream;

/// Somebody, before the first order.
pub(super) struct Person {
    pub(super) key: String,
    pub(super) behaviour: Behaviour,
    /// What is odd about the first order.
    pub(super) rarity: Option<Rarity>,
    pub(super) n_orders: u32,
    /// Those of a steady shop that are still to come, the next one last.
    visits: Vec<Visit>,
    home: Home,
}

/// A place within a state.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) state: usize,
    /// From 0 to 1.
    pub(super) spot: f64,
}

/// An order, before anything is known of what is in it.
pub(super) struct Deal {
    pub(super) row: OrderRow<'static>,
    pub(super) home: Home,
    pub(super) paid_by: PaymentKind,
    pub(super) is_late: bool,
    /// Whether it was placed within 24 hours of the one before.
    pub(super) is_same_visit: bool,
}

impl Person {
    pub(super) fn draw(
        index: u64,
        calendar: &Calendar,
        geography: &Geography,
        stream: &mut Stream,
    ) -> Self {
        let key = key(stream);
        let n_orders = 1 + pick(stream, &ORDERS_OF_PERSON) as u32;
        let behaviour = draw_single(stream);
        let state = geography.draw_customer(stream);
        let home = Home { state, spot: stream.uniform().powf(1.3) };
        let rarity = Rarity::of(index);
        let (n_orders, behaviour) = match rarity {
            Some(rarity) if rarity.is_canceled() => (1, Behaviour::Unserved),
            Some(_) => (1, Behaviour::Typical),
            None if n_orders > 1 => (n_orders, Behaviour::Loyal),
            None => (1, behaviour),
        };
        let visits = if calendar.is_steady && rarity.is_none() {
            calendar.draw_steadily(n_orders, stream, days_between)
        } else {
            Vec::new()
        };
        Self { key, behaviour, rarity, n_orders, visits, home }
    }

    /// The next order; `before` is the one before.
    pub(super) fn order(
        &mut self,
        before: Option<Moment>,
        calendar: &Calendar,
        geography: &Geography,
        stream: &mut Stream,
    ) -> Deal {
        let rarity = self.rarity.filter(|_| before.is_none());
        let (placed, is_same_visit) = match (self.visits.pop(), before, rarity) {
            (Some(visit), ..) => visit,
            (_, Some(before), _) => next_order(before, stream),
            (.., Some(Rarity::First)) => (Calendar::first(), false),
            (.., Some(Rarity::LastDelivered)) => (Calendar::last_delivered(), false),
            (.., Some(Rarity::Last)) => (Calendar::last(), false),
            (.., Some(Rarity::AfterTheLast)) => (Calendar::draw_late(stream), false),
            _ => (calendar.draw(stream), false),
        };
        if before.is_some() && chance(stream, MOVES) {
            self.home.state = geography.draw_customer(stream);
        }
        let status = self.status(rarity, stream);
        let paid_by = self.paid_by(rarity, stream);
        let row = OrderRow {
            order: key(stream).into(),
            customer: key(stream).into(),
            status,
            placed,
            approved: None,
            shipped: None,
            delivered: None,
            promised: None,
        };
        let mut deal = Deal { row, home: self.home, paid_by, is_late: false, is_same_visit };
        let approved = approval(paid_by, stream);
        if status == Status::Delivered {
            self.deliver(&mut deal, approved, geography, stream);
        } else {
            leave(&mut deal, approved, stream);
        }
        match rarity {
            Some(Rarity::Undated) => deal.row.delivered = None,
            Some(Rarity::Unapproved) => deal.row.approved = None,
            _ => {}
        }
        deal
    }

    fn status(&self, rarity: Option<Rarity>, stream: &mut Stream) -> Status {
        if let Some(rarity) = rarity {
            return if rarity.is_canceled() { Status::Canceled } else { Status::Delivered };
        }
        let fails = match self.behaviour {
            Behaviour::Unserved => true,
            Behaviour::Loyal => chance(stream, LOYAL_FAILS),
            _ => false,
        };
        if fails { FAILED[pick(stream, &FAILED.map(|f| f.1))].0 } else { Status::Delivered }
    }

    fn paid_by(&self, rarity: Option<Rarity>, stream: &mut Stream) -> PaymentKind {
        let weights = match self.behaviour {
            Behaviour::Bargain => BARGAIN_PAID_BY,
            Behaviour::BigSpender => BIG_SPENDER_PAID_BY,
            _ => OTHERS_PAID_BY,
        };
        let drawn = PAYMENT_KINDS[pick(stream, &weights)];
        match rarity {
            Some(Rarity::Unapproved) => PaymentKind::Boleto,
            Some(Rarity::PaidByNothing) => PaymentKind::Other,
            Some(Rarity::ManyVouchers) => PaymentKind::Voucher,
            Some(Rarity::NoInstallment) => PaymentKind::CreditCard,
            _ => drawn,
        }
    }

    /// Fills in the dates of an order that comes.
    fn deliver(&self, deal: &mut Deal, approval: f64, geography: &Geography, stream: &mut Stream) {
        let is_let_down = self.behaviour == Behaviour::LetDown;
        let late = if is_let_down { LET_DOWN_LATE } else { OTHERS_LATE };
        deal.is_late = chance(stream, late);
        let is_soon = !deal.is_late && chance(stream, SOON);
        let u = stream.uniform();
        let quantile = if is_soon { LATE_FROM * u } else { LATE_FROM + (1.0 - LATE_FROM) * u };
        let (median, deviation) = DELIVERY_DAYS;
        // What states do not explain.
        let deviation = (deviation * deviation - geography.farther_variance()).sqrt();
        let log = deviation * normal_quantile(quantile) + geography.farther(deal.home.state);
        let seconds = DAY * (median * log.exp()).clamp(0.5, 200.0);

        let approval = approval.min(0.25 * seconds);
        let shipping = approval + (seconds - approval) * (0.06 + 0.34 * stream.uniform());
        let after = |seconds: f64| moment(deal.row.placed.seconds() + seconds as i64);
        let delivered = after(seconds);
        deal.row.approved = Some(after(approval));
        deal.row.shipped = Some(after(shipping));
        deal.row.delivered = Some(delivered);

        let taken = delivered.day().since(deal.row.placed.day());
        let days_late = 1 + exponential(stream, DAYS_LATE) as i64;
        let days_early = 1 + log_normal(stream, DAYS_EARLY).min(60.0) as i64;
        let days_early = if chance(stream, ON_THE_DAY) { 0 } else { days_early };
        let promised = if deal.is_late {
            // Nothing is promised for the day after tomorrow.
            delivered.day().days() - days_late.min(taken - 3).max(1)
        } else {
            delivered.day().days() + days_early
        };
        deal.row.promised = Some(day(promised));
    }
}

/// The behaviour of somebody with one order.
fn draw_single(stream: &mut Stream) -> Behaviour {
    const COMES_BACK: f64 = 1.0 - ORDERS_OF_PERSON[0] / PERSONS;
    let typical = 1.0 - COMES_BACK - LET_DOWN - BIG_SPENDER - BARGAIN - UNSERVED;
    let weights = [LET_DOWN, BIG_SPENDER, BARGAIN, UNSERVED, typical];
    [
        Behaviour::LetDown,
        Behaviour::BigSpender,
        Behaviour::Bargain,
        Behaviour::Unserved,
        Behaviour::Typical,
    ][pick(stream, &weights)]
}

/// When somebody who orders again does so, and whether that is within 24 hours.
fn next_order(before: Moment, stream: &mut Stream) -> Visit {
    let left = (Calendar::last_delivered().seconds() - before.seconds()) as f64;
    let is_same_visit = chance(stream, SAME_VISIT) || left <= DAY;
    let u = stream.uniform();
    let seconds = if is_same_visit {
        u * left.min(DAY)
    } else {
        // Exponential, as far as it comes before the end.
        let within = 1.0 - (-(left / DAY - 1.0) / DAYS_TO_NEXT).exp();
        DAY - DAYS_TO_NEXT * DAY * (1.0 - u * within).ln()
    };
    (moment(before.seconds() + seconds as i64), is_same_visit)
}

/// Days between two orders of a steady shop, as if it had no end.
fn days_between(stream: &mut Stream) -> f64 {
    let is_same_visit = chance(stream, SAME_VISIT);
    if is_same_visit { stream.uniform() } else { 1.0 + exponential(stream, DAYS_TO_NEXT) }
}

/// How long it takes until a payment is accepted, in seconds.
fn approval(paid_by: PaymentKind, stream: &mut Stream) -> f64 {
    let at_once = log_normal(stream, (0.28 * HOUR, 0.4));
    let later = HOUR * (1.0 + 23.0 * stream.uniform());
    let by_bank = log_normal(stream, (26.0 * HOUR, 0.5));
    match paid_by {
        PaymentKind::Boleto => by_bank,
        _ if chance(stream, 0.2) => later,
        _ => at_once,
    }
}

/// Fills in the dates of an order that does not come.
fn leave(deal: &mut Deal, approval: f64, stream: &mut Stream) {
    const PROMISED_DAYS: (f64, f64) = (23.0, 0.35);
    let approved = moment(deal.row.placed.seconds() + approval as i64);
    let shipped = moment(approved.seconds() + log_normal(stream, (2.0 * DAY, 0.7)) as i64);
    let days = log_normal(stream, PROMISED_DAYS).round() as i64;
    deal.row.promised = Some(day(deal.row.placed.day().days() + days));
    // Of the canceled, about the published share came so far.
    let step = at_quantile(stream.uniform(), &[0.23, 0.65, 0.12]);
    let (is_approved, is_shipped) = match deal.row.status {
        Status::Created => (false, false),
        Status::Canceled => (step > 0, step > 1),
        status => (true, status == Status::Shipped),
    };
    deal.row.approved = is_approved.then_some(approved);
    deal.row.shipped = is_shipped.then_some(shipped);
}

impl Deal {
    /// When the order came, if it did, else when it was to come.
    pub(super) fn awaited(&self) -> Day {
        let delivered = self.row.delivered.map(Moment::day);
        delivered.or(self.row.promised).unwrap_or(self.row.placed.day())
    }
}
