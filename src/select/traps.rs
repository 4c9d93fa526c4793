//! What makes a clustering look better than it is.

use rayon::prelude::*;

use super::Candidate;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::metrics::{Labeling, SilhouetteMethod, silhouette};
use crate::monitor::Monitor;
use crate::prepare::Prepared;
use crate::warning::Warning;

/// Looks at `candidate`, fitted on `prepared`, whose columns have these `names`, for one giant cluster,
/// for a column that alone makes up the distances, and for a column of few values, or of one nearly
/// everywhere, without which the same clusters are far less separated: such a column makes spikes, and
/// spikes have a high silhouette whatever they mean.
///
/// # Errors
/// Those of a silhouette, and of memory.
pub fn traps(
    prepared: &Prepared,
    names: &[String],
    candidate: &Candidate,
    kernel: &Kernel,
    method: SilhouetteMethod,
    monitor: &dyn Monitor,
) -> Result<Vec<Warning>> {
    const GIANT: f64 = 0.8;
    const DOMINATING: f64 = 0.9;
    const INFLATED: f64 = 0.1;
    /// A column that makes up less of the distances cannot raise a silhouette by as much as that.
    const HEARD: f64 = 0.02;

    let mut found = Vec::new();
    let (largest, k) = (candidate.largest_share(), candidate.k);
    if largest > GIANT {
        found.push(Warning::GiantCluster { k, share: largest });
    }
    let columns = looks(prepared);
    if columns.len() < 2 {
        return Ok(found);
    }
    let total: f64 = columns.iter().map(|column| column.variance).sum();
    for (column, name) in columns.iter().zip(names) {
        let share = column.variance / total;
        if share > DOMINATING {
            found.push(Warning::ColumnDominates { column: name.clone(), share });
        }
    }
    let labeling = Labeling::new(&candidate.fit.labels)?;
    for (j, (column, name)) in columns.iter().zip(names).enumerate() {
        if !column.is_discrete() || column.variance < HEARD * total {
            continue;
        }
        let rest = prepared.without_column(j)?;
        let tiles = rest.tiles();
        let without =
            silhouette(&tiles, rest.precision(), kernel, &labeling, method, monitor)?.mean;
        let with = candidate.silhouette.mean;
        if with - without > INFLATED {
            let (column, n_values, share) = (name.clone(), column.n_values, column.top_share);
            found.push(Warning::SilhouetteInflated { column, n_values, share, k, with, without });
        }
    }
    Ok(found)
}

/// What the values of a column look like, in the prepared space.
struct Look {
    n_rows: usize,
    variance: f64,
    /// Different values.
    n_values: usize,
    /// The share of the rows that have the commonest one.
    top_share: f64,
}

impl Look {
    const FEW_VALUES: usize = 10;
    const NEARLY_ALL: f64 = 0.9;

    fn new(mut values: Vec<f64>) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        values.par_sort_unstable_by(f64::total_cmp);
        let runs = values.chunk_by(|a, b| a == b).map(<[f64]>::len);
        let (n_values, commonest) = runs.fold((0, 0), |(n, most), len| (n + 1, most.max(len)));
        Self { n_rows: values.len(), variance, n_values, top_share: commonest as f64 / n }
    }

    fn is_discrete(&self) -> bool {
        // Few rows have few values whatever they are.
        let few = self.n_values <= Self::FEW_VALUES && 10 * self.n_values <= self.n_rows;
        self.n_values > 1 && (few || self.top_share >= Self::NEARLY_ALL)
    }
}

/// How the columns look, by tiles spread evenly over the table if it has many.
fn looks(prepared: &Prepared) -> Vec<Look> {
    const MOST_TILES: usize = 200;
    let tiles = prepared.tiles();
    let step = tiles.n_tiles().div_ceil(MOST_TILES).max(1);
    let mut reader = tiles.reader::<f64>();
    let mut values = vec![Vec::new(); tiles.n_features()];
    for tile in (0..tiles.n_tiles()).step_by(step) {
        let mut tile = reader.load(tile);
        let n = tile.n_rows();
        for (values, column) in values.iter_mut().zip(tile.columns()) {
            values.extend_from_slice(&column[..n]);
        }
    }
    values.into_iter().map(Look::new).collect()
}
