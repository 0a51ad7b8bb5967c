/* SPDX-License-Identifier: Apache-2.0 */
/* vec_avx512.h: 16 floats. The vec_<isa>.h headers have equal names, so one body compiles for every
   level.
     VF  a vector of floats    VM  the result of a comparison    VT  a tail: the first n lanes */
#ifndef TERN_KERNEL_VEC_H
#define TERN_KERNEL_VEC_H

#include "../kernel.h"

#include <immintrin.h>

#define V_ISA avx512
#define V_LANES 16

typedef __m512 VF;
typedef __mmask16 VM;
typedef __mmask16 VT;

TERN_KERNEL_INLINE VF v_zero(void)
{
    return _mm512_setzero_ps();
}

TERN_KERNEL_INLINE VF v_set1(float x)
{
    return _mm512_set1_ps(x);
}

TERN_KERNEL_INLINE VF v_bits(int32_t x)
{
    return _mm512_castsi512_ps(_mm512_set1_epi32(x));
}

TERN_KERNEL_INLINE VF v_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

TERN_KERNEL_INLINE void v_store(float *p, VF x)
{
    _mm512_storeu_ps(p, x);
}

/* The first n lanes; none for n <= 0, all for n >= V_LANES. */
TERN_KERNEL_INLINE VT v_tail(int64_t n)
{
    const uint32_t count = n >= 16 ? 16u : n <= 0 ? 0u : (uint32_t)n;
    return (VT)((1u << count) - 1u);
}

/* Lanes from .. to - 1, for any two numbers. */
TERN_KERNEL_INLINE VT v_lanes(int64_t from, int64_t to)
{
    return (VT)(v_tail(to) & ~v_tail(from));
}

TERN_KERNEL_INLINE VF v_load_tail(const float *p, VT t)
{
    return _mm512_maskz_loadu_ps(t, p);
}

/* x with the lanes of t, which it must have as 0, loaded. */
TERN_KERNEL_INLINE VF v_load_more(VF x, const float *p, VT t)
{
    return _mm512_mask_loadu_ps(x, t, p);
}

TERN_KERNEL_INLINE void v_store_tail(float *p, VT t, VF x)
{
    _mm512_mask_storeu_ps(p, t, x);
}

TERN_KERNEL_INLINE VF v_if_tail(VT t, VF x, VF y)
{
    return _mm512_mask_blend_ps(t, y, x);
}

TERN_KERNEL_INLINE VF v_add(VF x, VF y)
{
    return _mm512_add_ps(x, y);
}

TERN_KERNEL_INLINE VF v_sub(VF x, VF y)
{
    return _mm512_sub_ps(x, y);
}

TERN_KERNEL_INLINE VF v_mul(VF x, VF y)
{
    return _mm512_mul_ps(x, y);
}

TERN_KERNEL_INLINE VF v_div(VF x, VF y)
{
    return _mm512_div_ps(x, y);
}

TERN_KERNEL_INLINE VF v_fma(VF x, VF y, VF z)
{
    return _mm512_fmadd_ps(x, y, z);
}

TERN_KERNEL_INLINE VF v_sqrt(VF x)
{
    return _mm512_sqrt_ps(x);
}

TERN_KERNEL_INLINE VF v_or(VF x, VF y)
{
    return _mm512_or_ps(x, y);
}

TERN_KERNEL_INLINE VF v_neg(VF x)
{
    return _mm512_xor_ps(x, _mm512_set1_ps(-0.0f));
}

TERN_KERNEL_INLINE VF v_abs(VF x)
{
    return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), x);
}

/* The hardware's: y when either is NaN. */
TERN_KERNEL_INLINE VF v_max_or_y(VF x, VF y)
{
    return _mm512_max_ps(x, y);
}

TERN_KERNEL_INLINE VF v_min_or_y(VF x, VF y)
{
    return _mm512_min_ps(x, y);
}

TERN_KERNEL_INLINE VM v_lt(VF x, VF y)
{
    return _mm512_cmp_ps_mask(x, y, _CMP_LT_OQ);
}

TERN_KERNEL_INLINE VM v_le(VF x, VF y)
{
    return _mm512_cmp_ps_mask(x, y, _CMP_LE_OQ);
}

TERN_KERNEL_INLINE VM v_eq(VF x, VF y)
{
    return _mm512_cmp_ps_mask(x, y, _CMP_EQ_OQ);
}

TERN_KERNEL_INLINE VM v_ne(VF x, VF y)
{
    return _mm512_cmp_ps_mask(x, y, _CMP_NEQ_UQ);
}

