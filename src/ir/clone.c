/* SPDX-License-Identifier: Apache-2.0
 *
 * A deep copy in the same ids.  Only blobs' bytes are shared: the clone must not outlive whoever
 * owns them, which for bytes the graph itself owns is the original.
 */
#include "base/alloc.h"
#include "base/array.h"
#include "ir/graph.h"

static tern_status copy_array(tern_graph *dst, void *items, size_t *capacity, const void *src,
                              size_t count, size_t item_bytes)
{
    void *at = NULL;
    if (count == 0) {
        return TERN_OK;
    }
    TERN_TRY(tern_array_grow(dst->allocator, &at, capacity, count, item_bytes));
    memcpy(at, src, count * item_bytes);
    memcpy(items, &at, sizeof at);
    return TERN_OK;
}

static tern_status copy_bytes(tern_graph *dst, const void *src, size_t bytes, void **out_copy)
{
    *out_copy = NULL;
    if (src == NULL) {
        return TERN_OK;
    }
    *out_copy = tern_arena_copy(&dst->arena, src, bytes, 16);
    return *out_copy != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

static tern_status own_node(tern_graph *dst, tern_node *n)
{
    const tern_op *op = tern_node_op(n);
    void *copy;
    if (op == NULL) {
        return TERN_OK;
    }
    TERN_TRY(copy_bytes(dst, n->attr, op->attr_size, &n->attr));
    TERN_TRY(copy_bytes(dst, n->epilogue, sizeof *n->epilogue, &copy));
    n->epilogue = copy;
    const bool same = n->origins.at == n->name.at && n->origins.len == n->name.len;
    TERN_TRY(tern_graph_keep_str(dst, n->name, &n->name));
    if (same) {
        n->origins = n->name;
        return TERN_OK;
    }
    return tern_graph_keep_str(dst, n->origins, &n->origins);
}

static tern_status own_value(tern_graph *dst, tern_value *v)
{
    void *copy;
    TERN_TRY(tern_graph_keep_str(dst, v->name, &v->name));
    TERN_TRY(copy_bytes(dst, v->content, v->content_count * sizeof *v->content, &copy));
    v->content = copy;
    if (v->dim_names == NULL) {
        return TERN_OK;
    }
    tern_str *names =
        tern_arena_items(&dst->arena, TERN_MAX_RANK, sizeof *names, _Alignof(tern_str));
    if (names == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t d = 0; d < v->type.rank; d++) {
        TERN_TRY(tern_graph_keep_str(dst, v->dim_names[d], &names[d]));
    }
    v->dim_names = names;
    return TERN_OK;
}

static tern_status copy_into(tern_graph *d, const tern_graph *g)
{
    TERN_TRY(tern_dim_table_copy(&d->dims, &g->dims));
    TERN_TRY(tern_graph_keep_str(d, g->name, &d->name));
    TERN_TRY(
        copy_array(d, &d->nodes, &d->node_capacity, g->nodes, g->node_count, sizeof *g->nodes));
    d->node_count = g->node_count;
    TERN_TRY(copy_array(d, &d->values, &d->value_capacity, g->values, g->value_count,
                        sizeof *g->values));
    d->value_count = g->value_count;
    TERN_TRY(copy_array(d, &d->operands, &d->operand_capacity, g->operands, g->operand_count,
                        sizeof *g->operands));
    d->operand_count = g->operand_count;
    TERN_TRY(
        copy_array(d, &d->blobs, &d->blob_capacity, g->blobs, g->blob_count, sizeof *g->blobs));
    d->blob_count = g->blob_count;
    TERN_TRY(copy_array(d, &d->inputs, &d->input_capacity, g->inputs, g->input_count,
                        sizeof *g->inputs));
    d->input_count = g->input_count;
    TERN_TRY(copy_array(d, &d->outputs, &d->output_capacity, g->outputs, g->output_count,
                        sizeof *g->outputs));
    d->output_count = g->output_count;
    TERN_TRY(copy_array(d, &d->regions, &d->region_capacity, g->regions, g->region_count,
                        sizeof *g->regions));
    d->region_count = g->region_count;
    for (tern_node_id id = 1; id < d->node_count; id++) {
        TERN_TRY(own_node(d, &d->nodes[id]));
    }
    for (tern_value_id id = 1; id < d->value_count; id++) {
        TERN_TRY(own_value(d, &d->values[id]));
    }
    return TERN_OK;
}

tern_status tern_graph_clone(const tern_graph *g, tern_graph **out_graph)
{
    *out_graph = NULL;
    tern_graph *d = tern_alloc_zero(g->allocator, sizeof *d, _Alignof(tern_graph));
    if (d == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    d->allocator = g->allocator;
    tern_arena_init(&d->arena, g->allocator);
    tern_dim_table_init(&d->dims, g->allocator, &d->arena);
    d->batch = g->batch;
    d->max_batch = g->max_batch;
    d->was_implicit = g->was_implicit;
    d->batch_dim = g->batch_dim;
    d->changes = g->changes;
    const tern_status status = copy_into(d, g);
    if (status != TERN_OK) {
        tern_graph_destroy(d);
        return status;
    }
    *out_graph = d;
    return TERN_OK;
}
