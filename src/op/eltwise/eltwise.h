/* SPDX-License-Identifier: Apache-2.0
 *
 * What the elementwise operators share: attributes of the scalar operators, broadcasting of any
 * number of operands, and contents of shape tensors.
 */
#ifndef TERN_OP_ELTWISE_ELTWISE_H
#define TERN_OP_ELTWISE_ELTWISE_H

#include "op/op.h"

typedef struct tern_eltwise_attr {
    double alpha, beta;
} tern_eltwise_attr;

/* y's rank and dims: operands first .. first + count broadcast by 1 against each other; absent
 * ones are skipped. */
tern_status tern_infer_broadcast_all(const tern_infer *in, int32_t first, int32_t count,
                                     tern_type *y);

/* Index into operand x's content of element `i` of the static type y. */
int32_t tern_content_index(const tern_type *x, const tern_type *y, int32_t i);

#endif
