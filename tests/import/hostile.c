/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that are no model, by class: cut off, changed, of the wrong kinds, nested without end, and
 * small files that would take much memory.  Each has to come back with a status and a sentence. */
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "harness/harness.h"
#include "import/sample.h"
#include "import/walk.h"
#include "import/wire.h"

static tern_status walk(const proto *p)
{
    return walk_bytes(proto_span(p), NULL);
}

TERN_TEST(onnx_sample_can_be_walked)
{
    proto p = {0};
    sample_model(&p);
    CHECK_OK(walk(&p));
    proto_free(&p);
}

/* --- damage --- */

/* A cut between two fields of the model itself leaves a smaller model; anywhere else it shows. */
static bool is_boundary(const proto *p, size_t len)
{
    tern_wire w = {p->at, p->at + p->len};
    tern_wire_field field;
    tern_status status = TERN_OK;
    while (w.at < p->at + len && tern_wire_next(&w, "", &field, &status)) {}
    return w.at == p->at + len;
}

TERN_TEST(onnx_cut_off_anywhere)
{
    proto p = {0};
    sample_model(&p);
    for (size_t len = 0; len < p.len; len++) {
        const tern_status status = walk_bytes((tern_span){p.at, len}, NULL);
        CHECK_STATUS(status, len > 0 && is_boundary(&p, len) ? TERN_OK : TERN_BAD_MODEL);
    }
    proto_free(&p);
}

TERN_TEST(onnx_every_byte_changed)
{
    static const uint8_t changes[] = {0x01, 0x02, 0x07, 0x08, 0x80, 0xff};
    proto p = {0};
    sample_model(&p);
    for (size_t i = 0; i < p.len; i++) {
        for (size_t k = 0; k < sizeof changes; k++) {
            p.at[i] ^= changes[k];
            const tern_status status = walk(&p);
            CHECK(status == TERN_OK || status == TERN_BAD_MODEL);
            p.at[i] ^= changes[k];
        }
    }
    proto_free(&p);
}

TERN_TEST(onnx_random_damage)
{
    proto p = {0}, damaged = {0};
    sample_model(&p);
    for (int i = 0; i < 5000; i++) {
        damaged.len = 0;
        const size_t cut = (size_t)tern_test_random_int(0, (int64_t)p.len);
        const size_t skip = (size_t)tern_test_random_int(0, 8);
        proto_raw(&damaged, p.at, cut);
        if (skip % 2 == 0) {
            const uint64_t bytes = tern_test_random();
            proto_raw(&damaged, &bytes, skip / 2);
        }
        proto_raw(&damaged, p.at + cut, p.len - cut);
        damaged.len -= skip % 2 != 0 && damaged.len > skip ? skip : 0;
        const tern_status status = walk(&damaged);
        CHECK(status == TERN_OK || status == TERN_BAD_MODEL);
    }
    proto_free(&damaged);
    proto_free(&p);
}

static const struct {
    const char *name;
    const char *bytes;
    size_t count;
} no_models[] = {
    {"nothing", "", 0},
    {"text", "this is no model", 16},
    {"zeros", "\0\0\0\0\0\0\0\0", 8},
    {"ones", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12},
    {"png", "\x89PNG\r\n\x1a\n", 8},
    {"zip", "PK\3\4\x14\0\0\0", 8},
};

TERN_TEST_ROWS(onnx_no_model_at_all, no_models)
{
    CHECK_STATUS(walk_bytes((tern_span){no_models[row].bytes, no_models[row].count}, NULL),
                 TERN_BAD_MODEL);
}

/* --- wrong kinds --- */

/* Every field of every message on the way to it, with each wire kind that is not its own. */
static const struct {
    const char *name;
    uint32_t path[6];  /* messages to open, 0 ends */
    const char *kinds; /* by field number, as in wire.h */
} messages[] = {
    {"model", {0}, ".vbbbvbbb.....b.....b....bb"},
    {"opset", {8}, ".bv"},
    {"graph", {7}, ".bb..b....bbbbbbb"},
    {"node", {7, 1}, ".bbbbbbbbbb"},
    {"attribute", {7, 1, 5}, ".bfvbbbFVbbb.bbb....vbbb"},
    {"tensor", {7, 5}, ".VvbFVbVbbDVbbv.b"},
    {"external_data", {7, 5, 13}, ".bb"},
    {"sparse", {7, 15}, ".bbV"},
    {"sparse_values", {7, 15, 1}, ".VvbFVbVbbDVbbv.b"},
    {"value_info", {7, 11}, ".bbbb"},
    {"type", {7, 11, 2}, ".b..bbbbbb"},
    {"tensor_type", {7, 11, 2, 1}, ".vb"},
    {"shape", {7, 11, 2, 1, 2}, ".b"},
    {"dim", {7, 11, 2, 1, 2, 1}, ".vbb"},
    {"map_type", {7, 11, 2, 5}, ".vb"},
    {"function", {25}, ".b..bbbbbbbbbbb"},
};

