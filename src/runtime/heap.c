/* SPDX-License-Identifier: Apache-2.0
 *
 * The growing heap of a context: blocks for values whose size has no bound, or too high a one, when
 * the plan is made.  A block grows by doubling and stays until the context goes, so a plan that
 * may allocate stops doing so when the largest size has been seen.  Runs of a context are one
 * behind the other, so nobody else looks at its blocks.
 */
#include "runtime/state.h"

#include "base/alloc.h"

#include <string.h>

uint32_t tern_heap_count(const tern_engine *engine)
{
    const tern_plan_header *h = &engine->plan.header;
    return (h->flags & TERN_PLAN_FLAG_MAY_ALLOCATE) != 0 ? h->heap_count + 1 : 0;
}

tern_status tern_heap_grow(tern_context *c, uint32_t block, size_t bytes, bool keep,
                           const char *who)
{
    tern_heap_block *b = &c->heap[block];
    if (b->data != NULL && bytes <= b->bytes) {
        return TERN_OK;
    }
    size_t wanted = b->bytes < SIZE_MAX / 4 ? 2 * b->bytes : b->bytes;
    wanted = wanted > bytes ? wanted : bytes;
    wanted = wanted > TERN_TENSOR_ALIGN ? wanted : TERN_TENSOR_ALIGN;
    void *data = tern_alloc(c->engine->allocator, wanted, TERN_TENSOR_ALIGN);
    if (data == NULL) {
        return tern_fail(TERN_OUT_OF_MEMORY,
                         "%s: needs %zu bytes for a tensor whose size depends "
                         "on data, and got no memory",
                         who, wanted);
    }
    if (keep && b->bytes > 0) {
        memcpy(data, b->data, b->bytes);
    }
    tern_free(c->engine->allocator, b->data, b->bytes);
    *b = (tern_heap_block){data, wanted};
    return TERN_OK;
}

void tern_heap_free(tern_context *c)
{
    for (uint32_t i = 0; i < tern_heap_count(c->engine); i++) {
        tern_free(c->engine->allocator, c->heap[i].data, c->heap[i].bytes);
    }
}
