/* SPDX-License-Identifier: Apache-2.0 */
/* base/str: views and number parsing. */
#include "base/str.h"

#include <locale.h>
#include <math.h>

#include "harness/harness.h"

TERN_TEST(str_compare_and_cut)
{
    CHECK(tern_str_is(tern_str_of("abc"), "abc"));
    CHECK(!tern_str_is(tern_str_of("abc"), "ab"));
    CHECK(tern_str_is((tern_str){NULL, 0}, ""));
    CHECK(tern_str_starts(tern_str_of("abc"), "ab") && tern_str_starts(tern_str_of("abc"), ""));
    CHECK(!tern_str_starts(tern_str_of("ab"), "abc"));
    CHECK(tern_str_compare(tern_str_of("ab"), tern_str_of("abc")) < 0);
    CHECK(tern_str_compare(tern_str_of("b"), tern_str_of("abc")) > 0);
    CHECK_INT(tern_str_compare(tern_str_of("b"), tern_str_of("b")), 0);
    CHECK(tern_str_is(tern_str_trim(tern_str_of(" \t a b\r\n")), "a b"));
    CHECK_UINT(tern_str_trim(tern_str_of("  ")).len, 0);
}

TERN_TEST(str_next_gives_every_part)
{
    static const char *const want[] = {"a", "", "bc", ""};
    tern_str rest = tern_str_of("a,,bc,");
    tern_str part;
    for (size_t i = 0; i < TERN_COUNT_OF(want); i++) {
        REQUIRE(tern_str_next(&rest, ',', &part));
        CHECK(tern_str_is(part, want[i]));
    }
    CHECK(!tern_str_next(&rest, ',', &part));
}

static const struct {
    const char *name;
    bool is_number;
    int64_t want;
} integers[] = {
    {"0", true, 0},
    {"-1", true, -1},
    {"+7", true, 7},
    {"007", true, 7},
    {"0x7f", true, 127},
    {"-0x10", true, -16},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"0x", false, 0},
    {"--1", false, 0},
    {"1 ", false, 0},
    {" 1", false, 0},
    {"1a", false, 0},
    {"1.0", false, 0},
};

TERN_TEST_ROWS(str_parses_integers, integers)
{
    int64_t got = 77;
    const tern_str text = tern_str_of(integers[row].name);
    const bool is_number = tern_parse_int64(text, INT64_MIN, INT64_MAX, &got);
    CHECK_INT(is_number, integers[row].is_number);
    CHECK_INT(got, is_number ? integers[row].want : 77);
}

TERN_TEST(str_numbers_obey_their_range)
{
    int64_t got = 0;
    CHECK(tern_parse_int64(tern_str_of("5"), 1, 5, &got) && got == 5);
    CHECK(!tern_parse_int64(tern_str_of("6"), 1, 5, &got));
    CHECK(!tern_parse_int64(tern_str_of("0"), 1, 5, &got));
    uint64_t large = 0;
    CHECK(tern_parse_uint64(tern_str_of("18446744073709551615"), UINT64_MAX, &large));
    CHECK_UINT(large, UINT64_MAX);
    CHECK(!tern_parse_uint64(tern_str_of("18446744073709551616"), UINT64_MAX, &large));
    CHECK(!tern_parse_uint64(tern_str_of("-1"), UINT64_MAX, &large));
}

static const struct {
    const char *name;
    bool is_number;
    double want;
} floats[] = {
    {"0", true, 0.0},
    {"-1.5", true, -1.5},
    {"1e3", true, 1000.0},
    {".5", true, 0.5},
    {"5.", true, 5.0},
    {"1e-300", true, 1e-300},
    {"0x1p-3", true, 0.125},
    {"inf", true, (double)INFINITY},
    {"-inf", true, -(double)INFINITY},
    {"nan", true, (double)NAN},
    {"1e999", true, (double)INFINITY},
    {"", false, 0.0},
    {".", false, 0.0},
    {"1,5", false, 0.0},
    {"1.5.2", false, 0.0},
    {" 1", false, 0.0},
    {"1 ", false, 0.0},
    {"1e", false, 0.0},
    {"infinity", false, 0.0},
    {"nan(1)", false, 0.0},
    {"abc", false, 0.0},
};

TERN_TEST_ROWS(str_parses_floats, floats)
{
    double got = 77.0;
    const bool is_number = tern_parse_double(tern_str_of(floats[row].name), &got);
    CHECK_INT(is_number, floats[row].is_number);
    CHECK_NEAR(got, is_number ? floats[row].want : 77.0, 0.0);
}

/* The view need not end in NUL: what follows is not read. */
TERN_TEST(str_parsing_stops_at_the_end_of_the_view)
{
    int64_t got = 0;
    double real = 0;
    CHECK(tern_parse_int64((tern_str){"1234", 2}, 0, 100, &got) && got == 12);
    CHECK(tern_parse_double((tern_str){"1.2534", 4}, &real) && real == 1.25);
}

TERN_TEST(str_numbers_do_not_depend_on_the_locale)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "fr_FR"};
    bool is_set = false;
    for (size_t i = 0; i < TERN_COUNT_OF(names) && !is_set; i++) {
        is_set = setlocale(LC_NUMERIC, names[i]) != NULL;
    }
    if (!is_set) {
        SKIP("no locale with a decimal comma is installed");
    }
    char buffer[64];
    tern_text text;
    double real = 0;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_text_add_double(&text, -1234.5678e-10);
    const bool is_parsed = tern_parse_double(tern_str_of("1.5"), &real);
    const bool is_comma_parsed = tern_parse_double(tern_str_of("1,5"), &real);
    (void)setlocale(LC_NUMERIC, "C");
    CHECK_TEXT(buffer, "-1.2345678e-07");
    CHECK(is_parsed && real == 1.5 && !is_comma_parsed);
}
