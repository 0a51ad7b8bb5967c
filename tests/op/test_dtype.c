/* SPDX-License-Identifier: Apache-2.0
 *
 * Element types: conversions at their edges, layouts' bytes and strides.
 */
#include "harness/harness.h"
#include "op/type.h"

#include <math.h>

typedef struct convert_row {
    const char *name;
    double x;
    tern_dtype to;
    double want;
} convert_row;

static const convert_row from_f64[] = {
    {"towards_zero", -1.9, TERN_DTYPE_I32, -1},
    {"i8_saturates", 300, TERN_DTYPE_I8, 127},
    {"i8_saturates_low", -300, TERN_DTYPE_I8, -128},
    {"i16_edge", 32767.9, TERN_DTYPE_I16, 32767},
    {"i32_saturates", 3e9, TERN_DTYPE_I32, 2147483647},
    {"i64_saturates", 1e300, TERN_DTYPE_I64, 9223372036854775807.0},
    {"i32_nan", (double)NAN, TERN_DTYPE_I32, 0},
    {"i32_infinity", -(double)INFINITY, TERN_DTYPE_I32, -2147483648.0},
    {"u8_wraps", 300, TERN_DTYPE_U8, 44},
    {"u8_exact", 256, TERN_DTYPE_U8, 0},
    {"u8_negative", -5, TERN_DTYPE_U8, 0},
    {"u16_saturates", 70000, TERN_DTYPE_U16, 65535},
    {"u32_edge", 4294967295.0, TERN_DTYPE_U32, 4294967295.0},
    {"u64_nan", (double)NAN, TERN_DTYPE_U64, 0},
    {"bool_half", 0.5, TERN_DTYPE_BOOL, 1},
    {"bool_nan", (double)NAN, TERN_DTYPE_BOOL, 1},
    {"bool_minus_zero", -0.0, TERN_DTYPE_BOOL, 0},
    {"f16_tie", 2049, TERN_DTYPE_F16, 2048},
    {"f16_above_tie", 2049.0000001, TERN_DTYPE_F16, 2050},
    {"f16_overflow", 65520, TERN_DTYPE_F16, (double)INFINITY},
    {"bf16_tie", 257, TERN_DTYPE_BF16, 256},
    {"bf16_above_tie", 257.0000001, TERN_DTYPE_BF16, 258},
};

TERN_TEST_ROWS(dtype_converts_from_f64, from_f64)
{
    const convert_row *const r = &from_f64[row];
    uint64_t stored = 0;
    double back = -1;
    tern_convert(TERN_DTYPE_F64, &r->x, r->to, &stored, 1);
    tern_convert(r->to, &stored, TERN_DTYPE_F64, &back, 1);
    CHECK_NEAR(back, r->want, 0);
}

TERN_TEST(dtype_rounds_integers_once)
{
    /* 2^60 + 2^36 + 1 lies just above the middle of two floats; through double it would become the
     * middle */
    const int64_t x = (INT64_C(1) << 60) + (INT64_C(1) << 36) + 1;
    float f;
    tern_convert(TERN_DTYPE_I64, &x, TERN_DTYPE_F32, &f, 1);
    CHECK_NEAR((double)f, ldexp(1.0, 60) + ldexp(1.0, 37), 0);
    const int64_t y = -x;
    tern_convert(TERN_DTYPE_I64, &y, TERN_DTYPE_F32, &f, 1);
    CHECK_NEAR((double)f, -(ldexp(1.0, 60) + ldexp(1.0, 37)), 0);
    const uint64_t z = UINT64_MAX;
    tern_convert(TERN_DTYPE_U64, &z, TERN_DTYPE_F32, &f, 1);
    CHECK_NEAR((double)f, ldexp(1.0, 64), 0);
}

TERN_TEST(dtype_integers_wrap_around)
{
    const int32_t x[] = {300, -1, 128};
    int8_t y[3];
    uint8_t z[3];
    tern_convert(TERN_DTYPE_I32, x, TERN_DTYPE_I8, y, 3);
    tern_convert(TERN_DTYPE_I32, x, TERN_DTYPE_U8, z, 3);
    CHECK_INT(y[0], 44);
    CHECK_INT(y[1], -1);
    CHECK_INT(y[2], -128);
    CHECK_INT(z[0], 44);
    CHECK_INT(z[1], 255);
}

