/* SPDX-License-Identifier: Apache-2.0 */
/* What the manager does around passes: stages, limits, stopping, dumps, logs. */
#include "base/os.h"
#include "harness/harness.h"
#include "pass/list.h"

static const char text[] = "graph g implicit max_batch=2 {\n"
                           "  %x = input : f32[2,3,3]\n"
                           "  %w = constant : f32[4] [1,2,3,4]\n"
                           "  %1 = identity %x\n"
                           "  %2 = conv %1, %w {out_channels=2, kernel=[1,1]} ; conv1\n"
                           "  %3 = relu %2 ; relu1\n"
                           "  %4 = tanh %3 ; tanh1\n"
                           "  output \"y\" = %4\n"
                           "}\n";

static tern_graph *make(void)
{
    tern_graph *g = NULL;
    REQUIRE_OK(tern_graph_parse(tern_allocator_default(), text, sizeof text - 1, &g));
    return g;
}

static uint32_t live_nodes(const tern_graph *g)
{
    uint32_t count = 0;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        count += g->nodes[id].op != TERN_OP_NONE;
    }
    return count;
}

TERN_TEST(a_pass_refuses_a_graph_that_is_not_ready)
{
    tern_graph *g = make();
    int64_t left = -1;
    const tern_pass_options o = {.level = 3, .rewrite_limit = -1};
    CHECK_STATUS(tern_pass_run(tern_pass_find("cse", 3), g, &o, &left), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "pass \"cse\" needs that the batch is explicit");
    tern_graph_destroy(g);
}

TERN_TEST(rewrites_can_be_limited)
{
    for (int64_t limit = 0; limit < 5; limit++) {
        tern_graph *g = make();
        const tern_pass_options o = {.level = 3, .verify = 1, .rewrite_limit = limit};
        CHECK_OK(tern_pipeline_run(g, &o));
        CHECK_UINT(live_nodes(g), (limit < 3 ? 5 - limit : 2));
        tern_graph_destroy(g);
    }
}

TERN_TEST(the_pipeline_stops_where_told)
{
    tern_graph *g = make();
    tern_pass_options o = {
        .level = 3, .verify = 1, .rewrite_limit = -1, .stop_after = "fold-identity"};
    CHECK_OK(tern_pipeline_run(g, &o));
    CHECK_UINT(live_nodes(g), 4);
    o.stop_after = "no-such-pass";
    CHECK_STATUS(tern_pipeline_run(g, &o), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "no-such-pass");
    tern_graph_destroy(g);
}

TERN_TEST(level_0_only_does_what_must_be_done)
{
    tern_graph *g = make();
    const tern_pass_options o = {.level = 0, .verify = 1, .rewrite_limit = -1};
    CHECK_OK(tern_pipeline_run(g, &o));
    CHECK_UINT(live_nodes(g), 5);
    CHECK_INT(g->batch, TERN_BATCH_IS_EXPLICIT);
    CHECK_UINT(g->was_implicit, 1);
    tern_graph_destroy(g);
}

TERN_TEST(graphs_are_dumped_after_every_pass)
{
    tern_graph *g = make();
    char folder[512];
    tern_text path;
    tern_text_init_fixed(&path, folder, sizeof folder);
    const char *file = tern_test_temporary("fuse-epilogues.tern");
    tern_text_add_bytes(&path, file, strlen(file) - strlen("/fuse-epilogues.tern"));
    const tern_pass_options o = {.level = 3, .rewrite_limit = -1, .dump_dir = folder};
    CHECK_OK(tern_pipeline_run(g, &o));
    tern_file_map map;
    file = tern_test_temporary("fuse-epilogues.tern");
    REQUIRE_OK(tern_file_map_open(file, &map));
    tern_graph *back = NULL;
    CHECK_OK(tern_graph_parse(tern_allocator_default(), map.at, map.bytes, &back));
    tern_graph_destroy(back);
    tern_file_map_close(&map);
    tern_graph_destroy(g);
}

static void count_lines(void *self, tern_severity severity, const char *topic, const char *line)
{
    int *lines = self;
    CHECK_TEXT(topic, "pass");
    CHECK(severity == TERN_SEVERITY_DETAIL);
    CHECK(line[0] != '\0');
    (*lines)++;
}

TERN_TEST(changes_and_refusals_are_logged)
{
    tern_graph *g = make();
    int lines = 0;
    const tern_logger logger = {&lines, count_lines};
    const tern_pass_options o = {.level = 3, .rewrite_limit = -1, .logger = &logger};
    CHECK_OK(tern_pipeline_run(g, &o));
    CHECK(lines > 10);
    tern_graph_destroy(g);
}
