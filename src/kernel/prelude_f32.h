/* SPDX-License-Identifier: Apache-2.0 */
/* prelude_f32.h: the names of scalar.def bodies in float: single elements, in ref/ only. */
#ifndef TERN_KERNEL_PRELUDE_H
#define TERN_KERNEL_PRELUDE_H

#include <math.h>

/* Rows this prelude can run: all of them; bools travel as 1 and 0. */
#define K_ROW_F(...) __VA_ARGS__
#define K_ROW_FI(...) __VA_ARGS__
#define K_ROW_FIU(...) __VA_ARGS__
#define K_ROW_FIUB(...) __VA_ARGS__
#define K_ROW_IU(...)
#define K_ROW_B(...) __VA_ARGS__

/* The first NaN wins, so that it is not lost. */
static inline float k_max(float x, float y)
{
    return isnan(x) || x > y ? x : y;
}

static inline float k_min(float x, float y)
{
    return isnan(x) || x < y ? x : y;
}

/* The remainder with the sign of the divisor. */
static inline float k_mod(float x, float y)
{
    const float rest = fmodf(x, y);
    return rest != 0.0f && (rest < 0.0f) != (y < 0.0f) ? rest + y : rest;
}

/* The quotient may have been rounded up to a whole number: the remainder then has the wrong sign.
   */
static inline float k_floor_div(float x, float y)
{
    const float whole = floorf(x / y);
    const float rest = fmaf(-whole, y, x);
    return (y < 0.0f ? rest > 0.0f : rest < 0.0f) ? whole - 1.0f : whole;
}

#define K(c) ((float)(c))
#define K_INF ((float)INFINITY)
#define K_ADD(x, y) ((x) + (y))
#define K_SUB(x, y) ((x) - (y))
#define K_MUL(x, y) ((x) * (y))
#define K_DIV(x, y) ((x) / (y))
#define K_FMA(x, y, z) fmaf(x, y, z)
#define K_NEG(x) (-(x))
#define K_ABS(x) fabsf(x)
#define K_MAX(x, y) k_max(x, y)
#define K_MIN(x, y) k_min(x, y)
#define K_LT(x, y) ((x) < (y))
#define K_LE(x, y) ((x) <= (y))
#define K_GT(x, y) ((x) > (y))
#define K_GE(x, y) ((x) >= (y))
#define K_EQ(x, y) ((x) == (y))
#define K_NE(x, y) ((x) != (y))
#define K_IF(m, x, y) ((m) ? (x) : (y))
#define K_BOOL(m) ((m) ? 1.0f : 0.0f)
#define K_FLOOR(x) floorf(x)
#define K_CEIL(x) ceilf(x)
#define K_ROUND(x) nearbyintf(x)
#define K_FLOOR_DIV(x, y) k_floor_div(x, y)
#define K_MOD(x, y) k_mod(x, y)
#define K_FMOD(x, y) fmodf(x, y)
#define K_SQRT(x) sqrtf(x)
#define K_POW(x, y) powf(x, y)
#define K_EXP(x) expf(x)
#define K_EXPM1(x) expm1f(x)
#define K_LOG(x) logf(x)
#define K_LOG1P(x) log1pf(x)
#define K_TANH(x) tanhf(x)
#define K_ERF(x) erff(x)
#define K_SIN(x) sinf(x)
#define K_COS(x) cosf(x)
#define K_TAN(x) tanf(x)
#define K_SINH(x) sinhf(x)
#define K_COSH(x) coshf(x)
#define K_ASIN(x) asinf(x)
#define K_ACOS(x) acosf(x)
#define K_ATAN(x) atanf(x)
#define K_ASINH(x) asinhf(x)
#define K_ACOSH(x) acoshf(x)
#define K_ATANH(x) atanhf(x)

#endif
