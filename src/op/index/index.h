/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of the operators that place, mark and order elements by index.
 */
#ifndef TERN_OP_INDEX_INDEX_H
#define TERN_OP_INDEX_INDEX_H

#include "op/op.h"

/* Pinned: plans store them. */
typedef enum tern_scatter_mode { TERN_SCATTER_ELEMENT = 0, TERN_SCATTER_ND = 1 } tern_scatter_mode;

typedef enum tern_scatter_reduction {
    TERN_SCATTER_SET = 0,
    TERN_SCATTER_ADD = 1,
    TERN_SCATTER_MUL = 2,
    TERN_SCATTER_MIN = 3,
    TERN_SCATTER_MAX = 4
} tern_scatter_reduction;

typedef struct tern_scatter_attr {
    int64_t axis;
    int32_t mode;      /* tern_scatter_mode */
    int32_t reduction; /* tern_scatter_reduction */
} tern_scatter_attr;

typedef enum tern_cache_mode { TERN_CACHE_LINEAR = 0, TERN_CACHE_CIRCULAR = 1 } tern_cache_mode;

typedef struct tern_tensor_scatter_attr {
    int64_t axis;
    int32_t mode; /* tern_cache_mode */
    int32_t reserved;
} tern_tensor_scatter_attr;

typedef struct tern_one_hot_attr {
    int64_t axis;
} tern_one_hot_attr;

typedef struct tern_trilu_attr {
    int32_t upper; /* 0 or 1 */
    int32_t reserved;
} tern_trilu_attr;

typedef struct tern_eye_attr {
    int64_t k;
    int32_t dtype; /* tern_dtype */
    int32_t reserved;
} tern_eye_attr;

typedef struct tern_reverse_sequence_attr {
    int64_t batch_axis, sequence_axis;
} tern_reverse_sequence_attr;

typedef enum tern_cumulative_op {
    TERN_CUMULATIVE_SUM = 0,
    TERN_CUMULATIVE_PROD = 1
} tern_cumulative_op;

typedef struct tern_cumulative_attr {
    int64_t axis;
    int32_t op; /* tern_cumulative_op */
    int32_t exclusive, reverse;
    int32_t reserved;
} tern_cumulative_attr;

#endif
