/* SPDX-License-Identifier: Apache-2.0 */
/* base/minifloat: every code of every format against its definition, and the rounding of all that
   lies between two codes.  The rows of `recorded` were made with NumPy and ml_dtypes 0.5. */
#include "base/minifloat.h"

#include <math.h>

#include "harness/harness.h"

/* The formats by their definition: `specials` counts the codes after the largest number. */
typedef struct definition {
    const char *name;
    const tern_minifloat *format;
    int bits, fraction_bits, bias, max_code;
    double max;
    bool has_infinity, has_nan, has_minus_zero;
} definition;

static const definition formats[] = {
    {"f8e4m3fn", &tern_f8e4m3fn, 8, 3, 7, 0x7e, 448, false, true, true},
    {"f8e4m3fnuz", &tern_f8e4m3fnuz, 8, 3, 8, 0x7f, 240, false, true, false},
    {"f8e5m2", &tern_f8e5m2, 8, 2, 15, 0x7b, 57344, true, true, true},
    {"f8e5m2fnuz", &tern_f8e5m2fnuz, 8, 2, 16, 0x7f, 57344, false, true, false},
    {"f4e2m1", &tern_f4e2m1, 4, 1, 1, 0x7, 6, false, false, true},
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

static double value_of(const definition *d, int code)
{
    const int sign = 1 << (d->bits - 1), magnitude = code & (sign - 1);
    const double direction = (code & sign) != 0 ? -1.0 : 1.0;
    const int exponent = magnitude >> d->fraction_bits;
    const int fraction = magnitude & ((1 << d->fraction_bits) - 1);
    if (!d->has_minus_zero && code == sign) {
        return (double)NAN;
    }
    if (magnitude > d->max_code) {
        return d->has_infinity && magnitude == d->max_code + 1 ? direction * (double)INFINITY
                                                               : (double)NAN;
    }
    const double unit = ldexp(1.0, -d->fraction_bits);
    return exponent == 0 ? direction * ldexp(fraction * unit, 1 - d->bias)
                         : direction * ldexp(1.0 + fraction * unit, exponent - d->bias);
}

TERN_TEST_ROWS(minifloat_every_code_by_definition, formats)
{
    const definition *const d = &formats[row];
    CHECK_NEAR(value_of(d, d->max_code), d->max, 0);
    for (int code = 0; code < 1 << d->bits; code++) {
        const double want = value_of(d, code);
        const double got = tern_minifloat_to_f64(d->format, (uint8_t)code);
        if (isnan(want)) {
            CHECK(isnan(got));
            CHECK(isnan(tern_minifloat_to_f64(
                d->format, tern_minifloat_from_f64(d->format, got, code % 2 == 0))));
            continue;
        }
        CHECK(got == want && (signbit(got) != 0) == (signbit(want) != 0));
        CHECK_UINT(tern_minifloat_from_f64(d->format, want, false), code);
        if (!isinf(want)) {
            CHECK_UINT(tern_minifloat_from_f64(d->format, want, true), code);
        }
    }
}

/* The middle of two neighbours goes to the even one; the least bit beside it decides. */
TERN_TEST_ROWS(minifloat_rounds_to_nearest_even_everywhere, formats)
{
    const definition *const d = &formats[row];
    for (int low = 0; low <= d->max_code; low++) {
        const double a = value_of(d, low);
        /* beyond the largest number there is a next one all the same, which overflows */
        const double step = a - value_of(d, low - 1);
        const double b = low < d->max_code ? value_of(d, low + 1) : a + step;
        const double middle = (a + b) / 2;
        int even = low % 2 == 0 ? low : low + 1, high = low + 1;
        if (low == d->max_code) {
            high = tern_minifloat_from_f64(d->format, 1e30, false);
            even = low % 2 == 0 ? low : high;
        }
        CHECK_UINT(tern_minifloat_from_f64(d->format, middle, false), even);
        CHECK_UINT(tern_minifloat_from_f64(d->format, nextafter(middle, 0.0), false), low);
        CHECK_UINT(tern_minifloat_from_f64(d->format, nextafter(middle, 1e30), false), high);
    }
}

TERN_TEST_ROWS(minifloat_saturates_on_request, formats)
{
    static const double large[] = {1e6, 1e30, 1e300, (double)INFINITY};
    const definition *const d = &formats[row];
    const int sign = 1 << (d->bits - 1);
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        CHECK_UINT(tern_minifloat_from_f64(d->format, large[i], true), d->max_code);
        CHECK_UINT(tern_minifloat_from_f64(d->format, -large[i], true), d->max_code | sign);
        const double got =
            tern_minifloat_to_f64(d->format, tern_minifloat_from_f64(d->format, -large[i], false));
        CHECK(d->has_infinity ? isinf(got) && got < 0 : (d->has_nan ? isnan(got) : got == -d->max));
    }
    CHECK_UINT(tern_minifloat_from_f64(d->format, -0.0, true), d->has_minus_zero ? sign : 0);
    CHECK_UINT(tern_minifloat_from_f64(d->format, -1e-9, true), d->has_minus_zero ? sign : 0);
    CHECK_UINT(tern_minifloat_from_f64(d->format, 4.9e-324, true), 0);
}

