/* SPDX-License-Identifier: Apache-2.0 */
/* Float narrowing on integers: no rounding mode, no flush-to-zero setting can change a result. */
#include "base/half.h"

#include <stdbool.h>

float tern_f16_to_f32(uint16_t x)
{
    const uint32_t sign = (uint32_t)(x & 0x8000u) << 16;
    const uint32_t exponent = (x >> 10) & 0x1fu;
    uint32_t fraction = x & 0x3ffu;
    uint32_t bits;
    if (exponent == 0x1fu) {
        bits = sign | 0x7f800000u | (fraction << 13) | (fraction != 0 ? 0x400000u : 0u);
    } else if (exponent != 0) {
        bits = sign | ((exponent + 112u) << 23) | (fraction << 13);
    } else if (fraction == 0) {
        bits = sign;
    } else {
        /* subnormal: shift the leading one up to the hidden place, bit 10 */
        const uint32_t shift = (uint32_t)__builtin_clz(fraction) - 21u;
        fraction = (fraction << shift) & 0x3ffu;
        bits = sign | ((113u - shift) << 23) | (fraction << 13);
    }
    float y;
    memcpy(&y, &bits, sizeof y);
    return y;
}

uint16_t tern_f32_to_f16(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t sign = (bits >> 16) & 0x8000u;
    const uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return (uint16_t)(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
    }
    if (magnitude >= 0x47800000u) { /* 65536 and up */
        return (uint16_t)(sign | 0x7c00u);
    }
    if (magnitude >= 0x38800000u) { /* normal; a carry is right, even one that gives infinity */
        const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
        return (uint16_t)(sign | ((rounded - (112u << 23)) >> 13));
    }
    if (magnitude <= 0x33000000u) { /* up to half of the smallest subnormal, 2^-25: ties to zero */
        return (uint16_t)sign;
    }
    const uint32_t shift = 126u - (magnitude >> 23); /* 14..24 */
    const uint32_t fraction = (magnitude & 0x7fffffu) | 0x800000u;
    const uint32_t kept = fraction >> shift;
    const uint32_t rest = fraction & ((1u << shift) - 1u);
    const uint32_t half = 1u << (shift - 1u);
    const uint32_t up = rest > half || (rest == half && (kept & 1u) != 0) ? 1u : 0u;
    return (uint16_t)(sign | (kept + up));
}

/* Round a double to a 16-bit float with `mantissa_bits` stored bits, in one rounding. */
static uint16_t narrow(double x, int mantissa_bits)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int bias = (1 << (14 - mantissa_bits)) - 1;
    const uint64_t infinity = (uint64_t)(2 * bias + 1) << mantissa_bits;
    const uint64_t sign = (bits >> 48) & 0x8000u;
    const int exponent = (int)((bits >> 52) & 0x7ffu) - 1023;
    uint64_t fraction = bits & 0xfffffffffffffu;
    if (exponent == 1024 && fraction != 0) {
        const uint64_t quiet = (uint64_t)1 << (mantissa_bits - 1);
        return (uint16_t)(sign | infinity | quiet | (fraction >> (52 - mantissa_bits)));
    }
    if (exponent > bias) {
        return (uint16_t)(sign | infinity);
    }
    const bool is_subnormal = exponent < 1 - bias;
    const int shift = 52 - mantissa_bits + (is_subnormal ? 1 - bias - exponent : 0);
    if (shift > 53) { /* below half of the smallest subnormal */
        return (uint16_t)sign;
    }
    fraction |= (uint64_t)1 << 52;
    const uint64_t kept = fraction >> shift;
    const uint64_t rest = fraction & (((uint64_t)1 << shift) - 1);
    const uint64_t half = (uint64_t)1 << (shift - 1);
    const uint64_t up = rest > half || (rest == half && (kept & 1u) != 0) ? 1u : 0u;
    /* kept holds the hidden one of a normal number, which counts as one exponent step */
    const uint64_t base = is_subnormal ? 0 : (uint64_t)(exponent + bias - 1) << mantissa_bits;
    return (uint16_t)(sign | (base + kept + up));
}

uint16_t tern_f64_to_f16(double x)
{
    return narrow(x, 10);
}

uint16_t tern_f64_to_bf16(double x)
{
    return narrow(x, 7);
}
