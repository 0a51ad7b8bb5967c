/* SPDX-License-Identifier: Apache-2.0
 *
 * One call of conv on the CPU, and where the tiles of it read the windows: in a panel gathered from
 * the image (im2col), or in the image itself.
 */
#ifndef TERN_OP_CONV_CONV_CPU_H
#define TERN_OP_CONV_CONV_CPU_H

#include "op/conv/conv.h"
#include "op/gemm/gemm_cpu.h"

/* What the chunks of a call read. */
typedef struct tern_conv_run {
    tern_spatial s;
    tern_window window;
    int64_t groups, channels, m; /* channels in and out of one group */
    int64_t plane_taps;          /* of one plane of a kernel */
    int64_t taps, k;             /* of one channel, of all channels of a group */
    int64_t channel_block;
    int64_t in_plane, in_volume;                    /* input pixels of one depth, of all */
    int64_t plane, out_volume;                      /* output pixels, likewise */
    int64_t panels, panels_per_chunk, panel_groups; /* of one plane */
    int64_t tile_blocks, tiles_per_block;
    tern_row_tiles tiles;
    const tern_gemm_family *family;
    const tern_conv_kernel *in_place[2]; /* with tiles.rows rows, one less; NULL: always gather */
    void (*im2col)(const tern_im2col_f32 *panel);
    const float *x, *weights, *bias;
    float *y;
    float *scratch;
    size_t scratch_floats; /* per participant */
    tern_gemm_f32 tile;    /* what all tiles share; its flags are for the last block of channels */
    tern_epilogue epilogue;
} tern_conv_run;

/* The columns of a tile: a run of output pixels of one plane. */
typedef struct tern_conv_pixels {
    int64_t image, group, depth, first;
    int32_t count;
} tern_conv_pixels;

/* The rows of a tile's B: channels first .. first + count - 1 of the group. */
typedef struct tern_conv_block {
    int64_t first, count;
    const float *b; /* a panel; in place: channel `first` of the image */
    bool is_in_place;
    tern_conv_layout layout; /* in place only */
    tern_im2col_f32 panel;   /* what would be gathered, and where to */
} tern_conv_block;

/* Once for a chunk; `panel` is room for one. */
void tern_conv_block_init(const tern_conv_run *r, float *panel, tern_conv_block *out);

/* For each run of pixels: can its tiles read the image? */
void tern_conv_block_begin(const tern_conv_run *r, const tern_conv_pixels *at,
                           tern_conv_block *block);

/* For each block of its channels, `first` and `count` set: makes it ready for tiles. */
void tern_conv_block_load(const tern_conv_run *r, const tern_conv_pixels *at,
                          tern_conv_block *block);

#endif
