/* SPDX-License-Identifier: Apache-2.0
 *
 * fused: nothing but a fused expression.  The operator itself is the identity; what it computes is
 * its epilogue, which has the operand as the accumulator and the node's further operands as its
 * own.
 */
#include "op/op.h"

static tern_status infer(tern_infer *in)
{
    in->y[0] = in->x[0];
    return TERN_OK;
}

#define TERN_BODY "op/eltwise/copy_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#define TERN_BODY_B
#include "op/for_each_class.h"

static const char *const names[] = {"input", NULL};

const tern_op tern_op_fused = {
    .name = "fused",
    .summary =
        "an elementwise expression on the input and on further operands that broadcast to it",
    .types = "T -> T; T: any",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .infer = infer,
    .reference = {copy_F, copy_I, copy_U, copy_B},
    .epilogue = true,
};
