//! How tight clusters are, and how far apart: from the means alone.

use crate::error::{Error, Result};
use crate::kernel::{Centers, Kernel};
use crate::monitor::{Monitor, check_cancelled};
use crate::passes::{Groups, Sums};
use crate::table::{TILE_ROWS, Tiles};

use super::Labeling;

/// The means of the clusters, and how their rows lie around them.
///
/// Computed in double precision whatever the table is stored in, in two passes over the rows. The
/// weights of the table count: a row of weight 2 is two rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispersion {
    /// One of the rows: means and rows are taken relative to it.
    origin: Vec<f64>,
    centers: Vec<f64>,
    weights: Vec<f64>,
    distances: Vec<f64>,
    squares: Vec<f64>,
}

impl Dispersion {
    /// Of the rows of `tiles` around the means of their clusters.
    ///
    /// # Errors
    /// If a cluster has no row of positive weight; [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) if `monitor` says so.
    ///
    /// # Panics
    /// If there is not one label per row.
    pub fn of(
        tiles: &Tiles<'_>,
        labeling: &Labeling<'_>,
        kernel: &Kernel,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        Self::weighted(tiles, tiles.weights(), labeling, kernel, monitor)
    }

    /// As if the table had no weights.
    pub(super) fn unweighted(
        tiles: &Tiles<'_>,
        labeling: &Labeling<'_>,
        kernel: &Kernel,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        Self::weighted(tiles, None, labeling, kernel, monitor)
    }

    fn weighted(
        tiles: &Tiles<'_>,
        weights: Option<&[f64]>,
        labeling: &Labeling<'_>,
        kernel: &Kernel,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        assert_eq!(labeling.n_rows(), tiles.n_rows(), "one label per row");
        let (k, d) = (labeling.k(), tiles.n_features());
        let origin = tiles.row::<f64>(0);
        let tiles = &tiles.relative_to(&origin);
        let groups = Groups::new(tiles.n_tiles(), k, d);
        let room = || tiles.reader::<f64>();
        let parts = groups.map(room, |reader, group| {
            check_cancelled(monitor)?;
            let mut sums = Sums::zeros(k, d);
            for tile in group {
                let mut tile = reader.load(tile);
                let rows = tile.rows();
                let weights = weights.map(|weights| &weights[rows.clone()]);
                sums.add_all(&labeling.clusters()[rows], tile.columns(), weights);
            }
            Ok(sums)
        })?;
        let mut sums = Sums::zeros(k, d);
        parts.iter().for_each(|part| sums.join(part));
        if !sums.empty().is_empty() {
            let message = "the rows of one label all have weight 0 (one must have a positive one)";
            return Err(Error::data(message));
        }
        let centers = sums.means(&vec![0.0; k * d]);

        let around = Centers::new(&centers, d);
        let room = || (tiles.reader::<f64>(), vec![0; TILE_ROWS], vec![0.0; TILE_ROWS]);
        let parts = groups.map(room, |(reader, labels, sq_distances), group| {
            check_cancelled(monitor)?;
            let mut around_own = Around::new(k);
            for tile in group {
                let mut tile = reader.load(tile);
                let rows = tile.rows();
                labels[..rows.len()].copy_from_slice(&labeling.clusters()[rows.clone()]);
                labels[rows.len()..].fill(0);
                kernel.own_sq_distances(tile.columns(), rows.len(), &around, labels, sq_distances);
                let weights = weights.map(|weights| &weights[rows.clone()]);
                around_own.add(&labels[..rows.len()], sq_distances, weights);
            }
            Ok(around_own)
        })?;
        let mut around_own = Around::new(k);
        parts.into_iter().for_each(|part| around_own.join(part));
        let Around { mut distances, mut squares } = around_own;
        // A mean of equal rows may be a rounding away from them.
        for (cluster, (weight, center)) in
            sums.weights().iter().zip(centers.chunks_exact(d)).enumerate()
        {
            let rounding = 16.0 * f64::EPSILON * distance(center, &vec![0.0; d]);
            if squares[cluster] <= weight * rounding.powi(2) {
                (distances[cluster], squares[cluster]) = (0.0, 0.0);
            }
        }
        Ok(Self { origin, centers, weights: sums.weights().to_vec(), distances, squares })
    }

    /// The number of clusters.
    pub fn k(&self) -> usize {
        self.weights.len()
    }

    /// The mean of each cluster in the prepared space, row-major.
    pub fn centers(&self) -> Vec<f64> {
        let origin = self.origin.iter().cycle();
        self.centers.iter().zip(origin).map(|(center, origin)| center + origin).collect()
    }

    /// A row, and the means relative to it.
    pub(super) fn relative_centers(&self) -> (&[f64], &[f64]) {
        (&self.origin, &self.centers)
    }

    fn d(&self) -> usize {
        self.origin.len()
    }

    /// Σ w per cluster: its number of rows, where rows have no weights.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Σ w·|x − mean|² per cluster.
    pub fn squares(&self) -> &[f64] {
        &self.squares
    }

    /// Σ w·|x − mean|² over all rows.
    pub fn inertia(&self) -> f64 {
        self.squares.iter().sum()
    }

