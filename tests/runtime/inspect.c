/* SPDX-License-Identifier: Apache-2.0 */
/* Engines and operators as text and JSON. */
#include "tern/inspect.h"

#include "op/op.h"
#include "rig.h"

static plan_maker maker;

typedef struct page {
    char text[1 << 18];
    size_t size;
} page;

static page out;

static void take(void *self, const char *text, size_t size)
{
    page *p = self;
    REQUIRE(p->size + size < sizeof p->text);
    memcpy(p->text + p->size, text, size);
    p->size += size;
    p->text[p->size] = '\0';
}

static const tern_sink sink = {&out, take};

/* Brackets and strings of JSON, enough to see that it is well formed. */
static bool is_balanced(const char *at)
{
    int depth = 0;
    bool in_string = false;
    for (; *at != '\0'; at++) {
        if (in_string) {
            in_string = *at != '"';
            at += *at == '\\' ? 1 : 0;
            continue;
        }
        in_string = *at == '"';
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
    }
    return depth == 0 && !in_string;
}

TERN_TEST(an_engine_is_text)
{
    out.size = 0;
    maker_dynamic(&maker, 4);
    tern_engine *engine = rig_engine(&maker);
    REQUIRE_OK(tern_inspect_engine(engine, TERN_FORMAT_TEXT, &sink));
    CHECK_CONTAINS(out.text, "engine \"dynamic\"");
    CHECK_CONTAINS(out.text, "input  \"x\" f32[N,3]");
    CHECK_CONTAINS(out.text, "matmul \"matmul\"");
    CHECK_CONTAINS(out.text, "tactic reference");
    CHECK_CONTAINS(out.text, "%x f32[N,3], %w f32[3,2] -> %product f32[N,2]");
    CHECK_CONTAINS(out.text, "by hand");
    out.size = 0;
    REQUIRE_OK(tern_inspect_layer(engine, 1, TERN_FORMAT_TEXT, &sink));
    CHECK_CONTAINS(out.text, "relu \"relu\"");
    CHECK_STATUS(tern_inspect_layer(engine, 2, TERN_FORMAT_TEXT, &sink), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_inspect_engine(engine, TERN_FORMAT_TEXT, NULL), TERN_INVALID_ARGUMENT);
    tern_engine_destroy(engine);
}

TERN_TEST(an_engine_is_json)
{
    out.size = 0;
    maker_dynamic(&maker, 4);
    tern_engine *engine = rig_engine(&maker);
    REQUIRE_OK(tern_inspect_engine(engine, TERN_FORMAT_JSON, &sink));
    CHECK(is_balanced(out.text));
    CHECK_CONTAINS(out.text, "\"type\": \"f32[N,3]\"");
    CHECK_CONTAINS(out.text, "\"tactic\": \"reference\"");
    CHECK_CONTAINS(out.text, "\"report\": {\"made\": \"by hand\"}");
    out.size = 0;
    REQUIRE_OK(tern_inspect_layer(engine, 0, TERN_FORMAT_JSON, &sink));
    CHECK(is_balanced(out.text));
    tern_engine_destroy(engine);
}

TERN_TEST(a_report_that_is_no_object_becomes_a_string)
{
    out.size = 0;
    maker_relu_add(&maker);
    maker.plan.report = "}{ \"";
    maker.plan.report_size = 4;
    tern_engine *engine = rig_engine(&maker);
    REQUIRE_OK(tern_inspect_engine(engine, TERN_FORMAT_JSON, &sink));
    CHECK(is_balanced(out.text));
    CHECK_CONTAINS(out.text, "\"report\": \"}{ \\\"\"");
    tern_engine_destroy(engine);
}

static const struct {
    const char *name;
    tern_format format;
} formats[] = {
    {"text", TERN_FORMAT_TEXT}, {"json", TERN_FORMAT_JSON}, {"markdown", TERN_FORMAT_MARKDOWN}};

TERN_TEST_ROWS(every_operator_is_listed, formats)
{
    const tern_op *op = NULL;
    out.size = 0;
    REQUIRE_OK(tern_inspect_operators(formats[row].format, &sink));
    for (size_t i = 0; (op = tern_op_at(i)) != NULL; i++) {
        CHECK_CONTAINS(out.text, op->name);
        CHECK_CONTAINS(out.text, op->summary);
    }
    CHECK(formats[row].format != TERN_FORMAT_JSON || is_balanced(out.text));
}
