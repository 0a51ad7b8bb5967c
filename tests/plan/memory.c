/* SPDX-License-Identifier: Apache-2.0 */
/* The arena planner: no two values that live together overlap, and plans are near the lower
 * bound. */
#include "base/alloc.h"
#include "harness/alloc.h"
#include "harness/harness.h"
#include "harness/oom.h"
#include "plan/plan.h"

enum { MOST = 200 };

static tern_memory_item items[MOST];

static void check_plan(size_t count, uint64_t total, uint64_t bound)
{
    CHECK(total >= bound);
    for (size_t i = 0; i < count; i++) {
        CHECK_UINT(items[i].at % 64, 0);
        CHECK(items[i].bytes == 0 || items[i].at + items[i].bytes <= total);
        for (size_t k = 0; k < i; k++) {
            const bool together =
                items[i].first <= items[k].last && items[k].first <= items[i].last;
            const bool overlap = items[i].at < items[k].at + items[k].bytes &&
                                 items[k].at < items[i].at + items[i].bytes;
            if (together && overlap && items[i].bytes > 0 && items[k].bytes > 0) {
                FAIL("items %zu and %zu overlap", k, i);
            }
        }
    }
}

TERN_TEST(nothing_takes_no_memory)
{
    uint64_t total = 1, bound = 1;
    CHECK_OK(tern_memory_plan(items, 0, tern_allocator_default(), &total, &bound));
    CHECK_UINT(total, 0);
    CHECK_UINT(bound, 0);
}

TERN_TEST(a_chain_takes_two_slots)
{
    uint64_t total = 0, bound = 0;
    for (uint32_t i = 0; i < 20; i++) {
        items[i] = (tern_memory_item){.bytes = 1000, .first = i, .last = i + 1};
    }
    REQUIRE_OK(tern_memory_plan(items, 20, tern_allocator_default(), &total, &bound));
    check_plan(20, total, bound);
    CHECK_UINT(bound, 2048);
    CHECK_UINT(total, 2048);
}

TERN_TEST(large_items_are_aligned_to_pages)
{
    uint64_t total = 0, bound = 0;
    items[0] = (tern_memory_item){.bytes = 3 << 20, .first = 0, .last = 5};
    items[1] = (tern_memory_item){.bytes = (3 << 20) - 100, .first = 0, .last = 5};
    items[2] = (tern_memory_item){.bytes = 10, .first = 0, .last = 5};
    REQUIRE_OK(tern_memory_plan(items, 3, tern_allocator_default(), &total, &bound));
    check_plan(3, total, bound);
    CHECK_UINT(items[0].at % 4096, 0);
    CHECK_UINT(items[1].at % 4096, 0);
}

TERN_TEST(empty_items_take_nothing)
{
    uint64_t total = 0, bound = 0;
    items[0] = (tern_memory_item){.bytes = 0, .first = 0, .last = 5};
    items[1] = (tern_memory_item){.bytes = 64, .first = 0, .last = 5};
    REQUIRE_OK(tern_memory_plan(items, 2, tern_allocator_default(), &total, &bound));
    CHECK_UINT(total, 64);
}

TERN_TEST(random_plans_do_not_overlap_and_come_out_the_same_twice)
{
    static tern_memory_item first[MOST];
    double worst = 1;
    for (int round = 0; round < 300; round++) {
        uint64_t total = 0, bound = 0, again = 0;
        const size_t count = (size_t)tern_test_random_int(1, MOST);
        for (size_t i = 0; i < count; i++) {
            const uint32_t begin = (uint32_t)tern_test_random_int(0, 99);
            items[i] = (tern_memory_item){
                .bytes = (uint64_t)tern_test_random_int(0, 4) == 0
                             ? 0
                             : (uint64_t)tern_test_random_int(1, 100000),
                .first = begin,
                .last = begin + (uint32_t)tern_test_random_int(0, 6),
            };
        }
        memcpy(first, items, sizeof items);
        REQUIRE_OK(tern_memory_plan(items, count, tern_allocator_default(), &total, &bound));
        check_plan(count, total, bound);
        REQUIRE_OK(tern_memory_plan(first, count, tern_allocator_default(), &again, &bound));
        CHECK_UINT(again, total);
        CHECK_BYTES(first, items, count * sizeof *items);
        worst = bound > 0 && (double)total / (double)bound > worst ? (double)total / (double)bound
                                                                   : worst;
    }
    CHECK(worst < 1.6);
}

TERN_TEST(sizes_that_do_not_fit_are_refused)
{
    uint64_t total = 0, bound = 0;
    items[0] = (tern_memory_item){.bytes = UINT64_MAX, .first = 0, .last = 1};
    CHECK_STATUS(tern_memory_plan(items, 1, tern_allocator_default(), &total, &bound),
                 TERN_OUT_OF_MEMORY);
    items[0].bytes = items[1].bytes = items[2].bytes = INT64_MAX / 8;
    CHECK_STATUS(tern_memory_plan(items, 3, tern_allocator_default(), &total, &bound),
                 TERN_OUT_OF_MEMORY);
}

static tern_status plan_some(tern_allocator allocator, void *arg)
{
    uint64_t total = 0, bound = 0;
    (void)arg;
    for (uint32_t i = 0; i < 10; i++) {
        items[i] = (tern_memory_item){.bytes = 100 * i, .first = i, .last = i + 2};
    }
    return tern_memory_plan(items, 10, allocator, &total, &bound);
}

TERN_TEST(planning_survives_running_out_of_memory)
{
    CHECK(oom_sweep(plan_some, NULL) > 0);
}
