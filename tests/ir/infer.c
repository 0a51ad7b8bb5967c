/* SPDX-License-Identifier: Apache-2.0 */
/* Inference of whole graphs: symbols, contents of shape tensors, implicit batches. */
#include "ir/text.h"

TERN_TEST(symbols_flow_through_shapes)
{
    tern_graph *g = graph_of("graph g explicit {\n"
                             "  %x = input : f32[N,4,H,W]\n"
                             "  %s = shape %x\n"
                             "  %i = constant : i64[2] [0,1]\n"
                             "  %n = gather %s, %i\n"
                             "  %m = constant : i64[1] [-1]\n"
                             "  %r = concat %n, %m\n"
                             "  %y = shuffle %x, %r\n"
                             "  output %y\n"
                             "}\n");
    const tern_value *r = tern_graph_value(g, value_of(g, "r"));
    REQUIRE(r->content_known);
    CHECK_INT(r->content_count, 3);
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    tern_type_print(&text, &g->dims, &tern_graph_value(g, value_of(g, "y"))->type);
    CHECK_TEXT(tern_text_get(&text), "f32[N,4,H*W]");
    tern_text_destroy(&text);
    tern_graph_destroy(g);
}

TERN_TEST(shape_inputs_are_symbols)
{
    tern_graph *g = graph_of("graph g explicit {\n"
                             "  %x = input : f32[24]\n"
                             "  %s = input shape : i32[2]\n"
                             "  %y = shuffle %x, %s\n"
                             "  output %y\n"
                             "}\n");
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    tern_type_print(&text, &g->dims, &tern_graph_value(g, value_of(g, "y"))->type);
    CHECK_TEXT(tern_text_get(&text), "f32[s#0,s#1]");
    tern_text_destroy(&text);
    tern_graph_destroy(g);
}

TERN_TEST(implicit_batch_shows_visible_dims)
{
    tern_graph *g = graph_of("graph g implicit max_batch=4 {\n"
                             "  %x = input : f32[1,28,28]\n"
                             "  %w = constant : f32[500] @blob 0\n"
                             "  %c = conv %x, %w {out_channels=20, kernel=[5,5]}\n"
                             "  %b = constant : f32[20,1,1] @blob 1\n"
                             "  %d = add %c, %b\n"
                             "  %s = softmax %d {axes=[0]}\n"
                             "  %f = shuffle %s {reshape=[20,-1]}\n"
                             "  output %f\n"
                             "}\n");
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    CHECK_OK(tern_graph_print(g, &text));
    CHECK_CONTAINS(tern_text_get(&text), "kernel=[5,5]} : f32[20,24,24]");
    CHECK_CONTAINS(tern_text_get(&text), "softmax %d {axes=[0]} : f32[20,24,24]");
    CHECK_CONTAINS(tern_text_get(&text), "shuffle %s {reshape=[20,-1]} : f32[20,576]");
    tern_text_destroy(&text);
    tern_graph_destroy(g);
}

TERN_TEST(the_batch_symbol_avoids_names_of_the_user)
{
    tern_graph *g =
        graph_of("graph g implicit {\n  %x = input : f32[N]\n  %y = relu %x\n  output %y\n}\n");
    tern_dim batch;
    REQUIRE_OK(tern_graph_batch_dim(g, &batch));
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    tern_dim_print(&text, &g->dims, batch);
    CHECK_TEXT(tern_text_get(&text), "N_2");
    tern_text_destroy(&text);
    tern_graph_destroy(g);
}

TERN_TEST(constants_have_no_implicit_batch)
{
    tern_graph *g = graph_of("graph g implicit {\n"
                             "  %x = input : f32[4]\n"
                             "  %a = constant : f32[4] [1,2,3,4]\n"
                             "  %b = exp %a\n"
                             "  %y = mul %x, %b\n"
                             "  output %y\n"
                             "}\n");
    CHECK(tern_graph_value(g, value_of(g, "b"))->is_constant);
    CHECK(!tern_graph_value(g, value_of(g, "y"))->is_constant);
    CHECK_INT(tern_graph_value(g, value_of(g, "y"))->type.rank, 1);
    tern_graph_destroy(g);
}

TERN_TEST(explicit_graphs_get_normalised_attributes_and_others_keep_the_users)
{
    static const char *const modes[] = {"explicit", "undecided"};
    for (size_t i = 0; i < 2; i++) {
        char text[256];
        tern_text t;
        tern_text_init_fixed(&t, text, sizeof text);
        tern_text_add(&t,
                      "graph g %s {\n  %%x = input : f32[2,4]\n  %%y = concat %%x, %%x {axis=-1}\n "
                      " output %%y\n}\n",
                      modes[i]);
        tern_graph *g = graph_of(text);
        tern_text out;
        tern_text_init(&out, tern_allocator_default());
        CHECK_OK(tern_graph_print(g, &out));
        CHECK_CONTAINS(tern_text_get(&out), i == 0 ? "{axis=1}" : "{axis=-1}");
        tern_text_destroy(&out);
        tern_graph_destroy(g);
    }
}

/* Names of extents that depend on data survive printing, parsing and inferring again. */
TERN_TEST(extents_that_depend_on_data_stay_the_same)
{
    tern_graph *g = graph_of("graph g explicit {\n"
                             "  %x = input : f32[2,H]\n"
                             "  %n = input : i32[N]\n"
                             "  %z = input : i32[N]\n"
                             "  %k = reduce %n {op=sum, axes=[0]}\n"
                             "  %j = reduce %z {op=sum, axes=[0]}\n"
                             "  %a, %i = topk %x, %k {axes=[1]}\n"
                             "  %b, %l = topk %x, %j {axes=[1]}\n"
                             "  %c = concat %a, %b {axis=1}\n"
                             "  output %c\n"
                             "}\n");
    CHECK_OK(tern_graph_infer(g));
    CHECK_OK(tern_graph_verify(g));
    tern_text text, again;
    tern_text_init(&text, tern_allocator_default());
    tern_text_init(&again, tern_allocator_default());
    CHECK_OK(tern_graph_print(g, &text));
    CHECK_CONTAINS(tern_text_get(&text), "f32[2,data(H,0)]");
    CHECK_CONTAINS(tern_text_get(&text), "f32[2,data(H,1)]");
    CHECK_CONTAINS(tern_text_get(&text), "f32[2,data(H,0)+data(H,1)]");
    tern_graph *h = graph_of(tern_text_get(&text));
    CHECK_OK(tern_graph_print(h, &again));
    CHECK_TEXT(tern_text_get(&again), tern_text_get(&text));
    tern_text_destroy(&text);
    tern_text_destroy(&again);
    tern_graph_destroy(g);
    tern_graph_destroy(h);
}
