/* SPDX-License-Identifier: Apache-2.0 */
/* base/error. */
#include "base/error.h"

#include <stdio.h>

#include "base/thread.h"
#include "harness/harness.h"

static tern_status origin(void)
{
    return tern_fail(TERN_BAD_SHAPE, "conv \"%s\": axis %d", "c1", 5);
}

static tern_status middle(bool *out_reached)
{
    TERN_TRY(origin());
    *out_reached = true;
    return TERN_OK;
}

TERN_TEST(error_record_says_what_and_where)
{
    bool is_reached = false;
    CHECK_INT(middle(&is_reached), TERN_BAD_SHAPE);
    CHECK(!is_reached);
    tern_error_note("while building \"%s\"", "net");
    const tern_error *e = tern_error_last();
    CHECK_INT(e->status, TERN_BAD_SHAPE);
    CHECK_TEXT(e->text, "conv \"c1\": axis 5");
    CHECK_INT(e->note_count, 1);
    CHECK_TEXT(e->notes[0], "while building \"net\"");
    CHECK_CONTAINS(e->file, "error.c");
    CHECK(e->line > 0);
    tern_error_clear();
    CHECK_INT(e->status, TERN_OK);
    CHECK_TEXT(e->text, "");
    CHECK_INT(e->note_count, 0);
}

TERN_TEST(error_text_may_quote_the_old_text)
{
    (void)tern_fail(TERN_IO, "inner");
    (void)tern_fail(TERN_BAD_MODEL, "outer: %s", tern_error_last()->text);
    CHECK_TEXT(tern_error_last()->text, "outer: inner");
}

TERN_TEST(error_texts_are_cut_between_characters)
{
    char text[700];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3) {
            memcpy(text + i, "\xe2\x82\xac", 4); /* a euro sign: three bytes */
        }
        (void)tern_fail(TERN_IO, "%s", text);
        const size_t len = strlen(tern_error_last()->text);
        CHECK_UINT((len - shift) % 3, 0);
        CHECK(len >= 509 && len <= 511);
    }
}

TERN_TEST(error_keeps_the_four_innermost_notes)
{
    (void)tern_fail(TERN_IO, "x");
    for (int i = 0; i < 6; i++) {
        tern_error_note("note %d", i);
    }
    CHECK_INT(tern_error_last()->note_count, 4);
    CHECK_TEXT(tern_error_last()->notes[3], "note 3");
}

static void *fail_elsewhere(void *arg)
{
    (void)tern_fail(TERN_DEVICE, "elsewhere");
    tern_error *copy = arg;
    *copy = *tern_error_last();
    return NULL;
}

TERN_TEST(error_records_are_per_thread_and_can_be_carried_over)
{
    tern_error copy;
    tern_thread thread;
    (void)tern_fail(TERN_IO, "here");
    REQUIRE_OK(tern_thread_start(&thread, fail_elsewhere, &copy));
    tern_thread_join(&thread);
    CHECK_TEXT(tern_error_last()->text, "here");
    tern_error_set(&copy);
    CHECK_INT(tern_error_last()->status, TERN_DEVICE);
    CHECK_TEXT(tern_error_last()->text, "elsewhere");
    tern_error_set(NULL);
    CHECK_INT(tern_error_last()->status, TERN_OK);
}

TERN_TEST(status_texts)
{
    CHECK_TEXT(tern_status_text(TERN_OK), "ok");
    CHECK_TEXT(tern_status_text(TERN_INTERNAL), "internal error");
    int unknown = 12345;
    CHECK_TEXT(tern_status_text((tern_status)unknown), "unknown status");
}

TERN_TEST(version_is_that_of_the_header)
{
    int major = -1, minor = -1, patch = -1;
    CHECK_INT(sscanf(tern_version(), "%d.%d.%d", &major, &minor, &patch), 3);
    CHECK_INT(major, TERN_VERSION_MAJOR);
    CHECK_INT(minor, TERN_VERSION_MINOR);
    CHECK_INT(patch, TERN_VERSION_PATCH);
}
