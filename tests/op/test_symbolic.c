/* SPDX-License-Identifier: Apache-2.0
 *
 * Inference with extents that are not numbers yet: what the extents of the result are as
 * expressions, and what a batch axis in front does to attributes.
 */
#include "harness/harness.h"
#include "op/op.h"

typedef struct symbolic_row {
    const char *name;
    const char *op, *attrs;
    const char *x[3]; /* "f32[N,3,H]" */
    const char *y;    /* the same, or a part of the message */
} symbolic_row;

static const symbolic_row rows[] = {
    {"conv",
     "conv",
     "{stride=[2,2], pre_pad=[3,3], post_pad=[3,3]}",
     {"f32[N,3,H,224]", "f32[64,3,7,7]"},
     "f32[N,64,(H+1)/2,112]"},
    {"conv_keeps_the_extent",
     "conv",
     "{pre_pad=[1,1], post_pad=[1,1]}",
     {"f32[N,3,H,W]", "f32[8,3,3,3]", "f32[8]"},
     "f32[N,8,H,W]"},
    {"conv_same",
     "conv",
     "{stride=[2,2], pad_mode=same_upper}",
     {"f32[N,3,H,8]", "f32[8,3,3,3]"},
     "f32[N,8,(H+1)/2,4]"},
    {"conv_channels_of_kernel", "conv", "{}", {"f32[N,C,8,8]", "f32[8,3,3,3]"}, "f32[N,8,6,6]"},
    {"conv_dynamic_channels",
     "conv",
     "{kernel=[3,3], out_channels=8}",
     {"f32[N,C,8,8]", "f32[216]"},
     "the channels of input \"a\" [N,C,8,8] must be known when building (axis 1)"},
    {"conv_dynamic_kernel",
     "conv",
     "{}",
     {"f32[N,3,8,8]", "f32[8,3,K,3]"},
     "kernel \"b\" [8,3,K,3] must have extents known when building (axis 2)"},
    {"deconv", "deconv", "{stride=[2,2]}", {"f32[N,3,H,4]", "f32[3,8,2,2]"}, "f32[N,8,H*2,8]"},
    {"pool", "pool", "{kernel=[2,2], stride=[2,2]}", {"f32[N,3,H,9]"}, "f32[N,3,H/2,4]"},
    {"fully_connected", "fully_connected", "{}", {"f32[N,2,1,3]", "f32[4,6]"}, "f32[N,4,1,1]"},
    {"fully_connected_dynamic",
     "fully_connected",
     "{}",
     {"f32[N,2,1,W]", "f32[4,6]"},
     "the last three extents of input \"a\" [N,2,1,W] must be known when building (axis 3)"},
    {"matmul", "matmul", "{}", {"f32[B,M,7]", "f32[1,7,N]"}, "f32[B,M,N]"},
    {"matmul_same_symbol", "matmul", "{op1=transpose}", {"f32[B,M,K]", "f32[B,N,K]"}, "f32[B,M,N]"},
    {"matmul_unknown_sum",
     "matmul",
     "{}",
     {"f32[M,K]", "f32[7,N]"},
     "f32[M,N]"}, /* K is 7, which is checked when it is known */
    {"matmul_wrong_sum",
     "matmul",
     "{}",
     {"f32[M,6]", "f32[7,N]"},
     "a \"a\" [M,6] gives 6 columns (axis 1), b \"b\" [7,N] gives 7 rows (axis 0)"},
    {"softmax", "softmax", "{axes=2}", {"f32[N,C]"}, "f32[N,C]"},
    {"reduce", "reduce", "{axes=6}", {"f32[N,C,L]"}, "f32[N]"},
    {"reduce_kept", "reduce", "{axes=2, keep_dims=true}", {"f32[N,C,L]"}, "f32[N,1,L]"},
    {"norm", "norm", "{axes=4}", {"f32[N,C,L]", "f32[1,1,L]"}, "f32[N,C,L]"},
    {"topk", "topk", "{k=5, axes=2}", {"f32[N,C]"}, "f32[N,5]"},
    {"topk_dynamic_k",
     "topk",
     "{axes=2}",
     {"f32[N,C]", "i32[]"},
     "k \"b\" [] must be a constant or computed from shapes and shape inputs"},
    {"slice_from_the_front",
     "slice",
     "{clip=true, axes=[0], start=[1], size=[4611686018427387]}",
     {"f32[N,3]"},
     "f32[max(N-1,0),3]"},
    {"slice_all_but_the_last",
     "slice",
     "{clip=true, axes=[1], start=[0], size=[-1]}",
     {"f32[2,N]"},
     "f32[2,max(N-1,0)]"},
    {"squeeze", "squeeze", "{axes=[1]}", {"f32[N,1,C]"}, "f32[N,C]"},
    {"squeeze_unknown", "squeeze", "{axes=[0]}", {"f32[N,1,C]"}, "f32[1,C]"},
    {"unsqueeze", "unsqueeze", "{axes=[-1]}", {"f32[N,C]"}, "f32[N,C,1]"},
    {"expand", "expand", "{shape=[2,1,4]}", {"f32[N,1]"}, "f32[2,N,4]"},
    {"tile", "tile", "{repeats=[1,3]}", {"f32[N,C]"}, "f32[N,C*3]"},
    {"split", "split", "{axis=1, parts=2, index=0}", {"f32[N,6]"}, "f32[N,3]"},
    {"pad", "pad", "{pre=[1], post=[2], border=reflect}", {"f32[N,C]"}, "f32[N,C+3]"},
    {"scatter", "scatter", "{axis=1}", {"f32[N,C]", "i64[N,K]", "f32[N,K]"}, "f32[N,C]"},
    {"trilu", "trilu", "{}", {"f32[N,C]"}, "f32[N,C]"},
    {"cumulative", "cumulative", "{axis=-1}", {"f32[N,C]"}, "f32[N,C]"},
    {"reverse_sequence", "reverse_sequence", "{}", {"f32[T,N,3]", "i64[N]"}, "f32[T,N,3]"},
};

