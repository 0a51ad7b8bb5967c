/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/network.h, networks: check arguments, call inwards, deliver the error.
 */
#include "api/name.h"

tern_status tern_network_create(tern_builder *builder, tern_batch batch, tern_network **out_network)
{
    if (builder == NULL || out_network == NULL) {
        return tern_deliver_null(NULL, "network_create",
                                 builder == NULL ? "builder" : "out_network");
    }
    *out_network = NULL;
    if (batch != TERN_BATCH_DECIDE_LATER && batch != TERN_BATCH_IS_IMPLICIT &&
        batch != TERN_BATCH_IS_EXPLICIT) {
        return tern_deliver(
            &builder->logger,
            tern_fail(TERN_INVALID_ARGUMENT, "network_create: %d is no tern_batch", (int)batch));
    }
    return tern_deliver(&builder->logger,
                        tern_net_create(builder->allocator, builder->logger, batch, out_network));
}

void tern_network_destroy(tern_network *network)
{
    tern_net_destroy(network);
}

static tern_status add_input(tern_network *net, const char *name, const tern_dtype dtype,
                             int32_t rank, const int64_t *dims, tern_tensor **out_tensor)
{
    TERN_TRY(tern_api_check_name("add_input", name));
    if (name[0] == '\0') {
        return tern_fail(TERN_INVALID_ARGUMENT, "add_input: an input needs a name");
    }
    if (rank > 0 && dims == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "input \"%s\": dims are NULL, rank is %d", name,
                         (int)rank);
    }
    tern_type type;
    TERN_TRY(tern_net_make_type(net, name, dtype, rank, dims, &type));
    return tern_net_add_input(net, name, &type, out_tensor);
}

tern_status tern_network_add_input(tern_network *network, const char *name, tern_dtype dtype,
                                   int32_t rank, const int64_t *dims, tern_tensor **out_tensor)
{
    if (network == NULL || out_tensor == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "add_input",
                                 network == NULL ? "network" : "out_tensor");
    }
    *out_tensor = NULL;
    return tern_deliver(&network->logger, add_input(network, name, dtype, rank, dims, out_tensor));
}

tern_status tern_network_add_layer(tern_network *network, const char *op, const char *attributes,
                                   tern_tensor *const *inputs, int32_t input_count,
                                   tern_layer **out_layer)
{
    if (network == NULL || op == NULL || out_layer == NULL ||
        (inputs == NULL && input_count != 0)) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "add_layer",
                                 network == NULL  ? "network"
                                 : op == NULL     ? "op"
                                 : inputs == NULL ? "inputs"
                                                  : "out_layer");
    }
    *out_layer = NULL;
    const tern_op *found = tern_op_by_name(op, strlen(op));
    if (found == NULL) {
        return tern_deliver(
            &network->logger,
            tern_fail(TERN_UNSUPPORTED,
                      "add_layer: there is no operator \"%s\"; `tern ops` lists them", op));
    }
    return tern_deliver(&network->logger, tern_net_add_layer(network, found, attributes, inputs,
                                                             input_count, out_layer));
}

static tern_status add_constant(tern_network *net, int32_t rank, const int64_t *dims,
                                const tern_weights *weights, tern_layer **out_layer)
{
    if (rank < 0 || rank > TERN_MAX_RANK) {
        return tern_fail(TERN_BAD_SHAPE, "add_constant: rank %d is outside 0..%d", (int)rank,
                         TERN_MAX_RANK);
    }
    if (tern_dtype_find((int)weights->dtype) == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "add_constant: %d is no element type",
                         (int)weights->dtype);
    }
    const tern_type type = tern_type_make(weights->dtype, rank, dims);
    char text[TERN_DIMS_TEXT_BYTES];
    int64_t volume = 0;
    if (!tern_type_is_static(&type) || !tern_type_volume(&type, &volume) ||
        volume != weights->count) {
        return tern_fail(TERN_BAD_SHAPE, "add_constant: %lld weights given for the shape %s",
                         (long long)weights->count, tern_dims_text(text, rank, dims));
    }
    if (weights->data == NULL && volume > 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "add_constant: the weights' data are NULL");
    }
    return tern_net_add_constant(net, &type, weights, out_layer);
}

