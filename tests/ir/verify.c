/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier sees what nobody should be able to make. */
#include "ir/text.h"

static const char text[] = "graph g explicit {\n"
                           "  %x = input : f32[4]\n"
                           "  %w = constant : f32[4] [1,2,3,4]\n"
                           "  %a = mul %x, %w ; a\n"
                           "  %b = exp %a ; b\n"
                           "  output %b\n"
                           "}\n";

static void spoil_id(tern_graph *g)
{
    g->operands[g->nodes[g->values[value_of(g, "a")].producer].x_first] = 77;
}

static void spoil_range(tern_graph *g)
{
    g->nodes[g->values[value_of(g, "a")].producer].x_first = g->operand_count;
}

static void spoil_op(tern_graph *g)
{
    g->nodes[g->values[value_of(g, "a")].producer].op = 200;
}

static void spoil_count(tern_graph *g)
{
    g->nodes[g->values[value_of(g, "a")].producer].own_count = 1;
}

static void spoil_producer(tern_graph *g)
{
    g->values[value_of(g, "a")].producer = g->values[value_of(g, "b")].producer;
}

static void spoil_type(tern_graph *g)
{
    g->values[value_of(g, "a")].type.dims[0] = 5;
}

static void spoil_dtype(tern_graph *g)
{
    g->values[value_of(g, "b")].type.dtype = 31;
}

static void spoil_extent(tern_graph *g)
{
    g->values[value_of(g, "x")].type.dims[0] = -3;
}

static void spoil_expression(tern_graph *g)
{
    g->values[value_of(g, "x")].type.dims[0] = TERN_DIM_EXPR_BASE + 1000;
}

static void spoil_blob(tern_graph *g)
{
    g->blobs[0].bytes = 3;
}

static void spoil_output(tern_graph *g)
{
    g->outputs[0] = 999;
}

static void spoil_input(tern_graph *g)
{
    g->inputs[0] = value_of(g, "a");
}

static void spoil_name(tern_graph *g)
{
    g->values[value_of(g, "b")].name = tern_str_of("x");
}

static const struct {
    const char *name;
    void (*spoil)(tern_graph *g);
    const char *message;
} rows[] = {
    {"id", spoil_id, "mul \"a\": operand 0 is no value"},
    {"range", spoil_range, "outside the operand array"},
    {"op", spoil_op, "200 is no operator"},
    {"count", spoil_count, "do not fit the operator"},
    {"producer", spoil_producer, "belongs to another node"},
    {"type", spoil_type, "inference says f32[4]"},
    {"dtype", spoil_dtype, "it has no element type"},
    {"extent", spoil_extent, "extent 0 is negative or not known"},
    {"expression", spoil_expression, "extent 0 is negative or not known"},
    {"blob", spoil_blob, "needs 16 bytes, its data has 3"},
    {"output", spoil_output, "output 0 is no value"},
    {"input", spoil_input, "input 0 is no input value"},
    {"name", spoil_name, "are called \"x\""},
};

TERN_TEST_ROWS(verify_finds, rows)
{
    tern_graph *g = graph_of(text);
    REQUIRE_OK(tern_graph_verify(g));
    rows[row].spoil(g);
    CHECK(tern_graph_verify(g) != TERN_OK);
    CHECK_CONTAINS(tern_error_last()->text, rows[row].message);
    tern_graph_destroy(g);
}
