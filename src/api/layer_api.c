/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/network.h, layers: check arguments, call inwards, deliver the error.
 */
#include "api/deliver.h"
#include "build/build.h"

static tern_node *node_of(const tern_layer *layer)
{
    return tern_graph_node(layer->network->graph, layer->node);
}

/* INVALID_ARGUMENT unless both pointers are there. */
static tern_status check(const tern_layer *layer, const void *argument, const char *call,
                         const char *name)
{
    if (layer != NULL && argument != NULL) {
        return TERN_OK;
    }
    return tern_deliver_null(layer != NULL ? &layer->network->logger : NULL, call,
                             layer == NULL ? "layer" : name);
}

const char *tern_layer_op(const tern_layer *layer)
{
    return layer != NULL ? tern_net_layer_op(layer)->name : "";
}

tern_status tern_layer_set_op(tern_layer *layer, const char *op)
{
    TERN_TRY(check(layer, op, "layer_set_op", "op"));
    const tern_op *found = tern_op_by_name(op, strlen(op));
    return tern_deliver(&layer->network->logger,
                        found != NULL ? tern_net_layer_set_op(layer, found)
                                      : tern_fail(TERN_UNSUPPORTED,
                                                  "layer_set_op: there is no operator \"%s\"", op));
}

tern_status tern_layer_set_name(tern_layer *layer, const char *name)
{
    TERN_TRY(check(layer, name, "layer_set_name", "name"));
    return tern_deliver(&layer->network->logger, tern_net_layer_set_name(layer, name));
}

const char *tern_layer_name(const tern_layer *layer)
{
    return layer != NULL && node_of(layer)->name.at != NULL ? node_of(layer)->name.at : "";
}

tern_status tern_layer_set_metadata(tern_layer *layer, const char *text)
{
    TERN_TRY(check(layer, text, "layer_set_metadata", "text"));
    const char *copy = tern_arena_strdup(&layer->network->graph->arena, text);
    if (copy == NULL) {
        return tern_deliver(&layer->network->logger, TERN_OUT_OF_MEMORY);
    }
    layer->metadata = tern_str_of(copy);
    return TERN_OK;
}

const char *tern_layer_metadata(const tern_layer *layer)
{
    return layer != NULL && layer->metadata.at != NULL ? layer->metadata.at : "";
}

int32_t tern_layer_input_count(const tern_layer *layer)
{
    return layer != NULL ? tern_net_layer_input_count(layer) : 0;
}

int32_t tern_layer_output_count(const tern_layer *layer)
{
    return layer != NULL ? node_of(layer)->y_count : 0;
}

tern_tensor *tern_layer_input(const tern_layer *layer, int32_t index)
{
    if (layer == NULL || index < 0 || index >= tern_net_layer_input_count(layer)) {
        return NULL;
    }
    return tern_net_tensor(layer->network,
                           tern_graph_x(layer->network->graph, node_of(layer), index));
}

tern_tensor *tern_layer_output(const tern_layer *layer, int32_t index)
{
    if (layer == NULL || index < 0 || index >= node_of(layer)->y_count) {
        return NULL;
    }
    return tern_net_tensor(layer->network,
                           tern_graph_y(layer->network->graph, node_of(layer), index));
}

tern_status tern_layer_set_input(tern_layer *layer, int32_t index, tern_tensor *tensor)
{
    TERN_TRY(check(layer, layer, "layer_set_input", "layer"));
    return tern_deliver(&layer->network->logger, tern_net_layer_set_input(layer, index, tensor));
}

/* --- attributes --- */

static tern_status set_attr(tern_layer *layer, const char *name, const tern_attr_value *value)
{
    TERN_TRY(check(layer, name, "layer_set", "name"));
    return tern_deliver(&layer->network->logger, tern_net_layer_set_attr(layer, name, value));
}

tern_status tern_layer_set_i64(tern_layer *layer, const char *name, int64_t value)
{
    const tern_attr_value v = {.kind = TERN_ATTR_KIND_I64, .count = 1, .i = {value}};
    return set_attr(layer, name, &v);
}

tern_status tern_layer_set_f64(tern_layer *layer, const char *name, double value)
{
    const tern_attr_value v = {.kind = TERN_ATTR_KIND_F64, .count = 1, .f = {value}};
    return set_attr(layer, name, &v);
}

