/* SPDX-License-Identifier: Apache-2.0
 *
 * Networks: what a user describes before it is built.
 *
 * A network belongs to a builder and owns its layers and tensors: handles to them are borrowed and
 * live as long as the network.  A layer is one operator of `tern ops` (docs/operators.md lists them
 * with their operands and attributes); attributes and inputs may be changed at any time before the
 * build, which takes a snapshot.
 *
 *     builder --- network --- layer --- output tensor --- input of the next layer
 *
 * Simplest use:
 *
 *     tern_network_add_input(network, "x", TERN_DTYPE_F32, 4, (int64_t[]){1, 1, 28, 28}, &x);
 *     tern_network_add_layer(network, "conv", "{out_channels=20, kernel=[5,5]}", &x, 1, &conv);
 *     tern_layer_set_weights(conv, "kernel", &(tern_weights){TERN_DTYPE_F32, w, 500});
 *     tern_network_mark_output(network, tern_layer_output(conv, 0));
 */
#ifndef TERN_NETWORK_H
#define TERN_NETWORK_H

#include "tern/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tern_builder tern_builder;
typedef struct tern_network tern_network;
typedef struct tern_layer tern_layer;
typedef struct tern_tensor tern_tensor;

/* How a network treats the batch dimension. */
typedef enum tern_batch {
    TERN_BATCH_DECIDE_LATER =
        0, /* what the network turns out to use; explicit when nothing decides */
    TERN_BATCH_IS_IMPLICIT =
        1, /* shapes without N; any batch up to the builder's maximum at run time */
    TERN_BATCH_IS_EXPLICIT = 2 /* shapes as they are; -1 for an extent that varies */
} tern_batch;

/* Weights: a borrowed array. */
typedef struct tern_weights {
    tern_dtype dtype;
    const void *data; /* dense; any alignment; must stay until the network is built or destroyed */
    int64_t count;    /* elements */
} tern_weights;

/**
 * Make an empty network.
 *
 * Memory:   uses the builder's allocator and logger; the network may outlive the builder.
 * Threads:  any.
 * Errors:   INVALID_ARGUMENT  a pointer is NULL, or `batch` is no tern_batch;
 *           OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_network_create(tern_builder *builder, tern_batch batch,
                                                        tern_network **out_network);

/**
 * Free a network with its layers, tensors and handles.
 *
 * Memory:   NULL does nothing.  Plans built from it stay valid.
 * Threads:  one at a time per network.
 * Errors:   none.
 */
TERN_API void tern_network_destroy(tern_network *network);

/**
 * Add an input.
 *
 * `dims`  rank extents; -1 for one that varies (explicit batch only).  May be NULL for rank 0.
 *
 * Memory:   the name is copied; the handle is borrowed and lives as long as the network.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  no name, a name that another input has, or no element type;
 *           BAD_SHAPE         a rank over TERN_MAX_RANK, an extent below -1, or a volume that
 *           overflows;
 *           OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_network_add_input(tern_network *network, const char *name,
                                                           tern_dtype dtype, int32_t rank,
                                                           const int64_t *dims,
                                                           tern_tensor **out_tensor);

/**
 * Add a layer: one operator with its inputs.
 *
 * `op`          a name that `tern ops` lists.
 * `attributes`  text such as "{stride=[2,2]}"; NULL: all have their defaults.
 * `inputs`      tensors in the operator's order, NULL for an optional one that is absent.
 *
 * Memory:   texts are copied; the handle is borrowed and lives as long as the network.
 * Threads:  one at a time per network.
 * Errors:   UNSUPPORTED       there is no such operator;
 *           INVALID_ARGUMENT  too many inputs, an input of another network, an attribute that does
 *           not exist or
 *                             has a wrong value;
 *           OUT_OF_MEMORY.  Shapes are checked later: by tern_tensor_shape and by the build.
 */
TERN_API TERN_NODISCARD tern_status tern_network_add_layer(tern_network *network, const char *op,
                                                           const char *attributes,
                                                           tern_tensor *const *inputs,
                                                           int32_t input_count,
                                                           tern_layer **out_layer);

