/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, mutex and run-once over POSIX; waiting on a word over Linux futexes. */
#include "base/thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"

tern_status tern_thread_start(tern_thread *thread, void *(*body)(void *arg), void *arg)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int problem = pthread_create(&thread->handle, NULL, body, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    thread->is_started = problem == 0;
    if (problem != 0) {
        return tern_fail(TERN_OUT_OF_MEMORY, "out of memory: the system starts no more threads");
    }
    return TERN_OK;
}

void tern_thread_join(tern_thread *thread)
{
    if (thread->is_started) {
        (void)pthread_join(thread->handle, NULL);
        thread->is_started = false;
    }
}

void tern_thread_set_name(const char *name)
{
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

void tern_thread_yield(void)
{
    (void)sched_yield();
}

void tern_mutex_init(tern_mutex *mutex)
{
    (void)pthread_mutex_init(&mutex->handle, NULL);
}

void tern_mutex_lock(tern_mutex *mutex)
{
    const int problem = pthread_mutex_lock(&mutex->handle);
    TERN_ASSERT(problem == 0);
    (void)problem;
}

void tern_mutex_unlock(tern_mutex *mutex)
{
    const int problem = pthread_mutex_unlock(&mutex->handle);
    TERN_ASSERT(problem == 0);
    (void)problem;
}

void tern_mutex_destroy(tern_mutex *mutex)
{
    (void)pthread_mutex_destroy(&mutex->handle);
}

void tern_once_run(tern_once *once, void (*body)(void))
{
    (void)pthread_once(&once->handle, body);
}

_Static_assert(sizeof(atomic_uint) == 4, "a futex is a 32-bit word");

void tern_futex_wait(atomic_uint *word, unsigned expected, unsigned mask, int64_t timeout_ns)
{
    /* FUTEX_WAIT_BITSET takes a point in time of the monotonic clock, not a span */
    struct timespec until;
    if (timeout_ns >= 0) {
        const int64_t end_ns = tern_os_now_ns() + timeout_ns;
        until = (struct timespec){.tv_sec = (time_t)(end_ns / 1000000000),
                                  .tv_nsec = (long)(end_ns % 1000000000)};
    }
    const int errno_before = errno;
    (void)syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
                  timeout_ns >= 0 ? &until : NULL, NULL, mask);
    errno = errno_before;
}

void tern_futex_wake(atomic_uint *word, unsigned mask)
{
    const int errno_before = errno;
    (void)syscall(SYS_futex, word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, INT_MAX, NULL, NULL,
                  mask);
    errno = errno_before;
}
