/* SPDX-License-Identifier: Apache-2.0
 *
 * Device memory, streams and events.  On the CPU device memory is host memory, and any host address
 * is a device address. A stream or an event is an id: a stale or invented one is refused, never
 * followed.  Streams 0, 1 and 2 are the caller's own thread.
 */
#ifndef TERN_STREAM_H
#define TERN_STREAM_H

#include "tern/base.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t tern_stream;
typedef uint64_t tern_event;

/**
 * Make a stream, an in-order queue with a worker of its own, or destroy one.
 *
 * Memory:   a fixed ring of 1,024 commands; destroying waits for the work queued.
 * Threads:  any; a stream may be fed from several threads.
 * Errors:   INVALID_ARGUMENT  NULL, or no stream;  OUT_OF_MEMORY;
 *           (destroy) the first error of work queued on it, if nobody synchronized since.
 */
TERN_API TERN_NODISCARD tern_status tern_stream_create(tern_stream *out_stream);
TERN_API TERN_NODISCARD tern_status tern_stream_destroy(tern_stream stream);

/**
 * Wait for all work of a stream, ask whether it is done, or have it wait for an event.
 *
 * Memory:   allocates nothing.
 * Threads:  any; a full ring makes the submitter wait.
 * Errors:   INVALID_ARGUMENT  no stream or event of this number;
 *           CANCELLED         the work was queued before a fork, and this is the child;
 *           (synchronize) the first error of work queued since the last time; the stream is clean
 *           then.
 */
TERN_API TERN_NODISCARD tern_status tern_stream_synchronize(tern_stream stream);
TERN_API TERN_NODISCARD tern_status tern_stream_query(tern_stream stream, int32_t *out_idle);
TERN_API TERN_NODISCARD tern_status tern_stream_wait_event(tern_stream stream, tern_event event);

/**
 * Make an event, destroy it, record it on a stream, wait for it, ask whether it has fired.
 *
 * An event that was never recorded counts as fired.
 *
 * Memory:   destroying is allowed while it is queued.
 * Threads:  any.
 * Errors:   INVALID_ARGUMENT  NULL, or no event or stream of this number;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_event_create(tern_event *out_event);
TERN_API TERN_NODISCARD tern_status tern_event_destroy(tern_event event);
TERN_API TERN_NODISCARD tern_status tern_event_record(tern_event event, tern_stream stream);
TERN_API TERN_NODISCARD tern_status tern_event_synchronize(tern_event event);
TERN_API TERN_NODISCARD tern_status tern_event_query(tern_event event, int32_t *out_done);

/**
 * Tell the time between two recorded events.
 *
 * Memory:   none.
 * Threads:  any.
 * Errors:   INVALID_ARGUMENT  no such event, or one of them was not recorded or has not fired.
 */
TERN_API TERN_NODISCARD tern_status tern_event_elapsed(tern_event start, tern_event end,
                                                       double *out_milliseconds);

/**
 * Allocate device memory, page-aligned and zeroed, or free it.
 *
 * Memory:   the caller's until freed; 0 bytes give NULL, freeing NULL does nothing.
 *           Work that uses it must be done before it is freed.
 * Threads:  any. Errors:   INVALID_ARGUMENT  an address that was not allocated here, or was freed
 * already;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_device_alloc(size_t bytes, void **out_address);
TERN_API TERN_NODISCARD tern_status tern_device_free(void *address);

/**
 * Copy or fill memory in stream order.
 *
 * Memory:   both ranges must stay until the work is done. Threads:  any. Errors:   INVALID_ARGUMENT
 * NULL with bytes, no such stream, or more bytes than an allocation of Tern's has.
 */
TERN_API TERN_NODISCARD tern_status tern_device_copy(void *dst, const void *src, size_t bytes,
                                                     tern_stream stream);
TERN_API TERN_NODISCARD tern_status tern_device_fill(void *dst, int value, size_t bytes,
                                                     tern_stream stream);

/**
 * Wait for the work of all streams; shutdown also ends their workers.
 *
 * Memory:   none.
 * Threads:  any; shutdown once, before a process unloads what callbacks need.
 * Errors:   (synchronize) the first error of queued work.
 */
TERN_API TERN_NODISCARD tern_status tern_device_synchronize(void);
TERN_API void tern_device_shutdown(void);

#ifdef __cplusplus
}
#endif

#endif
