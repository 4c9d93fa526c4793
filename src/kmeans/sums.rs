//! Weighted sums of the rows of each cluster, kept up to date as labels change.

use crate::kernel::Element;
use crate::table::Tile;

use super::labelling::UNASSIGNED;
use super::spread::Spread;

/// Σ w·x and Σ w per cluster, in double precision.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    d: usize,
    /// `k × d`, row-major.
    values: Vec<f64>,
    weights: Vec<f64>,
    /// Rows of positive weight; signed, since changes may take away.
    members: Vec<i64>,
}

impl Sums {
    pub(super) fn zeros(k: usize, d: usize) -> Self {
        Self { d, values: vec![0.0; k * d], weights: vec![0.0; k], members: vec![0; k] }
    }

    /// Clusters without a row of positive weight.
    pub(super) fn empty(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|&c| self.members[c] == 0).collect()
    }

    /// Adds `weight` (negative to take away) times a row to a cluster.
    pub(super) fn add(&mut self, cluster: usize, weight: f64, row: &[f64]) {
        let values = &mut self.values[cluster * self.d..][..self.d];
        for (value, x) in values.iter_mut().zip(row) {
            *value += weight * x;
        }
        self.weights[cluster] += weight;
        self.members[cluster] += if weight > 0.0 { 1 } else { -i64::from(weight < 0.0) };
    }

    /// Draws `centers`, the means of `counts` rows each, towards these sums' rows: afterwards they
    /// are the means of all of them.
    pub(super) fn learn(&self, centers: &mut [f64], counts: &mut [f64]) {
        for (c, center) in centers.chunks_exact_mut(self.d).enumerate() {
            if self.members[c] > 0 {
                let total = counts[c] + self.weights[c];
                let sums = &self.values[c * self.d..][..self.d];
                for (center, sum) in center.iter_mut().zip(sums) {
                    *center = (*center * counts[c] + sum) / total;
                }
                counts[c] = total;
            }
        }
    }

    /// Adds the rows that `sorted` holds to their clusters, or takes them away.
    fn add_sorted<T: Element>(
        &mut self,
        tile: &Tile<'_, T>,
        weights: Option<&[f64]>,
        sorted: &Sorted,
        sign: f64,
    ) {
        for (j, column) in tile.columns().iter().enumerate() {
            for (cluster, rows) in sorted.runs() {
                let sum = match weights {
                    None => interleaved_sum(rows, |row| column[row].to_f64()),
                    Some(weights) => {
                        interleaved_sum(rows, |row| weights[row] * column[row].to_f64())
                    }
                };
                self.values[cluster * self.d + j] += sign * sum;
            }
        }
        for (cluster, rows) in sorted.runs() {
            let (weight, members) = match weights {
                None => (rows.len() as f64, rows.len()),
                Some(weights) => {
                    let weights = || rows.iter().map(|&row| weights[row as usize]);
                    (weights().sum(), weights().filter(|&weight| weight > 0.0).count())
                }
            };
            self.weights[cluster] += sign * weight;
            self.members[cluster] += if sign > 0.0 { members as i64 } else { -(members as i64) };
        }
    }

    /// Σ w·|x − c|² of all rows to `centers`, from these sums and what the rows have in all:
    /// exact to rounding of the total, not of the inertia itself. For showing progress.
    pub(super) fn inertia(&self, centers: &[f64], spread: &Spread) -> f64 {
        let mut inertia = spread.total;
        let sums = self.values.chunks_exact(self.d);
        for ((center, sums), weight) in centers.chunks_exact(self.d).zip(sums).zip(&self.weights) {
            for ((center, sum), middle) in center.iter().zip(sums).zip(&spread.middle) {
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
                let sums = &self.values[c * self.d..][..self.d];
                for (mean, sum) in mean.iter_mut().zip(sums) {
                    *mean = sum / self.weights[c];
                }
            }
        }
        means
    }
}

