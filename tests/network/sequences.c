/* SPDX-License-Identifier: Apache-2.0 */
/* Models with inputs and outputs that are sequences or optionals, and loops that carry them. */
#include <string.h>

#include "harness/proto.h"
#include "rig.h"
#include "tern/onnx.h"

/* onnx.proto's numbers: a type's tensor, sequence and optional; element types. */
enum { TENSOR = 1, SEQUENCE = 4, OPTIONAL = 9, FLOAT = 1, INT64 = 7, BOOL = 9 };

static void add_type(proto *p, uint32_t field, int kind, int dtype, int rank)
{
    const size_t type = proto_begin(p, field);
    const size_t inner = proto_begin(p, (uint32_t)kind);
    if (kind == TENSOR) {
        proto_number(p, 1, dtype);
        const size_t shape = proto_begin(p, 2);
        for (int i = 0; i < rank; i++) {
            const size_t dim = proto_begin(p, 1);
            proto_number(p, 1, 2);
            proto_end(p, dim);
        }
        proto_end(p, shape);
    } else {
        add_type(p, 1, TENSOR, dtype, rank);
    }
    proto_end(p, inner);
    proto_end(p, type);
}

/* Extents are all 2. */
static void add_value(proto *p, uint32_t field, const char *name, int kind, int dtype, int rank)
{
    const size_t info = proto_begin(p, field);
    proto_text(p, 1, name);
    add_type(p, 2, kind, dtype, rank);
    proto_end(p, info);
}

/* x and y: names with spaces in between. */
static size_t begin_node(proto *p, const char *op, const char *x, const char *y)
{
    const size_t at = proto_begin(p, 1);
    const char *lists[2] = {x, y};
    for (uint32_t k = 0; k < 2; k++) {
        for (const char *s = lists[k]; *s != '\0';) {
            const size_t length = strcspn(s, " ");
            proto_bytes(p, k + 1, s, length);
            s += length + (s[length] == ' ' ? 1 : 0);
        }
    }
    proto_text(p, 4, op);
    return at;
}

static void add_node(proto *p, const char *op, const char *x, const char *y)
{
    proto_end(p, begin_node(p, op, x, y));
}

static size_t begin_model(proto *p)
{
    *p = (proto){0};
    proto_number(p, 1, 8);
    const size_t opset = proto_begin(p, 8);
    proto_number(p, 2, 17);
    proto_end(p, opset);
    return proto_begin(p, 7);
}

static tern_status import(rig *r, const proto *p, const tern_onnx_input *inputs, int32_t count,
                          tern_onnx_report **out_report)
{
    tern_onnx_memory model = TERN_ONNX_MEMORY_INIT;
    model.data = p->at;
    model.size = p->len;
    model.inputs = inputs;
    model.input_count = count;
    return tern_network_import_onnx_with(r->network, &model, out_report);
}

static void check_port(const tern_onnx_report *report, int32_t output, tern_onnx_form form,
                       int32_t first, int32_t count)
{
    tern_onnx_port port;
    REQUIRE_OK(tern_onnx_report_output(report, output, &port));
    CHECK_INT(port.form, form);
    CHECK_INT(port.count, count);
    CHECK(count == 0 || port.first == first);
}

/* s = x, y = s[p]: x a sequence of f32, p i64[]. */
static void model_pick(proto *p)
{
    const size_t graph = begin_model(p);
    add_node(p, "Identity", "x", "s");
    add_node(p, "SequenceAt", "s p", "y");
    add_value(p, 11, "x", SEQUENCE, FLOAT, 1);
    add_value(p, 11, "p", TENSOR, INT64, 0);
    add_value(p, 12, "s", SEQUENCE, FLOAT, 1);
    add_value(p, 12, "y", TENSOR, FLOAT, 1);
    proto_end(p, graph);
}

static const int64_t two = 2, three = 3, last = -1;
static const tern_onnx_element pair[] = {{TERN_DTYPE_F32, 1, &two, NULL, 0},
                                         {TERN_DTYPE_F32, 1, &three, NULL, 0}};
static const tern_onnx_element at_last = {TERN_DTYPE_I64, 0, NULL, &last, 8};

