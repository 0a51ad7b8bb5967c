/* SPDX-License-Identifier: Apache-2.0 */
/* The harness itself, as far as a passing test can show it. */
#include "harness/harness.h"

#include <math.h>

#include "base/alloc.h"
#include "harness/alloc.h"
#include "harness/oom.h"

TERN_TEST(harness_random_numbers_stay_in_range)
{
    for (int i = 0; i < 10000; i++) {
        const int64_t a = tern_test_random_int(-3, 5);
        CHECK(a >= -3 && a <= 5);
        const double b = tern_test_random_double(-1.0, 2.0);
        CHECK(b >= -1.0 && b <= 2.0);
    }
}

TERN_TEST(harness_near_takes_nan_and_infinities)
{
    CHECK_NEAR((double)NAN, (double)NAN, 0.0);
    CHECK_NEAR((double)INFINITY, (double)INFINITY, 0.0);
    CHECK_NEAR(1.0, 1.1, 0.11);
}

static tern_status three_blocks(tern_allocator allocator, void *arg)
{
    (void)arg;
    void *a = tern_alloc(allocator, 10, 8);
    void *b = a != NULL ? tern_alloc(allocator, 20, 64) : NULL;
    void *c = b != NULL ? tern_realloc(allocator, b, 20, 30, 64) : NULL;
    tern_free(allocator, c != NULL ? c : b, c != NULL ? 30 : 20);
    tern_free(allocator, a, 10);
    return c != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

TERN_TEST(harness_oom_sweep_counts_the_allocations)
{
    CHECK_INT(oom_sweep(three_blocks, NULL), 3);
}

TERN_TEST(harness_heap_obeys_its_limit)
{
    tern_test_heap heap = {.limit_bytes = 100};
    const tern_allocator a = tern_test_allocator(&heap);
    void *block = tern_alloc(a, 60, 8);
    REQUIRE(block != NULL);
    CHECK(tern_alloc(a, 60, 8) == NULL);
    tern_free(a, block, 60);
    CHECK_INT(heap.peak_bytes, 60);
    tern_test_heap_check_empty(&heap);
}
