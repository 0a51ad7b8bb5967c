/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of gather.
 */
#ifndef TERN_OP_MOVE_GATHER_H
#define TERN_OP_MOVE_GATHER_H

#include "op/op.h"

/* Pinned: plans store them. */
typedef enum tern_gather_mode {
    TERN_GATHER_DEFAULT = 0,
    TERN_GATHER_ELEMENT = 1,
    TERN_GATHER_ND = 2
} tern_gather_mode;

typedef struct tern_gather_attr {
    int64_t axis;
    int64_t elementwise_dims;
    int32_t mode; /* tern_gather_mode */
    int32_t reserved;
} tern_gather_attr;

#endif
