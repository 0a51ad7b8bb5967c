/* SPDX-License-Identifier: Apache-2.0
 *
 * fuse-eltwise: an elementwise operator that carries a fused expression becomes one `fused` node,
 * so that the whole chain is one expression and one walk over the tensor.
 *
 *     y = add(x, b) | relu(acc)      becomes      y = fused(x) | (b) add(acc, p0) | relu(acc)
 */
#include "pass/chain.h"
#include "pass/list.h"
#include "pass/rewrite.h"

/* The operand that can be the accumulator: of the result's type; NO_ID: there is none. */
static tern_value_id accumulator(const tern_graph *g, const tern_node *n)
{
    const tern_type *y = &g->values[tern_graph_y(g, n, 0)].type;
    for (int32_t i = 0; i < n->own_count; i++) {
        const tern_value_id x = tern_graph_x(g, n, i);
        if (x != TERN_NO_ID && tern_type_equal(&g->values[x].type, y) &&
            !g->values[x].is_constant) {
            return x;
        }
    }
    return TERN_NO_ID;
}

static tern_status convert(tern_graph *g, tern_node_id id, tern_value_id acc,
                           const tern_chain *chain)
{
    tern_node_id fused;
    TERN_TRY(tern_graph_add_node(
        g,
        &(tern_new_node){.op = TERN_OP_fused, .name = g->nodes[id].name, .x = &acc, .x_count = 1},
        &fused));
    g->nodes[fused].region = g->nodes[id].region;
    TERN_TRY(tern_chain_finish(chain, g, fused));
    g->nodes[fused].origins = g->nodes[id].origins;
    TERN_TRY(tern_graph_infer_node(g, fused));
    return tern_graph_replace(g, tern_graph_y(g, &g->nodes[id], 0),
                              tern_graph_y(g, &g->nodes[fused], 0));
}

static tern_status fuse_eltwise(tern_graph *g, tern_pass_context *c)
{
    const uint32_t node_count = g->node_count;
    for (tern_node_id id = 1; id < node_count; id++) {
        const tern_node *n = &g->nodes[id];
        if (n->op == TERN_OP_NONE || n->epilogue == NULL || tern_node_op(n)->scalar == 0) {
            continue;
        }
        const char *why_not = "";
        const tern_value_id acc = accumulator(g, n);
        const tern_dtype_info *info = tern_dtype_find(g->values[tern_graph_y(g, n, 0)].type.dtype);
        tern_chain chain = {.class_ = info->class_};
        if (acc != TERN_NO_ID &&
            tern_chain_add_scalar(&chain, g, n, acc, !c->options->strict_weights, &why_not) &&
            tern_chain_add_epilogue(&chain, g, n) && tern_pass_may_change(c)) {
            TERN_TRY(convert(g, id, acc, &chain));
        }
    }
    return TERN_OK;
}

const tern_pass tern_pass_fuse_eltwise = {
    .name = "fuse-eltwise",
    .summary = "make chains of elementwise operators one expression",
    .after = TERN_IR_EXPLICIT,
    .run = fuse_eltwise,
};
