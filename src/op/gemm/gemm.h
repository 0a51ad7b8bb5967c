/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of the matrix products: fully_connected and matmul.
 */
#ifndef TERN_OP_GEMM_GEMM_H
#define TERN_OP_GEMM_GEMM_H

#include "op/op.h"

typedef struct tern_fully_connected_attr {
    int64_t out_channels; /* 0: as the kernel tensor says */
} tern_fully_connected_attr;

/* What is done to an operand of matmul first.  Pinned: plans store them. */
typedef enum tern_matrix_op {
    TERN_MATRIX_OP_NONE = 0,
    TERN_MATRIX_OP_TRANSPOSE = 1,
    TERN_MATRIX_OP_VECTOR =
        2 /* the last axis is a vector: a row on the left, a column on the right */
} tern_matrix_op;

typedef struct tern_matmul_attr {
    int32_t op0, op1; /* tern_matrix_op */
} tern_matmul_attr;

/* One matmul as numbers: y[b] (m x n) = a[b] (m x k) * b[b] (k x n), batch axes broadcast. */
typedef struct tern_matmul_shape {
    int64_t m, n, k;
    int32_t batch_rank;
    int64_t batch_dims[TERN_MAX_RANK]; /* of the result */
    int64_t a_batch_stride[TERN_MAX_RANK],
        b_batch_stride[TERN_MAX_RANK];     /* elements; 0 where broadcast */
    int64_t batch;                         /* product of batch_dims */
    int64_t a_row_stride, a_column_stride; /* along m, along k; elements */
    int64_t b_row_stride, b_column_stride; /* along k, along n */
} tern_matmul_shape;

/* Types of numbers only. */
void tern_matmul_resolve(const tern_matmul_attr *attr, const tern_type *x, tern_matmul_shape *out);

/* Offsets in elements of a's and b's matrices for batch index `batch`. */
void tern_matmul_offsets(const tern_matmul_shape *s, int64_t batch, int64_t *out_a, int64_t *out_b);

#endif
