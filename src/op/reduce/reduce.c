/* SPDX-License-Identifier: Apache-2.0
 *
 * reduce: sum, product, maximum, minimum, average, norms and logarithms of sums over a set of axes;
 * what is true of it on every device.  The axes are an attribute or an operand, a list that may be
 * known as late as a run.  Integers wrap around in their own width; averages, roots and logarithms
 * of integers are truncated.  In maximum and minimum NaN wins.
 */
#include "op/reduce/reduce.h"

#include "base/bits.h"
#include "op/message.h"
#include "op/wrap.h"

static const tern_attr_name ops[] = {
    {"sum", TERN_REDUCE_OP_SUM},
    {"prod", TERN_REDUCE_OP_PROD},
    {"max", TERN_REDUCE_OP_MAX},
    {"min", TERN_REDUCE_OP_MIN},
    {"avg", TERN_REDUCE_OP_AVG},
    {"l1", TERN_REDUCE_OP_L1},
    {"l2", TERN_REDUCE_OP_L2},
    {"sum_square", TERN_REDUCE_OP_SUM_SQUARE},
    {"log_sum", TERN_REDUCE_OP_LOG_SUM},
    {"log_sum_exp", TERN_REDUCE_OP_LOG_SUM_EXP},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_reduce_attr, op, ENUM, .names = ops, .summary = "what becomes of the elements"),
    TERN_ATTR(tern_reduce_attr, axes, MASK, .onnx = "axes", .batch = TERN_BATCH_SHIFT,
              .summary = "axes that are reduced"),
    TERN_ATTR(tern_reduce_attr, keep_dims, BOOL, .onnx = "keepdims",
              .summary = "reduced axes stay, with extent 1"),
    TERN_ATTR(tern_reduce_attr, empty_is_none, BOOL, .onnx = "noop_with_empty_axes",
              .summary = "an empty operand axes names no axis instead of all"),
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

/* The set that a list names; false when an entry is no axis. */
static bool axes_of_list(const tern_reduce_attr *a, const int64_t *list, int64_t count,
                         int32_t rank, uint32_t *out_axes)
{
    const uint32_t all = (1u << rank) - 1;
    *out_axes = count == 0 && a->empty_is_none == 0 ? all : 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t axis = list[i] < 0 ? list[i] + rank : list[i];
        if (axis < 0 || axis >= rank) {
            return false;
        }
        *out_axes |= 1u << axis;
    }
    return true;
}

/* The attributes of a call, its axes from the operand; entries out of range name none. */
static tern_reduce_attr resolve(const tern_ref *r)
{
    tern_reduce_attr a = *(const tern_reduce_attr *)r->attr;
    if (r->x_count > TERN_REDUCE_X_AXES && r->x[TERN_REDUCE_X_AXES] != NULL) {
        (void)axes_of_list(&a, r->x[TERN_REDUCE_X_AXES], r->xt[TERN_REDUCE_X_AXES].dims[0],
                           r->xt[0].rank, &a.axes);
    }
    return a;
}

/* ---- contents of shape tensors ---- */

static bool has_content(tern_reduce_op op)
{
    return op == TERN_REDUCE_OP_SUM || op == TERN_REDUCE_OP_PROD || op == TERN_REDUCE_OP_MAX ||
           op == TERN_REDUCE_OP_MIN;
}

static tern_dim combine_dims(tern_dim_table *t, tern_reduce_op op, tern_dim a, tern_dim b)
{
    const tern_dim_opcode opcode = op == TERN_REDUCE_OP_PROD  ? TERN_DIM_MUL
                                   : op == TERN_REDUCE_OP_MAX ? TERN_DIM_MAX
                                   : op == TERN_REDUCE_OP_MIN ? TERN_DIM_MIN
                                                              : TERN_DIM_ADD;
    return tern_dim_make(t, opcode, a, b);
}

/* Elements of the result of a small shape tensor, where every result has an element to start
   from. */
