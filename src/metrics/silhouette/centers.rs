//! Silhouettes from means and variances alone, in double precision.

use rayon::prelude::*;

use crate::error::Result;
use crate::metrics::Dispersion;
use crate::table::{TILE_ROWS, filled};

use super::{Input, Scores, Silhouette, SilhouetteMethod, silhouette_of};

/// Clusters that a tile is compared with at a time.
const CLUSTERS: usize = 64;

/// See [`SilhouetteMethod::Squared`]: the mean squared distance to rows with mean μ and mean squared
/// distance s² from it is |x − μ|² + s².
pub(super) fn squared(input: &Input<'_>) -> Result<Silhouette> {
    let around = Dispersion::unweighted(input.tiles, input.labeling, input.kernel, input.monitor)?;
    let sizes = input.labeling.sizes();
    let spreads = around.squares().iter().zip(sizes).map(|(square, &n)| square / n as f64);
    let form = Form {
        offsets: spreads.collect(),
        // Of its own cluster a row counts the others only.
        own_factors: sizes.iter().map(|&n| n as f64 / (n as f64 - 1.0)).collect(),
        finish: |square| square,
    };
    form.silhouette(input, &around, SilhouetteMethod::Squared)
}

/// See [`SilhouetteMethod::Centroid`].
pub(super) fn centroid(input: &Input<'_>) -> Result<Silhouette> {
    let around = Dispersion::unweighted(input.tiles, input.labeling, input.kernel, input.monitor)?;
    let k = input.labeling.k();
    let form = Form { offsets: vec![0.0; k], own_factors: vec![1.0; k], finish: f64::sqrt };
    form.silhouette(input, &around, SilhouetteMethod::Centroid)
}

/// What to make of squared distances to the means: `finish` of (square + offset)·factor.
struct Form {
    /// By cluster.
    offsets: Vec<f64>,
    /// By cluster, for its own rows; 1 for those of others.
    own_factors: Vec<f64>,
    finish: fn(f64) -> f64,
}

impl Form {
    fn silhouette(
        &self,
        input: &Input<'_>,
        around: &Dispersion,
        method: SilhouetteMethod,
    ) -> Result<Silhouette> {
        let (origin, centers) = around.relative_centers();
        let tiles = input.tiles.relative_to(&origin);
        let mut values = filled(tiles.n_rows(), 0.0)?;
        let mut neighbors = filled(tiles.n_rows(), 0)?;
        let room = || {
            let sq_distances = vec![0.0; CLUSTERS.min(self.offsets.len()) * TILE_ROWS];
            (tiles.reader::<f64>(), sq_distances)
        };
        values
            .par_chunks_mut(TILE_ROWS)
            .zip(neighbors.par_chunks_mut(TILE_ROWS))
            .enumerate()
            .try_for_each_init(room, |(reader, sq_distances), (tile, (values, neighbors))| {
                input.check_cancelled()?;
                let mut tile = reader.load(tile);
                let clusters = &input.labeling.clusters()[tile.rows()];
                self.score(
                    input,
                    (tile.columns(), clusters),
                    &centers,
                    sq_distances,
                    values,
                    neighbors,
                );
                Ok(())
            })?;
        Ok(Scores { values, neighbors }.summary(method, input.labeling))
    }

    /// The silhouettes of the rows of one tile.
    fn score(
        &self,
        input: &Input<'_>,
        (columns, clusters): (&[&[f64]], &[u32]),
        centers: &[f64],
        sq_distances: &mut [f64],
        values: &mut [f64],
        neighbors: &mut [u32],
    ) {
        let (n, d, k) = (clusters.len(), columns.len(), self.offsets.len());
        let mut own = [0.0; TILE_ROWS];
        let mut next = [f64::INFINITY; TILE_ROWS];
        for first in (0..k).step_by(CLUSTERS) {
            let size = CLUSTERS.min(k - first);
            let out = &mut sq_distances[..size * TILE_ROWS];
            input.kernel.sq_distances(columns, n, &centers[first * d..(first + size) * d], out);
            for (cluster, out) in (first..).zip(out.chunks_exact(TILE_ROWS)) {
                let offset = self.offsets[cluster];
                for (row, &square) in out[..n].iter().enumerate() {
                    let square = square + offset;
                    if clusters[row] as usize == cluster {
                        own[row] = square * self.own_factors[cluster];
                    } else if square < next[row] {
                        next[row] = square;
                        neighbors[row] = cluster as u32;
                    }
                }
            }
        }
        for (row, value) in values.iter_mut().enumerate() {
            let is_alone = input.labeling.sizes()[clusters[row] as usize] == 1;
            let (a, b) = ((self.finish)(own[row]), (self.finish)(next[row]));
            *value = if is_alone { 0.0 } else { silhouette_of(a, b) };
        }
    }
}