tern_status tern_network_add_constant(tern_network *network, int32_t rank, const int64_t *dims,
                                      const tern_weights *weights, tern_layer **out_layer)
{
    if (network == NULL || weights == NULL || out_layer == NULL || (dims == NULL && rank > 0)) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "add_constant",
                                 network == NULL   ? "network"
                                 : weights == NULL ? "weights"
                                 : dims == NULL    ? "dims"
                                                   : "out_layer");
    }
    *out_layer = NULL;
    return tern_deliver(&network->logger, add_constant(network, rank, dims, weights, out_layer));
}

static tern_status mark(tern_network *network, tern_tensor *tensor, bool for_shapes)
{
    if (network == NULL || tensor == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "mark_output",
                                 network == NULL ? "network" : "tensor");
    }
    if (tensor->network != network) {
        return tern_deliver(
            &network->logger,
            tern_fail(TERN_INVALID_ARGUMENT, "mark_output: the tensor belongs to another network"));
    }
    return tern_deliver(&network->logger, tern_net_mark_output(network, tensor, for_shapes));
}

tern_status tern_network_mark_output(tern_network *network, tern_tensor *tensor)
{
    return mark(network, tensor, false);
}

tern_status tern_network_mark_shape_output(tern_network *network, tern_tensor *tensor)
{
    return mark(network, tensor, true);
}

tern_status tern_network_unmark_output(tern_network *network, tern_tensor *tensor)
{
    if (network == NULL || tensor == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "unmark_output",
                                 network == NULL ? "network" : "tensor");
    }
    if (tensor->network != network) {
        return tern_deliver(&network->logger,
                            tern_fail(TERN_INVALID_ARGUMENT,
                                      "unmark_output: the tensor belongs to another network"));
    }
    return tern_deliver(&network->logger, tern_net_unmark_output(network, tensor));
}

int32_t tern_network_input_count(const tern_network *network)
{
    return network != NULL ? (int32_t)network->graph->input_count : 0;
}

int32_t tern_network_output_count(const tern_network *network)
{
    return network != NULL ? (int32_t)network->graph->output_count : 0;
}

int32_t tern_network_layer_count(const tern_network *network)
{
    return network != NULL ? (int32_t)network->layer_count : 0;
}

tern_tensor *tern_network_input(tern_network *network, int32_t index)
{
    const bool valid =
        network != NULL && index >= 0 && (uint32_t)index < network->graph->input_count;
    return valid ? tern_net_tensor(network, network->graph->inputs[index]) : NULL;
}

tern_tensor *tern_network_output(tern_network *network, int32_t index)
{
    const bool valid =
        network != NULL && index >= 0 && (uint32_t)index < network->graph->output_count;
    return valid ? tern_net_tensor(network, network->graph->outputs[index]) : NULL;
}

tern_layer *tern_network_layer(const tern_network *network, int32_t index)
{
    const bool valid = network != NULL && index >= 0 && (size_t)index < network->layer_count;
    return valid ? network->layers[index] : NULL;
}

tern_status tern_network_set_name(tern_network *network, const char *name)
{
    if (network == NULL) {
        return tern_deliver_null(NULL, "network_set_name", "network");
    }
    tern_status status = tern_api_check_name("network_set_name", name);
    if (status == TERN_OK) {
        status = tern_api_copy_name(network, name, &network->graph->name);
    }
    return tern_deliver(&network->logger, status);
}

const char *tern_network_name(const tern_network *network)
{
    return network != NULL && network->graph->name.at != NULL ? network->graph->name.at : "";
}

int32_t tern_network_has_implicit_batch(tern_network *network)
{
    if (network == NULL) {
        return 0;
    }
    if (network->graph->batch == TERN_BATCH_DECIDE_LATER) {
        (void)tern_net_infer(network); /* a layer may decide */
        (void)tern_net_decide_batch(network,
                                    network->graph->batch == TERN_BATCH_DECIDE_LATER
                                        ? TERN_BATCH_IS_EXPLICIT
                                        : network->graph->batch,
                                    "somebody asked whether it is");
    }
    return network->graph->batch == TERN_BATCH_IS_IMPLICIT;
}

tern_status tern_network_decide_batch(tern_network *network, tern_batch batch, const char *cause)
{
    if (network == NULL || cause == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "decide_batch",
                                 network == NULL ? "network" : "cause");
    }
    return tern_deliver(&network->logger, tern_net_decide_batch(network, batch, cause));
}
