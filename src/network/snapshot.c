/* SPDX-License-Identifier: Apache-2.0
 *
 * The snapshot a build takes of a network: a clone of the graph with the output types that were
 * asked for made real by casts, and with everything checked that only a finished network can
 * promise.
 */
#include "network/network.h"

static tern_status check_names(const tern_graph *g)
{
    for (uint32_t i = 0; i < g->input_count + g->output_count; i++) {
        const tern_value_id id = i < g->input_count ? g->inputs[i] : g->outputs[i - g->input_count];
        const tern_str name = tern_graph_value(g, id)->name;
        if (name.len == 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "network \"%.*s\": an %s has no name",
                             tern_net_shown(g->name), g->name.at,
                             i < g->input_count ? "input" : "output");
        }
        for (uint32_t k = 0; k < i; k++) {
            const tern_value_id other =
                k < g->input_count ? g->inputs[k] : g->outputs[k - g->input_count];
            if (tern_str_equal(name, tern_graph_value(g, other)->name)) {
                return tern_fail(TERN_INVALID_ARGUMENT,
                                 "network \"%.*s\": two inputs or outputs have the name \"%.*s\"",
                                 tern_net_shown(g->name), g->name.at, tern_net_shown(name),
                                 name.at);
            }
        }
    }
    return TERN_OK;
}

static tern_status check_finished(const tern_network *net)
{
    const tern_graph *g = net->graph;
    if (g->output_count == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "network \"%.*s\": has no outputs; mark at least one tensor as output",
                         tern_net_shown(g->name), g->name.at);
    }
    for (uint32_t i = 0; i < g->input_count; i++) {
        const tern_value *value = tern_graph_value(g, g->inputs[i]);
        if (g->batch == TERN_BATCH_IS_IMPLICIT && !tern_type_is_static(&value->type)) {
            return tern_fail(TERN_BAD_SHAPE,
                             "input \"%.*s\": has an extent that varies, which an implicit-batch "
                             "network cannot; "
                             "create the network with an explicit batch",
                             tern_net_shown(value->name), value->name.at);
        }
    }
    return check_names(g);
}

tern_status tern_net_cast_attr(tern_graph *g, tern_dtype dtype, void **out_attr)
{
    const tern_op *cast = tern_op_find(TERN_OP_cast);
    const tern_attr_field *field = tern_attr_find(cast->attrs, "to", strlen("to"));
    *out_attr = tern_arena_zero(&g->arena, cast->attr_size, _Alignof(max_align_t));
    if (*out_attr == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_attr_defaults(cast->attrs, *out_attr);
    const tern_attr_value value = {
        .kind = TERN_ATTR_KIND_DTYPE, .count = 1, .text = tern_dtype_name(dtype)};
    return tern_attr_set(field, *out_attr, &value, "cast");
}

/* A cast behind result i; users and outputs see the cast's result. */
static tern_status add_cast(tern_graph *g, tern_node_id node_id, int32_t i, tern_dtype dtype)
{
    void *attr = NULL;
    TERN_TRY(tern_net_cast_attr(g, dtype, &attr));
    const tern_value_id raw = tern_graph_y(g, tern_graph_node(g, node_id), i);
    const tern_str name = tern_graph_node(g, node_id)->name;
    tern_node_id made = TERN_NO_ID;
    TERN_TRY(tern_graph_add_node(
        g,
        &(tern_new_node){.op = TERN_OP_cast, .name = name, .attr = attr, .x = &raw, .x_count = 1},
        &made));
    const tern_value_id result = tern_graph_y(g, tern_graph_node(g, made), 0);
    TERN_TRY(tern_graph_replace(g, raw, result));
    return tern_graph_set_operand(g, made, 0, raw); /* replace took the cast's own operand along */
}

static tern_status apply_output_types(const tern_network *net, tern_graph *g)
{
    for (size_t k = 0; k < net->layer_count; k++) {
        const tern_layer *layer = net->layers[k];
        const tern_node *node = tern_graph_node(g, layer->node);
        const int32_t count =
            node->y_count < TERN_OP_MAX_OUTPUTS ? node->y_count : TERN_OP_MAX_OUTPUTS;
        if (node->op == TERN_OP_constant) { /* the cast reads it as it was given */
            tern_graph_value(g, tern_graph_y(g, node, 0))->type.dtype =
                (uint8_t)layer->weights.dtype;
        }
        for (int32_t i = 0; i < count; i++) {
            if (layer->output_dtype[i] != 0) {
                TERN_TRY(add_cast(g, layer->node, i, (tern_dtype)layer->output_dtype[i]));
            }
        }
    }
    return TERN_OK;
}

/* Optional operands that were never given do not reach the passes. */
static void trim_operands(tern_graph *g)
{
    for (uint32_t id = 1; id < g->node_count; id++) {
        tern_node *node = tern_graph_node(g, id);
        const tern_op *op = tern_node_op(node);
        while (op != NULL && node->own_count > op->arity.in_min &&
               node->own_count == node->x_count &&
               tern_graph_x(g, node, node->own_count - 1) == TERN_NO_ID) {
            node->own_count--;
            node->x_count--;
        }
    }
    g->changes++;
}

tern_status tern_net_snapshot(tern_network *net, tern_graph **out_graph)
{
    *out_graph = NULL;
    TERN_TRY(tern_net_infer(net));
    if (net->graph->batch == TERN_BATCH_DECIDE_LATER) {
        TERN_TRY(
            tern_net_decide_batch(net, TERN_BATCH_IS_EXPLICIT, "no layer needed an implicit one"));
        TERN_TRY(tern_net_infer(net));
    }
    TERN_TRY(check_finished(net));
    tern_graph *g = NULL;
    TERN_TRY(tern_graph_clone(net->graph, &g));
    trim_operands(g);
    tern_status status = tern_net_apply_ranges(net, g);
    if (status == TERN_OK) {
        status = apply_output_types(net, g);
    }
    if (status == TERN_OK) {
        status = tern_graph_infer(g);
    }
    if (status != TERN_OK) {
        tern_graph_destroy(g);
        return status;
    }
    *out_graph = g;
    return TERN_OK;
}
