/* SPDX-License-Identifier: Apache-2.0 */
/* A heap for tests: counts what is live, fails when told to, and checks that the library tells the
   truth about its blocks (old sizes, alignment, no double free). */
#ifndef TERN_TESTS_ALLOC_H
#define TERN_TESTS_ALLOC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tern/alloc.h"

typedef struct tern_test_heap {
    atomic_int_fast64_t live_bytes;  /* now */
    atomic_int_fast64_t live_blocks; /* now */
    atomic_int_fast64_t peak_bytes;
    atomic_int_fast64_t request_count; /* allocations and growths asked for, failed ones included */
    atomic_int_fast64_t failure_count; /* of them refused */
    int64_t fail_at;                   /* refuse this request, counted from 1; 0: none */
    bool is_failing_on;                /* and all later ones */
    int64_t limit_bytes;               /* refuse what would make more live bytes; 0: no limit */
} tern_test_heap;

/* `heap` starts all zero and must outlive the allocator. */
tern_allocator tern_test_allocator(tern_test_heap *heap);

/* Fail the running test unless nothing is live. */
void tern_test_heap_check_empty(tern_test_heap *heap);

#endif
