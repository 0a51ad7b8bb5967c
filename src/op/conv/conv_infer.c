/* SPDX-License-Identifier: Apache-2.0
 *
 * Shape rules of conv and deconv: they differ only in which of the kernel's first two axes counts
 * which channels, and in the extents, which spatial.c knows.
 */
#include "op/conv/conv.h"

#include "base/alloc.h"
#include "op/message.h"

const char *const tern_conv_inputs[] = {"input", "kernel", "bias", NULL};

const tern_attr_field tern_conv_fields[] = {
    TERN_ATTR(tern_conv_attr, out_channels, I64, .high = INT32_MAX,
              .summary = "0: as the kernel has"),
    TERN_ATTR(tern_conv_attr, kernel, INTS, .onnx = "kernel_shape", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "window extents; empty: as the kernel has"),
    TERN_ATTR(tern_conv_attr, stride, INTS, .fallback = 1, .onnx = "strides", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step of the window; empty: 1"),
    TERN_ATTR(tern_conv_attr, dilation, INTS, .fallback = 1, .onnx = "dilations", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step between taps; empty: 1"),
    TERN_ATTR(tern_conv_attr, pre_pad, INTS, .onnx = "pads", .high = TERN_SPATIAL_LIMIT,
              .summary = "zeros in front of each axis; empty: 0"),
    TERN_ATTR(tern_conv_attr, post_pad, INTS, .onnx = "pads", .low = -TERN_SPATIAL_LIMIT,
              .high = TERN_SPATIAL_LIMIT,
              .summary =
                  "zeros behind each axis; empty: 0; deconv: below 0 makes the result longer"),
    TERN_ATTR(tern_conv_attr, pad_mode, ENUM, .names = tern_pad_mode_names, .onnx = "auto_pad",
              .summary = "rule for the output extent and the pads"),
    TERN_ATTR(tern_conv_attr, groups, I64, .fallback = 1, .onnx = "group", .low = 1,
              .high = INT32_MAX, .summary = "channel groups that do not see each other"),
    TERN_ATTR_END,
};

tern_spatial_spec tern_conv_spec(const tern_conv_attr *a, tern_spatial_kind kind,
                                 const tern_type *kernel, tern_ints *kernel_extents)
{
    *kernel_extents = a->kernel;
    if (kernel_extents->count == 0) {
        for (int32_t i = 2; i < kernel->rank; i++) {
            kernel_extents->v[kernel_extents->count++] = kernel->dims[i];
        }
    }
    return (tern_spatial_spec){
        .kind = kind,
        .pad_mode = a->pad_mode,
        .kernel = kernel_extents,
        .stride = &a->stride,
        .dilation = &a->dilation,
        .pre_pad = &a->pre_pad,
        .post_pad = &a->post_pad,
    };
}

void tern_conv_resolve(const tern_conv_attr *a, tern_spatial_kind kind, const tern_type *x,
                       const tern_type *y, tern_spatial *out)
{
    tern_ints extents;
    const tern_spatial_spec spec = tern_conv_spec(a, kind, &x[1], &extents);
    tern_spatial_resolve(&spec, &x[0], &y[0], out);
}

/* What the kernel tensor must hold. */
typedef struct kernel_shape {
    int64_t out_channels, in_channels;
    int64_t lead[2]; /* its first two extents */
    int64_t volume;
} kernel_shape;

static tern_status kernel_is_static(const tern_infer *in)
{
    char text[TERN_OPERAND_TEXT_BYTES];
    const tern_type *k = &in->x[1];
    for (int32_t i = 0; i < k->rank; i++) {
        if (!tern_dim_known(k->dims[i])) {
            return tern_fail(TERN_UNSUPPORTED,
                             "%s: %s must have extents known when building (axis %d)", in->who,
                             tern_operand_text(in, 1, text), (int)i);
        }
    }
    return TERN_OK;
}

/* out_channels from the attribute, else from the tensor. */
static tern_status count_out_channels(const tern_infer *in, tern_spatial_kind kind,
                                      int64_t *out_count)
{
    const tern_conv_attr *a = in->attr;
    const tern_type *k = &in->x[1];
    int64_t count = a->out_channels;
    if (count == 0 && k->rank > 2 && kind == TERN_SPATIAL_CONV) {
        count = k->dims[0];
    } else if (count == 0 && k->rank > 2 && !tern_int64_mul(k->dims[1], a->groups, &count)) {
        count = 0;
    }
    if (count < 1) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: number of output channels is not known; set out_channels, %s "
                         "does not tell",
                         in->who, tern_operand_text(in, 1, text));
    }
    *out_count = count;
    return TERN_OK;
}

static tern_status check_groups(const tern_infer *in, int64_t in_channels, int64_t out_channels)
{
    const tern_conv_attr *a = in->attr;
    if (in_channels % a->groups != 0) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %lld channels of %s do not divide into %lld groups",
                         in->who, (long long)in_channels, tern_operand_text(in, 0, text),
                         (long long)a->groups);
    }
    if (out_channels % a->groups != 0) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %lld output channels do not divide into %lld groups",
                         in->who, (long long)out_channels, (long long)a->groups);
    }
    return TERN_OK;
}

/* Input channels that the kernel is for; TERN_DIM_NONE when it does not tell. */
static tern_dim kernel_channels(const tern_infer *in, tern_spatial_kind kind)
{
    const tern_conv_attr *a = in->attr;
    const tern_type *k = &in->x[1];
    int64_t count = 0;
    if (k->rank <= 2) {
        return TERN_DIM_NONE;
    }
    if (kind == TERN_SPATIAL_DECONV) {
        return k->dims[0];
    }
    return tern_int64_mul(k->dims[1], a->groups, &count) ? count : TERN_DIM_NONE;
}

