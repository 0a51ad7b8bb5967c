/* SPDX-License-Identifier: Apache-2.0
 *
 * Making graphs: slots are appended to dense arrays, everything of variable size goes into the
 * graph's arena.
 */
#include "ir/graph.h"

#include "base/alloc.h"
#include "base/array.h"

/* Ids are 32 bits; far below that, so that sums of counts do not wrap. */
#define MAX_SLOTS ((size_t)1 << 30)
#define ATTR_ALIGN 16

static tern_status grow(tern_graph *g, void *items, size_t *capacity, size_t want,
                        size_t item_bytes)
{
    if (want > MAX_SLOTS) {
        return tern_fail(TERN_UNSUPPORTED, "the graph is too large: more than %zu slots",
                         MAX_SLOTS);
    }
    return tern_array_grow(g->allocator, items, capacity, want, item_bytes);
}

tern_status tern_graph_create(tern_allocator allocator, tern_graph **out_graph)
{
    *out_graph = NULL;
    tern_graph *g = tern_alloc_zero(allocator, sizeof *g, _Alignof(tern_graph));
    if (g == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    g->allocator = allocator;
    tern_arena_init(&g->arena, allocator);
    tern_dim_table_init(&g->dims, allocator, &g->arena);
    g->batch = TERN_BATCH_DECIDE_LATER;
    g->max_batch = 1;
    tern_status status = grow(g, &g->nodes, &g->node_capacity, 1, sizeof *g->nodes);
    if (status == TERN_OK) {
        status = grow(g, &g->values, &g->value_capacity, 1, sizeof *g->values);
    }
    if (status == TERN_OK) {
        status = grow(g, &g->regions, &g->region_capacity, 1, sizeof *g->regions);
    }
    if (status != TERN_OK) {
        tern_graph_destroy(g);
        return status;
    }
    memset(&g->nodes[0], 0, sizeof g->nodes[0]);
    memset(&g->values[0], 0, sizeof g->values[0]);
    memset(&g->regions[0], 0, sizeof g->regions[0]);
    g->node_count = 1;
    g->value_count = 1;
    g->region_count = 1;
    *out_graph = g;
    return TERN_OK;
}

void tern_graph_destroy(tern_graph *g)
{
    if (g == NULL) {
        return;
    }
    const tern_allocator allocator = g->allocator;
    while (g->keeper_count > 0) {
        const tern_graph_keeper *keeper = &g->keepers[--g->keeper_count];
        keeper->release(keeper->self);
    }
    tern_array_free(allocator, &g->keepers, &g->keeper_capacity, sizeof *g->keepers);
    tern_array_free(allocator, &g->nodes, &g->node_capacity, sizeof *g->nodes);
    tern_array_free(allocator, &g->values, &g->value_capacity, sizeof *g->values);
    tern_array_free(allocator, &g->operands, &g->operand_capacity, sizeof *g->operands);
    tern_array_free(allocator, &g->blobs, &g->blob_capacity, sizeof *g->blobs);
    tern_array_free(allocator, &g->inputs, &g->input_capacity, sizeof *g->inputs);
    tern_array_free(allocator, &g->outputs, &g->output_capacity, sizeof *g->outputs);
    tern_array_free(allocator, &g->regions, &g->region_capacity, sizeof *g->regions);
    tern_dim_table_clear(&g->dims);
    tern_arena_destroy(&g->arena);
    tern_free(allocator, g, sizeof *g);
}

tern_status tern_graph_keep(tern_graph *g, void (*release)(void *self), void *self)
{
    TERN_TRY(tern_array_grow(g->allocator, &g->keepers, &g->keeper_capacity, g->keeper_count + 1,
                             sizeof *g->keepers));
    g->keepers[g->keeper_count++] = (tern_graph_keeper){release, self};
    return TERN_OK;
}

tern_status tern_graph_keep_str(tern_graph *g, tern_str s, tern_str *out_copy)
{
    if (s.len == 0) {
        *out_copy = (tern_str){"", 0};
        return TERN_OK;
    }
    const char *copy = tern_arena_strndup(&g->arena, s.at, s.len);
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    *out_copy = tern_str_of(copy);
    return TERN_OK;
}

static bool has_symbol(const tern_dim_table *t, const char *name)
{
    for (size_t i = 0; i < t->symbol_count; i++) {
        if (tern_str_is(t->symbols[i].name, name)) {
            return true;
        }
    }
    return false;
}

tern_status tern_graph_batch_dim(tern_graph *g, tern_dim *out_dim)
{
    if (g->batch_dim == 0) {
        char buffer[32];
        tern_text name;
        tern_text_init_fixed(&name, buffer, sizeof buffer);
        tern_text_add(&name, "N");
        for (int n = 2; has_symbol(&g->dims, buffer); n++) {
            tern_text_clear(&name);
            tern_text_add(&name, "N_%d", n);
        }
        const tern_dim d = tern_dim_symbol_get(&g->dims, tern_str_of(buffer));
        TERN_TRY(g->dims.status);
        g->batch_dim = d;
    }
    *out_dim = g->batch_dim;
    return TERN_OK;
}

static tern_status new_value(tern_graph *g, tern_value_id *out_value)
{
    TERN_TRY(
        grow(g, &g->values, &g->value_capacity, (size_t)g->value_count + 1, sizeof *g->values));
    const tern_value_id id = g->value_count++;
    memset(&g->values[id], 0, sizeof g->values[id]);
    g->values[id].name = (tern_str){"", 0};
    *out_value = id;
    return TERN_OK;
}

tern_status tern_graph_add_input(tern_graph *g, tern_str name, const tern_type *type,
                                 tern_value_id *out_value)
{
    *out_value = TERN_NO_ID;
    tern_str kept;
    TERN_TRY(tern_graph_keep_str(g, name, &kept));
    TERN_TRY(
        grow(g, &g->inputs, &g->input_capacity, (size_t)g->input_count + 1, sizeof *g->inputs));
    tern_value_id id;
    TERN_TRY(new_value(g, &id));
    tern_value *v = &g->values[id];
    v->name = kept;
    v->type = *type;
    v->is_input = 1;
    g->inputs[g->input_count++] = id;
    g->changes++;
    *out_value = id;
    return TERN_OK;
}

tern_status tern_graph_mark_shape_input(tern_graph *g, tern_value_id value)
{
    tern_value *v = &g->values[value];
    if (v->is_shape_input) {
        return TERN_OK;
    }
    const bool is_integer = v->type.dtype == TERN_DTYPE_I32 || v->type.dtype == TERN_DTYPE_I64;
    const int64_t count = v->type.rank == 0 ? 1 : v->type.dims[0];
    if (!v->is_input || !is_integer || v->type.rank > 1 || !tern_dim_known(count) || count < 0 ||
        count > TERN_CONTENT_MAX) {
        return tern_fail(TERN_BAD_SHAPE,
                         "\"%.*s\" cannot be a shape tensor: it must be an input of type i32 or "
                         "i64, of rank 0 or 1, "
                         "with a fixed length of at most %d",
                         (int)v->name.len, v->name.at, TERN_CONTENT_MAX);
    }
    tern_dim *content =
        tern_arena_items(&g->arena, (size_t)count, sizeof *content, _Alignof(tern_dim));
    if (content == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int64_t i = 0; i < count; i++) {
        const char *name =
            tern_arena_printf(&g->arena, "%.*s#%d", (int)v->name.len, v->name.at, (int)i);
        if (name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        content[i] = tern_dim_symbol_get(&g->dims, tern_str_of(name));
    }
    TERN_TRY(g->dims.status);
    v->content = content;
    v->content_count = (uint8_t)count;
    v->content_known = 1;
    v->is_shape_input = 1;
    g->changes++;
    return TERN_OK;
}

tern_status tern_graph_offer_shape_input(tern_graph *g, tern_value_id value)
{
    const int64_t limit = (int64_t)1 << 40;
    const tern_type *type = &tern_graph_value(g, value)->type;
    int64_t count = 0;
    const bool is_small = tern_type_is_static(type) && tern_type_volume(type, &count) &&
                          count <= TERN_CONTENT_MAX && type->rank <= 1;
    if (!is_small || (type->dtype != TERN_DTYPE_I32 && type->dtype != TERN_DTYPE_I64)) {
        return TERN_OK;
    }
    const size_t before = g->dims.symbol_count;
    TERN_TRY(tern_graph_mark_shape_input(g, value));
    for (size_t i = before; i < g->dims.symbol_count; i++) {
        g->dims.symbols[i].low = -limit;
        g->dims.symbols[i].high = limit;
    }
    return TERN_OK;
}

tern_status tern_graph_add_blob(tern_graph *g, const void *data, size_t bytes, bool own,
                                uint32_t *out_blob)
{
    TERN_TRY(grow(g, &g->blobs, &g->blob_capacity, (size_t)g->blob_count + 1, sizeof *g->blobs));
    const void *kept = data;
    if (own && data != NULL) {
        kept = tern_arena_copy(&g->arena, data, bytes, TERN_TENSOR_ALIGN);
        if (kept == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    g->blobs[g->blob_count] = (tern_blob){.data = kept, .bytes = bytes};
    *out_blob = g->blob_count++;
    g->changes++;
    return TERN_OK;
}

tern_status tern_graph_add_constant(tern_graph *g, tern_str name, const tern_type *type,
                                    uint32_t blob, tern_value_id *out_value)
{
    *out_value = TERN_NO_ID;
    TERN_ASSERT(blob < g->blob_count);
    tern_node_id id;
    TERN_TRY(tern_graph_add_node(g, &(tern_new_node){.op = TERN_OP_constant, .name = name}, &id));
    const tern_value_id y = tern_graph_y(g, &g->nodes[id], 0);
    tern_value *v = &g->values[y];
    v->type = *type;
    v->blob = blob + 1;
    v->is_constant = 1;
    *out_value = y;
    return TERN_OK;
}

static tern_status copy_attr(tern_graph *g, const tern_op *op, const void *attr, void **out_attr)
{
    *out_attr = NULL;
    if (op->attr_size == 0) {
        return TERN_OK;
    }
    void *copy = tern_arena_zero(&g->arena, op->attr_size, ATTR_ALIGN);
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (attr != NULL) {
        memcpy(copy, attr, op->attr_size);
    } else if (op->attrs != NULL) {
        tern_attr_defaults(op->attrs, copy);
    }
    *out_attr = copy;
    return TERN_OK;
}

/* The operands fit the operator and exist; one that is needed may still be missing (a layer
 * without its weights yet), which inference refuses. */
static tern_status check_operands(const tern_graph *g, const tern_op *op, tern_str name,
                                  const tern_value_id *x, int32_t count)
{
    if (count < op->arity.in_min || (op->arity.in_max >= 0 && count > op->arity.in_max) ||
        count > UINT16_MAX) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s \"%.*s\": %d operands given, the operator takes %d%s", op->name,
                         (int)name.len, name.at != NULL ? name.at : "", (int)count,
                         op->arity.in_min, op->arity.in_max == op->arity.in_min ? "" : " or more");
    }
    for (int32_t i = 0; i < count; i++) {
        const bool exists = x[i] < g->value_count && tern_value_exists(&g->values[x[i]]);
        if (x[i] != TERN_NO_ID && !exists) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "%s \"%.*s\": operand %d is no value of this graph", op->name,
                             (int)name.len, name.at != NULL ? name.at : "", (int)i);
        }
    }
    return TERN_OK;
}

