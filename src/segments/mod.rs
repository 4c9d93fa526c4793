//! What stays of segments when they are found anew.

mod identity;
mod membership;
mod transitions;

pub use identity::{Identities, Identity};
pub use membership::Membership;
pub use transitions::{Fate, Source, SourceKind, TransitionRules, Transitions};
