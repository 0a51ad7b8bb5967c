/* SPDX-License-Identifier: Apache-2.0
 *
 * Softmax, LogSoftmax and Hardmax: along an axis, or before opset 13 along all axes from one on,
 * as if they were one.
 */
#include "import/onnx/nn.h"

static tern_status softmax(tern_onnx_call *c, const char *how)
{
    if (!tern_onnx_need(c, 1)) {
        return c->status;
    }
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    const bool is_coerced = c->opset < 13;
    const int64_t given = tern_onnx_int(c, "axis", is_coerced ? 1 : -1);
    /* Coerced, axis == rank is allowed: rows of one element. */
    const int64_t axis = is_coerced && given == rank ? rank : tern_onnx_axis(c, given, rank);
    if (c->status != TERN_OK) {
        return c->status;
    }
    if (!is_coerced || axis == rank - 1) {
        c->y[0] = tern_onnx_emit(c, "softmax", tern_onnx_text(c, "{axes=%u%s}", 1u << axis, how),
                                 c->x[0]);
        return c->status;
    }
    const tern_value_id rows = tern_onnx_flatten(c, c->x[0], axis);
    const tern_value_id y =
        tern_onnx_emit(c, "softmax", tern_onnx_text(c, "{axes=2%s}", how), rows);
    c->y[0] = tern_onnx_reshape_like(c, y, c->x[0]);
    return c->status;
}

tern_status tern_onnx_do_softmax(tern_onnx_call *c)
{
    return softmax(c, "");
}

tern_status tern_onnx_do_log_softmax(tern_onnx_call *c)
{
    return softmax(c, ", log=true");
}

tern_status tern_onnx_do_hardmax(tern_onnx_call *c)
{
    return softmax(c, ", hard=true");
}
