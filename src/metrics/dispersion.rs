//! How tight clusters are, and how far apart: from the means alone.

use crate::error::{Error, Result, counted};
use crate::kernel::{Centers, Kernel};
use crate::monitor::{Monitor, check_cancelled};
use crate::passes::{Groups, Sums};
use crate::table::{TILE_ROWS, Tiles};

use super::Labeling;

/// The means of the clusters, and how their rows lie around them.
///
/// Computed in double precision whatever the table is stored in, in two passes over the rows. Each is
/// taken relative to the first row of its cluster, so that no digits are lost to what lies far away or
/// to a common offset, and rows that are equal lie on their mean.
///
/// The weights of the table count as frequencies: a row of weight 2 is two rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispersion {
    d: usize,
    /// The first row of each cluster, row-major.
    firsts: Vec<f64>,
    /// The mean of each cluster relative to that.
    means: Vec<f64>,
    weights: Vec<f64>,
    distances: Vec<f64>,
    squares: Vec<f64>,
}

impl Dispersion {
    /// Of the rows of `tiles` around the means of their clusters.
    ///
    /// # Errors
    /// [`ErrorKind::Data`](crate::ErrorKind::Data) if a cluster has no row of positive weight, and if a
    /// value is not finite or the square of a distance overflows;
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no room for the means;
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) if `monitor` says so.
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

    /// The memory in bytes that it takes for `n` rows in `d` columns with `k` labels, beside the table.
    pub fn bytes(n: usize, d: usize, k: usize) -> usize {
        let n_groups = Groups::new(n.div_ceil(TILE_ROWS), k, d).len();
        Sums::bytes(k, d).saturating_mul(n_groups + 4)
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
        let firsts = tiles.row_major(&labeling.first_rows())?;
        let groups = Groups::new(tiles.n_tiles(), k, d);
        let room = || (tiles.reader::<f64>(), Relative::new(d));
        let parts = groups.map(room, |(reader, relative), group| {
            check_cancelled(monitor)?;
            let mut sums = Sums::zeros(k, d);
            for tile in group {
                let mut tile = reader.load(tile);
                let rows = tile.rows();
                let labels = &labeling.clusters()[rows.clone()];
                let weights = weights.map(|weights| &weights[rows]);
                sums.add_all(labels, &relative.load(tile.columns(), labels, &firsts), weights);
            }
            Ok(sums)
        })?;
        let mut sums = Sums::zeros(k, d);
        parts.iter().for_each(|part| sums.join(part));
        if let Some(&cluster) = sums.empty().first() {
            let n = counted(labeling.sizes()[cluster], "row");
            let message = format!("all weights of a label with {n} are 0 (one must be positive)");
            return Err(Error::data(message));
        }
        let means = sums.means(&vec![0.0; k * d]);

        let around = Centers::new(&means, d);
        let room = || {
            let reader = tiles.reader::<f64>();
            (reader, Relative::new(d), vec![0; TILE_ROWS], vec![0.0; TILE_ROWS])
        };
        let parts = groups.map(room, |(reader, relative, labels, sq_distances), group| {
            check_cancelled(monitor)?;
            let mut around_own = Around::new(k);
            for tile in group {
                let mut tile = reader.load(tile);
                let rows = tile.rows();
                let n = rows.len();
                labels[..n].copy_from_slice(&labeling.clusters()[rows.clone()]);
                labels[n..].fill(0);
                let columns = relative.load(tile.columns(), &labels[..n], &firsts);
                kernel.own_sq_distances(&columns, n, &around, labels, sq_distances);
                let weights = weights.map(|weights| &weights[rows]);
                around_own.add(&labels[..n], sq_distances, weights);
            }
            Ok(around_own)
        })?;
        let mut around_own = Around::new(k);
        parts.into_iter().for_each(|part| around_own.join(part));
        let Around { distances, squares } = around_own;
        if !distances.iter().chain(&squares).all(|sum| sum.is_finite()) {
            return Err(not_measurable());
        }
        Ok(Self { d, firsts, means, weights: sums.weights().to_vec(), distances, squares })
    }

    /// The number of clusters.
    pub fn k(&self) -> usize {
        self.weights.len()
    }

    /// The mean of each cluster in the prepared space, row-major: k × d.
    pub fn centers(&self) -> Vec<f64> {
        self.firsts.iter().zip(&self.means).map(|(first, mean)| first + mean).collect()
    }

    /// A row that is no outlier, and the means relative to it: of each column the median of the rows
    /// that stand for the clusters.
    pub(super) fn relative_centers(&self) -> (Vec<f64>, Vec<f64>) {
        let of_column = |j: usize| self.firsts[j..].iter().step_by(self.d).copied();
        let origin: Vec<f64> = (0..self.d)
            .map(|j| {
                let mut values: Vec<f64> = of_column(j).collect();
                let middle = (values.len() - 1) / 2;
                *values.select_nth_unstable_by(middle, f64::total_cmp).1
            })
            .collect();
        let firsts = self.firsts.iter().zip(origin.iter().cycle());
        let centers = firsts.zip(&self.means).map(|((first, origin), mean)| first - origin + mean);
        let centers = centers.collect();
        (origin, centers)
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
        let mut apart = false;
        let mut sum = 0.0;
        for a in 0..k {
            let mut worst = 0.0_f64;
            for b in (0..k).filter(|&b| b != a) {
                let distance = self.distance(a, b);
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

    /// How far two means are apart.
    fn distance(&self, a: usize, b: usize) -> f64 {
        let (a, b) = (a * self.d, b * self.d);
        let squares = (0..self.d).map(|j| {
            // Rows first: where they are far from zero, that keeps the digits of the means.
            let rows = self.firsts[a + j] - self.firsts[b + j];
            (rows + (self.means[a + j] - self.means[b + j])).powi(2)
        });
        squares.sum::<f64>().sqrt()
    }

    /// The variance between clusters by that within them, both per degree of freedom (Calinski and
    /// Harabasz 1974). Larger is better. `None` for a single cluster, where all rows lie on their means,
    /// and where weights, which count rows here, add up to no more than there are clusters.
    pub fn calinski_harabasz(&self) -> Option<f64> {
        let n: f64 = self.weights.iter().sum();
        let (k, d) = (self.k() as f64, self.d);
        let (_, centers) = self.relative_centers();
        let mut middle = vec![0.0; d];
        for (center, weight) in centers.chunks_exact(d).zip(&self.weights) {
            middle.iter_mut().zip(center).for_each(|(middle, c)| *middle += weight / n * c);
        }
        let between: f64 = centers
            .chunks_exact(d)
            .zip(&self.weights)
            .map(|(center, weight)| {
                let squares = center.iter().zip(&middle).map(|(c, middle)| (c - middle).powi(2));
                weight * squares.sum::<f64>()
            })
            .sum();
        let score = between * (n - k) / (self.inertia() * (k - 1.0));
        (k > 1.0 && n > k).then_some(score).filter(|score| score.is_finite())
    }
}

/// What there is to say where distances make no numbers.
pub(super) fn not_measurable() -> Error {
    Error::data("values that are not finite, or so far apart that squared distances overflow")
}

/// One thread's room for the rows of a tile, relative to the first ones of their clusters.
struct Relative {
    columns: Vec<Vec<f64>>,
}

impl Relative {
    fn new(d: usize) -> Self {
        Self { columns: vec![vec![0.0; TILE_ROWS]; d] }
    }

    /// Of rows with these labels; what comes after them is finite and means nothing.
    fn load(&mut self, columns: &[&[f64]], labels: &[u32], firsts: &[f64]) -> Vec<&[f64]> {
        let d = columns.len();
        for (j, (to, from)) in self.columns.iter_mut().zip(columns).enumerate() {
            for ((to, x), &label) in to.iter_mut().zip(*from).zip(labels) {
                *to = x - firsts[label as usize * d + j];
            }
        }
        self.columns.iter().map(Vec::as_slice).collect()
    }
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
    use crate::seed::{Purpose, Seed};
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
    fn neither_far_rows_nor_offsets_cost_digits() {
        let mut stream = Seed(1).stream(Purpose::Synthetic, 0);
        let near: Vec<(f64, u32)> =
            (0..400).map(|i| (3.0 * f64::from(i % 2) + 0.1 * stream.normal(), i % 2)).collect();
        // Rows that are far, as clusters of their own and in others; and two clusters of tiny width.
        let tiny: Vec<(f64, u32)> =
            (0..20).map(|i| (1e9 * f64::from(i % 2) + 1e-6 * f64::from(i), i % 2)).collect();
        let cases = [
            [vec![(1e12, 2), (-1e12, 3), (1e12 + 1.0, 2)], near.clone()].concat(),
            [vec![(1e12, 2), (1e8, 0)], near].concat(),
            tiny,
        ];
        for rows in cases {
            let scores = |rows: &[(f64, u32)]| {
                let (x, labels): (Vec<f64>, Vec<u32>) = rows.iter().copied().unzip();
                let found = of(&x, &labels, None).unwrap();
                let (db, ch) = (found.davies_bouldin(), found.calinski_harabasz());
                (found.squares().to_vec(), db.unwrap(), ch.unwrap())
            };
            let (squares, db, ch) = scores(&rows);
            for (label, square) in (0..).zip(&squares) {
                let own = rows.iter().filter(|row| row.1 == label).map(|row| row.0);
                let first = own.clone().next().unwrap();
                let own: Vec<f64> = own.map(|x| x - first).collect();
                let mean = own.iter().sum::<f64>() / own.len() as f64;
                let direct: f64 = own.iter().map(|x| (x - mean).powi(2)).sum();
                assert!((square - direct).abs() <= 1e-12 * direct, "{square} {direct}");
            }
            let reversed: Vec<(f64, u32)> = rows.into_iter().rev().collect();
            let again = scores(&reversed);
            assert!((again.1 - db).abs() <= 1e-9 * db && (again.2 - ch).abs() <= 1e-9 * ch);
            for (a, b) in again.0.iter().zip(&squares) {
                assert!((a - b).abs() <= 1e-9 * b, "{a} {b}");
            }
        }
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
