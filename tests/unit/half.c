/* SPDX-License-Identifier: Apache-2.0 */
/* base/half: all 65,536 values one way, and the rounding of everything between them the other way.
   The expected values come from powers of two and neighbours, not from the code under test. */
#include "base/half.h"

#include <math.h>

#include "harness/harness.h"

/* Value of a 16-bit float by definition: sign, exponent, fraction. */
static double value_of(uint16_t bits, int mantissa_bits)
{
    const int exponent_max = (1 << (15 - mantissa_bits)) - 1;
    const int bias = exponent_max / 2;
    const int exponent = (bits >> mantissa_bits) & exponent_max;
    const int fraction = bits & ((1 << mantissa_bits) - 1);
    const double sign = (bits & 0x8000u) != 0 ? -1.0 : 1.0;
    if (exponent == exponent_max) {
        return fraction != 0 ? (double)NAN : sign * (double)INFINITY;
    }
    if (exponent == 0) {
        return sign * ldexp(fraction, 1 - bias - mantissa_bits);
    }
    return sign * ldexp(fraction + (1 << mantissa_bits), exponent - bias - mantissa_bits);
}

static const struct {
    const char *name;
    int mantissa_bits;
    float (*widen)(uint16_t);
    uint16_t (*from_f32)(float);
    uint16_t (*from_f64)(double);
} formats[] = {
    {"f16", 10, tern_f16_to_f32, tern_f32_to_f16, tern_f64_to_f16},
    {"bf16", 7, tern_bf16_to_f32, tern_f32_to_bf16, tern_f64_to_bf16},
};

static bool is_nan16(uint32_t bits, int mantissa_bits)
{
    const uint32_t infinity = 0x8000u - (1u << mantissa_bits);
    return (bits & 0x7fffu) > infinity;
}

TERN_TEST_ROWS(half_every_value_widens_exactly_and_comes_back, formats)
{
    for (uint32_t bits = 0; bits < 0x10000u; bits++) {
        const uint16_t x = (uint16_t)bits;
        const float wide = formats[row].widen(x);
        const uint16_t from_f32 = formats[row].from_f32(wide);
        const uint16_t from_f64 = formats[row].from_f64((double)wide);
        if (is_nan16(bits, formats[row].mantissa_bits)) {
            CHECK(isnan(wide));
            CHECK(is_nan16(from_f32, formats[row].mantissa_bits));
            CHECK(is_nan16(from_f64, formats[row].mantissa_bits));
            CHECK_UINT(from_f32 & 0x8000u, x & 0x8000u);
            CHECK_UINT(from_f64 & 0x8000u, x & 0x8000u);
            continue;
        }
        const double want = value_of(x, formats[row].mantissa_bits);
        CHECK((double)wide == want && (signbit(wide) != 0) == (x >> 15 != 0));
        CHECK_UINT(from_f32, x);
        CHECK_UINT(from_f64, x);
    }
}

/* Between two neighbours a < b: the middle goes to the even one, and the least bit beside it
   decides. */
static void check_between(size_t row, uint16_t low)
{
    const int mantissa_bits = formats[row].mantissa_bits;
    const uint16_t high = (uint16_t)(low + 1);
    const double a = value_of(low, mantissa_bits);
    double b = value_of(high, mantissa_bits);
    if (isinf(b)) { /* overflow rounds as if the next power of two existed */
        b = ldexp(1.0, 1 + ilogb(a));
    }
    const double middle = (a + b) / 2;
    const uint16_t even = (low & 1u) == 0 ? low : high;
    CHECK_UINT(formats[row].from_f64(middle), even);
    CHECK_UINT(formats[row].from_f64(nextafter(middle, 0.0)), low);
    CHECK_UINT(formats[row].from_f64(nextafter(middle, (double)INFINITY)), high);
    CHECK_UINT(formats[row].from_f64(-middle), even | 0x8000u);
    const float narrow = (float)middle;
    if ((double)narrow == middle) {
        CHECK_UINT(formats[row].from_f32(narrow), even);
        CHECK_UINT(formats[row].from_f32(nextafterf(narrow, 0.0f)), low);
        CHECK_UINT(formats[row].from_f32(nextafterf(narrow, INFINITY)), high);
    }
}

TERN_TEST_ROWS(half_rounds_to_nearest_even_everywhere, formats)
{
    const int mantissa_bits = formats[row].mantissa_bits;
    const uint32_t infinity = 0x8000u - (1u << mantissa_bits);
    for (uint32_t low = 0; low < infinity; low++) {
        check_between(row, (uint16_t)low);
    }
}

TERN_TEST_ROWS(half_extremes, formats)
{
    const uint16_t infinity = (uint16_t)(0x8000u - (1u << formats[row].mantissa_bits));
    CHECK_UINT(formats[row].from_f64(1e300), infinity);
    CHECK_UINT(formats[row].from_f64(-1e300), infinity | 0x8000u);
    CHECK_UINT(formats[row].from_f64((double)INFINITY), infinity);
    CHECK_UINT(formats[row].from_f64(1e-300), 0);
    CHECK_UINT(formats[row].from_f64(-1e-300), 0x8000u);
    CHECK_UINT(formats[row].from_f64(4.9e-324), 0);
    CHECK_UINT(formats[row].from_f32(1.4e-45f), 0);
    CHECK_UINT(formats[row].from_f32(-0.0f), 0x8000u);
    CHECK_UINT(formats[row].from_f32(3.4028235e38f), infinity);
    CHECK(isnan(formats[row].widen(formats[row].from_f64((double)NAN))));
}

/* Through float this would round twice: 1 + 2^-11 + 2^-40 is just above the middle of two f16. */
TERN_TEST(half_from_double_rounds_once)
{
    CHECK_UINT(tern_f64_to_f16(1.0 + ldexp(1.0, -11) + ldexp(1.0, -40)), 0x3c01u);
    CHECK_UINT(tern_f32_to_f16((float)(1.0 + ldexp(1.0, -11) + ldexp(1.0, -40))), 0x3c00u);
    CHECK_UINT(tern_f64_to_bf16(1.0 + ldexp(1.0, -8) + ldexp(1.0, -40)), 0x3f81u);
}