static tern_status too_many(const tern_layer *layer, const char *name, int32_t count)
{
    return tern_deliver(layer != NULL ? &layer->network->logger : NULL,
                        tern_fail(TERN_INVALID_ARGUMENT,
                                  "layer_set \"%s\": %d values given, 0 to %d are allowed",
                                  name != NULL ? name : "", (int)count, TERN_MAX_RANK));
}

tern_status tern_layer_set_i64s(tern_layer *layer, const char *name, const int64_t *values,
                                int32_t count)
{
    tern_attr_value v = {.kind = TERN_ATTR_KIND_INTS, .count = count};
    if (count < 0 || count > TERN_MAX_RANK || (values == NULL && count > 0)) {
        return too_many(layer, name, count);
    }
    for (int32_t i = 0; i < count; i++) {
        v.i[i] = values[i];
    }
    return set_attr(layer, name, &v);
}

tern_status tern_layer_set_f64s(tern_layer *layer, const char *name, const double *values,
                                int32_t count)
{
    tern_attr_value v = {.kind = TERN_ATTR_KIND_FLOATS, .count = count};
    if (count < 0 || count > TERN_MAX_RANK || (values == NULL && count > 0)) {
        return too_many(layer, name, count);
    }
    for (int32_t i = 0; i < count; i++) {
        v.f[i] = values[i];
    }
    return set_attr(layer, name, &v);
}

tern_status tern_layer_set_text(tern_layer *layer, const char *name, const char *value)
{
    TERN_TRY(check(layer, value, "layer_set_text", "value"));
    const tern_attr_value v = {.kind = TERN_ATTR_KIND_ENUM, .count = 1, .text = value};
    return set_attr(layer, name, &v);
}

static tern_status get_attr(const tern_layer *layer, const char *name, const void *out,
                            tern_attr_value *value)
{
    TERN_TRY(check(layer, name, "layer_get", "name"));
    TERN_TRY(check(layer, out, "layer_get", "out_value"));
    tern_status status = tern_net_infer(layer->network);
    if (status != TERN_OUT_OF_MEMORY) { /* inference fills in what shapes decide, where it works */
        status = tern_net_layer_get_attr(layer, name, value);
    }
    return tern_deliver(&layer->network->logger, status);
}

static tern_status wrong_kind(const tern_layer *layer, const char *name, const char *wanted)
{
    return tern_deliver(&layer->network->logger,
                        tern_fail(TERN_INVALID_ARGUMENT, "layer \"%s\": attribute \"%s\" is no %s",
                                  tern_layer_name(layer), name, wanted));
}

tern_status tern_layer_get_i64(const tern_layer *layer, const char *name, int64_t *out_value)
{
    tern_attr_value v;
    TERN_TRY(get_attr(layer, name, out_value, &v));
    if (v.kind == TERN_ATTR_KIND_F64 || v.kind == TERN_ATTR_KIND_FLOATS ||
        v.kind == TERN_ATTR_KIND_INTS || v.kind == TERN_ATTR_KIND_TEXT) {
        return wrong_kind(layer, name, "integer");
    }
    *out_value = v.i[0];
    return TERN_OK;
}

tern_status tern_layer_get_f64(const tern_layer *layer, const char *name, double *out_value)
{
    tern_attr_value v;
    TERN_TRY(get_attr(layer, name, out_value, &v));
    if (v.kind != TERN_ATTR_KIND_F64 && v.kind != TERN_ATTR_KIND_I64) {
        return wrong_kind(layer, name, "number");
    }
    *out_value = v.kind == TERN_ATTR_KIND_F64 ? v.f[0] : (double)v.i[0];
    return TERN_OK;
}

tern_status tern_layer_get_i64s(const tern_layer *layer, const char *name,
                                int64_t values[TERN_MAX_RANK], int32_t *out_count)
{
    tern_attr_value v;
    TERN_TRY(get_attr(layer, name, values, &v));
    TERN_TRY(check(layer, out_count, "layer_get_i64s", "out_count"));
    if (v.kind != TERN_ATTR_KIND_INTS) {
        return wrong_kind(layer, name, "list of integers");
    }
    *out_count = v.count;
    memcpy(values, v.i, (size_t)v.count * sizeof *values);
    return TERN_OK;
}

