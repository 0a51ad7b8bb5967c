/* SPDX-License-Identifier: Apache-2.0
 *
 * loop: a body again and again; and the two steps around it that it becomes.  Types of `loop` are
 * ir/control.c's.
 *
 *     loop_begin trips?, go? -> number, go     number 0; behind loop_next when there is nothing to
 *     do
 *     loop_next go? -> number                  the next one; behind loop_begin when it goes on
 */
#include "op/control/control.h"

static tern_status infer_loop(tern_infer *in)
{
    return tern_fail(TERN_INTERNAL, "%s: its type is that of its body", in->who);
}

const tern_op tern_op_loop = {
    .name = "loop",
    .summary = "its body until the trip count is reached or the condition false; values are "
               "carried from one iteration to the next, rows stacked",
    .types = "int?, bool?, any* -> *",
    .arity = {.in_min = 0, .in_max = -1, .out = -1},
    .infer = infer_loop,
    .control = TERN_CONTROL_LOOP,
};

static tern_status infer_begin(tern_infer *in)
{
    in->y[0].rank = in->y[1].rank = 0;
    return TERN_OK;
}

static tern_status infer_next(tern_infer *in)
{
    in->y[0].rank = 0;
    return TERN_OK;
}

const tern_op tern_op_loop_begin = {
    .name = "loop_begin",
    .summary = "enters a loop's body, or goes on behind it",
    .types = "int?, bool?, any* -> i64, bool",
    .arity = {.in_min = 2, .in_max = -1, .out = 2},
    .infer = infer_begin,
    .control = TERN_CONTROL_LOOP_BEGIN,
};

const tern_op tern_op_loop_next = {
    .name = "loop_next",
    .summary = "goes back to the beginning of a loop's body, or on behind it",
    .types = "bool? -> i64",
    .arity = {.in_min = 0, .in_max = 1, .out = 1},
    .infer = infer_next,
    .control = TERN_CONTROL_LOOP_NEXT,
};

const tern_tactic tern_cpu_loop_begin[] = {TERN_CONTROL_TACTIC, {0}};
const tern_tactic tern_cpu_loop_next[] = {TERN_CONTROL_TACTIC, {0}};
