/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream is a bounded queue (many producers, one consumer; each place has a turn number) and a
 * worker that is started by the first command.
 *
 *     producer: take position p = head++ when place p is free, write, turn = p + 1, raise the bell
 *     worker:   place p has turn p + 1: run, turn = p + CPU_RING (free again), done = p + 1
 *
 * Positions count modulo 2^32, which CPU_RING divides.
 */
#include "device/cpu/cpu.h"

#include "base/os.h"

enum { SPINS = 400 };

/* The stream whose worker this thread is. */
static TERN_THREAD_LOCAL cpu_stream *own_stream;

tern_status cpu_find_stream(cpu_state *s, tern_handle handle, cpu_stream **out_stream)
{
    const uint32_t slot = (uint32_t)(handle & 0xffffffu);
    const uint32_t generation = (uint32_t)(handle >> 24);
    if (handle >> 56 == CPU_KIND_STREAM &&
        slot < atomic_load_explicit(&s->stream_count, memory_order_acquire)) {
        cpu_stream *stream = atomic_load_explicit(&s->streams[slot], memory_order_acquire);
        if (stream != NULL && generation != 0 &&
            atomic_load_explicit(&stream->generation, memory_order_acquire) == generation) {
            *out_stream = stream;
            return TERN_OK;
        }
    }
    return tern_fail(TERN_INVALID_ARGUMENT,
                     "stream 0x%llx: there is no such stream; it was destroyed, or never created",
                     (unsigned long long)handle);
}

static void free_turns(cpu_stream *stream)
{
    atomic_store(&stream->head, 0);
    atomic_store(&stream->done, 0);
    for (unsigned i = 0; i < CPU_RING; i++) {
        atomic_store_explicit(&stream->ring[i].turn, i, memory_order_relaxed);
    }
}

static void poison(cpu_stream *stream, const tern_error *error)
{
    tern_mutex_lock(&stream->error_mutex);
    if (atomic_load(&stream->is_poisoned) == 0) {
        stream->error = *error;
        atomic_store(&stream->is_poisoned, 1);
    }
    tern_mutex_unlock(&stream->error_mutex);
}

/* Takes the stream's error over into this thread. */
static tern_status take_error(cpu_stream *stream)
{
    if (TERN_LIKELY(atomic_load_explicit(&stream->is_poisoned, memory_order_acquire) == 0)) {
        return TERN_OK;
    }
    tern_status status = TERN_OK;
    tern_mutex_lock(&stream->error_mutex);
    if (atomic_load(&stream->is_poisoned) != 0) {
        status = stream->error.status;
        tern_error_set(&stream->error);
        atomic_store(&stream->is_poisoned, 0);
    }
    tern_mutex_unlock(&stream->error_mutex);
    return status;
}

/* --- the worker --- */

static void finish(cpu_state *s, cpu_stream *stream, unsigned position)
{
    cpu_entry *entry = &stream->ring[position % CPU_RING];
    atomic_store_explicit(&entry->turn, position + CPU_RING, memory_order_release);
    atomic_fetch_sub(&s->pending, 1);
    atomic_store(&stream->done, position + 1);
    if (atomic_load(&stream->waiters) != 0) {
        tern_futex_wake(&stream->done, ~0u);
    }
}

static void run_entry(cpu_stream *stream, const cpu_entry *entry)
{
    const tern_command *c = &entry->command;
    if (entry->runs_always != 0 ||
        atomic_load_explicit(&stream->is_poisoned, memory_order_acquire) == 0) {
        if (TERN_UNLIKELY(c->run(c) != TERN_OK)) {
            poison(stream, tern_error_last());
        }
    }
    if (c->release != NULL) {
        c->release(c);
    }
}