/**
 * Add a constant tensor.
 *
 * Memory:   the weights are borrowed until the network is built or destroyed.
 * Threads:  one at a time per network.
 * Errors:   BAD_SHAPE         the number of weights is not the product of the dims;
 *           INVALID_ARGUMENT  a NULL pointer, or no element type;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_network_add_constant(tern_network *network, int32_t rank,
                                                              const int64_t *dims,
                                                              const tern_weights *weights,
                                                              tern_layer **out_layer);

/**
 * Make a tensor an output, an output read on the host (a shape), or no output any more.
 *
 * Memory:   nothing is kept but the mark.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  an input, a tensor of another network, or (unmark) no output;
 *           OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_network_mark_output(tern_network *network,
                                                             tern_tensor *tensor);
TERN_API TERN_NODISCARD tern_status tern_network_mark_shape_output(tern_network *network,
                                                                   tern_tensor *tensor);
TERN_API TERN_NODISCARD tern_status tern_network_unmark_output(tern_network *network,
                                                               tern_tensor *tensor);

/**
 * Count and list inputs, outputs and layers, each in the order of the calls that made them.
 *
 * Memory:   handles are borrowed; NULL for an index out of range.
 * Threads:  one at a time per network.
 * Errors:   none; 0 or NULL for a NULL network.
 */
TERN_API int32_t tern_network_input_count(const tern_network *network);
TERN_API int32_t tern_network_output_count(const tern_network *network);
TERN_API int32_t tern_network_layer_count(const tern_network *network);
TERN_API tern_tensor *tern_network_input(tern_network *network, int32_t index);
TERN_API tern_tensor *tern_network_output(tern_network *network, int32_t index);
TERN_API tern_layer *tern_network_layer(const tern_network *network, int32_t index);

/**
 * Set or get the network's name; "" unless set.
 *
 * Memory:   copied; what is returned is borrowed until the next change.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  NULL, or over 4,096 bytes;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_network_set_name(tern_network *network, const char *name);
TERN_API const char *tern_network_name(const tern_network *network);

/**
 * Tell whether shapes come without a batch dimension.
 *
 * While that is open, asking decides it: implicit when a layer needs it, else explicit.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   none.
 */
TERN_API int32_t tern_network_has_implicit_batch(tern_network *network);

/**
 * Say that something was used which only one kind of batch can mean.
 *
 * Decides when it is open.  `cause` goes to the log, such as "add_fully_connected on rank 3".
 *
 * Memory:   `cause` is not kept.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  the network has the other kind already.
 */
TERN_API TERN_NODISCARD tern_status tern_network_decide_batch(tern_network *network,
                                                              tern_batch batch, const char *cause);

/* --- layers --- */

/**
 * Get the operator's name ("conv"), or make it another of its family: relu to sigmoid, add to mul.
 *
 * Memory:   the name is static.
 * Threads:  one at a time per network.
 * Errors:   UNSUPPORTED       there is no such operator;
 *           INVALID_ARGUMENT  it is not elementwise, or takes another number of inputs.
 */
TERN_API const char *tern_layer_op(const tern_layer *layer);
TERN_API TERN_NODISCARD tern_status tern_layer_set_op(tern_layer *layer, const char *op);

/**
 * Set or get the layer's name, and a text of the user's own that the inspector shows.
 *
 * Without a name a layer is called as in TensorRT, `(Unnamed Layer* 3) [Convolution]`, its result
 * `<layer>_output`.
 *
 * Memory:   copied; what is returned is borrowed until the next change.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  NULL;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_layer_set_name(tern_layer *layer, const char *name);
TERN_API const char *tern_layer_name(const tern_layer *layer);
TERN_API TERN_NODISCARD tern_status tern_layer_set_metadata(tern_layer *layer, const char *text);
TERN_API const char *tern_layer_metadata(const tern_layer *layer);

/**
 * Count and list a layer's inputs and outputs.
 *
 * Inputs set by weights do not count.
 *
 * Memory:   handles are borrowed; NULL for an absent optional input or an index out of range.
 * Threads:  one at a time per network.
 * Errors:   none; 0 or NULL for a NULL layer.
 */
TERN_API int32_t tern_layer_input_count(const tern_layer *layer);
TERN_API int32_t tern_layer_output_count(const tern_layer *layer);
TERN_API tern_tensor *tern_layer_input(const tern_layer *layer, int32_t index);
TERN_API tern_tensor *tern_layer_output(const tern_layer *layer, int32_t index);

