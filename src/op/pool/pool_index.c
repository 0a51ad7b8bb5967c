/* SPDX-License-Identifier: Apache-2.0
 *
 * pool_index: the largest element of each window and where it lies in the whole input, counted
 * without padding; what is true of it on every device.  Of equal elements the first is taken, NaN
 * wins; a window of padding only gives the smallest value there is and index -1.  column_major
 * counts within an image as if its first axis were the fastest.
 */
#include "op/pool/pool.h"

#include "op/wrap.h"

typedef struct pool_index_attr {
    tern_ints kernel, stride, dilation, pre_pad, post_pad;
    int32_t pad_mode; /* tern_pad_mode */
    int32_t column_major;
} pool_index_attr;

static const tern_attr_field fields[] = {
    TERN_ATTR(pool_index_attr, kernel, INTS, .onnx = "kernel_shape", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "window extents"),
    TERN_ATTR(pool_index_attr, stride, INTS, .fallback = 1, .onnx = "strides", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step of the window; empty: 1"),
    TERN_ATTR(pool_index_attr, dilation, INTS, .fallback = 1, .onnx = "dilations", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step between taps; empty: 1"),
    TERN_ATTR(pool_index_attr, pre_pad, INTS, .onnx = "pads", .high = TERN_SPATIAL_LIMIT,
              .summary = "padding in front of each axis; empty: 0"),
    TERN_ATTR(pool_index_attr, post_pad, INTS, .onnx = "pads", .high = TERN_SPATIAL_LIMIT,
              .summary = "padding behind each axis; empty: 0"),
    TERN_ATTR(pool_index_attr, pad_mode, ENUM, .names = tern_pad_mode_names, .onnx = "auto_pad",
              .summary = "rule for the output extent and the pads"),
    TERN_ATTR(pool_index_attr, column_major, BOOL, .onnx = "storage_order",
              .summary = "indices within an image count its first axis fastest"),
    TERN_ATTR_END,
};

static tern_spatial_spec spec_of(const pool_index_attr *a)
{
    return (tern_spatial_spec){.kind = TERN_SPATIAL_POOL,
                               .pad_mode = a->pad_mode,
                               .kernel = &a->kernel,
                               .stride = &a->stride,
                               .dilation = &a->dilation,
                               .pre_pad = &a->pre_pad,
                               .post_pad = &a->post_pad};
}

static tern_status infer(tern_infer *in)
{
    const pool_index_attr *a = in->attr;
    const tern_spatial_spec spec = spec_of(a);
    TERN_TRY(tern_spatial_check(in, &spec));
    const int32_t lead = in->x[0].rank - a->kernel.count;
    tern_type *y = &in->y[0];
    y->rank = in->x[0].rank;
    for (int32_t i = 0; i < y->rank; i++) {
        y->dims[i] = in->x[0].dims[i];
        if (i >= lead) {
            TERN_TRY(tern_spatial_extent(in, &spec, i - lead, &y->dims[i]));
        }
    }
    in->y[1] = tern_type_make(TERN_DTYPE_I64, y->rank, y->dims);
    return TERN_OK;
}

static bool is_nan_F(double v)
{
    return isnan(v);
}

static bool is_nan_I(int64_t v)
{
    (void)v;
    return false;
}

static bool is_nan_U(uint64_t v)
{
    (void)v;
    return false;
}

#define TERN_BODY "op/pool/pool_index_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

static const char *const inputs[] = {"input", NULL};

const tern_op tern_op_pool_index = {
    .name = "pool_index",
    .summary = "the largest element of a sliding window, and its index in the input",
    .types = "T -> T, *; T: float int",
    .arity = {.in_min = 1, .in_max = 1, .out = 2},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(pool_index_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U},
};
