/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of concat.
 */
#ifndef TERN_OP_MOVE_CONCAT_H
#define TERN_OP_MOVE_CONCAT_H

#include "op/op.h"

typedef struct tern_concat_attr {
    int64_t axis;
} tern_concat_attr;

#endif
