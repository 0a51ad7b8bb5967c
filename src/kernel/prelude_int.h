/* SPDX-License-Identifier: Apache-2.0 */
/* prelude_int.h: the names of scalar.def bodies for whole numbers: the oracle of classes I, U and
   B. Needs
     T          int64_t or uint64_t
     IS_SIGNED  1 or 0
   All arithmetic wraps around (it is done unsigned); a narrower type wraps when its store cuts the
   result off. Nothing traps: dividing by zero gives 0. Used in ref/ only. */
#ifndef TERN_KERNEL_PRELUDE_H
#define TERN_KERNEL_PRELUDE_H

#define K_ROW_F(...)
#if IS_SIGNED
#define K_ROW_FI(...) __VA_ARGS__
#else
#define K_ROW_FI(...)
#endif
#define K_ROW_FIU(...) __VA_ARGS__
#define K_ROW_FIUB(...) __VA_ARGS__
#define K_ROW_IU(...) __VA_ARGS__
#define K_ROW_B(...) __VA_ARGS__

static inline T k_neg(T x)
{
    return (T)(0u - (uint64_t)x);
}

static inline bool k_is_negative(T x)
{
    return IS_SIGNED && (uint64_t)x >> 63 != 0;
}

static inline T k_div(T x, T y)
{
    if (y == 0) {
        return 0;
    }
    return IS_SIGNED && y == (T)-1 ? k_neg(x) : x / y; /* the smallest number / -1 would trap */
}

/* The remainder with the sign of x. */
static inline T k_fmod(T x, T y)
{
    return (T)((uint64_t)x - (uint64_t)k_div(x, y) * (uint64_t)y);
}

static inline T k_floor_div(T x, T y)
{
    const bool is_inexact = y != 0 && k_fmod(x, y) != 0;
    return is_inexact && k_is_negative(x) != k_is_negative(y) ? k_div(x, y) - 1 : k_div(x, y);
}

/* The remainder with the sign of y; 0 for y = 0. */
static inline T k_mod(T x, T y)
{
    return y == 0 ? 0 : (T)((uint64_t)x - (uint64_t)k_floor_div(x, y) * (uint64_t)y);
}

/* By squaring; negative powers are 0 but for bases 1 and -1, as division truncates. */
static inline T k_pow(T x, T y)
{
    if (k_is_negative(y)) {
        const T odd = (T)((uint64_t)y & 1u) != 0 ? x : (T)1;
        return x == 1 || x == (T)-1 ? odd : 0;
    }
    uint64_t out = 1, base = (uint64_t)x;
    for (uint64_t n = (uint64_t)y; n != 0; n >>= 1) {
        out = n & 1u ? out * base : out;
        base *= base;
    }
    return (T)out;
}

/* A function, so that a constant 0 is no complaint about unsigned numbers. */
static inline bool k_less(T x, T y)
{
    return x < y;
}

static inline T k_shift_right(T x, T y)
{
    const uint64_t n = (uint64_t)y < 64u ? (uint64_t)y : 63u;
    const uint64_t out = (uint64_t)y < 64u || IS_SIGNED ? (uint64_t)x >> n : 0;
    return k_is_negative(x) && n > 0 ? (T)(out | ~(UINT64_MAX >> n)) : (T)out;
}

#define K(c) ((T)(c))
#define K_ADD(x, y) ((T)((uint64_t)(x) + (uint64_t)(y)))
#define K_SUB(x, y) ((T)((uint64_t)(x) - (uint64_t)(y)))
#define K_MUL(x, y) ((T)((uint64_t)(x) * (uint64_t)(y)))
#define K_DIV(x, y) k_div(x, y)
#define K_FMA(x, y, z) K_ADD(K_MUL(x, y), z)
#define K_NEG(x) k_neg(x)
#define K_ABS(x) (k_is_negative(x) ? k_neg(x) : (x))
#define K_MAX(x, y) ((x) > (y) ? (x) : (y))
#define K_MIN(x, y) ((x) < (y) ? (x) : (y))
#define K_LT(x, y) k_less(x, y)
#define K_LE(x, y) ((x) <= (y))
#define K_GT(x, y) k_less(y, x)
#define K_GE(x, y) ((x) >= (y))
#define K_EQ(x, y) ((x) == (y))
#define K_NE(x, y) ((x) != (y))
#define K_IF(m, x, y) ((m) ? (x) : (y))
#define K_BOOL(m) ((T)((m) ? 1 : 0))
#define K_FLOOR_DIV(x, y) k_floor_div(x, y)
#define K_MOD(x, y) k_mod(x, y)
#define K_FMOD(x, y) k_fmod(x, y)
#define K_POW(x, y) k_pow(x, y)
#define K_BIT_AND(x, y) ((T)((uint64_t)(x) & (uint64_t)(y)))
#define K_BIT_OR(x, y) ((T)((uint64_t)(x) | (uint64_t)(y)))
#define K_BIT_XOR(x, y) ((T)((uint64_t)(x) ^ (uint64_t)(y)))
#define K_BIT_NOT(x) ((T)(~(uint64_t)(x)))
/* Bits leave at the end; 64 places or more leave none.  To the right the widened sign comes in. */
#define K_SHL(x, y) ((uint64_t)(y) < 64u ? (T)((uint64_t)(x) << ((uint64_t)(y)&63u)) : (T)0)
#define K_SHR(x, y) k_shift_right(x, y)

#endif
