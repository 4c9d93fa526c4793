//! AVX-512: 16 or 8 rows in one of 32 registers.

use std::arch::x86_64::*;

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
    _mm512_cmp_pd_mask::<_CMP_LT_OQ>,
    |no, yes, mask| _mm512_mask_blend_pd(mask, no, yes),
    _cvtmask8_u32,
    _mm_prefetch::<_MM_HINT_T0>
);

// 4 × 6: twenty-four accumulators, four vectors of rows and a broadcast in thirty-two registers.
shells!(F32, __m512, f32, 4, 6, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");
shells!(F64, __m512d, f64, 4, 6, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");
row_shells!(ROWS, __m512, "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2");
