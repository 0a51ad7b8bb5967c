/* SPDX-License-Identifier: Apache-2.0
 *
 * The scalar operators: every row of kernel/scalar.def becomes a descriptor here, all with one
 * shape rule (equal ranks, broadcast by 1) and one reference (the row's own body, element by
 * element).
 */
#include "op/eltwise/eltwise.h"

#include "op/registry.h"
#include "op/walk.h"

#include <math.h>

/* ---- shapes ---- */

tern_status tern_infer_broadcast_all(const tern_infer *in, int32_t first, int32_t count,
                                     tern_type *y)
{
    int32_t shown = -1; /* the operand that gave y its dims last */
    for (int32_t i = first; i < first + count && i < in->x_count; i++) {
        const tern_type *const x = &in->x[i];
        if (x->dtype == 0) {
            continue;
        }
        if (shown < 0) {
            y->rank = x->rank;
            memcpy(y->dims, x->dims, sizeof y->dims);
            shown = i;
            continue;
        }
        TERN_TRY(tern_infer_same_rank(in, shown, i));
        for (int32_t d = 0; d < y->rank; d++) {
            y->dims[d] = tern_dim_broadcast(in->dims, y->dims[d], x->dims[d]);
            if (y->dims[d] == TERN_DIM_NONE) {
                return tern_infer_broadcast(in, shown, i, y); /* says who disagrees */
            }
        }
    }
    return TERN_OK;
}

int32_t tern_content_index(const tern_type *x, const tern_type *y, int32_t i)
{
    int32_t index = 0, step = 1;
    for (int32_t d = y->rank - 1; d >= 0; d--) {
        const int32_t extent = (int32_t)y->dims[d];
        const int32_t at = i % extent;
        i /= extent;
        index += x->dims[d] == 1 ? 0 : at * step;
        step *= (int32_t)x->dims[d];
    }
    return index;
}

typedef struct content_rule {
    int32_t scalar;
    tern_dim_opcode op;
    bool is_swapped;
} content_rule;

/* Operators whose results on extents are extents again. */
static const content_rule content_rules[] = {
    {TERN_SCALAR_add, TERN_DIM_ADD, false},
    {TERN_SCALAR_sub, TERN_DIM_SUB, false},
    {TERN_SCALAR_mul, TERN_DIM_MUL, false},
    {TERN_SCALAR_div, TERN_DIM_TRUNC_DIV, false},
    {TERN_SCALAR_floor_div, TERN_DIM_FLOOR_DIV, false},
    {TERN_SCALAR_mod, TERN_DIM_MOD, false},
    {TERN_SCALAR_min, TERN_DIM_MIN, false},
    {TERN_SCALAR_max, TERN_DIM_MAX, false},
    {TERN_SCALAR_equal, TERN_DIM_EQUAL, false},
    {TERN_SCALAR_less, TERN_DIM_LESS, false},
    {TERN_SCALAR_greater, TERN_DIM_LESS, true},
    {TERN_SCALAR_and, TERN_DIM_MUL, false}, /* of 0 and 1 */
    {TERN_SCALAR_or, TERN_DIM_MAX, false},
};

/* Floor division and remainder of extents are the operators' where the divisor is positive. */
static bool divisor_fits(const tern_infer *in, tern_dim_opcode op, tern_dim divisor)
{
    int64_t low, high;
    if (op != TERN_DIM_FLOOR_DIV && op != TERN_DIM_MOD) {
        return true;
    }
    tern_dim_bounds(in->dims, divisor, &low, &high);
    return low >= 0;
}

/* -x and not x. */
static bool infer_unary_content(tern_infer *in)
{
    const tern_dim *const x = tern_content_of(in, 0);
    const int32_t count = tern_content_count(&in->y[0]);
    const bool is_neg = in->op->scalar == TERN_SCALAR_neg;
    if ((!is_neg && in->op->scalar != TERN_SCALAR_not) || x == NULL || count < 0) {
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        in->y_content[0][i] = is_neg ? tern_dim_make(in->dims, TERN_DIM_SUB, 0, x[i])
                                     : tern_dim_make(in->dims, TERN_DIM_EQUAL, x[i], 0);
    }
    return true;
}

