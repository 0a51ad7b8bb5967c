/* SPDX-License-Identifier: Apache-2.0 */
/* Device memory: the address table, copies and fills. */
#include <stdlib.h>

#include "device/device.h"
#include "rig.h"

static size_t room(const void *address, tern_status *out_status, bool *out_known)
{
    size_t bytes = 0;
    tern_device *d = tern_device_cpu();
    *out_status = d->api->room(d, address, &bytes, out_known);
    return bytes;
}

TERN_TEST(blocks_begin_at_pages_and_know_their_room)
{
    void *block = NULL;
    tern_status status;
    bool is_known = false;
    REQUIRE_OK(tern_device_alloc(100, &block));
    CHECK_UINT((uintptr_t)block % 4096, 0);
    CHECK_UINT(room(block, &status, &is_known), 100);
    CHECK(is_known);
    CHECK_UINT(room((char *)block + 99, &status, &is_known), 1);
    (void)room((char *)block + 100, &status, &is_known);
    CHECK(!is_known);
    REQUIRE_OK(tern_device_free(block));
    (void)room((char *)block + 50, &status, &is_known);
    CHECK_STATUS(status, TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_device_free(block), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "freed already");
}

TERN_TEST(empty_blocks_are_null)
{
    void *block = &block;
    CHECK_OK(tern_device_alloc(0, &block));
    CHECK(block == NULL);
    CHECK_OK(tern_device_free(NULL));
    CHECK_STATUS(tern_device_alloc(8, NULL), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_device_alloc(SIZE_MAX - 100, &block), TERN_OUT_OF_MEMORY);
    CHECK_STATUS(tern_device_free(&block), TERN_INVALID_ARGUMENT);
}

TERN_TEST(many_blocks_are_found_again)
{
    enum { COUNT = 300 };
    static char *blocks[COUNT];
    static size_t sizes[COUNT];
    tern_status status;
    bool is_known = false;
    for (int i = 0; i < COUNT; i++) {
        void *at = NULL;
        sizes[i] = (size_t)tern_test_random_int(1, 9000);
        REQUIRE_OK(tern_device_alloc(sizes[i], &at));
        blocks[i] = at;
    }
    for (int i = 0; i < COUNT; i += 3) {
        REQUIRE_OK(tern_device_free(blocks[i]));
        blocks[i] = NULL;
    }
    for (int i = 0; i < COUNT; i++) {
        if (blocks[i] != NULL) {
            const size_t at = (size_t)tern_test_random_int(0, (int64_t)sizes[i] - 1);
            CHECK_UINT(room(blocks[i] + at, &status, &is_known), sizes[i] - at);
            CHECK(is_known);
            REQUIRE_OK(tern_device_free(blocks[i]));
        }
    }
}

TERN_TEST(memory_of_others_is_taken_as_it_is)
{
    char own[16];
    tern_status status;
    bool is_known = true;
    CHECK_UINT(room(own, &status, &is_known), SIZE_MAX);
    CHECK_OK(status);
    CHECK(!is_known);
}

TERN_TEST(large_blocks_are_zero_and_usable)
{
    void *block = NULL;
    const size_t bytes = (size_t)5 << 20;
    REQUIRE_OK(tern_device_alloc(bytes, &block));
    CHECK_INT(((char *)block)[bytes - 1], 0);
    REQUIRE_OK(tern_device_fill(block, 7, bytes, 0));
    CHECK_INT(((char *)block)[bytes / 2], 7);
    REQUIRE_OK(tern_device_free(block));
}

TERN_TEST(copies_check_their_room)
{
    void *a = NULL, *b = NULL;
    tern_stream stream = 0;
    REQUIRE_OK(tern_device_alloc(64, &a));
    REQUIRE_OK(tern_device_alloc(32, &b));
    REQUIRE_OK(tern_stream_create(&stream));
    CHECK_STATUS(tern_device_copy(b, a, 64, 0), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "copy to: 64 bytes");
    CHECK_STATUS(tern_device_copy(a, b, 64, stream), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "copy from: 64 bytes");
    CHECK_STATUS(tern_device_copy(NULL, b, 4, stream), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_device_fill(b, 0, 33, stream), TERN_INVALID_ARGUMENT);
    CHECK_OK(tern_device_copy(NULL, NULL, 0, stream));
    CHECK_OK(tern_device_copy(b, a, 32, stream));
    CHECK_OK(tern_stream_synchronize(stream));
    REQUIRE_OK(tern_stream_destroy(stream));
    CHECK_STATUS(tern_device_copy(b, a, 32, stream), TERN_INVALID_ARGUMENT);
    REQUIRE_OK(tern_device_free(a));
    REQUIRE_OK(tern_device_free(b));
}

TERN_TEST(copies_on_a_stream_are_in_order_and_pageable_ones_are_done)
{
    enum { COUNT = 1 << 16 };
    int *a = NULL, *b = NULL;
    void *at = NULL;
    tern_stream stream = 0;
    int *own = malloc(COUNT * sizeof *own);
    REQUIRE(own != NULL);
    REQUIRE_OK(tern_device_alloc(COUNT * sizeof(int), &at));
    a = at;
    REQUIRE_OK(tern_device_alloc(COUNT * sizeof(int), &at));
    b = at;
    REQUIRE_OK(tern_stream_create(&stream));
    for (int round = 1; round < 20; round++) {
        for (int i = 0; i < COUNT; i++) {
            own[i] = round;
        }
        REQUIRE_OK(tern_device_copy(a, own, COUNT * sizeof(int),
                                    stream)); /* may be reused when this returns */
        memset(own, 0, COUNT * sizeof(int));
        REQUIRE_OK(tern_device_copy(b, a, COUNT * sizeof(int), stream));
        REQUIRE_OK(tern_device_fill(a, 0, COUNT * sizeof(int), stream));
        REQUIRE_OK(
            tern_device_copy(own, b, COUNT * sizeof(int), stream)); /* done when it returns */
        CHECK_INT(own[0], round);
        CHECK_INT(own[COUNT - 1], round);
    }
    CHECK_OK(tern_device_synchronize());
    REQUIRE_OK(tern_stream_destroy(stream));
    REQUIRE_OK(tern_device_free(a));
    REQUIRE_OK(tern_device_free(b));
    free(own);
}

TERN_TEST(the_legacy_default_stream_waits_for_the_others)
{
    enum { BYTES = 4 << 20 };
    void *a = NULL, *b = NULL;
    char last = 0;
    tern_stream stream = 0;
    REQUIRE_OK(tern_device_alloc(BYTES, &a));
    REQUIRE_OK(tern_device_alloc(BYTES, &b));
    REQUIRE_OK(tern_stream_create(&stream));
    for (int round = 1; round <= 5; round++) {
        REQUIRE_OK(tern_device_fill(a, round, BYTES, stream));
        REQUIRE_OK(tern_device_copy(b, a, BYTES, stream));
        REQUIRE_OK(
            tern_device_copy(&last, (char *)b + BYTES - 1, 1, 0)); /* without synchronizing */
        CHECK_INT(last, round);
    }
    REQUIRE_OK(tern_stream_destroy(stream));
    REQUIRE_OK(tern_device_free(a));
    REQUIRE_OK(tern_device_free(b));
}
