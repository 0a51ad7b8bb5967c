/* SPDX-License-Identifier: Apache-2.0
 *
 * Networks: making and freeing, adding inputs and layers, marking outputs, deciding how the batch
 * is treated.
 */
#include "network/network.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/log.h"

/* Takes the graph over, also when this fails. */
static tern_status make_network(tern_allocator allocator, tern_logger logger, tern_graph *graph,
                                tern_network **out_network)
{
    tern_network *net = tern_alloc_zero(allocator, sizeof *net, _Alignof(tern_network));
    if (net == NULL) {
        tern_graph_destroy(graph);
        return TERN_OUT_OF_MEMORY;
    }
    net->allocator = allocator;
    net->logger = logger;
    net->graph = graph;
    *out_network = net;
    return TERN_OK;
}

tern_status tern_net_create(tern_allocator allocator, tern_logger logger, tern_batch batch,
                            tern_network **out_network)
{
    *out_network = NULL;
    tern_graph *graph = NULL;
    TERN_TRY(tern_graph_create(allocator, &graph));
    graph->batch = batch;
    return make_network(allocator, logger, graph, out_network);
}

void tern_net_destroy(tern_network *net)
{
    if (net == NULL) {
        return;
    }
    tern_array_free(net->allocator, &net->layers, &net->layer_capacity, sizeof *net->layers);
    tern_array_free(net->allocator, &net->tensors, &net->tensor_capacity, sizeof *net->tensors);
    tern_graph_destroy(net->graph); /* handles lie in its arena */
    tern_free(net->allocator, net, sizeof *net);
}

tern_tensor *tern_net_tensor(tern_network *net, tern_value_id value)
{
    if (value == TERN_NO_ID) {
        return NULL;
    }
    const size_t known = net->tensor_capacity;
    if (value >= known) {
        if (tern_array_grow(net->allocator, &net->tensors, &net->tensor_capacity, (size_t)value + 1,
                            sizeof *net->tensors) != TERN_OK) {
            return NULL;
        }
        memset(net->tensors + known, 0, (net->tensor_capacity - known) * sizeof *net->tensors);
    }
    if (net->tensors[value] == NULL) {
        tern_tensor *tensor =
            tern_arena_zero(&net->graph->arena, sizeof *tensor, _Alignof(tern_tensor));
        if (tensor == NULL) {
            return NULL;
        }
        tensor->network = net;
        tensor->value = value;
        net->tensors[value] = tensor;
    }
    return net->tensors[value];
}

tern_status tern_net_add_input(tern_network *net, const char *name, const tern_type *type,
                               tern_tensor **out_tensor)
{
    *out_tensor = NULL;
    for (uint32_t i = 0; i < net->graph->input_count; i++) {
        if (tern_str_is(net->graph->values[net->graph->inputs[i]].name, name)) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "input \"%s\": the network has an input of this name already", name);
        }
    }
    tern_value_id value = TERN_NO_ID;
    TERN_TRY(tern_graph_add_input(net->graph, tern_str_of(name), type, &value));
    *out_tensor = tern_net_tensor(net, value);
    return *out_tensor != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

/* Result i of a layer that nobody named: "<layer>_output", numbered from 1 when there are several.
   */
static tern_status name_outputs(tern_network *net, const tern_node *node)
{
    tern_arena *arena = &net->graph->arena;
    for (int32_t i = 0; i < node->y_count; i++) {
        const int length = (int)node->name.len;
        const char *text =
            node->y_count == 1
                ? tern_arena_printf(arena, "%.*s_output", length, node->name.at)
                : tern_arena_printf(arena, "%.*s_output_%d", length, node->name.at, (int)i + 1);
        if (text == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        tern_graph_value(net->graph, tern_graph_y(net->graph, node, i))->name = tern_str_of(text);
    }
    return TERN_OK;
}

static tern_status check_inputs(const tern_network *net, const tern_op *op,
                                tern_tensor *const *inputs, int32_t count)
{
    const int32_t most = op->arity.in_max < 0 ? UINT16_MAX : op->arity.in_max;
    if (count < 0 || count > most) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %d inputs given, it takes %d to %d", op->name,
                         (int)count, (int)op->arity.in_min, (int)most);
    }
    for (int32_t i = 0; i < count; i++) {
        if (inputs[i] != NULL && inputs[i]->network != net) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: input %d belongs to another network",
                             op->name, (int)i);
        }
    }
    return TERN_OK;
}

/* Operand ids of a new layer: room for all operands the operator can have, so that set_input never
   moves them. */
