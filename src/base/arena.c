/* SPDX-License-Identifier: Apache-2.0 */
/* Arena blocks form a list from the newest to the oldest:

     block: [header][ used ............ ][ free ............ ]
                    ^data               ^data + used        ^data + room
*/
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bits.h"
#include "base/error.h"

enum {
    block_align = 64,
    max_align = 4096,
#if defined(TERN_STRESS)
    first_block_bytes = 256, /* block edges everywhere */
    last_block_bytes = 256,
#else
    first_block_bytes = 4096,
    last_block_bytes = 1 << 20,
#endif
#if TERN_ASAN
    redzone_bytes = 16,
    min_align = 8, /* the sanitizer's shadow knows 8-byte granules */
#else
    redzone_bytes = 0,
    min_align = 1,
#endif
};

struct tern_arena_block {
    tern_arena_block *older;
    size_t bytes; /* of the whole block, this header included */
    size_t used;  /* of the room after the header */
};

enum { header_bytes = (sizeof(tern_arena_block) + block_align - 1) / block_align * block_align };

static char *data_of(tern_arena_block *block)
{
    return (char *)block + header_bytes;
}

static size_t room_of(const tern_arena_block *block)
{
    return block->bytes - header_bytes;
}

/* Where the next allocation in `block` would start, counted from its data. */
static size_t next_offset(tern_arena_block *block, size_t align)
{
    const size_t base = (size_t)(uintptr_t)data_of(block);
    return tern_align_up(base + block->used, align) - base;
}

void tern_arena_init(tern_arena *arena, tern_allocator allocator)
{
    *arena = (tern_arena){.allocator = allocator, .next_block_bytes = first_block_bytes};
}

static bool add_block(tern_arena *arena, size_t room)
{
    size_t bytes = 0;
    if (!tern_size_add(room, header_bytes, &bytes)) {
        tern_fail_memory(room);
        return false;
    }
    if (bytes < arena->next_block_bytes) {
        bytes = arena->next_block_bytes;
    }
    tern_arena_block *block = tern_alloc(arena->allocator, bytes, block_align);
    if (block == NULL) {
        return false;
    }
    *block = (tern_arena_block){.older = arena->block, .bytes = bytes};
    TERN_ASAN_POISON(data_of(block), room_of(block));
    arena->block = block;
    arena->held_bytes += bytes;
    if (arena->next_block_bytes < last_block_bytes) {
        arena->next_block_bytes *= 2;
    }
    return true;
}

static void drop_block(tern_arena *arena)
{
    tern_arena_block *block = arena->block;
    TERN_ASAN_UNPOISON(data_of(block), room_of(block));
    arena->block = block->older;
    arena->held_bytes -= block->bytes;
    tern_free(arena->allocator, block, block->bytes);
}

void *tern_arena_alloc(tern_arena *arena, size_t bytes, size_t align)
{
    TERN_ASSERT(tern_is_power_of_two(align) && align <= max_align);
    align = align < min_align ? min_align : align;
    const size_t wanted = bytes == 0 ? 1 : bytes;
    size_t room = 0;
    if (!tern_size_add(wanted, redzone_bytes + align - 1, &room)) {
        tern_fail_memory(bytes);
        return NULL;
    }
    tern_arena_block *block = arena->block;
    if (block == NULL || next_offset(block, align) > room_of(block) ||
        wanted + redzone_bytes > room_of(block) - next_offset(block, align)) {
        if (!add_block(arena, room)) {
            return NULL;
        }
        block = arena->block;
    }
    const size_t at = next_offset(block, align);
    const size_t end = at + wanted + redzone_bytes;
    arena->used_bytes += end - block->used;
    arena->alloc_count++;
    if (arena->peak_bytes < arena->used_bytes) {
        arena->peak_bytes = arena->used_bytes;
    }
    block->used = end;
    TERN_ASAN_UNPOISON(data_of(block) + at, wanted);
    return data_of(block) + at;
}

void *tern_arena_zero(tern_arena *arena, size_t bytes, size_t align)
{
    void *at = tern_arena_alloc(arena, bytes, align);
    if (at != NULL) {
        memset(at, 0, bytes);
    }
    return at;
}

void *tern_arena_items(tern_arena *arena, size_t count, size_t item_bytes, size_t align)
{
    size_t bytes = 0;
    if (!tern_size_mul(count, item_bytes, &bytes)) {
        tern_fail(TERN_OUT_OF_MEMORY, "out of memory: %zu items of %zu bytes are too many", count,
                  item_bytes);
        return NULL;
    }
    return tern_arena_zero(arena, bytes, align);
}

void *tern_arena_copy(tern_arena *arena, const void *at, size_t bytes, size_t align)
{
    void *copy = tern_arena_alloc(arena, bytes, align);
    if (copy != NULL && bytes > 0) {
        memcpy(copy, at, bytes);
    }
    return copy;
}

char *tern_arena_strdup(tern_arena *arena, const char *text)
{
    return tern_arena_copy(arena, text, strlen(text) + 1, 1);
}

char *tern_arena_strndup(tern_arena *arena, const char *at, size_t len)
{
    const char *nul = len > 0 ? memchr(at, '\0', len) : NULL;
    const size_t kept = nul != NULL ? (size_t)(nul - at) : len;
    if (kept == SIZE_MAX) {
        tern_fail_memory(kept);
        return NULL;
    }
    char *copy = tern_arena_alloc(arena, kept + 1, 1);
    if (copy != NULL) {
        if (kept > 0) {
            memcpy(copy, at, kept);
        }
        copy[kept] = '\0';
    }
    return copy;
}

char *tern_arena_printf(tern_arena *arena, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int wanted = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (wanted < 0) {
        tern_fail(TERN_INTERNAL, "text \"%s\" can not be formatted", format);
        return NULL;
    }
    char *text = tern_arena_alloc(arena, (size_t)wanted + 1, 1);
    if (text != NULL) {
        va_start(values, format);
        (void)vsnprintf(text, (size_t)wanted + 1, format, values);
        va_end(values);
    }
    return text;
}

tern_arena_mark tern_arena_mark_now(const tern_arena *arena)
{
    const tern_arena_mark mark = {
        .block = arena->block,
        .block_used_bytes = arena->block != NULL ? arena->block->used : 0,
        .used_bytes = arena->used_bytes,
    };
    return mark;
}

void tern_arena_reset(tern_arena *arena, tern_arena_mark mark)
{
    while (arena->block != mark.block) {
        TERN_ASSERT(arena->block != NULL);
        drop_block(arena);
    }
    if (mark.block != NULL) {
        TERN_ASSERT(mark.block_used_bytes <= mark.block->used);
        TERN_ASAN_POISON(data_of(mark.block) + mark.block_used_bytes,
                         room_of(mark.block) - mark.block_used_bytes);
        mark.block->used = mark.block_used_bytes;
    }
    arena->used_bytes = mark.used_bytes;
}

void tern_arena_clear(tern_arena *arena)
{
    while (arena->block != NULL && arena->block->older != NULL) {
        drop_block(arena);
    }
    if (arena->block != NULL) {
        TERN_ASAN_POISON(data_of(arena->block), room_of(arena->block));
        arena->block->used = 0;
    }
    arena->used_bytes = 0;
}

void tern_arena_destroy(tern_arena *arena)
{
    if (arena == NULL) {
        return;
    }
    while (arena->block != NULL) {
        drop_block(arena);
    }
    if (arena->allocator.resize != NULL) {
        tern_arena_init(arena, arena->allocator);
    }
}
