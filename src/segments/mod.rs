//! What stays of segments when they are found anew.

mod transitions;

pub use transitions::{Fate, Source, SourceKind, TransitionRules, Transitions};
