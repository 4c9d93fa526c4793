//! Who segments are, and what stays of them when they are found anew.

mod identity;
mod membership;
mod names;
mod portrait;
mod profile;
mod projection;
mod rules;
mod transitions;

pub use identity::{Identities, Identity};
pub use membership::Membership;
pub use names::{Named, Standing, standings};
pub use portrait::{
    Action, Certainty, Delivery, Experience, LastOrder, Loyalty, MEDIUM_EFFECT, NEGLIGIBLE_EFFECT,
    Portrait, Satisfaction, Worth,
};
pub use profile::{Distribution, Mix, NO_SEGMENT, NO_WORD, Profile, Profiles, Words};
pub use projection::Projection;
pub use rules::{
    RuleColumn, RuleCondition, RuleFidelity, RuleParams, SegmentRule, SegmentRules, segment_rules,
};
pub use transitions::{Fate, Source, SourceKind, TransitionRules, Transitions};
