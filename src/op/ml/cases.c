/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of tree_ensemble, lookup and tfidf.
 */
#include "op/cases.h"

#include <stddef.h>

/* clang-format off */
const tern_op_case tern_cases_tree_ensemble[] = {
    {"two_trees", "[5,3] f32[2]=0.5,-1 i64[2,5]=0,0,-1,-2,0,2,3,-3,-2,1 i64[3,2]=0,1,1,2,3,1 "
                  "i64[4]=0,1,0,1 f32[4]=1,2,3,4 i64[2]=0,1", "{targets=2}"},
    {"average",
     "[4,1] f32[1]=0 i64[1,5]=0,1,-1,-2,0 i64[2,2]=0,1,1,1 i64[2]=0,0 f32[2]=1,-1 i64[3]=0,0,-1",
     "{aggregate=average}"},
    {"smallest",
     "[4,1] f32[1]=0 i64[1,5]=0,2,-1,-2,0 i64[2,2]=0,1,1,1 i64[2]=0,0 f32[2]=1,-1 i64[2]=0,-1",
     "{aggregate=min}"},
    {"member",
     "[4,1] f32[1]=0 i64[1,5]=0,6,-1,-2,0 i64[2,2]=0,1,1,1 i64[2]=0,0 f32[2]=1,-1 i64[1]=0 "
     "f32[2]=1,2",
     "{aggregate=max}"},
    {"nonsense", "[2,1] f32[1]=0 i64[1,5]=7,9,0,99,0 i64[1,2]=5,9 i64[1]=3 f32[1]=1 i64[3]=0,-9,4"},
    {"no_rows", "[0,1] f32[1]=0 i64[1,5]=0,0,-1,-1,0 i64[1,2]=0,1 i64[1]=0 f32[1]=1 i64[1]=0"},
    {"specials",
     "[16,1] f32[1]=0 i64[1,5]=0,0,-1,-2,1 i64[2,2]=0,1,1,1 i64[2]=0,0 f32[2]=1,-1 i64[1]=0",
     NULL, .flags = TERN_CASE_SPECIALS},
    {"columns", "[2,1] f32[1]=0 i64[1,4] i64[1,2]=0,1 i64[1]=0 f32[1]=1 i64[1]=0", NULL,
     .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_lookup[] = {
    {"matrix", "[3,5] [4]"}, {"no_keys", "[3] [0]"}, {"scalar", "[] [3]"}, {"empty", "[0] [3]"},
    {"specials", "[20] [20]", NULL, .flags = TERN_CASE_SPECIALS},
    {"table", "[3] [2,2]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

/* The pool: [2], [3], [3,2], [3,3]. */
#define POOL "i64[5,3]=0,1,-1,2,3,0,3,3,1,2,5,3,3,5,-1"
const tern_op_case tern_cases_tfidf[] = {
    {"counts", "i64[3,7]=1,2,3,2,3,3,2,2,2,2,2,2,2,2,3,1,3,1,2,1,2 " POOL,
     "{columns=4, max_length=2, max_skip=2}"},
    {"weights", "i64[7]=1,2,3,2,3,3,2 " POOL " [4]!", "{columns=4, max_length=2, mode=tfidf}"},
    {"there", "i64[7]=1,2,3,2,3,3,2 " POOL " [4]", "{columns=4, max_length=2, mode=idf}"},
    {"pairs", "i64[7]=1,2,3,2,3,3,2 " POOL,
     "{columns=4, min_length=2, max_length=2, max_skip=100000000}"},
    {"one_token", "i64[]=3 " POOL, "{columns=2}"},
    {"no_tokens", "[3,0] " POOL, "{columns=4, max_length=2}"},
    {"no_rows", "[0,3] " POOL, "{columns=4}"},
    {"no_pool", "[2,3] i64[0,3]"},
    {"nonsense", "i64[5]=7,7,9,7,9 i64[4,3]=5,-9,99,7,99,-5,9,1,3,7,2,1",
     "{columns=2, max_length=4, max_skip=1}"},
    {"cube", "[2,2,2] " POOL, NULL, .flags = TERN_CASE_REFUSED},
    {"few_weights", "[7] " POOL " [3]", "{columns=4}", .flags = TERN_CASE_REFUSED},
    {"lengths", "[7] " POOL, "{min_length=3, max_length=2}", .flags = TERN_CASE_REFUSED},
    {NULL},
};
#undef POOL
/* clang-format on */
