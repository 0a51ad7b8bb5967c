/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/stream.h on the CPU device.  Streams have no logger of their own: errors are recorded,
 * not logged, except that there is nobody else to tell (NULL logger: stderr) for misuse of the
 * API.
 */
#include "api/deliver.h"
#include "device/device.h"
#include "tern/stream.h"

static tern_device *cpu(void)
{
    return tern_device_cpu();
}

static tern_status is_null(const char *call, const char *argument)
{
    return tern_fail(TERN_INVALID_ARGUMENT, "%s: %s is NULL", call, argument);
}

tern_status tern_stream_create(tern_stream *out_stream)
{
    return out_stream != NULL ? cpu()->api->stream_create(cpu(), out_stream)
                              : is_null("stream create", "out_stream");
}

tern_status tern_stream_destroy(tern_stream stream)
{
    return cpu()->api->stream_destroy(cpu(), stream);
}

tern_status tern_stream_synchronize(tern_stream stream)
{
    return cpu()->api->stream_synchronize(cpu(), stream);
}

tern_status tern_stream_query(tern_stream stream, int32_t *out_idle)
{
    if (out_idle == NULL) {
        return is_null("stream query", "out_idle");
    }
    bool is_idle = false;
    const tern_status status = cpu()->api->stream_query(cpu(), stream, &is_idle);
    *out_idle = is_idle;
    return status;
}

tern_status tern_stream_wait_event(tern_stream stream, tern_event event)
{
    return cpu()->api->stream_wait_event(cpu(), stream, event);
}

tern_status tern_event_create(tern_event *out_event)
{
    return out_event != NULL ? cpu()->api->event_create(cpu(), out_event)
                             : is_null("event create", "out_event");
}

tern_status tern_event_destroy(tern_event event)
{
    return cpu()->api->event_destroy(cpu(), event);
}

tern_status tern_event_record(tern_event event, tern_stream stream)
{
    return cpu()->api->event_record(cpu(), event, stream);
}

tern_status tern_event_synchronize(tern_event event)
{
    return cpu()->api->event_synchronize(cpu(), event);
}

tern_status tern_event_query(tern_event event, int32_t *out_done)
{
    if (out_done == NULL) {
        return is_null("event query", "out_done");
    }
    bool is_done = false;
    const tern_status status = cpu()->api->event_query(cpu(), event, &is_done);
    *out_done = is_done;
    return status;
}

tern_status tern_event_elapsed(tern_event start, tern_event end, double *out_milliseconds)
{
    if (out_milliseconds == NULL) {
        return is_null("event elapsed", "out_milliseconds");
    }
    int64_t ns = 0;
    const tern_status status = cpu()->api->event_elapsed_ns(cpu(), start, end, &ns);
    *out_milliseconds = (double)ns * 1e-6;
    return status;
}

tern_status tern_device_alloc(size_t bytes, void **out_address)
{
    return out_address != NULL ? cpu()->api->alloc(cpu(), bytes, out_address)
                               : is_null("device alloc", "out_address");
}

tern_status tern_device_free(void *address)
{
    return cpu()->api->free(cpu(), address);
}

tern_status tern_device_copy(void *dst, const void *src, size_t bytes, tern_stream stream)
{
    return cpu()->api->copy(cpu(), stream, dst, src, bytes);
}

tern_status tern_device_fill(void *dst, int value, size_t bytes, tern_stream stream)
{
    return cpu()->api->fill(cpu(), stream, dst, value, bytes);
}

tern_status tern_device_synchronize(void)
{
    return cpu()->api->synchronize(cpu());
}

void tern_device_shutdown(void)
{
    cpu()->api->shutdown(cpu());
}
