//! The only SIMD in the crate: distances from a tile of rows to a set of centres.
//!
//! Lanes are rows. A kernel loads 4 to 16 rows of one column at once and works against broadcast
//! centre coordinates, so columns are used as Arrow stores them, nothing is reduced across lanes,
//! and there is no tail in the number of centres. Which instructions exist is found out once, when
//! a [`Kernel`] is made; after that there are a few indirect calls per tile, none per row.
//!
//! Beside distances, lanes find the rows of which something kept per row has run out or changed.
//!
//! Two forms of the same arg-min, chosen by [`Centers`]:
//! - *direct*: Σ(x − c)² from the columns as they lie: exact to the rounding of one subtraction;
//! - *dot*, for many centres in many dimensions: ½|c|² − x·c on a packed and centred panel, half
//!   the work per coordinate. Rows whose two nearest centres are closer than the rounding error
//!   bound of that form are decided again by direct differences in `f64`.
#![allow(unsafe_code, reason = "std::arch and unchecked loads; each block says why it is sound")]

mod centers;
mod generic;
mod isa;
mod panels;
mod portable;
mod vector;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

#[cfg(test)]
mod tests;

pub use centers::Centers;
pub use isa::Isa;
pub use panels::{MOST_PAIR_POINTS, Panels};

use crate::error::Result;
use crate::scalar::Scalar;
use crate::table::TILE_ROWS;

/// Kernels work on blocks of this many rows; columns are padded to a multiple of it.
pub(crate) const ROW_BLOCK: usize = 64;

/// Points that [`Kernel::lower`] takes at once: the newest centre and 2 + ⌊ln k⌋ candidates for
/// up to 2^24 clusters.
pub const MOST_POINTS: usize = 19;

/// How much [`Kernel::nearest`] finds out about each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The nearest centre. Squared distances are those of the form in use: in the dot form they
    /// carry its cancellation error, about `|x|²` times the precision.
    Label,
    /// As `Label`, and gaps: lower bounds of how much farther the second-nearest centre is.
    Gap,
    /// The nearest centre and the squared distance by direct differences.
    Distance,
    /// As `Distance`, and the squared distance to the second-nearest centre.
    Second,
}

/// What k-means++ knows of the rows of one tile, padded to whole row blocks.
#[derive(Debug)]
pub struct SeedingTile<'a, T> {
    /// Each row's smallest squared distance to a centre; 0 where padded.
    pub closest: &'a mut [T],
    /// That centre.
    pub owners: &'a mut [u32],
    /// What each row counts, or 1.
    pub weights: Option<&'a [T]>,
}

/// What [`Kernel::nearest`] found for the rows of one tile; made once per thread and reused.
#[derive(Clone, Debug)]
pub struct NearestTile<T> {
    /// [`TILE_ROWS`] elements, as in the next three: the kernels write without looking.
    labels: Box<[u32]>,
    sq_distances: Box<[T]>,
    second: Box<[T]>,
    gaps: Box<[f32]>,
    /// Packed panels of rows, for the dot form.
    panels: Vec<T>,
}

impl<T: Scalar> NearestTile<T> {
    /// Room for [`TILE_ROWS`] rows.
    pub fn new() -> Self {
        Self {
            labels: vec![0; TILE_ROWS].into(),
            sq_distances: vec![T::default(); TILE_ROWS].into(),
            second: vec![T::default(); TILE_ROWS].into(),
            gaps: vec![0.0; TILE_ROWS].into(),
            panels: Vec::new(),
        }
    }

    /// The nearest centre of each row; of equally near ones the first.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The squared Euclidean distance to it.
    pub fn sq_distances(&self) -> &[T] {
        &self.sq_distances
    }

    /// The squared distance to the nearest other centre (`T::MAX` if there is none); filled only
    /// for [`Detail::Second`].
    pub fn second(&self) -> &[T] {
        &self.second
    }

