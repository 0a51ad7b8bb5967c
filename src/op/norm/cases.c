/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance cases of norm and lrn.
 */
#include "op/cases.h"

#include <stddef.h>

const tern_op_case tern_cases_norm[] = {
    {"layer", "[3,4,5,37] [1,1,1,37]! [1,1,1,37]!", "{axes=[3]}", .tolerance = 4},
    {"layer_two_axes", "[2,3,4,19] [1,1,4,19]! [1,1,4,19]!", "{axes=[2,3]}", .tolerance = 4},
    {"layer_one_scale", "[3,4,33] [1,1,1]! [1,1,33]!", "{axes=[2]}", .tolerance = 4},
    {"layer_without_bias", "[3,33] [1,33]!", "{axes=[1]}", .tolerance = 4},
    {"plain", "[3,33]", "{axes=[1]}", .tolerance = 4},
    {"instance", "[3,4,5,7] [1,4,1,1]! [1,4,1,1]!", "{axes=[2,3]}", .tolerance = 4},
    {"instance_scale_per_image", "[3,4,5,7] [3,4,1,1]! [1,4,1,1]!", "{axes=[2,3]}", .tolerance = 4},
    {"group", "[3,6,5,7] [1,6,1,1]! [1,6,1,1]!", "{axes=[2,3], groups=2, v2=true}", .tolerance = 4},
    {"group_scale_per_group", "[3,6,5,7] [1,2,1,1]! [1,2,1,1]!", "{axes=[2,3], groups=2}",
     .tolerance = 4},
    {"group_of_one", "[3,6,5,7] [1,6,1,1]! [1,6,1,1]!", "{axes=[2,3], groups=6}", .tolerance = 4},
    {"first_axis", "[5,3] [5,1]! [1,3]!", "{axes=[0]}", .tolerance = 4},
    {"outer_axes", "[3,4,5] [1,4,1]! [1,4,1]!", "{axes=[0,2]}", .tolerance = 4},
    {"everything", "[3,4,5]", "{axes=[0,1,2]}", .tolerance = 4},
    {"one_element", "[3,1]", "{axes=[1]}"},
    {"rms", "[3,4,5,37] [1,1,1,37]!", "{axes=[3], rms=true}", .tolerance = 4},
    {"rms_two_axes", "[2,3,4,19] [1,1,4,19]!", "{axes=[2,3], rms=true}", .tolerance = 4},
    {"large_epsilon", "[3,40]", "{axes=[1], epsilon=10}", .tolerance = 4},
    {"empty_row", "[3,0]", "{axes=[1]}"},
    {"no_rows", "[0,4]", "{axes=[1]}"},
    {"specials", "[9,20]", "{axes=[1]}", .tolerance = 4, .flags = TERN_CASE_SPECIALS},
    {"wrong_scale", "[3,4] [1,3]!", "{axes=[1]}", .flags = TERN_CASE_REFUSED},
    {NULL},
};

const tern_op_case tern_cases_lrn[] = {
    {"defaults", "[2,7,3,4]", NULL},
    {"three", "[2,7,3,4]", "{window=3, alpha=0.5, beta=0.6, k=2}"},
    {"even_window", "[1,6,2,2]", "{window=4, alpha=1}"},
    {"wider_than_the_channels", "[1,3,2,2]", "{window=15, alpha=1}"},
    {"no_batch_axis", "[5,2,3]", "{window=3}"},
    {"empty_batch", "[0,5,2,3]", NULL},
    {"specials", "[2,7,3,4]", "{window=3, alpha=1}", .flags = TERN_CASE_SPECIALS},
    {"rank_two", "[2,7]", NULL, .flags = TERN_CASE_REFUSED},
    {NULL},
};
