//! Which rows of a tile need attention: what would be a branch per row is a bit in a mask.

use super::super::vector::{MOST_LANES, Vector};
use super::super::{Element, ROW_BLOCK};

/// See [`Kernel::reached`](super::super::Kernel::reached).
///
/// # Safety
/// As for [`RowFunctions`](super::super::RowFunctions).
#[inline(always)]
pub(in super::super) unsafe fn reached<V: Vector<Element = f32>>(
    labels: &[u32],
    ends: &[f32],
    readings: &[f32],
    fastest: f32,
    first_ends: &mut [f32],
    out: &mut [u32],
) -> usize {
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
            let mut least = V::splat(f32::MAX);
            for row in (rows.start..whole).step_by(V::LANES) {
                let mut at = [0.0; MOST_LANES];
                for (at, &label) in at.iter_mut().zip(&labels[row..row + V::LANES]) {
                    *at = readings[label as usize];
                }
                let left = V::load(ends.as_ptr().add(row)).sub(V::load(at.as_ptr()));
                // What is not a number is not left.
                let is_left = V::splat(0.0).less(left);
                least = least.min(V::select(is_left, left, least));
                let is_over = !V::bits(is_left) & (u32::MAX >> (32 - V::LANES));
                n += note(is_over, row, &mut out[n..]);
            }
            let mut lanes = [f32::MAX; MOST_LANES];
            least.store(lanes.as_mut_ptr());
            let mut least = lanes.into_iter().fold(f32::MAX, f32::min);
            for row in whole..rows.end {
                let left = ends[row] - readings[labels[row] as usize];
                let is_left = left > 0.0;
                n += note(u32::from(!is_left), row, &mut out[n..]);
                if is_left {
                    least = least.min(left);
                }
            }
            *first_end = earlier(fastest, least);
        }
    }
    n
}

/// At most `reading + left`.
fn earlier(reading: f32, left: f32) -> f32 {
    const DOWN: f32 = 1.0 - f32::EPSILON;
    (reading + left * DOWN).min(f32::MAX) * DOWN
}

/// See [`Kernel::differing`](super::super::Kernel::differing).
///
/// # Safety
/// As for [`RowFunctions`](super::super::RowFunctions).
#[inline(always)]
pub(in super::super) unsafe fn differing<V: Vector>(
    before: &[u32],
    now: &[u32],
    out: &mut [u32],
) -> usize {
    let whole = before.len() / V::LANES * V::LANES;
    let mut n = 0;
    // SAFETY: no more is written down than there is.
    unsafe {
        for row in (0..whole).step_by(V::LANES) {
            let (before, now) = (lanes::<V>(&before[row..]), lanes::<V>(&now[row..]));
            n += note(V::bits(before.less(now)) | V::bits(now.less(before)), row, &mut out[n..]);
        }
        for row in whole..before.len() {
            n += note(u32::from(before[row] != now[row]), row, &mut out[n..]);
        }
    }
    n
}

/// Labels as numbers in lanes, of which all are exact; that of no cluster becomes -1.
///
/// # Safety
/// As for [`Vector`]; there are at least `V::LANES`.
#[inline(always)]
unsafe fn lanes<V: Vector>(labels: &[u32]) -> V {
    let mut lanes = [V::Element::default(); MOST_LANES];
    for (lane, &label) in lanes.iter_mut().zip(&labels[..V::LANES]) {
        *lane = V::Element::from_index(label as i32);
    }
    // SAFETY: the caller's promise; a vector has at most `MOST_LANES` lanes.
    unsafe { V::load(lanes.as_ptr()) }
}

/// Writes down the rows from `first` on whose bits are set, and returns their number.
///
/// # Safety
/// `out` has room for them.
#[inline(always)]
unsafe fn note(mut bits: u32, first: usize, out: &mut [u32]) -> usize {
    let mut n = 0;
    while bits != 0 {
        // SAFETY: the caller's promise.
        unsafe { *out.get_unchecked_mut(n) = first as u32 + bits.trailing_zeros() };
        n += 1;
        bits &= bits - 1;
    }
    n
}
