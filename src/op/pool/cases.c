/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of pool.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_pool[] = {
    {"max_dilated", "[2,3,11,17]", "{kernel=[2,3], dilation=[3,2], pre_pad=[1,1], post_pad=[2,0]}"},
    {"average_dilated", "[2,3,11,17]",
     "{type=average, kernel=[2,3], dilation=[3,2], pre_pad=[2,2], post_pad=[1,1]}",
     .flags = TERN_CASE_FLOATS},
    {"average_dilated_counts_padding", "[2,3,11,17]",
     "{type=average, exclude_padding=false, kernel=[2,3], dilation=[3,2], pre_pad=[2,2], "
     "post_pad=[1,1], pad_mode=explicit_round_up_inside}",
     .flags = TERN_CASE_FLOATS},
    {"max_round_up_inside", "[1,2,7,9]",
     "{kernel=[1,2], stride=[3,3], post_pad=[2,2], pad_mode=explicit_round_up_inside}"},
    {"lp", "[2,3,11,17]", "{type=lp, p=3, kernel=[2,3], pre_pad=[1,1]}", .flags = TERN_CASE_FLOATS},
    {"lp_one", "[2,3,11]", "{type=lp, p=1, kernel=[4], stride=[2]}", .flags = TERN_CASE_FLOATS},
    {"lp_zero", "[2,3,11]", "{type=lp, p=0, kernel=[4]}", .flags = TERN_CASE_REFUSED},
    {"max_2x2", "[2,20,24,24]", "{kernel=[2,2], stride=[2,2]}"},
    {"max_2x2_four_columns", "[2,5,14,8]", "{kernel=[2,2], stride=[2,2]}"},
    {"max_2x2_odd_image", "[2,3,11,17]", "{kernel=[2,2], stride=[2,2]}"},
    {"max_2x2_specials", "[2,3,10,40]", "{kernel=[2,2], stride=[2,2]}",
     .flags = TERN_CASE_SPECIALS},
    {"average_2x2_eight_columns", "[2,3,10,16]", "{type=average, kernel=[2,2], stride=[2,2]}",
     .flags = TERN_CASE_FLOATS},
    {"average_2x2_two_columns", "[1,3,22,4]", "{type=average, kernel=[2,2], stride=[2,2]}",
     .flags = TERN_CASE_FLOATS},
    {"max_3x3", "[1,5,24,23]", "{kernel=[3,3], stride=[2,2], pre_pad=[1,1], post_pad=[1,1]}"},
    {"max_overlapping", "[1,3,9,40]", "{kernel=[3,5]}"},
    {"max_round_up", "[1,5,12,13]", "{kernel=[3,2], stride=[2,3], pad_mode=explicit_round_up}"},
    {"max_same_upper", "[1,3,7,9]", "{kernel=[2,4], stride=[1,2], pad_mode=same_upper}"},
    {"max_caffe_round_up", "[1,2,7,9]",
     "{kernel=[3,3], stride=[2,2], pre_pad=[1,1], pad_mode=caffe_round_up}"},
    {"max_caffe_round_down", "[1,2,7,9]",
     "{kernel=[3,3], stride=[2,2], pre_pad=[2,1], pad_mode=caffe_round_down}"},
    {"max_one_axis", "[2,3,31]", "{kernel=[3], stride=[2]}"},
    {"max_three_axes", "[1,2,5,6,7]", "{kernel=[2,3,2], stride=[2,1,2], pre_pad=[1,0,1]}"},
    {"max_flat_depth", "[1,2,5,6,7]", "{kernel=[1,3,2]}"},
    {"max_specials", "[1,3,9,24]", "{kernel=[2,3]}", .flags = TERN_CASE_SPECIALS},
    {"max_specials_padded", "[1,3,9,24]", "{kernel=[3,3], pre_pad=[1,1], post_pad=[1,1]}",
     .flags = TERN_CASE_SPECIALS},
    {"max_padding_only", "[1,1,2,2]", "{kernel=[2,2], pre_pad=[3,3], post_pad=[2,2]}"},
    {"average", "[2,3,14,15]", "{type=average, kernel=[3,3], stride=[2,2]}",
     .flags = TERN_CASE_FLOATS},
    {"average_padded", "[2,3,14,15]",
     "{type=average, kernel=[3,3], stride=[2,2], pre_pad=[1,1], post_pad=[1,1]}",
     .flags = TERN_CASE_FLOATS},
    {"average_counts_padding", "[2,3,14,15]",
     "{type=average, exclude_padding=false, kernel=[3,3], stride=[2,2], pre_pad=[1,1], "
     "post_pad=[1,1]}",
     .flags = TERN_CASE_FLOATS},
    {"average_sticks_out", "[2,3,14,15]",
     "{type=average, exclude_padding=false, kernel=[3,3], stride=[2,3], pre_pad=[1,1], "
     "post_pad=[1,0], pad_mode=explicit_round_up}",
     .flags = TERN_CASE_FLOATS},
    {"average_same_lower", "[1,3,9,8]",
     "{type=average, kernel=[3,2], stride=[2,2], pad_mode=same_lower}", .flags = TERN_CASE_FLOATS},
    {"average_of_the_plane", "[2,5,7,7]", "{type=average, kernel=[7,7]}",
     .flags = TERN_CASE_FLOATS},
    {"average_three_axes", "[1,2,5,6,7]",
     "{type=average, kernel=[2,3,2], pre_pad=[1,0,1], post_pad=[0,1,0]}",
     .flags = TERN_CASE_FLOATS},
    {"average_specials", "[1,3,9,24]", "{type=average, kernel=[2,3]}",
     .flags = TERN_CASE_SPECIALS | TERN_CASE_FLOATS},
    {"blend", "[1,3,9,8]",
     "{type=max_average_blend, blend=0.3, kernel=[3,2], pre_pad=[1,0], post_pad=[0,1]}",
     .flags = TERN_CASE_FLOATS},
    {"no_batch_axis", "[3,6,6]", "{kernel=[2,2]}"},
    {"leading_axes", "[2,1,3,6,6]", "{kernel=[2,2]}"},
    {"empty_batch", "[0,3,6,6]", "{kernel=[2,2]}"},
    {"too_large", "[1,1,4,4]", "{kernel=[5,1]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_pool_index[] = {
    {"two_axes", "[2,3,7,9]", "{kernel=[2,3], stride=[2,1], pre_pad=[1,1], post_pad=[0,1]}"},
    {"column_major", "[2,3,7,9]", "{kernel=[2,3], dilation=[2,2], column_major=true}"},
    {"one_axis", "[2,3,31]", "{kernel=[3], stride=[2]}"},
    {"three_axes", "[1,2,5,6,7]", "{kernel=[2,3,2], stride=[2,1,2]}"},
    {"padding_only", "[1,1,2,2]", "{kernel=[2,2], pre_pad=[3,3], post_pad=[2,2]}"},
    {"specials", "[1,3,9,24]", "{kernel=[2,3]}", .flags = TERN_CASE_SPECIALS},
    {"empty_batch", "[0,3,9,24]", "{kernel=[2,3]}"},
    {"large_window", "[1,1,2,2]", "{kernel=[3,3]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_max_unpool[] = {
    {"two_axes", "[1,1,2,2] i64[1,1,2,2]=0,3,9,15", "{kernel=[2,2], stride=[2,2]}"},
    {"indices_outside", "[1,1,2,2] i64[1,1,2,2]=-1,99,16,15", "{kernel=[2,2], stride=[2,2]}"},
    {"shape", "[1,1,2,2] i64[1,1,2,2]=0,3,9,15 i64[4]=1,1,5,3", "{kernel=[2,2], stride=[2,2]}"},
    {"one_axis", "[2,3,4] i64[2,3,4]", "{kernel=[3]}", .low = 0, .high = 30},
    {"empty", "[0,1,2,2] i64[0,1,2,2]", "{kernel=[2,2]}"},
    {"other_indices", "[1,1,2,2] i64[1,1,2,3]", "{kernel=[2,2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_roi_pool[] = {
    {"grid", "[2,3,8,9] [2,5]=0,1,1,6,7,1,0,0,8,8", "{pooled=[2,3]}"},
    {"scaled", "[2,3,8,9] [2,5]=0,1,1,12,14,1,0,0,16,16", "{pooled=[2,2], spatial_scale=0.5}"},
    {"outside", "[1,2,4,4] [3,5]=7,0,0,3,3,0,9,9,12,12,-1,0,0,1,1", "{pooled=[2,2]}"},
    {"no_regions", "[1,2,4,4] [0,5]", "{pooled=[2,2]}"},
    {"four_numbers", "[1,2,4,4] [1,4]", "{pooled=[2,2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
