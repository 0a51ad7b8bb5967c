/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes as text: `{stride=[2,2], pad_mode=same_upper, alpha=0.5}`.  A mask is written as
 * the list of its axes; a number, `axes=0x6`, is the bit set itself.
 */
#include "op/attr.h"
#include "op/attr_internal.h"

#include <string.h>

/* ---- printing ---- */

/* A bit that is no axis of any tensor shows that this is no list of axes. */
void tern_attr_print_mask(tern_text *out, uint32_t mask)
{
    if (mask >> TERN_MAX_RANK != 0) {
        tern_text_add(out, "0x%x", (unsigned)mask);
        return;
    }
    const char *between = "[";
    for (int axis = 0; axis < TERN_MAX_RANK; axis++) {
        if ((mask >> axis & 1) != 0) {
            tern_text_add(out, "%s%d", between, axis);
            between = ",";
        }
    }
    tern_text_add(out, mask == 0 ? "[]" : "]");
}

static void print_one(tern_text *out, const tern_attr_field *f, const tern_attr_value *v, int32_t i)
{
    switch (f->kind) {
    case TERN_ATTR_KIND_F64:
    case TERN_ATTR_KIND_FLOATS: tern_text_add_double(out, v->f[i]); break;
    case TERN_ATTR_KIND_BOOL:
    case TERN_ATTR_KIND_ENUM:
    case TERN_ATTR_KIND_DTYPE: tern_text_add(out, "%s", v->text != NULL ? v->text : "?"); break;
    case TERN_ATTR_KIND_MASK: tern_attr_print_mask(out, (uint32_t)v->i[i]); break;
    case TERN_ATTR_KIND_TEXT: tern_text_add(out, "\"%s\"", v->text); break;
    case TERN_ATTR_KIND_I64:
    case TERN_ATTR_KIND_INTS: tern_text_add(out, "%lld", (long long)v->i[i]); break;
    }
}

static bool is_default(const tern_attr_field *f, const tern_attr_value *v)
{
    if (tern_attr_kind_is_list(f->kind) && v->count != f->fallback_count) {
        return false;
    }
    if (f->kind == TERN_ATTR_KIND_TEXT) {
        return v->text[0] == '\0';
    }
    for (int32_t i = 0; i < v->count; i++) {
        if (tern_attr_kind_is_float(f->kind)
                ? memcmp(&v->f[i], &f->fallback, sizeof f->fallback) != 0
                : v->i[i] != (int64_t)f->fallback) {
            return false;
        }
    }
    return true;
}

void tern_attr_print(tern_text *out, const tern_attr_field *fields, const void *attr)
{
    bool is_first = true;
    for (const tern_attr_field *f = fields; f != NULL && f->name != NULL; f++) {
        tern_attr_value v;
        tern_attr_get(f, attr, &v);
        if (is_default(f, &v)) {
            continue;
        }
        tern_text_add(out, "%s%s=", is_first ? "{" : ", ", f->name);
        is_first = false;
        const bool is_list = tern_attr_kind_is_list(f->kind);
        if (is_list) {
            tern_text_add_char(out, '[');
        }
        for (int32_t i = 0; i < v.count; i++) {
            if (i > 0) {
                tern_text_add_char(out, ',');
            }
            print_one(out, f, &v, i);
        }
        if (is_list) {
            tern_text_add_char(out, ']');
        }
    }
    if (!is_first) {
        tern_text_add_char(out, '}');
    }
}

/* ---- parsing ---- */

typedef struct parser {
    const char *at, *end;
    const char *who;
} parser;