static tern_status collect_operands(tern_network *net, const tern_op *op,
                                    tern_tensor *const *inputs, int32_t count,
                                    tern_value_id **out_ids, int32_t *out_count)
{
    const int32_t room = op->arity.in_max > count ? op->arity.in_max : count;
    tern_value_id *ids = tern_arena_items(&net->graph->arena, (size_t)room + 1, sizeof *ids,
                                          _Alignof(tern_value_id));
    if (ids == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < count; i++) {
        ids[i] = inputs[i] != NULL ? inputs[i]->value : TERN_NO_ID;
    }
    *out_ids = ids;
    *out_count = room;
    return TERN_OK;
}

/* A handle for a node; auto_name: its results get names of their own. */
static tern_status wrap_node(tern_network *net, tern_node_id node, bool auto_name,
                             tern_layer **out_layer)
{
    TERN_TRY(tern_array_grow(net->allocator, &net->layers, &net->layer_capacity,
                             net->layer_count + 1, sizeof *net->layers));
    tern_layer *layer = tern_arena_zero(&net->graph->arena, sizeof *layer, _Alignof(tern_layer));
    if (layer == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    layer->network = net;
    layer->node = node;
    if (tern_graph_node(net->graph, node)->op == TERN_OP_constant) {
        tern_net_constant_adopt(layer);
    }
    if (auto_name) {
        TERN_TRY(name_outputs(net, tern_graph_node(net->graph, node)));
    }
    net->layers[net->layer_count++] = layer;
    *out_layer = layer;
    return TERN_OK;
}

/* The whole text, or nothing. */
static tern_status parse_attributes(const tern_op *op, const char *text, void *attr)
{
    const char *at = text;
    const char *const end = text + strlen(text);
    TERN_TRY(tern_attr_parse(op->attrs, attr, &at, end, op->name));
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t')) {
        at++;
    }
    if (at < end) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: attributes are written {name=value, ...}; \"%.40s\" is left over",
                         op->name, at);
    }
    return TERN_OK;
}

static tern_status default_name(tern_network *net, const tern_op *op, const void *attr,
                                const char **out_name)
{
    *out_name = tern_arena_printf(&net->graph->arena, "(Unnamed Layer* %zu) [%s]", net->layer_count,
                                  tern_net_kind(op, attr));
    return *out_name != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

tern_status tern_net_add_layer(tern_network *net, const tern_op *op, const char *attributes,
                               tern_tensor *const *inputs, int32_t input_count,
                               tern_layer **out_layer)
{
    *out_layer = NULL;
    tern_graph *g = net->graph;
    if (op->control != TERN_CONTROL_NONE && op->control != TERN_CONTROL_CHECK) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: control flow is no single layer; it has bodies", op->name);
    }
    TERN_TRY(check_inputs(net, op, inputs, input_count));
    void *attr = NULL;
    if (op->attrs != NULL) {
        attr = tern_arena_zero(&g->arena, op->attr_size, _Alignof(max_align_t));
        if (attr == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        tern_attr_defaults(op->attrs, attr);
        if (attributes != NULL) {
            TERN_TRY(parse_attributes(op, attributes, attr));
        }
    } else if (attributes != NULL && attributes[0] != '\0' && strcmp(attributes, "{}") != 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: has no attributes, \"%s\" given", op->name,
                         attributes);
    }
    tern_value_id *ids = NULL;
    int32_t count = 0;
    TERN_TRY(collect_operands(net, op, inputs, input_count, &ids, &count));
    const char *name = NULL;
    TERN_TRY(default_name(net, op, attr, &name));
    tern_node_id node = TERN_NO_ID;
    TERN_TRY(tern_graph_add_node(g,
                                 &(tern_new_node){.op = tern_op_id_of(op),
                                                  .name = tern_str_of(name),
                                                  .attr = attr,
                                                  .x = ids,
                                                  .x_count = count},
                                 &node));
    return wrap_node(net, node, true, out_layer);
}

tern_status tern_net_add_constant(tern_network *net, const tern_type *type,
                                  const tern_weights *weights, tern_layer **out_layer)
{
    *out_layer = NULL;
    size_t bytes = 0;
    if (!tern_type_bytes(type, &bytes)) {
        return tern_fail(TERN_BAD_SHAPE,
                         "constant: its shape has a negative extent or is too large");
    }
    uint32_t blob = 0;
    TERN_TRY(tern_graph_add_blob(net->graph, weights->data, bytes, false, &blob));
    const char *name = NULL;
    TERN_TRY(default_name(net, tern_op_find(TERN_OP_constant), NULL, &name));
    tern_value_id value = TERN_NO_ID;
    TERN_TRY(tern_graph_add_constant(net->graph, tern_str_of(name), type, blob, &value));
    return wrap_node(net, tern_graph_value(net->graph, value)->producer, true, out_layer);
}