/**
 * Replace an input, or set an optional one, such as the run-time shape of a shuffle.
 *
 * Memory:   takes the place of weights that were set for it.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  an index the operator does not have, or a tensor of another network.
 */
TERN_API TERN_NODISCARD tern_status tern_layer_set_input(tern_layer *layer, int32_t index,
                                                         tern_tensor *tensor);

/**
 * Set or get an attribute by its name, as `tern ops` lists them.
 *
 * Enumerations and element types go by name (text) or number; one number sets a list of one.  A
 * set of axes is a number, bit i for axis i; set_i64s sets it from a list of axes.
 * Getting fills in what shapes decide: an axis of -1 reads as the last one's number while shapes
 * are known.
 *
 * Memory:   values are copied; a returned name is static. Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  no such attribute, another kind, a value out of range, a list too
 * long.
 */
TERN_API TERN_NODISCARD tern_status tern_layer_set_i64(tern_layer *layer, const char *name,
                                                       int64_t value);
TERN_API TERN_NODISCARD tern_status tern_layer_set_f64(tern_layer *layer, const char *name,
                                                       double value);
TERN_API TERN_NODISCARD tern_status tern_layer_set_i64s(tern_layer *layer, const char *name,
                                                        const int64_t *values, int32_t count);
TERN_API TERN_NODISCARD tern_status tern_layer_set_f64s(tern_layer *layer, const char *name,
                                                        const double *values, int32_t count);
TERN_API TERN_NODISCARD tern_status tern_layer_set_text(tern_layer *layer, const char *name,
                                                        const char *value);
TERN_API TERN_NODISCARD tern_status tern_layer_get_i64(const tern_layer *layer, const char *name,
                                                       int64_t *out_value);
TERN_API TERN_NODISCARD tern_status tern_layer_get_f64(const tern_layer *layer, const char *name,
                                                       double *out_value);
TERN_API TERN_NODISCARD tern_status tern_layer_get_i64s(const tern_layer *layer, const char *name,
                                                        int64_t values[TERN_MAX_RANK],
                                                        int32_t *out_count);
TERN_API TERN_NODISCARD tern_status tern_layer_get_f64s(const tern_layer *layer, const char *name,
                                                        double values[TERN_MAX_RANK],
                                                        int32_t *out_count);
TERN_API TERN_NODISCARD tern_status tern_layer_get_text(const tern_layer *layer, const char *name,
                                                        const char **out_value);

/**
 * Set or get the weights behind a named operand: "kernel", "bias", "shift" ...
 *
 * data NULL with count 0 takes them away.  Getting what is not there gives NULL and 0.  Those of a
 * constant layer are called "weights".
 *
 * Memory:   the array is borrowed until the network is built or destroyed.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  the operator has no such operand, or data is NULL with a count;
 *           OUT_OF_MEMORY.  Whether the count is right shows when shapes are inferred.
 */
TERN_API TERN_NODISCARD tern_status tern_layer_set_weights(tern_layer *layer, const char *name,
                                                           const tern_weights *weights);
TERN_API TERN_NODISCARD tern_status tern_layer_get_weights(const tern_layer *layer,
                                                           const char *name,
                                                           tern_weights *out_weights);

/**
 * Change the shape of a constant layer.
 *
 * Shape and weights may be set in any order; a build refuses a layer where they do not agree.
 *
 * Memory:   copied.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  NULL, or the layer is no constant;
 *           BAD_SHAPE         a rank over TERN_MAX_RANK, a negative extent, or a volume that
 *           overflows;
 *           OUT_OF_MEMORY.  Whether it fits the weights shows when shapes are inferred.
 */
TERN_API TERN_NODISCARD tern_status tern_layer_set_shape(tern_layer *layer, int32_t rank,
                                                         const int64_t *dims);

/**
 * Ask for the element type of a result (a cast is put behind the layer); 0: as inferred.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  no such output or element type.
 */
TERN_API TERN_NODISCARD tern_status tern_layer_set_output_dtype(tern_layer *layer, int32_t index,
                                                                tern_dtype dtype);
