/* SPDX-License-Identifier: Apache-2.0
 *
 * Transposing memory: what shuffle's reference, its tactic and its contents share.
 */
#ifndef TERN_OP_MOVE_TRANSPOSE_H
#define TERN_OP_MOVE_TRANSPOSE_H

#include "op/type.h"

/* A transpose with axes of extent 1 dropped and axes that stay together merged. */
typedef struct tern_transpose {
    int32_t rank;                   /* 0: one element, or none */
    int64_t count;                  /* elements */
    int64_t extents[TERN_MAX_RANK]; /* of the result, outermost first */
    int64_t strides[TERN_MAX_RANK]; /* in the source, in elements */
} tern_transpose;

/* Result axis i is source axis permutation[i]; a permutation of 0 entries changes nothing. */
void tern_transpose_make(int32_t rank, const int64_t *dims, const int64_t *permutation,
                         int32_t count, tern_transpose *out_transpose);

/* True when the elements stay where they are. */
static inline bool tern_transpose_is_copy(const tern_transpose *t)
{
    return t->count <= 1 || (t->rank == 1 && t->strides[0] == 1);
}

/* Element by element: the oracle. */
void tern_transpose_run(const tern_transpose *t, const void *src, void *dst, size_t elem);

#endif
