/* SPDX-License-Identifier: Apache-2.0 */
/* The reader behind the tables: count, make room, fill.  Members are written by offset with memcpy,
 * because structs hold pointers to const. */
#include "import/onnx/message.h"

#include <string.h>

#include "base/alloc.h"
#include "base/bits.h"
#include "import/onnx/model.h"

tern_status tern_message_fail(const tern_message_reader *r, const tern_message *m,
                              const uint8_t *at, const char *what)
{
    return tern_fail(TERN_BAD_MODEL, "%.200s: byte %zu, in a %s: %s", r->who,
                     (size_t)(at - r->base), m->name, what);
}

/* --- counting --- */

/* Elements in one field of a list of numbers; a packed varint ends where the top bit is clear. */
static size_t elements_of(const tern_wire_field *field, char want)
{
    if (field->kind != TERN_WIRE_BYTES) {
        return 1;
    }
    if (want != 'V') {
        return (size_t)field->number / (want == 'F' ? 4 : 8);
    }
    size_t count = 0;
    for (const uint8_t *at = field->body.at; at < field->body.end; at++) {
        count += *at < 0x80;
    }
    return count;
}

static tern_status count_fields(const tern_message_reader *r, const tern_message *m, size_t known,
                                tern_wire bytes, size_t *counts)
{
    tern_status status = TERN_OK;
    tern_wire_field field;
    const uint8_t *start = bytes.at;
    while (tern_wire_next(&bytes, m->schema, &field, &status)) {
        if (field.id < known) {
            const char want = m->schema[field.id];
            const bool is_list = want == 'V' || want == 'F' || want == 'D';
            counts[field.id] += is_list && m->fields[field.id].put != TERN_PUT_NOTHING
                                    ? elements_of(&field, want)
                                    : 1;
            if (want == 'm' && counts[field.id] > 1) {
                return tern_message_fail(r, m, start, "a field that may come once comes twice");
            }
        }
        start = bytes.at;
    }
    return status == TERN_OK ? TERN_OK : tern_message_fail(r, m, bytes.at, tern_error_last()->text);
}

/* --- room --- */

static tern_status take(tern_message_reader *r, const tern_message *m, size_t count,
                        size_t item_bytes, bool are_objects, void **out_at)
{
    *out_at = NULL;
    if (are_objects && count > TERN_ONNX_MAX_OBJECTS - r->object_count) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%.200s: more than %d nodes, tensors, attributes and other objects",
                         r->who, (int)TERN_ONNX_MAX_OBJECTS);
    }
    size_t bytes = 0;
    if (count > INT32_MAX || !tern_size_mul(count, item_bytes, &bytes) ||
        bytes > r->limit_bytes - r->held_bytes) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%.200s: a %s has a list of %zu items, which would make the model more "
                         "than %zu bytes in memory, far more than the file",
                         r->who, m->name, count, r->limit_bytes);
    }
    *out_at = tern_arena_items(r->arena, count, item_bytes, _Alignof(max_align_t));
    if (*out_at == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    r->held_bytes += bytes;
    r->object_count += are_objects ? count : 0;
    return TERN_OK;
}

static size_t item_bytes_of(const tern_message_field *to)
{
    switch ((tern_put)to->put) {
    case TERN_PUT_I64S: return sizeof(int64_t);
    case TERN_PUT_F32S: return sizeof(float);
    case TERN_PUT_STRS: return sizeof(tern_str);
    case TERN_PUT_LIST:
    case TERN_PUT_POINTER: return to->of->bytes;
    case TERN_PUT_NOTHING:
    case TERN_PUT_I32:
    case TERN_PUT_I64:
    case TERN_PUT_F32:
    case TERN_PUT_STR:
    case TERN_PUT_INSIDE:
    case TERN_PUT_CALL:
    default: return 0;
    }
}

/* Lists get their pointer and, for now, a count of 0; `lists` the pointers to write through. */
static tern_status make_room(tern_message_reader *r, const tern_message *m, uint32_t wanted,
                             const size_t *counts, void **lists, char *out)
{
    for (size_t id = 1; id < TERN_MESSAGE_FIELDS; id++) {
        if (counts[id] == 0 || (wanted >> id & 1) == 0) {
            continue;
        }
        const tern_message_field *to = &m->fields[id];
        const size_t item_bytes = item_bytes_of(to);
        if (item_bytes > 0) {
            TERN_TRY(take(r, m, counts[id], item_bytes, to->of != NULL, &lists[id]));
            memcpy(out + to->at, &lists[id], sizeof lists[id]);
        }
    }
    return TERN_OK;
}

/* --- filling --- */

static void *next_item(const tern_message_field *to, void *list, char *out)
{
    int32_t index = 0;
    if (to->put == TERN_PUT_POINTER && to->count_at == 0) {
        return list;
    }
    memcpy(&index, out + to->count_at, sizeof index);
    void *item = (char *)list + (size_t)index * item_bytes_of(to);
    index++;
    memcpy(out + to->count_at, &index, sizeof index);
    return item;
}

