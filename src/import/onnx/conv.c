/* SPDX-License-Identifier: Apache-2.0
 *
 * Conv, ConvTranspose, DeformConv, com.microsoft FusedConv, CausalConvWithState.
 */
#include "import/onnx/nn.h"
#include "import/onnx/window.h"

static int64_t read_groups(tern_onnx_call *c)
{
    const int64_t groups = tern_onnx_int(c, "group", 1);
    if (groups < 1 || groups > INT32_MAX) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "group is %lld; it must be positive",
                               (long long)groups);
    }
    return groups;
}

/* A convolution in front of which nothing is missing; 0 after a failure. */
static tern_value_id conv(tern_onnx_call *c)
{
    tern_onnx_window w;
    if (c->x[0] == TERN_NO_ID || c->x[1] == TERN_NO_ID) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "input and kernel are needed");
        return TERN_NO_ID;
    }
    const int64_t groups = read_groups(c);
    if (!tern_onnx_window_read(c, c->x[0], c->x[1], &w)) {
        return TERN_NO_ID;
    }
    const char *text = tern_onnx_text(c, "{%s, groups=%lld}", tern_onnx_window_text(c, &w, false),
                                      (long long)groups);
    return tern_onnx_emit(c, "conv", text, tern_onnx_window_crop(c, &w, c->x[0]), c->x[1], c->x[2]);
}

tern_status tern_onnx_do_conv(tern_onnx_call *c)
{
    c->y[0] = conv(c);
    return c->status;
}

/* X, W, B, Z: activation(conv + Z). */
tern_status tern_onnx_do_fused_conv(tern_onnx_call *c)
{
    tern_value_id y = conv(c);
    if (c->x[3] != TERN_NO_ID) {
        y = tern_onnx_binary(c, "add", y, c->x[3]);
    }
    c->y[0] = tern_onnx_activation(c, y);
    return c->status;
}

/* --- ConvTranspose --- */

/* ONNX's extents as a trim in front and behind; behind may be negative, a longer result. */
typedef struct trims {
    int64_t pre[TERN_ONNX_WINDOW_MAX], post[TERN_ONNX_WINDOW_MAX];
} trims;

static void split(tern_onnx_auto_pad mode, int64_t total, int64_t *out_pre, int64_t *out_post)
{
    const int64_t less = total / 2;
    *out_pre = total < 0 ? 0 : mode == TERN_ONNX_PAD_SAME_UPPER ? less : total - less;
    *out_post = total - *out_pre;
}

/* What has to go so that the result gets the wanted extents. */
static void trims_of_shape(tern_onnx_call *c, const tern_onnx_window *w, const int64_t *adj,
                           trims *out)
{
    int32_t count = 0;
    const int64_t *shape = tern_onnx_ints(c, "output_shape", &count);
    const tern_type *x = tern_onnx_type_of(c, c->x[0]);
    if (shape == NULL || (count != w->count && count != w->count + 2)) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "output_shape has %d entries, it needs %d",
                               (int)count, (int)w->count);
        return;
    }
    shape += count - w->count;
    for (int32_t i = 0; i < w->count; i++) {
        const tern_dim extent = x->dims[2 + i];
        if (!tern_dim_known(extent)) {
            (void)tern_onnx_refuse(
                c, TERN_UNSUPPORTED,
                "output_shape needs an input of extents known when importing (axis %d)",
                (int)i + 2);
            return;
        }
        const int64_t covered = (w->kernel[i] - 1) * w->dilation[i] + 1;
        int64_t full;
        if (shape[i] < 0 || shape[i] > INT32_MAX || extent > INT32_MAX || covered > INT32_MAX) {
            (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "output_shape has the entry %lld",
                                   (long long)shape[i]);
            return;
        }
        full = w->stride[i] * (extent - 1) + adj[i] + covered;
        split(w->auto_pad, full - shape[i], &out->pre[i], &out->post[i]);
        out->post[i] -= adj[i];
    }
}

static void trims_of_pads(const tern_onnx_window *w, const int64_t *adj, trims *out)
{
    for (int32_t i = 0; i < w->count; i++) {
        out->pre[i] = w->pre[i] + w->crop_pre[i];
        out->post[i] = w->post[i] + w->crop_post[i];
        if (w->auto_pad == TERN_ONNX_PAD_SAME_UPPER || w->auto_pad == TERN_ONNX_PAD_SAME_LOWER) {
            /* so many that the result is strides times the input, where it reaches so far */
            const int64_t covered = (w->kernel[i] - 1) * w->dilation[i] + 1;
            const int64_t total = covered + adj[i] - w->stride[i];
            split(w->auto_pad, total > 0 ? total : 0, &out->pre[i], &out->post[i]);
        }
        out->post[i] -= adj[i];
    }
}

static void read_output_padding(tern_onnx_call *c, const tern_onnx_window *w, int64_t *out)
{
    int32_t count = 0;
    const int64_t *v = tern_onnx_ints(c, "output_padding", &count);
    for (int32_t i = 0; i < w->count; i++) {
        out[i] = v != NULL && i < count ? v[i] : 0;
        if ((count != 0 && count != w->count) || out[i] < 0 || out[i] > INT32_MAX / 4) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "output_padding must be %d extents",
                                   (int)w->count);
            return;
        }
    }
}

