/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: every call that can fail returns a tern_status, and leaves one sentence on the thread
   that called.  The record is fixed memory of the thread, so it works when memory has run out.

     status = tern_...();            the code says what you can do about it
     if (status != TERN_OK) {
         puts(tern_error_last()->text);   the sentence says what happened, to whom, and the limit
     }
*/
#ifndef TERN_ERROR_H
#define TERN_ERROR_H

#include "tern/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One failure.  Texts are UTF-8, end in NUL and are cut when too long. */
typedef struct tern_error {
    tern_status status; /* the code the failing call returned */
    char text[512];     /* what happened, in one sentence */
    char notes[4][160]; /* context added on the way out, innermost first */
    int note_count;     /* how many of notes are filled, 0..4 */
    const char *file;   /* source file of the library, for bug reports; never NULL */
    int line;           /* and the line in it */
} tern_error;

/**
 * Return the record of the last failure on this thread.
 *
 * A call that succeeds does not clear it: ask only after a call returned something else than
 * TERN_OK.  Before the first failure it is TERN_OK with empty texts.
 *
 * Memory:   borrowed; valid until the next Tern call on this thread.
 * Threads:  each thread has its own record.
 * Errors:   none; never returns NULL.
 */
TERN_API const tern_error *tern_error_last(void);

/**
 * Return the few words that name a status, such as "bad shape".
 *
 * Memory:   the text is static.
 * Threads:  any.
 * Errors:   none; a number that is no status gives "unknown status".
 */
TERN_API const char *tern_status_text(tern_status status);

#ifdef __cplusplus
}
#endif

#endif
