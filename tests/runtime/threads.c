/* SPDX-License-Identifier: Apache-2.0 */
/* Several contexts of one engine in several threads at once, and misuse of one context by two. */
#include "base/thread.h"
#include "rig.h"

static plan_maker maker;

typedef struct job {
    tern_engine *engine;
    bool uses_stream;
    int number;
    int64_t failures;
} job;

static void *work(void *arg)
{
    job *j = arg;
    tern_context *context = NULL;
    tern_stream stream = 0;
    static const float w[3] = {1, 3, 5};
    float x[12], y[8];
    j->failures += tern_context_create(j->engine, &context) != TERN_OK;
    j->failures += j->uses_stream && tern_stream_create(&stream) != TERN_OK;
    for (int round = 0; j->failures == 0 && round < 400; round++) {
        const int64_t shape[2] = {1 + round % 4, 3};
        for (int i = 0; i < 12; i++) {
            x[i] = (float)(j->number * 100 + i + round);
        }
        j->failures += tern_context_set_shape(context, 0, 2, shape) != TERN_OK;
        j->failures += tern_context_bind(context, 0, x) != TERN_OK ||
                       tern_context_bind(context, 1, y) != TERN_OK;
        j->failures += tern_context_enqueue(context, stream) != TERN_OK;
        j->failures += tern_stream_synchronize(stream) != TERN_OK;
        for (int r = 0; r < shape[0]; r++) {
            const float want = x[3 * r] * w[0] + x[3 * r + 1] * w[1] + x[3 * r + 2] * w[2];
            j->failures += y[2 * r] != want;
        }
    }
    tern_context_destroy(context);
    j->failures += j->uses_stream && tern_stream_destroy(stream) != TERN_OK;
    return NULL;
}

TERN_TEST(contexts_of_one_engine_run_in_several_threads)
{
    enum { COUNT = 4 };
    tern_thread threads[COUNT] = {{.is_started = false}};
    job jobs[COUNT];
    maker_dynamic(&maker, 4);
    tern_engine *engine = rig_engine(&maker);
    for (int i = 0; i < COUNT; i++) {
        jobs[i] = (job){.engine = engine, .uses_stream = i % 2 == 0, .number = i};
        REQUIRE_OK(tern_thread_start(&threads[i], work, &jobs[i]));
    }
    for (int i = 0; i < COUNT; i++) {
        tern_thread_join(&threads[i]);
        CHECK_INT(jobs[i].failures, 0);
    }
    tern_engine_destroy(engine);
}

/* Two threads in one context: each call works or is refused, and nothing breaks. */
typedef struct contest {
    tern_context *context;
    tern_stream stream;
    atomic_int worked, refused, other;
    float x[6], y[2][6];
} contest;

static void *fight(void *arg)
{
    contest *c = arg;
    for (int i = 0; i < 2000; i++) {
        const tern_status status =
            i % 3 == 0 ? tern_context_bind(c->context, 1, c->y[i / 3 % 2])
                       : tern_context_enqueue(c->context, i % 3 == 1 ? c->stream : 0);
        atomic_fetch_add(status == TERN_OK                 ? &c->worked
                         : status == TERN_INVALID_ARGUMENT ? &c->refused
                                                           : &c->other,
                         1);
    }
    return NULL;
}

TERN_TEST(two_threads_in_one_context_are_refused_and_not_harmed)
{
    static contest c;
    tern_thread threads[2] = {{.is_started = false}};
    maker_relu_add(&maker);
    c.context = rig_context(&maker);
    REQUIRE_OK(tern_stream_create(&c.stream));
    REQUIRE_OK(tern_context_bind(c.context, 0, c.x));
    REQUIRE_OK(tern_context_bind(c.context, 1, c.y[0]));
    for (int i = 0; i < 2; i++) {
        REQUIRE_OK(tern_thread_start(&threads[i], fight, &c));
    }
    for (int i = 0; i < 2; i++) {
        tern_thread_join(&threads[i]);
    }
    REQUIRE_OK(tern_stream_synchronize(c.stream));
    CHECK_INT(atomic_load(&c.other), 0);
    CHECK_INT(atomic_load(&c.worked) + atomic_load(&c.refused), 4000);
    CHECK(atomic_load(&c.worked) > 0);
    CHECK_NEAR(c.y[0][2], 3, 0);
    tern_context_destroy(c.context);
    REQUIRE_OK(tern_stream_destroy(c.stream));
}
