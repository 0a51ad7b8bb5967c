/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts of fixed shape: binding, running, refusing, profiling, and changing bindings behind
 * queued runs. */
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

static plan_maker maker;

/* y = relu(x + c) of maker_relu_add. */
static float want(const float *x, int i)
{
    static const float c[6] = {1, -2, 3, -4, 5, -6};
    return x[i] + c[i] > 0 ? x[i] + c[i] : 0;
}

static void check_result(const float *x, const float *y)
{
    for (int i = 0; i < 6; i++) {
        CHECK_NEAR(y[i], want(x, i), 0);
    }
}

TERN_TEST(a_hand_made_plan_runs_in_the_users_buffers)
{
    static const float x[6] = {1, 5, -9, 4.5f, 0, 100};
    float y[6] = {0};
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    CHECK(tern_context_address(context, 1) == y);
    for (tern_stream stream = 0; stream < 3; stream++) {
        memset(y, 0, sizeof y);
        REQUIRE_OK(tern_context_enqueue(context, stream));
        check_result(x, y);
    }
    tern_context_destroy(context);
}

TERN_TEST(what_is_not_bound_is_named)
{
    float y[6];
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_TEXT(tern_error_last()->text, "input \"x\": no address is bound to it");
    REQUIRE_OK(tern_context_bind(context, 0, y));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_TEXT(tern_error_last()->text, "output \"y\": no address is bound to it");
    REQUIRE_OK(tern_context_bind(context, 1, y));
    CHECK_OK(tern_context_enqueue(context, 0));
    REQUIRE_OK(tern_context_bind(context, 1, NULL));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_bind(context, 2, y), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_bind(context, -1, y), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_enqueue(context, 77), TERN_INVALID_ARGUMENT);
    tern_context_destroy(context);
}

TERN_TEST(memory_of_ours_is_checked_for_room_and_life)
{
    void *small = NULL, *large = NULL;
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_device_alloc(20, &small));
    REQUIRE_OK(tern_device_alloc(24, &large));
    CHECK_STATUS(tern_context_bind(context, 0, small), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "takes 24 bytes");
    CHECK_OK(tern_context_bind(context, 0, large));
    CHECK_STATUS(tern_context_bind(context, 1, (char *)large + 4), TERN_INVALID_ARGUMENT);
    CHECK(tern_context_address(context, 1) == NULL);
    REQUIRE_OK(tern_device_free(small));
    CHECK_STATUS(tern_context_bind(context, 1, small), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "it was freed");
    tern_context_destroy(context);
    REQUIRE_OK(tern_device_free(large));
}

TERN_TEST(fixed_shapes_may_be_set_to_what_they_are)
{
    const int64_t good[2] = {2, 3}, bad[2] = {2, 4};
    int64_t dims[TERN_MAX_RANK];
    int32_t rank = 0, missing = 9;
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    CHECK_OK(tern_context_set_shape(context, 0, 2, good));
    CHECK_STATUS(tern_context_set_shape(context, 0, 2, bad), TERN_BAD_SHAPE);
    CHECK_TEXT(tern_error_last()->text,
               "input \"x\": shape [2,4], the engine takes [2,3] only (axis 1)");
    CHECK_STATUS(tern_context_set_shape(context, 0, 1, good), TERN_BAD_SHAPE);
    CHECK_STATUS(tern_context_set_shape(context, 1, 2, good), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_set_batch(context, 2), TERN_BAD_SHAPE);
    CHECK_OK(tern_context_infer(context, 0, NULL, &missing));
    CHECK_INT(missing, 0);
    REQUIRE_OK(tern_context_shape(context, 1, &rank, dims));
    CHECK_INT(rank, 2);
    CHECK_INT(dims[1], 3);
    CHECK_STATUS(tern_context_set_profile(context, 1), TERN_INVALID_ARGUMENT);
    CHECK_OK(tern_context_set_profile(context, 0));
    CHECK_INT(tern_context_profile(context), 0);
    tern_context_destroy(context);
}

TERN_TEST(a_run_may_be_queued_before_it_is_done)
{
    tern_stream stream = 0;
    tern_event event = 0;
    int32_t done = 1;
    float x[6] = {1, 2, 3, 4, 5, 6}, y[6] = {0};
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(tern_event_create(&event));
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    REQUIRE_OK(tern_context_enqueue(context, stream));
    REQUIRE_OK(tern_event_record(event, stream));
    REQUIRE_OK(tern_event_synchronize(event));
    REQUIRE_OK(tern_event_query(event, &done));
    CHECK_INT(done, 1);
    check_result(x, y);
    CHECK_OK(tern_stream_synchronize(stream));
    tern_context_destroy(context);
    REQUIRE_OK(tern_event_destroy(event));
    REQUIRE_OK(tern_stream_destroy(stream));
}

enum { SETS = 40 };

