//! Rows and centres on a plane, for a picture.

use crate::table::Tiles;

/// The two directions in which rows differ most, and where some rows and all centres lie on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// Unit vectors by column; the second is zero where there is one column only.
    pub axes: [Vec<f64>; 2],
    /// The share of the variance of the rows along each.
    pub explained: [f64; 2],
    /// Rows, ascending, with their places on the plane.
    pub points: Vec<(usize, [f64; 2])>,
    /// The centres' places.
    pub centers: Vec<[f64; 2]>,
}

/// Rows that the directions are found from, at most.
const ROWS: usize = 20_000;

impl Projection {
    /// Principal components (Pearson 1901) of the rows in the prepared space, of at most 20,000 of them at equal
    /// steps, and `n_points` of these, at most, on the plane; `centers` are row-major.
    ///
    /// The sign of an axis is such that its largest part is positive, as scikit-learn's.
    pub fn new(tiles: &Tiles<'_>, centers: &[f64], n_points: usize) -> Self {
        let d = tiles.n_features();
        let rows = steps(tiles.n_rows(), ROWS);
        let values: Vec<Vec<f64>> = rows.iter().map(|&row| tiles.row::<f64>(row)).collect();
        let n = values.len().max(1) as f64;
        let mut mean = vec![0.0; d];
        for row in &values {
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / n);
        }
        let mut covariance = vec![0.0; d * d];
        for row in &values {
            for i in 0..d {
                for j in 0..=i {
                    covariance[i * d + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / n;
                }
            }
        }
        for i in 0..d {
            for j in 0..i {
                covariance[j * d + i] = covariance[i * d + j];
            }
        }
        let total: f64 = (0..d).map(|i| covariance[i * d + i]).sum();
        let (variances, vectors) = eigen(covariance, d);
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&a, &b| variances[b].total_cmp(&variances[a]).then(a.cmp(&b)));
        let axis = |at: usize| match order.get(at) {
            Some(&column) => upright((0..d).map(|row| vectors[row * d + column]).collect()),
            None => vec![0.0; d],
        };
        let share = |at: usize| match order.get(at) {
            Some(&column) if total > 0.0 => (variances[column] / total).clamp(0.0, 1.0),
            _ => 0.0,
        };
        let axes = [axis(0), axis(1)];
        let place = |row: &[f64]| {
            [0, 1].map(|at: usize| {
                let parts = row.iter().zip(&mean).zip(&axes[at]);
                parts.map(|((x, mean), part)| (x - mean) * part).sum::<f64>()
            })
        };
        let points = steps(rows.len(), n_points);
        Self {
            explained: [share(0), share(1)],
            points: points.into_iter().map(|at| (rows[at], place(&values[at]))).collect(),
            centers: centers.chunks(d.max(1)).map(place).collect(),
            axes,
        }
    }
}

/// At most `most` numbers below `n`, at equal steps.
fn steps(n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    (0..most).map(|i| (i as u128 * n as u128 / most as u128) as usize).collect()
}

/// The same direction, whose largest part is positive.
fn upright(axis: Vec<f64>) -> Vec<f64> {
    let largest = axis.iter().copied().reduce(|a, b| if b.abs() > a.abs() { b } else { a });
    if largest.is_some_and(|x| x < 0.0) { axis.into_iter().map(|x| -x).collect() } else { axis }
}

/// Eigenvalues and eigenvectors (by column) of a symmetric matrix, by Jacobi's rotations in cyclic order
/// (Golub and Van Loan, *Matrix Computations*, 8.5).
fn eigen(mut a: Vec<f64>, d: usize) -> (Vec<f64>, Vec<f64>) {
    const SWEEPS: usize = 60;
    let mut vectors = vec![0.0; d * d];
    (0..d).for_each(|i| vectors[i * d + i] = 1.0);
    for _ in 0..SWEEPS {
        let size: f64 = a.iter().map(|x| x * x).sum();
        let off: f64 = (0..d)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| a[i * d + j].powi(2))
            .sum();
        if off <= 1e-30 * size {
            break;
        }
        for p in 0..d {
            for q in p + 1..d {
                let apq = a[p * d + q];
                if apq == 0.0 {
                    continue;
                }
                let theta = (a[q * d + q] - a[p * d + p]) / (2.0 * apq);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for i in 0..d {
                    let (x, y) = (a[i * d + p], a[i * d + q]);
                    (a[i * d + p], a[i * d + q]) = (c * x - s * y, s * x + c * y);
                }
                for i in 0..d {
                    let (x, y) = (a[p * d + i], a[q * d + i]);
                    (a[p * d + i], a[q * d + i]) = (c * x - s * y, s * x + c * y);
                    let (x, y) = (vectors[i * d + p], vectors[i * d + q]);
                    (vectors[i * d + p], vectors[i * d + q]) = (c * x - s * y, s * x + c * y);
                }
            }
        }
    }
    ((0..d).map(|i| a[i * d + i]).collect(), vectors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, FeatureTable};

    #[test]
    fn axes_are_those_of_the_covariance() {
        // A line with slope 2 and little beside it.
        let x: Vec<f64> = (0..100).map(|i| f64::from(i) / 10.0).collect();
        let y: Vec<f64> =
            x.iter().enumerate().map(|(i, x)| 2.0 * x + [0.05, -0.05][i % 2]).collect();
        let table =
            FeatureTable::new(vec![Column::from_f64("x", x), Column::from_f64("y", y)], None);
        let table = table.unwrap();
        let found = Projection::new(&Tiles::plain(&table), &[4.95, 9.9], 10);
        assert!((found.axes[0][1] / found.axes[0][0] - 2.0).abs() < 1e-3);
        assert!(found.explained[0] > 0.9999 && found.explained.iter().sum::<f64>() <= 1.0 + 1e-12);
        assert_eq!(found.points.len(), 10);
        assert!(found.centers[0][0].abs() < 1e-9, "{:?}", found.centers);
        let across: f64 = found.axes[0].iter().zip(&found.axes[1]).map(|(a, b)| a * b).sum();
        assert!(across.abs() < 1e-12);
    }

    #[test]
    fn one_column_and_equal_rows_are_no_trouble() {
        for values in [vec![1.0, 2.0, 3.0], vec![5.0; 3]] {
            let table = FeatureTable::new(vec![Column::from_f64("x", values)], None).unwrap();
            let found = Projection::new(&Tiles::plain(&table), &[2.0], 10);
            assert_eq!((found.points.len(), found.axes[1][0]), (3, 0.0));
            assert!(
                found.explained[0].is_finite() && found.points.iter().all(|p| p.1[0].is_finite())
            );
        }
    }

    #[test]
    fn eigenvalues_of_a_matrix_of_three() {
        // The characteristic polynomial of this one has the roots 1, 2 and 4.
        let (mut values, _) = eigen(vec![2.0, 1.0, 0.0, 1.0, 3.0, 1.0, 0.0, 1.0, 2.0], 3);
        values.sort_by(f64::total_cmp);
        for (found, expected) in values.iter().zip([1.0, 2.0, 4.0]) {
            assert!((found - expected).abs() < 1e-12, "{values:?}");
        }
    }
}
