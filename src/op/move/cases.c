/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of the operators that move elements.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_constant[] = {{NULL}}; /* never runs */

const tern_op_case tern_cases_identity[] = {
    {"scalar", "[]"}, {"odd", "[3,5]"}, {"empty", "[0]"}, {"largest_rank", "[1,2,1,2,1,2,1,2]"},
    {"specials", "[40]", .flags = TERN_CASE_SPECIALS},
    {NULL},
};

const tern_op_case tern_cases_cast[] = {
    {"f32", "[3,7]", "{to=f32}"},
    {"f16", "[3,7]", "{to=f16}", .low = -1000, .high = 1000},
    {"bf16", "[40000]", "{to=bf16}"},
    {"f64", "[3,7]", "{to=f64}"},
    {"i8", "[3,7]", "{to=i8}"},
    {"i32", "[3,7]", "{to=i32}"},
    {"i64", "[3,7]", "{to=i64}"},
    {"u8", "[3,7]", "{to=u8}", .low = 0, .high = 100},
    {"bool", "[3,7]", "{to=bool}"},
    {"scalar", "[]", "{to=f16}"},
    {"empty", "[0,2]", "{to=f16}"},
    {"specials_f16", "[64]", "{to=f16}", .flags = TERN_CASE_SPECIALS},
    {"specials_bf16", "[64]", "{to=bf16}", .flags = TERN_CASE_SPECIALS},
    {"specials_f32", "[64]", "{to=f32}", .flags = TERN_CASE_SPECIALS},
    {"specials_i32", "[64]", "{to=i32}", .flags = TERN_CASE_SPECIALS},
    {"f8e4m3fn", "[3,7]", "{to=f8e4m3fn}", .low = -600, .high = 600},
    {"f8e4m3fnuz", "[3,7]", "{to=f8e4m3fnuz, saturate=false}", .low = -300, .high = 300},
    {"f8e5m2", "[3,7]", "{to=f8e5m2}"},
    {"f8e5m2fnuz", "[3,7]", "{to=f8e5m2fnuz, saturate=false}"},
    {"f8e8m0", "[3,7]", "{to=f8e8m0, round_mode=nearest}", .low = 0, .high = 9},
    {"f4e2m1", "[3,7]", "{to=f4e2m1}", .low = -7, .high = 7},
    {"i4", "[3,7]", "{to=i4}", .low = -8, .high = 7},
    {"u4", "[3,7]", "{to=u4, overflow=wrap}", .low = -9, .high = 16},
    {"i2", "[3,7]", "{to=i2}", .low = -2, .high = 1},
    {"u2", "[3,7]", "{to=u2}", .low = 0, .high = 3},
    {"specials_f8", "[64]", "{to=f8e5m2, saturate=false}", .flags = TERN_CASE_SPECIALS},
    {"specials_wrap", "[64]", "{to=i16, overflow=wrap}", .flags = TERN_CASE_SPECIALS},
    {"to_nothing", "[2]", "{to=none}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_bitcast[] = {
    {"f32", "f32[3,7]", "{to=i32}"},
    {"f64", "f64[3,7]", "{to=u64}"},
    {"f16", "f16[5]", "{to=bf16}"},
    {"bool", "bool[5]", "{to=u8}"},
    {"f8", "f8e5m2[5]", "{to=i8}"},
    {"i4", "i4[5]", "{to=f4e2m1}"},
    {"u2", "u2[3,3]", "{to=i2}"},
    {"scalar", "f32[]", "{to=u32}"},
    {"empty", "f32[0,2]", "{to=i32}"},
    {"narrower", "i32[2]", "{to=i16}", .flags = TERN_CASE_REFUSED},
    {"nothing", "[2]", "{to=none}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_shape[] = {
    {"i64", "[3,5]"}, {"i32", "[3,5]", "{dtype=i32}"}, {"scalar", "[]"}, {"empty", "[3,0]"},
    {"largest_rank", "[1,2,3,4,1,2,1,2]"},
    {"range", "[3,5,7]", "{start=-2, end=-1}"}, {"beyond", "[3,5]", "{start=-9, end=9}"},
    {"no_axis", "[3,5]", "{start=2, end=1}"}, {"size", "[3,5]", "{product=true}"},
    {"size_of_scalar", "[]", "{product=true, dtype=i32}"},
    {"float", "[2]", "{dtype=f32}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_shuffle[] = {
    {"copy", "[3,5000]", "{reshape=[5000,3]}"},
    {"large_copy", "[17000]", "{reshape=[-1,17]}"},
    {"turn", "[37,65]", "{first_transpose=[1,0]}"},
    {"turn_large", "[130,200]", "{second_transpose=[1,0]}"},
    {"image_to_channels_last", "[2,3,9,11]", "{first_transpose=[0,2,3,1]}"},
    {"image_to_channels_first", "[2,9,11,3]", "{first_transpose=[0,3,1,2]}"},
    {"rows", "[5,4,33]", "{first_transpose=[1,0,2]}"},
    {"swap_pairs", "[2,3,4,5]", "{first_transpose=[2,3,0,1]}"},
    {"inner_swap", "[3,4,5,6]", "{first_transpose=[0,2,1,3]}"},
    {"three_steps", "[4,6,5]",
     "{first_transpose=[2,0,1], reshape=[10,12], second_transpose=[1,0]}"},
    {"reverse_rank_8", "[2,1,3,2,1,2,2,3]", "{first_transpose=[7,6,5,4,3,2,1,0]}"},
    {"ones", "[1,7,1]", "{first_transpose=[2,1,0]}"},
    {"scalar", "[]"},
    {"to_scalar", "[1,1,1]", "{to_scalar=true}"},
    {"empty", "[3,0,2]", "{first_transpose=[2,0,1]}"},
    {"operand", "[2,12] i64[3]=4,-1,2"},
    {"does_not_fit", "[2,12]", "{reshape=[5,5]}", .flags = TERN_CASE_REFUSED},
    {"no_permutation", "[2,12]", "{first_transpose=[0,2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_slice[] = {
    {"inside", "[4,5,6]", "{start=[1,0,2], size=[2,5,3], stride=[1,1,1]}"},
    {"rows", "[40,3000]", "{start=[3,0], size=[30,-1]}"},
    {"strides", "[9,10]", "{start=[0,1], size=[3,3], stride=[4,3]}"},
    {"backwards", "[4,5]", "{start=[3,4], size=[4,5], stride=[-1,-1]}"},
    {"repeat", "[4,5]", "{start=[1,0], size=[3,5], stride=[0,1]}"},
    {"fill", "[4,5]", "{start=[-2,-1], size=[8,9], stride=[1,1], mode=fill}"},
    {"fill_value", "[4,5] - - - [1]", "{start=[-2,3], size=[8,4], mode=fill}"},
    {"fill_strides", "[4,5] - - - [1]", "{start=[5,6], size=[4,5], stride=[-2,-2], mode=fill}"},
    {"fill_left", "[5]", "{start=[-9], size=[4], mode=fill}"},
    {"fill_right", "[5]", "{start=[9], size=[4], mode=fill}"},
    {"wrap", "[4,5]", "{start=[-3,2], size=[9,12], stride=[1,1], mode=wrap}"},
    {"clamp", "[4,5]", "{start=[-3,2], size=[9,12], stride=[1,1], mode=clamp}"},
    {"reflect", "[4,5]", "{start=[-3,-7], size=[9,22], stride=[1,1], mode=reflect}"},
    {"operands", "[4,5] i64[2]=1,2 i64[2]=2,3 i32[2]=1,1"},
    {"axes", "[4,5,6]", "{axes=[-1], start=[2], size=[3]}"},
    {"scalar", "[]"},
    {"empty", "[4,5]", "{start=[0,0], size=[0,5]}"},
    {"of_empty", "[0,5]", "{start=[-1,0], size=[2,5], mode=fill}"},
    {"largest_rank", "[2,2,2,2,2,2,2,3]", "{start=[1,0,1,0,1,0,1,0], size=[1,2,1,2,1,2,1,2]}"},
    {"clip", "[4,5]", "{start=[-3,1], size=[9,-1], clip=true}"},
    {"clip_backwards", "[4,5]", "{axes=[1], start=[9], size=[-9], stride=[-2], clip=true}"},
    {"clip_operands", "[4,5] i64[1]=-1 i64[1]=-4 i64[1]=-1 - i32[1]=-1", "{clip=true}"},
    {"clip_all", "[4,5]", "{start=[3,0], size=[1,2], clip=true}"},
    {"outside", "[4]", "{start=[2], size=[3]}", .flags = TERN_CASE_REFUSED},
    {"clip_stride", "[4]", "{start=[2], size=[3], stride=[0], clip=true}",
     .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_concat[] = {
    {"last", "[3,4] [3,1] [3,5]", "{axis=1}"},
    {"first", "[3,4] [1,4]", "{axis=0}"},
    {"negative_axis", "[2,3,4] [2,5,4]", "{axis=-2}"},
    {"one", "[3,4]", "{axis=1}"},
    {"with_empty", "[3,0] [3,2] [3,0]", "{axis=1}"},
    {"all_empty", "[0,3] [0,3]", "{axis=0}"},
    {"long_rows", "[2,40000] [2,30001]", "{axis=1}"},
    {"many_rows", "[3000,3] [3000,4]", "{axis=1}"},
    {"many", "[2] [1] [3] [1] [1] [2] [1] [1] [1] [4] [1] [1] [1] [1] [1] [1] [2] [1]"},
    {"largest_rank", "[1,2,1,2,1,2,1,2] [1,2,3,2,1,2,1,2]", "{axis=2}"},
    {"specials", "[20] [20]", .flags = TERN_CASE_SPECIALS},
    {"differs", "[3,4] [2,4]", "{axis=1}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_gather[] = {
    {"rows", "[5,4] i32[3]=4,0,2"},
    {"columns", "[5,4] i64[2,2]=3,-1,0,2", "{axis=-1}"},
    {"table", "[50,300] i64[3,40]", "{axis=0}", .low = -50, .high = 49},
    {"long_rows", "[3,30000] u8[2]=2,1"},
    {"middle", "[2,3,4] i32[2]=-3,2", "{axis=1}"},
    {"scalar_index", "[5,4] i32[]=1"},
    {"outside", "[5,4] i32[3]=5,-6,1"},
    {"elementwise", "[2,3,4] i32[2,2]=0,3,1,1", "{axis=2, elementwise_dims=1}"},
    {"element", "[3,4] i32[2,4]=0,2,1,0,2,2,0,-1", "{mode=element}"},
    {"nd", "[3,4,2] i32[2,2]=0,1,2,3", "{mode=nd}"},
    {"nd_elementwise", "[2,4,3] i64[2,1,1]=3,0", "{mode=nd, elementwise_dims=1}"},
    {"no_indices", "[3,4] i32[0]"},
    {"no_data", "[0,4] i32[1]=0"},
    {"bad_axis", "[3] i32[1]=0", "{axis=1}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_pad[] = {
    {"around", "[2,3,4]", "{pre=[1,2], post=[0,1]}"},
    {"crop", "[2,3,4]", "{pre=[-1,1], post=[0,-2]}"},
    {"nothing", "[2,3]"}, {"scalar", "[]"}, {"of_empty", "[0,2]", "{pre=[1,0], post=[1,0]}"},
    {"largest_rank", "[1,1,1,1,1,1,2,2]", "{pre=[1,1,1,1,1,1,1,1]}"},
    {"value", "[2,3] - [1]", "{pre=[1,2], post=[0,1]}"},
    {"edge", "[2,3]", "{pre=[1,2], post=[2,1], border=edge}"},
    {"reflect", "[3,4]", "{pre=[2,7], post=[1,3], border=reflect}"},
    {"reflect_cropped", "[5]", "{pre=[-2], post=[2], border=reflect}"},
    {"wrap", "[3,4]", "{pre=[2,5], post=[4,1], border=wrap}"},
    {"operands", "[2,3,4] i64[4]=1,-1,2,1 [] i32[2]=-1,0"},
    {"operand_of_all", "[2,3] i32[4]=1,0,0,2", "{border=wrap}"},
    {"crops_too_much", "[2]", "{pre=[-3]}", .flags = TERN_CASE_REFUSED},
    {"odd_list", "[2] i64[1]=3", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_squeeze[] = {
    {"one", "[2,1,3]", "{axes=[1]}"}, {"negative", "[1,2,1]", "{axes=[-1,0]}"},
    {"nothing", "[2,3]"}, {"to_scalar", "[1,1] i64[2]=0,-1"}, {"empty", "[0,1]", "{axes=[1]}"},
    {"largest_rank", "[1,2,1,2,1,2,1,2] i32[4]=0,2,4,6"},
    {"not_one", "[2,1]", "{axes=[0]}", .flags = TERN_CASE_REFUSED},
    {"twice", "[2,1]", "{axes=[1,-1]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_unsqueeze[] = {
    {"one", "[2,3]", "{axes=[1]}"}, {"negative", "[2,3]", "{axes=[-1,0]}"},
    {"scalar", "[] i64[2]=1,0"}, {"empty", "[0]", "{axes=[0]}"},
    {"largest_rank", "[2,1,2,3] i32[4]=0,2,4,7"},
    {"outside", "[2]", "{axes=[3]}", .flags = TERN_CASE_REFUSED},
    {"twice", "[2]", "{axes=[0,0]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_expand[] = {
    {"rows", "[1,3]", "{shape=[4,3]}"}, {"columns", "[3,1]", "{shape=[1,5]}"},
    {"more_axes", "[3,1] i64[3]=2,1,4"}, {"fewer_axes", "[2,1,3]", "{shape=[4,1]}"},
    {"scalar", "[]", "{shape=[2,3]}"}, {"empty", "[2,1]", "{shape=[2,0]}"}, {"nothing", "[2,3]"},
    {"largest_rank", "[1,2,1,1,1,2,1,2]", "{shape=[2,1,2,1,2,1,2,1]}"},
    {"differs", "[2,3]", "{shape=[2,4]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_tile[] = {
    {"both", "[2,3]", "{repeats=[2,3]}"}, {"rows", "[2,3] i64[2]=3,1"},
    {"none", "[2,3]", "{repeats=[0,2]}"}, {"empty", "[0,3]", "{repeats=[2,2]}"}, {"scalar", "[]"},
    {"largest_rank", "[1,2,1,1,1,2,1,2]", "{repeats=[2,1,2,1,1,2,1,1]}"},
    {"short", "[2,3]", "{repeats=[2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_split[] = {
    {"sizes", "[7,3] i64[3]=2,4,1", "{index=1}"},
    {"last", "[2,7] i32[2]=2,5", "{axis=-1, index=1}"},
    {"equal", "[2,6]", "{axis=1, parts=3, index=2}"}, {"uneven", "[7]", "{parts=3, index=2}"},
    {"empty", "[2] i64[2]=0,2"}, {"whole", "[3,4]"},
    {"sum", "[4] i64[2]=2,3", .flags = TERN_CASE_REFUSED},
    {"no_part", "[4] i64[2]=2,2", "{index=2}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_reorder[] = {
    {"linear", "[2,3]"},
    {"nhwc", "[2,20,3,5]", "{layout=nhwc}"},
    {"nchw16c", "[2,20,3,5]", "{layout=nchw16c}"},
    {"nchw8c", "[1,3,2,2]", "{layout=nchw8c}"},
    {"rank", "[2,3]", "{layout=nhwc}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
