/* SPDX-License-Identifier: Apache-2.0 */
/* Making and editing graphs, derived data, clones. */
#include "harness/oom.h"
#include "ir/text.h"

static const char chain[] = "graph g explicit {\n"
                            "  %x = input : f32[4]\n"
                            "  %a = relu %x ; a\n"
                            "  %b = exp %a ; b\n"
                            "  %c = add %a, %b ; c\n"
                            "  output %c\n"
                            "}\n";

TERN_TEST(replace_redirects_uses_and_sweep_removes)
{
    tern_graph *g = graph_of(chain);
    CHECK_OK(tern_graph_replace(g, value_of(g, "b"), value_of(g, "x")));
    uint32_t removed;
    CHECK_OK(tern_graph_sweep(g, &removed));
    CHECK_UINT(removed, 1);
    check_text(g, "graph \"g\" explicit {\n"
                  "  %x = input \"x\" : f32[4]\n"
                  "  %a = relu %x : f32[4] ; a\n"
                  "  %c = add %a, %x : f32[4] ; c\n"
                  "  output \"c\" = %c\n"
                  "}\n");
    CHECK_OK(tern_graph_verify(g));
    CHECK_OK(tern_graph_compact(g));
    CHECK_UINT(g->node_count, 3);
    CHECK_UINT(g->value_count, 4);
    CHECK_OK(tern_graph_verify(g));
    tern_graph_destroy(g);
}

TERN_TEST(replacing_an_output_moves_its_name)
{
    tern_graph *g = graph_of(chain);
    CHECK_OK(tern_graph_replace(g, value_of(g, "c"), value_of(g, "b")));
    uint32_t removed;
    CHECK_OK(tern_graph_sweep(g, &removed));
    check_text(g, "graph \"g\" explicit {\n"
                  "  %x = input \"x\" : f32[4]\n"
                  "  %a = relu %x : f32[4] ; a\n"
                  "  %c = exp %a : f32[4] ; b\n"
                  "  output \"c\" = %c\n"
                  "}\n");
    tern_graph_destroy(g);
}

TERN_TEST(replacing_an_output_by_an_input_copies)
{
    tern_graph *g = graph_of(chain);
    CHECK_OK(tern_graph_replace(g, value_of(g, "c"), value_of(g, "x")));
    uint32_t removed;
    CHECK_OK(tern_graph_sweep(g, &removed));
    check_text(g, "graph \"g\" explicit {\n"
                  "  %x = input \"x\" : f32[4]\n"
                  "  %c = identity %x : f32[4] ; c\n"
                  "  output \"c\" = %c\n"
                  "}\n");
    CHECK_OK(tern_graph_verify(g));
    tern_graph_destroy(g);
}

TERN_TEST(uses_are_in_node_order_once_per_operand)
{
    tern_graph *g = graph_of(chain);
    tern_arena scratch;
    tern_arena_init(&scratch, tern_allocator_default());
    tern_uses uses;
    REQUIRE_OK(tern_graph_uses(g, &scratch, &uses));
    const tern_value_id a = value_of(g, "a"), c = value_of(g, "c");
    CHECK_UINT(uses.first[a + 1] - uses.first[a], 2);
    CHECK(uses.users[uses.first[a]] < uses.users[uses.first[a] + 1]);
    CHECK_UINT(uses.first[c + 1] - uses.first[c], 0);
    tern_arena_destroy(&scratch);
    tern_graph_destroy(g);
}

TERN_TEST(order_is_topological_and_lowest_first)
{
    tern_graph *g = graph_of("graph g explicit {\n"
                             "  %x = input : f32[4]\n"
                             "  %a = relu %d\n"
                             "  %b = exp %x\n"
                             "  %c = neg %x\n"
                             "  %d = add %b, %c\n"
                             "  output %a\n"
                             "}\n");
    tern_arena scratch;
    tern_arena_init(&scratch, tern_allocator_default());
    tern_node_id *order;
    uint32_t count;
    REQUIRE_OK(tern_graph_order(g, &scratch, &order, &count));
    REQUIRE_INT(count, 4);
    CHECK_UINT(order[0], 2);
    CHECK_UINT(order[1], 3);
    CHECK_UINT(order[2], 4);
    CHECK_UINT(order[3], 1);
    tern_arena_destroy(&scratch);
    tern_graph_destroy(g);
}

TERN_TEST(order_of_many_random_graphs_respects_operands)
{
    for (int round = 0; round < 50; round++) {
        tern_graph *g = NULL;
        REQUIRE_OK(tern_graph_create(tern_allocator_default(), &g));
        const tern_dim extent = 4;
        const tern_type type = tern_type_make(TERN_DTYPE_F32, 1, &extent);
        tern_value_id x;
        REQUIRE_OK(tern_graph_add_input(g, tern_str_of("x"), &type, &x));
        for (int i = 0; i < 60; i++) {
            tern_value_id pair[2];
            for (int k = 0; k < 2; k++) {
                pair[k] = (tern_value_id)tern_test_random_int(1, (int64_t)g->value_count - 1);
            }
            tern_node_id id;
            REQUIRE_OK(
                tern_graph_add_node(g,
                                    &(tern_new_node){.op = TERN_OP_SCALAR_BASE + TERN_SCALAR_add,
                                                     .name = tern_str_of("n"),
                                                     .x = pair,
                                                     .x_count = 2},
                                    &id));
        }
        tern_arena scratch;
        tern_arena_init(&scratch, tern_allocator_default());
        tern_node_id *order;
        uint32_t count, position[64] = {0};
        REQUIRE_OK(tern_graph_order(g, &scratch, &order, &count));
        REQUIRE_INT(count, 60);
        for (uint32_t i = 0; i < count; i++) {
            position[order[i]] = i + 1;
        }
        for (uint32_t i = 0; i < count; i++) {
            const tern_node *n = tern_graph_node(g, order[i]);
            for (int k = 0; k < 2; k++) {
                const tern_node_id p = g->values[tern_graph_x(g, n, k)].producer;
                CHECK(p == TERN_NO_ID || position[p] < i + 1);
            }
        }
        tern_arena_destroy(&scratch);
        tern_graph_destroy(g);
    }
}

