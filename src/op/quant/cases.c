/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of quantize, dequantize and dynamic_quantize.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_quantize[] = {
    {"tensor", "[3,7] f32[]=0.05 i8[]=3", NULL, .low = -9, .high = 9},
    {"axis", "[3,4,5] f32[4]=0.1,0.2,0.3,0.5 u8[4]=128,1,0,9", "{axis=1}"},
    {"negative_axis", "[3,4] f16[4]=0.1,0.2,0.3,0.5", "{axis=-1, to=i16}"},
    {"float_zero_point", "[3,4] f32[4]=0.1,0.2,0.3,0.5 f32[4]=0,0,0,0", "{axis=1, to=i8}"},
    {"blocks", "[2,7] f32[2,3]=1,0.5,0.25,1,2,3", "{block=[1,3], to=i4}"},
    {"blocks_of_two_axes", "[4,6] f32[2,2]=1,0.5,0.25,1", "{to=u4}"},
    {"whole_axis", "[4,3] f32[1,3]=1,0.5,0.25", "{block=[-1,1], to=i2}"},
    {"f8e4m3fn", "[40] f32[]=0.01", "{to=f8e4m3fn}"},
    {"f8_overflows", "[40] f32[]=0.001", "{to=f8e4m3fn, saturate=false}"},
    {"f8e5m2", "[40] f16[]=0.00002", "{to=f8e5m2, saturate=false}"},
    {"f4", "[2,9] bf16[]=0.5", "{to=f4e2m1}"},
    {"e8m0_scale", "[2,4] f8e8m0[2,2]=0.5,1,2,4", "{to=f8e4m3fn}"},
    {"precision", "[2,4] f32[]=0.3", "{to=u2, precision=f16}"},
    {"specials", "[64] f32[]=0.5", "{to=i8}", .flags = TERN_CASE_SPECIALS},
    {"scalar", "[] f32[]=0.5"}, {"empty", "[0,3] f32[]=0.5"},
    {"largest_rank", "[1,2,1,2,1,2,1,2] f32[2]=0.5,1", "{axis=7}"},
    {"other_zero_point", "[2] f32[]=1 i8[]=0", "{to=u8}", .flags = TERN_CASE_REFUSED},
    {"to_f32", "[2] f32[]=1", "{to=f32}", .flags = TERN_CASE_REFUSED},
    {"to_e8m0", "[2] f32[]=1", "{to=f8e8m0}", .flags = TERN_CASE_REFUSED},
    {"scale_too_long", "[2,3] f32[2]=1,1", "{axis=1}", .flags = TERN_CASE_REFUSED},
    {"scale_rank", "[2,3,4] f32[2,3]=1,1,1,1,1,1", NULL, .flags = TERN_CASE_REFUSED},
    {"blocks_do_not_fit", "[2,7] f32[2,3]=1,1,1,1,1,1", "{block=[1,2]}",
     .flags = TERN_CASE_REFUSED},
    {"no_block", "[2,7] f32[2,3]=1,1,1,1,1,1", "{block=[1,0]}", .flags = TERN_CASE_REFUSED},
    {"zero_point_shape", "[2,3] f32[3]=1,1,1 u8[2]=1,1", NULL, .flags = TERN_CASE_REFUSED},
    {"axis_outside", "[2,3] f32[3]=1,1,1", "{axis=2}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_dequantize[] = {
    {"tensor", "[3,7] f32[]=0.05"},
    {"half", "[3,7] f16[]=0.05"},
    {"to", "[3,7] f32[]=0.05", "{to=bf16}"},
    {"axis", "[3,4,5] f32[4]=0.1,0.2,0.3,0.5", "{axis=1}"},
    {"zero_point", "i8[3,4] f32[4]=0.1,0.2,0.3,0.5 i8[4]=1,-1,100,-128"},
    {"unsigned", "u4[3,4] f32[]=0.1 u4[]=8", NULL, .low = 0, .high = 15},
    {"blocks", "[2,7] f32[2,3]=1,0.5,0.25,1,2,3", "{block=[1,3]}"},
    {"e8m0_scale", "[2,4] f8e8m0[2,2]=0.5,1,2,4"},
    {"scalar", "[] f32[]=0.5"}, {"empty", "[0,3] f32[]=0.5"},
    {"largest_rank", "[1,2,1,2,1,2,1,2] f32[2]=0.5,1", "{axis=-1}"},
    {"other_zero_point", "i8[2] f32[]=1 u8[]=0", NULL, .flags = TERN_CASE_REFUSED},
    {"to_integer", "[2] f32[]=1", "{to=i32}", .flags = TERN_CASE_REFUSED},
    {"scale_too_long", "[2,3] f32[2]=1,1", "{axis=1}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_dynamic_quantize[] = {
    {"nvfp4", "[3,32] f32[]=0.01"},
    {"mxfp8", "[3,64]", "{to=f8e4m3fn, scale_type=f8e8m0, block_size=32}"},
    {"first_axis", "[8,3]", "{axis=0, block_size=4, to=f8e4m3fn, scale_type=f32}"},
    {"blocks", "[4,6,5]", "{block=[2,3,-1], to=i8, scale_type=f32}"},
    {"zeros", "[16]", NULL, .low = 0, .high = 1e-300},
    {"empty", "[0,16]"},
    {"does_not_divide", "[3,17]", NULL, .flags = TERN_CASE_REFUSED},
    {"scale_f4", "[3,16]", "{scale_type=f4e2m1}", .flags = TERN_CASE_REFUSED},
    {"two_scales", "[3,16] f32[2]", NULL, .flags = TERN_CASE_REFUSED},
    {"scalar", "[]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
