//! Weighted sums of the rows of each cluster, kept up to date as labels change.

use rayon::prelude::*;

use crate::kernel::Element;

/// Columns whose sums lie side by side: rows come in columns, and so many of them are added at once.
const SIDE: usize = 4;

/// Σ w·x and Σ w per cluster, in double precision.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    k: usize,
    d: usize,
    /// `k` clusters for every [`SIDE`] columns, the last of which may be fill.
    values: Vec<[f64; SIDE]>,
    weights: Vec<f64>,
    /// Rows of positive weight; signed, since changes may take away.
    members: Vec<i64>,
}

impl Sums {
    pub(crate) fn zeros(k: usize, d: usize) -> Self {
        let values = vec![[0.0; SIDE]; k * d.div_ceil(SIDE)];
        Self { k, d, values, weights: vec![0.0; k], members: vec![0; k] }
    }

    /// What the sums of `k` clusters in `d` columns take.
    pub(crate) fn bytes(k: usize, d: usize) -> usize {
        let per_cluster = size_of::<[f64; SIDE]>() * d.div_ceil(SIDE) + 8 + 8;
        k.saturating_mul(per_cluster)
    }

    /// Σ w of each cluster.
    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Adds what other rows have.
    pub(crate) fn join(&mut self, other: &Self) {
        let values = self.values.as_flattened_mut().iter_mut();
        values.zip(other.values.as_flattened()).for_each(|(all, part)| *all += part);
        self.weights.iter_mut().zip(&other.weights).for_each(|(all, part)| *all += part);
        self.members.iter_mut().zip(&other.members).for_each(|(all, part)| *all += part);
    }

    /// Clusters without a row of positive weight.
    pub(crate) fn empty(&self) -> Vec<usize> {
        (0..self.k).filter(|&c| self.members[c] == 0).collect()
    }

    /// Adds `weight` (negative to take away) times a row to a cluster.
    pub(crate) fn add(&mut self, cluster: usize, weight: f64, row: &[f64]) {
        for (values, row) in self.values.chunks_exact_mut(self.k).zip(row.chunks(SIDE)) {
            for (value, x) in values[cluster].iter_mut().zip(row) {
                *value += weight * x;
            }
        }
        self.count(cluster, weight);
    }

    /// Adds all rows of a tile to the clusters that `labels` names.
    pub(crate) fn add_all<T: Element>(
        &mut self,
        labels: &[u32],
        columns: &[&[T]],
        weights: Option<&[f64]>,
    ) {
        for (sums, columns) in self.values.chunks_exact_mut(self.k).zip(columns.chunks(SIDE)) {
            let columns = side_by_side(columns);
            match weights {
                None => add_rows(sums, labels, columns, |x, _| x.to_f64()),
                Some(weights) => {
                    add_rows(sums, labels, columns, |x, row| weights[row] * x.to_f64());
                }
            }
        }
        let Some(weights) = weights else {
            count(labels, self.k, |c, n| {
                self.weights[c] += n as f64;
                self.members[c] += n as i64;
            });
            return;
        };
        for (&label, &weight) in labels.iter().zip(weights) {
            self.count(label as usize, weight);
        }
    }

    /// Moves rows of a tile to other clusters.
    pub(crate) fn move_some<T: Element>(
        &mut self,
        changes: &[Change],
        columns: &[&[T]],
        weights: Option<&[f64]>,
    ) {
        let weight = |change: &Change| weights.map_or(1.0, |weights| weights[change.row as usize]);
        for (sums, columns) in self.values.chunks_exact_mut(self.k).zip(columns.chunks(SIDE)) {
            let columns = side_by_side(columns);
            for change in changes {
                let weight = weight(change);
                let row = columns.map(|column| weight * column[change.place as usize].to_f64());
                let to = &mut sums[change.to as usize];
                to.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                let from = &mut sums[change.from as usize];
                from.iter_mut().zip(row).for_each(|(sum, x)| *sum -= x);
            }
        }
        for change in changes {
            self.count(change.to as usize, weight(change));
            self.count(change.from as usize, -weight(change));
        }
    }

    fn count(&mut self, cluster: usize, weight: f64) {
        self.weights[cluster] += weight;
        self.members[cluster] += i64::from(weight > 0.0) - i64::from(weight < 0.0);
    }

    /// Draws `centers`, the means of `counts` rows each, towards these sums' rows: afterwards they
    /// are the means of all of them.
    pub(crate) fn learn(&self, centers: &mut [f64], counts: &mut [f64]) {
        for (c, center) in centers.chunks_exact_mut(self.d).enumerate() {
            if self.members[c] > 0 {
                let total = counts[c] + self.weights[c];
                for (center, sum) in center.iter_mut().zip(self.of(c)) {
                    *center = (*center * counts[c] + sum) / total;
                }
                counts[c] = total;
            }
        }
    }