TERN_TEST(dtype_widen_and_narrow_are_inverse)
{
    for (int id = 1; id < 32; id++) {
        const tern_dtype_info *const info = tern_dtype_find(id);
        if (info == NULL) {
            continue;
        }
        unsigned char raw[8 * 16], back[8 * 16], wide[8 * 16 + 16];
        const size_t bytes = (size_t)info->bits * 16 / 8;
        for (size_t i = 0; i < bytes; i++) {
            raw[i] = (unsigned char)(info->class_ == TERN_CLASS_B ? tern_test_random() & 1
                                                                  : tern_test_random() & 0x3f);
        }
        memset(back, 0xff, sizeof back);
        tern_widen((tern_dtype)id, raw, 16, wide);
        tern_narrow((tern_dtype)id, wide, 16, back);
        CHECK_BYTES(back, raw, bytes);
        size_t computed = 0;
        CHECK(tern_dtype_bytes((tern_dtype)id, 16, &computed));
        CHECK_UINT(computed, bytes);
        CHECK_INT(tern_dtype_by_name(info->name, strlen(info->name)), id);
    }
}

TERN_TEST(dtype_unknown_numbers_are_refused)
{
    size_t bytes;
    CHECK(tern_dtype_find(0) == NULL);
    CHECK(tern_dtype_find(-1) == NULL);
    CHECK(tern_dtype_find(8) == NULL);
    CHECK(tern_dtype_find(INT32_MAX) == NULL);
    CHECK(!tern_dtype_bytes((tern_dtype)99, 1, &bytes));
    CHECK(!tern_dtype_bytes(TERN_DTYPE_F32, -1, &bytes));
    CHECK(!tern_dtype_bytes(TERN_DTYPE_F64, INT64_MAX, &bytes));
    CHECK_INT(tern_dtype_by_name("f3", 2), 0);
}

static const struct {
    const char *name;
    tern_layout layout;
    size_t bytes;
    int64_t strides[4];
} layouts[] = {
    {"linear", TERN_LAYOUT_LINEAR, 2 * 20 * 3 * 5 * 4, {300, 15, 5, 1}},
    {"nhwc", TERN_LAYOUT_NHWC, 2 * 20 * 3 * 5 * 4, {300, 1, 100, 20}},
    {"nchw16c", TERN_LAYOUT_NCHW16C, 2 * 32 * 3 * 5 * 4, {480, 240, 80, 16}},
    {"nchw8c", TERN_LAYOUT_NCHW8C, 2 * 24 * 3 * 5 * 4, {360, 120, 40, 8}},
};

TERN_TEST_ROWS(type_layouts, layouts)
{
    tern_type t = tern_type_make(TERN_DTYPE_F32, 4, (int64_t[]){2, 20, 3, 5});
    t.layout = (uint8_t)layouts[row].layout;
    size_t bytes = 0;
    int64_t strides[TERN_MAX_RANK];
    CHECK(tern_type_bytes(&t, &bytes));
    CHECK_UINT(bytes, layouts[row].bytes);
    tern_type_strides(&t, strides);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(strides[i], layouts[row].strides[i]);
    }
    CHECK_INT(tern_layout_by_name(layouts[row].name, strlen(layouts[row].name)),
              layouts[row].layout);
    CHECK_TEXT(tern_layout_name((int)layouts[row].layout), layouts[row].name);
}

TERN_TEST(type_volume_checks_overflow)
{
    int64_t count;
    size_t bytes;
    const int64_t huge[] = {INT64_C(1) << 40, INT64_C(1) << 40};
    const int64_t empty[] = {INT64_C(1) << 40, INT64_C(1) << 40, 0};
    tern_type t = tern_type_make(TERN_DTYPE_F32, 2, huge);
    CHECK(!tern_type_volume(&t, &count));
    CHECK(!tern_type_bytes(&t, &bytes));
    t = tern_type_make(TERN_DTYPE_F32, 3, empty);
    CHECK(tern_type_volume(&t, &count) && count == 0);
    t = tern_type_make(TERN_DTYPE_F32, 1, (int64_t[]){-1});
    CHECK(!tern_type_volume(&t, &count));
    t = tern_type_make(TERN_DTYPE_F32, 0, NULL);
    CHECK(tern_type_volume(&t, &count) && count == 1);
    CHECK_INT(tern_layout_by_name("nchw", 4), -1);
    CHECK_TEXT(tern_layout_name(77), "?");
}
