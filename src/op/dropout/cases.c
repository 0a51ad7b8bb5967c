/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of dropout.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_dropout[] = {
    {"half", "[3,400] f64[]=0.5", "{seed=7}"},
    {"training", "[3,40] f64[1]=0.25 bool[]=1", NULL},
    {"not_training", "[3,40] f64[]=0.25 bool[]=0", NULL},
    {"nothing", "[3,40] f64[]=0", NULL},
    {"everything", "[3,40] f64[]=1", NULL},
    {"empty", "[3,0] f64[]=0.5", NULL},
    {"scalar", "[] f64[]=0.5", NULL},
    {"specials", "[3,40] f64[]=0.5", NULL, .flags = TERN_CASE_SPECIALS},
    {"two_ratios", "[3,40] f64[2]=0.5,0.5", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
