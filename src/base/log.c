/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: filter, format on the stack, hand over.  The filter is parsed once from TERN_LOG. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/os.h"
#include "base/str.h"
#include "base/thread.h"

enum { line_bytes = 1024, filter_bytes = 256, filter_rows = 32 };

static const char *const severity_texts[] = {
    [TERN_SEVERITY_INTERNAL_ERROR] = "internal error",
    [TERN_SEVERITY_ERROR] = "error",
    [TERN_SEVERITY_WARNING] = "warning",
    [TERN_SEVERITY_INFO] = "info",
    [TERN_SEVERITY_DETAIL] = "detail",
};

static struct {
    char text[filter_bytes]; /* own copy: the environment may change under us */
    struct {
        tern_str topic;
        tern_severity limit;
    } rows[filter_rows];
    size_t row_count;
} filter;

static tern_once filter_once = TERN_ONCE_INIT;

const char *tern_severity_text(tern_severity severity)
{
    const size_t i = (size_t)severity;
    return i < TERN_COUNT_OF(severity_texts) ? severity_texts[i] : "message";
}

static bool parse_severity(tern_str text, tern_severity *out_severity)
{
    for (int i = TERN_SEVERITY_ERROR; i <= TERN_SEVERITY_DETAIL; i++) {
        if (tern_str_is(text, severity_texts[i])) {
            *out_severity = (tern_severity)i;
            return true;
        }
    }
    return false;
}

/* "tactic:detail,pass:info"; a severity alone counts for every topic. */
static void read_filter(void)
{
    const char *env = tern_os_env("TERN_LOG");
    if (env == NULL) {
        return;
    }
    tern_text copy;
    tern_text_init_fixed(&copy, filter.text, sizeof filter.text);
    tern_text_add_str(&copy, tern_str_of(env));
    tern_str rest = {copy.at, copy.len};
    tern_str row;
    while (filter.row_count < filter_rows && tern_str_next(&rest, ',', &row)) {
        tern_str level = row;
        tern_str topic = {NULL, 0};
        if (!tern_str_next(&level, ':', &topic)) {
            continue;
        }
        if (level.at == NULL) {
            level = topic;
            topic = tern_str_of("*");
        }
        tern_severity limit = TERN_SEVERITY_WARNING;
        if (parse_severity(tern_str_trim(level), &limit)) {
            filter.rows[filter.row_count].topic = tern_str_trim(topic);
            filter.rows[filter.row_count].limit = limit;
            filter.row_count++;
        } else {
            (void)fprintf(stderr,
                          "tern: warning: log: TERN_LOG row \"%.*s\" has no known severity; "
                          "allowed: error, warning, info, detail\n",
                          (int)row.len, row.at);
        }
    }
}

bool tern_log_wants(const tern_logger *logger, tern_severity severity, const char *topic)
{
    tern_once_run(&filter_once, read_filter);
    const bool is_users = logger != NULL && logger->write != NULL;
    tern_severity limit = is_users ? TERN_SEVERITY_DETAIL : TERN_SEVERITY_WARNING;
    bool is_exact = false;
    for (size_t i = 0; i < filter.row_count; i++) {
        if (tern_str_is(filter.rows[i].topic, topic)) {
            limit = filter.rows[i].limit;
            is_exact = true;
        } else if (!is_exact && tern_str_is(filter.rows[i].topic, "*")) {
            limit = filter.rows[i].limit;
        }
    }
    return severity <= limit;
}

void tern_log(const tern_logger *logger, tern_severity severity, const char *topic,
              const char *format, ...)
{
    if (!tern_log_wants(logger, severity, topic)) {
        return;
    }
    char line[line_bytes];
    tern_text text;
    tern_text_init_fixed(&text, line, sizeof line);
    va_list values;
    va_start(values, format);
    tern_text_add_va(&text, format, values);
    va_end(values);
    if (logger != NULL && logger->write != NULL) {
        logger->write(logger->self, severity, topic, line);
    } else {
        (void)fprintf(stderr, "tern: %s: %s: %s\n", tern_severity_text(severity), topic, line);
    }
}
