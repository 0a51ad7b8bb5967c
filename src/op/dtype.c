/* SPDX-License-Identifier: Apache-2.0
 *
 * Element types: the table, and conversion element by element.  Every conversion loads one element
 * as the wide type of its class and stores it from there, so each pair of types rounds once;
 * elements may lie at any address.
 */
#include "op/dtype.h"

#include "base/alloc.h"
#include "base/bits.h"
#include "base/half.h"

#include <math.h>
#include <string.h>

static const tern_dtype_info infos[] = {
#define TERN_DTYPE(NAME, id, text, bits_, letter, numpy_, tensorrt_)                               \
    [id] = {.name = (text),                                                                        \
            .numpy = (numpy_),                                                                     \
            .tensorrt = (tensorrt_),                                                               \
            .class_ = TERN_CLASS_##letter,                                                         \
            .bits = (bits_)},
#include "tern/dtype.def"
#undef TERN_DTYPE
};

const tern_dtype_info *tern_dtype_find(int dtype)
{
    if (dtype < 0 || (size_t)dtype >= TERN_COUNT_OF(infos) || infos[dtype].name == NULL) {
        return NULL;
    }
    return &infos[dtype];
}

tern_dtype tern_dtype_by_name(const char *name, size_t length)
{
    for (size_t i = 0; i < TERN_COUNT_OF(infos); i++) {
        const char *const known = infos[i].name;
        if (known != NULL && strlen(known) == length && memcmp(known, name, length) == 0) {
            return (tern_dtype)i;
        }
    }
    return (tern_dtype)0;
}

const char *tern_dtype_name(tern_dtype dtype)
{
    const tern_dtype_info *const info = tern_dtype_find((int)dtype);
    return info != NULL ? info->name : "?";
}

bool tern_dtype_bytes(tern_dtype dtype, int64_t count, size_t *out_bytes)
{
    const tern_dtype_info *const info = tern_dtype_find((int)dtype);
    size_t bits;
    if (info == NULL || count < 0 || !tern_size_mul((size_t)count, info->bits, &bits) ||
        bits > SIZE_MAX - 7) {
        return false;
    }
    *out_bytes = (bits + 7) / 8;
    return true;
}

size_t tern_class_bytes(tern_class c)
{
    return c == TERN_CLASS_B ? 1 : 8;
}

/* ---- one element: number i of an array ---- */

static const tern_minifloat *minifloat_of(tern_dtype dtype)
{
    switch ((int)dtype) {
    case TERN_DTYPE_F8E4M3FN: return &tern_f8e4m3fn;
    case TERN_DTYPE_F8E4M3FNUZ: return &tern_f8e4m3fnuz;
    case TERN_DTYPE_F8E5M2: return &tern_f8e5m2;
    case TERN_DTYPE_F8E5M2FNUZ: return &tern_f8e5m2fnuz;
    case TERN_DTYPE_F4E2M1: return &tern_f4e2m1;
    default: return NULL; /* f8e8m0 */
    }
}

/* At most 8 bits, wherever they lie. */
static uint8_t load_code(const uint8_t *array, int64_t i, uint32_t bits)
{
    const uint64_t at = (uint64_t)i * bits;
    return (uint8_t)((uint32_t)(array[at / 8] >> at % 8) & ((1u << bits) - 1u));
}

/* The first element of a byte clears the rest of it: arrays are written front to back. */
static void store_code(uint8_t *array, int64_t i, uint32_t bits, unsigned code)
{
    const uint64_t at = (uint64_t)i * bits;
    const unsigned placed = (code & ((1u << bits) - 1u)) << at % 8;
    const unsigned before = array[at / 8] & ((1u << at % 8) - 1u);
    array[at / 8] = (uint8_t)(before | placed);
}

static double load_float(tern_dtype dtype, const uint8_t *array, int64_t i)
{
    float f;
    double d;
    switch ((int)dtype) {
    case TERN_DTYPE_F32: memcpy(&f, array + (size_t)i * sizeof f, sizeof f); return (double)f;
    case TERN_DTYPE_F64: memcpy(&d, array + (size_t)i * sizeof d, sizeof d); return d;
    case TERN_DTYPE_F16: return (double)tern_f16_to_f32(tern_load_le16(array + (size_t)i * 2));
    case TERN_DTYPE_BF16: return (double)tern_bf16_to_f32(tern_load_le16(array + (size_t)i * 2));
    case TERN_DTYPE_F8E8M0: return tern_e8m0_to_f64(array[i]);
    default: {
        const tern_minifloat *const format = minifloat_of(dtype);
        return tern_minifloat_to_f64(format, load_code(array, i, format->bits));
    }
    }
}

