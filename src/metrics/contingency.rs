//! Two labelings of the same rows against each other: what they agree on.

use std::collections::HashSet;

use rayon::prelude::*;

use super::tally::{TURNS, tally};
use super::{Labeling, matching};
use crate::error::{Error, Result};
use crate::table::filled;

/// How many rows each cluster of one labeling shares with each of another.
///
/// "Truth" is the first labeling and "prediction" the second, as in scikit-learn. Of the scores only
/// [`homogeneity`](Self::homogeneity) and [`completeness`](Self::completeness) change when the two are
/// exchanged; [`jaccard`](Self::jaccard) and [`best_matching`](Self::best_matching) are of the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contingency {
    truth_sizes: Vec<u64>,
    prediction_sizes: Vec<u64>,
    /// Those with rows, by `truth`, then by `prediction`.
    cells: Vec<Cell>,
    n: u64,
}

/// The rows that belong to a cluster of either labeling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The cluster of the first labeling.
    pub truth: u32,
    /// The cluster of the second labeling.
    pub prediction: u32,
    /// Rows in both.
    pub n: u64,
}

impl Contingency {
    /// Counts each row once.
    ///
    /// # Errors
    /// If the labelings are of different numbers of rows, or of none;
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) where there are very many clusters and no
    /// room to sort the rows.
    pub fn new(truth: &Labeling<'_>, prediction: &Labeling<'_>) -> Result<Self> {
        Self::of_numbered(truth.clusters(), truth.k(), prediction.clusters(), prediction.k())
    }

    /// Counts each row once, of clusters `0..n_truth` and `0..n_prediction`, some of which may be empty.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    ///
    /// # Panics
    /// If a row is of a cluster beyond.
    pub(crate) fn of_numbered(
        truth: &[u32],
        n_truth: usize,
        prediction: &[u32],
        n_prediction: usize,
    ) -> Result<Self> {
        check_lengths(truth.len(), prediction.len())?;
        let cells = match Table::of(n_truth, n_prediction) {
            Some(table) => table.count(truth, prediction),
            None => sorted_cells(truth, prediction)?,
        };
        Ok(Self::from_cells(cells, n_truth, n_prediction))
    }

    /// Counts each row as often as `counts` says: that of rows drawn with replacement.
    ///
    /// # Errors
    /// As for [`new`](Self::new); and if every count is 0.
    ///
    /// # Panics
    /// If there is not one count per row.
    pub fn with_counts(
        truth: &Labeling<'_>,
        prediction: &Labeling<'_>,
        counts: &[u32],
    ) -> Result<Self> {
        check_lengths(truth.n_rows(), prediction.n_rows())?;
        assert_eq!(counts.len(), truth.n_rows(), "one count per row");
        let rows = truth.clusters().iter().zip(prediction.clusters()).zip(counts);
        let rows = rows.map(|((&truth, &prediction), &n)| Cell { truth, prediction, n: n.into() });
        let cells = match Table::of(truth.k(), prediction.k()) {
            Some(table) => {
                let mut counts = vec![0; table.len];
                for cell in rows {
                    counts[cell.truth as usize * table.width + cell.prediction as usize] += cell.n;
                }
                table.cells(counts)
            }
            None => {
                let mut rows: Vec<Cell> = rows.filter(|cell| cell.n > 0).collect();
                rows.sort_unstable_by_key(|cell| (cell.truth, cell.prediction));
                let same = |x: &Cell, y: &Cell| (x.truth, x.prediction) == (y.truth, y.prediction);
                let runs = rows.chunk_by(same);
                let sum = |run: &[Cell]| run.iter().map(|cell| cell.n).sum();
                runs.map(|run| Cell { n: sum(run), ..run[0] }).collect()
            }
        };
        let table = Self::from_cells(cells, truth.k(), prediction.k());
        if table.n == 0 {
            return Err(Error::data("no row counts (at least one must)"));
        }
        Ok(table)
    }

    fn from_cells(cells: Vec<Cell>, n_truth: usize, n_prediction: usize) -> Self {
        let mut truth_sizes = vec![0; n_truth];
        let mut prediction_sizes = vec![0; n_prediction];
        let mut n = 0;
        for cell in &cells {
            truth_sizes[cell.truth as usize] += cell.n;
            prediction_sizes[cell.prediction as usize] += cell.n;
            n += cell.n;
        }
        Self { truth_sizes, prediction_sizes, cells, n }
    }

    /// The same with the labelings exchanged.
    pub fn transposed(&self) -> Self {
        let turned =
            |cell: &Cell| Cell { truth: cell.prediction, prediction: cell.truth, n: cell.n };
        let mut cells: Vec<Cell> = self.cells.iter().map(turned).collect();
        cells.sort_unstable_by_key(|cell| (cell.truth, cell.prediction));
        Self {
            truth_sizes: self.prediction_sizes.clone(),
            prediction_sizes: self.truth_sizes.clone(),
            cells,
            n: self.n,
        }
    }

    /// The rows that were counted.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The rows of each cluster of the first labeling.
    pub fn truth_sizes(&self) -> &[u64] {
        &self.truth_sizes
    }

    /// The rows of each cluster of the second labeling.
    pub fn prediction_sizes(&self) -> &[u64] {
        &self.prediction_sizes
    }

    /// The pairs of clusters that share rows, in the order of the first, then of the second.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The share of pairs of rows that both labelings put together or both put apart (Rand 1971);
    /// 1 where there is no pair.
    pub fn rand(&self) -> f64 {
        let Pairs { both, truth_only, prediction_only, neither } = self.pairs();
        let agreed = both + neither;
        let all = agreed + truth_only + prediction_only;
        if all == 0 { 1.0 } else { agreed as f64 / all as f64 }
    }

    /// The Rand index above what chance gives, by the share of what is left above chance (Hubert and
    /// Arabie 1985): 1 for equal labelings, about 0 for independent ones. Also called ARI.
    pub fn adjusted_rand(&self) -> f64 {
        let Pairs { both, truth_only, prediction_only, neither } = self.pairs();
        if truth_only == 0 && prediction_only == 0 {
            return 1.0;
        }
        let [both, truth_only, prediction_only, neither] =
            [both, truth_only, prediction_only, neither].map(|pairs| pairs as i128);
        // Exact as long as the products fit; then four numbers of 64 bits, and no cancellation beyond
        // their own rounding.
        let exact = || {
            let above = both.checked_mul(neither)? - truth_only.checked_mul(prediction_only)?;
            let left = (both + truth_only).checked_mul(truth_only + neither)?;
            let right = (both + prediction_only).checked_mul(prediction_only + neither)?;
            Some(2.0 * above as f64 / left.checked_add(right)? as f64)
        };
        exact().unwrap_or_else(|| {
            let [both, truth_only, prediction_only, neither] =
                [both, truth_only, prediction_only, neither].map(|pairs| pairs as f64);
            2.0 * (both * neither - truth_only * prediction_only)
                / ((both + truth_only) * (truth_only + neither)
                    + (both + prediction_only) * (prediction_only + neither))
        })
    }

    /// The geometric mean of two shares: of the pairs that one labeling puts together, those that the
    /// other does too (Fowlkes and Mallows 1983). 0 where no pair is together in both.
    pub fn fowlkes_mallows(&self) -> f64 {
        let Pairs { both, truth_only, prediction_only, .. } = self.pairs();
        if both == 0 {
            return 0.0;
        }
        let share = |alone: u128| (both as f64 / (both + alone) as f64).sqrt();
        share(truth_only) * share(prediction_only)
    }

    /// For each cluster of the first labeling, how much it has in common with the cluster of the
    /// second that is most like it: rows in both by rows in either (Jaccard), as Hennig (2007,
    /// "Cluster-wise assessment of cluster stability") measures whether a cluster is found again.
    /// 0 for a cluster without rows.
    pub fn jaccard(&self) -> Vec<f64> {
        let mut best = vec![0.0; self.truth_sizes.len()];
        for cell in &self.cells {
            let best: &mut f64 = &mut best[cell.truth as usize];
            *best = best.max(self.jaccard_in(cell));
        }
        best
    }

    /// How much two clusters have in common, `truth` of the first labeling and `prediction` of the
    /// second: rows in both by rows in either (Jaccard). 0 where they share none.
    pub fn jaccard_of(&self, truth: u32, prediction: u32) -> f64 {
        let found = (self.cells)
            .binary_search_by_key(&(truth, prediction), |cell| (cell.truth, cell.prediction));
        found.map_or(0.0, |at| self.jaccard_in(&self.cells[at]))
    }

    fn jaccard_in(&self, cell: &Cell) -> f64 {
        let either = self.truth_sizes[cell.truth as usize]
            + self.prediction_sizes[cell.prediction as usize]
            - cell.n;
        cell.n as f64 / either as f64
    }

    /// For each cluster of the first labeling, the cluster of the second that stands for it where
    /// every cluster is used once at most and as many rows as possible agree; `None` where clusters of
    /// the second have run out. (The assignment problem, solved exactly.)
    ///
    /// Takes time in the cube of the number of clusters, and memory in its square.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no room for that.
    pub fn best_matching(&self) -> Result<Vec<Option<u32>>> {
        matching::largest(&self.cells, self.truth_sizes.len(), self.prediction_sizes.len())
    }

    /// As [`best_matching`](Self::best_matching), but so that the Jaccard similarities of the pairs add
    /// up to most; of those pairs only that share rows and that `may` accepts, by similarity.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn matching_by_jaccard(
        &self,
        may: impl Fn(&Cell, f64) -> bool,
    ) -> Result<Vec<Option<u32>>> {
        /// Parts of one: whole numbers, so that nothing hangs on the order in which they are added.
        const ONE: f64 = (1_u64 << 40) as f64;
        let gain = |cell: &Cell| {
            let jaccard = self.jaccard_in(cell);
            may(cell, jaccard).then_some(Cell { n: (jaccard * ONE) as u64, ..*cell })
        };
        let gains: Vec<Cell> = self.cells.iter().filter_map(gain).collect();
        let mut matched =
            matching::largest(&gains, self.truth_sizes.len(), self.prediction_sizes.len())?;
        // Who is left over is paired with someone, too.
        let pairs: HashSet<(u32, u32)> = gains.iter().map(|c| (c.truth, c.prediction)).collect();
        for (truth, matched) in (0..).zip(&mut matched) {
            *matched = matched.filter(|&prediction| pairs.contains(&(truth, prediction)));
        }
        Ok(matched)
    }

    /// Ordered pairs of different rows, by who puts them together.
    fn pairs(&self) -> Pairs {
        let n = u128::from(self.n);
        let squares = |sizes: &[u64]| sizes.iter().map(|&n| u128::from(n).pow(2)).sum::<u128>();
        let both: u128 = self.cells.iter().map(|cell| u128::from(cell.n).pow(2)).sum();
        let truth = squares(&self.truth_sizes);
        let prediction = squares(&self.prediction_sizes);
        Pairs {
            both: both - n,
            truth_only: truth - both,
            prediction_only: prediction - both,
            neither: (n * n + both) - (truth + prediction),
        }
    }
}

