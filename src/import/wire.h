/* SPDX-License-Identifier: Apache-2.0
 *
 * Protobuf's wire format: fields out of bytes, nothing copied.  A message's schema is one string
 * with a character per field number, so a field of the wrong kind is refused at the one place that
 * decodes tags.  https://protobuf.dev/programming-guides/encoding/
 */
#ifndef TERN_IMPORT_WIRE_H
#define TERN_IMPORT_WIRE_H

#include "base/error.h"
#include "base/os.h"

#include <stdbool.h>
#include <stdint.h>

/* How a field lies in the bytes. */
typedef enum tern_wire_kind {
    TERN_WIRE_VARINT = 0,
    TERN_WIRE_FIXED64 = 1,
    TERN_WIRE_BYTES = 2,
    TERN_WIRE_FIXED32 = 5
} tern_wire_kind;

/* What is left of a message. */
typedef struct tern_wire {
    const uint8_t *at, *end;
} tern_wire;

typedef struct tern_wire_field {
    uint32_t id;
    tern_wire_kind kind;
    uint64_t number; /* VARINT, FIXED64, FIXED32: the bits; BYTES: the length */
    tern_wire body;  /* BYTES: the contents */
} tern_wire_field;

/*
 * A schema: character i is what field i must be: v varint, b bytes or message, m message that may
 * come once only (not looked at here), f 32-bit float, d 64-bit float, V F D repeated of those
 * (packed or not), '.' anything (skipped).  Fields beyond the string are skipped.
 */
typedef const char *tern_wire_schema;

/*
 * The next field; false at the end of the message or when it is malformed, which `status` tells:
 * BAD_MODEL with the reason, and w->at still at the field.  Start with status TERN_OK.
 */
bool tern_wire_next(tern_wire *w, tern_wire_schema schema, tern_wire_field *out_field,
                    tern_status *status);

/* One varint of a packed list; false at its end or when malformed, and then w->at has not moved. */
bool tern_wire_varint(tern_wire *w, uint64_t *out_number);

#endif
