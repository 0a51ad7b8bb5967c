/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of pad.
 */
#ifndef TERN_OP_MOVE_PAD_H
#define TERN_OP_MOVE_PAD_H

#include "op/op.h"

typedef struct tern_pad_attr {
    tern_ints pre, post;
} tern_pad_attr;

#endif
