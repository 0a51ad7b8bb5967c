/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver of matrix product tiles: C (m x n) = A (m x k) * B (k x n), B packed in panels.
 *
 *     B panels   [n / columns, rounded up][k][columns], lanes beyond n are zero
 *     tiles      m is cut evenly into row tiles of at most as many rows as the kernels have, so
 *                there is no thin last tile; two row counts occur, r and r - 1
 *     depth      cut into blocks of GEMM_DEPTH; C holds the sum between them
 *
 * All cuts follow from m, n and k alone: results do not depend on the number of threads.
 */
#ifndef TERN_OP_GEMM_GEMM_CPU_H
#define TERN_OP_GEMM_GEMM_CPU_H

#include "op/gemm/epilogue_cpu.h"

enum {
    TERN_GEMM_MOST_ROWS = 16, /* of any kernel */
    TERN_GEMM_DEPTH = 1024,   /* k of one pass over a panel */
};

/* The kernels of one panel width; by_rows[r] has r rows. */
typedef struct tern_gemm_family {
    int32_t columns;
    int32_t most_rows; /* 0: this build has none */
    const tern_gemm_kernel *by_rows[TERN_GEMM_MOST_ROWS + 1];
} tern_gemm_family;

/* `columns` is a width that one of the two functions below gave. */
const tern_gemm_family *tern_gemm_family_find(int32_t columns);

/* Panel width for a B of n columns when nothing is known of m: the widest of those that waste
   least. */
int32_t tern_gemm_columns(tern_isa isa, int64_t n);

/* Panel width when it is A that is packed and m rows are known (convolution: m output channels). */
int32_t tern_gemm_columns_for_rows(tern_isa isa, int64_t m);

static inline int64_t tern_ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* m rows in `count` tiles: the first `wide_count` of `rows` rows, the others of rows - 1. */
typedef struct tern_row_tiles {
    int64_t count, wide_count;
    int32_t rows;
} tern_row_tiles;

static inline tern_row_tiles tern_row_tiles_of(int64_t m, int32_t most_rows)
{
    tern_row_tiles t = {.count = tern_ceil_div(m, most_rows)};
    t.rows = t.count > 0 ? (int32_t)tern_ceil_div(m, t.count) : 0;
    t.wide_count = m - t.count * (t.rows - 1);
    return t;
}

static inline int32_t tern_row_tile_rows(const tern_row_tiles *t, int64_t i)
{
    return i < t->wide_count ? t->rows : t->rows - 1;
}

static inline int64_t tern_row_tile_first(const tern_row_tiles *t, int64_t i)
{
    return i * t->rows - (i > t->wide_count ? i - t->wide_count : 0);
}

/* A right operand to be packed: rows (src[i * n + j]), or its transpose (src[j * k + i]). */
typedef struct tern_gemm_matrix {
    int64_t k, n;
    const float *src;
    bool is_transposed;
} tern_gemm_matrix;

/* Bytes of the panels of a k x n matrix; SIZE_MAX when that overflows. */
size_t tern_gemm_panel_bytes(int64_t k, int64_t n, int32_t columns);
void tern_gemm_pack_panels(tern_isa isa, int32_t columns, const tern_gemm_matrix *b, float *dst);

typedef struct tern_gemm_job {
    int64_t m, n, k;
    const float *a; /* rows, unit stride along k */
    size_t a_stride_bytes;
    const float *b; /* panels */
    float *c;
    size_t c_stride_bytes;
    const float *bias; /* n elements, or NULL */
    const tern_epilogue *epilogue;
    const tern_gemm_family *family;
} tern_gemm_job;

/* Runs the whole product; `team` may be NULL. */
void tern_gemm_run(const tern_gemm_job *job, tern_team *team);

/* Runs fn for all chunks, by the team when there is one and more than one chunk. */
void tern_run_chunks(tern_team *team, int64_t count, tern_chunk_fn *fn, void *arg);

#endif
