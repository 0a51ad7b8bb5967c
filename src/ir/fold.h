/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding one node of a graph into constants.
 */
#ifndef TERN_IR_FOLD_H
#define TERN_IR_FOLD_H

#include "ir/graph.h"

typedef struct tern_fold_limits {
    /* A result may be this large whatever its operands are; beyond, it must not be larger than they
     * are together: folding a broadcast would make plans large for nothing. */
    size_t always_bytes;
    bool only_small;     /* operands and results both up to always_bytes, nothing else */
    bool strict_weights; /* floating-point constants may change later: they are not looked at */
} tern_fold_limits;

/*
 * Computes the node's results when all its operands are constants, or when inference knows every
 * element, and puts constants in their place.  out_values (one per result): the constants;
 * out_values[0] is NO_ID when nothing was folded.  The node stays, without users.  What a counting
 * operator counted is a number afterwards; inferring the rest again is the caller's business.
 */
tern_status tern_graph_fold_node(tern_graph *g, tern_node_id id, const tern_fold_limits *limits,
                                 tern_arena *scratch, tern_value_id *out_values);

#endif
