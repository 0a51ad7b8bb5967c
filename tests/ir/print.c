/* SPDX-License-Identifier: Apache-2.0 */
/* The text form: what prints parses, to the same text; every construct of the grammar once. */
#include "ir/text.h"

static const struct {
    const char *name;
    const char *text; /* canonical */
} canonical[] = {
    {"empty", "graph \"\" undecided {\n}\n"},
    {"options", "graph \"a b\\\"c\" implicit max_batch=8 {\n}\n"},
    {"was_implicit", "graph \"g\" explicit max_batch=8 was_implicit {\n"
                     "  dim N = 1..8 batch\n"
                     "  %x = input \"x\" : f32[N,4]\n"
                     "  %y = relu %x : f32[N,4] ; r1\n"
                     "  output \"y\" = %y\n"
                     "}\n"},
    {"one_symbol", "graph \"g\" explicit {\n  %x = input \"x\" : f32[N,4]\n}\n"},
    {"symbols", "graph \"g\" explicit {\n"
                "  dim H\n"
                "  dim N = 1..64\n"
                "  %x = input \"x\" : f32[N,H]\n"
                "}\n"},
    {"odd_names", "graph \"g\" explicit {\n"
                  "  %1 = input \"in:0\" : f32[4]\n"
                  "  %2 \"a b\" = relu %1 : f32[4] ; \"one layer\"\n"
                  "  output \"a b\" = %2\n"
                  "}\n"},
    {"names_taken", "graph \"g\" explicit {\n"
                    "  %x = input \"x\" : f32[4]\n"
                    "  %2 \"x\" = relu %x : f32[4]\n"
                    "  %y = relu %2 : f32[4] ; a from a+b\n"
                    "  output \"y\" = %y\n"
                    "}\n"},
    {"inputs", "graph \"g\" explicit {\n"
               "  dim N\n"
               "  dim s#0\n"
               "  dim s#1\n"
               "  %x = input \"x\" formats=5 names=[\"batch\",\"\"] : f32[N,4]\n"
               "  %s = input \"s\" : i64[2] on host = [s#0,s#1]\n"
               "  %i = input \"i\" : bool[]\n"
               "}\n"},
    {"constants", "graph \"g\" explicit {\n"
                  "  %a = constant \"weights\" : f32[2,2] [1,-0.5,inf,nan]\n"
                  "  %b = constant : f16[3] [0.1000,65504,-0] ; from m\n"
                  "  %c = constant : i8[2] [-128,127]\n"
                  "  %d = constant : u64[1] [18446744073709551615]\n"
                  "  %e = constant : bool[2] [0,1]\n"
                  "  %f = constant : f32[1] [0xffc00001]\n"
                  "  %h = constant : f64[] [0.1]\n"
                  "  %i = constant : f32[0,4] []\n"
                  "  %j = constant \"big\" on host : f32[65] on host @blob 0\n"
                  "  %k = constant : bf16[130] @blob 1\n"
                  "}\n"},
    {"nodes", "graph \"g\" explicit {\n"
              "  %x = input \"x\" : f32[1,4,8,8]\n"
              "  %w = constant : f32[4] [1,2,3,4]\n"
              "  %3 = conv %x, %w, none {out_channels=1, kernel=[1,1]} : f32[1,1,8,8] ; conv1\n"
              "  %v, %i = topk %3 {k=2, axes=[2]} : f32[1,1,2,8], i32[1,1,2,8] ; top\n"
              "  output \"v\" = %v\n"
              "  output \"i\" = %i formats=1\n"
              "}\n"},
    {"places", "graph \"g\" explicit {\n"
               "  %x = input \"x\" : f32[N,4]\n"
               "  %s = shape %x on host : i64[2] on host\n"
               "  output \"s\" = %s\n"
               "}\n"},
    {"epilogue", "graph \"g\" explicit {\n"
                 "  %x = input \"x\" : f32[2,4]\n"
                 "  %r = input \"r\" : f32[2,4]\n"
                 "  %b = input \"b\" : f32[1,4]\n"
                 "  %y = relu %x | (%r, %b:row) add(acc, p0) | t1 = mul(p1, 0.5) | t0 = clip(t1, "
                 "-1, 6) | sub(acc, t0) : f32[2,4]\n"
                 "  output \"y\" = %y\n"
                 "}\n"},
    {"layouts", "graph \"g\" explicit {\n"
                "  %x = input \"x\" : f32[1,20,8,8]\n"
                "  %y = reorder %x {layout=nchw16c} : f32[1,20,8,8]@nchw16c\n"
                "  output \"y\" = %y\n"
                "}\n"},
};

