/* SPDX-License-Identifier: Apache-2.0 */
/* prelude_f64.h: the names of scalar.def bodies in double: the oracle of class F. Used in ref/
   only. */
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
static inline double k_max(double x, double y)
{
    return isnan(x) || x > y ? x : y;
}

static inline double k_min(double x, double y)
{
    return isnan(x) || x < y ? x : y;
}

/* The remainder with the sign of the divisor. */
static inline double k_mod(double x, double y)
{
    const double rest = fmod(x, y);
    return rest != 0.0 && (rest < 0.0) != (y < 0.0) ? rest + y : rest;
}

#define K(c) ((double)(c))
#define K_INF ((double)INFINITY)
#define K_ADD(x, y) ((x) + (y))
#define K_SUB(x, y) ((x) - (y))
#define K_MUL(x, y) ((x) * (y))
#define K_DIV(x, y) ((x) / (y))
#define K_FMA(x, y, z) ((x) * (y) + (z))
#define K_NEG(x) (-(x))
#define K_ABS(x) fabs(x)
#define K_MAX(x, y) k_max(x, y)
#define K_MIN(x, y) k_min(x, y)
#define K_LT(x, y) ((x) < (y))
#define K_LE(x, y) ((x) <= (y))
#define K_GT(x, y) ((x) > (y))
#define K_GE(x, y) ((x) >= (y))
#define K_EQ(x, y) ((x) == (y))
#define K_NE(x, y) ((x) != (y))
#define K_IF(m, x, y) ((m) ? (x) : (y))
#define K_BOOL(m) ((m) ? 1.0 : 0.0)
#define K_FLOOR(x) floor(x)
#define K_CEIL(x) ceil(x)
#define K_ROUND(x) nearbyint(x)
#define K_FLOOR_DIV(x, y) floor((x) / (y))
#define K_MOD(x, y) k_mod(x, y)
#define K_FMOD(x, y) fmod(x, y)
#define K_SQRT(x) sqrt(x)
#define K_POW(x, y) pow(x, y)
#define K_EXP(x) exp(x)
#define K_EXPM1(x) expm1(x)
#define K_LOG(x) log(x)
#define K_LOG1P(x) log1p(x)
#define K_TANH(x) tanh(x)
#define K_ERF(x) erf(x)
#define K_SIN(x) sin(x)
#define K_COS(x) cos(x)
#define K_TAN(x) tan(x)
#define K_SINH(x) sinh(x)
#define K_COSH(x) cosh(x)
#define K_ASIN(x) asin(x)
#define K_ACOS(x) acos(x)
#define K_ATAN(x) atan(x)
#define K_ASINH(x) asinh(x)
#define K_ACOSH(x) acosh(x)
#define K_ATANH(x) atanh(x)

#endif