tern_status tern_graph_add_node(tern_graph *g, const tern_new_node *spec, tern_node_id *out_node)
{
    *out_node = TERN_NO_ID;
    const tern_op *op = tern_op_find(spec->op);
    if (op == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%u is no operator", (unsigned)spec->op);
    }
    TERN_TRY(check_operands(g, op, spec->name, spec->x, spec->x_count));
    if (op->arity.out < 0 && (spec->y_count < 0 || spec->y_count > UINT16_MAX)) {
        return tern_fail(TERN_UNSUPPORTED, "%s \"%.*s\": %d results, at most %d", op->name,
                         (int)spec->name.len, spec->name.at != NULL ? spec->name.at : "",
                         spec->y_count, UINT16_MAX);
    }
    const uint32_t y_count = op->arity.out < 0 ? (uint32_t)spec->y_count : (uint32_t)op->arity.out;
    tern_str kept;
    void *attr_copy;
    TERN_TRY(tern_graph_keep_str(g, spec->name, &kept));
    TERN_TRY(copy_attr(g, op, spec->attr, &attr_copy));
    const size_t operands = (size_t)g->operand_count + (size_t)spec->x_count + y_count;
    TERN_TRY(grow(g, &g->operands, &g->operand_capacity, operands, sizeof *g->operands));
    TERN_TRY(grow(g, &g->nodes, &g->node_capacity, (size_t)g->node_count + 1, sizeof *g->nodes));
    TERN_TRY(grow(g, &g->values, &g->value_capacity, (size_t)g->value_count + y_count,
                  sizeof *g->values));
    const tern_node_id id = g->node_count++;
    tern_node *n = &g->nodes[id];
    *n = (tern_node){.op = spec->op,
                     .x_first = g->operand_count,
                     .x_count = (uint16_t)spec->x_count,
                     .own_count = (uint16_t)spec->x_count,
                     .y_count = (uint16_t)y_count,
                     .y_first = g->operand_count + (uint32_t)spec->x_count,
                     .attr = attr_copy,
                     .name = kept,
                     .origins = kept,
                     .region = spec->op == TERN_OP_constant ? 0 : g->region};
    if (spec->x_count > 0) {
        memcpy(&g->operands[n->x_first], spec->x, (size_t)spec->x_count * sizeof *spec->x);
    }
    g->operand_count = (uint32_t)operands;
    for (uint32_t i = 0; i < y_count; i++) {
        tern_value_id y;
        TERN_TRY(new_value(g, &y)); /* has room: cannot fail */
        g->values[y].producer = id;
        g->values[y].producer_index = (uint16_t)i;
        g->operands[n->y_first + i] = y;
    }
    g->changes++;
    *out_node = id;
    return TERN_OK;
}

