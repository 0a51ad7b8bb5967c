/* SPDX-License-Identifier: Apache-2.0
 *
 * Regions: bodies of control flow, and what is inside of what.
 */
#include "base/array.h"
#include "ir/graph.h"

#define MAX_REGIONS ((size_t)1 << 24)

/* --- inside of what --- */

uint32_t tern_region_parent(const tern_graph *g, uint32_t r)
{
    return g->nodes[g->regions[r].owner].region;
}

bool tern_region_is_inside(const tern_graph *g, uint32_t r, uint32_t outer)
{
    for (int depth = 0; r != outer && r != 0 && depth <= TERN_REGION_DEPTH; depth++) {
        r = tern_region_parent(g, r);
    }
    return r == outer;
}

uint32_t tern_value_region(const tern_graph *g, tern_value_id value)
{
    const tern_value *v = &g->values[value];
    return v->param_of != 0 ? v->param_of : g->nodes[v->producer].region;
}

tern_node_id tern_node_in_region(const tern_graph *g, tern_node_id node, uint32_t r)
{
    for (int depth = 0; g->nodes[node].region != r; depth++) {
        if (g->nodes[node].region == 0 || depth > TERN_REGION_DEPTH) {
            return TERN_NO_ID;
        }
        node = g->regions[g->nodes[node].region].owner;
    }
    return node;
}

/* --- making --- */

static int32_t depth_of(const tern_graph *g, uint32_t r)
{
    int32_t depth = 0;
    for (; r != 0 && depth <= TERN_REGION_DEPTH; depth++) {
        r = tern_region_parent(g, r);
    }
    return depth;
}

static uint16_t body_most(const tern_node *n)
{
    return n->op == TERN_OP_if ? 2 : n->op == TERN_OP_loop ? 1 : 0;
}

static tern_status reserve(tern_graph *g, size_t values, size_t operands)
{
    TERN_TRY(tern_array_grow(g->allocator, &g->values, &g->value_capacity, g->value_count + values,
                             sizeof *g->values));
    return tern_array_grow(g->allocator, &g->operands, &g->operand_capacity,
                           g->operand_count + operands, sizeof *g->operands);
}

tern_status tern_graph_open_body(tern_graph *g, tern_node_id owner, const tern_type *params,
                                 int32_t count, uint32_t *out_region)
{
    *out_region = 0;
    char who[128];
    if (depth_of(g, g->nodes[owner].region) >= TERN_REGION_DEPTH ||
        g->region_count >= MAX_REGIONS || count > UINT16_MAX) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: control flow lies %d deep, in %u bodies in all, with %d parameters; "
                         "at most %d deep",
                         tern_node_who(&g->nodes[owner], who, sizeof who),
                         depth_of(g, g->nodes[owner].region) + 1, g->region_count, (int)count,
                         TERN_REGION_DEPTH);
    }
    const uint16_t most = body_most(&g->nodes[owner]);
    TERN_TRY(tern_array_grow(g->allocator, &g->regions, &g->region_capacity,
                             (size_t)g->region_count + most, sizeof *g->regions));
    TERN_TRY(reserve(g, (size_t)count, (size_t)count));
    tern_node *n = &g->nodes[owner];
    if (n->body_count == most) {
        return tern_fail(TERN_BAD_MODEL, "%s: has %d bodies, and gets one more",
                         tern_node_who(n, who, sizeof who), most);
    }
    if (n->body_count == 0) { /* room for all: they are numbered one behind the other */
        n->body = g->region_count;
        for (int i = 0; i < most; i++) {
            g->regions[g->region_count++] = (tern_region){.owner = owner};
        }
    }
    const uint32_t r = n->body + n->body_count++;
    g->regions[r] = (tern_region){
        .owner = owner, .param_first = g->operand_count, .param_count = (uint32_t)count};
    for (int32_t i = 0; i < count; i++) {
        tern_value *v = &g->values[g->value_count];
        *v = (tern_value){.name = {"", 0}, .type = params[i], .param_of = r};
        g->operands[g->operand_count++] = g->value_count++;
    }
    g->region = r;
    g->changes++;
    *out_region = r;
    return TERN_OK;
}

