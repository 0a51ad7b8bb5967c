/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of softmax and ragged_softmax.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_softmax[] = {
    {"hard", "[5,17]", "{axes=[1], hard=true}"},
    {"hard_middle", "[3,5,7]", "{axes=[1], hard=true}"},
    {"rows", "[3,17]", "{axes=[1]}"},
    {"long_rows", "[3,1000]", "{axes=[1]}", .tolerance = 2},
    {"short_rows", "[100,3]", "{axes=[1]}"},
    {"channels", "[2,5,3,4]", NULL},
    {"middle_axis", "[2,5,3]", "{axes=[1]}"},
    {"first_axis_of_ones", "[7,1,1]", "{axes=[0]}"},
    {"logarithm", "[3,33]", "{axes=[1], log=true}", .tolerance = 2},
    {"wide_range", "[4,40]", "{axes=[1]}", .low = -90, .high = 90, .tolerance = 4},
    {"one_element", "[1]", "{axes=[0]}"},
    {"rank_eight", "[1,2,1,2,1,2,1,3]", "{axes=[7]}"},
    {"empty_row", "[3,0]", "{axes=[1]}"},
    {"no_rows", "[0,3]", "{axes=[1]}"},
    {"specials", "[8,20]", "{axes=[1]}", .flags = TERN_CASE_SPECIALS},
    {"two_axes", "[2,2]", "{axes=[0,1]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_ragged_softmax[] = {
    {"rows", "[2,3,5] i32[2,3,1]=0,2,5,1,4,3", NULL},
    {"bounds_outside", "[3,4] i64[3,1]=-3,9,4", NULL},
    {"specials", "[4,9] i32[4,1]=9,8,3,1", NULL, .flags = TERN_CASE_SPECIALS},
    {"no_rows", "[0,4] i32[0,1]=", NULL},
    {"wrong_bounds", "[3,4] i32[3,2]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
