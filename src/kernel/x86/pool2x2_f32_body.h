/* SPDX-License-Identifier: Apache-2.0 */
/* pool2x2_f32_body.h: windows of 2 x 2 that step by 2 and all lie inside the image, after a
   vec_<isa>.h and vec_math.h. Two input rows are joined lane by lane, then even with odd lanes.
   Planes so narrow that their rows divide a vector share it, and one store writes several rows:

       out_w = 4, 16 lanes:  | row 0, 8 lanes | row 2 |  and  | row 4 | row 6 |
                             joined with rows 1, 3, 5, 7  ->  | out 0 | out 1 | out 2 | out 3 | */

TERN_KERNEL_INLINE VF join(VF x, VF y, bool is_average)
{
    return is_average ? v_add(x, y) : v_max(x, y);
}

/* low and high: two vectors of input columns, their rows already joined. */
TERN_KERNEL_INLINE VF join_pairs(VF low, VF high, bool is_average)
{
    const VF x = join(v_even(low, high), v_odd(low, high), is_average);
    return is_average ? v_mul(x, v_set1(0.25f)) : x;
}

static const float *plane_row(const tern_pool_f32 *p, int64_t y)
{
    return (const float *)(const void *)((const char *)p->src +
                                         (size_t)y * p->src_row_stride_bytes);
}

static float *pooled_row(const tern_pool_f32 *p, int64_t y)
{
    return (float *)(void *)((char *)p->dst + (size_t)y * p->dst_row_stride_bytes);
}

TERN_KERNEL_INLINE void wide_rows(const tern_pool_f32 *p, bool is_average)
{
    const int64_t columns = p->window.out_w, whole = columns / V_LANES * V_LANES;
    const int64_t rest = 2 * (columns - whole);
    const VT low = v_tail(rest), high = v_tail(rest - V_LANES), out = v_tail(columns - whole);
    for (int64_t y = p->first_row; y < p->first_row + p->row_count; y++) {
        const float *top = plane_row(p, 2 * y), *bottom = plane_row(p, 2 * y + 1);
        float *dst = pooled_row(p, y);
        for (int64_t x = 0; x < whole; x += V_LANES) {
            const VF a = join(v_load(top + 2 * x), v_load(bottom + 2 * x), is_average);
            const float *t = top + 2 * x + V_LANES, *b = bottom + 2 * x + V_LANES;
            v_store(dst + x, join_pairs(a, join(v_load(t), v_load(b), is_average), is_average));
        }
        if (rest > 0) {
            const float *t = top + 2 * whole, *b = bottom + 2 * whole;
            const VF x = join(v_load_tail(t, low), v_load_tail(b, low), is_average);
            const VF u = v_load_tail(t + V_LANES, high), v = v_load_tail(b + V_LANES, high);
            v_store_tail(dst + whole, out, join_pairs(x, join(u, v, is_average), is_average));
        }
    }
}

/* One vector of input rows y, y + 2, ..., below `end`, each `run` lanes, joined with the rows below
   them. */
TERN_KERNEL_INLINE VF narrow_vector(const tern_pool_f32 *p, int64_t y, int64_t end, int64_t run,
                                    bool is_average)
{
    VF top = v_zero(), bottom = v_zero();
    for (int64_t at = 0; at < V_LANES && y < end; at += run, y += 2) {
        const VT lanes = v_lanes(at, at + run);
        top = v_load_more(top, plane_row(p, y) - at, lanes);
        bottom = v_load_more(bottom, plane_row(p, y + 1) - at, lanes);
    }
    return join(top, bottom, is_average);
}

TERN_KERNEL_INLINE void narrow_rows(const tern_pool_f32 *p, bool is_average)
{
    const int64_t run = 2 * p->window.out_w, rows = V_LANES / run; /* input rows of a vector */
    const int64_t end = 2 * (p->first_row + p->row_count);
    float *dst = pooled_row(p, p->first_row);
    int64_t left = p->row_count * p->window.out_w;
    for (int64_t y = 2 * p->first_row; y < end; y += 4 * rows) {
        const VF low = narrow_vector(p, y, end, run, is_average);
        const VF high = narrow_vector(p, y + 2 * rows, end, run, is_average);
        v_store_tail(dst, v_tail(left), join_pairs(low, high, is_average));
        dst += V_LANES;
        left -= V_LANES;
    }
}

/* True when it did the work. */
TERN_KERNEL_INLINE bool pool_2x2(const tern_pool_f32 *p, bool is_average)
{
    const tern_window *w = &p->window;
    const bool is_2x2 =
        w->kernel_h == 2 && w->kernel_w == 2 && w->stride_h == 2 && w->stride_w == 2;
    const bool is_inside =
        w->pad_top == 0 && w->pad_left == 0 && 2 * w->out_h <= w->in_h && 2 * w->out_w <= w->in_w;
    if (!is_2x2 || !is_inside || w->dilation_h != 1 || w->dilation_w != 1) {
        return false;
    }
    const bool is_dense = p->dst_row_stride_bytes == (size_t)w->out_w * sizeof(float);
    if (is_dense && w->out_w > 0 && V_LANES % (2 * w->out_w) == 0) {
        narrow_rows(p, is_average);
    } else {
        wide_rows(p, is_average);
    }
    return true;
}
