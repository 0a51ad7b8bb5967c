/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of resize.
 */
#ifndef TERN_OP_RESIZE_RESIZE_H
#define TERN_OP_RESIZE_RESIZE_H

#include "op/op.h"

/* All pinned: plans store them. */
typedef enum tern_resize_mode {
    TERN_RESIZE_NEAREST = 0,
    TERN_RESIZE_LINEAR = 1,
    TERN_RESIZE_CUBIC = 2
} tern_resize_mode;

typedef enum tern_resize_coordinates {
    TERN_RESIZE_ALIGN_CORNERS = 0,
    TERN_RESIZE_ASYMMETRIC = 1,
    TERN_RESIZE_HALF_PIXEL = 2
} tern_resize_coordinates;

typedef enum tern_resize_selector {
    TERN_RESIZE_FORMULA = 0,
    TERN_RESIZE_UPPER = 1
} tern_resize_selector;

typedef enum tern_resize_rounding {
    TERN_RESIZE_HALF_UP = 0,
    TERN_RESIZE_HALF_DOWN = 1,
    TERN_RESIZE_FLOOR = 2,
    TERN_RESIZE_CEIL = 3
} tern_resize_rounding;

typedef struct tern_resize_attr {
    tern_ints size;
    tern_floats scales;
    double cubic_coeff;
    int32_t mode, coordinates, selector, rounding; /* the enums above */
    int32_t exclude_outside;
    int32_t reserved;
} tern_resize_attr;

#endif
