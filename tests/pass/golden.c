/* SPDX-License-Identifier: Apache-2.0 */
/* Golden tests: a folder per pass (or `pipeline`), and in it
     name.in.tern and name.out.tern   the pass makes the second of the first
     name.keep.tern                   the pass changes nothing
   Each is also run twice: a second run may change nothing any more.  The first line may say:
     # strict_weights                 weights may change later */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/os.h"
#include "harness/harness.h"
#include "pass/list.h"
#include "pass/rewrite.h"

static tern_status run(const char *pass, tern_graph *g, const tern_pass_options *o)
{
    int64_t left = -1;
    if (strcmp(pass, "pipeline") == 0) {
        return tern_pipeline_run(g, o);
    }
    const tern_pass *p = tern_pass_find(pass, strlen(pass));
    REQUIRE(p != NULL);
    return tern_pass_run(p, g, o, &left);
}

/* The graph in a file; NULL when the test failed. */
static tern_graph *load(const char *path, tern_pass_options *o)
{
    tern_file_map map;
    tern_graph *g = NULL;
    if (tern_file_map_open(path, &map) != TERN_OK ||
        tern_graph_parse(tern_allocator_default(), map.at, map.bytes, &g) != TERN_OK) {
        FAIL("%s: %s", path, tern_error_last()->text);
    } else {
        const char *line_end = memchr(map.at, '\n', map.bytes);
        const tern_str first = {map.at,
                                line_end != NULL ? (size_t)(line_end - (const char *)map.at) : 0};
        o->strict_weights = tern_str_is(first, "# strict_weights") ? 1 : o->strict_weights;
    }
    tern_file_map_close(&map);
    return g;
}

static void check_same(const tern_graph *g, const char *want_path, const char *when)
{
    tern_pass_options ignored = {0};
    tern_graph *want = load(want_path, &ignored);
    if (want == NULL) {
        return;
    }
    tern_text a, b;
    tern_text_init(&a, tern_allocator_default());
    tern_text_init(&b, tern_allocator_default());
    CHECK_OK(tern_graph_print(g, &a));
    CHECK_OK(tern_graph_print(want, &b));
    if (strcmp(tern_text_get(&a), tern_text_get(&b)) != 0) {
        FAIL("%s, %s: got\n%swant\n%s", want_path, when, tern_text_get(&a), tern_text_get(&b));
    }
    tern_text_destroy(&a);
    tern_text_destroy(&b);
    tern_graph_destroy(want);
}

static void check_file(const char *pass, const char *in_path, const char *want_path)
{
    tern_pass_options o = {.level = 3, .threads = 1, .verify = 1, .rewrite_limit = -1};
    tern_graph *g = load(in_path, &o);
    if (g == NULL) {
        return;
    }
    static const char *const when[] = {"first run", "second run"};
    for (size_t i = 0; i < 2; i++) {
        if (run(pass, g, &o) != TERN_OK) {
            FAIL("%s: %s", in_path, tern_error_last()->text);
            break;
        }
        check_same(g, want_path, when[i]);
    }
    tern_graph_destroy(g);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of a folder that end in one of two suffixes, sorted. */
static size_t list_folder(const char *folder, char *names[], size_t room)
{
    DIR *d = opendir(folder);
    size_t count = 0;
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL && count < room;
         e = readdir(d)) {
        if (strstr(e->d_name, ".in.tern") != NULL || strstr(e->d_name, ".keep.tern") != NULL) {
            names[count++] = strdup(e->d_name);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    qsort(names, count, sizeof *names, by_name);
    return count;
}

static size_t check_folder(const char *pass)
{
    char folder[512], in_path[1024], want_path[1024];
    char *names[256];
    (void)snprintf(folder, sizeof folder, "%s/%s", TERN_TEST_DIR, pass);
    const size_t count = list_folder(folder, names, 256);
    for (size_t i = 0; i < count; i++) {
        const char *in = strstr(names[i], ".in.tern");
        (void)snprintf(in_path, sizeof in_path, "%s/%s", folder, names[i]);
        (void)snprintf(want_path, sizeof want_path, "%s/%.*s%s", folder,
                       in != NULL ? (int)(in - names[i]) : (int)strlen(names[i]), names[i],
                       in != NULL ? ".out.tern" : "");
        check_file(pass, in_path, want_path);
        free(names[i]);
    }
    return count;
}

TERN_TEST(every_pass_gives_what_its_files_say)
{
    for (size_t i = 0; tern_pass_at(i) != NULL; i++) {
        (void)check_folder(tern_pass_at(i)->name);
    }
    CHECK(check_folder("pipeline") > 0);
}

static const char *const need_files[] = {
    "batchify",   "fold-constants", "fold-control", "fold-identity", "merge-shuffles", "cse",
    "fold-scale", "fuse-epilogues", "fuse-eltwise", "place-values",  "assign-layouts", "sweep"};

TERN_TEST(every_pass_that_changes_graphs_has_files)
{
    for (size_t i = 0; i < TERN_COUNT_OF(need_files); i++) {
        char folder[512];
        char *names[256];
        (void)snprintf(folder, sizeof folder, "%s/%s", TERN_TEST_DIR, need_files[i]);
        const size_t count = list_folder(folder, names, 256);
        for (size_t k = 0; k < count; k++) {
            free(names[k]);
        }
        if (count == 0) {
            FAIL("no golden files for %s", need_files[i]);
        }
    }
}

TERN_TEST(every_pattern_of_every_pass_parses)
{
    for (size_t i = 0; tern_pass_at(i) != NULL; i++) {
        const tern_pass *p = tern_pass_at(i);
        CHECK((p->rules == NULL) != (p->run == NULL));
        CHECK(p->summary != NULL && p->summary[0] != '\0');
        CHECK(tern_pass_find(p->name, strlen(p->name)) == p);
        for (const tern_rule *r = p->rules; r != NULL && r->match != NULL; r++) {
            tern_pattern pattern;
            if (tern_pattern_parse(r->match, &pattern) != TERN_OK) {
                FAIL("%s: %s", p->name, tern_error_last()->text);
            }
            CHECK(r->rewrite != NULL);
        }
    }
}
