/* SPDX-License-Identifier: Apache-2.0
 *
 * What dim.c and dim_make.c share.
 */
#ifndef TERN_OP_DIM_INTERNAL_H
#define TERN_OP_DIM_INTERNAL_H

#include "base/error.h"
#include "op/dim.h"

#define TERN_DIM_LOWEST (INT64_MIN / 2 + 1) /* smallest number */

/* The expression with exactly these operands, made when new; no simplification. */
tern_dim tern_dim_intern(tern_dim_table *t, tern_dim_opcode op, tern_dim a, tern_dim b);

/* One operation on numbers, saturating. */
int64_t tern_dim_apply(int32_t op, int64_t a, int64_t b);
int64_t tern_dim_clamp(int64_t x);

#endif
