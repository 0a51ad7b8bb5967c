/* SPDX-License-Identifier: Apache-2.0 */
/* Bits and bytes: rounding, counting, little-endian loads and stores at any address. */
#ifndef TERN_BASE_BITS_H
#define TERN_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool tern_is_power_of_two(uint64_t x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

/* Number of one bits. */
static inline int tern_bit_count(uint64_t x)
{
    return __builtin_popcountll(x);
}

/* Index of the lowest / highest one bit; x must not be 0. */
static inline int tern_bit_lowest(uint64_t x)
{
    return __builtin_ctzll(x);
}

static inline int tern_bit_highest(uint64_t x)
{
    return 63 - __builtin_clzll(x);
}

/* `shift` in 1..63. */
static inline uint64_t tern_rotate_left(uint64_t x, int shift)
{
    return (x << shift) | (x >> (64 - shift));
}

static inline uint16_t tern_load_le16(const void *at)
{
    uint16_t x;
    memcpy(&x, at, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap16(x);
#endif
    return x;
}

static inline uint32_t tern_load_le32(const void *at)
{
    uint32_t x;
    memcpy(&x, at, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

static inline uint64_t tern_load_le64(const void *at)
{
    uint64_t x;
    memcpy(&x, at, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline void tern_store_le16(void *at, uint16_t x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap16(x);
#endif
    memcpy(at, &x, sizeof x);
}

static inline void tern_store_le32(void *at, uint32_t x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    memcpy(at, &x, sizeof x);
}

static inline void tern_store_le64(void *at, uint64_t x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    memcpy(at, &x, sizeof x);
}

#endif
