/* SPDX-License-Identifier: Apache-2.0
 *
 * reduce: sum, product, maximum, minimum or average over a set of axes; what is true of it on every
 * device.  Integers wrap around in their own width; averages of integers are truncated.  In maximum
 * and minimum NaN wins.
 */
#include "op/reduce/reduce.h"

#include "base/bits.h"
#include "op/message.h"
#include "op/wrap.h"

static const tern_attr_name ops[] = {
    {"sum", TERN_REDUCE_OP_SUM}, {"prod", TERN_REDUCE_OP_PROD}, {"max", TERN_REDUCE_OP_MAX},
    {"min", TERN_REDUCE_OP_MIN}, {"avg", TERN_REDUCE_OP_AVG},   {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_reduce_attr, op, ENUM, .names = ops, .summary = "what becomes of the elements"),
    TERN_ATTR(tern_reduce_attr, axes, MASK, .onnx = "axes", .batch = TERN_BATCH_SHIFT,
              .summary = "axes that are reduced"),
    TERN_ATTR(tern_reduce_attr, keep_dims, BOOL, .onnx = "keepdims",
              .summary = "reduced axes stay, with extent 1"),
    TERN_ATTR_END,
};

static bool is_reduced(const tern_reduce_attr *a, int32_t axis)
{
    return (a->axes >> axis & 1u) != 0;
}

/* Index of the result that an element goes into. */
static int64_t result_of(const tern_reduce_attr *a, const tern_type *t, const int64_t *place)
{
    int64_t at = 0;
    for (int32_t i = 0; i < t->rank; i++) {
        at = is_reduced(a, i) ? at : at * t->dims[i] + place[i];
    }
    return at;
}

/* Elements that go into one result. */
static int64_t reduced_count(const tern_reduce_attr *a, const tern_type *t)
{
    int64_t count = 1;
    for (int32_t i = 0; i < t->rank; i++) {
        count *= is_reduced(a, i) ? t->dims[i] : 1;
    }
    return count;
}

static void next_place(const tern_type *t, int64_t *place)
{
    for (int32_t i = t->rank - 1; i >= 0 && ++place[i] == t->dims[i]; i--) {
        place[i] = 0;
    }
}

static tern_dim combine_dims(tern_dim_table *t, tern_reduce_op op, tern_dim a, tern_dim b)
{
    switch (op) {
    case TERN_REDUCE_OP_PROD: return tern_dim_make(t, TERN_DIM_MUL, a, b);
    case TERN_REDUCE_OP_MAX: return tern_dim_make(t, TERN_DIM_MAX, a, b);
    case TERN_REDUCE_OP_MIN: return tern_dim_make(t, TERN_DIM_MIN, a, b);
    case TERN_REDUCE_OP_SUM:
    case TERN_REDUCE_OP_AVG: break;
    }
    return tern_dim_make(t, TERN_DIM_ADD, a, b);
}

/* Elements of the result of a small shape tensor, where every result has an element to start
   from. */
static void infer_content(const tern_infer *in)
{
    const tern_reduce_attr *a = in->attr;
    const tern_type *t = &in->x[0];
    int64_t volume = 0, results = 0, place[TERN_MAX_RANK] = {0};
    const tern_dim *x = tern_content_of(in, 0);
    if (x == NULL || a->op == TERN_REDUCE_OP_AVG || in->y_content == NULL ||
        !tern_type_volume(t, &volume) || volume < 1 || !tern_type_volume(&in->y[0], &results) ||
        results > TERN_CONTENT_MAX) {
        return;
    }
    bool started[TERN_CONTENT_MAX] = {false};
    tern_dim *y = in->y_content[0];
    for (int64_t i = 0; i < volume; i++, next_place(t, place)) {
        const int64_t at = result_of(a, t, place);
        y[at] = started[at] ? combine_dims(in->dims, (tern_reduce_op)a->op, y[at], x[i]) : x[i];
        started[at] = true;
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    const tern_reduce_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (a->axes == 0 && x->rank > 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: axes is empty, it must name an axis of %s",
                         in->who, tern_operand_text(in, 0, text));
    }
    if (a->axes != 0 && tern_bit_highest(a->axes) >= x->rank) {
        return tern_fail(TERN_BAD_SHAPE, "%s: axis %d is outside %s of rank %d; allowed 0..%d",
                         in->who, tern_bit_highest(a->axes), tern_operand_text(in, 0, text),
                         (int)x->rank, (int)x->rank - 1);
    }
    tern_type *y = &in->y[0];
    int32_t rank = 0;
    for (int32_t i = 0; i < x->rank; i++) {
        if (!is_reduced(a, i)) {
            y->dims[rank++] = x->dims[i];
        } else if (a->keep_dims != 0) {
            y->dims[rank++] = 1;
        }
    }
    y->rank = (uint8_t)rank;
    infer_content(in);
    return TERN_OK;
}

#define TERN_BODY "op/reduce/reduce_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr;
    (void)x_count;
    (void)y;
    int64_t volume = 0;
    (void)tern_type_volume(&x[0], &volume);
    return (double)volume;
}

static const char *const inputs[] = {"input", NULL};

const tern_op tern_op_reduce = {
    .name = "reduce",
    .summary = "sum, product, maximum, minimum or average over a set of axes",
    .types = "T -> T; T: float int",
    .arity = {.in_min = 1, .in_max = 1, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_reduce_attr),
    .onnx = {{"ReduceSum", 1}, {"ReduceMean", 1}, {"ReduceMax", 1}, {"ReduceMin", 1}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U},
    .cost = cost,
};
