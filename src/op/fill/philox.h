/* SPDX-License-Identifier: Apache-2.0
 *
 * Philox4x32-10, a counter-based generator: number n of stream `key` is a function of n and key
 * alone, so that elements can be drawn in any order by anybody and a run can be repeated.
 * J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC11).
 */
#ifndef TERN_OP_FILL_PHILOX_H
#define TERN_OP_FILL_PHILOX_H

#include <stdint.h>

typedef struct tern_philox {
    uint32_t v[4];
} tern_philox;

static inline tern_philox tern_philox_draw(uint64_t key, uint64_t counter)
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    tern_philox c = {{(uint32_t)counter, (uint32_t)(counter >> 32), 0, 0}};
    for (int round = 0; round < 10; round++) {
        const uint64_t a = UINT64_C(0xD2511F53) * c.v[0], b = UINT64_C(0xCD9E8D57) * c.v[2];
        c = (tern_philox){{(uint32_t)(b >> 32) ^ c.v[1] ^ k0, (uint32_t)b,
                           (uint32_t)(a >> 32) ^ c.v[3] ^ k1, (uint32_t)a}};
        k0 += UINT32_C(0x9E3779B9);
        k1 += UINT32_C(0xBB67AE85);
    }
    return c;
}

/* 53 bits of two words as a number in [0, 1). */
static inline double tern_philox_unit(uint32_t high, uint32_t low)
{
    return ((double)(high >> 5) * 67108864.0 + (double)(low >> 6)) * (1.0 / 9007199254740992.0);
}

#endif