static const struct {
    double x;
    uint8_t code[FORMATS];
} recorded[] = {
    {0.0, {0x00, 0x00, 0x00, 0x00, 0x00}},       {1.0, {0x38, 0x40, 0x3c, 0x40, 0x02}},
    {-1.0, {0xb8, 0xc0, 0xbc, 0xc0, 0x0a}},      {0.3, {0x2a, 0x32, 0x35, 0x39, 0x01}},
    {-0.7, {0xb3, 0xbb, 0xba, 0xbe, 0x09}},      {1.0625, {0x38, 0x40, 0x3c, 0x40, 0x02}},
    {1.1875, {0x3a, 0x42, 0x3d, 0x41, 0x02}},    {17, {0x58, 0x60, 0x4c, 0x50, 0x07}},
    {19, {0x5a, 0x62, 0x4d, 0x51, 0x07}},        {240, {0x77, 0x7f, 0x5c, 0x60, 0x07}},
    {248, {0x78, 0x80, 0x5c, 0x60, 0x07}},       {-255.9, {0xf8, 0x80, 0xdc, 0xe0, 0x0f}},
    {447, {0x7e, 0x80, 0x5f, 0x63, 0x07}},       {463.99, {0x7e, 0x80, 0x5f, 0x63, 0x07}},
    {464, {0x7e, 0x80, 0x5f, 0x63, 0x07}},       {465, {0x7f, 0x80, 0x5f, 0x63, 0x07}},
    {480, {0x7f, 0x80, 0x60, 0x64, 0x07}},       {57344, {0x7f, 0x80, 0x7b, 0x7f, 0x07}},
    {61439, {0x7f, 0x80, 0x7b, 0x7f, 0x07}},     {61440, {0x7f, 0x80, 0x7c, 0x80, 0x07}},
    {1e30, {0x7f, 0x80, 0x7c, 0x80, 0x07}},      {0x1p-9, {0x01, 0x02, 0x18, 0x1c, 0x00}},
    {0x1p-10, {0x00, 0x01, 0x14, 0x18, 0x00}},   {0x1.8p-10, {0x01, 0x02, 0x16, 0x1a, 0x00}},
    {0x1p-16, {0x00, 0x00, 0x01, 0x02, 0x00}},   {0x1p-17, {0x00, 0x00, 0x00, 0x01, 0x00}},
    {0x1.8p-17, {0x00, 0x00, 0x01, 0x02, 0x00}}, {0x1p-18, {0x00, 0x00, 0x00, 0x00, 0x00}},
};

TERN_TEST(minifloat_agrees_with_recorded_results)
{
    for (size_t i = 0; i < sizeof recorded / sizeof recorded[0]; i++) {
        for (int f = 0; f < FORMATS; f++) {
            CHECK_UINT(tern_minifloat_from_f64(formats[f].format, recorded[i].x, false),
                       recorded[i].code[f]);
        }
    }
}

TERN_TEST(e8m0_every_code_is_a_power_of_two)
{
    for (int code = 0; code < 255; code++) {
        const double x = tern_e8m0_to_f64((uint8_t)code);
        CHECK_NEAR(x, ldexp(1.0, code - 127), 0);
        for (int round = 0; round < 3; round++) {
            CHECK_UINT(tern_e8m0_from_f64(x, (tern_e8m0_round)round, false), code);
        }
        if (code < 254) {
            const double above = nextafter(x, 1e300), half = 1.5 * x;
            CHECK_UINT(tern_e8m0_from_f64(above, TERN_E8M0_ROUND_UP, true), code + 1);
            CHECK_UINT(tern_e8m0_from_f64(above, TERN_E8M0_ROUND_DOWN, true), code);
            CHECK_UINT(tern_e8m0_from_f64(half, TERN_E8M0_ROUND_NEAREST, true), code + 1);
            CHECK_UINT(tern_e8m0_from_f64(nextafter(half, 0.0), TERN_E8M0_ROUND_NEAREST, true),
                       code);
        }
    }
    CHECK(isnan(tern_e8m0_to_f64(255)));
}

/* ONNX's table of special values. */
TERN_TEST(e8m0_out_of_range)
{
    static const struct {
        double x;
        int saturated_up, nearest;
    } rows[] = {
        {0.0, 0, 255},       {(double)NAN, 255, 255}, {(double)INFINITY, 254, 255},
        {0x1p128, 254, 255}, {0x1p-140, 0, 255},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_UINT(tern_e8m0_from_f64(rows[i].x, TERN_E8M0_ROUND_UP, true), rows[i].saturated_up);
        CHECK_UINT(tern_e8m0_from_f64(rows[i].x, TERN_E8M0_ROUND_NEAREST, false), rows[i].nearest);
    }
    CHECK_UINT(tern_e8m0_from_f64(-1.0, TERN_E8M0_ROUND_UP, true), 255);
}
