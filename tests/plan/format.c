/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading plans: what docs/plan-format.md says, and the messages for what is no plan
 * of ours. */
#include "plan/format.h"
#include "harness/harness.h"
#include "harness/plan_maker.h"

static plan_maker maker;

static tern_status read(const void *bytes, size_t size, tern_plan *out)
{
    return tern_plan_read(bytes, size, TERN_PLAN_VERIFY_ALL, "test", out);
}

TERN_TEST(written_plans_read_back_and_write_the_same_bytes)
{
    maker_relu_add(&maker);
    size_t size = 0, again = 0;
    void *bytes = maker_write(&maker, &size);
    tern_plan plan;
    REQUIRE_OK(read(bytes, size, &plan));
    CHECK_UINT(plan.step_count, 2);
    CHECK_UINT(plan.binding_count, 2);
    CHECK_UINT(plan.program_count, 1);
    CHECK_BYTES(plan.strings + plan.name.at, "relu_add", 8);
    CHECK_UINT((uintptr_t)plan.weights % TERN_PLAN_PAGE, 0);
    CHECK_UINT(plan.header.devices, 2);
    REQUIRE_OK(tern_plan_write(&plan, NULL, 0, &again));
    REQUIRE_INT(again, size);
    void *copy = maker_copy(bytes, size);
    memset(copy, 0xee, size);
    REQUIRE_OK(tern_plan_write(&plan, copy, size, &again));
    CHECK_BYTES(copy, bytes, size);
    maker_free(copy);
    maker_free(bytes);
}

TERN_TEST(equal_blobs_are_stored_once)
{
    static const int64_t dims[1] = {64};
    float data[64] = {1, 2, 3};
    maker_relu_add(&maker);
    size_t before = 0, after = 0;
    maker_free(maker_write(&maker, &before));
    maker_constant(&maker, "a", TERN_DTYPE_F32, 1, dims, data);
    maker_constant(&maker, "b", TERN_DTYPE_F32, 1, dims, data);
    data[5] = 9;
    maker_constant(&maker, "c", TERN_DTYPE_F32, 1, dims, data);
    void *bytes = maker_write(&maker, &after);
    tern_plan plan;
    REQUIRE_OK(read(bytes, after, &plan));
    REQUIRE_INT(plan.blob_count, 4);
    CHECK_UINT(plan.blobs[1].at, plan.blobs[2].at);
    CHECK_UINT(plan.blobs[1].hash, plan.blobs[2].hash);
    CHECK(plan.blobs[3].at != plan.blobs[2].at);
    CHECK(plan.blobs[3].hash != plan.blobs[2].hash);
    CHECK_UINT(plan.weights_size, 64 + 256 + 256);
    maker_free(bytes);
}

TERN_TEST(several_programs_share_tables_and_weights)
{
    static plan_maker other;
    maker_relu_add(&maker);
    maker_relu_add(&other);
    other.plan.header.isa = 1;
    other.plan.name = maker_string(&other, "second");
    const tern_plan images[2] = {maker.plan, other.plan};
    size_t one = 0, two = 0;
    maker_free(maker_write(&maker, &one));
    REQUIRE_OK(tern_plan_write_all(images, 2, NULL, 0, &two));
    CHECK(two < 2 * one);
    void *bytes = maker_copy(&maker, two);
    REQUIRE_OK(tern_plan_write_all(images, 2, bytes, two, &two));
    tern_plan plan, second;
    REQUIRE_OK(read(bytes, two, &plan));
    CHECK_UINT(plan.program_count, 2);
    tern_plan_program(&plan, 1, &second);
    CHECK_UINT(second.header.isa, 1);
    CHECK_UINT(second.program, 1);
    CHECK_BYTES(second.strings + second.name.at, "second", 6);
    CHECK_UINT(second.blobs[0].at, plan.blobs[0].at);
    CHECK(second.steps != plan.steps);
    maker_free(bytes);
}

TERN_TEST(writing_refuses_a_buffer_that_is_too_small)
{
    maker_relu_add(&maker);
    size_t size = 0, written = 0;
    uint8_t *bytes = maker_write(&maker, &size);
    CHECK_STATUS(tern_plan_write(&maker.plan, bytes, size - 1, &written), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_plan_write(&maker.plan, bytes, 10, &written), TERN_INVALID_ARGUMENT);
    maker_free(bytes);
}

TERN_TEST(writing_refuses_a_broken_image)
{
    maker_relu_add(&maker);
    size_t size = 0;
    maker.indices[0] = 99;
    CHECK_STATUS(tern_plan_write(&maker.plan, NULL, 0, &size), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "value 99");
}

/* What is no plan of ours gets its own sentence. */
static void swap(void *at, size_t bytes)
{
    uint8_t *b = at;
    for (size_t i = 0; i < bytes / 2; i++) {
        const uint8_t t = b[i];
        b[i] = b[bytes - 1 - i];
        b[bytes - 1 - i] = t;
    }
}

static void other_order(tern_plan_file_header *h)
{
    swap(&h->sample_integer, 8);
    swap(&h->sample_float, 8);
    swap(&h->version, 4);
}

static void other_version(tern_plan_file_header *h)
{
    h->version = 7;
}

