/* SPDX-License-Identifier: Apache-2.0 */
/* Every message kind of onnx.proto, read back from bytes made field by field. */
#include <string.h>

#include "base/error.h"
#include "harness/harness.h"
#include "import/onnx/model.h"
#include "import/sample.h"

typedef struct reading {
    proto p;
    tern_arena arena;
    const tern_onnx_model *model;
} reading;

static void finish(reading *r)
{
    tern_arena_destroy(&r->arena);
    proto_free(&r->p);
}

static tern_status read_it(reading *r)
{
    tern_arena_init(&r->arena, tern_allocator_default());
    return tern_onnx_read(proto_span(&r->p), "sample", &r->arena, &r->model);
}

static reading sample(void)
{
    reading r = {.model = NULL};
    sample_model(&r.p);
    REQUIRE_OK(read_it(&r));
    REQUIRE(r.model != NULL && r.model->graph != NULL);
    return r;
}

#define CHECK_STR(got, want) CHECK(tern_str_is((got), (want)))

TERN_TEST(onnx_read_model)
{
    reading r = sample();
    const tern_onnx_model *m = r.model;
    CHECK_INT(m->ir_version, 10);
    CHECK_STR(m->producer, "writer");
    CHECK_STR(m->producer_version, "1.2");
    CHECK_STR(m->domain, "org.example");
    REQUIRE_INT(m->opset_count, 2);
    CHECK_STR(m->opsets[0].domain, "");
    CHECK_INT(m->opsets[0].version, 21);
    CHECK_STR(m->opsets[1].domain, "com.example");
    CHECK_INT(m->opsets[1].version, 1);
    const tern_onnx_graph *g = m->graph;
    CHECK_STR(g->name, "main");
    CHECK_INT(g->node_count, 2);
    CHECK_INT(g->initializer_count, 4);
    CHECK_INT(g->sparse_count, 1);
    CHECK(g->input_count == 7 && g->output_count == 7 && g->info_count == 7);
    finish(&r);
}

TERN_TEST(onnx_read_function)
{
    reading r = sample();
    REQUIRE_INT(r.model->function_count, 1);
    const tern_onnx_function *f = &r.model->functions[0];
    CHECK_STR(f->name, "Twice");
    CHECK_STR(f->domain, "com.example");
    CHECK_STR(f->overload, "o1");
    REQUIRE(f->x_count == 2 && f->y_count == 1 && f->attr_name_count == 1);
    CHECK_STR(f->x[0], "a");
    CHECK_STR(f->x[1], "b");
    CHECK_STR(f->y[0], "c");
    CHECK_STR(f->attr_names[0], "alpha");
    REQUIRE(f->attr_count == 1 && f->opset_count == 1 && f->node_count == 1);
    CHECK_STR(f->attrs[0].name, "beta");
    CHECK_NEAR((double)f->attrs[0].f, 2.0, 0.0);
    CHECK_INT(f->opsets[0].version, 17);
    REQUIRE_INT(f->nodes[0].attr_count, 1);
    const tern_onnx_attr *a = &f->nodes[0].attrs[0];
    CHECK_STR(a->reference, "outer_alpha");
    CHECK_INT(a->kind, TERN_ONNX_ATTR_FLOAT);
    finish(&r);
}

TERN_TEST(onnx_read_node)
{
    reading r = sample();
    const tern_onnx_node *n = &r.model->graph->nodes[0];
    CHECK_STR(n->name, "first");
    CHECK_STR(n->op, "Conv");
    CHECK_STR(n->domain, "com.example");
    CHECK_STR(n->overload, "v2");
    REQUIRE(n->x_count == 3 && n->y_count == 1 && n->attr_count == 14);
    CHECK_STR(n->x[0], "x");
    CHECK_STR(n->x[1], "");
    CHECK_STR(n->x[2], "z");
    CHECK_STR(n->y[0], "y");
    finish(&r);
}

static const struct {
    const char *name;
    int node;
} nodes[] = {{"with_kinds", 0}, {"ir_version_1", 1}};