static bool is_own(char want, int kind)
{
    static const char *const kinds[] = {"vV", "dD", "bVFD", "", "", "fF"};
    return want == '.' || strchr(kinds[kind], want) != NULL;
}

TERN_TEST_ROWS(onnx_wrong_wire_kinds, messages)
{
    static const uint8_t content[8] = {0};
    static const int kinds[] = {0, 1, 2, 5};
    const char *fields = messages[row].kinds;
    for (uint32_t id = 1; id < strlen(fields); id++) {
        for (size_t k = 0; k < TERN_COUNT_OF(kinds); k++) {
            proto p = {0};
            size_t begins[6], depth = 0;
            for (; depth < 6 && messages[row].path[depth] != 0; depth++) {
                begins[depth] = proto_begin(&p, messages[row].path[depth]);
            }
            proto_tag(&p, id, kinds[k]);
            proto_raw(&p, content, kinds[k] == 1 ? 8 : kinds[k] == 5 ? 4 : 1);
            while (depth > 0) {
                proto_end(&p, begins[--depth]);
            }
            CHECK_STATUS(walk(&p), is_own(fields[id], kinds[k]) ? TERN_OK : TERN_BAD_MODEL);
            proto_free(&p);
        }
    }
}

TERN_TEST(onnx_message_that_may_come_once)
{
    proto p = {0};
    proto_text(&p, 7, "");
    proto_text(&p, 7, "");
    CHECK_STATUS(walk(&p), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "model: byte 2, in a model: ");
    proto_free(&p);
}

TERN_TEST(onnx_error_says_where)
{
    proto p = {0};
    const size_t graph = proto_begin(&p, 7), node = proto_begin(&p, 1);
    proto_text(&p, 1, "x");
    proto_number(&p, 4, 1); /* op_type */
    proto_end(&p, node);
    proto_end(&p, graph);
    CHECK_STATUS(walk(&p), TERN_BAD_MODEL);
    CHECK_TEXT(tern_error_last()->text,
               "model: byte 7, in a node: field 4 is of wire kind 0, which is not its own");
    proto_free(&p);
}

/* --- attributes --- */

static tern_status walk_attribute(int kind, bool is_reference)
{
    proto p = {0};
    const size_t graph = proto_begin(&p, 7), node = proto_begin(&p, 1);
    const size_t attribute = proto_begin(&p, 5);
    proto_number(&p, 20, kind);
    if (is_reference) {
        proto_text(&p, 21, "outer");
    }
    proto_end(&p, attribute);
    proto_end(&p, node);
    proto_end(&p, graph);
    const tern_status status = walk(&p);
    proto_free(&p);
    return status;
}

TERN_TEST(onnx_attribute_without_its_value)
{
    for (int kind = -1; kind < 20; kind++) {
        const bool is_message = kind == 4 || kind == 5 || kind == 11 || kind == 13;
        CHECK_STATUS(walk_attribute(kind, false), is_message ? TERN_BAD_MODEL : TERN_OK);
        CHECK_OK(walk_attribute(kind, true));
    }
}

/* --- nesting --- */

static size_t varint_size(size_t number)
{
    size_t count = 1;
    for (; number >= 0x80; number >>= 7) {
        count++;
    }
    return count;
}

static size_t field_size(size_t content)
{
    return 1 + varint_size(content) + content;
}

/* A graph in an attribute of a node of a graph ..., `depth` graphs in all.  Sizes first, from the
 * inside, so that a hundred thousand of them take no time. */
