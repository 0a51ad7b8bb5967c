/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.  TERN_LOG is read once per process, so each filter is tried in a child. */
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/harness.h"

typedef struct lines {
    int count;
    tern_severity severity;
    char topic[32];
    char text[2000];
} lines;

static void keep(void *self, tern_severity severity, const char *topic, const char *text)
{
    lines *l = self;
    l->count++;
    l->severity = severity;
    (void)snprintf(l->topic, sizeof l->topic, "%s", topic);
    (void)snprintf(l->text, sizeof l->text, "%s", text);
}

TERN_TEST(log_hands_one_line_to_the_logger)
{
    lines l = {0};
    const tern_logger logger = {&l, keep};
    tern_log(&logger, TERN_SEVERITY_INFO, "tactic", "chose \"%s\" time_us=%d", "x", 12);
    CHECK_INT(l.count, 1);
    CHECK_INT(l.severity, TERN_SEVERITY_INFO);
    CHECK_TEXT(l.topic, "tactic");
    CHECK_TEXT(l.text, "chose \"x\" time_us=12");
}

TERN_TEST(log_cuts_long_lines)
{
    lines l = {0};
    const tern_logger logger = {&l, keep};
    tern_log(&logger, TERN_SEVERITY_ERROR, "plan", "%0*d", 5000, 1);
    CHECK_UINT(strlen(l.text), 1023);
}

TERN_TEST(log_severity_texts)
{
    CHECK_TEXT(tern_severity_text(TERN_SEVERITY_ERROR), "error");
    CHECK_TEXT(tern_severity_text(TERN_SEVERITY_DETAIL), "detail");
    int unknown = 99;
    CHECK_TEXT(tern_severity_text((tern_severity)unknown), "message");
}

static const struct {
    const char *name;
    const char *filter; /* TERN_LOG */
    bool is_users;      /* a logger of the user, else stderr */
    const char *topic;
    int limit; /* the most talkative severity that passes */
} filters[] = {
    {"unset_default", "", false, "pass", TERN_SEVERITY_WARNING},
    {"unset_user", "", true, "pass", TERN_SEVERITY_DETAIL},
    {"topic", "tactic:detail,pass:info", false, "pass", TERN_SEVERITY_INFO},
    {"other_topic", "tactic:detail", false, "pass", TERN_SEVERITY_WARNING},
    {"star", "*:info", false, "pass", TERN_SEVERITY_INFO},
    {"bare", "detail", false, "pass", TERN_SEVERITY_DETAIL},
    {"topic_beats_star", "pass:error,*:detail", false, "pass", TERN_SEVERITY_ERROR},
    {"star_then_topic", "*:detail, pass : error", false, "pass", TERN_SEVERITY_ERROR},
    {"user_quieted", "pass:warning", true, "pass", TERN_SEVERITY_WARNING},
    {"nonsense", ":::,=,pass:loud", false, "pass", TERN_SEVERITY_WARNING},
};

static int child_limit(size_t row)
{
    lines l = {0};
    const tern_logger logger = {&l, keep};
    int limit = -1;
    for (int i = TERN_SEVERITY_INTERNAL_ERROR; i <= TERN_SEVERITY_DETAIL; i++) {
        if (tern_log_wants(filters[row].is_users ? &logger : NULL, (tern_severity)i,
                           filters[row].topic)) {
            limit = i;
        }
    }
    return limit;
}

/* This process may have read TERN_LOG already, so the child is a new program: this one again. */
TERN_TEST_ROWS(log_filter, filters)
{
    if (getenv("TERN_TEST_LOG_CHILD") != NULL) {
        _exit(child_limit(row));
    }
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        char name[64];
        (void)snprintf(name, sizeof name, "log_filter/%s", filters[row].name);
        (void)setenv("TERN_TEST_LOG_CHILD", "1", 1);
        (void)setenv("TERN_LOG", filters[row].filter, 1);
        (void)!freopen("/dev/null", "w", stderr);
        (void)execl("/proc/self/exe", "test_unit", name, (char *)NULL);
        _exit(100);
    }
    int result = 0;
    REQUIRE(waitpid(child, &result, 0) == child);
    REQUIRE(WIFEXITED(result));
    CHECK_INT(WEXITSTATUS(result), filters[row].limit);
}
