//! The algorithms, written once over [`Vector`].
//!
//! Direct form, for one block of `R` vectors of rows and `C` centres at a time:
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
//! The register tile is chosen so that arithmetic, not loads, is what the processor waits for.
//! The index of the best centre is kept as a number in a floating-point lane, so that one compare
//! drives both selections and no integer vector is needed; it is exact up to 2^24. Comparing with
//! "less" gives ties to the first centre.
//!
//! Dot form: the same loop with `acc ← ½|c|²` at the start and `acc ← acc − x·c` inside, on a panel
//! `[column][row]` of a few vectors of rows that is packed once and read once per group of centres.
//! Columns themselves will not do: a panel's 64 bytes of each lie far apart, often by a multiple of
//! 4 KiB, and such lines fall into the same few cache sets.

use std::ops::Range;

use super::centers::{GROUP, Packed};
use super::vector::Vector;
use super::{Centers, Detail, Element, NearestTile, ROW_BLOCK};
use crate::scalar::Scalar;
use crate::table::TILE_ROWS;

/// The register tile of the direct form: 2 × 4 needs 8 accumulators, 2 rows, a broadcast and a
/// difference, which fits 16 registers and gives two multiply-add units eight chains to work on.
const DIRECT_ROWS: usize = 2;
const DIRECT_CENTERS: usize = 4;

/// Panels that see a group of centres before the next is read: together they stay near the
/// processor, and centres are read a quarter as often.
const PANELS: usize = 4;

/// Rows are packed in blocks of about this size, half of a common second-level cache.
const PACKED_BYTES: usize = 256 << 10;

/// See [`Kernel::nearest`](super::Kernel::nearest). `R` × `C` is the register tile of the dot form.
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
    // SAFETY: the caller's promises are the callees'.
    unsafe {
        match (centers.packed(), detail) {
            (None, Detail::Second) => direct::<V, true>(columns, rows, centers.values(), out),
            (None, _) => direct::<V, false>(columns, rows, centers.values(), out),
            (Some(packed), detail) => {
                dot::<V, R, C>(columns, rows, centers, packed, out);
                match detail {
                    Detail::Label => {}
                    Detail::Distance => distances_to_labels(columns, rows, centers.values(), out),
                    Detail::Second => two_distances::<V>(columns, rows, centers.values(), out),
                }
            }
        }
    }
}

/// See [`Kernel::sq_distances`](super::Kernel::sq_distances).
///
/// # Safety
/// As for [`Functions`](super::Functions).
#[inline(always)]
pub(super) unsafe fn sq_distances<V: Vector>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    out: &mut [V::Element],
) {
    let to = out.as_mut_ptr();
    // SAFETY: the caller's promises are the callee's; `out` holds `TILE_ROWS` elements per centre
    // and `row + offset` stays below `rows`.
    unsafe {
        for row in (0..rows).step_by(DIRECT_ROWS * V::LANES) {
            each_center::<V>(columns, row, centers, |c, distances| {
                for (r, distance) in distances.into_iter().enumerate() {
                    distance.store(to.add(c * TILE_ROWS + row + r * V::LANES));
                }
            });
        }
    }
}

