/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum of hash.h.  Eight independent chains of xor, multiply and shift keep the multiplier
   busy: near 8 bytes per cycle from plain scalar code. */
#include "base/hash.h"

#include <string.h>

#include "base/bits.h"

static const uint64_t spread = 0x9e3779b97f4a7c15u;
static const uint64_t mixer = 0xd6e8feb86659fd93u;

/* The shift brings the product's high half down: without it a flipped top bit would stay a flipped
   top bit, and the next stripe's could cancel it. */
static inline uint64_t mix(uint64_t x)
{
    const uint64_t y = x * mixer;
    return y ^ (y >> 32);
}

static void add_stripes(uint64_t lane[8], const uint8_t *at, size_t stripe_count)
{
    uint64_t a = lane[0], b = lane[1], c = lane[2], d = lane[3];
    uint64_t e = lane[4], f = lane[5], g = lane[6], h = lane[7];
    for (size_t i = 0; i < stripe_count; i++, at += 64) {
        a = mix(a ^ tern_load_le64(at));
        b = mix(b ^ tern_load_le64(at + 8));
        c = mix(c ^ tern_load_le64(at + 16));
        d = mix(d ^ tern_load_le64(at + 24));
        e = mix(e ^ tern_load_le64(at + 32));
        f = mix(f ^ tern_load_le64(at + 40));
        g = mix(g ^ tern_load_le64(at + 48));
        h = mix(h ^ tern_load_le64(at + 56));
    }
    lane[0] = a, lane[1] = b, lane[2] = c, lane[3] = d;
    lane[4] = e, lane[5] = f, lane[6] = g, lane[7] = h;
}

void tern_hash_init(tern_hasher *hasher, uint64_t seed)
{
    *hasher = (tern_hasher){.seed = seed};
    for (uint64_t i = 0; i < 8; i++) {
        hasher->lane[i] = seed + (i + 1) * spread;
    }
}

void tern_hash_add(tern_hasher *hasher, const void *at, size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    const uint8_t *from = at;
    const size_t filled = (size_t)(hasher->length_bytes % 64);
    hasher->length_bytes += bytes;
    if (filled > 0) {
        const size_t missing = 64 - filled;
        const size_t taken = bytes < missing ? bytes : missing;
        memcpy(hasher->pending + filled, from, taken);
        if (taken < missing) {
            return;
        }
        add_stripes(hasher->lane, hasher->pending, 1);
        from += taken;
        bytes -= taken;
    }
    add_stripes(hasher->lane, from, bytes / 64);
    if (bytes % 64 > 0) {
        memcpy(hasher->pending, from + bytes / 64 * 64, bytes % 64);
    }
}

uint64_t tern_hash_end(const tern_hasher *hasher)
{
    uint64_t lane[8];
    memcpy(lane, hasher->lane, sizeof lane);
    const size_t filled = (size_t)(hasher->length_bytes % 64);
    if (filled > 0) {
        uint8_t stripe[64] = {0};
        memcpy(stripe, hasher->pending, filled);
        add_stripes(lane, stripe, 1);
    }
    uint64_t h = hasher->length_bytes * spread + hasher->seed;
    for (int i = 0; i < 8; i++) {
        h = mix(h ^ lane[i]);
    }
    return mix(h);
}

uint64_t tern_hash(const void *at, size_t bytes, uint64_t seed)
{
    tern_hasher hasher;
    tern_hash_init(&hasher, seed);
    tern_hash_add(&hasher, at, bytes);
    return tern_hash_end(&hasher);
}
