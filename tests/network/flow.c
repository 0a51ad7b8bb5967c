/* SPDX-License-Identifier: Apache-2.0 */
/* Control flow from text to answers: every network is built, saved, loaded and run; what has to
   come out is computed here. */
#include "base/str.h"
#include "harness/plan_maker.h"
#include "rig.h"

#include <math.h>
#include <string.h>

typedef struct sink_of_output {
    char name[8];
    int64_t dims[TERN_MAX_RANK];
    int32_t rank;
    double memory[4096];
} sink_of_output;

static void *give(void *self, const char *name, void *current, size_t bytes, size_t align)
{
    sink_of_output *o = self;
    (void)name, (void)current, (void)align;
    return bytes <= sizeof o->memory ? o->memory : NULL;
}

static void tell(void *self, const char *name, int32_t rank, const int64_t *dims)
{
    sink_of_output *o = self;
    (void)name;
    o->rank = rank;
    memcpy(o->dims, dims, (size_t)rank * sizeof *dims);
}

/* A network of text, ready to run; its outputs y0 and y1 go to `to`. */
static void open_text(rig *r, const char *body, sink_of_output *to)
{
    char text[4096];
    tern_text out;
    rig_open(r, TERN_BATCH_IS_EXPLICIT);
    tern_text_init_fixed(&out, text, sizeof text);
    tern_text_add(&out, "graph \"g\" explicit {\n%s}\n", body);
    tern_network_destroy(r->network);
    r->network = NULL;
    REQUIRE_OK(tern_network_parse(r->builder, tern_text_get(&out), out.len, &r->network));
    rig_load(r);
    for (int i = 0; i < 2; i++) {
        memset(&to[i], 0, sizeof to[i]);
        const int32_t at = tern_engine_find_binding(r->engine, i == 0 ? "y0" : "y1");
        if (at >= 0) {
            REQUIRE_OK(tern_context_set_output_allocator(
                r->context, at, &(const tern_output_allocator){&to[i], give, tell}));
        }
    }
}

static void bind(const rig *r, const char *name, const void *address)
{
    void *at = NULL;
    memcpy(&at, &address, sizeof at);
    REQUIRE_OK(tern_context_bind(r->context, tern_engine_find_binding(r->engine, name), at));
}

static const float *floats(const sink_of_output *o)
{
    return (const float *)(const void *)o->memory;
}

static const int64_t *longs(const sink_of_output *o)
{
    return (const int64_t *)(const void *)o->memory;
}

/* --- branches --- */

TERN_TEST(one_branch_runs)
{
    static sink_of_output to[2];
    rig r;
    const float x[3] = {1, -2, 3};
    uint8_t c = 0;
    open_text(&r,
              "%c = input \"c\" : bool[]\n"
              "%x = input \"x\" : f32[3]\n"
              "%a, %b = if %c\n"
              "body {\n"
              "%n = neg %x\n"
              "%e = exp %n\n"
              "yield %n, %e\n"
              "}\n"
              "body {\n"
              "%t = add %x, %x\n"
              "yield %t, %x\n"
              "}\n"
              "%s = add %a, %b\n"
              "output \"y0\" = %a\n"
              "output \"y1\" = %s\n",
              to);
    bind(&r, "c", &c);
    bind(&r, "x", x);
    for (c = 0; c < 2; c++) {
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        for (int i = 0; i < 3; i++) {
            const double a = c != 0 ? -(double)x[i] : 2 * (double)x[i];
            const double b = c != 0 ? exp(-(double)x[i]) : (double)x[i];
            CHECK_NEAR((double)floats(&to[0])[i], a, 1e-6);
            CHECK_NEAR((double)floats(&to[1])[i], a + b, 1e-5);
        }
    }
    rig_close(&r);
}

