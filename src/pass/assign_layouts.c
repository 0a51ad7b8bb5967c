/* SPDX-License-Identifier: Apache-2.0
 *
 * assign-layouts: decides in which layout every value lies and makes the changes between layouts
 * explicit `reorder` nodes; it may do nothing else.  Runs after fusion and before tactics are
 * chosen: a layout here is a promise to them.
 */
#include "pass/list.h"
#include "pass/rewrite.h"

/*
 * The layout a node takes operand i in, and gives its result in.  A blocked layout pays when
 * neighbours share it, which is a decision over the whole graph by measured costs; while no tactic
 * declares one that is chosen, every node is linear, which every operator understands.
 */
static tern_layout wanted_layout(const tern_graph *g, const tern_node *n, int32_t operand)
{
    (void)g;
    (void)n;
    (void)operand;
    return TERN_LAYOUT_LINEAR;
}

static tern_status reorder(tern_graph *g, tern_value_id x, tern_layout layout, tern_value_id *out_y)
{
    const tern_op *op = tern_op_find(TERN_OP_reorder);
    const tern_node *producer = &g->nodes[g->values[x].producer];
    uint64_t attr[32] = {0};
    TERN_ASSERT(op->attr_size <= sizeof attr);
    tern_attr_defaults(op->attrs, attr);
    const tern_attr_field *field = tern_attr_find(op->attrs, "layout", strlen("layout"));
    const tern_attr_value value = {.kind = TERN_ATTR_KIND_ENUM,
                                   .count = 1,
                                   .i = {layout},
                                   .text = tern_layout_name((int)layout)};
    tern_node_id id;
    TERN_TRY(tern_attr_set(field, attr, &value, op->name));
    TERN_TRY(tern_graph_add_node(
        g,
        &(tern_new_node){
            .op = TERN_OP_reorder, .name = producer->name, .attr = attr, .x = &x, .x_count = 1},
        &id));
    g->nodes[id].origins = producer->origins;
    g->nodes[id].region = tern_value_region(g, x);
    TERN_TRY(tern_graph_infer_node(g, id));
    *out_y = tern_graph_y(g, &g->nodes[id], 0);
    g->values[*out_y].type.layout = (uint8_t)layout;
    return TERN_OK;
}

/* One reorder per value and layout: `made` remembers them. */
static tern_status operand_layout(tern_graph *g, tern_pass_context *c, tern_node_id id, int32_t i,
                                  tern_value_id *made)
{
    const tern_value_id x = tern_graph_x(g, &g->nodes[id], i);
    const tern_layout layout = wanted_layout(g, &g->nodes[id], i);
    if (x == TERN_NO_ID || g->values[x].type.layout == (uint8_t)layout) {
        return TERN_OK;
    }
    if (made[x] == TERN_NO_ID) {
        TERN_TRY(reorder(g, x, layout, &made[x]));
        c->changes++;
    }
    return tern_graph_set_operand(g, id, i, made[x]);
}

static tern_status assign_layouts(tern_graph *g, tern_pass_context *c)
{
    const uint32_t node_count = g->node_count;
    tern_value_id *made =
        tern_arena_items(c->scratch, g->value_count, sizeof *made, _Alignof(tern_value_id));
    if (made == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (tern_node_id id = 1; id < node_count; id++) {
        if (g->nodes[id].op == TERN_OP_reorder) {
            continue;
        }
        for (int32_t i = 0; i < g->nodes[id].x_count; i++) {
            TERN_TRY(operand_layout(g, c, id, i, made));
        }
    }
    return TERN_OK;
}

const tern_pass tern_pass_assign_layouts = {
    .name = "assign-layouts",
    .summary = "choose layouts and insert reorders between them",
    .after = TERN_IR_EXPLICIT,
    .run = assign_layouts,
};