    /// Σ w·|x − c|² of all rows to `centers`, from these sums and the `total` Σ w·|x − middle|² of
    /// the rows: exact to rounding of the total, not of the inertia itself. For showing progress.
    pub(crate) fn inertia(&self, centers: &[f64], total: f64, middle: &[f64]) -> f64 {
        let mut inertia = total;
        for (c, center) in centers.chunks_exact(self.d).enumerate() {
            let weight = self.weights[c];
            for ((center, sum), middle) in center.iter().zip(self.of(c)).zip(middle) {
                let center = center - middle;
                inertia += center * (weight * center - 2.0 * (sum - weight * middle));
            }
        }
        inertia.max(0.0)
    }

    /// The mean of each cluster; an empty one keeps its `previous` coordinates.
    pub(crate) fn means(&self, previous: &[f64]) -> Vec<f64> {
        let mut means = previous.to_vec();
        for (c, mean) in means.chunks_exact_mut(self.d).enumerate() {
            if self.members[c] > 0 {
                for (mean, sum) in mean.iter_mut().zip(self.of(c)) {
                    *mean = sum / self.weights[c];
                }
            }
        }
        means
    }

    /// Σ w·x of one cluster, column by column.
    fn of(&self, cluster: usize) -> impl Iterator<Item = f64> {
        self.values[cluster..].iter().step_by(self.k).flatten().take(self.d).copied()
    }
}

/// A row that has another label than before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change {
    /// Its number in the tile.
    pub(crate) row: u32,
    /// Where in the columns its values lie.
    pub(crate) place: u32,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// The columns of one block; fill takes what the first one has, since nobody will look.
fn side_by_side<'a, T>(columns: &[&'a [T]]) -> [&'a [T]; SIDE] {
    std::array::from_fn(|j| columns.get(j).copied().unwrap_or(columns[0]))
}

/// With few clusters, one row's sums are often the next one's too, and the processor waits for them
/// to come back from memory, or fears that it must. Up to so many clusters, rows take turns on sums
/// of their own.
const FEW: usize = 32;
const TURNS: usize = 4;

/// The labels whose rows take turns, and the rest.
fn rounds(labels: &[u32], k: usize) -> (&[[u32; TURNS]], &[u32]) {
    if k > FEW { (&[], labels) } else { labels.as_chunks() }
}

/// Adds what `value` makes of each row's values to its cluster's sums.
fn add_rows<T: Element>(
    sums: &mut [[f64; SIDE]],
    labels: &[u32],
    columns: [&[T]; SIDE],
    value: impl Fn(T, usize) -> f64,
) {
    let add = |sum: &mut [f64; SIDE], x: [f64; SIDE]| {
        sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
    };
    let (rounds, rest) = rounds(labels, sums.len());
    if rounds.is_empty() {
        for (&label, row) in labels.iter().zip(0..) {
            add(&mut sums[label as usize], columns.map(|column| value(column[row], row)));
        }
        return;
    }
    let mut apart = [[[0.0; SIDE]; FEW]; TURNS];
    for (labels, start) in rounds.iter().zip((0..).step_by(TURNS)) {
        let mut rows = [[0.0; SIDE]; TURNS];
        for (j, column) in columns.iter().enumerate() {
            for (turn, &x) in column[start..start + TURNS].iter().enumerate() {
                rows[turn][j] = value(x, start + turn);
            }
        }
        for ((apart, &label), row) in apart.iter_mut().zip(labels).zip(rows) {
            add(&mut apart[label as usize % FEW], row);
        }
    }
    for apart in apart {
        sums.iter_mut().zip(apart).for_each(|(sum, part)| add(sum, part));
    }
    for (&label, row) in rest.iter().zip(labels.len() - rest.len()..) {
        add(&mut sums[label as usize], columns.map(|column| value(column[row], row)));
    }
}

/// Tells `add` of rows that clusters below `k` have, in one or several parts.
pub(crate) fn count(labels: &[u32], k: usize, mut add: impl FnMut(usize, u64)) {
    let (rounds, rest) = rounds(labels, k);
    if !rounds.is_empty() {
        let mut apart = [[0; FEW]; TURNS];
        for labels in rounds {
            for (apart, &label) in apart.iter_mut().zip(labels) {
                apart[label as usize % FEW] += 1;
            }
        }
        (0..k).for_each(|c| add(c, apart.iter().map(|apart| apart[c]).sum()));
    }
    rest.iter().for_each(|&label| add(label as usize, 1));
}

/// Σ x in double precision, in eight interleaved sums.
pub(crate) fn sum<T: Element>(values: &[T]) -> f64 {
    let mut sums = [0.0; 8];
    let mut blocks = values.chunks_exact(8);
    for block in &mut blocks {
        for (sum, x) in sums.iter_mut().zip(block) {
            *sum += x.to_f64();
        }
    }
    let rest: f64 = blocks.remainder().iter().map(|x| x.to_f64()).sum();
    sums.iter().sum::<f64>() + rest
}

