/* SPDX-License-Identifier: Apache-2.0
 *
 * cumulative: sums or products of all elements up to each one along an axis; with `exclusive`
 * without the element itself, with `reverse` from the end.  The axis may be operand 1.
 */
#include "op/index/index.h"
#include "op/message.h"
#include "op/wrap.h"

enum { X_INPUT, X_AXIS };

static const tern_attr_name ops[] = {
    {"sum", TERN_CUMULATIVE_SUM},
    {"prod", TERN_CUMULATIVE_PROD},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_cumulative_attr, op, ENUM, .names = ops, .summary = "what is accumulated"),
    TERN_ATTR(tern_cumulative_attr, axis, I64, .batch = TERN_BATCH_SHIFT,
              .summary = "the axis; negative counts from the back"),
    TERN_ATTR(tern_cumulative_attr, exclusive, BOOL, .onnx = "exclusive",
              .summary = "leave out the element itself"),
    TERN_ATTR(tern_cumulative_attr, reverse, BOOL, .onnx = "reverse", .summary = "from the end"),
    TERN_ATTR_END,
};

/* Running sums of a list of extents. */
static void infer_content(tern_infer *in)
{
    const tern_cumulative_attr *const a = in->attr;
    const tern_dim *const x = tern_content_of(in, X_INPUT);
    const int32_t count = tern_content_count(&in->y[0]);
    if (x == NULL || in->x[X_INPUT].rank != 1) {
        return;
    }
    const bool is_sum = a->op == TERN_CUMULATIVE_SUM;
    tern_dim total = is_sum ? 0 : 1;
    for (int32_t k = 0; k < count; k++) {
        const int32_t i = a->reverse != 0 ? count - 1 - k : k;
        const tern_dim next =
            tern_dim_make(in->dims, is_sum ? TERN_DIM_ADD : TERN_DIM_MUL, total, x[i]);
        in->y_content[0][i] = a->exclusive != 0 ? total : next;
        total = next;
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    tern_cumulative_attr *const a = in->attr;
    bool is_known = true;
    if (tern_infer_has(in, X_AXIS)) {
        int64_t count = 0, axis = 0;
        if (!tern_type_volume(&in->x[X_AXIS], &count) || count != 1) {
            return tern_fail(TERN_BAD_SHAPE, "%s: the axis must be one number", in->who);
        }
        is_known = tern_infer_constant_int(in, X_AXIS, &axis);
        a->axis = is_known ? axis : 0;
    }
    if (is_known) {
        TERN_TRY(tern_axis_normalize(&a->axis, in->x[X_INPUT].rank, in->who));
    }
    in->y[0] = in->x[X_INPUT];
    if (in->y_content_known != NULL && is_known) {
        infer_content(in);
    }
    return TERN_OK;
}

/* An operand's axis is anybody's: clamped. */
static int64_t axis_of(const tern_ref *r)
{
    const tern_cumulative_attr *const a = r->attr;
    const int64_t rank = r->xt[X_INPUT].rank;
    if (r->x_count <= X_AXIS || r->xt[X_AXIS].dtype == 0) {
        return a->axis;
    }
    int64_t axis = *(const int64_t *)r->x[X_AXIS];
    axis += axis < 0 ? rank : 0;
    return axis < 0 ? 0 : axis >= rank ? rank - 1 : axis;
}

#define TERN_BODY "op/index/cumulative_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

static const char *const names[] = {"input", "axis", NULL};

const tern_op tern_op_cumulative = {
    .name = "cumulative",
    .summary = "sums or products of all elements up to each one along an axis",
    .types = "T, I? -> T; T: number; I: i32 i64",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_cumulative_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U},
    .shape_operands = 1u << X_AXIS,
    .batchless_operands = 1u << X_AXIS,
};
