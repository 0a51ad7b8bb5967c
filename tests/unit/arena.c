/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena. */
#include "base/arena.h"

#include "base/alloc.h"
#include "harness/alloc.h"
#include "harness/harness.h"

TERN_TEST(arena_allocates_nothing_until_used)
{
    tern_test_heap heap = {0};
    tern_arena arena;
    tern_arena_init(&arena, tern_test_allocator(&heap));
    CHECK_INT(heap.request_count, 0);
    tern_arena_destroy(&arena);
    tern_arena_destroy(NULL);
}

TERN_TEST(arena_blocks_are_aligned_and_do_not_overlap)
{
    enum { count = 3000 };
    static struct {
        unsigned char *at;
        size_t bytes;
    } blocks[count];
    tern_test_heap heap = {0};
    tern_arena arena;
    tern_arena_init(&arena, tern_test_allocator(&heap));
    for (int i = 0; i < count; i++) {
        const size_t align = (size_t)1 << tern_test_random_int(0, 12);
        blocks[i].bytes = (size_t)tern_test_random_int(0, i % 50 == 0 ? 100000 : 100);
        blocks[i].at = tern_arena_alloc(&arena, blocks[i].bytes, align);
        REQUIRE(blocks[i].at != NULL);
        CHECK_UINT((uintptr_t)blocks[i].at % align, 0);
        memset(blocks[i].at, i % 251, blocks[i].bytes);
    }
    for (int i = 0; i < count; i++) {
        for (size_t k = 0; k < blocks[i].bytes; k++) {
            REQUIRE_INT(blocks[i].at[k], i % 251);
        }
    }
    CHECK_INT(arena.alloc_count, count);
    CHECK_INT(heap.live_bytes, arena.held_bytes);
    CHECK(arena.used_bytes <= arena.held_bytes && arena.peak_bytes == arena.used_bytes);
    tern_arena_destroy(&arena);
    tern_test_heap_check_empty(&heap);
}

TERN_TEST(arena_allocations_of_nothing_are_unique)
{
    tern_arena arena;
    tern_arena_init(&arena, tern_allocator_default());
    const char *a = tern_arena_alloc(&arena, 0, 1);
    const char *b = tern_arena_alloc(&arena, 0, 1);
    CHECK(a != NULL && b != NULL && a != b);
    tern_arena_destroy(&arena);
}

TERN_TEST(arena_reset_goes_back_to_the_mark)
{
    tern_test_heap heap = {0};
    tern_arena arena;
    tern_arena_init(&arena, tern_test_allocator(&heap));
    char *kept = tern_arena_strdup(&arena, "kept");
    REQUIRE(kept != NULL);
    const int64_t live = heap.live_bytes;
    const size_t used = arena.used_bytes;
    const tern_arena_mark outer = tern_arena_mark_now(&arena);
    for (int i = 0; i < 100; i++) {
        REQUIRE(tern_arena_alloc(&arena, 1000, 8) != NULL);
        const tern_arena_mark inner = tern_arena_mark_now(&arena);
        REQUIRE(tern_arena_alloc(&arena, 100000, 8) != NULL);
        tern_arena_reset(&arena, inner);
    }
    CHECK(heap.live_bytes > live);
    tern_arena_reset(&arena, outer);
    CHECK_INT(heap.live_bytes, live);
    CHECK_UINT(arena.used_bytes, used);
    CHECK_TEXT(kept, "kept");
    tern_arena_destroy(&arena);
    tern_test_heap_check_empty(&heap);
}

TERN_TEST(arena_reset_to_the_empty_mark_frees_all)
{
    tern_test_heap heap = {0};
    tern_arena arena;
    tern_arena_init(&arena, tern_test_allocator(&heap));
    const tern_arena_mark empty = tern_arena_mark_now(&arena);
    REQUIRE(tern_arena_alloc(&arena, 10, 1) != NULL);
    tern_arena_reset(&arena, empty);
    tern_test_heap_check_empty(&heap);
    CHECK_UINT(arena.used_bytes, 0);
    tern_arena_destroy(&arena);
}

