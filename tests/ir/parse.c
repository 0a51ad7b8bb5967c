/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are wrong: each gets a message with its position and what was expected; none crashes
 * or leaks. */
#include "harness/alloc.h"
#include "ir/text.h"

#define HEAD "graph g explicit {\n  %x = input : f32[2,4]\n"

static const struct {
    const char *name;
    const char *text;
    const char *message;
} wrong[] = {
    {"nothing", "", "line 1:1: expected \"graph\", found the end of the text"},
    {"no_name", "graph {", "line 1:7: expected the name of the graph, found \"{\""},
    {"no_end", "graph g {\n", "expected %label = ..., dim, output or }"},
    {"stray", "graph g {\n  foo\n}",
     "line 2:3: expected %label = ..., dim, output or }, found \"foo\""},
    {"behind", "graph g {\n}\nmore", "line 3:1: expected the end of the text, found \"more\""},
    {"zero_byte_name", "graph \"a\\x00\" {\n}", "expected an escape"},
    {"open_string", "graph \"abc {\n}", "this string does not end on its line"},
    {"max_batch", "graph g implicit max_batch=0 {\n}", "expected a batch in 1..2147483647"},
    {"no_operator", HEAD "  %y = frobnicate %x\n}",
     "line 3:8: expected an operator, input or constant"},
    {"label_twice", HEAD "  %x = relu %x\n}", "line 3:4: expected a label that is new"},
    {"label_unknown", HEAD "  %y = relu %q\n}", "line 3:14: expected a label that is defined"},
    {"output_unknown", HEAD "  output %q\n}", "expected the label of a value defined above"},
    {"output_twice", HEAD "  output %x\n  output %x\n}",
     "has a name among the inputs and outputs already"},
    {"output_renames_input", HEAD "  output \"z\" = %x\n}",
     "has a name among the inputs and outputs already"},
    {"results", HEAD "  %v = topk %x\n}", "there are 1 labels for 2 results"},
    {"operands", HEAD "  %y = add %x\n}", "line 3:3: "},
    {"missing_operand", HEAD "  %y = add %x, none\n}", "line 3:3: "},
    {"no_such_attribute", HEAD "  %y = softmax %x {axle=1}\n}", "line 3:19: "},
    {"no_attributes", HEAD "  %y = relu %x {alpha=1}\n}", "relu has no attributes"},
    {"attribute_end", HEAD "  %y = softmax %x {axes=[0]", "line 3:19: "},
    {"type", HEAD "  %y = relu %x : f33[2,4]\n}", "expected an element type"},
    {"type_differs", HEAD "  %y = relu %x : f32[2,5]\n}",
     "line 3:3: relu \"\": result 0 is written as f32[2,5], inference says f32[2,4]"},
    {"rank", "graph g {\n  %x = input : f32[1,1,1,1,1,1,1,1,1]\n}", "expected at most 8 entries"},
    {"negative_extent", "graph g {\n  %x = input : f32[-1]\n}", "extent 0 is -1, expected 0.."},
    {"huge_extent", "graph g {\n  %x = input : f32[9223372036854775807]\n}", "expected 0.."},
    {"bad_extent", "graph g {\n  %x = input : f32[N+]\n}", "line 2:20: "},
    {"layout", "graph g {\n  %x = input : f32[1]@foo\n}", "expected a layout"},
    {"layout_rank", "graph g {\n  %x = input : f32[1]@nhwc\n}",
     "rank 1 cannot have the layout nhwc"},
    {"place", "graph g {\n  %x = input : f32[1] on fire\n}", "expected \"host\""},
    {"names", "graph g {\n  %x = input names=[a] : f32[1,1]\n}",
     "there are 1 names of dimensions for rank 2"},
    {"shape_input", "graph g {\n  %x = input shape : f32[1]\n}", "\"x\" cannot be a shape tensor"},
    {"few_elements", "graph g {\n  %w = constant : f32[3] [1,2]\n}", "line 2:30: expected \",\""},
    {"many_elements", "graph g {\n  %w = constant : f32[1] [1,2]\n}", "expected \"]\""},
    {"huge_constant", "graph g {\n  %w = constant : f32[1000000000] [1]\n}",
     "expected as many elements"},
    {"overflowing_constant",
     "graph g {\n  %w = constant : f32[2000000000,2000000000,2000000000] [1]\n}",
     "expected a type with numbers as extents"},
    {"element", "graph g {\n  %w = constant : i8[1] [200]\n}", "expected an element of type i8"},
    {"element_kind", "graph g {\n  %w = constant : i32[1] [0.5]\n}",
     "expected an element of type i32"},
    {"symbolic_constant", "graph g {\n  %w = constant : i32[N] [1]\n}",
     "expected a type with numbers as extents"},
    {"blob_sizes",
     "graph g {\n  %w = constant : i32[1] @blob 0\n  %v = constant : i32[2] @blob 0\n}",
     "this type needs 8 bytes, blob 0 has 4"},
    {"blob_unknown", "graph g {\n}\nblob 0 = 4\nAAAAAA==\n",
     "expected a blob that a constant uses"},
    {"blob_bytes", "graph g {\n  %w = constant : i32[1] @blob 0\n}\nblob 0 = 5\nAAAAAAA=\n",
     "has 4 bytes"},
    {"blob_short", "graph g {\n  %w = constant : i32[1] @blob 0\n}\nblob 0 = 4\nAAAA\n",
     "bytes of base64"},
    {"dim", "graph g {\n  dim N*2 = 1..2\n}", "expected the name of a dimension"},
    {"dim_bounds", "graph g {\n  dim N = 5..2\n}", "expected an upper bound in 5.."},
    {"epilogue_where", HEAD "  %y = softmax %x | relu(acc)\n}", "takes no fused expression"},
    {"epilogue_slot", HEAD "  %y = relu %x | add(acc, p0)\n}", "there are 0 operands"},
    {"epilogue_temp", HEAD "  %y = relu %x | add(acc, t0)\n}", "reads a slot before writing it"},
    {"epilogue_op", HEAD "  %y = relu %x | foo(acc)\n}", "expected an elementwise operation"},
    {"epilogue_kind", HEAD "  %y = relu %x | (%x:diagonal) add(acc, p0)\n}",
     "expected full, row, column or scalar"},
    {"epilogue_shape", HEAD "  %b = input : f32[3,4]\n  %y = relu %x | (%b) add(acc, p0)\n}",
     "does not broadcast"},
    {"epilogue_number", HEAD "  %y = relu %x | add(acc, 1x)\n}",
     "expected acc, p0, t0 or a number"},
    {"cycle", HEAD "  %y = add %x, %z\n  %z = relu %y\n}", "cycle"},
    {"same_names", HEAD "  %y = relu %x\n  output \"x\" = %y\n}", "are called \"x\""},
    {"infer", HEAD "  %w = input : f32[3,4]\n  %y = add %x, %w\n}", "line 4:3: add"},
};

