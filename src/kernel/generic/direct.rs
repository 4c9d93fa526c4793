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

use std::array;

use super::super::Element;
use super::super::vector::{MOST_LANES, Vector};
use super::super::{Detail, MOST_POINTS, NearestTile, ROW_BLOCK, SeedingTile};
use super::{Best, gap};
use crate::scalar::Scalar;
use crate::table::TILE_ROWS;

/// Centres whose sums are in registers at once.
const MOST_CENTERS: usize = 6;

/// How far ahead columns are asked for, in bytes. A block reads little of each column, and so many
/// short streams leave the processor's own prefetching behind.
const PREFETCH_BYTES: usize = 1024;

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
            let mut nearest = Nearest::<V, R, SECOND> {
                best: [Best::none(); R],
                center: V::splat(V::Element::default()),
            };
            each_center(columns, row, centers, &mut nearest);
            for (r, best) in nearest.best.into_iter().enumerate() {
                best.write::<SECOND>(row + r * V::LANES, out);
            }
        }
    }
}

struct Nearest<V, const R: usize, const SECOND: bool> {
    best: [Best<V>; R],
    /// The number of the next centre: adding is less work than converting each from an integer.
    center: V,
}

impl<V: Vector, const R: usize, const SECOND: bool> Visitor<V, R> for Nearest<V, R, SECOND> {
    #[inline(always)]
    unsafe fn visit(&mut self, _: usize, distances: [V; R]) {
        // SAFETY: the caller's promise.
        unsafe {
            for (best, distance) in self.best.iter_mut().zip(distances) {
                best.offer::<SECOND>(distance, self.center);
            }
            self.center = self.center.add(V::splat(V::Element::from_index(1)));
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
    // SAFETY: the caller's promises are the callee's.
    unsafe {
        for row in (0..rows).step_by(R * V::LANES) {
            let mut store = Store { to: out.as_mut_ptr().add(row) };
            each_center::<V, R>(columns, row, centers, &mut store);
        }
    }
}

/// Writes distances where those of the block's first row and centre belong, and onwards.
struct Store<T> {
    to: *mut T,
}

impl<V: Vector, const R: usize> Visitor<V, R> for Store<V::Element> {
    #[inline(always)]
    unsafe fn visit(&mut self, center: usize, distances: [V; R]) {
        for (r, distance) in distances.into_iter().enumerate() {
            // SAFETY: there is room for `TILE_ROWS` elements per centre.
            unsafe { distance.store(self.to.add(center * TILE_ROWS + r * V::LANES)) };
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
    seeding: SeedingTile<'_, V::Element>,
    sums: &mut [f64],
) {
    let SeedingTile { closest, owners, weights } = seeding;
    // SAFETY: the caller's promises are the callee's; `closest`, `owners` and weights hold `rows`
    // elements, and there are at most `MOST_POINTS` points.
    unsafe {
        let zero = V::splat(V::Element::default());
        let one = V::splat(V::Element::from_index(1));
        let mut totals = [zero; MOST_POINTS];
        for row in (0..rows).step_by(R * V::LANES) {
            prefetch::<V, R>(columns, row);
            let mut lower = Lower::<V, R> {
                newest,
                weights: array::from_fn(|r| match weights {
                    Some(weights) => V::load(weights.as_ptr().add(row + r * V::LANES)),
                    None => one,
                }),
                closest: &mut closest[row..row + R * V::LANES],
                owners: &mut owners[row..row + R * V::LANES],
                lowest: [zero; R],
                totals: &mut totals,
            };
            each_center(columns, row, points, &mut lower);
        }
        let mut lanes = [V::Element::default(); MOST_LANES];
        for (sum, total) in sums.iter_mut().zip(&totals[1..]) {
            total.store(lanes.as_mut_ptr());
            *sum = lanes[..V::LANES].iter().map(|x| x.to_f64()).sum();
        }
    }
}

/// One block of rows in a round of k-means++.
struct Lower<'a, V: Vector, const R: usize> {
    newest: u32,
    weights: [V; R],
    closest: &'a mut [V::Element],
    owners: &'a mut [u32],
    /// `closest` after the newest centre.
    lowest: [V; R],
    /// What each point leaves, the newest centre's place being unused.
    totals: &'a mut [V; MOST_POINTS],
}

impl<V: Vector, const R: usize> Visitor<V, R> for Lower<'_, V, R> {
    #[inline(always)]
    unsafe fn visit(&mut self, point: usize, distances: [V; R]) {
        // SAFETY: the caller's promise; the slices hold `R` vectors of rows.
        unsafe {
            if point > 0 {
                let total = &mut self.totals[point];
                for ((lowest, weight), distance) in
                    self.lowest.iter().zip(self.weights).zip(distances)
                {
                    *total = lowest.min(distance).mul_add(weight, *total);
                }
                return;
            }
            for (r, distance) in distances.into_iter().enumerate() {
                let rows = r * V::LANES..(r + 1) * V::LANES;
                let before = V::load(self.closest[rows.clone()].as_ptr());
                self.lowest[r] = before.min(distance);
                // Few rows come to belong to the newest centre.
                if V::bits(distance.less(before)) != 0 {
                    let mut lanes = [V::Element::default(); MOST_LANES];
                    distance.store(lanes.as_mut_ptr());
                    let rows = self.closest[rows.clone()].iter_mut().zip(&mut self.owners[rows]);
                    for ((closest, owner), &distance) in rows.zip(&lanes) {
                        if distance < *closest {
                            *closest = distance;
                            *owner = self.newest;
                        }
                    }
                }
            }
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
            let mut coordinates = [V::Element::default(); MOST_LANES];
            for (j, column) in columns.iter().enumerate() {
                let labels = labels.get_unchecked(row..row + V::LANES);
                for (coordinate, &label) in coordinates.iter_mut().zip(labels) {
                    *coordinate = *centers.get_unchecked(label as usize * d + j);
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
    for row in (0..rows).step_by(R * V::LANES) {
        let block = row..row + R * V::LANES;
        let mut found = OwnAndSecond {
            labels: &out.labels[block.clone()],
            own: &mut out.sq_distances[block.clone()],
            second: &mut out.second[block],
        };
        found.second.fill(V::Element::MAX);
        // SAFETY: the caller's promises are the callee's.
        unsafe { each_center::<V, R>(columns, row, centers, &mut found) };
    }
}

/// One block of rows whose labels are known.
struct OwnAndSecond<'a, T> {
    labels: &'a [u32],
    own: &'a mut [T],
    second: &'a mut [T],
}

impl<V: Vector, const R: usize> Visitor<V, R> for OwnAndSecond<'_, V::Element> {
    #[inline(always)]
    unsafe fn visit(&mut self, center: usize, distances: [V; R]) {
        let mut lanes = [V::Element::default(); ROW_BLOCK];
        for (r, distance) in distances.into_iter().enumerate() {
            // SAFETY: the caller's promise; `R` vectors fit into `ROW_BLOCK` elements.
            unsafe { distance.store(lanes.as_mut_ptr().add(r * V::LANES)) };
        }
        let rows = self.own.iter_mut().zip(&mut *self.second);
        for (((own, second), &label), distance) in rows.zip(self.labels).zip(lanes) {
            if label == center as u32 {
                *own = distance;
            } else if distance < *second {
                *second = distance;
            }
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

/// What is done with the distances of a block of rows to one centre after the other.
///
/// (A closure could be compiled by itself, without the shell's instructions: a call per register.)
trait Visitor<V, const R: usize> {
    /// Takes the squared distances to centre number `center`; they come in order.
    ///
    /// # Safety
    /// As for [`Vector`].
    unsafe fn visit(&mut self, center: usize, distances: [V; R]);
}

/// Shows `visitor` every centre with the squared distances of the block of rows at `row`.
///
/// # Safety
/// As for [`Functions`](super::super::Functions), with `row + R·LANES` at most `rows`.
#[inline(always)]
unsafe fn each_center<V: Vector, const R: usize>(
    columns: &[&[V::Element]],
    row: usize,
    centers: &[V::Element],
    visitor: &mut impl Visitor<V, R>,
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
                1 => show(visitor, first, block::<V, R, 1>(columns, row, from)),
                2 => show(visitor, first, block::<V, R, 2>(columns, row, from)),
                3 => show(visitor, first, block::<V, R, 3>(columns, row, from)),
                4 => show(visitor, first, block::<V, R, 4>(columns, row, from)),
                5 => show(visitor, first, block::<V, R, 5>(columns, row, from)),
                _ => show(visitor, first, block::<V, R, MOST_CENTERS>(columns, row, from)),
            }
        }
        first += size;
    }
}

/// # Safety
/// As for [`Vector`].
#[inline(always)]
unsafe fn show<V: Vector, const R: usize, const C: usize>(
    visitor: &mut impl Visitor<V, R>,
    first: usize,
    block: [[V; R]; C],
) {
    for (i, distances) in block.into_iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { visitor.visit(first + i, distances) };
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
