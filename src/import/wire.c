/* SPDX-License-Identifier: Apache-2.0 */
/* Varints, tags and lengths: the only code that looks at raw bytes of a message.  Whatever it hands
 * out lies inside the bytes it was given. */
#include "import/wire.h"

#include "base/bits.h"

/* False, with w where it was, when the bytes end or the number has more than 64 bits. */
static bool take_long_varint(tern_wire *w, uint64_t *out_number)
{
    const uint8_t *at = w->at;
    uint64_t number = 0;
    for (int shift = 0; shift < 64 && at < w->end; shift += 7) {
        const uint8_t byte = *at++;
        if (shift == 63 && byte > 1) {
            return false;
        }
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            w->at = at;
            *out_number = number;
            return true;
        }
    }
    return false;
}

/* Most are of one byte. */
static inline bool take_varint(tern_wire *w, uint64_t *out_number)
{
    if (w->at < w->end && *w->at < 0x80) {
        *out_number = *w->at++;
        return true;
    }
    return take_long_varint(w, out_number);
}

bool tern_wire_varint(tern_wire *w, uint64_t *out_number)
{
    return take_varint(w, out_number);
}

/* What the schema says of a field; most ids are small, so this is the shortest way. */
static char wanted(tern_wire_schema schema, uint32_t id)
{
    for (uint32_t i = 0; i < id; i++) {
        if (schema[i] == '\0') {
            return '.';
        }
    }
    return schema[id];
}

static bool is_kind(char want, tern_wire_kind kind)
{
    switch (want) {
    case 'v': return kind == TERN_WIRE_VARINT;
    case 'b':
    case 'm': return kind == TERN_WIRE_BYTES;
    case 'f': return kind == TERN_WIRE_FIXED32;
    case 'd': return kind == TERN_WIRE_FIXED64;
    case 'V': return kind == TERN_WIRE_VARINT || kind == TERN_WIRE_BYTES;
    case 'F': return kind == TERN_WIRE_FIXED32 || kind == TERN_WIRE_BYTES;
    case 'D': return kind == TERN_WIRE_FIXED64 || kind == TERN_WIRE_BYTES;
    default: return true;
    }
}

static bool take_fixed(tern_wire *w, size_t bytes, uint64_t *out_number)
{
    if ((size_t)(w->end - w->at) < bytes) {
        return false;
    }
    *out_number = bytes == 4 ? tern_load_le32(w->at) : tern_load_le64(w->at);
    w->at += bytes;
    return true;
}

static bool take_bytes(tern_wire *w, tern_wire_field *field)
{
    if (!take_varint(w, &field->number) || field->number > (uint64_t)(w->end - w->at)) {
        return false;
    }
    field->body = (tern_wire){w->at, w->at + field->number};
    w->at = field->body.end;
    return true;
}

/* What follows the tag. */
static tern_status take_content(tern_wire *w, tern_wire_field *field)
{
    bool is_whole = false;
    switch (field->kind) {
    case TERN_WIRE_VARINT: is_whole = take_varint(w, &field->number); break;
    case TERN_WIRE_FIXED64: is_whole = take_fixed(w, 8, &field->number); break;
    case TERN_WIRE_FIXED32: is_whole = take_fixed(w, 4, &field->number); break;
    case TERN_WIRE_BYTES: is_whole = take_bytes(w, field); break;
    default:
        return tern_fail(TERN_BAD_MODEL, "field %u is of wire kind %d, expected 0, 1, 2 or 5",
                         (unsigned)field->id, (int)field->kind);
    }
    return is_whole ? TERN_OK
                    : tern_fail(TERN_BAD_MODEL, "field %u is cut off or its number is too long",
                                (unsigned)field->id);
}

static tern_status take_field(tern_wire *w, tern_wire_schema schema, tern_wire_field *field)
{
    uint64_t tag = 0;
    if (!take_varint(w, &tag) || tag > UINT32_MAX || tag >> 3 == 0) {
        return tern_fail(TERN_BAD_MODEL, "not the tag of a field");
    }
    *field = (tern_wire_field){.id = (uint32_t)(tag >> 3), .kind = (tern_wire_kind)(tag & 7)};
    TERN_TRY(take_content(w, field));
    const char want = wanted(schema, field->id);
    if (!is_kind(want, field->kind)) {
        return tern_fail(TERN_BAD_MODEL, "field %u is of wire kind %d, which is not its own",
                         (unsigned)field->id, (int)field->kind);
    }
    const size_t unit = want == 'F' ? 4 : want == 'D' ? 8 : 1;
    if (field->kind == TERN_WIRE_BYTES && field->number % unit != 0) {
        return tern_fail(TERN_BAD_MODEL,
                         "field %u is a list of %llu bytes, expected a multiple "
                         "of %zu",
                         (unsigned)field->id, (unsigned long long)field->number, unit);
    }
    return TERN_OK;
}

bool tern_wire_next(tern_wire *w, tern_wire_schema schema, tern_wire_field *out_field,
                    tern_status *status)
{
    if (*status != TERN_OK || w->at == w->end) {
        return false;
    }
    tern_wire after = *w;
    *status = take_field(&after, schema, out_field);
    if (*status == TERN_OK) {
        *w = after;
    }
    return *status == TERN_OK;
}
