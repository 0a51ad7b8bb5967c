/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of resize.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_resize[] = {
    {"nearest", "[1,2,4,5]", "{size=[1,2,7,3]}"},
    {"nearest_batch", "[1,3,4,5]", "{size=[2,3,6,10], rounding=half_up}"},
    {"linear", "[2,2,4,5]", "{size=[2,2,9,9], mode=linear, coordinates=half_pixel}"},
    {"linear_3d", "[1,1,2,3,4]", "{size=[1,1,3,5,2], mode=linear, coordinates=align_corners}"},
    {"cubic", "[1,2,6,5]",
     "{size=[1,2,11,3], mode=cubic, coordinates=half_pixel, exclude_outside=true}"},
    {"scales", "[1,1,6,6]", "{scales=[1,1,2,0.5], mode=linear}"},
    {"operand", "[1,1,4,4] i64[4]=1,1,2,8"},
    {"same", "[3,4]"},
    {"scalar", "[]"},
    {"to_empty", "[3,4]", "{size=[0,4]}"},
    {"specials", "[1,1,8,8]", "{size=[1,1,5,12]}", .flags = TERN_CASE_SPECIALS},
    {"symmetric", "[1,1,2,5]",
     "{scales=[1,1,2.3,0.7], mode=linear, coordinates=half_pixel_symmetric, by_scale=true}"},
    {"pytorch", "[1,2,4,4]", "{size=[1,2,3,1], mode=linear, coordinates=pytorch_half_pixel}"},
    {"left", "[1,2,4,4]", "{size=[1,2,3,9], coordinates=half_pixel_left}"},
    {"crop", "[1,1,4,4] - - f32[4]=0.4,0.6,0.6,0.8",
     "{size=[3,3], axes=[2,3], mode=linear, coordinates=crop}"},
    {"crop_outside", "[1,1,4,4] - - f32[4]=-0.4,0.6,1.2,1.7",
     "{size=[3,5], axes=[3,2], coordinates=crop, extrapolation=1.5}", .flags = TERN_CASE_FLOATS},
    {"antialias", "[1,1,9,7]",
     "{size=[1,1,4,3], mode=linear, coordinates=half_pixel, antialias=true}"},
    {"antialias_cubic", "[1,1,9,7]",
     "{scales=[0.3,0.6], axes=[-2,-1], mode=cubic, coordinates=half_pixel, antialias=true, "
     "exclude_outside=true, by_scale=true}"},
    {"not_larger", "[2,4]", "{size=[7,8], aspect=not_larger}"},
    {"not_smaller", "[1,2,4]", "{size=[1,3], axes=[1,2], aspect=not_smaller, mode=linear}"},
    {"even_operand", "[2,4] i64[2]=9,5", "{aspect=not_smaller, coordinates=half_pixel}"},
    {"simple", "[6,4]", "{scales=[0.6,1.7], rounding=simple, by_scale=true}"},
    {"scales_operand", "[6,4] - f32[2]=0.5,1.5!", "{by_scale=true, mode=linear}"},
    {"no_region", "[6,4]", "{size=[3,3], coordinates=crop}", .flags = TERN_CASE_REFUSED},
    {"twice", "[6,4]", "{size=[3,3], axes=[1,1]}", .flags = TERN_CASE_REFUSED},
    {"from_empty", "[0]", "{size=[2]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
