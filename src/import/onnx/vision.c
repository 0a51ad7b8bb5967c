/* SPDX-License-Identifier: Apache-2.0
 *
 * Samples and regions of images: GridSample, RoiAlign, ImageDecoder; Resize is in resize.c.
 */
#include "import/onnx/index.h"

static int shown(tern_str s)
{
    return s.len < 40 ? (int)s.len : 40;
}

tern_status tern_onnx_do_grid_sample(tern_onnx_call *c)
{
    static const char *const modes[][2] = {{"linear", "linear"},
                                           {"bilinear", "linear"},
                                           {"nearest", "nearest"},
                                           {"cubic", "cubic"},
                                           {"bicubic", "cubic"}};
    static const char *const outsides[][2] = {
        {"zeros", "fill"}, {"border", "clamp"}, {"reflection", "reflect"}};
    const tern_str mode = tern_onnx_string(c, "mode", "linear");
    const tern_str outside = tern_onnx_string(c, "padding_mode", "zeros");
    const char *ours = NULL, *beyond = NULL;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        ours = tern_str_is(mode, modes[i][0]) ? modes[i][1] : ours;
    }
    for (size_t i = 0; i < sizeof outsides / sizeof outsides[0]; i++) {
        beyond = tern_str_is(outside, outsides[i][0]) ? outsides[i][1] : beyond;
    }
    if (ours == NULL || beyond == NULL) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "mode \"%.*s\" or padding_mode \"%.*s\" is not known", shown(mode),
                                mode.at, shown(outside), outside.at);
    }
    if (tern_onnx_has_operands(c, 2)) {
        c->y[0] = tern_onnx_emit(
            c, "grid_sample",
            tern_onnx_text(c, "{mode=%s, outside=%s, align_corners=%s}", ours, beyond,
                           tern_onnx_int(c, "align_corners", 0) != 0 ? "true" : "false"),
            c->x[0], c->x[1]);
    }
    return c->status;
}

tern_status tern_onnx_do_roi_align(tern_onnx_call *c)
{
    /* Opset 10 had no choice. */
    const tern_str where = tern_onnx_string(c, "coordinate_transformation_mode",
                                            c->opset < 16 ? "output_half_pixel" : "half_pixel");
    const tern_str mode = tern_onnx_string(c, "mode", "avg");
    const bool is_half = tern_str_is(where, "half_pixel");
    const bool is_max = tern_str_is(mode, "max");
    if ((!is_half && !tern_str_is(where, "output_half_pixel")) ||
        (!is_max && !tern_str_is(mode, "avg"))) {
        return tern_onnx_refuse(
            c, TERN_BAD_MODEL,
            "mode \"%.*s\" or coordinate_transformation_mode \"%.*s\" is not known", shown(mode),
            mode.at, shown(where), where.at);
    }
    const char *text = tern_onnx_text(
        c, "{pooled=[%lld,%lld], samples=%lld, spatial_scale=%.17g, mode=%s, half_pixel=%s}",
        (long long)tern_onnx_int(c, "output_height", 1),
        (long long)tern_onnx_int(c, "output_width", 1),
        (long long)tern_onnx_int(c, "sampling_ratio", 0), tern_onnx_float(c, "spatial_scale", 1.0),
        is_max ? "max" : "avg", is_half ? "true" : "false");
    if (tern_onnx_has_operands(c, 3)) {
        c->y[0] = tern_onnx_emit(c, "roi_align", text, c->x[0], c->x[1], c->x[2]);
    }
    return c->status;
}

/* Decoders are libraries of their own, and libtern needs none but C's. */
tern_status tern_onnx_do_image_decoder(tern_onnx_call *c)
{
    return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                            "this library has no decoders of images; decode the file in front of "
                            "the model and give it the pixels");
}
