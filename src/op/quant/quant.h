/* SPDX-License-Identifier: Apache-2.0
 *
 * What quantize, dequantize and dynamic_quantize share: which scale belongs to which element, and
 * the numbers that a quantized type can hold.
 */
#ifndef TERN_OP_QUANT_QUANT_H
#define TERN_OP_QUANT_QUANT_H

#include "op/op.h"

typedef struct tern_quantize_attr {
    int64_t axis; /* of a scale of rank 1 */
    tern_ints block;
    int32_t to;        /* tern_dtype, or 0 */
    int32_t precision; /* tern_dtype of the division, or 0 */
    int32_t saturate;  /* 0 or 1 */
    int32_t reserved;
} tern_quantize_attr;

typedef struct tern_dequantize_attr {
    int64_t axis;
    tern_ints block;
    int32_t to; /* tern_dtype, or 0 */
    int32_t reserved;
} tern_dequantize_attr;

typedef struct tern_dynamic_quantize_attr {
    int64_t axis, block_size; /* when `block` is empty */
    tern_ints block;
    int32_t to, scale_type; /* tern_dtype */
} tern_dynamic_quantize_attr;

/*
 * Element [i..] has the scale number sum of (i[d] / block[d]) * stride[d].  Scales are one for all
 * (no stride), one per place of an axis, or as many axes as the tensor with one per block.
 */
typedef struct tern_quant_grid {
    int32_t rank;
    int64_t extents[TERN_MAX_RANK], block[TERN_MAX_RANK], strides[TERN_MAX_RANK];
    int64_t places[TERN_MAX_RANK]; /* scales along the axis: what lies beyond has the last one */
} tern_quant_grid;

void tern_quant_grid_make(const tern_type *x, const tern_type *scale, int64_t axis,
                          const tern_ints *block, tern_quant_grid *out_grid);

/* Elements in order: the number of the scale of the one at `index`, which steps on. */
int64_t tern_quant_grid_next(const tern_quant_grid *g, int64_t index[TERN_MAX_RANK]);

/* Checks the scale's shape (operand 1) and the zero point's (operand 2) against the input's. */
tern_status tern_quant_infer_grid(const tern_infer *in, int64_t *axis, const tern_ints *block);

/* The quantized type that the zero point (operand 2) has; 0: absent, or numbers (TensorRT's way).
   */
int tern_quant_zero_type(const tern_infer *in);

/* The numbers of a quantized type; false for one that is none. */
bool tern_quant_range(int dtype, double *out_low, double *out_high);

/* An operand's element as a number; absent (NULL): 0. */
double tern_quant_number(const tern_type *t, const void *wide, int64_t i);
/* A number as the wide type of a result. */
void tern_quant_store(const tern_type *t, void *wide, int64_t i, double x);

/* x rounded to f32, f16, bf16; other types keep it. */
double tern_quant_round(int dtype, double x);

#endif
