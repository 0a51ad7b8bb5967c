/* SPDX-License-Identifier: Apache-2.0
 *
 * softmax: exp(x) over its sum, along one axis; what is true of it on every device.  The largest
 * element is subtracted first, so nothing overflows.  A row of -infinity gives NaN.
 */
#include "op/softmax/softmax.h"

#include "base/bits.h"
#include "op/message.h"

#include <math.h>

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_softmax_attr, axes, MASK, .batch = TERN_BATCH_SHIFT,
              .summary = "the axis, as a set of one; empty: axis max(0, rank - 3)"),
    TERN_ATTR(tern_softmax_attr, log, BOOL, .summary = "logarithm of the result"),
    TERN_ATTR(tern_softmax_attr, hard, BOOL,
              .summary = "1 for the first largest element and 0 for the others"),
    TERN_ATTR_END,
};

static tern_status infer(tern_infer *in)
{
    tern_softmax_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (x->rank < 1) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s has no axis, it needs rank 1 or more", in->who,
                         tern_operand_text(in, 0, text));
    }
    if (a->axes == 0) {
        a->axes = 1u << (x->rank > 3 ? x->rank - 3 : 0);
    }
    if (tern_bit_count(a->axes) != 1) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: axes is the set 0x%x of %d axes, it must be one axis", in->who,
                         (unsigned)a->axes, tern_bit_count(a->axes));
    }
    if (tern_bit_lowest(a->axes) >= x->rank) {
        return tern_fail(TERN_BAD_SHAPE, "%s: axis %d is outside %s of rank %d; allowed 0..%d",
                         in->who, tern_bit_lowest(a->axes), tern_operand_text(in, 0, text),
                         (int)x->rank, (int)x->rank - 1);
    }
    in->y[0].rank = x->rank;
    for (int32_t i = 0; i < x->rank; i++) {
        in->y[0].dims[i] = x->dims[i];
    }
    return TERN_OK;
}

/* One row: `length` elements, `step` apart. */
static void row(const double *x, double *y, int64_t length, int64_t step, bool is_log)
{
    double top = -(double)INFINITY, sum = 0.0;
    for (int64_t i = 0; i < length; i++) {
        top = fmax(top, x[i * step]);
    }
    for (int64_t i = 0; i < length; i++) {
        sum += exp(x[i * step] - top);
    }
    for (int64_t i = 0; i < length; i++) {
        const double shifted = x[i * step] - top;
        y[i * step] = is_log ? shifted - log(sum) : exp(shifted) / sum;
    }
}

static void hard_row(const double *x, double *y, int64_t length, int64_t step)
{
    int64_t best = 0;
    for (int64_t i = 0; i < length; i++) {
        best = x[i * step] > x[best * step] ? i : best;
        y[i * step] = 0.0;
    }
    if (length > 0) {
        y[best * step] = 1.0;
    }
}

static void reference(const tern_ref *r)
{
    const tern_softmax_attr *a = r->attr;
    const double *x = r->x[0];
    double *y = r->y[0];
    int64_t outer, length, inner;
    tern_rows(&r->xt[0], tern_bit_lowest(a->axes), &outer, &length, &inner);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            const int64_t at = o * length * inner + i;
            if (a->hard != 0) {
                hard_row(x + at, y + at, length, inner);
            } else {
                row(x + at, y + at, length, inner, a->log != 0);
            }
        }
    }
}

static const char *const inputs[] = {"input", NULL};

const tern_op tern_op_softmax = {
    .name = "softmax",
    .summary =
        "exp(x - max(x)) / sum along one axis, its logarithm, or its limit: 1 for the largest",
    .types = "T -> T; T: f32 f16 bf16 f64",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_softmax_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
};
