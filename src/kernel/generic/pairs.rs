//! Distances between all rows of two sets, added up per row.
//!
//! ```text
//! for every register tile of rows                               R vectors
//!     own[r] ← 0
//!     for C points at a time
//!         s[c][r] ← Σ over columns of (x[r] − y[c])²            as in the direct form
//!         d[c][r] ← √s[c][r]
//!         own[r] ← own[r] + d[c][r]                             what the rows of the tile add up to
//!         points[c] ← points[c] + Σ over r of d[c][r]           what the points add up to, per lane
//!     sums of the rows ← sums of the rows + own
//! sums of the points ← sums of the points + Σ over lanes of points
//! ```
//!
//! Each distance is computed once and counts for both of its ends. With few columns the square
//! root is what takes the time: where there is another way to the same number, one in four goes
//! that way. (Estimates by themselves would be faster, but they differ between makers of processors.)
//!
//! The dot form of the distance would halve the multiplications, but rows that are equal, or nearly,
//! would no longer be at distance 0, and here every distance counts. Processors that subtract and
//! multiply in different units would gain nothing from it.

use super::super::vector::{LEAST_ESTIMATED, MOST_LANES, Vector};
use super::super::{Element, MOST_PAIR_POINTS, Panels, ROW_BLOCK};
use crate::scalar::Scalar;

/// With so many columns, loading a vector of rows is worth sharing among more points.
const MANY_COLUMNS: usize = 24;

/// See [`Kernel::add_distances`](super::super::Kernel::add_distances); `C` points are worked on at
/// a time where there are many columns.
///
/// # Safety
/// As for [`Functions`](super::super::Functions); `R·V::LANES` divides [`ROW_BLOCK`].
#[inline(always)]
pub(in super::super) unsafe fn add_distances<V: Vector, const R: usize, const C: usize>(
    rows: Panels<'_, V::Element>,
    points: Panels<'_, V::Element>,
    row_sums: &mut [f64],
    point_sums: Option<&mut [f64]>,
) {
    const { assert!(ROW_BLOCK.is_multiple_of(R * V::LANES), "panels hold whole register tiles") }
    let width = R * V::LANES;
    let mut lanes = [V::Element::default(); MOST_PAIR_POINTS * MOST_LANES];
    // SAFETY: the caller's promises: `panel` points to `width` values of each column, and `lanes`
    // has room for a vector per point.
    unsafe {
        for first in (0..rows.n_rows).step_by(width) {
            let panel = rows.at(first);
            let sums = &mut row_sums[first..rows.n_rows.min(first + width)];
            let tile = Tile::<V, R> { panel, d: rows.n_features, n_rows: sums.len() };
            match (point_sums.is_some(), sums.len() == width) {
                (false, _) => tile.add::<C, false, false>(points, sums, &mut lanes),
                (true, true) => tile.add::<C, true, false>(points, sums, &mut lanes),
                (true, false) => tile.add::<C, true, true>(points, sums, &mut lanes),
            }
        }
    }
    if let Some(sums) = point_sums {
        for (sum, lanes) in sums.iter_mut().zip(lanes.chunks_exact(V::LANES)) {
            *sum += sum_of_lanes::<V>(lanes);
        }
    }
}

/// Σ x of the lanes of one vector, by halves, so that lanes are added and not numbers.
#[inline(always)]
fn sum_of_lanes<V: Vector>(lanes: &[V::Element]) -> f64 {
    let mut sums = [0.0; MOST_LANES];
    for (sum, lane) in sums[..V::LANES].iter_mut().zip(lanes) {
        *sum = lane.to_f64();
    }
    for n in [8, 4, 2, 1] {
        if n < V::LANES {
            let (low, high) = sums.split_at_mut(n);
            low.iter_mut().zip(&*high).for_each(|(low, high)| *low += high);
        }
    }
    sums[0]
}

/// A register tile of rows.
struct Tile<V: Vector, const R: usize> {
    /// Its first row in a panel.
    panel: *const V::Element,
    d: usize,
    /// Rows that count; those after them are padding.
    n_rows: usize,
}

