//! Transforms that make a skewed column more even, each fitted once and replayed on new rows.

use crate::error::{Error, ErrorKind, Result};

use super::summary::{Source, Summary, fold_groups};

/// A change of a column's shape before it is scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transform {
    /// Values as they are.
    #[default]
    Identity,
    /// `ln(1 + x)`, for values above −1.
    Log1p,
    /// The square root, for values of at least 0.
    Sqrt,
    /// Yeo and Johnson's power (2000), for any value; its exponent is fitted to the column.
    YeoJohnson,
}

impl Transform {
    /// Every transform, in the order in which help lists them.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Log1p, Self::Sqrt, Self::YeoJohnson];

    /// The name on the command line and in a model file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Log1p => "log1p",
            Self::Sqrt => "sqrt",
            Self::YeoJohnson => "yeo-johnson",
        }
    }

    /// Whether the transform is defined at `x`.
    pub(super) fn accepts(self, x: f64) -> bool {
        match self {
            Self::Identity | Self::YeoJohnson => true,
            Self::Log1p => x > -1.0,
            Self::Sqrt => x >= 0.0,
        }
    }
}

/// A transform with its parameter; increasing in its argument, whatever the parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FittedTransform {
    /// See [`Transform::Identity`].
    Identity,
    /// See [`Transform::Log1p`].
    Log1p,
    /// See [`Transform::Sqrt`].
    Sqrt,
    /// See [`Transform::YeoJohnson`].
    YeoJohnson {
        /// The power: 1 changes nothing, below 1 pulls in a long right tail.
        lambda: f64,
    },
}

impl FittedTransform {
    /// Which transform this is.
    pub fn kind(self) -> Transform {
        match self {
            Self::Identity => Transform::Identity,
            Self::Log1p => Transform::Log1p,
            Self::Sqrt => Transform::Sqrt,
            Self::YeoJohnson { .. } => Transform::YeoJohnson,
        }
    }

    /// The transformed value; NaN stays NaN.
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Self::Identity => x,
            Self::Log1p => x.ln_1p(),
            Self::Sqrt => x.sqrt(),
            Self::YeoJohnson { lambda } if x < 0.0 => -power(2.0 - lambda, (-x).ln_1p()),
            Self::YeoJohnson { lambda } => power(lambda, x.ln_1p()),
        }
    }

    /// The value that is transformed into `y`; infinite or NaN where there is none.
    pub fn invert(self, y: f64) -> f64 {
        match self {
            Self::Identity => y,
            Self::Log1p => y.exp_m1(),
            Self::Sqrt => y * y,
            Self::YeoJohnson { lambda } if y < 0.0 => -root(2.0 - lambda, -y),
            Self::YeoJohnson { lambda } => root(lambda, y),
        }
    }
}

/// `((1 + x)^lambda − 1) / lambda`, given `log = ln(1 + x)`, without its cancellation.
fn power(lambda: f64, log: f64) -> f64 {
    if lambda.abs() < f64::EPSILON { log } else { (lambda * log).exp_m1() / lambda }
}

/// The inverse of [`power`], as `x`.
fn root(lambda: f64, y: f64) -> f64 {
    let log = if lambda.abs() < f64::EPSILON { y } else { (lambda * y).ln_1p() / lambda };
    log.exp_m1()
}

/// Fits `transform` to the column whose values are summed up in `summary`.
///
/// # Errors
/// If the likelihood of Yeo and Johnson's power is nowhere finite.
pub(super) fn fit(
    transform: Transform,
    source: &Source<'_>,
    summary: &Summary,
) -> Result<FittedTransform> {
    match transform {
        Transform::Identity => Ok(FittedTransform::Identity),
        Transform::Log1p => Ok(FittedTransform::Log1p),
        Transform::Sqrt => Ok(FittedTransform::Sqrt),
        // As scikit-learn: a constant column has no shape to mend.
        Transform::YeoJohnson if summary.is_constant() => {
            Ok(FittedTransform::YeoJohnson { lambda: 1.0 })
        }
        Transform::YeoJohnson => {
            Ok(FittedTransform::YeoJohnson { lambda: fit_lambda(source, summary)? })
        }
    }
}

/// The power with the greatest likelihood, searched for as `scipy.stats.yeojohnson_normmax` does:
/// within bounds that keep the variance of the transformed values finite and normal.
fn fit_lambda(source: &Source<'_>, summary: &Summary) -> Result<f64> {
    let log_sum = signed_log_sum(source);
    let n = summary.n as f64;
    let negative_log_likelihood = |lambda: f64| {
        let transform = FittedTransform::YeoJohnson { lambda };
        let transformed = source.with_transform(transform).summarize();
        let value = 0.5 * n * transformed.ln_variance() - (lambda - 1.0) * log_sum;
        // A power that leaves no variance but rounding's would otherwise look best of all.
        if value.is_finite() && !transformed.is_constant() { value } else { f64::INFINITY }
    };

    let (low, high) = lambda_bounds(summary.min, summary.max);
    let (lambda, value) = minimize(negative_log_likelihood, low, high);
    if value.is_finite() {
        return Ok(lambda);
    }
    Err(Error::new(
        ErrorKind::Data,
        "no power of yeo-johnson gives these values a finite likelihood \
         (log1p, sqrt or no transform are accepted)",
    )
    .in_column(source.column.name()))
}

/// `Σ sign(x)·ln(1 + |x|)` over the values that are not missing.
fn signed_log_sum(source: &Source<'_>) -> f64 {
    let sums = fold_groups(source, 0.0, |sum: f64, _, values| {
        let logs = values.iter().filter(|x| !x.is_nan());
        sum + logs.map(|x| x.abs().ln_1p().copysign(*x)).sum::<f64>()
    });
    sums.into_iter().sum()
}

