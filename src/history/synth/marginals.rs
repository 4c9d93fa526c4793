//! What a made-up history is calibrated on, and what is assumed where nothing is published.
//!
//! "Published" are the totals and shares that many public analyses of Olist's data state: 99,441
//! orders of 96,096 people from September 2016 to October 2018. No row of that data is here. What
//! is assumed serves to make the kinds of behaviour differ; shares of the rest follow from it, so
//! that the published ones hold over all.

use super::super::rows::{PaymentKind, Status};

/// Published: orders and people.
pub(super) const ORDERS: f64 = 99_441.0;
pub(super) const PERSONS: f64 = 96_096.0;

/// Published: orders whose last status is this. (The canceled ones are fewer by those that
/// [`Rarity`](super::rarities::Rarity) brings: two in 5,000 people.)
pub(super) const FAILED: [(Status, f64); 7] = [
    (Status::Shipped, 1_107.0),
    (Status::Canceled, 587.0),
    (Status::Unavailable, 609.0),
    (Status::Invoiced, 314.0),
    (Status::Processing, 301.0),
    (Status::Created, 5.0),
    (Status::Approved, 2.0),
];
pub(super) const DELIVERED: f64 = 96_478.0 / ORDERS;
const FAILED_ORDERS: f64 = 2_925.0 / ORDERS;

/// Published: people by their number of orders, 1, 2 and so on.
pub(super) const ORDERS_OF_PERSON: [f64; 7] = [93_099.0, 2_745.0, 203.0, 30.0, 8.0, 6.0, 5.0];

/// Published: the share of repeated orders within 24 hours of the one before.
pub(super) const SAME_VISIT: f64 = 0.30;

/// Assumed: mean days to the next order otherwise.
pub(super) const DAYS_TO_NEXT: f64 = 90.0;

/// Published: 252 people have several places; only those with several orders can.
pub(super) const MOVES: f64 = 252.0 / 2_997.0;

/// Assumed: the shares of people of each kind with one order, and how often an order fails those
/// who come back. Who comes back is published, and so how many orders fail in all.
pub(super) const LET_DOWN: f64 = 0.095;
pub(super) const BIG_SPENDER: f64 = 0.09;
pub(super) const BARGAIN: f64 = 0.32;
pub(super) const LOYAL_FAILS: f64 = 0.02;
const LOYAL_ORDERS: f64 = 1.0 - ORDERS_OF_PERSON[0] / ORDERS;
pub(super) const UNSERVED: f64 = (FAILED_ORDERS - LOYAL_FAILS * LOYAL_ORDERS) * ORDERS / PERSONS;

/// The share of orders that people with one order have, from their share of people.
const fn of_orders(of_persons: f64) -> f64 {
    of_persons * PERSONS / ORDERS
}

/// Published: delivered orders that came after the promised day, and on it.
const LATE: f64 = 0.075;
pub(super) const ON_THE_DAY: f64 = 0.015;

/// Assumed: the share of late orders of those who are let down. That of others follows.
pub(super) const LET_DOWN_LATE: f64 = 0.72;
const LET_DOWN_OF_DELIVERED: f64 = of_orders(LET_DOWN) / DELIVERED;
pub(super) const OTHERS_LATE: f64 =
    (LATE - LET_DOWN_OF_DELIVERED * LET_DOWN_LATE) / (1.0 - LET_DOWN_OF_DELIVERED);

/// Late orders are among those that took longest: this is where they begin, as a share of all.
pub(super) const LATE_FROM: f64 = 0.7;

/// The share of orders on time that took less than that.
pub(super) const SOON: f64 = LATE_FROM / (1.0 - LATE);

/// Fitted to what is published: half of the orders come within 10.2 days, 75 % within 16, 95 %
/// within 29. The second is the standard deviation of the logarithm.
pub(super) const DELIVERY_DAYS: (f64, f64) = (10.2, 0.63);

/// Fitted to what is published: 5 % of the orders come at least 4 days late.
pub(super) const DAYS_LATE: f64 = 7.4;

/// About what is published: days between delivery and promise, if on time; the median and the
/// standard deviation of the logarithm.
pub(super) const DAYS_EARLY: (f64, f64) = (11.5, 0.55);

/// Published: stars of delivered orders, from one to five.
const DELIVERED_STARS: [f64; 5] = [0.098, 0.031, 0.083, 0.197, 0.592];

