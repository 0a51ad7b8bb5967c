/* SPDX-License-Identifier: Apache-2.0 */
/* Control flow in graphs: text and back, order, types of loops, editing, and what is refused. */
#include "harness/alloc.h"
#include "ir/text.h"

/* Everything at once: a loop with a branch in it, stacks, extents that change. */
static const char whole[] =
    "graph \"g\" explicit {\n"
    "  %n = input \"n\" : i64[]\n"
    "  %x = input \"x\" : f32[3]\n"
    "  %t = constant : i64[] [4]\n"
    "  %y, %s = loop %t, none, %x : f32[3], f32[4,3] ; first\n"
    "  body %i : i64[], %go : bool[], %v : f32[3] {\n"
    "    %w = add %v, %x : f32[3]\n"
    "    %z = if %go : f32[3]\n"
    "    body {\n"
    "      %a = neg %w : f32[3]\n"
    "      yield %a\n"
    "    }\n"
    "    body {\n"
    "      yield %w\n"
    "    }\n"
    "    yield %go, %z, %w\n"
    "  }\n"
    "  %g, %h = loop %n, none, %y : f32[data(2305843009213693951,1)], "
    "i64[data(2305843009213693951,2)]\n"
    "  body %j : i64[], %on : bool[], %u : f32[data(2305843009213693951,0)] {\n"
    "    %c = concat %u, %x : f32[data(2305843009213693951,0)+3]\n"
    "    yield %on, %c, %j\n"
    "  }\n"
    "  output \"s\" = %s\n"
    "  output \"g\" = %g\n"
    "  output \"h\" = %h\n"
    "}\n";

TERN_TEST(bodies_print_as_they_parse)
{
    tern_graph *g = graph_of(whole), *copy = NULL;
    check_text(g, whole);
    REQUIRE_OK(tern_graph_clone(g, &copy));
    CHECK_OK(tern_graph_verify(copy));
    check_text(copy, whole);
    REQUIRE_OK(tern_graph_compact(copy));
    CHECK_OK(tern_graph_verify(copy));
    check_text(copy, whole);
    REQUIRE_OK(tern_graph_infer(copy));
    check_text(copy, whole);
    tern_graph_destroy(copy);
    tern_graph_destroy(g);
}

/* Bodies stand behind their owners, and what they use comes before. */
TERN_TEST(the_order_keeps_bodies_together)
{
    tern_graph *g = graph_of(whole);
    tern_arena scratch;
    tern_arena_init(&scratch, tern_allocator_default());
    tern_node_id *order = NULL;
    uint32_t count = 0;
    REQUIRE_OK(tern_graph_order(g, &scratch, &order, &count));
    static const uint32_t want[] = {TERN_OP_constant, TERN_OP_loop,  0, TERN_OP_if, 0,
                                    TERN_OP_loop,     TERN_OP_concat};
    REQUIRE_INT(count, (int)TERN_COUNT_OF(want));
    for (uint32_t i = 0; i < count; i++) {
        CHECK(want[i] == 0 || g->nodes[order[i]].op == want[i]);
    }
    CHECK_UINT(g->nodes[order[4]].region, g->nodes[order[3]].body);
    CHECK_UINT(tern_region_parent(g, g->nodes[order[4]].region), g->nodes[order[1]].body);
    CHECK(tern_region_is_inside(g, g->nodes[order[4]].region, g->nodes[order[1]].body));
    CHECK(!tern_region_is_inside(g, g->nodes[order[6]].region, g->nodes[order[1]].body));
    CHECK_UINT(tern_node_in_region(g, order[4], 0), order[1]);
    tern_arena_destroy(&scratch);
    tern_graph_destroy(g);
}

