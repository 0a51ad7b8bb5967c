/* SPDX-License-Identifier: Apache-2.0 */
/* Test heap.  Layout of a block:

     [ gap, a multiple of the alignment ... | note ][ block ]
*/
#include "harness/alloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"

typedef struct note {
    uint64_t magic;
    size_t bytes;
    size_t align;
    void *heap_block;
} note;

static const uint64_t live_magic = 0x6c6976655f626c6bu;
static const uint64_t dead_magic = 0x646561645f626c6bu;

static bool is_refused(tern_test_heap *heap, size_t old_size, size_t new_size)
{
    const int64_t number = atomic_fetch_add(&heap->request_count, 1) + 1;
    const bool is_hit = heap->fail_at > 0 &&
                        (heap->is_failing_on ? number >= heap->fail_at : number == heap->fail_at);
    const int64_t live = atomic_load(&heap->live_bytes) - (int64_t)old_size + (int64_t)new_size;
    if (!is_hit && (heap->limit_bytes == 0 || live <= heap->limit_bytes)) {
        return false;
    }
    atomic_fetch_add(&heap->failure_count, 1);
    return true;
}

static note *note_of(void *block)
{
    return (note *)(void *)((char *)block - sizeof(note));
}

static void *take(tern_test_heap *heap, size_t bytes, size_t align)
{
    const size_t unit = align < 64 ? 64 : align;
    const size_t gap = (sizeof(note) + unit - 1) / unit * unit;
    void *heap_block = NULL;
    if (bytes > SIZE_MAX / 2 || posix_memalign(&heap_block, unit, gap + bytes) != 0) {
        return NULL;
    }
    void *block = (char *)heap_block + gap;
    *note_of(block) = (note){live_magic, bytes, align, heap_block};
    memset(block, 0xa5, bytes);
    const int64_t live = atomic_fetch_add(&heap->live_bytes, (int64_t)bytes) + (int64_t)bytes;
    atomic_fetch_add(&heap->live_blocks, 1);
    if (live > atomic_load(&heap->peak_bytes)) {
        atomic_store(&heap->peak_bytes, live);
    }
    return block;
}

static void give_back(tern_test_heap *heap, void *block)
{
    note *n = note_of(block);
    atomic_fetch_sub(&heap->live_bytes, (int64_t)n->bytes);
    atomic_fetch_sub(&heap->live_blocks, 1);
    n->magic = dead_magic;
    memset(block, 0xdd, n->bytes);
    free(n->heap_block);
}

static bool is_true_about(void *block, size_t old_size, size_t new_size, size_t align)
{
    const note *n = note_of(block);
    if (n->magic != live_magic) {
        FAIL("block %p is not live: freed twice, or not from this heap", block);
        return false;
    }
    if (n->bytes != old_size) {
        FAIL("block of %zu bytes comes back as one of %zu", n->bytes, old_size);
    }
    if (new_size > 0 && n->align != align) {
        FAIL("block aligned to %zu is resized as aligned to %zu", n->align, align);
    }
    return true;
}

static void *resize(void *self, void *block, size_t old_size, size_t new_size, size_t align)
{
    tern_test_heap *heap = self;
    if (block != NULL && !is_true_about(block, old_size, new_size, align)) {
        return NULL;
    }
    if (new_size > 0 && (align == 0 || (align & (align - 1)) != 0)) {
        FAIL("alignment %zu is no power of two", align);
        return NULL;
    }
    if (new_size == 0) {
        if (block != NULL) {
            give_back(heap, block);
        }
        return NULL;
    }
    if (is_refused(heap, old_size, new_size)) {
        return NULL;
    }
    void *fresh = take(heap, new_size, align);
    if (fresh != NULL && block != NULL) {
        memcpy(fresh, block, old_size < new_size ? old_size : new_size);
        give_back(heap, block);
    }
    return fresh;
}

tern_allocator tern_test_allocator(tern_test_heap *heap)
{
    const tern_allocator allocator = {.self = heap, .resize = resize};
    return allocator;
}

void tern_test_heap_check_empty(tern_test_heap *heap)
{
    const int64_t blocks = atomic_load(&heap->live_blocks);
    if (blocks != 0) {
        FAIL("leak: %" PRId64 " blocks, %" PRId64 " bytes", blocks,
             (int64_t)atomic_load(&heap->live_bytes));
    }
}
