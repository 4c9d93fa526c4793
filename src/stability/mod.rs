//! Whether a clustering is found again: from other starts, and from other rows.
//!
//! The clusterer is a closure over a batch of fits, so that all of them share the passes over the
//! rows, and so that nothing here depends on how it clusters.

mod agreement;
mod bootstrap;

pub use agreement::Agreement;
pub(crate) use bootstrap::resampling_bytes;
pub use bootstrap::{Bootstrap, BootstrapParams, ClusterStability, bootstrap};
