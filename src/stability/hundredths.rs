//! Numbers with two decimals, as they are printed.

use std::iter::Sum;
use std::ops::{Add, Sub};

/// A number of hundredths: an amount in cents, hours or visits to two decimals.
///
/// What is added up is what is printed, so that a reader who recomputes a total finds the same one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hundredths(i64);

impl Hundredths {
    /// The nearest one to `x`, halves away from zero; the ends of the range where it lies beyond them.
    pub fn nearest(x: f64) -> Self {
        Self((x * 100.0).round() as i64)
    }

    /// So many of them.
    pub fn count(self) -> i64 {
        self.0
    }

    /// As a number.
    pub fn value(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// The product, to the nearest hundredth, halves away from zero.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self::of(rounded(i128::from(self.0) * i128::from(other.0), 100))
    }

    /// So many times as much.
    #[must_use]
    pub fn repeated(self, n: i64) -> Self {
        Self(self.0.saturating_mul(n))
    }

    /// An `n`th of it, to the nearest hundredth, halves away from zero; all of it if `n` is 0.
    #[must_use]
    pub fn divided(self, n: u32) -> Self {
        Self::of(rounded(i128::from(self.0), i128::from(n.max(1))))
    }

    fn of(count: i128) -> Self {
        Self(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// `count / parts`, halves away from zero.
fn rounded(count: i128, parts: i128) -> i128 {
    count.signum() * ((2 * count.abs() + parts) / (2 * parts))
}

impl Add for Hundredths {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Hundredths {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Hundredths {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_what_is_printed() {
        let tenths = [0.1, 0.2, 0.3].map(Hundredths::nearest);
        assert_eq!(tenths.into_iter().sum::<Hundredths>(), Hundredths(60));
        assert_eq!(Hundredths::nearest(64.285_714), Hundredths(6429));
    }

    #[test]
    fn products_and_parts_are_rounded_halves_up() {
        let [a, b] = [6.52, 64.29].map(Hundredths::nearest);
        // 419.1708
        assert_eq!(a.times(b), Hundredths(41_917));
        assert_eq!(Hundredths(50).times(Hundredths(1)), Hundredths(1));
        assert_eq!(Hundredths(49).times(Hundredths(1)), Hundredths(0));
        assert_eq!(Hundredths(1_000).divided(12), Hundredths(83));
        assert_eq!(Hundredths(-150).divided(100), Hundredths(-2));
        assert_eq!(Hundredths(7).divided(0), Hundredths(7));
    }
}
