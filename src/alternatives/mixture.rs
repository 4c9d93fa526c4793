//! A mixture of normal distributions, by `linfa-clustering`: fitted to all rows or a uniform sample of
//! them, its most probable component then looked up for all.
//!
//! The library's own `predict` is not used: it takes exponentials before it compares them, so a row
//! some 38 standard deviations from every component has a density of 0 in all and ends in a panic.
//! Here logarithms are compared.

use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use linfa_clustering::{GaussianMixtureModel, GmmError};
use ndarray::Array2;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

use super::rows::{Rows, sample};
use super::{Task, guarded, of_rows};
use crate::error::{Error, Result, counted};

/// Rows that the mixture is fitted to.
const MOST_ROWS: usize = 20_000;
const MOST_ITERATIONS: u64 = 100;
/// Added to every variance, so that a component that lost its width still has a density.
const EXTRA_VARIANCE: f64 = 1e-6;

/// A label per row, and what was done.
pub(super) fn labels(task: &Task<'_>) -> Result<(Vec<u32>, String)> {
    let n = task.n_rows();
    let (d, k) = (task.n_features(), task.k);
    let most = most_rows(d, k);
    // Means and covariances are known from so many.
    if most < n.min(k.saturating_mul(d + 1)) {
        let (columns, clusters) = (counted(d, "column"), counted(k, "cluster"));
        let message = format!("{columns} and {clusters} are too many for a Gaussian mixture");
        return Err(Error::data(message));
    }
    let rows = Rows::read(task.tiles, &sample(n, most, &mut task.stream(0)))?;
    let used = rows.n;
    let components = fitted(task, rows)?;
    task.check_cancelled()?;
    let parts: Result<Vec<Vec<u32>>> = (0..task.tiles.n_tiles())
        .into_par_iter()
        .map_init(
            || (task.tiles.reader::<f64>(), Vec::new(), Vec::new()),
            |(reader, row, scratch), tile| {
                let mut tile = reader.load(tile);
                let n = tile.n_rows();
                let columns = tile.columns();
                let label = |i: usize| {
                    row.clear();
                    row.extend(columns.iter().map(|column| column[i]));
                    most_probable(&components, row, scratch).ok_or_else(|| {
                        let message = "a row is too far out to belong to any component of the \
                                       Gaussian mixture";
                        Error::data(message)
                    })
                };
                (0..n).map(label).collect()
            },
        )
        .collect();
    let how = format!(
        "a mixture of {} with full covariances, fitted to {}; every row then went to the \
         distribution that most probably made it",
        counted(k, "normal distribution"),
        of_rows(used, n)
    );
    Ok((parts?.concat(), how))
}

/// So many rows that the iterations take seconds: each multiplies every row with the covariance of
/// every component, and takes these apart.
fn most_rows(d: usize, k: usize) -> usize {
    const PRODUCTS: f64 = 1e10;
    let products_per_row = MOST_ITERATIONS as f64 * k as f64 * (d as f64).powi(2);
    MOST_ROWS.min(((PRODUCTS / products_per_row) - d as f64).max(0.0) as usize)
}

/// The mixture that the library finds.
fn fitted(task: &Task<'_>, rows: Rows) -> Result<Vec<Component>> {
    let rng = Xoshiro256Plus::seed_from_u64(task.stream(1).bits());
    guarded("the Gaussian mixture", || {
        let Rows { n, d, values } = rows;
        let data = Array2::from_shape_vec((n, d), values)
            .map_err(|error| Error::data(format!("the Gaussian mixture failed: {error}")))?;
        let params = GaussianMixtureModel::params_with_rng(task.k, rng)
            .reg_covariance(EXTRA_VARIANCE)
            .max_n_iterations(MOST_ITERATIONS);
        let params = params.check().map_err(|error| failure(&error))?;
        let model = params.fit(&DatasetBase::from(data)).map_err(|error| failure(&error))?;
        let found =
            model.weights().iter().zip(model.means().rows()).zip(model.covariances().outer_iter());
        found
            .map(|((&weight, mean), covariance)| {
                let (mean, covariance): (Vec<f64>, Vec<f64>) =
                    (mean.iter().copied().collect(), covariance.iter().copied().collect());
                Component::new(weight, mean, covariance)
                    .ok_or_else(|| Error::data("the Gaussian mixture has a component of no width"))
            })
            .collect()
    })
}

