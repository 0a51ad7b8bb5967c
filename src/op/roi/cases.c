/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of roi_align.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_roi_align[] = {
    {"average", "[2,3,6,7] [2,4]=0.5,1,4,5,2,2,6,3.5 i64[2]=1,0", "{pooled=[2,3], samples=2}"},
    {"adaptive", "[1,2,6,7] [2,4]=0,0,6,5,1,1,9,9 i64[2]=0,0", "{pooled=[3,2], half_pixel=false}"},
    {"largest", "[1,2,6,7] [1,4]=0,0,6,5 i64[1]=0", "{pooled=[2,2], mode=max, spatial_scale=0.5}"},
    {"outside", "[1,1,4,4] [3,4]=-9,-9,-5,-5,20,20,30,30,3,3,1,1 i64[3]=0,0,0", "{pooled=[2,2]}"},
    {"no_such_image", "[2,1,4,4] [2,4]=0,0,2,2,0,0,2,2 i64[2]=2,-3"},
    {"no_regions", "[2,1,4,4] [0,4] i64[0]"},
    {"specials", "[1,1,8,8] [8,4] i64[8]=0,0,0,0,0,0,0,0", "{samples=2}",
     .flags = TERN_CASE_SPECIALS},
    {"corners", "[2,1,4,4] [2,5] i64[2]=0,0", NULL, .flags = TERN_CASE_REFUSED},
    {"cells", "[2,1,4,4] [1,4] i64[1]=0", "{pooled=[2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
