//! Lloyd's iteration (Lloyd 1982), for several starts at once.
//!
//! ```text
//! repeat for every start that goes on
//!     label every row with its nearest centre; where the label changed, move the row's sums
//!     centres ← means; an empty cluster takes the row that is farthest from its centre
//! until no label changed, or the centres moved less than the tolerance, or max_iter
//! label every row once more with the final centres
//! ```
//!
//! Iterations count, and centres stop, where scikit-learn's do. The last labelling is always made:
//! scikit-learn skips it when no label changed, which leaves labels and inertia stale if an empty
//! cluster was moved in that iteration.

use rayon::prelude::*;

use crate::error::Result;
use crate::kernel::Element;
use crate::monitor::Progress;
use crate::passes::{RunningSums, Sums};

use super::labelling::{Changes, Labelling, pass};
use super::spread::Spread;
use super::{Fit, Job, Run, weight};

/// Runs every job from its start to its end, reading the rows once per iteration for all of them.
/// None of them notices the others.
pub(super) fn fit<T: Element>(
    run: &Run<'_, T>,
    jobs: &[Job<'_>],
    starts: Vec<Vec<f64>>,
    spread: &Spread,
) -> Result<Vec<Fit>> {
    let climbs = jobs.par_iter().zip(starts).map(|(job, start)| Climb::new(run, *job, start));
    let mut climbs = climbs.collect::<Result<Vec<Climb<'_>>>>()?;
    loop {
        let mut active: Vec<&mut Climb<'_>> = climbs.iter_mut().filter(|c| c.goes_on()).collect();
        if active.is_empty() {
            break;
        }
        relabel(run, &mut active)?;
        let improved = active.par_iter_mut().map(|climb| climb.improve(run, spread));
        for progress in improved.collect::<Result<Vec<Option<Progress>>>>()?.into_iter().flatten() {
            run.monitor.report(progress);
        }
    }
    let ends: Vec<(Job<'_>, usize, bool)> =
        climbs.iter().map(|c| (c.job, c.n_iter, c.converged)).collect();
    let assigned = run.finish(climbs.into_iter().map(|c| c.labelling).collect())?;
    let fits = ends.into_iter().zip(assigned).map(|((job, n_iter, converged), assigned)| Fit {
        centers: assigned.centers,
        labels: assigned.labels,
        sizes: assigned.sizes,
        inertia: assigned.inertia,
        n_iter,
        converged,
        restart: job.restart,
    });
    Ok(fits.collect())
}

/// To the precision in which the kernels will use the centres.
pub(super) fn round<T: Element>(mut centers: Vec<f64>) -> Vec<f64> {
    for center in &mut centers {
        *center = T::from_f64(*center).to_f64();
    }
    centers
}

/// One start on its way.
struct Climb<'p> {
    job: Job<'p>,
    labelling: Labelling<'p>,
    running: RunningSums,
    /// Rows whose label the last pass changed.
    changed: u64,
    n_iter: usize,
    converged: bool,
}

impl<'p> Climb<'p> {
    fn new<T: Element>(run: &Run<'_, T>, job: Job<'p>, start: Vec<f64>) -> Result<Self> {
        let labelling = Labelling::new(run, job.weights, round::<T>(start))?;
        let running = RunningSums::new(job.params.k, run.d());
        Ok(Self { job, labelling, running, changed: 0, n_iter: 0, converged: false })
    }

    fn goes_on(&self) -> bool {
        self.n_iter < self.job.params.max_iter && !self.converged
    }

    /// Moves the centres to the means of their rows; gives what there is to report of that.
    fn improve<T: Element>(
        &mut self,
        run: &Run<'_, T>,
        spread: &Spread,
    ) -> Result<Option<Progress>> {
        let params = self.job.params;
        if self.running.worn(&spread.deviations, self.job.weights.is_some()) {
            self.running = sum(run, &self.labelling)?;
        }
        let centers = self.labelling.centers();
        let sums = self.running.sums();
        // What all rows have together is known for the weights of the table only.
        let inertia = (!self.job.has_own_weights)
            .then(|| sums.inertia(centers, spread.total, &spread.middle));
        let empty = self.running.sums().empty();
        let means = if empty.is_empty() {
            self.running.sums().means(centers)
        } else {
            relocate(run, self.running.sums().clone(), &empty, &self.labelling)?
        };
        let means = round::<T>(means);
        let moved: f64 = means.iter().zip(centers).map(|(new, old)| (new - old).powi(2)).sum();
        let tolerance = params.tol * spread.mean_variance();
        self.converged = (self.changed == 0 && empty.is_empty()) || moved <= tolerance;
        self.labelling.move_to::<T>(means);
        self.n_iter += 1;
        let (restart, iteration) = (self.job.restart, self.n_iter);
        Ok(inertia.map(|inertia| Progress::Iteration { restart, iteration, inertia }))
    }
}

/// What one group of rows changed in one fit.
struct Moved {
    k: usize,
    n: u64,
    sums: Option<Sums>,
}

/// Labels every row with its nearest centre and brings the sums up to date.
fn relabel<T: Element>(run: &Run<'_, T>, climbs: &mut [&mut Climb<'_>]) -> Result<()> {
    climbs.iter_mut().for_each(|climb| climb.changed = 0);
    let mut labellings: Vec<&mut Labelling<'_>> =
        climbs.iter_mut().map(|c| &mut c.labelling).collect();
    let start = |k| Moved { k, n: 0, sums: None };
    let groups = pass(run, &mut labellings, false, start, |moved: &mut Moved, seen| {
        let n = match seen.changes {
            Changes::All => seen.labels.len(),
            Changes::Some(changes) => changes.len(),
        };
        if n > 0 {
            moved.n += n as u64;
            let sums = moved.sums.get_or_insert_with(|| Sums::zeros(moved.k, run.d()));
            match seen.changes {
                Changes::All => sums.add_all(seen.labels, seen.columns, seen.weights),
                Changes::Some(changes) => sums.move_some(changes, seen.columns, seen.weights),
            }
        }
    })?;
    let mut sums: Vec<Vec<Sums>> = vec![Vec::new(); climbs.len()];
    for group in groups {
        for ((climb, sums), moved) in climbs.iter_mut().zip(&mut sums).zip(group) {
            climb.changed += moved.n;
            sums.extend(moved.sums);
        }
    }
    climbs.par_iter_mut().zip(sums).for_each(|(climb, sums)| climb.running.join(&sums));
    Ok(())
}

