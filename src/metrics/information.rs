//! What one labeling tells about another, in nats.

use rayon::prelude::*;

use super::Contingency;

impl Contingency {
    /// The mutual information of the two labelings.
    pub fn mutual_info(&self) -> f64 {
        let n = self.n() as f64;
        let terms = self.cells().iter().map(|cell| {
            let expected = self.truth_sizes()[cell.truth as usize] as f64
                * self.prediction_sizes()[cell.prediction as usize] as f64;
            let cell = cell.n as f64;
            cell / n * (cell * n / expected).ln()
        });
        terms.sum::<f64>().max(0.0)
    }

    /// The share of what the first labeling says that the second one tells (Rosenberg and Hirschberg
    /// 2007): 1 if each cluster of the second holds rows of one cluster of the first only.
    pub fn homogeneity(&self) -> f64 {
        share(self.mutual_info(), entropy(self.truth_sizes(), self.n()))
    }

    /// [`homogeneity`](Self::homogeneity) with the labelings exchanged: 1 if each cluster of the first
    /// lies within one of the second.
    pub fn completeness(&self) -> f64 {
        share(self.mutual_info(), entropy(self.prediction_sizes(), self.n()))
    }

    /// The harmonic mean of [`homogeneity`](Self::homogeneity) and
    /// [`completeness`](Self::completeness).
    pub fn v_measure(&self) -> f64 {
        let (homogeneity, completeness) = (self.homogeneity(), self.completeness());
        let sum = homogeneity + completeness;
        if sum == 0.0 { 0.0 } else { 2.0 * homogeneity * completeness / sum }
    }

    /// Mutual information by the mean of the two entropies: 1 for equal labelings. Independent ones
    /// come to more than 0, and the more the more clusters there are.
    pub fn normalized_mutual_info(&self) -> f64 {
        if self.are_single() {
            return 1.0;
        }
        let mutual = self.mutual_info();
        if mutual == 0.0 { 0.0 } else { mutual / self.mean_entropy() }
    }

    /// [`normalized_mutual_info`](Self::normalized_mutual_info) above what chance gives (Vinh, Epps
    /// and Bailey 2010): about 0 for independent labelings. Also called AMI.
    ///
    /// Takes time in the product of the numbers of clusters of different sizes.
    pub fn adjusted_mutual_info(&self) -> f64 {
        // scikit-learn's rules for what would be 0/0.
        let (k_truth, k_prediction) = (used(self.truth_sizes()), used(self.prediction_sizes()));
        if k_truth == 1 || k_prediction == 1 {
            return if k_truth == k_prediction { 1.0 } else { 0.0 };
        }
        let away_from_zero = |x: f64| {
            if x < 0.0 { x.min(-f64::EPSILON) } else { x.max(f64::EPSILON) }
        };
        let expected = self.expected_mutual_info();
        away_from_zero(self.mutual_info() - expected)
            / away_from_zero(self.mean_entropy() - expected)
    }

    fn are_single(&self) -> bool {
        used(self.truth_sizes()) == 1 && used(self.prediction_sizes()) == 1
    }

    fn mean_entropy(&self) -> f64 {
        (entropy(self.truth_sizes(), self.n()) + entropy(self.prediction_sizes(), self.n())) / 2.0
    }

    /// The mean of [`mutual_info`](Self::mutual_info) over all labelings with clusters of these
    /// sizes.
    pub fn expected_mutual_info(&self) -> f64 {
        let (truth, prediction) = (by_size(self.truth_sizes()), by_size(self.prediction_sizes()));
        let by_truth: Vec<f64> = truth
            .par_iter()
            .map(|&(a, times_a)| {
                let terms = prediction.iter().map(|&(b, times_b)| {
                    times_a as f64 * times_b as f64 * expected_term(a, b, self.n())
                });
                terms.sum()
            })
            .collect();
        by_truth.iter().sum()
    }
}

