/* SPDX-License-Identifier: Apache-2.0 */
/* Files: map, read whole, write whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(SYS_openat2)
#include <linux/openat2.h>
#endif

#include "base/alloc.h"
#include "base/error.h"
#include "base/os.h"

/* "file "x": cannot open: No such file or directory", from errno. */
static tern_status fail_io(const char *path, const char *action)
{
    const int reason = errno;
    char text[128];
    const char *const reason_text = strerror_r(reason, text, sizeof text);
    return tern_fail(TERN_IO, "file \"%s\": cannot %s: %s", path, action, reason_text);
}

/* Takes the file over: it is closed on failure. */
static tern_status check_regular(int file, const char *path, struct stat *out_facts)
{
    tern_status status = TERN_OK;
    if (fstat(file, out_facts) != 0) {
        status = fail_io(path, "look at it");
    } else if (!S_ISREG(out_facts->st_mode)) {
        status = tern_fail(TERN_IO, "file \"%s\": not a regular file", path);
    } else if ((uint64_t)out_facts->st_size > PTRDIFF_MAX) {
        status = tern_fail(TERN_IO, "file \"%s\": too large for this machine", path);
    }
    if (status != TERN_OK) {
        (void)close(file);
    }
    return status;
}

static tern_status open_regular(const char *path, int *out_file, size_t *out_bytes)
{
    *out_file = -1;
    struct stat facts;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return fail_io(path, "open");
    }
    TERN_TRY(check_regular(file, path, &facts));
    *out_file = file;
    *out_bytes = (size_t)facts.st_size;
    return TERN_OK;
}

/* Closes the file: a map needs it no more. */
static tern_status map_file(int file, const char *path, size_t bytes, tern_file_map *out_map)
{
    tern_status status = TERN_OK;
    if (bytes > 0) {
        void *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, file, 0);
        if (at == MAP_FAILED) {
            status = fail_io(path, "map");
        } else {
            *out_map = (tern_file_map){at, bytes};
        }
    }
    (void)close(file);
    return status;
}

tern_status tern_file_map_open(const char *path, tern_file_map *out_map)
{
    *out_map = (tern_file_map){NULL, 0};
    int file = -1;
    size_t bytes = 0;
    TERN_TRY(open_regular(path, &file, &bytes));
    return map_file(file, path, bytes, out_map);
}

