/* SPDX-License-Identifier: Apache-2.0
 *
 * fuse-epilogues: elementwise operators behind a convolution, a product or another elementwise
 * operator become a fused expression of it: bias, residual, activation, clip.  The intermediate
 * results are never written.
 *
 *     c = conv(x, w); d = add(c, r); y = relu(d)
 *     becomes  y = conv(x, w) | (r) add(acc, p0) | relu(acc)
 */
#include "pass/chain.h"
#include "pass/list.h"
#include "pass/rewrite.h"

/* Products know operands that are one number, one number per channel, or as large as the result. */
static bool operand_fits(const tern_type *x, const tern_type *y, int32_t channel)
{
    bool is_scalar = true, is_channel = true, is_full = true,
         broadcasts = x->dtype == y->dtype && x->rank == y->rank;
    for (int32_t d = 0; broadcasts && d < y->rank; d++) {
        broadcasts = x->dims[d] == 1 || x->dims[d] == y->dims[d];
        is_scalar = is_scalar && x->dims[d] == 1;
        is_channel = is_channel && x->dims[d] == (d == channel ? y->dims[d] : 1);
        is_full = is_full && x->dims[d] == y->dims[d];
    }
    return broadcasts && (channel < 0 || is_scalar || is_channel || is_full);
}

/* The one node that uses `y`, or NULL: none, several, or the user of the network sees it. */
static const tern_node *only_user(const tern_graph *g, const tern_uses *uses, tern_value_id y,
                                  tern_node_id *out_id)
{
    const uint32_t first = uses->first[y], end = uses->first[y + 1];
    if (g->values[y].is_output || first == end) {
        return NULL;
    }
    for (uint32_t u = first; u < end; u++) {
        if (uses->users[u] != uses->users[first]) {
            return NULL;
        }
    }
    *out_id = uses->users[first];
    return &g->nodes[*out_id];
}

static bool may_join(const tern_graph *g, const tern_node *n, const tern_node *user,
                     const char **why_not)
{
    const tern_type *y = &g->values[tern_graph_y(g, n, 0)].type;
    if (tern_node_op(user)->scalar == 0 || user->y_count != 1) {
        return tern_refuse(why_not, "its user is not elementwise");
    }
    if (user->region != n->region) {
        return tern_refuse(why_not, "its user is in another body");
    }
    if (!tern_type_equal(y, &g->values[tern_graph_y(g, user, 0)].type)) {
        return tern_refuse(why_not, "its user changes the type or the shape");
    }
    if (g->values[tern_graph_y(g, user, 0)].content_known) {
        return tern_refuse(why_not, "its user computes a shape");
    }
    const int32_t channel = tern_channel_axis(g, n);
    for (int32_t i = 0; i < user->x_count; i++) {
        const tern_value_id x = tern_graph_x(g, user, i);
        if (i >= user->own_count && x == tern_graph_y(g, n, 0)) {
            return tern_refuse(why_not, "its user reads it behind the start of its own expression");
        }
        if (x == TERN_NO_ID || !operand_fits(&g->values[x].type, y, channel)) {
            return tern_refuse(why_not, "an operand of its user does not broadcast as tiles can");
        }
    }
    return true;
}

static void log_refusal(const tern_pass_context *c, const tern_node *n, const char *why_not)
{
    char who[160];
    if (tern_log_wants(c->options->logger, TERN_SEVERITY_DETAIL, "pass")) {
        tern_log(c->options->logger, TERN_SEVERITY_DETAIL, "pass", "%s: nothing fused: %s",
                 tern_node_who(n, who, sizeof who), why_not);
    }
}

/* The node takes over its user's work, result and names. */
static tern_status join(tern_graph *g, tern_node_id id, tern_node_id user_id,
                        const tern_chain *chain)
{
    TERN_TRY(tern_chain_finish(chain, g, id));
    tern_node *n = &g->nodes[id];
    const tern_node *user = &g->nodes[user_id];
    TERN_TRY(tern_origins_join(g, n->origins, user->origins, &n->origins));
    const tern_value_id y = tern_graph_y(g, n, 0);
    g->values[y].name = (tern_str){"", 0}; /* the value is the user's now */
    TERN_TRY(tern_graph_replace(g, tern_graph_y(g, user, 0), y));
    uint32_t removed;
    return tern_graph_sweep(g, &removed);
}

/* Fuses the user of node `id` into it; *out_done: nothing (more) to fuse. */
static tern_status fuse_one(tern_graph *g, tern_pass_context *c, tern_node_id id, bool *out_done)
{
    *out_done = true;
    const tern_node *n = &g->nodes[id];
    if (n->op == TERN_OP_NONE || !tern_node_op(n)->epilogue || n->y_count != 1) {
        return TERN_OK;
    }
    tern_uses uses;
    TERN_TRY(tern_graph_uses(g, c->scratch, &uses));
    const tern_value_id y = tern_graph_y(g, n, 0);
    const char *why_not = "";
    tern_node_id user_id = TERN_NO_ID;
    const tern_node *user = only_user(g, &uses, y, &user_id);
    const tern_dtype_info *info = tern_dtype_find(g->values[y].type.dtype);
    if (user == NULL || info == NULL) {
        return TERN_OK;
    }
    tern_chain chain = {.class_ = info->class_};
    const bool fits =
        may_join(g, n, user, &why_not) && tern_chain_add_epilogue(&chain, g, n) &&
        tern_chain_add_scalar(&chain, g, user, y, !c->options->strict_weights, &why_not) &&
        tern_chain_add_epilogue(&chain, g, user);
    if (!fits) {
        log_refusal(c, n, why_not);
        return TERN_OK;
    }
    if (!tern_pass_may_change(c)) {
        return TERN_OK;
    }
    *out_done = false;
    return join(g, id, user_id, &chain);
}

static tern_status fuse_all(tern_graph *g, tern_pass_context *c)
{
    tern_node_id *order;
    uint32_t count;
    TERN_TRY(tern_graph_order(g, c->scratch, &order, &count));
    const tern_arena_mark mark = tern_arena_mark_now(c->scratch);
    for (uint32_t i = 0; i < count; i++) {
        for (bool done = false; !done;) {
            TERN_TRY(fuse_one(g, c, order[i], &done));
            tern_arena_reset(c->scratch, mark);
        }
    }
    return TERN_OK;
}

const tern_pass tern_pass_fuse_epilogues = {
    .name = "fuse-epilogues",
    .summary = "merge elementwise operators into the node that feeds them",
    .after = TERN_IR_EXPLICIT,
    .run = fuse_all,
};
