/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of grid_sample.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_grid_sample[] = {
    {"linear", "[2,3,5,4] [2,3,6,2]", NULL, .low = -1.3, .high = 1.3},
    {"aligned", "[1,2,5,4] [1,3,6,2]", "{align_corners=true, outside=clamp}", .low = -2, .high = 2},
    {"nearest", "[1,2,5,4] [1,3,6,2]", "{mode=nearest, outside=reflect}", .low = -2, .high = 2},
    {"cubic", "[1,2,5,4] [1,3,6,2]", "{mode=cubic, outside=reflect, align_corners=true}",
     .low = -2, .high = 2},
    {"volume", "[1,2,3,4,5] [1,2,3,2,3]", NULL, .low = -1.1, .high = 1.1},
    {"line", "[2,2,7] [2,5,1]", "{mode=cubic, outside=clamp}", .low = -1.1, .high = 1.1},
    {"largest_rank", "[1,1,2,1,2,1,2,1] [1,1,2,1,2,1,1,6]", "{outside=reflect}"},
    {"one_element", "[1,1,1,1] [1,2,2,2]", "{align_corners=true, outside=reflect}"},
    {"no_places", "[1,2,3,3] [1,0,4,2]"},
    {"specials", "[1,1,4,4] [1,8,8,2]", NULL, .flags = TERN_CASE_SPECIALS},
    {"no_elements", "[1,1,0,4] [1,2,2,2]", NULL, .flags = TERN_CASE_REFUSED},
    {"coordinates", "[1,1,4,4] [1,2,2,3]", NULL, .flags = TERN_CASE_REFUSED},
    {"image", "[4,4] [4,2]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
