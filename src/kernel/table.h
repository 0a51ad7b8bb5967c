/* SPDX-License-Identifier: Apache-2.0 */
/* table.h: the kernel families: what one call of each takes, and the tables that selection, tests
   and benchmarks walk. Each table is the rows of the .def file of its name, oldest ISA first, and
   ends with a row whose name is NULL. */
#ifndef TERN_KERNEL_TABLE_H
#define TERN_KERNEL_TABLE_H

#include "kernel.h"

/* ---- gemm: C[m][n] = A[m][k] * B[k][n], one tile ---- */

enum {
    TERN_GEMM_ACCUMULATE = 1, /* add to what C holds */
    TERN_GEMM_BIAS_M = 2,     /* bias[i] to row i */
    TERN_GEMM_BIAS_N = 4,     /* bias[j] to column j; at most one of the two */
    TERN_GEMM_RESIDUAL = 8,   /* add residual[i][j] */
    TERN_GEMM_CLAMP = 16,     /* last: to [lo, hi], NaN stays NaN */
};

/* The tile has exactly the kernel's row count, and n = 1 .. its column count columns.
   Packed kernels read A as [k][rows]; strided ones read row i at a + i * a_stride_bytes, unit
   stride along k. B is a panel [k][columns], always full width; columns from n on may hold
   anything. residual may be C itself. k = 0 is legal: the epilogue of a zero product. */
typedef struct tern_gemm_f32 {
    int64_t k;
    int32_t n;
    uint32_t flags;
    const float *a;
    size_t a_stride_bytes;
    const float *b;
    float *c;
    size_t c_stride_bytes;
    const float *bias;
    const float *residual;
    size_t residual_stride_bytes;
    float lo, hi;
} tern_gemm_f32;

typedef struct tern_gemm_kernel {
    const char *name; /* of the packed form; the other one ends in "_strided" */
    void (*packed)(const tern_gemm_f32 *tile);
    void (*strided)(const tern_gemm_f32 *tile);
    int32_t rows, columns;
    tern_isa isa;
} tern_gemm_kernel;

extern const tern_gemm_kernel tern_gemm_kernels[];

/* The last row with this tile whose ISA is in the mask (bit 1 << tern_isa); NULL when there is
   none. */
const tern_gemm_kernel *tern_gemm_find(int32_t rows, int32_t columns, uint32_t isa_mask);

/* ---- pack: strips [k][width] of a matrix, as the A (width = rows) or B (width = columns) of a
   tile ---- */

/* dst[i * width + j] = src[i][j]   "rows": B from [k][n], A from its transpose [k][m]
                     or src[j][i]   "columns": B from its transpose [n][k], A from [m][k]
   for i < k and j < count; 0 for j = count .. width - 1. src_stride_bytes is the step of src's
   first index. */
typedef struct tern_pack_f32 {
    float *dst;
    const float *src;
    size_t src_stride_bytes;
    int64_t k;
    int64_t count;
    int64_t width;
} tern_pack_f32;

typedef struct tern_pack_kernel {
    const char *name;
    void (*run)(const tern_pack_f32 *strip);
    bool is_columns;
    tern_isa isa;
} tern_pack_kernel;

extern const tern_pack_kernel tern_pack_kernels[];
const tern_pack_kernel *tern_pack_find(bool is_columns, uint32_t isa_mask);

/* ---- windows of one image, for im2col and pooling ---- */

/* Output pixel (y, x), tap (r, s) looks at input (y * stride_h + r * dilation_h - pad_top, likewise
   x); what lies outside the image is padding. All but the pads are at least 1. */
typedef struct tern_window {
    int64_t in_h, in_w;
    int64_t out_h, out_w;
    int64_t kernel_h, kernel_w;
    int64_t stride_h, stride_w;
    int64_t dilation_h, dilation_w;
    int64_t pad_top, pad_left;
} tern_window;

/* ---- im2col: the windows of a run of output pixels, as the B panel of a product tile ---- */

/* dst[((c * kernel_h + r) * kernel_w + s) * width + j] = tap (r, s) of channel c of output pixel
   first + j (row-major in out_h x out_w) for j < count, 0 for j = count .. width - 1. Padding reads
   0. width is 1 .. 64. */
typedef struct tern_im2col_f32 {
    tern_window window;
    int64_t channels;
    const float *src;
    size_t src_channel_stride_bytes;
    size_t src_row_stride_bytes;
    float *dst;
    int64_t first, count;
    int64_t width;
} tern_im2col_f32;

typedef struct tern_im2col_kernel {
    const char *name;
    void (*run)(const tern_im2col_f32 *panel);
    tern_isa isa;
} tern_im2col_kernel;

extern const tern_im2col_kernel tern_im2col_kernels[];
const tern_im2col_kernel *tern_im2col_find(uint32_t isa_mask);

/* ---- conv: a product tile whose B is the image itself ---- */

enum { TERN_CONV_MOST_VECTORS = 4, TERN_CONV_PIECES = 2 };

/* Where the lanes of each vector of a run of output pixels lie in the image, for tap (0, 0): a
   vector has up to two pieces, one per output row it touches. Steps and offsets are in bytes. */
typedef struct tern_conv_layout {
    int64_t channels, kernel_h, kernel_w;
    int64_t channel_step, row_step, column_step;
    int64_t from[TERN_CONV_MOST_VECTORS][TERN_CONV_PIECES];
    uint32_t lanes[TERN_CONV_MOST_VECTORS][TERN_CONV_PIECES]; /* bit i: lane i is in the piece */
} tern_conv_layout;

