/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of fill.
 */
#ifndef TERN_OP_FILL_FILL_H
#define TERN_OP_FILL_FILL_H

#include "op/op.h"

/* Pinned: plans store them. */
typedef enum tern_fill_op {
    TERN_FILL_LINSPACE = 0,
    TERN_FILL_RANDOM_UNIFORM = 1,
    TERN_FILL_RANDOM_NORMAL = 2
} tern_fill_op;

typedef struct tern_fill_attr {
    tern_ints dims;
    double alpha, beta;
    int64_t seed;
    int32_t op;    /* tern_fill_op */
    int32_t dtype; /* tern_dtype; 0: that of alpha, else f32 */
} tern_fill_attr;

#endif
