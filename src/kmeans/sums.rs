//! Weighted sums of the rows of each cluster, kept up to date as labels change.

use crate::kernel::Element;
use crate::table::Tile;

use super::labelling::UNASSIGNED;
use super::spread::Spread;

/// Σ w·x and Σ w per cluster, in double precision.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    k: usize,
    d: usize,
    /// `d × k`, by column, as rows come in columns.
    values: Vec<f64>,
    weights: Vec<f64>,
    /// Rows of positive weight; signed, since changes may take away.
    members: Vec<i64>,
}

impl Sums {
    pub(super) fn zeros(k: usize, d: usize) -> Self {
        Self { k, d, values: vec![0.0; k * d], weights: vec![0.0; k], members: vec![0; k] }
    }

    /// Clusters without a row of positive weight.
    pub(super) fn empty(&self) -> Vec<usize> {
        (0..self.k).filter(|&c| self.members[c] == 0).collect()
    }

    /// Adds `weight` (negative to take away) times a row to a cluster.
    pub(super) fn add(&mut self, cluster: usize, weight: f64, row: impl Iterator<Item = f64>) {
        for (values, x) in self.values.chunks_exact_mut(self.k).zip(row) {
            values[cluster] += weight * x;
        }
        self.count(cluster, weight);
    }

    /// Moves the rows that `changes` names (numbers within the tile, each with the label that it
    /// had) to the clusters that `labels` names.
    ///
    /// Column by column: row by row, every value would wait for a cache line of its own. (Sorting
    /// the rows by cluster first, so that sums stay in registers, was no faster.)
    pub(super) fn move_rows<T: Element>(
        &mut self,
        tile: &Tile<'_, T>,
        weights: Option<&[f64]>,
        changes: &[(u32, u32)],
        labels: &[u32],
    ) {
        let weights = weights.map(|weights| &weights[tile.rows()]);
        for (values, column) in self.values.chunks_exact_mut(self.k).zip(tile.columns()) {
            match weights {
                None => move_values(values, changes, labels, |row| column[row].to_f64()),
                Some(weights) => {
                    move_values(values, changes, labels, |row| weights[row] * column[row].to_f64());
                }
            }
        }
        for &(row, from) in changes {
            let weight = weights.map_or(1.0, |weights| weights[row as usize]);
            self.count(labels[row as usize] as usize, weight);
            if from != UNASSIGNED {
                self.count(from as usize, -weight);
            }
        }
    }

    fn count(&mut self, cluster: usize, weight: f64) {
        self.weights[cluster] += weight;
        self.members[cluster] += i64::from(weight > 0.0) - i64::from(weight < 0.0);
    }

    /// Draws `centers`, the means of `counts` rows each, towards these sums' rows: afterwards they
    /// are the means of all of them.
    pub(super) fn learn(&self, centers: &mut [f64], counts: &mut [f64]) {
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

    /// Σ w·|x − c|² of all rows to `centers`, from these sums and what the rows have in all:
    /// exact to rounding of the total, not of the inertia itself. For showing progress.
    pub(super) fn inertia(&self, centers: &[f64], spread: &Spread) -> f64 {
        let mut inertia = spread.total;
        for (c, center) in centers.chunks_exact(self.d).enumerate() {
            let weight = self.weights[c];
            for ((center, sum), middle) in center.iter().zip(self.of(c)).zip(&spread.middle) {
                let center = center - middle;
                inertia += center * (weight * center - 2.0 * (sum - weight * middle));
            }
        }
        inertia.max(0.0)
    }

    /// The mean of each cluster; an empty one keeps its `previous` coordinates.
    pub(super) fn means(&self, previous: &[f64]) -> Vec<f64> {
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
        self.values[cluster..].iter().step_by(self.k).copied()
    }
}

/// Adds what `value` says of each row to its new cluster, and takes it from the old one.
///
/// With few clusters, one row's sum is often the next one's too, and the processor waits for it to
/// come back from memory, or fears that it must. Rows then take turns on sums of their own: half as
/// fast again.
fn move_values(
    values: &mut [f64],
    changes: &[(u32, u32)],
    labels: &[u32],
    value: impl Fn(usize) -> f64,
) {
    const FEW: usize = 32;
    const TURNS: usize = 4;
    let mut rest = changes;
    if values.len() <= FEW && changes.len() >= TURNS * values.len() {
        let mut sums = [[0.0; FEW]; TURNS];
        let rounds = changes.chunks_exact(TURNS);
        rest = rounds.remainder();
        for round in rounds {
            for (sums, &(row, from)) in sums.iter_mut().zip(round) {
                let x = value(row as usize);
                sums[labels[row as usize] as usize % FEW] += x;
                if from != UNASSIGNED {
                    sums[from as usize % FEW] -= x;
                }
            }
        }
        for sums in sums {
            values.iter_mut().zip(sums).for_each(|(value, sum)| *value += sum);
        }
    }
    for &(row, from) in rest {
        let x = value(row as usize);
        values[labels[row as usize] as usize] += x;
        if from != UNASSIGNED {
            values[from as usize] -= x;
        }
    }
}

/// Sums that follow the labels: after the first iterations few rows change, and only those are
/// added and taken away.
///
/// Taking away loses what a larger value has swallowed. What that can amount to is bounded, and
/// the sums are made anew from all rows before it could show.
#[derive(Debug)]
pub(super) struct RunningSums {
    sums: Sums,
    /// The largest size that each sum, or one of its changes, has had since they were made.
    value_peaks: Vec<f64>,
    weight_peaks: Vec<f64>,
    /// Additions to each sum since then.
    additions: f64,
}

impl RunningSums {
    pub(super) fn new(k: usize, d: usize) -> Self {
        Self {
            sums: Sums::zeros(k, d),
            value_peaks: vec![0.0; k * d],
            weight_peaks: vec![0.0; k],
            additions: 0.0,
        }
    }

