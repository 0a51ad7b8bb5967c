/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of pool.
 */
#ifndef TERN_OP_POOL_POOL_H
#define TERN_OP_POOL_POOL_H

#include "op/conv/spatial.h"

/* Pinned: plans store them. */
typedef enum tern_pool_type {
    TERN_POOL_TYPE_MAX = 0,
    TERN_POOL_TYPE_AVERAGE = 1,
    TERN_POOL_TYPE_MAX_AVERAGE_BLEND = 2,
    TERN_POOL_TYPE_LP = 3
} tern_pool_type;

typedef struct tern_pool_attr {
    double blend; /* share of the average, max_average_blend only */
    double p;     /* exponent of the norm, lp only */
    tern_ints kernel, stride, dilation, pre_pad, post_pad;
    int32_t type;     /* tern_pool_type */
    int32_t pad_mode; /* tern_pad_mode */
    int32_t
        exclude_padding; /* averages divide by the input elements seen, not by the window's size */
    int32_t reserved;
} tern_pool_attr;

tern_spatial_spec tern_pool_spec(const tern_pool_attr *a);

#endif
