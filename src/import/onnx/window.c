/* SPDX-License-Identifier: Apache-2.0
 *
 * Sliding windows: the attributes that Conv, ConvTranspose and the pooling operators share.
 */
#include "import/onnx/window.h"

#include <limits.h>

/* One list of `count` entries; all `fallback` when it is absent. */
static void read_list(tern_onnx_call *c, const char *name, int64_t fallback, int64_t low,
                      int32_t count, int64_t *out)
{
    int32_t given = 0;
    const int64_t *v = tern_onnx_ints(c, name, &given);
    if (v != NULL && given != 0 && given != count) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%s has %d entries, it needs %d", name,
                               (int)given, (int)count);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        out[i] = v != NULL && given != 0 ? v[i] : fallback;
        if (out[i] < low || out[i] > INT_MAX / 2) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%s has the entry %lld; allowed %lld..%d",
                                   name, (long long)out[i], (long long)low, INT_MAX / 2);
        }
    }
}

static tern_onnx_auto_pad read_auto_pad(tern_onnx_call *c)
{
    const tern_str text = tern_onnx_string(c, "auto_pad", "NOTSET");
    static const struct {
        const char *name;
        tern_onnx_auto_pad value;
    } names[] = {{"NOTSET", TERN_ONNX_PAD_EXPLICIT},
                 {"", TERN_ONNX_PAD_EXPLICIT},
                 {"VALID", TERN_ONNX_PAD_VALID},
                 {"SAME_UPPER", TERN_ONNX_PAD_SAME_UPPER},
                 {"SAME_LOWER", TERN_ONNX_PAD_SAME_LOWER}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (tern_str_equal(text, tern_str_of(names[i].name))) {
            return names[i].value;
        }
    }
    (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                           "auto_pad is \"%.*s\"; allowed: NOTSET VALID SAME_UPPER SAME_LOWER",
                           (int)(text.len < 40 ? text.len : 40), text.at);
    return TERN_ONNX_PAD_EXPLICIT;
}

static void read_pads(tern_onnx_call *c, tern_onnx_window *w)
{
    int64_t pads[2 * TERN_ONNX_WINDOW_MAX] = {0};
    if (w->auto_pad != TERN_ONNX_PAD_EXPLICIT) {
        return; /* pads are not looked at */
    }
    read_list(c, "pads", 0, -INT_MAX / 2, 2 * w->count, pads);
    for (int32_t i = 0; i < w->count; i++) {
        const int64_t pre = pads[i], post = pads[w->count + i];
        w->pre[i] = pre > 0 ? pre : 0;
        w->post[i] = post > 0 ? post : 0;
        w->crop_pre[i] = pre < 0 ? pre : 0;
        w->crop_post[i] = post < 0 ? post : 0;
    }
}

static void read_kernel(tern_onnx_call *c, tern_value_id kernel, tern_onnx_window *w)
{
    if (kernel == TERN_NO_ID) {
        if (!tern_onnx_has(c, "kernel_shape")) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute kernel_shape is missing");
            return;
        }
        read_list(c, "kernel_shape", 1, 1, w->count, w->kernel);
        return;
    }
    const tern_type *t = tern_onnx_type_of(c, kernel);
    if (t->rank != w->count + 2) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "the kernel has rank %d, the input needs %d",
                               (int)t->rank, (int)w->count + 2);
        return;
    }
    for (int32_t i = 0; i < w->count; i++) {
        w->kernel[i] = t->dims[2 + i];
        if (!tern_dim_known(w->kernel[i])) {
            (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                   "the kernel's extents must be known when importing (axis %d)",
                                   (int)i + 2);
            return;
        }
    }
    if (tern_onnx_has(c, "kernel_shape")) {
        int64_t said[TERN_ONNX_WINDOW_MAX] = {0};
        read_list(c, "kernel_shape", 1, 1, w->count, said);
        for (int32_t i = 0; i < w->count && c->status == TERN_OK; i++) {
            if (said[i] != w->kernel[i]) {
                (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                                       "kernel_shape says %lld, the kernel has %lld (axis %d)",
                                       (long long)said[i], (long long)w->kernel[i], (int)i + 2);
            }
        }
    }
}

bool tern_onnx_window_read(tern_onnx_call *c, tern_value_id x, tern_value_id w,
                           tern_onnx_window *out)
{
    *out = (tern_onnx_window){.count = tern_onnx_rank(c, x) - 2};
    if (x == TERN_NO_ID) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "the input is missing");
        return false;
    }
    if (out->count < 1 || out->count > TERN_ONNX_WINDOW_MAX) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "the input has rank %d; allowed 3..%d",
                               (int)out->count + 2, TERN_ONNX_WINDOW_MAX + 2);
        return false;
    }
    read_kernel(c, w, out);
    read_list(c, "strides", 1, 1, out->count, out->stride);
    read_list(c, "dilations", 1, 1, out->count, out->dilation);
    out->auto_pad = read_auto_pad(c);
    read_pads(c, out);
    return c->status == TERN_OK;
}

tern_value_id tern_onnx_window_crop(tern_onnx_call *c, const tern_onnx_window *w, tern_value_id x)
{
    bool crops = false;
    for (int32_t i = 0; i < w->count; i++) {
        crops = crops || w->crop_pre[i] != 0 || w->crop_post[i] != 0;
    }
    return !crops ? x
                  : tern_onnx_emit(c, "pad",
                                   tern_onnx_text(c, "{pre=%s, post=%s}",
                                                  tern_onnx_list_text(c, w->crop_pre, w->count),
                                                  tern_onnx_list_text(c, w->crop_post, w->count)),
                                   x);
}

const char *tern_onnx_window_text(tern_onnx_call *c, const tern_onnx_window *w, bool round_up)
{
    const bool is_same =
        w->auto_pad == TERN_ONNX_PAD_SAME_UPPER || w->auto_pad == TERN_ONNX_PAD_SAME_LOWER;
    const char *mode = w->auto_pad == TERN_ONNX_PAD_SAME_UPPER ? "same_upper"
                       : is_same                               ? "same_lower"
                       : round_up                              ? "explicit_round_up_inside"
                                                               : "explicit_round_down";
    return tern_onnx_text(
        c, "kernel=%s, stride=%s, dilation=%s, pre_pad=%s, post_pad=%s, pad_mode=%s",
        tern_onnx_list_text(c, w->kernel, w->count), tern_onnx_list_text(c, w->stride, w->count),
        tern_onnx_list_text(c, w->dilation, w->count), tern_onnx_list_text(c, w->pre, w->count),
        tern_onnx_list_text(c, w->post, w->count), mode);
}
