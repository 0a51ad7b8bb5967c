/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes by schema: text and plan form give back what went in, and nothing hostile gets
 * through.
 */
#include "harness/harness.h"
#include "op/attr.h"
#include "op/op.h"

#include <math.h>

typedef struct sample {
    int64_t count;
    double alpha;
    int32_t flag, mode, type;
    uint32_t axes;
    tern_ints stride, perm, pad;
    tern_floats scales;
    tern_chars note;
} sample;

static const tern_attr_name modes[] = {{"slow", 0}, {"fast", 7}, {NULL, 0}};

static const tern_attr_field fields[] = {
    TERN_ATTR(sample, count, I64, .fallback = 1, .low = -8, .high = 100, .batch = TERN_BATCH_SHIFT),
    TERN_ATTR(sample, alpha, F64, .fallback = 0.5),
    TERN_ATTR(sample, flag, BOOL, .fallback = 1),
    TERN_ATTR(sample, mode, ENUM, .names = modes),
    TERN_ATTR(sample, type, DTYPE, .fallback = TERN_DTYPE_F32),
    TERN_ATTR(sample, axes, MASK, .batch = TERN_BATCH_SHIFT),
    TERN_ATTR(sample, stride, INTS, .fallback = 1, .fallback_count = 2),
    TERN_ATTR(sample, perm, INTS, .batch = TERN_BATCH_PERMUTE),
    TERN_ATTR(sample, pad, INTS, .batch = TERN_BATCH_PREPEND, .batch_value = -1),
    TERN_ATTR(sample, scales, FLOATS, .onnx = "scales"),
    TERN_ATTR(sample, note, TEXT, .fallback = 0),
    TERN_ATTR_END,
};

static const struct {
    const char *name, *text, *want;
} texts[] = {
    {"nothing", "", ""},
    {"empty", "{}", ""},
    {"defaults", "{alpha=0.5, stride=[1,1], mode=slow}", ""},
    {"all",
     "{count=-3,alpha=0.1, flag=false, mode=fast, type=bf16, axes=6, stride=[2,3,4], perm=[1,0], "
     "pad=[5], "
     "scales=[1.5,2]}",
     "{count=-3, alpha=0.1, flag=false, mode=fast, type=bf16, axes=[1,2], stride=[2,3,4], "
     "perm=[1,0], pad=[5], "
     "scales=[1.5,2]}"},
    {"text", "{note=\"ij,jk->ik {a=1, b}\", count=2}", "{count=2, note=\"ij,jk->ik {a=1, b}\"}"},
    {"empty_text", "{note=\"\"}", ""},
    {"one_of_a_list", "{stride=3}", "{stride=[3]}"},
    {"empty_list", "{stride=[]}", "{stride=[]}"},
    {"integer_as_float", "{alpha=3}", "{alpha=3}"},
    {"infinity", "{alpha=-inf}", "{alpha=-inf}"},
    {"minus_zero", "{alpha=-0}", "{alpha=-0}"},
    {"hexadecimal", "{axes=0xff}", "{axes=[0,1,2,3,4,5,6,7]}"},
    {"mask_by_number", "{axes=2}", "{axes=[1]}"},
    {"list_of_axes", "{axes=[2,0]}", "{axes=[0,2]}"},
    {"axis_twice", "{axes=[1,1]}", "{axes=[1]}"},
    {"no_axes", "{axes=[]}", ""},
    {"bits_that_are_no_axes", "{axes=0x102}", "{axes=0x102}"},
    {"enum_by_number", "{mode=7}", "{mode=fast}"},
    {"no_type", "{type=none}", "{type=none}"},
};

