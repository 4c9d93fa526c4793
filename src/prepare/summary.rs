//! What one pass over a column tells: counts, range, moments; and exact order statistics.
//!
//! Work is cut into groups of tiles by row number, and what the groups found is joined in their
//! order: neither threads nor record batches show in a result. Moments are taken around each tile's
//! own mean and joined by Chan, Golub and LeVeque's formula, so a large common offset costs no
//! digits; columns whose squares would leave the double range are seen through an exact power of two.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::table::{Column, TILE_ROWS};

use super::transform::FittedTransform;

/// Tiles per unit of parallel work.
const GROUP_TILES: usize = 64;

/// A column as a statistic sees it: transformed, then multiplied with a power of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) column: &'a Column,
    pub(super) transform: FittedTransform,
    /// Values are multiplied with 2^−exponent, exactly.
    pub(super) exponent: i32,
}

impl<'a> Source<'a> {
    pub(super) fn raw(column: &'a Column) -> Self {
        Self { column, transform: FittedTransform::Identity, exponent: 0 }
    }

    pub(super) fn with_transform(self, transform: FittedTransform) -> Self {
        Self { transform, ..self }
    }

    /// The values of `rows`; NaN where missing.
    pub(super) fn read(&self, rows: Range<usize>, out: &mut [f64]) {
        self.column.read(rows, out);
        if self.transform != FittedTransform::Identity {
            for x in &mut *out {
                *x = self.transform.apply(*x);
            }
        }
        if self.exponent != 0 {
            let factor = pow2(-self.exponent);
            for x in out {
                *x *= factor;
            }
        }
    }

    /// Sums up the column in one pass, or two where its squares would leave the double range.
    pub(super) fn summarize(&self) -> Summary {
        let summary = self.summarize_once();
        let exponent = unit_exponent(summary.largest());
        // The square of 2^±400 leaves room for the sum over any number of rows.
        if exponent.abs() <= 400 || !summary.largest().is_finite() {
            return summary;
        }
        let mut scaled = Self { exponent: self.exponent + exponent, ..*self }.summarize_once();
        scaled.exponent = exponent;
        Summary { min: summary.min, max: summary.max, ..scaled }
    }

    fn summarize_once(&self) -> Summary {
        let groups = fold_groups(self, Summary::EMPTY, |summary, row, values| {
            summary.join(&Summary::of_tile(row, values))
        });
        join_pairwise(&groups)
    }

    /// The first row whose value fulfils `condition`, with the value.
    pub(super) fn find_first(
        &self,
        condition: impl Fn(f64) -> bool + Sync,
    ) -> Option<(usize, f64)> {
        let groups = fold_groups(self, None, |found: Option<(usize, f64)>, row, values| {
            found
                .or_else(|| values.iter().position(|&x| condition(x)).map(|i| (row + i, values[i])))
        });
        groups.into_iter().flatten().next()
    }
}

/// Folds each group of tiles: `f(state, first row, values)` per tile, in parallel over groups.
/// The results are in row order; `values` may be used as scratch.
pub(super) fn fold_groups<S: Clone + Send + Sync>(
    source: &Source<'_>,
    start: S,
    f: impl Fn(S, usize, &mut [f64]) -> S + Sync,
) -> Vec<S> {
    const GROUP_ROWS: usize = GROUP_TILES * TILE_ROWS;
    let n_rows = source.column.n_rows();
    (0..n_rows.div_ceil(GROUP_ROWS))
        .into_par_iter()
        .map(|group| {
            let mut buffer = [0.0; TILE_ROWS];
            let rows = group * GROUP_ROWS..n_rows.min((group + 1) * GROUP_ROWS);
            rows.clone().step_by(TILE_ROWS).fold(start.clone(), |state, row| {
                let values = &mut buffer[..TILE_ROWS.min(rows.end - row)];
                source.read(row..row + values.len(), values);
                f(state, row, values)
            })
        })
        .collect()
}

/// Counts, range and moments of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    /// Values that are not missing.
    pub(super) n: u64,
    pub(super) n_missing: u64,
    pub(super) first_missing: Option<usize>,
    /// The smallest value; +∞ if there is none.
    pub(super) min: f64,
    /// The largest value; −∞ if there is none.
    pub(super) max: f64,
    /// `mean` and `m2` are those of the values times 2^−exponent.
    pub(super) exponent: i32,
    pub(super) mean: f64,
    /// What `mean` lacks to be exact, so that joining thousands of tiles costs it no digits.
    mean_rest: f64,
    /// The sum of squared differences from the mean.
    m2: f64,
}

