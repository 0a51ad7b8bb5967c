/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_f32_body.h: softmax of one row in three passes: maximum, exponentials and their sum,
   scale. After a vec_<isa>.h. The row is read twice and written twice, so it should fit in L1. */
#include "vec_math.h"

static float row_max(const float *x, int64_t n)
{
    VF top = v_bits(V_INF_BITS | INT32_MIN), top2 = top;
    int64_t j = 0;
    for (; j + 2 * V_LANES <= n; j += 2 * V_LANES) {
        top = v_max_or_y(v_load(x + j), top);
        top2 = v_max_or_y(v_load(x + j + V_LANES), top2);
    }
    for (; j < n; j += V_LANES) {
        const VT t = v_tail(n - j);
        top = v_if_tail(t, v_max_or_y(v_load_tail(x + j, t), top), top);
    }
    return v_top(v_max_or_y(top, top2));
}

/* dst = e^(x - top), or x - top; returns the sum of the exponentials. A NaN anywhere makes it NaN.
   */
static float row_exp(const float *x, float *dst, int64_t n, float top, bool is_log)
{
    const VF shift = v_set1(top);
    VF sum = v_zero(), sum2 = sum;
    int64_t j = 0;
    for (; j + 2 * V_LANES <= n; j += 2 * V_LANES) {
        const VF d = v_sub(v_load(x + j), shift), d2 = v_sub(v_load(x + j + V_LANES), shift);
        const VF e = v_exp(d), e2 = v_exp(d2);
        sum = v_add(sum, e);
        sum2 = v_add(sum2, e2);
        v_store(dst + j, is_log ? d : e);
        v_store(dst + j + V_LANES, is_log ? d2 : e2);
    }
    for (; j < n; j += V_LANES) {
        const VT t = v_tail(n - j);
        const VF d = v_sub(v_load_tail(x + j, t), shift);
        const VF e = v_exp(d);
        sum = v_if_tail(t, v_add(sum, e), sum);
        v_store_tail(dst + j, t, is_log ? d : e);
    }
    return v_sum(v_add(sum, sum2));
}

static void row_finish(float *dst, int64_t n, float sum, bool is_log)
{
    float log_sum[V_LANES];
    v_store(log_sum, v_log(v_set1(sum)));
    const VF scale = v_set1(is_log ? 1.0f : 1.0f / sum),
             shift = v_set1(is_log ? -log_sum[0] : 0.0f);
    int64_t j = 0;
    for (; j + V_LANES <= n; j += V_LANES) {
        v_store(dst + j, v_fma(v_load(dst + j), scale, shift));
    }
    if (j < n) {
        const VT t = v_tail(n - j);
        v_store_tail(dst + j, t, v_fma(v_load_tail(dst + j, t), scale, shift));
    }
}

static void softmax(const tern_softmax_f32 *s)
{
    for (int64_t i = 0; i < s->rows; i++) {
        const char *src = (const char *)s->src + (size_t)i * s->src_stride_bytes;
        const float *x = (const float *)(const void *)src;
        float *dst = (float *)(void *)((char *)s->dst + (size_t)i * s->dst_stride_bytes);
        const float sum = row_exp(x, dst, s->columns, row_max(x, s->columns), s->is_log);
        row_finish(dst, s->columns, sum, s->is_log);
    }
}
