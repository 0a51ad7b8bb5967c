/* SPDX-License-Identifier: Apache-2.0
 *
 * prelu: y = x < 0 ? slope * x : x; the slope broadcasts to x, never the other way round.
 */
#include "op/eltwise/eltwise.h"
#include "op/message.h"
#include "op/walk.h"

static tern_status infer(tern_infer *in)
{
    const tern_type *const x = &in->x[0], *const slope = &in->x[1];
    TERN_TRY(tern_infer_same_rank(in, 0, 1));
    for (int32_t d = 0; d < x->rank; d++) {
        if (slope->dims[d] != 1 && !tern_dim_may_equal(slope->dims[d], x->dims[d])) {
            char a[TERN_OPERAND_TEXT_BYTES], b[TERN_OPERAND_TEXT_BYTES];
            return tern_fail(TERN_BAD_SHAPE, "%s: %s does not broadcast to %s (axis %d)", in->who,
                             tern_operand_text(in, 1, a), tern_operand_text(in, 0, b), (int)d);
        }
    }
    in->y[0] = *x;
    return TERN_OK;
}

static void reference(const tern_ref *r)
{
    const double *const x = r->x[0];
    const double *const slope = r->x[1];
    double *const y = r->y[0];
    int64_t count = 0;
    tern_walk w;
    (void)tern_type_volume(&r->yt[0], &count);
    tern_walk_start(&w, &r->yt[0]);
    tern_walk_follow(&w, &r->xt[1]);
    for (int64_t i = 0; i < count; i++) {
        y[i] = x[i] < 0.0 ? slope[w.at[0]] * x[i] : x[i];
        tern_walk_next(&w);
    }
}

static const char *const names[] = {"input", "slope", NULL};

const tern_op tern_op_prelu = {
    .name = "prelu",
    .summary = "x < 0 ? slope * x : x",
    .types = "T, T -> T; T: float",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = names,
    .onnx = {{"PRelu", 7}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .epilogue = true,
    .scalar = TERN_SCALAR_prelu,
};