static void other_float(tern_plan_file_header *h)
{
    h->sample_float = 370.25;
}

static void more_features(tern_plan_file_header *h)
{
    h->features = 4;
}

static void an_onnx_file(tern_plan_file_header *h)
{
    memcpy(h->magic, "\x08\x07\x12\x07pytorch", 8);
}

static void a_tensorrt_engine(tern_plan_file_header *h)
{
    memcpy(h->magic, "ftrt\0\0\0\0", 8);
}

static void longer(tern_plan_file_header *h)
{
    h->total_bytes += 100;
}

static void shorter(tern_plan_file_header *h)
{
    h->total_bytes -= 1;
}

static void many_sections(tern_plan_file_header *h)
{
    h->section_count = UINT32_MAX;
}

static const struct {
    const char *name;
    void (*change)(tern_plan_file_header *h);
    tern_status want;
    const char *says;
} foreign[] = {
    {"other_byte_order", other_order, TERN_VERSION, "other byte order"},
    {"other_version", other_version, TERN_VERSION, "format version 7"},
    {"other_float", other_float, TERN_VERSION, "floats"},
    {"more_features", more_features, TERN_VERSION, "features 0x4"},
    {"onnx", an_onnx_file, TERN_BAD_MODEL, "not a plan, it begins with 08 07 12"},
    {"tensorrt", a_tensorrt_engine, TERN_BAD_MODEL, "TensorRT"},
    {"truncated", longer, TERN_BAD_MODEL, "truncated"},
    {"something_behind", shorter, TERN_BAD_MODEL, "behind it"},
    {"many_sections", many_sections, TERN_BAD_MODEL, "sections do not fit"},
};

TERN_TEST_ROWS(foreign_files_get_a_sentence, foreign)
{
    maker_relu_add(&maker);
    size_t size = 0;
    void *bytes = maker_write(&maker, &size);
    foreign[row].change(bytes);
    tern_plan plan;
    CHECK_STATUS(read(bytes, size, &plan), foreign[row].want);
    CHECK_CONTAINS(tern_error_last()->text, foreign[row].says);
    CHECK_CONTAINS(tern_error_last()->text, "plan \"test\"");
    maker_free(bytes);
}

TERN_TEST(an_empty_file_is_called_empty)
{
    tern_plan plan;
    CHECK_STATUS(read(NULL, 0, &plan), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "empty");
}

/* A plan with one section more, of an id that this library does not know.  The others move up by
   64 bytes to make room for its entry; the weights stay, since there is a gap before them. */
static void *with_section(uint32_t flags, const char *name, size_t *out_size)
{
    static uint64_t room[1 << 14];
    uint8_t *to = (uint8_t *)room;
    maker_relu_add(&maker);
    size_t size = 0;
    uint8_t *from = maker_write(&maker, &size);
    REQUIRE(size + 128 <= sizeof room);
    memset(room, 0, sizeof room);
    tern_plan_file_header *h = (tern_plan_file_header *)(void *)to;
    tern_plan_section *table = (tern_plan_section *)(void *)(h + 1);
    memcpy(to, from,
           sizeof *h +
               ((const tern_plan_file_header *)(void *)from)->section_count * sizeof *table);
    for (uint32_t i = 0; i < h->section_count; i++) {
        const uint64_t old = table[i].offset;
        table[i].offset += table[i].id == TERN_PLAN_SECTION_WEIGHTS ? 0 : 64;
        memcpy(to + table[i].offset, from + old, table[i].size);
    }
    maker_free(from);
    tern_plan_section *last = &table[h->section_count++];
    *last =
        (tern_plan_section){.id = 40, .flags = flags, .offset = (size + 63) / 64 * 64, .size = 64};
    memcpy(last->name, name, strlen(name));
    memset(to + last->offset, 0x5a, 64);
    *out_size = last->offset + 64;
    maker_fix(to, *out_size);
    return maker_copy(to, *out_size);
}

TERN_TEST(unknown_optional_sections_are_skipped)
{
    size_t size = 0;
    void *bytes = with_section(0, "notes", &size);
    tern_plan plan;
    CHECK_OK(read(bytes, size, &plan));
    CHECK_UINT(plan.step_count, 2);
    maker_free(bytes);
}

TERN_TEST(unknown_required_sections_are_refused_by_name)
{
    size_t size = 0;
    void *bytes = with_section(TERN_PLAN_SECTION_REQUIRED, "loops", &size);
    tern_plan plan;
    CHECK_STATUS(read(bytes, size, &plan), TERN_VERSION);
    CHECK_CONTAINS(tern_error_last()->text, "section \"loops\" (40) is required");
    maker_free(bytes);
}

TERN_TEST(lazy_reading_leaves_weights_alone)
{
    maker_relu_add(&maker);
    size_t size = 0;
    uint8_t *bytes = maker_write(&maker, &size);
    tern_plan plan;
    bytes[size - 1] ^= 1; /* the last byte of the weights */
    CHECK_STATUS(read(bytes, size, &plan), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "\"weights\"");
    CHECK_OK(tern_plan_read(bytes, size, TERN_PLAN_VERIFY_TABLES, "test", &plan));
    maker_free(bytes);
}
