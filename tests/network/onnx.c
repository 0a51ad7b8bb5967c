/* SPDX-License-Identifier: Apache-2.0 */
/* tern/onnx.h: networks from models, reports, and what a caller can get wrong. */
#include "models.h"
#include "rig.h"

static tern_status import(rig *r, const proto *p, tern_onnx_report **out_report)
{
    return tern_network_import_onnx_memory(r->network, p->at, p->len, NULL, out_report);
}

static void check_small(rig *r, const float *w)
{
    const float x[6] = {1, 2, 3, -1, -2, -3};
    float y[6] = {0};
    rig_run(r, (const void *[]){x}, (void *[]){y});
    for (int i = 0; i < 6; i++) {
        const float product = x[i] * w[i % 3];
        CHECK(y[i] == (product > 0 ? product : 0));
    }
}

TERN_TEST(a_model_becomes_a_network)
{
    const float w[3] = {1, -1, 2};
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_DECIDE_LATER);
    model_small(&p, false);
    tern_onnx_report *report = NULL;
    REQUIRE_OK(import(&r, &p, &report));
    CHECK_INT(tern_onnx_report_problem_count(report), 0);
    CHECK_INT(tern_onnx_report_node_count(report), 2);
    CHECK(tern_onnx_report_node_is_taken(report, 0) && tern_onnx_report_node_is_taken(report, 1));
    CHECK(!tern_onnx_report_node_is_taken(report, 2) &&
          !tern_onnx_report_node_is_taken(report, -1));
    CHECK_TEXT(tern_tensor_name(tern_onnx_report_node_output(report, "times", 0)), "t");
    CHECK(tern_onnx_report_node_output(report, "cut", 0) == tern_network_output(r.network, 0));
    CHECK(tern_onnx_report_node_output(report, "cut", 1) == NULL);
    CHECK(tern_onnx_report_node_output(report, "cut", -1) == NULL);
    CHECK(tern_onnx_report_node_output(report, "nobody", 0) == NULL);
    CHECK(tern_onnx_report_node_output(NULL, "cut", 0) == NULL);
    CHECK_ERROR(import(&r, &p, NULL), TERN_INVALID_ARGUMENT, "empty");
    tern_onnx_report_destroy(report);
    check_small(&r, w);
    rig_close(&r);
    proto_free(&p);
}

TERN_TEST(data_of_initializers_can_be_the_callers)
{
    const float w[3] = {-3, 4, 5};
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    model_small(&p, true);
    CHECK_ERROR(import(&r, &p, NULL), TERN_BAD_MODEL, "folder");
    rig_close(&r);
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    const tern_onnx_given given[1] = {{"w", w, sizeof w}};
    tern_onnx_memory model = TERN_ONNX_MEMORY_INIT;
    model.data = p.at;
    model.size = p.len;
    model.given = given;
    model.given_count = 1;
    REQUIRE_OK(tern_network_import_onnx_with(r.network, &model, NULL));
    check_small(&r, w);
    rig_close(&r);
    proto_free(&p);
}

static const struct {
    const char *name, *tensor;
    size_t size;
    const char *part;
} givens[] = {
    {"of_another_size", "w", 8, "takes 12"},
    {"empty", "w", 0, "takes 12"},
    {"for_nobody", "v", 12, "\"v\""},
    {"for_an_input", "x", 12, "\"x\""},
};

TERN_TEST_ROWS(data_that_does_not_fit, givens)
{
    const float w[3] = {-3, 4, 5};
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    model_small(&p, false);
    const tern_onnx_given given[1] = {{givens[row].tensor, w, givens[row].size}};
    tern_onnx_memory model = TERN_ONNX_MEMORY_INIT;
    model.data = p.at;
    model.size = p.len;
    model.given = given;
    model.given_count = 1;
    CHECK_ERROR(tern_network_import_onnx_with(r.network, &model, NULL), TERN_INVALID_ARGUMENT,
                givens[row].part);
    rig_close(&r);
    proto_free(&p);
}

