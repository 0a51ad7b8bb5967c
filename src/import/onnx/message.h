/* SPDX-License-Identifier: Apache-2.0
 *
 * Protobuf messages into structs, by table: a message is a schema, a struct and for each field the
 * member it goes to.  A first pass over a message counts, so that its lists get room of the right
 * size; a second one fills them in.
 *
 *     static const tern_message opset_message = {
 *         .name = "opset", .schema = ".bv", .bytes = sizeof(tern_onnx_opset),
 *         .fields = {[1] = {TERN_PUT_STR, offsetof(tern_onnx_opset, domain)},
 *                    [2] = {TERN_PUT_I64, offsetof(tern_onnx_opset, version)}}};
 */
#ifndef TERN_IMPORT_ONNX_MESSAGE_H
#define TERN_IMPORT_ONNX_MESSAGE_H

#include <stddef.h>

#include "base/arena.h"
#include "import/wire.h"

enum { TERN_MESSAGE_FIELDS = 28 }; /* ids below it may be stored */

/* How a field is stored; "count" is an int32_t member. */
typedef enum tern_put {
    TERN_PUT_NOTHING = 0,
    TERN_PUT_I32, /* an int32_t or an enum */
    TERN_PUT_I64,
    TERN_PUT_F32,
    TERN_PUT_STR,  /* tern_str */
    TERN_PUT_I64S, /* pointer to a list, and count */
    TERN_PUT_F32S,
    TERN_PUT_STRS,
    TERN_PUT_LIST,    /* pointer to a list of messages, and count */
    TERN_PUT_POINTER, /* pointer to one message; its count, if there is one, becomes 1 */
    TERN_PUT_INSIDE,  /* a message in place; its count, if there is one, becomes 0 first */
    TERN_PUT_CALL     /* the function */
} tern_put;

typedef struct tern_message tern_message;
typedef struct tern_message_reader tern_message_reader;

typedef struct tern_message_field {
    uint8_t put;        /* tern_put */
    bool is_choice;     /* one of a "oneof": the struct starts anew */
    uint16_t at;        /* offset of the member */
    uint16_t count_at;  /* offset of the count; 0: none */
    uint16_t choice_at; /* with INSIDE: the int32_t that tells the choice, the field's number */
    const tern_message *of;
    tern_status (*call)(const tern_message_reader *r, const tern_wire_field *field, void *out);
} tern_message_field;

struct tern_message {
    const char *name; /* in errors */
    tern_wire_schema schema;
    size_t bytes;         /* of the struct */
    const void *defaults; /* what the struct starts with; NULL: it is left as it is (zeros) */
    bool nests;           /* may contain itself: counted by the depth */
    /* After counting: may fill in `out` and leave fields out (bits).  NULL: all are stored. */
    tern_status (*start)(const tern_message_reader *r, tern_wire bytes, const size_t *counts,
                         void *out, uint32_t *out_fields);
    /* When everything is stored. */
    tern_status (*finish)(const tern_message_reader *r, tern_wire bytes, void *out);
    tern_message_field fields[TERN_MESSAGE_FIELDS];
};

struct tern_message_reader {
    const uint8_t *base; /* of the file: what offsets count from */
    const char *who;
    tern_arena *arena;
    int32_t depth;
    size_t object_count;
    size_t held_bytes, limit_bytes; /* of structs and lists */
};

/* Reads a message into `out`, a zeroed struct. */
tern_status tern_message_read(tern_message_reader *r, const tern_message *m, tern_wire bytes,
                              void *out);

/* "who: byte 12, in a node: what", with BAD_MODEL; `at` is where. */
tern_status tern_message_fail(const tern_message_reader *r, const tern_message *m,
                              const uint8_t *at, const char *what);

#endif
