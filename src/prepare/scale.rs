//! Shift and scale per column, and one exact power of two for all where squares would not fit.

use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::scalar::Precision;
use crate::warning::Warning;

use super::summary::{Source, Summary, exponent_of, order_statistics, pow2, unit_exponent};

/// How columns are made comparable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Less the mean, by the population standard deviation.
    #[default]
    Standard,
    /// Less the median, by the interquartile range: a few far values do not matter.
    Robust,
    /// Less the minimum, by the range: from 0 to 1.
    MinMax,
    /// As they are: the columns share a unit already.
    None,
}

impl Scale {
    /// Every scale, in the order in which help lists them.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Robust, Self::MinMax, Self::None];

    /// The name on the command line and in a model file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Robust => "robust",
            Self::MinMax => "minmax",
            Self::None => "none",
        }
    }
}

/// What one column's values go through after their transform: times 2^−exponent, then `affine`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnScale {
    /// Not 0 only where `affine` alone would overflow or underflow.
    pub(super) exponent: i32,
    pub(super) affine: Affine,
    /// The prepared values of the smallest and the largest value.
    range: (f64, f64),
    constant: bool,
}

/// Fits one column's scale.
///
/// `source` is the transformed column, `arithmetic` the type in which a tile will work on it, and
/// `copied` says that its transformed values will be kept in that type.
///
/// # Errors
/// If no pair of finite numbers scales the column.
pub(super) fn fit_column(
    scale: Scale,
    source: &Source<'_>,
    summary: &Summary,
    arithmetic: Precision,
    copied: bool,
) -> Result<(ColumnScale, Option<Warning>)> {
    let name = source.column.name();
    let constant = summary.is_constant();
    let mut warning = constant.then(|| Warning::ConstantColumn { column: name.into() });

    // In the unit in which the summary is kept.
    let unit = pow2(-summary.exponent);
    let (centre, mut spread) = match scale {
        Scale::None => (0.0, 1.0 * unit),
        Scale::Standard => (summary.mean, summary.variance().sqrt()),
        Scale::MinMax => (summary.min * unit, summary.max * unit - summary.min * unit),
        Scale::Robust => quartiles(source, summary)?,
    };
    if scale != Scale::None && (constant || spread == 0.0) {
        if !constant {
            warning = Some(Warning::NoSpread { column: name.into() });
        }
        // As scikit-learn, by 1; but what rounding left of a large constant must stay small.
        let noisy = constant && summary.min < summary.max;
        let divisor = if noisy { pow2(exponent_of(summary.largest()).max(0)) } else { 1.0 };
        spread = divisor * unit;
    }

    let wide = match arithmetic {
        Precision::F32 => 120,
        Precision::F64 => 1000,
    };
    let largest = unit_exponent(summary.largest());
    let spread_exponent = exponent_of(spread) + summary.exponent;
    let fits = largest.abs() < wide && spread_exponent > -wide;
    let exponent = match scale {
        // Nothing is subtracted, so only a copy could overflow before the common factor.
        Scale::None if !copied => 0,
        _ if summary.min == summary.max && !copied => 0,
        _ if fits || summary.largest() == 0.0 => 0,
        _ => largest,
    };

    // From the summary's unit to that of the copy.
    let change = summary.exponent - exponent;
    let shift = times_pow2(centre, change);
    let affine = Affine { shift, scale: 1.0 / times_pow2(spread, change) };
    let at = |x: f64| affine.apply(times_pow2(x, -exponent));
    let range = (at(summary.min), at(summary.max));
    if !(affine.scale.is_finite() && range.0.is_finite() && range.1.is_finite()) {
        return Err(Error::data(format!(
            "values from {:e} to {:e} are too far apart for --scale {} (try --scale standard)",
            summary.min,
            summary.max,
            scale.name()
        ))
        .in_column(name));
    }
    Ok((ColumnScale { exponent, affine, range, constant }, warning))
}

/// Median and interquartile range in the summary's unit, interpolated as numpy does.
fn quartiles(source: &Source<'_>, summary: &Summary) -> Result<(f64, f64)> {
    let last = summary.n - 1;
    let place = |quarters: u64| {
        // Exact: n is far below 2^51.
        let at = last as f64 * (quarters as f64 / 4.0);
        (at.floor() as u64, at.fract())
    };
    let places = [place(1), place(2), place(3)];
    let ranks: Vec<_> = places.iter().flat_map(|&(rank, _)| [rank, (rank + 1).min(last)]).collect();
    let unit = pow2(-summary.exponent);
    let values = order_statistics(source, summary.n, &ranks)?;
    let at = |i: usize, unit: f64| {
        let (low, high) = (values[2 * i] * unit, values[2 * i + 1] * unit);
        let share = places[i].1;
        if share < 0.5 { low + (high - low) * share } else { high - (high - low) * (1.0 - share) }
    };
    let spread = at(2, unit) - at(0, unit);
    // Where a far value sets the unit, a spread may vanish in it without being nothing.
    let vanished = spread == 0.0 && at(2, 1.0) - at(0, 1.0) > 0.0;
    Ok((at(1, unit), if vanished { f64::from_bits(1) } else { spread }))
}

