//! What is in an order, and how it is paid.

use super::catalogue::{Catalogue, Offer};
use super::draw::{
    DAY, at_quantile, chance, exponential, log_normal, moment, money, normal_quantile,
    normal_share, pick,
};
use super::geography::Geography;
use super::marginals::{
    ANOTHER_VOUCHER, BULKY, CANCELED_EMPTY, CARD_AND_VOUCHER, CHEAP, DEAR, DEARER_LONGER, FREIGHT,
    INSTALLMENTS, ONE_PRODUCT, OTHERS_BUY, UNAVAILABLE_EMPTY, UNITS,
};
use super::person::Deal;
use super::rarities::Rarity;
use super::rows::{Behaviour, SynthItem};
use crate::history::{ItemRow, PaymentKind, PaymentRow, Status};
use crate::seed::Stream;

/// What an order is worth, and how dear it is.
pub(super) struct Basket {
    cents: i64,
    /// Of its first product, among all.
    quantile: f64,
}

/// Draws what is in an order, and adds its items.
pub(super) fn fill(
    deal: &Deal,
    behaviour: Behaviour,
    rarity: Option<Rarity>,
    (catalogue, geography): (&Catalogue, &Geography),
    stream: &mut Stream,
    items: &mut Vec<SynthItem>,
) -> Basket {
    let units = 1 + pick(stream, &UNITS) as u32;
    let is_one_product = chance(stream, ONE_PRODUCT);
    let is_empty = is_empty(deal.row.status, stream);
    let mut offer = draw_offer(behaviour, catalogue, stream);
    let mut basket = Basket { cents: 0, quantile: offer.quantile };
    for number in 1..=units {
        if number > 1 && !is_one_product {
            offer = draw_offer(behaviour, catalogue, stream);
        }
        let freight = freight(&offer, geography.farther(deal.home.state), stream);
        basket.cents += offer.cents + freight;
        let days = if rarity == Some(Rarity::FarLimit) { 700.0 } else { 3.5 };
        let seconds = (DAY * (days + log_normal(stream, (2.5, 0.5)))) as i64;
        if is_empty {
            continue;
        }
        let asked = deal.row.approved.unwrap_or(deal.row.placed);
        items.push(SynthItem {
            row: ItemRow {
                order: deal.row.order.clone(),
                number: number as u16,
                product: Some(offer.product.clone().into()),
                seller: Some(catalogue.seller_key(offer.seller).into()),
                pieces: 1,
                price: money(offer.cents),
                freight: money(freight),
            },
            ship_by: moment(asked.seconds() + seconds),
        });
    }
    basket
}

/// Draws how an order is paid, and adds its payments.
pub(super) fn pay(
    basket: &Basket,
    deal: &Deal,
    rarity: Option<Rarity>,
    stream: &mut Stream,
    payments: &mut Vec<PaymentRow<'static>>,
) {
    let mut number = 0;
    let mut push = |kind, installments, cents| {
        number += 1;
        let order = deal.row.order.clone();
        payments.push(PaymentRow { order, number, kind, installments, value: money(cents) });
    };
    match (rarity, deal.paid_by) {
        (Some(Rarity::Unpaid), _) => {}
        (_, PaymentKind::Other) => push(PaymentKind::Other, 1, 0),
        (_, PaymentKind::CreditCard) => {
            let has_vouchers = rarity.is_none() && chance(stream, CARD_AND_VOUCHER);
            let by_voucher = if has_vouchers { 0.1 + 0.7 * stream.uniform() } else { 0.0 };
            let by_voucher = (by_voucher * basket.cents as f64) as i64;
            let installments = installments(basket, stream);
            let interest = if installments > 1 && chance(stream, 0.02) { 0.03 } else { 0.0 };
            let by_card = basket.cents - by_voucher;
            let by_card = by_card + (interest * by_card as f64).round() as i64;
            let no_installment = rarity == Some(Rarity::NoInstallment);
            push(PaymentKind::CreditCard, if no_installment { 0 } else { installments }, by_card);
            if has_vouchers {
                split(by_voucher, vouchers(stream), |cents| push(PaymentKind::Voucher, 1, cents));
            }
        }
        (_, PaymentKind::Voucher) => {
            let is_many = rarity == Some(Rarity::ManyVouchers);
            let n = if is_many { 12 + stream.below(18) as i64 } else { vouchers(stream) };
            // Some of the vouchers have been forgotten.
            let share = if chance(stream, 0.05) { stream.uniform() } else { 1.0 };
            let cents = (share * basket.cents as f64) as i64;
            split(cents, n, |cents| push(PaymentKind::Voucher, 1, cents));
        }
        (_, kind) => push(kind, 1, basket.cents),
    }
}

/// Whether the shop's tables have no items of an order.
fn is_empty(status: Status, stream: &mut Stream) -> bool {
    let share = match status {
        Status::Unavailable => UNAVAILABLE_EMPTY,
        Status::Canceled => CANCELED_EMPTY,
        Status::Created => 1.0,
        _ => 0.0,
    };
    chance(stream, share)
}

/// A product as dear as somebody of this behaviour buys.
fn draw_offer(behaviour: Behaviour, catalogue: &Catalogue, stream: &mut Stream) -> Offer {
    let stratum = pick(stream, &OTHERS_BUY);
    let stratum = match behaviour {
        Behaviour::Bargain => 0,
        Behaviour::BigSpender => 2,
        _ => stratum,
    };
    let (from, to) = [(0.0, CHEAP), (CHEAP, DEAR), (DEAR, 1.0)][stratum];
    let quantile = from + (to - from) * stream.uniform();
    catalogue.offer(catalogue.draw_product(quantile, stream))
}

/// Hundredths: dear things weigh more, and far places cost more.
fn freight(offer: &Offer, farther: f64, stream: &mut Stream) -> i64 {
    const MOST: f64 = 41_000.0;
    let dearer = 0.20 * normal_quantile(offer.quantile);
    let median = 100.0 * FREIGHT * (dearer + 0.5 * farther).exp();
    let bulky = if chance(stream, BULKY) { 1.5 + exponential(stream, 1.5) } else { 1.0 };
    (bulky * log_normal(stream, (median, 0.32))).clamp(0.0, MOST).round() as i64
}

/// In how many months an order is paid by card: a dear one in more.
fn installments(basket: &Basket, stream: &mut Stream) -> u16 {
    let own = (1.0 - DEARER_LONGER * DEARER_LONGER).sqrt() * stream.normal();
    let u = normal_share(DEARER_LONGER * normal_quantile(basket.quantile) + own);
    1 + at_quantile(u, &INSTALLMENTS) as u16
}

/// How many vouchers somebody has who has one.
fn vouchers(stream: &mut Stream) -> i64 {
    let mut n = 1;
    while chance(stream, ANOTHER_VOUCHER) {
        n += 1;
    }
    n
}

/// Calls `push` with `n` parts that are as equal as can be.
fn split(cents: i64, n: i64, mut push: impl FnMut(i64)) {
    (0..n).for_each(|i| push(cents * (i + 1) / n - cents * i / n));
}