tern_status tern_graph_close_body(tern_graph *g, const tern_value_id *results, int32_t count)
{
    TERN_ASSERT(g->region != 0);
    TERN_TRY(reserve(g, 0, (size_t)count));
    tern_region *r = &g->regions[g->region];
    r->result_first = g->operand_count;
    r->result_count = (uint32_t)count;
    for (int32_t i = 0; i < count; i++) {
        g->operands[g->operand_count++] = results[i];
    }
    g->region = g->nodes[r->owner].region;
    g->changes++;
    return TERN_OK;
}

static void clear_value(tern_graph *g, tern_value_id id)
{
    memset(&g->values[id], 0, sizeof g->values[id]);
    g->values[id].name = (tern_str){"", 0};
}

void tern_graph_drop_bodies(tern_graph *g, tern_node_id owner)
{
    tern_node *o = &g->nodes[owner];
    const uint32_t first = o->body, end = o->body + body_most(o);
    if (o->body_count == 0) {
        return;
    }
    for (tern_node_id id = 1; id < g->node_count; id++) {
        tern_node *n = &g->nodes[id];
        bool inside = false;
        for (uint32_t r = first; n->op != TERN_OP_NONE && n->region != 0 && r < end; r++) {
            inside = inside || tern_region_is_inside(g, n->region, r);
        }
        if (!inside) {
            continue;
        }
        for (int32_t i = 0; i < n->y_count; i++) {
            clear_value(g, tern_graph_y(g, n, i));
        }
        n->op = TERN_OP_NONE; /* its region still tells what was inside */
    }
    for (uint32_t r = g->region_count; r-- > first;) {
        if (g->regions[r].owner == TERN_NO_ID ||
            !(r < end || g->nodes[g->regions[r].owner].op == TERN_OP_NONE)) {
            continue;
        }
        for (uint32_t i = 0; i < g->regions[r].param_count; i++) {
            clear_value(g, tern_region_param(g, r, (int32_t)i));
        }
        g->regions[r].param_count = g->regions[r].result_count = 0;
        if (r >= end) {
            g->regions[r].owner = TERN_NO_ID;
        }
    }
    for (tern_node_id id = 1; id < g->node_count; id++) {
        if (g->nodes[id].op == TERN_OP_NONE) {
            memset(&g->nodes[id], 0, sizeof g->nodes[id]);
        }
    }
    for (uint32_t r = first; r < end; r++) {
        g->regions[r].owner = TERN_NO_ID;
    }
    o->body = 0;
    o->body_count = 0;
    g->changes++;
}

/* --- what loops look at --- */

tern_value_id tern_value_source(const tern_graph *g, tern_value_id value)
{
    for (int depth = 0; value != TERN_NO_ID && depth < 64; depth++) {
        const tern_node *n = &g->nodes[g->values[value].producer];
        if (n->op != TERN_OP_identity || n->epilogue != NULL) {
            break;
        }
        value = tern_graph_x(g, n, 0);
    }
    return value;
}

bool tern_value_is_true(const tern_graph *g, tern_value_id value)
{
    const tern_value *v = &g->values[tern_value_source(g, value)];
    return v->content_known && v->content_count == 1 && v->content[0] == 1;
}

bool tern_loop_has_condition(const tern_graph *g, const tern_node *n)
{
    const tern_value_id begin = n->own_count > 1 ? tern_graph_x(g, n, 1) : TERN_NO_ID;
    const tern_value_id next = tern_value_source(g, tern_region_result(g, n->body, 0));
    const bool goes_in = begin == TERN_NO_ID || tern_value_is_true(g, begin);
    const bool goes_on = next == tern_region_param(g, n->body, 1) || tern_value_is_true(g, next);
    return !(goes_in && goes_on);
}
