/* SPDX-License-Identifier: Apache-2.0 */
/* Plans from a fuzzer: read as they are, then once more with checksums made right, so that what
   lies behind them is reached; what loads is run. */
#include "harness/plan_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tern_plan plan;
    uint8_t *bytes = maker_copy(data, size);
    (void)tern_plan_read(bytes, size, TERN_PLAN_VERIFY_ALL, "fuzz", &plan);
    maker_fix(bytes, size);
    (void)maker_try(bytes, size);
    maker_free(bytes);
    return 0;
}
