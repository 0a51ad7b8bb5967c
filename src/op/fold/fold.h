/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of col2im and affine_grid.
 */
#ifndef TERN_OP_FOLD_FOLD_H
#define TERN_OP_FOLD_FOLD_H

#include "op/op.h"

typedef struct tern_col2im_attr {
    tern_ints stride, dilation, pre_pad, post_pad; /* per image axis; empty: 1, 1, 0, 0 */
} tern_col2im_attr;

typedef struct tern_affine_grid_attr {
    int32_t align_corners; /* 0 or 1 */
    int32_t reserved;
} tern_affine_grid_attr;

#endif
