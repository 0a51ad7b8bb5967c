/* SPDX-License-Identifier: Apache-2.0 */
/* pool_f32_ref.c: 2-D pooling of one plane, in plain C; averages in double. */
#include "../declare.h"

#include <math.h>

typedef struct window_sum {
    double sum, top;
    int64_t pixels, taps; /* inside the image; inside the padded image */
} window_sum;

static window_sum look(const tern_pool_f32 *p, int64_t y, int64_t x)
{
    const tern_window *w = &p->window;
    window_sum out = {.top = -HUGE_VAL};
    for (int64_t r = 0; r < w->kernel_h; r++) {
        const int64_t in_y = y * w->stride_h + r * w->dilation_h - w->pad_top;
        for (int64_t s = 0; s < w->kernel_w; s++) {
            const int64_t in_x = x * w->stride_w + s * w->dilation_w - w->pad_left;
            out.taps += in_y < w->in_h + p->pad_bottom && in_x < w->in_w + p->pad_right;
            if (in_y < 0 || in_y >= w->in_h || in_x < 0 || in_x >= w->in_w) {
                continue;
            }
            const char *row = (const char *)p->src + (size_t)in_y * p->src_row_stride_bytes;
            const double v = (double)((const float *)(const void *)row)[in_x];
            out.sum += v;
            out.top = isnan(v) || v > out.top ? v : out.top; /* a NaN stays: no v is above it */
            out.pixels++;
        }
    }
    return out;
}

static void pool(const tern_pool_f32 *p, bool is_average)
{
    for (int64_t y = p->first_row; y < p->first_row + p->row_count; y++) {
        float *dst = (float *)(void *)((char *)p->dst + (size_t)y * p->dst_row_stride_bytes);
        for (int64_t x = 0; x < p->window.out_w; x++) {
            const window_sum at = look(p, y, x);
            const int64_t count = p->count_padding ? at.taps : at.pixels;
            const double mean = count > 0 ? at.sum / (double)count : 0.0;
            dst[x] = (float)(is_average ? mean : at.top);
        }
    }
}

void tern_pool_f32_max_ref(const tern_pool_f32 *p)
{
    pool(p, false);
}

void tern_pool_f32_average_ref(const tern_pool_f32 *p)
{
    pool(p, true);
}
