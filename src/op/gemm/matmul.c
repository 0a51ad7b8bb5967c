/* SPDX-License-Identifier: Apache-2.0
 *
 * matmul: batched matrix product; what is true of it on every device.
 *
 *     y[batch, m, n] = sum over k of  op0(a)[batch, m, k] * op1(b)[batch, k, n]
 *
 * op0 and op1 take a matrix as it is, transposed, or a vector (the last axis; a row on the left, a
 * column on the right, and the result lacks that axis).  With vectors counted as matrices both
 * operands have the same rank; batch axes broadcast by 1.
 */
#include "op/gemm/gemm.h"

#include "op/message.h"
#include "op/wrap.h"

static const tern_attr_name matrix_ops[] = {
    {"none", TERN_MATRIX_OP_NONE},
    {"transpose", TERN_MATRIX_OP_TRANSPOSE},
    {"vector", TERN_MATRIX_OP_VECTOR},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_matmul_attr, op0, ENUM, .names = matrix_ops,
              .summary = "what is done to the left operand first"),
    TERN_ATTR(tern_matmul_attr, op1, ENUM, .names = matrix_ops,
              .summary = "what is done to the right operand first"),
    TERN_ATTR_END,
};

/* An operand as a stack of matrices, after its op. */
typedef struct side {
    int32_t batch_rank;
    tern_dim rows, columns;
    int32_t k_axis; /* axis of the operand that is summed over */
} side;

static side side_of(const tern_type *t, int32_t op, bool is_left)
{
    if (op == TERN_MATRIX_OP_VECTOR) {
        const tern_dim length = t->dims[t->rank - 1];
        return (side){t->rank - 1, is_left ? 1 : length, is_left ? length : 1, t->rank - 1};
    }
    const tern_dim last = t->dims[t->rank - 1], before = t->dims[t->rank - 2];
    if (op == TERN_MATRIX_OP_TRANSPOSE) {
        return (side){t->rank - 2, last, before, is_left ? t->rank - 2 : t->rank - 1};
    }
    return (side){t->rank - 2, before, last, is_left ? t->rank - 1 : t->rank - 2};
}

static tern_status check_ranks(const tern_infer *in)
{
    const tern_matmul_attr *a = in->attr;
    const int32_t ops[2] = {a->op0, a->op1};
    char text[2][TERN_OPERAND_TEXT_BYTES];
    for (int32_t i = 0; i < 2; i++) {
        const int32_t least = ops[i] == TERN_MATRIX_OP_VECTOR ? 1 : 2;
        if (in->x[i].rank < least) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s needs rank %d or more as a %s, it has %d",
                             in->who, tern_operand_text(in, i, text[0]), (int)least,
                             least == 1 ? "vector" : "matrix", (int)in->x[i].rank);
        }
    }
    const int32_t left = in->x[0].rank + (a->op0 == TERN_MATRIX_OP_VECTOR);
    const int32_t right = in->x[1].rank + (a->op1 == TERN_MATRIX_OP_VECTOR);
    if (left != right) {
        return tern_fail(
            TERN_BAD_SHAPE,
            "%s: %s and %s must have equal ranks, a vector counting one more: %d and %d", in->who,
            tern_operand_text(in, 0, text[0]), tern_operand_text(in, 1, text[1]), (int)left,
            (int)right);
    }
    return TERN_OK;
}

