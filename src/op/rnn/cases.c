/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of rnn.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_rnn[] = {
    {"plain", "[5,2,3] [1,4,3]! [1,4,4]!", NULL, .low = -1, .high = 1},
    {"plain_relu_reverse", "[5,2,3] [1,4,3]! [1,4,4]! [1,8]!",
     "{direction=reverse, activations=[0]}", .low = -1, .high = 1},
    {"gru", "[5,2,3] [1,12,3]! [1,12,4]! [1,24]!", "{kind=gru}", .low = -1, .high = 1},
    {"gru_linear_before_reset", "[5,2,3] [2,12,3]! [2,12,4]! [2,24]! i32[2]=5,3 [2,2,4]",
     "{kind=gru, direction=bidirectional, linear_before_reset=true}", .low = -1, .high = 1},
    {"lstm", "[5,2,3] [1,16,3]! [1,16,4]! [1,32]!", "{kind=lstm}", .low = -1, .high = 1},
    {"lstm_everything", "[2,5,3] [2,16,3]! [2,16,4]! [2,32]! i32[2]=1,4 [2,2,4] [2,2,4] [2,12]!",
     "{kind=lstm, direction=bidirectional, batch_major=true, clip=0.5, input_forget=true, "
     "activations=[7,6,9,8,10,4], alpha=[0.3,1.5,0,0.7,0,0.1], beta=[0.4,0.8,0,0,0,0]}",
     .low = -1, .high = 1},
    {"no_steps", "[0,2,3] [1,16,3]! [1,16,4]!", "{kind=lstm}"},
    {"no_batch", "[3,0,3] [1,16,3]! [1,16,4]!", "{kind=lstm}"},
    {"length_of_none", "[3,2,3] [1,4,3]! [1,4,4]! - i32[2]=0,9", NULL, .low = -1, .high = 1},
    {"specials", "[5,2,3] [1,4,3]! [1,4,4]!", NULL, .flags = TERN_CASE_SPECIALS},
    {"wrong_gates", "[5,2,3] [1,12,3]! [1,12,4]!", "{kind=lstm}", .flags = TERN_CASE_REFUSED},
    {"one_direction_of_two", "[5,2,3] [1,4,3]! [1,4,4]!", "{direction=bidirectional}",
     .flags = TERN_CASE_REFUSED},
    {"cell_of_gru", "[5,2,3] [1,12,3]! [1,12,4]! - - - [1,2,4]", "{kind=gru}",
     .flags = TERN_CASE_REFUSED},
    {NULL},
};
