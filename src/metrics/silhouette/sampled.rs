//! Silhouettes of a sample of rows, each against all rows.
//!
//! The table is read once, in parts. The rows of a part are put side by side by cluster, and their
//! distances to the sampled rows that need them added up.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::kernel::{Element, MOST_PAIR_POINTS, Panels};
use crate::metrics::{Dispersion, Labeling};
use crate::scalar::Precision;
use crate::seed::{Purpose, Seed};
use crate::table::{Column, FeatureTable, TILE_ROWS, Tiles};

use super::bounds::{Needs, Sets};
use super::extent::Extent;
use super::fixed::Unit;
use super::rows::BLOCK_ROWS;
use super::sorted::Sorted;
use super::{ClusterSilhouette, Input, Silhouette, SilhouetteMethod, by_cluster, silhouette_of};

/// Tiles of a part: so many rows that those of a cluster fill panels, unless there are very many
/// clusters.
const PART_TILES: usize = 32;

/// Rows of a cluster, as far as it has so many: without two there is no variance.
const FEWEST: usize = 2;

/// See [`SilhouetteMethod::Sampled`].
pub(super) fn silhouette<T: Element>(
    input: &Input<'_>,
    rows: usize,
    seed: Seed,
) -> Result<Silhouette> {
    if rows == 0 {
        return Err(Error::parameter("a sample of 0 rows (at least 1 is needed)"));
    }
    let stream = |cluster| seed.stream(Purpose::Silhouette, cluster);
    let sample = input.labeling.draw(rows, FEWEST, stream);
    let clusters: Vec<u32> = sample.iter().map(|&row| input.labeling.clusters()[row]).collect();
    let table = copy::<T>(input.tiles, &sample)?;
    let (tiles, labeling) = (Tiles::plain(&table), Labeling::new(&clusters)?);
    let extent = Extent::of::<T>(input)?;
    let around = Dispersion::unweighted(input.tiles, input.labeling, input.kernel, input.monitor)?;
    let of_sample = Input { tiles: &tiles, labeling: &labeling, ..*input };
    let sets = Sets::of_clusters(&around, input.labeling.sizes(), &extent);
    let (sorted, needs) = Sorted::<T>::new(&of_sample, |_, _| sets)?;
    let unit = Unit::new(2.0 * extent.diameter() * input.tiles.n_rows() as f64);
    let sums = Sums::new(&sorted, &needs, unit);
    sums.add_up(input)?;
    let (values, neighbors) = sums.into_silhouettes(input.labeling, sample.len());

    let strata = Strata::new(&clusters, &values, input.labeling);
    Ok(Silhouette {
        method: SilhouetteMethod::Sampled { rows, seed },
        mean: strata.mean(),
        standard_error: Some(strata.standard_error()),
        clusters: strata.clusters,
        rows: Some(sample),
        values,
        neighbors,
    })
}

/// The prepared values of some rows, in the type of the computation.
fn copy<T: Element>(tiles: &Tiles<'_>, rows: &[usize]) -> Result<FeatureTable> {
    let mut columns = vec![Vec::with_capacity(rows.len()); tiles.n_features()];
    for rows in rows.chunks(TILE_ROWS) {
        for (column, values) in columns.iter_mut().zip(tiles.gather::<T>(rows)) {
            column.extend(values.iter().take(rows.len()).map(|x| x.to_f64()));
        }
    }
    let columns = columns.into_iter().map(|values| match T::PRECISION {
        Precision::F32 => Column::from_f32("", values.iter().map(|&x| x as f32).collect()),
        Precision::F64 => Column::from_f64("", values),
    });
    FeatureTable::new(columns.collect(), None)
}

/// What the sampled rows have been compared with so far.
struct Sums<'a, T> {
    sorted: &'a Sorted<T>,
    unit: Unit,
    /// By block.
    jobs: Vec<Job>,
}

/// A block of sampled rows and a cluster that it needs its distances to, or its own.
struct Job {
    cluster: usize,
    /// The rows within their cluster.
    rows: Range<usize>,
    other: usize,
    totals: Mutex<Vec<i128>>,
}

impl<'a, T: Element> Sums<'a, T> {
    fn new(sorted: &'a Sorted<T>, needs: &Needs, unit: Unit) -> Self {
        let mut jobs = Vec::new();
        let places = &sorted.places;
        for (block, (cluster, rows)) in places.each_block().enumerate() {
            let start = places.cluster(cluster).start;
            let rows = rows.start - start..rows.end - start;
            let needed = |other: &usize| *other == cluster || needs.of_block(block, *other);
            jobs.extend((0..places.k()).filter(needed).map(|other| {
                let totals = Mutex::new(vec![0; rows.len()]);
                Job { cluster, rows: rows.clone(), other, totals }
            }));
        }
        Self { sorted, unit, jobs }
    }

    /// Reads the table.
    fn add_up(&self, input: &Input<'_>) -> Result<()> {
        let n_tiles = input.tiles.n_tiles();
        let parts = (0..n_tiles.div_ceil(PART_TILES)).into_par_iter();
        parts.try_for_each_init(
            || (Part::<T>::default(), vec![0.0; BLOCK_ROWS]),
            |(part, sums), number| {
                let first = number * PART_TILES;
                part.read(input, first..n_tiles.min(first + PART_TILES));
                for job in &self.jobs {
                    input.check_cancelled()?;
                    let rows = self.sorted.panels(job.cluster);
                    let rows = rows.skip(job.rows.start, job.rows.len());
                    let points = part.panels(job.other);
                    let sums = &mut sums[..rows.n_rows()];
                    sums.fill(0.0);
                    for first in (0..points.n_rows()).step_by(MOST_PAIR_POINTS) {
                        let points = points.skip(first, MOST_PAIR_POINTS);
                        input.kernel.add_distances(rows, points, sums, None);
                    }
                    let mut totals = job.totals.lock().unwrap_or_else(PoisonError::into_inner);
                    for (total, &sum) in totals.iter_mut().zip(&*sums) {
                        *total += self.unit.count(sum);
                    }
                }
                Ok(())
            },
        )
    }