static void store_float(tern_dtype dtype, uint8_t *array, int64_t i, double value,
                        const tern_convert_rules *rules)
{
    float f;
    switch ((int)dtype) {
    case TERN_DTYPE_F32:
        f = (float)value;
        memcpy(array + (size_t)i * sizeof f, &f, sizeof f);
        break;
    case TERN_DTYPE_F64: memcpy(array + (size_t)i * sizeof value, &value, sizeof value); break;
    case TERN_DTYPE_F16: tern_store_le16(array + (size_t)i * 2, tern_f64_to_f16(value)); break;
    case TERN_DTYPE_BF16: tern_store_le16(array + (size_t)i * 2, tern_f64_to_bf16(value)); break;
    case TERN_DTYPE_F8E8M0:
        array[i] = tern_e8m0_from_f64(value, rules->e8m0_round, rules->saturate);
        break;
    default: {
        const tern_minifloat *const format = minifloat_of(dtype);
        store_code(array, i, format->bits, tern_minifloat_from_f64(format, value, rules->saturate));
        break;
    }
    }
}

/* Bits of an integer of `bits` bits; sign-extended when is_signed. */
static uint64_t load_int(uint32_t bits, bool is_signed, const uint8_t *array, int64_t i)
{
    const uint8_t *const at = array + (size_t)i * (bits / 8);
    switch (bits) {
    case 64: return tern_load_le64(at);
    case 32: return is_signed ? (uint64_t)(int64_t)(int32_t)tern_load_le32(at) : tern_load_le32(at);
    case 16: return is_signed ? (uint64_t)(int64_t)(int16_t)tern_load_le16(at) : tern_load_le16(at);
    default: {
        const uint64_t code = load_code(array, i, bits), sign = UINT64_C(1) << (bits - 1);
        return is_signed && (code & sign) != 0 ? code - 2 * sign : code;
    }
    }
}

static void store_int(uint32_t bits, uint8_t *array, int64_t i, uint64_t value)
{
    uint8_t *const at = array + (size_t)i * (bits / 8);
    switch (bits) {
    case 64: tern_store_le64(at, value); break;
    case 32: tern_store_le32(at, (uint32_t)value); break;
    case 16: tern_store_le16(at, (uint16_t)value); break;
    default: store_code(array, i, bits, (unsigned)(value & 0xff)); break;
    }
}

/* ---- packed elements ---- */

void tern_unpack(tern_dtype dtype, const void *src, int64_t count, void *dst)
{
    const uint32_t bits = tern_dtype_find((int)dtype)->bits;
    uint8_t *const d = dst;
    for (int64_t i = 0; i < count; i++) {
        d[i] = load_code(src, i, bits);
    }
}

void tern_pack(tern_dtype dtype, const void *src, int64_t count, void *dst)
{
    const uint32_t bits = tern_dtype_find((int)dtype)->bits;
    const uint8_t *const s = src;
    for (int64_t i = 0; i < count; i++) {
        store_code(dst, i, bits, s[i]);
    }
}

/* ---- widen, narrow ---- */

void tern_widen(tern_dtype dtype, const void *src, int64_t count, void *dst)
{
    const tern_dtype_info *const info = tern_dtype_find((int)dtype);
    const uint8_t *const s = src;
    for (int64_t i = 0; i < count; i++) {
        switch (info->class_) {
        case TERN_CLASS_F: ((double *)dst)[i] = load_float(dtype, s, i); break;
        case TERN_CLASS_I: ((int64_t *)dst)[i] = (int64_t)load_int(info->bits, true, s, i); break;
        case TERN_CLASS_U: ((uint64_t *)dst)[i] = load_int(info->bits, false, s, i); break;
        case TERN_CLASS_B:
        case TERN_CLASS_COUNT: ((uint8_t *)dst)[i] = s[i] != 0; break;
        }
    }
}

void tern_narrow(tern_dtype dtype, const void *src, int64_t count, void *dst)
{
    static const tern_convert_rules rules = {.saturate = false,
                                             .e8m0_round = TERN_E8M0_ROUND_NEAREST};
    const tern_dtype_info *const info = tern_dtype_find((int)dtype);
    uint8_t *const d = dst;
    for (int64_t i = 0; i < count; i++) {
        switch (info->class_) {
        case TERN_CLASS_F: store_float(dtype, d, i, ((const double *)src)[i], &rules); break;
        case TERN_CLASS_I: store_int(info->bits, d, i, (uint64_t)((const int64_t *)src)[i]); break;
        case TERN_CLASS_U: store_int(info->bits, d, i, ((const uint64_t *)src)[i]); break;
        case TERN_CLASS_B:
        case TERN_CLASS_COUNT: d[i] = ((const uint8_t *)src)[i] != 0; break;
        }
    }
}

/* ---- convert ---- */

/* A magnitude as a double rounded to odd: rounding it again, to 51 bits or fewer, is then one
 * correct rounding. */