static void skip_blanks(parser *p)
{
    while (p->at < p->end &&
           (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')) {
        p->at++;
    }
}

static bool accept(parser *p, char c)
{
    skip_blanks(p);
    if (p->at < p->end && *p->at == c) {
        p->at++;
        return true;
    }
    return false;
}

static tern_status expected(const parser *p, const char *what)
{
    const int left = (int)(p->end - p->at < 24 ? p->end - p->at : 24);
    return tern_fail(TERN_INVALID_ARGUMENT, "%s: attributes: expected %s at \"%.*s\"", p->who, what,
                     left, p->at);
}

/* A name or a number: everything up to a separator. */
static tern_str word(parser *p)
{
    skip_blanks(p);
    const char *const start = p->at;
    while (p->at < p->end && strchr(" \t\r\n,=[]{}", *p->at) == NULL && *p->at != '\0') {
        p->at++;
    }
    return (tern_str){start, (size_t)(p->at - start)};
}

static tern_status parse_word(parser *p, const tern_attr_field *f, tern_attr_value *v)
{
    const tern_str text = word(p);
    const int32_t i = v->count;
    if (i >= TERN_MAX_RANK) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: attribute \"%s\" has more than %d values",
                         p->who, f->name, TERN_MAX_RANK);
    }
    v->count++;
    if (tern_attr_kind_is_float(f->kind)) {
        return tern_parse_double(text, &v->f[i]) ? TERN_OK : expected(p, "a number");
    }
    if (tern_parse_int64(text, INT64_MIN, INT64_MAX, &v->i[i])) {
        return TERN_OK;
    }
    if (f->kind == TERN_ATTR_KIND_ENUM || f->kind == TERN_ATTR_KIND_DTYPE ||
        f->kind == TERN_ATTR_KIND_BOOL) {
        if (tern_attr_value_named(f, text, &v->i[i])) {
            return TERN_OK;
        }
    }
    return tern_fail(TERN_INVALID_ARGUMENT, "%s: attribute \"%s\" cannot be \"%.*s\"", p->who,
                     f->name, (int)(text.len < 64 ? text.len : 64), text.at);
}

/* "bij,bjk->bik" */
static tern_status parse_text(parser *p, const tern_attr_field *f, void *attr)
{
    char buffer[TERN_ATTR_TEXT_MAX + 1];
    size_t length = 0;
    if (!accept(p, '"')) {
        return expected(p, "a text in quotes");
    }
    while (p->at < p->end && *p->at != '"' && *p->at != '\0' && length < TERN_ATTR_TEXT_MAX) {
        buffer[length++] = *p->at++;
    }
    buffer[length] = '\0';
    if (p->at >= p->end || *p->at != '"') {
        return expected(p, "a quote at the end of a short text");
    }
    p->at++;
    const tern_attr_value v = {.kind = TERN_ATTR_KIND_TEXT, .count = 1, .text = buffer};
    return tern_attr_set(f, attr, &v, p->who);
}

static tern_status parse_value(parser *p, const tern_attr_field *f, void *attr)
{
    if (f->kind == TERN_ATTR_KIND_TEXT) {
        return parse_text(p, f, attr);
    }
    tern_attr_value v = {.kind = tern_attr_kind_is_float(f->kind) ? TERN_ATTR_KIND_FLOATS
                                                                  : TERN_ATTR_KIND_INTS};
    if (!accept(p, '[')) {
        v.kind = f->kind == TERN_ATTR_KIND_MASK ? TERN_ATTR_KIND_MASK : v.kind;
        TERN_TRY(parse_word(p, f, &v));
        return tern_attr_set(f, attr, &v, p->who);
    }
    while (!accept(p, ']')) {
        if (v.count > 0 && !accept(p, ',')) {
            return expected(p, "\",\" or \"]\"");
        }
        TERN_TRY(parse_word(p, f, &v));
    }
    return tern_attr_set(f, attr, &v, p->who);
}

static tern_status parse_field(parser *p, const tern_attr_field *fields, void *attr, uint64_t *seen)
{
    const tern_str name = word(p);
    const tern_attr_field *const f = tern_attr_find(fields, name.at, name.len);
    const int shown = (int)(name.len < 64 ? name.len : 64);
    if (f == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: there is no attribute \"%.*s\"", p->who, shown,
                         name.at);
    }
    const uint64_t bit = UINT64_C(1) << ((size_t)(f - fields) % 64);
    if ((*seen & bit) != 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: attribute \"%s\" is given twice", p->who,
                         f->name);
    }
    *seen |= bit;
    return accept(p, '=') ? parse_value(p, f, attr) : expected(p, "\"=\"");
}

tern_status tern_attr_parse(const tern_attr_field *fields, void *attr, const char **at,
                            const char *end, const char *who)
{
    parser p = {.at = *at, .end = end, .who = who};
    uint64_t seen = 0;
    tern_attr_defaults(fields, attr);
    if (!accept(&p, '{')) { /* no attributes: all have their default, nothing is consumed */
        return TERN_OK;
    }
    if (!accept(&p, '}')) {
        do {
            TERN_TRY(parse_field(&p, fields, attr, &seen));
        } while (accept(&p, ','));
        if (!accept(&p, '}')) {
            return expected(&p, "\",\" or \"}\"");
        }
    }
    *at = p.at;
    return TERN_OK;
}