struct Pairs {
    both: u128,
    truth_only: u128,
    prediction_only: u128,
    neither: u128,
}

fn check_lengths(a: usize, b: usize) -> Result<()> {
    if a != b {
        return Err(Error::data(format!("{a} labels and {b} (both must be of the same rows)")));
    }
    if a == 0 {
        return Err(Error::data("no labels (at least one is needed)"));
    }
    Ok(())
}

/// A counter for every pair of clusters, where those are few.
struct Table {
    /// Clusters of the second labeling.
    width: usize,
    len: usize,
}

impl Table {
    /// Counters that a thread has for itself: little beside what it reads.
    const MOST: usize = 1 << 20;

    fn of(n_truth: usize, n_prediction: usize) -> Option<Self> {
        let len = n_truth.checked_mul(n_prediction).filter(|&len| len <= Self::MOST)?;
        Some(Self { width: n_prediction, len })
    }

    fn count(&self, truth: &[u32], prediction: &[u32]) -> Vec<Cell> {
        // Counts are whole, so how rows are shared out does not show.
        let rows = truth.len().div_ceil(rayon::current_num_threads()).clamp(1 << 16, 1 << 30);
        let parts = truth.par_chunks(rows).zip(prediction.par_chunks(rows));
        let counts = parts.map(|(truth, prediction)| self.count_part(truth, prediction)).reduce(
            || vec![0; self.len],
            |mut all, part| {
                all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
                all
            },
        );
        self.cells(counts)
    }

