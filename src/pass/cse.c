/* SPDX-License-Identifier: Apache-2.0
 *
 * cse: of nodes that compute the same from the same values one is enough.  Every operator is a
 * pure function, so equal operator, attributes, operands and expression mean equal results;
 * constants are equal when their bytes are.
 */
#include "base/hash.h"
#include "pass/list.h"
#include "pass/rewrite.h"

static uint64_t hash_constant(const tern_graph *g, const tern_value *v)
{
    const tern_blob *b = &g->blobs[v->blob - 1];
    const uint64_t h = tern_hash(&v->type, sizeof v->type, b->bytes);
    return b->data != NULL ? tern_hash(b->data, b->bytes, h) : h;
}

static uint64_t hash_node(const tern_graph *g, const tern_node *n)
{
    if (n->op == TERN_OP_constant) {
        return hash_constant(g, &g->values[tern_graph_y(g, n, 0)]);
    }
    return tern_hash(&g->operands[n->x_first], n->x_count * sizeof g->operands[0], n->op);
}

static bool same_constant(const tern_graph *g, const tern_value *a, const tern_value *b,
                          bool strict)
{
    const tern_blob *p = &g->blobs[a->blob - 1], *q = &g->blobs[b->blob - 1];
    if (!tern_type_equal(&a->type, &b->type)) {
        return false;
    }
    if (a->blob == b->blob) {
        return true;
    }
    return !strict && p->data != NULL && q->data != NULL && p->bytes == q->bytes &&
           memcmp(p->data, q->data, p->bytes) == 0;
}

static bool same_expression(const tern_expr *a, const tern_expr *b)
{
    return a == b || (a != NULL && b != NULL && memcmp(a, b, sizeof *a) == 0);
}

static bool same_node(const tern_graph *g, const tern_node *a, const tern_node *b, bool strict)
{
    if (a->op != b->op || a->x_count != b->x_count || a->own_count != b->own_count ||
        a->y_count != b->y_count || a->region != b->region || a->body_count > 0 ||
        a->y_count == 0) {
        return false;
    }
    const tern_value *first = &g->values[tern_graph_y(g, a, 0)],
                     *second = &g->values[tern_graph_y(g, b, 0)];
    if (a->op == TERN_OP_constant) {
        return same_constant(g, first, second, strict);
    }
    const tern_op *op = tern_node_op(a);
    return memcmp(&g->operands[a->x_first], &g->operands[b->x_first],
                  a->x_count * sizeof g->operands[0]) == 0 &&
           (op->attrs == NULL || tern_attr_equal(op->attrs, a->attr, b->attr)) &&
           same_expression(a->epilogue, b->epilogue) &&
           tern_type_equal(&first->type, &second->type);
}

/* Two outputs keep two values: each has its own name and buffer. */
static bool both_outputs(const tern_graph *g, const tern_node *a, const tern_node *b)
{
    for (int32_t i = 0; i < a->y_count; i++) {
        if (g->values[tern_graph_y(g, a, i)].is_output &&
            g->values[tern_graph_y(g, b, i)].is_output) {
            return true;
        }
    }
    return false;
}

static tern_status merge(tern_graph *g, tern_node_id kept, tern_node_id gone)
{
    tern_node *k = &g->nodes[kept];
    TERN_TRY(tern_origins_join(g, k->origins, g->nodes[gone].origins, &k->origins));
    for (int32_t i = 0; i < g->nodes[gone].y_count; i++) {
        TERN_TRY(tern_graph_replace(g, tern_graph_y(g, &g->nodes[gone], i),
                                    tern_graph_y(g, &g->nodes[kept], i)));
    }
    return TERN_OK;
}

static tern_status cse(tern_graph *g, tern_pass_context *c)
{
    tern_node_id *order;
    uint32_t count;
    TERN_TRY(tern_graph_order(g, c->scratch, &order, &count));
    size_t capacity = 64;
    while (capacity < 2 * (size_t)count) {
        capacity *= 2;
    }
    tern_node_id *table =
        tern_arena_items(c->scratch, capacity, sizeof *table, _Alignof(tern_node_id));
    if (table == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        const tern_node *n = &g->nodes[order[i]];
        size_t at = (size_t)hash_node(g, n) & (capacity - 1);
        while (table[at] != TERN_NO_ID &&
               !same_node(g, &g->nodes[table[at]], n, c->options->strict_weights != 0)) {
            at = (at + 1) & (capacity - 1);
        }
        if (table[at] == TERN_NO_ID) {
            table[at] = order[i];
        } else if (!both_outputs(g, &g->nodes[table[at]], n) && tern_pass_may_change(c)) {
            TERN_TRY(merge(g, table[at], order[i]));
        }
    }
    return TERN_OK;
}

const tern_pass tern_pass_cse = {
    .name = "cse",
    .summary = "merge nodes that compute the same",
    .after = TERN_IR_EXPLICIT,
    .run = cse,
};
