/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking over a result's elements in row-major order while following operands that broadcast:
 * each operand has a stride per axis of the result, 0 where it is repeated.
 */
#ifndef TERN_OP_WALK_H
#define TERN_OP_WALK_H

#include "op/type.h"

#define TERN_WALK_MAX 16

typedef struct tern_walk {
    int32_t rank, count; /* axes, operands */
    int64_t extents[TERN_MAX_RANK], index[TERN_MAX_RANK];
    int64_t strides[TERN_WALK_MAX][TERN_MAX_RANK];
    int64_t at[TERN_WALK_MAX]; /* where each operand's element of this moment lies, in elements */
} tern_walk;

/* Starts at the first element of `y`; numbers only. */
static inline void tern_walk_start(tern_walk *w, const tern_type *y)
{
    *w = (tern_walk){.rank = y->rank};
    for (int32_t i = 0; i < y->rank; i++) {
        w->extents[i] = y->dims[i];
    }
}

/* The next operand: linear, broadcasting by 1, its last axis aligned with y's. */
static inline void tern_walk_follow(tern_walk *w, const tern_type *x)
{
    int64_t step = 1;
    const int32_t skipped = w->rank - x->rank;
    for (int32_t i = x->rank - 1; i >= 0; i--) {
        w->strides[w->count][i + skipped] = x->dims[i] == 1 ? 0 : step;
        step *= x->dims[i];
    }
    w->count++;
}

/* To the next element; after the last one comes the first again. */
static inline void tern_walk_next(tern_walk *w)
{
    for (int32_t axis = w->rank - 1; axis >= 0; axis--) {
        for (int32_t i = 0; i < w->count; i++) {
            w->at[i] += w->strides[i][axis];
        }
        if (++w->index[axis] < w->extents[axis]) {
            return;
        }
        for (int32_t i = 0; i < w->count; i++) {
            w->at[i] -= w->strides[i][axis] * w->extents[axis];
        }
        w->index[axis] = 0;
    }
}

#endif
