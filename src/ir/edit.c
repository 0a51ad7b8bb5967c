/* SPDX-License-Identifier: Apache-2.0
 *
 * Editing: replace redirects uses, sweep turns what no output needs into holes, compact closes the
 * holes.  Nothing else changes the structure of a graph.
 */
#include "base/alloc.h"
#include "base/array.h"
#include "ir/graph.h"

/* An output keeps its name, so one value cannot be two of them: the second becomes a copy. */
static tern_status copy_for_output(tern_graph *g, tern_value_id from, tern_value_id to,
                                   tern_value_id *out_copy)
{
    const tern_node *producer = &g->nodes[g->values[from].producer];
    const tern_str name = producer->name;
    const tern_str origins = producer->origins;
    tern_node_id id;
    TERN_TRY(tern_graph_add_node(
        g, &(tern_new_node){.op = TERN_OP_identity, .name = name, .x = &to, .x_count = 1}, &id));
    g->nodes[id].origins = origins;
    g->nodes[id].region = 0; /* where outputs are */
    const tern_value_id copy = tern_graph_y(g, &g->nodes[id], 0);
    tern_value *v = &g->values[copy];
    v->type = g->values[to].type;
    v->place = g->values[to].place;
    v->is_constant = g->values[to].is_constant;
    *out_copy = copy;
    return TERN_OK;
}

static void redirect_uses(tern_graph *g, tern_value_id from, tern_value_id to)
{
    for (tern_node_id id = 1; id < g->node_count; id++) {
        const tern_node *n = &g->nodes[id];
        for (uint32_t i = 0; i < n->x_count; i++) {
            if (g->operands[n->x_first + i] == from) {
                g->operands[n->x_first + i] = to;
            }
        }
    }
    for (uint32_t r = 1; r < g->region_count; r++) {
        for (uint32_t i = 0; i < g->regions[r].result_count; i++) {
            if (g->operands[g->regions[r].result_first + i] == from) {
                g->operands[g->regions[r].result_first + i] = to;
            }
        }
    }
}

tern_status tern_graph_replace(tern_graph *g, tern_value_id from, tern_value_id to)
{
    TERN_ASSERT(from != TERN_NO_ID && to != TERN_NO_ID && from < g->value_count &&
                to < g->value_count);
    if (from == to) {
        return TERN_OK;
    }
    tern_value_id outside = to; /* what stands among the outputs */
    if (g->values[from].is_output && (g->values[to].is_output || g->values[to].is_input)) {
        TERN_TRY(copy_for_output(g, from, to, &outside));
    }
    redirect_uses(g, from, to);
    tern_value *f = &g->values[from];
    tern_value *t = &g->values[outside];
    if (f->is_output) {
        for (uint32_t i = 0; i < g->output_count; i++) {
            if (g->outputs[i] == from) {
                g->outputs[i] = outside;
            }
        }
        t->name = f->name;
        t->dim_names = f->dim_names;
        t->formats = f->formats;
        t->is_output = 1;
        f->is_output = 0;
        f->name = (tern_str){"", 0};
        f->formats = 0;
    } else if (t->name.len == 0) {
        t->name = f->name;
        f->name = (tern_str){"", 0};
    }
    g->changes++;
    return TERN_OK;
}

tern_status tern_graph_set_operand(tern_graph *g, tern_node_id node, int32_t i, tern_value_id value)
{
    const tern_node *n = &g->nodes[node];
    if (i < 0 || i >= (int32_t)n->x_count || value >= g->value_count) {
        char who[128];
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: operand %d does not exist, there are %d",
                         tern_node_who(n, who, sizeof who), (int)i, (int)n->x_count);
    }
    g->operands[n->x_first + (uint32_t)i] = value;
    g->changes++;
    return TERN_OK;
}

tern_status tern_graph_add_operands(tern_graph *g, tern_node_id node, const tern_value_id *x,
                                    int32_t count)
{
    const uint32_t old_count = g->nodes[node].x_count;
    const size_t new_count = old_count + (size_t)count;
    if (new_count > UINT16_MAX) {
        return tern_fail(TERN_UNSUPPORTED, "a node cannot take %zu operands, at most %d", new_count,
                         UINT16_MAX);
    }
    TERN_TRY(tern_array_grow(g->allocator, &g->operands, &g->operand_capacity,
                             g->operand_count + new_count, sizeof *g->operands));
    tern_node *n = &g->nodes[node];
    tern_value_id *moved = &g->operands[g->operand_count];
    if (old_count > 0) {
        memcpy(moved, &g->operands[n->x_first], old_count * sizeof *moved);
    }
    if (count > 0) {
        memcpy(moved + old_count, x, (size_t)count * sizeof *moved);
    }
    n->x_first = g->operand_count;
    n->x_count = (uint16_t)new_count;
    g->operand_count += (uint32_t)new_count;
    g->changes++;
    return TERN_OK;
}

