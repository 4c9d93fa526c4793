//! Lloyd's iteration (Lloyd 1982), one start at a time.
//!
//! ```text
//! repeat
//!     label every row with its nearest centre; where the label changed, move the row's sums
//!     centres ← means; an empty cluster takes the row that is farthest from its centre
//! until no label changed, or the centres moved less than the tolerance, or max_iter
//! label every row once more with the final centres
//! ```
//!
//! Iterations count, and centres stop, where scikit-learn's do. The last labelling is always made:
//! scikit-learn skips it when no label changed, which leaves labels and inertia stale if an empty
//! cluster was moved in that iteration.

use crate::error::Result;
use crate::kernel::{Centers, Detail, Element, NearestTile};
use crate::monitor::Progress;
use crate::table::{TILE_ROWS, filled};

use super::sums::{RunningSums, Sums, UNASSIGNED};
use super::{Fit, KMeansParams, Run};

/// Runs one start to its end.
pub(super) fn fit<T: Element>(
    run: &Run<'_, T>,
    params: &KMeansParams,
    start: Vec<f64>,
    variances: &[f64],
    restart: usize,
) -> Result<Fit> {
    let d = run.d();
    let tolerance = params.tol * variances.iter().sum::<f64>() / d as f64;
    let deviations: Vec<f64> = variances.iter().map(|v| v.sqrt()).collect();

    let mut centers = round::<T>(start);
    let mut labels = filled(run.tiles.n_rows(), UNASSIGNED)?;
    let mut running = RunningSums::new(params.k, d);
    let mut n_iter = 0;
    let mut converged = false;
    while n_iter < params.max_iter && !converged {
        n_iter += 1;
        let pass = relabel(run, &centers, &mut labels, &mut running)?;
        if running.worn(&deviations, run.tiles.weights().is_some()) {
            running = sum(run, params.k, &labels)?;
        }
        let empty = running.sums().empty();
        let means = if empty.is_empty() {
            running.sums().means(&centers)
        } else {
            relocate(run, running.sums().clone(), &empty, &centers, &labels)?
        };
        let means = round::<T>(means);
        let moved: f64 = means.iter().zip(&centers).map(|(new, old)| (new - old).powi(2)).sum();
        converged = (pass.changed == 0 && empty.is_empty()) || moved <= tolerance;
        centers = means;
        let inertia = pass.inertia;
        run.monitor.report(Progress::Iteration { restart, iteration: n_iter, inertia });
    }
    drop(labels);

    let assigned = run.finish(centers)?;
    Ok(Fit {
        centers: assigned.centers,
        labels: assigned.labels,
        sizes: assigned.sizes,
        inertia: assigned.inertia,
        n_iter,
        converged,
        restart,
    })
}

/// To the precision in which the kernels will use the centres.
pub(super) fn round<T: Element>(mut centers: Vec<f64>) -> Vec<f64> {
    for center in &mut centers {
        *center = T::from_f64(*center).to_f64();
    }
    centers
}

/// What one pass over the rows found.
struct Pass {
    /// Rows whose label is another than before.
    changed: u64,
    /// To the precision of the kernel's form: for showing progress.
    inertia: f64,
}

/// Labels every row with the nearest of `centers` and brings the sums up to date.
fn relabel<T: Element>(
    run: &Run<'_, T>,
    centers: &[f64],
    labels: &mut [u32],
    running: &mut RunningSums,
) -> Result<Pass> {
    let (k, d) = (centers.len() / run.d(), run.d());
    let kernel_centers = Centers::<T>::new(centers, d);
    let parts = run.groups.map_rows(labels, |tiles, labels| {
        run.check_cancelled()?;
        let mut reader = run.tiles.reader::<T>();
        let mut nearest = NearestTile::new();
        let mut changes = Sums::zeros(k, d);
        let mut pass = Pass { changed: 0, inertia: 0.0 };
        for (tile, labels) in tiles.zip(labels.chunks_mut(TILE_ROWS)) {
            let tile = reader.load(tile);
            let n = tile.n_rows();
            run.kernel.nearest(tile.columns(), n, &kernel_centers, Detail::Label, &mut nearest);
            for (i, row) in tile.rows().enumerate() {
                let weight = run.weight(row);
                pass.inertia += weight * nearest.sq_distances()[i].to_f64();
                let (before, now) = (labels[i], nearest.labels()[i]);
                if before != now {
                    pass.changed += 1;
                    changes.move_row(&tile, i, weight, before, now);
                }
            }
            labels.copy_from_slice(&nearest.labels()[..n]);
        }
        Ok((pass, changes))
    })?;
    let mut total = Pass { changed: 0, inertia: 0.0 };
    for (pass, changes) in &parts {
        total.changed += pass.changed;
        total.inertia += pass.inertia;
        running.join(changes);
    }
    Ok(total)
}

/// The sums of all rows by their labels, made anew.
fn sum<T: Element>(run: &Run<'_, T>, k: usize, labels: &[u32]) -> Result<RunningSums> {
    let parts = run.groups.map(|tiles| {
        run.check_cancelled()?;
        let mut reader = run.tiles.reader::<T>();
        let mut sums = Sums::zeros(k, run.d());
        for tile in tiles {
            let tile = reader.load(tile);
            for (i, row) in tile.rows().enumerate() {
                sums.move_row(&tile, i, run.weight(row), UNASSIGNED, labels[row]);
            }
        }
        Ok(sums)
    })?;
    let mut running = RunningSums::new(k, run.d());
    parts.iter().for_each(|sums| running.join(sums));
    Ok(running)
}

/// The means after each empty cluster has taken over the farthest row that is left, as
/// scikit-learn does it: the row leaves the sum of its cluster, but keeps its label until the next
/// pass.
fn relocate<T: Element>(
    run: &Run<'_, T>,
    mut sums: Sums,
    empty: &[usize],
    centers: &[f64],
    labels: &[u32],
) -> Result<Vec<f64>> {
    let farthest = run.farthest_rows(centers, labels, empty.len())?;
    for (&cluster, row) in empty.iter().zip(farthest) {
        let weight = run.weight(row);
        let values: Vec<f64> = run.tiles.row::<T>(row).iter().map(|x| x.to_f64()).collect();
        sums.add(labels[row] as usize, -weight, values.iter().copied());
        sums.add(cluster, weight, values.into_iter());
    }
    Ok(sums.means(centers))
}
