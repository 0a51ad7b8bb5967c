/* SPDX-License-Identifier: Apache-2.0
 *
 * pool on the CPU: maximum and average of planes by the plane kernels; a chunk is a few planes.
 */
#include "op/gemm/gemm_cpu.h"
#include "op/pool/pool.h"

static int32_t channel_axis(const tern_problem *p)
{
    const tern_pool_attr *a = p->attr;
    return p->y[0].rank - a->kernel.count - 1;
}

static bool accepts(const tern_problem *p, const char **why_not)
{
    const tern_pool_attr *a = p->attr;
    if (p->x[0].dtype != TERN_DTYPE_F32) {
        return tern_decline(why_not, "the input is not f32");
    }
    if (a->type == TERN_POOL_TYPE_MAX_AVERAGE_BLEND) {
        return tern_decline(why_not, "blends have no kernel");
    }
    if (a->type == TERN_POOL_TYPE_LP) {
        return tern_decline(why_not, "p-norms have no kernel");
    }
    for (int32_t i = 0; i < a->dilation.count; i++) {
        if (a->dilation.v[i] != 1) {
            return tern_decline(why_not, "the window has gaps");
        }
    }
    const tern_spatial_spec spec = tern_pool_spec(a);
    tern_spatial s;
    tern_spatial_resolve(&spec, &p->x[0], &p->y[0], &s);
    const tern_spatial_axis *depth = &s.axis[0];
    if (depth->kernel != 1 || depth->stride != 1 || depth->in != depth->out) {
        return tern_decline(why_not, "the window has three axes");
    }
    return tern_epilogue_accepts(p, channel_axis(p), why_not);
}

/* One call: what the chunks read. */
typedef struct pool_run {
    tern_pool_f32 plane; /* without the addresses */
    const tern_pool_kernel *kernel;
    const float *x;
    float *y;
    int64_t planes, planes_per_chunk, channels, depth;
    tern_epilogue epilogue;
} pool_run;

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    (void)participant;
    const pool_run *r = arg;
    tern_pool_f32 job = r->plane;
    const int64_t in_area = job.window.in_h * job.window.in_w,
                  out_area = job.window.out_h * job.window.out_w;
    const int64_t first = chunk * r->planes_per_chunk;
    const int64_t end =
        first + r->planes_per_chunk < r->planes ? first + r->planes_per_chunk : r->planes;
    for (int64_t i = first; i < end; i++) {
        job.src = r->x + i * in_area;
        job.dst = r->y + i * out_area;
        r->kernel->run(&job);
        if (r->epilogue.kind != TERN_EPILOGUE_NONE) {
            const tern_epilogue_area area = {
                .c = job.dst,
                .c_stride_bytes = (size_t)out_area * sizeof(float),
                .rows = 1,
                .columns = out_area,
                .channel = i / r->depth % r->channels,
                .offset = i * out_area,
            };
            tern_epilogue_run_any(&r->epilogue, &area);
        }
    }
}

static tern_status run(const tern_launch *l, tern_isa isa)
{
    enum { CHUNK_COST = 1 << 17 };
    const tern_problem *p = l->problem;
    const tern_pool_attr *a = p->attr;
    const tern_spatial_spec spec = tern_pool_spec(a);
    tern_spatial s;
    tern_spatial_resolve(&spec, &p->x[0], &p->y[0], &s);
    const tern_spatial_axis *h = &s.axis[1], *w = &s.axis[2];
    pool_run r = {
        .plane = {.window = {.in_h = h->in,
                             .in_w = w->in,
                             .out_h = h->out,
                             .out_w = w->out,
                             .kernel_h = h->kernel,
                             .kernel_w = w->kernel,
                             .stride_h = h->stride,
                             .stride_w = w->stride,
                             .dilation_h = 1,
                             .dilation_w = 1,
                             .pad_top = h->pre,
                             .pad_left = w->pre},
                  .pad_bottom = h->post,
                  .pad_right = w->post,
                  .src_row_stride_bytes = (size_t)w->in * sizeof(float),
                  .dst_row_stride_bytes = (size_t)w->out * sizeof(float),
                  .row_count = h->out,
                  .count_padding = a->exclude_padding == 0},
        .kernel = tern_pool_find(a->type == TERN_POOL_TYPE_AVERAGE, 1u << isa),
        .x = l->x[0],
        .y = l->y[0],
        .planes = s.batch * s.in_channels * s.axis[0].out,
        .channels = s.in_channels,
        .depth = s.axis[0].out,
    };
    if (r.planes == 0) {
        return TERN_OK;
    }
    tern_epilogue_prepare(l, channel_axis(p), TERN_EPILOGUE_CHANNEL_IS_ROW, isa, &r.epilogue);
    const int64_t plane_cost = h->out * w->out * h->kernel * w->kernel + 1;
    r.planes_per_chunk = CHUNK_COST / plane_cost + 1;
    tern_run_chunks(l->team, tern_ceil_div(r.planes, r.planes_per_chunk), run_chunk, &r);
    return TERN_OK;
}

#include "op/for_each_isa.h"

/* clang-format off */
#define PLANE(token)                                                                              \
    TERN_BUILT_##token({.name = "pool_plane_" #token,                                             \
                        .isa = TERN_ISA_##token, .accepts = accepts,                              \
                        .run = run_##token},)

const tern_tactic tern_cpu_pool[] = {
    PLANE(avx512)
    PLANE(avx2)
    PLANE(ref)
    {.name = NULL},
};
/* clang-format on */
