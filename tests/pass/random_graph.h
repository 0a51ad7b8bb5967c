/* SPDX-License-Identifier: Apache-2.0 */
/* Valid graphs from arbitrary bytes, for numeric tests and for the fuzzer: every byte decides
 * something, and when they are
   used up the graph ends. */
#ifndef TERN_TESTS_PASS_RANDOM_GRAPH_H
#define TERN_TESTS_PASS_RANDOM_GRAPH_H

#include "ir/graph.h"

/* Elements are f64, so that two ways to compute the same differ by little. */
tern_status random_graph_make(tern_allocator allocator, const uint8_t *bytes, size_t size,
                              tern_graph **out_graph);

/* NULL when both graphs compute nearly the same from inputs that `seed` decides; else what
 * differs, static text.  The
   extents of all symbols are `extent`. */
const char *graphs_differ(const tern_graph *a, const tern_graph *b, int64_t extent, uint64_t seed);

#endif
