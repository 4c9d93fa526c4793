//! How far the distribution of a feature has moved: effect sizes, since with tens of thousands of
//! customers any difference is significant.

use super::band::quantile;

/// How far a feature has moved between two dates.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The feature.
    pub name: String,
    /// The population stability index Σ (q − p)·ln(q / p) over bins that were fixed at the first date: its
    /// tenths, and one for missing values. Half a customer stands in an empty bin. By custom below 0.1 is
    /// stable, above 0.25 calls for action.
    pub psi: f64,
    /// The largest difference between the two cumulative distributions of the values that are not missing
    /// (Kolmogorov and Smirnov's D); 0 where one date has none.
    pub ks: f64,
    /// The mean at the first date, in the feature's unit; `None` if all are missing.
    pub mean_before: Option<f64>,
    /// The mean at the second date.
    pub mean_after: Option<f64>,
}

impl Drift {
    /// Of `before` and `after`, values of one feature; NaN where it is missing.
    pub fn between(name: &str, before: &[f32], after: &[f32]) -> Self {
        let (old, new) = (present(before), present(after));
        let missing = |all: &[f32], present: &[f64]| (all.len() - present.len()) as u64;
        let edges = edges(&old);
        let mut counts = [binned(&old, &edges), binned(&new, &edges)];
        counts[0].push(missing(before, &old));
        counts[1].push(missing(after, &new));
        Self {
            name: name.to_owned(),
            psi: psi(&counts[0], &counts[1]),
            ks: ks(&old, &new),
            mean_before: mean(&old),
            mean_after: mean(&new),
        }
    }
}

/// Ascending, without those that are missing.
fn present(values: &[f32]) -> Vec<f64> {
    let mut present: Vec<f64> =
        values.iter().filter(|x| !x.is_nan()).map(|&x| f64::from(x)).collect();
    present.sort_unstable_by(f64::total_cmp);
    present
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The upper ends of all bins but the last: tenths, of which equal ones are one.
fn edges(sorted: &[f64]) -> Vec<f64> {
    let mut edges: Vec<f64> =
        (1..10).filter_map(|tenth| quantile(sorted, f64::from(tenth) / 10.0)).collect();
    edges.dedup();
    edges
}

fn binned(sorted: &[f64], edges: &[f64]) -> Vec<u64> {
    let ends = edges.iter().map(|edge| sorted.partition_point(|x| x <= edge));
    let mut before = 0;
    let bins = ends.chain([sorted.len()]).map(|end| {
        let n = end - before;
        before = end;
        n as u64
    });
    bins.collect()
}

fn psi(before: &[u64], after: &[u64]) -> f64 {
    // A bin that nobody was ever in says nothing.
    let used = before.iter().zip(after).filter(|&(&p, &q)| p + q > 0);
    let at_least = |n: u64| if n == 0 { 0.5 } else { n as f64 };
    let (before, after): (Vec<f64>, Vec<f64>) =
        used.map(|(&p, &q)| (at_least(p), at_least(q))).unzip();
    let (all_before, all_after): (f64, f64) = (before.iter().sum(), after.iter().sum());
    let shares = before.iter().zip(&after).map(|(p, q)| (p / all_before, q / all_after));
    shares.map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

/// Both are ascending.
fn ks(old: &[f64], new: &[f64]) -> f64 {
    if old.is_empty() || new.is_empty() {
        return 0.0;
    }
    let (mut i, mut j, mut most) = (0, 0, 0.0_f64);
    while i < old.len() && j < new.len() {
        let value = old[i].min(new[j]);
        i += old[i..].iter().take_while(|&&x| x <= value).count();
        j += new[j..].iter().take_while(|&&x| x <= value).count();
        let difference = i as f64 / old.len() as f64 - j as f64 / new.len() as f64;
        most = most.max(difference.abs());
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Purpose, Seed};

    fn normal(n: usize, shift: f64, index: u64) -> Vec<f32> {
        let mut stream = Seed(1).stream(Purpose::Synthetic, index);
        (0..n).map(|_| (stream.normal() + shift) as f32).collect()
    }

    #[test]
    fn the_same_has_not_moved() {
        let values = normal(1_000, 0.0, 0);
        let drift = Drift::between("x", &values, &values);
        assert_eq!((drift.psi, drift.ks), (0.0, 0.0));
        assert_eq!(drift.mean_before, drift.mean_after);
    }

    #[test]
    fn a_shift_has_the_size_that_theory_gives() {
        // Of two normals a standard deviation apart D is 2Φ(1/2) − 1 = 0.3829.
        let drift = Drift::between("x", &normal(50_000, 0.0, 0), &normal(50_000, 1.0, 1));
        assert!((drift.ks - 0.3829).abs() < 0.01, "{}", drift.ks);
        // Over tenths of the first, Σ (q − p)·ln(q / p) is 0.926, from the normal distribution.
        assert!((drift.psi - 0.926).abs() < 0.03, "{}", drift.psi);
        // Chance alone: about (bins − 1)·(1/n + 1/m).
        let still = Drift::between("x", &normal(50_000, 0.0, 0), &normal(50_000, 0.0, 1));
        assert!(still.psi < 0.002 && still.ks < 0.02, "{still:?}");
    }

    #[test]
    fn missing_values_are_a_bin_and_few_values_few_bins() {
        let before = [1.0, 1.0, 1.0, 2.0];
        let after = [1.0, 1.0, f32::NAN, f32::NAN];
        let drift = Drift::between("x", &before, &after);
        // Bins: 1, more, missing; of 4 and half a customer, of 4 and half a customer.
        let (p, q) = ([3.0, 1.0, 0.5], [2.0, 0.5, 2.0]);
        let expected: f64 =
            p.iter().zip(q).map(|(p, q): (&f64, f64)| (q - p) / 4.5 * (q / p).ln()).sum();
        assert!((drift.psi - expected).abs() < 1e-12, "{} {expected}", drift.psi);
        assert_eq!(drift.ks, 0.25);
        let none = Drift::between("x", &[f32::NAN], &[f32::NAN]);
        assert_eq!((none.psi, none.ks, none.mean_before), (0.0, 0.0, None));
    }

    #[test]
    fn a_new_value_fills_a_bin_that_was_empty() {
        let drift = Drift::between("flag", &[0.0; 100], &[1.0; 100]);
        assert!(drift.psi.is_finite() && drift.psi > 5.0, "{}", drift.psi);
        assert_eq!(drift.ks, 1.0);
    }
}
