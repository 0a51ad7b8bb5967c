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