/* Branches of different lengths; the result is used and is an output. */
TERN_TEST(branches_of_different_shapes)
{
    static sink_of_output to[2];
    rig r;
    const float x[3] = {1, -2, 3};
    uint8_t c = 0;
    open_text(&r,
              "%c = input \"c\" : bool[]\n"
              "%x = input \"x\" : f32[3]\n"
              "%a = if %c\n"
              "body {\n"
              "%n = concat %x, %x {axis=0}\n"
              "yield %n\n"
              "}\n"
              "body {\n"
              "yield %x\n"
              "}\n"
              "%s = neg %a\n"
              "output \"y0\" = %a\n"
              "output \"y1\" = %s\n",
              to);
    bind(&r, "c", &c);
    bind(&r, "x", x);
    for (int round = 0; round < 4; round++) {
        c = (uint8_t)(round & 1);
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        const int64_t n = c != 0 ? 6 : 3;
        CHECK_INT(to[0].dims[0], n);
        CHECK_INT(to[1].dims[0], n);
        for (int64_t i = 0; i < n; i++) {
            CHECK_NEAR((double)floats(&to[0])[i], (double)x[i % 3], 0);
            CHECK_NEAR((double)floats(&to[1])[i], -(double)x[i % 3], 0);
        }
    }
    rig_close(&r);
}

TERN_TEST(branches_inside_branches)
{
    static sink_of_output to[2];
    rig r;
    const float x = 5;
    uint8_t c = 0, d = 0;
    open_text(&r,
              "%c = input \"c\" : bool[]\n"
              "%d = input \"d\" : bool[]\n"
              "%x = input \"x\" : f32[]\n"
              "%k = constant : f32[] [100]\n"
              "%a = if %c\n"
              "body {\n"
              "  %i = if %d\n"
              "  body {\n"
              "    %n = neg %x\n"
              "    yield %n\n"
              "  }\n"
              "  body {\n"
              "    yield %x\n"
              "  }\n"
              "  %j = add %i, %i\n"
              "  yield %j\n"
              "}\n"
              "body {\n"
              "  %o = if %d\n"
              "  body {\n"
              "    yield %k\n"
              "  }\n"
              "  body {\n"
              "    %p = mul %x, %k\n"
              "    yield %p\n"
              "  }\n"
              "  yield %o\n"
              "}\n"
              "output \"y0\" = %a\n",
              to);
    bind(&r, "c", &c);
    bind(&r, "d", &d);
    bind(&r, "x", &x);
    static const double want[4] = {500, 100, 10, -10};
    for (int i = 0; i < 4; i++) {
        c = (uint8_t)(i >> 1);
        d = (uint8_t)(i & 1);
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_NEAR((double)floats(&to[0])[0], want[i], 0);
    }
    rig_close(&r);
}

/* --- loops --- */

/* Fibonacci: the two carried values change places, so each has to wait for the other. */
TERN_TEST(carried_values_change_places)
{
    static sink_of_output to[2];
    rig r;
    int64_t n[1] = {0};
    open_text(&r,
              "%n = input \"n\" : i64[1]\n"
              "%m = reduce %n {op=sum, axes=1}\n"
              "%a0 = constant : i64[] [0]\n"
              "%b0 = constant : i64[] [1]\n"
              "%a, %b = loop %m, none, %a0, %b0\n"
              "body %i : i64[], %go : bool[], %p : i64[], %q : i64[] {\n"
              "%s = add %p, %q\n"
              "yield %go, %q, %s\n"
              "}\n"
              "output \"y0\" = %a\n"
              "output \"y1\" = %b\n",
              to);
    bind(&r, "n", n);
    int64_t a = 0, b = 1;
    for (n[0] = 0; n[0] < 60; n[0]++) {
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_INT(longs(&to[0])[0], a);
        CHECK_INT(longs(&to[1])[0], b);
        const int64_t s = a + b;
        a = b;
        b = s;
    }
    n[0] = -5;
    REQUIRE_OK(tern_context_enqueue(r.context, 0));
    CHECK_INT(longs(&to[0])[0], 0);
    rig_close(&r);
}