static void parse_type(tern_dim_table *dims, const char *text, tern_type *out)
{
    memset(out, 0, sizeof *out);
    const char *open = strchr(text, '['), *end = text + strlen(text);
    REQUIRE(open != NULL);
    out->dtype = (uint8_t)tern_dtype_by_name(text, (size_t)(open - text));
    const char *at = open + 1;
    while (*at != ']') {
        REQUIRE_OK(tern_dim_parse(dims, &at, end, &out->dims[out->rank++]));
        at += *at == ',' ? 1 : 0;
    }
}

TERN_TEST_ROWS(symbolic_inference, rows)
{
    const symbolic_row *r = &rows[row];
    const char *const names[] = {"a", "b", "c"};
    tern_arena arena;
    tern_dim_table dims;
    tern_arena_init(&arena, tern_allocator_default());
    tern_dim_table_init(&dims, tern_allocator_default(), &arena);
    const tern_op *op = tern_op_by_name(r->op, strlen(r->op));
    REQUIRE(op != NULL);
    void *attr = tern_arena_zero(&arena, op->attr_size + 1, 16);
    const char *attrs = r->attrs;
    REQUIRE_OK(tern_attr_parse(op->attrs, attr, &attrs, attrs + strlen(attrs), "node"));
    tern_type x[3], y[2];
    int32_t count = 0;
    for (; count < 3 && r->x[count] != NULL; count++) {
        parse_type(&dims, r->x[count], &x[count]);
    }
    tern_infer in = {
        .op = op,
        .who = "node",
        .x_names = names,
        .dims = &dims,
        .attr = attr,
        .x_count = count,
        .y_count = op->arity.out,
        .x = x,
        .y = y,
    };
    if (tern_op_infer(&in) != TERN_OK) {
        CHECK_CONTAINS(tern_error_last()->text, r->y);
    } else {
        char buffer[256];
        tern_text text;
        tern_text_init_fixed(&text, buffer, sizeof buffer);
        tern_type_print(&text, &dims, &y[0]);
        CHECK_TEXT(tern_text_get(&text), r->y);
    }
    tern_dim_table_clear(&dims);
    tern_arena_destroy(&arena);
}

/* ---- contents of shape tensors ---- */

