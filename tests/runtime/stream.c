/* SPDX-License-Identifier: Apache-2.0 */
/* Streams and events: order, full rings, errors, stale handles. */
#include "base/error.h"
#include "base/thread.h"
#include "device/device.h"
#include "rig.h"

static tern_status submit(tern_stream stream, tern_command c)
{
    tern_device *d = tern_device_cpu();
    return d->api->stream_submit(d, stream, &c);
}

/* A list that commands append their value to. */
typedef struct list {
    atomic_int count, released;
    uint64_t values[5000];
} list;

static list seen;

static tern_status append(const tern_command *c)
{
    list *l = c->object;
    const int i = atomic_fetch_add(&l->count, 1);
    l->values[i] = c->value;
    return TERN_OK;
}

static void release(const tern_command *c)
{
    list *l = c->object;
    atomic_fetch_add(&l->released, 1);
}

static tern_status fail(const tern_command *c)
{
    return tern_fail(TERN_BAD_SHAPE, "made up number %d", (int)c->value);
}

/* Sleeps until its gate opens. */
static atomic_uint gate;

static tern_status wait_for_gate(const tern_command *c)
{
    (void)c;
    while (atomic_load(&gate) == 0) {
        tern_futex_wait(&gate, 0, ~0u, -1);
    }
    return TERN_OK;
}

static void open_gate(void)
{
    atomic_store(&gate, 1);
    tern_futex_wake(&gate, ~0u);
}

static void start_test(void)
{
    atomic_store(&gate, 0);
    atomic_store(&seen.count, 0);
    atomic_store(&seen.released, 0);
}

TERN_TEST(commands_run_in_order)
{
    tern_stream stream = 0;
    start_test();
    REQUIRE_OK(tern_stream_create(&stream));
    for (uint64_t i = 0; i < 4000; i++) { /* several rings full */
        REQUIRE_OK(
            submit(stream,
                   (tern_command){.run = append, .object = &seen, .value = i, .release = release}));
    }
    REQUIRE_OK(tern_stream_synchronize(stream));
    REQUIRE_INT(atomic_load(&seen.count), 4000);
    CHECK_INT(atomic_load(&seen.released), 4000);
    for (uint64_t i = 0; i < 4000; i++) {
        CHECK_UINT(seen.values[i], i);
    }
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(destroying_a_stream_waits_for_its_work)
{
    start_test();
    for (int round = 0; round < 50; round++) {
        tern_stream stream = 0;
        REQUIRE_OK(tern_stream_create(&stream));
        for (int i = 0; i < round; i++) {
            REQUIRE_OK(submit(stream, (tern_command){.run = append, .object = &seen}));
        }
        REQUIRE_OK(tern_stream_destroy(stream));
    }
    CHECK_INT(atomic_load(&seen.count), 50 * 49 / 2);
}

static void *submit_many(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        rig_may_fail(submit(*(tern_stream *)arg, (tern_command){.run = append, .object = &seen}));
    }
    return NULL;
}

TERN_TEST(several_threads_may_use_one_stream)
{
    tern_stream stream = 0;
    tern_thread threads[3] = {{.is_started = false}};
    start_test();
    REQUIRE_OK(tern_stream_create(&stream));
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(tern_thread_start(&threads[i], submit_many, &stream));
    }
    for (int i = 0; i < 3; i++) {
        tern_thread_join(&threads[i]);
    }
    REQUIRE_OK(tern_stream_synchronize(stream));
    CHECK_INT(atomic_load(&seen.count), 3000);
    REQUIRE_OK(tern_stream_destroy(stream));
}

static void *open_later(void *arg)
{
    (void)arg;
    for (int i = 0; i < 200; i++) {
        tern_thread_yield();
    }
    open_gate();
    return NULL;
}

