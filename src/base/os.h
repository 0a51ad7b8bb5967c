/* SPDX-License-Identifier: Apache-2.0 */
/* What only the operating system can tell or do: files, pages, environment, clock, processors.
   Errors name the file and the system's reason. */
#ifndef TERN_BASE_OS_H
#define TERN_BASE_OS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "tern/alloc.h"

/* A piece of memory that somebody else owns. */
typedef struct tern_span {
    const void *at;
    size_t bytes;
} tern_span;

/* A file mapped read-only.  An empty file has at == NULL and bytes == 0. */
typedef struct tern_file_map {
    const void *at; /* starts at a page */
    size_t bytes;
} tern_file_map;

/* IO when the file is missing, unreadable or no regular file.  *out_map is empty on failure. */
TERN_NODISCARD tern_status tern_file_map_open(const char *path, tern_file_map *out_map);

/* The same for a file named relative to `folder`, which it may not leave: not by an absolute name,
   ".." or a symbolic link, and a file that has further names (hard links) is refused too, since
   nobody can tell where they lie. */
TERN_NODISCARD tern_status tern_file_map_open_inside(const char *folder, const char *name,
                                                     tern_file_map *out_map);

/* Unmap; an empty or already closed map does nothing. */
void tern_file_map_close(tern_file_map *map);

/* Read a whole file into a block from `allocator`, aligned to TERN_TENSOR_ALIGN; free it with
   tern_free(allocator, *out_at, *out_bytes).  An empty file gives NULL and 0. */
TERN_NODISCARD tern_status tern_file_read(tern_allocator allocator, const char *path, void **out_at,
                                          size_t *out_bytes);

/* Write a file in one go or not at all: into a temporary file beside it, then renamed.  Whoever
   reads `path` sees the old content or the new, never half.  The parts are written one after
   another. */
TERN_NODISCARD tern_status tern_file_write(const char *path, const void *at, size_t bytes);
TERN_NODISCARD tern_status tern_file_write_parts(const char *path, const tern_span *parts,
                                                 size_t part_count);

/* Zeroed memory straight from the system, page-aligned.  `want_huge` asks for huge pages where the
   system gives them; it is a wish.  OUT_OF_MEMORY is recorded.  0 bytes gives NULL. */
TERN_NODISCARD tern_status tern_pages_alloc(size_t bytes, bool want_huge, void **out_at);
void tern_pages_free(void *at, size_t bytes);

/* Does the page that `at` lies in belong to this process? */
bool tern_pages_mapped(const void *at);

size_t tern_os_page_bytes(void);

/* Value of an environment variable; NULL when unset or empty.  Borrowed from the environment. */
const char *tern_os_env(const char *name);

/* Monotonic clock. */
int64_t tern_os_now_ns(void);

/* Processors this process may use: the affinity mask, limited by the cgroup's quota (v1 or v2,
   rounded up).  At least 1. */
int tern_os_cpu_count(void);

/* The cgroup part alone: 0 when there is no limit.  Files are looked for under `root`, "" for the
   real ones; tests bring their own. */
int tern_os_cgroup_cpus(const char *root);

/* Number of the running process. */
int64_t tern_os_process_id(void);

#endif