impl Summary {
    const EMPTY: Self = Self {
        n: 0,
        n_missing: 0,
        first_missing: None,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        exponent: 0,
        mean: 0.0,
        mean_rest: 0.0,
        m2: 0.0,
    };

    /// Sums up the values of a tile that starts at `row`.
    fn of_tile(row: usize, values: &mut [f64]) -> Self {
        let mut summary = Self::EMPTY;
        let n_missing = values.iter().filter(|x| x.is_nan()).count();
        let mut n = values.len();
        if n_missing > 0 {
            summary.n_missing = n_missing as u64;
            summary.first_missing = values.iter().position(|x| x.is_nan()).map(|i| row + i);
            n = 0;
            for i in 0..values.len() {
                if !values[i].is_nan() {
                    values[n] = values[i];
                    n += 1;
                }
            }
        }
        let values = &values[..n];
        let Some(&first) = values.first() else {
            return summary;
        };

        summary.n = n as u64;
        for &x in values {
            summary.min = if x < summary.min { x } else { summary.min };
            summary.max = if x > summary.max { x } else { summary.max };
        }
        let n = n as f64;
        summary.mean = first + sum(values, |x| x - first) / n;
        let mean = summary.mean;
        let rest = sum(values, |x| x - mean);
        summary.mean_rest = rest / n;
        summary.m2 = (sum(values, |x| (x - mean) * (x - mean)) - rest * rest / n).max(0.0);
        summary
    }

    /// The summary of this one's rows followed by those of `next`.
    fn join(&self, next: &Self) -> Self {
        let n = self.n + next.n;
        let (mean, mean_rest, m2) = if self.n == 0 {
            (next.mean, next.mean_rest, next.m2)
        } else if next.n == 0 {
            (self.mean, self.mean_rest, self.m2)
        } else {
            let share = next.n as f64 / n as f64;
            let delta = (next.mean - self.mean) + (next.mean_rest - self.mean_rest);
            let (mean, mean_rest) = exact_sum(self.mean, delta * share + self.mean_rest);
            let between = delta * delta * self.n as f64 * share;
            (mean, mean_rest, self.m2 + next.m2 + between)
        };
        Self {
            n,
            n_missing: self.n_missing + next.n_missing,
            first_missing: self.first_missing.or(next.first_missing),
            min: self.min.min(next.min),
            max: self.max.max(next.max),
            exponent: self.exponent,
            mean,
            mean_rest,
            m2,
        }
    }

    /// The largest absolute value; 0 if there is none.
    pub(super) fn largest(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.min.abs().max(self.max.abs()) }
    }

    /// The population variance, times 4^−exponent.
    pub(super) fn variance(&self) -> f64 {
        self.m2 / self.n as f64
    }

    /// The logarithm of the population variance, in the unit of the values.
    pub(super) fn ln_variance(&self) -> f64 {
        self.variance().ln() + 2.0 * f64::from(self.exponent) * std::f64::consts::LN_2
    }

    /// Whether rounding alone could have spread a constant that far: scikit-learn's criterion,
    /// from the error bound of a two-pass variance. Its bound grows with the number of summands in
    /// a row, of which there is no more than a tile here.
    pub(super) fn is_constant(&self) -> bool {
        let summands = self.n.min(TILE_ROWS as u64) as f64;
        let variance = self.variance();
        let rounding = summands * self.mean * f64::EPSILON;
        variance <= summands * f64::EPSILON * variance + rounding * rounding
    }
}

fn join_pairwise(parts: &[Summary]) -> Summary {
    match parts {
        [] => Summary::EMPTY,
        [one] => *one,
        _ => {
            let (left, right) = parts.split_at(parts.len() / 2);
            join_pairwise(left).join(&join_pairwise(right))
        }
    }
}