/// The powers that take values up to twenty times the largest to no more than the square root of
/// the double range (github.com/scipy/scipy/pull/18852).
fn lambda_bounds(min: f64, max: f64) -> (f64, f64) {
    /// Beyond this a power is the identity in all but name, and its own square overflows.
    const LARGEST: f64 = 1e150;
    let largest = min.abs().max(max.abs());
    // ln(1 + 20x) = ln(20x) to the last digit where 20x itself would overflow.
    let log = if largest < 1e300 { (20.0 * largest).ln_1p() } else { largest.ln() + 20_f64.ln() };
    let log_eps = f64::EPSILON.ln();
    let low = ((f64::MIN_POSITIVE.ln() - log_eps) / 2.0 / log).max(-LARGEST);
    let high = ((f64::MAX.ln() + log_eps) / 2.0 / log).min(LARGEST);
    let (low, high) = if max < 0.0 {
        (2.0 - high, 2.0 - low)
    } else if min < 0.0 {
        (low.max(2.0 - high), high.min(2.0 - low))
    } else {
        (low, high)
    };
    // No power but the identity suits values near both ends of the range.
    if low <= high { (low, high) } else { (1.0, 1.0) }
}

/// Brent's bounded search for a minimum (`scipy.optimize.fminbound`): golden sections, with a
/// parabola through the three best points where it can be trusted. Returns place and value.
fn minimize(f: impl Fn(f64) -> f64, low: f64, high: f64) -> (f64, f64) {
    const X_TOLERANCE: f64 = 1.48e-8;
    const MAX_EVALUATIONS: usize = 500;
    let root_eps = 2.2e-16_f64.sqrt();
    let golden = 0.5 * (3.0 - 5_f64.sqrt());

    let (mut a, mut b) = (low, high);
    // The best point, the second best, and the one that was second best before.
    let mut best = a + golden * (b - a);
    let (mut second, mut third) = (best, best);
    let mut f_best = f(best);
    let (mut f_second, mut f_third) = (f_best, f_best);
    let (mut step, mut step_before) = (0.0_f64, 0.0_f64);

    for _ in 1..MAX_EVALUATIONS {
        let middle = 0.5 * (a + b);
        let tolerance = root_eps * best.abs() + X_TOLERANCE / 3.0;
        if (best - middle).abs() <= 2.0 * tolerance - 0.5 * (b - a) {
            break;
        }

        let mut parabolic = false;
        if step_before.abs() > tolerance {
            let r = (best - second) * (f_best - f_third);
            let mut q = (best - third) * (f_best - f_second);
            let mut p = (best - third) * q - (best - second) * r;
            q = 2.0 * (q - r);
            if q > 0.0 {
                p = -p;
            }
            q = q.abs();
            let r = step_before;
            step_before = step;
            if p.abs() < (0.5 * q * r).abs() && p > q * (a - best) && p < q * (b - best) {
                parabolic = true;
                step = p / q;
                let x = best + step;
                if x - a < 2.0 * tolerance || b - x < 2.0 * tolerance {
                    step = if middle < best { -tolerance } else { tolerance };
                }
            }
        }
        if !parabolic {
            step_before = if best >= middle { a - best } else { b - best };
            step = golden * step_before;
        }

        let sign = if step < 0.0 { -1.0 } else { 1.0 };
        let x = best + sign * step.abs().max(tolerance);
        let f_x = f(x);
        if f_x <= f_best {
            if x >= best {
                a = best;
            } else {
                b = best;
            }
            (third, f_third) = (second, f_second);
            (second, f_second) = (best, f_best);
            (best, f_best) = (x, f_x);
        } else {
            if x < best {
                a = x;
            } else {
                b = x;
            }
            if f_x <= f_second || second == best {
                (third, f_third) = (second, f_second);
                (second, f_second) = (x, f_x);
            } else if f_x <= f_third || third == best || third == second {
                (third, f_third) = (x, f_x);
            }
        }
    }
    (best, f_best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverses_undo_their_transforms() {
        let transforms = [
            FittedTransform::Identity,
            FittedTransform::Log1p,
            FittedTransform::Sqrt,
            FittedTransform::YeoJohnson { lambda: 0.0 },
            FittedTransform::YeoJohnson { lambda: 2.0 },
            FittedTransform::YeoJohnson { lambda: -0.7 },
            FittedTransform::YeoJohnson { lambda: 1.0 },
            FittedTransform::YeoJohnson { lambda: 2.6 },
        ];
        for transform in transforms {
            for x in [-40.0, -0.5, -1e-9, 0.0, 1e-9, 0.3, 5.0, 1e4] {
                if transform.kind().accepts(x) {
                    let back = transform.invert(transform.apply(x));
                    assert!((back - x).abs() <= 1e-9 * x.abs(), "{transform:?} {x} {back}");
                }
            }
        }
    }

    #[test]
    fn finds_a_minimum_at_a_bound_and_inside() {
        let (x, value) = minimize(|x| (x - 0.3).powi(2) + 1.0, -4.0, 5.0);
        assert!((x - 0.3).abs() < 1e-7 && value >= 1.0, "{x} {value}");
        let (x, _) = minimize(|x| x, 2.0, 3.0);
        assert!((x - 2.0).abs() < 1e-7, "{x}");
    }

    #[test]
    fn extreme_columns_get_finite_bounds() {
        for (min, max) in [(0.0, 5e-324), (-1.7e308, 1.7e308), (-3.0, -1.0), (0.0, f64::MAX)] {
            let (low, high) = lambda_bounds(min, max);
            assert!(low.is_finite() && high.is_finite() && low <= high, "{min} {max} {low} {high}");
        }
    }
}