TERN_TEST(a_sequence_becomes_inputs_and_outputs)
{
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    model_pick(&p);
    const tern_onnx_input inputs[] = {{"x", TERN_ONNX_FORM_SEQUENCE, 2, pair},
                                      {"p", TERN_ONNX_FORM_TENSOR, 1, &at_last}};
    tern_onnx_report *report = NULL;
    REQUIRE_OK(import(&r, &p, inputs, 2, &report));
    REQUIRE(tern_network_input_count(r.network) == 2 && tern_network_output_count(r.network) == 3);
    CHECK_TEXT(tern_tensor_name(tern_network_input(r.network, 0)), "x[0]");
    CHECK_TEXT(tern_tensor_name(tern_network_input(r.network, 1)), "x[1]");
    CHECK_TEXT(tern_tensor_name(tern_network_output(r.network, 0)), "s[0]");
    CHECK_TEXT(tern_tensor_name(tern_network_output(r.network, 1)), "s[1]");
    CHECK_TEXT(tern_tensor_name(tern_network_output(r.network, 2)), "y");
    CHECK_INT(tern_onnx_report_output_count(report), 2);
    check_port(report, 0, TERN_ONNX_FORM_SEQUENCE, 0, 2);
    check_port(report, 1, TERN_ONNX_FORM_TENSOR, 2, 1);
    tern_onnx_port port;
    CHECK_ERROR(tern_onnx_report_output(report, 2, &port), TERN_INVALID_ARGUMENT, "outside");
    CHECK_ERROR(tern_onnx_report_input(report, -1, &port), TERN_INVALID_ARGUMENT, "outside");
    CHECK_ERROR(tern_onnx_report_input(report, 0, NULL), TERN_INVALID_ARGUMENT, "out_port");
    tern_onnx_report_destroy(report);
    const float a[2] = {1, 2}, b[3] = {3, 4, 5};
    float s0[2] = {0}, s1[3] = {0}, y[3] = {0};
    rig_run(&r, (const void *[]){a, b}, (void *[]){s0, s1, y});
    CHECK(memcmp(a, s0, sizeof a) == 0 && memcmp(b, s1, sizeof b) == 0 &&
          memcmp(b, y, sizeof b) == 0);
    rig_close(&r);
    proto_free(&p);
}

TERN_TEST(what_is_undecided_is_said)
{
    rig r;
    proto p;
    model_pick(&p);
    const tern_onnx_input inputs[] = {{"x", TERN_ONNX_FORM_SEQUENCE, 2, pair}};
    for (int32_t described = 0; described < 2; described++) {
        rig_open(&r, TERN_BATCH_IS_EXPLICIT);
        tern_onnx_report *report = NULL;
        CHECK_ERROR(import(&r, &p, inputs, described, &report), TERN_UNSUPPORTED,
                    described == 0 ? "sequence" : "position");
        tern_onnx_report_entry entry;
        REQUIRE(tern_onnx_report_problem_count(report) == 1);
        REQUIRE_OK(tern_onnx_report_problem(report, 0, &entry));
        CHECK(entry.is_undecided);
        CHECK_INT(tern_onnx_report_output_count(report), 0);
        REQUIRE(tern_onnx_report_input_count(report) == 2);
        tern_onnx_port port;
        REQUIRE_OK(tern_onnx_report_input(report, 0, &port));
        CHECK_TEXT(port.name, "x");
        CHECK(port.form == TERN_ONNX_FORM_SEQUENCE && port.dtype == TERN_DTYPE_F32);
        CHECK(port.count == -1 && !port.is_optional && !port.has_default);
        tern_onnx_report_destroy(report);
        rig_close(&r);
    }
    CHECK_INT(tern_onnx_report_input_count(NULL), 0);
    proto_free(&p);
}

static const tern_onnx_element i64_scalar = {TERN_DTYPE_I64, 0, NULL, NULL, 0};
static const tern_onnx_element i64_list = {TERN_DTYPE_I64, 1, &two, NULL, 0};
static const tern_onnx_element short_values = {TERN_DTYPE_I64, 0, NULL, &last, 4};
static const tern_onnx_element no_dims = {TERN_DTYPE_F32, 1, NULL, NULL, 0};
static const tern_onnx_element too_high = {TERN_DTYPE_F32, 99, &two, NULL, 0};

