/* SPDX-License-Identifier: Apache-2.0 */
/* base/os: files, pages, processors. */
#include "base/os.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bits.h"
#include "base/thread.h"
#include "harness/alloc.h"
#include "harness/harness.h"

static int files_in(const char *folder)
{
    int count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        count += e->d_name[0] != '.' ? 1 : 0;
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return count;
}

/* A fresh folder; the text stays valid until the next call. */
static const char *fresh_folder(const char *name)
{
    static char path[300];
    (void)snprintf(path, sizeof path, "%s", tern_test_temporary(name));
    (void)mkdir(path, 0777);
    return path;
}

TERN_TEST(os_file_written_is_file_read_and_mapped)
{
    tern_test_heap heap = {0};
    char path[400];
    (void)snprintf(path, sizeof path, "%s/a.bin", fresh_folder("write"));
    const tern_span parts[] = {{"hello ", 6}, {NULL, 0}, {"world", 5}};
    REQUIRE_OK(tern_file_write_parts(path, parts, 3));
    void *at = NULL;
    size_t bytes = 0;
    REQUIRE_OK(tern_file_read(tern_test_allocator(&heap), path, &at, &bytes));
    REQUIRE_INT(bytes, 11);
    CHECK_BYTES(at, "hello world", 11);
    CHECK_UINT((uintptr_t)at % TERN_TENSOR_ALIGN, 0);
    tern_free(tern_test_allocator(&heap), at, bytes);
    tern_test_heap_check_empty(&heap);
    tern_file_map map;
    REQUIRE_OK(tern_file_map_open(path, &map));
    REQUIRE_INT(map.bytes, 11);
    CHECK_BYTES(map.at, "hello world", 11);
    CHECK_UINT((uintptr_t)map.at % tern_os_page_bytes(), 0);
    REQUIRE_OK(tern_file_write(path, "new", 3)); /* the old map keeps the old content */
    CHECK_BYTES(map.at, "hello world", 11);
    tern_file_map_close(&map);
    tern_file_map_close(&map);
    CHECK_INT(files_in(fresh_folder("write")), 1);
}

TERN_TEST(os_empty_file)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/empty", fresh_folder("empty"));
    REQUIRE_OK(tern_file_write(path, NULL, 0));
    tern_file_map map;
    REQUIRE_OK(tern_file_map_open(path, &map));
    CHECK(map.at == NULL && map.bytes == 0);
    tern_file_map_close(&map);
    void *at = path;
    size_t bytes = 1;
    REQUIRE_OK(tern_file_read(tern_allocator_default(), path, &at, &bytes));
    CHECK(at == NULL && bytes == 0);
}

TERN_TEST(os_file_errors_name_the_file_and_the_reason)
{
    tern_file_map map;
    void *at = NULL;
    size_t bytes = 0;
    const tern_allocator a = tern_allocator_default();
    CHECK_STATUS(tern_file_map_open("/nonexistent/x.tern", &map), TERN_IO);
    CHECK_TEXT(tern_error_last()->text,
               "file \"/nonexistent/x.tern\": cannot open: No such file or directory");
    CHECK(map.at == NULL && map.bytes == 0);
    CHECK_STATUS(tern_file_read(a, "/nonexistent/x.tern", &at, &bytes), TERN_IO);
    CHECK_STATUS(tern_file_read(a, "/", &at, &bytes), TERN_IO);
    CHECK_CONTAINS(tern_error_last()->text, "not a regular file");
    CHECK_STATUS(tern_file_map_open("/dev/null", &map), TERN_IO);
    CHECK_STATUS(tern_file_write("/nonexistent/x.tern", "x", 1), TERN_IO);
    CHECK_STATUS(tern_file_write("/dev/null", "x", 1), TERN_IO);
    CHECK_STATUS(tern_file_write(fresh_folder("folder"), "x", 1), TERN_IO);
    char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CHECK_STATUS(tern_file_write(longer, "x", 1), TERN_IO);
}

/* Nothing half-written stays, and the old file does. */
TERN_TEST(os_failed_write_leaves_the_old_file)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/kept", fresh_folder("full"));
    REQUIRE_OK(tern_file_write(path, "old", 3));
    tern_file_map map;
    const tern_span bad[] = {{"new", 3},
                             {(const void *)(uintptr_t)8, 100}}; /* unreadable: EFAULT */
    CHECK_STATUS(tern_file_write_parts(path, bad, 2), TERN_IO);
    REQUIRE_OK(tern_file_map_open(path, &map));
    REQUIRE_INT(map.bytes, 3);
    CHECK_BYTES(map.at, "old", 3);
    tern_file_map_close(&map);
    CHECK_INT(files_in(fresh_folder("full")), 1);
}

static char shared_path[400];

static void *write_often(void *arg)
{
    const char letter = *(const char *)arg;
    char content[5000];
    memset(content, letter, sizeof content);
    for (int i = 0; i < 30; i++) {
        CHECK_OK(tern_file_write(shared_path, content, sizeof content));
    }
    return NULL;
}

