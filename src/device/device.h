/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices: memory, streams and events behind one table of functions.  A handle that a user holds
 * is an id (slot and generation), never a pointer, so a stale or invented one is
 * INVALID_ARGUMENT.  device/cpu is the reference; CUDA gets the same table.
 *
 * CPU streams: a ring of 1,024 fixed-size commands with one worker thread; a full ring makes the
 * submitter wait. Handles 0, 1 and 2 mean the caller's own thread; 0 and 1 first wait for what
 * is queued on any stream, as CUDA's legacy default stream does, 2 does not.  The first error of
 * queued work poisons the stream until synchronize reports it; work queued behind it is skipped,
 * its events still fire.
 */
#ifndef TERN_DEVICE_DEVICE_H
#define TERN_DEVICE_DEVICE_H

#include "base/alloc.h"
#include "base/error.h"
#include "tern/base.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tern_device tern_device;
typedef uint64_t tern_handle; /* of a stream or an event */

/* A command on a stream: copied into the ring; `run` is called on the worker (or the caller, for
 * handles 0..2). */
typedef struct tern_command {
    tern_status (*run)(const struct tern_command *c);
    void *object; /* context of an enqueue, destination of a copy */
    const void *source;
    size_t bytes;
    uint64_t value;
    void (*release)(const struct tern_command
                        *c); /* called once after run or skip, when given: drops a reference */
} tern_command;

typedef struct tern_device_api {
    const char *name;
    /* Page-aligned device memory, entered in the address table; 0 bytes give NULL. */
    tern_status (*alloc)(tern_device *d, size_t bytes, void **out_address);
    tern_status (*free)(tern_device *d, void *address); /* INVALID_ARGUMENT when it is not ours */
    tern_status (*stream_create)(tern_device *d, tern_handle *out_stream);
    tern_status (*stream_destroy)(tern_device *d,
                                  tern_handle stream); /* waits for the work queued */
    tern_status (*stream_submit)(tern_device *d, tern_handle stream, const tern_command *c);
    tern_status (*stream_synchronize)(tern_device *d,
                                      tern_handle stream); /* reports and clears the first error */
    tern_status (*stream_query)(tern_device *d, tern_handle stream, bool *out_idle);
    tern_status (*stream_wait_event)(tern_device *d, tern_handle stream, tern_handle event);
    tern_status (*event_create)(tern_device *d, tern_handle *out_event);
    tern_status (*event_destroy)(tern_device *d, tern_handle event);
    tern_status (*event_record)(tern_device *d, tern_handle event, tern_handle stream);
    tern_status (*event_synchronize)(tern_device *d, tern_handle event);
    tern_status (*event_query)(tern_device *d, tern_handle event, bool *out_done);
    tern_status (*event_elapsed_ns)(tern_device *d, tern_handle start, tern_handle end,
                                    int64_t *out_ns);
    /* A copy that touches memory of this device only is queued.  Any other memory counts as
     * pageable, as in CUDA: the copy is in order with the stream, and done when the call
     * returns. */
    tern_status (*copy)(tern_device *d, tern_handle stream, void *dst, const void *src,
                        size_t bytes);
    tern_status (*fill)(tern_device *d, tern_handle stream, void *dst, int value, size_t bytes);
    tern_status (*synchronize)(
        tern_device *d); /* all streams; reports and clears one stream's error */
    /* Finishes the queued work and stops all workers, for good: streams refuse work afterwards
     * (CANCELLED). */
    void (*shutdown)(tern_device *d);
    /* Bytes left from `address` to the end of the block it lies in; known false: not our memory,
     * any size may be right; freed blocks give INVALID_ARGUMENT. */
    tern_status (*room)(tern_device *d, const void *address, size_t *out_bytes, bool *out_known);
    /* Blocks freed so far: what room() said holds as long as this number stands. */
    uint32_t (*frees)(tern_device *d);
} tern_device_api;

struct tern_device {
    const tern_device_api *api;
    void *state;
};

/* The process's CPU device; made on first use, never fails afterwards.  NULL with an error when
 * memory ran out. */
tern_device *tern_device_cpu(void);

#endif
