/* SPDX-License-Identifier: Apache-2.0
 *
 * Small things that the families of convolution, pooling, products, normalization, reduction,
 * recurrence and attention share.
 */
#ifndef TERN_IMPORT_ONNX_NN_H
#define TERN_IMPORT_ONNX_NN_H

#include "import/onnx/rows.h"

/* False, and the call fails, unless the first `count` inputs are tensors. */
bool tern_onnx_need(tern_onnx_call *c, int32_t count);

/* Is output i wanted by the model? */
bool tern_onnx_wants(const tern_onnx_call *c, int32_t i);

tern_dtype tern_onnx_dtype_of(const tern_onnx_call *c, tern_value_id x);
tern_class tern_onnx_class_of(const tern_onnx_call *c, tern_value_id x);

/* The bit set of axes first..rank-1. */
uint32_t tern_onnx_axes_from(int64_t first, int32_t rank);

/* A tensor of rank 1 as [1, C, 1 ...] of that rank; others as they are. */
tern_value_id tern_onnx_per_channel(tern_onnx_call *c, tern_value_id x, int32_t rank);

/* x with the extents of `like`, which has as many elements. */
tern_value_id tern_onnx_reshape_like(tern_onnx_call *c, tern_value_id x, tern_value_id like);

/* x + y, x * y ... with a scalar of x's type. */
tern_value_id tern_onnx_with_number(tern_onnx_call *c, const char *op, tern_value_id x,
                                    double number);

/* What the attribute "activation" of a fused operator does to x; its numbers come from the list
 * activation_params, or activation_alpha and activation_beta. */
tern_value_id tern_onnx_activation(tern_onnx_call *c, tern_value_id x);

#endif
