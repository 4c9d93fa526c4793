//! The middle of repeated measurements, and how far chance spreads them.

/// Percentiles of repeated measurements of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The 2.5th percentile.
    pub low: f64,
    /// The 50th.
    pub median: f64,
    /// The 97.5th.
    pub high: f64,
}

impl Band {
    /// Of these measurements, none of which is NaN; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let [low, median, high] = [0.025, 0.5, 0.975].map(|p| quantile(&sorted, p));
        Some(Self { low: low?, median: median?, high: high? })
    }
}

/// The quantile `p` of ascending values, between two of them by straight lines, as numpy has it;
/// `None` of none.
pub(super) fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = p * last as f64;
    let below = (at as usize).min(last);
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numpys() {
        // numpy.percentile([1, 2, 4, 8, 16], [2.5, 50, 97.5])
        let band = Band::of(&[16.0, 1.0, 8.0, 2.0, 4.0]).unwrap();
        assert!((band.low - 1.1).abs() < 1e-12 && (band.high - 15.2).abs() < 1e-12);
        assert_eq!(band.median, 4.0);
        assert_eq!(Band::of(&[]), None);
        assert_eq!(Band::of(&[0.5]), Some(Band { low: 0.5, median: 0.5, high: 0.5 }));
    }
}
