/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding one node: what depends on constants alone is computed by the reference, what inference
 * knows element by element (the shape of something static) is written down.  The pass and importers
 * share it.
 */
#include "ir/fold.h"

#include "base/alloc.h"
#include "op/tactic.h"

/* References are slow: more work than this is left to run time. */
#define MAX_FLOPS 1e9

/* Everything one run of a reference needs. */
typedef struct folder {
    tern_problem p;
    tern_type *x;
    const void **data;
    tern_type y[TERN_OP_MAX_OUTPUTS];
    void *results[TERN_OP_MAX_OUTPUTS];
    size_t result_bytes[TERN_OP_MAX_OUTPUTS];
} folder;

static bool gather_operands(const tern_graph *g, const tern_node *n, const tern_fold_limits *o,
                            folder *f, size_t *out_bytes)
{
    *out_bytes = 0;
    for (int32_t i = 0; i < n->x_count; i++) {
        const tern_value_id id = tern_graph_x(g, n, i);
        if (id == TERN_NO_ID) {
            continue;
        }
        const tern_value *v = &g->values[id];
        const tern_dtype_info *info = tern_dtype_find(v->type.dtype);
        f->x[i] = v->type;
        f->data[i] = tern_graph_constant_data(g, id);
        if (f->data[i] == NULL || (o->strict_weights && info->class_ == TERN_CLASS_F)) {
            return false;
        }
        *out_bytes += g->blobs[v->blob - 1].bytes;
    }
    return true;
}

/* The room that what is counted needs; of constant operands it is a number. */
static tern_type at_bound(const tern_graph *g, const tern_type *t)
{
    tern_type bounded = *t;
    for (int32_t d = 0; d < t->rank; d++) {
        int64_t low = 0;
        tern_dim_bounds(&g->dims, t->dims[d], &low, &bounded.dims[d]);
    }
    return bounded;
}

static bool gather_results(const tern_graph *g, const tern_node *n, folder *f, size_t *out_bytes)
{
    *out_bytes = 0;
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value *v = &g->values[tern_graph_y(g, n, i)];
        f->y[i] = tern_node_op(n)->counts ? at_bound(g, &v->type) : v->type;
        if (v->is_output || !tern_type_is_static(&f->y[i]) ||
            !tern_type_bytes(&f->y[i], &f->result_bytes[i]) ||
            !tern_size_add(*out_bytes, f->result_bytes[i], out_bytes)) {
            return false;
        }
    }
    return true;
}

