/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of the operators on signals.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_dft[] = {
    {"real", "[2,12,1]", NULL, .flags = TERN_CASE_SUMS},
    {"complex", "[3,7,2]", "{axis=1}", .flags = TERN_CASE_SUMS},
    {"first_axis", "[10,3,2]", "{axis=0}", .flags = TERN_CASE_SUMS},
    {"inverse", "[2,9,2]", "{inverse=true}", .flags = TERN_CASE_SUMS},
    {"half", "[2,8,1]", "{onesided=true}", .flags = TERN_CASE_SUMS},
    {"half_odd", "[2,9,1] i64[]=7", "{onesided=true}", .flags = TERN_CASE_SUMS},
    {"half_back", "[2,5,2]", "{onesided=true, inverse=true}", .flags = TERN_CASE_SUMS},
    {"half_back_odd", "[2,5,2]", "{onesided=true, inverse=true, length=9}",
     .flags = TERN_CASE_SUMS},
    {"longer", "[2,5,2] i64[]=12 i64[]=-2", NULL, .flags = TERN_CASE_SUMS},
    {"shorter", "[2,3,9,1] i32[1]=4 i64[1]=1", NULL, .flags = TERN_CASE_SUMS},
    {"one", "[1,1,1]"},
    {"empty", "[0,4,2]"},
    {"specials", "[16,4,2]", NULL, .flags = TERN_CASE_SPECIALS},
    {"parts", "[4,3]", NULL, .flags = TERN_CASE_REFUSED},
    {"least_axis", "[4,2]", "{axis=-9223372036854775808}", .flags = TERN_CASE_REFUSED},
    {"parts_axis", "[4,2]", "{axis=-1}", .flags = TERN_CASE_REFUSED},
    {"no_signal", "[2,0,1]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_stft[] = {
    {"real", "[2,20,1] i64[]=3 - i64[]=8", NULL, .flags = TERN_CASE_SUMS},
    {"window", "[1,20,1] i64[1]=4 [6]", NULL, .flags = TERN_CASE_SUMS},
    {"complex", "[1,15,2] i32[]=5 [5] i64[]=7", "{onesided=false}", .flags = TERN_CASE_SUMS},
    {"flat", "[2,9] i64[]=2 - i64[]=3", NULL, .flags = TERN_CASE_SUMS},
    {"whole", "[1,6,1] i64[]=1", NULL, .flags = TERN_CASE_SUMS},
    {"no_batch", "[0,6,1] i64[]=1"},
    {"too_short", "[1,6,1] i64[]=1 - i64[]=7", NULL, .flags = TERN_CASE_REFUSED},
    {"no_step", "[1,6,1] i64[]=0", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_signal_window[] = {
    {"hann", "i64[]=10"}, {"symmetric", "i32[1]=7", "{periodic=false}"},
    {"three", "i64[]=9", "{terms=[0.42,0.5,0.08], dtype=f64}"},
    {"half_type", "i64[]=16", "{dtype=f16}"},
    {"one", "i64[]=1", "{periodic=false}"}, {"none", "i64[]=0"},
    {"negative", "i64[]=-1", NULL, .flags = TERN_CASE_REFUSED},
    {"integers", "i64[]=4", "{dtype=i32}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_mel_weights[] = {
    {"bands", "i64[]=8 i64[]=16 i64[]=8192 f32[]=0 f32[]=4096"},
    {"narrow", "i32[]=12 i32[]=16 i32[]=8192 f32[]=100 f32[]=900", "{dtype=f64}"},
    {"beyond", "i64[]=3 i64[]=8 i64[]=100 f32[]=0 f32[]=4096"},
    {"none", "i64[]=0 i64[]=16 i64[]=8192 f32[]=0 f32[]=4096"},
    {"list", "i64[]=8 i64[]=16 i64[2]=1,2 f32[]=0 f32[]=4096", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
