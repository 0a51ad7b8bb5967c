/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of einsum and det.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_einsum[] = {
    {"product", "[3,4] [4,5]", "{equation=\"ij,jk->ik\"}", .flags = TERN_CASE_SUMS},
    {"implicit", "[3,4] [4,5]", "{equation=\"ij, jk\"}", .flags = TERN_CASE_SUMS},
    {"batch", "[2,3,4] [2,4,5]", "{equation=\"bij,bjk->bik\"}", .flags = TERN_CASE_SUMS},
    {"ellipsis", "[2,1,3,4] [6,4,5]", "{equation=\"...ij,...jk->...ik\"}", .flags = TERN_CASE_SUMS},
    {"diagonal", "[3,5,5]", "{equation=\"...ii->...i\"}"},
    {"trace", "[4,4]", "{equation=\"ii\"}", .flags = TERN_CASE_SUMS},
    {"transpose", "[2,3,4]", "{equation=\"aBc->Bca\"}"},
    {"scalar", "[]", "{equation=\"->\"}"},
    {"outer", "[3] [4] []", "{equation=\"i,j,->ji\"}"},
    {"four", "[2,3] [3] [2] [3,2]", "{equation=\"ij,j,i,jk->k\"}", .low = -1, .high = 1,
     .flags = TERN_CASE_SUMS},
    {"ones", "[1,4] [3,1]", "{equation=\"ij,ij->ij\"}"},
    {"hidden_sum", "[3,4]", "{equation=\"...->\"}", .flags = TERN_CASE_SUMS},
    {"nothing_to_sum", "[3,0] [0,2]", "{equation=\"ij,jk->ik\"}"},
    {"empty", "[0,3]", "{equation=\"ij->ji\"}"},
    {"specials", "[4,5]", "{equation=\"ij->ji\"}", .flags = TERN_CASE_SPECIALS},
    {"largest_rank", "[1,2,1,2,1,2,1,2]", "{equation=\"abcdefgh->hgfedcba\"}"},
    {"lengths", "[3,4] [5,2]", "{equation=\"ij,jk->ik\"}", .flags = TERN_CASE_REFUSED},
    {"labels", "[3,4]", "{equation=\"i->i\"}", .flags = TERN_CASE_REFUSED},
    {"no_terms", "[3] [3]", "{equation=\"i->i\"}", .flags = TERN_CASE_REFUSED},
    {"unknown", "[3]", "{equation=\"i->j\"}", .flags = TERN_CASE_REFUSED},
    {"twice", "[3]", "{equation=\"i->ii\"}", .flags = TERN_CASE_REFUSED},
    {"no_label", "[3]", "{equation=\"1\"}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_det[] = {
    {"one", "[1,1]"}, {"matrices", "[2,3,4,4]"}, {"none", "[2,0,0]"}, {"empty", "[0,3,3]"},
    {"specials", "[8,2,2]", NULL, .flags = TERN_CASE_SPECIALS},
    {"list", "[4]", NULL, .flags = TERN_CASE_REFUSED},
    {"wide", "[2,3]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
/* clang-format on */
