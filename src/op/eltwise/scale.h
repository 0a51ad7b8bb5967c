/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of scale.
 */
#ifndef TERN_OP_ELTWISE_SCALE_H
#define TERN_OP_ELTWISE_SCALE_H

#include "op/op.h"

/* Pinned: plans store them. */
typedef enum tern_scale_mode {
    TERN_SCALE_UNIFORM = 0,
    TERN_SCALE_CHANNEL = 1,
    TERN_SCALE_ELEMENTWISE = 2
} tern_scale_mode;

typedef struct tern_scale_attr {
    int64_t channel_axis;
    int32_t mode; /* tern_scale_mode */
    int32_t reserved;
} tern_scale_attr;

#endif
