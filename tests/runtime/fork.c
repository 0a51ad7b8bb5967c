/* SPDX-License-Identifier: Apache-2.0 */
/* A child process: engines, contexts and maps stay valid, queued work is the parent's, streams
 * get workers anew. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread.h"
#include "device/device.h"
#include "rig.h"

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#if !defined(UNDER_TSAN)
#define UNDER_TSAN 0
#endif

static plan_maker maker;
static atomic_uint gate;

static tern_status wait_for_gate(const tern_command *c)
{
    (void)c;
    while (atomic_load(&gate) == 0) {
        tern_futex_wait(&gate, 0, ~0u, -1);
    }
    return TERN_OK;
}

/* Number of the first thing that went wrong in the child; 0: nothing. */
static int child(tern_context *context, tern_stream stream, tern_event event, float *y)
{
    int32_t is_done = 0;
    y[2] = 0;
    /* What the parent queued will not run here: the stream says so once, and works again. */
    if (tern_stream_synchronize(stream) != TERN_CANCELLED) {
        return 1;
    }
    if (tern_stream_synchronize(stream) != TERN_OK) {
        return 2;
    }
    if (tern_event_query(event, &is_done) != TERN_OK || is_done != 1) {
        return 3;
    }
    if (tern_context_enqueue(context, stream) != TERN_OK ||
        tern_stream_synchronize(stream) != TERN_OK || y[2] != 6) {
        return 4;
    }
    y[2] = 0;
    if (tern_context_enqueue(context, 0) != TERN_OK || y[2] != 6) {
        return 5;
    }
    tern_stream fresh = 0;
    if (tern_stream_create(&fresh) != TERN_OK || tern_context_enqueue(context, fresh) != TERN_OK ||
        tern_stream_destroy(fresh) != TERN_OK) {
        return 6;
    }
    tern_context_destroy(context);
    return tern_stream_destroy(stream) == TERN_OK ? 0 : 7;
}

TERN_TEST(a_child_goes_on_without_its_parents_workers)
{
    if (UNDER_TSAN) {
        SKIP("the thread sanitizer does not follow forks with threads");
    }
    float x[6] = {1, 2, 3, 4, 5, 6};
    static float y[6];
    tern_stream stream = 0;
    tern_event event = 0;
    tern_device *d = tern_device_cpu();
    const tern_command blocker = {.run = wait_for_gate};
    atomic_store(&gate, 0);
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_stream_create(&stream));
    REQUIRE_OK(tern_event_create(&event));
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    REQUIRE_OK(tern_context_enqueue(context, stream));
    REQUIRE_OK(tern_stream_synchronize(stream));
    REQUIRE_OK(d->api->stream_submit(d, stream, &blocker));
    REQUIRE_OK(tern_context_enqueue(context, stream));
    REQUIRE_OK(tern_event_record(event, stream));
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(child(context, stream, event, y));
    }
    REQUIRE(pid > 0);
    int status = 0;
    REQUIRE_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    /* The parent's work is untouched. */
    memset(y, 0, sizeof y);
    atomic_store(&gate, 1);
    tern_futex_wake(&gate, ~0u);
    CHECK_OK(tern_stream_synchronize(stream));
    CHECK_NEAR(y[2], 6, 0);
    tern_context_destroy(context);
    REQUIRE_OK(tern_event_destroy(event));
    REQUIRE_OK(tern_stream_destroy(stream));
}

/* In a child of its own, since nothing can be queued afterwards. */
static int shut_down(tern_context *context)
{
    tern_stream stream = 0, late = 0;
    if (tern_stream_create(&stream) != TERN_OK ||
        tern_context_enqueue(context, stream) != TERN_OK) {
        return 1;
    }
    tern_device_shutdown();
    tern_device_shutdown();
    if (tern_context_enqueue(context, stream) != TERN_CANCELLED ||
        tern_context_enqueue(context, 0) != TERN_OK) {
        return 2;
    }
    if (tern_stream_create(&late) != TERN_OK ||
        tern_context_enqueue(context, late) != TERN_CANCELLED) {
        return 3;
    }
    tern_context_destroy(context);
    return tern_stream_destroy(stream) == TERN_OK && tern_stream_synchronize(late) == TERN_OK ? 0
                                                                                              : 4;
}

TERN_TEST(after_shutdown_streams_refuse_work)
{
    if (UNDER_TSAN) {
        SKIP("the thread sanitizer does not follow forks with threads");
    }
    float x[6] = {0}, y[6];
    maker_relu_add(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, x));
    REQUIRE_OK(tern_context_bind(context, 1, y));
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(shut_down(context));
    }
    REQUIRE(pid > 0);
    int status = 0;
    REQUIRE_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    tern_context_destroy(context);
}
