/* SPDX-License-Identifier: Apache-2.0
 *
 * concat: any number of inputs one after another along an axis.
 */
#include "op/move/concat.h"

#include "op/message.h"

#include <string.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_concat_attr, axis, I64, .onnx = "axis", .batch = TERN_BATCH_SHIFT,
              .summary = "axis to join along; negative counts from the back"),
    TERN_ATTR_END,
};

static void infer_content(tern_infer *in)
{
    int32_t count = 0;
    if (in->y[0].rank != 1 || tern_content_count(&in->y[0]) < 0) {
        return;
    }
    for (int32_t i = 0; i < in->x_count; i++) {
        const tern_dim *const x = tern_content_of(in, i);
        if (x == NULL) {
            return;
        }
        for (int32_t k = 0; k < tern_content_count(&in->x[i]); k++) {
            in->y_content[0][count++] = x[k];
        }
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    tern_concat_attr *const a = in->attr;
    tern_type *const y = &in->y[0];
    TERN_TRY(tern_axis_normalize(&a->axis, in->x[0].rank, in->who));
    *y = in->x[0];
    for (int32_t i = 1; i < in->x_count; i++) {
        TERN_TRY(tern_infer_same_rank(in, 0, i));
        for (int32_t d = 0; d < y->rank; d++) {
            if (d != a->axis && !tern_dim_may_equal(in->x[i].dims[d], y->dims[d])) {
                char p[TERN_OPERAND_TEXT_BYTES], q[TERN_OPERAND_TEXT_BYTES];
                return tern_fail(TERN_BAD_SHAPE,
                                 "%s: %s and %s differ on axis %d; only axis %d may differ",
                                 in->who, tern_operand_text(in, 0, p), tern_operand_text(in, i, q),
                                 (int)d, (int)a->axis);
            }
            y->dims[d] = d != a->axis ? tern_dim_merge(y->dims[d], in->x[i].dims[d]) : y->dims[d];
        }
        y->dims[a->axis] =
            tern_dim_make(in->dims, TERN_DIM_ADD, y->dims[a->axis], in->x[i].dims[a->axis]);
    }
    if (in->y_content_known != NULL && in->dims->status == TERN_OK) {
        infer_content(in);
    }
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_concat_attr *const a = m->ref.attr;
    int64_t outer, length, inner, offset = 0;
    tern_rows(&m->ref.yt[0], a->axis, &outer, &length, &inner);
    const size_t y_row_bytes = (size_t)(length * inner) * m->elem;
    for (int32_t i = 0; i < m->ref.x_count; i++) {
        const int64_t own = m->ref.xt[i].dims[a->axis];
        const size_t bytes = (size_t)(own * inner) * m->elem;
        const unsigned char *const x = m->ref.x[i];
        unsigned char *const y = m->ref.y[0];
        for (int64_t o = 0; o < outer && bytes > 0; o++) {
            memcpy(y + (size_t)o * y_row_bytes + (size_t)(offset * inner) * m->elem,
                   x + (size_t)o * bytes, bytes);
        }
        offset += own;
    }
}

static const char *const names[] = {"input", NULL};

const tern_op tern_op_concat = {
    .name = "concat",
    .summary = "inputs one after another along an axis",
    .types = "T* -> T; T: any",
    .arity = {.in_min = 1, .in_max = -1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_concat_attr),
    .onnx = {{"Concat", 4}},
    .infer = infer,
    .move = move,
};