    /// How much farther than the nearest the second-nearest centre is at least: a lower bound of
    /// the difference of the two Euclidean distances, short of it by a few roundings, which may be
    /// below zero. Filled only for [`Detail::Gap`].
    pub fn gaps(&self) -> &[f32] {
        &self.gaps
    }
}

impl<T: Scalar> Default for NearestTile<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The kernels of one instruction set. Holding one proves that this processor has it.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    isa: Isa,
    f32: Functions<f32>,
    f64: Functions<f64>,
    rows: RowFunctions,
}

impl Kernel {
    /// The kernels for `isa`, if this processor can run them.
    pub fn new(isa: Isa) -> Option<Self> {
        if !isa.is_available() {
            return None;
        }
        let (f32, f64, rows) = match isa {
            Isa::Portable => (portable::F32, portable::F64, portable::ROWS),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => (avx2::F32, avx2::F64, avx2::ROWS),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => (avx512::F32, avx512::F64, avx512::ROWS),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => (neon::F32, neon::F64, neon::ROWS),
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 => return None,
            #[cfg(not(target_arch = "aarch64"))]
            Isa::Neon => return None,
        };
        Some(Self { isa, f32, f64, rows })
    }

    /// The widest kernels of this processor, narrowed by the environment: `SEGENGINE_ISA` names
    /// one instruction set, and with `SEGENGINE_REQUIRE_ISA=1` it is an error if that one is
    /// missing here (otherwise the next narrower is used).
    ///
    /// # Errors
    /// If `SEGENGINE_ISA` names no instruction set, or a required one is missing.
    pub fn detect() -> Result<Self> {
        let isa = Isa::from_environment()?;
        Ok(Self::new(isa).expect("an available instruction set has kernels"))
    }

    /// Which instruction set this is.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Finds the nearest of `centers` for the first `n_rows` rows of `columns`.
    ///
    /// `columns` has one slice per feature, each padded with finite values to a multiple of 64
    /// rows; `out` holds results for the padding too, which mean nothing. Values must be finite
    /// and their squared distances must not overflow. A row's result does not depend on the rows
    /// around it.
    ///
    /// # Panics
    /// If `columns` is not one padded slice per feature of `centers`, or `n_rows` exceeds
    /// [`TILE_ROWS`].
    pub fn nearest<T: Element>(
        &self,
        columns: &[&[T]],
        n_rows: usize,
        centers: &Centers<T>,
        detail: Detail,
        out: &mut NearestTile<T>,
    ) {
        let rows = check_tile(columns, n_rows, centers.n_features());
        // SAFETY: `self` exists only where the instruction set does; `check_tile` proved that
        // every column holds `rows` values, a multiple of the row block and at most `TILE_ROWS`,
        // which is what `out` was made with room for and keeps.
        unsafe { (T::functions(self).nearest)(columns, rows, centers, detail, out) }
    }

    /// Writes the squared distances from the first `n_rows` rows to the centres that `labels` names,
    /// by direct differences, into `out`.
    ///
    /// Columns are as for [`nearest`](Self::nearest); `labels` and `out` are padded likewise.
    ///
    /// # Panics
    /// If the slices do not fit each other, or a label is not the number of a centre.
    pub fn own_sq_distances<T: Element>(
        &self,
        columns: &[&[T]],
        n_rows: usize,
        centers: &Centers<T>,
        labels: &[u32],
        out: &mut [T],
    ) {
        let rows = check_tile(columns, n_rows, centers.n_features());
        assert!(labels.len() >= rows && out.len() >= rows, "padded to whole row blocks");
        let largest = labels[..rows].iter().copied().max();
        assert!(largest.is_none_or(|label| (label as usize) < centers.k()), "no such centre");
        // SAFETY: as in `nearest`; the labels and the room in `out` were checked above.
        unsafe {
            (T::functions(self).own_sq_distances)(columns, rows, centers.values(), labels, out);
        }
    }

