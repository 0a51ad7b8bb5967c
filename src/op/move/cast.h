/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of cast, shape and reorder.
 */
#ifndef TERN_OP_MOVE_CAST_H
#define TERN_OP_MOVE_CAST_H

#include "op/op.h"

typedef struct tern_cast_attr {
    int32_t to;         /* tern_dtype */
    int32_t saturate;   /* 0 or 1 */
    int32_t overflow;   /* tern_cast_overflow */
    int32_t round_mode; /* tern_e8m0_round */
} tern_cast_attr;

/* Floats beyond the range of an integer type. */
typedef enum tern_cast_overflow {
    TERN_CAST_OVERFLOW_SATURATE = 0, /* tern_convert */
    TERN_CAST_OVERFLOW_WRAP = 1      /* tern_convert_rules.wrap */
} tern_cast_overflow;

typedef struct tern_bitcast_attr {
    int32_t to; /* tern_dtype */
    int32_t reserved;
} tern_bitcast_attr;

typedef struct tern_shape_attr {
    int64_t start, end; /* axes; they count from the back when negative, and are clamped */
    int32_t dtype;      /* tern_dtype: i32 or i64 */
    int32_t product;    /* 0 or 1 */
} tern_shape_attr;

typedef struct tern_reorder_attr {
    int32_t layout; /* tern_layout */
    int32_t reserved;
} tern_reorder_attr;

#endif
