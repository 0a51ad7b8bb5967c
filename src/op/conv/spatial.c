/* SPDX-License-Identifier: Apache-2.0
 *
 * Extents and pads of sliding windows.  The padding modes are two questions per axis: how many
 * output places, and how much padding goes in front.  Extents are symbolic while a network is made;
 * pads are numbers, needed only at a run.
 */
#include "op/conv/spatial.h"

#include "op/message.h"

const tern_attr_name tern_pad_mode_names[] = {
    {"explicit_round_down", TERN_PAD_MODE_EXPLICIT_ROUND_DOWN},
    {"explicit_round_up", TERN_PAD_MODE_EXPLICIT_ROUND_UP},
    {"same_upper", TERN_PAD_MODE_SAME_UPPER},
    {"same_lower", TERN_PAD_MODE_SAME_LOWER},
    {"caffe_round_down", TERN_PAD_MODE_CAFFE_ROUND_DOWN},
    {"caffe_round_up", TERN_PAD_MODE_CAFFE_ROUND_UP},
    {"explicit_round_up_inside", TERN_PAD_MODE_EXPLICIT_ROUND_UP_INSIDE},
    {NULL, 0},
};

static int64_t at(const tern_ints *list, int32_t i, int64_t when_empty)
{
    return list != NULL && i < list->count ? list->v[i] : when_empty;
}

/* The attributes of sliding axis i; `in` and `out` are left 0, pads are as written. */
static tern_spatial_axis axis_of(const tern_spatial_spec *spec, int32_t i)
{
    tern_spatial_axis a = {
        .kernel = spec->kernel->v[i],
        .stride = at(spec->stride, i, 1),
        .dilation = at(spec->dilation, i, 1),
        .pre = at(spec->pre_pad, i, 0),
        .post = at(spec->post_pad, i, 0),
    };
    if (spec->pad_mode == TERN_PAD_MODE_CAFFE_ROUND_DOWN ||
        spec->pad_mode == TERN_PAD_MODE_CAFFE_ROUND_UP) {
        a.post = a.pre;
    }
    return a;
}

static bool is_same(int32_t pad_mode)
{
    return pad_mode == TERN_PAD_MODE_SAME_UPPER || pad_mode == TERN_PAD_MODE_SAME_LOWER;
}

static int64_t covered(const tern_spatial_axis *a)
{
    return 1 + a->dilation * (a->kernel - 1);
}

static tern_status check_list(const tern_infer *in, const tern_ints *list, const char *name,
                              int32_t n, int64_t low)
{
    if (list == NULL || list->count == 0) {
        return TERN_OK;
    }
    if (list->count != n) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %s has %d entries, the kernel has %d axes",
                         in->who, name, (int)list->count, (int)n);
    }
    for (int32_t i = 0; i < n; i++) {
        if (list->v[i] < low || list->v[i] > TERN_SPATIAL_LIMIT) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: %s is %lld at axis %d; allowed %lld..%d",
                             in->who, name, (long long)list->v[i], (int)i, (long long)low,
                             TERN_SPATIAL_LIMIT);
        }
    }
    return TERN_OK;
}

tern_status tern_spatial_check(const tern_infer *in, const tern_spatial_spec *spec)
{
    const int32_t n = spec->kernel->count;
    if (n < 1 || n > TERN_SPATIAL_MAX) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: kernel has %d axes; allowed 1..%d", in->who,
                         (int)n, TERN_SPATIAL_MAX);
    }
    TERN_TRY(check_list(in, spec->kernel, "kernel", n, 1));
    TERN_TRY(check_list(in, spec->stride, "stride", n, 1));
    TERN_TRY(check_list(in, spec->dilation, "dilation", n, 1));
    TERN_TRY(check_list(in, spec->pre_pad, "pre_pad", n, 0));
    /* A transposed convolution's result may be longer than what its windows reach. */
    TERN_TRY(check_list(in, spec->post_pad, "post_pad", n,
                        spec->kind == TERN_SPATIAL_DECONV ? -TERN_SPATIAL_LIMIT : 0));
    if (in->x[0].rank < n + 1) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: a kernel of %d axes needs rank %d or more, %s has rank %d", in->who,
                         (int)n, (int)n + 1, tern_operand_text(in, 0, text), (int)in->x[0].rank);
    }
    return TERN_OK;
}

/* in + pads - covered, the room that a window has to slide in. */
static tern_dim room(tern_dim_table *t, tern_dim extent, const tern_spatial_axis *a)
{
    const int64_t extra = a->pre + a->post - covered(a);
    return tern_dim_make(t, extra < 0 ? TERN_DIM_SUB : TERN_DIM_ADD, extent,
                         extra < 0 ? -extra : extra);
}

static tern_dim deconv_extent(tern_dim_table *t, int32_t pad_mode, tern_dim extent,
                              const tern_spatial_axis *a)
{
    const tern_dim gaps =
        tern_dim_make(t, TERN_DIM_MUL, tern_dim_make(t, TERN_DIM_SUB, extent, 1), a->stride);
    const tern_dim full = tern_dim_make(t, TERN_DIM_ADD, gaps, covered(a));
    if (is_same(pad_mode)) {
        return tern_dim_make(t, TERN_DIM_MIN, tern_dim_make(t, TERN_DIM_MUL, extent, a->stride),
                             full);
    }
    return tern_dim_make(t, TERN_DIM_SUB, full, a->pre + a->post);
}