tern_status tern_net_mark_output(tern_network *net, tern_tensor *tensor, bool for_shapes)
{
    tern_value *value = tern_graph_value(net->graph, tensor->value);
    if (value->is_input) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "tensor \"%.*s\": it is an input and cannot be an output too; put an "
                         "identity layer between",
                         tern_net_shown(value->name), value->name.at);
    }
    if (!value->is_output) {
        TERN_TRY(tern_graph_add_output(net->graph, tensor->value));
        value = tern_graph_value(net->graph, tensor->value);
    }
    value->is_output = for_shapes ? 2 : 1;
    return TERN_OK;
}

tern_status tern_net_unmark_output(tern_network *net, tern_tensor *tensor)
{
    const tern_value *value = tern_graph_value(net->graph, tensor->value);
    if (!value->is_output) {
        return tern_fail(TERN_INVALID_ARGUMENT, "tensor \"%.*s\": it is no output",
                         tern_net_shown(value->name), value->name.at);
    }
    tern_graph_remove_output(net->graph, tensor->value);
    return TERN_OK;
}

static const char *batch_text(tern_batch batch)
{
    return batch == TERN_BATCH_IS_IMPLICIT ? "implicit" : "explicit";
}

tern_status tern_net_decide_batch(tern_network *net, tern_batch batch, const char *cause)
{
    tern_graph *g = net->graph;
    if (batch == TERN_BATCH_DECIDE_LATER || g->batch == batch) {
        return TERN_OK;
    }
    if (g->batch != TERN_BATCH_DECIDE_LATER) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: needs an %s batch, this network has an %s one",
                         cause, batch_text(batch), batch_text(g->batch));
    }
    g->batch = batch;
    g->changes++;
    tern_log(&net->logger, TERN_SEVERITY_INFO, "network", "the batch is %s: %s", batch_text(batch),
             cause);
    return TERN_OK;
}

tern_status tern_net_wrap_nodes(tern_network *net)
{
    const tern_graph *g = net->graph;
    tern_node_id id = net->layer_count > 0 ? net->layers[net->layer_count - 1]->node + 1 : 1;
    for (; id < g->node_count; id++) {
        tern_layer *layer = NULL;
        if (tern_graph_node(g, id)->op != TERN_OP_NONE) {
            TERN_TRY(wrap_node(net, id, false, &layer));
        }
    }
    return TERN_OK;
}

tern_status tern_net_adopt(tern_allocator allocator, tern_logger logger, tern_graph *graph,
                           tern_network **out_network)
{
    *out_network = NULL;
    tern_network *net = NULL;
    TERN_TRY(make_network(allocator, logger, graph, &net));
    const tern_status status = tern_net_wrap_nodes(net);
    if (status != TERN_OK) {
        tern_net_destroy(net);
        return status;
    }
    *out_network = net;
    return TERN_OK;
}

/* A symbol nobody has yet: the name itself, or with marks behind it. */
static tern_status new_symbol(tern_graph *g, const char *name, tern_dim *out_dim)
{
    const size_t before = g->dims.symbol_count;
    while (g->dims.symbol_count == before) {
        *out_dim = tern_dim_symbol_get(&g->dims, tern_str_of(name));
        TERN_TRY(g->dims.status);
        name = tern_arena_printf(&g->arena, "%s'", name);
        if (name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    return TERN_OK;
}

tern_status tern_net_make_type(tern_network *net, const char *name, tern_dtype dtype, int32_t rank,
                               const int64_t *dims, tern_type *out_type)
{
    if (tern_dtype_find((int)dtype) == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "input \"%s\": %d is no element type", name,
                         (int)dtype);
    }
    if (rank < 0 || rank > TERN_MAX_RANK) {
        return tern_fail(TERN_BAD_SHAPE, "input \"%s\": rank %d is outside 0..%d", name, (int)rank,
                         TERN_MAX_RANK);
    }
    *out_type = (tern_type){.dtype = (uint8_t)dtype, .rank = (uint8_t)rank};
    for (int32_t axis = 0; axis < rank; axis++) {
        if (dims[axis] < -1) {
            return tern_fail(TERN_BAD_SHAPE,
                             "input \"%s\": extent %lld along axis %d is negative; -1 stands for "
                             "one that varies",
                             name, (long long)dims[axis], (int)axis);
        }
        out_type->dims[axis] = dims[axis];
        if (dims[axis] == -1) {
            const char *symbol = tern_arena_printf(&net->graph->arena, "%s.%d", name, (int)axis);
            if (symbol == NULL) {
                return TERN_OUT_OF_MEMORY;
            }
            TERN_TRY(new_symbol(net->graph, symbol, &out_type->dims[axis]));
        }
    }
    int64_t volume = 0;
    size_t bytes = 0;
    if (tern_type_is_static(out_type) &&
        (!tern_type_volume(out_type, &volume) || !tern_type_bytes(out_type, &bytes))) {
        return tern_fail(TERN_BAD_SHAPE, "input \"%s\": the product of its extents overflows",
                         name);
    }
    return TERN_OK;
}
