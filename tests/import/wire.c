/* SPDX-License-Identifier: Apache-2.0 */
/* Fields out of bytes: numbers at their limits, tags, wire kinds against schemas, cut-off input. */
#include "import/wire.h"

#include <string.h>

#include "base/bits.h"
#include "harness/harness.h"
#include "harness/proto.h"

typedef struct wire_row {
    const char *name;
    const char *schema;
    size_t bytes_count;
    uint8_t bytes[20];
    bool is_good;
    uint64_t number; /* of the first field */
} wire_row;

#define TOP7 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

static const wire_row rows[] = {
    {"zero", ".v", 2, {0x08, 0x00}, true, 0},
    {"one_byte", ".v", 2, {0x08, 0x7f}, true, 127},
    {"two_bytes", ".v", 3, {0x08, 0xac, 0x02}, true, 300},
    {"padded", ".v", 4, {0x08, 0x81, 0x80, 0x00}, true, 1},
    {"largest", ".v", 11, {0x08, TOP7, 0x01}, true, UINT64_MAX},
    {"65_bits", ".v", 11, {0x08, TOP7, 0x02}, false, 0},
    {"11_bytes", ".v", 12, {0x08, TOP7, 0x81, 0x00}, false, 0},
    {"varint_cut", ".v", 3, {0x08, 0xff, 0xff}, false, 0},
    {"tag_alone", ".v", 1, {0x08}, false, 0},
    {"tag_cut", ".v", 1, {0x88}, false, 0},
    {"tag_of_64_bits", ".v", 11, {TOP7, 0x01, 0x00}, false, 0},
    {"id_0", ".v", 2, {0x00, 0x00}, false, 0},
    {"group_start", ".v", 2, {0x0b, 0x00}, false, 0},
    {"group_end", ".v", 2, {0x0c, 0x00}, false, 0},
    {"group_of_an_unknown_id", ".v", 2, {0x7b, 0x00}, false, 0},
    {"kind_6", ".v", 2, {0x0e, 0x00}, false, 0},
    {"kind_7", ".v", 2, {0x0f, 0x00}, false, 0},
    {"fixed32", ".f", 5, {0x0d, 1, 2, 3, 4}, true, 0x04030201},
    {"fixed32_cut", ".f", 4, {0x0d, 1, 2, 3}, false, 0},
    {"fixed64", ".d", 9, {0x09, 1, 2, 3, 4, 5, 6, 7, 8}, true, 0x0807060504030201},
    {"fixed64_cut", ".d", 8, {0x09, 1, 2, 3, 4, 5, 6, 7}, false, 0},
    {"bytes", ".b", 5, {0x0a, 3, 'a', 'b', 'c'}, true, 3},
    {"no_bytes", ".b", 2, {0x0a, 0}, true, 0},
    {"bytes_cut", ".b", 4, {0x0a, 3, 'a', 'b'}, false, 0},
    {"bytes_of_2_64", ".b", 12, {0x0a, TOP7, 0x01, 'a'}, false, 0},
    {"bytes_of_2_63",
     ".b",
     12,
     {0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 2},
     false,
     0},
    {"varint_for_bytes", ".b", 2, {0x08, 0x00}, false, 0},
    {"bytes_for_varint", ".v", 3, {0x0a, 1, 1}, false, 0},
    {"bytes_for_message", ".m", 3, {0x0a, 1, 1}, true, 1},
    {"varint_for_message", ".m", 2, {0x08, 0x00}, false, 0},
    {"fixed64_for_float", ".f", 9, {0x09, 1, 2, 3, 4, 5, 6, 7, 8}, false, 0},
    {"packed_for_one_float", ".f", 6, {0x0a, 4, 1, 2, 3, 4}, false, 0},
    {"fixed32_for_double", ".d", 5, {0x0d, 1, 2, 3, 4}, false, 0},
    {"varints_one", ".V", 2, {0x08, 0x05}, true, 5},
    {"varints_packed", ".V", 4, {0x0a, 2, 1, 2}, true, 2},
    {"fixed32_for_varints", ".V", 5, {0x0d, 1, 2, 3, 4}, false, 0},
    {"floats_one", ".F", 5, {0x0d, 1, 0, 0, 0}, true, 1},
    {"floats_packed", ".F", 6, {0x0a, 4, 1, 2, 3, 4}, true, 4},
    {"floats_of_3_bytes", ".F", 5, {0x0a, 3, 1, 2, 3}, false, 0},
    {"varint_for_floats", ".F", 2, {0x08, 0x05}, false, 0},
    {"doubles_packed", ".D", 10, {0x0a, 8, 1, 2, 3, 4, 5, 6, 7, 8}, true, 8},
    {"doubles_of_4_bytes", ".D", 6, {0x0a, 4, 1, 2, 3, 4}, false, 0},
    {"skipped", "..", 2, {0x08, 0x05}, true, 5},
    {"beyond_the_schema", ".", 2, {0x08, 0x05}, true, 5},
    {"largest_id", ".v", 6, {0xf8, 0xff, 0xff, 0xff, 0x0f, 0x05}, true, 5},
};

