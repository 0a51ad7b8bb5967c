/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of attention, rotary_embedding and linear_attention.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_attention[] = {
    {"plain", "[2,3,5,8] [2,3,7,8] [2,3,7,4]", NULL},
    {"shared_keys", "[2,6,5,8] [2,2,7,8] [2,2,7,8]", NULL},
    {"packed", "[2,5,24] [2,7,12] [2,7,20]", "{heads=4, kv_heads=2}"},
    {"causal", "[1,2,5,8] [1,2,5,8] [1,2,5,8]", "{causal=upper_left, scores=masked}"},
    {"causal_offset", "[1,2,3,8] [1,2,7,8] [1,2,7,8]", "{causal=upper_left, offset=4}"},
    {"causal_lower_right", "[1,2,3,8] [1,2,7,8] [1,2,7,8]", "{causal=lower_right, window=3}"},
    {"mask", "[2,2,3,8] [2,2,7,8] [2,2,7,8] f32[2,1,3,7]", "{scale=0.3, scores=softmax}"},
    {"mask_of_truths", "[2,2,3,8] [2,2,7,8] [2,2,7,8] bool[3,7]", "{zero_empty=true}"},
    {"short_mask", "[2,2,3,8] [2,2,7,8] [2,2,7,8] f32[3,5]", "{softcap=2, scores=capped}"},
    {"lengths", "[2,2,3,8] [2,2,7,8] [2,2,7,8] - i64[2]=3,7", "{scores=product}"},
    {"no_batch", "[0,2,3,8] [0,2,7,8] [0,2,7,8]", NULL},
    {"no_queries", "[1,2,0,8] [1,2,7,8] [1,2,7,8]", NULL},
    {"no_keys", "[1,2,3,8] [1,2,0,8] [1,2,0,8]", "{zero_empty=true}"},
    {"specials", "[1,2,5,8] [1,2,5,8] [1,2,5,8]", NULL, .flags = TERN_CASE_SPECIALS},
    {"no_norm", "[1,2,5,8] [1,2,5,8] [1,2,5,8]", "{norm=none, causal=upper_left}"},
    {"quantized", "[1,2,5,8] [1,2,5,8] [1,2,5,8] - - f32[]=0.0078125", "{quantize_to=i8}"},
    {"quantized_without_scale", "[1,2,5,8] [1,2,5,8] [1,2,5,8]", "{quantize_to=i8}",
     .flags = TERN_CASE_REFUSED},
    {"heads_are_no_multiple", "[1,3,5,8] [1,2,5,8] [1,2,5,8]", NULL, .flags = TERN_CASE_REFUSED},
    {"packed_without_heads", "[2,5,24] [2,7,12] [2,7,20]", NULL, .flags = TERN_CASE_REFUSED},
    {"long_mask", "[1,2,3,8] [1,2,7,8] [1,2,7,8] f32[3,8]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_rotary_embedding[] = {
    {"halves", "[2,3,5,8] [2,5,4] [2,5,4]", NULL},
    {"neighbours", "[2,3,5,8] [2,5,4] [2,5,4]", "{interleaved=true}"},
    {"positions", "[2,3,5,8] [9,4]! [9,4]! i64[2,5]=0,1,2,3,4,8,7,6,5,100", NULL},
    {"one_row_of_positions", "[2,3,5,8] [9,4]! [9,4]! i64[1,5]=0,1,2,3,-4", NULL},
    {"part", "[2,3,5,8] [2,5,2] [2,5,2]", "{rotary_dim=4}"},
    {"packed", "[2,5,24] [2,5,4] [2,5,4]", "{heads=3}"},
    {"no_steps", "[2,3,0,8] [2,0,4] [2,0,4]", NULL},
    {"odd_head", "[2,3,5,7] [2,5,3] [2,5,3]", NULL, .flags = TERN_CASE_REFUSED},
    {"wide_cache", "[2,3,5,8] [2,5,8] [2,5,8]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_linear_attention[] = {
    {"linear", "[2,5,12] [2,5,6] [2,5,8]", "{rule=linear, heads=4, kv_heads=2}", .low = -1,
     .high = 1},
    {"gated", "[2,5,12] [2,5,6] [2,5,8] [2,2,3,4] [2,5,6]", "{rule=gated, heads=4, kv_heads=2}",
     .low = -1, .high = 1},
    {"delta", "[2,5,12] [2,5,6] [2,5,8] f32[2,2,3,4] - [2,5,1]",
     "{rule=delta, heads=4, kv_heads=2, scale=0.5}", .low = -1, .high = 1},
    {"gated_delta", "[2,5,12] [2,5,6] [2,5,8] - [2,5,2] [2,5,2]", "{heads=4, kv_heads=2}",
     .low = -1, .high = 1},
    {"no_steps", "[2,0,12] [2,0,6] [2,0,8]", "{rule=linear, heads=4, kv_heads=2}"},
    {"missing_decay", "[2,5,12] [2,5,6] [2,5,8]", "{rule=gated, heads=4, kv_heads=2}",
     .flags = TERN_CASE_REFUSED},
    {"heads_are_no_multiple", "[2,5,12] [2,5,6] [2,5,8]", "{rule=linear, heads=3, kv_heads=2}",
     .flags = TERN_CASE_REFUSED},
    {NULL},
};
