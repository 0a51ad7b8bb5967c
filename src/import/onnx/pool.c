/* SPDX-License-Identifier: Apache-2.0
 *
 * Pooling: windows, whole images, regions, and the way back.
 */
#include "import/onnx/nn.h"
#include "import/onnx/window.h"

/* The window of a pooling node, and its text; NULL after a failure. */
static const char *read_window(tern_onnx_call *c, tern_onnx_window *out)
{
    if (!tern_onnx_need(c, 1) || !tern_onnx_window_read(c, c->x[0], TERN_NO_ID, out)) {
        return NULL;
    }
    return tern_onnx_window_text(c, out, tern_onnx_int(c, "ceil_mode", 0) != 0);
}

tern_status tern_onnx_do_max_pool(tern_onnx_call *c)
{
    tern_onnx_window w;
    const char *text = read_window(c, &w);
    if (text == NULL) {
        return c->status;
    }
    const tern_value_id x = tern_onnx_window_crop(c, &w, c->x[0]);
    if (tern_onnx_wants(c, 1)) {
        tern_value_id y[2];
        text = tern_onnx_text(c, "{%s, column_major=%s}", text,
                              tern_onnx_int(c, "storage_order", 0) != 0 ? "true" : "false");
        tern_onnx_emit_all(c, &(tern_onnx_new){"pool_index", text, &x, 1}, y, 2);
        c->y[0] = y[0];
        c->y[1] = y[1];
        return c->status;
    }
    c->y[0] = tern_onnx_emit(c, "pool", tern_onnx_text(c, "{%s}", text), x);
    return c->status;
}

tern_status tern_onnx_do_average_pool(tern_onnx_call *c)
{
    tern_onnx_window w;
    const char *text = read_window(c, &w);
    if (text != NULL) {
        const bool counts_pads = tern_onnx_int(c, "count_include_pad", 0) != 0;
        c->y[0] = tern_onnx_emit(c, "pool",
                                 tern_onnx_text(c, "{type=average, exclude_padding=%s, %s}",
                                                counts_pads ? "false" : "true", text),
                                 tern_onnx_window_crop(c, &w, c->x[0]));
    }
    return c->status;
}

/* p is a float in opset 1, then an integer. */
static double read_p(tern_onnx_call *c)
{
    const double p = c->opset < 2 ? tern_onnx_float(c, "p", 2.0) : (double)tern_onnx_int(c, "p", 2);
    if (!(p > 0.0)) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "p is %g; it must be positive", p);
    }
    return p;
}

tern_status tern_onnx_do_lp_pool(tern_onnx_call *c)
{
    tern_onnx_window w;
    const char *text = read_window(c, &w);
    if (text != NULL) {
        c->y[0] =
            tern_onnx_emit(c, "pool", tern_onnx_text(c, "{type=lp, p=%.17g, %s}", read_p(c), text),
                           tern_onnx_window_crop(c, &w, c->x[0]));
    }
    return c->status;
}

/* --- whole images --- */

static tern_value_id over_image(tern_onnx_call *c, const char *op, tern_value_id x)
{
    const int32_t rank = tern_onnx_rank(c, x);
    if (rank < 3) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "the input has rank %d, it needs 3 or more",
                               (int)rank);
        return TERN_NO_ID;
    }
    return tern_onnx_emit(c, "reduce",
                          tern_onnx_text(c, "{op=%s, axes=%u, keep_dims=true}", op,
                                         (unsigned)tern_onnx_axes_from(2, rank)),
                          x);
}

tern_status tern_onnx_do_global_average_pool(tern_onnx_call *c)
{
    c->y[0] = tern_onnx_need(c, 1) ? over_image(c, "avg", c->x[0]) : TERN_NO_ID;
    return c->status;
}

tern_status tern_onnx_do_global_max_pool(tern_onnx_call *c)
{
    c->y[0] = tern_onnx_need(c, 1) ? over_image(c, "max", c->x[0]) : TERN_NO_ID;
    return c->status;
}

tern_status tern_onnx_do_global_lp_pool(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const double p = read_p(c);
    if (p == 1.0 || p == 2.0) {
        c->y[0] = over_image(c, p == 1.0 ? "l1" : "l2", c->x[0]);
        return c->status;
    }
    const tern_value_id size = tern_onnx_emit(c, "abs", NULL, c->x[0]);
    const tern_value_id sum = over_image(c, "sum", tern_onnx_with_number(c, "pow", size, p));
    c->y[0] = tern_onnx_with_number(c, "pow", sum, 1.0 / p);
    return c->status;
}

/* --- regions, and the way back --- */

tern_status tern_onnx_do_max_roi_pool(tern_onnx_call *c)
{
    int32_t count = 0;
    const int64_t *pooled = tern_onnx_ints(c, "pooled_shape", &count);
    if (!tern_onnx_need(c, 2)) {
        return c->status;
    }
    if (pooled == NULL || count != 2) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "pooled_shape must have two entries");
    }
    c->y[0] = tern_onnx_emit(c, "roi_pool",
                             tern_onnx_text(c, "{pooled=%s, spatial_scale=%.17g}",
                                            tern_onnx_list_text(c, pooled, 2),
                                            tern_onnx_float(c, "spatial_scale", 1.0)),
                             c->x[0], c->x[1]);
    return c->status;
}

tern_status tern_onnx_do_max_unpool(tern_onnx_call *c)
{
    tern_onnx_window w;
    if (!tern_onnx_need(c, 2) || !tern_onnx_window_read(c, c->x[0], TERN_NO_ID, &w)) {
        return c->status;
    }
    int64_t pre[TERN_ONNX_WINDOW_MAX], post[TERN_ONNX_WINDOW_MAX];
    for (int32_t i = 0; i < w.count; i++) {
        pre[i] = w.pre[i] + w.crop_pre[i];
        post[i] = w.post[i] + w.crop_post[i];
    }
    const char *text = tern_onnx_text(
        c, "{kernel=%s, stride=%s, pre_pad=%s, post_pad=%s}",
        tern_onnx_list_text(c, w.kernel, w.count), tern_onnx_list_text(c, w.stride, w.count),
        tern_onnx_list_text(c, pre, w.count), tern_onnx_list_text(c, post, w.count));
    c->y[0] = tern_onnx_emit(c, "max_unpool", text, c->x[0], c->x[1], c->x[2]);
    return c->status;
}
