/* SPDX-License-Identifier: Apache-2.0
 *
 * matmul on the CPU.  Two ways: a right operand that is constant and the same for the whole batch
 * is packed when building; any other one is packed panel by panel as it is needed, a chunk being
 * one panel of one batch index.
 */
#include "op/gemm/gemm.h"
#include "op/gemm/gemm_cpu.h"

/* The axis of the result that runs along the columns of B; -1: B is a vector and there is none. */
static int32_t column_axis(const tern_problem *p)
{
    const tern_matmul_attr *a = p->attr;
    return a->op1 == TERN_MATRIX_OP_VECTOR ? -1 : p->y[0].rank - 1;
}

static bool all_f32(const tern_problem *p, const char **why_not)
{
    if (p->x[0].dtype != TERN_DTYPE_F32) {
        return tern_decline(why_not, "operands are not f32");
    }
    return tern_epilogue_accepts(p, column_axis(p), why_not);
}

static tern_matmul_shape shape_of(const tern_problem *p)
{
    tern_matmul_shape s;
    tern_matmul_resolve(p->attr, p->x, &s);
    return s;
}

/* One batch index after the other in A, each with rows of unit stride, and one B for all. */
static bool is_one_product(const tern_matmul_shape *s)
{
    int64_t step = s->m * s->k;
    for (int32_t i = s->batch_rank - 1; i >= 0; i--) {
        const bool is_dense = s->batch_dims[i] == 1 || s->a_batch_stride[i] == step;
        if (!is_dense || s->b_batch_stride[i] != 0) {
            return false;
        }
        step *= s->batch_dims[i];
    }
    return s->a_column_stride == 1 || s->k == 1;
}

/* ---- constant right operand ---- */

static bool accepts_panel(const tern_problem *p, const char **why_not)
{
    if (!all_f32(p, why_not)) {
        return false;
    }
    if (p->x_data == NULL || p->x_data[1] == NULL) {
        return tern_decline(why_not, "the right operand is not constant");
    }
    const tern_matmul_shape s = shape_of(p);
    if (!is_one_product(&s)) {
        return tern_decline(
            why_not,
            "not one product: the left operand is transposed or broadcast, or the right one "
            "has a batch");
    }
    return true;
}

/* k and n of the right operand alone: no extent of the left one may count. */
static size_t packed_bytes(const tern_problem *p, tern_isa isa)
{
    const tern_matmul_shape s = shape_of(p);
    return tern_gemm_panel_bytes(s.k, s.n, tern_gemm_columns(isa, s.n));
}

static void pack(const tern_problem *p, void *dst, tern_isa isa)
{
    const tern_matmul_shape s = shape_of(p);
    const tern_matmul_attr *a = p->attr;
    const tern_gemm_matrix b = {.k = s.k,
                                .n = s.n,
                                .src = p->x_data[1],
                                .is_transposed = a->op1 == TERN_MATRIX_OP_TRANSPOSE};
    tern_gemm_pack_panels(isa, tern_gemm_columns(isa, s.n), &b, dst);
}

static tern_status run(const tern_launch *l, tern_isa isa)
{
    const tern_problem *p = l->problem;
    const tern_matmul_shape s = shape_of(p);
    tern_epilogue epilogue;
    tern_epilogue_prepare(l, column_axis(p), TERN_EPILOGUE_TAKES_BIAS, isa, &epilogue);
    tern_gemm_job job = {
        .m = s.m * s.batch,
        .n = s.n,
        .k = s.k,
        .a = l->x[0],
        .a_stride_bytes = (size_t)s.k * sizeof(float),
        .b = l->packed,
        .c = l->y[0],
        .c_stride_bytes = (size_t)s.n * sizeof(float),
        .bias = epilogue.bias,
        .epilogue = &epilogue,
    };
    job.family = tern_gemm_family_find(tern_gemm_columns(isa, s.n));
    tern_gemm_run(&job, l->team);
    return TERN_OK;
}

