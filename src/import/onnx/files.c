/* SPDX-License-Identifier: Apache-2.0 */
/* Files of external data: each is mapped once and stays mapped, so that weights are used in place.
 * Which names are good is checked on the name itself here, and by the system while opening. */
#include "import/onnx/files.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"

typedef struct data_file {
    char *name;
    size_t name_bytes; /* with the NUL */
    tern_file_map map;
} data_file;

struct tern_onnx_files {
    tern_allocator allocator;
    char *folder; /* NULL: none */
    size_t folder_bytes;
    data_file *files;
    size_t count, capacity;
};

static char *copy_text(tern_allocator allocator, const char *at, size_t len)
{
    char *copy = tern_alloc(allocator, len + 1, 1);
    if (copy != NULL) {
        memcpy(copy, at, len);
        copy[len] = '\0';
    }
    return copy;
}

tern_status tern_onnx_files_create(tern_allocator allocator, const char *folder,
                                   tern_onnx_files **out_files)
{
    *out_files = NULL;
    tern_onnx_files *files = tern_alloc_zero(allocator, sizeof *files, _Alignof(tern_onnx_files));
    if (files == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    files->allocator = allocator;
    if (folder != NULL) {
        files->folder_bytes = strlen(folder) + 1;
        files->folder = copy_text(allocator, folder, files->folder_bytes - 1);
        if (files->folder == NULL) {
            tern_onnx_files_destroy(files);
            return TERN_OUT_OF_MEMORY;
        }
    }
    *out_files = files;
    return TERN_OK;
}

void tern_onnx_files_destroy(tern_onnx_files *files)
{
    if (files == NULL) {
        return;
    }
    const tern_allocator allocator = files->allocator;
    for (size_t i = 0; i < files->count; i++) {
        tern_file_map_close(&files->files[i].map);
        tern_free(allocator, files->files[i].name, files->files[i].name_bytes);
    }
    tern_array_free(allocator, &files->files, &files->capacity, sizeof *files->files);
    tern_free(allocator, files->folder, files->folder_bytes);
    tern_free(allocator, files, sizeof *files);
}

/* --- names --- */

/* "": the name is good; else what is wrong with it. */
static const char *problem_of(tern_str name)
{
    if (name.len == 0) {
        return "is empty";
    }
    if (memchr(name.at, '\0', name.len) != NULL) {
        return "has a NUL in it";
    }
    if (name.at[0] == '/' || name.at[0] == '\\') {
        return "is an absolute path";
    }
    tern_str rest = name, part;
    while (tern_str_next(&rest, '/', &part)) {
        if (tern_str_is(part, "..")) {
            return "leads out with \"..\"";
        }
    }
    for (size_t i = 0; i + 2 < name.len; i++) {
        if (memcmp(name.at + i, "://", 3) == 0) {
            return "is a URL";
        }
    }
    return "";
}

/* --- maps --- */

/* The next part of a path that means something: "./sub//w" has "sub" and "w". */
static bool next_part(tern_str *rest, tern_str *out_part)
{
    while (tern_str_next(rest, '/', out_part)) {
        if (out_part->len > 0 && !tern_str_is(*out_part, ".")) {
            return true;
        }
    }
    return false;
}

/* The parts with one slash in between, so that spelling a name in many ways maps nothing twice;
 * `to` has room for the name, of a byte at least, and a NUL. */
static void write_plain(tern_str name, char *to)
{
    tern_str part;
    char *at = to;
    while (next_part(&name, &part)) {
        if (at != to) {
            *at++ = '/';
        }
        memcpy(at, part.at, part.len);
        at += part.len;
    }
    if (at == to) { /* the folder itself */
        *at++ = '.';
    }
    *at = '\0';
}

static const data_file *find(const tern_onnx_files *files, const char *plain)
{
    for (size_t i = files->count; i-- > 0;) {
        if (strcmp(plain, files->files[i].name) == 0) {
            return &files->files[i];
        }
    }
    return NULL;
}

/* Maps the file, or finds it mapped. */
static tern_status open_file(tern_onnx_files *files, tern_str name, const char *who,
                             const data_file **out_file)
{
    TERN_TRY(tern_array_grow(files->allocator, &files->files, &files->capacity, files->count + 1,
                             sizeof *files->files));
    data_file file = {.name_bytes = name.len + 1};
    file.name = tern_alloc(files->allocator, file.name_bytes, 1);
    if (file.name == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    write_plain(name, file.name);
    *out_file = find(files, file.name);
    tern_status status = TERN_OK;
    if (*out_file == NULL) {
        status = tern_file_map_open_inside(files->folder, file.name, &file.map);
    }
    if (*out_file == NULL && status == TERN_OK) {
        files->files[files->count] = file;
        *out_file = &files->files[files->count++];
        return TERN_OK;
    }
    tern_free(files->allocator, file.name, file.name_bytes);
    return status == TERN_OK
               ? TERN_OK
               : tern_fail(status, "%.200s: external data: %s", who, tern_error_last()->text);
}

tern_status tern_onnx_files_data(tern_onnx_files *files, const tern_onnx_tensor *tensor,
                                 size_t bytes, const char *who, tern_span *out_data)
{
    *out_data = (tern_span){NULL, 0};
    const tern_str name = tensor->location;
    if (files == NULL || files->folder == NULL || files->folder[0] == '\0') {
        return tern_fail(TERN_BAD_MODEL,
                         "%.200s: external data, but no folder to look for it was given", who);
    }
    const char *problem = problem_of(name);
    if (problem[0] != '\0') {
        return tern_fail(TERN_BAD_MODEL, "%.200s: external data: its file's name \"%.*s\" %s", who,
                         (int)(name.len < 100 ? name.len : 100), name.len > 0 ? name.at : "",
                         problem);
    }
    if (tensor->offset < 0 || tensor->length < -1) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: external data: its %s is not a number of bytes",
                         who, tensor->offset < 0 ? "offset" : "length");
    }
    if (tensor->length >= 0 && (uint64_t)tensor->length != bytes) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: external data: length %lld, expected %zu", who,
                         (long long)tensor->length, bytes);
    }
    const data_file *file = NULL;
    TERN_TRY(open_file(files, name, who, &file));
    const uint64_t offset = (uint64_t)tensor->offset;
    if (offset > file->map.bytes || bytes > file->map.bytes - offset) {
        return tern_fail(TERN_BAD_MODEL,
                         "%.200s: external data: %zu bytes from byte %llu on, but \"%s\" has %zu",
                         who, bytes, (unsigned long long)offset, file->name, file->map.bytes);
    }
    if (bytes == 0) {
        return TERN_OK;
    }
    *out_data = (tern_span){(const uint8_t *)file->map.at + offset, bytes};
    return TERN_OK;
}
