//! The two types a fit can compute in.

use std::fmt::Debug;
use std::ops::{Add, Mul, Sub};

/// The floating-point width of a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Single precision; sums across tiles are still kept in double precision.
    F32,
    /// Double precision.
    F64,
}

impl Precision {
    /// `"f32"` or `"f64"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// `f32` or `f64`: sealed, since the kernels are written for these two.
pub trait Scalar:
    Copy
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Debug
    + Send
    + Sync
    + sealed::Sealed
    + 'static
{
    /// This type's width.
    const PRECISION: Precision;
    /// The distance from 1 to the next larger value.
    const EPSILON: f64;
    /// The largest finite value, as the start of a search for a minimum.
    const MAX: Self;
    /// The smallest normal value above zero.
    const MIN_POSITIVE: Self;

    /// Rounds to this type.
    fn from_f64(x: f64) -> Self;

    /// Exact.
    fn to_f64(self) -> f64;

    /// Rounds to single precision.
    fn to_f32(self) -> f32;

    /// The square root.
    fn sqrt(self) -> Self;

    /// The same slice, if `Self` is `f32`.
    fn from_f32_slice(slice: &[f32]) -> Option<&[Self]>;

    /// The same slice, if `Self` is `f64`.
    fn from_f64_slice(slice: &[f64]) -> Option<&[Self]>;
}

impl Scalar for f32 {
    const PRECISION: Precision = Precision::F32;
    const EPSILON: f64 = f32::EPSILON as f64;
    const MAX: Self = f32::MAX;
    const MIN_POSITIVE: Self = f32::MIN_POSITIVE;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn from_f32_slice(slice: &[f32]) -> Option<&[Self]> {
        Some(slice)
    }

    fn from_f64_slice(_: &[f64]) -> Option<&[Self]> {
        None
    }
}

impl Scalar for f64 {
    const PRECISION: Precision = Precision::F64;
    const EPSILON: f64 = f64::EPSILON;
    const MAX: Self = f64::MAX;
    const MIN_POSITIVE: Self = f64::MIN_POSITIVE;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn from_f32_slice(_: &[f32]) -> Option<&[Self]> {
        None
    }

    fn from_f64_slice(slice: &[f64]) -> Option<&[Self]> {
        Some(slice)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