static tern_status make_room(const tern_node *n, tern_arena *scratch, folder **out_folder)
{
    folder *f = tern_arena_zero(scratch, sizeof *f, 16);
    *out_folder = f;
    if (f == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    f->x = tern_arena_items(scratch, (size_t)n->x_count + 1, sizeof *f->x, _Alignof(tern_type));
    f->data = tern_arena_items(scratch, (size_t)n->x_count + 1, sizeof *f->data, _Alignof(void *));
    return f->x != NULL && f->data != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

static bool is_foldable(const tern_graph *g, const tern_node *n, const tern_fold_limits *o,
                        folder *f)
{
    const tern_op *op = tern_node_op(n);
    size_t in_bytes, out_bytes;
    const char *why_not = "";
    if (!gather_operands(g, n, o, f, &in_bytes) || !gather_results(g, n, f, &out_bytes)) {
        return false;
    }
    f->p = (tern_problem){.op = op,
                          .attr = n->attr,
                          .epilogue = n->epilogue,
                          .x_count = n->x_count,
                          .y_count = n->y_count,
                          .own_count = n->own_count,
                          .x = f->x,
                          .y = f->y,
                          .x_data = f->data,
                          .isa = TERN_ISA_REF,
                          .threads = 1,
                          .device = TERN_DEVICE_KIND_CPU};
    return (out_bytes <= o->always_bytes || (out_bytes <= in_bytes && !o->only_small)) &&
           (in_bytes <= o->always_bytes || !o->only_small) &&
           (op->cost == NULL || op->cost(n->attr, f->x, n->own_count, f->y) <= MAX_FLOPS) &&
           tern_tactic_reference.accepts(&f->p, &why_not);
}

static tern_status put_constant(tern_graph *g, tern_node_id id, int32_t i, const void *data,
                                const tern_type *type, tern_value_id *out_value)
{
    const tern_value_id y = tern_graph_y(g, &g->nodes[id], i);
    uint32_t blob;
    tern_value_id constant;
    size_t bytes = 0;
    (void)tern_type_bytes(type, &bytes); /* no more than there is */
    TERN_TRY(tern_graph_add_blob(g, data, bytes, false, &blob));
    TERN_TRY(tern_graph_add_constant(g, g->nodes[id].name, type, blob, &constant));
    g->nodes[g->values[constant].producer].origins = g->nodes[id].origins;
    g->values[constant].place = g->values[y].place;
    TERN_TRY(tern_graph_infer_node(g, g->values[constant].producer));
    *out_value = constant;
    return tern_graph_replace(g, y, constant);
}

static tern_status run_reference(tern_graph *g, tern_node_id id, folder *f, tern_arena *scratch,
                                 tern_value_id *out_values)
{
    for (int32_t i = 0; i < f->p.y_count; i++) {
        f->results[i] = tern_arena_zero(&g->arena, f->result_bytes[i], TERN_TENSOR_ALIGN);
        if (f->results[i] == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    void *room = tern_arena_zero(scratch, tern_reference_scratch(&f->p), TERN_TENSOR_ALIGN);
    if (room == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    int64_t extents[TERN_OP_MAX_OUTPUTS][TERN_MAX_RANK];
    TERN_TRY(tern_reference_run(&f->p, f->data, f->results, room, extents));
    for (int32_t i = 0; i < f->p.y_count; i++) {
        memcpy(f->y[i].dims, extents[i], sizeof extents[i]);
        TERN_TRY(put_constant(g, id, i, f->results[i], &f->y[i], &out_values[i]));
    }
    return TERN_OK;
}

/* Is every element of every result a number? */
static bool is_known(const tern_graph *g, const tern_node *n)
{
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value *v = &g->values[tern_graph_y(g, n, i)];
        if (!v->content_known || v->is_output) {
            return false;
        }
        for (int32_t k = 0; k < v->content_count; k++) {
            if (!tern_dim_known(v->content[k])) {
                return false;
            }
        }
    }
    return n->y_count > 0;
}

static tern_status write_contents(tern_graph *g, tern_node_id id, tern_value_id *out_values)
{
    for (int32_t i = 0; i < g->nodes[id].y_count; i++) {
        const tern_value *v = &g->values[tern_graph_y(g, &g->nodes[id], i)];
        size_t bytes;
        if (!tern_dtype_bytes((tern_dtype)v->type.dtype, v->content_count, &bytes)) {
            return TERN_OK;
        }
        void *data = tern_arena_zero(&g->arena, bytes, TERN_TENSOR_ALIGN);
        if (data == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        tern_convert(TERN_DTYPE_I64, v->content, (tern_dtype)v->type.dtype, data, v->content_count);
        const tern_type type = v->type; /* the array of values may move */
        TERN_TRY(put_constant(g, id, i, data, &type, &out_values[i]));
    }
    return TERN_OK;
}

tern_status tern_graph_fold_node(tern_graph *g, tern_node_id id, const tern_fold_limits *limits,
                                 tern_arena *scratch, tern_value_id *out_values)
{
    const tern_node *n = &g->nodes[id];
    out_values[0] = TERN_NO_ID;
    if (n->op == TERN_OP_constant || n->op == TERN_OP_NONE || n->y_count > TERN_OP_MAX_OUTPUTS ||
        tern_node_is_control(n)) {
        return TERN_OK;
    }
    if (is_known(g, n)) {
        return write_contents(g, id, out_values);
    }
    folder *f;
    TERN_TRY(make_room(n, scratch, &f));
    if (n->own_count == 0 || !is_foldable(g, n, limits, f)) {
        return TERN_OK;
    }
    return run_reference(g, id, f, scratch, out_values);
}
