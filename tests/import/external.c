/* SPDX-License-Identifier: Apache-2.0 */
/* Data in other files: what may be named, where it may lie.  Every case makes its own files:
 *
 *     outside.bin   base/w.bin   base/sub/w.bin   and links, pipes and folders in base/
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "harness/harness.h"
#include "harness/proto.h"
#include "import/onnx/model.h"

enum { PATH = 512 };

typedef struct place {
    char base[PATH]; /* the model's folder */
    proto p;
    tern_arena arena;
    tern_onnx_files *files;
    const tern_onnx_tensor *tensors;
} place;

static const char *path_of(const place *w, const char *name)
{
    static char path[2 * PATH];
    (void)snprintf(path, sizeof path, "%s/%s", w->base, name);
    return path;
}

static void link_to(const place *w, const char *target, const char *name)
{
    (void)unlink(path_of(w, name));
    REQUIRE_INT(symlink(target, path_of(w, name)), 0);
}

static void make_files(place *w)
{
    (void)snprintf(w->base, sizeof w->base, "%s", tern_test_temporary("base"));
    (void)mkdir(w->base, 0700);
    (void)mkdir(path_of(w, "sub"), 0700);
    REQUIRE_OK(tern_file_write(path_of(w, "../outside.bin"), "OUTSIDE OUTSIDE!", 16));
    REQUIRE_OK(tern_file_write(path_of(w, "w.bin"), "0123456789abcdef", 16));
    REQUIRE_OK(tern_file_write(path_of(w, "sub/w.bin"), "SUB3456789abcdef", 16));
    REQUIRE_OK(tern_file_write(path_of(w, "empty.bin"), "", 0));
    link_to(w, "w.bin", "inside_link");
    link_to(w, "../w.bin", "sub/inside_link");
    link_to(w, "../outside.bin", "link_out");
    link_to(w, path_of(w, "w.bin"), "absolute_link");
    link_to(w, "/dev/zero", "device_link");
    link_to(w, "/proc/self/fd/0", "magic_link");
    link_to(w, "..", "folder_link");
    link_to(w, "nowhere", "dangling_link");
    link_to(w, "circle", "circle");
    (void)unlink(path_of(w, "pipe"));
    REQUIRE_INT(mkfifo(path_of(w, "pipe"), 0600), 0);
    char outside[2 * PATH];
    (void)snprintf(outside, sizeof outside, "%s", path_of(w, "../outside2.bin"));
    REQUIRE_OK(tern_file_write(outside, "OUTSIDE OUTSIDE!", 16));
    (void)unlink(path_of(w, "hard_link"));
    REQUIRE_INT(link(outside, path_of(w, "hard_link")), 0);
}

static void entry(proto *p, const char *key, const char *value, size_t bytes)
{
    const size_t e = proto_begin(p, 13);
    proto_text(p, 1, key);
    proto_bytes(p, 2, value, bytes);
    proto_end(p, e);
}

/* A u8[4] in a graph; texts may be NULL. */
static void add_tensor(proto *p, const char *location, size_t bytes, const char *offset,
                       const char *length)
{
    const size_t t = proto_begin(p, 5);
    proto_number(p, 1, 4);
    proto_number(p, 2, 2);
    if (location != NULL) {
        entry(p, "location", location, bytes);
    }
    if (offset != NULL) {
        entry(p, "offset", offset, strlen(offset));
    }
    if (length != NULL) {
        entry(p, "length", length, strlen(length));
    }
    proto_number(p, 14, 1);
    proto_end(p, t);
}

static void read_tensors(place *w, size_t graph)
{
    const tern_onnx_model *model = NULL;
    proto_end(&w->p, graph);
    tern_arena_init(&w->arena, tern_allocator_default());
    REQUIRE_OK(tern_onnx_read(proto_span(&w->p), "test", &w->arena, &model));
    w->tensors = model->graph->initializers;
}

static tern_status take(place *w, int32_t index, tern_span *out_data)
{
    return tern_onnx_tensor_data(&w->tensors[index], w->files, &w->arena, "w", out_data);
}

static void finish(place *w)
{
    tern_onnx_files_destroy(w->files);
    tern_arena_destroy(&w->arena);
    proto_free(&w->p);
}

/* One tensor, with the folder at hand. */
static tern_status try_one(place *w, const char *location, size_t bytes, const char *offset,
                           const char *length, tern_span *out_data)
{
    *w = (place){.files = NULL};
    make_files(w);
    const size_t graph = proto_begin(&w->p, 7);
    add_tensor(&w->p, location, bytes, offset, length);
    read_tensors(w, graph);
    REQUIRE_OK(tern_onnx_files_create(tern_allocator_default(), w->base, &w->files));
    return take(w, 0, out_data);
}

