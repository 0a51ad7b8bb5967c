/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of col2im and affine_grid.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_col2im[] = {
    {"blocks", "[1,5,5] i64[2]=5,5 i64[2]=1,5"},
    {"strides", "[2,9,4] i64[2]=5,5 i64[2]=3,3", "{stride=[2,2]}"},
    {"pads", "[1,5,15] i64[2]=5,5 i64[2]=1,5", "{pre_pad=[0,1], post_pad=[0,1]}"},
    {"dilations", "[1,4,5] i32[2]=6,6 i32[2]=2,2", "{dilation=[1,5], stride=[1,1]}"},
    {"volume", "[1,10,12] i64[3]=3,4,5 i64[3]=1,1,5"},
    {"line", "[2,4,3] i64[1]=4 i64[1]=2"},
    {"empty", "[0,5,5] i64[2]=5,5 i64[2]=1,5"},
    {"columns", "[1,5,4] i64[2]=5,5 i64[2]=1,5", .flags = TERN_CASE_REFUSED},
    {"channels", "[1,6,5] i64[2]=5,5 i64[2]=1,5", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_affine_grid[] = {
    {"plane", "[2,2,3] i64[4]=2,3,4,5"},
    {"corners", "[2,2,3] i64[4]=2,3,4,1", "{align_corners=true}"},
    {"volume", "[1,3,4] i32[5]=1,1,2,3,4"},
    {"empty", "[0,2,3] i64[4]=0,3,4,5"},
    {"rank", "[2,3,4] i64[4]=2,3,4,5", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