static void infer_content(tern_infer *in)
{
    if (infer_unary_content(in)) {
        in->y_content_known[0] = true;
        return;
    }
    const tern_dim *const x = tern_content_of(in, 0), *const y = tern_content_of(in, 1);
    const content_rule *rule = NULL;
    for (size_t i = 0; i < TERN_COUNT_OF(content_rules); i++) {
        rule = content_rules[i].scalar == in->op->scalar ? &content_rules[i] : rule;
    }
    const int32_t count = tern_content_count(&in->y[0]);
    if (rule == NULL || x == NULL || y == NULL || count < 0) {
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        const tern_dim a = x[tern_content_index(&in->x[0], &in->y[0], i)];
        const tern_dim b = y[tern_content_index(&in->x[1], &in->y[0], i)];
        if (!divisor_fits(in, rule->op, b)) {
            return;
        }
        in->y_content[0][i] =
            tern_dim_make(in->dims, rule->op, rule->is_swapped ? b : a, rule->is_swapped ? a : b);
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    TERN_TRY(tern_infer_broadcast_all(in, 0, in->x_count, &in->y[0]));
    if (in->y_content_known != NULL) {
        infer_content(in);
    }
    return TERN_OK;
}

/* ---- reference ---- */

static double attr_F(double value)
{
    return value;
}

/* Attributes are doubles; integers take the nearest value towards zero that they have. */
static int64_t attr_I(double value)
{
    int64_t result;
    tern_convert(TERN_DTYPE_F64, &value, TERN_DTYPE_I64, &result, 1);
    return result;
}

static uint64_t attr_U(double value)
{
    uint64_t result;
    tern_convert(TERN_DTYPE_F64, &value, TERN_DTYPE_U64, &result, 1);
    return result;
}

static uint64_t attr_B(double value)
{
    return value != 0.0;
}

typedef double operand_F;
typedef int64_t operand_I;
typedef uint64_t operand_U;
typedef uint64_t operand_B; /* bools are computed as 0 and 1 */
#define eval_F tern_scalar_eval_f64
#define eval_I tern_scalar_eval_i64
#define eval_U tern_scalar_eval_u64
#define eval_B tern_scalar_eval_u64

#define TERN_BODY "op/eltwise/eltwise_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#define TERN_BODY_B
#include "op/for_each_class.h"

/* ---- the rows ---- */

/* clang-format off */
#define CALL(macro, ...) macro(__VA_ARGS__)
#define OPEN(...) __VA_ARGS__

#define FIELDS_0(row, a, b)
#define FIELDS_1(row, a, b)                                                             \
    static const tern_attr_field fields_##row[] = {                                     \
        TERN_ATTR(tern_eltwise_attr, alpha, F64, .fallback = (a), .onnx = "alpha"),     \
        TERN_ATTR_END,                                                                  \
    };
#define FIELDS_2(row, a, b)                                                             \
    static const tern_attr_field fields_##row[] = {                                     \
        TERN_ATTR(tern_eltwise_attr, alpha, F64, .fallback = (a), .onnx = "alpha"),     \
        TERN_ATTR(tern_eltwise_attr, beta, F64, .fallback = (b), .onnx = "beta"),       \
        TERN_ATTR_END,                                                                  \
    };
#define TERN_SCALAR(id, row, operands, attrs, result, classes, ulp, lanes, defaults, onnx, ...) \
    CALL(FIELDS_##attrs, row, OPEN defaults)
#include "kernel/scalar.def"

static const char *const names[] = {"x", "y", "z", NULL};

#define ATTRS_0(row)
#define ATTRS_1(row) .attrs = fields_##row, .attr_size = sizeof(tern_eltwise_attr),
#define ATTRS_2(row) ATTRS_1(row)
#define OPERANDS_1 "T"
#define OPERANDS_2 "T, T"
#define OPERANDS_3 "T, T, T"
#define RESULT_same "T"
#define RESULT_bool "bool"
#define SET_F "float"
#define SET_FI "float signed"
#define SET_FIU "number"
#define SET_FIUB "any"
#define SET_IU "int"
#define SET_B "bool"
#define BODIES_F {[TERN_CLASS_F] = run_F}
#define BODIES_FI {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I}
#define BODIES_FIU {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U}
#define BODIES_IU {[TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U}
#define BODIES_FIUB {run_F, run_I, run_U, run_B}
#define BODIES_B {[TERN_CLASS_B] = run_B}
#define ONNX_NAME(name, opset) sizeof(name) > 1 ? (name) : NULL
#define ONNX_SINCE(name, opset) opset

const tern_op tern_scalar_ops[TERN_SCALAR_OP_COUNT] = {
#define TERN_SCALAR(id, row, n, attrs_, result, classes, ulp, lanes, defaults, onnx_, trt, ...) \
    [id] = {.name = #row,                                                                       \
            .summary = #__VA_ARGS__,                                                            \
            .types = OPERANDS_##n " -> " RESULT_##result "; T: " SET_##classes,                 \
            .arity = {.in_min = (n), .in_max = (n), .out = 1},                                  \
            .input_names = names,                                                               \
            ATTRS_##attrs_(row)                                                                 \
            .onnx = {{.name = ONNX_NAME onnx_, .since = ONNX_SINCE onnx_}},                     \
            .infer = infer,                                                                     \
            .reference = BODIES_##classes,                                                      \
            .epilogue = true,                                                                   \
            .scalar = (id)},
#include "kernel/scalar.def"
};
/* clang-format on */