static tern_status put_ints(const tern_message_reader *r, const tern_message *m,
                            const tern_message_field *to, tern_wire_field *field, void *list,
                            char *out)
{
    if (field->kind == TERN_WIRE_VARINT) {
        memcpy(next_item(to, list, out), &field->number, sizeof field->number);
        return TERN_OK;
    }
    int32_t count = 0;
    memcpy(&count, out + to->count_at, sizeof count);
    int64_t *items = list;
    for (uint64_t number = 0; tern_wire_varint(&field->body, &number); count++) {
        items[count] = (int64_t)number;
    }
    memcpy(out + to->count_at, &count, sizeof count);
    return field->body.at == field->body.end
               ? TERN_OK
               : tern_message_fail(r, m, field->body.at,
                                   "a number of a list is cut off or too long");
}

static void put_floats(const tern_message_field *to, const tern_wire_field *field, void *list,
                       char *out)
{
    int32_t count = 0;
    memcpy(&count, out + to->count_at, sizeof count);
    float *items = list;
    if (field->kind == TERN_WIRE_FIXED32) {
        const uint32_t bits = (uint32_t)field->number;
        memcpy(&items[count++], &bits, sizeof bits);
    }
    for (const uint8_t *at = field->body.at; at != field->body.end; at += 4) {
        const uint32_t bits = tern_load_le32(at);
        memcpy(&items[count++], &bits, sizeof bits);
    }
    memcpy(out + to->count_at, &count, sizeof count);
}

static tern_str str_of(const tern_wire_field *field)
{
    return (tern_str){(const char *)field->body.at, (size_t)field->number};
}

static tern_status put(tern_message_reader *r, const tern_message *m, tern_wire_field *field,
                       void *list, char *out)
{
    const tern_message_field *to = &m->fields[field->id];
    if (to->is_choice && m->defaults != NULL) {
        memcpy(out, m->defaults, m->bytes);
    }
    const int32_t low = (int32_t)(uint32_t)field->number;
    const tern_str text = str_of(field);
    switch ((tern_put)to->put) {
    case TERN_PUT_I32: memcpy(out + to->at, &low, sizeof low); return TERN_OK;
    case TERN_PUT_F32: memcpy(out + to->at, &low, sizeof low); return TERN_OK;
    case TERN_PUT_I64: memcpy(out + to->at, &field->number, sizeof field->number); return TERN_OK;
    case TERN_PUT_STR: memcpy(out + to->at, &text, sizeof text); return TERN_OK;
    case TERN_PUT_STRS: memcpy(next_item(to, list, out), &text, sizeof text); return TERN_OK;
    case TERN_PUT_I64S: return put_ints(r, m, to, field, list, out);
    case TERN_PUT_F32S: put_floats(to, field, list, out); return TERN_OK;
    case TERN_PUT_LIST:
    case TERN_PUT_POINTER:
        return tern_message_read(r, to->of, field->body, next_item(to, list, out));
    case TERN_PUT_INSIDE: {
        const int32_t id = (int32_t)field->id, none = 0;
        if (to->is_choice) {
            memcpy(out + to->choice_at, &id, sizeof id);
        }
        if (to->count_at != 0) {
            memcpy(out + to->count_at, &none, sizeof none);
        }
        return tern_message_read(r, to->of, field->body, out + to->at);
    }
    case TERN_PUT_CALL: return to->call(r, field, out);
    case TERN_PUT_NOTHING:
    default: return TERN_OK;
    }
}

static tern_status read_fields(tern_message_reader *r, const tern_message *m, tern_wire bytes,
                               char *out)
{
    size_t counts[TERN_MESSAGE_FIELDS] = {0};
    void *lists[TERN_MESSAGE_FIELDS] = {NULL};
    uint32_t wanted = UINT32_MAX;
    const tern_wire whole = bytes;
    const size_t known = strlen(m->schema);
    TERN_ASSERT(known <= TERN_MESSAGE_FIELDS);
    TERN_TRY(count_fields(r, m, known, bytes, counts));
    if (m->defaults != NULL) {
        memcpy(out, m->defaults, m->bytes);
    }
    if (m->start != NULL) {
        TERN_TRY(m->start(r, bytes, counts, out, &wanted));
    }
    TERN_TRY(make_room(r, m, wanted, counts, lists, out));
    tern_status status = TERN_OK;
    tern_wire_field field;
    while (tern_wire_next(&bytes, m->schema, &field, &status)) {
        if (field.id < known && (wanted >> field.id & 1) != 0) {
            TERN_TRY(put(r, m, &field, lists[field.id], out));
        }
    }
    TERN_ASSERT(status == TERN_OK); /* the first pass has seen it all */
    return m->finish != NULL ? m->finish(r, whole, out) : TERN_OK;
}

tern_status tern_message_read(tern_message_reader *r, const tern_message *m, tern_wire bytes,
                              void *out)
{
    if (!m->nests) {
        return read_fields(r, m, bytes, out);
    }
    if (r->depth >= TERN_ONNX_MAX_DEPTH) {
        return tern_fail(TERN_UNSUPPORTED, "%.200s: %ss inside one another more than %d deep",
                         r->who, m->name, (int)TERN_ONNX_MAX_DEPTH);
    }
    r->depth++;
    const tern_status status = read_fields(r, m, bytes, out);
    r->depth--;
    return status;
}
