/* SPDX-License-Identifier: Apache-2.0 */
/* onnx.proto as tables: field numbers, kinds, and the member each field goes to.  Bottom up, so a
 * message stands before those that contain it; graph, attribute and type contain themselves. */
#include "import/onnx/model.h"

#include "base/alloc.h"
#include "base/error.h"
#include "import/onnx/fields.h"
#include "import/onnx/message.h"

/* A member, and a list with its count. */
#define AT(type, member) .at = offsetof(type, member)
#define LIST(type, member, count) .at = offsetof(type, member), .count_at = offsetof(type, count)

static const tern_message graph_message, type_message;

/* --- operator sets --- */

static const tern_message opset_message = {
    .name = "operator set",
    .schema = ".bv",
    .bytes = sizeof(tern_onnx_opset),
    .fields = {[1] = {TERN_PUT_STR, AT(tern_onnx_opset, domain)},
               [2] = {TERN_PUT_I64, AT(tern_onnx_opset, version)}},
};

/* --- tensors --- */

static tern_status put_raw(const tern_message_reader *r, const tern_wire_field *field, void *out)
{
    (void)r;
    tern_onnx_tensor *t = out;
    t->has_raw = true;
    t->raw = (tern_span){field->body.at, (size_t)field->number};
    return TERN_OK;
}

static tern_status put_location(const tern_message_reader *r, const tern_wire_field *field,
                                void *out)
{
    (void)r;
    ((tern_onnx_tensor *)out)->is_external = field->number == 1;
    return TERN_OK;
}

typedef struct entry {
    tern_str key, value;
} entry;

static const tern_message entry_message = {
    .name = "external data entry",
    .schema = ".bb",
    .bytes = sizeof(entry),
    .fields = {[1] = {TERN_PUT_STR, AT(entry, key)}, [2] = {TERN_PUT_STR, AT(entry, value)}},
};

static tern_status put_external(const tern_message_reader *r, const tern_wire_field *field,
                                void *out)
{
    tern_onnx_tensor *t = out;
    tern_message_reader inner = *r; /* an entry allocates nothing */
    entry e = {{NULL, 0}, {NULL, 0}};
    TERN_TRY(tern_message_read(&inner, &entry_message, field->body, &e));
    if (tern_str_is(e.key, "location")) {
        t->location = e.value;
    } else if (tern_str_is(e.key, "offset")) {
        if (!tern_parse_int64(e.value, 0, INT64_MAX, &t->offset)) {
            t->offset = -1;
        }
    } else if (tern_str_is(e.key, "length")) {
        if (!tern_parse_int64(e.value, 0, INT64_MAX, &t->length)) {
            t->length = -2;
        }
    }
    return TERN_OK;
}

static tern_status finish_tensor(const tern_message_reader *r, tern_wire bytes, void *out)
{
    (void)r;
    ((tern_onnx_tensor *)out)->message = (tern_span){bytes.at, (size_t)(bytes.end - bytes.at)};
    return TERN_OK;
}

static const tern_onnx_tensor tensor_defaults = {.length = -1};

static const tern_message tensor_message = {
    .name = "tensor",
    .schema = TERN_ONNX_TENSOR_SCHEMA,
    .bytes = sizeof(tern_onnx_tensor),
    .defaults = &tensor_defaults,
    .finish = finish_tensor,
    .fields = {[1] = {TERN_PUT_I64S, LIST(tern_onnx_tensor, dims, rank)},
               [2] = {TERN_PUT_I32, AT(tern_onnx_tensor, dtype)},
               [8] = {TERN_PUT_STR, AT(tern_onnx_tensor, name)},
               [TERN_ONNX_RAW_DATA] = {TERN_PUT_CALL, .call = put_raw},
               [13] = {TERN_PUT_CALL, .call = put_external},
               [14] = {TERN_PUT_CALL, .call = put_location}},
};

static const tern_message sparse_message = {
    .name = "sparse tensor",
    .schema = ".mmV",
    .bytes = sizeof(tern_onnx_sparse),
    .fields = {[1] = {TERN_PUT_INSIDE, AT(tern_onnx_sparse, values), .of = &tensor_message},
               [2] = {TERN_PUT_INSIDE, AT(tern_onnx_sparse, indices), .of = &tensor_message},
               [3] = {TERN_PUT_I64S, LIST(tern_onnx_sparse, dims, rank)}},
};

/* --- types: the messages inside TypeProto all fill the same struct --- */

static const tern_onnx_dim dim_defaults = {.value = -1};

