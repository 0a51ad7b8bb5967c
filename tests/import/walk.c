/* SPDX-License-Identifier: Apache-2.0 */
#include "import/walk.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"

typedef struct walk {
    uint64_t sum;
    tern_onnx_files *files;
    tern_arena *arena;
} walk;

static void bytes(walk *w, const void *at, size_t count)
{
    const uint8_t *b = at;
    for (size_t i = 0; i < count; i++) {
        w->sum = w->sum * 31 + b[i];
    }
}

static void text(walk *w, tern_str s)
{
    bytes(w, s.at, s.len);
}

static void texts(walk *w, const tern_str *s, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        text(w, s[i]);
    }
}

static void tensor(walk *w, const tern_onnx_tensor *t)
{
    tern_span data;
    const tern_str *strings = NULL;
    int64_t count = 0;
    text(w, t->name);
    text(w, t->location);
    bytes(w, t->dims, (size_t)t->rank * sizeof *t->dims);
    const tern_arena_mark mark = tern_arena_mark_now(w->arena);
    if (tern_onnx_tensor_data(t, w->files, w->arena, "tensor", &data) == TERN_OK) {
        bytes(w, data.at, data.bytes);
    } else if (tern_error_last()->text[0] == '\0') {
        abort();
    }
    if (tern_onnx_tensor_strings(t, w->arena, "tensor", &strings, &count) == TERN_OK) {
        texts(w, strings, (int32_t)count);
    }
    tern_arena_reset(w->arena, mark);
}

static void sparse(walk *w, const tern_onnx_sparse *s)
{
    tensor(w, &s->values);
    tensor(w, &s->indices);
    bytes(w, s->dims, (size_t)s->rank * sizeof *s->dims);
}

static void type(walk *w, const tern_onnx_type *t)
{
    w->sum += (uint64_t)t->kind + (uint64_t)t->dtype;
    for (int32_t i = 0; i < t->rank; i++) {
        w->sum += (uint64_t)t->dims[i].value;
        text(w, t->dims[i].param);
    }
    if (t->element != NULL) {
        type(w, t->element);
    }
}

static void graph(walk *w, const tern_onnx_graph *g);

static void attr(walk *w, const tern_onnx_attr *a)
{
    const int32_t count = a->count;
    text(w, a->name);
    text(w, a->reference);
    text(w, a->s);
    w->sum += (uint64_t)a->i + (uint64_t)(a->f > 0.0f) + (uint64_t)a->kind;
    bytes(w, a->floats, a->floats != NULL ? (size_t)count * sizeof(float) : 0);
    bytes(w, a->ints, a->ints != NULL ? (size_t)count * sizeof(int64_t) : 0);
    texts(w, a->strings, a->strings != NULL ? count : 0);
    for (int32_t i = 0; i < count && a->tensors != NULL; i++) {
        tensor(w, &a->tensors[i]);
    }
    for (int32_t i = 0; i < count && a->graphs != NULL; i++) {
        graph(w, &a->graphs[i]);
    }
    for (int32_t i = 0; i < count && a->sparses != NULL; i++) {
        sparse(w, &a->sparses[i]);
    }
    for (int32_t i = 0; i < count && a->types != NULL; i++) {
        type(w, &a->types[i]);
    }
}

static void nodes(walk *w, const tern_onnx_node *n, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        texts(w, (const tern_str[]){n[i].name, n[i].op, n[i].domain, n[i].overload}, 4);
        texts(w, n[i].x, n[i].x_count);
        texts(w, n[i].y, n[i].y_count);
        for (int32_t k = 0; k < n[i].attr_count; k++) {
            attr(w, &n[i].attrs[k]);
        }
    }
}

static void infos(walk *w, const tern_onnx_value_info *v, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        text(w, v[i].name);
        type(w, &v[i].type);
    }
}

static void graph(walk *w, const tern_onnx_graph *g)
{
    text(w, g->name);
    nodes(w, g->nodes, g->node_count);
    for (int32_t i = 0; i < g->initializer_count; i++) {
        tensor(w, &g->initializers[i]);
    }
    for (int32_t i = 0; i < g->sparse_count; i++) {
        sparse(w, &g->sparses[i]);
    }
    infos(w, g->inputs, g->input_count);
    infos(w, g->outputs, g->output_count);
    infos(w, g->infos, g->info_count);
}

static void opsets(walk *w, const tern_onnx_opset *o, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        text(w, o[i].domain);
        w->sum += (uint64_t)o[i].version;
    }
}

static void function(walk *w, const tern_onnx_function *f)
{
    texts(w, (const tern_str[]){f->name, f->domain, f->overload}, 3);
    texts(w, f->x, f->x_count);
    texts(w, f->y, f->y_count);
    texts(w, f->attr_names, f->attr_name_count);
    for (int32_t i = 0; i < f->attr_count; i++) {
        attr(w, &f->attrs[i]);
    }
    opsets(w, f->opsets, f->opset_count);
    nodes(w, f->nodes, f->node_count);
}

uint64_t walk_model(const tern_onnx_model *model, tern_onnx_files *files, tern_arena *arena)
{
    walk w = {.files = files, .arena = arena};
    texts(&w, (const tern_str[]){model->producer, model->producer_version, model->domain}, 3);
    opsets(&w, model->opsets, model->opset_count);
    if (model->graph != NULL) {
        graph(&w, model->graph);
    }
    for (int32_t i = 0; i < model->function_count; i++) {
        function(&w, &model->functions[i]);
    }
    return w.sum;
}

tern_status walk_bytes(tern_span given, tern_onnx_files *files)
{
    tern_arena arena;
    const tern_onnx_model *model = NULL;
    const tern_allocator allocator = tern_allocator_default();
    void *exact = tern_alloc(allocator, given.bytes, 1);
    tern_arena_init(&arena, allocator);
    if (given.bytes > 0) {
        memcpy(exact, given.at, given.bytes);
    }
    tern_error_clear();
    const tern_status status =
        tern_onnx_read((tern_span){exact, given.bytes}, "model", &arena, &model);
    if ((status == TERN_OK) != (model != NULL) ||
        (status != TERN_OK && tern_error_last()->text[0] == '\0')) {
        abort();
    }
    if (model != NULL) {
        (void)walk_model(model, files, &arena);
    }
    tern_arena_destroy(&arena);
    tern_free(allocator, exact, given.bytes);
    return status;
}
