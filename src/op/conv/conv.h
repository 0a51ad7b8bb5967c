/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of conv and deconv, and what their shape rules share.
 *
 * Kernels come as [K, C/groups, spatial ...] (conv) or [C, K/groups, spatial ...] (deconv), or flat
 * with the same elements in the same order: that is how the network API's weights arrive.
 */
#ifndef TERN_OP_CONV_CONV_H
#define TERN_OP_CONV_CONV_H

#include "op/conv/spatial.h"

typedef struct tern_conv_attr {
    int64_t out_channels; /* 0: as the kernel tensor says */
    int64_t groups;
    tern_ints kernel; /* empty: as the kernel tensor says */
    tern_ints stride, dilation, pre_pad, post_pad;
    int32_t pad_mode; /* tern_pad_mode */
    int32_t reserved;
} tern_conv_attr;

extern const tern_attr_field tern_conv_fields[];
extern const char *const tern_conv_inputs[]; /* input, kernel, bias */

/* View of the attributes; `kernel_extents` gives the view room for extents read off the kernel
   tensor. */
tern_spatial_spec tern_conv_spec(const tern_conv_attr *a, tern_spatial_kind kind,
                                 const tern_type *kernel, tern_ints *kernel_extents);

/* The geometry of a call. */
void tern_conv_resolve(const tern_conv_attr *a, tern_spatial_kind kind, const tern_type *x,
                       const tern_type *y, tern_spatial *out);

/* infer of both. */
tern_status tern_conv_infer(tern_infer *in, tern_spatial_kind kind);

#endif
