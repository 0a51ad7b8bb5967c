/* SPDX-License-Identifier: Apache-2.0 */
/* rows_f32_ref.c: softmax and reductions of rows in plain C, in double. */
#include "../declare.h"

#include <math.h>

static const float *row(const float *base, int64_t i, size_t stride_bytes)
{
    return (const float *)(const void *)((const char *)base + (size_t)i * stride_bytes);
}

/* NaN wins, here and in the fast kernels. */
static double larger(double x, double y)
{
    return isnan(x) || x > y ? x : y;
}

void tern_softmax_f32_row_ref(const tern_softmax_f32 *s)
{
    for (int64_t i = 0; i < s->rows; i++) {
        const float *src = row(s->src, i, s->src_stride_bytes);
        float *dst = (float *)(void *)((char *)s->dst + (size_t)i * s->dst_stride_bytes);
        double top = -HUGE_VAL, sum = 0.0;
        for (int64_t j = 0; j < s->columns; j++) {
            top = larger(top, (double)src[j]);
        }
        for (int64_t j = 0; j < s->columns; j++) {
            sum += exp((double)src[j] - top);
        }
        for (int64_t j = 0; j < s->columns; j++) {
            const double x = (double)src[j] - top;
            dst[j] = (float)(s->is_log ? x - log(sum) : exp(x) / sum);
        }
    }
}

static void reduce(const tern_reduce_f32 *r, tern_reduce_kind kind)
{
    for (int64_t i = 0; i < r->rows; i++) {
        const float *src = row(r->src, i, r->src_stride_bytes);
        double out = 0.0;
        if (kind == TERN_REDUCE_max || kind == TERN_REDUCE_min) {
            out = kind == TERN_REDUCE_max ? -HUGE_VAL : HUGE_VAL;
        }
        for (int64_t j = 0; j < r->columns; j++) {
            const double x = (double)src[j];
            switch (kind) {
            case TERN_REDUCE_sum: out += x; break;
            case TERN_REDUCE_max: out = larger(out, x); break;
            case TERN_REDUCE_min: out = -larger(-out, -x); break;
            case TERN_REDUCE_sum_squares: out += x * x; break;
            }
        }
        r->dst[i] = (float)(out * (double)r->scale);
    }
}

#define TERN_KERNEL(family, t, what, isa) REDUCE_##isa(what)
#define REDUCE_ref(what)                                                                           \
    void tern_reduce_f32_##what##_ref(const tern_reduce_f32 *r)                                    \
    {                                                                                              \
        reduce(r, TERN_REDUCE_##what);                                                             \
    }
#define REDUCE_avx2(what)
#define REDUCE_avx512(what)
#include "../reduce.def"
