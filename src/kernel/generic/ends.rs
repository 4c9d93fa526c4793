//! Which rows' ends have been reached: one load, one look-up and one comparison per row.

use super::super::vector::Vector;
use super::super::{Element, ROW_BLOCK};
use crate::scalar::Scalar;

/// See [`Kernel::reached`](super::super::Kernel::reached).
///
/// # Safety
/// As for [`Functions`](super::super::Functions): `ends` is as long as `labels`, `first_ends` has an
/// element for every [`ROW_BLOCK`] of them, and `out` has room for all.
#[inline(always)]
pub(in super::super) unsafe fn reached<V: Vector>(
    labels: &[u32],
    ends: &[V::Element],
    readings: &[V::Element],
    fastest: V::Element,
    first_ends: &mut [V::Element],
    out: &mut [u32],
) -> usize {
    let zero = V::Element::default();
    let mut n = 0;
    for (block, first_end) in first_ends.iter_mut().enumerate() {
        if fastest < *first_end {
            continue;
        }
        let rows = block * ROW_BLOCK..labels.len().min((block + 1) * ROW_BLOCK);
        let whole = rows.start + rows.len() / V::LANES * V::LANES;
        // SAFETY: the caller's promises: all rows lie in `ends`, and no more are written down than
        // there are.
        unsafe {
            let mut least = V::splat(V::Element::MAX);
            for row in (rows.start..whole).step_by(V::LANES) {
                let mut at = [zero; ROW_BLOCK];
                for (at, &label) in at.iter_mut().zip(&labels[row..row + V::LANES]) {
                    *at = readings[label as usize];
                }
                let left = V::load(ends.as_ptr().add(row)).sub(V::load(at.as_ptr()));
                // What is not a number is not left.
                let is_left = V::splat(zero).less(left);
                least = least.min(V::select(is_left, left, least));
                let mut bits = !V::bits(is_left) & (u32::MAX >> (32 - V::LANES));
                while bits != 0 {
                    *out.get_unchecked_mut(n) = row as u32 + bits.trailing_zeros();
                    n += 1;
                    bits &= bits - 1;
                }
            }
            let mut lanes = [V::Element::MAX; ROW_BLOCK];
            least.store(lanes.as_mut_ptr());
            for (row, lane) in (whole..rows.end).zip(&mut lanes[V::LANES..]) {
                let left = ends[row] - readings[labels[row] as usize];
                if left > zero {
                    *lane = left;
                } else {
                    *out.get_unchecked_mut(n) = row as u32;
                    n += 1;
                }
            }
            let least = lanes.into_iter().fold(V::Element::MAX, |a, b| if b < a { b } else { a });
            *first_end = earlier(fastest, least);
        }
    }
    n
}

/// At most `reading + left`.
fn earlier<T: Element>(reading: T, left: T) -> T {
    let down = T::from_f64(1.0 - T::EPSILON);
    let end = reading + left * down;
    (if end < T::MAX { end } else { T::MAX }) * down
}
