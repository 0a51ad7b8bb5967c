/* SPDX-License-Identifier: Apache-2.0 */
/* im2col_f32_body.h: panels of image windows, after a vec_<isa>.h. A row of the panel is a few
   vectors of output pixels. Each vector is put together from pieces, the pixels in it that share an
   output row; under any tap a piece is a run of one input row, so it is one masked load:

       out_w = 12, 16 lanes:   | 0 0 0 0 0 0 0 0 0 0 0 0 1 1 1 1 | 1 1 1 1 1 1 1 1 2 2 2 2 2 2 2 2 |
                                 piece 0 (row 0)         piece 1   piece 0 (row 1) piece 1 (row 2)

   From tap to tap only the address changes and, at the left and right border, the lanes that are
   padding; masks are worked out once per panel and column of the kernel. */

enum { MOST_LANES = 64, MOST_MASKS = 256 };

/* Lanes from .. to - 1 of a vector. Tap (0, 0) of lane 0 would be input element (in_y, in_x), if it
   were there. */
typedef struct piece {
    int64_t in_y, in_x;
    int64_t from, to;
} piece;

typedef struct layout {
    const tern_im2col_f32 *what;
    int64_t vectors;          /* of a row of the panel */
    int64_t most;             /* pieces of a vector; those with fewer have empty ones */
    bool is_inside;           /* stride 1 and no padding: the masks of kernel column 0 serve all */
    piece pieces[MOST_LANES]; /* [vectors][V_LANES], the first `most` of each used */
    VT masks[MOST_MASKS];     /* [kernel_w][vectors][most][stride_w] */
} layout;

/* True when no tap of the piece is padding. */
static bool is_inside(const tern_window *w, const piece *g)
{
    const int64_t below = (w->kernel_h - 1) * w->dilation_h,
                  right = (w->kernel_w - 1) * w->dilation_w;
    const bool is_row = g->in_y >= 0 && g->in_y + below < w->in_h;
    return is_row && g->in_x + g->from >= 0 && g->in_x + g->to + right <= w->in_w;
}

static void cut(layout *a)
{
    const tern_im2col_f32 *p = a->what;
    const tern_window *w = &p->window;
    int64_t y = p->first / w->out_w, x = p->first - y * w->out_w;
    int64_t count[MOST_LANES / V_LANES];
    a->vectors = (p->width + V_LANES - 1) / V_LANES;
    a->most = 1;
    a->is_inside = w->stride_w == 1;
    for (int64_t j = 0; j < a->vectors; j++) {
        const int64_t left = p->count - j * V_LANES, lanes = left < V_LANES ? left : V_LANES;
        int64_t n = 0;
        for (int64_t at = 0; at < lanes; n++) {
            piece *g = &a->pieces[j * V_LANES + n];
            const int64_t room = w->out_w - x, to = at + room < lanes ? at + room : lanes;
            g->in_y = y * w->stride_h - w->pad_top;
            g->in_x = (x - at) * w->stride_w - w->pad_left;
            g->from = at;
            g->to = to;
            a->is_inside = a->is_inside && is_inside(w, g);
            x += to - at;
            y += x == w->out_w;
            x = x == w->out_w ? 0 : x;
            at = to;
        }
        count[j] = n;
        a->most = n > a->most ? n : a->most;
    }
    for (int64_t j = 0; j < a->vectors; j++) {
        for (int64_t n = count[j]; n < a->most; n++) {
            a->pieces[j * V_LANES + n] = (piece){0, 0, 0, 0};
        }
    }
}

/* Lanes of the vector `half` loaded under piece g for column s of the kernel, padding left out. */
static VT mask(const tern_window *w, const piece *g, int64_t s, int64_t half)
{
    const int64_t x = g->in_x + s * w->dilation_w,
                  end = g->to == 0 ? 0 : (g->to - 1) * w->stride_w + 1;
    const int64_t start = g->from * w->stride_w, from = start > -x ? start : -x;
    const int64_t to = end < w->in_w - x ? end : w->in_w - x;
    return v_lanes(from - half * V_LANES, to - half * V_LANES);
}

static void make_masks(layout *a)
{
    const tern_window *w = &a->what->window;
    VT *out = a->masks;
    for (int64_t s = 0; s < w->kernel_w; s++) {
        for (int64_t i = 0; i < a->vectors * a->most; i++) {
            const piece *g = &a->pieces[i / a->most * V_LANES + i % a->most];
            for (int64_t half = 0; half < w->stride_w; half++) {
                *out++ = mask(w, g, s, half);
            }
        }
    }
}

/* One vector for tap (r, s), at strides 1 and 2. */
TERN_KERNEL_INLINE VF vector(const layout *a, const piece *pieces, const VT *masks,
                             const char *channel, int64_t r, int64_t s, int64_t stride)
{
    const tern_window *w = &a->what->window;
    VF v = v_zero();
    for (int64_t i = 0; i < a->most; i++) {
        const piece *g = &pieces[i];
        const int64_t y = g->in_y + r * w->dilation_h;
        if (y < 0 || y >= w->in_h) {
            continue;
        }
        const char *row = channel + (size_t)y * a->what->src_row_stride_bytes;
        const float *p = (const float *)(const void *)row + (g->in_x + s * w->dilation_w);
        if (stride == 1) {
            v = v_load_more(v, p, masks[i]);
        } else {
            const VF low = v_load_tail(p, masks[2 * i]);
            v = v_or(v, v_even(low, v_load_tail(p + V_LANES, masks[2 * i + 1])));
        }
    }
    return v;
}

