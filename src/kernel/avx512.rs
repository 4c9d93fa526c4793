//! AVX-512: 16 or 8 rows in one of 32 registers.

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
    __m512,
    f32,
    16,
    __mmask16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_sub_ps,
    _mm512_fmadd_ps,
    _mm512_fnmadd_ps,
    _mm512_min_ps,
    _mm512_max_ps,
    _mm512_cmp_ps_mask::<_CMP_LT_OQ>,
    |no, yes, mask| _mm512_mask_blend_ps(mask, no, yes)
);
lanes!(
    __m512d,
    f64,
    8,
    __mmask8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_sub_pd,
    _mm512_fmadd_pd,
    _mm512_fnmadd_pd,
    _mm512_min_pd,
    _mm512_max_pd,
    _mm512_cmp_pd_mask::<_CMP_LT_OQ>,
    |no, yes, mask| _mm512_mask_blend_pd(mask, no, yes)
);

// 4 × 6: twenty-four accumulators, four vectors of rows and a broadcast in thirty-two registers.
shells!(F32, __m512, f32, 4, 6, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");
shells!(F64, __m512d, f64, 4, 6, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");