TERN_TEST_ROWS(attr_text_and_plan_form, texts)
{
    sample a = {0}, b = {0}, c = {0};
    char buffer[512];
    tern_text out;
    const char *at = texts[row].text;
    REQUIRE_OK(tern_attr_parse(fields, &a, &at, at + strlen(at), "test"));
    CHECK_TEXT(at, "");
    tern_text_init_fixed(&out, buffer, sizeof buffer);
    tern_attr_print(&out, fields, &a);
    CHECK_TEXT(tern_text_get(&out), texts[row].want);
    at = tern_text_get(&out);
    REQUIRE_OK(tern_attr_parse(fields, &b, &at, at + strlen(at), "test"));
    CHECK(tern_attr_equal(fields, &a, &b));
    tern_text_clear(&out);
    REQUIRE_OK(tern_attr_encode(&out, fields, &a));
    REQUIRE_OK(tern_attr_decode(fields, &c, (const uint8_t *)out.at, out.len, "test"));
    CHECK(tern_attr_equal(fields, &a, &c));
}

static const struct {
    const char *name, *text, *part;
} broken[] = {
    {"unknown", "{gamma=1}", "no attribute \"gamma\""},
    {"twice", "{alpha=1, alpha=2}", "given twice"},
    {"range", "{count=101}", "allowed are -8..100"},
    {"float_for_int", "{count=1.5}", "cannot be \"1.5\""},
    {"list_for_one", "{count=[1,2]}", "2 values, the most is 1"},
    {"no_enum", "{mode=medium}", "medium"},
    {"no_enum_number", "{mode=3}", "allowed: slow, fast"},
    {"no_type", "{type=f33}", "f33"},
    {"no_bool", "{flag=2}", "flag"},
    {"long_list", "{stride=[1,2,3,4,5,6,7,8,9]}", "more than 8"},
    {"open", "{stride=[1,2", "expected"},
    {"open_brace", "{alpha=1", "expected"},
    {"no_value", "{alpha}", "expected \"=\""},
    {"mask", "{axes=-1}", "bit set"},
    {"no_axis", "{axes=[1,8]}", "lists axis 8, allowed are 0..7"},
    {"negative_axis", "{axes=[-1]}", "lists axis -1, allowed are 0..7"},
    {"mask_of_fractions", "{axes=[0.5]}", "cannot be \"0.5\""},
};

TERN_TEST_ROWS(attr_refuses, broken)
{
    sample a = {0};
    const char *at = broken[row].text;
    CHECK_STATUS(tern_attr_parse(fields, &a, &at, at + strlen(at), "test"), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, broken[row].part);
}

TERN_TEST(attr_batch_axis)
{
    sample a = {0};
    char buffer[256];
    tern_text out;
    const char *at = "{count=2, axes=5, perm=[1,0], pad=[3]}";
    REQUIRE_OK(tern_attr_parse(fields, &a, &at, at + strlen(at), "test"));
    REQUIRE_OK(tern_attr_batchify(fields, &a, "test"));
    tern_text_init_fixed(&out, buffer, sizeof buffer);
    tern_attr_print(&out, fields, &a);
    CHECK_TEXT(tern_text_get(&out), "{count=3, axes=[1,3], perm=[0,2,1], pad=[-1,3]}");
    at = "{count=-2, pad=[1,1,1,1,1,1,1,1]}";
    REQUIRE_OK(tern_attr_parse(fields, &a, &at, at + strlen(at), "test"));
    CHECK_STATUS(tern_attr_batchify(fields, &a, "test"), TERN_UNSUPPORTED);
    CHECK_INT(a.count, -2);
}

/* Every truncation and changed byte of an encoding is refused or decodes to something valid. */
TERN_TEST(attr_decode_survives_every_change)
{
    sample a = {0}, b = {0};
    char buffer[1024];
    tern_text out;
    const char *at = "{mode=fast, stride=[2,3], perm=[1,0], scales=[0.5], axes=3}";
    REQUIRE_OK(tern_attr_parse(fields, &a, &at, at + strlen(at), "test"));
    tern_text_init_fixed(&out, buffer, sizeof buffer);
    REQUIRE_OK(tern_attr_encode(&out, fields, &a));
    for (size_t size = 0; size < out.len; size++) {
        CHECK_STATUS(tern_attr_decode(fields, &b, (const uint8_t *)out.at, size, "test"),
                     TERN_BAD_MODEL);
    }
    for (size_t i = 0; i < out.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            uint8_t bytes[1024];
            memcpy(bytes, out.at, out.len);
            bytes[i] = (uint8_t)(bytes[i] ^ (1 << bit));
            if (tern_attr_decode(fields, &b, bytes, out.len, "test") == TERN_OK) {
                CHECK(b.mode == 0 || b.mode == 7);
                CHECK(b.count >= -8 && b.count <= 100);
                CHECK(b.stride.count >= 0 && b.stride.count <= TERN_MAX_RANK);
            }
        }
    }
}

