/* SPDX-License-Identifier: Apache-2.0
 *
 * lookup: where each element stands in a list of keys; as many as there are keys when it is none of
 * them.  The first of equal keys counts; NaN is a key as others are.
 */
#include "op/message.h"

enum { X_INPUT, X_KEYS };

static tern_status infer(tern_infer *in)
{
    if (in->x[X_KEYS].rank != 1) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be a list", in->who,
                         tern_operand_text(in, X_KEYS, text));
    }
    const uint8_t dtype = in->y[0].dtype;
    in->y[0] = in->x[X_INPUT];
    in->y[0].dtype = dtype;
    return TERN_OK;
}

#define TERN_BODY "op/ml/lookup_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

static const char *const names[] = {"input", "keys", NULL};

const tern_op tern_op_lookup = {
    .name = "lookup",
    .summary = "each element's place in a list of keys",
    .types = "T, T -> i64; T: number",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = names,
    .infer = infer,
    .reference = {[TERN_CLASS_F] = lookup_F, [TERN_CLASS_I] = lookup_I, [TERN_CLASS_U] = lookup_U},
    .batchless_operands = 1u << X_KEYS,
};