    /// Lowers the rows' `closest` to their squared distances to the first of `points` (row-major)
    /// where it is nearer, and sets their owners to `newest` there; then returns
    /// Σ weight·min(closest, squared distance) for every other point: a round of k-means++.
    ///
    /// Columns are as for [`nearest`](Self::nearest). Sums are kept in `T` within the tile, in every
    /// lane by itself.
    ///
    /// # Panics
    /// If the slices do not fit each other, or there are more than [`MOST_POINTS`] points.
    pub fn lower<T: Element>(
        &self,
        columns: &[&[T]],
        n_rows: usize,
        points: &[T],
        newest: u32,
        seeding: SeedingTile<'_, T>,
    ) -> [f64; MOST_POINTS - 1] {
        let rows = check_tile(columns, n_rows, columns.len());
        let n_points = points.len() / columns.len();
        assert_eq!(points.len(), n_points * columns.len(), "one coordinate per point and column");
        assert!((1..=MOST_POINTS).contains(&n_points), "{n_points} points");
        let SeedingTile { closest, owners, weights } = &seeding;
        let shortest = closest.len().min(owners.len()).min(weights.map_or(rows, <[T]>::len));
        assert!(shortest >= rows, "padded to whole row blocks");
        let mut sums = [0.0; MOST_POINTS - 1];
        // SAFETY: as in `nearest`; all lengths were checked above.
        unsafe {
            (T::functions(self).lower)(columns, rows, points, newest, seeding, &mut sums);
        }
        sums
    }

    /// Writes the squared distances from the first `n_rows` rows to each of `centers` (row-major,
    /// `columns.len()` coordinates each) into `out`, [`TILE_ROWS`] elements per centre.
    ///
    /// Columns are as for [`nearest`](Self::nearest); always the direct form.
    ///
    /// # Panics
    /// If the slices do not fit each other.
    pub fn sq_distances<T: Element>(
        &self,
        columns: &[&[T]],
        n_rows: usize,
        centers: &[T],
        out: &mut [T],
    ) {
        let rows = check_tile(columns, n_rows, columns.len());
        let k = out.len() / TILE_ROWS;
        assert_eq!(out.len(), k * TILE_ROWS, "a whole tile of distances per centre");
        assert_eq!(centers.len(), k * columns.len(), "one coordinate per centre and column");
        // SAFETY: as in `nearest`; the lengths of `centers` and `out` were checked above.
        unsafe { (T::functions(self).sq_distances)(columns, rows, centers, out) }
    }

    /// Adds to each of `row_sums` the Euclidean distances from that row to all `points`, by direct
    /// differences, and to each of `point_sums`, where they are given, those to all `rows`.
    ///
    /// Distances of a call are added up in `T`, in several interleaved sums, and then joined to the
    /// sums in `f64`. What is added to a row's sum does not depend on the rows around it, nor on whether
    /// sums of points are asked for.
    ///
    /// # Panics
    /// If there are more than [`TILE_ROWS`] rows or [`MOST_PAIR_POINTS`] points, if they differ in the
    /// number of columns, or if there is not one sum for each.
    pub fn add_distances<T: Element>(
        &self,
        rows: Panels<'_, T>,
        points: Panels<'_, T>,
        row_sums: &mut [f64],
        point_sums: Option<&mut [f64]>,
    ) {
        assert_eq!(rows.n_features, points.n_features, "the same columns");
        assert!(rows.n_rows <= TILE_ROWS, "{} rows are more than a tile", rows.n_rows);
        assert!(points.n_rows <= MOST_PAIR_POINTS, "{} points", points.n_rows);
        assert_eq!(row_sums.len(), rows.n_rows, "one sum per row");
        if let Some(sums) = &point_sums {
            assert_eq!(sums.len(), points.n_rows, "one sum per point");
        }
        // SAFETY: `self` exists only where the instruction set does; panels hold what they claim.
        unsafe { (T::functions(self).add_distances)(rows, points, row_sums, point_sums) }
    }

