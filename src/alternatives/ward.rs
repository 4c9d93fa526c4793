//! Ward's linkage, by `kodama`: of all rows, or of a sample whose centroids then take all rows.
//!
//! The sample is stratified by the clusters of a k-means, so that a small segment is in it: of 5,000
//! rows drawn without regard to that, a segment of one row in a thousand would have five, give or take
//! two.

use kodama::{Method, linkage};
use rayon::prelude::*;

use super::rows::{Rows, sample};
use super::{Task, guarded, of_rows};
use crate::error::{Error, Result};
use crate::kmeans::{KMeansParams, fit, nearest};
use crate::table::filled;

/// Rows that are linked: their distances are 100 MB.
const MOST_ROWS: usize = 5_000;

/// A label per row, and what was done.
pub(super) fn labels(task: &Task<'_>) -> Result<(Vec<u32>, String)> {
    let (n, k) = (task.n_rows(), task.k);
    if n <= MOST_ROWS {
        let rows = Rows::read(task.tiles, &(0..n).collect::<Vec<_>>())?;
        let how = format!("Ward's linkage of {}", of_rows(n, n));
        return Ok((linked(task, &rows)?, how));
    }
    if k > MOST_ROWS {
        return Err(Error::parameter(format!(
            "{k} clusters (Ward's linkage makes at most {MOST_ROWS} of more rows than that)"
        )));
    }
    let drawn = stratified(task)?;
    let rows = Rows::read(task.tiles, &drawn)?;
    let labels = linked(task, &rows)?;
    let centers = centroids(&rows, &labels, k);
    task.check_cancelled()?;
    let all = 0..task.tiles.n_tiles();
    let labels = nearest(task.tiles, task.precision, task.kernel, &centers, all).labels;
    let how = format!(
        "Ward's linkage of {}, drawn in proportion from the clusters of a k-means; every row then \
         went to the nearest of the centroids found",
        of_rows(rows.n, n)
    );
    Ok((labels, how))
}

/// [`MOST_ROWS`] of the rows: from each cluster of a k-means its share, and at least one.
fn stratified(task: &Task<'_>) -> Result<Vec<usize>> {
    // One start: the clusters need not be the best ones to be strata.
    let params = KMeansParams { n_init: 1, seed: task.seed, ..KMeansParams::new(task.k) };
    let found = fit(task.tiles, task.precision, task.kernel, &params, task.monitor)?;
    let shares = allocation(&found.sizes, MOST_ROWS);
    // Which of the rows of each cluster, by their rank in it.
    let mut drawn: Vec<_> = (0..)
        .zip(found.sizes.iter().zip(&shares))
        .map(|(part, (&size, &share))| {
            sample(size as usize, share, &mut task.stream(part)).into_iter().peekable()
        })
        .collect();
    let mut ranks = vec![0; found.sizes.len()];
    let mut rows = Vec::with_capacity(MOST_ROWS);
    for (row, &label) in found.labels.iter().enumerate() {
        let rank = &mut ranks[label as usize];
        if drawn[label as usize].next_if_eq(rank).is_some() {
            rows.push(row);
        }
        *rank += 1;
    }
    Ok(rows)
}

/// `n` in proportion to `sizes` (of larger sum), by largest remainders, with at least 1 for each that
/// is not empty.
fn allocation(sizes: &[u64], n: usize) -> Vec<usize> {
    let total: u128 = sizes.iter().map(|&size| u128::from(size)).sum();
    let exact = |size: u64| u128::from(size) * n as u128;
    let least = |size: u64| usize::from(size > 0);
    let mut shares: Vec<usize> =
        sizes.iter().map(|&size| ((exact(size) / total) as usize).max(least(size))).collect();
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&i| sizes[i] > 0).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(exact(sizes[i]) % total), i));
    let given: usize = shares.iter().sum();
    // Fewer are missing than there are remainders.
    for &i in order.iter().take(n.saturating_sub(given)) {
        shares[i] = (shares[i] + 1).min(sizes[i] as usize);
    }
    // What the smallest were given, the largest lose.
    for _ in n..given {
        let largest = (0..shares.len()).max_by_key(|&i| (shares[i], std::cmp::Reverse(i)));
        if let Some(i) = largest.filter(|&i| shares[i] > 1) {
            shares[i] -= 1;
        }
    }
    shares
}

