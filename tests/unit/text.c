/* SPDX-License-Identifier: Apache-2.0 */
/* base/text: the writer of str.h. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "harness/alloc.h"
#include "harness/harness.h"

TERN_TEST(text_grows)
{
    tern_test_heap heap = {0};
    tern_text text;
    tern_text_init(&text, tern_test_allocator(&heap));
    CHECK_TEXT(tern_text_get(&text), "");
    for (int i = 0; i < 1000; i++) {
        tern_text_add(&text, "%d,", i % 10);
    }
    tern_text_add_char(&text, '!');
    CHECK_UINT(text.len, 2001);
    CHECK_UINT(strlen(tern_text_get(&text)), 2001);
    CHECK_OK(tern_text_status(&text));
    tern_text_clear(&text);
    CHECK_TEXT(tern_text_get(&text), "");
    tern_text_destroy(&text);
    tern_text_destroy(NULL);
    tern_test_heap_check_empty(&heap);
}

TERN_TEST(text_in_a_fixed_buffer_is_cut_and_stays_cut)
{
    char buffer[8];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_text_add(&text, "%s", "12345");
    CHECK_OK(tern_text_status(&text));
    tern_text_add(&text, "%d", 6789);
    CHECK_TEXT(buffer, "1234567");
    CHECK_UINT(text.len, 7);
    tern_text_add_char(&text, 'x');
    CHECK_TEXT(buffer, "1234567");
    CHECK_STATUS(tern_text_status(&text), TERN_OUT_OF_MEMORY);
    tern_text_clear(&text);
    tern_text_add_str(&text, tern_str_of("abcdefghij"));
    CHECK_TEXT(buffer, "abcdefg");
    CHECK(text.is_cut);
    tern_text_init_fixed(&text, buffer, 0);
    tern_text_add(&text, "%d", 1);
    CHECK_TEXT(tern_text_get(&text), "");
}

TERN_TEST(text_out_of_memory_is_sticky)
{
    tern_test_heap heap = {.fail_at = 2};
    tern_text text;
    tern_text_init(&text, tern_test_allocator(&heap));
    tern_text_add(&text, "%s", "begin ");
    for (int i = 0; i < 100; i++) {
        tern_text_add(&text, "%d ", i);
    }
    CHECK_STATUS(tern_text_status(&text), TERN_OUT_OF_MEMORY);
    CHECK_UINT(strlen(tern_text_get(&text)), text.len);
    CHECK(strncmp(tern_text_get(&text), "begin 0 1 2", 11) == 0);
    tern_text_destroy(&text);
    tern_test_heap_check_empty(&heap);
}

static const struct {
    const char *name; /* the text, too */
    double value;
} doubles[] = {
    {"0", 0.0},
    {"-0", -0.0},
    {"0.1", 0.1},
    {"1", 1.0},
    {"-2.5", -2.5},
    {"1e+300", 1e300},
    {"0.30000000000000004", 0.1 + 0.2},
    {"1.7976931348623157e+308", 1.7976931348623157e308},
    {"inf", (double)INFINITY},
    {"-inf", -(double)INFINITY},
    {"nan", (double)NAN},
};

TERN_TEST_ROWS(text_of_doubles, doubles)
{
    char buffer[64];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_text_add_double(&text, doubles[row].value);
    CHECK_TEXT(buffer, doubles[row].name);
}

TERN_TEST(text_numbers_read_back_as_they_were)
{
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = tern_test_random();
        const uint32_t low_bits = (uint32_t)bits;
        double x, back;
        float y;
        memcpy(&x, &bits, sizeof x);
        memcpy(&y, &low_bits, sizeof y);
        char buffer[64];
        tern_text text;
        tern_text_init_fixed(&text, buffer, sizeof buffer);
        if (!isnan(x)) {
            tern_text_add_double(&text, x);
            REQUIRE(tern_parse_double(tern_str_of(buffer), &back));
            CHECK(memcmp(&back, &x, sizeof x) == 0);
        }
        tern_text_clear(&text);
        if (!isnan(y)) {
            tern_text_add_float(&text, y);
            REQUIRE(tern_parse_double(tern_str_of(buffer), &back));
            const float narrow = (float)back;
            CHECK(memcmp(&narrow, &y, sizeof y) == 0);
        }
    }
}

TERN_TEST(text_of_dims)
{
    char buffer[TERN_DIMS_TEXT_BYTES];
    static const int64_t dims[] = {1, -1, 224, 3};
    CHECK_TEXT(tern_dims_text(buffer, 0, NULL), "[]");
    CHECK_TEXT(tern_dims_text(buffer, 4, dims), "[1,-1,224,3]");
    int64_t longest[TERN_MAX_RANK + 1];
    for (int i = 0; i <= TERN_MAX_RANK; i++) {
        longest[i] = INT64_MIN;
    }
    CHECK_UINT(strlen(tern_dims_text(buffer, TERN_MAX_RANK, longest)), 8 * 20 + 7 + 2);
    const char *cut = tern_dims_text(buffer, TERN_MAX_RANK + 1, longest);
    CHECK_TEXT(cut + strlen(cut) - 5, ",...]");
}