tern_status tern_graph_add_output(tern_graph *g, tern_value_id value)
{
    if (value == TERN_NO_ID || value >= g->value_count) {
        return tern_fail(TERN_INVALID_ARGUMENT, "the output is no value of this graph");
    }
    if (g->values[value].is_output) {
        return TERN_OK;
    }
    TERN_TRY(
        grow(g, &g->outputs, &g->output_capacity, (size_t)g->output_count + 1, sizeof *g->outputs));
    g->outputs[g->output_count++] = value;
    g->values[value].is_output = 1;
    g->changes++;
    return TERN_OK;
}

void tern_graph_remove_output(tern_graph *g, tern_value_id value)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->output_count; i++) {
        if (g->outputs[i] != value) {
            g->outputs[kept++] = g->outputs[i];
        }
    }
    g->output_count = kept;
    g->values[value].is_output = 0;
    g->changes++;
}

const tern_op *tern_node_op(const tern_node *n)
{
    return tern_op_find(n->op);
}

const void *tern_graph_constant_data(const tern_graph *g, tern_value_id value)
{
    const uint32_t blob = value < g->value_count ? g->values[value].blob : 0;
    return blob == 0 ? NULL : g->blobs[blob - 1].data;
}

const char *tern_node_who(const tern_node *n, char *buffer, size_t size)
{
    const tern_op *op = tern_op_find(n->op);
    const tern_str name = n->name.len != 0 ? n->name : n->origins;
    tern_text text;
    tern_text_init_fixed(&text, buffer, size);
    tern_text_add(&text, "%s \"%.*s\"", op != NULL ? op->name : "?", (int)name.len,
                  name.len != 0 ? name.at : "");
    return buffer;
}
