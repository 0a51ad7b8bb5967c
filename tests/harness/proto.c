/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer; the length of a message is put in before its contents when it ends. */
#include "harness/proto.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/bits.h"

enum { kind_varint = 0, kind_fixed64 = 1, kind_bytes = 2, kind_fixed32 = 5 };

void proto_raw(proto *p, const void *at, size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    if (tern_array_grow(tern_allocator_default(), &p->at, &p->capacity, p->len + bytes, 1) !=
        TERN_OK) {
        abort();
    }
    memcpy(p->at + p->len, at, bytes);
    p->len += bytes;
}

static size_t varint_bytes(uint64_t number, uint8_t out[10])
{
    size_t count = 0;
    for (; number >= 0x80; number >>= 7) {
        out[count++] = (uint8_t)(number | 0x80);
    }
    out[count++] = (uint8_t)number;
    return count;
}

void proto_varint(proto *p, uint64_t number)
{
    uint8_t bytes[10];
    proto_raw(p, bytes, varint_bytes(number, bytes));
}

void proto_tag(proto *p, uint32_t id, int kind)
{
    proto_varint(p, (uint64_t)id << 3 | (unsigned)kind);
}

void proto_number(proto *p, uint32_t id, int64_t number)
{
    proto_tag(p, id, kind_varint);
    proto_varint(p, (uint64_t)number);
}

void proto_f32(proto *p, uint32_t id, float x)
{
    uint32_t bits;
    uint8_t bytes[4];
    memcpy(&bits, &x, sizeof bits);
    tern_store_le32(bytes, bits);
    proto_tag(p, id, kind_fixed32);
    proto_raw(p, bytes, sizeof bytes);
}

void proto_f64(proto *p, uint32_t id, double x)
{
    uint64_t bits;
    uint8_t bytes[8];
    memcpy(&bits, &x, sizeof bits);
    tern_store_le64(bytes, bits);
    proto_tag(p, id, kind_fixed64);
    proto_raw(p, bytes, sizeof bytes);
}

void proto_bytes(proto *p, uint32_t id, const void *at, size_t bytes)
{
    proto_tag(p, id, kind_bytes);
    proto_varint(p, bytes);
    proto_raw(p, at, bytes);
}

void proto_text(proto *p, uint32_t id, const char *text)
{
    proto_bytes(p, id, text, strlen(text));
}

void proto_packed(proto *p, uint32_t id, const int64_t *numbers, size_t count)
{
    const size_t list = proto_begin(p, id);
    for (size_t i = 0; i < count; i++) {
        proto_varint(p, (uint64_t)numbers[i]);
    }
    proto_end(p, list);
}

size_t proto_begin(proto *p, uint32_t id)
{
    proto_tag(p, id, kind_bytes);
    return p->len;
}

void proto_end(proto *p, size_t begin)
{
    uint8_t bytes[10];
    const size_t content = p->len - begin;
    const size_t count = varint_bytes(content, bytes);
    proto_raw(p, bytes, count); /* makes room */
    memmove(p->at + begin + count, p->at + begin, content);
    memcpy(p->at + begin, bytes, count);
}

tern_span proto_span(const proto *p)
{
    return (tern_span){p->at, p->len};
}

void proto_free(proto *p)
{
    tern_array_free(tern_allocator_default(), &p->at, &p->capacity, 1);
    p->len = 0;
}
