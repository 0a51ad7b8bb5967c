/* SPDX-License-Identifier: Apache-2.0
 *
 * What inference shares with the verifier and with the batchify pass.
 */
#ifndef TERN_IR_INFER_H
#define TERN_IR_INFER_H

#include "ir/graph.h"

/* Infers again on copies and compares with the types stored; BAD_SHAPE tells both. */
tern_status tern_node_check_types(tern_graph *g, const tern_node *n, tern_arena *scratch);

/* Infers nodes in the order of tern_graph_order; bodies are inferred by their owners. */
tern_status tern_infer_list(tern_graph *g, const tern_node_id *order, uint32_t count,
                            tern_arena *scratch);

/* control.c: types of a control node, whose bodies' nodes are `inside` in order; and whether those
 * that are stored are right. */
tern_status tern_control_infer(tern_graph *g, tern_node_id id, const tern_node_id *inside,
                               uint32_t count, tern_arena *scratch);
tern_status tern_control_check(tern_graph *g, const tern_node *n);

/* Rewrites an operator's attributes for a batch axis in front of operands of `visible_rank`. */
tern_status tern_node_batchify_attr(const tern_op *op, void *attr, int32_t visible_rank,
                                    const char *who);

/* Whether operand i gets the batch axis of an implicit batch. */
bool tern_op_wants_batch(const tern_op *op, int32_t i);

#endif