/// Assumed: stars of those who are let down or served late. Those of others follow.
pub(super) const BAD_STARS: [f64; 5] = [0.62, 0.12, 0.12, 0.07, 0.07];
const BAD_OF_DELIVERED: f64 = LET_DOWN_OF_DELIVERED + (1.0 - LET_DOWN_OF_DELIVERED) * OTHERS_LATE;
pub(super) const GOOD_STARS: [f64; 5] = rest(DELIVERED_STARS, BAD_STARS, BAD_OF_DELIVERED);

/// Published: 69 % and 78 % of one star where the order was canceled or unavailable; the rest of
/// these, and those of other orders that never came, are assumed.
pub(super) const CANCELED_STARS: [f64; 5] = [0.69, 0.07, 0.08, 0.05, 0.11];
pub(super) const UNAVAILABLE_STARS: [f64; 5] = [0.78, 0.07, 0.06, 0.03, 0.06];
pub(super) const PENDING_STARS: [f64; 5] = [0.66, 0.08, 0.09, 0.07, 0.10];

/// Published: orders without a review, orders with two. (Rows that share the review of another
/// order are 0.8 %: the assumed share of orders of one visit that do.)
pub(super) const UNREVIEWED: f64 = 768.0 / ORDERS;
pub(super) const REVIEWED_TWICE: f64 = 551.0 / 98_673.0;
pub(super) const SHARED_REVIEW: f64 = 0.82;

/// About what is published: reviews with a comment, by stars; 41 % in all. And with a title.
pub(super) const COMMENTS: [f64; 5] = [0.76, 0.68, 0.44, 0.31, 0.36];
pub(super) const TITLES: f64 = 0.12;

/// Published: orders without items, by status.
pub(super) const UNAVAILABLE_EMPTY: f64 = 603.0 / 609.0;
pub(super) const CANCELED_EMPTY: f64 = 164.0 / 625.0;

/// Published: units per order: 90 % have one, and 14 % more items than orders. 97 % of orders are
/// of one product.
pub(super) const UNITS: [f64; 8] = [0.900, 0.0762, 0.0134, 0.0051, 0.0021, 0.0020, 0.0006, 0.0006];
pub(super) const ONE_PRODUCT: f64 = 0.7;

/// Published: the median and the mean price of an item, 75 and 120. The second number is the
/// standard deviation of the logarithm that goes with them.
pub(super) const PRICE: (f64, f64) = (75.0, 0.97);

/// Fitted to the published freight, whose median is 16.3 and whose mean is 20: the median of what
/// is not bulky, and the share of what is.
pub(super) const FREIGHT: f64 = 15.7;
pub(super) const BULKY: f64 = 0.06;

/// Assumed: bargain hunters buy below this quantile of prices, big spenders above that.
pub(super) const CHEAP: f64 = 0.40;
pub(super) const DEAR: f64 = 0.90;

/// How the others buy from the cheap, the middle and the dear, so that prices hold over all.
pub(super) const OTHERS_BUY: [f64; 3] =
    [CHEAP - of_orders(BARGAIN), DEAR - CHEAP, 1.0 - DEAR - of_orders(BIG_SPENDER)];

/// How orders are paid for in the main.
pub(super) const PAYMENT_KINDS: [PaymentKind; 4] = PaymentKind::ALL;

/// Published: the share of orders by their main payment; 5.5 % of the payments are vouchers, most
/// of which go with a card.
const PAID_BY: [f64; 4] = [0.7711, 0.1985, 0.0150, 0.0154];

/// Assumed: the same for bargain hunters and big spenders. That of others follows.
pub(super) const BARGAIN_PAID_BY: [f64; 4] = [0.545, 0.400, 0.035, 0.020];
pub(super) const BIG_SPENDER_PAID_BY: [f64; 4] = [0.950, 0.040, 0.0, 0.010];
pub(super) const OTHERS_PAID_BY: [f64; 4] = rest(
    rest(PAID_BY, BARGAIN_PAID_BY, of_orders(BARGAIN)),
    BIG_SPENDER_PAID_BY,
    of_orders(BIG_SPENDER) / (1.0 - of_orders(BARGAIN)),
);

