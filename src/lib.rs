//! Customer segmentation on a hand-written k-means engine.

mod affine;
mod error;
mod io;
mod monitor;
mod scalar;
mod seed;
mod table;
mod warning;

pub use affine::Affine;
pub use error::{Error, ErrorKind, Escaped, Result};
pub use io::{
    ColumnChoice, FileKind, IdReader, Input, ReadOptions, open, open_bytes, open_mapped,
    panic_is_guarded,
};
pub use monitor::{Monitor, Progress, Silent};
pub use scalar::{Precision, Scalar};
pub use seed::{Purpose, Seed, Stream};
pub use table::{
    Chunk, Column, FeatureTable, TILE_ROWS, Tile, TileReader, TileStep, Tiles, Values,
};
pub use warning::Warning;
