/* SPDX-License-Identifier: Apache-2.0
 *
 * What the families of moving, indexing, shapes and filling share.
 */
#ifndef TERN_IMPORT_ONNX_INDEX_H
#define TERN_IMPORT_ONNX_INDEX_H

#include "import/onnx/rows.h"

/* False, and the call fails, unless the first `count` inputs are tensors and there is an output. */
static inline bool tern_onnx_has_operands(tern_onnx_call *c, int32_t count)
{
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        if (c->x[i] == TERN_NO_ID) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "input %d is missing", (int)i);
        }
    }
    if (c->y_count < 1) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no outputs");
    }
    return c->status == TERN_OK;
}

/* The node's one result; an input that goes through unchanged is copied, to have a name. */
static inline tern_status tern_onnx_give(tern_onnx_call *c, tern_value_id y)
{
    for (int32_t i = 0; i < c->x_count && y != TERN_NO_ID; i++) {
        if (y == c->x[i]) {
            y = tern_onnx_emit(c, "identity", NULL, y);
            break;
        }
    }
    c->y[0] = y;
    return c->status;
}

/* Refuses a list that is longer than a tensor has axes. */
static inline bool tern_onnx_fits_rank(tern_onnx_call *c, const char *what, int32_t count)
{
    if (count > TERN_MAX_RANK) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "%s has %d entries, at most %d are possible",
                               what, (int)count, TERN_MAX_RANK);
    }
    return c->status == TERN_OK;
}

#endif
