//! What marketing people read: names of segments, what to do about them, what columns mean, why a
//! customer is where he is. No word of statistics; every phrase in every language.

mod actions;
mod caveats;
mod columns;
mod glossary;
mod names;
mod sentences;
mod values;

pub(crate) use actions::{advice, urgency};
pub(crate) use caveats::caveat;
pub(crate) use glossary::{certainty, certainty_use, glossary};
pub(crate) use names::distinct_names;
pub(crate) use sentences::{Standing, reason, set_apart, who};
pub(crate) use values::{
    cell_unit, column_help, column_label, column_range, column_value, typical, typical_value,
};

/// With its first letter in upper case.
fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