TERN_TEST(every_problem_is_in_the_report)
{
    static const struct {
        int32_t node;
        const char *name, *op;
    } want[] = {{1, "first", "Nonsense"}, {2, "", "far:Other"}};
    rig r;
    proto p;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    model_broken(&p);
    tern_onnx_report *report = NULL;
    CHECK_ERROR(import(&r, &p, &report), TERN_UNSUPPORTED, "and 1 more");
    CHECK_INT(r.error_count, 3); /* each, and the one that is returned */
    REQUIRE(tern_onnx_report_problem_count(report) == 2);
    for (int32_t i = 0; i < 2; i++) {
        tern_onnx_report_entry entry;
        REQUIRE_OK(tern_onnx_report_problem(report, i, &entry));
        CHECK_INT(entry.status, TERN_UNSUPPORTED);
        CHECK_INT(entry.node, want[i].node);
        CHECK_TEXT(entry.node_name, want[i].name);
        CHECK_TEXT(entry.op, want[i].op);
        CHECK_TEXT(entry.stack, "");
        CHECK(entry.line > 0 && entry.file[0] != '\0');
    }
    const bool taken[] = {true, false, false, true};
    for (int32_t i = 0; i < 4; i++) {
        CHECK_INT(tern_onnx_report_node_is_taken(report, i), taken[i]);
    }
    CHECK(tern_onnx_report_node_output(report, "fine", 0) == NULL); /* the import failed */
    tern_onnx_report_entry entry;
    CHECK_ERROR(tern_onnx_report_problem(report, 2, &entry), TERN_INVALID_ARGUMENT, "outside");
    CHECK_ERROR(tern_onnx_report_problem(report, -1, &entry), TERN_INVALID_ARGUMENT, "outside");
    CHECK_ERROR(tern_onnx_report_problem(report, 0, NULL), TERN_INVALID_ARGUMENT, "out_entry");
    tern_onnx_report_destroy(report);
    rig_close(&r);
    proto_free(&p);
}

TERN_TEST(operators_that_are_taken)
{
    CHECK(tern_onnx_supports_operator("Relu") && tern_onnx_supports_operator("MatMul"));
    CHECK(!tern_onnx_supports_operator("Nonsense") && !tern_onnx_supports_operator("far:Relu"));
    CHECK(!tern_onnx_supports_operator("") && !tern_onnx_supports_operator(NULL));
}

TERN_TEST(null_pointers_are_refused)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_onnx_report *report = NULL;
    tern_onnx_memory model = TERN_ONNX_MEMORY_INIT;
    model.size = 1;
    const tern_status bad = TERN_INVALID_ARGUMENT;
    CHECK_ERROR(tern_network_import_onnx_file(NULL, "x", &report), bad, "network");
    CHECK_ERROR(tern_network_import_onnx_file(r.network, NULL, &report), bad, "path");
    CHECK_ERROR(tern_network_import_onnx_file(r.network, "/no/such", &report), TERN_IO, "/no/such");
    CHECK_ERROR(tern_network_import_onnx_memory(NULL, "x", 1, NULL, NULL), bad, "network");
    CHECK_ERROR(tern_network_import_onnx_memory(r.network, NULL, 1, NULL, NULL), bad, "data");
    CHECK_ERROR(tern_network_import_onnx_with(NULL, &model, NULL), bad, "network");
    CHECK_ERROR(tern_network_import_onnx_with(r.network, NULL, NULL), bad, "model");
    CHECK_ERROR(tern_network_import_onnx_with(r.network, &model, NULL), bad, "data");
    model.size = 0;
    model.given_count = 1;
    CHECK_ERROR(tern_network_import_onnx_with(r.network, &model, NULL), bad, "given");
    model.struct_size = sizeof model + 1;
    CHECK_ERROR(tern_network_import_onnx_with(r.network, &model, NULL), TERN_VERSION,
                "struct_size");
    CHECK(report == NULL);
    CHECK_INT(tern_onnx_report_problem_count(NULL), 0);
    CHECK_INT(tern_onnx_report_node_count(NULL), 0);
    tern_onnx_report_destroy(NULL);
    CHECK_ERROR(tern_network_import_onnx_memory(r.network, NULL, 0, NULL, &report), TERN_BAD_MODEL,
                "");
    CHECK_INT(tern_onnx_report_problem_count(report), 1);
    tern_onnx_report_destroy(report);
    rig_close(&r);
}
