/* SPDX-License-Identifier: Apache-2.0 */
/* 16-bit floats in plain C: IEEE binary16 (f16) and bfloat16 (bf16), held in uint16_t. Narrowing
   rounds once, to nearest with ties to even, whatever the source width; so a double goes straight
   to 16 bits and never through float.  Overflow gives infinity, NaN stays a (quiet) NaN with its
   sign and the top of its payload, subnormals are kept. */
#ifndef TERN_BASE_HALF_H
#define TERN_BASE_HALF_H

#include <stdint.h>
#include <string.h>

static inline float tern_bf16_to_f32(uint16_t x)
{
    const uint32_t bits = (uint32_t)x << 16;
    float y;
    memcpy(&y, &bits, sizeof y);
    return y;
}

static inline uint16_t tern_f32_to_bf16(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return (uint16_t)((bits >> 16) | 0x40u);
    }
    return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float tern_f16_to_f32(uint16_t x);
uint16_t tern_f32_to_f16(float x);
uint16_t tern_f64_to_f16(double x);
uint16_t tern_f64_to_bf16(double x);

#endif
