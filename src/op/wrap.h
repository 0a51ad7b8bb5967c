/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic that reference bodies of several classes share (see for_each_class.h): the suffix is
 * the class.  Integers wrap around, which C leaves undefined for signed ones.
 */
#ifndef TERN_OP_WRAP_H
#define TERN_OP_WRAP_H

#include "op/dtype.h"

#include <math.h>

static inline double wrap_add_F(double a, double b)
{
    return a + b;
}

static inline int64_t wrap_add_I(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline uint64_t wrap_add_U(uint64_t a, uint64_t b)
{
    return a + b;
}

static inline double wrap_mul_F(double a, double b)
{
    return a * b;
}

static inline int64_t wrap_mul_I(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static inline uint64_t wrap_mul_U(uint64_t a, uint64_t b)
{
    return a * b;
}

/* a / b for b > 0: C's division. */
static inline double wrap_div_F(double a, int64_t b)
{
    return a / (double)b;
}

static inline int64_t wrap_div_I(int64_t a, int64_t b)
{
    return a / b;
}

static inline uint64_t wrap_div_U(uint64_t a, int64_t b)
{
    return a / (uint64_t)b;
}

/* The larger and the smaller; NaN wins over everything. */
static inline double wrap_max_F(double a, double b)
{
    return a > b || isnan(a) ? a : b;
}

static inline int64_t wrap_max_I(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t wrap_max_U(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline double wrap_min_F(double a, double b)
{
    return a < b || isnan(a) ? a : b;
}

static inline int64_t wrap_min_I(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t wrap_min_U(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Smallest and largest value of an element type, in its wide type. */
static inline double lowest_F(tern_dtype dtype)
{
    (void)dtype;
    return -(double)INFINITY;
}

static inline double highest_F(tern_dtype dtype)
{
    (void)dtype;
    return (double)INFINITY;
}

static inline int64_t highest_I(tern_dtype dtype)
{
    return (int64_t)(UINT64_MAX >> (65 - tern_dtype_find((int)dtype)->bits));
}

static inline int64_t lowest_I(tern_dtype dtype)
{
    return -highest_I(dtype) - 1;
}

static inline uint64_t lowest_U(tern_dtype dtype)
{
    (void)dtype;
    return 0;
}

static inline uint64_t highest_U(tern_dtype dtype)
{
    return UINT64_MAX >> (64 - tern_dtype_find((int)dtype)->bits);
}

#endif
