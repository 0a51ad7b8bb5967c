/* SPDX-License-Identifier: Apache-2.0 */
/* String views and strict number parsing: the whole text is the number, or it is refused. */
#include "base/str.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool tern_str_equal(tern_str a, tern_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool tern_str_is(tern_str a, const char *text)
{
    return tern_str_equal(a, tern_str_of(text));
}

bool tern_str_starts(tern_str a, const char *prefix)
{
    const size_t len = strlen(prefix);
    return a.len >= len && (len == 0 || memcmp(a.at, prefix, len) == 0);
}

int tern_str_compare(tern_str a, tern_str b)
{
    const size_t common = a.len < b.len ? a.len : b.len;
    const int order = common > 0 ? memcmp(a.at, b.at, common) : 0;
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

tern_str tern_str_trim(tern_str s)
{
    while (s.len > 0 && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.at[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool tern_str_next(tern_str *rest, char separator, tern_str *out_part)
{
    if (rest->at == NULL) {
        return false;
    }
    const char *cut = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    if (cut == NULL) {
        *out_part = *rest;
        *rest = (tern_str){NULL, 0};
        return true;
    }
    const size_t len = (size_t)(cut - rest->at);
    *out_part = (tern_str){rest->at, len};
    *rest = (tern_str){cut + 1, rest->len - len - 1};
    return true;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return 99;
}

bool tern_parse_uint64(tern_str s, uint64_t max, uint64_t *out)
{
    unsigned base = 10;
    if (s.len > 2 && s.at[0] == '0' && (s.at[1] == 'x' || s.at[1] == 'X')) {
        base = 16;
        s.at += 2;
        s.len -= 2;
    }
    if (s.len == 0) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        const unsigned digit = (unsigned)digit_of(s.at[i]);
        if (digit >= base || value > (UINT64_MAX - digit) / base) {
            return false;
        }
        value = value * base + digit;
    }
    if (value > max) {
        return false;
    }
    *out = value;
    return true;
}

bool tern_parse_int64(tern_str s, int64_t min, int64_t max, int64_t *out)
{
    bool is_negative = false;
    if (s.len > 0 && (s.at[0] == '-' || s.at[0] == '+')) {
        is_negative = s.at[0] == '-';
        s.at++;
        s.len--;
    }
    const uint64_t top = (uint64_t)INT64_MAX + (is_negative ? 1u : 0u);
    uint64_t magnitude = 0;
    if (!tern_parse_uint64(s, top, &magnitude)) {
        return false;
    }
    int64_t value = INT64_MIN;
    if (magnitude <= (uint64_t)INT64_MAX) {
        value = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    }
    if (value < min || value > max) {
        return false;
    }
    *out = value;
    return true;
}

/* What the C library takes for a decimal point just now: '.', unless the program set a locale. */
static void decimal_point(char out[8])
{
    char sample[16];
    (void)snprintf(sample, sizeof sample, "%.1f", 0.5);
    size_t len = strlen(sample);
    len = len > 2 ? len - 2 : 0; /* without the 0 before and the 5 after */
    len = len > 7 ? 7 : len;
    memcpy(out, sample + 1, len);
    out[len] = '\0';
}

/* Only what a number may consist of: strtod alone would take blanks, "infinity" and "nan(...)". */
static bool is_float_syntax(tern_str s)
{
    bool has_digit = false;
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.at[i];
        const bool is_mark =
            c == '+' || c == '-' || c == '.' || c == 'x' || c == 'X' || c == 'p' || c == 'P';
        if (!is_mark && digit_of(c) > 15) {
            return false;
        }
        has_digit = has_digit || (c >= '0' && c <= '9');
    }
    return has_digit;
}

bool tern_parse_double(tern_str s, double *out)
{
    const tern_str unsigned_part =
        s.len > 0 && (s.at[0] == '-' || s.at[0] == '+') ? (tern_str){s.at + 1, s.len - 1} : s;
    const double sign = s.len > 0 && s.at[0] == '-' ? -1.0 : 1.0;
    if (tern_str_is(unsigned_part, "inf")) {
        *out = sign * (double)INFINITY;
        return true;
    }
    if (tern_str_is(unsigned_part, "nan")) {
        *out = (double)NAN;
        return true;
    }
    char point[8];
    char text[400]; /* longer numbers are no numbers people write */
    decimal_point(point);
    if (s.len + sizeof point > sizeof text || !is_float_syntax(s)) {
        return false;
    }
    size_t len = 0;
    bool has_point = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != '.') {
            text[len++] = s.at[i];
        } else if (has_point) {
            return false;
        } else {
            has_point = true;
            memcpy(text + len, point, strlen(point));
            len += strlen(point);
        }
    }
    text[len] = '\0';
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end != text + len) {
        return false;
    }
    *out = value;
    return true;
}

/* Replace the locale's decimal point, which is whatever is no digit, sign or exponent. */
static void plain_point(char *text)
{
    const size_t head = strspn(text, "+-0123456789");
    if (text[head] == '\0' || text[head] == 'e') {
        return;
    }
    const size_t tail = head + strcspn(text + head, "0123456789e");
    text[head] = '.';
    memmove(text + head + 1, text + tail, strlen(text + tail) + 1);
}

void tern_text_add_double(tern_text *text, double x)
{
    char digits[40];
    if (isnan(x) || isinf(x)) {
        tern_text_add_str(text, tern_str_of(isnan(x) ? "nan" : x < 0 ? "-inf" : "inf"));
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, x);
        const double back = strtod(digits, NULL);
        if (memcmp(&back, &x, sizeof x) == 0) {
            break;
        }
    }
    plain_point(digits);
    tern_text_add_str(text, tern_str_of(digits));
}

void tern_text_add_float(tern_text *text, float x)
{
    char digits[40];
    if (isnan(x) || isinf(x)) {
        tern_text_add_double(text, (double)x);
        return;
    }
    for (int precision = 6; precision <= 9; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, (double)x);
        const float back = strtof(digits, NULL);
        if (memcmp(&back, &x, sizeof x) == 0) {
            break;
        }
    }
    plain_point(digits);
    tern_text_add_str(text, tern_str_of(digits));
}