/* The elements [N, C, 2] of a shape tensor, reduced. */
TERN_TEST(reduce_computes_with_contents)
{
    static const struct {
        const char *attrs;
        int64_t want; /* for N = 10, C = 7; -1: not known */
    } cases[] = {
        {"{axes=1}", 19},        {"{op=prod, axes=1}", 140}, {"{op=max, axes=1}", 10},
        {"{op=min, axes=1}", 2}, {"{op=avg, axes=1}", -1},
    };
    for (size_t i = 0; i < TERN_COUNT_OF(cases); i++) {
        tern_arena arena;
        tern_dim_table dims;
        tern_arena_init(&arena, tern_allocator_default());
        tern_dim_table_init(&dims, tern_allocator_default(), &arena);
        const tern_dim content[] = {tern_dim_symbol_get(&dims, tern_str_of("N")),
                                    tern_dim_symbol_get(&dims, tern_str_of("C")), 2};
        const tern_dim *const contents[] = {content};
        const tern_op *op = tern_op_by_name("reduce", 6);
        void *attr = tern_arena_zero(&arena, op->attr_size, 16);
        const char *attrs = cases[i].attrs;
        REQUIRE_OK(tern_attr_parse(op->attrs, attr, &attrs, attrs + strlen(attrs), "node"));
        const tern_dim three = 3;
        const tern_type x = tern_type_make(TERN_DTYPE_I64, 1, &three);
        tern_type y;
        tern_dim y_content[1][TERN_CONTENT_MAX];
        bool known[1] = {false};
        tern_infer in = {
            .op = op,
            .who = "node",
            .dims = &dims,
            .attr = attr,
            .x_count = 1,
            .y_count = 1,
            .x = &x,
            .x_content = contents,
            .y = &y,
            .y_content = y_content,
            .y_content_known = known,
        };
        REQUIRE_OK(tern_op_infer(&in));
        CHECK_INT(y.rank, 0);
        CHECK_INT(known[0], cases[i].want != -1);
        if (known[0]) {
            const int64_t symbols[] = {10, 7};
            int64_t values[64] = {0};
            REQUIRE(dims.expr_count <= TERN_COUNT_OF(values));
            tern_dim_evaluate(dims.exprs, dims.expr_count, symbols, values);
            CHECK_INT(tern_dim_value(y_content[0][0], values), cases[i].want);
        }
        tern_dim_table_clear(&dims);
        tern_arena_destroy(&arena);
    }
}

/* ---- a batch axis in front ---- */

TERN_TEST(batch_axis_shifts_masks_and_nothing_else)
{
    static const struct {
        const char *op, *before, *after;
    } cases[] = {
        {"softmax", "{axes=2}", "{axes=4}"},
        {"reduce", "{op=max, axes=5}", "{op=max, axes=10}"},
        {"topk", "{k=2, axes=1}", "{k=2, axes=2}"},
        {"norm", "{axes=6}", "{axes=12}"},
        {"conv", "{kernel=[3,3], stride=[2,1]}", "{kernel=[3,3], stride=[2,1]}"},
        {"pool", "{kernel=[2,2]}", "{kernel=[2,2]}"},
        {"matmul", "{op0=transpose}", "{op0=transpose}"},
    };
    for (size_t i = 0; i < TERN_COUNT_OF(cases); i++) {
        const tern_op *op = tern_op_by_name(cases[i].op, strlen(cases[i].op));
        REQUIRE(op != NULL);
        tern_arena arena;
        tern_arena_init(&arena, tern_allocator_default());
        void *got = tern_arena_zero(&arena, op->attr_size, 16);
        void *want = tern_arena_zero(&arena, op->attr_size, 16);
        const char *at = cases[i].before;
        REQUIRE_OK(tern_attr_parse(op->attrs, got, &at, at + strlen(at), "node"));
        at = cases[i].after;
        REQUIRE_OK(tern_attr_parse(op->attrs, want, &at, at + strlen(at), "node"));
        CHECK_OK(tern_attr_batchify(op->attrs, got, "node"));
        CHECK(tern_attr_equal(op->attrs, got, want));
        tern_arena_destroy(&arena);
    }
}
