/* SPDX-License-Identifier: Apache-2.0
 *
 * compress: the slices of x along an axis (or single elements, flat) whose condition is true, in
 * order.  The condition is a list, and may be shorter than the axis: what is beyond it goes.
 */
#include "op/data/data.h"
#include "op/message.h"

#include <string.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_compress_attr, axis, I64, .batch = TERN_BATCH_SHIFT, .summary = "along it"),
    TERN_ATTR(tern_compress_attr, flat, BOOL, .summary = "elements of x in order, no axis"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    tern_compress_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (in->x[1].rank != 1) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be a list", in->who,
                         tern_operand_text(in, 1, text));
    }
    if (a->flat != 0) {
        a->axis = 0;
        const tern_dim all = tern_dim_product(in->dims, x->dims, x->rank);
        in->y[0].rank = 1;
        in->y[0].dims[0] =
            tern_counted(in, 0, 0, tern_dim_make(in->dims, TERN_DIM_MIN, all, in->x[1].dims[0]));
        return TERN_OK;
    }
    TERN_TRY(tern_axis_normalize(&a->axis, x->rank, in->who));
    in->y[0].rank = x->rank;
    memcpy(in->y[0].dims, x->dims, sizeof x->dims);
    in->y[0].dims[a->axis] =
        tern_counted(in, 0, (int32_t)a->axis,
                     tern_dim_make(in->dims, TERN_DIM_MIN, x->dims[a->axis], in->x[1].dims[0]));
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_compress_attr *a = m->ref.attr;
    const tern_type *xt = &m->ref.xt[0];
    const uint8_t *condition = m->ref.x[1];
    int64_t outer = 1, length = 0, inner = 1, found = 0;
    if (a->flat != 0) {
        (void)tern_type_volume(xt, &length);
    } else {
        tern_rows(xt, a->axis, &outer, &length, &inner);
    }
    const int64_t given = m->ref.xt[1].dims[0], room = m->ref.yt[0].dims[a->axis];
    length = length < given ? length : given;
    const int64_t stride = a->flat != 0 ? length : xt->dims[a->axis];
    const size_t bytes = (size_t)inner * m->elem;
    const unsigned char *x = m->ref.x[0];
    unsigned char *y = m->ref.y[0];
    for (int64_t o = 0; o < outer; o++) {
        found = 0;
        for (int64_t i = 0; i < length && found < room; i++) {
            if (condition[i] != 0) {
                memcpy(y, x + (size_t)(o * stride + i) * bytes, bytes);
                y += bytes;
                found++;
            }
        }
    }
    if (outer == 0) { /* nothing to copy, but the extent is there all the same */
        for (int64_t i = 0; i < length && found < room; i++) {
            found += condition[i] != 0 ? 1 : 0;
        }
    }
    m->ref.extents[0][a->axis] = found;
}

static const char *const names[] = {"input", "condition", NULL};

const tern_op tern_op_compress = {
    .name = "compress",
    .summary = "the slices along an axis, or elements, whose condition is true",
    .types = "T, bool -> T; T: any",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_compress_attr),
    .infer = infer,
    .move = move,
    .batchless_operands = 1u << 1,
    .counts = true,
};
