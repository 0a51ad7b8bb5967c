/* SPDX-License-Identifier: Apache-2.0 */
/* base/thread. */
#include "base/thread.h"

#include "base/os.h"
#include "harness/harness.h"

static tern_mutex mutex = TERN_MUTEX_INIT;
static tern_mutex other_mutex;
static int counter;

static void *count_up(void *arg)
{
    for (int i = 0; i < 10000; i++) {
        tern_mutex_lock(&mutex);
        tern_mutex_lock(&other_mutex);
        counter++;
        tern_mutex_unlock(&other_mutex);
        tern_mutex_unlock(&mutex);
    }
    return arg;
}

TERN_TEST(thread_mutex_excludes)
{
    tern_thread threads[4];
    counter = 0;
    tern_mutex_init(&other_mutex);
    for (size_t i = 0; i < TERN_COUNT_OF(threads); i++) {
        REQUIRE_OK(tern_thread_start(&threads[i], count_up, NULL));
    }
    for (size_t i = 0; i < TERN_COUNT_OF(threads); i++) {
        tern_thread_join(&threads[i]);
        tern_thread_join(&threads[i]); /* a second join does nothing */
    }
    tern_mutex_destroy(&other_mutex);
    CHECK_INT(counter, 40000);
}

static atomic_uint word;

static void *ping(void *arg)
{
    for (unsigned i = 0; i < 1000; i++) {
        while (atomic_load(&word) != 2 * i + 1) {
            tern_futex_wait(&word, 2 * i, 1u, -1);
        }
        atomic_store(&word, 2 * i + 2);
        tern_futex_wake(&word, 2u);
    }
    return arg;
}

TERN_TEST(thread_futex_ping_pong)
{
    tern_thread thread;
    atomic_store(&word, 0);
    REQUIRE_OK(tern_thread_start(&thread, ping, NULL));
    for (unsigned i = 0; i < 1000; i++) {
        atomic_store(&word, 2 * i + 1);
        tern_futex_wake(&word, 1u);
        while (atomic_load(&word) != 2 * i + 2) {
            tern_futex_wait(&word, 2 * i + 1, 2u, -1);
        }
    }
    tern_thread_join(&thread);
}

TERN_TEST(thread_futex_wait_ends_at_its_limit)
{
    atomic_store(&word, 5);
    const int64_t start_ns = tern_os_now_ns();
    tern_futex_wait(&word, 4, 1u, -1); /* another value: at once */
    for (int64_t waited_ns = 0; waited_ns < 2000000;) {
        tern_futex_wait(&word, 5, 1u, 2000000);
        waited_ns = tern_os_now_ns() - start_ns;
    }
    CHECK(tern_os_now_ns() - start_ns >= 2000000);
}

static tern_once once = TERN_ONCE_INIT;
static atomic_int once_count;

static void once_body(void)
{
    atomic_fetch_add(&once_count, 1);
}

static void *run_once(void *arg)
{
    tern_once_run(&once, once_body);
    return arg;
}

TERN_TEST(thread_once_runs_once)
{
    tern_thread threads[4];
    for (size_t i = 0; i < TERN_COUNT_OF(threads); i++) {
        REQUIRE_OK(tern_thread_start(&threads[i], run_once, NULL));
    }
    for (size_t i = 0; i < TERN_COUNT_OF(threads); i++) {
        tern_thread_join(&threads[i]);
    }
    CHECK_INT(atomic_load(&once_count), 1);
}
