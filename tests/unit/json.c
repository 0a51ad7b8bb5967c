/* SPDX-License-Identifier: Apache-2.0 */
/* base/json. */
#include "base/json.h"

#include <math.h>

#include "harness/harness.h"

TERN_TEST(json_on_one_line)
{
    char buffer[512];
    tern_text text;
    tern_json json;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_json_init(&json, &text, 0);
    tern_json_begin_object(&json);
    tern_json_key(&json, "name");
    tern_json_string(&json, "conv \"1\"");
    tern_json_key(&json, "dims");
    tern_json_dims(&json, 2, (const int64_t[]){3, -1});
    tern_json_key(&json, "items");
    tern_json_begin_array(&json);
    tern_json_int(&json, -5);
    tern_json_uint(&json, UINT64_MAX);
    tern_json_number(&json, 0.5);
    tern_json_number(&json, (double)NAN);
    tern_json_number(&json, -(double)INFINITY);
    tern_json_bool(&json, true);
    tern_json_string(&json, NULL);
    tern_json_null(&json);
    tern_json_end_array(&json);
    tern_json_key(&json, "empty");
    tern_json_begin_object(&json);
    tern_json_end_object(&json);
    tern_json_end_object(&json);
    CHECK_OK(tern_text_status(&text));
    CHECK_TEXT(buffer, "{\"name\":\"conv \\\"1\\\"\",\"dims\":[3,-1],\"items\":[-5,"
                       "18446744073709551615,0.5,null,null,true,null,null],\"empty\":{}}");
}

TERN_TEST(json_indented)
{
    char buffer[512];
    tern_text text;
    tern_json json;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_json_init(&json, &text, 2);
    tern_json_begin_array(&json);
    tern_json_begin_object(&json);
    tern_json_key(&json, "a");
    tern_json_int(&json, 1);
    tern_json_key(&json, "b");
    tern_json_begin_array(&json);
    tern_json_end_array(&json);
    tern_json_end_object(&json);
    tern_json_int(&json, 2);
    tern_json_end_array(&json);
    CHECK_TEXT(buffer, "[\n  {\n    \"a\": 1,\n    \"b\": []\n  },\n  2\n]");
}

static const struct {
    const char *name;
    const char *text;
    const char *want;
} strings[] = {
    {"plain", "a/b", "\"a/b\""},
    {"escapes", "\"\\\n\r\t\x01\x7f", "\"\\\"\\\\\\n\\r\\t\\u0001\\u007f\""},
    {"utf8", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa6", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa6\""},
    {"broken", "a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
    {"overlong", "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"surrogate", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    {"too_large", "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

TERN_TEST_ROWS(json_strings, strings)
{
    char buffer[128];
    tern_text text;
    tern_json json;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_json_init(&json, &text, 0);
    tern_json_string(&json, strings[row].text);
    CHECK_TEXT(buffer, strings[row].want);
}
