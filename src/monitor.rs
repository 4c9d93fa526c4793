//! How a long computation talks to its caller: progress out, cancellation in.

use crate::error::{Error, ErrorKind, Result};

/// Where a fit, or what judges one, stands.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// A start is being chosen: `chosen` of `k` centres so far, for restart `restart` (0-based);
    /// `chosen` is 0 when it begins and `k` when it is complete.
    Seeding {
        /// 0-based restart.
        restart: usize,
        /// Centres chosen so far.
        chosen: usize,
    },
    /// An iteration ended.
    Iteration {
        /// 0-based restart.
        restart: usize,
        /// 1-based iteration (or batch) within the restart.
        iteration: usize,
        /// Inertia of the assignment that this iteration made.
        inertia: f64,
    },
    /// Distances between rows are being added up.
    Silhouette {
        /// Rows whose cluster has been compared with all others.
        done: usize,
        /// Rows in all.
        n: usize,
    },
    /// Segments of one date are held against those of another.
    Date {
        /// Dates that are done.
        done: usize,
        /// Dates in all.
        n: usize,
    },
    /// Resamples are being clustered.
    Bootstrap {
        /// Resamples that are done.
        done: usize,
        /// Resamples in all.
        n: usize,
    },
}

/// Receives progress and may ask the work to stop; called from the calling thread between passes,
/// and `cancelled` also from workers, some times a second.
pub trait Monitor: Sync {
    /// Called now and then with the state of the work.
    fn report(&self, progress: Progress) {
        let _ = progress;
    }

    /// Whether the work should end with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    fn cancelled(&self) -> bool {
        false
    }
}

/// Fails once the work should end.
pub(crate) fn check_cancelled(monitor: &dyn Monitor) -> Result<()> {
    if monitor.cancelled() {
        return Err(Error::new(ErrorKind::Cancelled, "interrupted"));
    }
    Ok(())
}

/// Listens to nothing and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {}
