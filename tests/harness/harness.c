/* SPDX-License-Identifier: Apache-2.0 */
/* Harness: runs the registered tests in order of name and counts them.  Everything it needs comes
   from libc, so a broken library cannot hide its own failure. */
#include "harness/harness.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static tern_test *first;
static struct {
    char name[256];      /* of the running test */
    atomic_int failures; /* in the running test; other threads may fail too */
    char skip_reason[256];
    bool is_skipped;
    jmp_buf out;
    uint64_t seed;
    uint64_t random;
    char folder[256];
} now;

typedef struct options {
    bool is_verbose;
    bool is_list;
    char **filters;
    int filter_count;
} options;

typedef struct totals {
    int passed, failed, skipped;
} totals;

/* Sorted by file order of names, so that link order does not matter. */
void tern_test_add(tern_test *test)
{
    tern_test **at = &first;
    while (*at != NULL && strcmp((*at)->name, test->name) < 0) {
        at = &(*at)->next;
    }
    test->next = *at;
    *at = test;
}

void tern_test_fail(const char *file, int line, const char *format, ...)
{
    char text[2048];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    /* the first few say enough; a loop may fail a million times */
    if (atomic_fetch_add(&now.failures, 1) < 20) {
        printf("    %s:%d: %s\n", file, line, text);
    }
}

void tern_test_skip(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(now.skip_reason, sizeof now.skip_reason, format, values);
    va_end(values);
    now.is_skipped = true;
    longjmp(now.out, 1);
}

void tern_test_stop(void)
{
    longjmp(now.out, 1);
}

bool tern_test_int(const char *file, int line, const char *what, int64_t got, int64_t want)
{
    if (got != want) {
        tern_test_fail(file, line, "%s is %" PRId64 ", want %" PRId64, what, got, want);
    }
    return got == want;
}

bool tern_test_uint(const char *file, int line, const char *what, uint64_t got, uint64_t want)
{
    if (got != want) {
        tern_test_fail(file, line,
                       "%s is %" PRIu64 " (0x%" PRIx64 "), want %" PRIu64 " (0x%" PRIx64 ")", what,
                       got, got, want, want);
    }
    return got == want;
}

bool tern_test_near(const char *file, int line, const char *what, double got, double want,
                    double by)
{
    const bool is_same = (isnan(got) && isnan(want)) || (isinf(want) && got == want);
    const bool is_near = is_same || fabs(got - want) <= by;
    if (!is_near) {
        tern_test_fail(file, line, "%s is %.17g, want %.17g within %g", what, got, want, by);
    }
    return is_near;
}

bool tern_test_text(const char *file, int line, const char *what, const char *got, const char *want)
{
    const bool is_same = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);
    if (!is_same) {
        tern_test_fail(file, line, "%s is\n        \"%s\", want\n        \"%s\"", what,
                       got != NULL ? got : "(NULL)", want != NULL ? want : "(NULL)");
    }
    return is_same;
}

bool tern_test_contains(const char *file, int line, const char *what, const char *got,
                        const char *part)
{
    const bool is_in = got != NULL && strstr(got, part) != NULL;
    if (!is_in) {
        tern_test_fail(file, line, "%s is\n        \"%s\", want it to contain\n        \"%s\"",
                       what, got != NULL ? got : "(NULL)", part);
    }
    return is_in;
}

bool tern_test_bytes(const char *file, int line, const char *what, const void *got,
                     const void *want, size_t bytes)
{
    const unsigned char *g = got;
    const unsigned char *w = want;
    for (size_t i = 0; i < bytes; i++) {
        if (g[i] != w[i]) {
            tern_test_fail(file, line, "%s: byte %zu of %zu is 0x%02x, want 0x%02x", what, i, bytes,
                           g[i], w[i]);
            return false;
        }
    }
    return true;
}

bool tern_test_status(const char *file, int line, const char *what, tern_status got,
                      tern_status want)
{
    if (got != want) {
        tern_test_fail(file, line, "%s is \"%s\" (%s), want \"%s\"", what, tern_status_text(got),
                       got != TERN_OK ? tern_error_last()->text : "", tern_status_text(want));
    }
    return got == want;
}

