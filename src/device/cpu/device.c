/* SPDX-License-Identifier: Apache-2.0
 *
 * The CPU device as an object: its table of functions, the one instance, fork and shutdown.
 */
#include "device/cpu/cpu.h"

#include "base/pool.h"

static void shut_down(tern_device *d)
{
    cpu_state *s = cpu_enter(d);
    cpu_wait_all(s);
    atomic_store(&s->is_shut, 1);
    const unsigned count = atomic_load(&s->stream_count);
    for (unsigned i = 0; i < count; i++) {
        cpu_stream *stream = atomic_load(&s->streams[i]);
        if (stream != NULL) {
            cpu_stop_worker(stream);
        }
    }
}

static const tern_device_api api = {
    .name = "cpu",
    .alloc = cpu_alloc,
    .free = cpu_free,
    .stream_create = cpu_stream_create,
    .stream_destroy = cpu_stream_destroy,
    .stream_submit = cpu_stream_submit,
    .stream_synchronize = cpu_stream_synchronize,
    .stream_query = cpu_stream_query,
    .stream_wait_event = cpu_stream_wait_event,
    .event_create = cpu_event_create,
    .event_destroy = cpu_event_destroy,
    .event_record = cpu_event_record,
    .event_synchronize = cpu_event_synchronize,
    .event_query = cpu_event_query,
    .event_elapsed_ns = cpu_event_elapsed_ns,
    .copy = cpu_copy,
    .fill = cpu_fill,
    .synchronize = cpu_synchronize,
    .shutdown = shut_down,
    .room = cpu_room,
    .frees = cpu_frees,
};

static cpu_state state = {.mutex = TERN_MUTEX_INIT};
static tern_device device = {&api, &state};
static tern_once once = TERN_ONCE_INIT;

static void start(void)
{
    atomic_store(&state.generation, tern_process_generation());
}

tern_device *tern_device_cpu(void)
{
    tern_once_run(&once, start);
    return &device;
}

/* The first thread of a child that comes here puts everything in order; others wait for it. */
static TERN_COLD void reset_after_fork(cpu_state *s, unsigned now)
{
    while (atomic_exchange(&s->resetting, 1) != 0) {
        tern_thread_yield();
    }
    if (atomic_load(&s->generation) != now) {
        tern_mutex_init(&s->mutex);
        const unsigned count = atomic_load(&s->stream_count);
        for (unsigned i = 0; i < count; i++) {
            cpu_stream *stream = atomic_load(&s->streams[i]);
            if (stream != NULL) {
                cpu_reset_stream(stream);
            }
        }
        cpu_reset_events(s);
        atomic_store(&s->pending, 0);
        atomic_store(&s->generation, now);
    }
    atomic_store(&s->resetting, 0);
}

cpu_state *cpu_enter(tern_device *d)
{
    cpu_state *s = d->state;
    const unsigned now = tern_process_generation();
    if (TERN_UNLIKELY(atomic_load_explicit(&s->generation, memory_order_acquire) != now)) {
        reset_after_fork(s, now);
    }
    return s;
}
