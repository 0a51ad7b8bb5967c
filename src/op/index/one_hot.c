/* SPDX-License-Identifier: Apache-2.0
 *
 * one_hot: a new axis, along which the element that an index names has the `on` value and all
 * others the `off` value.  A negative index counts from the end; one outside gives all off.
 */
#include "op/index/index.h"
#include "op/message.h"

#include <string.h>

enum { X_INDICES, X_VALUES, X_DEPTH };

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_one_hot_attr, axis, I64, .onnx = "axis", .fallback = -1,
              .batch = TERN_BATCH_SHIFT, .summary = "the new axis, in the result"),
    TERN_ATTR_END,
};

/* A depth that is computed when it runs is at most this. */
enum { MOST_DEPTH = 1 << 16 };

static tern_status find_depth(tern_infer *in, int32_t axis, tern_dim *out_depth)
{
    const tern_dim *depth;
    int32_t count;
    if (tern_content_of(in, X_DEPTH) == NULL &&
        tern_infer_data_extent(in, 0, axis, MOST_DEPTH, out_depth)) {
        return TERN_OK;
    }
    TERN_TRY(tern_infer_shape_operand(in, X_DEPTH, &depth, &count));
    if (count != 1 || (tern_dim_known(depth[0]) && depth[0] < 0)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the depth must be one number, 0 or more", in->who);
    }
    *out_depth = depth[0];
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    tern_one_hot_attr *const a = in->attr;
    const tern_type *const x = &in->x[X_INDICES], *const values = &in->x[X_VALUES];
    tern_dim depth = 0;
    if (values->rank != 1 || !tern_dim_may_equal(values->dims[0], 2)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be the two values [off, on]", in->who,
                         tern_operand_text(in, X_VALUES, text));
    }
    if (x->rank >= TERN_MAX_RANK) {
        return tern_fail(TERN_BAD_SHAPE, "%s: the result would have more than %d axes", in->who,
                         TERN_MAX_RANK);
    }
    TERN_TRY(tern_axis_normalize(&a->axis, x->rank + 1, in->who));
    TERN_TRY(find_depth(in, (int32_t)a->axis, &depth));
    in->y[0].rank = (uint8_t)(x->rank + 1);
    for (int32_t d = 0; d <= x->rank; d++) {
        in->y[0].dims[d] = d == a->axis ? depth : x->dims[d - (d > a->axis)];
    }
    return TERN_OK;
}

static void move(const tern_move *m)
{
    const tern_one_hot_attr *const a = m->ref.attr;
    const int64_t *const indices = m->ref.x[X_INDICES];
    const unsigned char *const values = m->ref.x[X_VALUES];
    unsigned char *y = m->ref.y[0];
    int64_t outer, depth, inner;
    tern_rows(&m->ref.yt[0], a->axis, &outer, &depth, &inner);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t k = 0; k < depth; k++) {
            for (int64_t i = 0; i < inner; i++, y += m->elem) {
                const int64_t index = indices[o * inner + i];
                const bool is_on = index == k || (index < 0 && index + depth == k);
                memcpy(y, values + (is_on ? m->elem : 0), m->elem);
            }
        }
    }
}

static const char *const names[] = {"indices", "values", "depth", NULL};

const tern_op tern_op_one_hot = {
    .name = "one_hot",
    .summary = "a new axis that is on where an index says, and off elsewhere",
    .types = "int, T, int -> T; T: any",
    .arity = {.in_min = 3, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_one_hot_attr),
    .infer = infer,
    .move = move,
    .shape_operands = 1u << X_DEPTH,
    .batchless_operands = 1u << X_VALUES | 1u << X_DEPTH,
};
