/* SPDX-License-Identifier: Apache-2.0 */
/* JSON writer on top of tern_text.  Commas and escapes are its business; structure errors (a value
   without a key in an object) are ours and asserted.  NaN and infinities become null. */
#ifndef TERN_BASE_JSON_H
#define TERN_BASE_JSON_H

#include "base/str.h"

#define TERN_JSON_MAX_DEPTH 32

typedef struct tern_json {
    tern_text *text;
    int depth;
    int indent_width;                    /* 0: everything on one line */
    bool is_object[TERN_JSON_MAX_DEPTH]; /* per open level: object or array */
    bool has_items[TERN_JSON_MAX_DEPTH]; /* per open level: needs a comma first */
    bool has_key;                        /* a key was written, its value is due */
} tern_json;

/* `text` must outlive the writer; check tern_text_status at the end. */
void tern_json_init(tern_json *json, tern_text *text, int indent_width);

void tern_json_begin_object(tern_json *json);
void tern_json_end_object(tern_json *json);
void tern_json_begin_array(tern_json *json);
void tern_json_end_array(tern_json *json);

/* Key of the next value; inside objects only. */
void tern_json_key(tern_json *json, const char *key);

/* Values.  A NULL string is null.  Bytes that are not UTF-8 become U+FFFD. */
void tern_json_string(tern_json *json, const char *value);
void tern_json_str(tern_json *json, tern_str value);
void tern_json_int(tern_json *json, int64_t value);
void tern_json_uint(tern_json *json, uint64_t value);
void tern_json_number(tern_json *json, double value);
void tern_json_bool(tern_json *json, bool value);
void tern_json_null(tern_json *json);

/* An array of integers on one line: shapes. */
void tern_json_dims(tern_json *json, int rank, const int64_t *dims);

#endif
