/* SPDX-License-Identifier: Apache-2.0
 *
 * What the classic models of ai.onnx.ml share: floats from any kind of attribute, what is done to
 * scores at the end, labels.
 */
#ifndef TERN_IMPORT_ONNX_ML_H
#define TERN_IMPORT_ONNX_ML_H

#include "import/onnx/index.h"

/* A list of numbers, in the arena. */
typedef struct tern_onnx_numbers {
    const double *v;
    int64_t count;
} tern_onnx_numbers;

/* Of the attribute `tensor` if it is there, else of the list `floats`; either name may be NULL. */
tern_onnx_numbers tern_onnx_numbers_of(tern_onnx_call *c, const char *floats, const char *tensor);

tern_value_id tern_onnx_doubles(tern_onnx_call *c, tern_onnx_numbers v, tern_dtype dtype);

/* One or two operands through a text of ONNX nodes: x0, x1 to y0. */
tern_value_id tern_onnx_through(tern_onnx_call *c, const char *text, tern_value_id x0,
                                tern_value_id x1);

/* NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO, PROBIT along the last axis. */
tern_value_id tern_onnx_post_transform(tern_onnx_call *c, tern_str name, tern_value_id scores);

/* x as [N,F] of floats: f64 stays, others become `to`. */
tern_value_id tern_onnx_features(tern_onnx_call *c, tern_value_id x, tern_dtype to);

/* Labels of classes: numbers, or texts, which are not read. */
typedef struct tern_onnx_labels {
    const int64_t *ints;
    int32_t count;
    bool is_text;
} tern_onnx_labels;

/* The labels; refuses texts when somebody wants them. */
tern_onnx_labels tern_onnx_read_labels(tern_onnx_call *c, const char *ints, const char *strings);

/* y[0]: of the largest of each row of scores; y[1]: the scores after the transform. */
void tern_onnx_classify(tern_onnx_call *c, tern_onnx_labels labels, tern_value_id scores,
                        tern_str transform);
/*
 * y[0]: the second of two labels where column [N,1] is above `limit`, else the first; one label
 * counts as 0 and 1.  y[1]: the scores.
 */
void tern_onnx_classify_two(tern_onnx_call *c, tern_onnx_labels labels, tern_value_id column,
                            double limit, tern_value_id scores);

#endif
