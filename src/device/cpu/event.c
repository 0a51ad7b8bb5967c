/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: every record takes the next number, and the event is done up to the number its streams
 * have reached.  Who waits, waits for the number that was the last one when the call was made;
 * an event never recorded is done.
 */
#include "device/cpu/cpu.h"

#include "base/os.h"

static cpu_event *event_at(cpu_state *s, uint32_t slot)
{
    cpu_event *segment =
        atomic_load_explicit(&s->events[slot / CPU_EVENT_SEGMENT], memory_order_acquire);
    return &segment[slot % CPU_EVENT_SEGMENT];
}

static tern_status find_event(cpu_state *s, tern_handle handle, cpu_event **out_event)
{
    const uint32_t slot = (uint32_t)(handle & 0xffffffu);
    const uint32_t generation = (uint32_t)(handle >> 24);
    if (handle >> 56 == CPU_KIND_EVENT &&
        slot < atomic_load_explicit(&s->event_count, memory_order_acquire)) {
        cpu_event *event = event_at(s, slot);
        if (generation != 0 &&
            atomic_load_explicit(&event->generation, memory_order_acquire) == generation) {
            *out_event = event;
            return TERN_OK;
        }
    }
    return tern_fail(TERN_INVALID_ARGUMENT,
                     "event 0x%llx: there is no such event; it was destroyed, or never created",
                     (unsigned long long)handle);
}

