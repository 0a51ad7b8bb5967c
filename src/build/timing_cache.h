/* SPDX-License-Identifier: Apache-2.0
 *
 * The timing cache: what was measured, by problem and tactic, so that building again measures
 * nothing and gives the same plan.  A key is 128 bits of hash over the printed problem, the
 * processor, the number of threads and the library's tactics; times of another processor or another
 * library are simply never asked for.
 */
#ifndef TERN_BUILD_TIMING_CACHE_H
#define TERN_BUILD_TIMING_CACHE_H

#include "base/str.h"
#include "op/tactic.h"
#include "tern/builder.h"

enum { TERN_TIMING_NAME_BYTES = 48 };

/* One measurement; the file format is the array of these in order of (key, tactic). */
typedef struct tern_timing_entry {
    uint64_t key[2];
    char tactic[TERN_TIMING_NAME_BYTES]; /* ends in NUL, zeros behind it */
    int64_t time_ns;
} tern_timing_entry;

struct tern_timing_cache {
    tern_allocator allocator;
    tern_logger logger;
    tern_timing_entry *entries; /* sorted */
    size_t count, capacity;
};

/* Hashes of everything that a time depends on, printed. */
tern_status tern_timing_key(tern_allocator allocator, const tern_problem *problem,
                            uint64_t out_key[2]);

/* The time, or -1 when it is not known. */
int64_t tern_timing_find(const tern_timing_cache *cache, const uint64_t key[2], const char *tactic);
tern_status tern_timing_add(tern_timing_cache *cache, const uint64_t key[2], const char *tactic,
                            int64_t time_ns);

/* Adds the entries of a serialized cache; BAD_MODEL when the bytes are none. */
tern_status tern_timing_read(tern_timing_cache *cache, const void *bytes, size_t size);
tern_status tern_timing_write(const tern_timing_cache *cache, tern_memory **out_memory);

#endif