/// Sums that follow the labels: after the first iterations few rows change, and only those are
/// added and taken away.
///
/// Taking away loses what a larger value has swallowed. What that can amount to is bounded, and
/// the sums are made anew from all rows before it could show.
#[derive(Debug)]
pub(crate) struct RunningSums {
    sums: Sums,
    /// The largest size that each sum, or one of its changes, has had since they were made.
    value_peaks: Vec<[f64; SIDE]>,
    weight_peaks: Vec<f64>,
    /// Additions to each sum since then.
    additions: f64,
}

impl RunningSums {
    pub(crate) fn new(k: usize, d: usize) -> Self {
        let sums = Sums::zeros(k, d);
        let value_peaks = sums.values.clone();
        Self { sums, value_peaks, weight_peaks: vec![0.0; k], additions: 0.0 }
    }

    pub(crate) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Adds the changes that groups of rows made, in their order.
    pub(crate) fn join(&mut self, groups: &[Sums]) {
        /// Values that one thread joins: where there are few, another would not be worth waking.
        const VALUES: usize = 2048;
        self.additions += groups.len() as f64;
        let values = self.sums.values.as_flattened_mut().par_chunks_mut(VALUES);
        let peaks = self.value_peaks.as_flattened_mut().par_chunks_mut(VALUES);
        values.zip(peaks).enumerate().for_each(|(i, (values, peaks))| {
            for changes in groups {
                join_values(values, &changes.values.as_flattened()[i * VALUES..], peaks);
            }
        });
        for changes in groups {
            join_values(&mut self.sums.weights, &changes.weights, &mut self.weight_peaks);
            for (members, change) in self.sums.members.iter_mut().zip(&changes.members) {
                *members += change;
            }
        }
    }

    /// Whether joining changes may have cost a mean more than 1e-12 of max(|mean|, the column's
    /// standard deviation). Counts are exact, so without `weighted` rows only Σ x can be worn.
    pub(crate) fn worn(&self, deviations: &[f64], weighted: bool) -> bool {
        const ALLOWED: f64 = 1e-12;
        const ROUNDOFF: f64 = f64::EPSILON / 2.0;
        let lost = |peak: f64| self.additions * ROUNDOFF * peak;
        let k = self.sums.k;
        (0..k).filter(|&c| self.sums.members[c] > 0).any(|c| {
            let weight = self.sums.weights[c];
            let peaks = self.value_peaks[c..].iter().step_by(k).flatten();
            let sums = self.sums.of(c).zip(peaks);
            (weighted && lost(self.weight_peaks[c]) > ALLOWED * weight)
                || sums.zip(deviations).any(|((sum, &peak), deviation)| {
                    lost(peak) > ALLOWED * sum.abs().max(weight * deviation)
                })
        })
    }
}

fn join_values(values: &mut [f64], changes: &[f64], peaks: &mut [f64]) {
    for ((value, change), peak) in values.iter_mut().zip(changes).zip(peaks) {
        *value += change;
        *peak = peak.max(value.abs()).max(change.abs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(cluster: usize, weight: f64, x: f64) -> Sums {
        let mut sums = Sums::zeros(2, 1);
        sums.add(cluster, weight, &[x]);
        sums
    }

    #[test]
    fn an_outlier_that_leaves_is_noticed() {
        let mut running = RunningSums::new(2, 1);
        running.join(&[change(0, 1.0, 1.0)]);
        running.join(&[change(1, 1.0, 5.0)]);
        assert!(!running.worn(&[1.0], false));
        running.join(&[change(0, 1.0, 1e20)]);
        running.join(&[change(0, -1.0, 1e20)]);
        assert_eq!(running.sums().means(&[0.0, 0.0])[0], 0.0, "1 was swallowed");
        assert!(running.worn(&[1.0], false));
    }

    #[test]
    fn a_heavy_row_that_leaves_is_noticed() {
        let mut running = RunningSums::new(2, 1);
        running.join(&[change(0, 0.1, 1.0)]);
        running.join(&[change(0, 1e12, 0.0)]);
        running.join(&[change(0, -1e12, 0.0)]);
        assert_ne!(running.sums().means(&[0.0, 0.0])[0], 1.0, "0.1 was rounded");
        assert!(running.worn(&[1.0], true));
    }

    #[test]
    fn empty_clusters_are_known_exactly_and_keep_their_place() {
        let mut running = RunningSums::new(2, 1);
        running.join(&[change(0, 0.1, 3.0)]);
        running.join(&[change(0, 0.2, 3.0)]);
        running.join(&[change(0, -0.1, 3.0)]);
        running.join(&[change(0, -0.2, 3.0)]);
        assert_eq!(running.sums().empty(), [0, 1]);
        assert_eq!(running.sums().means(&[7.0, 8.0]), [7.0, 8.0]);
    }
}