fn failure(error: &GmmError) -> Error {
    let error = match error {
        GmmError::NotConverged(_) => Error::data(format!(
            "the Gaussian mixture did not settle in {MOST_ITERATIONS} iterations"
        )),
        GmmError::EmptyCluster(_) => {
            Error::data("a component of the Gaussian mixture lost its rows")
        }
        GmmError::LinalgError(_) => {
            Error::data("a component of the Gaussian mixture lost its width in some direction")
        }
        other => Error::data(format!("the Gaussian mixture failed: {other}")),
    };
    error.with_hint("use fewer clusters, or transform columns with rows that are very far out")
}

/// One normal distribution of a mixture.
struct Component {
    mean: Vec<f64>,
    /// L of LLᵀ, the covariance, row-major; what is above the diagonal means nothing.
    lower: Vec<f64>,
    /// The logarithm of weight and norm, without what all components share.
    constant: f64,
}

impl Component {
    /// `None` if the covariance is that of no distribution.
    fn new(weight: f64, mean: Vec<f64>, covariance: Vec<f64>) -> Option<Self> {
        let d = mean.len();
        let mut lower = covariance;
        let mut constant = weight.ln();
        for i in 0..d {
            for j in 0..=i {
                let products: f64 = (0..j).map(|m| lower[i * d + m] * lower[j * d + m]).sum();
                let rest = lower[i * d + j] - products;
                if i > j {
                    lower[i * d + j] = rest / lower[j * d + j];
                } else {
                    lower[i * d + i] = rest.sqrt();
                    constant -= lower[i * d + i].ln();
                }
            }
        }
        let usable = constant.is_finite() && mean.iter().chain(&lower).all(|x| x.is_finite());
        usable.then_some(Self { mean, lower, constant })
    }

    /// The logarithm of the density at `row`, times the weight, up to what all components share.
    fn log_density(&self, row: &[f64], scratch: &mut Vec<f64>) -> f64 {
        let d = self.mean.len();
        scratch.clear();
        for (i, (x, mean)) in row.iter().zip(&self.mean).enumerate() {
            let lower = &self.lower[i * d..];
            let solved: f64 = lower.iter().zip(&*scratch).map(|(l, z)| l * z).sum();
            scratch.push((x - mean - solved) / lower[i]);
        }
        self.constant - 0.5 * scratch.iter().map(|z| z * z).sum::<f64>()
    }
}

/// The component under which `row` has the largest density times weight; of equal ones the first.
/// `None` if no density can be told from 0.
fn most_probable(components: &[Component], row: &[f64], scratch: &mut Vec<f64>) -> Option<u32> {
    let mut best = (f64::NEG_INFINITY, None);
    for (component, number) in components.iter().zip(0..) {
        let density = component.log_density(row, scratch);
        if density > best.0 {
            best = (density, Some(number));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_are_those_of_normal_distributions() {
        // det = 4·3 − 2·2 = 8; the inverse is (3 −2; −2 4)/8.
        let one = Component::new(0.25, vec![1.0, -1.0], vec![4.0, 2.0, 2.0, 3.0]).unwrap();
        let (x, y): (f64, f64) = (3.0, 0.5);
        let (dx, dy) = (x - 1.0, y + 1.0);
        let squared = (3.0 * dx * dx - 4.0 * dx * dy + 4.0 * dy * dy) / 8.0;
        let expected = 0.25_f64.ln() - 0.5 * 8.0_f64.ln() - 0.5 * squared;
        assert!((one.log_density(&[x, y], &mut Vec::new()) - expected).abs() < 1e-14);
        assert!(Component::new(0.5, vec![0.0; 2], vec![1.0, 2.0, 2.0, 1.0]).is_none());
        assert!(Component::new(0.0, vec![0.0], vec![1.0]).is_none());
    }

    #[test]
    fn rows_are_as_many_as_columns_allow() {
        assert_eq!([(5, 3), (8, 15)].map(|(d, k)| most_rows(d, k)), [MOST_ROWS; 2]);
        let fewer = most_rows(64, 15);
        assert!((1_000..2_000).contains(&fewer), "{fewer}");
        assert_eq!(most_rows(5_000, 2), 0);
    }

    #[test]
    fn the_far_away_belong_somewhere() {
        let narrow = Component::new(0.5, vec![0.0], vec![1.0]).unwrap();
        let wide = Component::new(0.5, vec![1.0], vec![4.0]).unwrap();
        let both = [narrow, wide];
        assert_eq!(most_probable(&both, &[1e6], &mut Vec::new()), Some(1));
        assert_eq!(most_probable(&both, &[1e200], &mut Vec::new()), None);
    }
}