/* --- names --- */

static const struct {
    const char *name;
    const char *location;
    const char *want; /* contents, or "" and the failure */
    tern_status status;
    const char *text;
} names[] = {
    {"plain", "w.bin", "0123", TERN_OK, ""},
    {"in_a_folder", "sub/w.bin", "SUB3", TERN_OK, ""},
    {"with_a_dot", "./sub/./w.bin", "SUB3", TERN_OK, ""},
    {"with_two_slashes", "sub//w.bin", "SUB3", TERN_OK, ""},
    {"link_inside", "inside_link", "0123", TERN_OK, ""},
    {"link_up_but_inside", "sub/inside_link", "0123", TERN_OK, ""},
    {"none", NULL, "", TERN_BAD_MODEL, "is empty"},
    {"empty", "", "", TERN_BAD_MODEL, "is empty"},
    {"up", "../outside.bin", "", TERN_BAD_MODEL, "\"..\""},
    {"up_and_down", "sub/../w.bin", "", TERN_BAD_MODEL, "\"..\""},
    {"up_twice", "sub/../../outside.bin", "", TERN_BAD_MODEL, "\"..\""},
    {"up_alone", "..", "", TERN_BAD_MODEL, "\"..\""},
    {"up_with_a_slash", "../", "", TERN_BAD_MODEL, "\"..\""},
    {"dots_in_a_name", "w..bin", "", TERN_IO, "cannot open"},
    {"absolute", "/etc/hostname", "", TERN_BAD_MODEL, "absolute"},
    {"absolute_twice", "//etc/hostname", "", TERN_BAD_MODEL, "absolute"},
    {"url", "http://example.org/w.bin", "", TERN_BAD_MODEL, "URL"},
    {"file_url", "file://w.bin", "", TERN_BAD_MODEL, "URL"},
    {"missing", "nothing.bin", "", TERN_IO, "cannot open"},
    {"folder", "sub", "", TERN_IO, "not a regular file"},
    {"folder_itself", ".", "", TERN_IO, "not a regular file"},
    {"file_as_a_folder", "w.bin/x", "", TERN_IO, "cannot open"},
    {"pipe", "pipe", "", TERN_IO, "not a regular file"},
    {"link_out", "link_out", "", TERN_IO, "leads out"},
    {"absolute_link", "absolute_link", "", TERN_IO, "leads out"},
    {"device_link", "device_link", "", TERN_IO, "leads out"},
    {"magic_link", "magic_link", "", TERN_IO, "leads out"},
    {"folder_link", "folder_link/outside.bin", "", TERN_IO, "leads out"},
    {"circle", "circle", "", TERN_IO, "leads out"},
    {"dangling_link", "dangling_link", "", TERN_IO, "cannot open"},
    {"hard_link", "hard_link", "", TERN_IO, "hard links"},
    {"empty_file", "empty.bin", "", TERN_BAD_MODEL, "has 0"},
};

TERN_TEST_ROWS(onnx_external_names, names)
{
    place w;
    tern_span data;
    const char *location = names[row].location;
    const tern_status status =
        try_one(&w, location, location != NULL ? strlen(location) : 0, NULL, NULL, &data);
    CHECK_STATUS(status, names[row].status);
    if (status == TERN_OK) {
        REQUIRE_INT(data.bytes, 4);
        CHECK_BYTES(data.at, names[row].want, 4);
    } else {
        CHECK_CONTAINS(tern_error_last()->text, names[row].text);
        CHECK(data.at == NULL && data.bytes == 0);
    }
    finish(&w);
}

TERN_TEST(onnx_external_name_with_a_nul)
{
    place w;
    tern_span data;
    CHECK_STATUS(try_one(&w, "w.bin\0x", 7, NULL, NULL, &data), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "NUL");
    finish(&w);
}

TERN_TEST(onnx_external_name_of_a_megabyte)
{
    static char name[1 << 20];
    place w;
    tern_span data;
    memset(name, 'a', sizeof name);
    CHECK_STATUS(try_one(&w, name, sizeof name, NULL, NULL, &data), TERN_IO);
    finish(&w);
    memset(name, '/', sizeof name);
    name[0] = 'a';
    CHECK_STATUS(try_one(&w, name, sizeof name, NULL, NULL, &data), TERN_IO);
    finish(&w);
}

/* --- a system without openat2: no link is followed, all else stays --- */

#if defined(SYS_openat2)