tern_status tern_onnx_do_conv_transpose(tern_onnx_call *c)
{
    tern_onnx_window w;
    int64_t adj[TERN_ONNX_WINDOW_MAX] = {0};
    trims t = {{0}, {0}};
    if (c->x[0] == TERN_NO_ID || c->x[1] == TERN_NO_ID) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "input and kernel are needed");
    }
    const int64_t groups = read_groups(c);
    if (!tern_onnx_window_read(c, c->x[0], c->x[1], &w)) {
        return c->status;
    }
    read_output_padding(c, &w, adj);
    if (tern_onnx_has(c, "output_shape")) {
        trims_of_shape(c, &w, adj, &t);
    } else {
        trims_of_pads(&w, adj, &t);
    }
    c->y[0] = tern_onnx_emit(
        c, "deconv",
        tern_onnx_text(
            c, "{kernel=%s, stride=%s, dilation=%s, pre_pad=%s, post_pad=%s, groups=%lld}",
            tern_onnx_list_text(c, w.kernel, w.count), tern_onnx_list_text(c, w.stride, w.count),
            tern_onnx_list_text(c, w.dilation, w.count), tern_onnx_list_text(c, t.pre, w.count),
            tern_onnx_list_text(c, t.post, w.count), (long long)groups),
        c->x[0], c->x[1], c->x[2]);
    return c->status;
}

/* --- others --- */

tern_status tern_onnx_do_deform_conv(tern_onnx_call *c)
{
    tern_onnx_window w;
    if (c->x[0] == TERN_NO_ID || c->x[1] == TERN_NO_ID || c->x[2] == TERN_NO_ID) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "input, kernel and offset are needed");
    }
    const int64_t groups = read_groups(c), offset_groups = tern_onnx_int(c, "offset_group", 1);
    if (!tern_onnx_window_read(c, c->x[0], c->x[1], &w)) {
        return c->status;
    }
    const tern_value_id x[] = {tern_onnx_window_crop(c, &w, c->x[0]), c->x[1], c->x[2], c->x[3],
                               c->x[4]};
    c->y[0] = tern_onnx_emit_x(
        c, "deform_conv",
        tern_onnx_text(
            c,
            "{stride=%s, dilation=%s, pre_pad=%s, post_pad=%s, groups=%lld, "
            "offset_groups=%lld}",
            tern_onnx_list_text(c, w.stride, w.count), tern_onnx_list_text(c, w.dilation, w.count),
            tern_onnx_list_text(c, w.pre, w.count), tern_onnx_list_text(c, w.post, w.count),
            (long long)groups, (long long)offset_groups),
        x, 5);
    return c->status;
}

/* x, weight [C,1,k], bias, past state: a depthwise convolution of past and x side by side. */
tern_status tern_onnx_do_causal_conv(tern_onnx_call *c)
{
    const tern_type *x = tern_onnx_type_of(c, c->x[0]), *w = tern_onnx_type_of(c, c->x[1]);
    if (x->rank != 3 || w->rank != 3 || !tern_dim_known(w->dims[0]) ||
        !tern_dim_known(w->dims[2]) || w->dims[0] < 1 || w->dims[2] < 1) {
        return tern_onnx_refuse(c, TERN_BAD_SHAPE,
                                "input and weight must have rank 3, the weight known extents");
    }
    const tern_str activation = tern_onnx_string(c, "activation", "none");
    const bool is_silu = tern_str_equal(activation, tern_str_of("silu")) ||
                         tern_str_equal(activation, tern_str_of("swish"));
    if (!is_silu && !tern_str_equal(activation, tern_str_of("none"))) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "activation is \"%.*s\"; allowed: silu swish none",
                                (int)(activation.len < 40 ? activation.len : 40), activation.at);
    }
    const int64_t before = w->dims[2] - 1;
    const char *channels = tern_onnx_text(c, "{groups=%lld}", (long long)w->dims[0]);
    tern_value_id all = c->x[0];
    if (c->x[3] != TERN_NO_ID) {
        all = tern_onnx_emit(c, "concat", "{axis=2}", c->x[3], c->x[0]);
    } else if (before > 0) {
        all = tern_onnx_emit(
            c, "pad", tern_onnx_text(c, "{pre=[%lld], post=[0]}", (long long)before), c->x[0]);
    }
    tern_value_id y = tern_onnx_emit(c, "conv", channels, all, c->x[1], c->x[2]);
    c->y[0] = is_silu ? tern_onnx_emit(c, "silu", NULL, y) : y;
    if (c->y_count > 1) {
        const int64_t axis = 2, big = INT64_MAX, from = -before;
        const tern_value_id operands[] = {all, tern_onnx_i64s(c, &from, 1),
                                          tern_onnx_i64s(c, &big, 1), tern_onnx_i64s(c, &axis, 1)};
        if (before == 0) {
            const int64_t zero = 0;
            const tern_value_id none[] = {all, tern_onnx_i64s(c, &zero, 1),
                                          tern_onnx_i64s(c, &zero, 1), tern_onnx_i64s(c, &axis, 1)};
            c->y[1] = tern_onnx_op(c, "Slice", NULL, none, 4);
        } else {
            c->y[1] = tern_onnx_op(c, "Slice", NULL, operands, 4);
        }
    }
    return c->status;
}