/* splitmix64 */
uint64_t tern_test_random(void)
{
    uint64_t x = now.random += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

int64_t tern_test_random_int(int64_t min, int64_t max)
{
    const uint64_t range = (uint64_t)max - (uint64_t)min + 1;
    const uint64_t pick = tern_test_random();
    return (int64_t)((uint64_t)min + (range == 0 ? pick : pick % range));
}

double tern_test_random_double(double min, double max)
{
    return min + (max - min) * ((double)(tern_test_random() >> 11) / 9007199254740992.0);
}

static void remove_folder(void)
{
    char command[sizeof now.folder + 16];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", now.folder);
    if (system(command) != 0) {
        printf("left behind: %s\n", now.folder);
    }
}

const char *tern_test_temporary(const char *name)
{
    static char path[512];
    if (now.folder[0] == '\0') {
        const char *root = getenv("TMPDIR");
        (void)snprintf(now.folder, sizeof now.folder, "%s/tern-test-XXXXXX",
                       root != NULL && root[0] != '\0' ? root : "/tmp");
        if (mkdtemp(now.folder) == NULL) {
            now.folder[0] = '\0';
            tern_test_fail(TERN_HERE, "no temporary folder");
            return "";
        }
        (void)atexit(remove_folder);
    }
    (void)snprintf(path, sizeof path, "%s/%s", now.folder, name);
    return path;
}

/* A crash names its test; CTest sees the signal, because it is raised again. */
static void on_crash(int number)
{
    static const char text[] = "CRASH in test ";
    (void)!write(STDOUT_FILENO, text, sizeof text - 1);
    (void)!write(STDOUT_FILENO, now.name, strlen(now.name));
    (void)!write(STDOUT_FILENO, "\n", 1);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void name_row(const tern_test *test, size_t row)
{
    const char *label = NULL;
    if (test->rows != NULL) {
        memcpy(&label, (const char *)test->rows + row * test->row_bytes, sizeof label);
    }
    (void)snprintf(now.name, sizeof now.name, label != NULL ? "%s/%s" : "%s", test->name, label);
}

static bool is_wanted(const options *o)
{
    bool is_match = o->filter_count == 0;
    for (int i = 0; i < o->filter_count; i++) {
        is_match = is_match || strstr(now.name, o->filters[i]) != NULL ||
                   fnmatch(o->filters[i], now.name, 0) == 0;
    }
    return is_match;
}

static void run_row(const options *o, const tern_test *test, size_t row, totals *t)
{
    now.random = now.seed;
    for (const char *c = now.name; *c != '\0'; c++) {
        now.random = (now.random ^ (uint64_t)(unsigned char)*c) * 0x100000001b3u;
    }
    atomic_store(&now.failures, 0);
    now.is_skipped = false;
    if (setjmp(now.out) == 0) {
        test->run(row);
    }
    const bool is_failed = atomic_load(&now.failures) > 0;
    const bool is_skipped = now.is_skipped && !is_failed;
    t->failed += is_failed ? 1 : 0;
    t->skipped += is_skipped ? 1 : 0;
    t->passed += !is_failed && !is_skipped ? 1 : 0;
    if (is_failed || is_skipped || o->is_verbose) {
        printf("%s %s%s%s\n",
               is_failed    ? "FAIL"
               : is_skipped ? "skip"
                            : "ok  ",
               now.name, is_skipped ? ": " : "", is_skipped ? now.skip_reason : "");
        (void)fflush(stdout);
    }
}

static options read_options(int argc, char **argv)
{
    options o = {.filters = argv};
    const char *seed = getenv("TERN_SEED");
    now.seed = (uint64_t)time(NULL);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            o.is_verbose = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            o.is_list = true;
        } else if (strncmp(argv[i], "--seed=", 7) == 0) {
            seed = argv[i] + 7;
        } else {
            o.filters[o.filter_count++] = argv[i];
        }
    }
    if (seed != NULL) {
        now.seed = strtoull(seed, NULL, 0);
    }
    return o;
}

int main(int argc, char **argv)
{
    const options o = read_options(argc, argv);
    totals t = {0};
#if !TERN_ASAN && !defined(__SANITIZE_THREAD__)
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < TERN_COUNT_OF(crashes); i++) {
        (void)signal(crashes[i], on_crash);
    }
#else
    (void)on_crash;
#endif
    for (const tern_test *test = first; test != NULL; test = test->next) {
        for (size_t row = 0; row < test->row_count; row++) {
            name_row(test, row);
            if (!is_wanted(&o)) {
                continue;
            }
            if (o.is_list) {
                printf("%s\n", now.name);
            } else {
                run_row(&o, test, row, &t);
            }
        }
    }
    if (o.is_list) {
        return 0;
    }
    printf("seed %" PRIu64 "\n", now.seed);
    printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped);
    return t.failed > 0 || t.passed + t.skipped == 0;
}
