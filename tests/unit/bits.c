/* SPDX-License-Identifier: Apache-2.0 */
/* base/bits. */
#include "base/bits.h"

#include "harness/harness.h"

TERN_TEST(bits_count_and_find)
{
    CHECK(!tern_is_power_of_two(0));
    CHECK(tern_is_power_of_two(1));
    CHECK(tern_is_power_of_two((uint64_t)1 << 63));
    CHECK(!tern_is_power_of_two(6));
    for (int i = 0; i < 64; i++) {
        CHECK_INT(tern_bit_lowest((uint64_t)1 << i), i);
        CHECK_INT(tern_bit_highest((uint64_t)1 << i), i);
        CHECK_INT(tern_bit_count(UINT64_MAX >> i), 64 - i);
    }
    CHECK_UINT(tern_rotate_left(0x8000000000000001u, 1), 3);
}

TERN_TEST(bits_little_endian_at_any_address)
{
    static const unsigned char bytes[] = {0xff, 1, 2, 3, 4, 5, 6, 7, 8};
    CHECK_UINT(tern_load_le16(bytes + 1), 0x0201);
    CHECK_UINT(tern_load_le32(bytes + 1), 0x04030201);
    CHECK_UINT(tern_load_le64(bytes + 1), 0x0807060504030201u);
    unsigned char out[9] = {0xff};
    tern_store_le64(out + 1, 0x0807060504030201u);
    CHECK_BYTES(out, bytes, sizeof bytes);
    memset(out + 1, 0, 8);
    tern_store_le32(out + 1, 0x04030201);
    tern_store_le16(out + 5, 0x0605);
    CHECK_BYTES(out, bytes, 7);
}
