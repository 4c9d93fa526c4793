//! The target's baseline instructions, through `wide`: 8 or 4 rows in as many registers as that
//! takes. `wide` looks at build time only, so on x86-64 this is SSE2 unless the build says more.

use wide::{f32x8, f64x4};

use super::vector::Vector;
use super::{row_shells, shells};

/// Implements the lanes of one `wide` type.
macro_rules! lanes {
    ($vector:ty, $element:ty, $lanes:literal) => {
        const _: () = assert!($lanes <= super::vector::MOST_LANES);
        impl Vector for $vector {
            type Element = $element;
            type Mask = Self;
            const LANES: usize = $lanes;
            const ESTIMATED_COLUMNS: usize = 0;

            #[inline(always)]
            unsafe fn splat(x: $element) -> Self {
                Self::splat(x)
            }

            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: the pointer is valid for `LANES` elements; arrays of them need no more
                // alignment than one.
                unsafe { Self::new(from.cast::<[$element; $lanes]>().read()) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: as for `load`.
                unsafe { to.cast::<[$element; $lanes]>().write(self.to_array()) }
            }

            /// Left to the processor.
            #[inline(always)]
            unsafe fn prefetch(_: *const $element) {}

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                self + other
            }

            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                self - other
            }

            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
                self.mul_add(factor, addend)
            }

            #[inline(always)]
            unsafe fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
                self.mul_neg_add(factor, addend)
            }

            #[inline(always)]
            unsafe fn min(self, other: Self) -> Self {
                self.fast_min(other)
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                self.fast_max(other)
            }

            #[inline(always)]
            unsafe fn sqrt(self) -> Self {
                self.sqrt()
            }

            #[inline(always)]
            unsafe fn sqrt_from_estimate(self) -> Self {
                self.sqrt()
            }

            #[inline(always)]
            unsafe fn less(self, other: Self) -> Self {
                self.simd_lt(other)
            }

            #[inline(always)]
            unsafe fn bits(mask: Self) -> u32 {
                mask.to_bitmask() as u32
            }

            #[inline(always)]
            unsafe fn select(mask: Self, yes: Self, no: Self) -> Self {
                mask.select(yes, no)
            }
        }
    };
}

lanes!(f32x8, f32, 8);
lanes!(f64x4, f64, 4);

// 1 × 4 of vectors that take two SSE registers each: eight accumulators, two rows, a broadcast.
shells!(F32, f32x8, f32, 1, 4);
shells!(F64, f64x4, f64, 1, 4);
row_shells!(ROWS, f32x8);
