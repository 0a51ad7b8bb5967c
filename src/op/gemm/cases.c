/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of fully_connected and matmul.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_fully_connected[] = {
    {"one_row", "[1,50,4,4] [500,800]! [500]!", NULL, .tolerance = 4, .flags = TERN_CASE_SUMS},
    {"ten_outputs", "[3,500,1,1] [10,500]! [10]!", NULL, .tolerance = 4, .flags = TERN_CASE_SUMS},
    {"seventeen_outputs", "[5,3,2,3] [17,18]! [17]!", NULL, .flags = TERN_CASE_SUMS},
    {"sixty_five_outputs", "[7,3,2,3] [65,18]! [65]!", NULL, .flags = TERN_CASE_SUMS},
    {"many_rows", "[133,2,3,2] [33,12]! [33]!", NULL, .flags = TERN_CASE_SUMS},
    {"long_sum", "[4,23,10,10] [20,2300]!", NULL, .tolerance = 8, .flags = TERN_CASE_SUMS},
    {"one_by_one", "[1,1,1,1] [1,1]! [1]!", NULL, .flags = TERN_CASE_SUMS},
    {"flat_kernel", "[2,3,1,2] [24]!", "{out_channels=4}", .flags = TERN_CASE_SUMS},
    {"two_batch_axes", "[2,3,4,1,2] [5,8]!", NULL, .flags = TERN_CASE_SUMS},
    {"no_batch_axis", "[4,1,2] [5,8]! [5]!", NULL, .flags = TERN_CASE_SUMS},
    {"empty_batch", "[0,4,1,2] [5,8]! [5]!", NULL, .flags = TERN_CASE_SUMS},
    {"specials", "[6,4,1,2] [5,8]! [5]!", NULL, .flags = TERN_CASE_SPECIALS | TERN_CASE_SUMS},
    {"kernel_at_run_time", "[6,4,1,2] [5,8] [5]", NULL, .flags = TERN_CASE_SUMS},
    {"wrong_count", "[6,4,1,2] [5,9]!", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_matmul[] = {
    {"plain", "[21,37] [37,70]!", NULL, .flags = TERN_CASE_SUMS},
    {"left_transposed", "[37,21] [37,70]", "{op0=transpose}", .flags = TERN_CASE_SUMS},
    {"right_transposed", "[21,37] [70,37]!", "{op1=transpose}", .flags = TERN_CASE_SUMS},
    {"both_transposed", "[37,21] [70,37]", "{op0=transpose, op1=transpose}",
     .flags = TERN_CASE_SUMS},
    {"batch", "[2,3,5,17] [2,3,17,34]", NULL, .flags = TERN_CASE_SUMS},
    {"batch_with_one_right", "[2,3,5,17] [1,1,17,34]!", NULL, .flags = TERN_CASE_SUMS},
    {"batch_with_one_left", "[1,1,5,17] [2,3,17,34]", NULL, .flags = TERN_CASE_SUMS},
    {"batch_crossed", "[2,1,5,17] [1,3,17,10]!", NULL, .flags = TERN_CASE_SUMS},
    {"left_vector", "[6,5] [1,5,9]!", "{op0=vector}", .flags = TERN_CASE_SUMS},
    {"right_vector", "[1,3,4,5] [1,3,5]!", "{op1=vector}", .flags = TERN_CASE_SUMS},
    {"right_vector_for_all", "[2,3,4,5] [1,1,5]!", "{op1=vector}", .flags = TERN_CASE_SUMS},
    {"vectors", "[6,5] [6,5]", "{op0=vector, op1=vector}", .flags = TERN_CASE_SUMS},
    {"vectors_of_rank_one", "[5] [5]!", "{op0=vector, op1=vector}", .flags = TERN_CASE_SUMS},
    {"long_sum", "[5,2500] [2500,20]", NULL, .low = -1, .high = 1, .tolerance = 8,
     .flags = TERN_CASE_SUMS},
    {"long_sum_transposed", "[2500,15] [2500,20]", "{op0=transpose}", .low = -1, .high = 1,
     .tolerance = 8, .flags = TERN_CASE_SUMS},
    {"many_rows", "[140,9] [9,129]!", NULL, .flags = TERN_CASE_SUMS},
    {"one_by_one", "[1,1] [1,1]!", NULL, .flags = TERN_CASE_SUMS},
    {"empty_sum", "[3,0] [0,4]!", NULL, .flags = TERN_CASE_SUMS},
    {"empty_rows", "[0,3] [3,4]!", NULL, .flags = TERN_CASE_SUMS},
    {"empty_batch", "[0,2,3] [0,3,4]", NULL, .flags = TERN_CASE_SUMS},
    {"rank_eight", "[1,2,1,1,2,1,3,4] [1,1,1,3,2,1,4,5]", NULL, .flags = TERN_CASE_SUMS},
    {"specials", "[7,9] [9,20]!", NULL, .flags = TERN_CASE_SPECIALS | TERN_CASE_SUMS},
    {"mismatch", "[3,4] [5,6]!", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