/* Until the place at `position` holds a command: true; false when the stream stops. */
static bool wait_for_entry(cpu_stream *stream, unsigned position)
{
    const cpu_entry *entry = &stream->ring[position % CPU_RING];
    for (int spin = 0;; spin++) {
        const unsigned bell = atomic_load(&stream->bell);
        if (atomic_load_explicit(&entry->turn, memory_order_acquire) == position + 1) {
            return true;
        }
        if (atomic_load(&stream->is_stopping) != 0) {
            return false;
        }
        if (spin < SPINS) {
            tern_thread_pause();
            continue;
        }
        atomic_store(&stream->sleeping, 1);
        tern_futex_wait(&stream->bell, bell, ~0u, -1);
        atomic_store(&stream->sleeping, 0);
    }
}

static void *work(void *arg)
{
    cpu_stream *stream = arg;
    cpu_state *s = tern_device_cpu()->state;
    own_stream = stream;
    tern_thread_set_name("tern-stream");
    for (unsigned position = atomic_load(&stream->done); wait_for_entry(stream, position);
         position++) {
        run_entry(stream, &stream->ring[position % CPU_RING]);
        finish(s, stream, position);
    }
    return NULL;
}

static tern_status start_worker(cpu_state *s, cpu_stream *stream)
{
    tern_status status = TERN_OK;
    tern_mutex_lock(&stream->mutex);
    if (atomic_load(&s->is_shut) != 0) {
        status = tern_fail(TERN_CANCELLED, "stream: the device was shut down");
    } else if (atomic_load(&stream->is_started) == 0) {
        atomic_store(&stream->is_stopping, 0);
        status = tern_thread_start(&stream->thread, work, stream);
        atomic_store(&stream->is_started, status == TERN_OK ? 1 : 0);
    }
    tern_mutex_unlock(&stream->mutex);
    return status;
}

void cpu_stop_worker(cpu_stream *stream)
{
    if (stream == own_stream) {
        return;
    }
    tern_mutex_lock(&stream->mutex);
    if (atomic_load(&stream->is_started) != 0) {
        atomic_store(&stream->is_stopping, 1);
        atomic_fetch_add(&stream->bell, 1);
        tern_futex_wake(&stream->bell, ~0u);
        tern_thread_join(&stream->thread);
        atomic_store(&stream->is_started, 0);
    }
    tern_mutex_unlock(&stream->mutex);
}

/* --- queueing and waiting --- */

/* Sleeps until the place of `position` is free, as far as this caller knows; `done` may be far
 * beyond it, since others queue too. */
static void wait_for_room(cpu_stream *stream, unsigned position)
{
    atomic_fetch_add(&stream->waiters, 1);
    for (;;) {
        const unsigned done = atomic_load(&stream->done);
        if ((int)(position - done) < CPU_RING) {
            break;
        }
        tern_futex_wait(&stream->done, done, ~0u, -1);
    }
    atomic_fetch_sub(&stream->waiters, 1);
}

/* A position of our own, waiting while the ring is full. */
static tern_status take_position(cpu_stream *stream, unsigned *out_position)
{
    unsigned position = atomic_load_explicit(&stream->head, memory_order_relaxed);
    for (;;) {
        const unsigned turn =
            atomic_load_explicit(&stream->ring[position % CPU_RING].turn, memory_order_acquire);
        if (turn == position) {
            if (atomic_compare_exchange_weak(&stream->head, &position, position + 1)) {
                *out_position = position;
                return TERN_OK;
            }
            continue;
        }
        const unsigned head = atomic_load(&stream->head);
        if (head == position) {
            if (stream == own_stream) {
                return tern_fail(TERN_INVALID_ARGUMENT,
                                 "stream: %d commands are queued, and its own worker cannot wait",
                                 CPU_RING);
            }
            wait_for_room(stream, position);
        }
        position = atomic_load(&stream->head);
    }
}

