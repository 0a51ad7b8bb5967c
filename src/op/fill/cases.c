/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of fill.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_fill[] = {
    {"linspace", "i64[1]=7", "{alpha=2, beta=0.5}"},
    {"linspace_operands", "i64[2]=3,4 [] [2]"},
    {"scalar", "i64[0]", "{alpha=3}"},
    {"empty", "i32[2]=0,3", "{op=random_uniform}"},
    {"uniform", "i64[2]=9,30", "{op=random_uniform, alpha=-1, beta=1, seed=5}"},
    {"normal", "i64[3]=3,1,50", "{op=random_normal, alpha=1, beta=2, dtype=f16}"},
    {"largest_rank", "i64[8]=1,2,1,2,1,2,1,2", "{op=random_normal, dtype=f64}"},
    {"one_of_two", "i64[1]=3 f32[]", NULL, .flags = TERN_CASE_REFUSED},
    {"random_integers", "i64[1]=3", "{op=random_uniform, dtype=i32}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
