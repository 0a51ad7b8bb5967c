/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs from text and back, for tests. */
#ifndef TERN_TESTS_IR_TEXT_H
#define TERN_TESTS_IR_TEXT_H

#include "harness/harness.h"
#include "ir/graph.h"

/* The graph of a text; the test ends when it does not parse. */
static inline tern_graph *graph_of(const char *text)
{
    tern_graph *g = NULL;
    if (tern_graph_parse(tern_allocator_default(), text, strlen(text), &g) != TERN_OK) {
        FAIL("%s\n%s", tern_error_last()->text, text);
    }
    REQUIRE(g != NULL);
    return g;
}

/* The text must print as `want`, and that text as itself. */
static inline void check_text(const tern_graph *g, const char *want)
{
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    CHECK_OK(tern_graph_print(g, &text));
    CHECK_TEXT(tern_text_get(&text), want);
    tern_text_destroy(&text);
}

/* The value called `name`; the test ends when there is none. */
static inline tern_value_id value_of(const tern_graph *g, const char *name)
{
    for (tern_value_id id = 1; id < g->value_count; id++) {
        if (tern_str_is(g->values[id].name, name)) {
            return id;
        }
    }
    FAIL("no value \"%s\"", name);
    REQUIRE(false);
    return TERN_NO_ID;
}

#endif
