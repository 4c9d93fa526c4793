//! Customer segmentation on a hand-written k-means engine.

mod affine;
mod error;
mod io;
mod kernel;
mod kmeans;
mod monitor;
mod prepare;
mod scalar;
mod seed;
mod table;
mod warning;

pub use affine::Affine;
pub use error::{Error, ErrorKind, Escaped, Result};
pub use kernel::{Centers, Detail, Element, Isa, Kernel, NearestTile};
pub use kmeans::{Algorithm, Fit, Init, KMeansParams, Nearest, fit, nearest};
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
