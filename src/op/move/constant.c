/* SPDX-License-Identifier: Apache-2.0
 *
 * constant: a value known while building.  It brings its type along (infer finds it in y[0]) and
 * never runs: its bytes are a blob of the plan.
 */
#include "op/op.h"

static tern_status infer(tern_infer *in)
{
    if (!tern_type_is_static(&in->y[0])) {
        return tern_fail(TERN_BAD_SHAPE, "%s: a constant's extents must be numbers", in->who);
    }
    const int32_t count = tern_content_count(&in->y[0]);
    if (count < 0 || in->y_content_known == NULL || in->x_data == NULL || in->x_data[0] == NULL) {
        return TERN_OK;
    }
    tern_convert((tern_dtype)in->y[0].dtype, in->x_data[0], TERN_DTYPE_I64, in->y_content[0],
                 count);
    bool fits = true;
    for (int32_t i = 0; i < count; i++) {
        fits = fits && tern_dim_known(in->y_content[0][i]);
    }
    in->y_content_known[0] = fits;
    return TERN_OK;
}

const tern_op tern_op_constant = {
    .name = "constant",
    .summary = "a value that is part of the network",
    .types = "-> *",
    .arity = {.in_min = 0, .in_max = 0, .out = 1},
    .onnx = {{"Constant", 1}},
    .infer = infer,
};
