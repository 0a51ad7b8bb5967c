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

void tern_conv_block_init(const tern_conv_run *r, float *panel, tern_conv_block *out)
{
    out->panel = (tern_im2col_f32){
        .window = r->window,
        .src_channel_stride_bytes = (size_t)r->in_volume * sizeof(float),
        .src_row_stride_bytes = (size_t)r->window.in_w * sizeof(float),
        .dst = panel,
        .width = r->family->columns,
    };
}

void tern_conv_block_begin(const tern_conv_run *r, const tern_conv_pixels *at,
                           tern_conv_block *block)
{
    block->panel.first = at->first;
    block->panel.count = at->count;
    block->is_in_place =
        r->in_place[0] != NULL && flat_plane(r, at) >= 0 &&
        tern_conv_layout_make(&block->panel, r->in_place[0]->lanes, &block->layout);
}

/* Kernels with depth: plane by plane, some of which may be padding. */
static void gather_planes(const tern_conv_run *r, const tern_conv_pixels *at,
                          const tern_conv_block *block)
{
    const tern_spatial_axis *depth = &r->s.axis[0];
    const int64_t rows = r->plane_taps * r->family->columns;
    tern_im2col_f32 job = block->panel;
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

void tern_conv_block_load(const tern_conv_run *r, const tern_conv_pixels *at,
                          tern_conv_block *block)
{
    const int64_t z = flat_plane(r, at);
    block->b = block->panel.dst;
    if (block->is_in_place) {
        block->layout.channels = block->count;
        block->b = image_plane(r, at, block->first, z);
    } else if (r->s.axis[0].kernel == 1 && z >= 0) {
        block->panel.channels = block->count;
        block->panel.src = image_plane(r, at, block->first, z);
        r->im2col(&block->panel);
    } else {
        gather_planes(r, at, block);
    }
}