static void nested_graphs(proto *p, size_t depth)
{
    enum { attribute_rest = 3 }; /* its kind */
    size_t *sizes = tern_alloc(tern_allocator_default(), depth * sizeof *sizes, 8);
    REQUIRE(sizes != NULL);
    sizes[depth - 1] = 0;
    for (size_t i = depth - 1; i-- > 0;) {
        sizes[i] = field_size(field_size(attribute_rest + field_size(sizes[i + 1])));
    }
    for (size_t i = 0; i < depth; i++) {
        if (i > 0) {
            const size_t attribute = attribute_rest + field_size(sizes[i]);
            proto_tag(p, 1, 2);
            proto_varint(p, field_size(attribute));
            proto_tag(p, 5, 2);
            proto_varint(p, attribute);
            proto_number(p, 20, TERN_ONNX_ATTR_GRAPH);
        }
        proto_tag(p, i == 0 ? 7 : 6, 2);
        proto_varint(p, sizes[i]);
    }
    tern_free(tern_allocator_default(), sizes, depth * sizeof *sizes);
}

static const struct {
    const char *name;
    size_t depth;
    tern_status status;
} depths[] = {
    {"1", 1, TERN_OK},
    {"64", TERN_ONNX_MAX_DEPTH, TERN_OK},
    {"65", TERN_ONNX_MAX_DEPTH + 1, TERN_UNSUPPORTED},
    {"100000", 100000, TERN_UNSUPPORTED},
};

TERN_TEST_ROWS(onnx_nested_graphs, depths)
{
    proto p = {0};
    nested_graphs(&p, depths[row].depth);
    CHECK_STATUS(walk(&p), depths[row].status);
    proto_free(&p);
}

TERN_TEST(onnx_nested_types)
{
    for (int32_t depth = 62; depth < 66; depth++) { /* the graph is one more */
        proto p = {0};
        size_t begins[2 * 66 + 2];
        int32_t open = 0;
        begins[open++] = proto_begin(&p, 7);
        begins[open++] = proto_begin(&p, 11);
        for (int32_t i = 0; i < depth; i++) {
            begins[open++] = proto_begin(&p, i == 0 ? 2 : 1);
            begins[open++] = proto_begin(&p, 4);
        }
        while (open > 0) {
            proto_end(&p, begins[--open]);
        }
        CHECK_STATUS(walk(&p), depth < TERN_ONNX_MAX_DEPTH ? TERN_OK : TERN_UNSUPPORTED);
        proto_free(&p);
    }
}

/* --- much memory for few bytes --- */

/* `count` times the two bytes of an empty field `id`, in a graph. */
static void empty_fields(proto *p, uint32_t id, size_t count)
{
    const size_t graph = proto_begin(p, 7);
    for (size_t i = 0; i < count; i++) {
        proto_text(p, id, "");
    }
    proto_end(p, graph);
}

static const struct {
    const char *name;
    uint32_t id;
    size_t count;
} floods[] = {
    {"nodes", 1, 15000000},  {"initializers", 5, 15000000}, {"sparse", 15, 15000000},
    {"infos", 13, 15000000}, {"few_nodes", 1, 3000000},     {"few_sparse", 15, 3000000},
};

TERN_TEST_ROWS(onnx_empty_messages, floods)
{
    proto p = {0};
    tern_arena arena;
    const tern_onnx_model *model = NULL;
    tern_arena_init(&arena, tern_allocator_default());
    empty_fields(&p, floods[row].id, floods[row].count);
    CHECK_STATUS(tern_onnx_read(proto_span(&p), "flood", &arena, &model), TERN_UNSUPPORTED);
    CHECK(model == NULL && arena.peak_bytes <= 32 * p.len + (1 << 20));
    tern_arena_destroy(&arena);
    proto_free(&p);
}

/* Lists of short things are no flood. */
TERN_TEST(onnx_many_small_things)
{
    proto p = {0};
    const size_t graph = proto_begin(&p, 7);
    for (int i = 0; i < 20000; i++) {
        const size_t node = proto_begin(&p, 1);
        proto_text(&p, 1, "a");
        proto_text(&p, 2, "b");
        proto_text(&p, 4, "Abs");
        proto_end(&p, node);
    }
    const size_t node = proto_begin(&p, 1), attribute = proto_begin(&p, 5);
    for (int i = 0; i < 20000; i++) {
        proto_text(&p, 9, "");
        proto_number(&p, 8, i % 100);
    }
    proto_number(&p, 20, TERN_ONNX_ATTR_STRINGS);
    proto_end(&p, attribute);
    proto_end(&p, node);
    proto_end(&p, graph);
    CHECK_OK(walk(&p));
    proto_free(&p);
}