    /// The mean over clusters of how little they are separated from the one that is nearest in this
    /// sense: mean distances to the own means by the distance of the means (Davies and Bouldin 1979).
    /// Smaller is better. `None` for a single cluster, and where all means are in one place.
    pub fn davies_bouldin(&self) -> Option<f64> {
        let k = self.k();
        let spread: Vec<f64> =
            self.distances.iter().zip(&self.weights).map(|(d, w)| d / w).collect();
        let center = |c: usize| &self.centers[c * self.d()..][..self.d()];
        let mut apart = false;
        let mut sum = 0.0;
        for a in 0..k {
            let mut worst = 0.0_f64;
            for b in (0..k).filter(|&b| b != a) {
                let distance = distance(center(a), center(b));
                // As scikit-learn has it, equal means are not compared.
                if distance > 0.0 {
                    apart = true;
                    worst = worst.max((spread[a] + spread[b]) / distance);
                }
            }
            sum += worst;
        }
        apart.then_some(sum / k as f64).filter(|score| score.is_finite())
    }

    /// The variance between clusters by that within them, both per degree of freedom (Calinski and
    /// Harabasz 1974). Larger is better. `None` for a single cluster, and where all rows lie on their
    /// means.
    pub fn calinski_harabasz(&self) -> Option<f64> {
        let n: f64 = self.weights.iter().sum();
        let k = self.k() as f64;
        let mut middle = vec![0.0; self.d()];
        for (center, weight) in self.centers.chunks_exact(self.d()).zip(&self.weights) {
            middle.iter_mut().zip(center).for_each(|(middle, c)| *middle += weight / n * c);
        }
        let between: f64 = self
            .centers
            .chunks_exact(self.d())
            .zip(&self.weights)
            .map(|(center, weight)| weight * distance(center, &middle).powi(2))
            .sum();
        let score = between * (n - k) / (self.inertia() * (k - 1.0));
        (k > 1.0 && n > k).then_some(score).filter(|score| score.is_finite())
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Σ w·|x − mean| and Σ w·|x − mean|² per cluster.
struct Around {
    distances: Vec<f64>,
    squares: Vec<f64>,
}

impl Around {
    fn new(k: usize) -> Self {
        Self { distances: vec![0.0; k], squares: vec![0.0; k] }
    }

    fn add(&mut self, labels: &[u32], sq_distances: &[f64], weights: Option<&[f64]>) {
        for (row, (&label, square)) in labels.iter().zip(sq_distances).enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            self.distances[label as usize] += weight * square.sqrt();
            self.squares[label as usize] += weight * square;
        }
    }

    fn join(&mut self, other: Self) {
        self.distances.iter_mut().zip(other.distances).for_each(|(all, part)| *all += part);
        self.squares.iter_mut().zip(other.squares).for_each(|(all, part)| *all += part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Silent;
    use crate::table::{Column, FeatureTable};

    fn of(x: &[f64], labels: &[u32], weights: Option<Vec<f64>>) -> Result<Dispersion> {
        let table = FeatureTable::new(vec![Column::from_f64("x", x.to_vec())], weights)?;
        let labeling = Labeling::new(labels)?;
        Dispersion::of(&Tiles::plain(&table), &labeling, &Kernel::detect()?, &Silent)
    }

    #[test]
    fn a_case_by_hand() {
        let found = of(&[0.0, 2.0, 10.0, 16.0], &[0, 0, 1, 1], None).unwrap();
        assert_eq!(found.centers(), [1.0, 13.0]);
        assert_eq!(found.inertia(), 20.0);
        assert_eq!(found.davies_bouldin(), Some((1.0 + 3.0) / 12.0));
        assert_eq!(found.calinski_harabasz(), Some(144.0 / (20.0 / 2.0)));
    }

    #[test]
    fn a_row_of_weight_two_is_two_rows() {
        let (x, labels) = ([0.0, 2.0, 10.0, 16.0, 3.0], [0, 0, 1, 1, 1]);
        let weighted = of(&x, &labels, Some(vec![2.0, 1.0, 1.0, 3.0, 0.0])).unwrap();
        let repeated = of(&[0.0, 0.0, 2.0, 10.0, 16.0, 16.0, 16.0], &[0, 0, 0, 1, 1, 1, 1], None);
        let repeated = repeated.unwrap();
        for score in [Dispersion::davies_bouldin, Dispersion::calinski_harabasz] {
            let (a, b) = (score(&weighted).unwrap(), score(&repeated).unwrap());
            assert!((a - b).abs() < 1e-12 * b, "{a} {b}");
        }
        assert!((weighted.inertia() - repeated.inertia()).abs() < 1e-12);
    }

    #[test]
    fn what_is_undefined_is_none_or_an_error() {
        let single = of(&[1.0, 2.0], &[0, 0], None).unwrap();
        assert_eq!((single.davies_bouldin(), single.calinski_harabasz()), (None, None));
        let exact = of(&[0.1, 0.1, 0.1, 2.3], &[0, 0, 0, 1], None).unwrap();
        assert_eq!(exact.calinski_harabasz(), None);
        assert_eq!(exact.davies_bouldin(), Some(0.0));
        let together = of(&[1.0, 1.0, 1.0], &[0, 0, 1], None).unwrap();
        assert_eq!(together.davies_bouldin(), None);
        assert!(of(&[1.0, 2.0], &[0, 1], Some(vec![1.0, 0.0])).is_err());
    }
}
