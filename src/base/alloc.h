/* SPDX-License-Identifier: Apache-2.0 */
/* Memory through a tern_allocator, and size arithmetic that cannot wrap.
   Whoever frees says how many bytes it was, so allocators need no headers. */
#ifndef TERN_BASE_ALLOC_H
#define TERN_BASE_ALLOC_H

#include "base/compiler.h"
#include "tern/alloc.h"

/* Alignment of tensors and packed weights on the CPU. */
#define TERN_TENSOR_ALIGN 64

/* Allocate.  `align` is a power of two.  On failure: NULL, and the thread's error record says
   OUT_OF_MEMORY.  0 bytes gives NULL without an error. */
TERN_NODISCARD void *tern_alloc(tern_allocator allocator, size_t bytes, size_t align);

/* Same, filled with zeros. */
TERN_NODISCARD void *tern_alloc_zero(tern_allocator allocator, size_t bytes, size_t align);

/* Same, for `count` items of `item_bytes`, zeroed; a product that overflows is OUT_OF_MEMORY. */
TERN_NODISCARD void *tern_alloc_items(tern_allocator allocator, size_t count, size_t item_bytes,
                                      size_t align);

/* Change the size of a block; contents are kept.  On failure: NULL with the error recorded, and the
   old block is still there. */
TERN_NODISCARD void *tern_realloc(tern_allocator allocator, void *block, size_t old_bytes,
                                  size_t new_bytes, size_t align);

/* Free a block; NULL does nothing.  `bytes` is what was asked for. */
void tern_free(tern_allocator allocator, void *block, size_t bytes);

/* a * b and a + b; false when the result does not fit, and then *out is not written. */
static inline TERN_NODISCARD bool tern_size_mul(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b) {
        return false;
    }
    *out = a * b;
    return true;
}

static inline TERN_NODISCARD bool tern_size_add(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b) {
        return false;
    }
    *out = a + b;
    return true;
}

/* The same for dims; negative operands are allowed. */
static inline TERN_NODISCARD bool tern_int64_mul(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline TERN_NODISCARD bool tern_int64_add(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline TERN_NODISCARD bool tern_int64_sub(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_sub_overflow(a, b, out);
}

/* Next multiple of `align`, a power of two; the caller knows that it does not overflow. */
static inline size_t tern_align_up(size_t value, size_t align)
{
    return (value + align - 1) & ~(align - 1);
}

/* The same, checked. */
static inline TERN_NODISCARD bool tern_size_align(size_t value, size_t align, size_t *out)
{
    if (value > SIZE_MAX - (align - 1)) {
        return false;
    }
    *out = tern_align_up(value, align);
    return true;
}

#endif
