/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a tern_logger.  Never allocates; lines are cut at 1,023 bytes. Which lines pass: the
   row of TERN_LOG for the topic (or for "*"); without one, warnings and worse for the default
   logger, and everything for a logger of the user, which may filter itself. TERN_LOG is read once,
   at the first line.  Never call this from a kernel, a pool worker or enqueue. */
#ifndef TERN_BASE_LOG_H
#define TERN_BASE_LOG_H

#include "base/compiler.h"
#include "tern/log.h"

/* Write one line.  `logger` NULL, or one without `write`: stderr.  Topics are short words: "import
   pass tactic memory plan run cuda". */
TERN_PRINTF(4, 5)
void tern_log(const tern_logger *logger, tern_severity severity, const char *topic,
              const char *format, ...);

/* Would such a line be written?  For callers whose values are expensive to compute. */
bool tern_log_wants(const tern_logger *logger, tern_severity severity, const char *topic);

/* "internal error", "error", "warning", "info", "detail". */
const char *tern_severity_text(tern_severity severity);

#endif
