/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as text IR: refused with a message, or a graph that verifies, prints, and prints the
 * same when read again. */
#include <stdint.h>
#include <stdlib.h>

#include "ir/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_met)
{
    if (!is_met) {
        abort();
    }
}

static tern_graph *read_back(const tern_text *text)
{
    tern_graph *g = NULL;
    require(tern_graph_parse(tern_allocator_default(), tern_text_get(text), text->len, &g) ==
            TERN_OK);
    return g;
}

static void check(tern_graph *g)
{
    tern_graph *copy = NULL;
    tern_text first, second;
    uint32_t removed;
    tern_text_init(&first, tern_allocator_default());
    tern_text_init(&second, tern_allocator_default());
    require(tern_graph_verify(g) == TERN_OK);
    require(tern_graph_print_data(g, &first) == TERN_OK);
    tern_graph *again = read_back(&first);
    require(tern_graph_print_data(again, &second) == TERN_OK);
    require(first.len == second.len &&
            memcmp(tern_text_get(&first), tern_text_get(&second), first.len) == 0);
    require(tern_graph_clone(g, &copy) == TERN_OK);
    require(tern_graph_sweep(copy, &removed) == TERN_OK);
    require(tern_graph_compact(copy) == TERN_OK);
    require(tern_graph_verify(copy) == TERN_OK);
    tern_graph_destroy(copy);
    tern_graph_destroy(again);
    tern_text_destroy(&first);
    tern_text_destroy(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tern_graph *g = NULL;
    if (tern_graph_parse(tern_allocator_default(), (const char *)data, size, &g) == TERN_OK) {
        check(g);
    } else {
        require(g == NULL && tern_error_last()->text[0] != '\0');
    }
    tern_graph_destroy(g);
    return 0;
}
