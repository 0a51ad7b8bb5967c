/* SPDX-License-Identifier: Apache-2.0
 *
 * Elementwise operators and movers with extents that are not numbers yet: result types, contents of
 * shape tensors, and attributes that get a batch axis in front.
 */
#include "harness/harness.h"
#include "op/op.h"

/* clang-format off */
static const struct {
    const char *name;
    const char *op, *attrs;
    const char *x[6]; /* "f32[N,3]", or with contents "i64[2]=N,2*C"; "-": absent */
    const char *y;    /* the result, or a part of the message */
} rows[] = {
    {"add", "add", "{}", {"f32[N,1,H]", "f32[1,C,H]"}, "f32[N,C,H]"},
    {"add_unknown", "add", "{}", {"f32[N]", "f32[M]"},
     "f32[max(N,M)]"}, /* equal, or one of them is 1: checked when they are known */
    {"add_maybe", "add", "{}", {"f32[N]", "f32[4]"}, "f32[4]"},
    {"add_wrong", "add", "{}", {"f32[3]", "f32[4]"},
     "x \"a\" [3] and y \"b\" [4] must have equal extents, or 1 (axis 0)"},
    {"add_number", "add", "{}", {"f32[N,3]", "f32[N,4]"}, "(axis 1)"},
    {"add_contents", "add", "{}", {"i64[2]=N,3", "i64[1]=1"}, "i64[2]=N+1,4"},
    {"mul_contents", "mul", "{}", {"i64[2]=N,3", "i64[2]=2,N"}, "i64[2]=N*2,N*3"},
    {"sub_contents", "sub", "{}", {"i32[]=N", "i32[]=N"}, "i32[]=0"},
    {"div_contents", "div", "{}", {"i64[1]=N*6", "i64[1]=3"}, "i64[1]=N*2"},
    {"floor_div_contents", "floor_div", "{}", {"i64[1]=H+1", "i64[1]=2"}, "i64[1]=(H+1)/2"},
    {"floor_div_by_negative", "floor_div", "{}", {"i64[1]=H", "i64[1]=-2"}, "i64[1]"},
    {"mod_contents", "mod", "{}", {"i64[1]=H", "i64[1]=2"}, "i64[1]=mod(H,2)"},
    {"min_contents", "min", "{}", {"i64[1]=H", "i64[1]=N"}, "i64[1]=min(H,N)"},
    {"max_contents", "max", "{}", {"i64[1]=H", "i64[1]=H+2"}, "i64[1]=H+2"},
    {"equal_contents", "equal", "{}", {"i64[2]=N,4", "i64[2]=N,5"}, "bool[2]=1,0"},
    {"greater_contents", "greater", "{}", {"i64[1]=N+1", "i64[1]=N"}, "bool[1]=1"},
    {"less_contents", "less", "{}", {"i64[1]=N", "i64[1]=H"}, "bool[1]=less(N,H)"},
    {"pow_has_no_contents", "pow", "{}", {"i64[1]=2", "i64[1]=3"}, "i64[1]"},
    {"contents_broadcast", "add", "{}", {"i64[2,1]=N,1", "i64[1,2]=0,5"}, "i64[2,2]=N,N+5,1,6"},
    {"select_decided", "select", "{}", {"bool[2]=1,0", "i64[2]=N,N", "i64[1]=7"}, "i64[2]=N,7"},
    {"select_same", "select", "{}", {"bool[1]=less(N,H)", "i64[1]=N", "i64[1]=N"}, "i64[1]=N"},
    {"select_open", "select", "{}", {"bool[1]=less(N,H)", "i64[1]=N", "i64[1]=H"},
     "i64[1]=N*less(N,H)+H*(less(N,H)*(-1)+1)"},
    {"neg", "neg", "{}", {"i64[2]=N,3"}, "i64[2]=N*(-1),-3"},
    {"not", "not", "{}", {"bool[2]=less(N,H),1"}, "bool[2]=equal(less(N,H),0),0"},
    {"prelu", "prelu", "{}", {"f32[N,C,H]", "f32[1,C,1]"}, "f32[N,C,H]"},
    {"scale", "scale", "{mode=channel}", {"f32[N,C,H]", "f32[C]"}, "f32[N,C,H]"},
    {"scale_elementwise", "scale", "{mode=elementwise}", {"f32[N,C,H]", "f32[C*H]"}, "f32[N,C,H]"},
    {"fused", "fused", "{}", {"f32[N,3]"}, "f32[N,3]"},

    {"identity", "identity", "{}", {"i64[2]=N,3"}, "i64[2]=N,3"},
    {"cast", "cast", "{to=i32}", {"i64[2]=N,3"}, "i32[2]=N,3"},
    {"cast_wraps", "cast", "{to=u8}", {"i64[1]=300"}, "u8[1]=44"},
    {"cast_to_bool", "cast", "{to=bool}", {"i64[2]=5,0"}, "bool[2]=1,0"},
    {"cast_to_float", "cast", "{to=f32}", {"i64[1]=5"}, "f32[1]"},
    {"shape", "shape", "{}", {"f32[N,3,H*2]"}, "i64[3]=N,3,H*2"},
    {"transpose", "shuffle", "{first_transpose=[1,2,0]}", {"f32[N,C,H]"}, "f32[C,H,N]"},
    {"flatten", "shuffle", "{reshape=[0,-1]}", {"f32[N,50,4,4]"}, "f32[N,800]"},
    {"flatten_unknown", "shuffle", "{reshape=[0,-1]}", {"f32[N,C,H]"}, "f32[N,C*H]"},
    {"merge", "shuffle", "{reshape=[-1,3]}", {"f32[N,3]"}, "f32[N,3]"},
    {"split", "shuffle", "{reshape=[-1,4]}", {"f32[N,12]"}, "f32[N*3,4]"},
    {"reshape_by_contents", "shuffle", "{}", {"f32[N,3,H]", "i64[3]=N,H,3"}, "f32[N,H,3]"},
    {"reshape_by_symbols", "shuffle", "{}", {"f32[1,60]", "i32[2]=A,B"}, "f32[A,B]"},
    {"reshape_by_nothing", "shuffle", "{}", {"f32[N,3]", "i64[2]"},
     "the values of shape \"b\" are not known while building"},
    {"reshape_by_matrix", "shuffle", "{}", {"f32[N,3]", "i64[1,2]=1,2"},
     "it must be a list of at most 8 numbers"},
    {"reshape_rest", "shuffle", "{}", {"f32[N,4]", "i64[2]=2,-1"}, "f32[2,N*2]"},
    {"reshape_contents", "shuffle", "{reshape=[2,2], second_transpose=[1,0]}", {"i64[4]=N,1,2,H"},
     "i64[2,2]=N,2,1,H"},
    {"unsqueeze_contents", "shuffle", "{reshape=[1]}", {"i64[]=N"}, "i64[1]=N"},
    {"squeeze_contents", "shuffle", "{to_scalar=true}", {"i64[1]=N"}, "i64[]=N"},
    {"slice_contents", "slice", "{start=[1], size=[2]}", {"i64[4]=N,3,H,7"}, "i64[2]=3,H"},
    {"slice_contents_backwards", "slice", "{start=[1], size=[2], stride=[-1]}", {"i64[4]=N,3,H,7"},
     "i64[2]=3,N"},
    {"slice_contents_fill", "slice", "{start=[-1], size=[2], mode=fill}",
     {"i64[1]=N", "-", "-", "-", "i64[]=9"},
     "i64[2]=9,N"},
    {"slice_dynamic", "slice", "{start=[0,1], size=[-1,-1]}", {"f32[N,H]"}, "f32[N,max(H-1,0)]"},
    {"slice_by_contents", "slice", "{}", {"f32[N,H]", "i64[2]=0,1", "i64[2]=N,H/2", "i64[2]=1,2"},
     "f32[N,H/2]"},
    {"slice_by_nothing", "slice", "{}", {"f32[N]", "i64[1]"},
     "the values of start \"b\" are not known while building"},
    {"concat", "concat", "{axis=1}", {"f32[N,3]", "f32[N,H]"}, "f32[N,H+3]"},
    {"concat_contents", "concat", "{axis=0}", {"i64[2]=N,3", "i64[1]=-1"}, "i64[3]=N,3,-1"},
    {"concat_differs", "concat", "{axis=1}", {"f32[2,3]", "f32[4,3]"}, "differ on axis 0"},
    {"concat_unknown", "concat", "{axis=1}", {"f32[N,3]", "f32[4,3]"}, "f32[4,6]"},
    {"gather", "gather", "{axis=1}", {"f32[N,C,H]", "i32[K]"}, "f32[N,K,H]"},
    {"gather_one_extent", "gather", "{}", {"i64[3]=N,3,H", "i32[]=-1"}, "i64[]=H"},
    {"gather_extents", "gather", "{}", {"i64[3]=N,3,H", "i32[2]=2,0"}, "i64[2]=H,N"},
    {"gather_by_unknown", "gather", "{}", {"i64[3]=N,3,H", "i32[2]"}, "i64[2]"},
    {"gather_nd", "gather", "{mode=nd}", {"f32[N,C,H]", "i32[K,2]"}, "f32[K,H]"},
    {"pad", "pad", "{pre=[1,2], post=[1,-1]}", {"f32[N,H,W]"}, "f32[N,H+2,W+1]"},
    {"pad_contents", "pad", "{pre=[1]}", {"i64[2]=N,3"}, "i64[3]=0,N,3"},
    {"resize_by_scales", "resize", "{scales=[1,1,2,0.5]}", {"f32[N,3,H,8]"},
     "f32[scale(N,1),3,scale(H,2),4]"},
    {"resize_by_contents", "resize", "{}", {"f32[N,3,4,4]", "i64[4]=N,3,H,W"}, "f32[N,3,H,W]"},
    {"resize_keeps", "resize", "{size=[-1,-1,7,7]}", {"f32[N,C,4,4]"}, "f32[N,C,7,7]"},
    {"reorder", "reorder", "{layout=nchw16c}", {"f32[N,20,H,W]"}, "f32[N,20,H,W]@nchw16c"},
};
/* clang-format on */

