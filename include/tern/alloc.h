/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: one function does everything, and the struct is passed by value.

     block == NULL, new_size > 0    allocate
     block != NULL, new_size > 0    resize; contents up to the smaller size are kept
     block != NULL, new_size == 0   free; returns NULL
     block == NULL, new_size == 0   nothing; returns NULL

   The old size always comes back, so an allocator can keep limits and statistics without headers
   of its own.  A failed resize returns NULL and leaves the block as it was. */
#ifndef TERN_ALLOC_H
#define TERN_ALLOC_H

#include "tern/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `align` is a power of two: what a new block needs, repeated when it is resized, and 1 when it is
   freed.  `resize` may be called by several threads at a time. */
typedef struct tern_allocator {
    void *self; /* passed back unchanged */
    void *(*resize)(void *self, void *block, size_t old_size, size_t new_size, size_t align);
} tern_allocator;

/**
 * Return the allocator on top of the C library's heap.
 *
 * Memory:   the struct is a value and owns nothing.
 * Threads:  any, and so is the allocator.
 * Errors:   none.
 */
TERN_API tern_allocator tern_allocator_default(void);

#ifdef __cplusplus
}
#endif

#endif
