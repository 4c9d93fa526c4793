//! Ward's linkage, by `kodama`: of all rows, or of a sample whose centroids then take all rows.
//!
//! The sample is stratified by the clusters of a k-means, so that a small segment is in it: of 5,000
//! rows drawn without regard to that, a segment of one row in a thousand would have five, give or take
//! two.

use kodama::{Method, linkage};
use rayon::prelude::*;

use super::rows::Rows;
use super::{Task, guarded, of_rows};
use crate::error::{Error, Result};
use crate::kmeans::{KMeansParams, fit, nearest};
use crate::metrics::Labeling;
use crate::table::filled;

/// Rows that are linked: their distances are 100 MB.
const MOST_ROWS: usize = 5_000;

/// A label per row, and what was done.
pub(super) fn labels(task: &Task<'_>) -> Result<(Vec<u32>, String)> {
    let (n, k) = (task.n_rows(), task.k);
    let most = task.most_paired(MOST_ROWS);
    if n <= most {
        let rows = Rows::read(task.tiles, &(0..n).collect::<Vec<_>>())?;
        let how = format!("Ward's linkage of {}", of_rows(n, n));
        return Ok((linked(task, &rows)?, how));
    }
    if k > most {
        return Err(Error::parameter(format!(
            "{k} clusters (Ward's linkage makes at most {most} of more rows than that)"
        )));
    }
    let drawn = stratified(task, most)?;
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

/// At most `most` of the rows: from each cluster of a k-means its share, and at least one.
fn stratified(task: &Task<'_>, most: usize) -> Result<Vec<usize>> {
    // One start: the clusters need not be the best ones to be strata.
    let params = KMeansParams { n_init: 1, seed: task.seed, ..KMeansParams::new(task.k) };
    let found = fit(task.tiles, task.precision, task.kernel, &params, task.monitor)?;
    // Where the share of a cluster is less than one row, it is one too many.
    let shared = most.saturating_sub(task.k);
    Ok(Labeling::new(&found.labels)?.draw(shared, 1, |cluster| task.stream(cluster)))
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
    fn distances_are_condensed_row_by_row() {
        let rows = Rows { n: 3, d: 2, values: vec![0.0, 0.0, 3.0, 4.0, 0.0, 1.0] };
        assert_eq!(condensed(&rows).unwrap(), [5.0, 1.0, 18.0_f64.sqrt()]);
    }
}