    /// Writes the numbers of the rows in which two columns of labels differ into `out`, and returns
    /// how many there are. Labels are below 2^24, or `u32::MAX` for none.
    ///
    /// # Panics
    /// If the slices do not fit each other.
    pub(crate) fn differing(&self, before: &[u32], now: &[u32], out: &mut [u32]) -> usize {
        assert!(now.len() == before.len() && out.len() >= before.len(), "as many as rows");
        // SAFETY: `self` exists only where the instruction set does; lengths were checked above.
        unsafe { (self.rows.differing)(before, now, out) }
    }

    /// Writes the numbers of the rows whose `ends` have been reached by what `readings` says of their
    /// labels into `out`, and returns how many there are.
    ///
    /// Blocks of [`ROW_BLOCK`] rows whose element of `first_ends` is larger than `fastest` are left
    /// out. Those that are looked at get a new one: at most `fastest` and the least that is left to
    /// the end of any of its rows that are not written down.
    ///
    /// # Panics
    /// If the slices do not fit each other, or a label has no reading.
    pub(crate) fn reached(
        &self,
        labels: &[u32],
        ends: &[f32],
        (readings, fastest): (&[f32], f32),
        first_ends: &mut [f32],
        out: &mut [u32],
    ) -> usize {
        assert!(ends.len() == labels.len() && out.len() >= labels.len(), "as many as labels");
        assert_eq!(first_ends.len(), labels.len().div_ceil(ROW_BLOCK), "one per block");
        // SAFETY: `self` exists only where the instruction set does; lengths were checked above.
        unsafe { (self.rows.reached)(labels, ends, readings, fastest, first_ends, out) }
    }
}

/// `n_rows` rounded up to whole row blocks, after checking that the columns are that long.
fn check_tile<T>(columns: &[&[T]], n_rows: usize, n_features: usize) -> usize {
    let rows = n_rows.next_multiple_of(ROW_BLOCK);
    assert!(rows <= TILE_ROWS, "{n_rows} rows are more than a tile");
    assert_eq!(columns.len(), n_features, "one column per coordinate of a centre");
    assert!(columns.iter().all(|c| c.len() >= rows), "columns padded to whole row blocks");
    rows
}

/// A type that every instruction set has kernels for.
pub trait Element: Scalar {
    /// This type's kernels.
    #[doc(hidden)]
    fn functions(kernel: &Kernel) -> &Functions<Self>;

    /// A count that was kept in a lane, back as an integer.
    ///
    /// # Safety
    /// The value is a whole number from 0 to 2^31 - 1. (A checked conversion clamps, and is not
    /// vectorised.)
    #[doc(hidden)]
    unsafe fn to_index(self) -> u32;

    /// As a number in a lane; exact from -1 to 2^24.
    #[doc(hidden)]
    fn from_index(index: i32) -> Self;
}

impl Element for f32 {
    fn functions(kernel: &Kernel) -> &Functions<Self> {
        &kernel.f32
    }

    #[inline(always)]
    unsafe fn to_index(self) -> u32 {
        // SAFETY: the caller's promise.
        unsafe { self.to_int_unchecked::<i32>() as u32 }
    }

    #[inline(always)]
    fn from_index(index: i32) -> Self {
        index as Self
    }
}

impl Element for f64 {
    fn functions(kernel: &Kernel) -> &Functions<Self> {
        &kernel.f64
    }

    #[inline(always)]
    unsafe fn to_index(self) -> u32 {
        // SAFETY: the caller's promise.
        unsafe { self.to_int_unchecked::<i32>() as u32 }
    }

    #[inline(always)]
    fn from_index(index: i32) -> Self {
        Self::from(index)
    }
}

