/* SPDX-License-Identifier: Apache-2.0 */
/* Logging: a pair of a pointer and a function, handed over when a builder or a runtime is created.
   NULL there means: warnings and worse to stderr.

   The environment variable TERN_LOG filters by topic, for example "tactic:detail,pass:info";
   "*:detail" means every topic.  Nothing is logged while an inference runs. */
#ifndef TERN_LOG_H
#define TERN_LOG_H

#include "tern/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How bad or how talkative a line is; a smaller number is worse. */
typedef enum tern_severity {
    TERN_SEVERITY_INTERNAL_ERROR = 0, /* a bug in the library */
    TERN_SEVERITY_ERROR = 1,          /* a call failed */
    TERN_SEVERITY_WARNING = 2,        /* it works, but not as you may think */
    TERN_SEVERITY_INFO = 3,           /* what was decided */
    TERN_SEVERITY_DETAIL = 4          /* why it was decided */
} tern_severity;

/* Where lines go.  `write` gets one line without line end; both texts are borrowed for the call.
   It is called on the thread that entered the library, never on a pool worker, and no lock is
   held.  It may call Tern again. */
typedef struct tern_logger {
    void *self; /* passed back unchanged */
    void (*write)(void *self, tern_severity severity, const char *topic, const char *text);
} tern_logger;

#ifdef __cplusplus
}
#endif

#endif
