/* SPDX-License-Identifier: Apache-2.0
 *
 * The lexer of the text form.  It never reads at or past `end`, and every failure says line,
 * column and what was there.
 */
#include "ir/lex.h"

#include "base/hash.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

/* Characters of a bare string: names as frameworks make them, without what the grammar uses. */
static bool is_bare(char c)
{
    return is_word(c) || c == '/' || c == ':' || c == '+' || c == '-' || c == '*' || c == '@' ||
           c == '$';
}

static void describe(const tern_lexer *l, const char *at, tern_text *out)
{
    if (at >= l->end) {
        tern_text_add(out, "the end of the text");
    } else if (*at == '\n') {
        tern_text_add(out, "the end of the line");
    } else if (*at >= 0x20 && *at < 0x7f) {
        size_t n = 1;
        while (is_word(*at) && n < 24 && at + n < l->end && is_word(at[n])) {
            n++;
        }
        tern_text_add(out, "\"%.*s\"", (int)n, at);
    } else {
        tern_text_add(out, "byte 0x%02x", (unsigned)(unsigned char)*at);
    }
}

static void position(const tern_lexer *l, const char *at, int *out_line, int *out_column)
{
    int line = 1;
    const char *start = l->begin;
    for (const char *p = l->begin; p < at; p++) {
        if (*p == '\n') {
            line++;
            start = p + 1;
        }
    }
    *out_line = line;
    *out_column = (int)(at - start) + 1;
}

static TERN_PRINTF(3, 0) tern_status
    fail_va(const tern_lexer *l, const char *at, const char *format, va_list values)
{
    char what[256], found[64];
    tern_text text;
    tern_text_init_fixed(&text, what, sizeof what);
    tern_text_add_va(&text, format, values);
    tern_text_init_fixed(&text, found, sizeof found);
    describe(l, at, &text);
    int line, column;
    position(l, at, &line, &column);
    return tern_fail(TERN_BAD_MODEL, "line %d:%d: %s, found %s", line, column, what, found);
}

tern_status tern_lex_fail(const tern_lexer *l, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const tern_status status = fail_va(l, l->at, format, values);
    va_end(values);
    return status;
}

tern_status tern_lex_fail_at(const tern_lexer *l, const char *at, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const tern_status status = fail_va(l, at, format, values);
    va_end(values);
    return status;
}

tern_status tern_lex_locate(const tern_lexer *l, const char *at, tern_status status)
{
    if (status == TERN_OUT_OF_MEMORY) {
        return status;
    }
    int line, column;
    position(l, at, &line, &column);
    return tern_fail(status, "line %d:%d: %s", line, column, tern_error_last()->text);
}

void tern_lex_blanks(tern_lexer *l)
{
    while (l->at < l->end && is_blank(*l->at)) {
        l->at++;
    }
}

void tern_lex_lines(tern_lexer *l)
{
    for (;;) {
        tern_lex_blanks(l);
        if (l->at < l->end && *l->at == '#') {
            while (l->at < l->end && *l->at != '\n') {
                l->at++;
            }
        }
        if (l->at >= l->end || *l->at != '\n') {
            return;
        }
        l->at++;
    }
}

bool tern_lex_take(tern_lexer *l, const char *punctuation)
{
    tern_lex_blanks(l);
    const size_t n = strlen(punctuation);
    if ((size_t)(l->end - l->at) < n || memcmp(l->at, punctuation, n) != 0) {
        return false;
    }
    l->at += n;
    return true;
}

bool tern_lex_take_word(tern_lexer *l, const char *word)
{
    tern_lex_blanks(l);
    const size_t n = strlen(word);
    if ((size_t)(l->end - l->at) < n || memcmp(l->at, word, n) != 0 ||
        (l->at + n < l->end && is_word(l->at[n]))) {
        return false;
    }
    l->at += n;
    return true;
}

bool tern_lex_next_is(tern_lexer *l, char c)
{
    tern_lex_blanks(l);
    return l->at < l->end && *l->at == c;
}

tern_status tern_lex_expect(tern_lexer *l, const char *punctuation)
{
    return tern_lex_take(l, punctuation) ? TERN_OK
                                         : tern_lex_fail(l, "expected \"%s\"", punctuation);
}

tern_status tern_lex_end_of_line(tern_lexer *l)
{
    tern_lex_blanks(l);
    return l->at >= l->end || *l->at == '\n' ? TERN_OK
                                             : tern_lex_fail(l, "expected the end of the line");
}

