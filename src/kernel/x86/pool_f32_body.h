/* SPDX-License-Identifier: Apache-2.0 */
/* pool_f32_body.h: 2-D pooling of one plane, after a vec_<isa>.h. Where a window's columns all lie
   in the image, a vector holds as many output pixels of one row; the columns beside them are done
   one by one. */
#include "vec_math.h"

#include "pool2x2_f32_body.h"

/* The taps from .. to - 1 of a window that starts at `base` look inside 0 .. extent - 1. */
typedef struct span {
    int64_t from, to;
} span;

static span taps(int64_t base, int64_t dilation, int64_t kernel, int64_t extent)
{
    int64_t from = base < 0 ? -base : 0, inside = base < extent ? extent - base : 0;
    if (dilation > 1) { /* divisions cost more than a row of pixels */
        from = (from + dilation - 1) / dilation;
        inside = (inside + dilation - 1) / dilation;
    }
    const int64_t to = inside < kernel ? inside : kernel;
    return (span){from, to > from ? to : from};
}

/* p[0], p[stride], ... for n output pixels, at most V_LANES. */
TERN_KERNEL_INLINE VF spread(const float *p, int64_t stride, int64_t n)
{
    if (stride == 1) {
        return n >= V_LANES ? v_load(p) : v_load_tail(p, v_tail(n));
    }
    if (stride == 2) {
        const int64_t reach = 2 * n - 1;
        const VF x = n > V_LANES ? v_load(p) : v_load_tail(p, v_tail(reach));
        const float *q = p + V_LANES;
        return v_even(x, n > V_LANES ? v_load(q) : v_load_tail(q, v_tail(reach - V_LANES)));
    }
    float lanes[V_LANES] = {0.0f};
    for (int64_t i = 0; i < n && i < V_LANES; i++) {
        lanes[i] = p[i * stride];
    }
    return v_load(lanes);
}

typedef struct pool_row {
    const tern_pool_f32 *plane;
    int64_t base;     /* input row of tap 0, which may lie outside the image */
    span rows;        /* taps that do not */
    int64_t row_taps; /* taps inside the padded image */
    float divisor;    /* of averages whose columns are all inside */
} pool_row;

static const float *tap_row(const pool_row *r, int64_t tap)
{
    const tern_pool_f32 *p = r->plane;
    const int64_t y = r->base + tap * p->window.dilation_h;
    const char *row = (const char *)p->src + (size_t)y * p->src_row_stride_bytes;
    return (const float *)(const void *)row;
}

/* `stride` is the window's; a constant where this is called, 0 for any other. */
TERN_KERNEL_INLINE VF pool_vector(const pool_row *r, int64_t base, int64_t n, int64_t stride,
                                  bool is_average)
{
    const tern_window *w = &r->plane->window;
    const int64_t step = stride != 0 ? stride : w->stride_w;
    VF acc = is_average ? v_zero() : v_neg(v_bits(V_INF_BITS));
    for (int64_t i = r->rows.from; i < r->rows.to; i++) {
        const float *p = tap_row(r, i) + base;
        for (int64_t s = 0; s < w->kernel_w; s++) {
            const VF x = spread(p + s * w->dilation_w, step, n);
            acc = is_average ? v_add(acc, x) : v_max(acc, x);
        }
    }
    return acc;
}

/* Output columns from .. to - 1 of one row, all inside. */
TERN_KERNEL_INLINE void pool_run(const pool_row *r, float *dst, span columns, int64_t stride,
                                 bool is_average)
{
    const tern_window *w = &r->plane->window;
    const VF divisor = v_set1(r->divisor);
    int64_t x = columns.from;
    for (; x + V_LANES < columns.to; x += V_LANES) { /* more follow: whole vectors may be read */
        const int64_t base = x * w->stride_w - w->pad_left;
        const VF acc = pool_vector(r, base, V_LANES + 1, stride, is_average);
        v_store(dst + x, is_average ? v_div(acc, divisor) : acc);
    }
    if (x < columns.to) {
        const int64_t base = x * w->stride_w - w->pad_left, n = columns.to - x;
        const VF acc = pool_vector(r, base, n, stride, is_average);
        v_store_tail(dst + x, v_tail(n), is_average ? v_div(acc, divisor) : acc);
    }
}

TERN_KERNEL_INLINE void pool_inside(const pool_row *r, float *dst, span columns, bool is_average)
{
    const tern_window *w = &r->plane->window;
    if (w->stride_w == 1) {
        pool_run(r, dst, columns, 1, is_average);
    } else if (w->stride_w == 2) {
        pool_run(r, dst, columns, 2, is_average);
    } else {
        pool_run(r, dst, columns, 0, is_average);
    }
}

static float pool_pixel(const pool_row *r, int64_t x, bool is_average)
{
    const tern_pool_f32 *p = r->plane;
    const tern_window *w = &p->window;
    const int64_t base = x * w->stride_w - w->pad_left;
    const span columns = taps(base, w->dilation_w, w->kernel_w, w->in_w);
    const span padded = taps(base, w->dilation_w, w->kernel_w, w->in_w + p->pad_right);
    float sum = 0.0f, top = -v_top(v_bits(V_INF_BITS));
    for (int64_t i = r->rows.from; i < r->rows.to; i++) {
        const float *src = tap_row(r, i) + base;
        for (int64_t s = columns.from; s < columns.to; s++) {
            const float v = src[s * w->dilation_w];
            sum += v;
            top = v != v || v > top ? v : top;
        }
    }
    const int64_t pixels = (r->rows.to - r->rows.from) * (columns.to - columns.from);
    const int64_t count = p->count_padding ? r->row_taps * padded.to : pixels;
    const float mean = count > 0 ? sum / (float)count : 0.0f;
    return is_average ? mean : top;
}

/* Output columns from .. to - 1 have all their taps inside the image. */
static span inner_columns(const tern_window *w)
{
    const int64_t last = w->in_w - 1 - (w->kernel_w - 1) * w->dilation_w + w->pad_left;
    const int64_t from = (w->pad_left + w->stride_w - 1) / w->stride_w;
    const int64_t to = last < 0 ? 0 : last / w->stride_w + 1;
    const int64_t cut = to < w->out_w ? to : w->out_w;
    return from < cut ? (span){from, cut} : (span){0, 0};
}

TERN_KERNEL_INLINE void pool(const tern_pool_f32 *p, bool is_average)
{
    if (pool_2x2(p, is_average)) {
        return;
    }
    const tern_window *w = &p->window;
    const span inner = inner_columns(w);
    for (int64_t y = p->first_row; y < p->first_row + p->row_count; y++) {
        const int64_t base = y * w->stride_h - w->pad_top;
        const span padded = taps(base, w->dilation_h, w->kernel_h, w->in_h + p->pad_bottom);
        const span rows = taps(base, w->dilation_h, w->kernel_h, w->in_h);
        const int64_t count = (p->count_padding ? padded.to : rows.to - rows.from) * w->kernel_w;
        const pool_row r = {p, base, rows, padded.to, count > 0 ? (float)count : 1.0f};
        float *dst = (float *)(void *)((char *)p->dst + (size_t)y * p->dst_row_stride_bytes);
        for (int64_t x = 0; x < inner.from; x++) {
            dst[x] = pool_pixel(&r, x, is_average);
        }
        pool_inside(&r, dst, inner, is_average);
        for (int64_t x = inner.to; x < w->out_w; x++) {
            dst[x] = pool_pixel(&r, x, is_average);
        }
    }
}