typedef struct bench {
    tern_arena arena;
    tern_dim_table dims;
    tern_type x[6];
    tern_dim content[6][TERN_CONTENT_MAX];
    const tern_dim *contents[6];
    int32_t count;
} bench;

/* A list of extents up to `close`. */
static int32_t parse_dims(bench *b, const char **at, char close, tern_dim *out)
{
    int32_t count = 0;
    while (**at != close) {
        REQUIRE_OK(tern_dim_parse(&b->dims, at, *at + strlen(*at), &out[count++]));
        *at += **at == ',' ? 1 : 0;
    }
    return count;
}

static void add_operand(bench *b, const char *text)
{
    const int32_t i = b->count++;
    tern_dim dims[TERN_CONTENT_MAX] = {0};
    if (strcmp(text, "-") == 0) {
        return;
    }
    const char *at = strchr(text, '[') + 1;
    const tern_dtype dtype = tern_dtype_by_name(text, (size_t)(at - 1 - text));
    b->x[i] = tern_type_make(dtype, parse_dims(b, &at, ']', dims), dims);
    if (at[1] == '=') {
        at += 2;
        (void)parse_dims(b, &at, '\0', b->content[i]);
        b->contents[i] = b->content[i];
    }
}

static void print_result(bench *b, const tern_type *y, const tern_dim *content, tern_text *out)
{
    tern_type_print(out, &b->dims, y);
    for (int32_t i = 0; content != NULL && i < tern_content_count(y); i++) {
        tern_text_add_char(out, i == 0 ? '=' : ',');
        tern_dim_print(out, &b->dims, content[i]);
    }
}