TERN_TEST(arena_clear_keeps_the_first_block)
{
    tern_test_heap heap = {0};
    tern_arena arena;
    tern_arena_init(&arena, tern_test_allocator(&heap));
    const char *first = tern_arena_alloc(&arena, 10, 8);
    for (int i = 0; i < 100; i++) {
        REQUIRE(tern_arena_alloc(&arena, 1000, 8) != NULL);
    }
    tern_arena_clear(&arena);
    CHECK_INT(heap.live_blocks, 1);
    CHECK_UINT(arena.used_bytes, 0);
    const int64_t requests = heap.request_count;
    CHECK(tern_arena_alloc(&arena, 10, 8) == first);
    CHECK_INT(heap.request_count, requests);
    tern_arena_destroy(&arena);
    tern_test_heap_check_empty(&heap);
}

TERN_TEST(arena_texts)
{
    tern_arena arena;
    tern_arena_init(&arena, tern_allocator_default());
    CHECK_TEXT(tern_arena_strdup(&arena, ""), "");
    CHECK_TEXT(tern_arena_strdup(&arena, "abc"), "abc");
    CHECK_TEXT(tern_arena_strndup(&arena, "abcdef", 3), "abc");
    CHECK_TEXT(tern_arena_strndup(&arena, "ab\0def", 6), "ab");
    CHECK_TEXT(tern_arena_strndup(&arena, NULL, 0), "");
    CHECK_TEXT(tern_arena_printf(&arena, "%s=%d", "x", 7), "x=7");
    char *longer = tern_arena_printf(&arena, "%0*d", 10000, 1);
    REQUIRE(longer != NULL);
    CHECK_UINT(strlen(longer), 10000);
    const int zeros[3] = {0};
    CHECK_BYTES(tern_arena_items(&arena, 3, sizeof(int), _Alignof(int)), zeros, sizeof zeros);
    CHECK_BYTES(tern_arena_copy(&arena, "xyz", 3, 1), "xyz", 3);
    tern_arena_destroy(&arena);
}

TERN_TEST(arena_failure_leaves_it_usable)
{
    tern_test_heap heap = {0};
    tern_arena arena;
    tern_arena_init(&arena, tern_test_allocator(&heap));
    volatile size_t most = SIZE_MAX;
    CHECK(tern_arena_alloc(&arena, most, 1) == NULL);
    CHECK(tern_arena_alloc(&arena, most - 100, 4096) == NULL);
    CHECK(tern_arena_items(&arena, most / 2, 4, 1) == NULL);
    CHECK_INT(tern_error_last()->status, TERN_OUT_OF_MEMORY);
    heap.fail_at = heap.request_count + 1;
    CHECK(tern_arena_alloc(&arena, 10, 1) == NULL);
    CHECK(tern_arena_alloc(&arena, 10, 1) != NULL);
    tern_arena_destroy(&arena);
    tern_test_heap_check_empty(&heap);
}

#if TERN_ASAN
int __asan_address_is_poisoned(void const volatile *at);

TERN_TEST(arena_poisons_what_it_did_not_hand_out)
{
    tern_arena arena;
    tern_arena_init(&arena, tern_allocator_default());
    char *a = tern_arena_alloc(&arena, 13, 1);
    char *b = tern_arena_alloc(&arena, 8, 1);
    REQUIRE(a != NULL && b != NULL);
    CHECK(!__asan_address_is_poisoned(a + 12));
    CHECK(__asan_address_is_poisoned(a + 13));
    CHECK(__asan_address_is_poisoned(b - 1));
    CHECK(__asan_address_is_poisoned(b + 8));
    tern_arena_clear(&arena);
    CHECK(__asan_address_is_poisoned(a));
    tern_arena_destroy(&arena);
}
#endif
