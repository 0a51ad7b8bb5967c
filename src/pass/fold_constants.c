/* SPDX-License-Identifier: Apache-2.0
 *
 * fold-constants: what depends on constants alone is computed now, by the same references that are
 * the oracle of every test; what inference knows element by element (the shape of something
 * static) is written down (ir/fold.c).
 */
#include "ir/fold.h"
#include "pass/list.h"
#include "pass/rewrite.h"

/* Has it a result whose extents depend on data?  They may be known by now. */
static bool depends_on_data(const tern_graph *g, const tern_node *n)
{
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_type *t = &g->values[tern_graph_y(g, n, i)].type;
        for (int32_t d = 0; d < t->rank; d++) {
            if (tern_dim_depends_on_data(&g->dims, t->dims[d])) {
                return true;
            }
        }
    }
    return false;
}

static tern_status fold_node(tern_graph *g, tern_pass_context *c, tern_node_id id)
{
    const tern_fold_limits limits = {.always_bytes = (size_t)1 << 16,
                                     .strict_weights = c->options->strict_weights != 0};
    tern_value_id values[TERN_OP_MAX_OUTPUTS];
    if (g->nodes[id].op != TERN_OP_NONE && depends_on_data(g, &g->nodes[id])) {
        TERN_TRY(tern_graph_infer_node(g, id));
    }
    if (c->rewrites_left != NULL && *c->rewrites_left == 0) {
        return TERN_OK;
    }
    TERN_TRY(tern_graph_fold_node(g, id, &limits, c->scratch, values));
    if (values[0] == TERN_NO_ID) {
        return TERN_OK;
    }
    (void)tern_pass_may_change(c);
    /* What was counted is a number now: so is what follows from it. */
    return tern_node_op(&g->nodes[id])->counts ? tern_graph_infer(g) : TERN_OK;
}

static tern_status fold_constants(tern_graph *g, tern_pass_context *c)
{
    tern_node_id *order;
    uint32_t count;
    TERN_TRY(tern_graph_order(g, c->scratch, &order, &count));
    const tern_arena_mark mark = tern_arena_mark_now(c->scratch);
    for (uint32_t i = 0; i < count; i++) {
        TERN_TRY(fold_node(g, c, order[i]));
        tern_arena_reset(c->scratch, mark);
    }
    return TERN_OK;
}

const tern_pass tern_pass_fold_constants = {
    .name = "fold-constants",
    .summary = "compute what depends on constants alone",
    .after = TERN_IR_EXPLICIT,
    .run = fold_constants,
};
