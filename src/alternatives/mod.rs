//! Other ways to cluster than ours, from libraries, in the same prepared space: Ward's linkage,
//! DBSCAN and a Gaussian mixture. They are there to be compared with k-means by the same indices,
//! not to make models: none of them is written to a file or applied to other rows.
//!
//! Their cost grows with the square of the rows, or they read the rows many times without a kernel.
//! So each has a largest number of rows that it is run on, drawn at random where there are more,
//! and a cheap rule that gives all rows a cluster. [`AlternativeFit::how`] says which rows those were.
//!
//! Rejected: Ward's linkage of micro-clusters, because the library starts from single rows and would
//! take each of them for one; other libraries, see ARCHITECTURE.md. Rows count once each: none of the
//! libraries knows weights.

mod dbscan;
mod mixture;
mod rows;
mod ward;

use std::cmp::Reverse;
use std::fmt;

use rayon::prelude::*;

use crate::error::{Error, Result, counted, grouped};
use crate::guard;
use crate::kernel::Kernel;
use crate::monitor::{Monitor, check_cancelled};
use crate::scalar::Precision;
use crate::seed::{Purpose, Seed, Stream};
use crate::table::Tiles;

/// Another way to cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alternative {
    /// Agglomerative clustering by Ward's criterion (Ward 1963), cut at k clusters: rows are joined
    /// two by two so that the sum of squares within clusters grows least.
    Ward,
    /// Density-based clustering (Ester et al. 1996): clusters are where rows are dense, of any shape
    /// and as many as there are; rows elsewhere are noise.
    Dbscan,
    /// A mixture of k normal distributions with covariances of their own, by expectation
    /// maximisation: clusters may be long, tilted and of different widths.
    GaussianMixture,
}

impl Alternative {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ward, Self::Dbscan, Self::GaussianMixture];

    /// A short name: `ward`, `dbscan` or `gmm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ward => "ward",
            Self::Dbscan => "dbscan",
            Self::GaussianMixture => "gmm",
        }
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What another way to cluster found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlternativeFit {
    /// The cluster of each row, from 0 by decreasing size; rows that are noise have the number
    /// [`n_clusters`](Self::n_clusters).
    pub labels: Vec<u32>,
    /// Clusters that have rows. May be fewer than were asked for, and with DBSCAN any number, 0
    /// included.
    pub n_clusters: usize,
    /// Rows that belong to no cluster.
    pub n_noise: usize,
    /// What was run, on which rows, with which parameters: part of an English sentence.
    pub how: String,
}

/// Clusters the rows of `tiles` another way, into `k` clusters where the number is to be given
/// (DBSCAN finds its own).
///
/// Runs on the current rayon pool, with the same result for any number of threads. `monitor` is asked
/// between stages, not within a library, and hears of no progress.
///
/// # Errors
/// [`ErrorKind::Parameter`](crate::ErrorKind::Parameter) for no clusters, or more than can be made;
/// [`ErrorKind::Data`](crate::ErrorKind::Data) for fewer rows than clusters, rows that are all the
/// same, values that are not finite, and where the library fails: a mixture may not settle, or
/// not exist; [`ErrorKind::Memory`](crate::ErrorKind::Memory);
/// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) if `monitor` says so.
pub fn alternative(
    tiles: &Tiles<'_>,
    precision: Precision,
    kernel: &Kernel,
    which: Alternative,
    k: usize,
    seed: Seed,
    monitor: &dyn Monitor,
) -> Result<AlternativeFit> {
    check(tiles, k)?;
    check_cancelled(monitor)?;
    let task = Task { tiles, precision, kernel, which, k, seed, monitor };
    let (labels, mut how) = match which {
        Alternative::Ward => ward::labels(&task)?,
        Alternative::Dbscan => dbscan::labels(&task)?,
        Alternative::GaussianMixture => mixture::labels(&task)?,
    };
    check_cancelled(monitor)?;
    if tiles.weights().is_some() {
        how.push_str("; without weights, which it does not know");
    }
    Ok(by_size(labels, how))
}

/// What all of them are given.
struct Task<'a> {
    tiles: &'a Tiles<'a>,
    precision: Precision,
    kernel: &'a Kernel,
    which: Alternative,
    k: usize,
    seed: Seed,
    monitor: &'a dyn Monitor,
}

impl Task<'_> {
    /// The `part`-th source of draws; none is shared with another algorithm.
    fn stream(&self, part: u64) -> Stream {
        self.seed.stream(Purpose::Alternative, (self.which as u64) << 32 | part)
    }

    fn n_rows(&self) -> usize {
        self.tiles.n_rows()
    }

    fn n_features(&self) -> usize {
        self.tiles.n_features()
    }

    /// `most` rows, or fewer where there are so many columns that the distances between all of them
    /// would take long.
    fn most_paired(&self, most: usize) -> usize {
        const PRODUCTS: f64 = 1e10;
        most.min((PRODUCTS / self.n_features() as f64).sqrt() as usize)
    }

    fn check_cancelled(&self) -> Result<()> {
        check_cancelled(self.monitor)
    }
}

