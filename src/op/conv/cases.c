/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of conv and deconv.  Elements are small, so that clipped
 * results are not small against the sums they come from.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_conv[] = {
    {"one_channel_5x5", "[2,1,28,28] [20,1,5,5]! [20]!", NULL, .flags = TERN_CASE_SUMS},
    {"many_channels_5x5", "[1,20,12,12] [50,20,5,5]! [50]!", NULL, .tolerance = 2,
     .flags = TERN_CASE_SUMS},
    {"one_by_one", "[2,33,5,7] [18,33,1,1]! [18]!", NULL, .flags = TERN_CASE_SUMS},
    {"one_output_channel", "[1,4,9,9] [1,4,3,3]!", NULL, .flags = TERN_CASE_SUMS},
    {"seven_output_channels", "[1,4,9,70] [7,4,3,3]!", NULL, .flags = TERN_CASE_SUMS},
    {"flat_kernel", "[2,3,6,6] [108]! [4]!", "{out_channels=4, kernel=[3,3]}",
     .flags = TERN_CASE_SUMS},
    {"strides_and_pads", "[2,3,17,19] [7,3,3,3]!", "{stride=[2,2], pre_pad=[1,2], post_pad=[1,0]}",
     .flags = TERN_CASE_SUMS},
    {"stride_three", "[1,2,20,23] [5,2,2,4]!", "{stride=[3,3]}", .flags = TERN_CASE_SUMS},
    {"dilation", "[1,4,13,11] [6,4,3,2]! [6]!", "{dilation=[2,3], pre_pad=[2,1], post_pad=[2,1]}",
     .flags = TERN_CASE_SUMS},
    {"pads_wider_than_the_image", "[1,2,2,3] [3,2,3,3]!", "{pre_pad=[4,4], post_pad=[4,4]}",
     .flags = TERN_CASE_SUMS},
    {"groups", "[2,8,9,11] [12,2,3,3]! [12]!", "{groups=4}", .flags = TERN_CASE_SUMS},
    {"depthwise", "[2,8,9,11] [8,1,3,3]! [8]!", "{groups=8, pad_mode=same_upper}",
     .flags = TERN_CASE_SUMS},
    {"same_lower", "[1,8,9,11] [5,8,4,4]!", "{pad_mode=same_lower, stride=[2,3]}",
     .flags = TERN_CASE_SUMS},
    {"round_up", "[1,3,12,11] [5,3,4,4]!", "{pad_mode=explicit_round_up, stride=[3,3]}",
     .flags = TERN_CASE_SUMS},
    {"caffe_round_up", "[1,3,12,11] [5,3,4,4]!",
     "{pad_mode=caffe_round_up, stride=[3,3], pre_pad=[1,0]}"},
    {"long_sum", "[1,130,7,7] [20,130,3,3]!", NULL, .tolerance = 4, .flags = TERN_CASE_SUMS},
    {"one_axis", "[2,3,50] [4,3,5]! [4]!", "{pre_pad=[2], post_pad=[2]}", .flags = TERN_CASE_SUMS},
    {"three_axes", "[2,5,4,6,7] [9,5,3,3,3]! [9]!", "{pre_pad=[1,1,1], post_pad=[1,1,1]}",
     .flags = TERN_CASE_SUMS},
    {"flat_depth_with_pads", "[1,3,1,8,8] [4,3,1,3,3]!",
     "{stride=[3,1,1], pre_pad=[1,0,0], post_pad=[1,0,0]}"},
    {"leading_axes", "[2,3,4,6,6] [5,4,3,3]!", NULL, .flags = TERN_CASE_SUMS},
    {"no_batch_axis", "[4,6,6] [5,4,3,3]!", NULL, .flags = TERN_CASE_SUMS},
    {"rank_eight", "[1,2,1,2,1,2,5,5] [3,2,3,3]!", NULL, .flags = TERN_CASE_SUMS},
    {"one_pixel", "[1,3,3,3] [4,3,3,3]! [4]!", NULL, .flags = TERN_CASE_SUMS},
    {"empty_batch", "[0,3,8,8] [4,3,3,3]!", NULL, .flags = TERN_CASE_SUMS},
    {"specials", "[2,3,9,9] [4,3,3,3]!", NULL, .flags = TERN_CASE_SPECIALS},
    {"kernel_at_run_time", "[2,3,9,9] [4,3,3,3] [4]", NULL, .flags = TERN_CASE_SUMS},
    {"wrong_channels", "[1,4,9,9] [4,3,3,3]!", NULL, .flags = TERN_CASE_REFUSED},
    {"window_does_not_fit", "[1,3,2,9] [4,3,3,3]!", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_deconv[] = {
    {"plain", "[2,3,5,6] [3,4,3,3]! [4]!", NULL, .flags = TERN_CASE_SUMS},
    {"strides_and_pads", "[2,3,5,6] [3,4,3,2]!", "{stride=[2,3], pre_pad=[1,0], post_pad=[0,1]}",
     .flags = TERN_CASE_SUMS},
    {"dilation", "[1,2,4,4] [2,3,2,3]!", "{dilation=[2,2], stride=[1,2]}", .flags = TERN_CASE_SUMS},
    {"groups", "[1,4,4,4] [4,3,2,2]! [6]!", "{groups=2}", .flags = TERN_CASE_SUMS},
    {"same_upper", "[1,2,4,5] [2,3,3,4]!", "{pad_mode=same_upper, stride=[2,2]}",
     .flags = TERN_CASE_SUMS},
    {"same_lower", "[1,2,4,5] [2,3,3,4]!", "{pad_mode=same_lower, stride=[2,2]}",
     .flags = TERN_CASE_SUMS},
    {"flat_kernel", "[1,2,4,5] [24]!", "{out_channels=3, kernel=[2,2]}", .flags = TERN_CASE_SUMS},
    {"one_axis", "[1,2,7] [2,3,4]!", "{stride=[2]}", .flags = TERN_CASE_SUMS},
    {"three_axes", "[1,2,2,3,3] [2,3,2,2,2]! [3]!", "{stride=[1,2,1]}", .flags = TERN_CASE_SUMS},
    {"leading_axes", "[2,1,2,3,3] [2,3,2,2]!", NULL, .flags = TERN_CASE_SUMS},
    {"empty_batch", "[0,2,3,3] [2,3,2,2]!", NULL, .flags = TERN_CASE_SUMS},
    {"specials", "[1,2,4,4] [2,3,2,2]!", NULL, .flags = TERN_CASE_SPECIALS},
    {"wrong_channels", "[1,4,9,9] [3,4,3,3]!", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
