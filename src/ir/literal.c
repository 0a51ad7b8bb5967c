/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of the text form.  Decimal text is the shortest that reads back the same, so nothing is
 * lost; only NaNs with a sign or payload need their bits.
 */
#include "ir/literal.h"

#include <math.h>

static void print_f32(tern_text *out, const void *at)
{
    float f;
    uint32_t bits;
    memcpy(&f, at, sizeof f);
    memcpy(&bits, at, sizeof bits);
    if (f != f && bits != 0x7fc00000u) {
        tern_text_add(out, "0x%08x", (unsigned)bits);
    } else {
        tern_text_add_float(out, f);
    }
}

/* Floats of 16 bits and fewer; a NaN that is not the usual one by its bits. */
static void print_half(tern_text *out, tern_dtype dtype, const void *at)
{
    static const double nan = (double)NAN;
    const tern_dtype_info *const info = tern_dtype_find((int)dtype);
    uint16_t bits = 0, usual = 0;
    double wide;
    memcpy(&bits, at, info->bits > 8 ? 2 : 1);
    tern_widen(dtype, at, 1, &wide);
    tern_narrow(dtype, &nan, 1, &usual);
    if (wide != wide && bits != usual) {
        tern_text_add(out, "0x%0*x", (int)info->bits / 4, (unsigned)bits);
    } else {
        tern_text_add_float(out, (float)wide);
    }
}

void tern_print_constant(tern_text *out, tern_class c, const tern_expr_const *value)
{
    if (c == TERN_CLASS_I) {
        tern_text_add(out, "%lld", (long long)value->i);
    } else if (c != TERN_CLASS_F) {
        tern_text_add(out, "%llu", (unsigned long long)value->u);
    } else if (value->f != value->f && value->u != UINT64_C(0x7ff8000000000000)) {
        tern_text_add(out, "0x%016llx", (unsigned long long)value->u);
    } else {
        tern_text_add_double(out, value->f);
    }
}

bool tern_parse_constant(tern_str text, tern_class c, tern_expr_const *out_value)
{
    memset(out_value, 0, sizeof *out_value);
    if (c == TERN_CLASS_I) {
        return tern_parse_int64(text, INT64_MIN, INT64_MAX, &out_value->i);
    }
    if (c != TERN_CLASS_F || tern_str_starts(text, "0x")) {
        return tern_parse_uint64(text, UINT64_MAX, &out_value->u);
    }
    return tern_parse_double(text, &out_value->f);
}

static void print_element(tern_text *out, tern_dtype dtype, tern_class class_, const void *at)
{
    if (dtype == TERN_DTYPE_F32) {
        print_f32(out, at);
    } else if (class_ == TERN_CLASS_F && dtype != TERN_DTYPE_F64) {
        print_half(out, dtype, at);
    } else if (class_ == TERN_CLASS_B) {
        tern_text_add(out, "%d", *(const uint8_t *)at != 0 ? 1 : 0);
    } else {
        tern_expr_const wide;
        if (class_ == TERN_CLASS_F) {
            memcpy(&wide, at, sizeof wide); /* f64: no widening, so that NaNs keep their bits */
        } else {
            tern_widen(dtype, at, 1, &wide);
        }
        tern_print_constant(out, class_, &wide);
    }
}

void tern_print_elements(tern_text *out, tern_dtype dtype, const void *data, int64_t count)
{
    const tern_dtype_info *info = tern_dtype_find((int)dtype);
    const size_t stride = info->bits / 8;
    tern_text_add_char(out, '[');
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *at = (const uint8_t *)data + (size_t)i * stride;
        uint8_t alone;
        if (info->bits < 8) { /* a packed element, moved to the front of a byte */
            const size_t bit = (size_t)i * info->bits;
            alone = (uint8_t)(((const uint8_t *)data)[bit / 8] >> bit % 8);
            alone &= (uint8_t)((1u << info->bits) - 1u);
            at = &alone;
        }
        if (i > 0) {
            tern_text_add_char(out, ',');
        }
        print_element(out, dtype, info->class_, at);
    }
    tern_text_add_char(out, ']');
}

