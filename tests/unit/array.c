/* SPDX-License-Identifier: Apache-2.0 */
/* base/array. */
#include "base/array.h"

#include "harness/alloc.h"
#include "harness/harness.h"

TERN_TEST(array_grows_and_keeps_its_items)
{
    tern_test_heap heap = {0};
    const tern_allocator a = tern_test_allocator(&heap);
    int *items = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (int i = 0; i < 10000; i++) {
        REQUIRE_OK(tern_array_grow(a, &items, &capacity, count + 1, sizeof *items));
        items[count++] = i;
    }
    for (int i = 0; i < 10000; i++) {
        CHECK_INT(items[i], i);
    }
    CHECK(heap.request_count < 30);
    tern_array_free(a, &items, &capacity, sizeof *items);
    CHECK(items == NULL && capacity == 0);
    tern_test_heap_check_empty(&heap);
}

TERN_TEST(array_failure_changes_nothing)
{
    tern_test_heap heap = {.fail_at = 2};
    const tern_allocator a = tern_test_allocator(&heap);
    double *items = NULL;
    size_t capacity = 0;
    REQUIRE_OK(tern_array_grow(a, &items, &capacity, 3, sizeof *items));
    const double *before = items;
    const size_t capacity_before = capacity;
    items[2] = 2.5;
    CHECK_STATUS(tern_array_grow(a, &items, &capacity, 1000, sizeof *items), TERN_OUT_OF_MEMORY);
    CHECK(items == before && capacity == capacity_before && items[2] == 2.5);
    CHECK_STATUS(tern_array_grow(a, &items, &capacity, SIZE_MAX / 4, sizeof *items),
                 TERN_OUT_OF_MEMORY);
    tern_array_free(a, &items, &capacity, sizeof *items);
    tern_test_heap_check_empty(&heap);
}
