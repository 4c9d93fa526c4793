//! What is drawn from a stream again and again.

use super::super::money::Money;
use super::super::time::{Day, Moment};
use crate::seed::Stream;

/// Seconds.
pub(super) const DAY: f64 = 86_400.0;
pub(super) const HOUR: f64 = 3_600.0;

/// True in a share of `p` of the cases.
pub(super) fn chance(stream: &mut Stream, p: f64) -> bool {
    stream.uniform() < p
}

/// An index, as often as its weight says.
pub(super) fn pick(stream: &mut Stream, weights: &[f64]) -> usize {
    at_quantile(stream.uniform(), weights)
}

/// The index at which the weights, added up, pass the share `u` of their sum.
pub(super) fn at_quantile(u: f64, weights: &[f64]) -> usize {
    let mut left = u * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    // Rounding may leave a little; no weight of zero stands last.
    weights.len() - 1
}

/// One of `options`, each as often.
pub(super) fn one_of<T: Copy>(stream: &mut Stream, options: &[T]) -> T {
    options[stream.below(options.len())]
}

/// An index below `n`, the lower ones more often: the square of a uniform number.
pub(super) fn popular(stream: &mut Stream, n: u64) -> u64 {
    let u = stream.uniform();
    (u * u * n as f64) as u64
}

/// Log-normal, by its median and the standard deviation of its logarithm.
pub(super) fn log_normal(stream: &mut Stream, (median, deviation): (f64, f64)) -> f64 {
    median * (deviation * stream.normal()).exp()
}

/// Exponential, by its mean.
pub(super) fn exponential(stream: &mut Stream, mean: f64) -> f64 {
    -mean * (1.0 - stream.uniform()).ln()
}

/// A key of 128 random bits, as 32 hexadecimal digits.
pub(super) fn key(stream: &mut Stream) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut key = String::with_capacity(32);
    for _ in 0..2 {
        let bits = stream.bits();
        key.extend((0..16).rev().map(|at| char::from(DIGITS[(bits >> (4 * at) & 15) as usize])));
    }
    key
}

/// The normal quantile, by Tukey's lambda distribution: within 0.01 for 99 % of the range, and
/// finite at its ends.
pub(super) fn normal_quantile(p: f64) -> f64 {
    4.91 * (p.powf(0.14) - (1.0 - p).powf(0.14))
}

/// The share of normal numbers below `x`, by the logistic curve that is nearest (within 0.01).
pub(super) fn normal_share(x: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * x).exp())
}

/// The moment so many seconds after 1970 began. Whatever is drawn lies between 1970 and 2105.
pub(super) fn moment(seconds: i64) -> Moment {
    Moment::from_seconds(seconds).unwrap_or(Moment::EARLIEST)
}

/// The day so many days after 1970 began, likewise.
pub(super) fn day(days: i64) -> Day {
    Day::from_days(days).unwrap_or(Day::EARLIEST)
}

/// A day of the calendar that exists.
pub(super) fn date(year: i32, month: u32, day: u32) -> Day {
    Day::from_ymd(year, month, day).unwrap_or(Day::EARLIEST)
}

/// An amount from hundredths, in which all amounts are drawn.
pub(super) fn money(cents: i64) -> Money {
    Money::from_units(cents as f64 / 100.0).unwrap_or_default()
}