#define TERN_ISA_PACKS
#include "op/for_each_isa.h"

/* ---- any right operand ---- */

enum {
    WIDEST_PANEL = 64,
    PANEL_FLOATS = TERN_GEMM_DEPTH * WIDEST_PANEL,
    STREAM_FLOATS = PANEL_FLOATS + TERN_GEMM_DEPTH * TERN_GEMM_MOST_ROWS
};

/* One call: what the chunks read. */
typedef struct stream_job {
    tern_matmul_shape s;
    const tern_gemm_family *family;
    tern_row_tiles tiles;
    const tern_pack_kernel *rows, *columns;
    bool packs_a; /* A lacks unit stride along k */
    int64_t panels;
    const float *a, *b;
    float *c;
    float *scratch; /* per participant: a block of a panel, then one of a tile of A */
    tern_epilogue epilogue;
} stream_job;

/* One pass of a panel: batch index, panel, block of depth. */
typedef struct stream_pass {
    const float *a, *panel;
    float *a_tile, *c;
    int64_t offset, first_column, k_first, k_count;
    int32_t columns;
    bool is_last;
} stream_pass;

static bool accepts_stream(const tern_problem *p, const char **why_not)
{
    return all_f32(p, why_not);
}

static size_t stream_scratch(const tern_problem *p, tern_isa isa)
{
    (void)isa;
    return (size_t)p->threads * STREAM_FLOATS * sizeof(float);
}

/* Packs `count` vectors of length k: element (k, j) lies at k * k_stride + j * j_stride, one of
   the strides being 1. */
static void pack_strip(const stream_job *r, tern_pack_f32 strip, int64_t k_stride, int64_t j_stride)
{
    const bool is_columns = k_stride == 1;
    strip.src_stride_bytes = (size_t)(is_columns ? j_stride : k_stride) * sizeof(float);
    (is_columns ? r->columns : r->rows)->run(&strip);
}

static void stream_tile(const stream_job *r, const stream_pass *pass, int64_t tile)
{
    const tern_matmul_shape *s = &r->s;
    const int32_t rows = tern_row_tile_rows(&r->tiles, tile);
    const int64_t row = tern_row_tile_first(&r->tiles, tile);
    const float *a = pass->a + row * s->a_row_stride + pass->k_first * s->a_column_stride;
    const tern_epilogue *e = &r->epilogue;
    const int64_t at = row * s->n + pass->first_column;
    tern_gemm_f32 t = {
        .k = pass->k_count,
        .n = pass->columns,
        .flags = (pass->k_first > 0 ? TERN_GEMM_ACCUMULATE : 0u) |
                 (pass->is_last ? tern_epilogue_tile_flags(e) : 0u),
        .a = a,
        .a_stride_bytes = (size_t)s->a_row_stride * sizeof(float),
        .b = pass->panel,
        .c = pass->c + at,
        .c_stride_bytes = (size_t)s->n * sizeof(float),
        .residual_stride_bytes = (size_t)s->n * sizeof(float),
        .lo = e->lo,
        .hi = e->hi,
    };
    if ((t.flags & TERN_GEMM_RESIDUAL) != 0) {
        t.residual = e->residual + pass->offset + at;
    }
    if (pass->is_last && e->bias != NULL) {
        t.flags |= TERN_GEMM_BIAS_N;
        t.bias = e->bias + pass->first_column;
    }
    if (r->packs_a) {
        const tern_pack_f32 strip = {
            .dst = pass->a_tile, .src = a, .k = pass->k_count, .count = rows, .width = rows};
        pack_strip(r, strip, s->a_column_stride, s->a_row_stride);
        t.a = pass->a_tile;
        r->family->by_rows[rows]->packed(&t);
    } else {
        r->family->by_rows[rows]->strided(&t);
    }
    if (pass->is_last && e->kind == TERN_EPILOGUE_TILE) {
        const tern_epilogue_area area = {
            .c = t.c,
            .c_stride_bytes = t.c_stride_bytes,
            .rows = rows,
            .columns = t.n,
            .channel = pass->first_column,
            .offset = pass->offset + at,
        };
        tern_epilogue_run(e, &area);
    }
}

