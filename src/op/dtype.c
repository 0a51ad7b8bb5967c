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

/* ---- one element ---- */

static double load_float(tern_dtype dtype, const void *at)
{
    float f;
    double d;
    switch ((int)dtype) {
    case TERN_DTYPE_F32: memcpy(&f, at, sizeof f); return (double)f;
    case TERN_DTYPE_F64: memcpy(&d, at, sizeof d); return d;
    case TERN_DTYPE_F16: return (double)tern_f16_to_f32(tern_load_le16(at));
    default: return (double)tern_bf16_to_f32(tern_load_le16(at));
    }
}

static void store_float(tern_dtype dtype, void *at, double value)
{
    float f;
    switch ((int)dtype) {
    case TERN_DTYPE_F32:
        f = (float)value;
        memcpy(at, &f, sizeof f);
        break;
    case TERN_DTYPE_F64: memcpy(at, &value, sizeof value); break;
    case TERN_DTYPE_F16: tern_store_le16(at, tern_f64_to_f16(value)); break;
    default: tern_store_le16(at, tern_f64_to_bf16(value)); break;
    }
}

/* Bits of an integer of `bytes` bytes; sign-extended when is_signed. */
static uint64_t load_int(size_t bytes, bool is_signed, const void *at)
{
    uint8_t small;
    switch (bytes) {
    case 1: memcpy(&small, at, 1); return is_signed ? (uint64_t)(int64_t)(int8_t)small : small;
    case 2: return is_signed ? (uint64_t)(int64_t)(int16_t)tern_load_le16(at) : tern_load_le16(at);
    case 4: return is_signed ? (uint64_t)(int64_t)(int32_t)tern_load_le32(at) : tern_load_le32(at);
    default: return tern_load_le64(at);
    }
}

static void store_int(size_t bytes, void *at, uint64_t value)
{
    const uint8_t small = (uint8_t)value;
    switch (bytes) {
    case 1: memcpy(at, &small, 1); break;
    case 2: tern_store_le16(at, (uint16_t)value); break;
    case 4: tern_store_le32(at, (uint32_t)value); break;
    default: tern_store_le64(at, value); break;
    }
}

/* ---- widen, narrow ---- */

void tern_widen(tern_dtype dtype, const void *src, int64_t count, void *dst)
{
    const tern_dtype_info *const info = tern_dtype_find((int)dtype);
    const size_t bytes = info->bits / 8;
    const uint8_t *const s = src;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *const at = s + (size_t)i * bytes;
        switch (info->class_) {
        case TERN_CLASS_F: ((double *)dst)[i] = load_float(dtype, at); break;
        case TERN_CLASS_I: ((int64_t *)dst)[i] = (int64_t)load_int(bytes, true, at); break;
        case TERN_CLASS_U: ((uint64_t *)dst)[i] = load_int(bytes, false, at); break;
        case TERN_CLASS_B:
        case TERN_CLASS_COUNT: ((uint8_t *)dst)[i] = *at != 0; break;
        }
    }
}

void tern_narrow(tern_dtype dtype, const void *src, int64_t count, void *dst)
{
    const tern_dtype_info *const info = tern_dtype_find((int)dtype);
    const size_t bytes = info->bits / 8;
    uint8_t *const d = dst;
    for (int64_t i = 0; i < count; i++) {
        uint8_t *const at = d + (size_t)i * bytes;
        switch (info->class_) {
        case TERN_CLASS_F: store_float(dtype, at, ((const double *)src)[i]); break;
        case TERN_CLASS_I: store_int(bytes, at, (uint64_t)((const int64_t *)src)[i]); break;
        case TERN_CLASS_U: store_int(bytes, at, ((const uint64_t *)src)[i]); break;
        case TERN_CLASS_B:
        case TERN_CLASS_COUNT: *at = ((const uint8_t *)src)[i] != 0; break;
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

static void convert_float(double x, const tern_dtype_info *info, tern_dtype to, void *at)
{
    switch (info->class_) {
    case TERN_CLASS_F: store_float(to, at, x); break;
    case TERN_CLASS_I: store_int(info->bits / 8, at, double_to_signed(x, info->bits)); break;
    case TERN_CLASS_U: store_int(info->bits / 8, at, double_to_unsigned(x, info->bits)); break;
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT: store_int(1, at, x != 0.0); break;
    }
}

static void convert_int(uint64_t bits, bool is_signed, const tern_dtype_info *info, tern_dtype to,
                        void *at)
{
    switch (info->class_) {
    case TERN_CLASS_F: store_float(to, at, int_to_double(bits, is_signed, to)); break;
    case TERN_CLASS_I:
    case TERN_CLASS_U: store_int(info->bits / 8, at, bits); break;
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT: store_int(1, at, bits != 0); break;
    }
}

void tern_convert(tern_dtype from, const void *src, tern_dtype to, void *dst, int64_t count)
{
    const tern_dtype_info *const source = tern_dtype_find((int)from);
    const tern_dtype_info *const target = tern_dtype_find((int)to);
    const size_t source_bytes = source->bits / 8, target_bytes = target->bits / 8;
    const uint8_t *const s = src;
    uint8_t *const d = dst;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *const in = s + (size_t)i * source_bytes;
        uint8_t *const out = d + (size_t)i * target_bytes;
        if (source->class_ == TERN_CLASS_F) {
            convert_float(load_float(from, in), target, to, out);
        } else if (source->class_ == TERN_CLASS_B) {
            convert_int(*in != 0, false, target, to, out);
        } else {
            const bool is_signed = source->class_ == TERN_CLASS_I;
            convert_int(load_int(source_bytes, is_signed, in), is_signed, target, to, out);
        }
    }
}