static void infer_content(const tern_infer *in, const tern_reduce_attr *a)
{
    const tern_type *t = &in->x[0];
    int64_t volume = 0, results = 0, place[TERN_MAX_RANK] = {0};
    const tern_dim *x = tern_content_of(in, 0);
    if (x == NULL || !has_content((tern_reduce_op)a->op) || in->y_content == NULL ||
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

/* ---- shapes ---- */

/* Of axes that are known. */
static void infer_known(tern_infer *in, const tern_reduce_attr *a)
{
    tern_type *y = &in->y[0];
    int32_t rank = 0;
    for (int32_t i = 0; i < in->x[0].rank; i++) {
        if (!is_reduced(a, i)) {
            y->dims[rank++] = in->x[0].dims[i];
        } else if (a->keep_dims != 0) {
            y->dims[rank++] = 1;
        }
    }
    y->rank = (uint8_t)rank;
    infer_content(in, a);
}

static tern_status bad_axis(const tern_infer *in, int64_t axis, int32_t low)
{
    char text[TERN_OPERAND_TEXT_BYTES];
    const int32_t rank = in->x[0].rank;
    return tern_fail(TERN_BAD_SHAPE, "%s: axis %lld is outside %s of rank %d; allowed %d..%d",
                     in->who, (long long)axis, tern_operand_text(in, 0, text), (int)rank, (int)low,
                     (int)rank - 1);
}

/* 1 where the list of expressions names the axis, else 0. */
static tern_dim names_axis(tern_dim_table *t, const tern_dim *list, int64_t count, int32_t axis,
                           int32_t rank)
{
    tern_dim named = 0;
    for (int64_t i = 0; i < count; i++) {
        const tern_dim front = tern_dim_make(t, TERN_DIM_EQUAL, list[i], axis);
        const tern_dim back = tern_dim_make(t, TERN_DIM_EQUAL, list[i], axis - rank);
        named = tern_dim_make(t, TERN_DIM_MAX, named, tern_dim_make(t, TERN_DIM_MAX, front, back));
    }
    return named;
}

/* Extents where the list is made of expressions: sums in which all terms but one are 0. */
static void infer_expressions(tern_infer *in, const tern_dim *list, int64_t count)
{
    const tern_reduce_attr *a = in->attr;
    const int32_t rank = in->x[0].rank;
    tern_dim_table *t = in->dims;
    tern_dim before = 0; /* axes that stay, in front of axis i */
    for (int32_t i = 0; i < rank; i++) {
        const tern_dim extent = in->x[0].dims[i];
        const tern_dim named = names_axis(t, list, count, i, rank);
        const tern_dim stays = tern_dim_make(t, TERN_DIM_SUB, 1, named);
        const tern_dim kept = tern_dim_make(t, TERN_DIM_MUL, extent, stays);
        if (a->keep_dims != 0) {
            in->y[0].dims[i] = tern_dim_make(t, TERN_DIM_ADD, kept, named);
            continue;
        }
        for (int32_t k = 0; k < in->y[0].rank; k++) {
            const tern_dim is_here = tern_dim_make(t, TERN_DIM_EQUAL, before, k);
            const tern_dim term = tern_dim_make(t, TERN_DIM_MUL, kept, is_here);
            in->y[0].dims[k] = tern_dim_make(t, TERN_DIM_ADD, in->y[0].dims[k], term);
        }
        before = tern_dim_make(t, TERN_DIM_ADD, before, stays);
    }
}

/* Extents where only a run tells the list; false where none may depend on data. */
static bool infer_data(tern_infer *in, int64_t count)
{
    const tern_reduce_attr *a = in->attr;
    for (int32_t k = 0; k < in->y[0].rank; k++) {
        tern_dim bound = 1;
        for (int64_t i = k; i <= (a->keep_dims != 0 ? k : k + count) && i < in->x[0].rank; i++) {
            bound = tern_dim_make(in->dims, TERN_DIM_MAX, bound, in->x[0].dims[i]);
        }
        if (!tern_infer_data_extent(in, 0, k, bound, &in->y[0].dims[k])) {
            return false;
        }
    }
    return true;
}

/* The axes come from the operand. */
static tern_status infer_operand(tern_infer *in)
{
    tern_reduce_attr known = *(const tern_reduce_attr *)in->attr, *a = &known;
    const tern_type *list = &in->x[TERN_REDUCE_X_AXES];
    const int32_t rank = in->x[0].rank;
    char text[TERN_OPERAND_TEXT_BYTES];
    const bool has_length = list->rank == 1 && tern_dim_known(list->dims[0]);
    if (list->rank == 1 && !has_length && a->keep_dims != 0 && in->y_before != NULL) {
        in->y[0].rank = (uint8_t)rank;
        return infer_data(in, 0) ? TERN_OK
                                 : tern_fail(TERN_OUT_OF_MEMORY, "%s: out of memory", in->who);
    }
    if (!has_length || list->dims[0] > rank) {
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: %s must be a list of at most %d axes, of a length known when building", in->who,
            tern_operand_text(in, TERN_REDUCE_X_AXES, text), (int)rank);
    }
    const int64_t count = list->dims[0];
    const tern_dim *content = count == 0 ? list->dims : tern_content_of(in, TERN_REDUCE_X_AXES);
    bool is_known = content != NULL;
    for (int64_t i = 0; i < count && is_known; i++) {
        is_known = tern_dim_known(content[i]);
    }
    if (is_known) {
        for (int64_t i = 0; i < count; i++) {
            if (content[i] < -rank || content[i] >= rank) {
                return bad_axis(in, content[i], -rank);
            }
        }
        (void)axes_of_list(a, content, count, rank, &a->axes);
        infer_known(in, a);
        return TERN_OK;
    }
    in->y[0].rank = (uint8_t)(a->keep_dims != 0 ? rank : rank - count);
    if (content != NULL) {
        infer_expressions(in, content, count);
        return TERN_OK;
    }
    if (!infer_data(in, count)) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: %s must be a constant or computed from shapes and shape inputs",
                         in->who, tern_operand_text(in, TERN_REDUCE_X_AXES, text));
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_reduce_attr *a = in->attr;
    const tern_type *x = &in->x[0];
    char text[TERN_OPERAND_TEXT_BYTES];
    if (tern_infer_has(in, TERN_REDUCE_X_AXES)) {
        return infer_operand(in);
    }
    if (a->axes == 0 && x->rank > 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: axes is empty, it must name an axis of %s",
                         in->who, tern_operand_text(in, 0, text));
    }
    if (a->axes != 0 && tern_bit_highest(a->axes) >= x->rank) {
        return bad_axis(in, tern_bit_highest(a->axes), 0);
    }
    infer_known(in, a);
    return TERN_OK;
}