/// Multiplies every column with one power of two where the squares of prepared values, or sums of
/// them, would leave the range of `precision`; then rounds to what tiles apply.
///
/// `arithmetic` holds, per column, the type in which a tile works on it.
///
/// # Errors
/// If a column's scale cannot be represented.
pub(super) fn settle(
    columns: &mut [ColumnScale],
    names: &[&str],
    arithmetic: &[Precision],
    precision: Precision,
) -> Result<Option<Warning>> {
    let exponent = common_exponent(columns, precision);
    for ((column, name), arithmetic) in columns.iter_mut().zip(names).zip(arithmetic) {
        let mut affine = column.affine;
        affine.scale = times_pow2(affine.scale, -exponent);
        if *arithmetic == Precision::F32 {
            affine.shift = f64::from(affine.shift as f32);
            affine.scale = f64::from(affine.scale as f32);
        }
        let smallest = match arithmetic {
            Precision::F32 => f64::from(f32::MIN_POSITIVE),
            Precision::F64 => f64::MIN_POSITIVE,
        };
        if !affine.scale.is_finite() || affine.scale < smallest || !affine.shift.is_finite() {
            return Err(Error::data(format!(
                "cannot be scaled along with the other columns in {} (try --scale standard{})",
                precision.name(),
                if precision == Precision::F32 { " or --precision f64" } else { "" }
            ))
            .in_column(name));
        }
        column.affine = affine;
    }
    Ok((exponent != 0).then_some(Warning::CommonFactor { exponent: -exponent, precision }))
}

/// The exponent of the power of two by which all prepared values are to be divided: 0 nearly always.
fn common_exponent(columns: &[ColumnScale], precision: Precision) -> i32 {
    let largest = columns.iter().map(|c| c.range.0.abs().max(c.range.1.abs())).fold(0.0, f64::max);
    let limit = safe_exponent(precision, columns.len());
    let excess = exponent_of(largest) - limit;
    if largest > 0.0 && excess >= 0 {
        return excess + 1;
    }
    // Below this, squared differences would lose their last digits to underflow.
    let (low, furthest) = match precision {
        Precision::F32 => (-30, -120),
        Precision::F64 => (-400, -1000),
    };
    let spreads = columns.iter().filter(|c| !c.constant).map(|c| c.range.1 - c.range.0);
    let spread = spreads.fold(0.0, f64::max);
    if spread > 0.0 && exponent_of(spread) < low { exponent_of(spread).max(furthest) } else { 0 }
}

/// Prepared values below 2^this have squared distances over `n_features` columns whose sums over a
/// tile (single precision) or over any number of rows (double) are finite.
pub(super) fn safe_exponent(precision: Precision, n_features: usize) -> i32 {
    let columns = n_features.max(1).next_power_of_two().trailing_zeros() as i32;
    match precision {
        Precision::F32 => (124 - 10 - columns) / 2 - 1,
        Precision::F64 => (1020 - 48 - columns) / 2 - 1,
    }
}

/// `x`·2^exponent, also where the factor alone has no representation.
pub(super) fn times_pow2(x: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    x * pow2(half) * pow2(exponent - half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn fit(scale: Scale, values: &[f64]) -> Result<(ColumnScale, Option<Warning>)> {
        let column = Column::from_f64("x", values.to_vec());
        let source = Source::raw(&column);
        fit_column(scale, &source, &source.summarize(), Precision::F64, false)
    }

    #[test]
    fn a_value_for_all_rows_is_not_divided_by_nothing() {
        for scale in [Scale::Standard, Scale::Robust, Scale::MinMax] {
            let (column, warning) = fit(scale, &[7.0; 9]).unwrap();
            assert_eq!(column.affine, Affine { shift: 7.0, scale: 1.0 }, "{scale:?}");
            assert!(matches!(warning, Some(Warning::ConstantColumn { .. })));
        }
        let (column, warning) = fit(Scale::Robust, &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0]).unwrap();
        assert_eq!(column.affine, Affine { shift: 1.0, scale: 1.0 });
        assert!(matches!(warning, Some(Warning::NoSpread { .. })));
    }

    #[test]
    fn rounding_noise_on_a_large_constant_stays_small() {
        let value = 1e300_f64;
        let values: Vec<_> =
            (0..50).map(|i| if i % 2 == 0 { value } else { value.next_up() }).collect();
        let (column, _) = fit(Scale::Standard, &values).unwrap();
        assert!(column.range.1 - column.range.0 < 1e-15, "{column:?}");
    }

    #[test]
    fn what_cannot_be_scaled_is_refused() {
        let mut values = vec![0.0, 1e-310, 2e-310, 3e-310, 4e-310, 5e-310];
        values.push(1e300);
        assert_eq!(fit(Scale::Robust, &values).unwrap_err().column(), Some("x"));
        assert!(fit(Scale::Standard, &values).is_ok());
    }

    #[test]
    fn safe_squares_are_finite() {
        for n_features in [1, 3, 8, 1000, 5000] {
            let z = 2_f32.powi(safe_exponent(Precision::F32, n_features));
            assert!((1024.0 * n_features as f32 * (2.0 * z) * (2.0 * z)).is_finite());
            let z = 2_f64.powi(safe_exponent(Precision::F64, n_features));
            assert!((2_f64.powi(45) * n_features as f64 * (2.0 * z) * (2.0 * z)).is_finite());
        }
    }
}
