//! Whether segments are found again: from other starts, in other samples of the same customers, and over
//! time. And what that leads to: how often they are to be refreshed, and what that costs.
//!
//! On one table the clusterer is a closure over a batch of fits, so that all of them share the passes
//! over the rows, and so that nothing there depends on how it clusters. Over time there is a table for each
//! date, and only k-means can say what an old model makes of it.

mod agreement;
mod band;
mod bootstrap;
mod drift;
mod evidence;
mod hundredths;
mod maintenance;
mod refresh;
mod replay;
mod snapshot;
mod terms;
#[cfg(test)]
mod tests;
mod timeline;

pub use agreement::Agreement;
pub use band::Band;
pub(crate) use bootstrap::resampling_bytes;
pub use bootstrap::{Bootstrap, BootstrapParams, ClusterStability, bootstrap};
pub use drift::Drift;
pub use hundredths::Hundredths;
pub use maintenance::{
    CurvePoint, Evidence, IntervalCost, MaintenanceTask, Moved, Offer, PriceLine, PricePart,
    Proposal, RefreshInterval, RefreshPoint, Sensitivity, SensitivityRow, Staleness, Triggers,
    Visit, VisitPrice,
};
pub use refresh::{Refresh, Rule, Survival, SurvivalStep};
pub use replay::Loss;
pub use terms::{Currency, OfferKind, Term, TermKey, TermSource, Terms};
pub use timeline::{
    Decay, Firmness, Migration, Movements, Period, RefitSegment, Revenue, SegmentAtOrigin,
    SegmentPeriod, Stake, Step, Timeline, TimelineParams, Window, timeline,
};
