/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a row of hand.h: parse, infer, compare types, then every way to compute it.
 */
#include "hand.h"

#include "base/alloc.h"
#include "op/tactic.h"

#include <math.h>
#include <stdlib.h>

/* A tensor of a row: its type, its elements as written and as they lie in memory. */
typedef struct tensor {
    tern_type type;
    int64_t count;
    double *values;
    void *data;
    size_t bytes;
    tern_dim content[TERN_CONTENT_MAX]; /* of small integer tensors: shape operands are read here */
} tensor;

static tensor tensor_parse(const char *text)
{
    tensor t = {0};
    size_t name = 0;
    while (text[name] != '[') {
        name++;
    }
    t.type.dtype = (uint8_t)tern_dtype_by_name(text, name);
    REQUIRE(t.type.dtype != 0);
    char *at = NULL;
    for (text += name + 1; *text != ']'; text = *at == ',' ? at + 1 : at) {
        t.type.dims[t.type.rank++] = strtoll(text, &at, 10);
    }
    REQUIRE(tern_type_volume(&t.type, &t.count) && tern_type_bytes(&t.type, &t.bytes));
    t.values = tern_alloc(tern_allocator_default(), (size_t)(t.count + 1) * sizeof(double), 64);
    t.data = tern_alloc(tern_allocator_default(), t.bytes + 64, 64);
    REQUIRE(t.values != NULL && t.data != NULL);
    text += text[1] == ':' ? 2 : 1;
    for (int64_t i = 0; i < t.count; i++) {
        t.values[i] = strtod(text, &at);
        if (at == text) {
            FAIL("only %lld of %lld elements are given", (long long)i, (long long)t.count);
            break;
        }
        text = at;
    }
    tern_convert(TERN_DTYPE_F64, t.values, (tern_dtype)t.type.dtype, t.data, t.count);
    if (tern_content_count(&t.type) >= 0) {
        tern_convert((tern_dtype)t.type.dtype, t.data, TERN_DTYPE_I64, t.content, t.count);
    }
    return t;
}

static void tensor_free(tensor *t)
{
    if (t->values != NULL) {
        tern_free(tern_allocator_default(), t->values, (size_t)(t->count + 1) * sizeof(double));
        tern_free(tern_allocator_default(), t->data, t->bytes + 64);
    }
}

/* Everything of a row. */
typedef struct bench {
    const hand_row *row;
    const tern_op *op;
    void *attr;
    int32_t x_count, y_count;
    tensor x[HAND_MOST_INPUTS], want[HAND_MOST_OUTPUTS];
    tern_type xt[HAND_MOST_INPUTS], yt[HAND_MOST_OUTPUTS];
    const void *x_data[HAND_MOST_INPUTS];
    const tern_dim *x_content[HAND_MOST_INPUTS];
} bench;

static void compare(const bench *b, const char *tactic, int32_t i, const void *got)
{
    const tensor *want = &b->want[i];
    double *values =
        tern_alloc(tern_allocator_default(), (size_t)(want->count + 1) * sizeof(double), 64);
    REQUIRE(values != NULL);
    tern_convert((tern_dtype)want->type.dtype, got, TERN_DTYPE_F64, values, want->count);
    for (int64_t k = 0; k < want->count; k++) {
        const double g = values[k], w = want->values[k];
        const bool is_equal = g == w || (isnan(g) && isnan(w));
        if (!is_equal && !(fabs(g - w) <= b->row->by * (1.0 + fmax(fabs(g), fabs(w))))) {
            FAIL("%s: result %d, element %lld is %.9g, not %.9g", tactic, (int)i, (long long)k, g,
                 w);
            break;
        }
    }
    tern_free(tern_allocator_default(), values, (size_t)(want->count + 1) * sizeof(double));
}

static void run_tactic(const bench *b, const tern_problem *p, const tern_tactic *t)
{
    const tern_allocator heap = tern_allocator_default();
    const size_t scratch_bytes = t->scratch != NULL ? t->scratch(p) : 0;
    const size_t packed_bytes = t->packed_bytes != NULL ? t->packed_bytes(p) : 0;
    void *scratch = tern_alloc(heap, scratch_bytes, 64),
         *packed = tern_alloc(heap, packed_bytes, 64);
    const void *x[HAND_MOST_INPUTS];
    void *y[HAND_MOST_OUTPUTS];
    size_t bytes[HAND_MOST_OUTPUTS];
    int64_t extents[HAND_MOST_OUTPUTS][TERN_MAX_RANK];
    for (int32_t i = 0; i < b->x_count; i++) {
        x[i] = b->xt[i].dtype == 0 || (t->packs >> i & 1u) != 0 ? NULL : b->x[i].data;
    }
    for (int32_t i = 0; i < b->y_count; i++) {
        REQUIRE(tern_type_bytes(&b->yt[i], &bytes[i]));
        y[i] = tern_alloc(heap, bytes[i] + 64, 64);
        REQUIRE(y[i] != NULL);
        memset(y[i], 0xa5, bytes[i] + 64);
        memcpy(extents[i], b->yt[i].dims, sizeof extents[i]);
    }
    if (packed_bytes > 0) {
        t->pack(p, packed);
    }
    const tern_launch launch = {
        .problem = p, .x = x, .y = y, .packed = packed, .scratch = scratch, .extents = extents};
    CHECK_OK(t->run(&launch));
    for (int32_t i = 0; i < b->y_count; i++) {
        for (int32_t k = 0; k < b->yt[i].rank; k++) {
            CHECK_INT(extents[i][k], b->want[i].type.dims[k]);
        }
        compare(b, t->name, i, y[i]);
        tern_free(heap, y[i], bytes[i] + 64);
    }
    tern_free(heap, scratch, scratch_bytes);
    tern_free(heap, packed, packed_bytes);
}

