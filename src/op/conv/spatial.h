/* SPDX-License-Identifier: Apache-2.0
 *
 * Windows that slide over the last axes of a tensor: what convolution, deconvolution and pooling
 * share.  The number of sliding axes is n = 1, 2 or 3; the axis before them is the channel, all
 * axes before that are batch, however many:
 *
 *     [batch ..., channel, spatial 0 .. n-1]        rank >= n + 1
 *
 * Everything here is computed anew from attributes and extents, so it holds for whatever extents a
 * run has.
 */
#ifndef TERN_OP_CONV_SPATIAL_H
#define TERN_OP_CONV_SPATIAL_H

#include "op/op.h"

enum { TERN_SPATIAL_MAX = 3 };

/* Pinned: plans store them. */
typedef enum tern_pad_mode {
    TERN_PAD_MODE_EXPLICIT_ROUND_DOWN = 0,
    TERN_PAD_MODE_EXPLICIT_ROUND_UP = 1,
    TERN_PAD_MODE_SAME_UPPER = 2,
    TERN_PAD_MODE_SAME_LOWER = 3,
    TERN_PAD_MODE_CAFFE_ROUND_DOWN = 4,
    TERN_PAD_MODE_CAFFE_ROUND_UP = 5,
    /* up, but pooling drops a last window that would start behind the image */
    TERN_PAD_MODE_EXPLICIT_ROUND_UP_INSIDE = 6
} tern_pad_mode;

extern const tern_attr_name tern_pad_mode_names[];

/* Largest kernel extent, stride, dilation or pad: keeps every product of two of them within
   int64. */
#define TERN_SPATIAL_LIMIT (1 << 30)

typedef enum tern_spatial_kind {
    TERN_SPATIAL_CONV,
    TERN_SPATIAL_POOL,
    TERN_SPATIAL_DECONV
} tern_spatial_kind;

/* The attributes in whatever struct they lie; empty lists mean 1 (strides, dilations) and 0
   (pads). */
typedef struct tern_spatial_spec {
    tern_spatial_kind kind;
    int32_t pad_mode;        /* tern_pad_mode */
    const tern_ints *kernel; /* not empty: its count is n */
    const tern_ints *stride;
    const tern_ints *dilation; /* NULL: none */
    const tern_ints *pre_pad, *post_pad;
} tern_spatial_spec;

/* One sliding axis of one call.  A window covers 1 + dilation * (kernel - 1) places. */
typedef struct tern_spatial_axis {
    int64_t in, out;
    int64_t kernel, stride, dilation;
    int64_t pre, post; /* pads in effect: the mode has been applied */
} tern_spatial_axis;

/* Always three axes: those that the operator lacks come first and have extent 1. */
typedef struct tern_spatial {
    int64_t batch; /* product of the batch axes */
    int64_t in_channels, out_channels;
    tern_spatial_axis axis[TERN_SPATIAL_MAX];
} tern_spatial;

/* Checks n, the lengths of the lists and the rank of operand 0. */
tern_status tern_spatial_check(const tern_infer *in, const tern_spatial_spec *spec);

/* Extent of sliding axis `i` of the result; BAD_SHAPE when a window certainly does not fit. */
tern_status tern_spatial_extent(const tern_infer *in, const tern_spatial_spec *spec, int32_t i,
                                tern_dim *out_extent);

/* The geometry of one call; types of numbers only. */
void tern_spatial_resolve(const tern_spatial_spec *spec, const tern_type *x, const tern_type *y,
                          tern_spatial *out);

/* Product of the three axes' input, output and kernel extents. */
int64_t tern_spatial_in_volume(const tern_spatial *s);
int64_t tern_spatial_out_volume(const tern_spatial *s);
int64_t tern_spatial_kernel_volume(const tern_spatial *s);

/* Input place that tap `t` of the window of output place `o` looks at; may lie outside 0..in-1. */
static inline int64_t tern_spatial_tap(const tern_spatial_axis *a, int64_t o, int64_t t)
{
    return o * a->stride - a->pre + t * a->dilation;
}

#endif