static tern_status expected_kernel(const tern_infer *in, const tern_spatial_spec *spec,
                                   kernel_shape *out)
{
    const tern_conv_attr *a = in->attr;
    const int32_t channel = in->x[0].rank - spec->kernel->count - 1;
    const tern_dim channels = tern_dim_known(in->x[0].dims[channel])
                                  ? in->x[0].dims[channel]
                                  : kernel_channels(in, spec->kind);
    if (channels == TERN_DIM_NONE) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: the channels of %s must be known when building (axis %d)", in->who,
                         tern_operand_text(in, 0, text), (int)channel);
    }
    out->in_channels = channels;
    TERN_TRY(count_out_channels(in, spec->kind, &out->out_channels));
    TERN_TRY(check_groups(in, out->in_channels, out->out_channels));
    const bool is_conv = spec->kind == TERN_SPATIAL_CONV;
    out->lead[0] = is_conv ? out->out_channels : out->in_channels;
    out->lead[1] = (is_conv ? out->in_channels : out->out_channels) / a->groups;
    bool fits = tern_int64_mul(out->lead[0], out->lead[1], &out->volume);
    for (int32_t i = 0; i < spec->kernel->count && fits; i++) {
        fits = tern_int64_mul(out->volume, spec->kernel->v[i], &out->volume);
    }
    if (!fits) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the kernel's number of elements overflows", in->who);
    }
    return TERN_OK;
}

static tern_status check_kernel(const tern_infer *in, const tern_spatial_spec *spec,
                                const kernel_shape *want)
{
    const tern_conv_attr *a = in->attr;
    const tern_type *k = &in->x[1];
    char kernel[TERN_OPERAND_TEXT_BYTES], input[TERN_OPERAND_TEXT_BYTES];
    if (k->rank == 1) {
        if (k->dims[0] == want->volume) {
            return TERN_OK;
        }
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: %s has %lld elements, %lld output channels in %lld groups over %s need %lld",
            in->who, tern_operand_text(in, 1, kernel), (long long)k->dims[0],
            (long long)want->out_channels, (long long)a->groups, tern_operand_text(in, 0, input),
            (long long)want->volume);
    }
    if (k->rank != spec->kernel->count + 2) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: %s needs rank 1 or %d for a window of %d axes, it has %d", in->who,
                         tern_operand_text(in, 1, kernel), (int)spec->kernel->count + 2,
                         (int)spec->kernel->count, (int)k->rank);
    }
    const bool is_conv = spec->kind == TERN_SPATIAL_CONV;
    for (int32_t i = 0; i < 2; i++) {
        if (k->dims[i] == want->lead[i]) {
            continue;
        }
        if ((i == 0) == is_conv) {
            return tern_fail(TERN_BAD_SHAPE,
                             "%s: %s is for %lld output channels (axis %d), out_channels %lld in "
                             "%lld groups need %lld",
                             in->who, tern_operand_text(in, 1, kernel), (long long)k->dims[i],
                             (int)i, (long long)want->out_channels, (long long)a->groups,
                             (long long)want->lead[i]);
        }
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: %s needs %lld input channels (axis %d), %s in %lld groups has %lld",
                         in->who, tern_operand_text(in, 1, kernel), (long long)k->dims[i], (int)i,
                         tern_operand_text(in, 0, input), (long long)a->groups,
                         (long long)want->lead[i]);
    }
    for (int32_t i = 0; i < spec->kernel->count; i++) {
        if (k->dims[2 + i] != spec->kernel->v[i]) {
            return tern_fail(TERN_BAD_SHAPE,
                             "%s: attribute kernel says %lld, %s has %lld (axis %d)", in->who,
                             (long long)spec->kernel->v[i], tern_operand_text(in, 1, kernel),
                             (long long)k->dims[2 + i], (int)i + 2);
        }
    }
    return TERN_OK;
}

static tern_status check_bias(const tern_infer *in, int64_t out_channels)
{
    if (!tern_infer_has(in, 2)) {
        return TERN_OK;
    }
    const tern_type *bias = &in->x[2];
    if (bias->rank != 1 || bias->dims[0] != out_channels) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [%lld], one element per output channel",
                         in->who, tern_operand_text(in, 2, text), (long long)out_channels);
    }
    return TERN_OK;
}

tern_status tern_conv_infer(tern_infer *in, tern_spatial_kind kind)
{
    const tern_conv_attr *a = in->attr;
    TERN_TRY(kernel_is_static(in));
    tern_ints extents;
    const tern_spatial_spec spec = tern_conv_spec(a, kind, &in->x[1], &extents);
    if (spec.kernel->count == 0) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: window extents are not known; set kernel, %s does not tell", in->who,
                         tern_operand_text(in, 1, text));
    }
    TERN_TRY(tern_spatial_check(in, &spec));
    kernel_shape want = {0};
    TERN_TRY(expected_kernel(in, &spec, &want));
    TERN_TRY(check_kernel(in, &spec, &want));
    TERN_TRY(check_bias(in, want.out_channels));

    tern_type *y = &in->y[0];
    const int32_t channel = in->x[0].rank - spec.kernel->count - 1;
    y->rank = in->x[0].rank;
    for (int32_t i = 0; i < channel; i++) {
        y->dims[i] = in->x[0].dims[i];
    }
    y->dims[channel] = want.out_channels;
    for (int32_t i = 0; i < spec.kernel->count; i++) {
        TERN_TRY(tern_spatial_extent(in, &spec, i, &y->dims[channel + 1 + i]));
    }
    return TERN_OK;
}
