/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of slice, and its windows: one start and stride per axis of the input.
 */
#ifndef TERN_OP_MOVE_SLICE_H
#define TERN_OP_MOVE_SLICE_H

#include "op/op.h"

/* What lies outside the input.  Pinned: plans store them. */
typedef enum tern_slice_mode {
    TERN_SLICE_STRICT = 0,
    TERN_SLICE_WRAP = 1,
    TERN_SLICE_CLAMP = 2,
    TERN_SLICE_FILL = 3,
    TERN_SLICE_REFLECT = 4
} tern_slice_mode;

typedef struct tern_slice_attr {
    tern_ints start, size, stride, axes;
    int32_t mode; /* tern_slice_mode */
    int32_t reserved;
} tern_slice_attr;

enum {
    TERN_SLICE_X_START = 1,
    TERN_SLICE_X_SIZE,
    TERN_SLICE_X_STRIDE,
    TERN_SLICE_X_FILL,
    TERN_SLICE_X_AXES
};

/* Lists as they came, attributes or operands; count 0: not given. */
typedef struct tern_slice_lists {
    const int64_t *start, *size, *stride, *axes;
    int32_t start_count, size_count, stride_count, axes_count;
} tern_slice_lists;

/* Per axis of the input. */
typedef struct tern_slice_window {
    int64_t start[TERN_MAX_RANK];
    int64_t stride[TERN_MAX_RANK];
} tern_slice_window;

/* Spreads the lists over the axes; lists must have passed infer. */
void tern_slice_window_make(const tern_slice_lists *lists, int32_t rank,
                            tern_slice_window *out_window);

/* start + i * stride; wraps around where a hostile stride overflows. */
static inline int64_t tern_slice_at(const tern_slice_window *w, int32_t axis, int64_t i)
{
    return (int64_t)((uint64_t)w->start[axis] + (uint64_t)i * (uint64_t)w->stride[axis]);
}

#endif