static const tern_message dim_message = {
    .name = "dimension",
    .schema = ".vbb",
    .bytes = sizeof(tern_onnx_dim),
    .defaults = &dim_defaults,
    .fields = {[1] = {TERN_PUT_I64, AT(tern_onnx_dim, value), .is_choice = true},
               [2] = {TERN_PUT_STR, AT(tern_onnx_dim, param), .is_choice = true}},
};

static const tern_message shape_message = {
    .name = "shape",
    .schema = ".b",
    .bytes = sizeof(tern_onnx_type),
    .fields = {[1] = {TERN_PUT_LIST, LIST(tern_onnx_type, dims, rank), .of = &dim_message}},
};

/* TypeProto.Tensor and .SparseTensor */
static const tern_message tensor_type_message = {
    .name = "tensor type",
    .schema = ".vm",
    .bytes = sizeof(tern_onnx_type),
    .fields = {[1] = {TERN_PUT_I32, AT(tern_onnx_type, dtype)},
               [2] = {TERN_PUT_INSIDE, .count_at = offsetof(tern_onnx_type, rank),
                      .of = &shape_message}},
};

/* .Sequence and .Optional */
static const tern_message element_message = {
    .name = "element type",
    .schema = ".m",
    .bytes = sizeof(tern_onnx_type),
    .fields = {[1] = {TERN_PUT_POINTER, AT(tern_onnx_type, element), .of = &type_message}},
};

static const tern_message map_message = {
    .name = "map type",
    .schema = ".vm",
    .bytes = sizeof(tern_onnx_type),
    .fields = {[1] = {TERN_PUT_I32, AT(tern_onnx_type, dtype)},
               [2] = {TERN_PUT_POINTER, AT(tern_onnx_type, element), .of = &type_message}},
};

static const tern_onnx_type type_defaults = {.rank = -1};

#define KIND(message)                                                                              \
    {                                                                                              \
        TERN_PUT_INSIDE, .of = &(message), .is_choice = true,                                      \
                         .choice_at = offsetof(tern_onnx_type, kind)                               \
    }

static const tern_message type_message = {
    .name = "type",
    .schema = ".m..mmbbmm",
    .bytes = sizeof(tern_onnx_type),
    .defaults = &type_defaults,
    .nests = true,
    .fields = {[TERN_ONNX_TYPE_TENSOR] = KIND(tensor_type_message),
               [TERN_ONNX_TYPE_SEQUENCE] = KIND(element_message),
               [TERN_ONNX_TYPE_MAP] = KIND(map_message),
               [TERN_ONNX_TYPE_SPARSE] = KIND(tensor_type_message),
               [TERN_ONNX_TYPE_OPTIONAL] = KIND(element_message)},
};

static const tern_onnx_value_info value_info_defaults = {.type = {.rank = -1}};

static const tern_message value_info_message = {
    .name = "value info",
    .schema = ".bmbb",
    .bytes = sizeof(tern_onnx_value_info),
    .defaults = &value_info_defaults,
    .fields = {[1] = {TERN_PUT_STR, AT(tern_onnx_value_info, name)},
               [2] = {TERN_PUT_INSIDE, AT(tern_onnx_value_info, type), .of = &type_message}},
};

/* --- attributes --- */

/* By kind, the field with the value. */
static const uint8_t value_fields[] = {
    [TERN_ONNX_ATTR_FLOAT] = 2,   [TERN_ONNX_ATTR_INT] = 3,     [TERN_ONNX_ATTR_STRING] = 4,
    [TERN_ONNX_ATTR_TENSOR] = 5,  [TERN_ONNX_ATTR_GRAPH] = 6,   [TERN_ONNX_ATTR_FLOATS] = 7,
    [TERN_ONNX_ATTR_INTS] = 8,    [TERN_ONNX_ATTR_STRINGS] = 9, [TERN_ONNX_ATTR_TENSORS] = 10,
    [TERN_ONNX_ATTR_GRAPHS] = 11, [TERN_ONNX_ATTR_SPARSE] = 22, [TERN_ONNX_ATTR_SPARSES] = 23,
    [TERN_ONNX_ATTR_TYPE] = 14,   [TERN_ONNX_ATTR_TYPES] = 15,
};

static const char attr_schema[] = ".bfvbmmFVbbb.bmb....vbmb";
enum { attr_kind_field = 20, attr_reference_field = 21 };

/*
 * The kind as bytes say it, 0 to 14 or unknown; files of IR version 1 have none, and then it is the
 * kind of the value that is there.
 */