    pub(super) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Adds the changes that one group of rows made.
    pub(super) fn join(&mut self, changes: &Sums) {
        self.additions += 1.0;
        join_values(&mut self.sums.values, &changes.values, &mut self.value_peaks);
        join_values(&mut self.sums.weights, &changes.weights, &mut self.weight_peaks);
        for (members, change) in self.sums.members.iter_mut().zip(&changes.members) {
            *members += change;
        }
    }

    /// Whether joining changes may have cost a mean more than 1e-12 of max(|mean|, the column's
    /// standard deviation). Counts are exact, so without `weighted` rows only Σ x can be worn.
    pub(super) fn worn(&self, deviations: &[f64], weighted: bool) -> bool {
        const ALLOWED: f64 = 1e-12;
        const ROUNDOFF: f64 = f64::EPSILON / 2.0;
        let lost = |peak: f64| self.additions * ROUNDOFF * peak;
        let k = self.sums.k;
        (0..k).filter(|&c| self.sums.members[c] > 0).any(|c| {
            let weight = self.sums.weights[c];
            let sums = self.sums.of(c).zip(self.value_peaks[c..].iter().step_by(k));
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
        sums.add(cluster, weight, std::iter::once(x));
        sums
    }

    #[test]
    fn an_outlier_that_leaves_is_noticed() {
        let mut running = RunningSums::new(2, 1);
        running.join(&change(0, 1.0, 1.0));
        running.join(&change(1, 1.0, 5.0));
        assert!(!running.worn(&[1.0], false));
        running.join(&change(0, 1.0, 1e20));
        running.join(&change(0, -1.0, 1e20));
        assert_eq!(running.sums().means(&[0.0, 0.0])[0], 0.0, "1 was swallowed");
        assert!(running.worn(&[1.0], false));
    }

    #[test]
    fn a_heavy_row_that_leaves_is_noticed() {
        let mut running = RunningSums::new(2, 1);
        running.join(&change(0, 0.1, 1.0));
        running.join(&change(0, 1e12, 0.0));
        running.join(&change(0, -1e12, 0.0));
        assert_ne!(running.sums().means(&[0.0, 0.0])[0], 1.0, "0.1 was rounded");
        assert!(running.worn(&[1.0], true));
    }

    #[test]
    fn empty_clusters_are_known_exactly_and_keep_their_place() {
        let mut running = RunningSums::new(2, 1);
        running.join(&change(0, 0.1, 3.0));
        running.join(&change(0, 0.2, 3.0));
        running.join(&change(0, -0.1, 3.0));
        running.join(&change(0, -0.2, 3.0));
        assert_eq!(running.sums().empty(), [0, 1]);
        assert_eq!(running.sums().means(&[7.0, 8.0]), [7.0, 8.0]);
    }
}
