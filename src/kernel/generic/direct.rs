//! The direct form: Σ(x − c)² straight from the columns.
//!
//! ```text
//! for every column j
//!     x[r] ← load the block's rows of column j          R loads
//!     for c in C
//!         b ← broadcast centre[c][j]                    C broadcasts
//!         for r in R: acc[c][r] ← acc[c][r] + (x[r] − b)²   2·R·C operations
//! for c in C, r in R: keep (acc[c][r], c) if it is less than the best of its rows
//! ```
//!
//! `R` vectors of rows work against up to [`MOST_CENTERS`] centres: with `R` = 2, twelve
//! accumulators, two vectors of rows, a broadcast and a difference fill sixteen registers, and two
//! multiply-add units have chains enough to work on.

use super::super::vector::Vector;
use super::super::{Detail, NearestTile, ROW_BLOCK};
use super::{Best, gap};
use crate::scalar::Scalar;
use crate::table::TILE_ROWS;

/// Centres whose sums are in registers at once.
const MOST_CENTERS: usize = 6;

/// How far ahead columns are asked for, in bytes. A block reads little of each column, and so many
/// short streams leave the processor's own prefetching behind.
const PREFETCH_BYTES: usize = 2048;

/// Labels and squared distances, and of the second-nearest what `detail` asks for.
///
/// # Safety
/// As for [`Functions`](super::super::Functions).
#[inline(always)]
pub(super) unsafe fn nearest<V: Vector, const R: usize>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    detail: Detail,
    out: &mut NearestTile<V::Element>,
) {
    // SAFETY: the caller's promises are the callee's.
    unsafe {
        match detail {
            Detail::Label | Detail::Distance => {
                search::<V, R, false>(columns, rows, centers, out);
            }
            Detail::Second => search::<V, R, true>(columns, rows, centers, out),
            Detail::Gap => {
                search::<V, R, true>(columns, rows, centers, out);
                for i in 0..rows {
                    let (own, second) = (out.sq_distances[i], out.second[i]);
                    out.gaps[i] = gap(columns.len(), own, second, V::Element::default());
                }
            }
        }
    }
}

/// # Safety
/// As for [`nearest`].
#[inline(always)]
unsafe fn search<V: Vector, const R: usize, const SECOND: bool>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    out: &mut NearestTile<V::Element>,
) {
    // SAFETY: the caller's promises are the callees'; `row + offset` stays below `rows`, which
    // `out` has room for.
    unsafe {
        for row in (0..rows).step_by(R * V::LANES) {
            prefetch::<V, R>(columns, row);
            let mut best = [Best::<V>::none(); R];
            each_center::<V, R>(columns, row, centers, |c, distances| {
                let c = V::splat(V::Element::from_f64(c as f64));
                for r in 0..R {
                    best[r].offer::<SECOND>(distances[r], c);
                }
            });
            for (r, best) in best.into_iter().enumerate() {
                best.write::<SECOND>(row + r * V::LANES, out);
            }
        }
    }
}

/// See [`Kernel::sq_distances`](super::super::Kernel::sq_distances).
///
/// # Safety
/// As for [`Functions`](super::super::Functions).
#[inline(always)]
pub(in super::super) unsafe fn sq_distances<V: Vector, const R: usize>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    out: &mut [V::Element],
) {
    let to = out.as_mut_ptr();
    // SAFETY: the caller's promises are the callee's; `out` holds `TILE_ROWS` elements per centre
    // and `row + offset` stays below `rows`.
    unsafe {
        for row in (0..rows).step_by(R * V::LANES) {
            each_center::<V, R>(columns, row, centers, |c, distances| {
                for (r, distance) in distances.into_iter().enumerate() {
                    distance.store(to.add(c * TILE_ROWS + row + r * V::LANES));
                }
            });
        }
    }
}

