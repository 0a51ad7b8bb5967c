/* SPDX-License-Identifier: Apache-2.0 */
/* Failing by value: the origin writes one sentence into the thread's record and returns the code,
   everybody above passes the code on.  No heap, so it works for OUT_OF_MEMORY too.

   Messages: lower case, no full stop, names in double quotes, shapes in brackets, who first, then
   what, both sides of a mismatch, the limit, the remedy. */
#ifndef TERN_BASE_ERROR_H
#define TERN_BASE_ERROR_H

#include "base/compiler.h"
#include "tern/error.h"

/* Record a failure and give its status back:  return tern_fail(TERN_BAD_SHAPE, "...", ...);
   The arguments may point into the old record's texts. */
#define tern_fail(status, ...) tern_fail_at((status), __FILE__, __LINE__, __VA_ARGS__)

/* Pass a failure on. */
#define TERN_TRY(expression)                                                                       \
    do {                                                                                           \
        const tern_status try_status_ = (expression);                                              \
        if (TERN_UNLIKELY(try_status_ != TERN_OK)) {                                               \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* What tern_fail expands to.  `file` must be static text.  Returns `status`. */
TERN_COLD TERN_PRINTF(4, 5) tern_status
    tern_fail_at(tern_status status, const char *file, int line, const char *format, ...);

/* Record that memory ran out and return TERN_OUT_OF_MEMORY.  tern_alloc and its relatives call it
   themselves: after a NULL from them, `return TERN_OUT_OF_MEMORY;` is enough. */
TERN_COLD tern_status tern_fail_memory(size_t bytes);

/* Add context to the record while unwinding ("while building layer \"conv1\"").  The fifth and
   later notes are dropped. */
TERN_COLD TERN_PRINTF(1, 2) void tern_error_note(const char *format, ...);

/* Make the record TERN_OK and empty. */
void tern_error_clear(void);

/* Copy a record into this thread's: how an error crosses threads.  NULL clears. */
void tern_error_set(const tern_error *error);

#endif
