/* SPDX-License-Identifier: Apache-2.0 */
/* Test harness.  A test registers itself; a suite is an executable of many files.

     TERN_TEST(arena_reset_keeps_the_first_block)
     {
         REQUIRE(block != NULL);              hard: the test ends here
         CHECK_INT(arena.used_bytes, 0);      soft: noted, the test goes on
     }

     static const struct {
         const char *name;                    every row needs a name
         int a, want;
     } rows[] = {{"zero", 0, 0}, {"one", 1, 2}};
     TERN_TEST_ROWS(twice, rows)              runs as twice/zero and twice/one
     {
         CHECK_INT(twice(rows[row].a), rows[row].want);      `row` is the index
     }

   Usage: test_unit [-v] [--list] [--seed=N] [filter...]   A filter is a part of the name or a
   pattern such as "twice/[oz]*".  The last line is "N passed, N failed, N skipped". */
#ifndef TERN_TESTS_HARNESS_H
#define TERN_TESTS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "tern/error.h"

typedef struct tern_test {
    const char *name;
    void (*run)(size_t row);
    const void *rows; /* NULL: one unnamed row */
    size_t row_bytes; /* the name is the row's first member */
    size_t row_count;
    struct tern_test *next;
} tern_test;

void tern_test_add(tern_test *test);

#define TERN_TEST(id)                                                                              \
    static void id(size_t row);                                                                    \
    TERN_CONSTRUCTOR                                                                               \
    static void id##_add(void)                                                                     \
    {                                                                                              \
        static tern_test test = {.name = #id, .run = id, .row_count = 1};                          \
        tern_test_add(&test);                                                                      \
    }                                                                                              \
    static void id(size_t row TERN_UNUSED)

/* `table` is an array whose items begin with `const char *name`. */
#define TERN_TEST_ROWS(id, table)                                                                  \
    static void id(size_t row);                                                                    \
    TERN_CONSTRUCTOR                                                                               \
    static void id##_add(void)                                                                     \
    {                                                                                              \
        static tern_test test = {.name = #id,                                                      \
                                 .run = id,                                                        \
                                 .rows = (table),                                                  \
                                 .row_bytes = sizeof *(table),                                     \
                                 .row_count = TERN_COUNT_OF(table)};                               \
        tern_test_add(&test);                                                                      \
    }                                                                                              \
    static void id(size_t row TERN_UNUSED)

/* Checks come as CHECK_x, which goes on, and REQUIRE_x, which ends the test (only on the test's own
   thread).  Values are evaluated once.  CHECK_NEAR takes the largest difference allowed; equal
   infinities and two NaN are near. */
#define CHECK(x) ((void)tern_test_true(TERN_HERE, (x), #x))
#define CHECK_INT(got, want) ((void)tern_test_int(TERN_HERE, #got, (int64_t)(got), (int64_t)(want)))
#define CHECK_UINT(got, want)                                                                      \
    ((void)tern_test_uint(TERN_HERE, #got, (uint64_t)(got), (uint64_t)(want)))
#define CHECK_NEAR(got, want, by) ((void)tern_test_near(TERN_HERE, #got, (got), (want), (by)))
#define CHECK_TEXT(got, want) ((void)tern_test_text(TERN_HERE, #got, (got), (want)))
#define CHECK_CONTAINS(got, part) ((void)tern_test_contains(TERN_HERE, #got, (got), (part)))
#define CHECK_BYTES(got, want, bytes)                                                              \
    ((void)tern_test_bytes(TERN_HERE, #got, (got), (want), (bytes)))
#define CHECK_STATUS(got, want) ((void)tern_test_status(TERN_HERE, #got, (got), (want)))
#define CHECK_OK(got) CHECK_STATUS(got, TERN_OK)

#define REQUIRE(x) TERN_REQUIRED(tern_test_true(TERN_HERE, (x), #x))
#define REQUIRE_INT(got, want)                                                                     \
    TERN_REQUIRED(tern_test_int(TERN_HERE, #got, (int64_t)(got), (int64_t)(want)))
#define REQUIRE_STATUS(got, want) TERN_REQUIRED(tern_test_status(TERN_HERE, #got, (got), (want)))
#define REQUIRE_OK(got) REQUIRE_STATUS(got, TERN_OK)

/* A failure with its own words, and the two early ends of a test. */
#define FAIL(...) tern_test_fail(TERN_HERE, __VA_ARGS__)
#define SKIP(...) tern_test_skip(__VA_ARGS__)

/* Random numbers that depend on the seed and the test's name alone. */
uint64_t tern_test_random(void);
/* Uniform in min..max, both included. */
int64_t tern_test_random_int(int64_t min, int64_t max);
/* Uniform in min..max. */
double tern_test_random_double(double min, double max);

/* A path in a folder of this process, removed at the end; the result is static text. */
const char *tern_test_temporary(const char *name);

/* What the macros above call. */
#define TERN_HERE __FILE__, __LINE__
bool tern_test_int(const char *file, int line, const char *what, int64_t got, int64_t want);
bool tern_test_uint(const char *file, int line, const char *what, uint64_t got, uint64_t want);
bool tern_test_near(const char *file, int line, const char *what, double got, double want,
                    double by);
bool tern_test_text(const char *file, int line, const char *what, const char *got,
                    const char *want);
bool tern_test_contains(const char *file, int line, const char *what, const char *got,
                        const char *part);
bool tern_test_bytes(const char *file, int line, const char *what, const void *got,
                     const void *want, size_t bytes);
bool tern_test_status(const char *file, int line, const char *what, tern_status got,
                      tern_status want);
TERN_PRINTF(3, 4) void tern_test_fail(const char *file, int line, const char *format, ...);
_Noreturn TERN_PRINTF(1, 2) void tern_test_skip(const char *format, ...);
_Noreturn void tern_test_stop(void);
#define TERN_REQUIRED(check) ((check) ? (void)0 : tern_test_stop())

/* Inline, so that analysers see that the value is true afterwards. */
static inline bool tern_test_true(const char *file, int line, bool is_true, const char *what)
{
    if (!is_true) {
        tern_test_fail(file, line, "not true: %s", what);
    }
    return is_true;
}

#endif