/// See [`Kernel::lower`](super::super::Kernel::lower).
///
/// # Safety
/// As for [`Functions`](super::super::Functions).
#[inline(always)]
pub(in super::super) unsafe fn lower<V: Vector, const R: usize>(
    columns: &[&[V::Element]],
    rows: usize,
    points: &[V::Element],
    newest: u32,
    closest: &mut [V::Element],
    owners: &mut [u32],
    sums: &mut [f64],
) {
    let mut distances = [V::Element::default(); ROW_BLOCK];
    // SAFETY: the caller's promises are the callee's; `closest` and `owners` hold `rows` elements,
    // and there is one point more than there are sums, which the macro of callers checked.
    unsafe {
        let mut totals = [V::splat(V::Element::default()); super::super::MOST_POINTS];
        for row in (0..rows).step_by(R * V::LANES) {
            prefetch::<V, R>(columns, row);
            let mut lowest = [V::splat(V::Element::default()); R];
            each_center::<V, R>(columns, row, points, |p, vectors| {
                if p > 0 {
                    for r in 0..R {
                        totals[p] = totals[p].add(lowest[r].min(vectors[r]));
                    }
                    return;
                }
                for r in 0..R {
                    let at = closest.as_mut_ptr().add(row + r * V::LANES);
                    lowest[r] = V::load(at).min(vectors[r]);
                    vectors[r].store(distances.as_mut_ptr().add(r * V::LANES));
                }
                let range = row..row + R * V::LANES;
                let closest = &mut closest[range.clone()];
                for ((closest, owner), &distance) in
                    closest.iter_mut().zip(&mut owners[range]).zip(&distances)
                {
                    let nearer = distance < *closest;
                    *owner = if nearer { newest } else { *owner };
                    *closest = if nearer { distance } else { *closest };
                }
            });
        }
        for (sum, total) in sums.iter_mut().zip(&totals[1..]) {
            total.store(distances.as_mut_ptr());
            *sum = distances[..V::LANES].iter().map(|x| x.to_f64()).sum();
        }
    }
}

/// Squared distances to the centres that the labels name.
///
/// # Safety
/// As for [`Functions`](super::super::Functions); every label is the number of a centre.
#[inline(always)]
pub(in super::super) unsafe fn own_sq_distances<V: Vector>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    labels: &[u32],
    out: &mut [V::Element],
) {
    let d = columns.len();
    // SAFETY: the caller's promises: labels name centres, and columns, labels and `out` hold
    // `rows` elements.
    unsafe {
        for row in (0..rows).step_by(V::LANES) {
            let mut sum = V::splat(V::Element::default());
            let mut coordinates = [V::Element::default(); ROW_BLOCK];
            for (j, column) in columns.iter().enumerate() {
                for i in 0..V::LANES {
                    let center = *labels.get_unchecked(row + i) as usize;
                    coordinates[i] = *centers.get_unchecked(center * d + j);
                }
                let x = V::load(column.as_ptr().add(row));
                let difference = x.sub(V::load(coordinates.as_ptr()));
                sum = difference.mul_add(difference, sum);
            }
            sum.store(out.as_mut_ptr().add(row));
        }
    }
}

/// Squared distances to the centres that the labels in `out` name, and to the nearest of the
/// others.
///
/// # Safety
/// As for [`Functions`](super::super::Functions).
#[inline(always)]
pub(super) unsafe fn own_and_second<V: Vector, const R: usize>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    out: &mut NearestTile<V::Element>,
) {
    let mut distances = [V::Element::default(); ROW_BLOCK];
    for row in (0..rows).step_by(R * V::LANES) {
        let block = row..row + R * V::LANES;
        let labels = &out.labels[block.clone()];
        let own = &mut out.sq_distances[block.clone()];
        let second = &mut out.second[block];
        second.fill(V::Element::MAX);
        // SAFETY: the caller's promises are the callee's; `R` vectors fit into `ROW_BLOCK` elements.
        unsafe {
            each_center::<V, R>(columns, row, centers, |c, vectors| {
                for (r, vector) in vectors.into_iter().enumerate() {
                    vector.store(distances.as_mut_ptr().add(r * V::LANES));
                }
                for (i, &label) in labels.iter().enumerate() {
                    if label == c as u32 {
                        own[i] = distances[i];
                    } else if distances[i] < second[i] {
                        second[i] = distances[i];
                    }
                }
            });
        }
    }
}

