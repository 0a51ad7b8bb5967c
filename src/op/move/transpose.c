/* SPDX-License-Identifier: Apache-2.0
 *
 * Transposes as strided copies.
 */
#include "op/move/transpose.h"

#include <string.h>

void tern_transpose_make(int32_t rank, const int64_t *dims, const int64_t *permutation,
                         int32_t count, tern_transpose *out_transpose)
{
    tern_transpose *const t = out_transpose;
    int64_t steps[TERN_MAX_RANK];
    int64_t step = 1;
    memset(t, 0, sizeof *t);
    for (int32_t i = rank - 1; i >= 0; i--) {
        steps[i] = step;
        step *= dims[i];
    }
    t->count = step;
    for (int32_t i = 0; i < rank; i++) {
        const int64_t axis = count > 0 ? permutation[i] : i;
        const int32_t last = t->rank - 1;
        if (dims[axis] == 1) {
            continue;
        }
        if (last >= 0 &&
            t->strides[last] == dims[axis] * steps[axis]) { /* stays behind the one before */
            t->extents[last] *= dims[axis];
            t->strides[last] = steps[axis];
            continue;
        }
        t->extents[t->rank] = dims[axis];
        t->strides[t->rank++] = steps[axis];
    }
}

void tern_transpose_run(const tern_transpose *t, const void *src, void *dst, size_t elem)
{
    const unsigned char *const s = src;
    unsigned char *const d = dst;
    int64_t index[TERN_MAX_RANK] = {0};
    int64_t at = 0;
    for (int64_t i = 0; i < t->count; i++) {
        memcpy(d + (size_t)i * elem, s + (size_t)at * elem, elem);
        for (int32_t axis = t->rank - 1; axis >= 0; axis--) {
            at += t->strides[axis];
            if (++index[axis] < t->extents[axis]) {
                break;
            }
            at -= t->strides[axis] * t->extents[axis];
            index[axis] = 0;
        }
    }
}