TERN_KERNEL_INLINE VF v_if(VM m, VF x, VF y)
{
    return _mm512_mask_blend_ps(m, y, x);
}

TERN_KERNEL_INLINE VF v_floor(VF x)
{
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEG_INF | 8);
}

TERN_KERNEL_INLINE VF v_ceil(VF x)
{
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_POS_INF | 8);
}

TERN_KERNEL_INLINE VF v_round(VF x)
{
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | 8);
}

/* x * 2^n, n a whole number in -300 .. 300; overflows and underflows as a product does. */
TERN_KERNEL_INLINE VF v_scale(VF x, VF n)
{
    return _mm512_scalef_ps(x, n);
}

/* x = mantissa * 2^exponent with the mantissa in [0.75, 1.5), for finite x > 0. */
TERN_KERNEL_INLINE VF v_split(VF x, VF *out_exponent)
{
    const VF mantissa = _mm512_getmant_ps(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
    *out_exponent = _mm512_sub_ps(_mm512_getexp_ps(x), _mm512_getexp_ps(mantissa));
    return mantissa;
}

TERN_KERNEL_INLINE float v_sum(VF x)
{
    return _mm512_reduce_add_ps(x);
}

TERN_KERNEL_INLINE VF v_load_f16(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

TERN_KERNEL_INLINE void v_store_f16(uint16_t *p, VF x)
{
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | 8));
}

TERN_KERNEL_INLINE VF v_load_bf16(const uint16_t *p)
{
    const __m256i half = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

/* Round to nearest even by adding half an ulp; NaN would carry into infinity, so it is made quiet
   instead. */
TERN_KERNEL_INLINE void v_store_bf16(uint16_t *p, VF x)
{
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i half = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
    const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x00400000));
    const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    const __m512i rounded = _mm512_mask_blend_epi32(nan, _mm512_add_epi32(bits, half), quiet);
    _mm256_storeu_si256((__m256i *)(void *)p,
                        _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
}

/* The largest and the smallest lane; anything where a lane is NaN. */
TERN_KERNEL_INLINE float v_top(VF x)
{
    return _mm512_reduce_max_ps(x);
}

TERN_KERNEL_INLINE float v_bottom(VF x)
{
    return _mm512_reduce_min_ps(x);
}

TERN_KERNEL_INLINE bool v_any(VM m)
{
    return m != 0;
}

/* Even elements of the 32 in x then y; and odd ones. */
TERN_KERNEL_INLINE VF v_even(VF x, VF y)
{
    const __m512i at = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_permutex2var_ps(x, at, y);
}

TERN_KERNEL_INLINE VF v_odd(VF x, VF y)
{
    const __m512i at = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(x, at, y);
}

/* Half as many doubles, for what float cannot carry: the low lanes of x, or the high ones. */
typedef __m512d VD;

TERN_KERNEL_INLINE VD vd_widen(VF x, bool is_high)
{
    return _mm512_cvtps_pd(is_high ? _mm512_extractf32x8_ps(x, 1) : _mm512_castps512_ps256(x));
}

TERN_KERNEL_INLINE VF vd_narrow(VD low, VD high)
{
    const __m512 x = _mm512_castps256_ps512(_mm512_cvtpd_ps(low));
    return _mm512_insertf32x8(x, _mm512_cvtpd_ps(high), 1);
}

TERN_KERNEL_INLINE VD vd_set1(double x)
{
    return _mm512_set1_pd(x);
}

TERN_KERNEL_INLINE VD vd_add(VD x, VD y)
{
    return _mm512_add_pd(x, y);
}

TERN_KERNEL_INLINE VD vd_mul(VD x, VD y)
{
    return _mm512_mul_pd(x, y);
}

TERN_KERNEL_INLINE VD vd_div(VD x, VD y)
{
    return _mm512_div_pd(x, y);
}

TERN_KERNEL_INLINE VD vd_fma(VD x, VD y, VD z)
{
    return _mm512_fmadd_pd(x, y, z);
}

TERN_KERNEL_INLINE VD vd_clamp(VD x, double lo, double hi)
{
    return _mm512_min_pd(_mm512_max_pd(x, _mm512_set1_pd(lo)), _mm512_set1_pd(hi));
}

TERN_KERNEL_INLINE VD vd_round(VD x)
{
    return _mm512_roundscale_pd(x, _MM_FROUND_TO_NEAREST_INT | 8);
}

/* x * 2^n, n a whole number in -1000 .. 1000. */
TERN_KERNEL_INLINE VD vd_scale(VD x, VD n)
{
    return _mm512_scalef_pd(x, n);
}

#endif
