//! How good a clustering is: by the rows themselves, or against another labeling of them.
//!
//! Labels are numbers that tell rows apart and mean nothing else. What is not defined for a labeling
//! is an error or `None`, never a number that looks like a result.

mod contingency;
mod dispersion;
mod information;
mod labeling;
mod matching;
mod silhouette;
mod tally;

pub use contingency::{Cell, Contingency};
pub use dispersion::Dispersion;
pub use labeling::Labeling;
pub use silhouette::{ClusterSilhouette, Silhouette, SilhouetteMethod, silhouette};