TERN_TEST(os_readers_never_see_half_a_file)
{
    static char letters[] = "ab";
    (void)snprintf(shared_path, sizeof shared_path, "%s/shared", fresh_folder("shared"));
    tern_thread threads[2];
    for (size_t i = 0; i < 2; i++) {
        REQUIRE_OK(tern_thread_start(&threads[i], write_often, &letters[i]));
    }
    for (int i = 0; i < 100; i++) {
        tern_file_map map;
        if (access(shared_path, R_OK) != 0) {
            continue;
        }
        REQUIRE_OK(tern_file_map_open(shared_path, &map));
        const char *text = map.at;
        CHECK_INT(map.bytes, 5000);
        CHECK(map.bytes == 5000 && text[0] == text[4999]);
        tern_file_map_close(&map);
    }
    for (size_t i = 0; i < 2; i++) {
        tern_thread_join(&threads[i]);
    }
    CHECK_INT(files_in(fresh_folder("shared")), 1);
}

TERN_TEST(os_pages_are_zeroed_and_aligned)
{
    static const size_t sizes[] = {1, 4096, 100000, 2 << 20, (5 << 20) + 1};
    for (size_t i = 0; i < TERN_COUNT_OF(sizes); i++) {
        for (int want_huge = 0; want_huge < 2; want_huge++) {
            void *at = NULL;
            REQUIRE_OK(tern_pages_alloc(sizes[i], want_huge != 0, &at));
            CHECK_UINT((uintptr_t)at % tern_os_page_bytes(), 0);
            unsigned char *bytes = at;
            CHECK(bytes[0] == 0 && bytes[sizes[i] - 1] == 0);
            memset(at, 1, sizes[i]);
            tern_pages_free(at, sizes[i]);
        }
    }
    void *at = NULL;
    CHECK_OK(tern_pages_alloc(0, false, &at));
    CHECK(at == NULL);
    CHECK_STATUS(tern_pages_alloc(SIZE_MAX, true, &at), TERN_OUT_OF_MEMORY);
    CHECK_STATUS(tern_pages_alloc(SIZE_MAX / 2, false, &at), TERN_OUT_OF_MEMORY);
    tern_pages_free(NULL, 5);
}

TERN_TEST(os_environment_and_clock)
{
    (void)setenv("TERN_TEST_ENV", "", 1);
    CHECK(tern_os_env("TERN_TEST_ENV") == NULL);
    (void)setenv("TERN_TEST_ENV", "x", 1);
    CHECK_TEXT(tern_os_env("TERN_TEST_ENV"), "x");
    (void)unsetenv("TERN_TEST_ENV");
    CHECK(tern_os_env("TERN_TEST_ENV") == NULL);
    const int64_t a = tern_os_now_ns();
    CHECK(tern_os_now_ns() >= a);
    CHECK_INT(tern_os_process_id(), getpid());
    CHECK(tern_is_power_of_two(tern_os_page_bytes()));
}

TERN_TEST(os_cpu_count_follows_the_affinity_mask)
{
    cpu_set_t before;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    const int count = tern_os_cpu_count();
    CHECK(count >= 1 && count <= CPU_COUNT(&before));
    cpu_set_t one;
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &before)) {
            CPU_SET(i, &one);
            break;
        }
    }
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK_INT(tern_os_cpu_count(), 1);
    REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}

typedef struct cgroup_file {
    const char *path;
    const char *text;
} cgroup_file;

static const struct {
    const char *name;
    int want;
    cgroup_file files[4];
} cgroups[] = {
    {"none", 0, {{"proc/self/cgroup", "0::/\n"}}},
    {"v2_max", 0, {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "max 100000\n"}}},
    {"v2_two", 2, {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "200000 100000\n"}}},
    {"v2_rounds_up",
     2,
     {{"proc/self/cgroup", "0::/a/b\n"}, {"sys/fs/cgroup/a/b/cpu.max", "150000 100000\n"}}},
    {"v2_parent_is_tighter",
     1,
     {{"proc/self/cgroup", "0::/a/b\n"},
      {"sys/fs/cgroup/a/b/cpu.max", "400000 100000\n"},
      {"sys/fs/cgroup/a/cpu.max", "50000 100000\n"}}},
    {"v1",
     3,
     {{"proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/x\n"},
      {"sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "300000\n"},
      {"sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n"}}},
    {"v1_unlimited",
     0,
     {{"proc/self/cgroup", "4:cpuacct,cpu:/\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}},
    {"nonsense",
     0,
     {{"proc/self/cgroup", "x\n::\n0::/\n"}, {"sys/fs/cgroup/cpu.max", "1 0 banana"}}},
};

TERN_TEST_ROWS(os_cgroup_quota, cgroups)
{
    char root[300];
    char command[900];
    (void)snprintf(root, sizeof root, "%s", fresh_folder(cgroups[row].name));
    for (size_t i = 0; i < 4 && cgroups[row].files[i].path != NULL; i++) {
        char path[600];
        (void)snprintf(path, sizeof path, "%s/%s", root, cgroups[row].files[i].path);
        (void)snprintf(command, sizeof command, "mkdir -p \"$(dirname '%s')\"", path);
        REQUIRE(system(command) == 0);
        const char *text = cgroups[row].files[i].text;
        REQUIRE_OK(tern_file_write(path, text, strlen(text)));
    }
    CHECK_INT(tern_os_cgroup_cpus(root), cgroups[row].want);
}
