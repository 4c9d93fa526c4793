//! Everything that a run may want to say without failing, in one place.

use std::fmt;

use crate::error::Escaped;

/// Something the user should know about a result that was produced all the same.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A column has one value only and so separates nothing.
    ConstantColumn {
        /// The column.
        column: String,
    },
    /// The best restart reached its last iteration before it settled.
    NotConverged {
        /// Iterations made.
        n_iter: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConstantColumn { column } => {
                write!(
                    f,
                    "column \"{}\" is constant and separates nothing",
                    Escaped(column)
                )
            }
            Self::NotConverged { n_iter } => {
                write!(
                    f,
                    "not converged after {n_iter} iterations (a larger --max-iter may help)"
                )
            }
        }
    }
}
