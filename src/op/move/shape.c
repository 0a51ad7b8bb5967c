/* SPDX-License-Identifier: Apache-2.0
 *
 * shape: the extents of the input as a list.
 */
#include "op/move/cast.h"

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_shape_attr, dtype, DTYPE, .fallback = TERN_DTYPE_I64,
              .summary = "element type of the result: i32 or i64"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    const tern_shape_attr *const a = in->attr;
    if (a->dtype != TERN_DTYPE_I32 && a->dtype != TERN_DTYPE_I64) {
        return tern_fail(TERN_UNSUPPORTED, "%s: a shape cannot be %s; allowed: i32 i64", in->who,
                         tern_dtype_name((tern_dtype)a->dtype));
    }
    const tern_dim rank = in->x[0].rank;
    in->y[0] = tern_type_make((tern_dtype)a->dtype, 1, &rank);
    if (in->y_content_known != NULL) {
        for (int32_t i = 0; i < in->x[0].rank; i++) {
            in->y_content[0][i] = in->x[0].dims[i];
        }
        in->y_content_known[0] = true;
    }
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_type *const x = &m->ref.xt[0];
    tern_convert(TERN_DTYPE_I64, x->dims, (tern_dtype)m->ref.yt[0].dtype, m->ref.y[0], x->rank);
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED,
                     "%s: shapes are not known with an implicit batch; use an explicit one", who);
}

static const char *const names[] = {"input", NULL};

const tern_op tern_op_shape = {
    .name = "shape",
    .summary = "the extents of the input, as a list",
    .types = "T -> *; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_shape_attr),
    .onnx = {{"Shape", 1}},
    .infer = infer,
    .move = move,
    .batchify = batchify,
};
