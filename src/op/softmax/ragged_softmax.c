/* SPDX-License-Identifier: Apache-2.0
 *
 * ragged_softmax: softmax over the first bounds[row] elements of each row; what is true of it on
 * every device.  Rows lie along the last axis; the elements behind the bound become 0.  A bound
 * outside 0..length counts as the nearer end.
 */
#include "op/message.h"
#include "op/op.h"

#include <math.h>

/* No attributes. */

static tern_status infer(tern_infer *in)
{
    const tern_type *x = &in->x[0], *bounds = &in->x[1];
    char input[TERN_OPERAND_TEXT_BYTES], text[TERN_OPERAND_TEXT_BYTES];
    if (x->rank < 2) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s needs rank 2 or more, it has %d", in->who,
                         tern_operand_text(in, 0, input), (int)x->rank);
    }
    bool matches = bounds->rank == x->rank && tern_dim_may_equal(bounds->dims[x->rank - 1], 1);
    for (int32_t i = 0; matches && i < x->rank - 1; i++) {
        matches = tern_dim_may_equal(bounds->dims[i], x->dims[i]);
    }
    if (!matches) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be as %s with last extent 1", in->who,
                         tern_operand_text(in, 1, text), tern_operand_text(in, 0, input));
    }
    in->y[0].rank = x->rank;
    for (int32_t i = 0; i < x->rank; i++) {
        in->y[0].dims[i] = x->dims[i];
    }
    return TERN_OK;
}

static void reference(const tern_ref *r)
{
    const double *x = r->x[0];
    const int64_t *bounds = r->x[1];
    double *y = r->y[0];
    int64_t rows, length, inner;
    tern_rows(&r->xt[0], r->xt[0].rank - 1, &rows, &length, &inner);
    for (int64_t o = 0; o < rows; o++, x += length, y += length) {
        const int64_t end = bounds[o] < 0 ? 0 : bounds[o] < length ? bounds[o] : length;
        double top = -(double)INFINITY, sum = 0.0;
        for (int64_t i = 0; i < end; i++) {
            top = fmax(top, x[i]);
        }
        for (int64_t i = 0; i < end; i++) {
            sum += exp(x[i] - top);
        }
        for (int64_t i = 0; i < length; i++) {
            y[i] = i < end ? exp(x[i] - top) / sum : 0.0;
        }
    }
}

static const char *const inputs[] = {"input", "bounds", NULL};

const tern_op tern_op_ragged_softmax = {
    .name = "ragged_softmax",
    .summary =
        "softmax over the first bounds[row] elements of each row of the last axis, 0 behind them",
    .types = "T, I -> T; T: f32 f16 bf16 f64; I: i32 i64",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = inputs,
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
};
