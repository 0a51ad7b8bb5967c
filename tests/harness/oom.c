/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep of oom.h. */
#include "harness/oom.h"

#include <inttypes.h>

#include "base/error.h"
#include "harness/alloc.h"
#include "harness/harness.h"

enum { most_allocations = 200000 };

static int64_t sweep(tern_oom_scenario *scenario, void *arg, bool is_failing_on)
{
    const char *mode = is_failing_on ? "and all later" : "alone";
    for (int64_t n = 1; n <= most_allocations; n++) {
        tern_test_heap heap = {.fail_at = n, .is_failing_on = is_failing_on};
        tern_error_clear();
        const tern_status status = scenario(tern_test_allocator(&heap), arg);
        const int64_t blocks = atomic_load(&heap.live_blocks);
        if (blocks != 0) {
            FAIL("allocation %" PRId64 " %s failing: leak of %" PRId64 " blocks", n, mode, blocks);
        }
        if (atomic_load(&heap.failure_count) == 0) {
            if (status != TERN_OK) {
                FAIL("with all the memory it wants: %s: %s", tern_status_text(status),
                     tern_error_last()->text);
            }
            return atomic_load(&heap.request_count);
        }
        if (status != TERN_OUT_OF_MEMORY) {
            FAIL("allocation %" PRId64 " %s failing: returned \"%s\", want \"out of memory\"", n,
                 mode, tern_status_text(status));
        } else if (tern_error_last()->status != status || tern_error_last()->text[0] == '\0') {
            FAIL("allocation %" PRId64 " %s failing: no error record", n, mode);
        }
    }
    FAIL("more than %d allocations", most_allocations);
    return most_allocations;
}

int64_t oom_sweep(tern_oom_scenario *scenario, void *arg)
{
    (void)sweep(scenario, arg, true);
    return sweep(scenario, arg, false);
}
