//! NEON: 4 or 2 rows in one of 32 registers.

use std::arch::aarch64::*;

use super::shells;
use super::vector::Vector;

/// Implements the lanes of one register type; the intrinsics differ in their suffix alone.
macro_rules! lanes {
    ($vector:ty, $element:ty, $lanes:literal, $mask:ty, $splat:ident, $load:ident, $store:ident,
     $sub:ident, $fmadd:expr, $fnmadd:expr, $min:ident, $max:ident, $less:expr, $select:expr) => {
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
    float32x4_t,
    f32,
    4,
    uint32x4_t,
    vdupq_n_f32,
    vld1q_f32,
    vst1q_f32,
    vsubq_f32,
    |x, factor, addend| vfmaq_f32(addend, x, factor),
    |x, factor, addend| vfmsq_f32(addend, x, factor),
    vminq_f32,
    vmaxq_f32,
    vcltq_f32,
    |no, yes, mask| vbslq_f32(mask, yes, no)
);
lanes!(
    float64x2_t,
    f64,
    2,
    uint64x2_t,
    vdupq_n_f64,
    vld1q_f64,
    vst1q_f64,
    vsubq_f64,
    |x, factor, addend| vfmaq_f64(addend, x, factor),
    |x, factor, addend| vfmsq_f64(addend, x, factor),
    vminq_f64,
    vmaxq_f64,
    vcltq_f64,
    |no, yes, mask| vbslq_f64(mask, yes, no)
);

// 4 × 4: sixteen accumulators, four vectors of rows and a broadcast in thirty-two registers.
shells!(F32, float32x4_t, f32, 4, 4, "neon");
shells!(F64, float64x2_t, f64, 4, 4, "neon");