/// The rounded sum and what rounding took from it (Knuth).
fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// Eight sums side by side, for the compiler to keep in vectors, joined in a fixed order.
fn sum(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let blocks = values.chunks_exact(LANES);
    let rest: f64 = blocks.remainder().iter().map(|&x| f(x)).sum();
    for block in blocks {
        for (lane, &x) in lanes.iter_mut().zip(block) {
            *lane += f(x);
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// The values of the given 0-based ranks among the `n` values that are not missing, in order of
/// size; exact, in memory that does not grow with the column.
///
/// Values are taken as unsigned keys in the same order. Rounds of counting by the next twelve bits
/// narrow the candidates until they are few enough to be sorted.
///
/// # Errors
/// If there is no memory for the candidates.
pub(super) fn order_statistics(source: &Source<'_>, n: u64, ranks: &[u64]) -> Result<Vec<f64>> {
    /// Candidates that are sorted rather than counted: 8 MiB of keys.
    const FEW: u64 = 1 << 20;
    const DIGIT: u32 = 12;

    #[derive(Clone, Copy)]
    struct Wanted {
        prefix: u64,
        /// Rank among the values with this prefix.
        rank: u64,
        /// How many values have this prefix.
        count: u64,
    }
    let mut wanted: Vec<_> =
        ranks.iter().map(|&rank| Wanted { prefix: 0, rank, count: n }).collect();
    // Every prefix is this many of the highest bits.
    let mut known = 0;
    let top = |key: u64, bits: u32| if bits == 0 { 0 } else { key >> (64 - bits) };

    loop {
        let mut prefixes: Vec<_> = wanted.iter().map(|w| (w.prefix, w.count)).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        let candidates: u64 = prefixes.iter().map(|p| p.1).sum();
        let slot = |key: u64| prefixes.iter().position(|p| p.0 == top(key, known));

        if known == 64 {
            return Ok(wanted.iter().map(|w| from_key(w.prefix)).collect());
        }
        if candidates <= FEW {
            let mut keys = Vec::new();
            let groups = fold_groups(source, Vec::new(), |mut keys: Vec<u64>, _, values| {
                let present = values.iter().filter(|x| !x.is_nan());
                keys.extend(present.map(|&x| to_key(x)).filter(|&key| slot(key).is_some()));
                keys
            });
            keys.try_reserve_exact(groups.iter().map(Vec::len).sum()).map_err(no_memory)?;
            keys.extend(groups.into_iter().flatten());
            keys.par_sort_unstable();
            let value = |w: &Wanted| {
                let first = keys.partition_point(|&key| top(key, known) < w.prefix);
                from_key(keys[first + w.rank as usize])
            };
            return Ok(wanted.iter().map(value).collect());
        }

        let digit = DIGIT.min(64 - known);
        let bins = 1_usize << digit;
        let counts = count_keys(source, prefixes.len() * bins, |key| {
            let digits = top(key, known + digit) as usize & (bins - 1);
            slot(key).map(|slot| slot * bins + digits)
        });
        for w in &mut wanted {
            let slot = prefixes.iter().position(|p| p.0 == w.prefix).unwrap_or_default();
            let mut digits = 0;
            while digits + 1 < bins && w.rank >= counts[slot * bins + digits] {
                w.rank -= counts[slot * bins + digits];
                digits += 1;
            }
            w.count = counts[slot * bins + digits];
            w.prefix = w.prefix << digit | digits as u64;
        }
        known += digit;
    }
}

/// How many keys fall into each of `bins` bins. Counts are whole numbers, so they may be joined in
/// any order.
fn count_keys(
    source: &Source<'_>,
    bins: usize,
    bin: impl Fn(u64) -> Option<usize> + Sync,
) -> Vec<u64> {
    let n_rows = source.column.n_rows();
    let tiles = (0..n_rows.div_ceil(TILE_ROWS)).into_par_iter().with_min_len(GROUP_TILES);
    tiles
        .fold(
            || vec![0_u64; bins],
            |mut counts, tile| {
                let mut buffer = [0.0; TILE_ROWS];
                let row = tile * TILE_ROWS;
                let values = &mut buffer[..TILE_ROWS.min(n_rows - row)];
                source.read(row..row + values.len(), values);
                for x in values.iter().filter(|x| !x.is_nan()) {
                    if let Some(bin) = bin(to_key(*x)) {
                        counts[bin] += 1;
                    }
                }
                counts
            },
        )
        .reduce(
            || vec![0; bins],
            |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            },
        )
}

/// An unsigned key in the order of the values; both zeros have one key.
fn to_key(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn from_key(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// The e for which `x` lies in [2^e, 2^(e+1)); 0 for 0, −1023 for every subnormal number.
pub(super) fn exponent_of(x: f64) -> i32 {
    if x == 0.0 {
        return 0;
    }
    (x.to_bits() >> 52 & 0x7ff) as i32 - 1023
}

/// The same, held to what a copy's exponent may be: far enough for any column, near enough for
/// every power of two along the way to be a normal number.
pub(super) fn unit_exponent(x: f64) -> i32 {
    exponent_of(x).clamp(-1000, 1000)
}

/// 2^exponent, for exponents of normal numbers.
pub(super) fn pow2(exponent: i32) -> f64 {
    debug_assert!((-1022..=1023).contains(&exponent), "{exponent}");
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

pub(super) fn no_memory(_: std::collections::TryReserveError) -> Error {
    Error::new(ErrorKind::Memory, "not enough memory to prepare the columns")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Purpose, Seed};
    use crate::table::{Chunk, Values};

    fn noise(n: usize) -> Vec<f64> {
        let mut stream = Seed(3).stream(Purpose::Synthetic, 0);
        (0..n).map(|_| stream.normal()).collect()
    }

    fn summarize(values: Vec<f64>) -> Summary {
        Source::raw(&Column::from_f64("x", values)).summarize()
    }

    /// Mean and population variance in twice the precision, by error-free sums.
    fn exact_moments(values: &[f64]) -> (f64, f64) {
        let compensated = |terms: &mut dyn Iterator<Item = f64>| {
            let (mut sum, mut low) = (0.0_f64, 0.0_f64);
            for x in terms {
                let next = sum + x;
                low += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
                sum = next;
            }
            sum + low
        };
        let n = values.len() as f64;
        let mean = compensated(&mut values.iter().copied()) / n;
        let rest = compensated(&mut values.iter().map(|x| x - mean)) / n;
        let squares = compensated(&mut values.iter().map(|x| (x - mean) * (x - mean))) / n;
        (mean, squares - rest * rest)
    }

    #[test]
    fn moments_survive_offsets_and_length() {
        for offset in [0.0, 1e9, -3e12] {
            let values: Vec<_> = noise(300_000).into_iter().map(|x| x + offset).collect();
            let (mean, variance) = exact_moments(&values);
            let summary = summarize(values);
            assert!((summary.mean - mean).abs() <= 1e-15 * mean.abs().max(1.0), "{offset}");
            assert!((summary.variance() / variance - 1.0).abs() < 1e-13, "{offset}");
        }
    }

    #[test]
    fn powers_of_two_do_not_show() {
        let plain = summarize(noise(5000));
        for exponent in [-1000, -700, 700, 1000] {
            let scaled = noise(5000).into_iter().map(|x| x * pow2(exponent)).collect();
            let summary = summarize(scaled);
            let shift = exponent - summary.exponent;
            assert_eq!(summary.mean, plain.mean * pow2(shift));
            assert_eq!(summary.variance(), plain.variance() * pow2(2 * shift));
        }
    }

    #[test]
    fn batches_and_threads_do_not_show() {
        let values: Vec<_> = noise(200_000)
            .into_iter()
            .enumerate()
            .map(|(i, x)| if i % 97 == 5 { f64::NAN } else { x + 1e5 })
            .collect();
        let whole = summarize(values.clone());
        assert_eq!((whole.first_missing, whole.n_missing), (Some(5), 2062));
        let part = |part: &[f64]| Chunk::new(Values::F64(part.to_vec().into()), None).unwrap();
        let batched = Column::new("x", "Float64", values.chunks(777).map(part).collect());
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| Source::raw(&batched).summarize()), whole);
        }
    }

    #[test]
    fn order_statistics_are_those_of_the_sorted_values() {
        // Enough values for several rounds of counting, most of them alike.
        let n = 1_300_000;
        let spread = noise(n).into_iter().enumerate();
        let values: Vec<_> =
            spread.map(|(i, x)| if i % 4 == 0 { x } else { -0.25 + 1e-12 * x }).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let column = Column::from_f64("x", values);
        let ranks = [0, 1, 5000, 325_000, 649_999, 650_000, 1_299_999];
        let found = order_statistics(&Source::raw(&column), n as u64, &ranks).unwrap();
        assert_eq!(found, ranks.map(|rank| sorted[rank as usize]));

        let alike = Column::from_f64("x", vec![-7.5; 1_100_000]);
        let found = order_statistics(&Source::raw(&alike), 1_100_000, &[0, 600_000]).unwrap();
        assert_eq!(found, [-7.5, -7.5]);
    }

    #[test]
    fn one_unit_in_the_last_place_is_no_spread() {
        let values = |n| (0..n).map(|i| 1.0 + f64::EPSILON * f64::from(i % 2)).collect();
        assert!(summarize(values(200)).is_constant());
        assert!(summarize(values(2_000_000)).is_constant());
        assert!(summarize(vec![0.0; 10]).is_constant());
        assert!(!summarize(noise(200).iter().map(|x| x * 1e-310).collect()).is_constant());
        // Far from zero, but a thousand units in the last place wide and more.
        assert!(!summarize(noise(200_000).iter().map(|x| 1e9 + x).collect()).is_constant());
    }

    #[test]
    fn keys_keep_the_order() {
        let values = [f64::NEG_INFINITY, -2.0, -5e-324, 0.0, 5e-324, 1.0, f64::INFINITY];
        assert!(values.windows(2).all(|w| to_key(w[0]) < to_key(w[1])));
        assert!(values.iter().all(|&x| from_key(to_key(x)) == x));
        assert_eq!(to_key(-0.0), to_key(0.0));
    }
}