static const struct {
    const char *name;
    tern_onnx_input given;
    const char *part;
    tern_status status;
} misfits[] = {
    {"nobody", {"z", TERN_ONNX_FORM_TENSOR, 1, &i64_scalar}, "no input", TERN_INVALID_ARGUMENT},
    {"tensor", {"x", TERN_ONNX_FORM_TENSOR, 1, pair}, "declares", TERN_INVALID_ARGUMENT},
    {"absent", {"x", TERN_ONNX_FORM_ABSENT, 0, NULL}, "absent", TERN_INVALID_ARGUMENT},
    {"type", {"x", TERN_ONNX_FORM_SEQUENCE, 1, &i64_scalar}, "type 7", TERN_INVALID_ARGUMENT},
    {"shape", {"p", TERN_ONNX_FORM_TENSOR, 1, &i64_list}, "shape", TERN_INVALID_ARGUMENT},
    {"values", {"p", TERN_ONNX_FORM_TENSOR, 1, &short_values}, "4 bytes", TERN_INVALID_ARGUMENT},
    {"two", {"p", TERN_ONNX_FORM_TENSOR, 2, pair}, "2 elements", TERN_INVALID_ARGUMENT},
    {"dims", {"x", TERN_ONNX_FORM_SEQUENCE, 1, &no_dims}, "rank 1", TERN_UNSUPPORTED},
    {"rank", {"x", TERN_ONNX_FORM_SEQUENCE, 1, &too_high}, "rank 99", TERN_UNSUPPORTED},
    {"form", {"x", (tern_onnx_form)7, 0, NULL}, "inputs", TERN_INVALID_ARGUMENT},
    {"count", {"x", TERN_ONNX_FORM_SEQUENCE, -1, NULL}, "inputs", TERN_INVALID_ARGUMENT},
    {"elements", {"x", TERN_ONNX_FORM_SEQUENCE, 1, NULL}, "inputs", TERN_INVALID_ARGUMENT},
    {"name", {NULL, TERN_ONNX_FORM_SEQUENCE, 1, pair}, "inputs", TERN_INVALID_ARGUMENT},
};

/* The misfit comes with what the other input takes. */
TERN_TEST_ROWS(descriptions_that_do_not_fit, misfits)
{
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    model_pick(&p);
    const tern_onnx_input *given = &misfits[row].given;
    const bool is_p = given->name != NULL && strcmp(given->name, "p") == 0;
    const tern_onnx_input inputs[] = {
        *given,
        is_p ? (tern_onnx_input){"x", TERN_ONNX_FORM_SEQUENCE, 2, pair}
             : (tern_onnx_input){"p", TERN_ONNX_FORM_TENSOR, 1, &at_last},
        {"x", TERN_ONNX_FORM_SEQUENCE, 2, pair}};
    const bool is_x = given->name == NULL || strcmp(given->name, "x") == 0;
    CHECK_ERROR(import(&r, &p, inputs, is_x || is_p ? 2 : 3, NULL), misfits[row].status,
                misfits[row].part);
    rig_close(&r);
    proto_free(&p);
}

TERN_TEST(an_optional_that_is_there_or_not)
{
    for (int32_t there = 0; there < 2; there++) {
        rig r;
        proto p;
        const size_t graph = begin_model(&p);
        add_node(&p, "Identity", "o", "z");
        add_node(&p, "OptionalHasElement", "z", "h");
        add_value(&p, 11, "o", OPTIONAL, FLOAT, 1);
        add_value(&p, 12, "z", OPTIONAL, FLOAT, 1);
        add_value(&p, 12, "h", TENSOR, BOOL, 0);
        proto_end(&p, graph);
        const tern_onnx_input given = {"o", there ? TERN_ONNX_FORM_TENSOR : TERN_ONNX_FORM_ABSENT,
                                       there, pair};
        rig_open(&r, TERN_BATCH_IS_EXPLICIT);
        tern_onnx_report *report = NULL;
        REQUIRE_OK(import(&r, &p, &given, 1, &report));
        check_port(report, 0, there ? TERN_ONNX_FORM_TENSOR : TERN_ONNX_FORM_ABSENT, 0, there);
        check_port(report, 1, TERN_ONNX_FORM_TENSOR, there, 1);
        tern_onnx_report_destroy(report);
        const float x[2] = {1, 2};
        float z[2] = {0};
        uint8_t h = 7;
        rig_run(&r, (const void *[]){x}, there ? (void *[]){z, &h} : (void *[]){&h, NULL});
        CHECK_INT(h, there);
        CHECK(!there || memcmp(x, z, sizeof x) == 0);
        rig_close(&r);
        proto_free(&p);
    }
}

/* n turns: q gets the turn's number inserted, rows stacks it.  The body goes on while i is not 4.
   */
