/* SPDX-License-Identifier: Apache-2.0
 *
 * The arena planner: greedy by size.  Largest first, each item goes to the lowest offset at
 * which it overlaps no item that lives at the same time and has a place already.
 */
#include "plan/plan.h"

#include <string.h>

enum { ALIGN = 64, BIG_ALIGN = 4096, BIG_BYTES = 2 << 20 };

static uint64_t align_of(const tern_memory_item *item)
{
    return item->bytes > BIG_BYTES ? BIG_ALIGN : ALIGN;
}

/* Is `a` placed before `b`?  Larger first, then earlier, then by number. */
static bool before(const tern_memory_item *items, uint32_t a, uint32_t b)
{
    if (items[a].bytes != items[b].bytes) {
        return items[a].bytes > items[b].bytes;
    }
    if (items[a].first != items[b].first) {
        return items[a].first < items[b].first;
    }
    return a < b;
}

static void sift_down(const tern_memory_item *items, uint32_t *order, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
        if (child + 1 < count && before(items, order[child], order[child + 1])) {
            child++;
        }
        if (!before(items, order[root], order[child])) {
            return;
        }
        const uint32_t t = order[root];
        order[root] = order[child];
        order[child] = t;
    }
}

/* Heap sort: no recursion, no memory, and `before` is a total order, so the result is the only
 * one. */
static void sort(const tern_memory_item *items, uint32_t *order, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) {
        sift_down(items, order, i, count);
    }
    for (size_t i = count; i-- > 1;) {
        const uint32_t t = order[0];
        order[0] = order[i];
        order[i] = t;
        sift_down(items, order, 0, i);
    }
}

/* Lowest gap that takes `item`; `placed` holds the placed items in order of offset. */
static uint64_t find_gap(const tern_memory_item *items, const uint32_t *placed, size_t placed_count,
                         const tern_memory_item *item)
{
    const uint64_t align = align_of(item);
    uint64_t at = 0;
    for (size_t i = 0; i < placed_count; i++) {
        const tern_memory_item *p = &items[placed[i]];
        if (p->last < item->first || p->first > item->last) {
            continue;
        }
        if (at + item->bytes <= p->at) {
            return at;
        }
        if (p->at + p->bytes > at) {
            at = (p->at + p->bytes + align - 1) / align * align;
        }
    }
    return at;
}

static void insert_placed(const tern_memory_item *items, uint32_t *placed, size_t count,
                          uint32_t number)
{
    size_t i = count;
    for (; i > 0 && items[placed[i - 1]].at > items[number].at; i--) {
        placed[i] = placed[i - 1];
    }
    placed[i] = number;
}

/* Most bytes alive at one step, each rounded up to the alignment: no plan can be smaller. */
static uint64_t lower_bound(const tern_memory_item *items, size_t count)
{
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++) {
        /* The maximum is reached where some item begins. */
        uint64_t alive = 0;
        for (size_t k = 0; k < count; k++) {
            if (items[k].first <= items[i].first && items[k].last >= items[i].first) {
                alive += (items[k].bytes + ALIGN - 1) / ALIGN * ALIGN;
            }
        }
        most = alive > most ? alive : most;
    }
    return most;
}

tern_status tern_memory_plan(tern_memory_item *items, size_t count, tern_allocator allocator,
                             uint64_t *out_total, uint64_t *out_lower_bound)
{
    *out_total = 0;
    *out_lower_bound = 0;
    uint64_t sum = 0;
    if (count > UINT32_MAX / 2) {
        return tern_fail(TERN_UNSUPPORTED, "memory plan: %zu values are too many", count);
    }
    for (size_t i = 0; i < count; i++) {
        TERN_ASSERT(items[i].first <= items[i].last);
        if (items[i].bytes > INT64_MAX / 8 || sum > INT64_MAX / 8) {
            return tern_fail(
                TERN_OUT_OF_MEMORY,
                "memory plan: value %zu takes %llu bytes; the arena would be too large", i,
                (unsigned long long)items[i].bytes);
        }
        sum += items[i].bytes + BIG_ALIGN;
    }
    if (count == 0) {
        return TERN_OK;
    }
    uint32_t *order = tern_alloc_items(allocator, 2 * count, sizeof *order, 8);
    if (order == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    uint32_t *placed = order + count;
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)i;
    }
    sort(items, order, count);

    size_t placed_count = 0;
    for (size_t i = 0; i < count; i++) {
        tern_memory_item *item = &items[order[i]];
        item->at = 0;
        if (item->bytes == 0) {
            continue;
        }
        item->at = find_gap(items, placed, placed_count, item);
        insert_placed(items, placed, placed_count, order[i]);
        placed_count++;
        const uint64_t end = (item->at + item->bytes + ALIGN - 1) / ALIGN * ALIGN;
        *out_total = end > *out_total ? end : *out_total;
    }
    *out_lower_bound = lower_bound(items, count);
    tern_free(allocator, order, 2 * count * sizeof *order);
    return TERN_OK;
}
