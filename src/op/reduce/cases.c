/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of reduce and topk.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_reduce[] = {
    {"sum_rows", "[5,37]", "{axes=2}"},
    {"sum_columns", "[5,37]", "{axes=1}"},
    {"sum_everything", "[3,4,5]", "{axes=7}"},
    {"sum_long", "[2,5000]", "{axes=2}", .tolerance = 4},
    {"sum_middle_kept", "[3,4,5]", "{axes=2, keep_dims=true}"},
    {"average_of_planes", "[2,3,7,7]", "{op=avg, axes=12, keep_dims=true}"},
    {"average_of_channels", "[2,3,7,7]", "{op=avg, axes=2}"},
    {"max_rows", "[5,37]", "{op=max, axes=2}"},
    {"max_outer_axes", "[3,4,5]", "{op=max, axes=5}"},
    {"min_rows", "[5,37]", "{op=min, axes=2}"},
    {"min_first", "[5,37]", "{op=min, axes=1, keep_dims=true}"},
    {"prod_rows", "[5,7]", "{op=prod, axes=2}", .low = -2, .high = 2, .tolerance = 2},
    {"one_element", "[1]", "{axes=1}"},
    {"scalar", "[]", NULL},
    {"axes_of_one", "[3,1,4,1]", "{op=max, axes=10}"},
    {"rank_eight", "[1,2,1,2,1,2,1,3]", "{axes=170}"},
    {"sum_of_nothing", "[3,0]", "{axes=2}"},
    {"max_of_nothing", "[3,0]", "{op=max, axes=2}"},
    {"min_of_nothing", "[3,0]", "{op=min, axes=2}"},
    {"prod_of_nothing", "[3,0]", "{op=prod, axes=2}"},
    {"average_of_nothing", "[3,0]", "{op=avg, axes=2}"},
    {"no_rows", "[0,3]", "{axes=2}"},
    {"sum_specials", "[20,9]", "{axes=2}", .flags = TERN_CASE_SPECIALS},
    {"max_specials", "[20,9]", "{op=max, axes=2}", .flags = TERN_CASE_SPECIALS},
    {"min_specials", "[20,9]", "{op=min, axes=2}", .flags = TERN_CASE_SPECIALS},
    {"axis_outside", "[3,4]", "{axes=4}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_topk[] = {
    {"largest", "[4,9]", "{k=3, axes=2}"},
    {"smallest", "[4,9]", "{op=min, k=3, axes=2}"},
    {"first_axis", "[9,4]", "{k=2, axes=1, index_type=i64}"},
    {"all", "[2,5,3]", "{k=5, axes=2}", .flags = TERN_CASE_SUMS},
    {"none", "[2,5]", "{k=0, axes=2}"},
    {"k_operand", "[2,5] i64[1]=2", "{axes=2}"},
    {"ties", "[3,8]", "{k=4, axes=2}", .low = 0, .high = 0.0001},
    {"specials", "[6,9]", "{k=4, axes=2}", .flags = TERN_CASE_SPECIALS},
    {"no_rows", "[0,5]", "{k=2, axes=2}"},
    {"too_many", "[2,5]", "{k=6, axes=2}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