tern_status cpu_queue(cpu_state *s, cpu_stream *stream, const tern_command *c, bool runs_always)
{
    if (TERN_UNLIKELY(atomic_load_explicit(&stream->is_started, memory_order_acquire) == 0 ||
                      atomic_load_explicit(&s->is_shut, memory_order_relaxed) != 0)) {
        TERN_TRY(start_worker(s, stream));
    }
    unsigned position = 0;
    TERN_TRY(take_position(stream, &position));
    cpu_entry *entry = &stream->ring[position % CPU_RING];
    entry->command = *c;
    entry->runs_always = runs_always;
    atomic_fetch_add(&s->pending, 1);
    atomic_store_explicit(&entry->turn, position + 1, memory_order_release);
    atomic_fetch_add(&stream->bell, 1);
    if (atomic_load(&stream->sleeping) != 0) {
        tern_futex_wake(&stream->bell, ~0u);
    }
    return TERN_OK;
}

void cpu_wait_stream(cpu_stream *stream)
{
    const unsigned target = atomic_load(&stream->head);
    if (stream == own_stream) {
        return;
    }
    for (int spin = 0; spin < SPINS; spin++) {
        if ((int)(atomic_load(&stream->done) - target) >= 0) {
            return;
        }
        tern_thread_pause();
    }
    atomic_fetch_add(&stream->waiters, 1);
    for (;;) {
        const unsigned done = atomic_load(&stream->done);
        if ((int)(done - target) >= 0) {
            break;
        }
        tern_futex_wait(&stream->done, done, ~0u, -1);
    }
    atomic_fetch_sub(&stream->waiters, 1);
}

/* From a worker this does nothing: it would wait for itself. */
void cpu_wait_all(cpu_state *s)
{
    if (TERN_LIKELY(atomic_load(&s->pending) == 0) || own_stream != NULL) {
        return;
    }
    const unsigned count = atomic_load(&s->stream_count);
    for (unsigned i = 0; i < count; i++) {
        cpu_stream *stream = atomic_load(&s->streams[i]);
        if (stream != NULL) {
            cpu_wait_stream(stream);
        }
    }
}

/* --- the table's functions --- */