static uint32_t kind_of(tern_wire bytes, const size_t *counts)
{
    uint32_t kind = TERN_ONNX_ATTR_UNDEFINED;
    tern_status status = TERN_OK;
    tern_wire_field field;
    while (tern_wire_next(&bytes, attr_schema, &field, &status)) {
        if (field.id == attr_kind_field) {
            kind = (uint32_t)field.number;
        }
    }
    for (uint32_t i = 1; i < TERN_COUNT_OF(value_fields) && kind == TERN_ONNX_ATTR_UNDEFINED; i++) {
        kind = counts[value_fields[i]] > 0 ? i : kind;
    }
    return kind;
}

static bool is_message_kind(uint32_t kind)
{
    return kind == TERN_ONNX_ATTR_TENSOR || kind == TERN_ONNX_ATTR_GRAPH ||
           kind == TERN_ONNX_ATTR_SPARSE || kind == TERN_ONNX_ATTR_TYPE;
}

static const tern_message attr_message;

/* Only the value of its kind is read, so that members may be shared by several kinds. */
static tern_status start_attr(const tern_message_reader *r, tern_wire bytes, const size_t *counts,
                              void *out, uint32_t *out_fields)
{
    tern_onnx_attr *attr = out;
    const uint32_t kind = kind_of(bytes, counts);
    attr->kind = (tern_onnx_attr_kind)kind;
    *out_fields = 1u << 1 | 1u << attr_reference_field;
    if (kind == TERN_ONNX_ATTR_UNDEFINED || kind >= TERN_COUNT_OF(value_fields)) {
        return TERN_OK;
    }
    const uint8_t field = value_fields[kind];
    *out_fields |= 1u << field;
    if (counts[field] == 0 && is_message_kind(kind) && counts[attr_reference_field] == 0) {
        return tern_message_fail(r, &attr_message, bytes.at, "its value is not there");
    }
    if (kind <= TERN_ONNX_ATTR_STRING) {
        attr->count = 1; /* absent numbers are 0 */
    }
    return TERN_OK;
}

static const tern_message attr_message = {
    .name = "attribute",
    .schema = attr_schema,
    .bytes = sizeof(tern_onnx_attr),
    .start = start_attr,
    .fields = {[1] = {TERN_PUT_STR, AT(tern_onnx_attr, name)},
               [2] = {TERN_PUT_F32, AT(tern_onnx_attr, f)},
               [3] = {TERN_PUT_I64, AT(tern_onnx_attr, i)},
               [4] = {TERN_PUT_STR, AT(tern_onnx_attr, s)},
               [5] = {TERN_PUT_POINTER, LIST(tern_onnx_attr, tensors, count),
                      .of = &tensor_message},
               [6] = {TERN_PUT_POINTER, LIST(tern_onnx_attr, graphs, count), .of = &graph_message},
               [7] = {TERN_PUT_F32S, LIST(tern_onnx_attr, floats, count)},
               [8] = {TERN_PUT_I64S, LIST(tern_onnx_attr, ints, count)},
               [9] = {TERN_PUT_STRS, LIST(tern_onnx_attr, strings, count)},
               [10] = {TERN_PUT_LIST, LIST(tern_onnx_attr, tensors, count), .of = &tensor_message},
               [11] = {TERN_PUT_LIST, LIST(tern_onnx_attr, graphs, count), .of = &graph_message},
               [14] = {TERN_PUT_POINTER, LIST(tern_onnx_attr, types, count), .of = &type_message},
               [15] = {TERN_PUT_LIST, LIST(tern_onnx_attr, types, count), .of = &type_message},
               [attr_reference_field] = {TERN_PUT_STR, AT(tern_onnx_attr, reference)},
               [22] = {TERN_PUT_POINTER, LIST(tern_onnx_attr, sparses, count),
                       .of = &sparse_message},
               [23] = {TERN_PUT_LIST, LIST(tern_onnx_attr, sparses, count), .of = &sparse_message}},
};

/* --- graphs --- */

static const tern_message node_message = {
    .name = "node",
    .schema = ".bbbbbbbbbb",
    .bytes = sizeof(tern_onnx_node),
    .fields = {[1] = {TERN_PUT_STRS, LIST(tern_onnx_node, x, x_count)},
               [2] = {TERN_PUT_STRS, LIST(tern_onnx_node, y, y_count)},
               [3] = {TERN_PUT_STR, AT(tern_onnx_node, name)},
               [4] = {TERN_PUT_STR, AT(tern_onnx_node, op)},
               [5] = {TERN_PUT_LIST, LIST(tern_onnx_node, attrs, attr_count), .of = &attr_message},
               [7] = {TERN_PUT_STR, AT(tern_onnx_node, domain)},
               [8] = {TERN_PUT_STR, AT(tern_onnx_node, overload)}},
};

