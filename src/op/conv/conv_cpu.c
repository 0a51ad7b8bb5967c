/* SPDX-License-Identifier: Apache-2.0
 *
 * conv on the CPU: tiles of packed weights times windows.
 *
 *     weights   [group][tile][k][rows of the tile]       k counts (channel, tap) as the kernel does
 *     windows   [k block][columns], one lane per output pixel of one plane: a panel in scratch
 *               (im2col), or where they are in the image (direct)
 *     result    NCHW: rows of a tile are output channels, its columns neighbouring pixels
 *
 * A chunk is a few panels times a block of tiles.  Long sums are cut into blocks of channels whose
 * panel stays in L2.
 */
#include "op/conv/conv_cpu.h"

#include "base/alloc.h"

enum {
    K_BLOCK = 1024,       /* taps of one panel at most, unless one channel has more */
    CHUNKS_WANTED = 16,   /* where pixels give fewer, output channels are split too */
    CHUNK_COST = 1 << 18, /* multiply-adds that make a chunk worth handing out */
    TILES_WORTH = 4,      /* tiles that pay for gathering a panel again */
};

/* Where tiles read the windows. */
typedef enum form { FORM_im2col, FORM_direct } form;

static int32_t channel_axis(const tern_problem *p)
{
    tern_ints extents;
    const tern_spatial_spec spec = tern_conv_spec(p->attr, TERN_SPATIAL_CONV, &p->x[1], &extents);
    return p->y[0].rank - spec.kernel->count - 1;
}

static bool accepts_im2col(const tern_problem *p, const char **why_not)
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

/* Direct tiles step along image rows: windows have to be next to each other and inside.  Rules
   about the width alone, so that what holds for a profile's extents holds between them; what is
   left (padding above and below, three output rows under one vector) is gathered. */
static bool accepts_direct(const tern_problem *p, const char **why_not)
{
    enum { LEAST_WIDTH = 8 }; /* two output rows fill a vector */
    if (!accepts_im2col(p, why_not)) {
        return false;
    }
    tern_spatial s;
    tern_conv_resolve(p->attr, TERN_SPATIAL_CONV, p->x, p->y, &s);
    const tern_spatial_axis *w = &s.axis[2];
    if (s.axis[0].kernel != 1) {
        return tern_decline(why_not, "the window has three axes");
    }
    if (w->stride != 1) {
        return tern_decline(why_not, "windows step by more than one column");
    }
    if (w->pre > 0 || w->post > 0) {
        return tern_decline(why_not, "there is padding beside the image");
    }
    if (w->out < LEAST_WIDTH) {
        return tern_decline(why_not, "rows of the result are narrower than 8");
    }
    return true;
}

/* Width of the panels: that of the kernels that read the image, or the best one for the rows. */
static int32_t columns_of(form how, tern_isa isa, int64_t m)
{
    const tern_conv_kernel *k = tern_conv_kernels;
    while (how == FORM_direct && k->name != NULL && k->isa != isa) {
        k++;
    }
    return how == FORM_direct ? k->columns : tern_gemm_columns_for_rows(isa, m);
}

/* What follows from the kernel and the attributes alone. */
static void plan_of(const tern_problem *p, tern_isa isa, form how, tern_conv_run *r)
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
    r->family = tern_gemm_family_find(columns_of(how, isa, r->m));
    r->tiles = tern_row_tiles_of(r->m, r->family->most_rows);
    r->scratch_floats = tern_align_up((size_t)(r->channel_block * r->taps * r->family->columns),
                                      TERN_TENSOR_ALIGN / sizeof(float));
    for (int32_t i = 0; i < 2; i++) {
        r->in_place[i] = how == FORM_direct
                             ? tern_conv_find(r->tiles.rows - i, r->family->columns, 1u << isa)
                             : NULL;
    }
}

static size_t scratch(const tern_problem *p, tern_isa isa, form how)
{
    tern_conv_run r;
    plan_of(p, isa, how, &r);
    return r.scratch_floats * sizeof(float) * (size_t)p->threads;
}

static size_t packed_bytes(const tern_problem *p, tern_isa isa, form how)
{
    tern_conv_run r;
    plan_of(p, isa, how, &r);
    return (size_t)(r.groups * r.m * r.k) * sizeof(float);
}

