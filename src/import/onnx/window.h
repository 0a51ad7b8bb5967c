/* SPDX-License-Identifier: Apache-2.0
 *
 * Sliding windows as ONNX writes them, for convolutions and pooling: kernel, strides, dilations,
 * pads and auto_pad read once, and printed as tern's attributes.
 */
#ifndef TERN_IMPORT_ONNX_WINDOW_H
#define TERN_IMPORT_ONNX_WINDOW_H

#include "import/onnx/import.h"

enum { TERN_ONNX_WINDOW_MAX = 3 };

typedef enum tern_onnx_auto_pad {
    TERN_ONNX_PAD_EXPLICIT,
    TERN_ONNX_PAD_VALID,
    TERN_ONNX_PAD_SAME_UPPER,
    TERN_ONNX_PAD_SAME_LOWER
} tern_onnx_auto_pad;

typedef struct tern_onnx_window {
    int32_t count; /* sliding axes */
    tern_onnx_auto_pad auto_pad;
    int64_t kernel[TERN_ONNX_WINDOW_MAX], stride[TERN_ONNX_WINDOW_MAX];
    int64_t dilation[TERN_ONNX_WINDOW_MAX];
    int64_t pre[TERN_ONNX_WINDOW_MAX], post[TERN_ONNX_WINDOW_MAX]; /* not below 0 */
    int64_t crop_pre[TERN_ONNX_WINDOW_MAX], crop_post[TERN_ONNX_WINDOW_MAX];
} tern_onnx_window;

/*
 * Reads the node's attributes for x of rank 2 + n and, for convolutions, a kernel tensor w (0: the
 * attribute kernel_shape has to be there).  False after a failure.
 */
bool tern_onnx_window_read(tern_onnx_call *c, tern_value_id x, tern_value_id w,
                           tern_onnx_window *out);

/* x without what negative pads cut off. */
tern_value_id tern_onnx_window_crop(tern_onnx_call *c, const tern_onnx_window *w, tern_value_id x);

/* "kernel=[3,3], stride=[1,1], dilation=[1,1], pre_pad=[1,1], post_pad=[1,1], pad_mode=..." */
const char *tern_onnx_window_text(tern_onnx_call *c, const tern_onnx_window *w, bool round_up);

#endif
