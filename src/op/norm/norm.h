/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of norm, and one call of it as numbers.
 */
#ifndef TERN_OP_NORM_NORM_H
#define TERN_OP_NORM_NORM_H

#include "op/op.h"

typedef struct tern_norm_attr {
    double epsilon;
    int64_t
        groups; /* over 1: the axis before the first of `axes` is the channel, in so many groups */
    uint32_t axes;   /* axes that are averaged over */
    int32_t v2;      /* with groups: scale and bias per channel, not per group */
    int32_t compute; /* tern_dtype that was asked for; f32 or better is always used */
    int32_t rms;     /* no mean is taken away; the variance is the mean square */
} tern_norm_attr;

#endif
