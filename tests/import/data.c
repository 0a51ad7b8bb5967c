/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of tensors: every type raw and typed, in lists of the right and the wrong size. */
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "harness/harness.h"
#include "harness/proto.h"
#include "import/onnx/model.h"

enum { COUNT = 5, MOST_BYTES = 8 * 16 };

/* A type as onnx.proto describes it: bits, the list its elements are in, and the bytes of an
 * element of that list that count. */
typedef struct dtype_row {
    const char *name;
    int32_t dtype;
    size_t bits, field, unit;
} dtype_row;

static const dtype_row dtypes[] = {
    {"float", 1, 32, 4, 4},
    {"uint8", 2, 8, 5, 1},
    {"int8", 3, 8, 5, 1},
    {"uint16", 4, 16, 5, 2},
    {"int16", 5, 16, 5, 2},
    {"int32", 6, 32, 5, 4},
    {"int64", 7, 64, 7, 8},
    {"bool", 9, 8, 5, 1},
    {"float16", 10, 16, 5, 2},
    {"double", 11, 64, 10, 8},
    {"uint32", 12, 32, 11, 4},
    {"uint64", 13, 64, 11, 8},
    {"bfloat16", 16, 16, 5, 2},
    {"float8e4m3fn", 17, 8, 5, 1},
    {"float8e4m3fnuz", 18, 8, 5, 1},
    {"float8e5m2", 19, 8, 5, 1},
    {"float8e5m2fnuz", 20, 8, 5, 1},
    {"uint4", 21, 4, 5, 1},
    {"int4", 22, 4, 5, 1},
    {"float4e2m1", 23, 4, 5, 1},
    {"float8e8m0", 24, 8, 5, 1},
    {"uint2", 25, 2, 5, 1},
    {"int2", 26, 2, 5, 1},
};

static size_t bytes_of(const dtype_row *d, size_t count)
{
    return (count * d->bits + 7) / 8;
}

/* A tensor in a model, and what reading it gave. */
typedef struct trial {
    proto p; /* of the tensor */
    proto model;
    tern_arena arena;
    const tern_onnx_tensor *tensor;
    tern_span data;
} trial;

static void start(trial *t, int32_t dtype, const int64_t *dims, size_t rank)
{
    *t = (trial){.tensor = NULL};
    proto_packed(&t->p, 1, dims, rank);
    proto_number(&t->p, 2, dtype);
}

static void read_tensor(trial *t)
{
    const tern_onnx_model *model = NULL;
    const size_t graph = proto_begin(&t->model, 7);
    proto_bytes(&t->model, 5, t->p.at, t->p.len);
    proto_end(&t->model, graph);
    tern_arena_init(&t->arena, tern_allocator_default());
    REQUIRE_OK(tern_onnx_read(proto_span(&t->model), "data", &t->arena, &model));
    t->tensor = model->graph->initializers;
}

static tern_status take(trial *t)
{
    read_tensor(t);
    return tern_onnx_tensor_data(t->tensor, NULL, &t->arena, "data", &t->data);
}

static void finish(trial *t)
{
    tern_arena_destroy(&t->arena);
    proto_free(&t->p);
    proto_free(&t->model);
}

/* --- typed lists --- */

/* Number i of a list: bits in the low `unit` bytes; bool wants 0 and 1. */
static uint64_t number_at(const dtype_row *d, size_t i)
{
    static const uint64_t numbers[] = {1, 0xfedcba9876543210, 0, 0x7f, 0x8000000080008080};
    const uint64_t x = numbers[i % TERN_COUNT_OF(numbers)];
    const uint64_t kept = d->unit == 8 ? x : x & (((uint64_t)1 << 8 * d->unit) - 1);
    return d->dtype == 9 ? i % 2 : kept;
}

static void want_bytes(const dtype_row *d, size_t numbers, uint8_t *out)
{
    for (size_t i = 0; i < numbers; i++) {
        uint8_t bytes[8];
        tern_store_le64(bytes, number_at(d, i));
        memcpy(out + i * d->unit, bytes, d->unit);
    }
}

