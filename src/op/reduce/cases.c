/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of reduce and topk.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_reduce[] = {
    {"sum_rows", "[5,37]", "{axes=[1]}"},
    {"sum_columns", "[5,37]", "{axes=[0]}"},
    {"sum_everything", "[3,4,5]", "{axes=[0,1,2]}"},
    {"sum_long", "[2,5000]", "{axes=[1]}", .tolerance = 4},
    {"sum_middle_kept", "[3,4,5]", "{axes=[1], keep_dims=true}"},
    {"average_of_planes", "[2,3,7,7]", "{op=avg, axes=[2,3], keep_dims=true}"},
    {"average_of_channels", "[2,3,7,7]", "{op=avg, axes=[1]}"},
    {"max_rows", "[5,37]", "{op=max, axes=[1]}"},
    {"max_outer_axes", "[3,4,5]", "{op=max, axes=[0,2]}"},
    {"min_rows", "[5,37]", "{op=min, axes=[1]}"},
    {"min_first", "[5,37]", "{op=min, axes=[0], keep_dims=true}"},
    {"prod_rows", "[5,7]", "{op=prod, axes=[1]}", .low = -2, .high = 2, .tolerance = 2},
    {"one_element", "[1]", "{axes=[0]}"},
    {"scalar", "[]", NULL},
    {"axes_of_one", "[3,1,4,1]", "{op=max, axes=[1,3]}"},
    {"rank_eight", "[1,2,1,2,1,2,1,3]", "{axes=[1,3,5,7]}"},
    {"sum_of_nothing", "[3,0]", "{axes=[1]}"},
    {"max_of_nothing", "[3,0]", "{op=max, axes=[1]}"},
    {"min_of_nothing", "[3,0]", "{op=min, axes=[1]}"},
    {"prod_of_nothing", "[3,0]", "{op=prod, axes=[1]}"},
    {"average_of_nothing", "[3,0]", "{op=avg, axes=[1]}"},
    {"no_rows", "[0,3]", "{axes=[1]}"},
    {"sum_specials", "[20,9]", "{axes=[1]}", .flags = TERN_CASE_SPECIALS},
    {"max_specials", "[20,9]", "{op=max, axes=[1]}", .flags = TERN_CASE_SPECIALS},
    {"min_specials", "[20,9]", "{op=min, axes=[1]}", .flags = TERN_CASE_SPECIALS},
    {"l1", "[5,37]", "{op=l1, axes=[1]}"},
    {"l2", "[3,4,5]", "{op=l2, axes=[0,2]}"},
    {"sum_square", "[3,4,5]", "{op=sum_square, axes=[1,2], keep_dims=true}"},
    {"log_sum", "[5,37]", "{op=log_sum, axes=[1]}", .low = 0.5, .high = 4},
    {"log_sum_exp", "[5,37]", "{op=log_sum_exp, axes=[1]}"},
    {"log_sum_exp_specials", "[20,9]", "{op=log_sum_exp, axes=[1]}", .flags = TERN_CASE_SPECIALS},
    {"log_sum_exp_of_nothing", "[3,0]", "{op=log_sum_exp, axes=[1]}"},
    {"axes_operand", "[3,4,5] i64[2]=0,-1", "{op=max}"},
    {"axes_operand_kept", "[3,4,5] i32[1]=1", "{keep_dims=true}"},
    {"axes_operand_empty", "[3,4,5] i64[0]", "{op=avg, keep_dims=true}"},
    {"axes_operand_empty_is_none", "[3,4,5] i64[0]", "{op=sum_square, empty_is_none=true}"},
    {"axes_operand_outside", "[3,4] i64[1]=2", NULL, .flags = TERN_CASE_REFUSED},
    {"axis_outside", "[3,4]", "{axes=[2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_topk[] = {
    {"largest", "[4,9]", "{k=3, axes=[1]}"},
    {"smallest", "[4,9]", "{op=min, k=3, axes=[1]}"},
    {"first_axis", "[9,4]", "{k=2, axes=[0], index_type=i64}"},
    {"all", "[2,5,3]", "{k=5, axes=[1]}", .flags = TERN_CASE_SUMS},
    {"none", "[2,5]", "{k=0, axes=[1]}"},
    {"k_operand", "[2,5] i64[1]=2", "{axes=[1]}"},
    {"ties", "[3,8]", "{k=4, axes=[1]}", .low = 0, .high = 0.0001},
    {"ties_last_first", "[3,8]", "{k=4, axes=[1], last_first=true}", .low = 0, .high = 0.0001},
    {"specials", "[6,9]", "{k=4, axes=[1]}", .flags = TERN_CASE_SPECIALS},
    {"no_rows", "[0,5]", "{k=2, axes=[1]}"},
    {"too_many", "[2,5]", "{k=6, axes=[1]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
