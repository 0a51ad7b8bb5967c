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
    TERN_RESIZE_HALF_PIXEL = 2,
    TERN_RESIZE_HALF_PIXEL_SYMMETRIC = 3,
    TERN_RESIZE_PYTORCH_HALF_PIXEL = 4,
    TERN_RESIZE_HALF_PIXEL_LEFT = 5,
    TERN_RESIZE_CROP = 6
} tern_resize_coordinates;

typedef enum tern_resize_selector {
    TERN_RESIZE_FORMULA = 0,
    TERN_RESIZE_UPPER = 1
} tern_resize_selector;

typedef enum tern_resize_rounding {
    TERN_RESIZE_HALF_UP = 0,
    TERN_RESIZE_HALF_DOWN = 1,
    TERN_RESIZE_FLOOR = 2,
    TERN_RESIZE_CEIL = 3,
    TERN_RESIZE_SIMPLE = 4 /* ceil along an axis that shrinks, floor along others */
} tern_resize_rounding;

typedef enum tern_resize_aspect {
    TERN_RESIZE_STRETCH = 0,
    TERN_RESIZE_NOT_LARGER = 1,
    TERN_RESIZE_NOT_SMALLER = 2
} tern_resize_aspect;

typedef struct tern_resize_attr {
    tern_ints size;
    tern_floats scales;
    double cubic_coeff;
    int32_t mode, coordinates, selector, rounding; /* the enums above */
    int32_t exclude_outside;
    int32_t antialias;
    double extrapolation;
    tern_ints axes, most;
    int32_t aspect;   /* tern_resize_aspect */
    int32_t by_scale; /* 0 or 1 */
} tern_resize_attr;

/* Operands. */
enum { TERN_RESIZE_X, TERN_RESIZE_X_SIZE, TERN_RESIZE_X_SCALES, TERN_RESIZE_X_ROI };

/*
 * What result indices along one axis take: index o is the sum of weights[o * room + k] times the
 * input's element first[o] + k, k below count[o]; count 0: the extrapolation value.
 */
typedef struct tern_resize_taps {
    int64_t room; /* weights per result index, at most */
    int64_t *first, *count;
    double *weights;
} tern_resize_taps;

/* Room for the weights of one result index, for an axis of extent li that becomes lo. */
int64_t tern_resize_room(const tern_resize_attr *attr, int64_t li, int64_t lo);

/* One axis: its extents, scale, and start and end of the region of interest. */
typedef struct tern_resize_axis {
    int64_t li, lo;
    double scale;
    double start, end;
    bool is_given; /* the scale was given; else it is lo / li */
} tern_resize_axis;

void tern_resize_make_taps(const tern_resize_attr *attr, const tern_resize_axis *axis,
                           tern_resize_taps *out_taps);

#endif