TERN_TEST_ROWS(wire_field, rows)
{
    const wire_row *r = &rows[row];
    proto p = {0};
    proto_raw(&p, r->bytes, r->bytes_count);
    tern_wire w = {p.at, p.at + p.len};
    tern_wire_field field = {0};
    tern_status status = TERN_OK;
    CHECK_INT(tern_wire_next(&w, r->schema, &field, &status), r->is_good);
    CHECK_STATUS(status, r->is_good ? TERN_OK : TERN_BAD_MODEL);
    if (r->is_good) {
        CHECK_UINT(field.number, r->number);
        CHECK(w.at == w.end && !tern_wire_next(&w, r->schema, &field, &status));
        CHECK_OK(status);
    } else {
        CHECK(w.at == p.at); /* still at the field */
        CHECK(!tern_wire_next(&w, r->schema, &field, &status));
        CHECK_STATUS(status, TERN_BAD_MODEL);
    }
    proto_free(&p);
}

TERN_TEST(wire_fields_in_a_row)
{
    proto p = {0};
    proto_number(&p, 1, -1);
    proto_text(&p, 2, "abc");
    proto_f32(&p, 3, 1.0f);
    tern_wire w = {p.at, p.at + p.len};
    tern_wire_field field;
    tern_status status = TERN_OK;
    REQUIRE(tern_wire_next(&w, ".vbf", &field, &status));
    CHECK(field.id == 1 && field.kind == TERN_WIRE_VARINT && field.number == UINT64_MAX);
    REQUIRE(tern_wire_next(&w, ".vbf", &field, &status));
    CHECK(field.id == 2 && field.kind == TERN_WIRE_BYTES);
    CHECK_INT(field.body.end - field.body.at, 3);
    CHECK_BYTES(field.body.at, "abc", 3);
    REQUIRE(tern_wire_next(&w, ".vbf", &field, &status));
    CHECK(field.id == 3 && field.kind == TERN_WIRE_FIXED32 && field.number == 0x3f800000);
    CHECK(!tern_wire_next(&w, ".vbf", &field, &status));
    CHECK_OK(status);
    proto_free(&p);
}

TERN_TEST(wire_packed_varints)
{
    const uint8_t bytes[] = {0x01, 0xac, 0x02, 0x80};
    tern_wire w = {bytes, bytes + sizeof bytes};
    uint64_t number = 0;
    REQUIRE(tern_wire_varint(&w, &number));
    CHECK_UINT(number, 1);
    REQUIRE(tern_wire_varint(&w, &number));
    CHECK_UINT(number, 300);
    CHECK(!tern_wire_varint(&w, &number)); /* cut off: stays where it is */
    CHECK(w.at == bytes + 3);
}
