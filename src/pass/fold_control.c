/* SPDX-License-Identifier: Apache-2.0
 *
 * fold-control: a branch whose condition is known stands where the `if` stood.
 */
#include "pass/list.h"
#include "pass/rewrite.h"

/* The body that is taken: 0 or 1; -1: not known. */
static int known_branch(const tern_graph *g, const tern_node *n)
{
    const tern_value *go = &g->values[tern_graph_x(g, n, 0)];
    if (!go->content_known || go->content_count != 1 || !tern_dim_known(go->content[0])) {
        return -1;
    }
    return go->content[0] != 0 ? 0 : 1;
}

static tern_status take(tern_graph *g, tern_node_id id, uint32_t branch)
{
    const uint32_t outer = g->nodes[id].region, r = g->nodes[id].body + branch;
    for (tern_node_id k = 1; k < g->node_count; k++) {
        tern_node *n = &g->nodes[k];
        if (n->op != TERN_OP_NONE && n->region == r) {
            n->region = outer;
        }
    }
    for (int32_t i = 0; i < g->nodes[id].y_count; i++) {
        TERN_TRY(
            tern_graph_replace(g, tern_graph_y(g, &g->nodes[id], i), tern_region_result(g, r, i)));
    }
    uint32_t removed;
    return tern_graph_sweep(g, &removed);
}

static tern_status fold_control(tern_graph *g, tern_pass_context *c)
{
    bool changed = false;
    for (tern_node_id id = 1; id < g->node_count; id++) {
        const int branch = g->nodes[id].op == TERN_OP_if ? known_branch(g, &g->nodes[id]) : -1;
        if (branch >= 0 && tern_pass_may_change(c)) {
            TERN_TRY(take(g, id, (uint32_t)branch));
            changed = true;
        }
    }
    /* What came out of the bodies has extents of its own no longer. */
    return changed ? tern_graph_infer(g) : TERN_OK;
}

const tern_pass tern_pass_fold_control = {
    .name = "fold-control",
    .summary = "take branches whose condition is known",
    .after = TERN_IR_EXPLICIT,
    .run = fold_control,
};