/// Published: orders paid by card and voucher. And, from 5.5 % of all payments, how often one more
/// voucher follows a voucher.
pub(super) const CARD_AND_VOUCHER: f64 = 0.029;
pub(super) const ANOTHER_VOUCHER: f64 = 0.28;

/// Fitted to what is published: payments by card in 1, 2 … 12 instalments, if by card were bought
/// what is bought over all (it is dearer); with the others, 48.5 % of payments are in one.
pub(super) const INSTALLMENTS: [f64; 12] =
    [0.360, 0.169, 0.142, 0.097, 0.072, 0.054, 0.022, 0.059, 0.009, 0.071, 0.0005, 0.0015];

/// Assumed: the correlation between price and instalments.
pub(super) const DEARER_LONGER: f64 = 0.75;

/// Published: products without a category.
pub(super) const WITHOUT_CATEGORY: f64 = 610.0 / 32_951.0;

/// Published: how many times as many orders as products, and as sellers, there are.
pub(super) const ORDERS_PER_PRODUCT: u64 = 3;
pub(super) const ORDERS_PER_SELLER: u64 = 32;

/// Published: how many zip codes customers have at most, about; rows of a zip code in the places;
/// exact repetitions among them. The rest is assumed: zip codes without any row, and rows that
/// lie outside Brazil.
pub(super) const MOST_ZIPS: u64 = 15_000;
pub(super) const ORDERS_PER_ZIP: u64 = 6;
pub(super) const PLACES_PER_ZIP: f64 = 53.0;
pub(super) const FEWEST_PLACES_PER_ZIP: f64 = 5.0;
pub(super) const REPEATED_PLACES: f64 = 0.26;
pub(super) const WITHOUT_PLACE: f64 = 0.005;
pub(super) const OUTSIDE: f64 = 0.001;

/// Published: orders per month, rounded; what is after August 2018 comes of rarities alone.
pub(super) const MONTHS: [(i32, u32, f64); 23] = [
    (2016, 9, 4.0),
    (2016, 10, 320.0),
    (2016, 12, 1.0),
    (2017, 1, 800.0),
    (2017, 2, 1_800.0),
    (2017, 3, 2_700.0),
    (2017, 4, 2_400.0),
    (2017, 5, 3_700.0),
    (2017, 6, 3_250.0),
    (2017, 7, 4_000.0),
    (2017, 8, 4_300.0),
    (2017, 9, 4_300.0),
    (2017, 10, 4_600.0),
    (2017, 11, 7_500.0),
    (2017, 12, 5_700.0),
    (2018, 1, 7_300.0),
    (2018, 2, 6_700.0),
    (2018, 3, 7_200.0),
    (2018, 4, 6_900.0),
    (2018, 5, 6_900.0),
    (2018, 6, 6_200.0),
    (2018, 7, 6_300.0),
    (2018, 8, 6_500.0),
];

/// About what is published: days that had more, or fewer, orders than their neighbours.
pub(super) const SPECIAL_DAYS: [(i32, u32, u32, f64); 9] = [
    (2017, 11, 24, 6.4),
    (2017, 11, 25, 3.0),
    (2017, 11, 26, 2.1),
    (2017, 11, 27, 1.6),
    (2018, 8, 25, 0.35),
    (2018, 8, 26, 0.35),
    (2018, 8, 27, 0.25),
    (2018, 8, 28, 0.15),
    (2018, 8, 29, 0.04),
];

/// About what is published: orders by day of the week, from Monday on, and by hour.
pub(super) const WEEKDAYS: [f64; 7] = [16.3, 16.1, 15.6, 14.9, 14.2, 10.9, 12.0];
pub(super) const HOURS: [f64; 24] = [
    2.4, 1.2, 0.5, 0.3, 0.2, 0.2, 0.5, 1.2, 3.0, 4.8, 6.2, 6.6, 6.0, 6.5, 6.6, 6.5, 6.7, 6.2, 5.8,
    6.0, 6.2, 6.2, 5.8, 4.1,
];

/// What is left of `all` without the `share` of it that is distributed as `part`.
const fn rest<const N: usize>(all: [f64; N], part: [f64; N], share: f64) -> [f64; N] {
    let mut rest = all;
    let mut i = 0;
    while i < N {
        rest[i] = (all[i] - share * part[i]) / (1.0 - share);
        i += 1;
    }
    rest
}
