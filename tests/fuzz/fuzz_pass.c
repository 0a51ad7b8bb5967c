/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a valid graph: optimised, it verifies after every pass and computes the same. */
#include <stdint.h>
#include <stdlib.h>

#include "pass/list.h"
#include "pass/random_graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_met)
{
    if (!is_met) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tern_graph *g = NULL, *fast = NULL;
    if (size < 2 ||
        random_graph_make(tern_allocator_default(), data + 1, size - 1, &g) != TERN_OK) {
        return 0;
    }
    require(tern_graph_clone(g, &fast) == TERN_OK);
    tern_graph *base = NULL;
    require(tern_graph_clone(g, &base) == TERN_OK);
    const tern_pass_options plain = {.threads = 1, .verify = 1, .rewrite_limit = -1};
    tern_pass_options options = plain;
    options.level = 3;
    options.strict_weights = data[0] & 1;
    options.rewrite_limit = (data[0] & 2) != 0 ? data[0] >> 2 : -1;
    const bool runs = tern_pipeline_run(base, &plain) == TERN_OK;
    require(runs == (tern_pipeline_run(fast, &options) == TERN_OK));
    if (runs) {
        require(graphs_differ(base, fast, 1 + (data[0] >> 6), data[0]) == NULL);
    }
    tern_graph_destroy(base);
    tern_graph_destroy(fast);
    tern_graph_destroy(g);
    return 0;
}
