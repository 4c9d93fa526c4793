//! Files in and out.

mod assignments;
mod output;

pub use assignments::{AssignmentWriter, Format, Ids, Rows, Written};
pub use output::Outputs;
