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
    /// Columns that cannot be features were left out.
    ColumnsLeftOut {
        /// Name and type of each.
        columns: Vec<(String, String)>,
    },
    /// Some ids do not tell rows apart; all rows are kept, by position.
    OddIds {
        /// The id column.
        column: String,
        /// Rows without an id.
        null: u64,
        /// Rows whose id is an empty text.
        empty: u64,
        /// Rows whose id an earlier row has already.
        duplicate: u64,
    },
    /// Integers beyond 2^53 are rounded when they are computed with.
    LargeIntegers {
        /// The column.
        column: String,
        /// How many there are.
        count: u64,
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
            Self::ColumnsLeftOut { columns } => {
                const SHOWN: usize = 8;
                f.write_str("left out, since not numeric: ")?;
                for (i, (name, type_name)) in columns.iter().take(SHOWN).enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}\"{}\" ({})", Escaped(name), Escaped(type_name))?;
                }
                if columns.len() > SHOWN {
                    write!(f, " and {} more", columns.len() - SHOWN)?;
                }
                Ok(())
            }
            Self::OddIds {
                column,
                null,
                empty,
                duplicate,
            } => write!(
                f,
                "id column \"{}\": {null} null, {empty} empty, {duplicate} repeated (all rows are \
                 kept, in order)",
                Escaped(column)
            ),
            Self::LargeIntegers { column, count } => write!(
                f,
                "column \"{}\": {count} integers beyond 2^53 are rounded when computed with",
                Escaped(column)
            ),
            Self::NotConverged { n_iter } => {
                write!(
                    f,
                    "not converged after {n_iter} iterations (a larger --max-iter may help)"
                )
            }
        }
    }
}
