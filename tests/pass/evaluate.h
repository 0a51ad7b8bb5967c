/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a graph node by node with the references: the oracle of what a pass may not change. */
#ifndef TERN_TESTS_PASS_EVALUATE_H
#define TERN_TESTS_PASS_EVALUATE_H

#include "ir/graph.h"

/* `symbols`: a value for every symbol of the graph's table, in its order.  `inputs`: dense data of
 * every input, in the
   order of the inputs.  out_data, out_types: room for every output; the data lives in `arena`. */
tern_status graph_evaluate(const tern_graph *g, const int64_t *symbols, const void *const *inputs,
                           tern_arena *arena, const void **out_data, tern_type *out_types);

#endif