/* Makes openat2 fail with ENOSYS in this process. */
static bool take_openat2_away(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = TERN_COUNT_OF(filter), .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Rows that go another way than they should. */
static int differences(const place *w)
{
    int count = 0;
    for (size_t i = 0; i < TERN_COUNT_OF(names); i++) {
        if (names[i].location == NULL) {
            continue;
        }
        tern_file_map map;
        const bool is_link = strstr(names[i].name, "link") != NULL;
        const bool is_empty = strcmp(names[i].location, "empty.bin") == 0; /* which can be opened */
        const bool is_good = (names[i].status == TERN_OK && !is_link) || is_empty;
        const tern_status status = tern_file_map_open_inside(w->base, names[i].location, &map);
        count += is_good != (status == TERN_OK);
        tern_file_map_close(&map);
    }
    return count;
}

TERN_TEST(onnx_external_without_openat2)
{
    enum { cannot = 255 };
    place w = {.files = NULL};
    make_files(&w);
    const pid_t child = fork();
    if (child == 0) {
        _exit(take_openat2_away() ? differences(&w) : cannot);
    }
    int result = 0;
    REQUIRE(child > 0 && waitpid(child, &result, 0) == child && WIFEXITED(result));
    if (WEXITSTATUS(result) == cannot) {
        SKIP("no seccomp");
    }
    CHECK_INT(WEXITSTATUS(result), 0);
}

#endif

/* --- places in a file of 16 bytes --- */

static const struct {
    const char *name;
    const char *offset, *length;
    const char *want;
} spots[] = {
    {"start", "0", "4", "0123"},
    {"middle", "7", "4", "789a"},
    {"end", "12", "4", "cdef"},
    {"no_length", "12", NULL, "cdef"},
    {"no_offset", NULL, "4", "0123"},
    {"past_the_end", "13", "4", ""},
    {"past_the_end_without_length", "13", NULL, ""},
    {"at_the_end", "16", "4", ""},
    {"far_past_the_end", "4096", "4", ""},
    {"offset_negative", "-1", "4", ""},
    {"offset_2^63-1", "9223372036854775807", "4", ""},
    {"offset_2^63", "9223372036854775808", "4", ""},
    {"offset_2^64-4", "18446744073709551612", "4", ""},
    {"offset_2^64+4", "18446744073709551620", "4", ""},
    {"offset_no_number", "four", "4", ""},
    {"offset_empty", "", "4", ""},
    {"offset_with_more", "4 ", "4", ""},
    {"length_short", "0", "3", ""},
    {"length_long", "0", "5", ""},
    {"length_0", "0", "0", ""},
    {"length_negative", "0", "-1", ""},
    {"length_minus_4", "8", "-4", ""},
    {"length_2^63-1", "0", "9223372036854775807", ""},
    {"length_2^63", "0", "9223372036854775808", ""},
    {"length_2^64+4", "0", "18446744073709551620", ""},
    {"length_no_number", "0", "4bytes", ""},
    {"both_2^63-1", "9223372036854775807", "9223372036854775807", ""},
};

TERN_TEST_ROWS(onnx_external_places, spots)
{
    place w;
    tern_span data;
    const tern_status status = try_one(&w, "w.bin", 5, spots[row].offset, spots[row].length, &data);
    CHECK_STATUS(status, spots[row].want[0] != '\0' ? TERN_OK : TERN_BAD_MODEL);
    CHECK_INT(data.bytes, strlen(spots[row].want));
    if (data.bytes == 4) {
        CHECK_BYTES(data.at, spots[row].want, 4);
    }
    finish(&w);
}

/* --- folders --- */

static const struct {
    const char *name;
    const char *folder;
} folders[] = {{"null", NULL}, {"empty", ""}, {"missing", "/nonexistent/folder"}};

TERN_TEST_ROWS(onnx_external_folders, folders)
{
    tern_span data;
    place w = {.files = NULL};
    make_files(&w);
    const size_t graph = proto_begin(&w.p, 7);
    add_tensor(&w.p, "w.bin", 5, NULL, NULL);
    read_tensors(&w, graph);
    REQUIRE_OK(tern_onnx_files_create(tern_allocator_default(), folders[row].folder, &w.files));
    CHECK_STATUS(take(&w, 0, &data), row < 2 ? TERN_BAD_MODEL : TERN_IO);
    tern_onnx_files_destroy(w.files);
    w.files = NULL; /* none at all */
    CHECK_STATUS(take(&w, 0, &data), TERN_BAD_MODEL);
    finish(&w);
}

TERN_TEST(onnx_external_folder_that_is_a_file)
{
    place w;
    tern_span data;
    CHECK_OK(try_one(&w, "w.bin", 5, NULL, NULL, &data));
    tern_onnx_files_destroy(w.files);
    REQUIRE_OK(tern_onnx_files_create(tern_allocator_default(), path_of(&w, "w.bin"), &w.files));
    CHECK_STATUS(take(&w, 0, &data), TERN_IO);
    finish(&w);
}

/* --- files --- */

TERN_TEST(onnx_external_file_is_mapped_once)
{
    enum { MANY = 20 };
    place w = {.files = NULL};
    tern_span first, data;
    make_files(&w);
    const size_t graph = proto_begin(&w.p, 7);
    for (int i = 0; i < MANY; i++) {
        static const char *const spellings[] = {"w.bin",    "./w.bin",     "sub/w.bin",
                                                ".//w.bin", "./././w.bin", "./sub//w.bin"};
        add_tensor(&w.p, spellings[i % 6], strlen(spellings[i % 6]), "4", NULL);
    }
    read_tensors(&w, graph);
    REQUIRE_OK(tern_onnx_files_create(tern_allocator_default(), w.base, &w.files));
    REQUIRE_OK(take(&w, 0, &first));
    for (int i = 0; i < MANY; i++) {
        REQUIRE_OK(take(&w, i, &data));
        CHECK((data.at == first.at) == (i % 3 != 2));
        CHECK_BYTES(data.at, "4567", 4);
    }
    finish(&w);
}

TERN_TEST(onnx_external_tensor_of_no_bytes)
{
    tern_span data;
    place w = {.files = NULL};
    make_files(&w);
    const size_t graph = proto_begin(&w.p, 7), t = proto_begin(&w.p, 5);
    proto_number(&w.p, 1, 0);
    proto_number(&w.p, 2, 1);
    entry(&w.p, "location", "empty.bin", 9);
    proto_number(&w.p, 14, 1);
    proto_end(&w.p, t);
    read_tensors(&w, graph);
    REQUIRE_OK(tern_onnx_files_create(tern_allocator_default(), w.base, &w.files));
    CHECK_OK(take(&w, 0, &data));
    CHECK_INT(data.bytes, 0);
    finish(&w);
}

TERN_TEST(onnx_external_files_destroy_nothing)
{
    tern_onnx_files_destroy(NULL);
}

/* --- the model's own file --- */

static size_t varint_bytes(size_t number)
{
    size_t count = 1;
    for (; number >= 0x80; number >>= 7) {
        count++;
    }
    return count;
}

/* A model up to the contents of its last tensor's raw data, which are `bytes` long. */
static void start_of_model(proto *p, size_t bytes)
{
    proto tensor = {0};
    proto_number(&tensor, 1, (int64_t)bytes);
    proto_number(&tensor, 2, 2);
    proto_tag(&tensor, 9, 2);
    proto_varint(&tensor, bytes);
    const size_t content = tensor.len + bytes;
    proto_tag(p, 7, 2);
    proto_varint(p, 1 + varint_bytes(content) + content);
    proto_tag(p, 5, 2);
    proto_varint(p, content);
    proto_raw(p, tensor.at, tensor.len);
    proto_free(&tensor);
}

TERN_TEST(onnx_file_over_2_gib)
{
    const size_t bytes = (size_t)3 << 30; /* a hole: no disk is used */
    char path[PATH];
    place w = {.files = NULL};
    tern_file_map map;
    const tern_onnx_model *model = NULL;
    tern_span data;
    (void)snprintf(path, sizeof path, "%s", tern_test_temporary("large.onnx"));
    start_of_model(&w.p, bytes);
    REQUIRE_OK(tern_file_write(path, w.p.at, w.p.len));
    if (truncate(path, (off_t)(w.p.len + bytes)) != 0) {
        proto_free(&w.p);
        SKIP("no room for a file of 3 GiB");
    }
    REQUIRE_OK(tern_file_map_open(path, &map));
    tern_arena_init(&w.arena, tern_allocator_default());
    REQUIRE_OK(tern_onnx_read((tern_span){map.at, map.bytes}, path, &w.arena, &model));
    w.tensors = model->graph->initializers;
    REQUIRE_OK(take(&w, 0, &data));
    CHECK_UINT(data.bytes, bytes);
    CHECK(data.at == (const uint8_t *)map.at + w.p.len);
    CHECK_INT(((const uint8_t *)data.at)[bytes - 1], 0);
    tern_file_map_close(&map);
    finish(&w);
}
