//! Whether segments are found again: from other seeds, in other samples of the same customers, and over time.

mod agreement;
mod band;
mod bootstrap;
mod drift;
mod refresh;
mod replay;
mod snapshot;
mod timeline;

pub use agreement::Agreement;
pub use band::Band;
pub(crate) use bootstrap::resampling_bytes;
pub use bootstrap::{Bootstrap, BootstrapParams, ClusterStability, bootstrap};
pub use drift::Drift;
pub use refresh::{Refresh, Rule, Survival, SurvivalStep};
pub use replay::Loss;
pub use timeline::{
    Decay, Firmness, Migration, Movements, Period, RefitSegment, Revenue, SegmentAtOrigin,
    SegmentPeriod, Stake, Step, Timeline, TimelineParams, Window, timeline,
};