TERN_TEST(a_full_ring_makes_the_submitter_wait)
{
    tern_stream stream = 0;
    tern_thread thread = {.is_started = false};
    int32_t is_idle = 1;
    start_test();
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(submit(stream, (tern_command){.run = wait_for_gate}));
    for (int i = 0; i < 1023; i++) {
        REQUIRE_OK(submit(stream, (tern_command){.run = append, .object = &seen}));
    }
    REQUIRE_OK(tern_stream_query(stream, &is_idle));
    CHECK_INT(is_idle, 0);
    CHECK_INT(atomic_load(&seen.count), 0);
    REQUIRE_OK(tern_thread_start(&thread, open_later, NULL));
    REQUIRE_OK(submit(stream, (tern_command){.run = append, .object = &seen}));
    CHECK(atomic_load(&gate) == 1);
    tern_thread_join(&thread);
    REQUIRE_OK(tern_stream_synchronize(stream));
    CHECK_INT(atomic_load(&seen.count), 1024);
    REQUIRE_OK(tern_stream_query(stream, &is_idle));
    CHECK_INT(is_idle, 1);
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(the_first_error_poisons_until_synchronize)
{
    tern_stream stream = 0;
    tern_event event = 0;
    int32_t is_done = 0;
    start_test();
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(tern_event_create(&event));
    REQUIRE_OK(submit(stream, (tern_command){.run = append, .object = &seen, .release = release}));
    REQUIRE_OK(submit(
        stream, (tern_command){.run = fail, .object = &seen, .value = 41, .release = release}));
    REQUIRE_OK(submit(
        stream, (tern_command){.run = fail, .object = &seen, .value = 42, .release = release}));
    REQUIRE_OK(submit(stream, (tern_command){.run = append, .object = &seen, .release = release}));
    REQUIRE_OK(tern_event_record(event, stream));
    REQUIRE_OK(tern_event_synchronize(event)); /* fires all the same */
    REQUIRE_OK(tern_event_query(event, &is_done));
    CHECK_INT(is_done, 1);
    CHECK_INT(atomic_load(&seen.count), 1);
    CHECK_INT(atomic_load(&seen.released), 4);
    CHECK_STATUS(tern_stream_synchronize(stream), TERN_BAD_SHAPE);
    CHECK_TEXT(tern_error_last()->text, "made up number 41");
    CHECK_OK(tern_stream_synchronize(stream));
    REQUIRE_OK(submit(stream, (tern_command){.run = append, .object = &seen}));
    CHECK_OK(tern_stream_synchronize(stream));
    CHECK_INT(atomic_load(&seen.count), 2);
    REQUIRE_OK(submit(stream, (tern_command){.run = fail, .value = 43}));
    CHECK_STATUS(tern_device_synchronize(), TERN_BAD_SHAPE);
    CHECK_TEXT(tern_error_last()->text, "made up number 43");
    CHECK_OK(tern_device_synchronize());
    REQUIRE_OK(tern_event_destroy(event));
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(a_stream_can_wait_for_another)
{
    tern_stream first = 0, second = 0;
    tern_event event = 0;
    start_test();
    REQUIRE_OK(tern_stream_create(&first));
    REQUIRE_OK(tern_stream_create(&second));
    REQUIRE_OK(tern_event_create(&event));
    REQUIRE_OK(submit(first, (tern_command){.run = wait_for_gate}));
    REQUIRE_OK(submit(first, (tern_command){.run = append, .object = &seen, .value = 1}));
    REQUIRE_OK(tern_event_record(event, first));
    REQUIRE_OK(tern_stream_wait_event(second, event));
    REQUIRE_OK(submit(second, (tern_command){.run = append, .object = &seen, .value = 2}));
    CHECK_INT(atomic_load(&seen.count), 0);
    open_gate();
    REQUIRE_OK(tern_stream_synchronize(second));
    CHECK_UINT(seen.values[0], 1);
    CHECK_UINT(seen.values[1], 2);
    REQUIRE_OK(tern_event_destroy(event));
    REQUIRE_OK(tern_stream_destroy(first));
    REQUIRE_OK(tern_stream_destroy(second));
}

TERN_TEST(destroying_an_event_lets_its_waiters_go)
{
    tern_stream first = 0, second = 0;
    tern_event event = 0;
    start_test();
    REQUIRE_OK(tern_stream_create(&first));
    REQUIRE_OK(tern_stream_create(&second));
    REQUIRE_OK(tern_event_create(&event));
    REQUIRE_OK(submit(first, (tern_command){.run = wait_for_gate}));
    REQUIRE_OK(tern_event_record(event, first));
    REQUIRE_OK(tern_stream_wait_event(second, event));
    REQUIRE_OK(tern_event_destroy(event));
    REQUIRE_OK(tern_stream_synchronize(second));
    open_gate();
    REQUIRE_OK(tern_stream_destroy(first));
    REQUIRE_OK(tern_stream_destroy(second));
}

TERN_TEST(events_measure_time)
{
    tern_stream stream = 0;
    tern_event start = 0, end = 0;
    double ms = -1;
    start_test();
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(tern_event_create(&start));
    REQUIRE_OK(tern_event_create(&end));
    CHECK_STATUS(tern_event_elapsed(start, end, &ms), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "never recorded");
    REQUIRE_OK(tern_event_record(start, stream));
    REQUIRE_OK(submit(stream, (tern_command){.run = wait_for_gate}));
    REQUIRE_OK(tern_event_record(end, stream));
    CHECK_STATUS(tern_event_elapsed(start, end, &ms), TERN_INVALID_ARGUMENT);
    open_gate();
    REQUIRE_OK(tern_event_synchronize(end));
    CHECK_OK(tern_event_elapsed(start, end, &ms));
    CHECK(ms >= 0 && ms < 60000);
    REQUIRE_OK(tern_event_record(start, 0));
    REQUIRE_OK(tern_event_record(end, 2));
    CHECK_OK(tern_event_elapsed(start, end, &ms));
    CHECK(ms >= 0);
    REQUIRE_OK(tern_event_destroy(start));
    REQUIRE_OK(tern_event_destroy(end));
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(an_event_never_recorded_is_done)
{
    tern_event event = 0;
    tern_stream stream = 0;
    int32_t is_done = 0;
    REQUIRE_OK(tern_event_create(&event));
    REQUIRE_OK(tern_stream_create(&stream));
    CHECK_OK(tern_event_query(event, &is_done));
    CHECK_INT(is_done, 1);
    CHECK_OK(tern_event_synchronize(event));
    CHECK_OK(tern_stream_wait_event(stream, event));
    CHECK_OK(tern_stream_wait_event(0, event));
    REQUIRE_OK(tern_event_destroy(event));
    REQUIRE_OK(tern_stream_destroy(stream));
}

static const struct {
    const char *name;
    uint64_t handle;
} invented[] = {
    {"three", 3},
    {"minus_one", UINT64_MAX},
    {"pointer_like", UINT64_C(0x00007f1234567890)},
    {"stream_like", UINT64_C(0x0100000001ffffff)},
    {"stream_generation_zero", UINT64_C(0x0100000000000000)},
    {"event_like", UINT64_C(0x0200000001ffffff)},
    {"event_generation_zero", UINT64_C(0x0200000000000000)},
};

TERN_TEST_ROWS(invented_handles_are_refused, invented)
{
    const uint64_t h = invented[row].handle;
    int32_t flag = 0;
    double ms = 0;
    tern_event event = 0;
    tern_stream stream = 0;
    REQUIRE_OK(tern_event_create(&event));
    REQUIRE_OK(tern_stream_create(&stream));
    CHECK_STATUS(tern_stream_destroy(h), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_stream_synchronize(h), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_stream_query(h, &flag), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_stream_wait_event(h, event), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_stream_wait_event(stream, h), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_event_destroy(h), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_event_record(h, stream), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_event_record(event, h), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_event_synchronize(h), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_event_query(h, &flag), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_event_elapsed(event, h, &ms), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(submit(h, (tern_command){.run = append, .object = &seen}), TERN_INVALID_ARGUMENT);
    REQUIRE_OK(tern_event_destroy(event));
    REQUIRE_OK(tern_stream_destroy(stream));
}

TERN_TEST(stale_handles_stay_stale_when_slots_are_reused)
{
    tern_stream old = 0, stream = 0;
    tern_event old_event = 0, event = 0;
    REQUIRE_OK(tern_stream_create(&old));
    REQUIRE_OK(tern_event_create(&old_event));
    REQUIRE_OK(tern_stream_destroy(old));
    REQUIRE_OK(tern_event_destroy(old_event));
    for (int i = 0; i < 10; i++) {
        REQUIRE_OK(tern_stream_create(&stream));
        REQUIRE_OK(tern_event_create(&event));
        CHECK(stream != old);
        CHECK(event != old_event);
        CHECK_STATUS(tern_stream_synchronize(old), TERN_INVALID_ARGUMENT);
        CHECK_STATUS(tern_event_synchronize(old_event), TERN_INVALID_ARGUMENT);
        CHECK_STATUS(tern_stream_synchronize(event), TERN_INVALID_ARGUMENT);
        CHECK_STATUS(tern_event_synchronize(stream), TERN_INVALID_ARGUMENT);
        REQUIRE_OK(tern_stream_destroy(stream));
        REQUIRE_OK(tern_event_destroy(event));
    }
    CHECK_STATUS(tern_stream_destroy(0), TERN_INVALID_ARGUMENT);
    CHECK_OK(tern_stream_synchronize(0));
    CHECK_OK(tern_stream_synchronize(1));
    CHECK_OK(tern_stream_synchronize(2));
}

TERN_TEST(events_by_the_thousand)
{
    enum { COUNT = 3000 };
    static tern_event events[COUNT];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++) {
            REQUIRE_OK(tern_event_create(&events[i]));
            REQUIRE_OK(tern_event_record(events[i], 2));
        }
        for (int i = 0; i < COUNT; i++) {
            REQUIRE_OK(tern_event_destroy(events[i]));
        }
    }
}

/* A command that uses the API of its own stream: refused where it would wait for itself. */
static tern_status results[4];
static tern_stream own;

static tern_status inside(const tern_command *c)
{
    (void)c;
    results[0] = tern_stream_synchronize(own);
    results[1] = tern_stream_destroy(own);
    results[2] = submit(own, (tern_command){.run = append, .object = &seen});
    results[3] = tern_device_synchronize();
    return TERN_OK;
}

TERN_TEST(a_worker_does_not_wait_for_itself)
{
    start_test();
    REQUIRE_OK(tern_stream_create(&own));
    REQUIRE_OK(submit(own, (tern_command){.run = inside}));
    REQUIRE_OK(tern_stream_synchronize(own));
    REQUIRE_OK(tern_stream_synchronize(own));
    CHECK_STATUS(results[0], TERN_INVALID_ARGUMENT);
    CHECK_STATUS(results[1], TERN_INVALID_ARGUMENT);
    CHECK_OK(results[2]);
    CHECK_OK(results[3]);
    CHECK_INT(atomic_load(&seen.count), 1);
    REQUIRE_OK(tern_stream_destroy(own));
}