static void stream_chunk(void *arg, int64_t chunk, int participant)
{
    const stream_job *r = arg;
    const tern_matmul_shape *s = &r->s;
    const int64_t batch = chunk / r->panels, first = chunk % r->panels * r->family->columns;
    int64_t a_offset, b_offset;
    tern_matmul_offsets(s, batch, &a_offset, &b_offset);
    float *panel = r->scratch + (size_t)participant * STREAM_FLOATS;
    stream_pass pass = {
        .a = r->a + a_offset,
        .panel = panel,
        .a_tile = panel + PANEL_FLOATS,
        .c = r->c + batch * s->m * s->n,
        .offset = batch * s->m * s->n,
        .first_column = first,
        .columns = s->n - first < r->family->columns ? (int32_t)(s->n - first) : r->family->columns,
    };
    do { /* once also for k = 0 */
        const int64_t left = s->k - pass.k_first;
        pass.k_count = left < TERN_GEMM_DEPTH ? left : TERN_GEMM_DEPTH;
        pass.is_last = pass.k_count == left;
        const tern_pack_f32 strip = {
            .dst = panel,
            .src = r->b + b_offset + pass.k_first * s->b_row_stride + first * s->b_column_stride,
            .k = pass.k_count,
            .count = pass.columns,
            .width = r->family->columns,
        };
        pack_strip(r, strip, s->b_row_stride, s->b_column_stride);
        for (int64_t tile = 0; tile < r->tiles.count; tile++) {
            stream_tile(r, &pass, tile);
        }
        pass.k_first += pass.k_count;
    } while (pass.k_first < s->k);
}

static tern_status stream_run(const tern_launch *l, tern_isa isa)
{
    const tern_problem *p = l->problem;
    stream_job r = {
        .s = shape_of(p),
        .rows = tern_pack_find(false, 1u << isa),
        .columns = tern_pack_find(true, 1u << isa),
        .a = l->x[0],
        .b = l->x[1],
        .c = l->y[0],
        .scratch = l->scratch,
    };
    if (r.s.m == 0 || r.s.n == 0) {
        return TERN_OK;
    }
    r.family = tern_gemm_family_find(tern_gemm_columns(isa, r.s.n));
    r.tiles = tern_row_tiles_of(r.s.m, r.family->most_rows);
    r.packs_a = r.s.a_column_stride != 1;
    r.panels = tern_ceil_div(r.s.n, r.family->columns);
    tern_epilogue_prepare(l, column_axis(p), TERN_EPILOGUE_TAKES_BIAS, isa, &r.epilogue);
    tern_run_chunks(l->team, r.s.batch * r.panels, stream_chunk, &r);
    return TERN_OK;
}

#define TERN_ISA_FN(f) stream_##f
#define TERN_ISA_SCRATCH
#include "op/for_each_isa.h"

/* clang-format off */
#define PANEL(token)                                                                              \
    TERN_BUILT_##token({.name = "gemm_panel_" #token,                                             \
                        .isa = TERN_ISA_##token, .accepts = accepts_panel,                        \
                        .packed_bytes = packed_bytes_##token, .pack = pack_##token,               \
                        .packs = 1u << 1,                                                         \
                        .run = run_##token},)

#define STREAM(token)                                                                             \
    TERN_BUILT_##token({.name = "gemm_stream_" #token,                                            \
                        .isa = TERN_ISA_##token, .accepts = accepts_stream,                       \
                        .scratch = stream_scratch_##token,                                        \
                        .run = stream_run_##token},)

const tern_tactic tern_cpu_matmul[] = {
    PANEL(avx512)
    STREAM(avx512)
    PANEL(avx2)
    STREAM(avx2)
    PANEL(ref)
    STREAM(ref)
    {.name = NULL},
};
/* clang-format on */
