//! Whether a clustering is found again: from other starts, and from other rows.
//!
//! And what that leads to: how often segments are to be refreshed, and what that costs.
//!
//! The clusterer is a closure over a batch of fits, so that all of them share the passes over the
//! rows, and so that nothing here depends on how it clusters.

mod agreement;
mod bootstrap;
mod hundredths;
mod maintenance;
mod terms;

pub use agreement::Agreement;
pub(crate) use bootstrap::resampling_bytes;
pub use bootstrap::{Bootstrap, BootstrapParams, ClusterStability, bootstrap};
pub use hundredths::Hundredths;
pub use maintenance::{
    CurvePoint, Evidence, IntervalCost, MaintenanceTask, Moved, Offer, PriceLine, PricePart,
    Proposal, RefreshInterval, RefreshPoint, Sensitivity, SensitivityRow, Staleness, Triggers,
    Visit, VisitPrice,
};
pub use terms::{Currency, OfferKind, Term, TermKey, TermSource, Terms};
