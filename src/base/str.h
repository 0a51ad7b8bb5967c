/* SPDX-License-Identifier: Apache-2.0 */
/* Text: string views, a writer that grows or stays within a buffer, strict number parsing.
   Nothing here depends on the locale. */
#ifndef TERN_BASE_STR_H
#define TERN_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "tern/alloc.h"

/* A piece of text, not ended by NUL; `at` may be NULL when len is 0. */
typedef struct tern_str {
    const char *at;
    size_t len;
} tern_str;

static inline tern_str tern_str_of(const char *text)
{
    const tern_str s = {text, text != NULL ? strlen(text) : 0};
    return s;
}

bool tern_str_equal(tern_str a, tern_str b);
bool tern_str_is(tern_str a, const char *text);
bool tern_str_starts(tern_str a, const char *prefix);

/* Order by bytes: negative, 0 or positive. */
int tern_str_compare(tern_str a, tern_str b);

/* Without blanks, tabs and line ends at both sides. */
tern_str tern_str_trim(tern_str s);

/* Cut the part before the first `separator` off *rest and return it; the whole rest when there is
   none.  False when *rest was already used up (at == NULL). */
bool tern_str_next(tern_str *rest, char separator, tern_str *out_part);

/* Numbers.  The whole text must be the number, and it must lie in min..max; else false and *out is
   not written.  Integers: decimal with optional sign, or 0x and hexadecimal digits.  Floats: C
   syntax with '.', also inf, -inf and nan. */
TERN_NODISCARD bool tern_parse_int64(tern_str s, int64_t min, int64_t max, int64_t *out);
TERN_NODISCARD bool tern_parse_uint64(tern_str s, uint64_t max, uint64_t *out);
TERN_NODISCARD bool tern_parse_double(tern_str s, double *out);

/* A text being written.  Always ends in NUL (once the first byte was added, or from the start with
   a fixed buffer).  When memory runs out or the fixed buffer is full the text is cut, `is_cut` is
   set and later additions do nothing, so writers need not check every call. */
typedef struct tern_text {
    char *at;                 /* the text; "" rather than NULL: use tern_text_get */
    size_t len;               /* bytes without the NUL */
    size_t capacity;          /* bytes of `at` */
    tern_allocator allocator; /* resize is NULL for a fixed buffer */
    bool is_cut;
} tern_text;

void tern_text_init(tern_text *text, tern_allocator allocator);
void tern_text_init_fixed(tern_text *text, char *buffer, size_t capacity);

/* Free a growing text's memory; a fixed one is emptied.  NULL does nothing. */
void tern_text_destroy(tern_text *text);

/* Make it empty again, and whole if it was cut.  Keeps the memory. */
void tern_text_clear(tern_text *text);

/* Never NULL, ended by NUL, borrowed until the next change. */
const char *tern_text_get(const tern_text *text);

/* TERN_OK, or OUT_OF_MEMORY (recorded) when the text was cut. */
TERN_NODISCARD tern_status tern_text_status(const tern_text *text);

TERN_PRINTF(2, 3) void tern_text_add(tern_text *text, const char *format, ...);
TERN_PRINTF(2, 0) void tern_text_add_va(tern_text *text, const char *format, va_list values);
void tern_text_add_str(tern_text *text, tern_str s);
void tern_text_add_char(tern_text *text, char c);
void tern_text_add_bytes(tern_text *text, const char *at, size_t len);

/* Shortest decimal that reads back as the same double / float; "inf", "-inf", "nan". */
void tern_text_add_double(tern_text *text, double x);
void tern_text_add_float(tern_text *text, float x);

/* "[1,3,224,224]"; rank 0 is "[]". */
void tern_text_add_dims(tern_text *text, int rank, const int64_t *dims);

/* The same as a value for error messages:
     char a[TERN_DIMS_TEXT_BYTES];
     tern_fail(TERN_BAD_SHAPE, "... %s ...", tern_dims_text(a, rank, dims))
   Ranks over TERN_MAX_RANK are cut with "...". */
#define TERN_DIMS_TEXT_BYTES 192
const char *tern_dims_text(char buffer[TERN_DIMS_TEXT_BYTES], int rank, const int64_t *dims);

#endif
