/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf messages made by hand, field by field, well-formed or not.

     proto p = {0};
     proto_number(&p, 1, 10);                       field 1: a varint
     const size_t graph = proto_begin(&p, 7);       field 7: a message ...
     proto_text(&p, 2, "g");
     proto_end(&p, graph);
     ... p.at, p.len ...
     proto_free(&p);

   Running out of memory ends the test program. */
#ifndef TERN_TESTS_PROTO_H
#define TERN_TESTS_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/os.h"

typedef struct proto {
    uint8_t *at;
    size_t len, capacity;
} proto;

/* Bytes as they stand; a varint; a tag of any wire kind. */
void proto_raw(proto *p, const void *at, size_t bytes);
void proto_varint(proto *p, uint64_t number);
void proto_tag(proto *p, uint32_t id, int kind);

/* Fields. */
void proto_number(proto *p, uint32_t id, int64_t number);
void proto_f32(proto *p, uint32_t id, float x);
void proto_f64(proto *p, uint32_t id, double x);
void proto_bytes(proto *p, uint32_t id, const void *at, size_t bytes);
void proto_text(proto *p, uint32_t id, const char *text);
void proto_packed(proto *p, uint32_t id, const int64_t *numbers, size_t count);

/* A field that is a message: what is written in between.  They nest. */
size_t proto_begin(proto *p, uint32_t id);
void proto_end(proto *p, size_t begin);

tern_span proto_span(const proto *p);
void proto_free(proto *p);

#endif
