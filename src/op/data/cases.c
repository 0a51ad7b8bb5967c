/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of the operators that count.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_nonzero[] = {
    {"plane", "[4,9]", NULL},
    {"wide_indices", "[3,2,5]", "{index_type=i64}"},
    {"scalar", "[]", NULL},
    {"rank_eight", "[1,2,1,2,1,2,1,3]", NULL},
    {"empty", "[3,0]", NULL},
    {"specials", "[5,7]", NULL, .flags = TERN_CASE_SPECIALS},
    {"bad_type", "[3]", "{index_type=f32}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_compress[] = {
    {"rows", "[4,9] bool[4]", "{axis=0}"},
    {"last_axis", "[4,3,9] bool[9]", "{axis=-1}"},
    {"short_condition", "[4,9] bool[3]=1,0,1", "{axis=1}"},
    {"long_condition", "[2,3] bool[5]", "{axis=1}"},
    {"flat", "[4,9] bool[20]", "{flat=true}"},
    {"flat_scalar", "[] bool[1]=1", "{flat=true}"},
    {"nothing", "[4] bool[0]", NULL},
    {"empty", "[0,3] bool[3]=1,0,1", "{axis=1}"},
    {"no_list", "[4,2] bool[4,1]", NULL, .flags = TERN_CASE_REFUSED},
    {"axis_outside", "[4,2] bool[4]", "{axis=2}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_unique[] = {
    {"elements", "[4,9]", NULL},
    {"unsorted", "[4,9]", "{sorted=false}"},
    {"rows", "[9,2]", "{flat=false, axis=0}", .low = 0, .high = 2},
    {"columns", "[2,9,2]", "{flat=false, axis=-2, sorted=false}", .low = 0, .high = 1},
    {"scalar", "[]", NULL},
    {"empty", "[0,3]", NULL},
    {"no_width", "[3,0]", "{flat=false}"},
    {"specials", "[20]", NULL, .flags = TERN_CASE_SPECIALS},
    {"axis_outside", "[4,2]", "{flat=false, axis=2}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_nms[] = {
    {"corners", "[2,9,4] [2,9,3] i32[]=4 f32[]=0.4 f32[]=-2", NULL, .low = -4, .high = 4},
    {"class_first", "[2,9,4] [2,3,9] i64[1]=2 f32[1]=0.2", "{scores=class_box, order=class}"},
    {"center", "[1,12,4] [1,12,1] i32[]=12 f32[]=0.1", "{format=center, index_type=i64}"},
    {"boxes_of_classes", "[2,5,3,4] [2,5,3] i32[]=5 f32[]=0.3", "{top_k_limit=6}"},
    {"none_asked", "[2,5,4] [2,5,1]", NULL},
    {"no_boxes", "[2,0,4] [2,0,1] i32[]=5", NULL},
    {"specials", "[2,9,4] [2,9,1] i32[]=5 f32[]=0.3", NULL, .flags = TERN_CASE_SPECIALS},
    {"no_box", "[2,5,3] [2,5,1]", NULL, .flags = TERN_CASE_REFUSED},
    {"other_batch", "[2,5,4] [3,5,1]", NULL, .flags = TERN_CASE_REFUSED},
    {"other_classes", "[2,5,2,4] [2,5,1]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_range[] = {
    {"up", "[]=1 []=12 []=3", NULL},
    {"one_element_lists", "[1]=0 [1]=7 [1]=2", NULL},
    {"nothing", "[]=5 []=5 []=1", NULL},
    {"backwards", "[]=5 []=1 []=2", NULL},
    {"no_step", "[]=5 []=1 []=0", NULL, .flags = TERN_CASE_REFUSED},
    {"lists", "[2]=5,1 []=1 []=2", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
