/* SPDX-License-Identifier: Apache-2.0 */
/* Floats of 8 and 4 bits, each a row of numbers: fraction bits, exponent bias, largest finite code
   and what infinity and NaN look like.  One pair of functions serves all of them, and rounds a
   double once, to nearest with ties to even. */
#ifndef TERN_BASE_MINIFLOAT_H
#define TERN_BASE_MINIFLOAT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tern_minifloat {
    uint8_t bits; /* 8 or 4, the sign included */
    uint8_t fraction_bits;
    uint8_t bias;
    uint8_t max_code;      /* largest finite magnitude */
    uint8_t infinity_code; /* magnitude; 0: has no infinities */
    uint8_t nan_code;      /* a whole code: with the sign bit set it is the only NaN; 0: has none */
} tern_minifloat;

extern const tern_minifloat tern_f8e4m3fn, tern_f8e4m3fnuz, tern_f8e5m2, tern_f8e5m2fnuz,
    tern_f4e2m1;

double tern_minifloat_to_f64(const tern_minifloat *format, uint8_t code);

/* Beyond the largest number: the largest when `saturate`, else infinity or, in formats without,
   NaN.  Formats without NaN always saturate and make -0 of it. */
uint8_t tern_minifloat_from_f64(const tern_minifloat *format, double x, bool saturate);

/* E8M0: powers of two from 2^-127 to 2^127, and NaN. */
typedef enum tern_e8m0_round {
    TERN_E8M0_ROUND_UP = 0,     /* to the next power of two above */
    TERN_E8M0_ROUND_DOWN = 1,   /* below */
    TERN_E8M0_ROUND_NEAREST = 2 /* halfway between two: up */
} tern_e8m0_round;

double tern_e8m0_to_f64(uint8_t code);

/* Out of range, zero too: the nearest power when `saturate`, else NaN; negative numbers are NaN. */
uint8_t tern_e8m0_from_f64(double x, tern_e8m0_round round, bool saturate);

#endif
