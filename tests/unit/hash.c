/* SPDX-License-Identifier: Apache-2.0 */
/* base/hash: against the definition in its header, written again here the slow way. */
#include "base/hash.h"

#include "harness/harness.h"

static uint64_t slow_mix(uint64_t x)
{
    x *= 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
}

static uint64_t slow_hash(const uint8_t *at, size_t bytes, uint64_t seed)
{
    uint64_t lane[8];
    for (unsigned i = 0; i < 8; i++) {
        lane[i] = seed + (i + 1) * 0x9e3779b97f4a7c15u;
    }
    for (size_t word = 0; word * 8 < (bytes + 63) / 64 * 64; word++) {
        uint64_t value = 0;
        for (size_t k = 0; k < 8; k++) {
            const size_t i = word * 8 + k;
            value |= (uint64_t)(i < bytes ? at[i] : 0) << (8 * k);
        }
        lane[word % 8] = slow_mix(lane[word % 8] ^ value);
    }
    uint64_t h = (uint64_t)bytes * 0x9e3779b97f4a7c15u + seed;
    for (int i = 0; i < 8; i++) {
        h = slow_mix(h ^ lane[i]);
    }
    return slow_mix(h);
}

static void fill(uint8_t *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        at[i] = (uint8_t)tern_test_random();
    }
}

TERN_TEST(hash_is_what_its_header_says)
{
    uint8_t data[600];
    fill(data, sizeof data);
    for (size_t bytes = 0; bytes <= sizeof data; bytes++) {
        const uint64_t seed = bytes % 3 == 0 ? 0 : tern_test_random();
        CHECK_UINT(tern_hash(data, bytes, seed), slow_hash(data, bytes, seed));
    }
}

/* Numbers worked out apart from this code; they pin the format on every machine for ever. */
TERN_TEST(hash_known_answers)
{
    uint8_t data[200];
    for (unsigned i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7 + 1);
    }
    CHECK_UINT(tern_hash(NULL, 0, 0), 0x8cb2069e0ecd26abu);
    CHECK_UINT(tern_hash("tern", 4, 0), 0x8553f5a1d4d353a9u);
    CHECK_UINT(tern_hash(data, sizeof data, 42), 0x39e99810b189e888u);
}

TERN_TEST(hash_in_pieces_is_the_hash_of_the_whole)
{
    uint8_t data[1000];
    fill(data, sizeof data);
    const uint64_t want = tern_hash(data, sizeof data, 5);
    for (int round = 0; round < 300; round++) {
        tern_hasher hasher;
        tern_hash_init(&hasher, 5);
        for (size_t at = 0; at < sizeof data;) {
            const size_t left = sizeof data - at;
            size_t piece = (size_t)tern_test_random_int(0, round % 2 == 0 ? 20 : 300);
            piece = piece < left ? piece : left;
            tern_hash_add(&hasher, data + at, piece);
            (void)tern_hash_end(&hasher); /* looking does not disturb */
            at += piece;
        }
        CHECK_UINT(tern_hash_end(&hasher), want);
    }
}

TERN_TEST(hash_changes_with_every_flipped_bit)
{
    uint8_t data[301];
    fill(data, sizeof data);
    const uint64_t whole = tern_hash(data, sizeof data, 0);
    for (size_t bit = 0; bit < sizeof data * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CHECK(tern_hash(data, sizeof data, 0) != whole);
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    CHECK(tern_hash(data, sizeof data, 1) != whole);
}

/* The classic hole of multiplicative hashes: the same top bit flipped in two neighbouring stripes.
   */
TERN_TEST(hash_changes_with_every_pair_of_flipped_bits)
{
    enum { bytes = 160 };
    uint8_t data[bytes];
    fill(data, bytes);
    const uint64_t whole = tern_hash(data, bytes, 0);
    for (size_t a = 0; a < bytes * 8; a++) {
        data[a / 8] ^= (uint8_t)(1u << (a % 8));
        for (size_t b = a + 1; b < bytes * 8; b++) {
            data[b / 8] ^= (uint8_t)(1u << (b % 8));
            if (tern_hash(data, bytes, 0) == whole) {
                FAIL("bits %zu and %zu cancel", a, b);
            }
            data[b / 8] ^= (uint8_t)(1u << (b % 8));
        }
        data[a / 8] ^= (uint8_t)(1u << (a % 8));
    }
}

TERN_TEST(hash_tells_lengths_of_zeros_apart)
{
    static const uint8_t zeros[300];
    static uint64_t seen[300];
    for (size_t bytes = 0; bytes < 300; bytes++) {
        seen[bytes] = tern_hash(zeros, bytes, 0);
        for (size_t i = 0; i < bytes; i++) {
            CHECK(seen[i] != seen[bytes]);
        }
    }
}
