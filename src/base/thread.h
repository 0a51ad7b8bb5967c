/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, a mutex, run-once and waiting on a word.  Atomics are C11's own (<stdatomic.h>).
   Nothing on the way of an inference takes the mutex; see pool.h for how work is shared there. */
#ifndef TERN_BASE_THREAD_H
#define TERN_BASE_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "tern/base.h"

typedef struct tern_thread {
    pthread_t handle;
    bool is_started;
} tern_thread;

/* Start a thread with all signals blocked, so that it never runs a handler of the program.
   OUT_OF_MEMORY when the system has no room for another thread. */
TERN_NODISCARD tern_status tern_thread_start(tern_thread *thread, void *(*body)(void *arg),
                                             void *arg);

/* Wait for its end.  A thread that was not started, or was joined, does nothing. */
void tern_thread_join(tern_thread *thread);

/* Name the calling thread, for debuggers; cut at 15 bytes. */
void tern_thread_set_name(const char *name);

typedef struct tern_mutex {
    pthread_mutex_t handle;
} tern_mutex;

#define TERN_MUTEX_INIT                                                                            \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER                                                                  \
    }
void tern_mutex_init(tern_mutex *mutex);
void tern_mutex_lock(tern_mutex *mutex);
void tern_mutex_unlock(tern_mutex *mutex);
void tern_mutex_destroy(tern_mutex *mutex);

typedef struct tern_once {
    pthread_once_t handle;
} tern_once;

#define TERN_ONCE_INIT                                                                             \
    {                                                                                              \
        PTHREAD_ONCE_INIT                                                                          \
    }
/* Call `body` exactly once per tern_once; whoever comes meanwhile waits for it. */
void tern_once_run(tern_once *once, void (*body)(void));

/* Sleep while *word == expected.  Returns on a wake, when the value differs, on a signal or after
   timeout_ns (negative: no limit): look at the word again.  `mask` picks whom a wake is for. */
void tern_futex_wait(atomic_uint *word, unsigned expected, unsigned mask, int64_t timeout_ns);

/* Wake every sleeper whose mask has a bit of `mask`. */
void tern_futex_wake(atomic_uint *word, unsigned mask);

/* Tell the processor that this is a spin loop. */
static inline void tern_thread_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* Let another thread have the processor. */
void tern_thread_yield(void);

#endif
