/* SPDX-License-Identifier: Apache-2.0 */
/* convert_test.c: conversions between float types, all 16-bit values and hard floats, against
   arithmetic on double. */
#include "check.h"

#include <math.h>

#define TERN_CONVERT(family, t, source, target, isa)                                               \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_row_" #isa}, )
static const struct {
    const char *name;
} convert_rows[] = {
#include "kernel/eltwise.def"
};

typedef struct format {
    int exponent_bits, mantissa_bits;
} format;

static format format_of(tern_convert_type type)
{
    return type == TERN_CONVERT_f16 ? (format){5, 10} : (format){8, 7};
}

/* What 16 bits mean; every such value is exact in double. */
static double decode(uint16_t bits, format f)
{
    const int bias = (1 << (f.exponent_bits - 1)) - 1, all_ones = (1 << f.exponent_bits) - 1;
    const int exponent = bits >> f.mantissa_bits & all_ones;
    const int part = bits & ((1 << f.mantissa_bits) - 1);
    double size = 0.0;
    if (exponent == all_ones) {
        size = part != 0 ? (double)NAN : HUGE_VAL;
    } else {
        const int whole = exponent == 0 ? part : part | 1 << f.mantissa_bits;
        size = ldexp((double)whole, (exponent == 0 ? 1 : exponent) - bias - f.mantissa_bits);
    }
    return bits >> 15 ? -size : size;
}

/* The nearest value, the one with the even bits of two equally near. */
static bool is_nearest(uint16_t bits, float x, format f)
{
    const double got = decode(bits, f);
    if (isnan(x) || isnan(got)) {
        return isnan(x) && isnan(got);
    }
    if ((signbit(x) != 0) != (bits >> 15 != 0)) {
        return false;
    }
    const uint16_t size = bits & 0x7fffu,
                   infinity = (uint16_t)(((1 << f.exponent_bits) - 1) << f.mantissa_bits);
    const double want = fabs((double)x);
    /* where the format ends, infinity counts as the next step */
    const double last = decode((uint16_t)(infinity - 1), f),
                 step = last - decode((uint16_t)(infinity - 2), f);
    const double here = size == infinity ? last + step : fabs(got);
    const double below = size == 0 ? here : decode((uint16_t)(size - 1), f);
    const double above = size == infinity       ? HUGE_VAL
                         : size + 1 == infinity ? last + step
                                                : decode((uint16_t)(size + 1), f);
    const double low = (below + here) / 2, high = (here + above) / 2;
    const bool is_even = (size & 1u) == 0;
    return (is_even ? want >= low : want > low || size == 0) &&
           (is_even ? want <= high : want < high);
}

static void widen(const tern_convert_kernel *kernel)
{
    static uint16_t all[65536];
    static float out[65536];
    for (uint32_t i = 0; i < 65536; i++) {
        all[i] = (uint16_t)i;
    }
    kernel->run(all, out, 65536);
    int wrong = 0;
    for (uint32_t i = 0; i < 65536; i++) {
        const double want = decode((uint16_t)i, format_of(kernel->source));
        const bool is_negative = signbit(out[i]) != 0;
        const bool is_same =
            isnan(want) ? isnan(out[i]) : (double)out[i] == want && is_negative == (i >= 32768);
        wrong += !is_same;
    }
    CHECK_INT(wrong, 0);
}

static float hard_float(uint32_t i)
{
    const uint32_t random = (uint32_t)tern_test_random();
    /* halves of ulps of either format, and their neighbours */
    const uint32_t masks[] = {0xffffffffu, 0xffff8000u, 0xfffff000u,
                              0xffff8001u, 0xfffff001u, 0xffffe000u};
    const uint32_t edges[] = {0,           0x80000000u, 0x7f800000u, 0xff800000u, 0x7fc00000u,
                              0x7f800001u, 0x477fefffu, 0x477ff000u, 0x33000000u, 0x33000001u,
                              0x7f7fffffu, 0x7f7f8000u, 1u,          0x38800000u, 0x387fffffu};
    const uint32_t bits =
        i < TERN_COUNT_OF(edges) ? edges[i] : random & masks[i % TERN_COUNT_OF(masks)];
    float x;
    memcpy(&x, &bits, sizeof x);
    if (i % 3 == 0 && i >= TERN_COUNT_OF(edges)) {
        x = (float)ldexp(tern_test_random_double(-2, 2), (int)pick(-27, 17)); /* the range of f16 */
    }
    return x;
}

static void narrow(const tern_convert_kernel *kernel)
{
    enum { COUNT = 30000 };
    static float all[COUNT];
    static uint16_t out[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        all[i] = hard_float(i);
    }
    kernel->run(all, out, COUNT);
    int wrong = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        if (!is_nearest(out[i], all[i], format_of(kernel->target)) && wrong++ == 0) {
            FAIL("%a became %04x", (double)all[i], out[i]);
        }
    }
    CHECK_INT(wrong, 0);
}

TERN_TEST_ROWS(convert, convert_rows)
{
    const tern_convert_kernel *kernel = &tern_convert_kernels[row];
    CHECK_TEXT(kernel->name, convert_rows[row].name);
    need_isa(kernel->isa);
    if (kernel->target == TERN_CONVERT_f32) {
        widen(kernel);
    } else {
        narrow(kernel);
    }
}

/* Two 16-bit numbers a float wide: the matrix only provides guarded memory. */
TERN_TEST_ROWS(convert_stays_in_its_rows, convert_rows)
{
    const tern_convert_kernel *kernel = &tern_convert_kernels[row];
    need_isa(kernel->isa);
    const bool is_widening = kernel->target == TERN_CONVERT_f32;
    for (int64_t count = 0; count < 70; count += 2) {
        matrix wide = matrix_random(1, count, count, -1, 1),
               narrow_row = matrix_new(1, count / 2, count / 2);
        uint16_t *half = (uint16_t *)(void *)narrow_row.data;
        for (int64_t i = 0; i < count; i++) {
            half[i] = 0x3f80u;
        }
        kernel->run(is_widening ? (const void *)half : wide.data,
                    is_widening ? (void *)wide.data : half, count);
        if (is_widening && count > 0) {
            const double want = decode(0x3f80u, format_of(kernel->source));
            CHECK_NEAR((double)wide.data[count - 1], want, 0.0);
        }
        matrix_delete(&wide);
        matrix_delete(&narrow_row);
    }
    uint16_t odd[3] = {0x3f80u, 0x3f80u, 0x1234u};
    float out[3] = {7.0f, 7.0f, 7.0f};
    if (is_widening) {
        kernel->run(odd, out, 1);
        CHECK(out[1] == 7.0f);
    } else {
        kernel->run(out, odd, 1);
        CHECK_INT(odd[2], 0x1234u);
        CHECK_INT(odd[1], 0x3f80u);
    }
}