/// The cluster of each row, of `task.k`.
fn linked(task: &Task<'_>, rows: &Rows) -> Result<Vec<u32>> {
    let mut distances = condensed(rows)?;
    task.check_cancelled()?;
    let dendrogram =
        guarded("Ward's linkage", || Ok(linkage(&mut distances, rows.n, Method::Ward)))?;
    // The first merges leave k clusters; merge i makes the node n + i.
    let n_merges = rows.n - task.k;
    let mut roots: Vec<usize> = (0..rows.n + n_merges).collect();
    for (i, step) in dendrogram.steps().iter().enumerate().take(n_merges).rev() {
        // Later merges come first here, so the root of this one is known.
        let root = roots[rows.n + i];
        roots[step.cluster1] = root;
        roots[step.cluster2] = root;
    }
    let mut numbers = vec![u32::MAX; roots.len()];
    let mut next = 0;
    let number = |&root: &usize| {
        if numbers[root] == u32::MAX {
            numbers[root] = next;
            next += 1;
        }
        numbers[root]
    };
    Ok(roots[..rows.n].iter().map(number).collect())
}

/// The distances of each row to those after it; the library squares them itself.
fn condensed(rows: &Rows) -> Result<Vec<f64>> {
    let n = rows.n;
    let mut distances = filled(n * (n - 1) / 2, 0.0)?;
    let mut rest = distances.as_mut_slice();
    let mut parts = Vec::with_capacity(n);
    for row in 0..n {
        let (part, others) = rest.split_at_mut(n - 1 - row);
        parts.push(part);
        rest = others;
    }
    let finite = parts
        .into_par_iter()
        .enumerate()
        .map(|(a, part)| {
            for (b, distance) in (a + 1..n).zip(&mut *part) {
                *distance = rows.sq_distance(a, b).sqrt();
            }
            part.iter().all(|distance| distance.is_finite())
        })
        .reduce(|| true, |a, b| a && b);
    if !finite {
        return Err(Error::data("distances between rows overflow"));
    }
    Ok(distances)
}

/// The mean of each cluster's rows, row-major; none is empty.
fn centroids(rows: &Rows, labels: &[u32], k: usize) -> Vec<f64> {
    let d = rows.d;
    let (mut sums, mut sizes) = (vec![0.0; k * d], vec![0.0; k]);
    for (row, &label) in labels.iter().enumerate() {
        let label = label as usize;
        sizes[label] += 1.0;
        sums[label * d..][..d].iter_mut().zip(rows.row(row)).for_each(|(sum, x)| *sum += x);
    }
    for (sum, size) in sums.chunks_exact_mut(d).zip(sizes) {
        sum.iter_mut().for_each(|sum| *sum /= size);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_in_proportion_and_never_nothing() {
        assert_eq!(allocation(&[500, 300, 200], 10), [5, 3, 2]);
        assert_eq!(allocation(&[996, 2, 2], 10), [8, 1, 1]);
        assert_eq!(allocation(&[334, 333, 333], 10), [4, 3, 3]);
        assert_eq!(allocation(&[20, 0, 1], 4), [3, 0, 1]);
        assert_eq!(allocation(&[7, 7, 7], 3), [1, 1, 1]);
    }

    #[test]
    fn distances_are_condensed_row_by_row() {
        let rows = Rows { n: 3, d: 2, values: vec![0.0, 0.0, 3.0, 4.0, 0.0, 1.0] };
        assert_eq!(condensed(&rows).unwrap(), [5.0, 1.0, 18.0_f64.sqrt()]);
    }
}
