//! What stays of segments when they are found anew, and rules that tell them in words.

mod identity;
mod rules;
mod transitions;

pub use identity::{Identities, Identity};
pub use rules::{
    RuleColumn, RuleCondition, RuleFidelity, RuleParams, SegmentRule, SegmentRules, segment_rules,
};
pub use transitions::{Fate, Source, SourceKind, TransitionRules, Transitions};
