/* SPDX-License-Identifier: Apache-2.0 */
/* Geometric growth for any item type.  The caller's pointer is read and written as bytes, because
   its type is not known here and C gives no other portable way. */
#include "base/array.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

tern_status tern_array_grow(tern_allocator allocator, void *items, size_t *capacity, size_t want,
                            size_t item_bytes)
{
    if (want <= *capacity) {
        return TERN_OK;
    }
    size_t grown = *capacity + *capacity / 2;
    if (grown < want) {
        grown = want;
    }
    if (grown < 8) {
        grown = 8;
    }
    size_t bytes = 0;
    if (!tern_size_mul(grown, item_bytes, &bytes)) {
        return tern_fail(TERN_OUT_OF_MEMORY, "out of memory: %zu items of %zu bytes are too many",
                         want, item_bytes);
    }
    void *old;
    memcpy(&old, items, sizeof old);
    void *fresh =
        tern_realloc(allocator, old, *capacity * item_bytes, bytes, _Alignof(max_align_t));
    if (fresh == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    memcpy(items, &fresh, sizeof fresh);
    *capacity = grown;
    return TERN_OK;
}

void tern_array_free(tern_allocator allocator, void *items, size_t *capacity, size_t item_bytes)
{
    void *old;
    memcpy(&old, items, sizeof old);
    tern_free(allocator, old, *capacity * item_bytes);
    old = NULL;
    memcpy(items, &old, sizeof old);
    *capacity = 0;
}