tern_status tern_lex_word(tern_lexer *l, const char *what, tern_str *out_word)
{
    tern_lex_blanks(l);
    const char *start = l->at;
    while (l->at < l->end && is_word(*l->at)) {
        l->at++;
    }
    *out_word = (tern_str){start, (size_t)(l->at - start)};
    return l->at > start ? TERN_OK : tern_lex_fail(l, "expected %s", what);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The escape after a backslash; -1 when it is none. */
static int escape(tern_lexer *l)
{
    const char c = l->at < l->end ? *l->at++ : '\0';
    if (c == '"' || c == '\\') {
        return c;
    }
    if (c == 'n' || c == 't') {
        return c == 'n' ? '\n' : '\t';
    }
    if (c == 'x' && l->end - l->at >= 2) {
        const int high = hex_digit(l->at[0]), low = hex_digit(l->at[1]);
        l->at += 2;
        return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
    }
    return -1;
}

static tern_status quoted(tern_lexer *l, tern_arena *arena, tern_str *out_string)
{
    const char *open = l->at++;
    const char *close = l->at;
    while (close < l->end && *close != '"' && *close != '\n' && *close != '\0') {
        close += *close == '\\' && close + 1 < l->end ? 2 : 1;
    }
    if (close >= l->end || *close != '"') {
        return tern_lex_fail_at(l, open, "this string does not end on its line");
    }
    char *copy = tern_arena_alloc(arena, (size_t)(close - open), 1);
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    size_t n = 0;
    while (l->at < close) {
        const char *start = l->at;
        int c = (unsigned char)*l->at++;
        if (c == '\\') {
            c = escape(l);
        }
        if (c < 0) {
            return tern_lex_fail_at(l, start, "expected an escape (\\\" \\\\ \\n \\t \\x1f)");
        }
        copy[n++] = (char)c;
    }
    l->at = close + 1;
    *out_string = (tern_str){copy, n};
    return TERN_OK;
}

tern_status tern_lex_string(tern_lexer *l, tern_arena *arena, const char *what,
                            tern_str *out_string)
{
    tern_lex_blanks(l);
    if (l->at < l->end && *l->at == '"') {
        return quoted(l, arena, out_string);
    }
    const char *start = l->at;
    while (l->at < l->end && is_bare(*l->at)) {
        l->at++;
    }
    *out_string = (tern_str){start, (size_t)(l->at - start)};
    return l->at > start ? TERN_OK : tern_lex_fail(l, "expected %s", what);
}

tern_status tern_lex_number(tern_lexer *l, const char *what, tern_str *out_number)
{
    tern_lex_blanks(l);
    const char *start = l->at;
    while (l->at < l->end && (is_word(*l->at) || *l->at == '-' || *l->at == '+')) {
        l->at++;
    }
    *out_number = (tern_str){start, (size_t)(l->at - start)};
    return l->at > start ? TERN_OK : tern_lex_fail(l, "expected %s", what);
}

tern_status tern_lex_int(tern_lexer *l, const char *what, int64_t min, int64_t max,
                         int64_t *out_value)
{
    tern_lex_blanks(l);
    const char *start = l->at;
    l->at += l->at < l->end && *l->at == '-' ? 1 : 0;
    while (l->at < l->end && *l->at >= '0' && *l->at <= '9') {
        l->at++;
    }
    if (!tern_parse_int64((tern_str){start, (size_t)(l->at - start)}, min, max, out_value)) {
        return tern_lex_fail_at(l, start, "expected %s in %lld..%lld", what, (long long)min,
                                (long long)max);
    }
    return TERN_OK;
}

bool tern_is_label(tern_str s)
{
    if (s.len == 0 || s.at[0] == '.' || (s.at[0] >= '0' && s.at[0] <= '9')) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!is_word(s.at[i])) {
            return false;
        }
    }
    return true;
}

void tern_print_quoted(tern_text *out, tern_str s)
{
    tern_text_add_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.at[i];
        if (c == '"' || c == '\\') {
            tern_text_add_char(out, '\\');
            tern_text_add_char(out, c);
        } else if ((unsigned char)c < 0x20 || c == 0x7f) {
            tern_text_add(out, "\\x%02x", (unsigned)(unsigned char)c);
        } else {
            tern_text_add_char(out, c);
        }
    }
    tern_text_add_char(out, '"');
}

void tern_print_string(tern_text *out, tern_str s)
{
    bool bare = s.len != 0 && !tern_str_is(s, "from");
    for (size_t i = 0; bare && i < s.len; i++) {
        bare = is_bare(s.at[i]);
    }
    if (bare) {
        tern_text_add_str(out, s);
    } else {
        tern_print_quoted(out, s);
    }
}

static size_t slot_of(const tern_name_map *m, tern_str name)
{
    size_t i = (size_t)tern_hash(name.at, name.len, 0) & (m->capacity - 1);
    while (m->names[i].at != NULL && !tern_str_equal(m->names[i], name)) {
        i = (i + 1) & (m->capacity - 1);
    }
    return i;
}

uint32_t *tern_name_map_find(const tern_name_map *m, tern_str name)
{
    if (m->capacity == 0) {
        return NULL;
    }
    const size_t i = slot_of(m, name);
    return m->names[i].at != NULL ? &m->values[i] : NULL;
}

static bool rehash(tern_name_map *m)
{
    tern_name_map bigger = {.arena = m->arena, .capacity = m->capacity == 0 ? 64 : 2 * m->capacity};
    bigger.names =
        tern_arena_items(m->arena, bigger.capacity, sizeof *m->names, _Alignof(tern_str));
    bigger.values =
        tern_arena_items(m->arena, bigger.capacity, sizeof *m->values, _Alignof(uint32_t));
    if (bigger.names == NULL || bigger.values == NULL) {
        return false;
    }
    for (size_t i = 0; i < m->capacity; i++) {
        if (m->names[i].at != NULL) {
            const size_t to = slot_of(&bigger, m->names[i]);
            bigger.names[to] = m->names[i];
            bigger.values[to] = m->values[i];
        }
    }
    bigger.count = m->count;
    *m = bigger;
    return true;
}

uint32_t *tern_name_map_put(tern_name_map *m, tern_str name)
{
    if (2 * (m->count + 1) > m->capacity && !rehash(m)) {
        return NULL;
    }
    const size_t i = slot_of(m, name);
    if (m->names[i].at == NULL) {
        m->names[i] = name.at != NULL ? name : (tern_str){"", 0};
        m->count++;
    }
    return &m->values[i];
}
