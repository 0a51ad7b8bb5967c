/* SPDX-License-Identifier: Apache-2.0 */
/* Random graphs compute the same before and after the pipeline, whatever the options; a second run
 * changes nothing. */
#include <stdlib.h>

#include "harness/harness.h"
#include "harness/oom.h"
#include "pass/list.h"
#include "pass/random_graph.h"

static void fill(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)tern_test_random();
    }
}

static void complain(const tern_graph *g, const char *what)
{
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    (void)(tern_graph_print_data(g, &text) == TERN_OK);
    FAIL("%s\n%s", what, tern_text_get(&text));
    tern_text_destroy(&text);
}

/* The first number of rewrites that is wrong, for whoever has to find out why. */
static int64_t bisect(const tern_graph *g, const tern_graph *base, const tern_pass_options *o)
{
    for (int64_t limit = 0; limit < 1000; limit++) {
        tern_graph *copy = NULL;
        tern_pass_options limited = *o;
        limited.rewrite_limit = limit;
        REQUIRE_OK(tern_graph_clone(g, &copy));
        const bool wrong =
            tern_pipeline_run(copy, &limited) != TERN_OK || graphs_differ(base, copy, 2, 1) != NULL;
        tern_graph_destroy(copy);
        if (wrong) {
            return limit;
        }
    }
    return -1;
}

static bool check(const tern_graph *g, const tern_pass_options *o)
{
    tern_graph *base = NULL, *fast = NULL;
    tern_pass_options plain = {.level = 0, .threads = 1, .verify = 1, .rewrite_limit = -1};
    REQUIRE_OK(tern_graph_clone(g, &base));
    REQUIRE_OK(tern_graph_clone(g, &fast));
    bool ok = true;
    const bool base_runs = tern_pipeline_run(base, &plain) == TERN_OK;
    const tern_status status = tern_pipeline_run(fast, o);
    if (base_runs != (status == TERN_OK)) {
        complain(g, tern_error_last()->text);
        ok = false;
    }
    for (int64_t extent = 1; ok && base_runs && extent <= 3; extent++) {
        const char *what = graphs_differ(base, fast, extent, (uint64_t)extent);
        if (what != NULL) {
            complain(g, what);
            complain(fast, "optimised");
            FAIL("the first wrong rewrite is number %lld", (long long)bisect(g, base, o));
            ok = false;
        }
    }
    tern_graph_destroy(base);
    tern_graph_destroy(fast);
    return ok;
}

TERN_TEST(optimised_graphs_compute_the_same)
{
    static const int32_t strict[] = {0, 1};
    uint8_t bytes[160];
    for (int round = 0; round < 1500; round++) {
        tern_graph *g = NULL;
        fill(bytes, sizeof bytes);
        REQUIRE_OK(
            random_graph_make(tern_allocator_default(), bytes, 40 + (size_t)(round % 120), &g));
        const tern_pass_options o = {.level = 3,
                                     .threads = 1,
                                     .verify = 1,
                                     .rewrite_limit = round % 7 == 0 ? round % 5 : -1,
                                     .strict_weights = strict[round % 4 == 3]};
        const bool ok = check(g, &o);
        tern_graph_destroy(g);
        if (!ok) {
            return;
        }
    }
}

TERN_TEST(a_second_run_changes_nothing)
{
    uint8_t bytes[120];
    const tern_pass_options o = {.level = 3, .threads = 1, .verify = 1, .rewrite_limit = -1};
    for (int round = 0; round < 300; round++) {
        tern_graph *g = NULL, *again = NULL;
        fill(bytes, sizeof bytes);
        REQUIRE_OK(random_graph_make(tern_allocator_default(), bytes, sizeof bytes, &g));
        if (tern_pipeline_run(g, &o) != TERN_OK) {
            tern_graph_destroy(g);
            continue;
        }
        tern_text a, b, c;
        tern_text_init(&a, tern_allocator_default());
        tern_text_init(&b, tern_allocator_default());
        tern_text_init(&c, tern_allocator_default());
        CHECK_OK(tern_graph_print_data(g, &a));
        CHECK_OK(tern_graph_parse(tern_allocator_default(), tern_text_get(&a), a.len, &again));
        CHECK_OK(tern_pipeline_run(g, &o));
        CHECK_OK(tern_graph_print_data(g, &b));
        CHECK_TEXT(tern_text_get(&b), tern_text_get(&a));
        if (again != NULL) {
            CHECK_OK(tern_graph_print_data(again, &c));
            CHECK_TEXT(tern_text_get(&c), tern_text_get(&a));
        }
        tern_text_destroy(&a);
        tern_text_destroy(&b);
        tern_text_destroy(&c);
        tern_graph_destroy(again);
        tern_graph_destroy(g);
    }
}

typedef struct recipe {
    uint8_t bytes[100];
} recipe;

static tern_status optimise(tern_allocator allocator, void *arg)
{
    const recipe *r = arg;
    tern_graph *g = NULL;
    TERN_TRY(random_graph_make(tern_allocator_default(), r->bytes, sizeof r->bytes, &g));
    g->allocator = allocator; /* arrays grow through it; the arena stays where it is */
    const tern_pass_options o = {.level = 3, .threads = 1, .verify = 1, .rewrite_limit = -1};
    tern_graph *copy = NULL;
    tern_status status = tern_graph_clone(g, &copy);
    if (status == TERN_OK) {
        status = tern_pipeline_run(copy, &o);
    }
    tern_graph_destroy(copy);
    g->allocator = tern_allocator_default();
    tern_graph_destroy(g);
    return status;
}

TERN_TEST(every_allocation_of_the_pipeline_may_fail)
{
    recipe r;
    for (int round = 0; round < 4; round++) {
        tern_graph *g = NULL;
        const tern_pass_options o = {.level = 3, .threads = 1, .verify = 1, .rewrite_limit = -1};
        fill(r.bytes, sizeof r.bytes);
        REQUIRE_OK(random_graph_make(tern_allocator_default(), r.bytes, sizeof r.bytes, &g));
        const bool works = tern_pipeline_run(g, &o) == TERN_OK;
        tern_graph_destroy(g);
        if (works) {
            CHECK(oom_sweep(optimise, &r) > 10);
        }
    }
}
