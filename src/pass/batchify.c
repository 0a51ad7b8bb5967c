/* SPDX-License-Identifier: Apache-2.0
 *
 * batchify: an implicit batch becomes an explicit one.  A symbol N goes in front of every input,
 * operators' attributes are rewritten by their own schema, constants that broadcast get a 1 in
 * front; shapes then follow by inference.  What remains of implicit batch is one bit
 * (was_implicit), by which bindings hide dim 0 from the user.
 */
#include "ir/infer.h"
#include "pass/list.h"
#include "pass/rewrite.h"

static tern_status fail_node(const tern_node *n, const char *what)
{
    char who[160];
    return tern_fail(TERN_UNSUPPORTED, "%s: %s; build the network with explicit batch",
                     tern_node_who(n, who, sizeof who), what);
}

static tern_status widen_inputs(tern_graph *g, tern_dim batch)
{
    for (uint32_t i = 0; i < g->input_count; i++) {
        tern_value *v = &g->values[g->inputs[i]];
        if (v->type.rank >= TERN_MAX_RANK) {
            return tern_fail(
                TERN_BAD_SHAPE,
                "input \"%.*s\" has rank %d and gets a batch in front, at most %d are possible",
                (int)v->name.len, v->name.at, v->type.rank, TERN_MAX_RANK);
        }
        if (v->is_shape_input) {
            return tern_fail(
                TERN_UNSUPPORTED,
                "input \"%.*s\" is a shape tensor; build the network with explicit batch",
                (int)v->name.len, v->name.at);
        }
        if (v->dim_names != NULL) {
            tern_str *names =
                tern_arena_items(&g->arena, TERN_MAX_RANK, sizeof *names, _Alignof(tern_str));
            if (names == NULL) {
                return TERN_OUT_OF_MEMORY;
            }
            memcpy(names + 1, v->dim_names, v->type.rank * sizeof *names);
            names[0] = (tern_str){"", 0};
            v->dim_names = names;
        }
        memmove(&v->type.dims[1], &v->type.dims[0], v->type.rank * sizeof v->type.dims[0]);
        v->type.dims[0] = batch;
        v->type.rank++;
    }
    return TERN_OK;
}

/* The constant with a 1 in front: the same bytes under another type when it is data, else a
 * reshape. */
static tern_status widen_constant(tern_graph *g, tern_value_id x, tern_value_id *out_widened)
{
    const tern_value *v = &g->values[x];
    const tern_node *producer = &g->nodes[v->producer];
    tern_type t = v->type;
    memmove(&t.dims[1], &t.dims[0], t.rank * sizeof t.dims[0]);
    t.dims[0] = 1;
    t.rank++;
    if (v->blob != 0) {
        const tern_str name = producer->name;
        return tern_graph_add_constant(g, name, &t, v->blob - 1, out_widened);
    }
    char buffer[192];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_text_add(&text, "{reshape=[");
    for (int32_t d = 0; d < t.rank; d++) {
        tern_text_add(&text, "%s%lld", d > 0 ? "," : "", (long long)t.dims[d]);
    }
    tern_text_add(&text, "], zero_is_placeholder=false}");
    const tern_op *op = tern_op_find(TERN_OP_shuffle);
    uint64_t attr[64] = {0};
    TERN_ASSERT(op->attr_size <= sizeof attr);
    const char *at = buffer;
    TERN_TRY(tern_attr_parse(op->attrs, attr, &at, buffer + text.len, op->name));
    tern_node_id id;
    TERN_TRY(tern_graph_add_node(
        g,
        &(tern_new_node){
            .op = TERN_OP_shuffle, .name = producer->name, .attr = attr, .x = &x, .x_count = 1},
        &id));
    *out_widened = tern_graph_y(g, &g->nodes[id], 0);
    g->values[*out_widened].type = t;
    g->values[*out_widened].is_constant = 1;
    return TERN_OK;
}

/* Operands and attributes of one node; `widened` remembers the constants that have a 1 in front
 * already. */