TERN_KERNEL_INLINE void fill(const layout *a, int64_t stride)
{
    const tern_im2col_f32 *p = a->what;
    const tern_window *w = &p->window;
    float *dst = p->dst;
    for (int64_t c = 0; c < p->channels; c++) {
        const char *channel = (const char *)p->src + (size_t)c * p->src_channel_stride_bytes;
        for (int64_t i = 0; i < w->kernel_h * w->kernel_w; i++, dst += p->width) {
            const int64_t r = i / w->kernel_w, s = i % w->kernel_w;
            const VT *masks = a->masks + s * a->vectors * a->most * stride;
            for (int64_t j = 0; j < a->vectors; j++) {
                const VF v = vector(a, &a->pieces[j * V_LANES], masks, channel, r, s, stride);
                v_store_tail(dst + j * V_LANES, v_tail(p->width - j * V_LANES), v);
                masks += a->most * stride;
            }
        }
    }
}

/* Stride 1 without padding, whole vectors. Constants where this is called: addresses and masks stay
   in registers. */
TERN_KERNEL_INLINE void copy(const layout *a, const int64_t vectors, const int64_t most)
{
    const tern_im2col_f32 *p = a->what;
    const tern_window *w = &p->window;
    const size_t row_step = (size_t)w->dilation_h * p->src_row_stride_bytes;
    const size_t column_step = (size_t)w->dilation_w * sizeof(float);
    int64_t from[4][3]; /* may be negative: lane 0 of a piece can lie before src */
    VT masks[4][3];
    TERN_KERNEL_UNROLL
    for (int64_t j = 0; j < vectors; j++) {
        TERN_KERNEL_UNROLL
        for (int64_t i = 0; i < most; i++) {
            const piece *g = &a->pieces[j * V_LANES + i];
            from[j][i] =
                g->in_y * (int64_t)p->src_row_stride_bytes + g->in_x * (int64_t)sizeof(float);
            masks[j][i] = v_lanes(g->from, g->to);
        }
    }
    float *dst = p->dst;
    for (int64_t c = 0; c < p->channels; c++) {
        const char *row = (const char *)p->src + (size_t)c * p->src_channel_stride_bytes;
        for (int64_t r = 0; r < w->kernel_h; r++, row += row_step) {
            const char *tap = row;
            for (int64_t s = 0; s < w->kernel_w; s++, tap += column_step) {
                TERN_KERNEL_UNROLL
                for (int64_t j = 0; j < vectors; j++) {
                    VF v =
                        v_load_tail((const float *)(const void *)(tap + from[j][0]), masks[j][0]);
                    TERN_KERNEL_UNROLL
                    for (int64_t i = 1; i < most; i++) {
                        const float *src = (const float *)(const void *)(tap + from[j][i]);
                        v = v_load_more(v, src, masks[j][i]);
                    }
                    v_store(dst + j * V_LANES, v);
                }
                dst += vectors * V_LANES;
            }
        }
    }
}

/* True when one of the unrolled forms did it. */
static bool copy_few(const layout *a)
{
    if (a->what->width % V_LANES != 0 || a->most > 3) {
        return false;
    }
    switch (a->vectors * 4 + a->most) {
    case 4 + 1: copy(a, 1, 1); return true;
    case 4 + 2: copy(a, 1, 2); return true;
    case 4 + 3: copy(a, 1, 3); return true;
    case 8 + 1: copy(a, 2, 1); return true;
    case 8 + 2: copy(a, 2, 2); return true;
    case 8 + 3: copy(a, 2, 3); return true;
    case 12 + 1: copy(a, 3, 1); return true;
    case 12 + 2: copy(a, 3, 2); return true;
    case 12 + 3: copy(a, 3, 3); return true;
    case 16 + 1: copy(a, 4, 1); return true;
    case 16 + 2: copy(a, 4, 2); return true;
    case 16 + 3: copy(a, 4, 3); return true;
    default: return false;
    }
}

/* Any stride, element by element. */
static void fill_slowly(const tern_im2col_f32 *p)
{
    const tern_window *w = &p->window;
    const int64_t taps = w->kernel_h * w->kernel_w;
    for (int64_t k = 0; k < p->channels * taps; k++) {
        const char *channel =
            (const char *)p->src + (size_t)(k / taps) * p->src_channel_stride_bytes;
        const int64_t r = k / w->kernel_w % w->kernel_h, s = k % w->kernel_w;
        float *dst = p->dst + k * p->width;
        int64_t y = p->first / w->out_w, x = p->first % w->out_w;
        for (int64_t j = 0; j < p->width; j++) {
            const int64_t in_y = y * w->stride_h + r * w->dilation_h - w->pad_top;
            const int64_t in_x = x * w->stride_w + s * w->dilation_w - w->pad_left;
            const bool is_row = j < p->count && in_y >= 0 && in_y < w->in_h;
            const char *row = is_row ? channel + (size_t)in_y * p->src_row_stride_bytes : channel;
            const bool is_pixel = is_row && in_x >= 0 && in_x < w->in_w;
            dst[j] = is_pixel ? ((const float *)(const void *)row)[in_x] : 0.0f;
            x++;
            y += x == w->out_w;
            x = x == w->out_w ? 0 : x;
        }
    }
}

static void im2col(const tern_im2col_f32 *p)
{
    const int64_t stride = p->window.stride_w;
    layout a;
    a.what = p;
    cut(&a);
    if (a.is_inside && copy_few(&a)) {
        return;
    }
    if (stride > 2 || p->window.kernel_w * a.vectors * a.most * stride > MOST_MASKS) {
        fill_slowly(p);
        return;
    }
    make_masks(&a);
    if (stride == 1) {
        fill(&a, 1);
    } else {
        fill(&a, 2);
    }
}
