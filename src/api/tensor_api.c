/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/network.h, tensors: check arguments, call inwards, deliver the error.
 */
#include "api/name.h"

#include <math.h>

static tern_value *value_of(const tern_tensor *tensor)
{
    return tern_graph_value(tensor->network->graph, tensor->value);
}

const char *tern_tensor_name(const tern_tensor *tensor)
{
    return tensor != NULL && value_of(tensor)->name.at != NULL ? value_of(tensor)->name.at : "";
}

tern_status tern_tensor_set_name(tern_tensor *tensor, const char *name)
{
    if (tensor == NULL) {
        return tern_deliver_null(NULL, "tensor_set_name", "tensor");
    }
    tern_status status = tern_api_check_name("tensor_set_name", name);
    if (status == TERN_OK) {
        status = tern_api_copy_name(tensor->network, name, &value_of(tensor)->name);
    }
    return tern_deliver(&tensor->network->logger, status);
}

tern_dtype tern_tensor_dtype(const tern_tensor *tensor)
{
    if (tensor == NULL) {
        return (tern_dtype)0;
    }
    (void)tern_net_infer(tensor->network);
    return (tern_dtype)value_of(tensor)->type.dtype;
}

static tern_layer *producer_of(const tern_tensor *tensor)
{
    const tern_network *net = tensor->network;
    for (size_t i = 0; i < net->layer_count; i++) {
        if (net->layers[i]->node == value_of(tensor)->producer) {
            return net->layers[i];
        }
    }
    return NULL;
}

tern_status tern_tensor_set_dtype(tern_tensor *tensor, tern_dtype dtype)
{
    if (tensor == NULL) {
        return tern_deliver_null(NULL, "tensor_set_dtype", "tensor");
    }
    if (tern_dtype_find((int)dtype) == NULL) {
        return tern_deliver(&tensor->network->logger,
                            tern_fail(TERN_INVALID_ARGUMENT, "tensor \"%s\": %d is no element type",
                                      tern_tensor_name(tensor), (int)dtype));
    }
    tern_value *value = value_of(tensor);
    if (value->is_input) {
        value->type.dtype = (uint8_t)dtype;
        tensor->network->graph->changes++;
        return TERN_OK;
    }
    return tern_layer_set_output_dtype(producer_of(tensor), value->producer_index, dtype);
}

tern_status tern_tensor_shape(const tern_tensor *tensor, int32_t *out_rank,
                              int64_t dims[TERN_MAX_RANK])
{
    if (tensor == NULL || out_rank == NULL || dims == NULL) {
        return tern_deliver_null(NULL, "tensor_shape",
                                 tensor == NULL ? "tensor" : "out_rank or dims");
    }
    *out_rank = -1;
    const tern_status status =
        tern_net_infer(tensor->network); /* not delivered: the build will say it */
    const tern_type *type = &value_of(tensor)->type;
    if (type->dtype == 0) {
        return status != TERN_OK
                   ? status
                   : tern_fail(TERN_BAD_SHAPE, "tensor \"%s\": its shape is not known",
                               tern_tensor_name(tensor));
    }
    *out_rank = type->rank;
    for (int32_t axis = 0; axis < type->rank; axis++) {
        dims[axis] = tern_dim_known(type->dims[axis]) ? type->dims[axis] : -1;
    }
    return TERN_OK;
}

static tern_status set_shape(tern_tensor *tensor, int32_t rank, const int64_t *dims)
{
    tern_value *value = value_of(tensor);
    if (!value->is_input) {
        return tern_fail(TERN_INVALID_ARGUMENT, "tensor \"%s\": only an input's shape can be set",
                         tern_tensor_name(tensor));
    }
    tern_type type;
    TERN_TRY(tern_net_make_type(tensor->network, tern_tensor_name(tensor),
                                (tern_dtype)value->type.dtype, rank, dims, &type));
    value = value_of(tensor);
    value->type = type;
    value->dim_names = NULL;
    value->is_shape_input = 0;
    value->content_known = 0;
    tensor->network->graph->changes++;
    return TERN_OK;
}

tern_status tern_tensor_set_shape(tern_tensor *tensor, int32_t rank, const int64_t *dims)
{
    if (tensor == NULL || (dims == NULL && rank > 0)) {
        return tern_deliver_null(tensor != NULL ? &tensor->network->logger : NULL,
                                 "tensor_set_shape", tensor == NULL ? "tensor" : "dims");
    }
    return tern_deliver(&tensor->network->logger, set_shape(tensor, rank, dims));
}

