//! NEON: 4 or 2 rows in one of 32 registers.

use std::arch::aarch64::*;

use super::{lanes, row_shells, shells};

lanes!(
    float32x4_t,
    f32,
    4,
    uint32x4_t,
    vdupq_n_f32,
    vld1q_f32,
    vst1q_f32,
    vaddq_f32,
    vsubq_f32,
    |x, factor, addend| vfmaq_f32(addend, x, factor),
    |x, factor, addend| vfmsq_f32(addend, x, factor),
    vminq_f32,
    vmaxq_f32,
    vsqrtq_f32,
    0,
    vsqrtq_f32,
    vcltq_f32,
    |no, yes, mask| vbslq_f32(mask, yes, no),
    |mask| vaddvq_u32(vandq_u32(mask, vld1q_u32([1, 2, 4, 8].as_ptr()))),
    leave_to_processor
);
lanes!(
    float64x2_t,
    f64,
    2,
    uint64x2_t,
    vdupq_n_f64,
    vld1q_f64,
    vst1q_f64,
    vaddq_f64,
    vsubq_f64,
    |x, factor, addend| vfmaq_f64(addend, x, factor),
    |x, factor, addend| vfmsq_f64(addend, x, factor),
    vminq_f64,
    vmaxq_f64,
    vsqrtq_f64,
    0,
    vsqrtq_f64,
    vcltq_f64,
    |no, yes, mask| vbslq_f64(mask, yes, no),
    |mask| vaddvq_u64(vandq_u64(mask, vld1q_u64([1, 2].as_ptr()))) as u32,
    leave_to_processor
);

/// There is no stable intrinsic for a prefetch.
///
/// # Safety
/// None is needed.
#[inline(always)]
unsafe fn leave_to_processor(_: *const i8) {}

// 4 × 4: sixteen accumulators, four vectors of rows and a broadcast in thirty-two registers.
shells!(F32, float32x4_t, f32, 4, 4, "neon");
shells!(F64, float64x2_t, f64, 4, 4, "neon");
row_shells!(ROWS, float32x4_t, "neon");
