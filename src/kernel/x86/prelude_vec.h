/* SPDX-License-Identifier: Apache-2.0 */
/* prelude_vec.h: the names of scalar.def bodies over vectors; after a vec_<isa>.h. Rows marked
   "single" use names that are missing here. */
#ifndef TERN_KERNEL_PRELUDE_H
#define TERN_KERNEL_PRELUDE_H

#include "vec_lane.h"
#include "vec_math.h"

#include "vec_pow.h"
#include "vec_trig.h"

#define K(c) v_set1((float)(c))
#define K_INF v_bits(V_INF_BITS)
#define K_ADD(x, y) v_add(x, y)
#define K_SUB(x, y) v_sub(x, y)
#define K_MUL(x, y) v_mul(x, y)
#define K_DIV(x, y) v_div(x, y)
#define K_FMA(x, y, z) v_fma(x, y, z)
#define K_NEG(x) v_neg(x)
#define K_ABS(x) v_abs(x)
#define K_MAX(x, y) v_max(x, y)
#define K_MIN(x, y) v_min(x, y)
#define K_LT(x, y) v_lt(x, y)
#define K_LE(x, y) v_le(x, y)
#define K_GT(x, y) v_lt(y, x)
#define K_GE(x, y) v_le(y, x)
#define K_EQ(x, y) v_eq(x, y)
#define K_NE(x, y) v_ne(x, y)
#define K_IF(m, x, y) v_if(m, x, y)
#define K_BOOL(m) v_if(m, v_set1(1.0f), v_zero())
#define K_FLOOR(x) v_floor(x)
#define K_CEIL(x) v_ceil(x)
#define K_ROUND(x) v_round(x)
#define K_FLOOR_DIV(x, y) v_floor_div(x, y)
#define K_SQRT(x) v_sqrt(x)
#define K_POW(x, y) v_pow(x, y)
#define K_EXP(x) v_exp(x)
#define K_EXPM1(x) v_expm1(x)
#define K_LOG(x) v_log(x)
#define K_LOG1P(x) v_log1p(x)
#define K_TANH(x) v_tanh(x)
#define K_ERF(x) v_erf(x)
#define K_SIN(x) v_sin(x)
#define K_COS(x) v_cos(x)

#endif