/// What the rows that changed their label add to each cluster and take away.
#[derive(Debug)]
pub(super) struct Moves {
    sums: Sums,
    sorted: Sorted,
}

impl Moves {
    pub(super) fn new(k: usize, d: usize) -> Self {
        Self { sums: Sums::zeros(k, d), sorted: Sorted::new(k) }
    }

    pub(super) fn into_sums(self) -> Sums {
        self.sums
    }

    /// Moves the rows that `changes` names (numbers within the tile, each with the label that it
    /// had) to the clusters that `labels` names.
    ///
    /// Cluster by cluster, so that a column's sum stays in a register: adding row by row waits for
    /// the last row's sum to come back from memory, and was half as fast.
    pub(super) fn add<T: Element>(
        &mut self,
        tile: &Tile<'_, T>,
        weights: Option<&[f64]>,
        changes: &[(u32, u32)],
        labels: &[u32],
    ) {
        let weights = weights.map(|weights| &weights[tile.rows()]);
        let to = changes.iter().map(|&(row, _)| (row, labels[row as usize]));
        self.sorted.sort(to);
        self.sums.add_sorted(tile, weights, &self.sorted, 1.0);
        let from = changes.iter().copied().filter(|&(_, label)| label != UNASSIGNED);
        self.sorted.sort(from);
        self.sums.add_sorted(tile, weights, &self.sorted, -1.0);
    }
}

/// Rows of a tile in the order of their clusters.
#[derive(Debug)]
struct Sorted {
    /// Per cluster: how many rows, then where the next one goes; zeros between two sortings.
    places: Vec<u32>,
    clusters: Vec<u32>,
    /// Where the rows of each of `clusters` end.
    ends: Vec<u32>,
    rows: Vec<u32>,
}

impl Sorted {
    fn new(k: usize) -> Self {
        let (clusters, ends, rows) = (Vec::new(), Vec::new(), Vec::new());
        Self { places: vec![0; k], clusters, ends, rows }
    }

    /// Sorts rows by label, equal ones in the order in which they come.
    fn sort(&mut self, rows: impl Iterator<Item = (u32, u32)> + Clone) {
        self.clusters.clear();
        self.ends.clear();
        for (_, label) in rows.clone() {
            let count = &mut self.places[label as usize];
            if *count == 0 {
                self.clusters.push(label);
            }
            *count += 1;
        }
        let mut start = 0;
        for &cluster in &self.clusters {
            let place = &mut self.places[cluster as usize];
            let count = std::mem::replace(place, start);
            start += count;
            self.ends.push(start);
        }
        self.rows.resize(start as usize, 0);
        for (row, label) in rows {
            let place = &mut self.places[label as usize];
            self.rows[*place as usize] = row;
            *place += 1;
        }
        for &cluster in &self.clusters {
            self.places[cluster as usize] = 0;
        }
    }

    /// Each cluster that has rows, with them.
    fn runs(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let mut start = 0;
        self.clusters.iter().zip(&self.ends).map(move |(&cluster, &end)| {
            let rows = &self.rows[start..end as usize];
            start = end as usize;
            (cluster as usize, rows)
        })
    }
}

/// Σ f(row), in four interleaved sums.
#[inline]
fn interleaved_sum(rows: &[u32], f: impl Fn(usize) -> f64) -> f64 {
    let mut sums = [0.0; 4];
    let mut blocks = rows.chunks_exact(4);
    for block in &mut blocks {
        for (sum, &row) in sums.iter_mut().zip(block) {
            *sum += f(row as usize);
        }
    }
    let rest: f64 = blocks.remainder().iter().map(|&row| f(row as usize)).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
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
        let d = self.sums.d;
        (0..self.sums.members.len()).filter(|&c| self.sums.members[c] > 0).any(|c| {
            let weight = self.sums.weights[c];
            let cluster = c * d..(c + 1) * d;
            let sums = self.sums.values[cluster.clone()].iter().zip(&self.value_peaks[cluster]);
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