/// Marks noise until the clusters are numbered.
const NOISE: u32 = u32::MAX;

/// What holds for all of them.
fn check(tiles: &Tiles<'_>, k: usize) -> Result<()> {
    if k == 0 {
        return Err(Error::parameter("0 clusters (at least 1 is needed)"));
    }
    let n = tiles.n_rows();
    if tiles.n_features() == 0 {
        return Err(Error::data("no columns to cluster on"));
    }
    if n < k {
        let (rows, clusters) = (counted(n, "row"), counted(k, "cluster"));
        return Err(Error::data(format!("{rows} for {clusters} (at least as many are needed)")));
    }
    let first = tiles.row::<f64>(0);
    let looks = (0..tiles.n_tiles()).into_par_iter().map_init(
        || tiles.reader::<f64>(),
        |reader, tile| {
            let mut tile = reader.load(tile);
            let n = tile.n_rows();
            let columns = tile.columns().iter().zip(&first);
            columns.fold((true, true), |(finite, same), (values, first)| {
                let values = &values[..n];
                let all_finite = values.iter().all(|x| x.is_finite());
                (finite && all_finite, same && values.iter().all(|x| x == first))
            })
        },
    );
    let (finite, same) = looks.reduce(|| (true, true), |a, b| (a.0 && b.0, a.1 && b.1));
    if !finite {
        return Err(Error::data("a value is not finite"));
    }
    if same {
        return Err(Error::data("all rows are the same: there is nothing to tell clusters by"));
    }
    Ok(())
}

/// Clusters numbered by decreasing size, of equal ones that first whose row comes first.
fn by_size(mut labels: Vec<u32>, how: String) -> AlternativeFit {
    let n_labels = labels.iter().filter(|&&label| label != NOISE).max().map_or(0, |&l| l + 1);
    // Rows, and the first of them.
    let mut found = vec![(0_u64, usize::MAX); n_labels as usize];
    for (row, &label) in labels.iter().enumerate().filter(|&(_, &label)| label != NOISE) {
        let (size, first) = &mut found[label as usize];
        *size += 1;
        *first = row.min(*first);
    }
    let mut order: Vec<usize> = (0..found.len()).filter(|&label| found[label].0 > 0).collect();
    order.sort_by_key(|&label| (Reverse(found[label].0), found[label].1));
    let n_clusters = order.len();
    let mut numbers = vec![0; found.len()];
    for (number, label) in order.into_iter().enumerate() {
        numbers[label] = number as u32;
    }
    let mut n_noise = 0;
    for label in &mut labels {
        if *label == NOISE {
            n_noise += 1;
            *label = n_clusters as u32;
        } else {
            *label = numbers[*label as usize];
        }
    }
    AlternativeFit { labels, n_clusters, n_noise, how }
}

/// Runs a library that may panic on values that it did not expect; `name` is what it does.
fn guarded<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    guard::guarded(run, |reason| Error::data(format!("{name} failed on these rows ({reason})")))
}