/* The free slots are a list through next_free; the mutex is held. */
static tern_status take_event(cpu_state *s, cpu_event **out_event)
{
    if (s->free_event != 0) {
        *out_event = event_at(s, s->free_event - 1);
        s->free_event = (*out_event)->next_free;
        return TERN_OK;
    }
    const unsigned count = atomic_load(&s->event_count);
    const unsigned segment = count / CPU_EVENT_SEGMENT;
    if (segment == CPU_EVENT_SEGMENTS) {
        return tern_fail(TERN_UNSUPPORTED, "event: %u events exist already, and that is the limit",
                         count);
    }
    if (atomic_load(&s->events[segment]) == NULL) {
        cpu_event *events = tern_alloc_items(tern_allocator_default(), CPU_EVENT_SEGMENT,
                                             sizeof *events, TERN_CACHE_LINE_BYTES);
        if (events == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        atomic_store(&s->events[segment], events);
    }
    atomic_store(&s->event_count, count + 1);
    *out_event = event_at(s, count);
    (*out_event)->slot = count;
    return TERN_OK;
}

tern_status cpu_event_create(tern_device *d, tern_handle *out_event)
{
    cpu_state *s = cpu_enter(d);
    *out_event = 0;
    cpu_event *e = NULL;
    tern_mutex_lock(&s->mutex);
    const tern_status status = take_event(s, &e);
    if (status == TERN_OK) {
        e->last_generation = e->last_generation == UINT32_MAX ? 1 : e->last_generation + 1;
        atomic_store(&e->recorded, 0);
        atomic_store(&e->done, 0);
        atomic_store(&e->time_ns, 0);
        *out_event =
            (tern_handle)CPU_KIND_EVENT << 56 | (tern_handle)e->last_generation << 24 | e->slot;
        atomic_store(&e->generation, e->last_generation);
    }
    tern_mutex_unlock(&s->mutex);
    return status;
}

static void wake(cpu_event *e)
{
    if (atomic_load(&e->waiters) != 0) {
        tern_futex_wake(&e->done, ~0u);
    }
}

/* Whoever waits for it goes on. */
tern_status cpu_event_destroy(tern_device *d, tern_handle handle)
{
    cpu_state *s = cpu_enter(d);
    cpu_event *e = NULL;
    tern_mutex_lock(&s->mutex);
    const tern_status status = find_event(s, handle, &e);
    if (status == TERN_OK) {
        atomic_store(&e->generation, 0);
        atomic_fetch_add(
            &e->done, UINT32_MAX / 4); /* another value, beyond every number that is waited for */
        wake(e);
        e->next_free = s->free_event;
        s->free_event = e->slot + 1;
    }
    tern_mutex_unlock(&s->mutex);
    return status;
}

static bool is_reached(const cpu_event *e, unsigned number)
{
    return (int)(atomic_load(&e->done) - number) >= 0;
}

static void reach(cpu_event *e, unsigned number)
{
    atomic_store(&e->time_ns, tern_os_now_ns());
    unsigned done = atomic_load(&e->done);
    while ((int)(done - number) < 0 && !atomic_compare_exchange_weak(&e->done, &done, number)) {}
    wake(e);
}

/* Until `number` is reached, or the event is no longer the one of `generation`. */
static void wait_for(cpu_event *e, unsigned number, unsigned generation)
{
    atomic_fetch_add(&e->waiters, 1);
    for (;;) {
        const unsigned done = atomic_load(&e->done);
        if ((int)(done - number) >= 0 || atomic_load(&e->generation) != generation) {
            break;
        }
        tern_futex_wait(&e->done, done, ~0u, -1);
    }
    atomic_fetch_sub(&e->waiters, 1);
}

/* Commands carry the number in `value` and the generation in `bytes`. */
static tern_status run_record(const tern_command *c)
{
    cpu_event *e = c->object;
    if (atomic_load(&e->generation) == (unsigned)c->bytes) {
        reach(e, (unsigned)c->value);
    }
    return TERN_OK;
}

static tern_status run_wait(const tern_command *c)
{
    wait_for(c->object, (unsigned)c->value, (unsigned)c->bytes);
    return TERN_OK;
}

static tern_command command_of(cpu_event *e, tern_status (*run)(const tern_command *),
                               unsigned number)
{
    return (tern_command){
        .run = run, .object = e, .value = number, .bytes = atomic_load(&e->generation)};
}

tern_status cpu_event_record(tern_device *d, tern_handle event, tern_handle handle)
{
    cpu_state *s = cpu_enter(d);
    cpu_event *e = NULL;
    TERN_TRY(find_event(s, event, &e));
    if (cpu_is_caller(handle)) {
        if (handle != 2) {
            cpu_wait_all(s);
        }
        reach(e, atomic_fetch_add(&e->recorded, 1) + 1);
        return TERN_OK;
    }
    cpu_stream *stream = NULL;
    TERN_TRY(cpu_find_stream(s, handle, &stream));
    const tern_command c = command_of(e, run_record, atomic_fetch_add(&e->recorded, 1) + 1);
    const tern_status status = cpu_queue(s, stream, &c, true);
    if (status != TERN_OK) {
        reach(e, (unsigned)c.value); /* nobody may wait for a record that is not queued */
    }
    return status;
}

tern_status cpu_stream_wait_event(tern_device *d, tern_handle handle, tern_handle event)
{
    cpu_state *s = cpu_enter(d);
    cpu_event *e = NULL;
    TERN_TRY(find_event(s, event, &e));
    const unsigned number = atomic_load(&e->recorded);
    if (cpu_is_caller(handle)) {
        wait_for(e, number, atomic_load(&e->generation));
        return TERN_OK;
    }
    cpu_stream *stream = NULL;
    TERN_TRY(cpu_find_stream(s, handle, &stream));
    if (is_reached(e, number)) {
        return TERN_OK;
    }
    const tern_command c = command_of(e, run_wait, number);
    return cpu_queue(s, stream, &c, true);
}

tern_status cpu_event_synchronize(tern_device *d, tern_handle event)
{
    cpu_event *e = NULL;
    TERN_TRY(find_event(cpu_enter(d), event, &e));
    wait_for(e, atomic_load(&e->recorded), atomic_load(&e->generation));
    return TERN_OK;
}

tern_status cpu_event_query(tern_device *d, tern_handle event, bool *out_done)
{
    cpu_event *e = NULL;
    *out_done = false;
    TERN_TRY(find_event(cpu_enter(d), event, &e));
    *out_done = is_reached(e, atomic_load(&e->recorded));
    return TERN_OK;
}

tern_status cpu_event_elapsed_ns(tern_device *d, tern_handle start, tern_handle end,
                                 int64_t *out_ns)
{
    cpu_state *s = cpu_enter(d);
    cpu_event *events[2] = {NULL, NULL};
    *out_ns = 0;
    TERN_TRY(find_event(s, start, &events[0]));
    TERN_TRY(find_event(s, end, &events[1]));
    for (int i = 0; i < 2; i++) {
        const unsigned recorded = atomic_load(&events[i]->recorded);
        if (recorded == 0 || !is_reached(events[i], recorded)) {
            return tern_fail(TERN_INVALID_ARGUMENT, "event 0x%llx: %s",
                             (unsigned long long)(i == 0 ? start : end),
                             recorded == 0 ? "it was never recorded, so there is no time"
                                           : "not reached yet; synchronize first");
        }
    }
    *out_ns = atomic_load(&events[1]->time_ns) - atomic_load(&events[0]->time_ns);
    return TERN_OK;
}

/* In the child of a fork nobody will reach what the parent recorded. */
void cpu_reset_events(cpu_state *s)
{
    const unsigned count = atomic_load(&s->event_count);
    for (unsigned i = 0; i < count; i++) {
        cpu_event *e = event_at(s, i);
        atomic_store(&e->done, atomic_load(&e->recorded));
        atomic_store(&e->waiters, 0);
    }
}
