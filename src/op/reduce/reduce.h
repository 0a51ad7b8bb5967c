/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of reduce and topk.
 */
#ifndef TERN_OP_REDUCE_REDUCE_H
#define TERN_OP_REDUCE_REDUCE_H

#include "op/op.h"

/* Pinned: plans store them. */
typedef enum tern_reduce_op {
    TERN_REDUCE_OP_SUM = 0,
    TERN_REDUCE_OP_PROD = 1,
    TERN_REDUCE_OP_MAX = 2,
    TERN_REDUCE_OP_MIN = 3,
    TERN_REDUCE_OP_AVG = 4,
    TERN_REDUCE_OP_L1 = 5,
    TERN_REDUCE_OP_L2 = 6,
    TERN_REDUCE_OP_SUM_SQUARE = 7,
    TERN_REDUCE_OP_LOG_SUM = 8,
    TERN_REDUCE_OP_LOG_SUM_EXP = 9
} tern_reduce_op;

typedef struct tern_reduce_attr {
    uint32_t axes; /* unless the operand tells */
    int32_t op;    /* tern_reduce_op */
    int32_t keep_dims;
    int32_t empty_is_none; /* an empty operand names no axis; else all */
} tern_reduce_attr;

enum { TERN_REDUCE_X_AXES = 1 };

/* Pinned: plans store them. */
typedef enum tern_topk_op { TERN_TOPK_OP_MAX = 0, TERN_TOPK_OP_MIN = 1 } tern_topk_op;

typedef struct tern_topk_attr {
    int64_t k;
    uint32_t axes;      /* exactly one bit */
    int32_t op;         /* tern_topk_op */
    int32_t index_type; /* tern_dtype: i32 or i64 */
    int32_t last_first; /* of equal elements */
} tern_topk_attr;

#endif
