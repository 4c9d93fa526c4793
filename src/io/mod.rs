//! Files in and out.

mod model_file;

pub use model_file::{parse_model, read_model, write_model};
