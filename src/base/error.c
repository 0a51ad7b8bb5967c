/* SPDX-License-Identifier: Apache-2.0 */
/* The thread's error record.  It is plain thread-local memory: writing it can not fail. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static TERN_THREAD_LOCAL tern_error last = {.file = ""};

const tern_error *tern_error_last(void)
{
    return &last;
}

const char *tern_status_text(tern_status status)
{
    switch (status) {
#define TERN_STATUS(NAME, value, text)                                                             \
    case TERN_##NAME:                                                                              \
        return text;
#include "tern/status.def"
#undef TERN_STATUS
    }
    return "unknown status";
}

/* vsnprintf that never leaves half a UTF-8 sequence at the end of a cut text. */
TERN_PRINTF(3, 0)
static void write_text(char *out, size_t bytes, const char *format, va_list values)
{
    const int wanted = vsnprintf(out, bytes, format, values);
    if (wanted < 0) {
        out[0] = '\0';
        return;
    }
    if ((size_t)wanted < bytes) {
        return;
    }
    size_t at = bytes - 1;
    size_t tail = 0;
    while (tail < 3 && at > 0 && ((unsigned char)out[at - 1] & 0xc0u) == 0x80u) {
        at--;
        tail++;
    }
    if (at == 0) {
        return;
    }
    const unsigned char lead = (unsigned char)out[at - 1];
    const size_t needed = lead >= 0xf0u ? 3u : lead >= 0xe0u ? 2u : lead >= 0xc0u ? 1u : 0u;
    if (needed > tail) {
        out[at - 1] = '\0';
    }
}

tern_status tern_fail_at(tern_status status, const char *file, int line, const char *format, ...)
{
    /* The values may point into the record itself, so the text is built beside it. */
    char text[sizeof last.text];
    va_list values;
    va_start(values, format);
    write_text(text, sizeof text, format, values);
    va_end(values);
    memcpy(last.text, text, sizeof text);
    last.status = status;
    last.note_count = 0;
    last.file = file;
    last.line = line;
    return status;
}

tern_status tern_fail_memory(size_t bytes)
{
    return tern_fail(TERN_OUT_OF_MEMORY, "out of memory: no room for %zu bytes", bytes);
}

void tern_error_note(const char *format, ...)
{
    if (last.note_count >= (int)TERN_COUNT_OF(last.notes)) {
        return;
    }
    char text[sizeof last.notes[0]];
    va_list values;
    va_start(values, format);
    write_text(text, sizeof text, format, values);
    va_end(values);
    memcpy(last.notes[last.note_count], text, sizeof text);
    last.note_count++;
}

void tern_error_clear(void)
{
    last.status = TERN_OK;
    last.text[0] = '\0';
    last.note_count = 0;
    last.file = "";
    last.line = 0;
}

void tern_error_set(const tern_error *error)
{
    if (error == NULL) {
        tern_error_clear();
    } else if (error != &last) {
        last = *error;
    }
}

_Noreturn void tern_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "tern: assertion failed: %s (%s:%d)\n", condition, file, line);
    abort();
}
