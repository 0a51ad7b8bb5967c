/* SPDX-License-Identifier: Apache-2.0
 *
 * An ONNX file as structs: what onnx.proto says and nothing more.  Strings, weights and typed data
 * stay where they are in the file's bytes; arrays of structs lie in the caller's arena.  Nothing is
 * checked here but that the bytes are well-formed and within limits: meaning is import.h's.
 *
 *     bytes (mapped file or memory) --tern_onnx_read--> tern_onnx_model --import--> graph
 *
 * Names are tern_str: not ended by NUL, and may hold anything.
 */
#ifndef TERN_IMPORT_ONNX_MODEL_H
#define TERN_IMPORT_ONNX_MODEL_H

#include "base/arena.h"
#include "base/os.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Graphs, attributes and types inside one another; objects (nodes, tensors, attributes ...) in one
 * file. */
enum { TERN_ONNX_MAX_DEPTH = 64, TERN_ONNX_MAX_OBJECTS = 4 * 1000 * 1000 };

/* TensorProto.data_type; tern_dtype has the same numbers where it has the type. */
enum { TERN_ONNX_STRING = 8, TERN_ONNX_COMPLEX64 = 14, TERN_ONNX_COMPLEX128 = 15 };

typedef struct tern_onnx_tensor {
    tern_str name;
    int32_t dtype; /* TensorProto.data_type as it stands, any number */
    int32_t rank;  /* any number */
    const int64_t *dims;
    bool has_raw;
    tern_span raw;     /* raw_data, any alignment */
    tern_span message; /* the whole message: typed data is read from it when asked for */
    bool is_external;  /* data_location EXTERNAL */
    tern_str location; /* of external data */
    int64_t offset;    /* 0 when absent; -1 when it is no number */
    int64_t length;    /* -1 absent; -2 when it is no number */
} tern_onnx_tensor;

typedef struct tern_onnx_sparse {
    tern_onnx_tensor values, indices;
    int32_t rank;
    const int64_t *dims;
} tern_onnx_sparse;

typedef enum tern_onnx_type_kind {
    TERN_ONNX_TYPE_NONE = 0, /* no type given */
    TERN_ONNX_TYPE_TENSOR = 1,
    TERN_ONNX_TYPE_SEQUENCE = 4,
    TERN_ONNX_TYPE_MAP = 5,
    TERN_ONNX_TYPE_SPARSE = 8,
    TERN_ONNX_TYPE_OPTIONAL = 9
} tern_onnx_type_kind;

typedef struct tern_onnx_dim {
    int64_t value;  /* -1: not a number */
    tern_str param; /* "N", or "" */
} tern_onnx_dim;

typedef struct tern_onnx_type {
    tern_onnx_type_kind kind;
    int32_t dtype; /* of a tensor or sparse tensor; a map's key */
    int32_t rank;  /* -1: not known */
    const tern_onnx_dim *dims;
    const struct tern_onnx_type *element; /* of a sequence, an optional, a map's value; else NULL */
} tern_onnx_type;

typedef struct tern_onnx_value_info {
    tern_str name;
    tern_onnx_type type;
} tern_onnx_value_info;

typedef struct tern_onnx_graph tern_onnx_graph;

/* AttributeProto.AttributeType */
typedef enum tern_onnx_attr_kind {
    TERN_ONNX_ATTR_UNDEFINED = 0,
    TERN_ONNX_ATTR_FLOAT = 1,
    TERN_ONNX_ATTR_INT = 2,
    TERN_ONNX_ATTR_STRING = 3,
    TERN_ONNX_ATTR_TENSOR = 4,
    TERN_ONNX_ATTR_GRAPH = 5,
    TERN_ONNX_ATTR_FLOATS = 6,
    TERN_ONNX_ATTR_INTS = 7,
    TERN_ONNX_ATTR_STRINGS = 8,
    TERN_ONNX_ATTR_TENSORS = 9,
    TERN_ONNX_ATTR_GRAPHS = 10,
    TERN_ONNX_ATTR_SPARSE = 11,
    TERN_ONNX_ATTR_SPARSES = 12,
    TERN_ONNX_ATTR_TYPE = 13,
    TERN_ONNX_ATTR_TYPES = 14
} tern_onnx_attr_kind;

