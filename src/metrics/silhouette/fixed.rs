//! Sums that come out the same in any order: whole multiples of one unit.

/// The unit, a power of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    exponent: i32,
}

impl Unit {
    /// Bits that the largest sum may take, of 127.
    const BITS: i32 = 120;

    /// For sums up to `largest`. A number that is 2^-60 of it still has sixty bits.
    pub(super) fn new(largest: f64) -> Self {
        // Above the exponent of `largest`, which may be subnormal or 0.
        let above = if largest > 0.0 { largest.log2().ceil() as i32 + 1 } else { 0 };
        Self { exponent: above - Self::BITS }
    }

    /// The number of units in `x`, which is not negative, rounded down.
    pub(super) fn count(self, x: f64) -> i128 {
        const MANTISSA_BITS: u32 = 52;
        let bits = x.to_bits();
        let (exponent, fraction) =
            ((bits >> MANTISSA_BITS) as i32, bits & ((1 << MANTISSA_BITS) - 1));
        let mantissa = if exponent > 0 { fraction | 1 << MANTISSA_BITS } else { fraction };
        let shift = exponent.max(1) - 1075 - self.exponent;
        if shift >= 0 {
            i128::from(mantissa) << shift
        } else {
            i128::from(mantissa).checked_shr(shift.unsigned_abs()).unwrap_or(0)
        }
    }

    /// What so many units are.
    pub(super) fn value(self, count: i128) -> f64 {
        // In two steps, since the unit itself may have no representation.
        let half = self.exponent / 2;
        count as f64 * 2_f64.powi(half) * 2_f64.powi(self.exponent - half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_to_their_last_bit() {
        for largest in [1.0, 3e5, 1e300, 1e-300, 5e-324] {
            let unit = Unit::new(largest);
            for share in [1.0, 0.3, 1e-9, 1e-18] {
                let x = largest * share;
                assert_eq!(unit.value(unit.count(x)), x, "{largest} {share}");
            }
        }
        assert_eq!(Unit::new(0.0).count(0.0), 0);
    }

    #[test]
    fn order_does_not_matter_and_nothing_is_swallowed() {
        let unit = Unit::new(1e9);
        let mut numbers = vec![1e8, 1e-8, 3.3, 2e7, 1e-3];
        let sum = |numbers: &[f64]| -> i128 { numbers.iter().map(|&x| unit.count(x)).sum() };
        let forward = sum(&numbers);
        numbers.reverse();
        assert_eq!(forward, sum(&numbers));
        assert_eq!(unit.value(forward - unit.count(1e8) - unit.count(2e7)), 3.3 + 1e-3 + 1e-8);
    }
}
