/* SPDX-License-Identifier: Apache-2.0 */
/* A tensor's elements: three places where they may be (raw bytes, a typed list, another file), one
 * dense form.  What onnx.proto calls int32_data holds every type of 32 bits or less, one storage
 * unit per number: a float16's bits, or the byte with two 4-bit elements. */
#include <string.h>

#include "base/alloc.h"
#include "base/bits.h"
#include "base/error.h"
#include "import/onnx/fields.h"
#include "import/onnx/files.h"
#include "import/onnx/model.h"
#include "import/wire.h"
#include "op/dtype.h"

/* --- sizes --- */

static tern_status count_elements(const tern_onnx_tensor *t, const char *who, int64_t *out_count)
{
    bool is_empty = false;
    int64_t count = 1;
    for (int32_t i = 0; i < t->rank; i++) {
        if (t->dims[i] < 0) {
            return tern_fail(TERN_BAD_MODEL, "%.200s: extent %lld of axis %d is negative", who,
                             (long long)t->dims[i], (int)i);
        }
        is_empty = is_empty || t->dims[i] == 0;
    }
    for (int32_t i = 0; i < t->rank && !is_empty; i++) {
        if (!tern_int64_mul(count, t->dims[i], &count)) {
            char text[TERN_DIMS_TEXT_BYTES];
            return tern_fail(TERN_BAD_MODEL, "%.200s: %s has more than 2^63 elements", who,
                             tern_dims_text(text, t->rank, t->dims));
        }
    }
    *out_count = is_empty ? 0 : count;
    return TERN_OK;
}

static tern_status size_of(const tern_onnx_tensor *t, const char *who, size_t *out_bytes)
{
    int64_t count = 0;
    if (t->dtype == 0) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: its element type is not given", who);
    }
    if (t->dtype == TERN_ONNX_STRING) {
        return tern_fail(TERN_UNSUPPORTED, "%.200s: strings, expected numbers", who);
    }
    if (tern_dtype_find(t->dtype) == NULL) {
        return tern_fail(TERN_UNSUPPORTED, "%.200s: element type %d is none that tern has", who,
                         (int)t->dtype);
    }
    TERN_TRY(count_elements(t, who, &count));
    if (!tern_dtype_bytes((tern_dtype)t->dtype, count, out_bytes)) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: %lld elements are too many bytes", who,
                         (long long)count);
    }
    return TERN_OK;
}

/* --- typed data --- */

enum { onnx_float = 1, onnx_int64 = 7, onnx_double = 11, onnx_uint32 = 12, onnx_uint64 = 13 };

/* The list a type's elements are in, and the bytes that each of its numbers stands for. */
typedef struct storage {
    uint32_t field;
    size_t unit_bytes;
} storage;

static storage storage_of(int32_t dtype)
{
    switch (dtype) {
    case onnx_float:
    case TERN_ONNX_COMPLEX64: return (storage){TERN_ONNX_FLOAT_DATA, 4};
    case onnx_double:
    case TERN_ONNX_COMPLEX128: return (storage){TERN_ONNX_DOUBLE_DATA, 8};
    case onnx_int64: return (storage){TERN_ONNX_INT64_DATA, 8};
    case onnx_uint64: return (storage){TERN_ONNX_UINT64_DATA, 8};
    case onnx_uint32: return (storage){TERN_ONNX_UINT64_DATA, 4};
    default: {
        const uint32_t bits = tern_dtype_find(dtype)->bits;
        return (storage){TERN_ONNX_INT32_DATA, bits <= 8 ? 1 : bits / 8};
    }
    }
}

/* The next field `id` of a tensor's message. */
static bool next_field(tern_wire *w, uint32_t id, tern_wire_field *out_field, tern_status *status)
{
    while (tern_wire_next(w, TERN_ONNX_TENSOR_SCHEMA, out_field, status)) {
        if (out_field->id == id) {
            return true;
        }
    }
    return false;
}

static bool is_fixed(uint32_t field)
{
    return field == TERN_ONNX_FLOAT_DATA || field == TERN_ONNX_DOUBLE_DATA;
}

/* Numbers in one field: a packed varint ends where the top bit is clear. */
static size_t numbers_in(const tern_wire_field *field, storage s)
{
    if (field->kind != TERN_WIRE_BYTES) {
        return 1;
    }
    if (is_fixed(field->id)) {
        return (size_t)field->number / s.unit_bytes;
    }
    size_t count = 0;
    for (const uint8_t *at = field->body.at; at < field->body.end; at++) {
        count += *at < 0x80;
    }
    return count;
}

static uint8_t *put_number(uint8_t *to, uint64_t number, size_t unit_bytes, bool is_bool)
{
    uint8_t bytes[8];
    tern_store_le64(bytes, is_bool ? number != 0 : number);
    memcpy(to, bytes, unit_bytes);
    return to + unit_bytes;
}