static tern_status batchify_node(tern_graph *g, tern_node_id id, const uint8_t *visible_rank,
                                 tern_value_id *widened)
{
    const tern_op *op = tern_node_op(&g->nodes[id]);
    const int32_t count = g->nodes[id].own_count;
    for (int32_t i = 0; i < count; i++) {
        const tern_value_id x = tern_graph_x(g, &g->nodes[id], i);
        if (x == TERN_NO_ID) {
            continue;
        }
        const bool wants = tern_op_wants_batch(op, i), constant = g->values[x].is_constant;
        if (!wants && !constant) {
            return fail_node(
                &g->nodes[id],
                "an operand without a batch must be a constant in an implicit-batch network");
        }
        if (!wants || !constant) {
            continue;
        }
        if (g->values[x].type.rank >= TERN_MAX_RANK) {
            return fail_node(&g->nodes[id],
                             "a constant operand has the largest rank and gets a batch in front");
        }
        if (widened[x] == TERN_NO_ID) {
            TERN_TRY(widen_constant(g, x, &widened[x]));
        }
        TERN_TRY(tern_graph_set_operand(g, id, i, widened[x]));
    }
    char who[160];
    const tern_node *n = &g->nodes[id];
    return tern_node_batchify_attr(op, n->attr, visible_rank[id],
                                   tern_node_who(n, who, sizeof who));
}

/* A node whose operands are constants has no batch. */
static bool has_batch(const tern_graph *g, const tern_node *n)
{
    for (int32_t i = 0; i < n->own_count; i++) {
        const tern_value_id x = tern_graph_x(g, n, i);
        if (x != TERN_NO_ID && !g->values[x].is_constant) {
            return true;
        }
    }
    return false;
}

static tern_status check_outputs(const tern_graph *g)
{
    for (uint32_t i = 0; i < g->output_count; i++) {
        const tern_value *v = &g->values[g->outputs[i]];
        if (v->is_constant) {
            return tern_fail(TERN_UNSUPPORTED,
                             "output \"%.*s\" depends on constants alone and has no batch; build "
                             "the network with "
                             "explicit batch",
                             (int)v->name.len, v->name.at);
        }
    }
    return TERN_OK;
}

static tern_status batchify(tern_graph *g, tern_pass_context *c)
{
    if (g->batch != TERN_BATCH_IS_IMPLICIT) {
        g->batch = TERN_BATCH_IS_EXPLICIT; /* undecided at build is explicit */
        return TERN_OK;
    }
    tern_dim batch;
    TERN_TRY(tern_graph_infer(g)); /* what is constant? */
    TERN_TRY(check_outputs(g));
    TERN_TRY(tern_graph_batch_dim(g, &batch));
    const uint32_t node_count = g->node_count;
    tern_value_id *widened =
        tern_arena_items(c->scratch, g->value_count, sizeof *widened, _Alignof(tern_value_id));
    uint8_t *visible_rank = tern_arena_items(c->scratch, node_count, 1, 1);
    if (widened == NULL || visible_rank == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (tern_node_id id = 1; id < node_count; id++) {
        const tern_node *n = &g->nodes[id];
        visible_rank[id] = n->own_count > 0 ? g->values[tern_graph_x(g, n, 0)].type.rank : 0;
    }
    TERN_TRY(widen_inputs(g, batch));
    for (tern_node_id id = 1; id < node_count; id++) {
        if (g->nodes[id].op != TERN_OP_NONE && has_batch(g, &g->nodes[id])) {
            TERN_TRY(batchify_node(g, id, visible_rank, widened));
        }
    }
    tern_dim_symbol *symbol = &g->dims.symbols[g->dims.exprs[tern_dim_id(batch)].a];
    symbol->low = 1;
    symbol->high = g->max_batch;
    g->batch = TERN_BATCH_IS_EXPLICIT;
    g->was_implicit = 1;
    c->changes++;
    return tern_graph_infer(g);
}

const tern_pass tern_pass_batchify = {
    .name = "batchify",
    .summary = "make an implicit batch explicit",
    .run = batchify,
};
