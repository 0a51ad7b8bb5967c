/* SPDX-License-Identifier: Apache-2.0
 *
 * pool: largest element, average, a blend of both, or p-norm, of windows over the last n axes; what
 * is true of it on every device.  All axes before those n take part one by one.  Padding never wins
 * a maximum.  An average divides by the number of input elements in the window, or without
 * exclude_padding by the number of places in the padded input; these are fewer than the window has
 * where rounding up lets it stick out.
 */
#include "op/pool/pool.h"

#include "op/wrap.h"

#include <float.h>
#include <math.h>

static const tern_attr_name types[] = {
    {"max", TERN_POOL_TYPE_MAX},
    {"average", TERN_POOL_TYPE_AVERAGE},
    {"max_average_blend", TERN_POOL_TYPE_MAX_AVERAGE_BLEND},
    {"lp", TERN_POOL_TYPE_LP},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_pool_attr, type, ENUM, .names = types, .summary = "what becomes of a window"),
    TERN_ATTR(tern_pool_attr, kernel, INTS, .onnx = "kernel_shape", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "window extents"),
    TERN_ATTR(tern_pool_attr, stride, INTS, .fallback = 1, .onnx = "strides", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step of the window; empty: 1"),
    TERN_ATTR(tern_pool_attr, dilation, INTS, .fallback = 1, .onnx = "dilations", .low = 1,
              .high = TERN_SPATIAL_LIMIT, .summary = "step between taps; empty: 1"),
    TERN_ATTR(tern_pool_attr, pre_pad, INTS, .onnx = "pads", .high = TERN_SPATIAL_LIMIT,
              .summary = "padding in front of each axis; empty: 0"),
    TERN_ATTR(tern_pool_attr, post_pad, INTS, .onnx = "pads", .high = TERN_SPATIAL_LIMIT,
              .summary = "padding behind each axis; empty: 0"),
    TERN_ATTR(tern_pool_attr, pad_mode, ENUM, .names = tern_pad_mode_names, .onnx = "auto_pad",
              .summary = "rule for the output extent and the pads"),
    TERN_ATTR(tern_pool_attr, blend, F64,
              .summary = "share of the average in max_average_blend, 0..1"),
    TERN_ATTR(tern_pool_attr, p, F64, .fallback = 2,
              .summary = "exponent in lp: (sum of |x|^p)^(1/p)"),
    TERN_ATTR(tern_pool_attr, exclude_padding, BOOL, .fallback = 1,
              .summary = "averages count input elements only"),
    TERN_ATTR_END,
};

tern_spatial_spec tern_pool_spec(const tern_pool_attr *a)
{
    return (tern_spatial_spec){
        .kind = TERN_SPATIAL_POOL,
        .pad_mode = a->pad_mode,
        .kernel = &a->kernel,
        .stride = &a->stride,
        .dilation = &a->dilation,
        .pre_pad = &a->pre_pad,
        .post_pad = &a->post_pad,
    };
}

static tern_status infer(tern_infer *in)
{
    const tern_pool_attr *a = in->attr;
    const tern_spatial_spec spec = tern_pool_spec(a);
    TERN_TRY(tern_spatial_check(in, &spec));
    const tern_dtype dtype = (tern_dtype)in->x[0].dtype;
    const tern_dtype_info *info = tern_dtype_find((int)dtype);
    if (a->type != TERN_POOL_TYPE_MAX && (info == NULL || info->class_ != TERN_CLASS_F)) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: averages need a floating-point input, it is %s; only max pools %s",
                         in->who, tern_dtype_name(dtype), tern_dtype_name(dtype));
    }
    if (a->type == TERN_POOL_TYPE_LP && !(a->p > 0.0 && a->p <= DBL_MAX)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: p is %g; it must be positive", in->who, a->p);
    }
    if (a->type == TERN_POOL_TYPE_MAX_AVERAGE_BLEND && !(a->blend >= 0.0 && a->blend <= 1.0)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: blend is %g; allowed 0..1", in->who, a->blend);
    }
    tern_type *y = &in->y[0];
    const int32_t lead = in->x[0].rank - a->kernel.count;
    y->rank = in->x[0].rank;
    for (int32_t i = 0; i < lead; i++) {
        y->dims[i] = in->x[0].dims[i];
    }
    for (int32_t i = 0; i < a->kernel.count; i++) {
        TERN_TRY(tern_spatial_extent(in, &spec, i, &y->dims[lead + i]));
    }
    return TERN_OK;
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* Input places of a window that are inside the image: first, first + dilation ... below end. */
typedef struct range {
    int64_t first, end;
} range;

static range taps_inside(const tern_spatial_axis *a, int64_t o)
{
    range r = {tern_spatial_tap(a, o, 0), tern_spatial_tap(a, o, a->kernel - 1) + 1};
    if (r.first < 0) {
        r.first += ceil_div(-r.first, a->dilation) * a->dilation;
    }
    r.end = r.end < a->in ? r.end : a->in;
    return r;
}

#define TERN_BODY "op/pool/pool_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

