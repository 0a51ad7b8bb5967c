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

/* `columns` of one output row; their input is under `top` and `bottom`. */
TERN_KERNEL_INLINE void whole_vectors(const float *top, const float *bottom, float *dst,
                                      int64_t columns, bool is_average)
{
    for (int64_t x = 0; x < columns; x += V_LANES) {
        const VF a = join(v_load(top + 2 * x), v_load(bottom + 2 * x), is_average);
        const float *t = top + 2 * x + V_LANES, *b = bottom + 2 * x + V_LANES;
        v_store(dst + x, join_pairs(a, join(v_load(t), v_load(b), is_average), is_average));
    }
}

/* Everything that stays the same from row to row is in locals: the compiler has to believe that a
   vector store changes *p. */
TERN_KERNEL_INLINE void wide_rows(const tern_pool_f32 *p, bool is_average)
{
    const int64_t columns = p->window.out_w, whole = columns / V_LANES * V_LANES;
    const int64_t rest = 2 * (columns - whole), rows = p->row_count;
    const VT low = v_tail(rest), high = v_tail(rest - V_LANES), out = v_tail(columns - whole);
    const size_t src_step = p->src_row_stride_bytes, dst_step = p->dst_row_stride_bytes;
    const char *src = (const char *)plane_row(p, 2 * p->first_row);
    char *dst = (char *)pooled_row(p, p->first_row);
    for (int64_t y = 0; y < rows; y++, src += 2 * src_step, dst += dst_step) {
        const float *t = (const float *)(const void *)src;
        const float *b = (const float *)(const void *)(src + src_step);
        float *d = (float *)(void *)dst;
        whole_vectors(t, b, d, whole, is_average);
        t += 2 * whole;
        b += 2 * whole;
        if (rest > V_LANES) {
            const VF x = join(v_load(t), v_load(b), is_average);
            const VF u = v_load_tail(t + V_LANES, high), v = v_load_tail(b + V_LANES, high);
            v_store_tail(d + whole, out, join_pairs(x, join(u, v, is_average), is_average));
        } else if (rest > 0) {
            const VF x = join(v_load_tail(t, low), v_load_tail(b, low), is_average);
            v_store_tail(d + whole, out, join_pairs(x, v_zero(), is_average));
        }
    }
}

/* `rows` input rows, two steps apart, side by side in one vector and joined with the rows below
   them; lanes of rows from `left` on are 0. */
TERN_KERNEL_INLINE VF narrow_vector(const char *src, size_t step, int64_t left, const int64_t rows,
                                    bool is_average)
{
    const int64_t run = V_LANES / rows;
    VF top = v_zero(), bottom = v_zero();
    TERN_KERNEL_UNROLL
    for (int64_t i = 0; i < rows; i++) {
        if (i < left) {
            const VT lanes = v_lanes(i * run, (i + 1) * run);
            const char *at = src + (size_t)(2 * i) * step;
            top = v_load_more(top, (const float *)(const void *)at - i * run, lanes);
            bottom = v_load_more(bottom, (const float *)(const void *)(at + step) - i * run, lanes);
        }
    }
    return join(top, bottom, is_average);
}

/* Constants where this is called: `rows` input rows make a vector. */
TERN_KERNEL_INLINE void narrow_rows(const tern_pool_f32 *p, const int64_t rows, bool is_average)
{
    const size_t step = p->src_row_stride_bytes, skip = (size_t)(2 * rows) * step;
    const char *src = (const char *)plane_row(p, 2 * p->first_row);
    float *dst = pooled_row(p, p->first_row);
    for (int64_t left = p->row_count; left > 0; left -= 2 * rows) {
        const VF low = narrow_vector(src, step, left, rows, is_average);
        const VF high = narrow_vector(src + skip, step, left - rows, rows, is_average);
        const VT out = v_tail(left * (V_LANES / rows / 2));
        v_store_tail(dst, out, join_pairs(low, high, is_average));
        src += 2 * skip;
        dst += V_LANES;
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
    switch (is_dense ? w->out_w : 0) {
    case V_LANES / 2: narrow_rows(p, 1, is_average); break;
    case V_LANES / 4: narrow_rows(p, 2, is_average); break;
    case V_LANES / 8: narrow_rows(p, 4, is_average); break;
    default: wide_rows(p, is_average);
    }
    return true;
}
