/* SPDX-License-Identifier: Apache-2.0 */
/* JSON writer: each value first asks `before_value` for its comma, line break and place. */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>

void tern_json_init(tern_json *json, tern_text *text, int indent_width)
{
    *json = (tern_json){.text = text, .indent_width = indent_width};
}

static void line_break(tern_json *json)
{
    if (json->indent_width == 0) {
        return;
    }
    tern_text_add_char(json->text, '\n');
    for (int i = 0; i < json->depth * json->indent_width; i++) {
        tern_text_add_char(json->text, ' ');
    }
}

/* Comma and line break of a new item in the innermost level. */
static void next_item(tern_json *json)
{
    if (json->depth == 0) {
        return;
    }
    const int level = json->depth - 1;
    if (json->has_items[level]) {
        tern_text_add_char(json->text, ',');
    }
    json->has_items[level] = true;
    line_break(json);
}

static void before_value(tern_json *json)
{
    if (json->has_key) {
        json->has_key = false;
        return;
    }
    TERN_ASSERT(json->depth == 0 || !json->is_object[json->depth - 1]);
    next_item(json);
}

static void begin(tern_json *json, bool is_object)
{
    before_value(json);
    TERN_ASSERT(json->depth < TERN_JSON_MAX_DEPTH);
    tern_text_add_char(json->text, is_object ? '{' : '[');
    json->is_object[json->depth] = is_object;
    json->has_items[json->depth] = false;
    json->depth++;
}

static void end(tern_json *json, bool is_object)
{
    TERN_ASSERT(json->depth > 0 && json->is_object[json->depth - 1] == is_object);
    TERN_ASSERT(!json->has_key);
    json->depth--;
    if (json->has_items[json->depth]) {
        line_break(json);
    }
    tern_text_add_char(json->text, is_object ? '}' : ']');
}

void tern_json_begin_object(tern_json *json)
{
    begin(json, true);
}

void tern_json_end_object(tern_json *json)
{
    end(json, true);
}

void tern_json_begin_array(tern_json *json)
{
    begin(json, false);
}

void tern_json_end_array(tern_json *json)
{
    end(json, false);
}

/* Length of the UTF-8 sequence at the start of `s`, 0 when it is none (overlong forms, surrogates
   and numbers over U+10FFFF included). */
static size_t utf8_sequence(tern_str s)
{
    static const struct {
        unsigned char lead_min, lead_max, next_min, next_max;
        size_t len;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const unsigned char lead = (unsigned char)s.at[0];
    for (size_t i = 0; i < TERN_COUNT_OF(forms); i++) {
        if (lead < forms[i].lead_min || lead > forms[i].lead_max) {
            continue;
        }
        if (s.len < forms[i].len) {
            return 0;
        }
        for (size_t k = 1; k < forms[i].len; k++) {
            const unsigned char next = (unsigned char)s.at[k];
            const unsigned char min = k == 1 ? forms[i].next_min : 0x80;
            const unsigned char max = k == 1 ? forms[i].next_max : 0xbf;
            if (next < min || next > max) {
                return 0;
            }
        }
        return forms[i].len;
    }
    return 0;
}

static void add_escaped(tern_text *text, char c)
{
    switch (c) {
    case '"': tern_text_add_str(text, tern_str_of("\\\"")); return;
    case '\\': tern_text_add_str(text, tern_str_of("\\\\")); return;
    case '\n': tern_text_add_str(text, tern_str_of("\\n")); return;
    case '\r': tern_text_add_str(text, tern_str_of("\\r")); return;
    case '\t': tern_text_add_str(text, tern_str_of("\\t")); return;
    default:
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            tern_text_add(text, "\\u%04x", (unsigned)(unsigned char)c);
        } else {
            tern_text_add_char(text, c);
        }
    }
}

static void add_quoted(tern_text *text, tern_str s)
{
    tern_text_add_char(text, '"');
    while (s.len > 0) {
        const size_t len = utf8_sequence(s);
        if (len == 0) {
            tern_text_add_str(text, tern_str_of("\xef\xbf\xbd")); /* U+FFFD */
        } else if (len == 1) {
            add_escaped(text, s.at[0]);
        } else {
            tern_text_add_bytes(text, s.at, len);
        }
        const size_t taken = len == 0 ? 1 : len;
        s.at += taken;
        s.len -= taken;
    }
    tern_text_add_char(text, '"');
}

void tern_json_key(tern_json *json, const char *key)
{
    TERN_ASSERT(json->depth > 0 && json->is_object[json->depth - 1] && !json->has_key);
    next_item(json);
    add_quoted(json->text, tern_str_of(key));
    tern_text_add_str(json->text, tern_str_of(json->indent_width > 0 ? ": " : ":"));
    json->has_key = true;
}

void tern_json_string(tern_json *json, const char *value)
{
    if (value == NULL) {
        tern_json_null(json);
        return;
    }
    tern_json_str(json, tern_str_of(value));
}

void tern_json_str(tern_json *json, tern_str value)
{
    before_value(json);
    add_quoted(json->text, value);
}

void tern_json_int(tern_json *json, int64_t value)
{
    before_value(json);
    tern_text_add(json->text, "%" PRId64, value);
}

void tern_json_uint(tern_json *json, uint64_t value)
{
    before_value(json);
    tern_text_add(json->text, "%" PRIu64, value);
}

void tern_json_number(tern_json *json, double value)
{
    if (isnan(value) || isinf(value)) {
        tern_json_null(json);
        return;
    }
    before_value(json);
    tern_text_add_double(json->text, value);
}

void tern_json_bool(tern_json *json, bool value)
{
    before_value(json);
    tern_text_add_str(json->text, tern_str_of(value ? "true" : "false"));
}

void tern_json_null(tern_json *json)
{
    before_value(json);
    tern_text_add_str(json->text, tern_str_of("null"));
}

void tern_json_dims(tern_json *json, int rank, const int64_t *dims)
{
    before_value(json);
    tern_text_add_dims(json->text, rank, dims);
}
