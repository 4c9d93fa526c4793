//! How far several labelings of the same rows agree.

use rayon::prelude::*;

use crate::error::Result;
use crate::metrics::{Contingency, Labeling};

/// Adjusted Rand indices, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// How many there are.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (of a sample: by n − 1); `None` of one.
    pub sd: Option<f64>,
    /// The smallest.
    pub min: f64,
}

impl Agreement {
    /// Between every two of `labelings`; `None` where there are no two, for what is compared with
    /// nothing does not agree.
    ///
    /// # Errors
    /// If they are of different numbers of rows.
    pub fn between(labelings: &[Labeling<'_>]) -> Result<Option<Self>> {
        let n = labelings.len();
        let pairs: Vec<(usize, usize)> =
            (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect();
        let scores: Result<Vec<f64>> = pairs
            .into_par_iter()
            .map(|(a, b)| Ok(Contingency::new(&labelings[a], &labelings[b])?.adjusted_rand()))
            .collect();
        Ok(Self::of(&scores?))
    }

    /// Of these indices; `None` of none.
    pub fn of(scores: &[f64]) -> Option<Self> {
        let n = scores.len();
        if n == 0 {
            return None;
        }
        let mean = scores.iter().sum::<f64>() / n as f64;
        let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
        Some(Self {
            n,
            mean,
            sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
            min: scores.iter().copied().fold(f64::INFINITY, f64::min),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_labeling_agrees_with_nothing() {
        let labels = [0, 1, 1];
        let one = [Labeling::new(&labels).unwrap()];
        assert_eq!(Agreement::between(&one).unwrap(), None);
        assert_eq!(Agreement::of(&[]), None);
        let single = Agreement::of(&[0.5]).unwrap();
        assert_eq!((single.mean, single.sd, single.min), (0.5, None, 0.5));
    }

    #[test]
    fn every_two_are_compared_once() {
        let (a, b) = ([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1]);
        let [first, second] = [&a, &b].map(|labels| Labeling::new(labels).unwrap());
        let other = Contingency::new(&first, &second).unwrap().adjusted_rand();
        let all = [first.clone(), first, second];
        let found = Agreement::between(&all).unwrap().unwrap();
        let scores = [1.0, other, other];
        assert_eq!(Some(found), Agreement::of(&scores));
        let mean = (1.0 + 2.0 * other) / 3.0;
        let sd = (((1.0 - mean).powi(2) + 2.0 * (other - mean).powi(2)) / 2.0_f64).sqrt();
        assert!((found.mean - mean).abs() < 1e-15 && (found.sd.unwrap() - sd).abs() < 1e-15);
        assert_eq!((found.n, found.min), (3, other));
    }
}
