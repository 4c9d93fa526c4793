//! What is done about null and NaN.

use std::ops::Range;

use arrow_buffer::{BooleanBuffer, Buffer};
use rayon::prelude::*;

use crate::error::{Error, Result, counted};
use crate::table::{Chunk, Column, TILE_ROWS};

use super::summary::{Source, Summary, order_statistics};

/// What to do with rows in which a used column is null or NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Refuse the table, naming the first such cell.
    #[default]
    Error,
    /// Leave the row out: it belongs to no segment.
    Drop,
    /// Use the column's mean over the rows of the fit that have a value.
    Mean,
    /// Use the column's median over the rows of the fit that have a value.
    Median,
}

impl Missing {
    /// Every policy, in the order in which help lists them.
    pub const ALL: [Self; 4] = [Self::Error, Self::Drop, Self::Mean, Self::Median];

    /// The name on the command line and in a model file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Drop => "drop",
            Self::Mean => "mean",
            Self::Median => "median",
        }
    }
}

/// Refuses infinities whatever the policy, and missing values if it says so.
/// `remedy` says what would help against the latter.
pub(super) fn check(
    column: &Column,
    summary: &Summary,
    missing: Missing,
    remedy: &str,
) -> Result<()> {
    if !summary.largest().is_finite() {
        let found = Source::raw(column).find_first(f64::is_infinite);
        let (row, value) = found.unwrap_or((0, f64::INFINITY));
        return Err(Error::data(format!("value is {value} (a finite number is needed)"))
            .in_column(column.name())
            .at_row(row as u64 + 1));
    }
    match (missing, summary.first_missing) {
        (Missing::Error, Some(row)) => {
            let others = match summary.n_missing - 1 {
                0 => String::new(),
                n => format!(", as in {}", counted(n, "more row")),
            };
            let what = if is_null(column, row) { "null" } else { "NaN" };
            Err(Error::data(format!("value is {what}{others} ({remedy})"))
                .in_column(column.name())
                .at_row(row as u64 + 1))
        }
        _ => Ok(()),
    }
}

fn is_null(column: &Column, row: usize) -> bool {
    let validity = |(chunk, range): (&Chunk, Range<usize>)| {
        chunk.validity().is_some_and(|validity| validity.is_null(range.start))
    };
    column.runs(row..row + 1).next().is_some_and(validity)
}

/// The value that stands for missing ones; `None` where the policy has no use for one.
pub(super) fn fill(column: &Column, summary: &Summary, missing: Missing) -> Result<Option<f64>> {
    if summary.n == 0 {
        return Err(no_value(column));
    }
    match missing {
        Missing::Error | Missing::Drop => Ok(None),
        Missing::Mean => {
            // Rounding may carry a mean past the values that it lies between.
            let mean = summary.mean * super::summary::pow2(summary.exponent);
            Ok(Some(mean.clamp(summary.min, summary.max)))
        }
        Missing::Median => {
            let n = summary.n;
            let middle = order_statistics(&Source::raw(column), n, &[(n - 1) / 2, n / 2])?;
            Ok(Some(0.5 * middle[0] + 0.5 * middle[1]))
        }
    }
}

/// Refuses a column in which every row is missing.
pub(super) fn no_value(column: &Column) -> Error {
    Error::data("has no usable value: every row is null or NaN (leave it out)")
        .in_column(column.name())
}

/// One bit per row: whether every one of `columns` has a value there.
pub(super) fn complete_rows(columns: &[&Column], n_rows: usize) -> BooleanBuffer {
    const WORDS: usize = TILE_ROWS / 64;
    let mut words = vec![0_u64; n_rows.div_ceil(64)];
    words.par_chunks_mut(WORDS).enumerate().for_each(|(tile, words)| {
        let rows = tile * TILE_ROWS..n_rows.min((tile + 1) * TILE_ROWS);
        let mut buffer = [0.0_f64; TILE_ROWS];
        words.fill(u64::MAX);
        for column in columns {
            let values = &mut buffer[..rows.len()];
            column.read(rows.clone(), values);
            for (i, x) in values.iter().enumerate() {
                words[i / 64] &= !(u64::from(x.is_nan()) << (i % 64));
            }
        }
        // Arrow counts bits to the end of the buffer's length, but keeps the padding clean.
        if rows.len() % 64 != 0 {
            words[rows.len() / 64] &= (1 << (rows.len() % 64)) - 1;
        }
    });
    words.iter_mut().for_each(|word| *word = word.to_le());
    BooleanBuffer::new(Buffer::from_vec(words), 0, n_rows)
}

#[cfg(test)]
mod tests {
    use arrow_buffer::NullBuffer;

    use super::*;
    use crate::table::{FeatureTable, Values};

    #[test]
    fn keeps_the_complete_rows_and_their_types() {
        let n = 2 * TILE_ROWS + 70;
        let ints: Vec<i64> = (0..n as i64).map(|i| i + (1 << 60)).collect();
        let validity: NullBuffer = (0..n).map(|i| i % 5 != 1).collect::<Vec<_>>().into();
        let a = Chunk::new(Values::I64(ints.clone().into()), Some(validity)).unwrap();
        let a = Column::new("a", "Int64", vec![a]);
        let b = (0..n).map(|i| if i % 7 == 3 { f64::NAN } else { i as f64 }).collect();
        let b = Column::from_f64("b", b);
        let weights = (0..n).map(|i| i as f64).collect();
        let kept = complete_rows(&[&a, &b], n);
        let table = FeatureTable::new(vec![a, b], Some(weights)).unwrap();
        let expected: Vec<_> = (0..n).filter(|i| i % 5 != 1 && i % 7 != 3).collect();
        assert_eq!(kept.set_indices().collect::<Vec<_>>(), expected);

        let table = table.keep(&kept).unwrap();
        let Values::I64(values) = table.columns()[0].chunks()[0].values() else {
            panic!("the type changed");
        };
        assert!(values.iter().zip(&expected).all(|(&x, &row)| x == ints[row]));
        assert!(!table.columns()[0].has_nulls());
        let weights = table.weights().unwrap();
        assert!(weights.iter().zip(&expected).all(|(&w, &row)| w == row as f64));
    }
}
