/* SPDX-License-Identifier: Apache-2.0 */
/* Accidents: every truncation and every flipped bit of a small plan is refused.  The reader may
   never touch a byte outside, which AddressSanitizer sees because each try lies in a block of
   its own. */
#include <stdlib.h>

#include "harness/harness.h"
#include "harness/plan_maker.h"

static plan_maker maker;

static tern_status read(const void *bytes, size_t size)
{
    tern_plan plan;
    return tern_plan_read(bytes, size, TERN_PLAN_VERIFY_ALL, "test", &plan);
}

static void make(size_t which)
{
    if (which == 0) {
        maker_relu_add(&maker);
    } else {
        maker_dynamic(&maker, 4);
    }
}

static const struct {
    const char *name;
} plans[] = {{"static"}, {"dynamic"}};

TERN_TEST_ROWS(every_truncation_is_refused, plans)
{
    size_t size = 0;
    make(row);
    void *bytes = maker_write(&maker, &size);
    REQUIRE_OK(read(bytes, size));
    for (size_t shorter = 0; shorter < size; shorter++) {
        void *copy = malloc(shorter > 0 ? shorter : 1);
        REQUIRE(copy != NULL);
        memcpy(copy, bytes, shorter);
        const tern_status status = read(copy, shorter);
        free(copy);
        if (status != TERN_BAD_MODEL) {
            FAIL("%zu of %zu bytes: %s", shorter, size, tern_status_text(status));
        }
    }
    maker_free(bytes);
}

TERN_TEST_ROWS(every_flipped_bit_is_refused, plans)
{
    size_t size = 0;
    make(row);
    uint8_t *bytes = maker_write(&maker, &size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const tern_status status = read(bytes, size);
        if (status != TERN_BAD_MODEL && status != TERN_VERSION) {
            FAIL("bit %zu of byte %zu: %s", bit % 8, bit / 8, tern_status_text(status));
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK_OK(read(bytes, size));
    maker_free(bytes);
}

/* Whole bytes, words and blocks set to the values that break arithmetic. */
TERN_TEST_ROWS(overwritten_words_are_refused, plans)
{
    static const uint64_t values[] = {0,         1, UINT64_MAX, UINT64_MAX / 2, UINT64_C(1) << 63,
                                      UINT32_MAX};
    size_t size = 0;
    make(row);
    uint8_t *bytes = maker_write(&maker, &size);
    for (size_t at = 0; at + 8 <= size; at += 4) {
        for (size_t v = 0; v < TERN_COUNT_OF(values); v++) {
            uint8_t old[8];
            memcpy(old, bytes + at, 8);
            if (memcmp(old, &values[v], 8) == 0) {
                continue;
            }
            memcpy(bytes + at, &values[v], 8);
            if (read(bytes, size) == TERN_OK) {
                FAIL("value %zu at byte %zu was accepted", v, at);
            }
            memcpy(bytes + at, old, 8);
        }
    }
    maker_free(bytes);
}

TERN_TEST(appended_bytes_are_refused)
{
    size_t size = 0;
    make(0);
    void *bytes = maker_write(&maker, &size);
    uint8_t *longer = calloc(1, size + 4096);
    REQUIRE(longer != NULL);
    memcpy(longer, bytes, size);
    for (size_t more = 1; more <= 4096; more += 511) {
        CHECK_STATUS(read(longer, size + more), TERN_BAD_MODEL);
    }
    free(longer);
    maker_free(bytes);
}
