//! Labels, as clusters numbered without gaps.

use std::borrow::Cow;

use rayon::prelude::*;

use super::tally::tally;
use crate::error::{Error, Result};
use crate::seed::Stream;
use crate::table::filled;

/// The cluster of each row, where clusters are numbered from 0 in the order of their labels and none
/// is empty.
#[derive(Clone, Debug)]
pub struct Labeling<'a> {
    clusters: Cow<'a, [u32]>,
    labels: Vec<u32>,
    sizes: Vec<u64>,
}

impl<'a> Labeling<'a> {
    /// Labels as a fit gives them, or any others: each different number is a cluster.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) where there is no room for another number per
    /// row. Labels without gaps take none.
    pub fn new(labels: &'a [u32]) -> Result<Self> {
        let Some(counts) = counts(labels) else {
            return Self::sparse(labels);
        };
        if !counts.contains(&0) {
            let labels_of = (0..counts.len() as u32).collect();
            return Ok(Self { clusters: Cow::Borrowed(labels), labels: labels_of, sizes: counts });
        }
        let mut numbers = vec![0; counts.len()];
        let mut used = Vec::new();
        for (label, _) in counts.iter().enumerate().filter(|&(_, &n)| n > 0) {
            numbers[label] = used.len() as u32;
            used.push(label as u32);
        }
        let sizes = used.iter().map(|&label| counts[label as usize]).collect();
        let clusters = renumbered(labels, |label| numbers[label as usize])?;
        Ok(Self { clusters, labels: used, sizes })
    }

    /// Where some labels are large.
    fn sparse(labels: &'a [u32]) -> Result<Self> {
        let mut used = filled(labels.len(), 0)?;
        used.copy_from_slice(labels);
        used.par_sort_unstable();
        let sizes = used.chunk_by(|a, b| a == b).map(|run| run.len() as u64).collect();
        used.dedup();
        let number = |label: u32| used.partition_point(|&other| other < label) as u32;
        Ok(Self { clusters: renumbered(labels, number)?, labels: used, sizes })
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.clusters.len()
    }

    /// The number of clusters.
    pub fn k(&self) -> usize {
        self.sizes.len()
    }

    /// The cluster of each row.
    pub fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// The label of each cluster, ascending.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The rows of each cluster.
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// The first row of each cluster.
    pub(crate) fn first_rows(&self) -> Vec<usize> {
        let mut firsts = vec![usize::MAX; self.k()];
        let mut missing = self.k();
        for (row, &cluster) in self.clusters.iter().enumerate() {
            if missing == 0 {
                break;
            }
            let first = &mut firsts[cluster as usize];
            if *first == usize::MAX {
                *first = row;
                missing -= 1;
            }
        }
        firsts
    }

    /// About `rows` rows, ascending: of each cluster in proportion to its size, rounded down, but at
    /// least `fewest` as far as it has so many; `stream` gives each cluster draws of its own.
    pub(crate) fn draw(
        &self,
        rows: usize,
        fewest: usize,
        stream: impl Fn(u64) -> Stream,
    ) -> Vec<usize> {
        let share = rows as f64 / self.n_rows() as f64;
        let ranks = (0..).zip(&self.sizes).map(|(cluster, &size)| {
            let wanted = (size as f64 * share).floor() as usize;
            let wanted = wanted.max(fewest).min(size as usize);
            let mut ranks = stream(cluster).distinct(size as usize, wanted);
            ranks.sort_unstable();
            ranks.into_iter().peekable()
        });
        let mut ranks: Vec<_> = ranks.collect();
        // The rows that have these ranks within their clusters.
        let mut seen = vec![0; self.k()];
        let mut found = Vec::new();
        for (row, &cluster) in self.clusters().iter().enumerate() {
            let rank = &mut seen[cluster as usize];
            if ranks[cluster as usize].next_if_eq(rank).is_some() {
                found.push(row);
            }
            *rank += 1;
        }
        found
    }