TERN_TEST_ROWS(symbolic_shapes, rows)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    bench b = {0};
    tern_type y;
    tern_dim content[1][TERN_CONTENT_MAX];
    bool known[1];
    tern_arena_init(&b.arena, tern_allocator_default());
    tern_dim_table_init(&b.dims, tern_allocator_default(), &b.arena);
    for (int i = 0; i < 6 && rows[row].x[i] != NULL; i++) {
        add_operand(&b, rows[row].x[i]);
    }
    const tern_op *const op = tern_op_by_name(rows[row].op, strlen(rows[row].op));
    REQUIRE(op != NULL);
    void *const attr = tern_arena_zero(&b.arena, op->attr_size + 1, 16);
    const char *attrs = rows[row].attrs;
    REQUIRE_OK(tern_attr_parse(op->attrs, attr, &attrs, attrs + strlen(attrs), "node"));
    tern_infer in = {.op = op,
                     .who = "node",
                     .x_names = names,
                     .dims = &b.dims,
                     .attr = attr,
                     .x_count = b.count,
                     .y_count = 1,
                     .x = b.x,
                     .x_content = b.contents,
                     .y = &y,
                     .y_content = content,
                     .y_content_known = known};
    if (tern_op_infer(&in) != TERN_OK) {
        CHECK_CONTAINS(tern_error_last()->text, rows[row].y);
    } else {
        char buffer[512];
        tern_text out;
        tern_text_init_fixed(&out, buffer, sizeof buffer);
        print_result(&b, &y, known[0] ? content[0] : NULL, &out);
        CHECK_TEXT(tern_text_get(&out), rows[row].y);
    }
    tern_dim_table_clear(&b.dims);
    tern_arena_destroy(&b.arena);
}