static void model_loop(proto *p)
{
    const size_t graph = begin_model(p);
    const size_t empty = begin_node(p, "SequenceEmpty", "", "e"), dtype = proto_begin(p, 5);
    proto_text(p, 1, "dtype");
    proto_number(p, 3, INT64);
    proto_number(p, 20, 2);
    proto_end(p, dtype);
    proto_end(p, empty);
    const size_t loop = begin_node(p, "Loop", "n c e", "q rows"), attr = proto_begin(p, 5);
    proto_text(p, 1, "body");
    const size_t body = proto_begin(p, 6);
    add_node(p, "Equal", "i stop", "is_last");
    add_node(p, "Not", "is_last", "c_out");
    add_node(p, "SequenceInsert", "s i", "s_out");
    add_node(p, "Identity", "i", "row");
    proto_text(p, 2, "body");
    add_value(p, 11, "i", TENSOR, INT64, 0);
    add_value(p, 11, "c_in", TENSOR, BOOL, 0);
    add_value(p, 11, "s", SEQUENCE, INT64, 0);
    add_value(p, 12, "c_out", TENSOR, BOOL, 0);
    add_value(p, 12, "s_out", SEQUENCE, INT64, 0);
    add_value(p, 12, "row", TENSOR, INT64, 0);
    proto_end(p, body);
    proto_number(p, 20, 5);
    proto_end(p, attr);
    proto_end(p, loop);
    add_value(p, 11, "n", TENSOR, INT64, 0);
    add_value(p, 11, "c", TENSOR, BOOL, 0);
    add_value(p, 11, "stop", TENSOR, INT64, 0);
    add_value(p, 12, "q", SEQUENCE, INT64, 0);
    add_value(p, 12, "rows", TENSOR, INT64, 1);
    proto_end(p, graph);
}

static const struct {
    const char *name;
    int64_t n, stop;
    int32_t turns; /* 0: refused, because of `part` */
    const char *part;
} loops[] = {
    {"by_number", 3, 100, 3, NULL},   {"by_condition", 100, 4, 5, NULL},
    {"one_turn", 1, 0, 1, NULL},      {"too_many", 5000, -1, 0, "1024"},
    {"no_turn", 0, 0, 0, "no turns"}, {"negative", -5, 0, 0, "no turns"},
};

TERN_TEST_ROWS(a_loop_that_carries_a_sequence, loops)
{
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    model_loop(&p);
    const uint8_t go = 1;
    const tern_onnx_element n = {TERN_DTYPE_I64, 0, NULL, &loops[row].n, 8},
                            c = {TERN_DTYPE_BOOL, 0, NULL, &go, 1},
                            stop = {TERN_DTYPE_I64, 0, NULL, &loops[row].stop, 8};
    const tern_onnx_input inputs[] = {{"n", TERN_ONNX_FORM_TENSOR, 1, &n},
                                      {"c", TERN_ONNX_FORM_TENSOR, 1, &c},
                                      {"stop", TERN_ONNX_FORM_TENSOR, 1, &stop}};
    tern_onnx_report *report = NULL;
    const tern_status status = import(&r, &p, inputs, 3, &report);
    if (loops[row].turns == 0) {
        CHECK_ERROR(status, TERN_UNSUPPORTED, loops[row].part);
    } else {
        const int32_t turns = loops[row].turns;
        REQUIRE_OK(status);
        check_port(report, 0, TERN_ONNX_FORM_SEQUENCE, 0, turns);
        check_port(report, 1, TERN_ONNX_FORM_TENSOR, turns, 1);
        int64_t q[5] = {0}, rows[5] = {0};
        void *out[6] = {NULL};
        for (int32_t i = 0; i < turns; i++) {
            out[i] = &q[i];
        }
        out[turns] = rows;
        rig_run(&r, NULL, out);
        for (int32_t i = 0; i < turns; i++) {
            CHECK(q[i] == i && rows[i] == i);
        }
    }
    tern_onnx_report_destroy(report);
    rig_close(&r);
    proto_free(&p);
}

TERN_TEST(a_loop_of_unknown_length_is_undecided)
{
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    model_loop(&p);
    tern_onnx_report *report = NULL;
    tern_onnx_report_entry entry;
    CHECK_ERROR(import(&r, &p, NULL, 0, &report), TERN_UNSUPPORTED, "number of turns");
    REQUIRE(tern_onnx_report_problem_count(report) == 1);
    REQUIRE_OK(tern_onnx_report_problem(report, 0, &entry));
    CHECK(entry.is_undecided);
    tern_onnx_report_destroy(report);
    rig_close(&r);
    proto_free(&p);
}
