/* SPDX-License-Identifier: Apache-2.0 */
/* base/alloc: the default allocator and the size arithmetic. */
#include "base/alloc.h"

#include "harness/alloc.h"
#include "harness/harness.h"

TERN_TEST(alloc_default_aligns_as_asked)
{
    const tern_allocator a = tern_allocator_default();
    for (size_t align = 1; align <= 4096; align *= 2) {
        void *block = tern_alloc(a, 100, align);
        REQUIRE(block != NULL);
        CHECK_UINT((uintptr_t)block % align, 0);
        memset(block, 1, 100);
        tern_free(a, block, 100);
    }
}

TERN_TEST(alloc_default_resize_keeps_the_contents_and_the_alignment)
{
    const tern_allocator a = tern_allocator_default();
    for (size_t align = 1; align <= 256; align *= 4) {
        unsigned char *block = tern_alloc(a, 10, align);
        REQUIRE(block != NULL);
        for (int i = 0; i < 10; i++) {
            block[i] = (unsigned char)i;
        }
        block = tern_realloc(a, block, 10, 100000, align);
        REQUIRE(block != NULL);
        CHECK_UINT((uintptr_t)block % align, 0);
        for (int i = 0; i < 10; i++) {
            CHECK_INT(block[i], i);
        }
        block = tern_realloc(a, block, 100000, 5, align);
        REQUIRE(block != NULL);
        CHECK_INT(block[4], 4);
        CHECK(tern_realloc(a, block, 5, 0, align) == NULL);
    }
}

TERN_TEST(alloc_zero_clears)
{
    const tern_allocator a = tern_allocator_default();
    const unsigned char zeros[1000] = {0};
    unsigned char *block = tern_alloc_zero(a, sizeof zeros, 64);
    REQUIRE(block != NULL);
    CHECK_BYTES(block, zeros, sizeof zeros);
    tern_free(a, block, sizeof zeros);
}

TERN_TEST(alloc_of_nothing_is_null_without_an_error)
{
    tern_test_heap heap = {0};
    CHECK(tern_alloc(tern_test_allocator(&heap), 0, 8) == NULL);
    CHECK(tern_alloc_items(tern_test_allocator(&heap), 0, 8, 8) == NULL);
    CHECK_INT(heap.request_count, 0);
    tern_free(tern_test_allocator(&heap), NULL, 10);
}

TERN_TEST(alloc_failure_is_recorded)
{
    tern_test_heap heap = {.fail_at = 1};
    CHECK(tern_alloc(tern_test_allocator(&heap), 1234, 8) == NULL);
    CHECK_INT(tern_error_last()->status, TERN_OUT_OF_MEMORY);
    CHECK_CONTAINS(tern_error_last()->text, "1234 bytes");
}

TERN_TEST(alloc_of_absurd_sizes_fails)
{
    const tern_allocator a = tern_allocator_default();
    volatile size_t most = SIZE_MAX; /* hidden from the compiler's own size warnings */
    CHECK(tern_alloc(a, most, 1) == NULL);
    CHECK(tern_alloc(a, most / 2 + 1, 64) == NULL);
    CHECK(tern_alloc_items(a, most / 2, 3, 8) == NULL);
    CHECK_INT(tern_error_last()->status, TERN_OUT_OF_MEMORY);
}

TERN_TEST(alloc_failed_resize_leaves_the_block)
{
    tern_test_heap heap = {.fail_at = 2};
    const tern_allocator a = tern_test_allocator(&heap);
    char *block = tern_alloc(a, 4, 4);
    REQUIRE(block != NULL);
    memcpy(block, "abc", 4);
    CHECK(tern_realloc(a, block, 4, 8, 4) == NULL);
    CHECK_TEXT(block, "abc");
    tern_free(a, block, 4);
    tern_test_heap_check_empty(&heap);
}

TERN_TEST(size_arithmetic_refuses_overflow)
{
    size_t out = 7;
    CHECK(tern_size_mul(SIZE_MAX, 1, &out) && out == SIZE_MAX);
    CHECK(tern_size_mul(0, SIZE_MAX, &out) && out == 0);
    CHECK(tern_size_mul(SIZE_MAX, 0, &out) && out == 0);
    CHECK(tern_size_mul((size_t)1 << 32, ((size_t)1 << 32) - 1, &out));
    out = 7;
    CHECK(!tern_size_mul((size_t)1 << 32, (size_t)1 << 32, &out) && out == 7);
    CHECK(tern_size_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
    out = 7;
    CHECK(!tern_size_add(SIZE_MAX, 1, &out) && out == 7);
    CHECK(tern_size_align(65, 64, &out) && out == 128);
    CHECK(tern_size_align(64, 64, &out) && out == 64);
    CHECK(tern_size_align(0, 64, &out) && out == 0);
    CHECK(!tern_size_align(SIZE_MAX - 62, 64, &out));
}

TERN_TEST(int64_arithmetic_refuses_overflow)
{
    int64_t out = 7;
    CHECK(tern_int64_mul(-3, 4, &out) && out == -12);
    CHECK(!tern_int64_mul(INT64_MIN, -1, &out));
    CHECK(!tern_int64_mul(INT64_MAX, 2, &out));
    CHECK(tern_int64_add(INT64_MAX, -1, &out) && out == INT64_MAX - 1);
    CHECK(!tern_int64_add(INT64_MAX, 1, &out));
    CHECK(!tern_int64_sub(INT64_MIN, 1, &out));
    CHECK(tern_int64_sub(1, 2, &out) && out == -1);
}