static const tern_message graph_message = {
    .name = "graph",
    .schema = ".bb..b....bbbbbbb",
    .bytes = sizeof(tern_onnx_graph),
    .nests = true,
    .fields = {[1] = {TERN_PUT_LIST, LIST(tern_onnx_graph, nodes, node_count), .of = &node_message},
               [2] = {TERN_PUT_STR, AT(tern_onnx_graph, name)},
               [5] = {TERN_PUT_LIST, LIST(tern_onnx_graph, initializers, initializer_count),
                      .of = &tensor_message},
               [11] = {TERN_PUT_LIST, LIST(tern_onnx_graph, inputs, input_count),
                       .of = &value_info_message},
               [12] = {TERN_PUT_LIST, LIST(tern_onnx_graph, outputs, output_count),
                       .of = &value_info_message},
               [13] = {TERN_PUT_LIST, LIST(tern_onnx_graph, infos, info_count),
                       .of = &value_info_message},
               [15] = {TERN_PUT_LIST, LIST(tern_onnx_graph, sparses, sparse_count),
                       .of = &sparse_message}},
};

static const tern_message function_message = {
    .name = "function",
    .schema = ".b..bbbbbbbbbbb",
    .bytes = sizeof(tern_onnx_function),
    .fields =
        {[1] = {TERN_PUT_STR, AT(tern_onnx_function, name)},
         [4] = {TERN_PUT_STRS, LIST(tern_onnx_function, x, x_count)},
         [5] = {TERN_PUT_STRS, LIST(tern_onnx_function, y, y_count)},
         [6] = {TERN_PUT_STRS, LIST(tern_onnx_function, attr_names, attr_name_count)},
         [7] = {TERN_PUT_LIST, LIST(tern_onnx_function, nodes, node_count), .of = &node_message},
         [9] = {TERN_PUT_LIST, LIST(tern_onnx_function, opsets, opset_count), .of = &opset_message},
         [10] = {TERN_PUT_STR, AT(tern_onnx_function, domain)},
         [11] = {TERN_PUT_LIST, LIST(tern_onnx_function, attrs, attr_count), .of = &attr_message},
         [13] = {TERN_PUT_STR, AT(tern_onnx_function, overload)}},
};

static const tern_message model_message = {
    .name = "model",
    .schema = ".vbbbvbmb.....b.....b....bb",
    .bytes = sizeof(tern_onnx_model),
    .fields = {[1] = {TERN_PUT_I64, AT(tern_onnx_model, ir_version)},
               [2] = {TERN_PUT_STR, AT(tern_onnx_model, producer)},
               [3] = {TERN_PUT_STR, AT(tern_onnx_model, producer_version)},
               [4] = {TERN_PUT_STR, AT(tern_onnx_model, domain)},
               [7] = {TERN_PUT_POINTER, AT(tern_onnx_model, graph), .of = &graph_message},
               [8] = {TERN_PUT_LIST, LIST(tern_onnx_model, opsets, opset_count),
                      .of = &opset_message},
               [25] = {TERN_PUT_LIST, LIST(tern_onnx_model, functions, function_count),
                       .of = &function_message}},
};

/* --- the model --- */

/*
 * Structs may take this many times the file's bytes, and some to start with: a node of an output
 * and an operator's name is 10 bytes of file and 120 of memory.  Without the limit two bytes would
 * buy a hundred.
 */
enum { memory_per_byte = 32, memory_at_least = 1 << 16 };

tern_status tern_onnx_read(tern_span bytes, const char *who, tern_arena *arena,
                           const tern_onnx_model **out_model)
{
    *out_model = NULL;
    if (bytes.bytes == 0) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: no bytes, expected an ONNX model", who);
    }
    const uint8_t *at = bytes.at;
    tern_message_reader r = {.base = at, .who = who, .arena = arena};
    if (!tern_size_mul(bytes.bytes, memory_per_byte, &r.limit_bytes) ||
        !tern_size_add(r.limit_bytes, memory_at_least, &r.limit_bytes)) {
        return tern_fail(TERN_UNSUPPORTED, "%.200s: %zu bytes are too many", who, bytes.bytes);
    }
    tern_onnx_model *model = tern_arena_zero(arena, sizeof *model, _Alignof(tern_onnx_model));
    if (model == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(tern_message_read(&r, &model_message, (tern_wire){at, at + bytes.bytes}, model));
    *out_model = model;
    return TERN_OK;
}
