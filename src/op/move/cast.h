/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of cast, shape and reorder.
 */
#ifndef TERN_OP_MOVE_CAST_H
#define TERN_OP_MOVE_CAST_H

#include "op/op.h"

typedef struct tern_cast_attr {
    int32_t to; /* tern_dtype */
    int32_t reserved;
} tern_cast_attr;

typedef struct tern_shape_attr {
    int32_t dtype; /* tern_dtype: i32 or i64 */
    int32_t reserved;
} tern_shape_attr;

typedef struct tern_reorder_attr {
    int32_t layout; /* tern_layout */
    int32_t reserved;
} tern_reorder_attr;

#endif