static void run_all(const bench *b)
{
    const tern_problem p = {
        .op = b->op,
        .attr = b->attr,
        .x_count = b->x_count,
        .y_count = b->y_count,
        .own_count = b->x_count,
        .x = b->xt,
        .y = b->yt,
        .x_data = b->x_data,
        .isa = tern_isa_detect(),
        .threads = 1,
        .device = TERN_DEVICE_KIND_CPU,
    };
    const tern_tactic *t;
    for (size_t i = 0; (t = tern_tactic_at(b->op, TERN_DEVICE_KIND_CPU, i)) != NULL; i++) {
        const char *why_not = "";
        if (t->isa <= p.isa && (t->accepts == NULL || t->accepts(&p, &why_not))) {
            run_tactic(b, &p, t);
        }
    }
}

/* Inference, then all tactics; false when the row is done. */
static void infer_and_run(bench *b, tern_dim_table *dims)
{
    const char *const names[HAND_MOST_INPUTS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    tern_dim contents[HAND_MOST_OUTPUTS][TERN_CONTENT_MAX];
    bool known[HAND_MOST_OUTPUTS] = {false};
    tern_infer in = {
        .op = b->op,
        .who = "node",
        .x_names = names,
        .dims = dims,
        .attr = b->attr,
        .x_count = b->x_count,
        .y_count = b->op->arity.out,
        .x = b->xt,
        .x_data = b->x_data,
        .x_content = b->x_content,
        .y = b->yt,
        .y_content = contents,
        .y_content_known = known,
    };
    const tern_status status = tern_op_infer(&in);
    if (b->row->error != NULL) {
        CHECK(status != TERN_OK);
        CHECK_CONTAINS(tern_error_last()->text, b->row->error);
        return;
    }
    if (status != TERN_OK) {
        FAIL("%s", tern_error_last()->text);
        return;
    }
    for (int32_t i = 0; i < b->y_count; i++) {
        CHECK_TEXT(tern_dtype_name((tern_dtype)b->yt[i].dtype),
                   tern_dtype_name((tern_dtype)b->want[i].type.dtype));
        REQUIRE_INT(b->yt[i].rank, b->want[i].type.rank);
        for (int32_t k = 0; k < b->yt[i].rank; k++) {
            /* What is counted has its bound here, and may be less. */
            if (!b->op->counts) {
                REQUIRE_INT(b->yt[i].dims[k], b->want[i].type.dims[k]);
            }
            REQUIRE(b->yt[i].dims[k] >= b->want[i].type.dims[k]);
        }
    }
    run_all(b);
}

void hand_check(const hand_row *row)
{
    const tern_allocator heap = tern_allocator_default();
    tern_arena arena;
    tern_dim_table dims;
    tern_arena_init(&arena, heap);
    tern_dim_table_init(&dims, heap, &arena);
    bench b = {.row = row, .op = tern_op_by_name(row->op, strlen(row->op))};
    REQUIRE(b.op != NULL);
    b.attr = tern_arena_zero(&arena, b.op->attr_size + 1, 16);
    REQUIRE(b.attr != NULL);
    const char *attrs = row->attrs != NULL ? row->attrs : "{}";
    if (b.op->attrs != NULL) {
        REQUIRE_OK(tern_attr_parse(b.op->attrs, b.attr, &attrs, attrs + strlen(attrs), "node"));
    }
    for (int32_t i = 0; i < HAND_MOST_INPUTS; i++) {
        if (row->x[i] != NULL) {
            b.x[i] = tensor_parse(row->x[i]);
            b.xt[i] = b.x[i].type;
            b.x_data[i] = i > 0 ? b.x[i].data : NULL;
            b.x_content[i] = b.x[i].content;
            b.x_count = i + 1;
        }
    }
    for (int32_t i = 0; i < HAND_MOST_OUTPUTS && row->y[i] != NULL; i++) {
        b.want[i] = tensor_parse(row->y[i]);
        b.y_count = i + 1;
    }
    infer_and_run(&b, &dims);
    for (int32_t i = 0; i < HAND_MOST_INPUTS; i++) {
        tensor_free(&b.x[i]);
    }
    for (int32_t i = 0; i < HAND_MOST_OUTPUTS; i++) {
        tensor_free(&b.want[i]);
    }
    tern_dim_table_clear(&dims);
    tern_arena_destroy(&arena);
}
