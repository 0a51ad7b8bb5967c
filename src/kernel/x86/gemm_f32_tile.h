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
    enum { AHEAD = 8, LINE = 64 / (int)sizeof(float) }; /* prefetch distance in steps of k */
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
    VT tail[NV];
    TERN_KERNEL_UNROLL
    for (int j = 0; j < NV; j++) {
        tail[j] = v_tail((int64_t)t->n - j * V_LANES);
    }
    const uint32_t flags = t->flags;
    char *c = (char *)t->c;
    const size_t c_row = t->c_stride_bytes;
    if (flags & TERN_GEMM_ACCUMULATE) {
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            const float *p = (const float *)(const void *)(c + (size_t)i * c_row);
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                acc[0][i][j] = v_add(acc[0][i][j], v_load_tail(p + j * V_LANES, tail[j]));
            }
        }
    }
    if (flags & TERN_GEMM_BIAS_M) {
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            const VF x = v_set1(t->bias[i]);
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                acc[0][i][j] = v_add(acc[0][i][j], x);
            }
        }
    }
    if (flags & TERN_GEMM_BIAS_N) {
        TERN_KERNEL_UNROLL
        for (int j = 0; j < NV; j++) {
            const VF x = v_load_tail(t->bias + j * V_LANES, tail[j]);
            TERN_KERNEL_UNROLL
            for (int i = 0; i < MR; i++) {
                acc[0][i][j] = v_add(acc[0][i][j], x);
            }
        }
    }
    if (flags & TERN_GEMM_RESIDUAL) {
        const char *r = (const char *)t->residual;
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            const float *p =
                (const float *)(const void *)(r + (size_t)i * t->residual_stride_bytes);
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                acc[0][i][j] = v_add(acc[0][i][j], v_load_tail(p + j * V_LANES, tail[j]));
            }
        }
    }
    if (flags & TERN_GEMM_CLAMP) {
        const VF lo = v_set1(t->lo), hi = v_set1(t->hi);
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                acc[0][i][j] = v_min_or_y(hi, v_max_or_y(lo, acc[0][i][j]));
            }
        }
    }
    if (t->n == NV * V_LANES) {
        TERN_KERNEL_UNROLL
        for (int i = 0; i < MR; i++) {
            float *p = (float *)(void *)(c + (size_t)i * c_row);
            TERN_KERNEL_UNROLL
            for (int j = 0; j < NV; j++) {
                v_store(p + j * V_LANES, acc[0][i][j]);
            }
        }
        return;
    }
    TERN_KERNEL_UNROLL
    for (int i = 0; i < MR; i++) {
        float *p = (float *)(void *)(c + (size_t)i * c_row);
        TERN_KERNEL_UNROLL
        for (int j = 0; j < NV; j++) {
            v_store_tail(p + j * V_LANES, tail[j], acc[0][i][j]);
        }
    }
}