/* Rows of a known count go into the user's memory; rotation of three values. */
TERN_TEST(rows_of_a_known_count)
{
    static sink_of_output to[2];
    rig r;
    const float x[2] = {1, 10};
    open_text(&r,
              "%x = input \"x\" : f32[2]\n"
              "%m = constant : i64[] [5]\n"
              "%c = constant : bool[] [1]\n"
              "%y = neg %x\n"
              "%z = add %x, %x\n"
              "%a, %b, %d, %s = loop %m, %c, %x, %y, %z\n"
              "body %i : i64[], %go : bool[], %p : f32[2], %q : f32[2], %w : f32[2] {\n"
              "%f = cast %i {to=f32}\n"
              "%g = shuffle %f {reshape=[1]}\n"
              "%row = add %p, %g\n"
              "yield %c, %q, %w, %p, %row\n"
              "}\n"
              "%ab = concat %a, %b, %d {axis=0}\n"
              "output \"y0\" = %s\n"
              "output \"y1\" = %ab\n",
              to);
    bind(&r, "x", x);
    REQUIRE_OK(tern_context_enqueue(r.context, 0));
    CHECK_INT(to[0].rank, 2);
    CHECK_INT(to[0].dims[0], 5);
    static const double factor[3] = {1, -1, 2};
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 2; k++) {
            CHECK_NEAR((double)floats(&to[0])[i * 2 + k], factor[i % 3] * (double)x[k] + i, 0);
        }
    }
    for (int i = 0; i < 6; i++) {
        CHECK_NEAR((double)floats(&to[1])[i], factor[(i / 2 + 5) % 3] * (double)x[i % 2], 0);
    }
    rig_close(&r);
}

/* What is carried grows, and only the condition ends it; rows are counted. */
TERN_TEST(what_grows_while_a_condition_holds)
{
    static sink_of_output to[2];
    rig r;
    float x[2] = {1, 2}, limit = 0;
    open_text(&r,
              "%x = input \"x\" : f32[2]\n"
              "%limit = input \"limit\" : f32[]\n"
              "%zero = constant : f32[] [0]\n"
              "%in = greater %limit, %zero\n"
              "%v, %s = loop none, %in, %x\n"
              "body %i : i64[], %go : bool[], %p : f32[2] {\n"
              "%q = concat %p, %x {axis=0}\n"
              "%sum = reduce %q {op=sum, axes=1}\n"
              "%on = less %sum, %limit\n"
              "yield %on, %q, %sum\n"
              "}\n"
              "output \"y0\" = %v\n"
              "output \"y1\" = %s\n",
              to);
    bind(&r, "x", x);
    bind(&r, "limit", &limit);
    for (limit = -1; limit < 60; limit += 4) {
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        int64_t rounds = 0;
        for (double sum = 3; limit > 0 && (rounds == 0 || sum < (double)limit); rounds++) {
            sum += 3;
            CHECK_NEAR((double)floats(&to[1])[rounds], sum, 0);
        }
        CHECK_INT(to[1].dims[0], rounds);
        REQUIRE_INT(to[0].dims[0], 2 + 2 * rounds);
        for (int64_t i = 0; i < 2 + 2 * rounds; i++) {
            CHECK_NEAR((double)floats(&to[0])[i], (double)x[i % 2], 0);
        }
    }
    rig_close(&r);
}

/* A loop in a loop: sums of products; the inner count is the outer number. */
TERN_TEST(loops_inside_loops)
{
    static sink_of_output to[2];
    rig r;
    int64_t n[1] = {0};
    open_text(&r,
              "%n = input \"n\" : i64[1]\n"
              "%m = reduce %n {op=sum, axes=1}\n"
              "%a0 = constant : i64[] [0]\n"
              "%one = constant : i64[] [1]\n"
              "%a, %s = loop %m, none, %a0\n"
              "body %i : i64[], %go : bool[], %p : i64[] {\n"
              "  %b, %t = loop %i, none, %p\n"
              "  body %j : i64[], %on : bool[], %q : i64[] {\n"
              "    %ij = mul %i, %j\n"
              "    %u = add %q, %ij\n"
              "    yield %on, %u, %j\n"
              "  }\n"
              "  %c = add %b, %one\n"
              "  yield %go, %c, %b\n"
              "}\n"
              "output \"y0\" = %a\n"
              "output \"y1\" = %s\n",
              to);
    bind(&r, "n", n);
    for (n[0] = 0; n[0] < 9; n[0]++) {
        int64_t p = 0;
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_INT(to[1].dims[0], n[0]);
        for (int64_t i = 0; i < n[0]; i++) {
            for (int64_t j = 0; j < i; j++) {
                p += i * j;
            }
            CHECK_INT(longs(&to[1])[i], p);
            p++;
        }
        CHECK_INT(longs(&to[0])[0], p);
    }
    rig_close(&r);
}

