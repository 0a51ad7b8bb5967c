/* SPDX-License-Identifier: Apache-2.0 */
/* The processor quota of the control groups around this process, version 1 and 2.
   A limit may sit at any level between the process and the mount, so every level is asked. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "base/str.h"

enum { path_bytes = 4096 };

/* First bytes of a small file; empty when there is none.  Never allocates. */
static tern_str read_small(const char *path, char *buffer, size_t capacity)
{
    tern_str text = {buffer, 0};
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return text;
    }
    ssize_t got = 0;
    while (text.len < capacity && (got = read(file, buffer + text.len, capacity - text.len)) > 0) {
        text.len += (size_t)got;
    }
    (void)close(file);
    return text;
}

/* Processors that `quota` per `period` stands for, rounded up; 0 when there is no limit. */
static int cpus_of(tern_str quota, tern_str period)
{
    int64_t quota_us = 0;
    int64_t period_us = 0;
    if (!tern_parse_int64(tern_str_trim(quota), 1, INT64_MAX / 2, &quota_us) ||
        !tern_parse_int64(tern_str_trim(period), 1, INT64_MAX / 2, &period_us)) {
        return 0;
    }
    const int64_t cpus = quota_us / period_us + (quota_us % period_us != 0 ? 1 : 0);
    return cpus > INT_MAX ? INT_MAX : (int)cpus;
}

/* Limit of one directory: cpu.max holds "QUOTA PERIOD" or "max PERIOD". */
static int level_v2(const char *directory)
{
    char path[path_bytes];
    char buffer[128];
    if (snprintf(path, sizeof path, "%s/cpu.max", directory) >= (int)sizeof path) {
        return 0;
    }
    tern_str rest = tern_str_trim(read_small(path, buffer, sizeof buffer));
    tern_str quota = {NULL, 0};
    return tern_str_next(&rest, ' ', &quota) ? cpus_of(quota, rest) : 0;
}

static int level_v1(const char *directory)
{
    char path[path_bytes];
    char quota[64];
    char period[64];
    if (snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory) >= (int)sizeof path) {
        return 0;
    }
    const tern_str quota_text = read_small(path, quota, sizeof quota);
    if (snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory) >= (int)sizeof path) {
        return 0;
    }
    return cpus_of(quota_text, read_small(path, period, sizeof period));
}

/* The tightest limit of `group` and all its parents below `mount`. */
static int tightest(const char *mount, tern_str group, int (*level)(const char *directory))
{
    char directory[path_bytes];
    const size_t mount_len = strlen(mount);
    if (mount_len + group.len + 1 > sizeof directory) {
        return 0;
    }
    memcpy(directory, mount, mount_len);
    memcpy(directory + mount_len, group.at, group.len);
    size_t len = mount_len + group.len;
    int best = 0;
    for (;;) {
        directory[len] = '\0';
        const int cpus = level(directory);
        if (cpus > 0 && (best == 0 || cpus < best)) {
            best = cpus;
        }
        if (len <= mount_len) {
            return best;
        }
        do {
            len--;
        } while (len > mount_len && directory[len] != '/');
    }
}

static bool has_cpu_controller(tern_str controllers)
{
    tern_str name;
    while (tern_str_next(&controllers, ',', &name)) {
        if (tern_str_is(name, "cpu")) {
            return true;
        }
    }
    return false;
}

/* One line of /proc/self/cgroup: "id:controllers:/group"; version 2 has no controllers. */
static int line_limit(const char *root, tern_str line)
{
    tern_str id;
    tern_str controllers;
    char mount[path_bytes];
    if (!tern_str_next(&line, ':', &id) || !tern_str_next(&line, ':', &controllers) ||
        line.at == NULL) {
        return 0;
    }
    if (controllers.len == 0) {
        (void)snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
        return tightest(mount, line, level_v2);
    }
    if (!has_cpu_controller(controllers)) {
        return 0;
    }
    (void)snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/cpu", root);
    return tightest(mount, line, level_v1);
}

int tern_os_cgroup_cpus(const char *root)
{
    char path[path_bytes];
    char buffer[8192];
    if (snprintf(path, sizeof path, "%s/proc/self/cgroup", root) >= (int)sizeof path) {
        return 0;
    }
    tern_str rest = read_small(path, buffer, sizeof buffer);
    tern_str line;
    int best = 0;
    while (tern_str_next(&rest, '\n', &line)) {
        const int cpus = line_limit(root, tern_str_trim(line));
        if (cpus > 0 && (best == 0 || cpus < best)) {
            best = cpus;
        }
    }
    return best;
}
