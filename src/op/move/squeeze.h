/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of squeeze, unsqueeze, expand, tile and split.
 */
#ifndef TERN_OP_MOVE_SQUEEZE_H
#define TERN_OP_MOVE_SQUEEZE_H

#include "op/op.h"

/* squeeze and unsqueeze: which axes; expand: the shape; tile: how often. */
typedef struct tern_list_attr {
    tern_ints list;
} tern_list_attr;

typedef struct tern_split_attr {
    int64_t axis;
    int64_t index; /* which part the result is */
    int64_t parts; /* without sizes: into how many the input is cut */
} tern_split_attr;

#endif
