/* SPDX-License-Identifier: Apache-2.0
 *
 * Packing and loops around the product tiles.  A chunk is a block of rows times a group of panels:
 * small enough that its part of A stays in L2 while the panels pass, large enough to be worth
 * handing out.
 */
#include "op/gemm/gemm_cpu.h"

#include "base/alloc.h"
#include "base/thread.h"

/* Panel widths, widest first; only one level has kernels of a width. */
static const struct {
    tern_isa isa;
    int32_t columns;
} widths[] = {
    {TERN_ISA_AVX512, 64}, {TERN_ISA_AVX512, 48}, {TERN_ISA_AVX512, 32},
    {TERN_ISA_AVX2, 16},   {TERN_ISA_REF, 8},
};

static tern_gemm_family families[TERN_COUNT_OF(widths)];
static tern_once families_once = TERN_ONCE_INIT;

static void make_families(void)
{
    for (size_t i = 0; i < TERN_COUNT_OF(widths); i++) {
        tern_gemm_family *f = &families[i];
        f->columns = widths[i].columns;
        for (const tern_gemm_kernel *k = tern_gemm_kernels; k->name != NULL; k++) {
            if (k->columns == f->columns && k->rows <= TERN_GEMM_MOST_ROWS) {
                f->by_rows[k->rows] = k;
                f->most_rows = k->rows > f->most_rows ? k->rows : f->most_rows;
            }
        }
    }
}

const tern_gemm_family *tern_gemm_family_find(int32_t columns)
{
    size_t i = 0;
    tern_once_run(&families_once, make_families);
    while (widths[i].columns != columns && i + 1 < TERN_COUNT_OF(widths)) {
        i++;
    }
    return &families[i];
}

int32_t tern_gemm_columns(tern_isa isa, int64_t n)
{
    int32_t best = 0;
    int64_t least = INT64_MAX;
    if (isa == TERN_ISA_AVX512 && n <= 16) {
        return 16; /* AVX2 kernels: a wider panel would be mostly padding */
    }
    for (size_t i = 0; i < TERN_COUNT_OF(widths); i++) {
        const int64_t padded = tern_ceil_div(n, widths[i].columns) * widths[i].columns;
        if (widths[i].isa == isa && padded < least) {
            least = padded;
            best = widths[i].columns;
        }
    }
    return best;
}

int32_t tern_gemm_columns_for_rows(tern_isa isa, int64_t m)
{
    if (isa != TERN_ISA_AVX512) {
        return tern_gemm_columns(isa, 1);
    }
    /* Tall tiles read least of the panel per product; few rows need many columns to hide the
       latency. */
    return m <= 6 ? 64 : m <= 9 ? 48 : 32;
}

size_t tern_gemm_panel_bytes(int64_t k, int64_t n, int32_t columns)
{
    size_t bytes = 0;
    const size_t panels = (size_t)tern_ceil_div(n, columns);
    if (!tern_size_mul((size_t)k, (size_t)columns * sizeof(float), &bytes) ||
        !tern_size_mul(bytes, panels, &bytes)) {
        return SIZE_MAX;
    }
    return bytes;
}

void tern_gemm_pack_panels(tern_isa isa, int32_t columns, const tern_gemm_matrix *b, float *dst)
{
    const tern_pack_kernel *pack = tern_pack_find(b->is_transposed, 1u << isa);
    for (int64_t j = 0; j < b->n; j += columns) {
        const tern_pack_f32 strip = {
            .dst = dst + j * b->k,
            .src = b->is_transposed ? b->src + j * b->k : b->src + j,
            .src_stride_bytes = (size_t)(b->is_transposed ? b->k : b->n) * sizeof(float),
            .k = b->k,
            .count = b->n - j < columns ? b->n - j : columns,
            .width = columns,
        };
        pack->run(&strip);
    }
}

void tern_run_chunks(tern_team *team, int64_t count, tern_chunk_fn *fn, void *arg)
{
    if (team != NULL && count > 1) {
        tern_team_run(team, count, fn, arg);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        fn(arg, i, 0);
    }
}

/* How a product is cut into chunks. */
typedef struct gemm_run {
    const tern_gemm_job *job;
    tern_row_tiles tiles;
    int64_t panels;
    int64_t tiles_per_chunk, panels_per_chunk;
    int64_t panel_groups;
} gemm_run;

