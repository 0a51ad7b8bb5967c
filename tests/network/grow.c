/* SPDX-License-Identifier: Apache-2.0 */
/* Networks with tensors whose size nobody can bound before they run: ranges of run-time numbers.
   Their memory is the context's growing heap. */
#include "rig.h"

#include <math.h>

static int64_t extent_of(const rig *r, const char *name)
{
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    const int32_t binding = tern_engine_find_binding(r->engine, name);
    REQUIRE_OK(tern_context_shape(r->context, binding, &rank, dims));
    REQUIRE_INT(rank, 1);
    return dims[0];
}

/* y = abs(start, start + delta ...), and twice = -(the list, twice).  Integers are
   sums of lists, as lone ones would be shape inputs, whose values bound the length. */
static void open_range(rig *r, const char *type)
{
    rig_open(r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *in[3];
    static const char *const names[] = {"start", "limit", "delta"};
    for (int i = 0; i < 3; i++) {
        in[i] = rig_input(r, names[i], type);
        if (type[0] == 'i') {
            in[i] = tern_layer_output(rig_layer(r, "reduce", "{op=sum, axes=1}", in[i], NULL), 0);
        }
    }
    if (type[0] == 'i') {
        rig_profile(r,
                    (const rig_range[]){{"start", "i64[1]", "i64[1]", "i64[2]"},
                                        {"limit", "i64[1]", "i64[1]", "i64[2]"},
                                        {"delta", "i64[1]", "i64[1]", "i64[2]"}},
                    3);
    }
    tern_tensor *list = tern_layer_output(rig_layer_of(r, "range", NULL, in, 3), 0);
    tern_tensor *twice = tern_layer_output(rig_layer(r, "concat", "{axis=0}", list, list), 0);
    rig_output(r, tern_layer_output(rig_layer(r, "abs", NULL, list, NULL), 0), "y");
    rig_output(r, tern_layer_output(rig_layer(r, "neg", NULL, twice, NULL), 0), "twice");
    rig_load(r);
    for (int i = 0; type[0] == 'i' && i < 3; i++) {
        REQUIRE_OK(tern_context_set_shape(r->context, i, 1, (const int64_t[]){1}));
    }
}

static const struct {
    double start, limit, delta;
} spans[] = {{0, 5, 1},  {1, 5, 2},    {10, 1, -3},  {5, 5, 1},    {5, 1, 1},
             {-3, 3, 1}, {0, 3000, 1}, {7, 6000, 2}, {1, 2, 0.25}, {0, 1, 0.1}};

static const char *const types[] = {"f32[]", "i64[-1]", "i32[-1]", "f64[1]"};

/* The number as an element of types[t]. */
static void write_number(int t, double v, void *to)
{
    switch (t) {
    case 0: memcpy(to, &(const float){(float)v}, sizeof(float)); break;
    case 1: memcpy(to, &(const int64_t){(int64_t)v}, sizeof(int64_t)); break;
    case 2: memcpy(to, &(const int32_t){(int32_t)v}, sizeof(int32_t)); break;
    default: memcpy(to, &v, sizeof v); break;
    }
}

static double read_number(int t, const void *from, int64_t i)
{
    switch (t) {
    case 0: return (double)((const float *)from)[i];
    case 1: return (double)((const int64_t *)from)[i];
    case 2: return (double)((const int32_t *)from)[i];
    default: return ((const double *)from)[i];
    }
}

static void check_span(rig *r, int t, size_t i)
{
    static double y[8192], twice[8192];
    const double v[3] = {spans[i].start, spans[i].limit, spans[i].delta};
    double x[3];
    for (int k = 0; k < 3; k++) {
        write_number(t, v[k], &x[k]);
    }
    rig_run(r, (const void *[]){&x[0], &x[1], &x[2]}, (void *[]){y, twice});
    const double span = ceil((v[1] - v[0]) / v[2]);
    const int64_t n = span > 0 ? (int64_t)span : 0;
    CHECK_INT(extent_of(r, "y"), n);
    CHECK_INT(extent_of(r, "twice"), 2 * n);
    for (int64_t k = 0; k < 2 * n; k++) {
        const double want = v[0] + (double)(k % n) * v[2];
        CHECK_NEAR(read_number(t, twice, k), -want, 1e-6);
        CHECK_NEAR(read_number(t, y, k % n), fabs(want), 1e-6);
    }
}

TERN_TEST(ranges_of_run_time_numbers)
{
    for (int t = 0; t < 4; t++) {
        rig r;
        open_range(&r, types[t]);
        for (size_t i = 0; i < TERN_COUNT_OF(spans); i++) {
            if (floor(spans[i].delta) == spans[i].delta || types[t][0] == 'f') {
                check_span(&r, t, i);
            }
        }
        rig_close(&r);
    }
}

static size_t written;

static void keep(void *self, const char *at, size_t size)
{
    REQUIRE(written + size < 65536);
    memcpy((char *)self + written, at, size);
    written += size;
    ((char *)self)[written] = '\0';
}

TERN_TEST(a_plan_says_that_it_may_allocate)
{
    rig r;
    static char text[65536];
    size_t bytes = 0;
    written = 0;
    open_range(&r, "i64[-1]");
    REQUIRE_OK(tern_inspect_engine(r.engine, TERN_FORMAT_JSON, &(const tern_sink){text, keep}));
    CHECK_CONTAINS(text, "\"may_allocate\": true");
    CHECK_CONTAINS(text, "\"allocating_layers\": [");
    REQUIRE_OK(tern_context_max_bytes(r.context, tern_engine_find_binding(r.engine, "y"), &bytes));
    CHECK_UINT(bytes, SIZE_MAX);
    rig_close(&r);
}

TERN_TEST(memory_stays_until_the_context_goes)
{
    rig r;
    static int64_t y[4096], twice[8192];
    open_range(&r, "i64[-1]");
    int64_t limit = 4000;
    rig_run(&r, (const void *[]){&(const int64_t){0}, &limit, &(const int64_t){1}},
            (void *[]){y, twice});
    const int64_t calls = atomic_load(&r.heap.request_count);
    for (limit = 0; limit <= 4000; limit += 500) {
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_INT(extent_of(&r, "y"), limit);
    }
    CHECK_INT(atomic_load(&r.heap.request_count), calls);
    rig_close(&r);
}

TERN_TEST(a_delta_of_nothing_is_refused)
{
    rig r;
    int64_t y[8], twice[16], delta = 0;
    open_range(&r, "i64[-1]");
    const int32_t at = tern_engine_find_binding(r.engine, "delta");
    rig_run(&r, (const void *[]){&(const int64_t){0}, &(const int64_t){3}, &(const int64_t){1}},
            (void *[]){y, twice});
    REQUIRE_OK(tern_context_bind(r.context, at, &delta));
    CHECK_ERROR(tern_context_enqueue(r.context, 0), TERN_INVALID_ARGUMENT, "delta is 0");
    delta = INT64_MIN;
    CHECK_OK(tern_context_enqueue(r.context, 0));
    CHECK_INT(extent_of(&r, "y"), 0);
    rig_close(&r);
}

TERN_TEST(no_memory_for_a_range_is_a_status)
{
    rig r;
    int64_t y[8], twice[16], limit = 3;
    open_range(&r, "i64[-1]");
    const int32_t at = tern_engine_find_binding(r.engine, "limit");
    rig_run(&r, (const void *[]){&(const int64_t){0}, &limit, &(const int64_t){1}},
            (void *[]){y, twice});
    limit = INT64_MAX;
    CHECK_ERROR(tern_context_enqueue(r.context, 0), TERN_BAD_SHAPE, "memory can hold");
    limit = INT64_C(1) << 60;
    CHECK(tern_context_enqueue(r.context, 0) != TERN_OK);
    limit = 3;
    REQUIRE_OK(tern_context_bind(r.context, at, &limit));
    CHECK_OK(tern_context_enqueue(r.context, 0));
    CHECK_INT(twice[5], -2);
    rig_close(&r);
}

/* Each allocation that a run makes fails once; the run after it goes well. */
TERN_TEST(every_block_may_be_refused)
{
    rig r;
    static int64_t y[600], twice[1200];
    int64_t x[3] = {0, 600, 1}, failures = 0;
    open_range(&r, "i64[-1]");
    for (bool done = false; !done;) {
        tern_context_destroy(r.context);
        REQUIRE_OK(tern_context_create(r.engine, &r.context));
        for (int i = 0; i < 3; i++) {
            REQUIRE_OK(tern_context_set_shape(r.context, i, 1, (const int64_t[]){1}));
            REQUIRE_OK(tern_context_bind(r.context, i, &x[i]));
        }
        REQUIRE_OK(tern_context_bind(r.context, tern_engine_find_binding(r.engine, "y"), y));
        REQUIRE_OK(
            tern_context_bind(r.context, tern_engine_find_binding(r.engine, "twice"), twice));
        r.heap.fail_at = atomic_load(&r.heap.request_count) + failures + 1;
        const tern_status status = tern_context_enqueue(r.context, 0);
        done = status == TERN_OK;
        CHECK(done || status == TERN_OUT_OF_MEMORY);
        failures += done ? 0 : 1;
        r.heap.fail_at = 0;
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_INT(twice[1199], -599);
    }
    CHECK(failures >= 2);
    rig_close(&r);
}