TERN_TEST(bindings_may_change_behind_queued_runs)
{
    static float x[SETS][6], y[SETS][6];
    tern_stream stream = 0;
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_stream_create(&stream));
    for (int round = 0; round < 20; round++) {
        memset(y, 0, sizeof y);
        for (int i = 0; i < SETS; i++) { /* more sets than a context has states: some calls wait */
            for (int k = 0; k < 6; k++) {
                x[i][k] = (float)(i * 10 + k - round);
            }
            REQUIRE_OK(tern_context_bind(context, 0, x[i]));
            REQUIRE_OK(tern_context_bind(context, 1, y[i]));
            REQUIRE_OK(tern_context_enqueue(context, stream));
        }
        REQUIRE_OK(tern_stream_synchronize(stream));
        for (int i = 0; i < SETS; i++) {
            check_result(x[i], y[i]);
        }
    }
    tern_context_destroy(context);
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(a_context_goes_after_its_queued_runs)
{
    float x[6] = {1}, y[6] = {0};
    tern_stream stream = 0;
    maker_relu_add(&maker);
    REQUIRE_OK(tern_stream_create(&stream));
    for (int i = 0; i < 200; i++) {
        tern_context *context = rig_context(&maker);
        REQUIRE_OK(tern_context_bind(context, 0, x));
        REQUIRE_OK(tern_context_bind(context, 1, y));
        for (int k = 0; k <= i % 4; k++) {
            REQUIRE_OK(tern_context_enqueue(context, stream));
        }
        tern_context_destroy(context);
        check_result(x, y);
    }
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(runs_of_one_context_on_several_streams_are_in_order)
{
    tern_stream streams[3];
    float x[6] = {1, 2, 3, 4, 5, 6}, y[3][6];
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(tern_stream_create(&streams[i]));
    }
    REQUIRE_OK(tern_context_bind(context, 0, x));
    for (int i = 0; i < 300; i++) {
        REQUIRE_OK(tern_context_bind(context, 1, y[i % 3]));
        REQUIRE_OK(tern_context_enqueue(context, streams[i % 3]));
    }
    REQUIRE_OK(tern_context_enqueue(context, 0));
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(tern_stream_synchronize(streams[i]));
        check_result(x, y[i]);
        REQUIRE_OK(tern_stream_destroy(streams[i]));
    }
    tern_context_destroy(context);
}

typedef struct times {
    int count;
    char names[8][16];
    bool all_positive;
} times;

static void note_time(void *self, const char *name, double milliseconds)
{
    times *t = self;
    if (t->count < 8) {
        snprintf(t->names[t->count], sizeof t->names[0], "%s", name);
    }
    t->count++;
    t->all_positive = t->all_positive && milliseconds >= 0 && milliseconds < 1000;
}

TERN_TEST(a_profiler_hears_of_every_layer_in_order)
{
    times t = {.all_positive = true};
    const tern_profiler profiler = {&t, note_time};
    tern_stream stream = 0;
    float x[6] = {1}, y[6];
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    REQUIRE_OK(tern_context_set_profiler(context, &profiler));
    REQUIRE_OK(tern_context_enqueue(context, 0));
    CHECK_INT(t.count, 2);
    CHECK_TEXT(t.names[0], "add");
    CHECK_TEXT(t.names[1], "relu");
    CHECK(t.all_positive);
    REQUIRE_OK(tern_context_enqueue(context, stream));
    REQUIRE_OK(tern_stream_synchronize(stream));
    CHECK_INT(t.count, 4);
    REQUIRE_OK(tern_context_set_profiler(context, NULL));
    REQUIRE_OK(tern_context_enqueue(context, 0));
    CHECK_INT(t.count, 4);
    tern_context_destroy(context);
    REQUIRE_OK(tern_stream_destroy(stream));
}

typedef struct output {
    float memory[6];
    int asked, told;
    size_t bytes;
    int64_t dims[2];
    bool refuse;
} output;

static void *give(void *self, const char *name, void *current, size_t bytes, size_t align)
{
    output *o = self;
    (void)current, (void)align;
    o->asked += strcmp(name, "y") == 0;
    o->bytes = bytes;
    return o->refuse ? NULL : o->memory;
}

static void tell(void *self, const char *name, int32_t rank, const int64_t *dims)
{
    output *o = self;
    (void)name;
    o->told += rank == 2;
    o->dims[0] = dims[0];
    o->dims[1] = dims[1];
}

TERN_TEST(an_output_allocator_is_asked_before_the_run)
{
    output o = {.asked = 0};
    const tern_output_allocator allocator = {&o, give, tell};
    float x[6] = {1, 2, 3, 4, 5, 6};
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, x));
    CHECK_STATUS(tern_context_set_output_allocator(context, 0, &allocator), TERN_INVALID_ARGUMENT);
    REQUIRE_OK(tern_context_set_output_allocator(context, 1, &allocator));
    REQUIRE_OK(tern_context_enqueue(context, 0));
    CHECK_INT(o.asked, 1);
    CHECK_INT(o.told, 1);
    CHECK_UINT(o.bytes, 24);
    CHECK_INT(o.dims[0], 2);
    CHECK_INT(o.dims[1], 3);
    check_result(x, o.memory);
    o.refuse = true;
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_OUT_OF_MEMORY);
    CHECK_CONTAINS(tern_error_last()->text, "output \"y\"");
    tern_context_destroy(context);
}

/* A profiler that calls the context it is called by: refused, not a deadlock. */
static tern_status nested;

static void call_again(void *self, const char *name, double milliseconds)
{
    (void)name, (void)milliseconds;
    nested = tern_context_enqueue(self, 0);
}

TERN_TEST(a_call_inside_a_call_is_refused)
{
    float x[6] = {1}, y[6];
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    const tern_profiler profiler = {context, call_again};
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    REQUIRE_OK(tern_context_set_profiler(context, &profiler));
    CHECK_OK(tern_context_enqueue(context, 0));
    CHECK_STATUS(nested, TERN_INVALID_ARGUMENT);
    tern_context_destroy(context);
}
