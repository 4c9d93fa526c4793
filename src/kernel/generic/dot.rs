//! The dot form: ½|c|² − x·c, half the work per coordinate.
//!
//! The loop is that of the direct form with `acc ← ½|c|²` at the start and `acc ← acc − x·c` inside,
//! on a panel `[column][row]` of a few vectors of rows that is packed once and read once per group
//! of centres. Columns themselves will not do: a panel's 64 bytes of each lie far apart, often by a
//! multiple of 4 KiB, and such lines fall into the same few cache sets.

use std::ops::Range;

use super::super::centers::{GROUP, Packed};
use super::super::vector::{MOST_LANES, Vector};
use super::super::{Centers, Element, NearestTile, ROW_BLOCK};
use super::{Best, gap};
use crate::table::TILE_ROWS;

/// Panels that see a group of centres before the next is read: together they stay near the
/// processor, and centres are read a quarter as often.
const PANELS: usize = 4;

/// Multiply-adds in a row before their sum is put by: a chain's rounding error grows with its
/// length, and every row that it leaves undecided is dear.
const CHAIN: usize = 64;

/// Rows are packed in blocks of about this size, half of a common second-level cache.
const PACKED_BYTES: usize = 256 << 10;

/// Labels, squared distances to the precision of this form, and gaps if `GAP`.
///
/// # Safety
/// As for [`Functions`](super::super::Functions); `R·V::LANES` divides [`ROW_BLOCK`] and `C` divides
/// [`GROUP`].
#[inline(always)]
pub(super) unsafe fn nearest<V: Vector, const R: usize, const C: usize, const GAP: bool>(
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
                    unsafe {
                        best.settle::<GAP>(columns, start + row, norms, centers, packed, out);
                    }
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
/// As for [`nearest`]; `panels` holds at most [`PANELS`] panels of `d·R·LANES` elements.
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
            let in_group = (packed.n_centers - g * GROUP).min(GROUP);
            for first in (0..in_group).step_by(C) {
                let (group, half_norms) = (group.add(first), &half_norms[first..]);
                for (panel, best) in panels.chunks_exact(d * R * V::LANES).zip(&mut best) {
                    let scores = scores_block::<V, R, C>(panel, group, d, half_norms);
                    for (c, scores) in scores.into_iter().enumerate() {
                        let index = V::Element::from_index((g * GROUP + first + c) as i32);
                        let index = V::splat(index);
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

impl<V: Vector> Best<V> {
    /// Writes labels and distances of the dot form, after deciding again where it cannot.
    ///
    /// # Safety
    /// As for [`Vector`]; `norms` holds `V::LANES` elements, and `row + V::LANES` is at most
    /// [`TILE_ROWS`].
    #[inline(always)]
    unsafe fn settle<const GAP: bool>(
        self,
        columns: &[&[V::Element]],
        row: usize,
        norms: &[V::Element],
        centers: &Centers<V::Element>,
        packed: &Packed<V::Element>,
        out: &mut NearestTile<V::Element>,
    ) {
        let mut scores = [V::Element::default(); MOST_LANES];
        let mut seconds = [V::Element::default(); MOST_LANES];
        // SAFETY: the caller's promises; a vector has at most `MOST_LANES` lanes.
        unsafe {
            self.write::<false>(row, out);
            self.distance.store(scores.as_mut_ptr());
            self.second.store(seconds.as_mut_ptr());
        }
        let uncertainty = Uncertainty::new(columns.len(), packed);
        let lowest = V::Element::default();
        let mut uncertain = false;
        // The fill is nearest only where no score is a number; the first of them is as good then.
        let last = packed.n_centers as u32 - 1;
        for i in 0..V::LANES {
            out.labels[row + i] = out.labels[row + i].min(last);
            let (norm, score, second) = (norms[i], scores[i], seconds[i]);
            let sq_distance = norm + (score + score);
            let sq_distance = if sq_distance > lowest { sq_distance } else { lowest };
            let error = uncertainty.of(norm);
            out.sq_distances[row + i] = sq_distance;
            uncertain |= second - score <= error;
            if GAP {
                let second = norm + (second + second);
                let error = error + error + uncertainty.of_norm(norm);
                out.gaps[row + i] = gap(columns.len(), sq_distance, second, error);
            }
        }
        if uncertain {
            for i in 0..V::LANES {
                if seconds[i] - scores[i] <= uncertainty.of(norms[i]) {
                    out.labels[row + i] = decide(columns, row + i, centers, packed);
                }
            }
        }
    }
}

/// How far two scores of the dot form must be apart for their order to be certain.
///
/// A score ½|c|² − x·c is a sum of ⌈d/L⌉ chains of `L` = [`CHAIN`] multiply-adds on centred values.
/// Each addition rounds by at most half an epsilon of a partial sum not above ½|c|² + |x||c|
/// (Higham, "Accuracy and Stability of Numerical Algorithms", §3.1 and §4.2); centring and the final
/// comparison round a few times more, and |x||c| ≤ ½(|x|² + |c|²). Two scores may err in opposite
/// directions. The norm of the row is the same in both.
struct Uncertainty<T> {
    factor: T,
    norm_factor: T,
    largest_norm: T,
}

impl<T: Element> Uncertainty<T> {
    #[inline(always)]
    fn new(d: usize, packed: &Packed<T>) -> Self {
        let roundings = d.min(CHAIN) + d.div_ceil(CHAIN) + 12;
        let factor = T::from_f64(roundings as f64 * T::EPSILON);
        let norm_factor = T::from_f64(d as f64 * T::EPSILON);
        Self { factor, norm_factor, largest_norm: T::from_f64(packed.largest_norm) }
    }

    /// For a row of squared norm `norm`.
    #[inline(always)]
    fn of(&self, norm: T) -> T {
        self.factor * (norm + self.largest_norm)
    }

    /// How far a squared norm itself may be off: a chain of `d` multiply-adds.
    #[inline(always)]
    fn of_norm(&self, norm: T) -> T {
        self.norm_factor * norm
    }
}

/// Copies the rows of `block`, centred, into panels of `R` vectors each, `[panel][column][row]`,
/// and sums their squares per row.
///
/// Column by column: reading a panel's 64 bytes from every column in turn would wait for memory
/// and for address translation at each of them.
///
/// # Safety
/// As for [`nearest`]; `panels` holds `columns.len()` elements per row of `block`, whose length is a
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
        let mut totals = [[V::splat(V::Element::default()); R]; C];
        for c in 0..C {
            totals[c] = [V::splat(half_norms[c]); R];
        }
        let x = panel.as_ptr();
        let mut start = 0;
        loop {
            let end = d.min(start + CHAIN);
            // The first chain begins with the norm.
            let mut sums = totals;
            if start > 0 {
                sums = [[V::splat(V::Element::default()); R]; C];
            }
            for j in start..end {
                let mut rows = [sums[0][0]; R];
                for (r, rows) in rows.iter_mut().enumerate() {
                    *rows = V::load(x.add((j * R + r) * V::LANES));
                }
                for (c, sums) in sums.iter_mut().enumerate() {
                    let coordinate = V::splat(*group.add(j * GROUP + c));
                    for r in 0..R {
                        sums[r] = rows[r].neg_mul_add(coordinate, sums[r]);
                    }
                }
            }
            if start == 0 {
                totals = sums;
            } else {
                for (totals, sums) in totals.iter_mut().zip(&sums) {
                    for (total, sum) in totals.iter_mut().zip(sums) {
                        *total = total.add(*sum);
                    }
                }
            }
            if end == d {
                return totals;
            }
            start = end;
        }
    }
}

/// The nearest centre of one row whose scores leave it open; of equally near ones the first.
///
/// Scores once more, now with centres in the lanes; those that could be the smallest are decided
/// between by direct differences in `f64`.
#[cold]
fn decide<T: Element>(
    columns: &[&[T]],
    row: usize,
    centers: &Centers<T>,
    packed: &Packed<T>,
) -> u32 {
    let d = columns.len();
    let x: Vec<T> =
        columns.iter().zip(&packed.origin).map(|(column, &origin)| column[row] - origin).collect();
    let mut scores = packed.half_norms.clone();
    let groups = packed.values.chunks_exact(d * GROUP).zip(scores.chunks_exact_mut(GROUP));
    for (group, scores) in groups {
        for (x, group) in x.chunks(CHAIN).zip(group.chunks(CHAIN * GROUP)) {
            let mut sums = [T::default(); GROUP];
            for (&x, coordinates) in x.iter().zip(group.chunks_exact(GROUP)) {
                for (sum, &coordinate) in sums.iter_mut().zip(coordinates) {
                    *sum = *sum + x * coordinate;
                }
            }
            for (score, sum) in scores.iter_mut().zip(sums) {
                *score = *score - sum;
            }
        }
    }
    let norm = x.iter().fold(T::default(), |sum, &x| sum + x * x);
    let least = scores.iter().copied().fold(T::MAX, |a, b| if b < a { b } else { a });
    // Twice, since neither these scores nor those that were in doubt are exact, and products are
    // rounded by themselves here.
    let doubt = Uncertainty::new(d, packed).of(norm);
    let doubt = doubt + doubt + doubt + doubt;
    let mut best = (f64::INFINITY, 0);
    for (c, center) in centers.values().chunks_exact(d).enumerate() {
        if scores[c] - least <= doubt {
            let distance = columns.iter().zip(center).fold(0.0, |sum, (column, &coordinate)| {
                let difference = column[row].to_f64() - coordinate.to_f64();
                sum + difference * difference
            });
            if distance < best.0 {
                best = (distance, c as u32);
            }
        }
    }
    best.1
}
