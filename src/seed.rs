//! Randomness that does not depend on threads or order: one stream per (purpose, index).

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The user's seed, from which every random stream of a run is derived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What a stream is for; streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Choosing starting centres; the index is the restart.
    Seeding = 1,
    /// Drawing mini-batches and reassigning starved centres.
    MiniBatch = 2,
    /// Generated data; in a made-up history the index is the person.
    Synthetic = 3,
    /// Drawing rows whose silhouettes are to stand for all; the index is the cluster.
    Silhouette = 4,
    /// Drawing rows with replacement; the index is the resample.
    Resample = 5,
    /// Seeds of fits that are repeated; the index is the repetition.
    Refit = 6,
    /// Drawing rows for another algorithm than ours, and what that draws; the index is the use.
    Alternative = 7,
    /// What a made-up person buys; the index is the person. (Who they are is of
    /// [`Synthetic`](Self::Synthetic).)
    SyntheticBasket = 8,
    /// A made-up product; the index is its number.
    SyntheticProduct = 9,
    /// A made-up seller; the index is its number.
    SyntheticSeller = 10,
    /// A made-up zip code and the points in it; the index is its number.
    SyntheticPlace = 11,
    /// What an event does to a made-up person; the index is four times the person, and the event.
    SyntheticEvent = 12,
}

impl Seed {
    /// The seed of the `index`-th repetition of something that begins with this one.
    pub fn repeated(self, index: u64) -> Self {
        Self(self.stream(Purpose::Refit, index).0.next_u64())
    }

    /// The stream for the `index`-th use of `purpose`: ChaCha8 keyed by seed, purpose and index.
    pub fn stream(self, purpose: Purpose, index: u64) -> Stream {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.0.to_le_bytes());
        key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
        key[16..24].copy_from_slice(&index.to_le_bytes());
        Stream(ChaCha8Rng::from_seed(key))
    }
}

/// A stream of draws whose values are fixed for ever: the draws are written here, not taken from
/// a distribution library that may change them.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// 64 random bits: the seed of another generator, say.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1), with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// `m` different numbers of `0..n`, each set with the same probability, in the order drawn: Floyd's
    /// way (Bentley and Floyd 1987, "A sample of brilliance").
    ///
    /// # Panics
    /// If `m` is larger than `n`.
    pub fn distinct(&mut self, n: usize, m: usize) -> Vec<usize> {
        assert!(m <= n, "{m} different numbers below {n}");
        let mut drawn = HashSet::with_capacity(m);
        let mut numbers = Vec::with_capacity(m);
        for last in n - m..n {
            let number = self.below(last + 1);
            let number = if drawn.contains(&number) { last } else { number };
            drawn.insert(number);
            numbers.push(number);
        }
        numbers
    }

    /// Uniform in `0..n`, without bias (Lemire 2019, "Fast random integer generation in an
    /// interval").
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "an empty range has no element to draw");
        let n = n as u64;
        let threshold = n.wrapping_neg() % n;
        loop {
            let wide = u128::from(self.0.next_u64()) * u128::from(n);
            if wide as u64 >= threshold {
                return (wide >> 64) as usize;
            }
        }
    }

    /// Standard normal, by Box and Muller's transform.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_independent_and_repeatable() {
        let mut a = Seed(7).stream(Purpose::Seeding, 0);
        let mut again = Seed(7).stream(Purpose::Seeding, 0);
        let mut other = Seed(7).stream(Purpose::Seeding, 1);
        let first = a.uniform();
        assert_eq!(first, again.uniform());
        assert_ne!(first, other.uniform());
    }

    #[test]
    fn different_numbers_are_drawn_as_often() {
        let mut counts = [0_u32; 10];
        let mut stream = Seed(1).stream(Purpose::Synthetic, 1);
        for _ in 0..10_000 {
            let mut drawn = stream.distinct(10, 3);
            drawn.iter().for_each(|&number| counts[number] += 1);
            drawn.sort_unstable();
            assert!(drawn.len() == 3 && drawn.is_sorted_by(|a, b| a < b), "{drawn:?}");
        }
        // Binomial(10,000, 0.3): five standard deviations are 229.
        assert!(counts.iter().all(|n| n.abs_diff(3_000) < 229), "{counts:?}");
        let mut all = stream.distinct(4, 4);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3]);
        assert!(stream.distinct(0, 0).is_empty());
    }

    #[test]
    fn draws_cover_their_range_evenly() {
        let mut stream = Seed(1).stream(Purpose::Synthetic, 0);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[stream.below(7)] += 1;
        }
        // Binomial(70,000, 1/7): five standard deviations are 463.
        assert!(counts.iter().all(|&c| c.abs_diff(10_000) < 463), "{counts:?}");
        let mean = (0..100_000).map(|_| stream.normal()).sum::<f64>() / 100_000.0;
        assert!(mean.abs() < 5.0 / 100_000_f64.sqrt(), "{mean}");
    }
}
