/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_tile.h: the body of one matrix product tile, included after a vec_<isa>.h with
     MR, NV   rows, vectors of columns
     STRIDED  1: A in rows a_stride_bytes apart;  0: A packed as [k][MR]
     NAME     the function
   C stays in registers over the whole depth; one broadcast of A feeds NV multiply-adds. Tiles too
   small to hide the latency of multiply-add run KU steps of k side by side, each into accumulators
   of its own. */

void NAME(const tern_gemm_f32 *t)
{
    enum { TILE = MR * NV, KU = TILE >= 8 ? 1 : (TILE >= 4 ? 2 : 4) };
    enum { AHEAD = 16, LINE = 64 / (int)sizeof(float) }; /* prefetch distance in steps of k */
    VF acc[KU][MR][NV];
    TERN_KERNEL_UNROLL
    for (int u = 0; u < KU; u++) {
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                acc[u][i][j] = v_zero();
            }
        }
    }
    const float *b = t->b;
    const char *a = (const char *)t->a;
#if STRIDED
    const size_t row = t->a_stride_bytes, step = sizeof(float);
#else
    const size_t row = sizeof(float), step = MR * sizeof(float);
#endif
    int64_t k = t->k;
    for (; k >= KU; k -= KU) {
        TERN_KERNEL_UNROLL
        for (int u = 0; u < KU; u++) {
            VF w[NV];
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                w[j] = v_load(b + j * V_LANES);
            }
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV * V_LANES; j += LINE) {
                TERN_KERNEL_PREFETCH(b + AHEAD * NV * V_LANES + j);
            }
            TERN_KERNEL_UNROLL
            for (int i = 0; i < MR; i++) {
                const VF x = v_set1(*(const float *)(const void *)(a + (size_t)i * row));
                TERN_KERNEL_UNROLL
                for (int j = 0; j < NV; j++) {
                    acc[u][i][j] = v_fma(x, w[j], acc[u][i][j]);
                }
            }
            a += step;
            b += NV * V_LANES;
        }
    }
    for (; KU > 1 && k > 0; k--) {
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            const VF x = v_set1(*(const float *)(const void *)(a + (size_t)i * row));
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                acc[0][i][j] = v_fma(x, v_load(b + j * V_LANES), acc[0][i][j]);
            }
        }
        a += step;
        b += NV * V_LANES;
    }
    TERN_KERNEL_UNROLL
    for (int u = 1; u < KU; u++) {
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                acc[0][i][j] = v_add(acc[0][i][j], acc[u][i][j]);
            }
        }
    }
#include "gemm_f32_finish.h"
}