/* Signed types come as writers put them: sign-extended. */
static int64_t as_written(const dtype_row *d, size_t i)
{
    const uint64_t x = number_at(d, i);
    if (d->dtype == 3) {
        return (int8_t)x;
    }
    return d->dtype == 5 ? (int16_t)x : d->dtype == 6 ? (int32_t)x : (int64_t)x;
}

static void put_one(proto *p, const dtype_row *d, size_t i)
{
    uint8_t bytes[8];
    tern_store_le64(bytes, number_at(d, i));
    if (d->field == 4 || d->field == 10) {
        proto_tag(p, (uint32_t)d->field, d->field == 4 ? 5 : 1);
        proto_raw(p, bytes, d->unit);
    } else {
        proto_number(p, (uint32_t)d->field, as_written(d, i));
    }
}

static void put_packed(proto *p, const dtype_row *d, size_t first, size_t end)
{
    const size_t list = proto_begin(p, (uint32_t)d->field);
    for (size_t i = first; i < end; i++) {
        uint8_t bytes[8];
        tern_store_le64(bytes, number_at(d, i));
        if (d->field == 4 || d->field == 10) {
            proto_raw(p, bytes, d->unit);
        } else {
            proto_varint(p, (uint64_t)as_written(d, i));
        }
    }
    proto_end(p, list);
}

typedef enum packing { PACKED, ONE_BY_ONE, MIXED, PACKINGS } packing;

static tern_status take_typed(trial *t, const dtype_row *d, int64_t count, size_t numbers,
                              packing how)
{
    start(t, d->dtype, &count, 1);
    if (how == PACKED && numbers > 0) {
        put_packed(&t->p, d, 0, numbers);
    } else if (how == MIXED && numbers > 1) {
        put_packed(&t->p, d, 0, numbers / 2);
        put_one(&t->p, d, numbers / 2);
        put_packed(&t->p, d, numbers / 2 + 1, numbers);
    } else {
        for (size_t i = 0; i < numbers; i++) {
            put_one(&t->p, d, i);
        }
    }
    return take(t);
}

TERN_TEST_ROWS(onnx_typed_data, dtypes)
{
    const dtype_row *d = &dtypes[row];
    const size_t numbers = bytes_of(d, COUNT) / d->unit;
    for (packing how = PACKED; how < PACKINGS; how++) {
        trial t;
        uint8_t want[MOST_BYTES];
        want_bytes(d, numbers, want);
        REQUIRE_OK(take_typed(&t, d, COUNT, numbers, how));
        REQUIRE_INT(t.data.bytes, bytes_of(d, COUNT));
        CHECK_BYTES(t.data.at, want, t.data.bytes);
        finish(&t);
    }
}

TERN_TEST_ROWS(onnx_typed_data_of_wrong_size, dtypes)
{
    const dtype_row *d = &dtypes[row];
    const size_t numbers = bytes_of(d, COUNT) / d->unit;
    for (packing how = PACKED; how < PACKINGS; how++) {
        for (size_t given = 0; given <= numbers + 2; given++) {
            trial t;
            CHECK_STATUS(take_typed(&t, d, COUNT, given, how),
                         given == numbers ? TERN_OK : TERN_BAD_MODEL);
            finish(&t);
        }
    }
}

TERN_TEST_ROWS(onnx_typed_data_empty, dtypes)
{
    trial t;
    CHECK_OK(take_typed(&t, &dtypes[row], 0, 0, PACKED));
    CHECK_INT(t.data.bytes, 0);
    finish(&t);
    CHECK_STATUS(take_typed(&t, &dtypes[row], 0, 1, PACKED), TERN_BAD_MODEL);
    finish(&t);
}

TERN_TEST(onnx_typed_bool_is_0_or_1)
{
    trial t;
    const int64_t count = 3, numbers[] = {2, 0, -1};
    start(&t, 9, &count, 1);
    proto_packed(&t.p, 5, numbers, 3);
    REQUIRE_OK(take(&t));
    CHECK_BYTES(t.data.at, "\1\0\1", 3);
    finish(&t);
}

