/* SPDX-License-Identifier: Apache-2.0 */
/* Arena: many small allocations with one end.  Memory comes in growing blocks; nothing is freed one
   by one.

     init -> alloc alloc alloc -> mark -> alloc alloc -> reset(mark) -> ... -> destroy

   Under AddressSanitizer everything not handed out is poisoned and a redzone follows each
   allocation, so an overrun inside the arena is reported like one on the heap. */
#ifndef TERN_BASE_ARENA_H
#define TERN_BASE_ARENA_H

#include "base/compiler.h"
#include "tern/alloc.h"

typedef struct tern_arena_block tern_arena_block;

typedef struct tern_arena {
    tern_allocator allocator;
    tern_arena_block *block; /* newest; links to the older ones */
    size_t next_block_bytes; /* size of the next block */
    size_t used_bytes;       /* handed out now, alignment gaps included */
    size_t held_bytes;       /* taken from the allocator now */
    size_t peak_bytes;       /* most ever handed out */
    size_t alloc_count;      /* calls of alloc that succeeded since init */
} tern_arena;

/* A moment in the life of an arena, to go back to. */
typedef struct tern_arena_mark {
    tern_arena_block *block;
    size_t block_used_bytes;
    size_t used_bytes;
} tern_arena_mark;

/* Make an empty arena; allocates nothing yet. */
void tern_arena_init(tern_arena *arena, tern_allocator allocator);

/* Allocate, uninitialised.  `align` is a power of two up to 4096.  0 bytes gives a valid unique
   address.  On failure: NULL, the error record says OUT_OF_MEMORY, the arena is unchanged. */
TERN_NODISCARD void *tern_arena_alloc(tern_arena *arena, size_t bytes, size_t align);

/* Same, filled with zeros. */
TERN_NODISCARD void *tern_arena_zero(tern_arena *arena, size_t bytes, size_t align);

/* Same, `count` items, zeroed; a product that overflows is OUT_OF_MEMORY. */
TERN_NODISCARD void *tern_arena_items(tern_arena *arena, size_t count, size_t item_bytes,
                                      size_t align);

/* Copies of bytes and texts; the texts end in NUL.  strndup copies at most `len` bytes and stops at
   a NUL. */
TERN_NODISCARD void *tern_arena_copy(tern_arena *arena, const void *at, size_t bytes, size_t align);
TERN_NODISCARD char *tern_arena_strdup(tern_arena *arena, const char *text);
TERN_NODISCARD char *tern_arena_strndup(tern_arena *arena, const char *at, size_t len);
TERN_NODISCARD TERN_PRINTF(2, 3) char *tern_arena_printf(tern_arena *arena, const char *format,
                                                         ...);

/* Remember this moment / drop everything allocated since.  Marks nest; resetting to one makes the
   later ones invalid.  Blocks newer than the mark are freed. */
tern_arena_mark tern_arena_mark_now(const tern_arena *arena);
void tern_arena_reset(tern_arena *arena, tern_arena_mark mark);

/* Drop everything but keep the first block for reuse. */
void tern_arena_clear(tern_arena *arena);

/* Give all memory back.  The arena is as after init.  NULL does nothing. */
void tern_arena_destroy(tern_arena *arena);

#endif