static tern_status set_dim_name(tern_tensor *tensor, int32_t axis, const char *name)
{
    TERN_TRY(tern_api_check_name("set_dim_name", name));
    tern_graph *g = tensor->network->graph;
    tern_value *value = value_of(tensor);
    if (!value->is_input || axis < 0 || axis >= value->type.rank) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "tensor \"%s\": axis %d cannot have a name; only the axes of inputs can",
                         tern_tensor_name(tensor), (int)axis);
    }
    tern_str *names = tern_arena_items(&g->arena, TERN_MAX_RANK, sizeof *names, _Alignof(tern_str));
    if (names == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; value->dim_names != NULL && i < value->type.rank; i++) {
        names[i] = value->dim_names[i];
    }
    TERN_TRY(tern_api_copy_name(tensor->network, name, &names[axis]));
    value->dim_names = names;
    if (!tern_dim_known(value->type.dims[axis]) && name[0] != '\0') {
        value->type.dims[axis] =
            tern_dim_symbol_get(&g->dims, names[axis]); /* equal names are equal extents */
        TERN_TRY(g->dims.status);
    }
    g->changes++;
    return TERN_OK;
}

tern_status tern_tensor_set_dim_name(tern_tensor *tensor, int32_t axis, const char *name)
{
    if (tensor == NULL) {
        return tern_deliver_null(NULL, "tensor_set_dim_name", "tensor");
    }
    return tern_deliver(&tensor->network->logger, set_dim_name(tensor, axis, name));
}

const char *tern_tensor_dim_name(const tern_tensor *tensor, int32_t axis)
{
    const tern_value *value = tensor != NULL ? value_of(tensor) : NULL;
    const bool has =
        value != NULL && value->dim_names != NULL && axis >= 0 && axis < value->type.rank;
    return has && value->dim_names[axis].at != NULL ? value->dim_names[axis].at : "";
}

tern_status tern_tensor_set_formats(tern_tensor *tensor, uint32_t format_mask)
{
    if (tensor == NULL) {
        return tern_deliver_null(NULL, "tensor_set_formats", "tensor");
    }
    if (format_mask != 0 && (format_mask & 1u) == 0) {
        return tern_deliver(&tensor->network->logger,
                            tern_fail(TERN_UNSUPPORTED,
                                      "tensor \"%s\": only the linear format can be bound so far",
                                      tern_tensor_name(tensor)));
    }
    value_of(tensor)->formats = format_mask;
    return TERN_OK;
}

uint32_t tern_tensor_formats(const tern_tensor *tensor)
{
    return tensor != NULL && value_of(tensor)->formats != 0 ? value_of(tensor)->formats : 1u;
}

tern_status tern_tensor_set_range(tern_tensor *tensor, double low, double high)
{
    if (tensor == NULL) {
        return tern_deliver_null(NULL, "tensor_set_range", "tensor");
    }
    if (!(low <= high) || !isfinite(low) || !isfinite(high)) {
        return tern_deliver(&tensor->network->logger,
                            tern_fail(TERN_INVALID_ARGUMENT,
                                      "tensor \"%s\": the range %g..%g is none",
                                      tern_tensor_name(tensor), low, high));
    }
    tensor->has_range = true;
    tensor->low = low;
    tensor->high = high;
    return TERN_OK;
}

tern_status tern_tensor_range(const tern_tensor *tensor, double *out_low, double *out_high)
{
    if (tensor == NULL || out_low == NULL || out_high == NULL) {
        return tern_deliver_null(NULL, "tensor_range",
                                 tensor == NULL ? "tensor" : "out_low or out_high");
    }
    if (!tensor->has_range) {
        return tern_deliver(&tensor->network->logger,
                            tern_fail(TERN_INVALID_ARGUMENT, "tensor \"%s\": no range is set",
                                      tern_tensor_name(tensor)));
    }
    *out_low = tensor->low;
    *out_high = tensor->high;
    return TERN_OK;
}

int32_t tern_tensor_has_range(const tern_tensor *tensor)
{
    return tensor != NULL && tensor->has_range;
}

void tern_tensor_reset_range(tern_tensor *tensor)
{
    if (tensor != NULL) {
        tensor->has_range = false;
    }
}

int32_t tern_tensor_is_input(const tern_tensor *tensor)
{
    return tensor != NULL && value_of(tensor)->is_input;
}

int32_t tern_tensor_is_output(const tern_tensor *tensor)
{
    return tensor != NULL && value_of(tensor)->is_output != 0;
}

int32_t tern_tensor_is_shape(const tern_tensor *tensor)
{
    if (tensor == NULL) {
        return 0;
    }
    (void)tern_net_infer(tensor->network);
    const tern_value *value = value_of(tensor);
    return value->is_input ? value->is_shape_input : value->content_known;
}