tern_status tern_graph_set_epilogue(tern_graph *g, tern_node_id node, const tern_expr *epilogue,
                                    const tern_value_id *x, int32_t count)
{
    tern_expr *copy = NULL;
    if (epilogue != NULL) {
        copy = tern_arena_copy(&g->arena, epilogue, sizeof *copy, _Alignof(tern_expr));
        if (copy == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    const uint16_t had = g->nodes[node].x_count;
    g->nodes[node].x_count = g->nodes[node].own_count;
    const tern_status status = tern_graph_add_operands(g, node, x, count);
    if (status != TERN_OK) {
        g->nodes[node].x_count = had;
        return status;
    }
    g->nodes[node].epilogue = copy;
    return TERN_OK;
}

/* Puts a node on the work list once; returns how many are on it. */
static uint32_t need(tern_node_id id, uint8_t *needed, tern_node_id *stack, uint32_t depth)
{
    if (id != TERN_NO_ID && !needed[id]) {
        needed[id] = 1;
        stack[depth++] = id;
    }
    return depth;
}

/* Marks nodes that outputs need, from a work list; each node enters it once. */
static void mark_needed(const tern_graph *g, uint8_t *needed, tern_node_id *stack)
{
    uint32_t depth = 0;
    for (uint32_t i = 0; i < g->output_count; i++) {
        const tern_node_id p = g->values[g->outputs[i]].producer;
        depth = need(p, needed, stack, depth);
    }
    for (tern_node_id id = 1; id < g->node_count; id++) { /* those that may fail the run */
        const tern_node *n = &g->nodes[id];
        if (n->op != TERN_OP_NONE && tern_node_op(n)->control == TERN_CONTROL_CHECK) {
            depth = need(id, needed, stack, depth);
            depth = need(g->regions[n->region].owner, needed, stack, depth);
        }
    }
    while (depth > 0) {
        const tern_node *n = &g->nodes[stack[--depth]];
        for (int32_t i = 0; i < n->x_count; i++) {
            depth = need(g->values[tern_graph_x(g, n, i)].producer, needed, stack, depth);
        }
        for (uint32_t r = n->body; r < n->body + n->body_count; r++) {
            for (uint32_t i = 0; i < g->regions[r].result_count; i++) {
                const tern_value_id x = tern_region_result(g, r, (int32_t)i);
                depth = need(g->values[x].producer, needed, stack, depth);
            }
        }
    }
}

static void make_hole(tern_graph *g, tern_node_id id)
{
    tern_node *n = &g->nodes[id];
    for (uint32_t r = n->body; r < n->body + n->body_count; r++) {
        for (uint32_t i = 0; i < g->regions[r].param_count; i++) {
            tern_value *v = &g->values[tern_region_param(g, r, (int32_t)i)];
            memset(v, 0, sizeof *v);
            v->name = (tern_str){"", 0};
        }
        g->regions[r] = (tern_region){.owner = TERN_NO_ID};
    }
    for (int32_t i = 0; i < n->y_count; i++) {
        memset(&g->values[tern_graph_y(g, n, i)], 0, sizeof(tern_value));
        g->values[tern_graph_y(g, n, i)].name = (tern_str){"", 0};
    }
    memset(n, 0, sizeof *n);
}

tern_status tern_graph_sweep(tern_graph *g, uint32_t *out_removed)
{
    *out_removed = 0;
    tern_arena scratch;
    tern_arena_init(&scratch, g->allocator);
    uint8_t *needed = tern_arena_items(&scratch, g->node_count, 1, 1);
    tern_node_id *stack =
        tern_arena_items(&scratch, g->node_count, sizeof *stack, _Alignof(tern_node_id));
    const bool ok = needed != NULL && stack != NULL;
    if (ok) {
        mark_needed(g, needed, stack);
        for (tern_node_id id = 1; id < g->node_count; id++) {
            if (g->nodes[id].op != TERN_OP_NONE && !needed[id]) {
                make_hole(g, id);
                (*out_removed)++;
            }
        }
        g->changes += *out_removed != 0 ? 1 : 0;
    }
    tern_arena_destroy(&scratch);
    return ok ? TERN_OK : TERN_OUT_OF_MEMORY;
}

typedef struct id_maps {
    uint32_t *node, *value, *blob;
} id_maps;

static bool make_maps(const tern_graph *g, tern_arena *scratch, id_maps *m)
{
    m->node = tern_arena_items(scratch, g->node_count, sizeof(uint32_t), _Alignof(uint32_t));
    m->value = tern_arena_items(scratch, g->value_count, sizeof(uint32_t), _Alignof(uint32_t));
    m->blob =
        tern_arena_items(scratch, (size_t)g->blob_count + 1, sizeof(uint32_t), _Alignof(uint32_t));
    return m->node != NULL && m->value != NULL && m->blob != NULL;
}

/* Closes holes from the front: a slot only ever moves down, so the maps and moves need no second
 * array. */
static void close_nodes_and_values(tern_graph *g, id_maps *m)
{
    uint32_t nodes = 1;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        if (g->nodes[id].op != TERN_OP_NONE) {
            m->node[id] = nodes;
            g->nodes[nodes++] = g->nodes[id];
        }
    }
    g->node_count = nodes;
    uint32_t values = 1;
    for (tern_value_id id = 1; id < g->value_count; id++) {
        tern_value *v = &g->values[id];
        if (tern_value_exists(v)) {
            v->producer = m->node[v->producer];
            m->blob[v->blob] = 1;
            m->value[id] = values;
            g->values[values++] = *v;
        }
    }
    g->value_count = values;
}

static void close_blobs(tern_graph *g, id_maps *m)
{
    m->blob[0] = 0;
    uint32_t blobs = 0;
    for (uint32_t i = 0; i < g->blob_count; i++) {
        if (m->blob[i + 1] != 0) {
            g->blobs[blobs++] = g->blobs[i];
            m->blob[i + 1] = blobs;
        }
    }
    g->blob_count = blobs;
    for (tern_value_id id = 1; id < g->value_count; id++) {
        g->values[id].blob = m->blob[g->values[id].blob];
    }
}

/* Operand ranges may lie anywhere after edits: they are written anew, in node order. */
static void rewrite_operands(tern_graph *g, const id_maps *m, tern_value_id *fresh)
{
    uint32_t at = 0;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        tern_node *n = &g->nodes[id];
        const uint32_t x_first = at;
        for (int32_t i = 0; i < n->x_count; i++) {
            fresh[at++] = m->value[tern_graph_x(g, n, i)];
        }
        const uint32_t y_first = at;
        for (int32_t i = 0; i < n->y_count; i++) {
            fresh[at++] = m->value[tern_graph_y(g, n, i)];
        }
        n->x_first = x_first;
        n->y_first = y_first;
    }
    for (uint32_t k = 1; k < g->region_count; k++) {
        tern_region *r = &g->regions[k];
        const uint32_t param_first = at;
        r->owner = m->node[r->owner];
        for (uint32_t i = 0; i < r->param_count; i++) {
            fresh[at++] = m->value[g->operands[r->param_first + i]];
        }
        const uint32_t result_first = at;
        for (uint32_t i = 0; i < r->result_count; i++) {
            fresh[at++] = m->value[g->operands[r->result_first + i]];
        }
        r->param_first = param_first;
        r->result_first = result_first;
    }
    g->operand_count = at;
}

