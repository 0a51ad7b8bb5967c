/* SPDX-License-Identifier: Apache-2.0
 *
 * The CPU device: host memory with an address table, streams as rings with a worker thread,
 * events as counters. Streams and events are never freed, only reused under a new generation, so
 * a stale handle reads memory that is there.
 */
#ifndef TERN_DEVICE_CPU_CPU_H
#define TERN_DEVICE_CPU_CPU_H

#include "base/thread.h"
#include "device/device.h"

enum {
    CPU_RING = 1024, /* commands of a stream that are not finished */
    CPU_MAX_STREAMS = 1024,
    CPU_EVENT_SEGMENT = 256, /* events are allocated so many at a time */
    CPU_EVENT_SEGMENTS = 256,
    CPU_FREED = 256 /* freed blocks that are remembered */
};

/* handle = kind << 56 | generation << 24 | slot; never 0, 1 or 2. */
enum { CPU_KIND_STREAM = 1, CPU_KIND_EVENT = 2 };

/* One place of the ring.  turn == position: free for the producer; position + 1: holds a
 * command. */
typedef struct cpu_entry {
    atomic_uint turn;
    uint32_t runs_always; /* also behind an error: events */
    tern_command command;
} cpu_entry;

typedef struct cpu_stream {
    atomic_uint generation; /* of the handle; 0: the slot is free */
    uint32_t last_generation;
    uint32_t slot;
    atomic_uint head;     /* position of the next command to be queued */
    atomic_uint done;     /* commands finished; futex of those who wait for them */
    atomic_uint waiters;  /* how many sleep on `done` */
    atomic_uint bell;     /* raised with every command; futex of the worker */
    atomic_uint sleeping; /* the worker is, or is about to */
    atomic_uint is_started, is_stopping;
    atomic_uint is_poisoned;
    tern_mutex mutex;       /* held to start and to stop the worker */
    tern_mutex error_mutex; /* of `error`: the worker takes it, so never while it is joined */
    tern_thread thread;
    tern_error error;
    cpu_entry ring[CPU_RING];
} cpu_stream;

/* Records are numbered; the event is done up to number `done`. */
typedef struct cpu_event {
    atomic_uint generation; /* 0: the slot is free */
    uint32_t last_generation;
    uint32_t slot, next_free;
    atomic_uint recorded, done; /* `done` is a futex */
    atomic_uint waiters;
    _Atomic int64_t time_ns; /* of the last record that was reached */
} cpu_event;

/* A piece of memory that this device gave out. */
typedef struct cpu_block {
    uintptr_t at;
    size_t bytes;
} cpu_block;

typedef struct cpu_state {
    tern_mutex mutex;       /* slots and the address table */
    atomic_uint generation; /* of the process, when this was last in order */
    atomic_uint resetting;
    atomic_uint is_shut;
    atomic_uint pending; /* commands queued on all streams and not finished */

    _Atomic(cpu_stream *) streams[CPU_MAX_STREAMS];
    _Atomic(cpu_event *) events[CPU_EVENT_SEGMENTS]; /* each the first of a segment */
    atomic_uint stream_count, event_count;           /* slots ever used */
    uint32_t free_event;                             /* slot + 1; 0: none */

    cpu_block *blocks; /* in order of address */
    size_t block_count, block_capacity;
    cpu_block freed[CPU_FREED]; /* a ring of the last ones */
    size_t freed_count;
    atomic_uint frees; /* the same, read without the mutex */
} cpu_state;

/* Every entry calls this first: after a fork it puts the child's copy in order (rule: the
 * parent's queued work is the parent's, the child starts its own workers). */
cpu_state *cpu_enter(tern_device *d);

/* stream.c */
tern_status cpu_stream_create(tern_device *d, tern_handle *out_stream);
tern_status cpu_stream_destroy(tern_device *d, tern_handle stream);
tern_status cpu_stream_submit(tern_device *d, tern_handle stream, const tern_command *c);
tern_status cpu_stream_synchronize(tern_device *d, tern_handle stream);
tern_status cpu_stream_query(tern_device *d, tern_handle stream, bool *out_idle);
tern_status cpu_synchronize(tern_device *d);
tern_status cpu_find_stream(cpu_state *s, tern_handle handle, cpu_stream **out_stream);
tern_status cpu_queue(cpu_state *s, cpu_stream *stream, const tern_command *c, bool runs_always);
void cpu_wait_stream(cpu_stream *stream);
void cpu_wait_all(cpu_state *s);
void cpu_stop_worker(cpu_stream *stream);
void cpu_reset_stream(cpu_stream *stream);
static inline bool cpu_is_caller(tern_handle stream)
{
    return stream <= 2;
}

/* event.c */
tern_status cpu_event_create(tern_device *d, tern_handle *out_event);
tern_status cpu_event_destroy(tern_device *d, tern_handle event);
tern_status cpu_event_record(tern_device *d, tern_handle event, tern_handle stream);
tern_status cpu_event_synchronize(tern_device *d, tern_handle event);
tern_status cpu_event_query(tern_device *d, tern_handle event, bool *out_done);
tern_status cpu_event_elapsed_ns(tern_device *d, tern_handle start, tern_handle end,
                                 int64_t *out_ns);
tern_status cpu_stream_wait_event(tern_device *d, tern_handle stream, tern_handle event);
void cpu_reset_events(cpu_state *s);

/* memory.c */
tern_status cpu_alloc(tern_device *d, size_t bytes, void **out_address);
tern_status cpu_free(tern_device *d, void *address);
tern_status cpu_room(tern_device *d, const void *address, size_t *out_bytes, bool *out_known);
uint32_t cpu_frees(tern_device *d);
tern_status cpu_copy(tern_device *d, tern_handle stream, void *dst, const void *src, size_t bytes);
tern_status cpu_fill(tern_device *d, tern_handle stream, void *dst, int value, size_t bytes);

#endif
