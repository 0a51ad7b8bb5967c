/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes as bytes of a plan, little-endian:
 *
 *     u32 count of fields, then per field
 *     u8 kind   u8 length of the name   name
 *     I64 i64 | F64 f64 | BOOL ENUM DTYPE MASK u32 | INTS FLOATS u8 count, then i64 or f64 each |
 *     TEXT u8 length, then the characters
 */
#include "base/bits.h"
#include "op/attr.h"
#include "op/attr_internal.h"

#include <string.h>

/* ---- encoding ---- */

static void put_u64(tern_text *out, uint64_t x)
{
    char bytes[8];
    tern_store_le64(bytes, x);
    tern_text_add_bytes(out, bytes, sizeof bytes);
}

static void put_u32(tern_text *out, uint32_t x)
{
    char bytes[4];
    tern_store_le32(bytes, x);
    tern_text_add_bytes(out, bytes, sizeof bytes);
}

static void put_f64(tern_text *out, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    put_u64(out, bits);
}

static void put_value(tern_text *out, const tern_attr_value *v)
{
    switch (v->kind) {
    case TERN_ATTR_KIND_I64: put_u64(out, (uint64_t)v->i[0]); break;
    case TERN_ATTR_KIND_F64: put_f64(out, v->f[0]); break;
    case TERN_ATTR_KIND_BOOL:
    case TERN_ATTR_KIND_ENUM:
    case TERN_ATTR_KIND_DTYPE:
    case TERN_ATTR_KIND_MASK: put_u32(out, (uint32_t)v->i[0]); break;
    case TERN_ATTR_KIND_INTS:
    case TERN_ATTR_KIND_FLOATS:
        tern_text_add_char(out, (char)v->count);
        for (int32_t i = 0; i < v->count; i++) {
            if (v->kind == TERN_ATTR_KIND_INTS) {
                put_u64(out, (uint64_t)v->i[i]);
            } else {
                put_f64(out, v->f[i]);
            }
        }
        break;
    case TERN_ATTR_KIND_TEXT:
        tern_text_add_char(out, (char)strlen(v->text));
        tern_text_add_str(out, tern_str_of(v->text));
        break;
    }
}

tern_status tern_attr_encode(tern_text *out, const tern_attr_field *fields, const void *attr)
{
    uint32_t count = 0;
    for (const tern_attr_field *f = fields; f != NULL && f->name != NULL; f++) {
        count++;
    }
    put_u32(out, count);
    for (uint32_t i = 0; i < count; i++) {
        tern_attr_value v;
        tern_attr_get(&fields[i], attr, &v);
        tern_text_add_char(out, (char)v.kind);
        tern_text_add_char(out, (char)strlen(fields[i].name));
        tern_text_add_str(out, tern_str_of(fields[i].name));
        put_value(out, &v);
    }
    return tern_text_status(out);
}

/* ---- decoding ---- */

typedef struct reader {
    const uint8_t *at;
    size_t left;
    bool is_short; /* sticky: read past the end; what was read is 0 */
} reader;

static const uint8_t *take(reader *r, size_t size)
{
    static const uint8_t zeros[8] = {0};
    if (r->is_short || r->left < size) {
        r->is_short = true;
        return zeros; /* callers take at most 8 bytes before they look at is_short */
    }
    const uint8_t *const at = r->at;
    r->at += size;
    r->left -= size;
    return at;
}

static double take_f64(reader *r)
{
    const uint64_t bits = tern_load_le64(take(r, 8));
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A text, ended by NUL; a NUL inside is refused. */
static void take_text(reader *r, char buffer[TERN_ATTR_TEXT_MAX + 1], tern_attr_value *v)
{
    const size_t length = *take(r, 1);
    if (length > TERN_ATTR_TEXT_MAX || r->is_short || r->left < length) {
        r->is_short = true;
        return;
    }
    memcpy(buffer, take(r, length), length);
    buffer[length] = '\0';
    r->is_short = strlen(buffer) != length;
    v->text = buffer;
}

static void take_value(reader *r, tern_attr_kind kind, char buffer[TERN_ATTR_TEXT_MAX + 1],
                       tern_attr_value *v)
{
    v->kind = kind;
    v->count = 1;
    switch (kind) {
    case TERN_ATTR_KIND_I64: v->i[0] = (int64_t)tern_load_le64(take(r, 8)); break;
    case TERN_ATTR_KIND_F64: v->f[0] = take_f64(r); break;
    case TERN_ATTR_KIND_BOOL:
    case TERN_ATTR_KIND_ENUM:
    case TERN_ATTR_KIND_DTYPE:
    case TERN_ATTR_KIND_MASK: v->i[0] = (int64_t)tern_load_le32(take(r, 4)); break;
    case TERN_ATTR_KIND_INTS:
    case TERN_ATTR_KIND_FLOATS:
        v->count = *take(r, 1);
        if (v->count > TERN_MAX_RANK) {
            r->is_short = true;
            return;
        }
        for (int32_t i = 0; i < v->count; i++) {
            if (kind == TERN_ATTR_KIND_INTS) {
                v->i[i] = (int64_t)tern_load_le64(take(r, 8));
            } else {
                v->f[i] = take_f64(r);
            }
        }
        break;
    case TERN_ATTR_KIND_TEXT: take_text(r, buffer, v); break;
    }
}

static tern_status decode_field(reader *r, const tern_attr_field *fields, void *attr,
                                uint64_t *seen, const char *who)
{
    const uint8_t kind = *take(r, 1);
    const uint8_t length = *take(r, 1);
    if (r->is_short || r->left < length) {
        return tern_fail(TERN_BAD_MODEL, "%s: attribute bytes end early", who);
    }
    const char *const name = (const char *)take(r, length);
    const tern_attr_field *const f = tern_attr_find(fields, name, length);
    if (f == NULL) {
        return tern_fail(TERN_BAD_MODEL,
                         "%s: this version knows no attribute \"%.*s\"; build the plan again", who,
                         (int)length, name);
    }
    const uint64_t bit = UINT64_C(1) << ((size_t)(f - fields) % 64);
    if (kind != (uint8_t)f->kind || (*seen & bit) != 0) {
        return tern_fail(TERN_BAD_MODEL, "%s: attribute \"%s\" is %s", who, f->name,
                         kind != (uint8_t)f->kind ? "stored as another kind" : "stored twice");
    }
    *seen |= bit;
    tern_attr_value v = {.kind = f->kind};
    char text[TERN_ATTR_TEXT_MAX + 1];
    take_value(r, f->kind, text, &v);
    if (r->is_short) {
        return tern_fail(TERN_BAD_MODEL, "%s: the bytes of attribute \"%s\" are broken", who,
                         f->name);
    }
    if (tern_attr_set(f, attr, &v, who) != TERN_OK) {
        return tern_fail(TERN_BAD_MODEL, "%s", tern_error_last()->text);
    }
    return TERN_OK;
}

tern_status tern_attr_decode(const tern_attr_field *fields, void *attr, const uint8_t *bytes,
                             size_t size, const char *who)
{
    reader r = {.at = bytes, .left = size};
    uint64_t seen = 0;
    tern_attr_defaults(fields, attr);
    const uint32_t count = tern_load_le32(take(&r, 4));
    for (uint32_t i = 0; i < count; i++) {
        TERN_TRY(decode_field(&r, fields, attr, &seen, who));
    }
    if (r.is_short || r.left != 0) {
        return tern_fail(TERN_BAD_MODEL, "%s: attribute bytes %s", who,
                         r.is_short ? "end early" : "are followed by others");
    }
    return TERN_OK;
}