/* The bits of a NaN, of the element's width. */
static bool parse_bits(tern_str text, uint32_t bits, void *at)
{
    uint64_t u;
    if (!tern_parse_uint64(text, bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1, &u)) {
        return false;
    }
    for (uint32_t b = 0; b < (bits + 7) / 8; b++) {
        ((uint8_t *)at)[b] = (uint8_t)(u >> (8 * b));
    }
    return true;
}

static bool parse_element(tern_str text, tern_dtype dtype, const tern_dtype_info *info, void *at)
{
    if (info->class_ == TERN_CLASS_F && tern_str_starts(text, "0x")) {
        return parse_bits(text, info->bits, at);
    }
    if (dtype == TERN_DTYPE_F32) {
        double wide;
        if (!tern_parse_double(text, &wide)) {
            return false;
        }
        const float f = (float)wide;
        memcpy(at, &f, sizeof f);
        return true;
    }
    tern_expr_const wide;
    if (!tern_parse_constant(text, info->class_, &wide)) {
        return false;
    }
    if (info->class_ == TERN_CLASS_B) {
        *(uint8_t *)at = wide.u != 0 ? 1 : 0;
        return wide.u <= 1;
    }
    tern_narrow(dtype, &wide, 1, at);
    tern_expr_const back;
    if (info->class_ == TERN_CLASS_F) {
        return true;
    }
    tern_widen(dtype, at, 1, &back);
    return back.u == wide.u; /* integers out of range are refused, not wrapped */
}

tern_status tern_parse_elements(tern_lexer *l, tern_dtype dtype, void *data, int64_t count)
{
    const tern_dtype_info *info = tern_dtype_find((int)dtype);
    const size_t stride = info->bits / 8;
    TERN_TRY(tern_lex_expect(l, "["));
    for (int64_t i = 0; i < count; i++) {
        if (i > 0) {
            TERN_TRY(tern_lex_expect(l, ","));
        }
        tern_str number;
        TERN_TRY(tern_lex_number(l, "an element", &number));
        uint8_t alone = 0;
        void *const at = info->bits < 8 ? (void *)&alone : (char *)data + (size_t)i * stride;
        if (!parse_element(number, dtype, info, at)) {
            return tern_lex_fail_at(l, number.at, "expected an element of type %s", info->name);
        }
        if (info->bits < 8) {
            const size_t bit = (size_t)i * info->bits;
            uint8_t *const byte = (uint8_t *)data + bit / 8;
            *byte = (uint8_t)((bit % 8 == 0 ? 0u : *byte) | ((unsigned)alone << bit % 8));
        }
    }
    return tern_lex_expect(l, "]");
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void tern_print_base64(tern_text *out, const void *data, size_t bytes)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < bytes; i += 3) {
        if (i % 72 == 0) {
            tern_text_add_char(out, '\n');
        }
        uint32_t word = (uint32_t)p[i] << 16;
        word |= i + 1 < bytes ? (uint32_t)p[i + 1] << 8 : 0;
        word |= i + 2 < bytes ? (uint32_t)p[i + 2] : 0;
        const char quad[4] = {base64[word >> 18], base64[word >> 12 & 63],
                              i + 1 < bytes ? base64[word >> 6 & 63] : '=',
                              i + 2 < bytes ? base64[word & 63] : '='};
        tern_text_add_bytes(out, quad, 4);
    }
    tern_text_add_char(out, '\n');
}

static int base64_digit(char c)
{
    const char *at = c != '\0' ? memchr(base64, c, 64) : NULL;
    return at != NULL ? (int)(at - base64) : -1;
}

tern_status tern_parse_base64(tern_lexer *l, void *data, size_t bytes)
{
    uint8_t *p = data;
    size_t n = 0;
    uint32_t word = 0;
    int held = 0;
    for (; l->at < l->end && n < bytes; l->at++) {
        const int digit = base64_digit(*l->at);
        if (digit < 0) {
            if (*l->at == ' ' || *l->at == '\n' || *l->at == '\r' || *l->at == '\t') {
                continue;
            }
            break;
        }
        word = word << 6 | (uint32_t)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            p[n++] = (uint8_t)(word >> held);
        }
    }
    if (n < bytes) {
        return tern_lex_fail(l, "expected %zu bytes of base64, %zu came", bytes, n);
    }
    while (l->at < l->end && *l->at == '=') {
        l->at++;
    }
    return TERN_OK;
}