/// What a cell contributes to the mutual information on average, if its clusters have `a` and `b` of
/// `n` rows and rows are shared out by chance: its size is then hypergeometric.
///
/// Probabilities follow from each other by ratios, from the most likely size on both ways until they
/// no longer count, and are divided by their sum in the end. (With factorials, their logarithms would
/// cancel to as many digits less as `n` has.) So it takes time in √n, not in n.
fn expected_term(a: u64, b: u64, n: u64) -> f64 {
    /// Of the most likely size's probability.
    const NEGLIGIBLE: f64 = 1e-20;
    let least = (a + b).saturating_sub(n);
    let most = a.min(b);
    let [af, bf, nf] = [a, b, n].map(|x| x as f64);
    let likely = ((af + 1.0) * (bf + 1.0) / (nf + 2.0)) as u64;
    let likely = likely.clamp(least, most);
    let information = |size: u64| {
        let size = size as f64;
        if size == 0.0 { 0.0 } else { size / nf * (nf * size / (af * bf)).ln() }
    };
    // P(size + 1) by P(size).
    let ratio = |size: u64| {
        let size = size as f64;
        (af - size) * (bf - size) / ((size + 1.0) * (nf - af - bf + size + 1.0))
    };
    let (mut total, mut sum) = (1.0, information(likely));
    let mut probability = 1.0;
    for size in likely..most {
        probability *= ratio(size);
        if probability < NEGLIGIBLE {
            break;
        }
        total += probability;
        sum += probability * information(size + 1);
    }
    probability = 1.0;
    for size in (least..likely).rev() {
        probability /= ratio(size);
        if probability < NEGLIGIBLE {
            break;
        }
        total += probability;
        sum += probability * information(size);
    }
    sum / total
}

/// How many clusters have each size.
fn by_size(sizes: &[u64]) -> Vec<(u64, u64)> {
    let mut sizes: Vec<u64> = sizes.iter().copied().filter(|&size| size > 0).collect();
    sizes.sort_unstable();
    sizes.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect()
}

fn used(sizes: &[u64]) -> usize {
    sizes.iter().filter(|&&size| size > 0).count()
}

fn entropy(sizes: &[u64], n: u64) -> f64 {
    let n = n as f64;
    let terms = sizes.iter().filter(|&&size| size > 0).map(|&size| {
        let size = size as f64;
        size / n * (n / size).ln()
    });
    terms.sum()
}

/// `part` of `whole`; all of it where there is nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By factorials, over the whole range of sizes.
    fn textbook(a: u64, b: u64, n: u64) -> f64 {
        let ln_factorial = |x: u64| (1..=x).map(|i| (i as f64).ln()).sum::<f64>();
        let known: f64 = [a, b, n - a, n - b].into_iter().map(ln_factorial).sum();
        let sizes = (a + b).saturating_sub(n).max(1)..=a.min(b);
        sizes
            .map(|size| {
                let rest = [n, size, a - size, b - size, n + size - a - b];
                let rest: f64 = rest.into_iter().map(ln_factorial).sum();
                let (x, n) = (size as f64, n as f64);
                x / n * (n * x / (a as f64 * b as f64)).ln() * (known - rest).exp()
            })
            .sum()
    }

    #[test]
    fn the_expected_term_is_that_of_the_textbook() {
        for n in [2, 3, 10, 57, 300] {
            for a in [1, 2, n / 3, n / 2, n - 1, n] {
                for b in [1, n / 2, n / 5, n] {
                    if (1..=n).contains(&a) && (1..=n).contains(&b) {
                        let (ours, expected) = (expected_term(a, b, n), textbook(a, b, n));
                        assert!((ours - expected).abs() < 1e-12, "{a} {b} {n}: {ours} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn large_tables_take_no_time() {
        // About 1/(2n) per degree of freedom, of which this cell has a quarter.
        let n = 1_000_000_000;
        let term = expected_term(n / 2, n / 2, n);
        assert!((term * 8.0 * n as f64 - 1.0).abs() < 1e-3, "{term}");
    }
}
