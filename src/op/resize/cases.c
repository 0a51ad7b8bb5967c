/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of resize.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_resize[] = {
    {"nearest", "[1,2,4,5]", "{size=[1,2,7,3]}"},
    {"nearest_batch", "[1,3,4,5]", "{size=[2,3,6,10], rounding=half_up}"},
    {"linear", "[2,2,4,5]", "{size=[2,2,9,9], mode=linear, coordinates=half_pixel}"},
    {"linear_3d", "[1,1,2,3,4]", "{size=[1,1,3,5,2], mode=linear, coordinates=align_corners}"},
    {"cubic", "[1,2,6,5]",
     "{size=[1,2,11,3], mode=cubic, coordinates=half_pixel, exclude_outside=true}"},
    {"scales", "[1,1,6,6]", "{scales=[1,1,2,0.5], mode=linear}"},
    {"operand", "[1,1,4,4] i64[4]=1,1,2,8"},
    {"same", "[3,4]"},
    {"scalar", "[]"},
    {"to_empty", "[3,4]", "{size=[0,4]}"},
    {"specials", "[1,1,8,8]", "{size=[1,1,5,12]}", .flags = TERN_CASE_SPECIALS},
    {"from_empty", "[0]", "{size=[2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