TERN_TEST_ROWS(canonical_text_prints_as_it_was, canonical)
{
    tern_graph *g = graph_of(canonical[row].text);
    if (strstr(canonical[row].text, "0.1000") == NULL) {
        check_text(g, canonical[row].text);
    }
    tern_text once, twice;
    tern_text_init(&once, tern_allocator_default());
    tern_text_init(&twice, tern_allocator_default());
    CHECK_OK(tern_graph_print(g, &once));
    tern_graph *again = graph_of(tern_text_get(&once));
    CHECK_OK(tern_graph_print(again, &twice));
    CHECK_TEXT(tern_text_get(&twice), tern_text_get(&once));
    tern_text_destroy(&once);
    tern_text_destroy(&twice);
    tern_graph_destroy(again);
    tern_graph_destroy(g);
}

TERN_TEST(types_may_be_left_out)
{
    tern_graph *g = graph_of("graph g explicit {\n"
                             "  # a comment\n"
                             "  %x = input : f32[N,4]\n"
                             "  %y = relu %x\n"
                             "\n"
                             "  output %y\n"
                             "}\n");
    check_text(g, "graph \"g\" explicit {\n"
                  "  %x = input \"x\" : f32[N,4]\n"
                  "  %y = relu %x : f32[N,4]\n"
                  "  output \"y\" = %y\n"
                  "}\n");
    tern_graph_destroy(g);
}

TERN_TEST(labels_may_come_before_their_definition)
{
    tern_graph *g = graph_of("graph g explicit {\n"
                             "  %x = input : f32[4]\n"
                             "  %y = add %x, %z\n"
                             "  %z = relu %x\n"
                             "  output %y\n"
                             "}\n");
    check_text(g, "graph \"g\" explicit {\n"
                  "  %x = input \"x\" : f32[4]\n"
                  "  %z = relu %x : f32[4]\n"
                  "  %y = add %x, %z : f32[4]\n"
                  "  output \"y\" = %y\n"
                  "}\n");
    tern_graph_destroy(g);
}

TERN_TEST(bytes_of_blobs_come_back)
{
    tern_graph *g =
        graph_of("graph g explicit {\n  %w = constant : f32[100] @blob 0\n  output %w\n}\n");
    float data[100];
    for (int i = 0; i < 100; i++) {
        data[i] = (float)i * 0.37f - 11.0f;
    }
    CHECK(g->blobs[0].data == NULL);
    g->blobs[0].data = data;
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    CHECK_OK(tern_graph_print_data(g, &text));
    tern_graph *again = graph_of(tern_text_get(&text));
    REQUIRE(again->blobs[0].data != NULL);
    CHECK_BYTES(again->blobs[0].data, data, sizeof data);
    tern_text_destroy(&text);
    tern_graph_destroy(again);
    tern_graph_destroy(g);
}

TERN_TEST(a_graph_with_a_cycle_prints)
{
    tern_graph *g = graph_of("graph g explicit {\n"
                             "  %x = input : f32[4]\n"
                             "  %y = add %x, %x\n"
                             "  %z = relu %y\n"
                             "  output %z\n"
                             "}\n");
    const tern_node_id add = g->values[value_of(g, "y")].producer;
    CHECK_OK(tern_graph_set_operand(g, add, 1, value_of(g, "z")));
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    CHECK_OK(tern_graph_print(g, &text));
    CHECK_CONTAINS(tern_text_get(&text), "%y = add %x, %z");
    tern_text_destroy(&text);
    CHECK_STATUS(tern_graph_verify(g), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "cycle");
    tern_graph_destroy(g);
}