static tern_dim conv_extent(tern_dim_table *t, const tern_spatial_spec *spec, tern_dim extent,
                            const tern_spatial_axis *a)
{
    if (is_same(spec->pad_mode)) {
        return tern_dim_make(t, TERN_DIM_CEIL_DIV, extent, a->stride);
    }
    const bool is_inside = spec->pad_mode == TERN_PAD_MODE_EXPLICIT_ROUND_UP_INSIDE;
    const bool is_up = spec->pad_mode == TERN_PAD_MODE_EXPLICIT_ROUND_UP ||
                       spec->pad_mode == TERN_PAD_MODE_CAFFE_ROUND_UP || is_inside;
    const tern_dim steps = tern_dim_make(t, is_up ? TERN_DIM_CEIL_DIV : TERN_DIM_FLOOR_DIV,
                                         room(t, extent, a), a->stride);
    const bool is_caffe = spec->pad_mode == TERN_PAD_MODE_CAFFE_ROUND_DOWN ||
                          spec->pad_mode == TERN_PAD_MODE_CAFFE_ROUND_UP;
    if ((!is_caffe && !is_inside) || spec->kind != TERN_SPATIAL_POOL) {
        return tern_dim_make(t, TERN_DIM_ADD, steps, 1);
    }
    /* Caffe's pooling, and ONNX's when it rounds up, drops a last window that would start behind
       the image: + 1 only when it starts before. */
    const tern_dim last = tern_dim_make(t, TERN_DIM_MUL, steps, a->stride);
    const tern_dim end = tern_dim_make(t, TERN_DIM_ADD, extent, a->pre);
    return tern_dim_make(t, TERN_DIM_ADD, steps, tern_dim_make(t, TERN_DIM_LESS, last, end));
}

tern_status tern_spatial_extent(const tern_infer *in, const tern_spatial_spec *spec, int32_t i,
                                tern_dim *out_extent)
{
    const int32_t x_axis = in->x[0].rank - spec->kernel->count + i;
    const tern_dim extent = in->x[0].dims[x_axis];
    const tern_spatial_axis a = axis_of(spec, i);
    char text[TERN_OPERAND_TEXT_BYTES];
    if (spec->kind == TERN_SPATIAL_DECONV) {
        const tern_dim y = deconv_extent(in->dims, spec->pad_mode, extent, &a);
        if (tern_dim_known(y) && y < 1) {
            return tern_fail(TERN_BAD_SHAPE,
                             "%s: pads %lld+%lld leave nothing of the result of %s (axis %d)",
                             in->who, (long long)a.pre, (long long)a.post,
                             tern_operand_text(in, 0, text), (int)x_axis);
        }
        *out_extent = y;
        return TERN_OK;
    }
    const bool is_caffe = spec->pad_mode == TERN_PAD_MODE_CAFFE_ROUND_DOWN ||
                          spec->pad_mode == TERN_PAD_MODE_CAFFE_ROUND_UP;
    if (is_caffe && spec->kind == TERN_SPATIAL_POOL && a.pre >= a.kernel) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: pre_pad %lld must be smaller than the window %lld (axis %d)", in->who,
                         (long long)a.pre, (long long)a.kernel, (int)x_axis);
    }
    const bool is_short =
        tern_dim_known(extent) &&
        (is_same(spec->pad_mode) ? extent < 1 : extent < covered(&a) - a.pre - a.post);
    if (is_short) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: a window of %lld (kernel %lld, dilation %lld) does not fit into %s "
                         "with pads %lld+%lld "
                         "(axis %d)",
                         in->who, (long long)covered(&a), (long long)a.kernel,
                         (long long)a.dilation, tern_operand_text(in, 0, text), (long long)a.pre,
                         (long long)a.post, (int)x_axis);
    }
    *out_extent = conv_extent(in->dims, spec, extent, &a);
    return TERN_OK;
}

/* SAME modes choose the pads; where a stride is longer than its window there is none (never a
   crop). */
static void apply_same(const tern_spatial_spec *spec, tern_spatial_axis *a)
{
    int64_t total = spec->kind == TERN_SPATIAL_DECONV
                        ? covered(a) - a->stride
                        : (a->out - 1) * a->stride + covered(a) - a->in;
    total = total > 0 ? total : 0;
    const int64_t less = total / 2;
    a->pre = spec->pad_mode == TERN_PAD_MODE_SAME_UPPER ? less : total - less;
    a->post = total - a->pre;
}

void tern_spatial_resolve(const tern_spatial_spec *spec, const tern_type *x, const tern_type *y,
                          tern_spatial *out)
{
    const int32_t n = spec->kernel->count;
    const int32_t channel = x->rank - n - 1;
    out->batch = 1;
    out->in_channels = x->dims[channel];
    out->out_channels = y->dims[channel];
    for (int32_t i = 0; i < channel; i++) {
        out->batch *= x->dims[i];
    }
    for (int32_t i = 0; i < TERN_SPATIAL_MAX; i++) {
        const int32_t own = i - (TERN_SPATIAL_MAX - n);
        tern_spatial_axis *a = &out->axis[i];
        *a = (tern_spatial_axis){.in = 1, .out = 1, .kernel = 1, .stride = 1, .dilation = 1};
        if (own >= 0) {
            *a = axis_of(spec, own);
            a->in = x->dims[channel + 1 + own];
            a->out = y->dims[channel + 1 + own];
            if (is_same(spec->pad_mode)) {
                apply_same(spec, a);
            }
        }
    }
}

int64_t tern_spatial_in_volume(const tern_spatial *s)
{
    return s->axis[0].in * s->axis[1].in * s->axis[2].in;
}

int64_t tern_spatial_out_volume(const tern_spatial *s)
{
    return s->axis[0].out * s->axis[1].out * s->axis[2].out;
}

int64_t tern_spatial_kernel_volume(const tern_spatial *s)
{
    return s->axis[0].kernel * s->axis[1].kernel * s->axis[2].kernel;
}