TERN_TEST(onnx_typed_data_in_another_list_does_not_count)
{
    trial t;
    const int64_t count = 1, number = 1;
    start(&t, 1, &count, 1);
    proto_packed(&t.p, 5, &number, 1); /* a float in int32_data */
    CHECK_STATUS(take(&t), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, "data: 0 numbers of data, expected 1");
    finish(&t);
}

TERN_TEST(onnx_typed_data_with_a_long_varint)
{
    static const uint8_t list[] = {1,    0xff, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    trial t;
    const int64_t count = 2;
    start(&t, 6, &count, 1);
    proto_bytes(&t.p, 5, list, sizeof list);
    CHECK_STATUS(take(&t), TERN_BAD_MODEL);
    finish(&t);
    start(&t, 6, &count, 1);
    proto_bytes(&t.p, 5, (const uint8_t[]){1, 2, 0x80}, 3); /* ends within a number */
    CHECK_STATUS(take(&t), TERN_BAD_MODEL);
    finish(&t);
}

/* --- raw data --- */

TERN_TEST_ROWS(onnx_raw_data, dtypes)
{
    const dtype_row *d = &dtypes[row];
    for (size_t shift = 0; shift < 16; shift++) { /* at every alignment */
        trial t;
        uint8_t want[MOST_BYTES];
        const int64_t dims[] = {COUNT, 3};
        const size_t bytes = bytes_of(d, COUNT * 3);
        for (size_t i = 0; i < bytes; i++) {
            want[i] = (uint8_t)(i * 7 + 1);
        }
        start(&t, d->dtype, dims, 2);
        proto_bytes(&t.p, 8, "0123456789abcdef", shift); /* name */
        proto_bytes(&t.p, 9, want, bytes);
        REQUIRE_OK(take(&t));
        REQUIRE_INT(t.data.bytes, bytes);
        CHECK_BYTES(t.data.at, want, bytes);
        CHECK(t.data.at == t.tensor->raw.at); /* where it lies */
        finish(&t);
    }
}

TERN_TEST_ROWS(onnx_raw_data_of_wrong_size, dtypes)
{
    const dtype_row *d = &dtypes[row];
    static const uint8_t zeros[MOST_BYTES];
    for (size_t given = 0; given <= bytes_of(d, COUNT) + 9; given++) {
        trial t;
        const int64_t count = COUNT;
        start(&t, d->dtype, &count, 1);
        proto_bytes(&t.p, 9, zeros, given);
        CHECK_STATUS(take(&t), given == bytes_of(d, COUNT) ? TERN_OK : TERN_BAD_MODEL);
        finish(&t);
    }
}

TERN_TEST_ROWS(onnx_raw_data_empty, dtypes)
{
    trial t;
    const int64_t dims[] = {4, 0, INT64_MAX}; /* nothing, however large the rest */
    start(&t, dtypes[row].dtype, dims, 3);
    proto_bytes(&t.p, 9, "", 0);
    CHECK_OK(take(&t));
    CHECK_INT(t.data.bytes, 0);
    finish(&t);
}

TERN_TEST_ROWS(onnx_scalar_data, dtypes)
{
    trial t;
    static const uint8_t zeros[8];
    start(&t, dtypes[row].dtype, NULL, 0);
    proto_bytes(&t.p, 9, zeros, bytes_of(&dtypes[row], 1));
    CHECK_OK(take(&t));
    CHECK_INT(t.data.bytes, bytes_of(&dtypes[row], 1));
    finish(&t);
}

/* --- dims --- */

static const struct {
    const char *name;
    int64_t dims[4];
    size_t rank;
} bad_dims[] = {
    {"negative", {-1}, 1},
    {"most_negative", {INT64_MIN, 2}, 2},
    {"negative_twice", {-2, -2}, 2},
    {"negative_and_0", {0, -1}, 2},
    {"2^63_bytes", {INT64_MAX}, 1},
    {"2^62_elements", {(int64_t)1 << 62}, 1},
    {"2^64_elements", {(int64_t)1 << 32, (int64_t)1 << 32}, 2},
    {"wraps_to_4", {(int64_t)1 << 62, 4, 4}, 3}, /* 2^66 */
};

TERN_TEST_ROWS(onnx_dims_that_cannot_be, bad_dims)
{
    for (int is_raw = 0; is_raw < 2; is_raw++) {
        trial t;
        start(&t, 1, bad_dims[row].dims, bad_dims[row].rank);
        if (is_raw != 0) {
            proto_bytes(&t.p, 9, "0123456789abcdef", 16);
        }
        CHECK_STATUS(take(&t), TERN_BAD_MODEL);
        finish(&t);
    }
}

enum { MANY = 1000 * 1000 };

TERN_TEST(onnx_rank_of_a_million)
{
    for (uint8_t extent = 1; extent <= 2; extent++) {
        trial t = {.tensor = NULL};
        const size_t dims = proto_begin(&t.p, 1);
        for (int i = 0; i < MANY; i++) {
            proto_raw(&t.p, &extent, 1);
        }
        proto_end(&t.p, dims);
        proto_number(&t.p, 2, 2);
        proto_bytes(&t.p, 9, "x", 1);
        const tern_status status = take(&t);
        CHECK_INT(t.tensor->rank, MANY);
        CHECK_STATUS(status, extent == 1 ? TERN_OK : TERN_BAD_MODEL); /* what 2^MANY is not */
        finish(&t);
    }
}

/* --- types --- */

static const struct {
    const char *name;
    int64_t dtype;
    tern_status status;
} bad_types[] = {
    {"undefined", 0, TERN_BAD_MODEL},         {"string", 8, TERN_UNSUPPORTED},
    {"unheard_of", 99, TERN_UNSUPPORTED},     {"negative", -1, TERN_UNSUPPORTED},
    {"largest", INT32_MAX, TERN_UNSUPPORTED}, {"least", INT32_MIN, TERN_UNSUPPORTED},
};

TERN_TEST_ROWS(onnx_data_of_no_numeric_type, bad_types)
{
    trial t;
    const int64_t count = 4;
    start(&t, (int32_t)bad_types[row].dtype, &count, 1);
    proto_bytes(&t.p, 9, "0123", 4);
    CHECK_STATUS(take(&t), bad_types[row].status);
    CHECK_CONTAINS(tern_error_last()->text, "data: ");
    finish(&t);
}

/* --- strings --- */

static tern_status take_strings(trial *t, const tern_str **out_strings, int64_t *out_count)
{
    read_tensor(t);
    return tern_onnx_tensor_strings(t->tensor, &t->arena, "data", out_strings, out_count);
}

TERN_TEST(onnx_strings)
{
    const tern_str *strings = NULL;
    int64_t count = 0;
    const int64_t dims[] = {3, 1};
    for (int given = 0; given < 5; given++) {
        trial t;
        start(&t, 8, dims, 2);
        for (int i = 0; i < given; i++) {
            proto_bytes(&t.p, 6, "a\0c", (size_t)i);
        }
        CHECK_STATUS(take_strings(&t, &strings, &count), given == 3 ? TERN_OK : TERN_BAD_MODEL);
        if (given == 3) {
            REQUIRE_INT(count, 3);
            CHECK(strings[0].len == 0 && tern_str_is(strings[1], "a") && strings[2].len == 2);
        }
        finish(&t);
    }
}

TERN_TEST(onnx_strings_hostile)
{
    const tern_str *strings = NULL;
    int64_t count = 0;
    for (int kind = 0; kind < 4; kind++) {
        trial t;
        const int64_t dim = kind == 2 ? INT64_MAX : kind == 3 ? -1 : 1;
        start(&t, kind == 0 ? 1 : 8, &dim, 1);
        proto_text(&t.p, 6, "a");
        if (kind == 1) {
            proto_bytes(&t.p, 9, "a", 1); /* raw */
        }
        CHECK_STATUS(take_strings(&t, &strings, &count), TERN_BAD_MODEL);
        CHECK(strings == NULL && count == 0);
        finish(&t);
    }
}
