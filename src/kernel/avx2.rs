//! AVX2 with FMA: 8 or 4 rows in one of 16 registers.

use std::arch::x86_64::*;

use super::vector::refined_sqrt;
use super::{lanes, row_shells, shells};

lanes!(
    __m256,
    f32,
    8,
    __m256,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_fmadd_ps,
    _mm256_fnmadd_ps,
    _mm256_min_ps,
    _mm256_max_ps,
    _mm256_sqrt_ps,
    3,
    sqrt_from_estimate,
    _mm256_cmp_ps::<_CMP_LT_OQ>,
    _mm256_blendv_ps,
    _mm256_movemask_ps,
    _mm_prefetch::<_MM_HINT_T0>
);
lanes!(
    __m256d,
    f64,
    4,
    __m256d,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_fmadd_pd,
    _mm256_fnmadd_pd,
    _mm256_min_pd,
    _mm256_max_pd,
    _mm256_sqrt_pd,
    0,
    _mm256_sqrt_pd,
    _mm256_cmp_pd::<_CMP_LT_OQ>,
    _mm256_blendv_pd,
    _mm256_movemask_pd,
    _mm_prefetch::<_MM_HINT_T0>
);

/// See [`refined_sqrt`]; the estimate is good to 1.5·2^-12.
///
/// # Safety
/// As for [`Vector`](super::vector::Vector).
#[inline(always)]
unsafe fn sqrt_from_estimate(x: __m256) -> __m256 {
    // SAFETY: the caller's promise.
    unsafe { refined_sqrt::<_, 2>(x, |x| _mm256_rsqrt_ps(x)) }
}

// 2 × 6: twelve accumulators, two vectors of rows and a broadcast in sixteen registers.
shells!(F32, __m256, f32, 2, 6, "avx2,fma");
shells!(F64, __m256d, f64, 2, 6, "avx2,fma");
row_shells!(ROWS, __m256, "avx2,fma");

#[cfg(test)]
mod tests {
    use super::super::Isa;
    use super::super::tests::check_roots;
    use super::super::vector::Vector;
    use super::*;

    #[target_feature(enable = "avx2,fma")]
    fn root(x: &mut [f32]) {
        // SAFETY: the instruction set is enabled, and there are eight lanes.
        unsafe {
            let lanes: &mut [f32; 8] = x.try_into().unwrap();
            sqrt_from_estimate(__m256::load(lanes.as_ptr())).store(lanes.as_mut_ptr());
        }
    }

    #[test]
    fn roots_from_estimates_are_roots() {
        if Isa::Avx2.is_available() {
            // SAFETY: the instruction set is there.
            check_roots::<8>(|x| unsafe { root(x) });
        }
    }
}
