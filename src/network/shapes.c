/* SPDX-License-Identifier: Apache-2.0
 *
 * Lazy shape inference over a network: which inputs are shape tensors, whether a layer decides that
 * the batch is implicit, then every layer in order.  A layer that cannot be inferred leaves its
 * results without a type, layers behind it are passed over, and the first reason is kept.
 */
#include "network/network.h"

/* Marks the values whose elements somebody needs to know before running, backwards from shape
   operands. */
static void mark_needed(const tern_graph *g, const tern_node_id *order, uint32_t count,
                        uint8_t *needed)
{
    for (uint32_t i = count; i-- > 0;) {
        const tern_node *node = tern_graph_node(g, order[i]);
        const tern_op *op = tern_node_op(node);
        bool result_needed = false;
        for (int32_t k = 0; k < node->y_count; k++) {
            result_needed |= needed[tern_graph_y(g, node, k)] != 0;
        }
        for (int32_t k = 0; k < node->x_count; k++) {
            const bool is_shape = k < 32 && (op->shape_operands & (1u << k)) != 0;
            if (is_shape || (result_needed && node->op != TERN_OP_shape)) {
                needed[tern_graph_x(g, node, k)] = 1;
            }
        }
    }
}

static tern_status mark_shape_inputs(tern_graph *g, const tern_node_id *order, uint32_t count,
                                     tern_arena *scratch)
{
    uint8_t *needed = tern_arena_items(scratch, g->value_count + 1u, 1, 1);
    if (needed == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    mark_needed(g, order, count, needed);
    for (uint32_t i = 0; i < g->input_count; i++) {
        tern_value *value = tern_graph_value(g, g->inputs[i]);
        if (needed[g->inputs[i]] && !value->is_shape_input) {
            TERN_TRY(tern_graph_offer_shape_input(g, g->inputs[i]));
        } else if (!needed[g->inputs[i]] && value->is_shape_input) {
            value->is_shape_input = 0;
            value->content_known = 0;
        }
    }
    return TERN_OK;
}

/* A layer that has spatial axes, on an input one axis too short for them: only an implicit batch
   can mean that. */
static bool needs_implicit_batch(const tern_graph *g, const tern_node *node)
{
    const tern_value_id x = node->x_count > 0 ? tern_graph_x(g, node, 0) : TERN_NO_ID;
    if (x == TERN_NO_ID || tern_graph_value(g, x)->type.dtype == 0) {
        return false;
    }
    const int32_t rank = tern_graph_value(g, x)->type.rank;
    if (node->op == TERN_OP_fully_connected) {
        return rank == 3;
    }
    if (node->op != TERN_OP_conv && node->op != TERN_OP_deconv && node->op != TERN_OP_pool) {
        return false;
    }
    const tern_attr_field *field =
        tern_attr_find(tern_node_op(node)->attrs, "kernel", strlen("kernel"));
    tern_attr_value kernel;
    tern_attr_get(field, node->attr, &kernel);
    return kernel.count > 0 && rank == kernel.count + 1;
}

/* Layers are in the order of their nodes. */
static tern_layer *layer_of(const tern_network *net, tern_node_id node)
{
    size_t low = 0;
    size_t high = net->layer_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (net->layers[middle]->node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < net->layer_count && net->layers[low]->node == node ? net->layers[low] : NULL;
}

/* Infers on a copy of the attributes, which is kept for whoever asks what they came to. */
static tern_status infer_layer(tern_network *net, tern_node_id id)
{
    tern_graph *g = net->graph;
    tern_layer *layer = layer_of(net, id);
    const size_t size = tern_node_op(tern_graph_node(g, id))->attr_size;
    void *const set = tern_graph_node(g, id)->attr;
    if (layer != NULL && tern_graph_node(g, id)->op == TERN_OP_constant) {
        TERN_TRY(tern_net_constant_check(layer));
    }
    if (layer == NULL || set == NULL || size == 0) {
        return tern_graph_infer_node(g, id);
    }
    if (layer->resolved_size < size) {
        layer->resolved = tern_arena_zero(&g->arena, size, _Alignof(max_align_t));
        layer->resolved_size = layer->resolved != NULL ? size : 0;
        if (layer->resolved == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    memcpy(layer->resolved, set, size);
    tern_graph_node(g, id)->attr = layer->resolved;
    const tern_status status = tern_graph_infer_node(g, id);
    tern_graph_node(g, id)->attr = set;
    layer->is_resolved = status == TERN_OK;
    return status;
}

/* The types a user asked for stand in place of the inferred ones; the snapshot puts the casts in.
   */
static void apply_output_types(tern_network *net, tern_node_id id)
{
    const tern_layer *layer = layer_of(net, id);
    const tern_node *node = tern_graph_node(net->graph, id);
    for (int32_t i = 0; layer != NULL && i < node->y_count && i < TERN_OP_MAX_OUTPUTS; i++) {
        if (layer->output_dtype[i] != 0) {
            tern_graph_value(net->graph, tern_graph_y(net->graph, node, i))->type.dtype =
                (uint8_t)layer->output_dtype[i];
        }
    }
}

static bool operands_known(const tern_graph *g, const tern_node *node)
{
    for (int32_t i = 0; i < node->x_count; i++) {
        const tern_value_id x = tern_graph_x(g, node, i);
        if (x != TERN_NO_ID && tern_graph_value(g, x)->type.dtype == 0) {
            return false;
        }
    }
    return true;
}

/* A constant keeps its shape, and its element type is its weights' again. */
static void forget_results(const tern_graph *g, const tern_node *node, const tern_layer *layer)
{
    for (int32_t i = 0; i < node->y_count; i++) {
        tern_value *value = tern_graph_value(g, tern_graph_y(g, node, i));
        if (node->op != TERN_OP_constant) {
            value->type.dtype = 0;
            value->content_known = 0;
        } else if (layer != NULL) {
            value->type.dtype = (uint8_t)layer->weights.dtype;
        }
    }
}

static void keep_problem(tern_network *net)
{
    if (net->problem.status == TERN_OK) {
        net->problem = *tern_error_last();
    }
}

/* One walk; sets *out_again when a layer decided the batch, so that all shapes have to be inferred
   anew. */
static tern_status walk(tern_network *net, const tern_node_id *order, uint32_t count,
                        bool *out_again)
{
    tern_graph *g = net->graph;
    for (uint32_t i = 0; i < count; i++) {
        tern_node *node = tern_graph_node(g, order[i]);
        tern_layer *layer = layer_of(net, order[i]);
        if (layer != NULL) {
            layer->is_resolved = false;
        }
        forget_results(g, node, layer);
        if (!operands_known(g, node)) {
            continue;
        }
        if (g->batch == TERN_BATCH_DECIDE_LATER && needs_implicit_batch(g, node)) {
            char who[160];
            TERN_TRY(tern_net_decide_batch(net, TERN_BATCH_IS_IMPLICIT,
                                           tern_node_who(node, who, sizeof who)));
            *out_again = true;
            return TERN_OK;
        }
        const tern_status status = infer_layer(net, order[i]);
        if (status == TERN_OUT_OF_MEMORY) {
            return status;
        }
        if (status != TERN_OK) {
            keep_problem(net);
            forget_results(g, node, layer);
            continue;
        }
        apply_output_types(net, order[i]);
    }
    return TERN_OK;
}

static tern_status infer_all(tern_network *net, tern_arena *scratch)
{
    bool again = true;
    while (again) {
        again = false;
        net->problem.status = TERN_OK;
        tern_node_id *order = NULL;
        uint32_t count = 0;
        const tern_status status = tern_graph_order(net->graph, scratch, &order, &count);
        if (status == TERN_OUT_OF_MEMORY) {
            return status;
        }
        if (status != TERN_OK) {
            keep_problem(net); /* a cycle: nothing behind it has a shape */
            return TERN_OK;
        }
        TERN_TRY(mark_shape_inputs(net->graph, order, count, scratch));
        TERN_TRY(walk(net, order, count, &again));
    }
    return TERN_OK;
}

tern_status tern_net_infer(tern_network *net)
{
    if (net->inferred_at != net->graph->changes || net->inferred_at == 0) {
        tern_arena scratch;
        tern_arena_init(&scratch, net->allocator);
        const tern_status status = infer_all(net, &scratch);
        tern_arena_destroy(&scratch);
        TERN_TRY(status);
        net->inferred_at = net->graph->changes;
    }
    if (net->problem.status != TERN_OK) {
        tern_error_set(&net->problem);
    }
    return net->problem.status;
}
