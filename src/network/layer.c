/* SPDX-License-Identifier: Apache-2.0
 *
 * Layers: attributes, operands and weights of a node, changed in place.  Every edit moves
 * graph->changes, which is all it takes to have shapes inferred again.
 */
#include "network/network.h"

static tern_node *node_of(const tern_layer *layer)
{
    return tern_graph_node(layer->network->graph, layer->node);
}

static void touch(const tern_layer *layer)
{
    layer->network->graph->changes++;
}

const tern_op *tern_net_layer_op(const tern_layer *layer)
{
    return tern_node_op(node_of(layer));
}

tern_status tern_net_layer_set_op(tern_layer *layer, const tern_op *op)
{
    tern_node *node = node_of(layer);
    const tern_op *old = tern_node_op(node);
    if (op == old) {
        return TERN_OK;
    }
    if (op->scalar == 0 || old->scalar == 0 || op->arity.in_min != old->arity.in_min) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "layer \"%.*s\": %s cannot become %s; only elementwise operators of as "
                         "many inputs can change",
                         tern_net_shown(node->name), node->name.at, old->name, op->name);
    }
    if (op->attr_size != old->attr_size) { /* alpha and beta stay where both have them */
        void *attr = NULL;
        if (op->attr_size > 0) {
            attr = tern_arena_zero(&layer->network->graph->arena, op->attr_size,
                                   _Alignof(max_align_t));
            if (attr == NULL) {
                return TERN_OUT_OF_MEMORY;
            }
            tern_attr_defaults(op->attrs, attr);
        }
        node->attr = attr;
    }
    node->op = tern_op_id_of(op);
    touch(layer);
    return TERN_OK;
}

/* "<layer>_output" names move along with the layer's name. */
static tern_status rename_outputs(tern_network *net, const tern_node *node, tern_str old,
                                  tern_str name)
{
    for (int32_t i = 0; i < node->y_count; i++) {
        tern_value *value = tern_graph_value(net->graph, tern_graph_y(net->graph, node, i));
        const tern_str tail = {value->name.at + old.len, value->name.len - old.len};
        if (value->name.len < old.len || memcmp(value->name.at, old.at, old.len) != 0 ||
            !tern_str_starts(tail, "_output")) {
            continue;
        }
        const char *text = tern_arena_printf(&net->graph->arena, "%.*s%.*s", (int)name.len, name.at,
                                             (int)tail.len, tail.at);
        if (text == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        value->name = tern_str_of(text);
    }
    return TERN_OK;
}

tern_status tern_net_layer_set_name(tern_layer *layer, const char *name)
{
    tern_network *net = layer->network;
    tern_node *node = node_of(layer);
    const char *copy = tern_arena_strdup(&net->graph->arena, name);
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    const tern_str old = node->name;
    node->name = tern_str_of(copy);
    node->origins = node->name;
    return rename_outputs(net, node, old, node->name);
}

int32_t tern_net_layer_input_count(const tern_layer *layer)
{
    const tern_node *node = node_of(layer);
    int32_t count = node->x_count;
    while (count > 0) {
        const bool by_weights = count <= 32 && (layer->weight_operands & (1u << (count - 1))) != 0;
        if (!by_weights && tern_graph_x(layer->network->graph, node, count - 1) != TERN_NO_ID) {
            break;
        }
        count--;
    }
    return count;
}

tern_status tern_net_layer_set_input(tern_layer *layer, int32_t index, tern_tensor *tensor)
{
    const tern_node *node = node_of(layer);
    if (index < 0 || index >= node->x_count) {
        return tern_fail(TERN_INVALID_ARGUMENT, "layer \"%.*s\": input %d is outside 0..%d",
                         tern_net_shown(node->name), node->name.at, (int)index,
                         (int)node->x_count - 1);
    }
    if (tensor != NULL && tensor->network != layer->network) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "layer \"%.*s\": input %d belongs to another network",
                         tern_net_shown(node->name), node->name.at, (int)index);
    }
    TERN_TRY(tern_graph_set_operand(layer->network->graph, layer->node, index,
                                    tensor != NULL ? tensor->value : TERN_NO_ID));
    if (index < 32) {
        layer->weight_operands &= ~(1u << index);
    }
    touch(layer);
    return TERN_OK;
}

static tern_status find_field(const tern_layer *layer, const char *name,
                              const tern_attr_field **out_field)
{
    const tern_op *op = tern_net_layer_op(layer);
    *out_field = op->attrs != NULL ? tern_attr_find(op->attrs, name, strlen(name)) : NULL;
    if (*out_field == NULL) {
        const tern_node *node = node_of(layer);
        return tern_fail(TERN_INVALID_ARGUMENT, "%s \"%.*s\": has no attribute \"%s\"", op->name,
                         tern_net_shown(node->name), node->name.at, name);
    }
    return TERN_OK;
}

