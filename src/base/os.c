/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, environment, pages and processors.  Files are in os_file.c. */
#include "base/os.h"

#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"

size_t tern_os_page_bytes(void)
{
    const long bytes = sysconf(_SC_PAGESIZE);
    return bytes > 0 ? (size_t)bytes : 4096;
}

const char *tern_os_env(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

int64_t tern_os_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t tern_os_process_id(void)
{
    return (int64_t)getpid();
}

/* Huge pages need the block to cover whole 2 MiB units, so it is placed at one. */
enum { huge_page_bytes = 2 << 20 };

tern_status tern_pages_alloc(size_t bytes, bool want_huge, void **out_at)
{
    *out_at = NULL;
    if (bytes == 0) {
        return TERN_OK;
    }
    const size_t page = tern_os_page_bytes();
    const bool is_huge = want_huge && bytes >= huge_page_bytes;
    size_t held = 0;
    size_t mapped = 0;
    if (!tern_size_align(bytes, page, &held) ||
        !tern_size_add(held, is_huge ? huge_page_bytes : 0, &mapped)) {
        return tern_fail_memory(bytes);
    }
    char *at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return tern_fail_memory(bytes);
    }
    if (is_huge) {
        const size_t address = (size_t)(uintptr_t)at;
        const size_t head = tern_align_up(address, huge_page_bytes) - address;
        if (head > 0) {
            (void)munmap(at, head);
        }
        at += head;
        if (mapped - head > held) {
            (void)munmap(at + held, mapped - head - held);
        }
        (void)madvise(at, held, MADV_HUGEPAGE);
    }
    *out_at = at;
    return TERN_OK;
}

void tern_pages_free(void *at, size_t bytes)
{
    if (at != NULL) {
        (void)munmap(at, tern_align_up(bytes, tern_os_page_bytes()));
    }
}

bool tern_pages_mapped(const void *at)
{
    const size_t page = tern_os_page_bytes();
    const uintptr_t begin = (uintptr_t)at / page * page;
    return msync((void *)begin, page, MS_ASYNC) == 0;
}

static int affinity_count(void)
{
    /* the kernel refuses a set smaller than its own: grow until it fits */
    for (int processors = CPU_SETSIZE; processors <= CPU_SETSIZE * 64; processors *= 4) {
        cpu_set_t *set = CPU_ALLOC((size_t)processors);
        if (set == NULL) {
            break;
        }
        const size_t bytes = CPU_ALLOC_SIZE((size_t)processors);
        const int got = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (got > 0) {
            return got;
        }
    }
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online < INT_MAX ? (int)online : 1;
}

int tern_os_cpu_count(void)
{
    const int allowed = affinity_count();
    const int quota = tern_os_cgroup_cpus("");
    return quota > 0 && quota < allowed ? quota : allowed;
}
