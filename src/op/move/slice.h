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
    int32_t clip; /* 0 or 1: `size` holds ends */
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

/* Spreads the lists over the axes of `x` (numbers only); lists must have passed infer. */
void tern_slice_window_make(const tern_slice_lists *lists, const tern_type *x, bool clip,
                            tern_slice_window *out_window);

/* Index `at` of an axis of `extent` elements by the mode; -1: the fill value. */
int64_t tern_slice_source(int32_t mode, int64_t at, int64_t extent);

/* With `clip` (slice_clip.c): how many elements x[start:end:stride] has on an axis ... */
tern_status tern_slice_clip_size(tern_infer *in, const tern_slice_lists *l, int32_t i, int32_t axis,
                                 tern_dim *out_size);
/* ... and the result's shape where the lists are not known: no axis gets longer.  False when they
 * are known, or when no extent may depend on data. */
bool tern_slice_clip_unknown(tern_infer *in);

/* start + i * stride; wraps around where a hostile stride overflows. */
static inline int64_t tern_slice_at(const tern_slice_window *w, int32_t axis, int64_t i)
{
    return (int64_t)((uint64_t)w->start[axis] + (uint64_t)i * (uint64_t)w->stride[axis]);
}

#endif