/// `2,000 of 95,000 rows`, or `all 2,000 rows`.
fn of_rows(used: usize, n: usize) -> String {
    if used == n {
        return format!("all {} rows", grouped(n as u64));
    }
    format!("{} of {} rows", grouped(used as u64), grouped(n as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::metrics::{Contingency, Labeling};
    use crate::monitor::Silent;
    use crate::table::{Column, FeatureTable};

    /// Three round blobs, far apart, row by row in turn, and which is which.
    fn blobs(n: usize) -> (FeatureTable, Vec<u32>) {
        const CENTERS: [[f64; 3]; 3] = [[0.0, 0.0, 0.0], [20.0, 0.0, 5.0], [0.0, 25.0, -10.0]];
        let mut stream = Seed(0).stream(Purpose::Synthetic, 0);
        let mut columns = vec![Vec::new(); 3];
        for row in 0..n {
            for (j, column) in columns.iter_mut().enumerate() {
                column.push(CENTERS[row % 3][j] + stream.normal());
            }
        }
        (table(columns), (0..n).map(|row| (row % 3) as u32).collect())
    }

    fn table(columns: Vec<Vec<f64>>) -> FeatureTable {
        let columns = columns.into_iter().enumerate();
        let columns = columns.map(|(j, values)| Column::from_f64(format!("x{j}"), values));
        FeatureTable::new(columns.collect(), None).unwrap()
    }

    fn run(table: &FeatureTable, which: Alternative, k: usize) -> Result<AlternativeFit> {
        let kernel = Kernel::detect().unwrap();
        let tiles = Tiles::plain(table);
        alternative(&tiles, Precision::F64, &kernel, which, k, Seed(3), &Silent)
    }

    fn agreement(labels: &[u32], truth: &[u32]) -> f64 {
        let [a, b] = [labels, truth].map(|labels| Labeling::new(labels).unwrap());
        Contingency::new(&a, &b).unwrap().adjusted_rand()
    }

    fn check_consistency(fit: &AlternativeFit) {
        let mut sizes = vec![0; fit.n_clusters + 1];
        fit.labels.iter().for_each(|&label| sizes[label as usize] += 1);
        assert_eq!(sizes.pop(), Some(fit.n_noise));
        assert!(sizes.is_sorted_by(|a, b| a >= b) && !sizes.contains(&0), "{sizes:?}");
    }

    #[test]
    fn separate_blobs_are_found() {
        for n in [600, 12_000] {
            let (table, truth) = blobs(n);
            for which in Alternative::ALL {
                let fit = run(&table, which, 3).unwrap();
                check_consistency(&fit);
                assert_eq!(fit.n_clusters, 3, "{which}, {n}: {}", fit.how);
                // The tails of a normal distribution are sparse, so DBSCAN calls some of it noise.
                let limit = if which == Alternative::Dbscan { n / 10 } else { 0 };
                assert!(fit.n_noise <= limit, "{which}, {n}: {} of noise", fit.n_noise);
                // Whatever is in a cluster is in the right one.
                let clustered = (0..n).filter(|&row| fit.labels[row] < 3);
                let (labels, truth): (Vec<u32>, Vec<u32>) =
                    clustered.map(|row| (fit.labels[row], truth[row])).unzip();
                assert_eq!(agreement(&labels, &truth), 1.0, "{which}, {n}: {}", fit.how);
            }
        }
    }

    #[test]
    fn threads_do_not_show() {
        let (table, _) = blobs(12_000);
        for which in Alternative::ALL {
            let [one, three] = [1, 3].map(|n_threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
                pool.install(|| run(&table, which, 4).map_err(|error| error.to_string()))
            });
            assert_eq!(one, three);
        }
    }

    #[test]
    fn what_cannot_be_done_is_an_error() {
        let (few, _) = blobs(20);
        let constant = table(vec![vec![7.0; 50], vec![1.0; 50]]);
        for which in Alternative::ALL {
            assert_eq!(run(&few, which, 0).unwrap_err().kind(), ErrorKind::Parameter);
            assert_eq!(run(&few, which, 21).unwrap_err().kind(), ErrorKind::Data);
            for k in [1, 2] {
                assert_eq!(run(&constant, which, k).unwrap_err().kind(), ErrorKind::Data);
            }
        }
    }

    #[test]
    fn cancelling_ends_it() {
        struct Stop;
        impl Monitor for Stop {
            fn cancelled(&self) -> bool {
                true
            }
        }
        let (table, _) = blobs(60);
        let (kernel, tiles) = (Kernel::detect().unwrap(), Tiles::plain(&table));
        for which in Alternative::ALL {
            let end = alternative(&tiles, Precision::F32, &kernel, which, 3, Seed(0), &Stop);
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
        }
    }

    #[test]
    fn duplicates_are_clusters() {
        let truth: Vec<u32> = (0..300).map(|row| row % 3).collect();
        let x: Vec<f64> = truth.iter().map(|&label| f64::from(label * label)).collect();
        let table = table(vec![x.clone(), x]);
        for which in Alternative::ALL {
            // A mixture may fail where its components have no width; it must say so.
            match run(&table, which, 3) {
                Ok(fit) => assert_eq!(agreement(&fit.labels, &truth), 1.0, "{which}: {}", fit.how),
                Err(error) => {
                    assert_eq!(which, Alternative::GaussianMixture);
                    assert_eq!(error.kind(), ErrorKind::Data);
                }
            }
        }
    }

    #[test]
    fn more_clusters_than_different_rows_do_not_panic() {
        let x: Vec<f64> = (0..6_000).map(|row| f64::from(row % 2)).collect();
        let tables = [table(vec![x[..100].to_vec()]), table(vec![x])];
        for which in Alternative::ALL {
            for table in &tables {
                match run(table, which, 5) {
                    Ok(fit) => check_consistency(&fit),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Data),
                }
            }
        }
    }

    #[test]
    fn enormous_values_do_not_panic() {
        let x: Vec<f64> = (0..100).map(|row| f64::from(row % 7) * 1e200).collect();
        let table = table(vec![x]);
        for which in Alternative::ALL {
            assert_eq!(run(&table, which, 3).unwrap_err().kind(), ErrorKind::Data, "{which}");
        }
    }

    #[test]
    fn clusters_are_numbered_by_size() {
        let fit = by_size(vec![4, NOISE, 2, 2, 0, 0, 2], String::new());
        assert_eq!(fit.labels, [2, 3, 0, 0, 1, 1, 0]);
        assert_eq!((fit.n_clusters, fit.n_noise), (3, 1));
        let fit = by_size(vec![NOISE; 2], String::new());
        assert_eq!((fit.labels, fit.n_clusters, fit.n_noise), (vec![0, 0], 0, 2));
    }
}