static void pack(const tern_problem *p, void *dst, tern_isa isa, form how)
{
    tern_conv_run r;
    plan_of(p, isa, how, &r);
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

/* One tile over one block of channels. */
static void run_tile(const tern_conv_run *r, const tern_conv_pixels *at, int64_t tile,
                     const tern_conv_block *block)
{
    const int32_t rows = tern_row_tile_rows(&r->tiles, tile);
    const int64_t channel = at->group * r->m + tern_row_tile_first(&r->tiles, tile);
    const int64_t offset = (at->image * r->s.out_channels + channel) * r->out_volume +
                           at->depth * r->plane + at->first;
    const bool is_last = block->first + block->count == r->channels;
    const tern_epilogue *e = &r->epilogue;
    tern_gemm_f32 t = r->tile;
    t.k = block->count * r->taps;
    t.n = at->count;
    t.flags = (block->first > 0 ? TERN_GEMM_ACCUMULATE : 0u) | (is_last ? r->tile.flags : 0u);
    t.a = r->weights + channel * r->k + block->first * r->taps * rows;
    t.b = block->b;
    t.c = r->y + offset;
    t.bias = r->bias != NULL ? r->bias + channel : NULL;
    t.residual = e->residual != NULL ? e->residual + offset : NULL;
    if (block->is_in_place) {
        r->in_place[r->tiles.rows - rows]->run(&t, &block->layout);
    } else {
        r->family->by_rows[rows]->packed(&t);
    }
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

static void run_pixels(const tern_conv_run *r, const tern_conv_pixels *at, int64_t first_tile,
                       int64_t end_tile, tern_conv_block *block)
{
    tern_conv_block_begin(r, at, block);
    for (int64_t c = 0; c < r->channels; c += r->channel_block) {
        const int64_t left = r->channels - c;
        block->first = c;
        block->count = left < r->channel_block ? left : r->channel_block;
        tern_conv_block_load(r, at, block);
        for (int64_t tile = first_tile; tile < end_tile; tile++) {
            run_tile(r, at, tile, block);
        }
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    const tern_conv_run *r = arg;
    float *panel = r->scratch + (size_t)participant * r->scratch_floats;
    const int64_t first_tile = chunk % r->tile_blocks * r->tiles_per_block;
    const int64_t end_tile = least(first_tile + r->tiles_per_block, r->tiles.count);
    chunk /= r->tile_blocks;
    const int64_t first = chunk % r->panel_groups * r->panels_per_chunk;
    const int64_t end = least(first + r->panels_per_chunk, r->panels);
    chunk /= r->panel_groups;
    tern_conv_pixels at = {.depth = chunk % r->s.axis[0].out};
    chunk /= r->s.axis[0].out;
    at.group = chunk % r->groups;
    at.image = chunk / r->groups;
    tern_conv_block block;
    tern_conv_block_init(r, panel, &block);
    for (int64_t i = first; i < end; i++) {
        at.first = i * r->family->columns;
        at.count = (int32_t)least(r->plane - at.first, r->family->columns);
        run_pixels(r, &at, first_tile, end_tile, &block);
    }
}

/* Cuts the work; the number of chunks.  All panels of a plane are about as many to a chunk. */
static int64_t cut(tern_conv_run *r)
{
    r->panels = tern_ceil_div(r->plane, r->family->columns);
    const int64_t planes = r->s.batch * r->groups * r->s.axis[0].out;
    if (planes * r->panels == 0) {
        return 0;
    }
    const double panel_cost = (double)r->m * (double)r->k * r->family->columns;
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

/* The geometry of a plane and of the whole, and what follows from it for a tile. */
static void set_extents(tern_conv_run *r)
{
    const tern_spatial_axis *h = &r->s.axis[1], *w = &r->s.axis[2];
    r->window = (tern_window){.in_h = h->in,
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
    r->in_plane = h->in * w->in;
    r->in_volume = r->s.axis[0].in * r->in_plane;
    r->plane = h->out * w->out;
    r->out_volume = r->s.axis[0].out * r->plane;
}

static void set_tile(tern_conv_run *r)
{
    const tern_epilogue *e = &r->epilogue;
    const size_t stride_bytes = (size_t)r->out_volume * sizeof(float);
    r->tile = (tern_gemm_f32){
        .flags = (r->bias != NULL ? TERN_GEMM_BIAS_M : 0u) | tern_epilogue_tile_flags(e),
        .c_stride_bytes = stride_bytes,
        .residual_stride_bytes = stride_bytes,
        .lo = e->lo,
        .hi = e->hi,
    };
}

static tern_status run(const tern_launch *l, tern_isa isa, form how)
{
    const tern_problem *p = l->problem;
    tern_conv_run r;
    plan_of(p, isa, how, &r);
    set_extents(&r);
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
    set_tile(&r);
    tern_run_chunks(l->team, cut(&r), run_chunk, &r);
    return TERN_OK;
}

/* clang-format off */
#define FUNCTIONS(form, token)                                                                    \
    TERN_BUILT_##token(                                                                           \
        static size_t scratch_##form##_##token(const tern_problem *p)                             \
        {                                                                                         \
            return scratch(p, TERN_ISA_##token, FORM_##form);                                     \
        }                                                                                         \
        static size_t packed_bytes_##form##_##token(const tern_problem *p)                        \
        {                                                                                         \
            return packed_bytes(p, TERN_ISA_##token, FORM_##form);                                \
        }                                                                                         \
        static void pack_##form##_##token(const tern_problem *p, void *dst)                       \
        {                                                                                         \
            pack(p, dst, TERN_ISA_##token, FORM_##form);                                          \
        }                                                                                         \
        static tern_status run_##form##_##token(const tern_launch *l)                             \
        {                                                                                         \
            return run(l, TERN_ISA_##token, FORM_##form);                                         \
        })

#define TACTIC(form, token)                                                                       \
    TERN_BUILT_##token({.name = "conv_" #form "_" #token,                                         \
                        .isa = TERN_ISA_##token, .accepts = accepts_##form,                       \
                        .scratch = scratch_##form##_##token,                                      \
                        .packed_bytes = packed_bytes_##form##_##token,                            \
                        .pack = pack_##form##_##token,                                            \
                        .packs = 1u << 1,                                                         \
                        .run = run_##form##_##token},)

/* Each level that conv.def has tiles for is there twice. */
#define EACH(WHAT)                                                                                \
    WHAT(direct, avx512)                                                                          \
    WHAT(im2col, avx512)                                                                          \
    WHAT(im2col, avx2)                                                                            \
    WHAT(im2col, ref)                                                                             \
    WHAT(direct, ref)

EACH(FUNCTIONS)

const tern_tactic tern_cpu_conv[] = {
    EACH(TACTIC)
    {.name = NULL},
};
/* clang-format on */
