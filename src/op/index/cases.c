/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of the operators that place, mark and order elements by index.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_scatter[] = {
    {"rows", "[5,4] i64[2,4]=0,1,2,3,4,-1,0,2 [2,4]", "{axis=0}"},
    {"columns", "[3,5] i32[3,2]=4,0,-5,3,1,2 [3,2]", "{axis=-1}"},
    {"outside", "[4] i64[3]=4,-5,1 [3]"},
    {"nd", "[4,3,2] i64[2,1]=3,1 [2,3,2]", "{mode=nd}"},
    {"nd_elements", "[4,3] i64[2,2]=3,1,-1,-1 [2]", "{mode=nd}"},
    {"nd_all", "[4,3] i64[1,0] [1,4,3]", "{mode=nd}"},
    {"smallest", "[4] i64[4]=2,2,0,2 [4]", "{reduction=min}"},
    {"largest", "[4] i64[4]=2,2,0,2 [4]", "{reduction=max}"},
    {"sums", "[4] i64[4]=2,2,0,2 [4]", "{reduction=add}", .flags = TERN_CASE_FLOATS},
    {"products", "[4,2] i64[2,1]=1,1 [2,2]", "{mode=nd, reduction=mul}", .flags = TERN_CASE_FLOATS},
    {"no_updates", "[4,3] i64[0,3] [0,3]"},
    {"empty", "[0,3] i64[1,3]=0,0,0 [1,3]", NULL},
    {"specials", "[20] i64[4]=3,2,9,11 [4]", .flags = TERN_CASE_SPECIALS},
    {"largest_rank", "[1,2,1,2,1,2,1,2] i64[1,1,1,1,1,1,1,2]=1,0 [1,1,1,1,1,1,1,2]", "{axis=7}"},
    {"differs", "[5] i64[2]=0,1 [3]", .flags = TERN_CASE_REFUSED},
    {"bad_axis", "[5] i64[2]=0,1 [2]", "{axis=1}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_tensor_scatter[] = {
    {"linear", "[2,5,3] [2,2,3] i64[2]=1,4"},
    {"circular", "[2,2,5,3] [2,2,2,3] i32[2]=4,-1", "{mode=circular}"},
    {"from_the_start", "[2,5,3] [2,2,3]"},
    {"axis", "[2,4,5] [2,4,2] i64[2]=3,0", "{axis=-1}"},
    {"empty", "[2,0,3] [2,0,3] i64[2]=1,4"},
    {"too_long", "[2,2,3] [2,3,3]", .flags = TERN_CASE_REFUSED},
    {"batch_axis", "[2,2,3] [2,2,3]", "{axis=0}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_one_hot[] = {
    {"last", "i64[4]=0,2,-1,7 [2] i64[]=3"},
    {"first", "i32[2,2]=1,0,-3,-4 [2] i64[1]=3", "{axis=0}"},
    {"scalar", "i64[]=1 [2] i64[]=2"},
    {"no_depth", "i64[2]=1,0 [2] i64[]=0"},
    {"empty", "i64[0] [2] i64[]=2"},
    {"values", "i64[1]=1 [3] i64[]=2", .flags = TERN_CASE_REFUSED},
    {"negative", "i64[1]=1 [2] i64[]=-2", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_trilu[] = {
    {"upper", "[4,5]"}, {"lower", "[2,4,3]", "{upper=false}"},
    {"above", "[4,5] i64[]=2"}, {"below", "[4,5] i64[1]=-2", "{upper=false}"},
    {"far", "[3,3] i64[]=9"}, {"far_below", "[3,3] i64[]=-9223372036854775807"},
    {"empty", "[0,3]"}, {"no_columns", "[3,0]"}, {"largest_rank", "[1,1,2,1,1,1,3,3]"},
    {"list", "[5]", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_eye[] = {
    {"square", "i64[2]=3,3"}, {"wide", "i64[2]=2,5", "{k=1, dtype=i64}"},
    {"high", "i32[2]=5,2", "{k=-2, dtype=bool}"}, {"far", "i64[2]=2,2", "{k=-9223372036854775807}"},
    {"empty", "i64[2]=0,3"}, {"list", "i64[1]=3", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_reverse_sequence[] = {
    {"times_first", "[4,3,2] i64[3]=2,4,0"},
    {"batch_first", "[3,4,2] i32[3]=2,4,1", "{batch_axis=0, sequence_axis=1}"},
    {"apart", "[3,2,4] i64[3]=2,4,1", "{batch_axis=0, sequence_axis=-1}"},
    {"too_long", "[3,2] i64[2]=9,-1"},
    {"empty", "[0,2] i64[2]=1,1"},
    {"specials", "[9,2] i64[2]=5,9", .flags = TERN_CASE_SPECIALS},
    {"same_axis", "[3,2] i64[3]=1,1,1", "{batch_axis=0}", .flags = TERN_CASE_REFUSED},
    {"lengths", "[3,2] i64[3]=1,1,1", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_cumulative[] = {
    {"last", "[3,7]", "{axis=-1}"},
    {"first", "[5,3]", "{exclusive=true}"},
    {"from_the_end", "[2,5,3]", "{axis=1, reverse=true}"},
    {"both", "[2,5]", "{axis=1, reverse=true, exclusive=true}"},
    {"products", "[2,4]", "{op=prod, axis=1}", .low = 1, .high = 2},
    {"products_from_the_end", "[4]", "{op=prod, reverse=true, exclusive=true}",
     .low = 1, .high = 2},
    {"operand", "[2,5] i32[]=-1"},
    {"empty", "[0,3]", "{axis=1}"},
    {"scalar", "[]", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