TERN_TEST(attr_decode_fills_missing_fields)
{
    sample a = {0};
    const uint8_t none[4] = {0};
    REQUIRE_OK(tern_attr_decode(fields, &a, none, sizeof none, "test"));
    CHECK_INT(a.count, 1);
    CHECK_INT(a.stride.count, 2);
    CHECK_STATUS(tern_attr_decode(NULL, &a, none, 3, "test"), TERN_BAD_MODEL);
    REQUIRE_OK(tern_attr_decode(NULL, NULL, none, sizeof none, "test"));
}

TERN_TEST(attr_set_by_value)
{
    sample a = {0};
    const tern_attr_field *const alpha = tern_attr_find(fields, "alpha", 5);
    const tern_attr_field *const mode = tern_attr_find(fields, "mode", 4);
    REQUIRE(alpha != NULL && mode != NULL);
    CHECK(tern_attr_find(fields, "alph", 4) == NULL);
    const tern_attr_value five = {.kind = TERN_ATTR_KIND_I64, .count = 1, .i = {5}};
    const tern_attr_value fast = {.kind = TERN_ATTR_KIND_ENUM, .count = 1, .text = "fast"};
    const tern_attr_value half = {.kind = TERN_ATTR_KIND_F64, .count = 1, .f = {0.5}};
    CHECK_OK(tern_attr_set(alpha, &a, &five, "test"));
    CHECK_NEAR(a.alpha, 5, 0);
    CHECK_OK(tern_attr_set(mode, &a, &fast, "test"));
    CHECK_INT(a.mode, 7);
    CHECK_STATUS(tern_attr_set(mode, &a, &half, "test"), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_attr_set(alpha, &a, &fast, "test"), TERN_INVALID_ARGUMENT);
    const tern_attr_field *const axes = tern_attr_find(fields, "axes", 4);
    const tern_attr_value one = {.kind = TERN_ATTR_KIND_I64, .count = 1, .i = {1}};
    const tern_attr_value list = {.kind = TERN_ATTR_KIND_INTS, .count = 1, .i = {1}};
    CHECK_OK(tern_attr_set(axes, &a, &one, "test"));
    CHECK_INT(a.axes, 1);
    CHECK_OK(tern_attr_set(axes, &a, &list, "test"));
    CHECK_INT(a.axes, 2);
    CHECK_STATUS(tern_attr_set(axes, &a, &half, "test"), TERN_INVALID_ARGUMENT);
    tern_attr_value got;
    tern_attr_get(mode, &a, &got);
    CHECK_TEXT(got.text, "fast");
}

/* All operators' own defaults go through all forms. */
TERN_TEST(attr_defaults_of_every_operator)
{
    const tern_op *op;
    for (size_t i = 0; (op = tern_op_at(i)) != NULL; i++) {
        _Alignas(16) unsigned char a[2048] = {0}, b[2048] = {0};
        char buffer[4096];
        tern_text out;
        REQUIRE(op->attr_size <= sizeof a);
        tern_attr_defaults(op->attrs, a);
        tern_text_init_fixed(&out, buffer, sizeof buffer);
        tern_attr_print(&out, op->attrs, a);
        CHECK_TEXT(tern_text_get(&out), "");
        REQUIRE_OK(tern_attr_encode(&out, op->attrs, a));
        if (tern_attr_decode(op->attrs, b, (const uint8_t *)out.at, out.len, op->name) != TERN_OK) {
            FAIL("%s: %s", op->name, tern_error_last()->text);
        }
        CHECK(tern_attr_equal(op->attrs, a, b));
    }
}