typedef struct tern_onnx_attr {
    tern_str name;
    tern_onnx_attr_kind kind; /* as written; of old files without it, what the fields say */
    int32_t count;            /* of the list kinds; 1 for the single ones */
    tern_str reference;       /* ref_attr_name: in a function's body, the function's attribute */
    float f;
    int64_t i;
    tern_str s;
    const float *floats;
    const int64_t *ints;
    const tern_str *strings;
    const tern_onnx_tensor *tensors; /* TENSOR: one */
    const tern_onnx_graph *graphs;   /* GRAPH: one */
    const tern_onnx_sparse *sparses; /* SPARSE: one */
    const tern_onnx_type *types;     /* TYPE: one */
} tern_onnx_attr;

typedef struct tern_onnx_node {
    tern_str name, op, domain, overload;
    const tern_str *x, *y; /* "" for one that is absent */
    const tern_onnx_attr *attrs;
    int32_t x_count, y_count, attr_count;
} tern_onnx_node;

struct tern_onnx_graph {
    tern_str name;
    const tern_onnx_node *nodes;
    const tern_onnx_tensor *initializers;
    const tern_onnx_sparse *sparses; /* their names are their values' names */
    const tern_onnx_value_info *inputs, *outputs, *infos;
    int32_t node_count, initializer_count, sparse_count, input_count, output_count, info_count;
};

typedef struct tern_onnx_opset {
    tern_str domain; /* "" is ai.onnx */
    int64_t version;
} tern_onnx_opset;

typedef struct tern_onnx_function {
    tern_str name, domain, overload;
    const tern_str *x, *y;       /* formal names */
    const tern_str *attr_names;  /* attributes without a default */
    const tern_onnx_attr *attrs; /* those with one */
    const tern_onnx_opset *opsets;
    const tern_onnx_node *nodes;
    int32_t x_count, y_count, attr_name_count, attr_count, opset_count, node_count;
} tern_onnx_function;

typedef struct tern_onnx_model {
    int64_t ir_version;
    tern_str producer, producer_version, domain;
    const tern_onnx_opset *opsets;
    const tern_onnx_graph *graph; /* NULL when the file has none */
    const tern_onnx_function *functions;
    int32_t opset_count, function_count;
} tern_onnx_model;

/*
 * Reads a model.  Everything points into `bytes` and `arena`, which must stay.  BAD_MODEL with the
 * offset and the reason when the bytes are no ONNX model; UNSUPPORTED over a limit.
 */
tern_status tern_onnx_read(tern_span bytes, const char *who, tern_arena *arena,
                           const tern_onnx_model **out_model);

/* --- data of tensors (tensor.c) --- */

/*
 * Files of external data, each mapped once.  Only files inside `folder` may be named: no absolute
 * path, no "..", no link that leads out, no device, no name with a NUL or a URL's colon-slashes.
 */
typedef struct tern_onnx_files tern_onnx_files;

/* folder NULL: external data is refused. */
tern_status tern_onnx_files_create(tern_allocator allocator, const char *folder,
                                   tern_onnx_files **out_files);
/* Data taken from them must not be used any more.  NULL does nothing. */
void tern_onnx_files_destroy(tern_onnx_files *files);

/*
 * A tensor's elements: dense, little-endian, in the type's own width (sub-byte types packed), any
 * alignment.  Raw and external data is borrowed where it lies; typed data is converted into the
 * arena.  Checked: the type is a numeric one tern has (bits from tern_dtype), dims are not
 * negative, the product does not overflow, the bytes are exactly as many as the dims say.
 */
tern_status tern_onnx_tensor_data(const tern_onnx_tensor *tensor, tern_onnx_files *files,
                                  tern_arena *arena, const char *who, tern_span *out_data);

/* The elements of a string tensor; as many as the dims say. */
tern_status tern_onnx_tensor_strings(const tern_onnx_tensor *tensor, tern_arena *arena,
                                     const char *who, const tern_str **out_strings,
                                     int64_t *out_count);

#endif
