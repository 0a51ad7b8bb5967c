/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators whose result is as long as the data says.
 */
#include "import/onnx/import.h"

tern_status tern_onnx_do_nonzero(tern_onnx_call *c)
{
    c->y[0] = tern_onnx_emit(c, "nonzero", "{index_type=i64}", c->x[0]);
    return c->status;
}

tern_status tern_onnx_do_non_max_suppression(tern_onnx_call *c)
{
    const bool is_center = tern_onnx_int(c, "center_point_box", 0) != 0;
    const char *attr =
        tern_onnx_text(c, "{format=%s, scores=class_box, order=class, index_type=i64}",
                       is_center ? "center" : "corners");
    tern_value_id y[2];
    const int32_t x_count = c->x_count < 5 ? c->x_count : 5;
    tern_onnx_emit_all(c, &(tern_onnx_new){"nms", attr, c->x, x_count}, y, 2);
    c->y[0] = y[0];
    return c->status;
}

tern_status tern_onnx_do_unique(tern_onnx_call *c)
{
    const bool sorted = tern_onnx_int(c, "sorted", 1) != 0;
    const bool flat = !tern_onnx_has(c, "axis");
    const char *attr =
        tern_onnx_text(c, "{flat=%s, axis=%lld, sorted=%s}", flat ? "true" : "false",
                       (long long)tern_onnx_int(c, "axis", 0), sorted ? "true" : "false");
    tern_value_id y[4];
    tern_onnx_emit_all(c, &(tern_onnx_new){"unique", attr, c->x, 1}, y, 4);
    for (int32_t i = 0; i < c->y_count && i < 4; i++) {
        c->y[i] = y[i];
    }
    return c->status;
}

tern_status tern_onnx_do_compress(tern_onnx_call *c)
{
    const bool flat = !tern_onnx_has(c, "axis");
    const char *attr = tern_onnx_text(c, "{flat=%s, axis=%lld}", flat ? "true" : "false",
                                      (long long)tern_onnx_int(c, "axis", 0));
    c->y[0] = tern_onnx_emit(c, "compress", attr, c->x[0], c->x[1]);
    return c->status;
}

tern_status tern_onnx_do_range(tern_onnx_call *c)
{
    c->y[0] = tern_onnx_emit(c, "range", NULL, c->x[0], c->x[1], c->x[2]);
    return c->status;
}