tern_status tern_net_layer_set_attr(tern_layer *layer, const char *name,
                                    const tern_attr_value *value)
{
    const tern_attr_field *field = NULL;
    TERN_TRY(find_field(layer, name, &field));
    char who[160];
    tern_node *node = node_of(layer);
    TERN_TRY(tern_attr_set(field, node->attr, value, tern_node_who(node, who, sizeof who)));
    touch(layer);
    return TERN_OK;
}

tern_status tern_net_layer_get_attr(const tern_layer *layer, const char *name,
                                    tern_attr_value *out_value)
{
    const tern_attr_field *field = NULL;
    TERN_TRY(find_field(layer, name, &field));
    const bool is_current =
        layer->is_resolved && layer->network->inferred_at == layer->network->graph->changes;
    tern_attr_get(field, is_current ? layer->resolved : node_of(layer)->attr, out_value);
    return TERN_OK;
}

/* The operand that carries the weights called `name`. */
static tern_status find_weights(const tern_layer *layer, const char *name, int32_t *out_operand)
{
    const tern_op *op = tern_net_layer_op(layer);
    for (int32_t i = 0; op->input_names != NULL && op->input_names[i] != NULL; i++) {
        if (i > 0 && strcmp(op->input_names[i], name) == 0 && i < node_of(layer)->x_count) {
            *out_operand = i;
            return TERN_OK;
        }
    }
    const tern_node *node = node_of(layer);
    return tern_fail(TERN_INVALID_ARGUMENT, "%s \"%.*s\": has no weights \"%s\"", op->name,
                     tern_net_shown(node->name), node->name.at, name);
}

static tern_status check_weights(tern_str who, const char *name, const tern_weights *weights,
                                 size_t *out_bytes)
{
    *out_bytes = 0;
    if (weights->count < 0 || (weights->count > 0 && weights->data == NULL)) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "layer \"%.*s\": weights \"%s\" have %lld elements at address %s",
                         tern_net_shown(who), who.at, name, (long long)weights->count,
                         weights->data == NULL ? "NULL" : "given");
    }
    const tern_type type = tern_type_make(weights->dtype, 1, &weights->count);
    if (weights->count > 0 &&
        (tern_dtype_find((int)weights->dtype) == NULL || !tern_type_bytes(&type, out_bytes))) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "layer \"%.*s\": weights \"%s\" have an unknown type or are too many",
                         tern_net_shown(who), who.at, name);
    }
    return TERN_OK;
}

static bool is_constant(const tern_layer *layer)
{
    return node_of(layer)->op == TERN_OP_constant;
}

tern_status tern_net_layer_set_weights(tern_layer *layer, const char *name,
                                       const tern_weights *weights)
{
    int32_t operand = 0;
    size_t bytes = 0;
    const tern_str who = node_of(layer)->name;
    if (is_constant(layer) && strcmp(name, "weights") == 0) {
        TERN_TRY(check_weights(who, name, weights, &bytes));
        return tern_net_constant_set_weights(layer, weights);
    }
    TERN_TRY(find_weights(layer, name, &operand));
    TERN_TRY(check_weights(who, name, weights, &bytes));
    tern_graph *g = layer->network->graph;
    tern_value_id value = TERN_NO_ID;
    if (weights->count > 0) {
        const tern_type type = tern_type_make(weights->dtype, 1, &weights->count);
        uint32_t blob = 0;
        TERN_TRY(tern_graph_add_blob(g, weights->data, bytes, false, &blob));
        const char *label = tern_arena_printf(&g->arena, "%.*s.%s", (int)who.len, who.at, name);
        if (label == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        TERN_TRY(tern_graph_add_constant(g, tern_str_of(label), &type, blob, &value));
    }
    TERN_TRY(tern_graph_set_operand(g, layer->node, operand, value));
    layer->weight_operands |= 1u << operand;
    touch(layer);
    return TERN_OK;
}

tern_status tern_net_layer_get_weights(const tern_layer *layer, const char *name,
                                       tern_weights *out_weights)
{
    *out_weights = (tern_weights){TERN_DTYPE_F32, NULL, 0};
    if (is_constant(layer)) {
        *out_weights = layer->weights.data != NULL ? layer->weights : *out_weights;
        return TERN_OK;
    }
    int32_t operand = 0;
    const tern_graph *g = layer->network->graph;
    TERN_TRY(find_weights(layer, name, &operand));
    const tern_value_id id = tern_graph_x(g, node_of(layer), operand);
    if (id == TERN_NO_ID || tern_graph_constant_data(g, id) == NULL) {
        return TERN_OK;
    }
    const tern_value *value = tern_graph_value(g, id);
    out_weights->dtype = (tern_dtype)value->type.dtype;
    out_weights->data = tern_graph_constant_data(g, id);
    return tern_type_volume(&value->type, &out_weights->count)
               ? TERN_OK
               : tern_fail(TERN_INTERNAL, "weights \"%s\": their shape is not known", name);
}
