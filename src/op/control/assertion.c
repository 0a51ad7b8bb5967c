/* SPDX-License-Identifier: Apache-2.0
 *
 * assertion: the condition, which must be true.  A build refuses one that is known to be false and
 * drops one that is known to be true; what only a run can tell fails that run.
 */
#include "op/control/control.h"

typedef struct tern_assertion_attr {
    tern_chars message;
} tern_assertion_attr;

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_assertion_attr, message, TEXT, .summary = "what to say when it is false"),
    TERN_ATTR_END,
};

static const char *colon(const tern_assertion_attr *a)
{
    return a->message.v[0] != '\0' ? ": " : "";
}

static tern_status infer(tern_infer *in)
{
    const tern_assertion_attr *const a = in->attr;
    const tern_dim *const condition = tern_content_of(in, 0);
    in->y[0] = in->x[0];
    for (int32_t i = 0; condition != NULL && i < tern_content_count(&in->x[0]); i++) {
        if (condition[i] == 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: the condition is false%s%s", in->who,
                             colon(a), a->message.v);
        }
        if (in->y_content != NULL) {
            in->y_content[0][i] = condition[i];
            in->y_content_known[0] = true;
        }
    }
    return TERN_OK;
}

static tern_status check(const tern_launch *l)
{
    const tern_assertion_attr *const a = l->problem->attr;
    const uint8_t *const x = l->x[0];
    int64_t count = 0;
    (void)tern_type_volume(&l->problem->x[0], &count);
    for (int64_t i = 0; i < count; i++) {
        if (x[i] == 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "the condition is false%s%s", colon(a),
                             a->message.v);
        }
        ((uint8_t *)l->y[0])[i] = 1;
    }
    return TERN_OK;
}

static const char *const names[] = {"condition", NULL};

const tern_op tern_op_assertion = {
    .name = "assertion",
    .summary = "the condition, which must be true: else the build or the run fails",
    .types = "bool -> bool",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_assertion_attr),
    .infer = infer,
    .control = TERN_CONTROL_CHECK,
};

const tern_tactic tern_cpu_assertion[] = {
    {.name = "check", .isa = TERN_ISA_REF, .run = check},
    {0},
};
