/* SPDX-License-Identifier: Apache-2.0 */
/* vec_avx2.h: 8 floats, the same names as vec_avx512.h, which says what each means. */
#ifndef TERN_KERNEL_VEC_H
#define TERN_KERNEL_VEC_H

#include "../kernel.h"

#include <immintrin.h>

#define V_ISA avx2
#define V_LANES 8

typedef __m256 VF;
typedef __m256 VM;
typedef __m256i VT;

TERN_KERNEL_INLINE VF v_zero(void)
{
    return _mm256_setzero_ps();
}

TERN_KERNEL_INLINE VF v_set1(float x)
{
    return _mm256_set1_ps(x);
}

TERN_KERNEL_INLINE VF v_bits(int32_t x)
{
    return _mm256_castsi256_ps(_mm256_set1_epi32(x));
}

TERN_KERNEL_INLINE VF v_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

TERN_KERNEL_INLINE void v_store(float *p, VF x)
{
    _mm256_storeu_ps(p, x);
}

TERN_KERNEL_INLINE VT v_tail(int64_t n)
{
    const int32_t lanes = n >= 8 ? 8 : n <= 0 ? 0 : (int32_t)n;
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

TERN_KERNEL_INLINE VT v_lanes(int64_t from, int64_t to)
{
    return _mm256_andnot_si256(v_tail(from), v_tail(to));
}

TERN_KERNEL_INLINE VF v_load_tail(const float *p, VT t)
{
    return _mm256_maskload_ps(p, t);
}

TERN_KERNEL_INLINE VF v_load_more(VF x, const float *p, VT t)
{
    return _mm256_or_ps(x, _mm256_maskload_ps(p, t));
}

TERN_KERNEL_INLINE void v_store_tail(float *p, VT t, VF x)
{
    _mm256_maskstore_ps(p, t, x);
}

TERN_KERNEL_INLINE VF v_if_tail(VT t, VF x, VF y)
{
    return _mm256_blendv_ps(y, x, _mm256_castsi256_ps(t));
}

TERN_KERNEL_INLINE VF v_add(VF x, VF y)
{
    return _mm256_add_ps(x, y);
}

TERN_KERNEL_INLINE VF v_sub(VF x, VF y)
{
    return _mm256_sub_ps(x, y);
}

TERN_KERNEL_INLINE VF v_mul(VF x, VF y)
{
    return _mm256_mul_ps(x, y);
}

TERN_KERNEL_INLINE VF v_div(VF x, VF y)
{
    return _mm256_div_ps(x, y);
}

TERN_KERNEL_INLINE VF v_fma(VF x, VF y, VF z)
{
    return _mm256_fmadd_ps(x, y, z);
}

TERN_KERNEL_INLINE VF v_sqrt(VF x)
{
    return _mm256_sqrt_ps(x);
}

TERN_KERNEL_INLINE VF v_or(VF x, VF y)
{
    return _mm256_or_ps(x, y);
}

TERN_KERNEL_INLINE VF v_neg(VF x)
{
    return _mm256_xor_ps(x, _mm256_set1_ps(-0.0f));
}

TERN_KERNEL_INLINE VF v_abs(VF x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

TERN_KERNEL_INLINE VF v_max_or_y(VF x, VF y)
{
    return _mm256_max_ps(x, y);
}

TERN_KERNEL_INLINE VF v_min_or_y(VF x, VF y)
{
    return _mm256_min_ps(x, y);
}

TERN_KERNEL_INLINE VM v_lt(VF x, VF y)
{
    return _mm256_cmp_ps(x, y, _CMP_LT_OQ);
}

TERN_KERNEL_INLINE VM v_le(VF x, VF y)
{
    return _mm256_cmp_ps(x, y, _CMP_LE_OQ);
}

TERN_KERNEL_INLINE VM v_eq(VF x, VF y)
{
    return _mm256_cmp_ps(x, y, _CMP_EQ_OQ);
}

TERN_KERNEL_INLINE VM v_ne(VF x, VF y)
{
    return _mm256_cmp_ps(x, y, _CMP_NEQ_UQ);
}

TERN_KERNEL_INLINE VF v_if(VM m, VF x, VF y)
{
    return _mm256_blendv_ps(y, x, m);
}

TERN_KERNEL_INLINE VF v_floor(VF x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_NEG_INF | 8);
}

TERN_KERNEL_INLINE VF v_ceil(VF x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_POS_INF | 8);
}

TERN_KERNEL_INLINE VF v_round(VF x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | 8);
}

/* Two factors, because 2^n itself may be out of range when the product is not. */
TERN_KERNEL_INLINE VF v_scale(VF x, VF n)
{
    const __m256i whole = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(whole, 1);
    const __m256i rest = _mm256_sub_epi32(whole, half);
    const __m256i one = _mm256_set1_epi32(127);
    const VF f = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, one), 23));
    const VF g = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, one), 23));
    return _mm256_mul_ps(_mm256_mul_ps(x, f), g);
}

