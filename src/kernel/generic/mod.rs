//! The algorithms, written once over [`Vector`].
//!
//! The index of the best centre is kept as a number in a floating-point lane, so that one compare
//! drives both selections and no integer vector is needed; it is exact up to 2^24. Comparing with
//! "less" gives ties to the first centre.

mod direct;
mod dot;
mod pairs;
mod rows;

use super::vector::{MOST_LANES, Vector};
use super::{Centers, Detail, Element, NearestTile};
use crate::scalar::Scalar;

pub(super) use direct::{lower, own_sq_distances, sq_distances};
pub(super) use pairs::add_distances;
pub(super) use rows::{differing, reached};

/// See [`Kernel::nearest`](super::Kernel::nearest). `R` × `C` is the register tile of the dot form;
/// the direct form has the same rows.
///
/// # Safety
/// As for [`Functions`](super::Functions).
#[inline(always)]
pub(super) unsafe fn nearest<V: Vector, const R: usize, const C: usize>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &Centers<V::Element>,
    detail: Detail,
    out: &mut NearestTile<V::Element>,
) {
    // SAFETY: the caller's promises are the callees'. Both forms leave the number of a centre in
    // every label, whatever the distances.
    unsafe {
        let Some(packed) = centers.packed() else {
            direct::nearest::<V, R>(columns, rows, centers.values(), detail, out);
            return;
        };
        match detail {
            Detail::Label => dot::nearest::<V, R, C, false>(columns, rows, centers, packed, out),
            Detail::Gap => dot::nearest::<V, R, C, true>(columns, rows, centers, packed, out),
            Detail::Distance => {
                dot::nearest::<V, R, C, false>(columns, rows, centers, packed, out);
                let NearestTile { labels, sq_distances, .. } = out;
                own_sq_distances::<V>(columns, rows, centers.values(), labels, sq_distances);
            }
            Detail::Second => {
                dot::nearest::<V, R, C, false>(columns, rows, centers, packed, out);
                direct::own_and_second::<V, R>(columns, rows, centers.values(), out);
            }
        }
    }
}

/// The nearest centre so far, and the distance to the second-nearest, of a vector of rows.
#[derive(Clone, Copy)]
struct Best<V> {
    distance: V,
    index: V,
    second: V,
}

impl<V: Vector> Best<V> {
    /// # Safety
    /// As for [`Vector`].
    #[inline(always)]
    unsafe fn none() -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let largest = V::splat(V::Element::MAX);
            Self { distance: largest, index: V::splat(V::Element::default()), second: largest }
        }
    }

    /// # Safety
    /// As for [`Vector`].
    #[inline(always)]
    unsafe fn offer<const SECOND: bool>(&mut self, distance: V, index: V) {
        // SAFETY: the caller's promise.
        unsafe {
            if SECOND {
                // Whichever of the two is not the nearest competes for second place.
                self.second = self.second.min(self.distance.max(distance));
            }
            let nearer = distance.less(self.distance);
            self.index = V::select(nearer, index, self.index);
            self.distance = distance.min(self.distance);
        }
    }

    /// # Safety
    /// As for [`Vector`]; `row + V::LANES` is at most [`TILE_ROWS`].
    #[inline(always)]
    unsafe fn write<const SECOND: bool>(self, row: usize, out: &mut NearestTile<V::Element>) {
        let mut indices = [V::Element::default(); MOST_LANES];
        // SAFETY: the caller's promise; a vector has at most `MOST_LANES` lanes.
        unsafe {
            self.distance.store(out.sq_distances.as_mut_ptr().add(row));
            if SECOND {
                self.second.store(out.second.as_mut_ptr().add(row));
            }
            self.index.store(indices.as_mut_ptr());
        }
        for (label, index) in out.labels[row..row + V::LANES].iter_mut().zip(indices) {
            // SAFETY: every index was offered as the number of a centre or of the fill after the
            // last one, little above 2^24.
            *label = unsafe { index.to_index() };
        }
    }
}

/// A lower bound of how much farther the second-nearest centre is than the nearest one, from
/// squared distances in `d` dimensions to a rounding in each and to `error` besides.
///
/// It falls short of the true difference by more than the kernels themselves can be wrong by:
/// while it is positive, they cannot but find the same centre.
#[inline(always)]
fn gap<T: Element>(d: usize, own: T, second: T, error: T) -> f32 {
    // Of a sum of d squares: (d + 2)/2 roundings (Higham, "Accuracy and Stability of Numerical
    // Algorithms", §3.1); half that of its root. What underflows is less than a multiple of the
    // smallest normal number.
    let slack = T::from_f64(2.0 * (d + 8) as f64 * T::EPSILON);
    let underflow = T::from_f64(4.0 * (d as f64 * T::MIN_POSITIVE.to_f64()).sqrt());
    let one = T::from_f64(1.0);
    let (low, high) = (second - error, own + error);
    let low = if low > T::default() { low.sqrt() } else { T::default() };
    let gap = low * (one - slack) - high.sqrt() * (one + slack) - underflow;
    // Rounding to `f32` must not lengthen it, nor make it infinite; what is not a number is no gap.
    let gap = gap.to_f32() * (1.0 - 2.0 * f32::EPSILON) - f32::MIN_POSITIVE;
    if gap > 0.0 { gap.min(f32::MAX) } else { gap.min(0.0) }
}
