/* SPDX-License-Identifier: Apache-2.0
 *
 * The last step of every public call that can fail: the error record goes to the object's logger,
 * once.  Nothing below the api layer logs an error it returns.
 */
#ifndef TERN_API_DELIVER_H
#define TERN_API_DELIVER_H

#include "base/error.h"
#include "base/log.h"

/* Logs the thread's record when `status` is a failure; returns `status`.  logger NULL: stderr. */
tern_status tern_deliver(const tern_logger *logger, tern_status status);

/* INVALID_ARGUMENT `<call>: <argument> is NULL`, delivered to `logger`. */
tern_status tern_deliver_null(const tern_logger *logger, const char *call, const char *argument);

#endif
