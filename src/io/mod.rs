//! Files in and out.

mod output;

pub use output::Outputs;