/// Labels and squared distances by direct differences, with the second-nearest if `SECOND`.
///
/// # Safety
/// As for [`Functions`](super::Functions).
#[inline(always)]
unsafe fn direct<V: Vector, const SECOND: bool>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    out: &mut NearestTile<V::Element>,
) {
    // SAFETY: the caller's promises are the callees'; `row + offset` stays below `rows`, which
    // `out` has room for.
    unsafe {
        for row in (0..rows).step_by(DIRECT_ROWS * V::LANES) {
            let mut best = [Best::<V>::none(); DIRECT_ROWS];
            each_center::<V>(columns, row, centers, |c, distances| {
                let c = V::splat(V::Element::from_f64(c as f64));
                for r in 0..DIRECT_ROWS {
                    best[r].offer::<SECOND>(distances[r], c);
                }
            });
            for (r, best) in best.into_iter().enumerate() {
                best.write::<SECOND>(row + r * V::LANES, out);
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
        let mut indices = [V::Element::default(); ROW_BLOCK];
        // SAFETY: the caller's promise; a vector has at most `ROW_BLOCK` lanes.
        unsafe {
            self.distance.store(out.sq_distances.as_mut_ptr().add(row));
            if SECOND {
                self.second.store(out.second.as_mut_ptr().add(row));
            }
            self.index.store(indices.as_mut_ptr());
        }
        for (label, index) in out.labels[row..row + V::LANES].iter_mut().zip(indices) {
            // SAFETY: every index was offered as the number of a centre, at most 2^24.
            *label = unsafe { index.to_index() };
        }
    }
}

impl<V: Vector> Best<V> {
    /// Writes labels and distances of the dot form, after deciding again where it cannot.
    ///
    /// # Safety
    /// As for [`Vector`]; `norms` holds `V::LANES` elements, and `row + V::LANES` is at most
    /// [`TILE_ROWS`].
    #[inline(always)]
    unsafe fn settle(
        self,
        columns: &[&[V::Element]],
        row: usize,
        norms: &[V::Element],
        centers: &Centers<V::Element>,
        packed: &Packed<V::Element>,
        out: &mut NearestTile<V::Element>,
    ) {
        let mut scores = [V::Element::default(); ROW_BLOCK];
        let mut seconds = [V::Element::default(); ROW_BLOCK];
        // SAFETY: the caller's promises; a vector has at most `ROW_BLOCK` lanes.
        unsafe {
            self.write::<false>(row, out);
            self.distance.store(scores.as_mut_ptr());
            self.second.store(seconds.as_mut_ptr());
        }
        for (i, norm) in norms.iter().enumerate() {
            let (norm, score) = (norm.to_f64(), scores[i].to_f64());
            out.sq_distances[row + i] = V::Element::from_f64((norm + 2.0 * score).max(0.0));
            if seconds[i].to_f64() - score <= uncertainty::<V::Element>(columns.len(), norm, packed)
            {
                out.labels[row + i] = nearest_in_f64(columns, row + i, centers.values());
            }
        }
    }
}

/// Calls `visit` with every centre's number and squared distances to the block of rows at `row`.
///
/// # Safety
/// As for [`Functions`](super::Functions), with `row + DIRECT_ROWS·LANES` at most `rows`.
#[inline(always)]
unsafe fn each_center<V: Vector>(
    columns: &[&[V::Element]],
    row: usize,
    centers: &[V::Element],
    mut visit: impl FnMut(usize, [V; DIRECT_ROWS]),
) {
    let d = columns.len();
    let k = centers.len() / d;
    let center = |c: usize| centers[c * d..].as_ptr();
    let mut c = 0;
    // SAFETY: the caller's promises; `center(c)` is followed by the `C·d` coordinates read.
    unsafe {
        while c + DIRECT_CENTERS <= k {
            let block = block::<V, DIRECT_CENTERS>(columns, row, center(c));
            for (i, distances) in block.into_iter().enumerate() {
                visit(c + i, distances);
            }
            c += DIRECT_CENTERS;
        }
        if c + 2 <= k {
            let [first, second] = block::<V, 2>(columns, row, center(c));
            visit(c, first);
            visit(c + 1, second);
            c += 2;
        }
        if c < k {
            let [last] = block::<V, 1>(columns, row, center(c));
            visit(c, last);
        }
    }
}

/// Squared distances of one block of rows to `C` consecutive centres.
///
/// # Safety
/// As for [`Vector`]; every column holds `row + DIRECT_ROWS·LANES` values, and `centers` points to
/// `C` times `columns.len()` coordinates.
#[inline(always)]
unsafe fn block<V: Vector, const C: usize>(
    columns: &[&[V::Element]],
    row: usize,
    centers: *const V::Element,
) -> [[V; DIRECT_ROWS]; C] {
    let d = columns.len();
    // SAFETY: the caller's promises.
    unsafe {
        let mut sums = [[V::splat(V::Element::default()); DIRECT_ROWS]; C];
        for (j, column) in columns.iter().enumerate() {
            debug_assert!(row + DIRECT_ROWS * V::LANES <= column.len(), "{row}");
            let mut x = [sums[0][0]; DIRECT_ROWS];
            for (r, x) in x.iter_mut().enumerate() {
                *x = V::load(column.as_ptr().add(row + r * V::LANES));
            }
            for (c, sums) in sums.iter_mut().enumerate() {
                let coordinate = V::splat(*centers.add(c * d + j));
                for r in 0..DIRECT_ROWS {
                    let difference = x[r].sub(coordinate);
                    sums[r] = difference.mul_add(difference, sums[r]);
                }
            }
        }
        sums
    }
}

/// Labels, and squared distances to the precision of the dot form.
///
/// # Safety
/// As for [`Functions`](super::Functions); `R·V::LANES` divides [`ROW_BLOCK`] and `C` divides
/// [`GROUP`].
#[inline(always)]
unsafe fn dot<V: Vector, const R: usize, const C: usize>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &Centers<V::Element>,
    packed: &Packed<V::Element>,
    out: &mut NearestTile<V::Element>,
) {
    const {
        assert!(GROUP.is_multiple_of(C), "groups are cut into whole register tiles");
        assert!(ROW_BLOCK.is_multiple_of(R * V::LANES), "row blocks hold whole register tiles");
    }
    let d = columns.len();
    let width = R * V::LANES;
    let block_rows = (PACKED_BYTES / (d * size_of::<V::Element>())).clamp(width, TILE_ROWS) / width;
    let block_rows = block_rows * width;
    let mut panels = std::mem::take(&mut out.panels);
    panels.resize(d * block_rows, V::Element::default());

    for start in (0..rows).step_by(block_rows) {
        let block = start..rows.min(start + block_rows);
        let mut norms = [V::Element::default(); TILE_ROWS];
        // SAFETY: the caller's promises; there are `d` elements per row in the panels.
        unsafe {
            pack::<V, R>(columns, block.clone(), &packed.origin, &mut panels, &mut norms);
        }
        let panel_len = d * width;
        for first in (0..block.len()).step_by(PANELS * width) {
            let rows = first..block.len().min(first + PANELS * width);
            let panels = &panels[first / width * panel_len..rows.end / width * panel_len];
            // SAFETY: the caller's promises. Each panel holds `d·width` elements; `packed.values`
            // holds `d·GROUP` per group and `half_norms` `GROUP`.
            let found = unsafe { nearest_scores::<V, R, C>(panels, d, packed) };
            for (row, best) in rows.clone().step_by(width).zip(&found) {
                for (r, best) in best.iter().enumerate() {
                    let row = row + r * V::LANES;
                    let norms = &norms[row..row + V::LANES];
                    // SAFETY: the caller's promises; the rows lie in the tile.
                    unsafe { best.settle(columns, start + row, norms, centers, packed, out) };
                }
            }
        }
    }
    out.panels = panels;
}

/// The nearest centres of some panels by score.
///
/// All panels see a group of centres before the next group is read: centres may be more than a
/// second-level cache holds, and reading all of them again for every panel would be what the
/// processor waits for.
///
/// # Safety
/// As for [`dot`]; `panels` holds at most [`PANELS`] panels of `d·R·LANES` elements.
#[inline(always)]
unsafe fn nearest_scores<V: Vector, const R: usize, const C: usize>(
    panels: &[V::Element],
    d: usize,
    packed: &Packed<V::Element>,
) -> [[Best<V>; R]; PANELS] {
    // SAFETY: the caller's promises.
    unsafe {
        let mut best = [[Best::<V>::none(); R]; PANELS];
        for (g, half_norms) in packed.half_norms.chunks_exact(GROUP).enumerate() {
            let group = packed.values[g * d * GROUP..].as_ptr();
            for first in (0..GROUP).step_by(C) {
                let (group, half_norms) = (group.add(first), &half_norms[first..]);
                for (panel, best) in panels.chunks_exact(d * R * V::LANES).zip(&mut best) {
                    let scores = scores_block::<V, R, C>(panel, group, d, half_norms);
                    for (c, scores) in scores.into_iter().enumerate() {
                        let index = (g * GROUP + first + c) as f64;
                        let index = V::splat(V::Element::from_f64(index));
                        for r in 0..R {
                            best[r].offer::<true>(scores[r], index);
                        }
                    }
                }
            }
        }
        best
    }
}

/// How far two scores of the dot form must be apart for their order to be certain.
///
/// A score ½|c|² − x·c is a chain of `d` multiply-adds on centred values, each of which rounds by
/// at most half an epsilon of a partial sum not above ½|c|² + |x||c| (Higham, "Accuracy and
/// Stability of Numerical Algorithms", §3.1); centring, the norm and the final comparison round a
/// few times more, and |x||c| ≤ ½(|x|² + |c|²). Two scores may err in opposite directions.
#[inline(always)]
fn uncertainty<T: Scalar>(d: usize, norm: f64, packed: &Packed<T>) -> f64 {
    (d + 8) as f64 * T::EPSILON * (0.5 * norm + packed.largest_norm)
}

/// Copies the rows of `block`, centred, into panels of `R` vectors each, `[panel][column][row]`,
/// and sums their squares per row.
///
/// Column by column: reading a panel's 64 bytes from every column in turn would wait for memory
/// and for address translation at each of them.
///
/// # Safety
/// As for [`dot`]; `panels` holds `columns.len()` elements per row of `block`, whose length is a
/// multiple of `R·V::LANES`.
#[inline(always)]
unsafe fn pack<V: Vector, const R: usize>(
    columns: &[&[V::Element]],
    block: Range<usize>,
    origin: &[V::Element],
    panels: &mut [V::Element],
    norms: &mut [V::Element; TILE_ROWS],
) {
    let width = R * V::LANES;
    let panel_len = columns.len() * width;
    let panels = panels.as_mut_ptr();
    // SAFETY: the caller's promises; a row's place in its panel lies within `panel_len`.
    unsafe {
        for (j, (column, &origin)) in columns.iter().zip(origin).enumerate() {
            debug_assert!(block.end <= column.len(), "{block:?}");
            let origin = V::splat(origin);
            for row in (0..block.len()).step_by(V::LANES) {
                let to = panels.add(row / width * panel_len + j * width + row % width);
                let norm = norms.as_mut_ptr().add(row);
                let x = V::load(column.as_ptr().add(block.start + row)).sub(origin);
                x.store(to);
                x.mul_add(x, V::load(norm)).store(norm);
            }
        }
    }
}

/// ½|c|² − x·c of one panel and `C` neighbouring centres of a group.
///
/// # Safety
/// As for [`Vector`]; `panel` holds `d·R·LANES` elements, `group` points to `C` elements at each of
/// `d` steps of [`GROUP`], and `half_norms` holds `C`.
#[inline(always)]
unsafe fn scores_block<V: Vector, const R: usize, const C: usize>(
    panel: &[V::Element],
    group: *const V::Element,
    d: usize,
    half_norms: &[V::Element],
) -> [[V; R]; C] {
    debug_assert_eq!(panel.len(), d * R * V::LANES);
    // SAFETY: the caller's promises.
    unsafe {
        let mut sums = [[V::splat(V::Element::default()); R]; C];
        for c in 0..C {
            sums[c] = [V::splat(half_norms[c]); R];
        }
        let mut x = panel.as_ptr();
        let mut center = group;
        for _ in 0..d {
            let mut rows = [sums[0][0]; R];
            for (r, rows) in rows.iter_mut().enumerate() {
                *rows = V::load(x.add(r * V::LANES));
            }
            for (c, sums) in sums.iter_mut().enumerate() {
                let coordinate = V::splat(*center.add(c));
                for r in 0..R {
                    sums[r] = rows[r].neg_mul_add(coordinate, sums[r]);
                }
            }
            x = x.add(R * V::LANES);
            center = center.add(GROUP);
        }
        sums
    }
}

/// The nearest centre of one row by direct differences in `f64`; of equally near ones the first.
fn nearest_in_f64<T: Scalar>(columns: &[&[T]], row: usize, centers: &[T]) -> u32 {
    let mut best = (f64::INFINITY, 0);
    for (c, center) in centers.chunks_exact(columns.len()).enumerate() {
        let distance = columns.iter().zip(center).fold(0.0, |sum, (column, &coordinate)| {
            let difference = column[row].to_f64() - coordinate.to_f64();
            sum + difference * difference
        });
        if distance < best.0 {
            best = (distance, c as u32);
        }
    }
    best.1
}

/// Squared distances by direct differences to the centres that the labels name.
#[inline(always)]
fn distances_to_labels<T: Element>(
    columns: &[&[T]],
    rows: usize,
    centers: &[T],
    out: &mut NearestTile<T>,
) {
    let d = columns.len();
    for row in (0..rows).step_by(ROW_BLOCK) {
        let labels = &out.labels[row..row + ROW_BLOCK];
        let sums = &mut out.sq_distances[row..row + ROW_BLOCK];
        sums.fill(T::default());
        for (j, column) in columns.iter().enumerate() {
            let column = &column[row..row + ROW_BLOCK];
            for i in 0..ROW_BLOCK {
                let difference = column[i] - centers[labels[i] as usize * d + j];
                sums[i] = sums[i] + difference * difference;
            }
        }
    }
}

/// Squared distances by direct differences to the centres that the labels name, and to the nearest
/// of the others.
///
/// # Safety
/// As for [`Functions`](super::Functions).
#[inline(always)]
unsafe fn two_distances<V: Vector>(
    columns: &[&[V::Element]],
    rows: usize,
    centers: &[V::Element],
    out: &mut NearestTile<V::Element>,
) {
    let mut distances = [V::Element::default(); ROW_BLOCK];
    for row in (0..rows).step_by(DIRECT_ROWS * V::LANES) {
        let block = row..row + DIRECT_ROWS * V::LANES;
        let labels = &out.labels[block.clone()];
        let own = &mut out.sq_distances[block.clone()];
        let second = &mut out.second[block];
        second.fill(V::Element::MAX);
        // SAFETY: the caller's promises are the callee's; two vectors fit into `ROW_BLOCK` elements.
        unsafe {
            each_center::<V>(columns, row, centers, |c, vectors| {
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
