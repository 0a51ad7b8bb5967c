/* SPDX-License-Identifier: Apache-2.0 */
/* Growable array: three variables of the caller (pointer, count, capacity) and one function.

     TERN_TRY(tern_array_grow(allocator, &items, &capacity, count + 1, sizeof *items));
     items[count++] = x;
*/
#ifndef TERN_BASE_ARRAY_H
#define TERN_BASE_ARRAY_H

#include "base/compiler.h"
#include "tern/alloc.h"

/* Make room for `want` items.  `items` is the address of the caller's pointer (of any object type);
   it and *capacity change only on success.  Growth is geometric; new room is not initialised.
   OUT_OF_MEMORY is recorded. */
TERN_NODISCARD tern_status tern_array_grow(tern_allocator allocator, void *items, size_t *capacity,
                                           size_t want, size_t item_bytes);

/* Free the array; the pointer becomes NULL and *capacity 0. */
void tern_array_free(tern_allocator allocator, void *items, size_t *capacity, size_t item_bytes);

#endif
