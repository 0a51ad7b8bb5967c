/* SPDX-License-Identifier: Apache-2.0 */
/* conv_layout.c: where the pixels of a convolution tile lie in the image. Worked out for every tile
   position, so it divides once. */
#include "table.h"

/* Pixels that share a vector and an output row: lanes at .. end - 1, the first at (y, x). */
typedef struct piece {
    int64_t y, x;
    int64_t at, end;
} piece;

static bool is_inside(const tern_window *w, const piece *g, int64_t in_y, int64_t in_x)
{
    const int64_t last_y = in_y + (w->kernel_h - 1) * w->dilation_h;
    const int64_t last_x = in_x + (g->end - g->at - 1) + (w->kernel_w - 1) * w->dilation_w;
    return in_y >= 0 && in_x >= 0 && last_y < w->in_h && last_x < w->in_w;
}

/* As piece `slot` of vector v. */
static bool add_piece(const tern_im2col_f32 *p, const piece *g, int64_t v, int64_t slot,
                      tern_conv_layout *out)
{
    const tern_window *w = &p->window;
    const int64_t in_y = g->y * w->stride_h - w->pad_top, in_x = g->x - w->pad_left;
    if (slot >= TERN_CONV_PIECES || !is_inside(w, g, in_y, in_x)) {
        return false;
    }
    const int64_t row = (int64_t)p->src_row_stride_bytes;
    out->from[v][slot] = in_y * row + (in_x - g->at) * (int64_t)sizeof(float);
    out->lanes[v][slot] = ((1u << g->end) - 1u) & ~((1u << g->at) - 1u);
    return true;
}

bool tern_conv_layout_make(const tern_im2col_f32 *panel, int32_t lanes, tern_conv_layout *out)
{
    const tern_window *w = &panel->window;
    if (w->stride_w != 1 || panel->width > (int64_t)lanes * TERN_CONV_MOST_VECTORS) {
        return false;
    }
    out->channels = panel->channels;
    out->kernel_h = w->kernel_h;
    out->kernel_w = w->kernel_w;
    out->channel_step = (int64_t)panel->src_channel_stride_bytes;
    out->row_step = w->dilation_h * (int64_t)panel->src_row_stride_bytes;
    out->column_step = w->dilation_w * (int64_t)sizeof(float);
    for (int64_t i = 0; i < TERN_CONV_MOST_VECTORS * TERN_CONV_PIECES; i++) {
        out->from[i / TERN_CONV_PIECES][i % TERN_CONV_PIECES] = 0;
        out->lanes[i / TERN_CONV_PIECES][i % TERN_CONV_PIECES] = 0;
    }
    int64_t left = panel->count;
    piece g = {.y = left > 0 ? panel->first / w->out_w : 0};
    g.x = panel->first - g.y * w->out_w;
    for (int64_t v = 0; left > 0; v++) {
        const int64_t end = left < lanes ? left : lanes;
        g.at = 0;
        for (int64_t slot = 0; g.at < end; slot++) {
            const int64_t room = w->out_w - g.x;
            g.end = end - g.at < room ? end : g.at + room;
            if (!add_piece(panel, &g, v, slot, out)) {
                return false;
            }
            g.x += g.end - g.at;
            g.y += g.x == w->out_w;
            g.x = g.x == w->out_w ? 0 : g.x;
            g.at = g.end;
        }
        left -= end;
    }
    return true;
}