static double magnitude_rounded_to_odd(uint64_t magnitude)
{
    if (magnitude >> 53 == 0) {
        return (double)magnitude;
    }
    const int shift = tern_bit_highest(magnitude) - 52;
    uint64_t top = magnitude >> shift;
    if ((magnitude & ((UINT64_C(1) << shift) - 1)) != 0) {
        top |= 1;
    }
    return ldexp((double)top, shift);
}

static double int_to_double(uint64_t bits, bool is_signed, tern_dtype to)
{
    const bool negative = is_signed && (int64_t)bits < 0;
    if (to == TERN_DTYPE_F64) {
        return negative ? (double)(int64_t)bits : (double)bits;
    }
    const double magnitude = magnitude_rounded_to_odd(negative ? 0 - bits : bits);
    return negative ? -magnitude : magnitude;
}

/* Towards zero, saturating; NaN is 0. */
static uint64_t double_to_signed(double x, uint32_t bits)
{
    const double limit = ldexp(1.0, (int)bits - 1);
    const int64_t max = (int64_t)(UINT64_MAX >> (65 - bits));
    if (isnan(x)) {
        return 0;
    }
    if (x >= limit) {
        return (uint64_t)max;
    }
    if (x <= -limit) {
        return (uint64_t)(-max - 1);
    }
    return (uint64_t)(int64_t)x;
}

/* The same; 8 bits keep the low byte instead, as documented at tern_convert. */
static uint64_t double_to_unsigned(double x, uint32_t bits)
{
    if (isnan(x) || x <= 0.0) {
        return 0;
    }
    const uint32_t kept = bits == 8 ? 64 : bits;
    if (x >= ldexp(1.0, (int)kept)) {
        return UINT64_MAX >> (64 - kept);
    }
    return (uint64_t)x;
}

/* The low bits of the integer in 32 bits (64 for 64-bit types), and the lowest number of those for
 * what does not fit.  The upper half of u32 and u64 is converted below the middle and moved up. */
static uint64_t double_to_low_bits(double x, const tern_dtype_info *info)
{
    const int top = info->bits == 64 ? 63 : 31;
    const double limit = ldexp(1.0, top);
    const uint64_t lowest = UINT64_C(1) << top;
    const bool is_upper = info->bits >= 32 && info->class_ == TERN_CLASS_U && x >= limit;
    const double y = is_upper ? x - limit : x;
    const uint64_t low = y > -limit - 1.0 && y < limit ? (uint64_t)(int64_t)y : lowest;
    return is_upper ? low ^ lowest : low;
}

/* Where a converted element goes. */
typedef struct target {
    tern_dtype dtype;
    const tern_dtype_info *info;
    uint8_t *array;
    const tern_convert_rules *rules;
} target;

static void convert_float(double x, const target *t, int64_t i)
{
    const tern_dtype_info *const info = t->info;
    const bool wraps = t->rules->wrap;
    switch (info->class_) {
    case TERN_CLASS_F: store_float(t->dtype, t->array, i, x, t->rules); break;
    case TERN_CLASS_I:
        store_int(info->bits, t->array, i,
                  wraps ? double_to_low_bits(x, info) : double_to_signed(x, info->bits));
        break;
    case TERN_CLASS_U:
        store_int(info->bits, t->array, i,
                  wraps ? double_to_low_bits(x, info) : double_to_unsigned(x, info->bits));
        break;
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT: t->array[i] = x != 0.0; break;
    }
}

static void convert_int(uint64_t bits, bool is_signed, const target *t, int64_t i)
{
    switch (t->info->class_) {
    case TERN_CLASS_F:
        store_float(t->dtype, t->array, i, int_to_double(bits, is_signed, t->dtype), t->rules);
        break;
    case TERN_CLASS_I:
    case TERN_CLASS_U: store_int(t->info->bits, t->array, i, bits); break;
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT: t->array[i] = bits != 0; break;
    }
}

void tern_convert_by(const tern_convert_rules *rules, tern_dtype from, const void *src,
                     tern_dtype to, void *dst, int64_t count)
{
    const tern_dtype_info *const source = tern_dtype_find((int)from);
    const target t = {to, tern_dtype_find((int)to), dst, rules};
    const uint8_t *const s = src;
    for (int64_t i = 0; i < count; i++) {
        if (source->class_ == TERN_CLASS_F) {
            convert_float(load_float(from, s, i), &t, i);
        } else if (source->class_ == TERN_CLASS_B) {
            convert_int(s[i] != 0, false, &t, i);
        } else {
            const bool is_signed = source->class_ == TERN_CLASS_I;
            convert_int(load_int(source->bits, is_signed, s, i), is_signed, &t, i);
        }
    }
}

void tern_convert(tern_dtype from, const void *src, tern_dtype to, void *dst, int64_t count)
{
    static const tern_convert_rules rules = {.saturate = true, .e8m0_round = TERN_E8M0_ROUND_UP};
    tern_convert_by(&rules, from, src, to, dst, count);
}
