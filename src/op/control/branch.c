/* SPDX-License-Identifier: Apache-2.0
 *
 * if: one of two bodies; and the step that it becomes.  Types of `if` are ir/control.c's.
 */
#include "op/control/control.h"

static tern_status infer_if(tern_infer *in)
{
    return tern_fail(TERN_INTERNAL, "%s: its type is that of its bodies", in->who);
}

const tern_op tern_op_if = {
    .name = "if",
    .summary = "the results of its first body when the condition is true, else of its second",
    .types = "bool -> *",
    .arity = {.in_min = 1, .in_max = 1, .out = -1},
    .infer = infer_if,
    .control = TERN_CONTROL_IF,
};

static tern_status infer_jump(tern_infer *in)
{
    (void)in;
    return TERN_OK;
}

const tern_op tern_op_jump = {
    .name = "jump",
    .summary = "goes on elsewhere unless its operand is true",
    .types = "bool? -> ",
    .arity = {.in_min = 0, .in_max = 1, .out = 0},
    .infer = infer_jump,
    .control = TERN_CONTROL_JUMP,
};

const tern_tactic tern_cpu_jump[] = {TERN_CONTROL_TACTIC, {0}};