static tern_status batch_dim(const tern_infer *in, int32_t axis, tern_dim *out)
{
    const tern_dim a = in->x[0].dims[axis], b = in->x[1].dims[axis];
    *out = tern_dim_broadcast(in->dims, a, b);
    if (*out == TERN_DIM_NONE) {
        char left[TERN_OPERAND_TEXT_BYTES], right[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(
            TERN_BAD_SHAPE, "%s: batch extents of %s and %s differ and neither is 1 (axis %d)",
            in->who, tern_operand_text(in, 0, left), tern_operand_text(in, 1, right), (int)axis);
    }
    return TERN_OK;
}

static tern_status infer(tern_infer *in)
{
    const tern_matmul_attr *attr = in->attr;
    TERN_TRY(check_ranks(in));
    const side a = side_of(&in->x[0], attr->op0, true), b = side_of(&in->x[1], attr->op1, false);
    if (!tern_dim_may_equal(a.columns, b.rows)) {
        char left[TERN_OPERAND_TEXT_BYTES], right[TERN_OPERAND_TEXT_BYTES];
        char m[TERN_EXTENT_TEXT_BYTES], n[TERN_EXTENT_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: %s gives %s columns (axis %d), %s gives %s rows (axis %d)", in->who,
                         tern_operand_text(in, 0, left), tern_extent_text(in, a.columns, m),
                         (int)a.k_axis, tern_operand_text(in, 1, right),
                         tern_extent_text(in, b.rows, n), (int)b.k_axis);
    }
    tern_type *y = &in->y[0];
    int32_t rank = 0;
    for (; rank < a.batch_rank; rank++) {
        TERN_TRY(batch_dim(in, rank, &y->dims[rank]));
    }
    if (attr->op0 != TERN_MATRIX_OP_VECTOR) {
        y->dims[rank++] = a.rows;
    }
    if (attr->op1 != TERN_MATRIX_OP_VECTOR) {
        y->dims[rank++] = b.columns;
    }
    y->rank = (uint8_t)rank;
    return TERN_OK;
}

/* Strides of a dense operand: rows and columns after its op, and batch axes (0 where it
   broadcasts). */
static void strides_of(const tern_type *t, int32_t op, bool is_left, int32_t batch_rank,
                       int64_t *out_matrix, int64_t *out_batch)
{
    const int64_t last = t->dims[t->rank - 1];
    int64_t step = last;
    if (op == TERN_MATRIX_OP_VECTOR) {
        out_matrix[0] = is_left ? 0 : 1;
        out_matrix[1] = is_left ? 1 : 0;
    } else {
        out_matrix[0] = op == TERN_MATRIX_OP_TRANSPOSE ? 1 : last;
        out_matrix[1] = op == TERN_MATRIX_OP_TRANSPOSE ? last : 1;
        step *= t->dims[t->rank - 2];
    }
    for (int32_t i = batch_rank - 1; i >= 0; i--) {
        out_batch[i] = t->dims[i] == 1 ? 0 : step;
        step *= t->dims[i];
    }
}

void tern_matmul_resolve(const tern_matmul_attr *attr, const tern_type *x, tern_matmul_shape *out)
{
    const side a = side_of(&x[0], attr->op0, true), b = side_of(&x[1], attr->op1, false);
    *out = (tern_matmul_shape){
        .m = a.rows, .n = b.columns, .k = a.columns, .batch_rank = a.batch_rank, .batch = 1};
    for (int32_t i = 0; i < a.batch_rank; i++) {
        out->batch_dims[i] = x[0].dims[i] == 1 ? x[1].dims[i] : x[0].dims[i];
        out->batch *= out->batch_dims[i];
    }
    int64_t left[2], right[2];
    strides_of(&x[0], attr->op0, true, a.batch_rank, left, out->a_batch_stride);
    strides_of(&x[1], attr->op1, false, a.batch_rank, right, out->b_batch_stride);
    out->a_row_stride = left[0];
    out->a_column_stride = left[1];
    out->b_row_stride = right[0];
    out->b_column_stride = right[1];
}

void tern_matmul_offsets(const tern_matmul_shape *s, int64_t batch, int64_t *out_a, int64_t *out_b)
{
    int64_t a = 0, b = 0;
    for (int32_t i = s->batch_rank - 1; i >= 0; i--) {
        const int64_t at = batch % s->batch_dims[i];
        batch /= s->batch_dims[i];
        a += at * s->a_batch_stride[i];
        b += at * s->b_batch_stride[i];
    }
    *out_a = a;
    *out_b = b;
}

#define TERN_BODY "op/gemm/matmul_body.h"
#define TERN_BODY_F
#define TERN_BODY_I
#define TERN_BODY_U
#include "op/for_each_class.h"

static double cost(const void *attr, const tern_type *x, int32_t x_count, const tern_type *y)
{
    (void)x_count;
    (void)y;
    tern_matmul_shape s;
    tern_matmul_resolve(attr, x, &s);
    return 2.0 * (double)s.batch * (double)s.m * (double)s.n * (double)s.k;
}

static const char *const inputs[] = {"a", "b", NULL};

const tern_op tern_op_matmul = {
    .name = "matmul",
    .summary = "batched matrix product, operands transposed or vectors on request",
    .types = "T, T -> T; T: float int",
    .arity = {.in_min = 2, .in_max = 2, .out = 1},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(tern_matmul_attr),
    .onnx = {{"MatMul", 1}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I, [TERN_CLASS_U] = run_U},
    .epilogue = true,
    .cost = cost,
};