    /// The silhouettes of the `n` sampled rows, and the labels of their neighbours.
    fn into_silhouettes(self, labeling: &Labeling<'_>, n: usize) -> (Vec<f64>, Vec<u32>) {
        let (mut values, mut neighbors) = (vec![0.0; n], vec![0; n]);
        let sizes = labeling.sizes();
        for jobs in self.jobs.chunk_by(|a, b| (a.cluster, &a.rows) == (b.cluster, &b.rows)) {
            let (cluster, n) = (jobs[0].cluster, jobs[0].rows.len());
            let mut own = vec![0.0; n];
            let mut next = vec![(f64::INFINITY, 0); n];
            for job in jobs {
                let totals = job.totals.lock().unwrap_or_else(PoisonError::into_inner);
                let others = sizes[job.other] - u64::from(job.other == cluster);
                let means = totals.iter().map(|&total| self.unit.value(total) / others as f64);
                if job.other == cluster {
                    own = means.collect();
                } else {
                    for (next, mean) in next.iter_mut().zip(means).filter(|(n, mean)| *mean < n.0) {
                        *next = (mean, job.other);
                    }
                }
            }
            let first = self.sorted.places.cluster(cluster).start + jobs[0].rows.start;
            let rows = &self.sorted.places.order()[first..first + n];
            for ((&row, own), (next, neighbor)) in rows.iter().zip(own).zip(next) {
                let is_alone = sizes[cluster] == 1;
                values[row as usize] = if is_alone { 0.0 } else { silhouette_of(own, next) };
                neighbors[row as usize] = labeling.labels()[neighbor];
            }
        }
        (values, neighbors)
    }
}

/// The rows of some tiles, by cluster: one thread's room.
#[derive(Default)]
struct Part<T> {
    d: usize,
    values: Vec<T>,
    /// Per cluster, where its panels begin and how many rows they hold.
    clusters: Vec<(usize, usize)>,
}

impl<T: Element> Part<T> {
    fn read(&mut self, input: &Input<'_>, tiles: Range<usize>) {
        let (d, k) = (input.tiles.n_features(), input.labeling.k());
        self.d = d;
        let first = input.tiles.rows(tiles.start).start;
        let last = input.tiles.rows(tiles.end - 1).end;
        self.clusters.clear();
        self.clusters.resize(k, (0, 0));
        for &cluster in &input.labeling.clusters()[first..last] {
            self.clusters[cluster as usize].1 += 1;
        }
        let mut begin = 0;
        for (start, n) in &mut self.clusters {
            *start = begin;
            begin += n.next_multiple_of(Panels::<T>::ROWS) * d;
            // Counted again below.
            *n = 0;
        }
        self.values.resize(begin, T::default());
        let mut reader = input.tiles.reader::<T>();
        for tile in tiles {
            let mut tile = reader.load(tile);
            let rows = tile.rows();
            let columns = tile.columns();
            for (i, &cluster) in input.labeling.clusters()[rows].iter().enumerate() {
                let (start, n) = &mut self.clusters[cluster as usize];
                let panel = *n / Panels::<T>::ROWS * Panels::<T>::ROWS * d;
                let to = &mut self.values[*start + panel + *n % Panels::<T>::ROWS..];
                for (to, column) in to.iter_mut().step_by(Panels::<T>::ROWS).zip(columns) {
                    *to = column[i];
                }
                *n += 1;
            }
        }
    }

    fn panels(&self, cluster: usize) -> Panels<'_, T> {
        let (start, n) = self.clusters[cluster];
        let len = n.next_multiple_of(Panels::<T>::ROWS) * self.d;
        Panels::new(&self.values[start..start + len], self.d, n)
    }
}

/// The scored rows of each cluster, and how much they vary.
struct Strata {
    clusters: Vec<ClusterSilhouette>,
    /// Of the scored rows, as an estimate for all.
    variances: Vec<f64>,
    n: f64,
}

impl Strata {
    fn new(clusters: &[u32], values: &[f64], labeling: &Labeling<'_>) -> Self {
        let found = by_cluster(clusters, values, labeling);
        let mut squares = vec![0.0; found.len()];
        for (&cluster, value) in clusters.iter().zip(values) {
            squares[cluster as usize] += (value - found[cluster as usize].mean).powi(2);
        }
        let pairs = squares.iter().zip(&found);
        let variances = pairs.map(|(square, one)| square / (one.n as f64 - 1.0).max(1.0)).collect();
        Self { clusters: found, variances, n: labeling.n_rows() as f64 }
    }

    /// Every cluster by its size.
    fn mean(&self) -> f64 {
        self.clusters.iter().map(|one| one.size as f64 / self.n * one.mean).sum()
    }

    /// Cochran, "Sampling Techniques", §5.3: strata without replacement, so that what was scored
    /// whole adds nothing.
    fn standard_error(&self) -> f64 {
        let terms = self.clusters.iter().zip(&self.variances).map(|(one, variance)| {
            let (size, n) = (one.size as f64, one.n as f64);
            (size / self.n).powi(2) * variance / n * (1.0 - n / size)
        });
        terms.sum::<f64>().sqrt()
    }
}