/* One field's numbers to `to`; NULL when a varint is malformed. */
static uint8_t *unpack(const tern_wire_field *field, storage s, bool is_bool, uint8_t *to)
{
    if (field->kind != TERN_WIRE_BYTES) {
        return put_number(to, field->number, s.unit_bytes, is_bool);
    }
    if (is_fixed(field->id)) {
        if (field->number > 0) {
            memcpy(to, field->body.at, (size_t)field->number);
        }
        return to + field->number;
    }
    tern_wire list = field->body;
    for (uint64_t number = 0; tern_wire_varint(&list, &number);) {
        to = put_number(to, number, s.unit_bytes, is_bool);
    }
    return list.at == list.end ? to : NULL;
}

/* Numbers in all fields of the list; *out_only is the field when there is one. */
static tern_status count_numbers(const tern_onnx_tensor *t, storage s, size_t *out_count,
                                 int32_t *out_field_count, tern_wire_field *out_only)
{
    const uint8_t *at = t->message.at;
    tern_wire w = {at, at + t->message.bytes};
    tern_status status = TERN_OK;
    tern_wire_field field;
    *out_count = 0;
    *out_field_count = 0;
    while (next_field(&w, s.field, &field, &status)) {
        *out_count += numbers_in(&field, s);
        *out_field_count += *out_field_count < 2;
        *out_only = field;
    }
    return status;
}

static tern_status typed_data(const tern_onnx_tensor *t, size_t bytes, tern_arena *arena,
                              const char *who, tern_span *out_data)
{
    const storage s = storage_of(t->dtype);
    const size_t wanted = bytes / s.unit_bytes;
    size_t count = 0;
    int32_t field_count = 0;
    tern_wire_field only;
    TERN_TRY(count_numbers(t, s, &count, &field_count, &only));
    if (count != wanted) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: %zu numbers of data, expected %zu", who, count,
                         wanted);
    }
    if (field_count == 1 && is_fixed(s.field) && only.kind == TERN_WIRE_BYTES) {
        *out_data = (tern_span){only.body.at, bytes};
        return TERN_OK;
    }
    uint8_t *data = tern_arena_alloc(arena, bytes, TERN_TENSOR_ALIGN);
    if (data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    const uint8_t *at = t->message.at;
    tern_wire w = {at, at + t->message.bytes};
    tern_status status = TERN_OK;
    tern_wire_field field;
    uint8_t *to = data;
    while (next_field(&w, s.field, &field, &status)) {
        to = unpack(&field, s, t->dtype == (int32_t)TERN_DTYPE_BOOL, to);
        if (to == NULL) {
            return tern_fail(TERN_BAD_MODEL, "%.200s: a number of its data is malformed", who);
        }
    }
    *out_data = (tern_span){data, bytes};
    return status;
}

/* --- all of them --- */

tern_status tern_onnx_tensor_data(const tern_onnx_tensor *tensor, tern_onnx_files *files,
                                  tern_arena *arena, const char *who, tern_span *out_data)
{
    size_t bytes = 0;
    *out_data = (tern_span){NULL, 0};
    TERN_TRY(size_of(tensor, who, &bytes));
    if (tensor->is_external) {
        return tern_onnx_files_data(files, tensor, bytes, who, out_data);
    }
    if (!tensor->has_raw) {
        return typed_data(tensor, bytes, arena, who, out_data);
    }
    if (tensor->raw.bytes != bytes) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: %zu bytes of data, expected %zu", who,
                         tensor->raw.bytes, bytes);
    }
    *out_data = tensor->raw;
    return TERN_OK;
}

tern_status tern_onnx_tensor_strings(const tern_onnx_tensor *tensor, tern_arena *arena,
                                     const char *who, const tern_str **out_strings,
                                     int64_t *out_count)
{
    *out_strings = NULL;
    *out_count = 0;
    int64_t wanted = 0;
    tern_status status = TERN_OK;
    size_t count = 0;
    tern_wire_field field;
    if (tensor->dtype != TERN_ONNX_STRING) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: element type %d, expected strings", who,
                         (int)tensor->dtype);
    }
    if (tensor->is_external || tensor->has_raw) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: strings may not be raw or external data", who);
    }
    TERN_TRY(count_elements(tensor, who, &wanted));
    const uint8_t *at = tensor->message.at;
    tern_wire w = {at, at + tensor->message.bytes};
    for (tern_wire again = w; next_field(&again, TERN_ONNX_STRING_DATA, &field, &status);) {
        count++;
    }
    TERN_TRY(status);
    if (count != (uint64_t)wanted) {
        return tern_fail(TERN_BAD_MODEL, "%.200s: %zu strings of data, expected %lld", who, count,
                         (long long)wanted);
    }
    tern_str *strings = tern_arena_items(arena, count, sizeof *strings, _Alignof(tern_str));
    if (strings == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (size_t i = 0; next_field(&w, TERN_ONNX_STRING_DATA, &field, &status); i++) {
        strings[i] = (tern_str){(const char *)field.body.at, (size_t)field.number};
    }
    *out_strings = strings;
    *out_count = wanted;
    return status;
}