TERN_TEST_ROWS(wrong_text_is_refused_with_its_position, wrong)
{
    tern_test_heap heap = {0};
    tern_graph *g = NULL;
    const tern_status status =
        tern_graph_parse(tern_test_allocator(&heap), wrong[row].text, strlen(wrong[row].text), &g);
    CHECK(status != TERN_OK);
    CHECK(g == NULL);
    CHECK_CONTAINS(tern_error_last()->text, wrong[row].message);
    tern_test_heap_check_empty(&heap);
}

static const char whole[] =
    "graph \"g\" explicit max_batch=8 was_implicit {\n"
    "  dim N = 1..8 batch\n"
    "  %x = input \"x\" formats=5 names=[\"batch\",\"\"] : f32[N,4]\n"
    "  %s = input \"s\" : i64[2] on host = [s#0,s#1]\n"
    "  %w = constant \"k\" : f32[1,4] [1,-0.5,inf,nan]\n"
    "  %3 \"odd \\\"name\" = mul %x, %w | (%x) add(acc, p0) | t0 = mul(acc, 0.5) | add(acc, t0) "
    ": f32[N,4] ; l1 from a+b\n"
    "  %v, %i = topk %3 {k=2, axes=[1]} : f32[N,2], i32[N,2] ; top\n"
    "  output \"v\" = %v\n"
    "}\n";

TERN_TEST(every_truncation_is_refused_or_whole)
{
    tern_test_heap heap = {0};
    for (size_t size = 0; size < sizeof whole; size++) {
        tern_graph *g = NULL;
        const tern_status status = tern_graph_parse(tern_test_allocator(&heap), whole, size, &g);
        if (size < sizeof whole - 2) {
            CHECK(status != TERN_OK);
        }
        tern_graph_destroy(g);
        tern_test_heap_check_empty(&heap);
    }
}

TERN_TEST(every_changed_byte_is_survived)
{
    static const char bytes[] = {'\0', '\n', '"', '%', '9', '{', ' ', '-', '\x80', 'x'};
    tern_test_heap heap = {0};
    char text[sizeof whole];
    for (size_t i = 0; i + 1 < sizeof whole; i++) {
        for (size_t b = 0; b < sizeof bytes; b++) {
            memcpy(text, whole, sizeof whole);
            text[i] = bytes[b];
            tern_graph *g = NULL;
            (void)(tern_graph_parse(tern_test_allocator(&heap), text, sizeof whole - 1, &g) ==
                   TERN_OK);
            tern_graph_destroy(g);
        }
    }
    tern_test_heap_check_empty(&heap);
}
