/* SPDX-License-Identifier: Apache-2.0 */
/* conv_layout.c: where the pixels of a convolution tile lie in the image, worked out once per tile
   position. */
#include "table.h"

/* The pixels at .. end - 1 of one output row, as a piece of vector v. */
static bool add_piece(const tern_im2col_f32 *p, int64_t pixel, int64_t at, int64_t end, int64_t v,
                      tern_conv_layout *out)
{
    const tern_window *w = &p->window;
    const int64_t y = pixel / w->out_w, x = pixel % w->out_w;
    const int64_t in_y = y * w->stride_h - w->pad_top, in_x = x - w->pad_left;
    const int64_t last_y = in_y + (w->kernel_h - 1) * w->dilation_h;
    const int64_t last_x = in_x + (end - at - 1) + (w->kernel_w - 1) * w->dilation_w;
    if (in_y < 0 || in_x < 0 || last_y >= w->in_h || last_x >= w->in_w) {
        return false;
    }
    int64_t slot = 0;
    while (slot < TERN_CONV_PIECES && out->lanes[v][slot] != 0) {
        slot++;
    }
    if (slot == TERN_CONV_PIECES) {
        return false;
    }
    const int64_t row = (int64_t)p->src_row_stride_bytes;
    out->from[v][slot] = in_y * row + (in_x - at) * (int64_t)sizeof(float);
    out->lanes[v][slot] = ((1u << end) - 1u) & ~((1u << at) - 1u);
    return true;
}

bool tern_conv_layout_make(const tern_im2col_f32 *panel, int32_t lanes, tern_conv_layout *out)
{
    const tern_window *w = &panel->window;
    if (w->stride_w != 1 || panel->width > (int64_t)lanes * TERN_CONV_MOST_VECTORS) {
        return false;
    }
    *out = (tern_conv_layout){
        .channels = panel->channels,
        .kernel_h = w->kernel_h,
        .kernel_w = w->kernel_w,
        .channel_step = (int64_t)panel->src_channel_stride_bytes,
        .row_step = w->dilation_h * (int64_t)panel->src_row_stride_bytes,
        .column_step = w->dilation_w * (int64_t)sizeof(float),
    };
    for (int64_t j = 0; j < panel->count;) {
        const int64_t pixel = panel->first + j, room = w->out_w - pixel % w->out_w;
        const int64_t at = j % lanes, left = panel->count - j;
        int64_t run = lanes - at;
        run = run < room ? run : room;
        run = run < left ? run : left;
        if (!add_piece(panel, pixel, at, at + run, j / lanes, out)) {
            return false;
        }
        j += run;
    }
    return true;
}