/// The sums of all rows by their labels, made anew.
fn sum<T: Element>(run: &Run<'_, T>, labelling: &Labelling<'_>) -> Result<RunningSums> {
    let (k, labels) = (labelling.k(), labelling.labels());
    let room = || run.tiles.reader::<T>();
    let parts = run.groups.map(room, |reader, tiles| {
        run.check_cancelled()?;
        let mut sums = Sums::zeros(k, run.d());
        for tile in tiles {
            let mut tile = reader.load(tile);
            let weights = labelling.weights().map(|weights| &weights[tile.rows()]);
            sums.add_all(&labels[tile.rows()], tile.columns(), weights);
        }
        Ok(sums)
    })?;
    let mut running = RunningSums::new(k, run.d());
    running.join(&parts);
    Ok(running)
}

/// The means after each empty cluster has taken over the farthest row that is left, as
/// scikit-learn does it: the row leaves the sum of its cluster, but keeps its label until the next
/// pass.
fn relocate<T: Element>(
    run: &Run<'_, T>,
    mut sums: Sums,
    empty: &[usize],
    labelling: &Labelling<'_>,
) -> Result<Vec<f64>> {
    let (centers, labels) = (labelling.centers(), labelling.labels());
    let farthest = run.farthest_rows(labelling, empty.len())?;
    for (&cluster, row) in empty.iter().zip(farthest) {
        let weight = weight(labelling.weights(), row);
        let values: Vec<f64> = run.tiles.row::<T>(row).iter().map(|x| x.to_f64()).collect();
        sums.add(labels[row] as usize, -weight, &values);
        sums.add(cluster, weight, &values);
    }
    Ok(sums.means(centers))
}