/* The new operand array; room for the operands of every node and one more. */
static tern_status make_operands(const tern_graph *g, tern_value_id **out_fresh,
                                 size_t *out_capacity)
{
    size_t total = 1;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        total += (size_t)g->nodes[id].x_count + g->nodes[id].y_count;
    }
    for (uint32_t r = 1; r < g->region_count; r++) {
        total += (size_t)g->regions[r].param_count + g->regions[r].result_count;
    }
    return tern_array_grow(g->allocator, out_fresh, out_capacity, total, sizeof **out_fresh);
}

/* All memory is taken before anything moves, so a failure leaves the graph as it was. */
static tern_status compact(tern_graph *g, tern_arena *scratch)
{
    id_maps m;
    if (!make_maps(g, scratch, &m)) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_value_id *fresh = NULL;
    size_t capacity = 0;
    TERN_TRY(make_operands(g, &fresh, &capacity));
    close_nodes_and_values(g, &m);
    close_blobs(g, &m);
    rewrite_operands(g, &m, fresh);
    tern_array_free(g->allocator, &g->operands, &g->operand_capacity, sizeof *g->operands);
    g->operands = fresh;
    g->operand_capacity = capacity;
    for (uint32_t i = 0; i < g->input_count; i++) {
        g->inputs[i] = m.value[g->inputs[i]];
    }
    for (uint32_t i = 0; i < g->output_count; i++) {
        g->outputs[i] = m.value[g->outputs[i]];
    }
    g->changes++;
    return TERN_OK;
}

tern_status tern_graph_compact(tern_graph *g)
{
    tern_arena scratch;
    tern_arena_init(&scratch, g->allocator);
    const tern_status status = compact(g, &scratch);
    tern_arena_destroy(&scratch);
    return status;
}
