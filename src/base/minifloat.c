/* SPDX-License-Identifier: Apache-2.0 */
/* A number is scaled to an integer of steps by a power of two, which is exact; its rounding is done
   on that integer, so no rounding mode can change a result. */
#include "base/minifloat.h"

#include <math.h>

/* The formats of ONNX's tables; e4m3fn and e5m2 are also OCP's, e2m1 is OCP's. */
const tern_minifloat tern_f8e4m3fn = {8, 3, 7, 0x7e, 0, 0x7f};
const tern_minifloat tern_f8e4m3fnuz = {8, 3, 8, 0x7f, 0, 0x80};
const tern_minifloat tern_f8e5m2 = {8, 2, 15, 0x7b, 0x7c, 0x7e};
const tern_minifloat tern_f8e5m2fnuz = {8, 2, 16, 0x7f, 0, 0x80};
const tern_minifloat tern_f4e2m1 = {4, 1, 1, 0x7, 0, 0};

enum { E8M0_BIAS = 127, E8M0_NAN = 255 };

static unsigned sign_of(const tern_minifloat *f)
{
    return 1u << (f->bits - 1);
}

double tern_minifloat_to_f64(const tern_minifloat *f, uint8_t code)
{
    const unsigned sign = sign_of(f), magnitude = code & (sign - 1u);
    const double direction = (code & sign) != 0 ? -1.0 : 1.0;
    if (magnitude > f->max_code || (f->nan_code == sign && code == sign)) {
        const bool is_infinite = f->infinity_code != 0 && magnitude == f->infinity_code;
        return copysign(is_infinite ? (double)INFINITY : (double)NAN, direction);
    }
    const unsigned one = 1u << f->fraction_bits;
    const unsigned exponent = magnitude >> f->fraction_bits, fraction = magnitude & (one - 1u);
    const int step = (int)(exponent != 0 ? exponent : 1) - f->bias - f->fraction_bits;
    return direction * ldexp((double)(exponent != 0 ? fraction + one : fraction), step);
}

static uint8_t nan_of(const tern_minifloat *f, unsigned sign)
{
    if (f->nan_code == 0) {
        return (uint8_t)sign_of(f);
    }
    return (uint8_t)(f->nan_code | sign);
}

/* x = v * 2^step for a whole v, to nearest, ties to even; x is not negative. */
static unsigned rounded_steps(double x, int step)
{
    const double v = ldexp(x, -step);
    const double below = floor(v);
    const unsigned whole = (unsigned)below;
    const double rest = v - below;
    return whole + (rest > 0.5 || (rest >= 0.5 && (whole & 1u) != 0) ? 1u : 0u);
}

uint8_t tern_minifloat_from_f64(const tern_minifloat *f, double x, bool saturate)
{
    const bool has_minus_zero = f->nan_code != sign_of(f);
    const unsigned sign = signbit(x) ? sign_of(f) : 0;
    if (isnan(x)) {
        return nan_of(f, sign);
    }
    const double magnitude = fabs(x);
    const int exponent_min = 1 - f->bias;
    unsigned code = f->max_code + 1u;
    if (magnitude < ldexp(1.0, 20)) { /* beyond all of them, and below what `unsigned` holds */
        int exponent = magnitude > 0 ? ilogb(magnitude) : exponent_min;
        exponent = exponent < exponent_min ? exponent_min : exponent;
        /* a carry out of the fraction steps the exponent up, as it should */
        code = ((unsigned)(exponent - exponent_min) << f->fraction_bits) +
               rounded_steps(magnitude, exponent - f->fraction_bits);
    }
    if (code > f->max_code) {
        if (saturate || f->nan_code == 0) {
            code = f->max_code;
        } else if (f->infinity_code != 0) {
            code = f->infinity_code;
        } else {
            return nan_of(f, sign);
        }
    }
    return (uint8_t)(code == 0 && !has_minus_zero ? 0 : (code | sign));
}

double tern_e8m0_to_f64(uint8_t code)
{
    return code == E8M0_NAN ? (double)NAN : ldexp(1.0, (int)code - E8M0_BIAS);
}

uint8_t tern_e8m0_from_f64(double x, tern_e8m0_round round, bool saturate)
{
    if (isnan(x) || x < 0.0) {
        return E8M0_NAN;
    }
    int exponent = x > 0.0 ? E8M0_BIAS + 1 : -E8M0_BIAS - 1; /* what is out of range for sure */
    if (x > 0.0 && isfinite(x)) {
        int next;
        const double half = frexp(x, &next); /* 0.5..1 */
        const bool up = (round == TERN_E8M0_ROUND_UP && half > 0.5) ||
                        (round == TERN_E8M0_ROUND_NEAREST && half >= 0.75);
        exponent = up ? next : next - 1;
    }
    if (exponent > E8M0_BIAS || exponent < -E8M0_BIAS) {
        return !saturate ? E8M0_NAN : exponent > 0 ? 2 * E8M0_BIAS : 0;
    }
    return (uint8_t)(exponent + E8M0_BIAS);
}
