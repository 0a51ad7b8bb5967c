/* SPDX-License-Identifier: Apache-2.0 */
/* The default allocator (C heap) and the checked front of every allocator.  A stress build
   (TERN_STRESS) hands out blocks aligned to what was asked and not a bit more, filled with rubbish,
   and overwrites what is freed. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

#if defined(TERN_STRESS)

/* Layout: [align bytes of gap][block]; the heap block has twice the alignment, so the block itself
   lies exactly on an odd multiple of `align`.  `align` below 16 becomes 16: freeing may not know
   it. */
enum { gap_bytes_min = 16 };

static void *heap_resize(void *self, void *block, size_t old_size, size_t new_size, size_t align)
{
    (void)self;
    const size_t gap = align < gap_bytes_min ? gap_bytes_min : align;
    char *fresh = NULL;
    if (new_size > 0) {
        void *heap = NULL;
        if (new_size > SIZE_MAX / 2 || posix_memalign(&heap, 2 * gap, new_size + gap + 16) != 0) {
            return NULL;
        }
        fresh = (char *)heap + gap;
        memset(fresh, 0xcd, new_size);
        memcpy(fresh - 16, &heap, sizeof heap);
    }
    if (block != NULL) {
        if (fresh != NULL) {
            memcpy(fresh, block, old_size < new_size ? old_size : new_size);
        }
        memset(block, 0xdd, old_size);
        void *heap = NULL;
        memcpy(&heap, (char *)block - 16, sizeof heap);
        free(heap);
    }
    return fresh;
}

#else

static void *heap_resize(void *self, void *block, size_t old_size, size_t new_size, size_t align)
{
    (void)self;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    if (align <= _Alignof(max_align_t)) {
        return realloc(block, new_size);
    }
    void *fresh = NULL;
    if (posix_memalign(&fresh, align, new_size) != 0) {
        return NULL;
    }
    if (block != NULL) {
        memcpy(fresh, block, old_size < new_size ? old_size : new_size);
        free(block);
    }
    return fresh;
}

#endif

tern_allocator tern_allocator_default(void)
{
    const tern_allocator heap = {.self = NULL, .resize = heap_resize};
    return heap;
}

void *tern_alloc(tern_allocator allocator, size_t bytes, size_t align)
{
    TERN_ASSERT(tern_is_power_of_two(align));
    if (bytes == 0) {
        return NULL;
    }
    void *block = NULL;
    if (bytes <= PTRDIFF_MAX) {
        block = allocator.resize(allocator.self, NULL, 0, bytes, align);
    }
    if (block == NULL) {
        tern_fail_memory(bytes);
    }
    return block;
}

void *tern_alloc_zero(tern_allocator allocator, size_t bytes, size_t align)
{
    void *block = tern_alloc(allocator, bytes, align);
    if (block != NULL) {
        memset(block, 0, bytes);
    }
    return block;
}

void *tern_alloc_items(tern_allocator allocator, size_t count, size_t item_bytes, size_t align)
{
    size_t bytes = 0;
    if (!tern_size_mul(count, item_bytes, &bytes)) {
        tern_fail(TERN_OUT_OF_MEMORY, "out of memory: %zu items of %zu bytes are too many", count,
                  item_bytes);
        return NULL;
    }
    return tern_alloc_zero(allocator, bytes, align);
}

void *tern_realloc(tern_allocator allocator, void *block, size_t old_bytes, size_t new_bytes,
                   size_t align)
{
    TERN_ASSERT(tern_is_power_of_two(align));
    if (block == NULL) {
        return tern_alloc(allocator, new_bytes, align);
    }
    if (new_bytes == 0) {
        tern_free(allocator, block, old_bytes);
        return NULL;
    }
    void *fresh = NULL;
    if (new_bytes <= PTRDIFF_MAX) {
        fresh = allocator.resize(allocator.self, block, old_bytes, new_bytes, align);
    }
    if (fresh == NULL) {
        tern_fail_memory(new_bytes);
    }
    return fresh;
}

void tern_free(tern_allocator allocator, void *block, size_t bytes)
{
    if (block != NULL) {
        (void)allocator.resize(allocator.self, block, bytes, 0, 1);
    }
}
