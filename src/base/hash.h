/* SPDX-License-Identifier: Apache-2.0 */
/* 64-bit checksum at memory speed.  It is part of the plan format, so its result is fixed for ever.
   Not for secrets: it finds accidents, not attackers.

     K = 0x9e3779b97f4a7c15, M = 0xd6e8feb86659fd93, mix(x) = y ^ (y >> 32) with y = x * M
     lane[i] = seed + (i + 1) * K                       i = 0..7, all arithmetic modulo 2^64
     for each 64-byte stripe of the input, the last one filled up with zeros:
         lane[i] = mix(lane[i] ^ word[i])               word[i] = bytes 8i..8i+7, little-endian
     h = length in bytes * K + seed
     h = mix(h ^ lane[i])                               for i = 0..7 in order
     result: mix(h)

   Every step is a bijection in each word with the others fixed, so any change confined to one word
   (a flipped bit, a wrong byte) always changes the result, and equal zeros of another length do
   too. */
#ifndef TERN_BASE_HASH_H
#define TERN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Hash of a block of memory; `at` may be NULL when bytes is 0. */
uint64_t tern_hash(const void *at, size_t bytes, uint64_t seed);

/* The same in pieces: any cut of the input gives the same result as tern_hash of the whole. */
typedef struct tern_hasher {
    uint64_t lane[8];
    uint64_t seed;
    uint64_t length_bytes;
    uint8_t pending[64]; /* an incomplete stripe */
} tern_hasher;

void tern_hash_init(tern_hasher *hasher, uint64_t seed);
void tern_hash_add(tern_hasher *hasher, const void *at, size_t bytes);

/* Result so far; the hasher may go on afterwards. */
uint64_t tern_hash_end(const tern_hasher *hasher);

#endif
