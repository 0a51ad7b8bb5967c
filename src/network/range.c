/* SPDX-License-Identifier: Apache-2.0
 *
 * Ranges of int8 tensors: where a cast or identity layer converts between floats and int8 and the
 * int8 side has a range, the snapshot gets the arithmetic of a symmetric quantization in front of
 * that layer.
 *
 *     float -> int8    x / s, rounded to nearest even; the layer's own cast saturates
 *     int8 -> float    x as f32, times s;    s = max(|low|, |high|) / 127
 */
#include "network/network.h"

#include <math.h>

static double scale_of(const tern_tensor *tensor)
{
    return fmax(fabs(tensor->low), fabs(tensor->high)) / 127.0;
}

/* The scale as a constant that broadcasts to `like`. */
static tern_status add_scale(tern_graph *g, const tern_type *like, double scale,
                             tern_value_id *out_value)
{
    tern_type type = *like;
    for (int32_t axis = 0; axis < type.rank; axis++) {
        type.dims[axis] = 1;
    }
    uint64_t bits = 0;
    tern_convert(TERN_DTYPE_F64, &scale, (tern_dtype)type.dtype, &bits, 1);
    uint32_t blob = 0;
    TERN_TRY(tern_graph_add_blob(g, &bits, tern_dtype_find(type.dtype)->bits / 8, true, &blob));
    return tern_graph_add_constant(g, tern_str_of("scale"), &type, blob, out_value);
}

/* One more node behind `x`; *x becomes its result. */
static tern_status append(tern_graph *g, const char *op, tern_str name, const void *attr,
                          tern_value_id other, tern_value_id *x)
{
    const tern_value_id operands[2] = {*x, other};
    tern_node_id node = TERN_NO_ID;
    const tern_op *found = tern_op_by_name(op, strlen(op));
    TERN_TRY(tern_graph_add_node(g,
                                 &(tern_new_node){.op = tern_op_id_of(found),
                                                  .name = name,
                                                  .attr = attr,
                                                  .x = operands,
                                                  .x_count = other != TERN_NO_ID ? 2 : 1},
                                 &node));
    *x = tern_graph_y(g, tern_graph_node(g, node), 0);
    return TERN_OK;
}

static tern_status quantize(tern_graph *g, tern_node_id layer, double scale)
{
    tern_value_id x = tern_graph_x(g, tern_graph_node(g, layer), 0);
    const tern_type type = tern_graph_value(g, x)->type;
    const tern_str name = tern_graph_node(g, layer)->name;
    tern_value_id s = TERN_NO_ID;
    TERN_TRY(add_scale(g, &type, scale, &s));
    TERN_TRY(append(g, "div", name, NULL, s, &x));
    TERN_TRY(append(g, "round", name, NULL, TERN_NO_ID, &x));
    return tern_graph_set_operand(g, layer, 0, x);
}

static tern_status dequantize(tern_graph *g, tern_node_id layer, double scale)
{
    tern_value_id x = tern_graph_x(g, tern_graph_node(g, layer), 0);
    tern_type type = tern_graph_value(g, x)->type;
    type.dtype = TERN_DTYPE_F32;
    const tern_str name = tern_graph_node(g, layer)->name;
    tern_value_id s = TERN_NO_ID;
    TERN_TRY(add_scale(g, &type, scale, &s));
    void *attr = NULL;
    TERN_TRY(tern_net_cast_attr(g, TERN_DTYPE_F32, &attr));
    TERN_TRY(append(g, "cast", name, attr, TERN_NO_ID, &x));
    TERN_TRY(append(g, "mul", name, NULL, s, &x));
    return tern_graph_set_operand(g, layer, 0, x);
}

static const tern_tensor *ranged(const tern_network *net, tern_value_id value)
{
    const tern_tensor *tensor = value < net->tensor_capacity ? net->tensors[value] : NULL;
    return tensor != NULL && tensor->has_range && scale_of(tensor) > 0.0 ? tensor : NULL;
}

static bool is_float(const tern_type *type)
{
    const tern_dtype_info *info = tern_dtype_find(type->dtype);
    return info != NULL && info->class_ == TERN_CLASS_F;
}

tern_status tern_net_apply_ranges(const tern_network *net, tern_graph *g)
{
    for (size_t i = 0; i < net->layer_count; i++) {
        const tern_node *node = tern_graph_node(net->graph, net->layers[i]->node);
        if (node->op != TERN_OP_cast && node->op != TERN_OP_identity) {
            continue;
        }
        const tern_value_id x = tern_graph_x(net->graph, node, 0);
        const tern_value_id y = tern_graph_y(net->graph, node, 0);
        const tern_type *from = &tern_graph_value(net->graph, x)->type;
        const tern_type *to = &tern_graph_value(net->graph, y)->type;
        if (is_float(from) && to->dtype == TERN_DTYPE_I8 && ranged(net, y) != NULL) {
            TERN_TRY(quantize(g, net->layers[i]->node, scale_of(ranged(net, y))));
        } else if (from->dtype == TERN_DTYPE_I8 && is_float(to) && ranged(net, x) != NULL) {
            TERN_TRY(dequantize(g, net->layers[i]->node, scale_of(ranged(net, x))));
        }
    }
    return TERN_OK;
}
