//! Customer segmentation on a hand-written k-means engine.

mod affine;
#[cfg(feature = "cli")]
pub mod cli;
mod error;
mod io;
mod kernel;
mod kmeans;
mod model;
mod monitor;
mod prepare;
mod scalar;
mod seed;
mod table;
mod warning;

pub use affine::Affine;
pub use error::{Error, ErrorKind, Escaped, Result};
pub use io::{
    AssignmentWriter, ColumnChoice, FileKind, IdReader, Ids, Input, OutputFormat, Outputs,
    ReadOptions, open, open_bytes, open_mapped, panic_is_guarded, parse_model, read_model,
    write_model,
};
pub use kernel::{Centers, Detail, Element, Isa, Kernel, NearestTile};
pub use kmeans::{Algorithm, Fit, Init, KMeansParams, Nearest, fit, nearest};
pub use model::{
    Assignment, Assignments, Model, Segment, Start, Training, fingerprint, segment_means,
};
pub use monitor::{Monitor, Progress, Silent};
pub use prepare::{
    FittedColumn, FittedTransform, Missing, Prepare, PrepareParams, Prepared, Scale, Transform,
};
pub use scalar::{Precision, Scalar};
pub use seed::{Purpose, Seed, Stream};
pub use table::{
    Chunk, Column, FeatureTable, TILE_ROWS, Tile, TileReader, TileStep, Tiles, Values,
};
pub use warning::Warning;

/// Runs the README's example as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
