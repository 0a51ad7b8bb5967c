/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of shuffle.
 */
#ifndef TERN_OP_MOVE_SHUFFLE_H
#define TERN_OP_MOVE_SHUFFLE_H

#include "op/move/transpose.h"
#include "op/op.h"

typedef struct tern_shuffle_attr {
    tern_ints first_transpose, reshape, second_transpose;
    int32_t zero_is_placeholder;
    int32_t to_scalar; /* reshape to rank 0, since an empty list means no reshape */
} tern_shuffle_attr;

/* Both transposes of numbers-only types.  The first one's result has as many elements as y. */
void tern_shuffle_transposes(const tern_shuffle_attr *a, const tern_type *x, const tern_type *y,
                             tern_transpose *out_first, tern_transpose *out_second);

#endif
