//! DBSCAN, by `linfa-clustering`: of all rows or of a uniform sample, whose dense rows then take the
//! others as DBSCAN would.
//!
//! Its two parameters are not asked for. The number of rows that make a row dense is twice the number
//! of columns (Sander et al. 1998), at least 4; the radius ε is the knee of the sorted distances to
//! that neighbour, the row itself counted (Ester et al. 1996, who read it off a plot): the point
//! farthest below the chord between the ends, which needs no threshold.

use linfa::ParamGuard;
use linfa::traits::Transformer;
use linfa_clustering::Dbscan;
use ndarray::ArrayView2;
use rayon::prelude::*;

use super::rows::{Rows, sample};
use super::{NOISE, Task, guarded, of_rows};
use crate::error::{Error, Result};
use crate::kmeans::nearest;
use crate::table::filled;

/// Rows that are clustered: the library asks for the neighbours of each, which may be all.
const MOST_ROWS: usize = 10_000;
/// Rows whose distances are sorted to find the radius.
const MOST_KNEE_ROWS: usize = 2_000;

/// A label per row, and what was done.
pub(super) fn labels(task: &Task<'_>) -> Result<(Vec<u32>, String)> {
    let n = task.n_rows();
    let drawn = sample(n, task.most_paired(MOST_ROWS), &mut task.stream(0));
    let rows = Rows::read(task.tiles, &drawn)?;
    let min_points = (2 * rows.d).max(4);
    let eps = knee_radius(&rows, min_points, &sample(rows.n, MOST_KNEE_ROWS, &mut task.stream(1)))?;
    task.check_cancelled()?;
    let found = clustered(&rows, min_points, eps)?;
    let radius = if eps < 0.01 { format!("{eps:.2e}") } else { format!("{eps:.3}") };
    let mut how = format!(
        "DBSCAN of {}, where a row is dense with {min_points} rows within a radius of {radius} (the \
         knee of the distances within which rows have so many)",
        of_rows(rows.n, n)
    );
    if rows.n == n {
        return Ok((found, how));
    }
    task.check_cancelled()?;
    let mut labels = by_dense_rows(task, &rows, &found, min_points, eps)?;
    for (&row, &label) in drawn.iter().zip(&found) {
        labels[row] = label;
    }
    how.push_str("; every other row went to its nearest dense row within the radius");
    Ok((labels, how))
}

/// The knee of the distances of `some` rows to their `min_points`-th neighbour, themselves counted as
/// the first, as the library counts. Positive and finite.
fn knee_radius(rows: &Rows, min_points: usize, some: &[usize]) -> Result<f64> {
    let kth = min_points.min(rows.n) - 1;
    // And the smallest distance that is not 0.
    let mut found: Vec<(f64, f64)> = some
        .par_iter()
        .map_init(Vec::new, |distances: &mut Vec<f64>, &row| {
            distances.clear();
            distances.extend((0..rows.n).map(|other| rows.sq_distance(row, other)));
            let positive = distances.iter().copied().filter(|&x| x > 0.0);
            let smallest = positive.fold(f64::INFINITY, f64::min);
            let (_, kth, _) = distances.select_nth_unstable_by(kth, f64::total_cmp);
            (kth.sqrt(), smallest.sqrt())
        })
        .collect();
    found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let sorted: Vec<f64> = found.iter().map(|found| found.0).collect();
    let mut eps = knee(&sorted);
    if eps == 0.0 {
        // Where most rows have duplicates. If all have enough of them, any radius that reaches no
        // other row says so.
        let positive = sorted.iter().copied().find(|&x| x > 0.0);
        let smallest = found.iter().map(|found| found.1).fold(f64::INFINITY, f64::min);
        eps = positive.unwrap_or(0.5 * smallest);
    }
    // The library works with its square.
    if eps * eps == 0.0 || !(eps * eps).is_finite() {
        return Err(Error::data(format!("no radius for DBSCAN: distances are about {eps:e}")));
    }
    Ok(eps)
}

/// Of values in ascending order, that farthest below the chord between the first and the last; the
/// last if none is below it.
fn knee(sorted: &[f64]) -> f64 {
    let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else {
        return 0.0;
    };
    let steps = (sorted.len() - 1).max(1) as f64;
    let mut best = (0.0, last);
    for (i, &y) in sorted.iter().enumerate() {
        let below = first + (last - first) * (i as f64 / steps) - y;
        if below > best.0 {
            best = (below, y);
        }
    }
    best.1
}

/// What the library finds.
fn clustered(rows: &Rows, min_points: usize, eps: f64) -> Result<Vec<u32>> {
    guarded("DBSCAN", || {
        let failed = |error: &dyn std::fmt::Display| Error::data(format!("DBSCAN failed: {error}"));
        let view = ArrayView2::from_shape((rows.n, rows.d), &rows.values);
        let view = view.map_err(|error| failed(&error))?;
        let params = Dbscan::params(min_points).tolerance(eps);
        let found = params.check().map_err(|error| failed(&error))?.transform(&view);
        Ok(found.iter().map(|label| label.map_or(NOISE, |label| label as u32)).collect())
    })
}

/// The cluster of the nearest dense row within `eps` for each row of the table: what makes a row part
/// of a cluster in DBSCAN, too.
fn by_dense_rows(
    task: &Task<'_>,
    rows: &Rows,
    found: &[u32],
    min_points: usize,
    eps: f64,
) -> Result<Vec<u32>> {
    /// After so many tiles it is seen whether to stop.
    const TILES: usize = 64;

    // The library tells which rows are in a cluster, not which are dense.
    let is_dense = |&row: &usize| {
        let near = (0..rows.n).filter(|&other| rows.sq_distance(row, other) <= eps * eps);
        found[row] != NOISE && near.take(min_points).count() == min_points
    };
    let dense: Vec<usize> = (0..rows.n).into_par_iter().filter(is_dense).collect();
    let mut labels = filled(task.n_rows(), NOISE)?;
    if dense.is_empty() {
        return Ok(labels);
    }
    // Each is a centre: the kernels compare with all of them faster than a tree would.
    let centers: Vec<f64> = dense.iter().flat_map(|&row| rows.row(row)).copied().collect();
    let n_tiles = task.tiles.n_tiles();
    for start in (0..n_tiles).step_by(TILES) {
        task.check_cancelled()?;
        let range = start..n_tiles.min(start + TILES);
        let first = task.tiles.rows(start).start;
        let near = nearest(task.tiles, task.precision, task.kernel, &centers, range);
        let near = near.labels.iter().zip(&near.distances);
        for (label, (&center, &distance)) in labels[first..].iter_mut().zip(near) {
            if distance <= eps {
                *label = found[dense[center as usize]];
            }
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_knee_is_farthest_below_the_chord() {
        assert_eq!(knee(&[1.0, 1.1, 1.2, 1.3, 5.0, 9.0]), 1.3);
        assert_eq!(knee(&[2.0, 2.0, 2.0]), 2.0);
        assert_eq!(knee(&[3.0]), 3.0);
    }

    #[test]
    fn rows_on_their_own_are_noise() {
        let mut values: Vec<f64> =
            (0..40).map(|i| f64::from(i % 20) + 1_000.0 * f64::from(i / 20)).collect();
        values.push(500.0);
        let rows = Rows { n: 41, d: 1, values };
        let found = clustered(&rows, 4, 2.0).unwrap();
        assert!(found[..20].iter().all(|&label| label == 0));
        assert!(found[20..40].iter().all(|&label| label == 1));
        assert_eq!(found[40], NOISE);
    }
}