TERN_TEST_ROWS(onnx_read_attributes, nodes)
{
    reading r = sample();
    const tern_onnx_attr *a = r.model->graph->nodes[nodes[row].node].attrs - 1; /* a[kind] */
    static const int32_t counts[] = {0, 1, 1, 1, 1, 1, 4, 5, 2, 2, 2, 1, 2, 1, 2};
    for (int kind = 1; kind <= 14; kind++) {
        CHECK_INT(a[kind].kind, kind);
        CHECK_INT(a[kind].name.at[0], 'a' + kind - 1);
        REQUIRE_INT(a[kind].count, counts[kind]);
    }
    static const int64_t ints[] = {5, -1, 300, INT64_MIN, 6};
    CHECK_NEAR((double)a[1].f, 0.25, 0.0);
    CHECK_INT(a[2].i, -7);
    CHECK_STR(a[3].s, "same_upper");
    CHECK_STR(a[4].tensors[0].name, "a");
    CHECK_STR(a[5].graphs[0].name, "body");
    CHECK_STR(a[5].graphs[0].nodes[0].op, "Identity");
    CHECK_BYTES(a[6].floats, ((const float[]){1.0f, 2.0f, 3.0f, 4.0f}), 4 * sizeof(float));
    CHECK_BYTES(a[7].ints, ints, sizeof ints);
    CHECK_STR(a[8].strings[0], "x");
    CHECK_STR(a[8].strings[1], "yy");
    CHECK_STR(a[9].tensors[1].name, "b");
    CHECK_STR(a[10].graphs[1].name, "body1");
    CHECK_STR(a[11].sparses[0].values.name, "s");
    CHECK_STR(a[12].sparses[1].values.name, "s1");
    CHECK_INT(a[13].types[0].kind, TERN_ONNX_TYPE_TENSOR);
    CHECK_INT(a[14].types[1].kind, TERN_ONNX_TYPE_SEQUENCE);
    finish(&r);
}

TERN_TEST(onnx_read_tensors)
{
    reading r = sample();
    const tern_onnx_tensor *t = r.model->graph->initializers;
    CHECK_STR(t[0].name, "w");
    CHECK_INT(t[0].dtype, 1);
    REQUIRE_INT(t[0].rank, 2);
    CHECK(t[0].dims[0] == 2 && t[0].dims[1] == 1);
    CHECK(t[0].has_raw && t[0].raw.bytes == 8 && !t[0].is_external);
    CHECK(t[0].length == -1 && t[0].offset == 0);
    REQUIRE_INT(t[1].rank, 2);
    CHECK(t[1].dims[0] == 2 && t[1].dims[1] == 2 && !t[1].has_raw);
    CHECK_STR(t[2].name, "words");
    CHECK(t[3].is_external);
    CHECK_STR(t[3].location, "weights.bin");
    CHECK(t[3].offset == 4096 && t[3].length == 3);
    const tern_onnx_sparse *s = r.model->graph->sparses;
    CHECK_STR(s->values.name, "sparse_w");
    CHECK_STR(s->indices.name, "indices");
    REQUIRE_INT(s->rank, 2);
    CHECK(s->dims[0] == 4 && s->dims[1] == 5);
    finish(&r);
}

static void check_tensor_type(const tern_onnx_type *t, tern_onnx_type_kind kind)
{
    CHECK_INT(t->kind, kind);
    CHECK_INT(t->dtype, 1);
    CHECK(t->element == NULL);
    REQUIRE_INT(t->rank, 3);
    CHECK_INT(t->dims[0].value, 3);
    CHECK_STR(t->dims[0].param, "");
    CHECK_INT(t->dims[1].value, -1);
    CHECK_STR(t->dims[1].param, "N");
    CHECK_INT(t->dims[2].value, -1);
    CHECK_STR(t->dims[2].param, "");
}