/* A pipe must not make us wait. */
enum { inside_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* Folder by folder, where the system has no openat2: here no link is followed at all. */
static int walk_inside(int folder, const char *name)
{
    int at = folder;
    for (;;) {
        char part[256];
        const size_t len = strcspn(name, "/");
        if (len >= sizeof part) {
            errno = ENAMETOOLONG;
            break;
        }
        memcpy(part, name, len);
        part[len] = '\0';
        if (strcmp(part, "..") == 0) {
            errno = EXDEV;
            break;
        }
        name += len;
        const bool is_last = *name == '\0';
        const int next =
            openat(at, part[0] == '\0' ? "." : part,
                   O_NOFOLLOW | (is_last ? inside_flags : O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (at != folder) {
            (void)close(at);
        }
        if (next < 0 || is_last) {
            return next;
        }
        at = next;
        name++;
    }
    if (at != folder) {
        const int reason = errno;
        (void)close(at);
        errno = reason;
    }
    return -1;
}

static int open_inside(int folder, const char *name)
{
#if defined(SYS_openat2)
    struct open_how how = {.flags = inside_flags,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    for (int attempt = 0; attempt < 8; attempt++) {
        const long file = syscall(SYS_openat2, folder, name, &how, sizeof how);
        if (file >= 0) {
            return (int)file;
        }
        if (errno == ENOSYS || errno == EPERM) { /* EPERM: a sandbox that does not know it */
            break;
        }
        if (errno != EAGAIN) { /* somebody renames folders just now */
            return -1;
        }
    }
#endif
    return walk_inside(folder, name);
}

tern_status tern_file_map_open_inside(const char *folder, const char *name, tern_file_map *out_map)
{
    *out_map = (tern_file_map){NULL, 0};
    if (name[0] == '/') {
        return tern_fail(TERN_IO, "file \"%s\": an absolute name, expected one inside \"%s\"", name,
                         folder);
    }
    const int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) {
        return fail_io(folder, "open the folder");
    }
    const int file = open_inside(at, name);
    const int reason = errno;
    (void)close(at);
    if (file < 0 && (reason == EXDEV || reason == ELOOP)) {
        return tern_fail(TERN_IO, "file \"%s\": leads out of the folder \"%s\", or its links may",
                         name, folder);
    }
    if (file < 0) {
        errno = reason;
        return fail_io(name, "open");
    }
    struct stat facts;
    TERN_TRY(check_regular(file, name, &facts));
    if (facts.st_nlink > 1) {
        (void)close(file);
        return tern_fail(TERN_IO,
                         "file \"%s\": has %llu names (hard links), and one may be outside the "
                         "folder \"%s\"; make a copy of the file",
                         name, (unsigned long long)facts.st_nlink, folder);
    }
    return map_file(file, name, (size_t)facts.st_size, out_map);
}

void tern_file_map_close(tern_file_map *map)
{
    if (map->at != NULL) {
        /* munmap takes no const, but the map was ours to make */
        (void)munmap((void *)(uintptr_t)map->at, map->bytes);
    }
    *map = (tern_file_map){NULL, 0};
}

static tern_status read_exactly(int file, const char *path, char *at, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        const ssize_t got = read(file, at + done, bytes - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail_io(path, "read");
        }
        if (got == 0) {
            return tern_fail(TERN_IO, "file \"%s\": ends after %zu bytes, expected %zu", path, done,
                             bytes);
        }
        done += (size_t)got;
    }
    return TERN_OK;
}

tern_status tern_file_read(tern_allocator allocator, const char *path, void **out_at,
                           size_t *out_bytes)
{
    *out_at = NULL;
    *out_bytes = 0;
    int file = -1;
    size_t bytes = 0;
    TERN_TRY(open_regular(path, &file, &bytes));
    void *at = NULL;
    tern_status status = TERN_OK;
    if (bytes > 0) {
        at = tern_alloc(allocator, bytes, TERN_TENSOR_ALIGN);
        status = at == NULL ? TERN_OUT_OF_MEMORY : read_exactly(file, path, at, bytes);
    }
    (void)close(file);
    if (status != TERN_OK) {
        tern_free(allocator, at, bytes);
        return status;
    }
    *out_at = at;
    *out_bytes = bytes;
    return TERN_OK;
}

static tern_status write_parts(int file, const char *path, const tern_span *parts,
                               size_t part_count)
{
    for (size_t i = 0; i < part_count; i++) {
        const char *at = parts[i].at;
        for (size_t done = 0; done < parts[i].bytes;) {
            const ssize_t put = write(file, at + done, parts[i].bytes - done);
            if (put < 0 && errno != EINTR) {
                return fail_io(path, "write");
            }
            done += put > 0 ? (size_t)put : 0;
        }
    }
    if (fsync(file) != 0 && errno != EINVAL && errno != EROFS) {
        return fail_io(path, "write");
    }
    return TERN_OK;
}

/* Make a new file "<path>.<process>.<number>.tmp"; the number tells threads apart. */
static tern_status open_temporary(const char *path, char *temporary, size_t capacity, int *out_file)
{
    static atomic_uint number;
    *out_file = -1;
    for (int attempt = 0; attempt < 100; attempt++) {
        const int wanted = snprintf(temporary, capacity, "%s.%ld.%u.tmp", path, (long)getpid(),
                                    atomic_fetch_add(&number, 1u));
        if (wanted < 0 || (size_t)wanted >= capacity) {
            return tern_fail(TERN_IO, "file \"%.200s...\": the path is too long", path);
        }
        *out_file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*out_file >= 0) {
            return TERN_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return fail_io(path, "write beside it");
}

tern_status tern_file_write_parts(const char *path, const tern_span *parts, size_t part_count)
{
    char temporary[4096];
    int file = -1;
    struct stat facts;
    if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        return tern_fail(TERN_IO, "file \"%s\": not a regular file", path);
    }
    TERN_TRY(open_temporary(path, temporary, sizeof temporary, &file));
    tern_status status = write_parts(file, path, parts, part_count);
    if (close(file) != 0 && status == TERN_OK) {
        status = fail_io(path, "write");
    }
    if (status == TERN_OK && rename(temporary, path) != 0) {
        status = fail_io(path, "replace");
    }
    if (status != TERN_OK) {
        (void)unlink(temporary);
    }
    return status;
}

tern_status tern_file_write(const char *path, const void *at, size_t bytes)
{
    const tern_span part = {at, bytes};
    return tern_file_write_parts(path, &part, 1);
}
