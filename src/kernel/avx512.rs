//! AVX-512: 16 or 8 rows in one of 32 registers.

use std::arch::x86_64::*;

use super::vector::refined_sqrt;
use super::{lanes, row_shells, shells};

lanes!(
    __m512,
    f32,
    16,
    __mmask16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_fmadd_ps,
    _mm512_fnmadd_ps,
    _mm512_min_ps,
    _mm512_max_ps,
    _mm512_sqrt_ps,
    3,
    sqrt_from_estimate,
    _mm512_cmp_ps_mask::<_CMP_LT_OQ>,
    |no, yes, mask| _mm512_mask_blend_ps(mask, no, yes),
    _cvtmask16_u32,
    _mm_prefetch::<_MM_HINT_T0>
);
lanes!(
    __m512d,
    f64,
    8,
    __mmask8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_fmadd_pd,
    _mm512_fnmadd_pd,
    _mm512_min_pd,
    _mm512_max_pd,
    _mm512_sqrt_pd,
    0,
    _mm512_sqrt_pd,
    _mm512_cmp_pd_mask::<_CMP_LT_OQ>,
    |no, yes, mask| _mm512_mask_blend_pd(mask, no, yes),
    _cvtmask8_u32,
    _mm_prefetch::<_MM_HINT_T0>
);

/// See [`refined_sqrt`]; the estimate is good to 2^-14.
///
/// # Safety
/// As for [`Vector`](super::vector::Vector).
#[inline(always)]
unsafe fn sqrt_from_estimate(x: __m512) -> __m512 {
    // SAFETY: the caller's promise.
    unsafe { refined_sqrt::<_, 1>(x, |x| _mm512_rsqrt14_ps(x)) }
}

// 4 × 6: twenty-four accumulators, four vectors of rows and a broadcast in thirty-two registers.
shells!(F32, __m512, f32, 4, 6, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");
shells!(F64, __m512d, f64, 4, 6, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");
row_shells!(ROWS, __m512, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");

#[cfg(test)]
mod tests {
    use super::super::Isa;
    use super::super::tests::check_roots;
    use super::super::vector::Vector;
    use super::*;

    #[target_feature(enable = "avx512f")]
    fn root(x: &mut [f32]) {
        // SAFETY: the instruction set is enabled, and there are sixteen lanes.
        unsafe {
            let lanes: &mut [f32; 16] = x.try_into().unwrap();
            sqrt_from_estimate(__m512::load(lanes.as_ptr())).store(lanes.as_mut_ptr());
        }
    }

    #[test]
    fn roots_from_estimates_are_roots() {
        if Isa::Avx512.is_available() {
            // SAFETY: the instruction set is there.
            check_roots::<16>(|x| unsafe { root(x) });
        }
    }
}
