/* SPDX-License-Identifier: Apache-2.0
 *
 * What translations of quantized operators share.  Sums of integer products are computed in f32
 * where no sum can leave the integers that f32 has (then every order of adding gives the same), and
 * in i32 elsewhere.
 */
#ifndef TERN_IMPORT_ONNX_QUANT_H
#define TERN_IMPORT_ONNX_QUANT_H

#include "import/onnx/nn.h"

/* A quantized tensor: absent parts are 0. */
typedef struct tern_onnx_quantized {
    tern_value_id x, scale, zero;
} tern_onnx_quantized;

/* Inputs i, i + 1 and i + 2. */
tern_onnx_quantized tern_onnx_quantized_at(const tern_onnx_call *c, int32_t i);

tern_value_id tern_onnx_dequantized(tern_onnx_call *c, const tern_onnx_quantized *q);
/* x as a tensor of type `to`, or that of zero. */
tern_value_id tern_onnx_requantized(tern_onnx_call *c, tern_value_id x, tern_value_id scale,
                                    tern_value_id zero, tern_dtype to);

/* DynamicQuantizeLinear of x: the codes, their scale, their zero point. */
void tern_onnx_dynamic_quantize(tern_onnx_call *c, tern_value_id x, tern_value_id out_parts[3]);

/*
 * The integer product of NumPy's matmul, as f32 or i32 values that are the exact sums; zero points
 * of a are per tensor or per row, those of b per tensor or per column.
 */
tern_value_id tern_onnx_integer_matmul(tern_onnx_call *c, const tern_onnx_quantized *a,
                                       const tern_onnx_quantized *b);
/* The same for a convolution with the node's attributes; bias in i32, or 0. */
tern_value_id tern_onnx_integer_conv(tern_onnx_call *c, const tern_onnx_quantized *x,
                                     const tern_onnx_quantized *w, tern_value_id bias);

/* A scale per row ([M]) as [M,1]; others as they are. */
tern_value_id tern_onnx_per_row(tern_onnx_call *c, tern_value_id scale);

/* Exact sums in f32 times factor; nothing is folded into the product in front. */
tern_value_id tern_onnx_scaled_sums(tern_onnx_call *c, tern_value_id sums, tern_value_id factor);

#endif
