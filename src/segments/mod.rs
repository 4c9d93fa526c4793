//! What stays of segments when they are found anew.

mod identity;
mod transitions;

pub use identity::{Identities, Identity};
pub use transitions::{Fate, Source, SourceKind, TransitionRules, Transitions};