/// The entry points of one instruction set and type.
///
/// # Safety
/// To call one: the instruction set is available; every column holds at least `rows` values;
/// `rows` is a multiple of [`ROW_BLOCK`] and at most [`TILE_ROWS`]; there are as many columns as
/// coordinates per centre; what is written to holds [`TILE_ROWS`] elements, for `sq_distances` per
/// centre, for `own_sq_distances` and `lower` at least `rows`; labels name centres.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Functions<T: 'static> {
    nearest: NearestFn<T>,
    sq_distances: SqDistancesFn<T>,
    own_sq_distances: OwnSqDistancesFn<T>,
    lower: LowerFn<T>,
    add_distances: AddDistancesFn<T>,
}

/// The entry points of one instruction set for what is kept per row beside the columns.
///
/// # Safety
/// To call one: the instruction set is available; the slices are as long as
/// [`Kernel::reached`] and [`Kernel::differing`] assert.
#[derive(Clone, Copy, Debug)]
struct RowFunctions {
    reached: ReachedFn,
    differing: DifferingFn,
}

type NearestFn<T> = unsafe fn(&[&[T]], usize, &Centers<T>, Detail, &mut NearestTile<T>);
type SqDistancesFn<T> = unsafe fn(&[&[T]], usize, &[T], &mut [T]);
type OwnSqDistancesFn<T> = unsafe fn(&[&[T]], usize, &[T], &[u32], &mut [T]);
type LowerFn<T> = unsafe fn(&[&[T]], usize, &[T], u32, SeedingTile<'_, T>, &mut [f64]);
type AddDistancesFn<T> = unsafe fn(Panels<'_, T>, Panels<'_, T>, &mut [f64], Option<&mut [f64]>);
type ReachedFn = unsafe fn(&[u32], &[f32], &[f32], f32, &mut [f32], &mut [u32]) -> usize;
type DifferingFn = unsafe fn(&[u32], &[u32], &mut [u32]) -> usize;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
/// Implements the lanes of one register type with the intrinsics of its instruction set.
macro_rules! lanes {
    ($vector:ty, $element:ty, $lanes:literal, $mask:ty, $splat:expr, $load:expr, $store:expr,
     $add:expr, $sub:expr, $fmadd:expr, $fnmadd:expr, $min:expr, $max:expr, $sqrt:expr,
     $estimated_columns:literal, $sqrt_from_estimate:expr, $less:expr, $select:expr, $mask_bits:expr, $prefetch:expr) => {
        const _: () = assert!($lanes <= super::vector::MOST_LANES);
        impl super::vector::Vector for $vector {
            type Element = $element;
            type Mask = $mask;
            const LANES: usize = $lanes;
            const ESTIMATED_COLUMNS: usize = $estimated_columns;

            #[inline(always)]
            unsafe fn splat(x: $element) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $splat(x) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: as above, and the pointer is valid for `LANES` elements.
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: as above, and the pointer is valid for `LANES` elements.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn prefetch(from: *const $element) {
                // SAFETY: the caller enabled the instruction set; no address is wrong.
                unsafe { $prefetch(from.cast()) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $sub(self, other) }
            }

            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $fmadd(self, factor, addend) }
            }

            #[inline(always)]
            unsafe fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $fnmadd(self, factor, addend) }
            }

            #[inline(always)]
            unsafe fn min(self, other: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $min(self, other) }
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $max(self, other) }
            }

            #[inline(always)]
            unsafe fn sqrt(self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $sqrt(self) }
            }

            #[inline(always)]
            unsafe fn sqrt_from_estimate(self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $sqrt_from_estimate(self) }
            }

            #[inline(always)]
            unsafe fn less(self, other: Self) -> $mask {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $less(self, other) }
            }

            #[inline(always)]
            #[allow(clippy::unnecessary_cast, reason = "some are unsigned already")]
            unsafe fn bits(mask: $mask) -> u32 {
                // SAFETY: the caller enabled the instruction set.
                (unsafe { $mask_bits(mask) }) as u32
            }

            #[inline(always)]
            unsafe fn select(mask: $mask, yes: Self, no: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $select(no, yes, mask) }
            }
        }
    };
}
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use lanes;