TERN_TEST(replacing_reaches_what_bodies_give)
{
    tern_graph *g = graph_of(whole);
    const tern_value_id w = value_of(g, "w");
    const tern_value_id v = value_of(g, "v");
    const tern_node_id loop = g->values[value_of(g, "y")].producer;
    REQUIRE_OK(tern_graph_replace(g, w, v));
    CHECK_UINT(tern_region_result(g, g->nodes[loop].body, 2), v);
    uint32_t removed = 0;
    REQUIRE_OK(tern_graph_sweep(g, &removed));
    CHECK_UINT(removed, 1);
    CHECK_OK(tern_graph_verify(g));
    tern_graph_remove_output(g, value_of(g, "s"));
    tern_graph_remove_output(g, value_of(g, "g"));
    tern_graph_remove_output(g, value_of(g, "h"));
    REQUIRE_OK(tern_graph_sweep(g, &removed));
    REQUIRE_OK(tern_graph_compact(g));
    CHECK_UINT(g->node_count, 1);
    tern_graph_destroy(g);
}

TERN_TEST(bodies_can_be_dropped)
{
    tern_graph *g = graph_of(whole);
    const tern_node_id loop = g->values[value_of(g, "y")].producer;
    const uint32_t nodes = 3;
    uint32_t live = 0, left = 0;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        live += g->nodes[id].op != TERN_OP_NONE ? 1 : 0;
    }
    tern_graph_drop_bodies(g, loop);
    for (tern_node_id id = 1; id < g->node_count; id++) {
        left += g->nodes[id].op != TERN_OP_NONE ? 1 : 0;
    }
    CHECK_UINT(left, live - nodes);
    CHECK_STATUS(tern_graph_infer_node(g, loop), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "loop \"first\": its bodies");
    tern_graph_destroy(g);
}

#define HEAD "graph g explicit {\n  %c = input : bool[]\n  %x = input : f32[2]\n"

static const struct {
    const char *name, *text, *message;
} wrong[] = {
    {"yield_outside", HEAD "  yield %x\n}", "expected no yield outside of a body"},
    {"body_of_nothing", HEAD "  %y = relu %x\n  body {\n  }\n}", "expected a node of control flow"},
    {"no_yield", HEAD "  %y = if %c\n  body {\n  }\n}", "expected %label = ..., body or yield"},
    {"one_branch", HEAD "  %y = if %c\n  body {\n    yield %x\n  }\n  output %y\n}",
     "its bodies, their parameters and results do not fit"},
    {"three_branches",
     HEAD "  %y = if %c\n  body {\n  yield %x\n  }\n  body {\n  yield %x\n  }\n  body {\n  yield "
          "%x\n  }\n}",
     "has 2 bodies, and gets one more"},
    {"no_condition", HEAD "  %y = if %x\n  body {\n  yield %x\n  }\n  body {\n  yield %x\n  }\n}",
     "the condition must be one bool"},
    {"few_results",
     HEAD "  %y, %z = if %c\n  body {\n  yield %x\n  }\n  body {\n  yield %x\n  }\n}",
     "do not fit its operands and results"},
    {"other_rank",
     HEAD "  %y = if %c\n  body {\n  yield %x\n  }\n  body {\n  %s = shuffle %x {reshape=[2,1]}\n  "
          "yield %s\n  }\n}",
     "result 0 is f32[2] and f32[2,1]"},
    {"seen_from_outside",
     HEAD "  %y = if %c\n  body {\n  %n = neg %x\n  yield %n\n  }\n  body {\n  yield %x\n  }\n  "
          "%z = relu %n\n  output %z\n}",
     "a value of a body that the node is not in"},
    {"from_the_other_branch",
     HEAD "  %y = if %c\n  body {\n  %n = neg %x\n  yield %n\n  }\n  body {\n  yield %n\n  }\n  "
          "output %y\n}",
     "result 0 of its body is no value in there"},
    {"output_of_a_body",
     HEAD "  %y = if %c\n  body {\n  %n = neg %x\n  yield %n\n  }\n  body {\n  yield %x\n  }\n  "
          "output %n\n}",
     "output 0 is no value of the graph"},
    {"input_in_a_body", HEAD "  %y = if %c\n  body {\n  %n = input : f32[2]\n",
     "expected no input inside of a body"},
    {"its_own_result",
     HEAD "  %y = if %c\n  body {\n  %n = neg %y\n  yield %n\n  }\n  body {\n  yield %x\n  }\n}",
     "cycle"},
    {"element_type_changes",
     HEAD "  %t = constant : i64[] [3]\n  %y = loop %t, none, %x\n  body %i : i64[], %g : bool[], "
          "%v : f32[2] {\n  %n = cast %v {to=f16}\n  yield %g, %n\n  }\n}",
     "element type and rank must stay"},
    {"trip_count_of_floats",
     HEAD "  %y = loop %x, none, %x\n  body %i : i64[], %g : bool[], %v : f32[2] {\n  yield %g, "
          "%v\n  }\n}",
     "the trip count must be one number"},
    {"few_parameters",
     HEAD "  %t = constant : i64[] [3]\n  %y = loop %t, none, %x\n  body %i : i64[], %g : bool[] "
          "{\n  yield %g, %x\n  }\n}",
     "do not fit its operands and results"},
    {"written_type_differs",
     HEAD "  %t = constant : i64[] [3]\n  %y = loop %t, none, %x : f32[3]\n  body %i : i64[], %g "
          ": bool[], %v : f32[2] {\n  yield %g, %v\n  }\n}",
     "its bodies give other types than it says"},
    {"a_step", HEAD "  %y = carry %x\n  output %y\n}", "is a step of a plan, not a node"},
};

