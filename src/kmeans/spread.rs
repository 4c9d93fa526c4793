//! How the rows lie around their mean.

use crate::error::Result;
use crate::kernel::Element;
use crate::passes::Groups;

use super::Run;

/// Means and variances of the columns in the prepared space.
pub(super) struct Spread {
    /// A point near the middle of the rows.
    pub(super) middle: Vec<f64>,
    /// Σ w·|x − middle|².
    pub(super) total: f64,
    /// The population variance of each column, whatever the weights, as scikit-learn scales its
    /// tolerance.
    variances: Vec<f64>,
    /// Their roots.
    pub(super) deviations: Vec<f64>,
}

impl Spread {
    /// One pass over the rows.
    pub(super) fn of<T: Element>(run: &Run<'_, T>) -> Result<Self> {
        // Means and squared deviations per tile, joined in tile order (Chan, Golub and LeVeque
        // 1983), so that a large common offset costs no digits.
        // The same groups for any number of clusters.
        let groups = Groups::new(run.tiles.n_tiles(), 1, run.d());
        let room = || run.tiles.reader::<T>();
        let parts = groups.map(room, |reader, tiles| {
            run.check_cancelled()?;
            let mut even = vec![Moments::default(); run.d()];
            let mut weighted = even.clone();
            for tile in tiles {
                let mut tile = reader.load(tile);
                let n = tile.n_rows();
                for (moments, column) in even.iter_mut().zip(tile.columns()) {
                    *moments = moments.join(Moments::of(&column[..n]));
                }
                if let Some(weights) = run.tiles.weights() {
                    let weights = &weights[tile.rows()];
                    for (moments, column) in weighted.iter_mut().zip(tile.columns()) {
                        *moments = moments.join(Moments::weighted(column, weights));
                    }
                }
            }
            Ok((even, weighted))
        })?;
        let mut even = vec![Moments::default(); run.d()];
        let mut weighted = even.clone();
        for (part, weighted_part) in parts {
            even.iter_mut().zip(part).for_each(|(all, part)| *all = all.join(part));
            weighted.iter_mut().zip(weighted_part).for_each(|(all, part)| *all = all.join(part));
        }
        let counted = if run.tiles.weights().is_some() { &weighted } else { &even };
        let variances: Vec<f64> = even.iter().map(|m| m.squares / m.n).collect();
        Ok(Self {
            middle: counted.iter().map(|m| m.mean).collect(),
            total: counted.iter().map(|m| m.squares).sum(),
            deviations: variances.iter().map(|v| v.sqrt()).collect(),
            variances,
        })
    }

    pub(super) fn mean_variance(&self) -> f64 {
        self.variances.iter().sum::<f64>() / self.variances.len() as f64
    }
}

/// Count, mean and summed squared deviations of some values.
#[derive(Clone, Copy, Default)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Of at least one value.
    fn of<T: Element>(values: &[T]) -> Self {
        let (n, first) = (values.len() as f64, values[0]);
        // Differences first: where the values lie far from zero, their sum would not be exact.
        let mean = first.to_f64() + sum(values, |x| x - first) / n;
        let middle = T::from_f64(mean);
        let squares = sum(values, |x| (x - middle) * (x - middle));
        let squares = (squares - n * (mean - middle.to_f64()).powi(2)).max(0.0);
        Self { n, mean, squares }
    }

    fn weighted<T: Element>(values: &[T], weights: &[f64]) -> Self {
        let n: f64 = weights.iter().sum();
        if n <= 0.0 {
            return Self::default();
        }
        let pairs = || values.iter().map(|x| x.to_f64()).zip(weights);
        let mean = pairs().map(|(x, w)| w * x).sum::<f64>() / n;
        let squares = pairs().map(|(x, w)| w * (x - mean).powi(2)).sum();
        Self { n, mean, squares }
    }

    fn join(self, other: Self) -> Self {
        let n = self.n + other.n;
        if other.n == 0.0 {
            return self;
        }
        let step = other.mean - self.mean;
        Self {
            n,
            mean: self.mean + step * other.n / n,
            squares: self.squares + other.squares + step * step * self.n * other.n / n,
        }
    }
}

/// Σ f(x) over at most a tile, in sixteen interleaved sums of the values' own type.
fn sum<T: Element>(values: &[T], f: impl Fn(T) -> T) -> f64 {
    const LANES: usize = 16;
    let mut sums = [T::default(); LANES];
    let mut blocks = values.chunks_exact(LANES);
    for block in &mut blocks {
        for (sum, &x) in sums.iter_mut().zip(block) {
            *sum = *sum + f(x);
        }
    }
    let rest = blocks.remainder().iter().map(|&x| f(x).to_f64());
    sums.iter().map(|sum| sum.to_f64()).chain(rest).sum()
}
