//! Amounts of money as whole numbers, so that sums are exact and the same in any order.

use std::iter::Sum;
use std::ops::{Add, Neg};

/// An amount in ten-thousandths of the shop's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    const PARTS: f64 = 10_000.0;
    /// What one amount may be at most, either way.
    pub const MOST: f64 = 1e8;

    /// The amount that is nearest to `x` units; `None` if it is not finite or beyond [`MOST`](Self::MOST).
    pub fn from_units(x: f64) -> Option<Self> {
        (x.abs() <= Self::MOST).then(|| Self((x * Self::PARTS).round() as i64))
    }

    /// In units of the currency.
    pub fn units(self) -> f64 {
        self.0 as f64 / Self::PARTS
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, n: u64) -> Self {
        Self(self.0.saturating_mul(i64::try_from(n).unwrap_or(i64::MAX)))
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Add for Money {
    type Output = Self;

    /// Stops at the ends of the range, which nine million of the largest amounts do not reach.
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_in_any_order() {
        let amounts = [0.1, 0.2, 29.99, 1e8].map(|x| Money::from_units(x).unwrap());
        let forward: Money = amounts.into_iter().sum();
        assert_eq!(forward, amounts.into_iter().rev().sum());
        assert_eq!(forward.units(), 100_000_030.29);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for x in [f64::NAN, f64::INFINITY, -1.1e8] {
            assert_eq!(Money::from_units(x), None);
        }
        assert!(Money::from_units(-0.00004) == Some(Money::default()));
        assert!(Money::from_units(-1.0).is_some_and(Money::is_negative));
    }
}