TERN_KERNEL_INLINE VF v_split(VF x, VF *out_exponent)
{
    const VM small = v_lt(x, v_set1(1.17549435e-38f)); /* denormals: scaled up first */
    const VF y = v_if(small, v_mul(x, v_set1(16777216.0f)), x);
    const __m256i bits = _mm256_castps_si256(y);
    const __m256i e = _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f400000)), 23);
    *out_exponent = v_sub(_mm256_cvtepi32_ps(e), v_if(small, v_set1(24.0f), v_zero()));
    return _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(e, 23)));
}

TERN_KERNEL_INLINE float v_sum(VF x)
{
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

TERN_KERNEL_INLINE VF v_load_f16(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

TERN_KERNEL_INLINE void v_store_f16(uint16_t *p, VF x)
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | 8));
}

TERN_KERNEL_INLINE VF v_load_bf16(const uint16_t *p)
{
    const __m128i half = _mm_loadu_si128((const __m128i *)(const void *)p);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
}

TERN_KERNEL_INLINE void v_store_bf16(uint16_t *p, VF x)
{
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i half = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x00400000));
    const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    const __m256i rounded = _mm256_blendv_epi8(_mm256_add_epi32(bits, half), quiet, nan);
    const __m256i high = _mm256_srli_epi32(rounded, 16);
    const __m128i low = _mm256_castsi256_si128(high);
    _mm_storeu_si128((__m128i *)(void *)p,
                     _mm_packus_epi32(low, _mm256_extracti128_si256(high, 1)));
}

TERN_KERNEL_INLINE float v_top(VF x)
{
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

TERN_KERNEL_INLINE float v_bottom(VF x)
{
    const __m128 four = _mm_min_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_min_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_min_ss(two, _mm_movehdup_ps(two)));
}

TERN_KERNEL_INLINE bool v_any(VM m)
{
    return _mm256_movemask_ps(m) != 0;
}

TERN_KERNEL_INLINE VF v_even(VF x, VF y)
{
    const __m256 pairs = _mm256_shuffle_ps(x, y, _MM_SHUFFLE(2, 0, 2, 0));
    return _mm256_castpd_ps(
        _mm256_permute4x64_pd(_mm256_castps_pd(pairs), _MM_SHUFFLE(3, 1, 2, 0)));
}

TERN_KERNEL_INLINE VF v_odd(VF x, VF y)
{
    const __m256 pairs = _mm256_shuffle_ps(x, y, _MM_SHUFFLE(3, 1, 3, 1));
    return _mm256_castpd_ps(
        _mm256_permute4x64_pd(_mm256_castps_pd(pairs), _MM_SHUFFLE(3, 1, 2, 0)));
}

typedef __m256d VD;

TERN_KERNEL_INLINE VD vd_widen(VF x, bool is_high)
{
    return _mm256_cvtps_pd(is_high ? _mm256_extractf128_ps(x, 1) : _mm256_castps256_ps128(x));
}

TERN_KERNEL_INLINE VF vd_narrow(VD low, VD high)
{
    const __m256 x = _mm256_castps128_ps256(_mm256_cvtpd_ps(low));
    return _mm256_insertf128_ps(x, _mm256_cvtpd_ps(high), 1);
}

TERN_KERNEL_INLINE VD vd_set1(double x)
{
    return _mm256_set1_pd(x);
}

TERN_KERNEL_INLINE VD vd_add(VD x, VD y)
{
    return _mm256_add_pd(x, y);
}

TERN_KERNEL_INLINE VD vd_mul(VD x, VD y)
{
    return _mm256_mul_pd(x, y);
}

TERN_KERNEL_INLINE VD vd_div(VD x, VD y)
{
    return _mm256_div_pd(x, y);
}

TERN_KERNEL_INLINE VD vd_fma(VD x, VD y, VD z)
{
    return _mm256_fmadd_pd(x, y, z);
}

TERN_KERNEL_INLINE VD vd_clamp(VD x, double lo, double hi)
{
    return _mm256_min_pd(_mm256_max_pd(x, _mm256_set1_pd(lo)), _mm256_set1_pd(hi));
}

TERN_KERNEL_INLINE VD vd_round(VD x)
{
    return _mm256_round_pd(x, _MM_FROUND_TO_NEAREST_INT | 8);
}

TERN_KERNEL_INLINE VD vd_scale(VD x, VD n)
{
    const __m256i whole = _mm256_cvtepi32_epi64(_mm256_cvtpd_epi32(n));
    const __m256i biased = _mm256_add_epi64(whole, _mm256_set1_epi64x(1023));
    return _mm256_mul_pd(x, _mm256_castsi256_pd(_mm256_slli_epi64(biased, 52)));
}

#endif
