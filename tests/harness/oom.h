/* SPDX-License-Identifier: Apache-2.0 */
/* Out-of-memory sweep: run a scenario with allocation 1 failing, then 2, ... until it succeeds;
   then again with every allocation from the n-th on failing.  Each failure has to come back as
   TERN_OUT_OF_MEMORY with its record set, and nothing may leak. */
#ifndef TERN_TESTS_OOM_H
#define TERN_TESTS_OOM_H

#include <stdint.h>

#include "tern/alloc.h"

/* Do something with `allocator` and undo it, whatever happens in between. */
typedef tern_status tern_oom_scenario(tern_allocator allocator, void *arg);

/* Returns how many allocations a whole run makes.  Failures are reported to the running test. */
int64_t oom_sweep(tern_oom_scenario *scenario, void *arg);

#endif
