/* SPDX-License-Identifier: Apache-2.0 */
/* Changes protobuf messages as messages: a field anywhere inside is dropped, doubled, renumbered,
 * changed, or replaced by one from elsewhere, also of another input; the lengths of all messages
 * around it are made right again.  Bytes at random, which mostly break a length, remain one way of
 * several. */
#include <stdlib.h>
#include <string.h>

#include "harness/proto.h"
#include "import/wire.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum { most_depth = 24, keeps = 16 };

typedef struct place {
    tern_wire whole; /* tag and content */
    tern_wire_field field;
} place;

static uint64_t state;

static uint64_t random_below(uint64_t end)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % end;
}

/* --- finding fields --- */

static bool next(tern_wire *w, place *out)
{
    tern_status status = TERN_OK;
    out->whole.at = w->at;
    const bool is_there = tern_wire_next(w, "", &out->field, &status);
    out->whole.end = w->at;
    return is_there;
}

/* Bytes that fields fill to the end; a text may look like that too, and is then changed oddly. */
static bool is_message(tern_wire w)
{
    place p;
    if (w.at == w.end) {
        return false;
    }
    while (next(&w, &p)) {}
    return w.at == w.end;
}

/* One of all fields inside, each as likely, with this id unless it is 0. */
static void pick(tern_wire w, uint32_t id, int depth, uint64_t *seen, place *out)
{
    place p;
    while (next(&w, &p)) {
        if (id == 0 || p.field.id == id) {
            if (random_below(++*seen) == 0) {
                *out = p;
            }
        }
        if (p.field.kind == TERN_WIRE_BYTES && depth < most_depth && is_message(p.field.body)) {
            pick(p.field.body, id, depth + 1, seen, out);
        }
    }
}

/* --- writing --- */

/* The message with `with` where `target` was. */
static void rewrite(proto *out, tern_wire w, const place *target, tern_span with)
{
    place p;
    while (next(&w, &p)) {
        if (p.whole.at == target->whole.at) {
            proto_raw(out, with.at, with.bytes);
        } else if (p.field.kind == TERN_WIRE_BYTES && p.field.body.at <= target->whole.at &&
                   target->whole.at < p.field.body.end) {
            const size_t begin = proto_begin(out, p.field.id);
            rewrite(out, p.field.body, target, with);
            proto_end(out, begin);
        } else {
            proto_raw(out, p.whole.at, (size_t)(p.whole.end - p.whole.at));
        }
    }
    proto_raw(out, w.at, (size_t)(w.end - w.at)); /* what is no field stays */
}

static int64_t odd_number(uint64_t old)
{
    static const int64_t numbers[] = {0,         1,         2,         3,         7,       8,
                                      -1,        -2,        63,        64,        127,     128,
                                      INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1 << 20, 65536};
    const uint64_t count = sizeof numbers / sizeof *numbers;
    const uint64_t which = random_below(count + 4);
    if (which < count) {
        return numbers[which];
    }
    return (int64_t)(old + which - count - 2);
}

static void whole(proto *p, const place *from)
{
    proto_raw(p, from->whole.at, (size_t)(from->whole.end - from->whole.at));
}

/* The field with other contents. */
static void change(proto *p, const place *from)
{
    const tern_wire_field *f = &from->field;
    if (f->kind == TERN_WIRE_VARINT) {
        proto_number(p, f->id, odd_number(f->number));
        return;
    }
    const uint8_t *content = f->kind == TERN_WIRE_BYTES ? f->body.at : from->whole.end;
    size_t bytes = f->kind == TERN_WIRE_BYTES ? (size_t)f->number : 0;
    if (f->kind != TERN_WIRE_BYTES) {
        bytes = f->kind == TERN_WIRE_FIXED32 ? 4 : 8;
        content = from->whole.end - bytes;
    }
    uint8_t *copy = malloc(bytes + 64);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, content, bytes);
    const size_t most = f->kind == TERN_WIRE_BYTES ? bytes + 64 : bytes;
    size_t now = LLVMFuzzerMutate(copy, bytes, most);
    if (f->kind == TERN_WIRE_BYTES) {
        proto_bytes(p, f->id, copy, now);
    } else {
        memset(copy + now, 0, bytes - now);
        proto_tag(p, f->id, (int)f->kind);
        proto_raw(p, copy, bytes);
    }
    free(copy);
}

/* What stands where `target` was. */
static void replacement(proto *p, const place *target, const place *other)
{
    switch (random_below(8)) {
    case 0: break;
    case 1:
        whole(p, target);
        whole(p, target);
        break;
    case 2: whole(p, other); break;
    case 3:
        whole(p, target);
        whole(p, other);
        break;
    case 4: { /* the same contents under another number */
        const size_t tag = 1 + (target->field.id > 15);
        const int kind = (int)target->field.kind;
        proto_tag(p, 1 + (uint32_t)random_below(26), kind);
        if ((size_t)(target->whole.end - target->whole.at) > tag) {
            proto_raw(p, target->whole.at + tag,
                      (size_t)(target->whole.end - target->whole.at) - tag);
        }
        break;
    }
    default: change(p, target); break;
    }
}

/* Inputs of before: where fields of other models come from. */
static tern_wire another(tern_wire now)
{
    static proto kept[keeps];
    proto *one = &kept[random_below(keeps)];
    if (one->len == 0 || random_below(8) == 0) {
        one->len = 0;
        proto_raw(one, now.at, (size_t)(now.end - now.at));
    }
    return random_below(2) == 0 ? now : (tern_wire){one->at, one->at + one->len};
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    const tern_wire w = {data, data + size};
    place target, other;
    uint64_t seen = 0;
    state = seed;
    pick(w, 0, 0, &seen, &target);
    if (seen == 0 || random_below(8) == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    other = target;
    seen = 0;
    pick(another(w), random_below(4) == 0 ? 0 : target.field.id, 0, &seen, &other);
    proto with = {0}, made = {0};
    replacement(&with, &target, &other);
    rewrite(&made, w, &target, proto_span(&with));
    const size_t bytes = made.len > 0 && made.len <= max_size ? made.len : size;
    if (bytes == made.len) {
        memcpy(data, made.at, bytes);
    }
    proto_free(&made);
    proto_free(&with);
    return bytes;
}