/// Asks for what the columns hold some blocks further on.
///
/// # Safety
/// As for [`Vector`].
#[inline(always)]
unsafe fn prefetch<V: Vector, const R: usize>(columns: &[&[V::Element]], row: usize) {
    for column in columns {
        // Past the column lie the next tile's rows, where it is a view; anywhere else the
        // processor ignores it.
        let ahead = column.as_ptr().wrapping_add(row).wrapping_byte_add(PREFETCH_BYTES);
        for line in (0..R * V::LANES * size_of::<V::Element>()).step_by(64) {
            // SAFETY: the caller's promise; prefetching takes any address.
            unsafe { V::prefetch(ahead.wrapping_byte_add(line)) };
        }
    }
}

/// Calls `visit` with every centre's number and squared distances to the block of rows at `row`.
///
/// # Safety
/// As for [`Functions`](super::super::Functions), with `row + R·LANES` at most `rows`.
#[inline(always)]
unsafe fn each_center<V: Vector, const R: usize>(
    columns: &[&[V::Element]],
    row: usize,
    centers: &[V::Element],
    mut visit: impl FnMut(usize, [V; R]),
) {
    let d = columns.len();
    let k = centers.len() / d;
    let mut first = 0;
    // Blocks of nearly equal size: one centre alone would leave the units waiting for its sum.
    for blocks in (1..=k.div_ceil(MOST_CENTERS)).rev() {
        let size = (k - first).div_ceil(blocks);
        let from = centers[first * d..].as_ptr();
        // SAFETY: the caller's promises; `from` is followed by the `size·d` coordinates read.
        unsafe {
            match size {
                1 => visit_block(first, block::<V, R, 1>(columns, row, from), &mut visit),
                2 => visit_block(first, block::<V, R, 2>(columns, row, from), &mut visit),
                3 => visit_block(first, block::<V, R, 3>(columns, row, from), &mut visit),
                4 => visit_block(first, block::<V, R, 4>(columns, row, from), &mut visit),
                5 => visit_block(first, block::<V, R, 5>(columns, row, from), &mut visit),
                _ => visit_block(
                    first,
                    block::<V, R, MOST_CENTERS>(columns, row, from),
                    &mut visit,
                ),
            }
        }
        first += size;
    }
}

#[inline(always)]
fn visit_block<V, const R: usize, const C: usize>(
    first: usize,
    block: [[V; R]; C],
    visit: &mut impl FnMut(usize, [V; R]),
) {
    for (i, distances) in block.into_iter().enumerate() {
        visit(first + i, distances);
    }
}

/// Squared distances of one block of rows to `C` consecutive centres.
///
/// # Safety
/// As for [`Vector`]; every column holds `row + R·LANES` values, and `centers` points to `C` times
/// `columns.len()` coordinates.
#[inline(always)]
unsafe fn block<V: Vector, const R: usize, const C: usize>(
    columns: &[&[V::Element]],
    row: usize,
    centers: *const V::Element,
) -> [[V; R]; C] {
    let d = columns.len();
    // SAFETY: the caller's promises.
    unsafe {
        let mut sums = [[V::splat(V::Element::default()); R]; C];
        for (j, column) in columns.iter().enumerate() {
            debug_assert!(row + R * V::LANES <= column.len(), "{row}");
            let mut x = [sums[0][0]; R];
            for (r, x) in x.iter_mut().enumerate() {
                *x = V::load(column.as_ptr().add(row + r * V::LANES));
            }
            for (c, sums) in sums.iter_mut().enumerate() {
                let coordinate = V::splat(*centers.add(c * d + j));
                for r in 0..R {
                    let difference = x[r].sub(coordinate);
                    sums[r] = difference.mul_add(difference, sums[r]);
                }
            }
        }
        sums
    }
}