TERN_API tern_dtype tern_layer_output_dtype(const tern_layer *layer, int32_t index);

/**
 * Record the precision a user would like the layer to compute in; 0: none.
 *
 * Tern computes in the tensors' own types; the wish changes nothing and is shown by the inspector.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  no such element type.
 */
TERN_API TERN_NODISCARD tern_status tern_layer_set_precision(tern_layer *layer, tern_dtype dtype);
TERN_API tern_dtype tern_layer_precision(const tern_layer *layer);

/* --- tensors --- */

/**
 * Get or set a tensor's name; inputs and outputs are found by it at run time.
 *
 * Memory:   copied; what is returned is borrowed until the next change.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  NULL, or over 4,096 bytes;  OUT_OF_MEMORY.
 */
TERN_API const char *tern_tensor_name(const tern_tensor *tensor);
TERN_API TERN_NODISCARD tern_status tern_tensor_set_name(tern_tensor *tensor, const char *name);

/**
 * Get the element type (0 when inference failed), or set it: of an input, or what a result is cast
 * to.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  no such element type.
 */
TERN_API tern_dtype tern_tensor_dtype(const tern_tensor *tensor);
TERN_API TERN_NODISCARD tern_status tern_tensor_set_dtype(tern_tensor *tensor, tern_dtype dtype);

/**
 * Get the shape as it is inferred now.
 *
 * -1 stands for an extent that varies.  This error is not sent to the logger; a build sends it.
 *
 * Memory:   fills `dims`. Threads:  one at a time per network. Errors:   what inference said, with
 * *out_rank -1: the first problem of the network, naming the layer.
 */
TERN_API TERN_NODISCARD tern_status tern_tensor_shape(const tern_tensor *tensor, int32_t *out_rank,
                                                      int64_t dims[TERN_MAX_RANK]);

/**
 * Change the shape of an input.
 *
 * Memory:   copied.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  not an input;  BAD_SHAPE  as tern_network_add_input;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_tensor_set_shape(tern_tensor *tensor, int32_t rank,
                                                          const int64_t *dims);

/**
 * Name an axis of an input, or get its name ("" when it has none).
 *
 * Varying axes of one name always have one extent.
 *
 * Memory:   copied; what is returned is borrowed until the next change.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  not an input, or no such axis;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_tensor_set_dim_name(tern_tensor *tensor, int32_t axis,
                                                             const char *name);
TERN_API const char *tern_tensor_dim_name(const tern_tensor *tensor, int32_t axis);

/**
 * Set or get the memory formats a user would bind, as a mask of TensorRT's format numbers.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   UNSUPPORTED  the mask leaves out bit 0, the linear format.
 */
TERN_API TERN_NODISCARD tern_status tern_tensor_set_formats(tern_tensor *tensor,
                                                            uint32_t format_mask);
TERN_API uint32_t tern_tensor_formats(const tern_tensor *tensor);

/**
 * Set or get the range of a tensor's values, for layers that convert between floats and int8.
 *
 * A cast or identity layer from a float type to int8 whose result has a range quantizes: it divides
 * by max(|low|, |high|) / 127, rounds to nearest even and saturates.  One from int8 whose input has
 * a range multiplies.  Without a range both convert the plain number.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   INVALID_ARGUMENT  a bound is not finite, or low > high; (get) no range is set.
 */
TERN_API TERN_NODISCARD tern_status tern_tensor_set_range(tern_tensor *tensor, double low,
                                                          double high);
TERN_API TERN_NODISCARD tern_status tern_tensor_range(const tern_tensor *tensor, double *out_low,
                                                      double *out_high);
/**
 * Tell whether a range is set, or take it away again.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   none.
 */
TERN_API int32_t tern_tensor_has_range(const tern_tensor *tensor);
TERN_API void tern_tensor_reset_range(tern_tensor *tensor);

/**
 * Tell what a tensor is: an input, an output, one whose values compute shapes.
 *
 * Memory:   none.
 * Threads:  one at a time per network.
 * Errors:   none; 0 for NULL.
 */
TERN_API int32_t tern_tensor_is_input(const tern_tensor *tensor);
TERN_API int32_t tern_tensor_is_output(const tern_tensor *tensor);
TERN_API int32_t tern_tensor_is_shape(const tern_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif
