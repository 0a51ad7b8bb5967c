/* SPDX-License-Identifier: Apache-2.0
 *
 * conv on the CPU: windows gathered into panels (im2col), times packed weights.
 *
 *     weights   [group][tile][k][rows of the tile]       k counts (channel, tap) as the kernel does
 *     panel     [k block][columns], one lane per output pixel of one plane; in scratch
 *     result    NCHW: rows of a tile are output channels, its columns neighbouring pixels
 *
 * A chunk is a few panels times a block of tiles.  Long sums are cut into blocks of channels whose
 * panel stays in L2.
 */
#include "base/alloc.h"
#include "op/conv/conv.h"
#include "op/gemm/gemm_cpu.h"

#include <string.h>

enum {
    K_BLOCK = 1024,       /* taps of one panel at most, unless one channel has more */
    CHUNKS_WANTED = 16,   /* where pixels give fewer, output channels are split too */
    CHUNK_COST = 1 << 18, /* multiply-adds that make a chunk worth handing out */
    TILES_WORTH = 4,      /* tiles that pay for gathering a panel again */
};

/* One call: everything the chunks read. */
typedef struct conv_run {
    tern_spatial s;
    tern_window window;
    int64_t groups, channels, m; /* channels in and out of one group */
    int64_t plane_taps;          /* of one plane of a kernel */
    int64_t taps, k;             /* of one channel, of all channels of a group */
    int64_t channel_block;
    int64_t plane;                                  /* output pixels of one depth */
    int64_t panels, panels_per_chunk, panel_groups; /* of one plane */
    int64_t tile_blocks, tiles_per_block;
    tern_row_tiles tiles;
    tern_gemm_family family;
    void (*im2col)(const tern_im2col_f32 *panel);
    const float *x, *weights, *bias;
    float *y;
    float *scratch;
    size_t scratch_floats; /* per participant */
    tern_epilogue epilogue;
} conv_run;

static int32_t channel_axis(const tern_problem *p)
{
    tern_ints extents;
    const tern_spatial_spec spec = tern_conv_spec(p->attr, TERN_SPATIAL_CONV, &p->x[1], &extents);
    return p->y[0].rank - spec.kernel->count - 1;
}

static bool accepts(const tern_problem *p, const char **why_not)
{
    for (int32_t i = 0; i < p->own_count; i++) {
        if (p->x[i].dtype != TERN_DTYPE_F32 && p->x[i].dtype != 0) {
            return tern_decline(why_not, "operands are not f32");
        }
    }
    if (p->x_data == NULL || p->x_data[1] == NULL) {
        return tern_decline(why_not, "the kernel is not constant");
    }
    return tern_epilogue_accepts(p, channel_axis(p), why_not);
}

/* What follows from the kernel and the attributes alone. */
static void plan_of(const tern_problem *p, tern_isa isa, conv_run *r)
{
    const tern_conv_attr *a = p->attr;
    tern_conv_resolve(a, TERN_SPATIAL_CONV, p->x, p->y, &r->s);
    r->groups = a->groups;
    r->channels = r->s.in_channels / a->groups;
    r->m = r->s.out_channels / a->groups;
    r->plane_taps = r->s.axis[1].kernel * r->s.axis[2].kernel;
    r->taps = r->s.axis[0].kernel * r->plane_taps;
    r->k = r->channels * r->taps;
    r->channel_block = r->taps < K_BLOCK ? K_BLOCK / r->taps : 1;
    r->channel_block = r->channel_block < r->channels ? r->channel_block : r->channels;
    tern_gemm_family_find(isa, tern_gemm_columns_for_rows(isa, r->m), &r->family);
    r->tiles = tern_row_tiles_of(r->m, r->family.most_rows);
    r->scratch_floats = tern_align_up((size_t)(r->channel_block * r->taps * r->family.columns),
                                      TERN_TENSOR_ALIGN / sizeof(float));
}

static size_t scratch(const tern_problem *p, tern_isa isa)
{
    conv_run r;
    plan_of(p, isa, &r);
    return r.scratch_floats * sizeof(float) * (size_t)p->threads;
}

static size_t packed_bytes(const tern_problem *p, tern_isa isa)
{
    conv_run r;
    plan_of(p, isa, &r);
    return (size_t)(r.groups * r.m * r.k) * sizeof(float);
}

static void pack(const tern_problem *p, void *dst, tern_isa isa)
{
    conv_run r;
    plan_of(p, isa, &r);
    const tern_pack_kernel *columns = tern_pack_find(true, 1u << isa);
    for (int64_t g = 0; g < r.groups; g++) {
        for (int64_t t = 0; t < r.tiles.count; t++) {
            const int64_t first = (g * r.m + tern_row_tile_first(&r.tiles, t)) * r.k;
            const int32_t rows = tern_row_tile_rows(&r.tiles, t);
            const tern_pack_f32 strip = {
                .dst = (float *)dst + first,
                .src = (const float *)p->x_data[1] + first,
                .src_stride_bytes = (size_t)r.k * sizeof(float),
                .k = r.k,
                .count = rows,
                .width = rows,
            };
            columns->run(&strip);
        }
    }
}

/* Where a panel is. */
typedef struct place {
    int64_t image, group, depth, first_pixel;
    int32_t pixels;
} place;

/* Gathers the windows of channels first .. first + count - 1 of the group. */
static void fill_panel(const conv_run *r, const place *at, int64_t first, int64_t count,
                       float *panel)
{
    const tern_spatial_axis *depth = &r->s.axis[0];
    const int64_t in_plane = r->window.in_h * r->window.in_w, in_volume = depth->in * in_plane;
    const float *x = r->x + ((at->image * r->groups + at->group) * r->channels + first) * in_volume;
    tern_im2col_f32 job = {
        .window = r->window,
        .channels = count,
        .src = x,
        .src_channel_stride_bytes = (size_t)in_volume * sizeof(float),
        .src_row_stride_bytes = (size_t)r->window.in_w * sizeof(float),
        .dst = panel,
        .first = at->first_pixel,
        .count = at->pixels,
        .width = r->family.columns,
    };
    if (depth->in == 1 && depth->kernel == 1 && depth->out == 1 && depth->pre == 0) { /* 2-D */
        r->im2col(&job);
        return;
    }
    const int64_t rows = r->plane_taps * r->family.columns;
    job.channels = 1;
    for (int64_t c = 0; c < count; c++) {
        for (int64_t t = 0; t < depth->kernel; t++, job.dst += rows) {
            const int64_t z = tern_spatial_tap(depth, at->depth, t);
            if (z < 0 || z >= depth->in) {
                memset(job.dst, 0, (size_t)rows * sizeof(float));
                continue;
            }
            job.src = x + c * in_volume + z * in_plane;
            r->im2col(&job);
        }
    }
}

/* One tile over one block of channels. */
static void run_tile(const conv_run *r, const place *at, int64_t tile, int64_t first, int64_t count,
                     const float *panel)
{
    const int32_t rows = tern_row_tile_rows(&r->tiles, tile);
    const int64_t row = tern_row_tile_first(&r->tiles, tile), channel = at->group * r->m + row;
    const int64_t out_volume = r->s.axis[0].out * r->plane;
    const int64_t offset = (at->image * r->s.out_channels + channel) * out_volume +
                           at->depth * r->plane + at->first_pixel;
    const bool is_last = first + count == r->channels;
    tern_gemm_f32 t = {
        .k = count * r->taps,
        .n = at->pixels,
        .flags = first > 0 ? TERN_GEMM_ACCUMULATE : 0u,
        .a = r->weights + channel * r->k + first * r->taps * rows,
        .b = panel,
        .c = r->y + offset,
        .c_stride_bytes = (size_t)out_volume * sizeof(float),
    };
    const tern_epilogue *e = &r->epilogue;
    if (is_last) {
        t.flags |= (r->bias != NULL ? TERN_GEMM_BIAS_M : 0u) | tern_epilogue_tile_flags(e);
        t.bias = r->bias != NULL ? r->bias + channel : NULL;
        t.residual = (t.flags & TERN_GEMM_RESIDUAL) != 0 ? e->residual + offset : NULL;
        t.residual_stride_bytes = t.c_stride_bytes;
        t.lo = e->lo;
        t.hi = e->hi;
    }
    r->family.by_rows[rows]->packed(&t);
    if (is_last && e->kind == TERN_EPILOGUE_TILE) {
        const tern_epilogue_area area = {
            .c = t.c,
            .c_stride_bytes = t.c_stride_bytes,
            .rows = rows,
            .columns = t.n,
            .channel = channel,
            .offset = offset,
        };
        tern_epilogue_run(e, &area);
    }
}

static void run_panel(const conv_run *r, const place *at, int64_t first_tile, int64_t end_tile,
                      float *panel)
{
    for (int64_t c = 0; c < r->channels; c += r->channel_block) {
        const int64_t left = r->channels - c;
        const int64_t count = left < r->channel_block ? left : r->channel_block;
        fill_panel(r, at, c, count, panel);
        for (int64_t tile = first_tile; tile < end_tile; tile++) {
            run_tile(r, at, tile, c, count, panel);
        }
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    const conv_run *r = arg;
    float *panel = r->scratch + (size_t)participant * r->scratch_floats;
    const int64_t first_tile = chunk % r->tile_blocks * r->tiles_per_block;
    const int64_t end_tile = least(first_tile + r->tiles_per_block, r->tiles.count);
    chunk /= r->tile_blocks;
    const int64_t first = chunk % r->panel_groups * r->panels_per_chunk;
    const int64_t end = least(first + r->panels_per_chunk, r->panels);
    chunk /= r->panel_groups;
    place at = {.depth = chunk % r->s.axis[0].out};
    chunk /= r->s.axis[0].out;
    at.group = chunk % r->groups;
    at.image = chunk / r->groups;
    for (int64_t i = first; i < end; i++) {
        at.first_pixel = i * r->family.columns;
        at.pixels = (int32_t)least(r->plane - at.first_pixel, r->family.columns);
        run_panel(r, &at, first_tile, end_tile, panel);
    }
}

/* Cuts the work; the number of chunks.  All panels of a plane are about as many to a chunk. */
static int64_t cut(conv_run *r)
{
    r->plane = r->window.out_h * r->window.out_w;
    r->panels = tern_ceil_div(r->plane, r->family.columns);
    const int64_t planes = r->s.batch * r->groups * r->s.axis[0].out;
    if (planes * r->panels == 0) {
        return 0;
    }
    const double panel_cost = (double)r->m * (double)r->k * r->family.columns;
    const int64_t wanted =
        panel_cost < CHUNK_COST ? (int64_t)(CHUNK_COST / (panel_cost + 1.0)) + 1 : 1;
    r->panel_groups = tern_ceil_div(r->panels, wanted);
    r->panels_per_chunk = tern_ceil_div(r->panels, r->panel_groups);
    r->panel_groups = tern_ceil_div(r->panels, r->panels_per_chunk);
    const int64_t most = r->tiles.count / TILES_WORTH > 1 ? r->tiles.count / TILES_WORTH : 1;
    r->tile_blocks = least(tern_ceil_div(CHUNKS_WANTED, planes * r->panels), most);
    r->tiles_per_block = tern_ceil_div(r->tiles.count, r->tile_blocks);
    r->tile_blocks = tern_ceil_div(r->tiles.count, r->tiles_per_block);
    return planes * r->panel_groups * r->tile_blocks;
}

static tern_status run(const tern_launch *l, tern_isa isa)
{
    const tern_problem *p = l->problem;
    conv_run r;
    plan_of(p, isa, &r);
    const tern_spatial_axis *h = &r.s.axis[1], *w = &r.s.axis[2];
    r.window = (tern_window){.in_h = h->in,
                             .in_w = w->in,
                             .out_h = h->out,
                             .out_w = w->out,
                             .kernel_h = h->kernel,
                             .kernel_w = w->kernel,
                             .stride_h = h->stride,
                             .stride_w = w->stride,
                             .dilation_h = h->dilation,
                             .dilation_w = w->dilation,
                             .pad_top = h->pre,
                             .pad_left = w->pre};
    r.x = l->x[0];
    r.y = l->y[0];
    r.weights = l->packed;
    r.bias = p->own_count > 2 ? l->x[2] : NULL;
    r.scratch = l->scratch;
    r.im2col = tern_im2col_find(1u << isa)->run;
    const uint32_t takes_bias = r.bias == NULL ? TERN_EPILOGUE_TAKES_BIAS : 0;
    tern_epilogue_prepare(l, channel_axis(p), TERN_EPILOGUE_CHANNEL_IS_ROW | takes_bias, isa,
                          &r.epilogue);
    r.bias = r.bias != NULL ? r.bias : r.epilogue.bias;
    tern_run_chunks(l->team, cut(&r), run_chunk, &r);
    return TERN_OK;
}

#define TERN_ISA_SCRATCH
#define TERN_ISA_PACKS
#include "op/for_each_isa.h"

/* clang-format off */
#define IM2COL(token)                                                                             \
    TERN_BUILT_##token({.name = "conv_im2col_" #token,                                            \
                        .isa = TERN_ISA_##token, .accepts = accepts,                              \
                        .scratch = scratch_##token,                                               \
                        .packed_bytes = packed_bytes_##token, .pack = pack_##token,               \
                        .packs = 1u << 1,                                                         \
                        .run = run_##token},)

const tern_tactic tern_cpu_conv[] = {
    IM2COL(avx512)
    IM2COL(avx2)
    IM2COL(ref)
    {.name = NULL},
};
/* clang-format on */
