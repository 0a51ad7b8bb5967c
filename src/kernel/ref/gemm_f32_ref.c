/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_ref.c: product tiles and packing in plain C; sums in double. What the fast tiles are
   tested against. */
#include "../declare.h"

typedef struct shape {
    int32_t rows, columns;
    size_t a_row_bytes, a_step_bytes;
} shape;

static const float *at(const float *base, int64_t row, size_t stride_bytes)
{
    return (const float *)(const void *)((const char *)base + (size_t)row * stride_bytes);
}

static double dot(const tern_gemm_f32 *t, const shape *s, int64_t i, int64_t j)
{
    const char *a = (const char *)t->a + (size_t)i * s->a_row_bytes;
    double sum = 0.0;
    for (int64_t k = 0; k < t->k; k++) {
        const float x = *(const float *)(const void *)(a + (size_t)k * s->a_step_bytes);
        sum += (double)x * (double)t->b[k * s->columns + j];
    }
    return sum;
}

void tern_gemm_f32_finish_ref(const tern_gemm_f32 *t, int64_t i, int64_t j, double sum, float *out)
{
    sum += t->flags & TERN_GEMM_ACCUMULATE ? (double)*out : 0.0;
    sum += t->flags & TERN_GEMM_BIAS_M ? (double)t->bias[i] : 0.0;
    sum += t->flags & TERN_GEMM_BIAS_N ? (double)t->bias[j] : 0.0;
    if (t->flags & TERN_GEMM_RESIDUAL) {
        sum += (double)at(t->residual, i, t->residual_stride_bytes)[j];
    }
    if (t->flags & TERN_GEMM_CLAMP) {
        sum = sum < (double)t->lo ? (double)t->lo : sum;
        sum = sum > (double)t->hi ? (double)t->hi : sum;
    }
    *out = (float)sum;
}

static void product(const tern_gemm_f32 *t, const shape *s)
{
    for (int64_t i = 0; i < s->rows; i++) {
        float *c = (float *)(void *)((char *)t->c + (size_t)i * t->c_stride_bytes);
        for (int64_t j = 0; j < t->n; j++) {
            tern_gemm_f32_finish_ref(t, i, j, dot(t, s, i, j), c + j);
        }
    }
}

#define TILE(m, n)                                                                                 \
    void tern_gemm_f32_##m##x##n##_ref(const tern_gemm_f32 *t)                                     \
    {                                                                                              \
        const shape s = {m, n, sizeof(float), m * sizeof(float)};                                  \
        product(t, &s);                                                                            \
    }                                                                                              \
    void tern_gemm_f32_##m##x##n##_ref_strided(const tern_gemm_f32 *t)                             \
    {                                                                                              \
        const shape s = {m, n, t->a_stride_bytes, sizeof(float)};                                  \
        product(t, &s);                                                                            \
    }

TILE(1, 8)
TILE(2, 8)
TILE(3, 8)
TILE(4, 8)

void tern_pack_f32_rows_ref(const tern_pack_f32 *p)
{
    for (int64_t i = 0; i < p->k; i++) {
        const float *src = at(p->src, i, p->src_stride_bytes);
        for (int64_t j = 0; j < p->width; j++) {
            p->dst[i * p->width + j] = j < p->count ? src[j] : 0.0f;
        }
    }
}

void tern_pack_f32_columns_ref(const tern_pack_f32 *p)
{
    for (int64_t j = 0; j < p->width; j++) {
        for (int64_t i = 0; i < p->k; i++) {
            p->dst[i * p->width + j] = j < p->count ? at(p->src, j, p->src_stride_bytes)[i] : 0.0f;
        }
    }
}
