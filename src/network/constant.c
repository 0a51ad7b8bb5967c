/* SPDX-License-Identifier: Apache-2.0
 *
 * Constant layers: shape and weights may be replaced one after the other.  While their counts
 * differ the value has its shape but no bytes, and inference says so; nobody can read past the
 * weights.
 */
#include "network/network.h"

static tern_value *value_of(const tern_layer *layer)
{
    const tern_graph *g = layer->network->graph;
    return tern_graph_value(g, tern_graph_y(g, tern_graph_node(g, layer->node), 0));
}

static bool fits(const tern_type *type, const tern_weights *weights)
{
    int64_t volume = 0;
    return tern_type_volume(type, &volume) && volume == weights->count;
}

void tern_net_constant_adopt(tern_layer *layer)
{
    const tern_value *value = value_of(layer);
    layer->weights = (tern_weights){.dtype = (tern_dtype)value->type.dtype};
    if (value->blob != 0 && tern_type_volume(&value->type, &layer->weights.count)) {
        layer->weights.data = layer->network->graph->blobs[value->blob - 1].data;
    }
}

static tern_status settle(tern_layer *layer, const tern_type *type, const tern_weights *weights)
{
    size_t bytes = 0;
    if (!tern_type_bytes(type, &bytes)) {
        const tern_str name = tern_graph_node(layer->network->graph, layer->node)->name;
        return tern_fail(TERN_BAD_SHAPE, "constant \"%.*s\": its shape is too large",
                         tern_net_shown(name), name.at);
    }
    uint32_t blob = 0;
    TERN_TRY(tern_graph_add_blob(layer->network->graph, fits(type, weights) ? weights->data : NULL,
                                 bytes, false, &blob));
    tern_value *value = value_of(layer);
    value->type = *type;
    value->blob = blob + 1;
    layer->weights = *weights; /* the new blob has moved graph->changes */
    return TERN_OK;
}

tern_status tern_net_constant_set_shape(tern_layer *layer, int32_t rank, const int64_t *dims)
{
    const tern_node *node = tern_graph_node(layer->network->graph, layer->node);
    if (node->op != TERN_OP_constant) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s \"%.*s\": only a constant is given a shape; set attributes or inputs",
                         tern_node_op(node)->name, tern_net_shown(node->name), node->name.at);
    }
    if (rank < 0 || rank > TERN_MAX_RANK) {
        return tern_fail(TERN_BAD_SHAPE, "constant \"%.*s\": rank %d is outside 0..%d",
                         tern_net_shown(node->name), node->name.at, (int)rank, TERN_MAX_RANK);
    }
    for (int32_t axis = 0; axis < rank; axis++) {
        if (dims[axis] < 0) {
            return tern_fail(
                TERN_BAD_SHAPE, "constant \"%.*s\": extent %lld along axis %d is negative",
                tern_net_shown(node->name), node->name.at, (long long)dims[axis], (int)axis);
        }
    }
    const tern_type type = tern_type_make(layer->weights.dtype, rank, dims);
    return settle(layer, &type, &layer->weights);
}

tern_status tern_net_constant_set_weights(tern_layer *layer, const tern_weights *weights)
{
    if (tern_dtype_find((int)weights->dtype) == NULL) {
        const tern_str name = tern_graph_node(layer->network->graph, layer->node)->name;
        return tern_fail(TERN_INVALID_ARGUMENT, "constant \"%.*s\": %d is no element type",
                         tern_net_shown(name), name.at, (int)weights->dtype);
    }
    const tern_type *old = &value_of(layer)->type;
    const tern_type type = tern_type_make(weights->dtype, old->rank, old->dims);
    return settle(layer, &type, weights);
}

tern_status tern_net_constant_check(const tern_layer *layer)
{
    const tern_type *type = &value_of(layer)->type;
    if (fits(type, &layer->weights)) {
        return TERN_OK;
    }
    char dims[TERN_DIMS_TEXT_BYTES];
    const tern_str name = tern_graph_node(layer->network->graph, layer->node)->name;
    return tern_fail(TERN_BAD_SHAPE, "constant \"%.*s\": %lld weights given for the shape %s",
                     tern_net_shown(name), name.at, (long long)layer->weights.count,
                     tern_dims_text(dims, type->rank, type->dims));
}