/* One tile row of one panel over one block of depth. */
static void run_tile(const gemm_run *r, int64_t tile, int64_t panel, int64_t k_first,
                     int64_t k_count)
{
    const tern_gemm_job *job = r->job;
    const int32_t columns = job->family->columns, rows = tern_row_tile_rows(&r->tiles, tile);
    const int64_t i = tern_row_tile_first(&r->tiles, tile), j = panel * columns;
    const int64_t left = job->n - j;
    const bool is_last = k_first + k_count == job->k;
    const size_t c_offset = (size_t)i * job->c_stride_bytes + (size_t)j * sizeof(float);
    tern_gemm_f32 t = {
        .k = k_count,
        .n = left < columns ? (int32_t)left : columns,
        .flags = k_first > 0 ? TERN_GEMM_ACCUMULATE : 0u,
        .a = (const float *)(const void *)((const char *)(job->a + k_first) +
                                           (size_t)i * job->a_stride_bytes),
        .a_stride_bytes = job->a_stride_bytes,
        .b = job->b + (panel * job->k + k_first) * columns,
        .c = (float *)(void *)((char *)job->c + c_offset),
        .c_stride_bytes = job->c_stride_bytes,
    };
    const tern_epilogue *e = job->epilogue;
    if (is_last) {
        t.flags |= (job->bias != NULL ? TERN_GEMM_BIAS_N : 0u) | tern_epilogue_tile_flags(e);
        t.bias = job->bias != NULL ? job->bias + j : NULL;
        t.lo = e->lo;
        t.hi = e->hi;
        if ((t.flags & TERN_GEMM_RESIDUAL) != 0) {
            t.residual = (const float *)(const void *)((const char *)e->residual + c_offset);
            t.residual_stride_bytes = job->c_stride_bytes;
        }
    }
    job->family->by_rows[rows]->strided(&t);
    if (is_last && e->kind == TERN_EPILOGUE_TILE) {
        const tern_epilogue_area area = {
            .c = t.c,
            .c_stride_bytes = t.c_stride_bytes,
            .rows = rows,
            .columns = t.n,
            .channel = j,
            .offset = (int64_t)(c_offset / sizeof(float)),
        };
        tern_epilogue_run(e, &area);
    }
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    (void)participant;
    const gemm_run *r = arg;
    const int64_t group = chunk % r->panel_groups, block = chunk / r->panel_groups;
    const int64_t first_panel = group * r->panels_per_chunk,
                  first_tile = block * r->tiles_per_chunk;
    const int64_t end_panel = first_panel + r->panels_per_chunk < r->panels
                                  ? first_panel + r->panels_per_chunk
                                  : r->panels;
    const int64_t end_tile = first_tile + r->tiles_per_chunk < r->tiles.count
                                 ? first_tile + r->tiles_per_chunk
                                 : r->tiles.count;
    int64_t k = 0;
    do { /* once also for k = 0: the bias and the epilogue of an empty sum */
        const int64_t left = r->job->k - k;
        const int64_t k_count = left < TERN_GEMM_DEPTH ? left : TERN_GEMM_DEPTH;
        for (int64_t panel = first_panel; panel < end_panel; panel++) {
            for (int64_t tile = first_tile; tile < end_tile; tile++) {
                run_tile(r, tile, panel, k, k_count);
            }
        }
        k += k_count;
    } while (k < r->job->k);
}

void tern_gemm_run(const tern_gemm_job *job, tern_team *team)
{
    enum { ROWS_PER_CHUNK = 128, CHUNK_COST = 1 << 18, LOAD_COST = 8 };
    if (job->m == 0 || job->n == 0) {
        return;
    }
    gemm_run r = {
        .job = job,
        .tiles = tern_row_tiles_of(job->m, job->family->most_rows),
        .panels = tern_ceil_div(job->n, job->family->columns),
    };
    r.tiles_per_chunk = tern_ceil_div(ROWS_PER_CHUNK, r.tiles.rows);
    const int64_t rows = job->m < ROWS_PER_CHUNK ? job->m : ROWS_PER_CHUNK;
    /* Multiply-adds of one panel, and the cost of reading it, in the same unit. */
    const double panel_cost =
        (double)job->k * (double)job->family->columns * (double)(rows + LOAD_COST);
    r.panels_per_chunk =
        panel_cost < CHUNK_COST ? (int64_t)(CHUNK_COST / (panel_cost + 1.0)) + 1 : 1;
    r.panel_groups = tern_ceil_div(r.panels, r.panels_per_chunk);
    tern_run_chunks(team, r.panel_groups * tern_ceil_div(r.tiles.count, r.tiles_per_chunk),
                    run_chunk, &r);
}
