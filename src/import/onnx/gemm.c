/* SPDX-License-Identifier: Apache-2.0
 *
 * Matrix products: Gemm, MatMul, and their fused forms of com.microsoft.
 */
#include "import/onnx/nn.h"

static const char *op_name(bool transposes)
{
    return transposes ? "transpose" : "none";
}

/* x * number, where that is not x. */
static tern_value_id scaled(tern_onnx_call *c, tern_value_id x, double number)
{
    if (number == 1.0) {
        return x;
    }
    if (tern_onnx_class_of(c, x) == TERN_CLASS_F) {
        return tern_onnx_with_number(c, "mul", x, number);
    }
    const tern_dtype dtype = tern_onnx_dtype_of(c, x);
    const tern_value_id wide = tern_onnx_cast(c, x, TERN_DTYPE_F64);
    return tern_onnx_cast(c, tern_onnx_with_number(c, "mul", wide, number), dtype);
}

/* alpha * op(a) * op(b) + beta * third. */
static tern_value_id gemm(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 2)) {
        return TERN_NO_ID;
    }
    if (tern_onnx_rank(c, c->x[0]) != 2 || tern_onnx_rank(c, c->x[1]) != 2) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "operands have ranks %d and %d, both must be 2",
                               (int)tern_onnx_rank(c, c->x[0]), (int)tern_onnx_rank(c, c->x[1]));
        return TERN_NO_ID;
    }
    const double alpha = tern_onnx_float(c, "alpha", 1.0), beta = tern_onnx_float(c, "beta", 1.0);
    const char *text =
        tern_onnx_text(c, "{op0=%s, op1=%s}", op_name(tern_onnx_int(c, "transA", 0) != 0),
                       op_name(tern_onnx_int(c, "transB", 0) != 0));
    /* On a constant operand the factor vanishes when building. */
    const bool b_is_constant = tern_graph_constant_data(c->graph, c->x[1]) != NULL;
    const bool is_float = tern_onnx_class_of(c, c->x[0]) == TERN_CLASS_F;
    const tern_value_id b = b_is_constant && is_float ? scaled(c, c->x[1], alpha) : c->x[1];
    tern_value_id y = tern_onnx_emit(c, "matmul", text, c->x[0], b);
    y = b == c->x[1] ? scaled(c, y, alpha) : y;
    if (c->x[2] != TERN_NO_ID && beta != 0.0) {
        y = tern_onnx_binary(c, "add", y, scaled(c, c->x[2], beta));
    }
    return y;
}

tern_status tern_onnx_do_gemm(tern_onnx_call *c)
{
    c->y[0] = gemm(c);
    return c->status;
}

tern_status tern_onnx_do_fused_gemm(tern_onnx_call *c)
{
    c->y[0] = tern_onnx_activation(c, gemm(c));
    return c->status;
}

/* NumPy's product: vectors get an axis, fewer batch axes get ones in front. */
static tern_value_id matmul(tern_onnx_call *c, tern_value_id a, tern_value_id b, bool transposes_a,
                            bool transposes_b)
{
    const int32_t a_rank = tern_onnx_rank(c, a), b_rank = tern_onnx_rank(c, b);
    if (a_rank < 1 || b_rank < 1) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "operands have ranks %d and %d, least is 1",
                               (int)a_rank, (int)b_rank);
        return TERN_NO_ID;
    }
    /* Ranks, a vector counting as a matrix. */
    const int32_t a_full = a_rank == 1 ? 2 : a_rank, b_full = b_rank == 1 ? 2 : b_rank;
    const int32_t rank = a_full > b_full ? a_full : b_full;
    a = tern_onnx_rank_up(c, a, a_rank == 1 ? rank - 1 : rank);
    b = tern_onnx_rank_up(c, b, b_rank == 1 ? rank - 1 : rank);
    const char *a_op = a_rank == 1 ? "vector" : op_name(transposes_a);
    const char *b_op = b_rank == 1 ? "vector" : op_name(transposes_b);
    return tern_onnx_emit(c, "matmul", tern_onnx_text(c, "{op0=%s, op1=%s}", a_op, b_op), a, b);
}

tern_status tern_onnx_do_matmul(tern_onnx_call *c)
{
    if (tern_onnx_need(c, 2)) {
        c->y[0] = matmul(c, c->x[0], c->x[1], false, false);
    }
    return c->status;
}

/* transBatchX: the batch axes of X lie behind its first matrix axis: [M, batch ..., K]. */
static tern_value_id batch_to_front(tern_onnx_call *c, tern_value_id x)
{
    const int32_t rank = tern_onnx_rank(c, x);
    int64_t order[TERN_MAX_RANK];
    if (rank < 3) {
        return x;
    }
    for (int32_t i = 0; i < rank - 2; i++) {
        order[i] = i + 1;
    }
    order[rank - 2] = 0;
    order[rank - 1] = rank - 1;
    return tern_onnx_transpose(c, x, order, rank);
}

tern_status tern_onnx_do_fused_matmul(tern_onnx_call *c)
{
    if (!tern_onnx_need(c, 2)) {
        return c->status;
    }
    tern_value_id a = c->x[0], b = c->x[1];
    a = tern_onnx_int(c, "transBatchA", 0) != 0 ? batch_to_front(c, a) : a;
    b = tern_onnx_int(c, "transBatchB", 0) != 0 ? batch_to_front(c, b) : b;
    const tern_value_id y =
        matmul(c, a, b, tern_onnx_int(c, "transA", 0) != 0, tern_onnx_int(c, "transB", 0) != 0);
    c->y[0] = scaled(c, y, tern_onnx_float(c, "alpha", 1.0));
    return c->status;
}
