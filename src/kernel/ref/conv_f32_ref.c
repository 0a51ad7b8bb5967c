/* SPDX-License-Identifier: Apache-2.0 */
/* conv_f32_ref.c: image windows as panels, in plain C. */
#include "../declare.h"

static float pixel(const tern_im2col_f32 *p, int64_t channel, int64_t y, int64_t x)
{
    if (y < 0 || y >= p->window.in_h || x < 0 || x >= p->window.in_w) {
        return 0.0f;
    }
    const char *row = (const char *)p->src + (size_t)channel * p->src_channel_stride_bytes +
                      (size_t)y * p->src_row_stride_bytes;
    return ((const float *)(const void *)row)[x];
}

void tern_im2col_f32_panel_ref(const tern_im2col_f32 *p)
{
    const tern_window *w = &p->window;
    float *dst = p->dst;
    for (int64_t c = 0; c < p->channels; c++) {
        for (int64_t r = 0; r < w->kernel_h; r++) {
            for (int64_t s = 0; s < w->kernel_w; s++) {
                for (int64_t j = 0; j < p->width; j++) {
                    const int64_t y = (p->first + j) / w->out_w, x = (p->first + j) % w->out_w;
                    const int64_t in_y = y * w->stride_h + r * w->dilation_h - w->pad_top;
                    const int64_t in_x = x * w->stride_w + s * w->dilation_w - w->pad_left;
                    dst[j] = j < p->count ? pixel(p, c, in_y, in_x) : 0.0f;
                }
                dst += p->width;
            }
        }
    }
}

/* The image element of lane j for the tap at `tap`; both pieces of a vector are disjoint. */
static double lane(const tern_conv_layout *l, const char *tap, int64_t j)
{
    enum { LANES = 8 };
    for (int64_t i = 0; i < TERN_CONV_PIECES; i++) {
        if ((l->lanes[j / LANES][i] >> (j % LANES) & 1u) != 0) {
            return (double)((const float *)(const void *)(tap + l->from[j / LANES][i]))[j % LANES];
        }
    }
    return 0.0;
}

static double convolve(const tern_gemm_f32 *t, const tern_conv_layout *l, int64_t rows, int64_t i,
                       int64_t j)
{
    const float *a = t->a + i;
    double sum = 0.0;
    for (int64_t c = 0; c < l->channels; c++) {
        for (int64_t k = 0; k < l->kernel_h * l->kernel_w; k++) {
            const int64_t r = k / l->kernel_w, s = k % l->kernel_w;
            const char *tap = (const char *)t->b + c * l->channel_step + r * l->row_step;
            sum += (double)*a * lane(l, tap + s * l->column_step, j);
            a += rows;
        }
    }
    return sum;
}

static void tile(const tern_gemm_f32 *t, const tern_conv_layout *l, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++) {
        float *c = (float *)(void *)((char *)t->c + (size_t)i * t->c_stride_bytes);
        for (int64_t j = 0; j < t->n; j++) {
            tern_gemm_f32_finish_ref(t, i, j, convolve(t, l, rows, i, j), c + j);
        }
    }
}

#define TILE(m)                                                                                    \
    void tern_conv_f32_##m##x8_ref(const tern_gemm_f32 *t, const tern_conv_layout *l)              \
    {                                                                                              \
        tile(t, l, m);                                                                             \
    }

TILE(1)
TILE(2)
TILE(3)
TILE(4)
