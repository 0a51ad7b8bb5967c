/* SPDX-License-Identifier: Apache-2.0
 *
 * The network: the editable front of a graph.  A layer is a node, a tensor is a value; attributes,
 * inputs and weights may change until the build, which takes a snapshot (snapshot.c).  Shapes are
 * inferred lazily (shapes.c): an edit moves the graph's change counter, the first question about a
 * shape infers everything again in order.  Weights set by name are flat constants behind an
 * operand.
 *
 * Handles have stable addresses and live as long as the network.  One thread at a time.
 */
#ifndef TERN_NETWORK_NETWORK_H
#define TERN_NETWORK_NETWORK_H

#include "ir/graph.h"
#include "tern/log.h"
#include "tern/network.h"

struct tern_tensor {
    tern_network *network;
    tern_value_id value;
    bool has_range;
    double low, high;
};

struct tern_layer {
    tern_network *network;
    tern_node_id node;
    int32_t output_dtype[TERN_OP_MAX_OUTPUTS]; /* asked for; 0: as inferred */
    int32_t precision;                         /* asked for; 0: none */
    uint32_t weight_operands; /* bit i: operand i is a constant made by set_weights */
    tern_str metadata;
    /* Of a constant, as they were given: its value has the element type that was asked for. */
    tern_weights weights;
    /* Attributes as the last inference filled them in (axis -1 is rank - 1).  What the user set
     * stays in the node, so that it still means the same when shapes change. */
    void *resolved;
    size_t resolved_size; /* room there */
    bool is_resolved;     /* that inference worked */
};

struct tern_network {
    tern_allocator allocator;
    tern_graph *graph;
    tern_logger logger;
    tern_layer **layers;   /* in the order of creation; in the graph's arena, as all handles */
    tern_tensor **tensors; /* by value id; NULL until asked for */
    size_t layer_count, layer_capacity, tensor_capacity;
    uint64_t inferred_at; /* graph->changes when shapes were last inferred; 0: never */
    tern_error problem;   /* the first of that inference; status TERN_OK: none */
};

/* Handles for nodes that were put into the graph behind the network's back (an import). */
tern_status tern_net_wrap_nodes(tern_network *net);

/* How much of a name a message shows: names may be longer than messages. */
static inline int tern_net_shown(tern_str name)
{
    return name.len < 120 ? (int)name.len : 120;
}

tern_status tern_net_create(tern_allocator allocator, tern_logger logger, tern_batch batch,
                            tern_network **out_network);
void tern_net_destroy(tern_network *net);

/* A network around a graph (read from text), which it owns from now on, also when this fails. */
tern_status tern_net_adopt(tern_allocator allocator, tern_logger logger, tern_graph *graph,
                           tern_network **out_network);

/* A type for an input: extents of -1 become symbols named after the input and the axis, "x.0". */
tern_status tern_net_make_type(tern_network *net, const char *name, tern_dtype dtype, int32_t rank,
                               const int64_t *dims, tern_type *out_type);

tern_status tern_net_add_input(tern_network *net, const char *name, const tern_type *type,
                               tern_tensor **out_tensor);
tern_status tern_net_add_layer(tern_network *net, const tern_op *op, const char *attributes,
                               tern_tensor *const *inputs, int32_t input_count,
                               tern_layer **out_layer);
tern_status tern_net_add_constant(tern_network *net, const tern_type *type,
                                  const tern_weights *weights, tern_layer **out_layer);
/* for_shapes: the output is read on the host. */
tern_status tern_net_mark_output(tern_network *net, tern_tensor *tensor, bool for_shapes);
tern_status tern_net_unmark_output(tern_network *net, tern_tensor *tensor);

/* TensorRT's name for this kind of layer, the operator's own where it has none (kinds.def). */
const char *tern_net_kind(const tern_op *op, const void *attr);

/* The handle of a value; NULL for NO_ID, or when memory ran out (recorded). */
tern_tensor *tern_net_tensor(tern_network *net, tern_value_id value);

/* Decides how the batch is treated; INVALID_ARGUMENT when that was decided otherwise. */
tern_status tern_net_decide_batch(tern_network *net, tern_batch batch, const char *cause);

/* --- layers (layer.c) --- */

const tern_op *tern_net_layer_op(const tern_layer *layer);
tern_status tern_net_layer_set_op(tern_layer *layer, const tern_op *op);
tern_status tern_net_layer_set_name(tern_layer *layer, const char *name);
/* Operands the user sees: up to the last one that is there and is not set by weights. */
int32_t tern_net_layer_input_count(const tern_layer *layer);
tern_status tern_net_layer_set_input(tern_layer *layer, int32_t index, tern_tensor *tensor);
tern_status tern_net_layer_set_attr(tern_layer *layer, const char *name,
                                    const tern_attr_value *value);
tern_status tern_net_layer_get_attr(const tern_layer *layer, const char *name,
                                    tern_attr_value *out_value);
tern_status tern_net_layer_set_weights(tern_layer *layer, const char *name,
                                       const tern_weights *weights);
tern_status tern_net_layer_get_weights(const tern_layer *layer, const char *name,
                                       tern_weights *out_weights);

/* --- constant layers (constant.c) --- */

/* Takes the weights from the graph, when the layer's handle is made. */
void tern_net_constant_adopt(tern_layer *layer);
tern_status tern_net_constant_set_shape(tern_layer *layer, int32_t rank, const int64_t *dims);
/* The weights are valid by themselves. */
tern_status tern_net_constant_set_weights(tern_layer *layer, const tern_weights *weights);
/* BAD_SHAPE unless there are as many weights as the shape takes. */
tern_status tern_net_constant_check(const tern_layer *layer);

/* --- shapes (shapes.c) --- */

/* Infers all layers when something changed; what could not be inferred has dtype 0, and the first
   reason is returned. */
tern_status tern_net_infer(tern_network *net);

/* --- snapshot (snapshot.c) --- */

/* The graph to build, a clone the caller destroys: inferred without a problem, output types as
 * asked (casts put in), input and output names checked, unused layers left in (passes remove them).
 * */
tern_status tern_net_snapshot(tern_network *net, tern_graph **out_graph);

/* Parts of it: attributes of a cast, in the graph's memory; the arithmetic that ranges ask for
   (range.c). */
tern_status tern_net_cast_attr(tern_graph *g, tern_dtype dtype, void **out_attr);
tern_status tern_net_apply_ranges(const tern_network *net, tern_graph *g);

#endif
