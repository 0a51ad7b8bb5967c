/* SPDX-License-Identifier: Apache-2.0
 *
 * The windows of a run of output pixels: read in the image where a kernel can, else gathered into a
 * panel [channel, tap][columns].
 */
#include "op/conv/conv_cpu.h"

#include <string.h>

/* Input plane z of channel `first` of the group. */
static const float *image_plane(const tern_conv_run *r, const tern_conv_pixels *at, int64_t first,
                                int64_t z)
{
    const int64_t channel = (at->image * r->groups + at->group) * r->channels + first;
    return r->x + channel * r->in_volume + z * r->in_plane;
}

/* The one input plane under these pixels, when kernels are flat; -1 when it is padding. */
static int64_t flat_plane(const tern_conv_run *r, const tern_conv_pixels *at)
{
    const int64_t z = tern_spatial_tap(&r->s.axis[0], at->depth, 0);
    return z < r->s.axis[0].in ? z : -1;
}

static tern_im2col_f32 panel_of(const tern_conv_run *r, const tern_conv_pixels *at)
{
    return (tern_im2col_f32){
        .window = r->window,
        .channels = r->channels,
        .src_channel_stride_bytes = (size_t)r->in_volume * sizeof(float),
        .src_row_stride_bytes = (size_t)r->window.in_w * sizeof(float),
        .first = at->first,
        .count = at->count,
        .width = r->family->columns,
    };
}

void tern_conv_block_begin(const tern_conv_run *r, const tern_conv_pixels *at, tern_conv_block *out)
{
    out->is_in_place = false;
    if (r->in_place[0] != NULL && flat_plane(r, at) >= 0) {
        const tern_im2col_f32 panel = panel_of(r, at);
        out->is_in_place = tern_conv_layout_make(&panel, r->in_place[0]->lanes, &out->layout);
    }
}

static void gather(const tern_conv_run *r, const tern_conv_pixels *at, const tern_conv_block *block,
                   float *dst)
{
    const tern_spatial_axis *depth = &r->s.axis[0];
    const int64_t rows = r->plane_taps * r->family->columns;
    const bool is_flat = depth->kernel == 1 && flat_plane(r, at) >= 0;
    tern_im2col_f32 job = panel_of(r, at);
    job.dst = dst;
    if (is_flat) {
        job.channels = block->count;
        job.src = image_plane(r, at, block->first, flat_plane(r, at));
        r->im2col(&job);
        return;
    }
    job.channels = 1;
    for (int64_t c = 0; c < block->count; c++) {
        for (int64_t t = 0; t < depth->kernel; t++, job.dst += rows) {
            const int64_t z = tern_spatial_tap(depth, at->depth, t);
            if (z < 0 || z >= depth->in) {
                memset(job.dst, 0, (size_t)rows * sizeof(float));
                continue;
            }
            job.src = image_plane(r, at, block->first + c, z);
            r->im2col(&job);
        }
    }
}

void tern_conv_block_load(const tern_conv_run *r, const tern_conv_pixels *at, float *panel,
                          tern_conv_block *block)
{
    if (block->is_in_place) {
        block->layout.channels = block->count;
        block->b = image_plane(r, at, block->first, flat_plane(r, at));
        return;
    }
    gather(r, at, block, panel);
    block->b = panel;
}
