/* SPDX-License-Identifier: Apache-2.0 */
/* Field numbers stand as onnx.proto gives them, in the order of the calls' comments. */
#include "import/sample.h"

/* Fields nobody has heard of, one of each wire kind, as a newer onnx.proto may have. */
static void unknown_fields(proto *p)
{
    proto_number(p, 100, 7);
    proto_f64(p, 101, 1.0);
    proto_text(p, 102, "later");
    proto_f32(p, 103, 1.0f);
    proto_number(p, 536870911, 7); /* the largest id there is */
}

static void entry(proto *p, uint32_t id, const char *key, const char *value)
{
    const size_t e = proto_begin(p, id);
    proto_text(p, 1, key);
    proto_text(p, 2, value);
    proto_end(p, e);
}

/* --- tensors --- */

/* name, type, dims one by one; [2,1] floats raw */
static void raw_tensor(proto *p, uint32_t id, const char *name)
{
    static const float data[] = {1.5f, -2.0f};
    const size_t t = proto_begin(p, id);
    proto_number(p, 1, 2); /* dims */
    proto_number(p, 1, 1);
    proto_number(p, 2, 1); /* data_type FLOAT */
    proto_text(p, 8, name);
    proto_bytes(p, 9, data, sizeof data); /* raw_data */
    proto_text(p, 12, "doc_string");
    entry(p, 16, "metadata", "props");
    unknown_fields(p);
    proto_end(p, t);
}

static void int64_tensor(proto *p, uint32_t id, const char *name)
{
    static const int64_t dims[] = {2, 2}, data[] = {0, 1, -1, INT64_MAX};
    const size_t t = proto_begin(p, id);
    proto_packed(p, 1, dims, 2);
    proto_number(p, 2, 7); /* INT64 */
    proto_packed(p, 7, data, 4);
    proto_text(p, 8, name);
    proto_end(p, t);
}

static void string_tensor(proto *p, uint32_t id)
{
    const size_t t = proto_begin(p, id);
    proto_number(p, 1, 3);
    proto_number(p, 2, 8); /* STRING */
    proto_text(p, 6, "one");
    proto_text(p, 6, "");
    proto_bytes(p, 6, "t\0o", 3);
    proto_text(p, 8, "words");
    proto_end(p, t);
}

static void external_tensor(proto *p, uint32_t id)
{
    const size_t t = proto_begin(p, id);
    proto_number(p, 1, 3);
    proto_number(p, 2, 2); /* UINT8 */
    proto_text(p, 8, "outside");
    entry(p, 13, "location", "weights.bin");
    entry(p, 13, "offset", "4096");
    entry(p, 13, "length", "3");
    entry(p, 13, "checksum", "whatever");
    proto_number(p, 14, 1); /* data_location EXTERNAL */
    proto_end(p, t);
}

static void sparse(proto *p, uint32_t id, const char *name)
{
    static const int64_t dims[] = {4, 5};
    const size_t s = proto_begin(p, id);
    raw_tensor(p, 1, name);
    int64_tensor(p, 2, "indices");
    proto_packed(p, 3, dims, 2);
    proto_end(p, s);
}

/* --- types --- */

/* TypeProto with tensor_type (1) or sparse_tensor_type (8): dims [3, "N", ?] */
static void tensor_type(proto *p, uint32_t id, uint32_t kind)
{
    const size_t type = proto_begin(p, id), tensor = proto_begin(p, kind);
    proto_number(p, 1, 1);
    const size_t shape = proto_begin(p, 2);
    size_t dim = proto_begin(p, 1);
    proto_number(p, 1, 3);
    proto_text(p, 3, "denotation");
    proto_end(p, dim);
    dim = proto_begin(p, 1);
    proto_text(p, 2, "N");
    proto_end(p, dim);
    dim = proto_begin(p, 1);
    proto_end(p, dim);
    proto_end(p, shape);
    proto_end(p, tensor);
    proto_text(p, 6, "denotation");
    proto_end(p, type);
}