/* The tile has the kernel's row count; t->a is packed as [k][rows], t->b the first channel of the
   image, t->n the pixels, t->k unused: it is channels * kernel_h * kernel_w. The rest is as for
   gemm. */
typedef struct tern_conv_kernel {
    const char *name;
    void (*run)(const tern_gemm_f32 *tile, const tern_conv_layout *layout);
    int32_t rows, columns;
    int32_t lanes; /* of one vector, for tern_conv_layout_make */
    tern_isa isa;
} tern_conv_kernel;

extern const tern_conv_kernel tern_conv_kernels[];
const tern_conv_kernel *tern_conv_find(int32_t rows, int32_t columns, uint32_t isa_mask);

/* The layout of the run that `panel` describes (its src and dst are not looked at; its width is the
   kernel's columns). False where a tile cannot read the image: padding under one of the windows, a
   stride_w over 1, or vectors that touch more than two output rows; then im2col has to. The layout
   holds offsets only, so it serves every image of the same strides. */
bool tern_conv_layout_make(const tern_im2col_f32 *panel, int32_t lanes, tern_conv_layout *out);

/* ---- pool: output rows first_row .. first_row + row_count - 1 of one plane ---- */

/* max ignores padding and keeps NaN; a window without a pixel gives -infinity. average divides by
   the number of pixels, or with count_padding by the number of taps inside the padded image (in_h +
   pad_top + pad_bottom, likewise x), which differs from the window's size only where rounding up
   lets a window stick out; no tap at all gives 0. */
typedef struct tern_pool_f32 {
    tern_window window;
    int64_t pad_bottom, pad_right;
    const float *src;
    size_t src_row_stride_bytes;
    float *dst; /* row 0 of the plane, whatever first_row is */
    size_t dst_row_stride_bytes;
    int64_t first_row, row_count;
    bool count_padding;
} tern_pool_f32;

typedef struct tern_pool_kernel {
    const char *name;
    void (*run)(const tern_pool_f32 *plane);
    bool is_average;
    tern_isa isa;
} tern_pool_kernel;

extern const tern_pool_kernel tern_pool_kernels[];
const tern_pool_kernel *tern_pool_find(bool is_average, uint32_t isa_mask);

/* ---- rows: softmax and reductions along the last axis ---- */

/* softmax: dst[i][j] = exp(src[i][j] - max_i) / sum_i; log: src - max_i - log(sum_i). In place
   allowed. */
typedef struct tern_softmax_f32 {
    const float *src;
    size_t src_stride_bytes;
    float *dst;
    size_t dst_stride_bytes;
    int64_t rows, columns;
    bool is_log;
} tern_softmax_f32;

typedef struct tern_softmax_kernel {
    const char *name;
    void (*run)(const tern_softmax_f32 *rows);
    tern_isa isa;
} tern_softmax_kernel;

extern const tern_softmax_kernel tern_softmax_kernels[];
const tern_softmax_kernel *tern_softmax_find(uint32_t isa_mask);

typedef enum tern_reduce_kind {
    TERN_REDUCE_sum,
    TERN_REDUCE_max, /* NaN wins; no element: -infinity */
    TERN_REDUCE_min, /* NaN wins; no element: +infinity */
    TERN_REDUCE_sum_squares,
} tern_reduce_kind;

/* dst[i] = scale * reduction of src[i][0 .. columns); scale 1 / columns makes a sum a mean. */
typedef struct tern_reduce_f32 {
    const float *src;
    size_t src_stride_bytes;
    float *dst;
    int64_t rows, columns;
    float scale;
} tern_reduce_f32;

typedef struct tern_reduce_kernel {
    const char *name;
    void (*run)(const tern_reduce_f32 *rows);
    tern_reduce_kind kind;
    tern_isa isa;
} tern_reduce_kernel;

extern const tern_reduce_kernel tern_reduce_kernels[];
const tern_reduce_kernel *tern_reduce_find(tern_reduce_kind kind, uint32_t isa_mask);

/* ---- eltwise: an expression over a tile ---- */

typedef struct tern_expr_operand {
    const float *data;
    size_t row_stride_bytes; /* full: from row to row; column: from value to value; else unused */
} tern_expr_operand;

/* src is the accumulator coming in; it is read only if the expression reads slot 0 before writing
   it, or never writes it. dst may be src, or a full operand, at the same address and stride; it may
   touch nothing else. The expression must be valid for class F. bool operands and results are 1.0f
   and 0.0f. */
typedef struct tern_expr_tile {
    int64_t rows, columns;
    const float *src;
    size_t src_stride_bytes;
    float *dst;
    size_t dst_stride_bytes;
    const tern_expr_operand *operands;
} tern_expr_tile;

typedef struct tern_eltwise_kernel {
    const char *name;
    void (*run)(const tern_expr *expr, const tern_expr_tile *tile);
    tern_isa isa;
} tern_eltwise_kernel;

extern const tern_eltwise_kernel tern_eltwise_kernels[];
const tern_eltwise_kernel *tern_eltwise_find(uint32_t isa_mask);

/* ---- convert: count elements; rounds to nearest even, NaN stays a (quiet) NaN ---- */

typedef enum tern_convert_type {
    TERN_CONVERT_f32,
    TERN_CONVERT_f16,
    TERN_CONVERT_bf16,
} tern_convert_type;

typedef struct tern_convert_kernel {
    const char *name;
    void (*run)(const void *src, void *dst, int64_t count);
    tern_convert_type source, target;
    tern_isa isa;
} tern_convert_kernel;

extern const tern_convert_kernel tern_convert_kernels[];
const tern_convert_kernel *tern_convert_find(tern_convert_type source, tern_convert_type target,
                                             uint32_t isa_mask);

#endif
