/* SPDX-License-Identifier: Apache-2.0 */
/* The text writer of str.h: one buffer, grown or fixed; once cut it stays cut. */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

void tern_text_init(tern_text *text, tern_allocator allocator)
{
    *text = (tern_text){.allocator = allocator};
}

void tern_text_init_fixed(tern_text *text, char *buffer, size_t capacity)
{
    *text = (tern_text){.at = buffer, .capacity = capacity};
    if (capacity > 0) {
        buffer[0] = '\0';
    }
}

static bool is_fixed(const tern_text *text)
{
    return text->allocator.resize == NULL;
}

void tern_text_destroy(tern_text *text)
{
    if (text == NULL) {
        return;
    }
    if (is_fixed(text)) {
        tern_text_clear(text);
        return;
    }
    tern_free(text->allocator, text->at, text->capacity);
    tern_text_init(text, text->allocator);
}

void tern_text_clear(tern_text *text)
{
    text->len = 0;
    text->is_cut = false;
    if (text->capacity > 0) {
        text->at[0] = '\0';
    }
}

const char *tern_text_get(const tern_text *text)
{
    return text->capacity > 0 ? text->at : "";
}

tern_status tern_text_status(const tern_text *text)
{
    if (!text->is_cut) {
        return TERN_OK;
    }
    return tern_fail(TERN_OUT_OF_MEMORY, "out of memory: text cut after %zu bytes", text->len);
}

/* Room for `len` more bytes and the NUL; false when there is none. */
static bool make_room(tern_text *text, size_t len)
{
    size_t want = 0;
    if (!tern_size_add(text->len, len, &want) || !tern_size_add(want, 1, &want)) {
        return false;
    }
    if (want <= text->capacity) {
        return true;
    }
    if (is_fixed(text)) {
        return false;
    }
    size_t grown = text->capacity + text->capacity / 2;
    grown = grown < want ? want : grown;
    grown = grown < 64 ? 64 : grown;
    char *fresh = tern_realloc(text->allocator, text->at, text->capacity, grown, 1);
    if (fresh == NULL) {
        return false;
    }
    text->at = fresh;
    text->capacity = grown;
    return true;
}

void tern_text_add_bytes(tern_text *text, const char *at, size_t len)
{
    if (text->is_cut || len == 0) {
        return;
    }
    if (!make_room(text, len)) {
        text->is_cut = true;
        len = text->capacity > text->len ? text->capacity - text->len - 1 : 0;
    }
    if (len > 0) {
        memcpy(text->at + text->len, at, len);
        text->len += len;
        text->at[text->len] = '\0';
    }
}

void tern_text_add_va(tern_text *text, const char *format, va_list values)
{
    if (text->is_cut) {
        return;
    }
    va_list again;
    va_copy(again, values);
    const size_t room = text->capacity - text->len;
    char none[1];
    const int wanted = vsnprintf(room > 0 ? text->at + text->len : none, room, format, values);
    if (wanted < 0) {
        text->is_cut = true;
    } else if ((size_t)wanted < room) {
        text->len += (size_t)wanted;
    } else if (make_room(text, (size_t)wanted)) {
        (void)vsnprintf(text->at + text->len, (size_t)wanted + 1, format, again);
        text->len += (size_t)wanted;
    } else {
        text->is_cut = true;
        text->len += room > 0 ? room - 1 : 0;
    }
    va_end(again);
}

void tern_text_add(tern_text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    tern_text_add_va(text, format, values);
    va_end(values);
}

void tern_text_add_str(tern_text *text, tern_str s)
{
    tern_text_add_bytes(text, s.at, s.len);
}

void tern_text_add_char(tern_text *text, char c)
{
    tern_text_add_bytes(text, &c, 1);
}

void tern_text_add_dims(tern_text *text, int rank, const int64_t *dims)
{
    tern_text_add_char(text, '[');
    for (int i = 0; i < rank; i++) {
        tern_text_add(text, i > 0 ? ",%" PRId64 : "%" PRId64, dims[i]);
    }
    tern_text_add_char(text, ']');
}

const char *tern_dims_text(char buffer[TERN_DIMS_TEXT_BYTES], int rank, const int64_t *dims)
{
    tern_text text;
    tern_text_init_fixed(&text, buffer, TERN_DIMS_TEXT_BYTES);
    if (rank <= TERN_MAX_RANK) {
        tern_text_add_dims(&text, rank, dims);
        return buffer;
    }
    tern_text_add_dims(&text, TERN_MAX_RANK, dims);
    text.len--; /* the bracket */
    tern_text_add(&text, ",...]");
    return buffer;
}
