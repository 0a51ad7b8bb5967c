/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of softmax.
 */
#ifndef TERN_OP_SOFTMAX_SOFTMAX_H
#define TERN_OP_SOFTMAX_SOFTMAX_H

#include "op/op.h"

typedef struct tern_softmax_attr {
    uint32_t axes; /* exactly one bit; 0: axis max(0, rank - 3), which infer writes here */
    int32_t log;
    int32_t hard; /* 1 for the first largest element, 0 for the others */
    int32_t reserved;
} tern_softmax_attr;

#endif