    /// Refuses a labeling by which nothing can be told apart or together.
    ///
    /// # Errors
    /// [`ErrorKind::Data`](crate::ErrorKind::Data) if there is one cluster, or one per row.
    pub(crate) fn check_separates(&self) -> Result<()> {
        let (k, n) = (self.k(), self.n_rows());
        if k >= 2 && k < n {
            return Ok(());
        }
        Err(Error::data(format!(
            "{k} different {} of {n} rows (from 2 to one less than rows are needed)",
            if k == 1 { "label" } else { "labels" }
        )))
    }
}

/// How often each number up to the largest occurs; `None` if that is too large for a counter each.
fn counts(labels: &[u32]) -> Option<Vec<u64>> {
    /// Rows that are looked at twice while they are near the processor.
    const PART_ROWS: usize = 1 << 16;
    /// Counters that cost no more than the rows of a part.
    const MOST: usize = 1 << 18;
    let count = |part: &[u32]| {
        // Every label is below the next power of two; that takes one operation per vector of them.
        let bits = part.iter().fold(0, |bits, &label| bits | label) as usize;
        let span = (bits + 1).next_power_of_two();
        let (rounds, rest) = part.as_chunks();
        let rounds = rounds.iter().map(|round| round.map(|label| label as usize));
        (span <= MOST).then(|| tally(span, rounds, rest.iter().map(|&label| label as usize)))
    };
    let mut counts = labels.par_chunks(PART_ROWS).map(count).try_reduce(Vec::new, |a, b| {
        let (mut all, part) = if a.len() < b.len() { (b, a) } else { (a, b) };
        all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
        Some(all)
    })?;
    let used = counts.iter().rposition(|&n| n > 0).map_or(0, |last| last + 1);
    counts.truncate(used);
    Some(counts)
}

fn renumbered<'a>(labels: &[u32], number: impl Fn(u32) -> u32 + Sync) -> Result<Cow<'a, [u32]>> {
    let mut clusters = filled(labels.len(), 0)?;
    clusters.par_iter_mut().zip(labels).for_each(|(cluster, &label)| *cluster = number(label));
    Ok(Cow::Owned(clusters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Purpose, Seed};

    #[test]
    fn labels_without_gaps_are_taken_as_they_are() {
        let labels = [2, 0, 1, 1];
        let labeling = Labeling::new(&labels).unwrap();
        assert!(matches!(labeling.clusters, Cow::Borrowed(_)));
        assert_eq!((labeling.k(), labeling.sizes()), (3, &[1, 2, 1][..]));
    }

    #[test]
    fn gaps_and_large_numbers_are_numbered_anew_in_order() {
        for labels in [[7, 3, 7, 9], [u32::MAX, 5, u32::MAX, u32::MAX - 1]] {
            let labeling = Labeling::new(&labels).unwrap();
            let mut sorted = labels.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(labeling.labels(), sorted);
            for (&label, &cluster) in labels.iter().zip(labeling.clusters()) {
                assert_eq!(sorted[cluster as usize], label);
            }
            assert_eq!(labeling.sizes().iter().sum::<u64>(), 4);
            assert_eq!(labeling.k(), 3);
        }
    }

    #[test]
    fn rows_are_drawn_from_each_cluster_in_proportion() {
        let labels: Vec<u32> =
            (0..1000).map(|row| if row == 500 { 2 } else { u32::from(row % 4 == 0) }).collect();
        let labeling = Labeling::new(&labels).unwrap();
        let draw = |fewest| labeling.draw(100, fewest, |c| Seed(3).stream(Purpose::Silhouette, c));
        let count =
            |rows: &[usize], cluster| rows.iter().filter(|&&r| labels[r] == cluster).count();
        let rows = draw(2);
        assert!(rows.is_sorted_by(|a, b| a < b), "each once");
        // There is but one row in the third cluster.
        assert_eq!([0, 1, 2].map(|cluster| count(&rows, cluster)), [75, 24, 1]);
        assert_eq!(count(&draw(0), 2), 0);
        assert_eq!(count(&draw(40), 1), 40);
    }

    #[test]
    fn one_cluster_and_one_per_row_separate_nothing() {
        for labels in [&[][..], &[4], &[4, 4], &[0, 1], &[5, 9, 2]] {
            assert!(Labeling::new(labels).unwrap().check_separates().is_err(), "{labels:?}");
        }
        assert!(Labeling::new(&[0, 1, 1]).unwrap().check_separates().is_ok());
    }
}