/* An element type and no shape, or a shape of rank 0. */
static void bare_type(proto *p, uint32_t id, bool is_scalar)
{
    const size_t type = proto_begin(p, id), tensor = proto_begin(p, 1);
    proto_number(p, 1, 6);
    if (is_scalar) {
        proto_end(p, proto_begin(p, 2));
    }
    proto_end(p, tensor);
    proto_end(p, type);
}

/* sequence(optional(tensor)) and map(string, sequence(tensor)) */
static void sequence_type(proto *p, uint32_t id)
{
    const size_t type = proto_begin(p, id), sequence = proto_begin(p, 4);
    const size_t element = proto_begin(p, 1), optional = proto_begin(p, 9);
    tensor_type(p, 1, 1);
    proto_end(p, optional);
    proto_end(p, element);
    proto_end(p, sequence);
    proto_end(p, type);
}

static void map_type(proto *p, uint32_t id)
{
    const size_t type = proto_begin(p, id), map = proto_begin(p, 5);
    proto_number(p, 1, 8);
    const size_t value = proto_begin(p, 2), sequence = proto_begin(p, 4);
    tensor_type(p, 1, 1);
    proto_end(p, sequence);
    proto_end(p, value);
    proto_end(p, map);
    proto_end(p, type);
}

static void value_infos(proto *p, uint32_t id)
{
    for (int i = 0; i < 7; i++) {
        const size_t v = proto_begin(p, id);
        proto_text(p, 1, (const char *[]){"t", "bare", "scalar", "seq", "map", "sp", "none"}[i]);
        if (i == 0 || i == 5) {
            tensor_type(p, 2, i == 0 ? 1 : 8);
        } else if (i < 3) {
            bare_type(p, 2, i == 2);
        } else if (i == 3) {
            sequence_type(p, 2);
        } else if (i == 4) {
            map_type(p, 2);
        }
        proto_text(p, 3, "doc_string");
        proto_end(p, v);
    }
}

/* --- attributes: one of each kind, named by the kind's number --- */

static void small_graph(proto *p, uint32_t id, const char *name)
{
    const size_t graph = proto_begin(p, id), node = proto_begin(p, 1);
    proto_text(p, 2, "inner");
    proto_text(p, 4, "Identity");
    proto_end(p, node);
    proto_text(p, 2, name);
    proto_end(p, graph);
}

static void number_lists(proto *p, int kind)
{
    static const float floats[] = {2.0f, 3.0f};
    static const int64_t ints[] = {-1, 300, INT64_MIN};
    if (kind == 6) { /* one by one, packed, one by one */
        proto_f32(p, 7, 1.0f);
        proto_bytes(p, 7, floats, sizeof floats);
        proto_f32(p, 7, 4.0f);
    } else {
        proto_number(p, 8, 5);
        proto_packed(p, 8, ints, 3);
        proto_packed(p, 8, ints, 0);
        proto_number(p, 8, 6);
    }
}

static void value_of(proto *p, int kind)
{
    switch (kind) {
    case 1: proto_f32(p, 2, 0.25f); break;
    case 2: proto_number(p, 3, -7); break;
    case 3: proto_text(p, 4, "same_upper"); break;
    case 4: raw_tensor(p, 5, "a"); break;
    case 5: small_graph(p, 6, "body"); break;
    case 6:
    case 7: number_lists(p, kind); break;
    case 8:
        proto_text(p, 9, "x");
        proto_text(p, 9, "yy");
        break;
    case 9:
        raw_tensor(p, 10, "a");
        int64_tensor(p, 10, "b");
        break;
    case 10:
        small_graph(p, 11, "body0");
        small_graph(p, 11, "body1");
        break;
    case 11: sparse(p, 22, "s"); break;
    case 12:
        sparse(p, 23, "s0");
        sparse(p, 23, "s1");
        break;
    case 13: tensor_type(p, 14, 1); break;
    case 14:
        tensor_type(p, 15, 1);
        sequence_type(p, 15);
        break;
    default: break;
    }
}

