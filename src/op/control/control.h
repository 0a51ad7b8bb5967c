/* SPDX-License-Identifier: Apache-2.0
 *
 * What the operators of control flow share.
 */
#ifndef TERN_OP_CONTROL_CONTROL_H
#define TERN_OP_CONTROL_CONTROL_H

#include "op/tactic.h"

/* Control is what the runtime does with a step; there is nothing to compute. */
static inline tern_status tern_control_run(const tern_launch *l)
{
    (void)l;
    return TERN_OK;
}

#define TERN_CONTROL_TACTIC                                                                        \
    {                                                                                              \
        .name = "control", .isa = TERN_ISA_REF, .run = tern_control_run,                           \
    }

#endif