/* Taps of the window of `o` along one axis that an average divides by. */
static int64_t counted(const tern_spatial_axis *a, int64_t o, bool exclude_padding)
{
    range r = taps_inside(a, o);
    if (!exclude_padding) {
        const int64_t past = tern_spatial_tap(a, o, a->kernel - 1) + 1;
        r.first = tern_spatial_tap(a, o, 0);
        r.end = past < a->in + a->post ? past : a->in + a->post;
    }
    return r.end > r.first ? ceil_div(r.end - r.first, a->dilation) : 0;
}

/* Sum of the window's elements, or of the p-th powers of their sizes (p > 0). */
static double window_sum(const tern_spatial *s, const double *plane, const int64_t *o, double p)
{
    const tern_spatial_axis *a = s->axis;
    const range z = taps_inside(&a[0], o[0]), y = taps_inside(&a[1], o[1]),
                x = taps_inside(&a[2], o[2]);
    double sum = 0.0;
    for (int64_t i = z.first; i < z.end; i += a[0].dilation) {
        for (int64_t j = y.first; j < y.end; j += a[1].dilation) {
            for (int64_t k = x.first; k < x.end; k += a[2].dilation) {
                const double v = plane[(i * a[1].in + j) * a[2].in + k];
                sum += p > 0.0 ? pow(fabs(v), p) : v;
            }
        }
    }
    return sum;
}

static double window_average(const tern_spatial *s, const double *plane, const int64_t *o,
                             bool exclude_padding)
{
    const tern_spatial_axis *a = s->axis;
    const double sum = window_sum(s, plane, o, 0.0);
    const int64_t count = counted(&a[0], o[0], exclude_padding) *
                          counted(&a[1], o[1], exclude_padding) *
                          counted(&a[2], o[2], exclude_padding);
    return count > 0 ? sum / (double)count : 0.0;
}

/* Averages, and blends of them with the maximum (share 1: average alone). */
static void average_planes(const tern_spatial *s, double share, bool exclude_padding,
                           const double *x, double *y)
{
    const int64_t planes = s->batch * s->in_channels, in_volume = tern_spatial_in_volume(s);
    int64_t o[TERN_SPATIAL_MAX];
    for (int64_t p = 0; p < planes; p++, x += in_volume) {
        for (o[0] = 0; o[0] < s->axis[0].out; o[0]++) {
            for (o[1] = 0; o[1] < s->axis[1].out; o[1]++) {
                for (o[2] = 0; o[2] < s->axis[2].out; o[2]++) {
                    const double average = window_average(s, x, o, exclude_padding);
                    *y++ = share < 1.0 ? (1.0 - share) * window_max_F(s, x, o, -(double)INFINITY) +
                                             share * average
                                       : average;
                }
            }
        }
    }
}

static void norm_planes(const tern_spatial *s, double p, const double *x, double *y)
{
    const int64_t planes = s->batch * s->in_channels, in_volume = tern_spatial_in_volume(s);
    int64_t o[TERN_SPATIAL_MAX];
    for (int64_t i = 0; i < planes; i++, x += in_volume) {
        for (o[0] = 0; o[0] < s->axis[0].out; o[0]++) {
            for (o[1] = 0; o[1] < s->axis[1].out; o[1]++) {
                for (o[2] = 0; o[2] < s->axis[2].out; o[2]++) {
                    *y++ = pow(window_sum(s, x, o, p), 1.0 / p);
                }
            }
        }
    }
}

static void reference(const tern_ref *r)
{
    const tern_pool_attr *a = r->attr;
    if (a->type == TERN_POOL_TYPE_MAX) {
        run_max_F(r);
        return;
    }
    const tern_spatial_spec spec = tern_pool_spec(a);
    tern_spatial s;
    tern_spatial_resolve(&spec, &r->xt[0], &r->yt[0], &s);
    if (a->type == TERN_POOL_TYPE_LP) {
        norm_planes(&s, a->p, r->x[0], r->y[0]);
        return;
    }
    const double share = a->type == TERN_POOL_TYPE_AVERAGE ? 1.0 : a->blend;
    average_planes(&s, share, a->exclude_padding != 0, r->x[0], r->y[0]);
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    const tern_pool_attr *a = attr;
    const tern_spatial_spec spec = tern_pool_spec(a);
    tern_spatial s;
    tern_spatial_resolve(&spec, x, y, &s);
    return (double)(s.batch * s.in_channels) * (double)tern_spatial_out_volume(&s) *
           (double)tern_spatial_kernel_volume(&s);
}

static const char *const inputs[] = {"input", NULL};

const tern_op tern_op_pool = {
    .name = "pool",
    .summary = "largest element, average, a blend of both or p-norm, of a sliding window",
    .types = "T -> T; T: float int",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_pool_attr),
    .onnx = {{"MaxPool", 1}, {"AveragePool", 1}},
    .infer = infer,
    .reference =
        {[TERN_CLASS_F] = reference, [TERN_CLASS_I] = run_max_I, [TERN_CLASS_U] = run_max_U},
    .epilogue = true,
    .cost = cost,
};
