/* SPDX-License-Identifier: Apache-2.0
 *
 * Device memory of the CPU: pages straight from the system, in a table ordered by address.  The
 * table tells how much room an address has, and knows blocks that were freed lately: binding one
 * is refused, unless the system has given their pages to somebody else meanwhile.
 */
#include "device/cpu/cpu.h"

#include "base/array.h"
#include "base/os.h"

#include <string.h>

enum { HUGE_BYTES = 2 << 20 };

/* Number of blocks that begin at or before `at`. */
static size_t blocks_before(const cpu_state *s, uintptr_t at)
{
    size_t low = 0, high = s->block_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->blocks[middle].at <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The block that `at` lies in, or NULL. */
static cpu_block *find_block(cpu_state *s, uintptr_t at)
{
    const size_t i = blocks_before(s, at);
    return i > 0 && at - s->blocks[i - 1].at < s->blocks[i - 1].bytes ? &s->blocks[i - 1] : NULL;
}

static bool was_freed(const cpu_state *s, uintptr_t at)
{
    const size_t count = s->freed_count < CPU_FREED ? s->freed_count : CPU_FREED;
    for (size_t i = 0; i < count; i++) {
        if (at - s->freed[i].at < s->freed[i].bytes) {
            return true;
        }
    }
    return false;
}

tern_status cpu_alloc(tern_device *d, size_t bytes, void **out_address)
{
    cpu_state *s = cpu_enter(d);
    *out_address = NULL;
    if (bytes == 0) {
        return TERN_OK;
    }
    void *at = NULL;
    TERN_TRY(tern_pages_alloc(bytes, bytes >= HUGE_BYTES, &at));
    tern_mutex_lock(&s->mutex);
    const tern_status status =
        tern_array_grow(tern_allocator_default(), &s->blocks, &s->block_capacity,
                        s->block_count + 1, sizeof *s->blocks);
    if (status == TERN_OK) {
        const size_t i = blocks_before(s, (uintptr_t)at);
        memmove(&s->blocks[i + 1], &s->blocks[i], (s->block_count - i) * sizeof *s->blocks);
        s->blocks[i] = (cpu_block){(uintptr_t)at, bytes};
        s->block_count++;
    }
    tern_mutex_unlock(&s->mutex);
    if (status != TERN_OK) {
        tern_pages_free(at, bytes);
        return status;
    }
    *out_address = at;
    return TERN_OK;
}

/* Takes the block out of the table; its size, or 0 when there is none that begins there. */
static size_t take_block(cpu_state *s, uintptr_t at)
{
    size_t bytes = 0;
    tern_mutex_lock(&s->mutex);
    cpu_block *block = find_block(s, at);
    if (block != NULL && block->at == at) {
        bytes = block->bytes;
        const size_t i = (size_t)(block - s->blocks);
        s->freed[s->freed_count++ % CPU_FREED] = *block;
        atomic_fetch_add(&s->frees, 1);
        s->block_count--;
        memmove(&s->blocks[i], &s->blocks[i + 1], (s->block_count - i) * sizeof *s->blocks);
    }
    tern_mutex_unlock(&s->mutex);
    return bytes;
}

tern_status cpu_free(tern_device *d, void *address)
{
    cpu_state *s = cpu_enter(d);
    if (address == NULL) {
        return TERN_OK;
    }
    cpu_wait_all(s); /* queued work may use it */
    const size_t bytes = take_block(s, (uintptr_t)address);
    if (bytes == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "device memory %p: not the beginning of a block of this device; it may be "
                         "freed already",
                         address);
    }
    tern_pages_free(address, bytes);
    return TERN_OK;
}

tern_status cpu_room(tern_device *d, const void *address, size_t *out_bytes, bool *out_known)
{
    cpu_state *s = cpu_enter(d);
    const uintptr_t at = (uintptr_t)address;
    *out_bytes = SIZE_MAX;
    *out_known = false;
    tern_mutex_lock(&s->mutex);
    const cpu_block *block = find_block(s, at);
    if (block != NULL) {
        *out_bytes = block->bytes - (at - block->at);
        *out_known = true;
    }
    const bool is_stale = block == NULL && was_freed(s, at);
    tern_mutex_unlock(&s->mutex);
    if (is_stale && !tern_pages_mapped(address)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "device memory %p: it was freed", address);
    }
    return TERN_OK;
}

uint32_t cpu_frees(tern_device *d)
{
    const cpu_state *s = d->state;
    return atomic_load_explicit(&s->frees, memory_order_acquire);
}

/* Does `bytes` fit at `address`?  `out_is_ours`: it is memory of this device. */
static tern_status check_room(tern_device *d, const void *address, size_t bytes, const char *what,
                              bool *out_is_ours)
{
    size_t room = 0;
    if (address == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: the address is NULL", what);
    }
    TERN_TRY(cpu_room(d, address, &room, out_is_ours));
    if (room < bytes) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %zu bytes at %p, where the block has %zu left",
                         what, bytes, address, room);
    }
    return TERN_OK;
}

static tern_status run_copy(const tern_command *c)
{
    memmove(c->object, c->source, c->bytes);
    return TERN_OK;
}

static tern_status run_fill(const tern_command *c)
{
    memset(c->object, (int)c->value, c->bytes);
    return TERN_OK;
}

/* Queues a command, or runs it here, in order with the stream, when it touches memory that may
 * go away. */
static tern_status queue_or_run(cpu_state *s, tern_handle handle, const tern_command *c,
                                bool may_wait)
{
    if (cpu_is_caller(handle)) {
        if (handle != 2) {
            cpu_wait_all(s);
        }
        return c->run(c);
    }
    cpu_stream *stream = NULL;
    TERN_TRY(cpu_find_stream(s, handle, &stream));
    if (may_wait) {
        return cpu_queue(s, stream, c, false);
    }
    cpu_wait_stream(stream);
    return atomic_load(&stream->is_poisoned) == 0 ? c->run(c) : TERN_OK;
}

tern_status cpu_copy(tern_device *d, tern_handle stream, void *dst, const void *src, size_t bytes)
{
    cpu_state *s = cpu_enter(d);
    bool dst_is_ours = false, src_is_ours = false;
    if (bytes == 0) {
        return TERN_OK;
    }
    TERN_TRY(check_room(d, dst, bytes, "copy to", &dst_is_ours));
    TERN_TRY(check_room(d, src, bytes, "copy from", &src_is_ours));
    const tern_command c = {.run = run_copy, .object = dst, .source = src, .bytes = bytes};
    return queue_or_run(s, stream, &c, dst_is_ours && src_is_ours);
}

tern_status cpu_fill(tern_device *d, tern_handle stream, void *dst, int value, size_t bytes)
{
    cpu_state *s = cpu_enter(d);
    bool is_ours = false;
    if (bytes == 0) {
        return TERN_OK;
    }
    TERN_TRY(check_room(d, dst, bytes, "fill", &is_ours));
    const tern_command c = {
        .run = run_fill, .object = dst, .value = (uint64_t)(unsigned char)value, .bytes = bytes};
    return queue_or_run(s, stream, &c, is_ours);
}