/* ---- a batch axis in front ---- */

/* clang-format off */
static const struct {
    const char *name;
    const char *op, *before, *after; /* after: the attributes, or a part of the message */
} batches[] = {
    {"relu", "relu", "{}", ""},
    {"transpose", "shuffle", "{first_transpose=[2,0,1]}", "{first_transpose=[0,3,1,2]}"},
    {"reshape", "shuffle", "{reshape=[500,1,1]}", "{reshape=[0,500,1,1]}"},
    {"reshape_placeholder", "shuffle", "{reshape=[0,-1]}", "{reshape=[0,0,-1]}"},
    {"reshape_literal", "shuffle", "{reshape=[4,-1], zero_is_placeholder=false}",
     "{reshape=[0,4,-1]}"},
    {"reshape_to_zero", "shuffle", "{reshape=[4,0], zero_is_placeholder=false}",
     "needs an explicit batch"},
    {"reshape_scalar", "shuffle", "{to_scalar=true}", "{reshape=[0]}"},
    {"reshape_too_long", "shuffle", "{reshape=[1,1,1,1,1,1,1,1]}", "one too many"},
    {"slice", "slice", "{start=[1,2], size=[3,4], stride=[1,2]}",
     "{start=[0,1,2], size=[-1,3,4], stride=[1,1,2]}"},
    {"slice_axes", "slice", "{start=[1], size=[3], axes=[0]}", "{start=[1], size=[3], axes=[1]}"},
    {"slice_negative_axes", "slice", "{start=[1], size=[3], axes=[-1]}",
     "{start=[1], size=[3], axes=[-1]}"},
    {"concat", "concat", "{axis=0}", "{axis=1}"},
    {"concat_from_the_back", "concat", "{axis=-2}", "{axis=-2}"},
    {"gather", "gather", "{axis=1}", "{axis=2, elementwise_dims=1}"},
    {"gather_element", "gather", "{mode=element, axis=1}", "{mode=element, axis=2}"},
    {"gather_nd", "gather", "{mode=nd}", "{mode=nd, axis=1, elementwise_dims=1}"},
    {"pad", "pad", "{pre=[1,2], post=[0,1]}", "{pre=[1,2], post=[0,1]}"},
    {"resize", "resize", "{size=[3,8,8]}", "{size=[-1,3,8,8]}"},
    {"resize_scales", "resize", "{scales=[1,2,2]}", "{scales=[1,1,2,2]}"},
    {"scale", "scale", "{mode=channel, channel_axis=0}", "{mode=channel}"},
    {"shape", "shape", "{}", "use an explicit one"},
    {"cast", "cast", "{to=i32}", "{to=i32}"},
};
/* clang-format on */

TERN_TEST_ROWS(batch_axis, batches)
{
    _Alignas(16) unsigned char attr[2048] = {0};
    const tern_op *const op = tern_op_by_name(batches[row].op, strlen(batches[row].op));
    REQUIRE(op != NULL && op->attr_size <= sizeof attr);
    const char *at = batches[row].before;
    REQUIRE_OK(tern_attr_parse(op->attrs, attr, &at, at + strlen(at), "node"));
    const tern_status status = op->batchify != NULL ? op->batchify(attr, 3, "node")
                                                    : tern_attr_batchify(op->attrs, attr, "node");
    if (status != TERN_OK) {
        CHECK_CONTAINS(tern_error_last()->text, batches[row].after);
        return;
    }
    char buffer[256];
    tern_text out;
    tern_text_init_fixed(&out, buffer, sizeof buffer);
    tern_attr_print(&out, op->attrs, attr);
    CHECK_TEXT(tern_text_get(&out), batches[row].after);
}
