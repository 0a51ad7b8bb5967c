/* SPDX-License-Identifier: Apache-2.0 */
/* reduce_f32_body.h: one number per row, after a vec_<isa>.h. Four accumulators hide the latency;
   sums leave them for a double every BLOCK elements, which keeps the error of long rows that of
   short ones. */
#include "vec_math.h"

enum { BLOCK = 4096 };

/* One step of what = TERN_REDUCE_...; constant where it is called, so the switch is gone. */
TERN_KERNEL_INLINE VF step(VF acc, VF x, tern_reduce_kind what)
{
    switch (what) {
    case TERN_REDUCE_sum: return v_add(acc, x);
    case TERN_REDUCE_max: return v_max(acc, x);
    case TERN_REDUCE_min: return v_min(acc, x);
    case TERN_REDUCE_sum_squares: break;
    }
    return v_fma(x, x, acc);
}

/* How two accumulators of one row become one. */
TERN_KERNEL_INLINE VF merge(VF x, VF y, tern_reduce_kind what)
{
    return step(x, y, what == TERN_REDUCE_sum_squares ? TERN_REDUCE_sum : what);
}

TERN_KERNEL_INLINE VF block(const float *x, int64_t n, VF start, tern_reduce_kind what)
{
    VF acc[4] = {start, start, start, start};
    int64_t j = 0;
    for (; j + 4 * V_LANES <= n; j += 4 * V_LANES) {
        TERN_KERNEL_UNROLL
        for (int u = 0; u < 4; u++) {
            acc[u] = step(acc[u], v_load(x + j + u * V_LANES), what);
        }
    }
    for (; j < n; j += V_LANES) {
        const VT t = v_tail(n - j);
        acc[0] = v_if_tail(t, step(acc[0], v_load_tail(x + j, t), what), acc[0]);
    }
    return merge(merge(acc[0], acc[1], what), merge(acc[2], acc[3], what), what);
}

TERN_KERNEL_INLINE void reduce(const tern_reduce_f32 *r, tern_reduce_kind what)
{
    const bool is_sum = what == TERN_REDUCE_sum || what == TERN_REDUCE_sum_squares;
    const VF inf = v_bits(V_INF_BITS);
    const VF start = is_sum ? v_zero() : what == TERN_REDUCE_max ? v_neg(inf) : inf;
    for (int64_t i = 0; i < r->rows; i++) {
        const char *src = (const char *)r->src + (size_t)i * r->src_stride_bytes;
        const float *x = (const float *)(const void *)src;
        double sum = 0.0;
        VF best = start;
        for (int64_t j = 0; j < r->columns; j += BLOCK) {
            const int64_t left = r->columns - j;
            const VF part = block(x + j, left < BLOCK ? left : BLOCK, start, what);
            if (is_sum) {
                sum += (double)v_sum(part);
            } else {
                best = merge(best, part, what);
            }
        }
        if (is_sum) {
            r->dst[i] = (float)(sum * (double)r->scale);
        } else {
            const VM nan = v_ne(best, best);
            const float one = what == TERN_REDUCE_max ? v_top(best) : v_bottom(best);
            r->dst[i] = (v_any(nan) ? v_sum(best) : one) * r->scale; /* a sum with a NaN is NaN */
        }
    }
}
