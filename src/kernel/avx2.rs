//! AVX2 with FMA: 8 or 4 rows in one of 16 registers.

use std::arch::x86_64::*;

use super::shells;
use super::vector::Vector;

/// Implements the lanes of one register type; the intrinsics differ in their suffix alone.
macro_rules! lanes {
    ($vector:ty, $element:ty, $lanes:literal, $mask:ty, $splat:ident, $load:ident, $store:ident,
     $sub:ident, $fmadd:ident, $fnmadd:ident, $min:ident, $max:ident, $less:expr, $select:expr) => {
        impl Vector for $vector {
            type Element = $element;
            type Mask = $mask;
            const LANES: usize = $lanes;

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
            unsafe fn less(self, other: Self) -> $mask {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $less(self, other) }
            }

            #[inline(always)]
            unsafe fn select(mask: $mask, yes: Self, no: Self) -> Self {
                // SAFETY: the caller enabled the instruction set.
                unsafe { $select(no, yes, mask) }
            }
        }
    };
}

lanes!(
    __m256,
    f32,
    8,
    __m256,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_sub_ps,
    _mm256_fmadd_ps,
    _mm256_fnmadd_ps,
    _mm256_min_ps,
    _mm256_max_ps,
    _mm256_cmp_ps::<_CMP_LT_OQ>,
    _mm256_blendv_ps
);
lanes!(
    __m256d,
    f64,
    4,
    __m256d,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_sub_pd,
    _mm256_fmadd_pd,
    _mm256_fnmadd_pd,
    _mm256_min_pd,
    _mm256_max_pd,
    _mm256_cmp_pd::<_CMP_LT_OQ>,
    _mm256_blendv_pd
);

// 2 × 6: twelve accumulators, two vectors of rows and a broadcast in sixteen registers.
shells!(F32, __m256, f32, 2, 6, "avx2,fma");
shells!(F64, __m256d, f64, 2, 6, "avx2,fma");
