/* SPDX-License-Identifier: Apache-2.0
 *
 * place-values: whatever dims, shape operands and counts need lives on the host, backwards to
 * inputs, shape nodes and constants.  Elements that inference knows as expressions of input
 * extents need no node at run time: those become elided unless somebody reads them as data.
 *
 *     s = shape(x)        elided: [N,4] is known
 *     t = gather(s, i)    elided
 *     k = max(input, 3)   host: read before the device work
 *     h = topk(..., k)    device
 */
#include "pass/list.h"
#include "pass/rewrite.h"

static bool is_shape_operand(const tern_op *op, int32_t i)
{
    return i < 32 && ((op->shape_operands >> i) & 1u) != 0;
}

/* What a node's users want of it; in reverse order every user has been seen. */
typedef struct wants {
    uint8_t *run;  /* by node: its results are read as data */
    uint8_t *host; /* by node: it runs on the host */
} wants;

static void want_operands(tern_graph *g, const tern_node *n, bool on_host, const wants *w)
{
    const tern_op *op = tern_node_op(n);
    for (int32_t i = 0; i < n->x_count; i++) {
        const tern_value_id id = tern_graph_x(g, n, i);
        if (id == TERN_NO_ID) {
            continue;
        }
        tern_value *v = &g->values[id];
        const bool is_shape = i < n->own_count && is_shape_operand(op, i);
        const bool reads_dims_only = n->op == TERN_OP_shape;
        const bool reads_data = !reads_dims_only && !(is_shape && v->content_known);
        if (is_shape || (on_host && !reads_dims_only)) {
            v->place = TERN_PLACE_HOST;
            w->host[v->producer] = 1;
        }
        w->run[v->producer] |= reads_data && !n->is_elided ? 1 : 0;
    }
}

static void place_node(tern_graph *g, tern_node_id id, const wants *w)
{
    tern_node *n = &g->nodes[id];
    bool runs = w->run[id] != 0, known = true;
    for (int32_t i = 0; i < n->y_count; i++) {
        const tern_value *v = &g->values[tern_graph_y(g, n, i)];
        runs = runs || v->is_output;
        known = known && v->content_known;
    }
    /* Control flow and what is in it stays in order among the device's steps. */
    const bool on_host =
        (w->host[id] != 0 || n->op == TERN_OP_shape) && n->region == 0 && n->body_count == 0;
    n->place = on_host ? TERN_PLACE_HOST : TERN_PLACE_DEVICE;
    n->is_elided = !runs && known && n->op != TERN_OP_constant;
    for (int32_t i = 0; i < n->y_count; i++) {
        g->values[tern_graph_y(g, n, i)].place = n->place;
    }
    if (!n->is_elided || on_host) { /* a chain of elided nodes lives on the host as a whole */
        want_operands(g, n, on_host, w);
    }
}

static tern_status place_values(tern_graph *g, tern_pass_context *c)
{
    tern_node_id *order;
    uint32_t count;
    TERN_TRY(tern_graph_order(g, c->scratch, &order, &count));
    const wants w = {tern_arena_items(c->scratch, g->node_count, 1, 1),
                     tern_arena_items(c->scratch, g->node_count, 1, 1)};
    if (w.run == NULL || w.host == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < g->input_count; i++) {
        tern_value *v = &g->values[g->inputs[i]];
        v->place = v->is_shape_input ? TERN_PLACE_HOST : TERN_PLACE_DEVICE;
    }
    for (uint32_t r = 1; r < g->region_count; r++) { /* what bodies give is read by their owners */
        for (uint32_t i = 0; i < g->regions[r].result_count; i++) {
            w.run[g->values[tern_region_result(g, r, (int32_t)i)].producer] = 1;
        }
    }
    for (uint32_t i = count; i-- > 0;) {
        place_node(g, order[i], &w);
    }
    return TERN_OK;
}

const tern_pass tern_pass_place_values = {
    .name = "place-values",
    .summary = "mark what lives on the host, and shape arithmetic that needs no step",
    .after = TERN_IR_EXPLICIT,
    .run = place_values,
};
