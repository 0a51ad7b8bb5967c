/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of the operators that count: what they find is as long as the data says.
 */
#ifndef TERN_OP_DATA_DATA_H
#define TERN_OP_DATA_DATA_H

#include "op/op.h"

typedef struct tern_nonzero_attr {
    int32_t index_type; /* tern_dtype */
} tern_nonzero_attr;

typedef struct tern_compress_attr {
    int64_t axis;
    int32_t flat; /* 1: of all elements in order, no axis */
} tern_compress_attr;

typedef struct tern_unique_attr {
    int64_t axis;
    int32_t flat;   /* 1: of all elements, no axis */
    int32_t sorted; /* 0: in the order of their first places */
} tern_unique_attr;

typedef enum tern_nms_format { TERN_NMS_CORNERS = 0, TERN_NMS_CENTER = 1 } tern_nms_format;
typedef enum tern_nms_scores { TERN_NMS_BOX_CLASS = 0, TERN_NMS_CLASS_BOX = 1 } tern_nms_scores;
typedef enum tern_nms_order { TERN_NMS_BY_SCORE = 0, TERN_NMS_BY_CLASS = 1 } tern_nms_order;

typedef struct tern_nms_attr {
    int32_t format;      /* tern_nms_format */
    int32_t scores;      /* tern_nms_scores */
    int32_t order;       /* tern_nms_order */
    int32_t index_type;  /* tern_dtype */
    int64_t top_k_limit; /* most candidates of a batch; 0: no limit */
    int32_t positive;    /* the threshold that is not given is 0 */
    int32_t reserved;
} tern_nms_attr;

/* An extent that is counted, 0..bound. */
static inline tern_dim tern_counted(const tern_infer *in, int32_t y, int32_t axis, tern_dim bound)
{
    tern_dim extent = bound;
    return tern_infer_data_extent(in, y, axis, bound, &extent) ? extent : bound;
}

/* INVALID_ARGUMENT unless it is i32 or i64. */
static inline tern_status tern_check_index_type(const tern_infer *in, int32_t dtype)
{
    return dtype == TERN_DTYPE_I32 || dtype == TERN_DTYPE_I64
               ? TERN_OK
               : tern_fail(TERN_INVALID_ARGUMENT, "%s: index_type is %s; allowed i32, i64", in->who,
                           tern_dtype_name((tern_dtype)dtype));
}

#endif
