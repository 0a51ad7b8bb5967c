/* SPDX-License-Identifier: Apache-2.0 */
/* convert_f32_ref.c: float to and from f16 and bf16, on bits. */
#include "../declare.h"

typedef union float_bits {
    float f;
    uint32_t u;
} float_bits;

static float from_f16(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = h >> 10 & 31u, part = h & 1023u;
    if (exponent == 31u) { /* infinity, NaN (made quiet) */
        return (float_bits){.u = sign | 0x7f800000u | part << 13 | (part != 0 ? 0x400000u : 0u)}.f;
    }
    if (exponent == 0) { /* zero, denormal: part * 2^-24 is exact */
        const float size = (float)part * 5.9604644775390625e-8f;
        return sign != 0 ? -size : size;
    }
    return (float_bits){.u = sign | (exponent + 112u) << 23 | part << 13}.f;
}

/* x / 2^shift to the nearest whole number, ties to even; shift in 1 .. 31. */
static uint32_t shift_even(uint32_t x, uint32_t shift)
{
    const uint32_t low = x & ((1u << shift) - 1u), half = 1u << (shift - 1u), whole = x >> shift;
    return whole + (low > half || (low == half && (whole & 1u) != 0) ? 1u : 0u);
}

static uint16_t to_f16(float x)
{
    const uint32_t bits = (float_bits){.f = x}.u, sign = bits >> 16 & 0x8000u,
                   size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) {
        return (uint16_t)(sign | 0x7e00u | (size >> 13 & 1023u));
    }
    if (size >= 0x477ff000u) { /* 65520 and up round to infinity */
        return (uint16_t)(sign | 0x7c00u);
    }
    if (size >= 0x38800000u) { /* normal: a carry out of the mantissa is the right exponent */
        return (uint16_t)(sign | shift_even(size - 0x38000000u, 13));
    }
    if (size < 0x33000000u) { /* up to half the smallest denormal */
        return (uint16_t)sign;
    }
    const uint32_t part = (size & 0x7fffffu) | 0x800000u;
    return (uint16_t)(sign | shift_even(part, 126u - (size >> 23)));
}

void tern_convert_f16f32_row_ref(const void *src, void *dst, int64_t count)
{
    const uint16_t *x = src;
    float *y = dst;
    for (int64_t i = 0; i < count; i++) {
        y[i] = from_f16(x[i]);
    }
}

void tern_convert_f32f16_row_ref(const void *src, void *dst, int64_t count)
{
    const float *x = src;
    uint16_t *y = dst;
    for (int64_t i = 0; i < count; i++) {
        y[i] = to_f16(x[i]);
    }
}

void tern_convert_bf16f32_row_ref(const void *src, void *dst, int64_t count)
{
    const uint16_t *x = src;
    float *y = dst;
    for (int64_t i = 0; i < count; i++) {
        y[i] = (float_bits){.u = (uint32_t)x[i] << 16}.f;
    }
}

void tern_convert_f32bf16_row_ref(const void *src, void *dst, int64_t count)
{
    const float *x = src;
    uint16_t *y = dst;
    for (int64_t i = 0; i < count; i++) {
        const uint32_t bits = (float_bits){.f = x[i]}.u;
        const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
        y[i] = (uint16_t)(is_nan ? bits >> 16 | 0x40u : shift_even(bits, 16));
    }
}