TERN_TEST_ROWS(wrong_bodies_are_refused, wrong)
{
    tern_graph *g = NULL;
    tern_test_heap heap = {0};
    const char *text = wrong[row].text;
    CHECK(tern_graph_parse(tern_test_allocator(&heap), text, strlen(text), &g) != TERN_OK);
    CHECK_CONTAINS(tern_error_last()->text, wrong[row].message);
    tern_graph_destroy(g);
    tern_test_heap_check_empty(&heap);
}

/* Sixty-four bodies inside one another are taken, one more is not. */
TERN_TEST(bodies_are_not_nested_too_deep)
{
    for (int depth = TERN_REGION_DEPTH; depth <= TERN_REGION_DEPTH + 1; depth++) {
        tern_text text;
        tern_graph *g = NULL;
        tern_text_init(&text, tern_allocator_default());
        tern_text_add(&text, "%s", HEAD);
        for (int i = 0; i < depth; i++) {
            tern_text_add(&text, "  %%y%d = if %%c\n  body {\n", i);
        }
        for (int i = depth; i-- > 0;) {
            tern_text_add(&text, "  yield %%%s", i == depth - 1 ? "x" : "y");
            if (i < depth - 1) {
                tern_text_add(&text, "%d", i + 1);
            }
            tern_text_add(&text, "\n  }\n  body {\n  yield %%x\n  }\n");
        }
        tern_text_add(&text, "  output %%y0\n}\n");
        const tern_status status =
            tern_graph_parse(tern_allocator_default(), tern_text_get(&text), text.len, &g);
        CHECK_STATUS(status, depth == TERN_REGION_DEPTH ? TERN_OK : TERN_UNSUPPORTED);
        tern_graph_destroy(g);
        tern_text_destroy(&text);
    }
}

static tern_status parse_and_edit(tern_allocator allocator)
{
    tern_graph *g = NULL, *copy = NULL;
    tern_status status = tern_graph_parse(allocator, whole, strlen(whole), &g);
    status = status == TERN_OK ? tern_graph_clone(g, &copy) : status;
    status = status == TERN_OK ? tern_graph_compact(copy) : status;
    status = status == TERN_OK ? tern_graph_infer(copy) : status;
    tern_graph_destroy(copy);
    tern_graph_destroy(g);
    return status;
}

TERN_TEST(memory_may_run_out_in_bodies)
{
    for (int64_t k = 1;; k++) {
        tern_test_heap heap = {.fail_at = k};
        const tern_status status = parse_and_edit(tern_test_allocator(&heap));
        tern_test_heap_check_empty(&heap);
        CHECK(status == TERN_OK || status == TERN_OUT_OF_MEMORY);
        if (status == TERN_OK && atomic_load(&heap.failure_count) == 0) {
            break;
        }
    }
}