TERN_TEST(add_node_refuses_what_does_not_fit)
{
    tern_graph *g = graph_of(chain);
    const tern_value_id none = TERN_NO_ID, beyond = 1000, x = value_of(g, "x");
    tern_node_id id;
    const uint32_t relu = TERN_OP_SCALAR_BASE + TERN_SCALAR_relu;
    CHECK_STATUS(
        tern_graph_add_node(
            g, &(tern_new_node){.op = 9999, .name = tern_str_of("n"), .x = &x, .x_count = 1}, &id),
        TERN_INVALID_ARGUMENT);
    CHECK_STATUS(
        tern_graph_add_node(
            g, &(tern_new_node){.op = relu, .name = tern_str_of("n"), .x = &beyond, .x_count = 1},
            &id),
        TERN_INVALID_ARGUMENT);
    CHECK_STATUS(
        tern_graph_add_node(
            g, &(tern_new_node){.op = relu, .name = tern_str_of("n"), .x = &x, .x_count = 0}, &id),
        TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_graph_add_output(g, beyond), TERN_INVALID_ARGUMENT);
    CHECK_OK(tern_graph_verify(g));
    /* one that is needed may be missing for a while: a layer whose weights come later */
    CHECK_OK(tern_graph_add_node(
        g, &(tern_new_node){.op = relu, .name = tern_str_of("n"), .x = &none, .x_count = 1}, &id));
    CHECK_STATUS(tern_graph_infer_node(g, id), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "missing");
    CHECK_STATUS(tern_graph_verify(g), TERN_BAD_MODEL);
    tern_graph_destroy(g);
}

TERN_TEST(a_clone_prints_the_same_and_outlives_edits)
{
    tern_graph *g = graph_of(chain);
    tern_graph *copy = NULL;
    REQUIRE_OK(tern_graph_clone(g, &copy));
    CHECK_OK(tern_graph_replace(g, value_of(g, "b"), value_of(g, "x")));
    tern_graph_destroy(g);
    CHECK_OK(tern_graph_verify(copy));
    check_text(copy, "graph \"g\" explicit {\n"
                     "  %x = input \"x\" : f32[4]\n"
                     "  %a = relu %x : f32[4] ; a\n"
                     "  %b = exp %a : f32[4] ; b\n"
                     "  %c = add %a, %b : f32[4] ; c\n"
                     "  output \"c\" = %c\n"
                     "}\n");
    tern_graph_destroy(copy);
}

TERN_TEST(messages_name_operator_and_layer)
{
    tern_graph *g = graph_of(chain);
    char who[64], tiny[8];
    const tern_node *n = tern_graph_node(g, g->values[value_of(g, "c")].producer);
    CHECK_TEXT(tern_node_who(n, who, sizeof who), "add \"c\"");
    CHECK(strlen(tern_node_who(n, tiny, sizeof tiny)) < sizeof tiny);
    tern_graph_destroy(g);
}

static tern_status life_of_a_graph(tern_allocator allocator, void *arg)
{
    const char *text = arg;
    tern_graph *g = NULL, *copy = NULL;
    TERN_TRY(tern_graph_parse(allocator, text, strlen(text), &g));
    tern_status status = tern_graph_clone(g, &copy);
    uint32_t removed;
    if (status == TERN_OK) {
        status = tern_graph_sweep(copy, &removed);
    }
    if (status == TERN_OK) {
        status = tern_graph_compact(copy);
    }
    if (status == TERN_OK) {
        status = tern_graph_verify(copy);
    }
    tern_text out;
    tern_text_init(&out, allocator);
    if (status == TERN_OK) {
        status = tern_graph_print(copy, &out);
    }
    tern_text_destroy(&out);
    tern_graph_destroy(copy);
    tern_graph_destroy(g);
    return status;
}

TERN_TEST(every_allocation_may_fail)
{
    static char text[] = "graph g explicit {\n"
                         "  %x = input : f32[N,4]\n"
                         "  %w = constant : f32[1,4] [1,2,3,4]\n"
                         "  %b = constant : f32[1,65] @blob 0\n"
                         "  %a = mul %x, %w | (%x) add(acc, p0) ; a\n"
                         "  %c = add %a, %d ; c\n"
                         "  %d = exp %a ; b\n"
                         "  output %c\n"
                         "}\n";
    CHECK(oom_sweep(life_of_a_graph, text) > 10);
}