static void check_types(const tern_onnx_value_info *v)
{
    check_tensor_type(&v[0].type, TERN_ONNX_TYPE_TENSOR);
    CHECK(v[1].type.kind == TERN_ONNX_TYPE_TENSOR && v[1].type.rank == -1);
    CHECK(v[2].type.kind == TERN_ONNX_TYPE_TENSOR && v[2].type.rank == 0);
    REQUIRE(v[3].type.kind == TERN_ONNX_TYPE_SEQUENCE && v[3].type.element != NULL);
    const tern_onnx_type *optional = v[3].type.element;
    REQUIRE(optional->kind == TERN_ONNX_TYPE_OPTIONAL && optional->element != NULL);
    check_tensor_type(optional->element, TERN_ONNX_TYPE_TENSOR);
    REQUIRE(v[4].type.kind == TERN_ONNX_TYPE_MAP && v[4].type.element != NULL);
    CHECK_INT(v[4].type.dtype, TERN_ONNX_STRING);
    REQUIRE(v[4].type.element->kind == TERN_ONNX_TYPE_SEQUENCE);
    check_tensor_type(v[4].type.element->element, TERN_ONNX_TYPE_TENSOR);
    check_tensor_type(&v[5].type, TERN_ONNX_TYPE_SPARSE);
    CHECK(v[6].type.kind == TERN_ONNX_TYPE_NONE && v[6].type.rank == -1);
    CHECK_STR(v[6].name, "none");
}

TERN_TEST(onnx_read_types)
{
    reading r = sample();
    check_types(r.model->graph->inputs);
    check_types(r.model->graph->outputs);
    check_types(r.model->graph->infos);
    finish(&r);
}

TERN_TEST(onnx_read_choices_last_one_wins)
{
    reading r = {.model = NULL};
    const size_t g = proto_begin(&r.p, 7), v = proto_begin(&r.p, 11);
    const size_t type = proto_begin(&r.p, 2), sequence = proto_begin(&r.p, 4);
    proto_end(&r.p, sequence);
    const size_t tensor = proto_begin(&r.p, 1), shape = proto_begin(&r.p, 2);
    size_t dim = proto_begin(&r.p, 1);
    proto_number(&r.p, 1, 5);
    proto_text(&r.p, 2, "M");
    proto_end(&r.p, dim);
    dim = proto_begin(&r.p, 1);
    proto_text(&r.p, 2, "M");
    proto_number(&r.p, 1, 5);
    proto_end(&r.p, dim);
    proto_end(&r.p, shape);
    proto_end(&r.p, tensor);
    proto_end(&r.p, type);
    proto_end(&r.p, v);
    proto_end(&r.p, g);
    REQUIRE_OK(read_it(&r));
    const tern_onnx_type *t = &r.model->graph->inputs[0].type;
    REQUIRE(t->kind == TERN_ONNX_TYPE_TENSOR && t->rank == 2 && t->element == NULL);
    CHECK(t->dims[0].value == -1 && t->dims[1].value == 5);
    CHECK_STR(t->dims[0].param, "M");
    CHECK_STR(t->dims[1].param, "");
    finish(&r);
}

/* Bytes follow each other as fields do, so what a writer puts last holds. */
TERN_TEST(onnx_read_numbers_last_one_wins)
{
    reading r = {.model = NULL};
    proto_number(&r.p, 1, 3);
    proto_text(&r.p, 2, "a");
    proto_number(&r.p, 1, 4);
    proto_text(&r.p, 2, "b");
    REQUIRE_OK(read_it(&r));
    CHECK_INT(r.model->ir_version, 4);
    CHECK_STR(r.model->producer, "b");
    CHECK(r.model->graph == NULL);
    finish(&r);
}

TERN_TEST(onnx_read_borrows_texts_and_weights)
{
    reading r = sample();
    const uint8_t *at = r.model->graph->initializers[0].raw.at;
    const uint8_t *name = (const uint8_t *)r.model->producer.at;
    CHECK(at > r.p.at && at < r.p.at + r.p.len);
    CHECK(name > r.p.at && name < r.p.at + r.p.len);
    finish(&r);
}