static void attributes(proto *p, uint32_t id, bool has_kinds)
{
    for (int kind = 1; kind <= 14; kind++) {
        const char name[] = {(char)('a' + kind - 1), '\0'};
        const size_t a = proto_begin(p, id);
        proto_text(p, 1, name);
        value_of(p, kind);
        proto_text(p, 13, "doc_string");
        if (has_kinds) {
            proto_number(p, 20, kind);
        }
        proto_end(p, a);
    }
}

/* --- graph, function, model --- */

static void nodes(proto *p, uint32_t id)
{
    size_t node = proto_begin(p, id);
    proto_text(p, 1, "x");
    proto_text(p, 1, "");
    proto_text(p, 1, "z");
    proto_text(p, 2, "y");
    proto_text(p, 3, "first");
    proto_text(p, 4, "Conv");
    attributes(p, 5, true);
    proto_text(p, 6, "doc_string");
    proto_text(p, 7, "com.example");
    proto_text(p, 8, "v2");
    entry(p, 9, "metadata", "props");
    proto_text(p, 10, ""); /* device_configurations */
    unknown_fields(p);
    proto_end(p, node);
    node = proto_begin(p, id);
    proto_text(p, 4, "Old");
    attributes(p, 5, false); /* as IR version 1 wrote them */
    proto_end(p, node);
}

static void graph(proto *p)
{
    const size_t g = proto_begin(p, 7);
    nodes(p, 1);
    proto_text(p, 2, "main");
    raw_tensor(p, 5, "w");
    int64_tensor(p, 5, "k");
    string_tensor(p, 5);
    external_tensor(p, 5);
    proto_text(p, 10, "doc_string");
    value_infos(p, 11);
    value_infos(p, 12);
    value_infos(p, 13);
    proto_text(p, 14, ""); /* quantization_annotation */
    sparse(p, 15, "sparse_w");
    entry(p, 16, "metadata", "props");
    unknown_fields(p);
    proto_end(p, g);
}

static void opset(proto *p, uint32_t id, const char *domain, int64_t version)
{
    const size_t o = proto_begin(p, id);
    proto_text(p, 1, domain);
    proto_number(p, 2, version);
    proto_end(p, o);
}

static void function(proto *p)
{
    const size_t f = proto_begin(p, 25);
    proto_text(p, 1, "Twice");
    proto_text(p, 4, "a");
    proto_text(p, 4, "b");
    proto_text(p, 5, "c");
    proto_text(p, 6, "alpha");
    const size_t node = proto_begin(p, 7);
    proto_text(p, 4, "Elu");
    const size_t attr = proto_begin(p, 5);
    proto_text(p, 1, "alpha");
    proto_number(p, 20, 1);
    proto_text(p, 21, "outer_alpha"); /* ref_attr_name */
    proto_end(p, attr);
    proto_end(p, node);
    proto_text(p, 8, "doc_string");
    opset(p, 9, "", 17);
    proto_text(p, 10, "com.example");
    const size_t preset = proto_begin(p, 11);
    proto_text(p, 1, "beta");
    proto_f32(p, 2, 2.0f);
    proto_number(p, 20, 1);
    proto_end(p, preset);
    value_infos(p, 12);
    proto_text(p, 13, "o1");
    entry(p, 14, "metadata", "props");
    proto_end(p, f);
}

void sample_model(proto *p)
{
    proto_number(p, 1, 10);
    proto_text(p, 2, "writer");
    proto_text(p, 3, "1.2");
    proto_text(p, 4, "org.example");
    proto_number(p, 5, 3); /* model_version */
    proto_text(p, 6, "doc_string");
    graph(p);
    opset(p, 8, "", 21);
    opset(p, 8, "com.example", 1);
    entry(p, 14, "metadata", "props");
    proto_text(p, 20, ""); /* training_info */
    function(p);
    proto_text(p, 26, ""); /* configuration */
    unknown_fields(p);
}
