/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_finish.h: the end of a tile's function, included in its body: the products in acc[0]
   become rows of C. Uses t, acc, MR and NV. Each flag is looked at once, not once per vector. */

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
        const float *p = (const float *)(const void *)(r + (size_t)i * t->residual_stride_bytes);
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