tern_status tern_layer_get_f64s(const tern_layer *layer, const char *name,
                                double values[TERN_MAX_RANK], int32_t *out_count)
{
    tern_attr_value v;
    TERN_TRY(get_attr(layer, name, values, &v));
    TERN_TRY(check(layer, out_count, "layer_get_f64s", "out_count"));
    if (v.kind != TERN_ATTR_KIND_FLOATS) {
        return wrong_kind(layer, name, "list of numbers");
    }
    *out_count = v.count;
    memcpy(values, v.f, (size_t)v.count * sizeof *values);
    return TERN_OK;
}

tern_status tern_layer_get_text(const tern_layer *layer, const char *name, const char **out_value)
{
    tern_attr_value v;
    TERN_TRY(get_attr(layer, name, out_value, &v));
    if (v.kind != TERN_ATTR_KIND_ENUM && v.kind != TERN_ATTR_KIND_DTYPE &&
        v.kind != TERN_ATTR_KIND_TEXT) {
        return wrong_kind(layer, name, "name");
    }
    *out_value = v.text != NULL ? v.text : "";
    return TERN_OK;
}

/* --- weights and types --- */

tern_status tern_layer_set_weights(tern_layer *layer, const char *name, const tern_weights *weights)
{
    TERN_TRY(check(layer, name, "layer_set_weights", "name"));
    TERN_TRY(check(layer, weights, "layer_set_weights", "weights"));
    return tern_deliver(&layer->network->logger, tern_net_layer_set_weights(layer, name, weights));
}

tern_status tern_layer_get_weights(const tern_layer *layer, const char *name,
                                   tern_weights *out_weights)
{
    TERN_TRY(check(layer, name, "layer_get_weights", "name"));
    TERN_TRY(check(layer, out_weights, "layer_get_weights", "out_weights"));
    return tern_deliver(&layer->network->logger,
                        tern_net_layer_get_weights(layer, name, out_weights));
}

tern_status tern_layer_set_shape(tern_layer *layer, int32_t rank, const int64_t *dims)
{
    const int64_t none = 0; /* a scalar has no extents to point at */
    TERN_TRY(check(layer, rank == 0 && dims == NULL ? &none : dims, "layer_set_shape", "dims"));
    return tern_deliver(&layer->network->logger, tern_net_constant_set_shape(layer, rank, dims));
}

tern_status tern_layer_set_output_dtype(tern_layer *layer, int32_t index, tern_dtype dtype)
{
    TERN_TRY(check(layer, layer, "layer_set_output_dtype", "layer"));
    if (index < 0 || index >= node_of(layer)->y_count ||
        ((int)dtype != 0 && tern_dtype_find((int)dtype) == NULL)) {
        return tern_deliver(&layer->network->logger,
                            tern_fail(TERN_INVALID_ARGUMENT,
                                      "layer \"%s\": output %d of %d cannot have element type %d",
                                      tern_layer_name(layer), (int)index,
                                      (int)node_of(layer)->y_count, (int)dtype));
    }
    layer->output_dtype[index] = (int32_t)dtype;
    layer->network->graph->changes++;
    return TERN_OK;
}

tern_dtype tern_layer_output_dtype(const tern_layer *layer, int32_t index)
{
    const bool valid = layer != NULL && index >= 0 && index < node_of(layer)->y_count;
    return valid ? (tern_dtype)layer->output_dtype[index] : (tern_dtype)0;
}

tern_status tern_layer_set_precision(tern_layer *layer, tern_dtype dtype)
{
    TERN_TRY(check(layer, layer, "layer_set_precision", "layer"));
    if ((int)dtype != 0 && tern_dtype_find((int)dtype) == NULL) {
        return tern_deliver(&layer->network->logger,
                            tern_fail(TERN_INVALID_ARGUMENT, "layer \"%s\": %d is no element type",
                                      tern_layer_name(layer), (int)dtype));
    }
    layer->precision = (int32_t)dtype;
    return TERN_OK;
}

tern_dtype tern_layer_precision(const tern_layer *layer)
{
    return layer != NULL ? (tern_dtype)layer->precision : (tern_dtype)0;
}
