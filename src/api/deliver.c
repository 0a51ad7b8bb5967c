/* SPDX-License-Identifier: Apache-2.0
 *
 * Delivering errors to loggers.
 */
#include "api/deliver.h"

tern_status tern_deliver(const tern_logger *logger, tern_status status)
{
    if (status == TERN_OK) {
        return TERN_OK;
    }
    /* A copy: the logger may call Tern, which replaces the thread's record. */
    const tern_error error = *tern_error_last();
    tern_log(logger, TERN_SEVERITY_ERROR, "api", "%s", error.text);
    for (int i = 0; i < error.note_count; i++) {
        tern_log(logger, TERN_SEVERITY_ERROR, "api", "  %s", error.notes[i]);
    }
    tern_error_set(&error);
    return status;
}

tern_status tern_deliver_null(const tern_logger *logger, const char *call, const char *argument)
{
    return tern_deliver(logger, tern_fail(TERN_INVALID_ARGUMENT, "%s: %s is NULL", call, argument));
}