impl<V: Vector, const R: usize> Tile<V, R> {
    /// Adds the distances to `points` to the `sums` of the tile's rows, and if `BOTH` to the lanes of
    /// every point, of which padding stays out if there is some: `PADDED`.
    ///
    /// # Safety
    /// As for [`add_distances`]; `lanes` holds a vector per point.
    #[inline(always)]
    unsafe fn add<const C: usize, const BOTH: bool, const PADDED: bool>(
        &self,
        points: Panels<'_, V::Element>,
        sums: &mut [f64],
        lanes: &mut [V::Element],
    ) {
        // SAFETY: the caller's promises; all points lie in their panels.
        unsafe {
            let zero = V::splat(V::Element::default());
            let mut own = [zero; R];
            for first in (0..points.n_rows).step_by(ROW_BLOCK) {
                let n = ROW_BLOCK.min(points.n_rows - first);
                let (panel, lanes) = (points.at(first), &mut lanes[first * V::LANES..]);
                let mut c = 0;
                if self.d >= MANY_COLUMNS {
                    while c + C <= n {
                        self.points::<C, BOTH, PADDED>(panel.add(c), c, &mut own, lanes);
                        c += C;
                    }
                }
                while c + 4 <= n {
                    self.points::<4, BOTH, PADDED>(panel.add(c), c, &mut own, lanes);
                    c += 4;
                }
                while c < n {
                    self.points::<1, BOTH, PADDED>(panel.add(c), c, &mut own, lanes);
                    c += 1;
                }
            }
            let mut values = [V::Element::default(); MOST_LANES];
            for (own, sums) in own.into_iter().zip(sums.chunks_mut(V::LANES)) {
                own.store(values.as_mut_ptr());
                sums.iter_mut().zip(&values).for_each(|(sum, x)| *sum += x.to_f64());
            }
        }
    }

    /// Adds the distances to `C` neighbouring points of a panel, the first of them number `c`.
    ///
    /// # Safety
    /// As for [`add`](Self::add); `points` is followed by `C` values, and so every [`ROW_BLOCK`]
    /// further for each column.
    #[inline(always)]
    unsafe fn points<const C: usize, const BOTH: bool, const PADDED: bool>(
        &self,
        points: *const V::Element,
        c: usize,
        own: &mut [V; R],
        lanes: &mut [V::Element],
    ) {
        // SAFETY: the caller's promises.
        unsafe {
            let zero = V::splat(V::Element::default());
            let mut squares = [[zero; R]; C];
            for j in 0..self.d {
                let (x, y) = (self.panel.add(j * ROW_BLOCK), points.add(j * ROW_BLOCK));
                let mut rows = [zero; R];
                for (r, rows) in rows.iter_mut().enumerate() {
                    *rows = V::load(x.add(r * V::LANES));
                }
                for (c, squares) in squares.iter_mut().enumerate() {
                    let coordinate = V::splat(*y.add(c));
                    for r in 0..R {
                        let difference = rows[r].sub(coordinate);
                        squares[r] = difference.mul_add(difference, squares[r]);
                    }
                }
            }
            // The first of every four roots, if no number is too small for it.
            let is_estimated = |c: usize, r: usize| (c * R + r).is_multiple_of(4);
            let mut estimates = self.d <= V::ESTIMATED_COLUMNS;
            if estimates {
                let mut least = V::splat(V::Element::MAX);
                for (c, squares) in squares.iter().enumerate() {
                    for (r, &squares) in squares.iter().enumerate() {
                        least = if is_estimated(c, r) { least.min(squares) } else { least };
                    }
                }
                let limit = V::splat(V::Element::from_f64(LEAST_ESTIMATED));
                estimates = V::bits(least.less(limit)) == 0;
            }
            for (i, squares) in squares.into_iter().enumerate() {
                let mut total = zero;
                for (r, squares) in squares.into_iter().enumerate() {
                    let mut distance = if estimates && is_estimated(i, r) {
                        squares.sqrt_from_estimate()
                    } else {
                        squares.sqrt()
                    };
                    if PADDED {
                        distance = self.without_padding(r, distance);
                    }
                    own[r] = own[r].add(distance);
                    total = if r == 0 { distance } else { total.add(distance) };
                }
                if BOTH {
                    let to = lanes.as_mut_ptr().add((c + i) * V::LANES);
                    V::load(to).add(total).store(to);
                }
            }
        }
    }

    /// The `r`-th vector with zeros for rows that do not count.
    ///
    /// # Safety
    /// As for [`Vector`].
    #[inline(always)]
    unsafe fn without_padding(&self, r: usize, values: V) -> V {
        let mut numbers = [V::Element::default(); MOST_LANES];
        for (number, i) in numbers.iter_mut().zip(r * V::LANES..) {
            *number = V::Element::from_index(i as i32);
        }
        // SAFETY: the caller's promise; a vector has at most `MOST_LANES` lanes.
        unsafe {
            let n_rows = V::splat(V::Element::from_index(self.n_rows as i32));
            let counts = V::load(numbers.as_ptr()).less(n_rows);
            V::select(counts, values, V::splat(V::Element::default()))
        }
    }
}
