/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes and operands of pad.
 */
#ifndef TERN_OP_MOVE_PAD_H
#define TERN_OP_MOVE_PAD_H

#include "op/op.h"

/* What stands around the input.  Pinned: plans store them. */
typedef enum tern_pad_border {
    TERN_PAD_BORDER_CONSTANT = 0,
    TERN_PAD_BORDER_REFLECT = 1,
    TERN_PAD_BORDER_EDGE = 2,
    TERN_PAD_BORDER_WRAP = 3
} tern_pad_border;

typedef struct tern_pad_attr {
    tern_ints pre, post;
    int32_t border; /* tern_pad_border */
    int32_t reserved;
} tern_pad_attr;

enum { TERN_PAD_X_PADS = 1, TERN_PAD_X_VALUE, TERN_PAD_X_AXES };

#endif