/* A number that fits into the class. */
static double number_F(double v)
{
    return v;
}

static int64_t number_I(double v)
{
    return v >= 0x1p63 ? INT64_MAX : v > -0x1p63 ? (int64_t)v : INT64_MIN;
}

static uint64_t number_U(double v)
{
    return v >= 0x1p64 ? UINT64_MAX : v > 0.0 ? (uint64_t)v : 0;
}

static double magnitude_F(double v)
{
    return fabs(v);
}

static int64_t magnitude_I(int64_t v)
{
    return v < 0 ? wrap_mul_I(v, -1) : v;
}

static uint64_t magnitude_U(uint64_t v)
{
    return v;
}

#define TERN_BODY "op/reduce/reduce_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

/* log_sum_exp: per result the largest element and the sum. */
static size_t scratch(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x;
    (void)x_count;
    const tern_reduce_attr *a = attr;
    int64_t results = 0;
    (void)tern_type_volume(&y[0], &results);
    return a->op == TERN_REDUCE_OP_LOG_SUM_EXP ? 2 * sizeof(double) * (size_t)results : 0;
}

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)attr;
    (void)x_count;
    (void)y;
    int64_t volume = 0;
    (void)tern_type_volume(&x[0], &volume);
    return (double)volume;
}

static const char *const inputs[] = {"input", "axes", NULL};

const tern_op tern_op_reduce = {
    .name = "reduce",
    .summary = "sum, product, maximum, minimum, average, norm or logarithm of a sum over axes",
    .types = "T, A? -> T; T: float int; A: i32 i64",
    .arity = {.in_min = 1, .in_max = 2, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_reduce_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U},
    .reference_scratch = scratch,
    .shape_operands = 1u << TERN_REDUCE_X_AXES,
    .batchless_operands = 1u << TERN_REDUCE_X_AXES,
    .cost = cost,
};