/// Compiles the generic algorithms for one vector type with its instruction set enabled, and
/// names the result as a table of functions.
///
/// `$rows` × `$centers` is the register tile of the dot form, in vectors × broadcast centres; the
/// direct form has the same rows.
macro_rules! shells {
    ($table:ident, $vector:ty, $element:ty, $rows:literal, $centers:literal $(, $feature:literal)?) => {
        pub(super) const $table: super::Functions<$element> = {
            $(#[target_feature(enable = $feature)])?
            unsafe fn nearest(
                columns: &[&[$element]],
                rows: usize,
                centers: &super::Centers<$element>,
                detail: super::Detail,
                out: &mut super::NearestTile<$element>,
            ) {
                // SAFETY: the caller's promises are the callee's; the instructions are enabled.
                unsafe {
                    super::generic::nearest::<$vector, $rows, $centers>(
                        columns, rows, centers, detail, out,
                    );
                }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn sq_distances(
                columns: &[&[$element]],
                rows: usize,
                centers: &[$element],
                out: &mut [$element],
            ) {
                // SAFETY: the caller's promises are the callee's; the instructions are enabled.
                unsafe {
                    super::generic::sq_distances::<$vector, $rows>(columns, rows, centers, out);
                }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn own_sq_distances(
                columns: &[&[$element]],
                rows: usize,
                centers: &[$element],
                labels: &[u32],
                out: &mut [$element],
            ) {
                // SAFETY: the caller's promises are the callee's; the instructions are enabled.
                unsafe {
                    super::generic::own_sq_distances::<$vector>(
                        columns, rows, centers, labels, out,
                    );
                }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn lower(
                columns: &[&[$element]],
                rows: usize,
                points: &[$element],
                newest: u32,
                seeding: super::SeedingTile<'_, $element>,
                sums: &mut [f64],
            ) {
                // SAFETY: the caller's promises are the callee's; the instructions are enabled.
                unsafe {
                    super::generic::lower::<$vector, $rows>(
                        columns, rows, points, newest, seeding, sums,
                    );
                }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn add_distances(
                from: super::Panels<'_, $element>,
                to: super::Panels<'_, $element>,
                from_sums: &mut [f64],
                to_sums: Option<&mut [f64]>,
            ) {
                // SAFETY: the caller's promises are the callee's; the instructions are enabled.
                unsafe {
                    super::generic::add_distances::<$vector, $rows, $centers>(
                        from, to, from_sums, to_sums,
                    );
                }
            }

            super::Functions { nearest, sq_distances, own_sq_distances, lower, add_distances }
        };
    };
}
use shells;

/// Compiles what is kept per row for one vector type of `f32`, as [`shells`] does the rest.
macro_rules! row_shells {
    ($table:ident, $vector:ty $(, $feature:literal)?) => {
        pub(super) const $table: super::RowFunctions = {
            $(#[target_feature(enable = $feature)])?
            unsafe fn reached(
                labels: &[u32],
                ends: &[f32],
                readings: &[f32],
                fastest: f32,
                first_ends: &mut [f32],
                out: &mut [u32],
            ) -> usize {
                // SAFETY: the caller's promises are the callee's; the instructions are enabled.
                unsafe {
                    super::generic::reached::<$vector>(
                        labels, ends, readings, fastest, first_ends, out,
                    )
                }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn differing(before: &[u32], now: &[u32], out: &mut [u32]) -> usize {
                // SAFETY: the caller's promises are the callee's; the instructions are enabled.
                unsafe { super::generic::differing::<$vector>(before, now, out) }
            }

            super::RowFunctions { reached, differing }
        };
    };
}
use row_shells;
