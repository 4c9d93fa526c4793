//! How far the rows reach.

use crate::error::Result;
use crate::kernel::Element;
use crate::passes::Groups;

use super::Input;
use crate::metrics::dispersion::not_measurable;

/// The smallest box around all rows.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    /// The smallest and the largest value of each column.
    sides: Vec<(f64, f64)>,
}

impl Extent {
    /// # Errors
    /// If a value is not finite, or the square of a distance between rows overflows.
    pub(super) fn of<T: Element>(input: &Input<'_>) -> Result<Self> {
        let (tiles, d) = (input.tiles, input.tiles.n_features());
        let groups = Groups::new(tiles.n_tiles(), 1, d);
        let parts = groups.map(
            || tiles.reader::<T>(),
            |reader, group| {
                input.check_cancelled()?;
                let mut extent = Self::nothing(d);
                for tile in group {
                    let mut tile = reader.load(tile);
                    let n = tile.n_rows();
                    for (side, column) in extent.sides.iter_mut().zip(tile.columns()) {
                        *side = joined(*side, range(&column[..n]));
                    }
                }
                Ok(extent)
            },
        )?;
        let mut all = Self::nothing(d);
        for part in parts {
            all.sides.iter_mut().zip(part.sides).for_each(|(a, b)| *a = joined(*a, b));
        }
        // Twice, since bounds add a variance to it.
        let square = 2.0 * all.diameter().powi(2);
        if all.sides.iter().any(|(low, high)| !(low.is_finite() && high.is_finite()))
            || !T::from_f64(square).to_f64().is_finite()
        {
            return Err(not_measurable());
        }
        Ok(all)
    }

    fn nothing(d: usize) -> Self {
        Self { sides: vec![(f64::INFINITY, f64::NEG_INFINITY); d] }
    }

    /// How far a row is from the origin at most.
    pub(super) fn reach(&self) -> f64 {
        let squares = self.sides.iter().map(|(low, high)| low.abs().max(high.abs()).powi(2));
        squares.sum::<f64>().sqrt()
    }

    /// How far two rows are from each other at most.
    pub(super) fn diameter(&self) -> f64 {
        self.sides.iter().map(|(low, high)| (high - low).powi(2)).sum::<f64>().sqrt()
    }
}

/// Infinite where one of them is.
fn joined(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// Of at least one value; infinite if one of them is not finite.
fn range<T: Element>(values: &[T]) -> (f64, f64) {
    let (mut low, mut high) = (values[0], values[0]);
    let mut is_finite = true;
    for &x in values {
        low = if x < low { x } else { low };
        high = if x > high { x } else { high };
        is_finite &= x.to_f64().is_finite();
    }
    if is_finite { (low.to_f64(), high.to_f64()) } else { (f64::NEG_INFINITY, f64::INFINITY) }
}