/* A branch in a loop: Collatz.  Steps are counted, the path is stacked. */
TERN_TEST(branches_inside_loops)
{
    static sink_of_output to[2];
    rig r;
    int64_t n[1] = {27};
    open_text(&r,
              "%n = input \"n\" : i64[1]\n"
              "%m = reduce %n {op=sum, axes=1}\n"
              "%one = constant : i64[] [1]\n"
              "%two = constant : i64[] [2]\n"
              "%three = constant : i64[] [3]\n"
              "%in = greater %m, %one\n"
              "%a, %s = loop none, %in, %m\n"
              "body %i : i64[], %go : bool[], %p : i64[] {\n"
              "  %half = div %p, %two\n"
              "  %whole = mul %half, %two\n"
              "  %even = equal %whole, %p\n"
              "  %q = if %even\n"
              "  body {\n"
              "    yield %half\n"
              "  }\n"
              "  body {\n"
              "    %t = mul %p, %three\n"
              "    %u = add %t, %one\n"
              "    yield %u\n"
              "  }\n"
              "  %on = greater %q, %one\n"
              "  yield %on, %q, %p\n"
              "}\n"
              "output \"y0\" = %a\n"
              "output \"y1\" = %s\n",
              to);
    bind(&r, "n", n);
    static const int64_t starts[] = {1, 2, 6, 7, 27, 97};
    for (size_t k = 0; k < TERN_COUNT_OF(starts); k++) {
        int64_t v = n[0] = starts[k], steps = 0;
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        for (; v > 1; steps++) {
            CHECK_INT(longs(&to[1])[steps], v);
            v = v % 2 == 0 ? v / 2 : 3 * v + 1;
        }
        CHECK_INT(to[1].dims[0], steps);
        CHECK_INT(longs(&to[0])[0], v);
    }
    rig_close(&r);
}

TERN_TEST(a_loop_that_cannot_end_is_refused)
{
    rig r;
    static const char text[] = "graph \"g\" explicit {\n"
                               "%x = input \"x\" : f32[2]\n"
                               "%v = loop none, none, %x ; forever\n"
                               "body %i : i64[], %go : bool[], %p : f32[2] {\n"
                               "%q = neg %p\n"
                               "yield %go, %q\n"
                               "}\n"
                               "output \"y0\" = %v\n"
                               "}\n";
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_network_destroy(r.network);
    r.network = NULL;
    REQUIRE_OK(tern_network_parse(r.builder, text, sizeof text - 1, &r.network));
    CHECK_ERROR(rig_build(&r), TERN_BAD_MODEL, "loop \"forever\": would never end");
    rig_close(&r);
}

/* --- plans that nobody trusts --- */

/* Has every loop a count that is a small constant?  Any other may go round for years. */
static bool ends_soon(const tern_plan *p)
{
    for (uint32_t i = 0; i < p->step_count; i++) {
        if (p->steps[i].control != TERN_PLAN_CONTROL_LOOP_BEGIN) {
            continue;
        }
        const uint32_t trips = p->indices[p->steps[i].x_first];
        const tern_plan_value *v = trips != TERN_PLAN_NONE ? &p->values[trips] : NULL;
        int64_t count = 0;
        if (v == NULL || v->home != TERN_PLAN_HOME_BLOB || p->blobs[v->at].size < sizeof count) {
            return false;
        }
        memcpy(&count, p->weights + p->blobs[v->at].at, sizeof count);
        if (v->dtype != TERN_DTYPE_I64 || count > 100) {
            return false;
        }
    }
    return true;
}

/* Loads and runs on zeros, in a heap that has a limit; true when it ran. */
static bool try_plan(tern_runtime *runtime, const void *bytes, size_t size)
{
    static double memory[4][512];
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    bool ok = tern_engine_load_memory(runtime, bytes, size, TERN_LOAD_BORROW, &engine) == TERN_OK &&
              tern_context_create(engine, &context) == TERN_OK;
    for (int32_t i = 0; ok && i < tern_engine_binding_count(engine); i++) {
        size_t most = 0;
        ok = i < 4 && tern_context_max_bytes(context, i, &most) == TERN_OK &&
             most <= sizeof memory[0] && tern_context_bind(context, i, memory[i]) == TERN_OK;
    }
    ok = ok && tern_context_enqueue(context, 0) == TERN_OK;
    tern_context_destroy(context);
    tern_engine_destroy(engine);
    return ok;
}

