/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of control flow: only what computes has some.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_if[] = {{NULL}};
const tern_op_case tern_cases_loop[] = {{NULL}};
const tern_op_case tern_cases_jump[] = {{NULL}};
const tern_op_case tern_cases_loop_begin[] = {{NULL}};
const tern_op_case tern_cases_loop_next[] = {{NULL}};
const tern_op_case tern_cases_assertion[] = {{NULL}};

const tern_op_case tern_cases_carry[] = {
    {"plane", "[4,9]", NULL},
    {"scalar", "[]", NULL},
    {"empty", "[0,3]", NULL},
    {"rank_eight", "[1,2,1,2,1,2,1,3]", NULL},
    {NULL},
};

const tern_op_case tern_cases_store[] = {
    {"longer", "[2,8] i64[]=2 [8]", NULL},
    {"inside", "[2,8] i64[]=1 [8]", NULL},
    {"first", "[0,8] i64[]=0 [8]", NULL},
    {"scalars", "[4] i64[]=4 []", NULL},
    {"empty_rows", "[4,0] i64[]=4 [0]", NULL},
    {"behind", "[4,8] i64[]=5 [8]", NULL, .flags = TERN_CASE_REFUSED},
    {"before", "[4,8] i64[]=-1 [8]", NULL, .flags = TERN_CASE_REFUSED},
    {"no_row", "[4,8] i64[]=4 [7]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