    /// Those with rows.
    fn cells(&self, counts: Vec<u64>) -> Vec<Cell> {
        let counts = counts.into_iter().enumerate().filter(|&(_, n)| n > 0);
        let cell = |i: usize, n| {
            let (truth, prediction) = ((i / self.width) as u32, (i % self.width) as u32);
            Cell { truth, prediction, n }
        };
        counts.map(|(i, n)| cell(i, n)).collect()
    }

    fn count_part(&self, truth: &[u32], prediction: &[u32]) -> Vec<u64> {
        let at =
            |(&truth, &prediction): (&u32, &u32)| truth as usize * self.width + prediction as usize;
        let (truth, truth_rest) = truth.as_chunks::<TURNS>();
        let (prediction, prediction_rest) = prediction.as_chunks::<TURNS>();
        let rounds = truth.iter().zip(prediction);
        let rounds = rounds.map(|(a, b)| std::array::from_fn(|turn| at((&a[turn], &b[turn]))));
        tally(self.len, rounds, truth_rest.iter().zip(prediction_rest).map(at))
    }
}

/// The cells of two labelings with so many clusters that a table of them would be too large.
fn sorted_cells(truth: &[u32], prediction: &[u32]) -> Result<Vec<Cell>> {
    let mut keys = filled(truth.len(), 0_u64)?;
    keys.par_iter_mut()
        .zip(truth.par_iter().zip(prediction))
        .for_each(|(key, (&a, &b))| *key = u64::from(a) << 32 | u64::from(b));
    keys.par_sort_unstable();
    let runs = keys.chunk_by(|a, b| a == b);
    let cells = runs.map(|run| Cell {
        truth: (run[0] >> 32) as u32,
        prediction: run[0] as u32,
        n: run.len() as u64,
    });
    Ok(cells.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seed::{Purpose, Seed};

    pub(in super::super) fn table(truth: &[u32], prediction: &[u32]) -> Contingency {
        let [truth, prediction] = [truth, prediction].map(|x| Labeling::new(x).unwrap());
        Contingency::new(&truth, &prediction).unwrap()
    }

    #[test]
    fn counts_are_those_of_the_rows() {
        let t = table(&[0, 0, 1, 1, 1], &[9, 4, 4, 4, 9]);
        let cells = [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 1, 1)];
        let cells = cells.map(|(truth, prediction, n)| Cell { truth, prediction, n });
        assert_eq!(t.cells(), cells);
        assert_eq!((t.truth_sizes(), t.prediction_sizes()), (&[2, 3][..], &[3, 2][..]));
        assert_eq!(t.jaccard(), [1.0 / 3.0, 0.5]);
        assert_eq!([t.jaccard_of(0, 0), t.jaccard_of(1, 0)], [0.25, 0.5]);
        assert_eq!(table(&[0, 1], &[0, 1]).jaccard_of(0, 1), 0.0);
    }

    #[test]
    fn few_and_many_clusters_are_counted_alike() {
        let mut stream = Seed(3).stream(Purpose::Synthetic, 0);
        for k in [3, 70, 900] {
            let [a, b] =
                [0, 1].map(|_| (0..5003).map(|_| stream.below(k) as u32).collect::<Vec<u32>>());
            let [first, second] = [&a, &b].map(|x| Labeling::new(x).unwrap());
            let counted = Contingency::new(&first, &second).unwrap();
            let sorted = sorted_cells(first.clusters(), second.clusters()).unwrap();
            assert_eq!(counted.cells(), sorted);
            let ones = vec![1; a.len()];
            assert_eq!(Contingency::with_counts(&first, &second, &ones).unwrap(), counted);
        }
    }

    #[test]
    fn a_row_counted_twice_is_a_row_that_is_there_twice() {
        let (a, b, counts) = ([0, 0, 1, 2], [1, 0, 0, 0], [2, 0, 1, 3]);
        let [a_twice, b_twice] = [a, b].map(|labels: [u32; 4]| -> Vec<u32> {
            let repeated = labels.iter().zip(counts).map(|(&x, n)| vec![x; n as usize]);
            repeated.flatten().collect()
        });
        let [first, second] = [&a, &b].map(|x| Labeling::new(x).unwrap());
        let counted = Contingency::with_counts(&first, &second, &counts).unwrap();
        let repeated = table(&a_twice, &b_twice);
        assert_eq!(counted.cells(), repeated.cells());
        assert_eq!(counted.adjusted_rand(), repeated.adjusted_rand());
    }

    #[test]
    fn pairs_beyond_what_can_be_multiplied_exactly_are_still_compared() {
        // 2^33 rows, and labelings that agree but for half of one cluster of two.
        let n = 1_u64 << 31;
        let cells = [(0, 0, 2 * n), (1, 0, n), (1, 1, n)];
        let cells = cells.map(|(truth, prediction, n)| Cell { truth, prediction, n });
        let large = Contingency::from_cells(cells.to_vec(), 2, 2);
        let small = Contingency::from_cells(
            cells.map(|cell| Cell { n: cell.n >> 11, ..cell }).to_vec(),
            2,
            2,
        );
        let (large, small) = (large.adjusted_rand(), small.adjusted_rand());
        assert!((large - small).abs() < 1e-5, "{large} {small}");
    }

    #[test]
    fn different_numbers_of_rows_are_refused() {
        let [two, three] = [&[0, 1][..], &[0, 1, 1]].map(|x| Labeling::new(x).unwrap());
        assert!(Contingency::new(&two, &three).is_err());
        let none = Labeling::new(&[]).unwrap();
        assert!(Contingency::new(&none, &none).is_err());
    }

    proptest! {
        #[test]
        fn scores_do_not_depend_on_names_or_on_which_comes_first(
            rows in prop::collection::vec((0_u32..6, 0_u32..6), 2..80), shift in 1_u32..1000,
        ) {
            let (a, b): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
            let renamed: Vec<u32> = b.iter().map(|x| shift * (7 - x)).collect();
            let (t, swapped, renamed) = (table(&a, &b), table(&b, &a), table(&a, &renamed));
            prop_assert_eq!(&t.transposed(), &swapped);
            type Score = fn(&Contingency) -> f64;
            let scores: [Score; 5] = [
                Contingency::rand, Contingency::adjusted_rand, Contingency::fowlkes_mallows,
                Contingency::adjusted_mutual_info, Contingency::normalized_mutual_info,
            ];
            for score in scores {
                let value = score(&t);
                prop_assert!((-1.0..=1.0 + 1e-12).contains(&value), "{}", value);
                prop_assert!((value - score(&swapped)).abs() < 1e-12);
                prop_assert!((value - score(&renamed)).abs() < 1e-12);
            }
            let same = table(&a, &a);
            let pairs_together = same.cells().iter().any(|cell| cell.n > 1);
            for (score, is_one) in scores.into_iter().zip([true, true, pairs_together, true, true]) {
                prop_assert_eq!((score(&same) - 1.0).abs() < 1e-12, is_one);
            }
            prop_assert!((t.homogeneity() - swapped.completeness()).abs() < 1e-12);
        }
    }

    #[test]
    fn independent_labelings_agree_by_chance_alone() {
        let mut stream = Seed(4).stream(Purpose::Synthetic, 0);
        let mut draw = |k| (0..20_000).map(|_| stream.below(k) as u32).collect::<Vec<u32>>();
        let t = table(&draw(6), &draw(4));
        assert!(t.adjusted_rand().abs() < 1e-3, "{}", t.adjusted_rand());
        assert!(t.adjusted_mutual_info().abs() < 1e-3, "{}", t.adjusted_mutual_info());
    }
}
