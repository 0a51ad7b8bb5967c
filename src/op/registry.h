/* SPDX-License-Identifier: Apache-2.0
 *
 * What op/eltwise gives to the registry: the operators expanded from kernel/scalar.def, indexed by
 * the row's id.
 */
#ifndef TERN_OP_REGISTRY_H
#define TERN_OP_REGISTRY_H

#include "op/tactic.h"

#define TERN_SCALAR_OP_COUNT 256

/* name NULL: no row has the id. */
extern const tern_op tern_scalar_ops[TERN_SCALAR_OP_COUNT];
extern const tern_tactic tern_cpu_scalar[];

#endif
