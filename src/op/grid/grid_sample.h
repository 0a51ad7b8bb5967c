/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of grid_sample.
 */
#ifndef TERN_OP_GRID_GRID_SAMPLE_H
#define TERN_OP_GRID_GRID_SAMPLE_H

#include "op/op.h"

/* Pinned: plans store them. */
typedef enum tern_grid_mode {
    TERN_GRID_NEAREST = 0,
    TERN_GRID_LINEAR = 1,
    TERN_GRID_CUBIC = 2
} tern_grid_mode;

typedef enum tern_grid_outside {
    TERN_GRID_CLAMP = 2,
    TERN_GRID_FILL = 3,
    TERN_GRID_REFLECT = 4
} tern_grid_outside;

typedef struct tern_grid_sample_attr {
    int32_t mode;    /* tern_grid_mode */
    int32_t outside; /* tern_grid_outside */
    int32_t align_corners;
    int32_t reserved;
} tern_grid_sample_attr;

#endif
