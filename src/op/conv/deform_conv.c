/* SPDX-License-Identifier: Apache-2.0
 *
 * deform_conv: convolution of images whose taps are moved by offsets that come from a tensor, and
 * weighted by a mask; what is true of it on every device.
 *
 *     input [N,C,H,W]  kernel [K,C/groups,h,w]  offset [N,2*F*h*w,OH,OW]  bias [K]
 *     mask [N,F*h*w,OH,OW]                                      result [N,K,OH,OW]
 *
 * F offset groups of neighbouring channels share offsets: for tap (i, j) channel 2*(i*w+j) of the
 * group moves it down, the next one to the right.  Between elements values are interpolated,
 * outside the image they are 0.
 */
#include "base/alloc.h"
#include "op/conv/conv.h"
#include "op/message.h"

#include <math.h>

typedef struct deform_attr {
    int64_t groups, offset_groups;
    tern_ints stride, dilation, pre_pad, post_pad;
} deform_attr;

static const tern_attr_field fields[] = {
    TERN_ATTR(deform_attr, stride, INTS, .fallback = 1, .onnx = "strides", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step of the window; empty: 1"),
    TERN_ATTR(deform_attr, dilation, INTS, .fallback = 1, .onnx = "dilations", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step between taps; empty: 1"),
    TERN_ATTR(deform_attr, pre_pad, INTS, .onnx = "pads", .high = TERN_SPATIAL_LIMIT,
              .summary = "zeros in front of each axis; empty: 0"),
    TERN_ATTR(deform_attr, post_pad, INTS, .onnx = "pads", .high = TERN_SPATIAL_LIMIT,
              .summary = "zeros behind each axis; empty: 0"),
    TERN_ATTR(deform_attr, groups, I64, .fallback = 1, .onnx = "group", .low = 1, .high = INT32_MAX,
              .summary = "channel groups that do not see each other"),
    TERN_ATTR(deform_attr, offset_groups, I64, .fallback = 1, .onnx = "offset_group", .low = 1,
              .high = INT32_MAX, .summary = "channel groups with offsets of their own"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_KERNEL, X_OFFSET, X_BIAS, X_MASK, X_COUNT };

static tern_spatial_spec spec_of(const deform_attr *a, const tern_type *kernel, tern_ints *extents)
{
    *extents = (tern_ints){.count = 2, .v = {kernel->dims[2], kernel->dims[3]}};
    return (tern_spatial_spec){.kind = TERN_SPATIAL_CONV,
                               .pad_mode = TERN_PAD_MODE_EXPLICIT_ROUND_DOWN,
                               .kernel = extents,
                               .stride = &a->stride,
                               .dilation = &a->dilation,
                               .pre_pad = &a->pre_pad,
                               .post_pad = &a->post_pad};
}

static tern_status check_operand(const tern_infer *in, int32_t i, int32_t rank,
                                 const tern_dim *want)
{
    if (!tern_infer_has(in, i)) {
        return TERN_OK;
    }
    bool fits = in->x[i].rank == rank;
    for (int32_t d = 0; d < rank && fits; d++) {
        fits = tern_dim_may_equal(in->x[i].dims[d], want[d]);
    }
    if (!fits) {
        char operand[TERN_OPERAND_TEXT_BYTES], buffer[160];
        tern_text text;
        tern_text_init_fixed(&text, buffer, sizeof buffer);
        tern_dims_print(&text, in->dims, want, rank);
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be %s", in->who,
                         tern_operand_text(in, i, operand), tern_text_get(&text));
    }
    return TERN_OK;
}

static tern_status check_channels(const tern_infer *in)
{
    const deform_attr *a = in->attr;
    const tern_dim channels = in->x[X_INPUT].dims[1], outs = in->x[X_KERNEL].dims[0];
    if (!tern_dim_known(channels) || !tern_type_is_static(&in->x[X_KERNEL])) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: channels and kernel must have extents known when building", in->who);
    }
    if (channels % a->groups != 0 || outs % a->groups != 0 || channels % a->offset_groups != 0 ||
        in->x[X_KERNEL].dims[1] != channels / a->groups) {
        char text[TERN_OPERAND_TEXT_BYTES], kernel[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s and %s do not fit %lld groups, %lld for offsets",
                         in->who, tern_operand_text(in, X_INPUT, text),
                         tern_operand_text(in, X_KERNEL, kernel), (long long)a->groups,
                         (long long)a->offset_groups);
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const deform_attr *a = in->attr;
    const tern_type *x = &in->x[X_INPUT], *kernel = &in->x[X_KERNEL];
    if (x->rank != 4 || kernel->rank != 4) {
        return tern_fail(TERN_UNSUPPORTED, "%s: input and kernel have ranks %d and %d; only 4",
                         in->who, (int)x->rank, (int)kernel->rank);
    }
    TERN_TRY(check_channels(in));
    tern_ints extents;
    const tern_spatial_spec spec = spec_of(a, kernel, &extents);
    TERN_TRY(tern_spatial_check(in, &spec));
    tern_type *y = &in->y[0];
    y->rank = 4;
    y->dims[0] = x->dims[0];
    y->dims[1] = kernel->dims[0];
    TERN_TRY(tern_spatial_extent(in, &spec, 0, &y->dims[2]));
    TERN_TRY(tern_spatial_extent(in, &spec, 1, &y->dims[3]));
    int64_t taps = 0;
    if (!tern_int64_mul(kernel->dims[2], kernel->dims[3], &taps) ||
        !tern_int64_mul(taps, a->offset_groups, &taps) || taps > INT64_MAX / 4) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the kernel's number of elements overflows", in->who);
    }
    const tern_dim offset[] = {x->dims[0], 2 * taps, y->dims[2], y->dims[3]};
    const tern_dim mask[] = {x->dims[0], taps, y->dims[2], y->dims[3]};
    TERN_TRY(check_operand(in, X_OFFSET, 4, offset));
    TERN_TRY(check_operand(in, X_BIAS, 1, &kernel->dims[0]));
    return check_operand(in, X_MASK, 4, mask);
}

static double pixel(const double *plane, int64_t height, int64_t width, int64_t y, int64_t x)
{
    return y < 0 || y >= height || x < 0 || x >= width ? 0.0 : plane[y * width + x];
}

/* The image between its elements. */
static double sample(const double *plane, int64_t height, int64_t width, double y, double x)
{
    if (!(y > -1.0 && y < (double)height && x > -1.0 && x < (double)width)) {
        return 0.0;
    }
    const double top = floor(y), left = floor(x), down = y - top, right = x - left;
    const int64_t i = (int64_t)top, j = (int64_t)left;
    return (1.0 - down) * ((1.0 - right) * pixel(plane, height, width, i, j) +
                           right * pixel(plane, height, width, i, j + 1)) +
           down * ((1.0 - right) * pixel(plane, height, width, i + 1, j) +
                   right * pixel(plane, height, width, i + 1, j + 1));
}

/* One call: what its places read. */
typedef struct deform {
    const tern_ref *r;
    tern_spatial s;
    int64_t channels, outs, taps, places; /* per image and place */
} deform;

/* Input channel c of image n through its kernel at place `o`. */
static double channel_sum(const deform *d, int64_t n, int64_t c, const double *w, int64_t oy,
                          int64_t ox)
{
    const deform_attr *a = d->r->attr;
    const tern_spatial_axis *h = &d->s.axis[1], *v = &d->s.axis[2];
    const int64_t group = c / (d->channels / a->offset_groups);
    const double *plane = (const double *)d->r->x[X_INPUT] + (n * d->channels + c) * h->in * v->in;
    const int64_t first = (n * a->offset_groups + group) * d->taps, place = oy * v->out + ox;
    const double *offset = (const double *)d->r->x[X_OFFSET] + 2 * first * d->places + place;
    const double *mask = d->r->x_count > X_MASK && d->r->x[X_MASK] != NULL
                             ? (const double *)d->r->x[X_MASK] + first * d->places + place
                             : NULL;
    double sum = 0.0;
    for (int64_t t = 0; t < d->taps; t++) {
        const double y = (double)tern_spatial_tap(h, oy, t / v->kernel);
        const double x = (double)tern_spatial_tap(v, ox, t % v->kernel);
        const double value = sample(plane, h->in, v->in, y + offset[2 * t * d->places],
                                    x + offset[(2 * t + 1) * d->places]);
        sum += w[t] * value * (mask != NULL ? mask[t * d->places] : 1.0);
    }
    return sum;
}

static double place_sum(const deform *d, int64_t n, int64_t k, int64_t oy, int64_t ox)
{
    const deform_attr *a = d->r->attr;
    const int64_t per_group = d->channels / a->groups;
    const int64_t first = k / (d->outs / a->groups) * per_group;
    const double *w = (const double *)d->r->x[X_KERNEL] + k * per_group * d->taps;
    double sum = 0.0;
    for (int64_t c = 0; c < per_group; c++) {
        sum += channel_sum(d, n, first + c, w + c * d->taps, oy, ox);
    }
    return sum;
}

static void reference(const tern_ref *r)
{
    tern_ints extents;
    const tern_spatial_spec spec = spec_of(r->attr, &r->xt[X_KERNEL], &extents);
    deform d = {.r = r, .channels = r->xt[X_INPUT].dims[1], .outs = r->yt[0].dims[1]};
    tern_spatial_resolve(&spec, &r->xt[X_INPUT], &r->yt[0], &d.s);
    d.taps = tern_spatial_kernel_volume(&d.s);
    d.places = tern_spatial_out_volume(&d.s);
    const double *bias = r->x_count > X_BIAS ? r->x[X_BIAS] : NULL;
    double *y = r->y[0];
    for (int64_t i = 0; i < r->yt[0].dims[0] * d.outs; i++) {
        const int64_t n = i / d.outs, k = i % d.outs;
        for (int64_t place = 0; place < d.places; place++) {
            const int64_t width = d.s.axis[2].out;
            *y++ =
                (bias != NULL ? bias[k] : 0.0) + place_sum(&d, n, k, place / width, place % width);
        }
    }
}

static const char *const inputs[] = {"input", "kernel", "offset", "bias", "mask", NULL};

const tern_op tern_op_deform_conv = {
    .name = "deform_conv",
    .summary = "convolution of images whose taps are moved by offsets and weighted by a mask",
    .types = "T, T, T, T?, T? -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 3, .in_max = X_COUNT, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(deform_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .batchless_operands = 1u << X_KERNEL | 1u << X_BIAS,
};