static void swallow(void *self, tern_severity severity, const char *topic, const char *text)
{
    (void)self, (void)severity, (void)topic, (void)text;
}

static void mutate(uint8_t *bytes, size_t size)
{
    static const uint64_t values[] = {0,  1,  2,          3,          4,         5,        6,
                                      64, 96, UINT32_MAX, UINT64_MAX, UINT8_MAX, INT64_MAX};
    const size_t first = 128 + 15 * 48, tables = size < 8192 ? size : 8192;
    for (int64_t i = tern_test_random_int(1, 3); i > 0; i--) {
        const size_t width = (size_t)1 << tern_test_random_int(0, 3);
        const size_t at =
            first + (size_t)tern_test_random_int(0, (int64_t)(tables - first - 8)) / width * width;
        const uint64_t value = values[tern_test_random() % TERN_COUNT_OF(values)];
        memcpy(bytes + at, &value, width);
    }
}

static const char nested[] = "graph \"g\" explicit {\n"
                             "%c = input \"c\" : bool[]\n"
                             "%x = input \"x\" : f32[2]\n"
                             "%m = constant : i64[] [3]\n"
                             "%a, %s = loop %m, none, %x\n"
                             "body %i : i64[], %go : bool[], %p : f32[2] {\n"
                             "  %q = if %c\n"
                             "  body {\n"
                             "    %n = neg %p\n"
                             "    yield %n\n"
                             "  }\n"
                             "  body {\n"
                             "    %b = loop %m, %c, %p\n"
                             "    body %j : i64[], %on : bool[], %u : f32[2] {\n"
                             "      %w = add %u, %x\n"
                             "      yield %on, %w\n"
                             "    }\n"
                             "    yield %b\n"
                             "  }\n"
                             "  yield %go, %q, %q\n"
                             "}\n"
                             "output \"y0\" = %a\n"
                             "output \"y1\" = %s\n"
                             "}\n";

/* What is carried grows, on the heap, and something is counted. */
static const char grown[] = "graph \"g\" explicit {\n"
                            "%x = input \"x\" : f32[3]\n"
                            "%m = constant : i64[] [3]\n"
                            "%a, %s = loop %m, none, %x\n"
                            "body %i : i64[], %go : bool[], %p : f32[3] {\n"
                            "  %q = concat %p, %x {axis=0}\n"
                            "  %z = nonzero %q\n"
                            "  %r = reduce %q {op=sum, axes=1}\n"
                            "  %k = reduce %z {op=sum, axes=3}\n"
                            "  yield %go, %q, %k\n"
                            "}\n"
                            "%y = reduce %a {op=sum, axes=1}\n"
                            "output \"y0\" = %y\n"
                            "output \"y1\" = %s\n"
                            "}\n";

static const struct {
    const char *name, *text;
} bases[] = {{"nested", nested}, {"grown", grown}};

TERN_TEST_ROWS(mutated_loops_do_no_harm, bases)
{
    enum { TRIES = 20000 };
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_network_destroy(r.network);
    r.network = NULL;
    REQUIRE_OK(tern_network_parse(r.builder, bases[row].text, strlen(bases[row].text), &r.network));
    REQUIRE_OK(rig_build(&r));
    const size_t size = tern_memory_size(r.plan);
    uint8_t *bytes = maker_copy(tern_memory_data(r.plan), size);
    int64_t run_count = 0;
    tern_test_heap heap = {.limit_bytes = 64 << 20};
    tern_runtime *runtime = NULL;
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    options.allocator = tern_test_allocator(&heap);
    options.logger.write = swallow;
    REQUIRE_OK(tern_runtime_create(&options, &runtime));
    CHECK(try_plan(runtime, bytes, size));
    for (int i = 0; i < TRIES; i++) {
        memcpy(bytes, tern_memory_data(r.plan), size);
        mutate(bytes, size);
        maker_fix(bytes, size);
        tern_plan plan;
        const bool is_read =
            tern_plan_read(bytes, size, TERN_PLAN_VERIFY_ALL, "test", &plan) == TERN_OK;
        run_count += is_read && ends_soon(&plan) && try_plan(runtime, bytes, size) ? 1 : 0;
    }
    CHECK(run_count > TRIES / 500);
    tern_runtime_destroy(runtime);
    tern_test_heap_check_empty(&heap);
    maker_free(bytes);
    rig_close(&r);
}
