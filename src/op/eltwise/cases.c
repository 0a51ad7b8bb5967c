/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of the elementwise operators.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_scalar_1[] = {
    {"scalar", "[]"},
    {"one", "[1,1]"},
    {"empty", "[3,0]"},
    {"odd", "[3,5,7]"},
    {"several_tiles", "[2,4099]"},
    {"largest_rank", "[1,2,1,3,1,2,2,3]"},
    {"specials", "[64]", .flags = TERN_CASE_SPECIALS},
    {"near_one", "[33]", .low = -1, .high = 1},
    {"positive", "[4,9]", .low = 1, .high = 60},
    {NULL},
};

const tern_op_case tern_cases_scalar_2[] = {
    {"scalars", "[] []"},
    {"full", "[3,5,7] [3,5,7]"},
    {"row", "[6,17] [1,17]"},
    {"column", "[6,17] [6,1]"},
    {"one", "[6,17] [1,1]"},
    {"first_is_small", "[1,17] [6,17]"},
    {"both_ways", "[6,1,3] [1,5,3]"},
    {"channel", "[2,3,4,5] [1,3,1,1]"},
    {"outer_and_inner", "[2,3,4,5] [2,1,4,1]"},
    {"several_tiles", "[2,9001] [1,9001]"},
    {"several_rows", "[300,40] [300,1]"},
    {"largest_rank", "[2,1,2,1,2,1,2,1] [1,2,1,2,1,2,1,2]"},
    {"empty", "[0,4] [1,4]"},
    {"specials", "[8,16] [8,16]", .flags = TERN_CASE_SPECIALS},
    {"positive", "[31] [31]", .low = 1, .high = 5},
    {"ranks_differ", "[3] [1,3]", .flags = TERN_CASE_REFUSED},
    {"extents_differ", "[3] [4]", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_scalar_3[] = {
    {"scalars", "[] [] []"},
    {"full", "[3,5,7] [3,5,7] [3,5,7]"},
    {"mixed", "[2,3,1] [1,3,4] [2,1,4]"},
    {"one", "[6,17] [1,1] [6,1]"},
    {"empty", "[0,4] [1,4] [0,1]"},
    {"specials", "[8,16] [8,16] [8,16]", .flags = TERN_CASE_SPECIALS},
    {NULL},
};

const tern_op_case tern_cases_fused[] = {
    {"scalar", "[]"},
    {"odd", "[3,5,7]"},
    {"image", "[2,3,9,11]"},
    {"several_tiles", "[2,5000]"},
    {"empty", "[0,3]"},
    {"largest_rank", "[1,2,1,3,1,2,2,3]"},
    {"specials", "[4,33]", .flags = TERN_CASE_SPECIALS},
    {NULL},
};

const tern_op_case tern_cases_select[] = {
    {"scalars", "[] [] []"},
    {"full", "[3,5] [3,5] [3,5]"},
    {"mixed", "[2,3,1] [1,3,4] [2,1,4]"},
    {"empty_wins", "[0] [1] [1]"},
    {"largest_rank", "[1,2,1,2,1,2,1,2] [1,1,1,1,1,1,1,1] [2,1,2,1,2,1,2,1]"},
    {"specials", "[40] [40] [40]", .flags = TERN_CASE_SPECIALS},
    {"extents_differ", "[3] [3] [2]", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_prelu[] = {
    {"full", "[3,5] [3,5]"},
    {"channel", "[2,3,4,5] [1,3,1,1]!"},
    {"one", "[2,3] [1,1]"},
    {"scalar", "[] []"},
    {"empty", "[2,0] [1,1]"},
    {"specials", "[40] [1]", .flags = TERN_CASE_SPECIALS},
    {"slope_too_large", "[1,3] [2,3]", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_scale[] = {
    {"uniform", "[2,3,4] [1]! [1]! [1]!", .low = 0.25, .high = 3},
    {"channel", "[2,3,4,5] [3]! [3]! [3]!", "{mode=channel}", .low = 0.25, .high = 3},
    {"elementwise", "[2,3,4] [12]! [3,4]!", "{mode=elementwise}"},
    {"scale_only", "[2,3,4] - [3]!", "{mode=channel, channel_axis=-2}"},
    {"nothing", "[2,3]"},
    {"scalar", "[] [1]!"},
    {"empty", "[2,0] - [0]!", "{mode=channel}"},
    {"specials", "[5,8] [1]! [1]!", .flags = TERN_CASE_SPECIALS},
    {"wrong_count", "[2,3,4] [4]!", "{mode=channel}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