/* A free slot, with memory; the mutex is held. */
static tern_status take_stream(cpu_state *s, cpu_stream **out_stream)
{
    const unsigned count = atomic_load(&s->stream_count);
    for (unsigned i = 0; i < count; i++) {
        cpu_stream *stream = atomic_load(&s->streams[i]);
        if (atomic_load(&stream->generation) == 0) {
            *out_stream = stream;
            return TERN_OK;
        }
    }
    if (count == CPU_MAX_STREAMS) {
        return tern_fail(TERN_UNSUPPORTED,
                         "stream: %d streams exist already, and that is the limit",
                         CPU_MAX_STREAMS);
    }
    cpu_stream *stream =
        tern_alloc_zero(tern_allocator_default(), sizeof *stream, TERN_CACHE_LINE_BYTES);
    if (stream == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_mutex_init(&stream->mutex);
    tern_mutex_init(&stream->error_mutex);
    free_turns(stream);
    stream->slot = count;
    atomic_store(&s->streams[count], stream);
    atomic_store(&s->stream_count, count + 1);
    *out_stream = stream;
    return TERN_OK;
}

tern_status cpu_stream_create(tern_device *d, tern_handle *out_stream)
{
    cpu_state *s = cpu_enter(d);
    *out_stream = 0;
    tern_mutex_lock(&s->mutex);
    cpu_stream *stream = NULL;
    const tern_status status = take_stream(s, &stream);
    if (status == TERN_OK) {
        /* Positions go on counting, so whoever still waits on the slot's last stream wakes up. */
        atomic_store(&stream->is_poisoned, 0);
        stream->last_generation =
            stream->last_generation == UINT32_MAX ? 1 : stream->last_generation + 1;
        *out_stream = (tern_handle)CPU_KIND_STREAM << 56 |
                      (tern_handle)stream->last_generation << 24 | stream->slot;
        atomic_store(&stream->generation, stream->last_generation);
    }
    tern_mutex_unlock(&s->mutex);
    return status;
}

tern_status cpu_stream_destroy(tern_device *d, tern_handle handle)
{
    cpu_state *s = cpu_enter(d);
    cpu_stream *stream = NULL;
    TERN_TRY(cpu_find_stream(s, handle, &stream));
    if (stream == own_stream) {
        return tern_fail(TERN_INVALID_ARGUMENT, "stream 0x%llx: its own worker cannot destroy it",
                         (unsigned long long)handle);
    }
    cpu_wait_stream(stream);
    cpu_stop_worker(stream);
    tern_mutex_lock(&s->mutex);
    atomic_store(&stream->generation, 0);
    tern_mutex_unlock(&s->mutex);
    return TERN_OK;
}

static tern_status run_here(cpu_state *s, tern_handle stream, const tern_command *c)
{
    if (stream != 2) {
        cpu_wait_all(s);
    }
    const tern_status status = c->run(c);
    if (c->release != NULL) {
        c->release(c);
    }
    return status;
}

tern_status cpu_stream_submit(tern_device *d, tern_handle handle, const tern_command *c)
{
    cpu_state *s = cpu_enter(d);
    if (cpu_is_caller(handle)) {
        return run_here(s, handle, c);
    }
    cpu_stream *stream = NULL;
    TERN_TRY(cpu_find_stream(s, handle, &stream));
    return cpu_queue(s, stream, c, false);
}

tern_status cpu_stream_synchronize(tern_device *d, tern_handle handle)
{
    cpu_state *s = cpu_enter(d);
    if (cpu_is_caller(handle)) {
        if (handle != 2) {
            cpu_wait_all(s);
        }
        return TERN_OK;
    }
    cpu_stream *stream = NULL;
    TERN_TRY(cpu_find_stream(s, handle, &stream));
    if (stream == own_stream) {
        return tern_fail(TERN_INVALID_ARGUMENT, "stream 0x%llx: its own worker cannot wait for it",
                         (unsigned long long)handle);
    }
    cpu_wait_stream(stream);
    return take_error(stream);
}

tern_status cpu_stream_query(tern_device *d, tern_handle handle, bool *out_idle)
{
    cpu_state *s = cpu_enter(d);
    *out_idle = true;
    if (cpu_is_caller(handle)) {
        *out_idle = handle == 2 || atomic_load(&s->pending) == 0;
        return TERN_OK;
    }
    cpu_stream *stream = NULL;
    TERN_TRY(cpu_find_stream(s, handle, &stream));
    *out_idle = atomic_load(&stream->done) == atomic_load(&stream->head);
    return TERN_OK;
}

tern_status cpu_synchronize(tern_device *d)
{
    cpu_state *s = cpu_enter(d);
    cpu_wait_all(s);
    const unsigned count = atomic_load(&s->stream_count);
    for (unsigned i = 0; i < count; i++) {
        cpu_stream *stream = atomic_load(&s->streams[i]);
        if (stream != NULL && atomic_load(&stream->generation) != 0) {
            TERN_TRY(take_error(stream));
        }
    }
    return TERN_OK;
}

/* In the child of a fork: what was queued is the parent's, and so is the worker. */
void cpu_reset_stream(cpu_stream *stream)
{
    tern_mutex_init(&stream->mutex);
    tern_mutex_init(&stream->error_mutex);
    const bool had_work = atomic_load(&stream->head) != atomic_load(&stream->done);
    free_turns(stream);
    atomic_store(&stream->waiters, 0);
    atomic_store(&stream->sleeping, 0);
    atomic_store(&stream->is_started, 0);
    stream->thread = (tern_thread){.is_started = false};
    if (had_work && atomic_load(&stream->generation) != 0) {
        tern_error before = *tern_error_last();
        tern_fail(TERN_CANCELLED,
                  "stream: work queued before the fork belongs to the parent process");
        stream->error = *tern_error_last();
        atomic_store(&stream->is_poisoned, 1);
        tern_error_set(&before);
    }
}
