/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c: times every row of the kernel tables that this machine runs, under the names the tables
   give them, and the shapes of LeNet put together from them. Usage: bench_kernel [part of a name]
   Prints name, shape, microseconds of the best of many runs, and GFLOP/s or GB/s. */
#include "kernel/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *filter = "";

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef void (*work)(void *self);

/* Seconds of one call: the best of 30 batches of about 0.3 ms. */
static double best_seconds(work run, void *self)
{
    run(self);
    const double start = now();
    run(self);
    const double once = now() - start;
    const int calls = once > 3e-4 ? 1 : (int)(3e-4 / (once + 1e-8)) + 1;
    double best = 1e9;
    for (int batch = 0; batch < 30; batch++) {
        const double from = now();
        for (int i = 0; i < calls; i++) {
            run(self);
        }
        const double each = (now() - from) / calls;
        best = each < best ? each : best;
    }
    return best;
}

static void report(const char *name, const char *shape, double amount, const char *unit, work run,
                   void *self)
{
    const double s = best_seconds(run, self);
    printf("%-40s %-24s %9.3f us %8.1f %s\n", name, shape, s * 1e6, amount / s * 1e-9, unit);
}

static float *numbers(size_t count)
{
    float *p = aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
    if (p == NULL) {
        exit(1);
    }
    for (size_t i = 0; i < count; i++) {
        p[i] = (float)((int)(i * 37 % 101) - 50) * 0.01f;
    }
    return p;
}

static bool is_wanted(const char *name, tern_isa isa)
{
    bool can_run = isa == TERN_ISA_REF;
#if defined(__x86_64__)
    can_run = can_run || (isa == TERN_ISA_AVX2 && __builtin_cpu_supports("avx2"));
    can_run = can_run || (isa == TERN_ISA_AVX512 && __builtin_cpu_supports("avx512vl"));
#endif
    return can_run && strstr(name, filter) != NULL;
}

/* ---- product tiles ---- */

typedef struct gemm_run {
    void (*run)(const tern_gemm_f32 *);
    tern_gemm_f32 tile;
} gemm_run;

static void run_gemm(void *self)
{
    const gemm_run *g = self;
    g->run(&g->tile);
}

static void bench_gemm(void)
{
    static const int64_t depths[] = {25, 256, 800};
    float *a = numbers(16 * 1024), *b = numbers(64 * 1024), *c = numbers(16 * 64),
          *bias = numbers(64);
    for (const tern_gemm_kernel *k = tern_gemm_kernels; k->name != NULL; k++) {
        for (size_t i = 0; is_wanted(k->name, k->isa) && i < 3; i++) {
            gemm_run g = {k->packed, {.k = depths[i], .n = k->columns, .flags = TERN_GEMM_BIAS_M}};
            g.tile.a = a;
            g.tile.a_stride_bytes = (size_t)depths[i] * sizeof(float);
            g.tile.b = b;
            g.tile.c = c;
            g.tile.c_stride_bytes = (size_t)k->columns * sizeof(float);
            g.tile.bias = bias;
            const double flops = 2.0 * (double)depths[i] * k->rows * k->columns;
            char shape[64];
            snprintf(shape, sizeof shape, "packed k=%d", (int)depths[i]);
            report(k->name, shape, flops, "GFLOP/s", run_gemm, &g);
            g.run = k->strided;
            snprintf(shape, sizeof shape, "strided k=%d", (int)depths[i]);
            report(k->name, shape, flops, "GFLOP/s", run_gemm, &g);
        }
    }
    free(a);
    free(b);
    free(c);
    free(bias);
}

static void find_tiles(const tern_gemm_kernel **tiles, int32_t most, int32_t columns,
                       uint32_t isa_mask)
{
    for (int32_t rows = 1; rows <= most; rows++) {
        tiles[rows] = tern_gemm_find(rows, columns, isa_mask);
    }
}

/* ---- a convolution, stride 1, no padding, as panels and tiles ---- */

typedef struct conv_run {
    int64_t in, out, size, kernel; /* channels; input and kernel extents */
    int32_t columns, rows;         /* of the panel; the largest tile */
    uint32_t isa_mask;
    const tern_gemm_kernel *tiles[33]; /* by rows */
    const tern_conv_kernel *direct[33];
    const float *src, *weights, *bias;
    float *panel, *dst;
} conv_run;

static void run_conv(void *self)
{
    const conv_run *c = self;
    const int64_t out = c->size - c->kernel + 1, pixels = out * out,
                  depth = c->in * c->kernel * c->kernel;
    tern_im2col_f32 p = {.channels = c->in, .src = c->src, .dst = c->panel, .width = c->columns};
    p.window = (tern_window){c->size, c->size, out, out, c->kernel, c->kernel, 1, 1, 1, 1, 0, 0};
    p.src_row_stride_bytes = (size_t)c->size * sizeof(float);
    p.src_channel_stride_bytes = p.src_row_stride_bytes * (size_t)c->size;
    const tern_im2col_kernel *im2col = tern_im2col_find(c->isa_mask);
    const int32_t blocks = (int32_t)((c->out + c->rows - 1) / c->rows);
    for (p.first = 0; p.first < pixels; p.first += c->columns) {
        p.count = pixels - p.first < c->columns ? pixels - p.first : c->columns;
        im2col->run(&p);
        int32_t m = 0;
        for (int32_t i = 0; i < blocks; i++) {
            const int32_t rows = ((int32_t)c->out - m + blocks - i - 1) / (blocks - i);
            tern_gemm_f32 t = {
                .k = depth, .n = (int32_t)p.count, .flags = TERN_GEMM_BIAS_M | TERN_GEMM_CLAMP};
            t.hi = 1e30f;
            t.a = c->weights + m * depth;
            t.b = c->panel;
            t.bias = c->bias + m;
            t.c = c->dst + m * pixels + p.first;
            t.c_stride_bytes = (size_t)pixels * sizeof(float);
            c->tiles[rows]->packed(&t);
            m += rows;
        }
    }
}

static void run_direct(void *self)
{
    const conv_run *c = self;
    const int64_t out = c->size - c->kernel + 1, pixels = out * out;
    const int64_t depth = c->in * c->kernel * c->kernel;
    tern_im2col_f32 p = {.channels = c->in, .width = c->columns};
    p.window = (tern_window){c->size, c->size, out, out, c->kernel, c->kernel, 1, 1, 1, 1, 0, 0};
    p.src_row_stride_bytes = (size_t)c->size * sizeof(float);
    p.src_channel_stride_bytes = p.src_row_stride_bytes * (size_t)c->size;
    const int32_t blocks = (int32_t)((c->out + c->rows - 1) / c->rows);
    for (p.first = 0; p.first < pixels; p.first += c->columns) {
        p.count = pixels - p.first < c->columns ? pixels - p.first : c->columns;
        tern_conv_layout layout;
        if (!tern_conv_layout_make(&p, c->direct[1]->lanes, &layout)) {
            return;
        }
        int32_t m = 0;
        for (int32_t i = 0; i < blocks; i++) {
            const int32_t rows = ((int32_t)c->out - m + blocks - i - 1) / (blocks - i);
            tern_gemm_f32 t = {.n = (int32_t)p.count, .flags = TERN_GEMM_BIAS_M | TERN_GEMM_CLAMP};
            t.hi = 1e30f;
            t.a = c->weights + m * depth;
            t.b = c->src;
            t.bias = c->bias + m;
            t.c = c->dst + m * pixels + p.first;
            t.c_stride_bytes = (size_t)pixels * sizeof(float);
            c->direct[rows]->run(&t, &layout);
            m += rows;
        }
    }
}

static void run_panels(void *self)
{
    const conv_run *c = self;
    const int64_t out = c->size - c->kernel + 1, pixels = out * out;
    tern_im2col_f32 p = {.channels = c->in, .src = c->src, .dst = c->panel, .width = c->columns};
    p.window = (tern_window){c->size, c->size, out, out, c->kernel, c->kernel, 1, 1, 1, 1, 0, 0};
    p.src_row_stride_bytes = (size_t)c->size * sizeof(float);
    p.src_channel_stride_bytes = p.src_row_stride_bytes * (size_t)c->size;
    const tern_im2col_kernel *im2col = tern_im2col_find(c->isa_mask);
    for (p.first = 0; p.first < pixels; p.first += c->columns) {
        p.count = pixels - p.first < c->columns ? pixels - p.first : c->columns;
        im2col->run(&p);
    }
}

static void bench_conv(void)
{
    static const struct {
        int64_t in, out, size, kernel;
        int32_t columns, rows;
        tern_isa isa;
    } shapes[] = {
        {1, 20, 28, 5, 8, 4, TERN_ISA_REF},       {1, 20, 28, 5, 16, 6, TERN_ISA_AVX2},
        {1, 20, 28, 5, 32, 14, TERN_ISA_AVX512},  {1, 20, 28, 5, 48, 9, TERN_ISA_AVX512},
        {1, 20, 28, 5, 64, 6, TERN_ISA_AVX512},   {20, 50, 12, 5, 16, 6, TERN_ISA_AVX2},
        {20, 50, 12, 5, 32, 14, TERN_ISA_AVX512}, {20, 50, 12, 5, 64, 6, TERN_ISA_AVX512},
        {64, 64, 58, 3, 32, 14, TERN_ISA_AVX512},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        conv_run c = {.in = shapes[i].in, .out = shapes[i].out, .size = shapes[i].size};
        c.kernel = shapes[i].kernel;
        c.columns = shapes[i].columns;
        c.rows = shapes[i].rows;
        c.isa_mask = 1u << shapes[i].isa;
        find_tiles(c.tiles, c.rows, c.columns, c.isa_mask);
        if (!is_wanted("conv", shapes[i].isa)) {
            continue;
        }
        const int64_t out = c.size - c.kernel + 1, depth = c.in * c.kernel * c.kernel;
        float *src = numbers((size_t)(c.in * c.size * c.size)),
              *weights = numbers((size_t)(depth * c.out));
        float *bias = numbers((size_t)c.out);
        c.src = src;
        c.weights = weights;
        c.bias = bias;
        c.panel = numbers((size_t)(depth * c.columns));
        c.dst = numbers((size_t)(c.out * out * out));
        char shape[64];
        snprintf(shape, sizeof shape, "%dx%d^2 k%d -> %d, %dx%d", (int)c.in, (int)c.size,
                 (int)c.kernel, (int)c.out, c.rows, c.columns);
        const double flops = 2.0 * (double)(depth * c.out * out * out);
        report("conv = im2col + gemm", shape, flops, "GFLOP/s", run_conv, &c);
        for (int32_t rows = 1; rows <= c.rows; rows++) {
            c.direct[rows] = tern_conv_find(rows, c.columns, c.isa_mask);
        }
        if (c.direct[1] != NULL) {
            report("conv direct", shape, flops, "GFLOP/s", run_direct, &c);
        }
        report("  of which im2col", shape, (double)(depth * out * out) * 4.0, "GB/s written",
               run_panels, &c);
        free(src);
        free(weights);
        free(bias);
        free(c.panel);
        free(c.dst);
    }
}

/* ---- a fully connected layer: [m][k] x packed [k][n] ---- */

typedef struct fc_run {
    int32_t m, n;
    int64_t k;
    const tern_gemm_kernel *tiles[33]; /* by rows */
    int32_t columns, rows;
    const float *x, *panels, *bias;
    float *y;
} fc_run;

static void run_fc(void *self)
{
    const fc_run *f = self;
    const int32_t blocks = (f->m + f->rows - 1) / f->rows;
    for (int32_t j = 0; j < f->n; j += f->columns) {
        int32_t m = 0;
        for (int32_t i = 0; i < blocks; i++) {
            const int32_t rows = (f->m - m + blocks - i - 1) / (blocks - i);
            tern_gemm_f32 t = {.k = f->k, .flags = TERN_GEMM_BIAS_N};
            t.n = f->n - j < f->columns ? f->n - j : f->columns;
            t.a = f->x + m * f->k;
            t.a_stride_bytes = (size_t)f->k * sizeof(float);
            t.b = f->panels + (int64_t)j * f->k;
            t.bias = f->bias + j;
            t.c = f->y + (int64_t)m * f->n + j;
            t.c_stride_bytes = (size_t)f->n * sizeof(float);
            f->tiles[rows]->strided(&t);
            m += rows;
        }
    }
}

static void bench_fc(void)
{
    static const struct {
        int32_t m, n;
        int64_t k;
        int32_t columns, rows;
        tern_isa isa;
    } shapes[] = {
        {1, 500, 800, 16, 6, TERN_ISA_AVX2},    {1, 500, 800, 32, 14, TERN_ISA_AVX512},
        {1, 500, 800, 64, 6, TERN_ISA_AVX512},  {64, 500, 800, 32, 14, TERN_ISA_AVX512},
        {64, 500, 800, 64, 6, TERN_ISA_AVX512}, {1, 10, 500, 32, 14, TERN_ISA_AVX512},
        {64, 10, 500, 32, 14, TERN_ISA_AVX512}, {1, 4096, 4096, 64, 6, TERN_ISA_AVX512},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (!is_wanted("fc", shapes[i].isa)) {
            continue;
        }
        fc_run f = {.m = shapes[i].m, .n = shapes[i].n, .k = shapes[i].k};
        f.columns = shapes[i].columns;
        f.rows = shapes[i].rows;
        find_tiles(f.tiles, f.rows, f.columns, 1u << shapes[i].isa);
        float *x = numbers((size_t)(f.m * f.k)), *panels = numbers((size_t)((f.n + 63) * f.k)),
              *bias = numbers((size_t)f.n + 64);
        f.x = x;
        f.panels = panels;
        f.bias = bias;
        f.y = numbers((size_t)(f.m * f.n));
        char shape[64];
        snprintf(shape, sizeof shape, "%dx%d -> %d, %dx%d", f.m, (int)f.k, f.n, f.rows, f.columns);
        report("fc = gemm", shape, 2.0 * f.m * f.n * (double)f.k, "GFLOP/s", run_fc, &f);
        printf("%-40s %-24s %9.1f MB of weights\n", "", "", (double)(f.n * f.k) * 4e-6);
        free(x);
        free(panels);
        free(bias);
        free(f.y);
    }
}

/* ---- everything that moves data ---- */

typedef struct row_run {
    const tern_pool_kernel *pool;
    tern_pool_f32 plane;
    const tern_softmax_kernel *softmax;
    tern_softmax_f32 rows;
    const tern_reduce_kernel *reduce;
    tern_reduce_f32 reduction;
    const tern_eltwise_kernel *eltwise;
    tern_expr expr;
    tern_expr_tile tile;
    const tern_convert_kernel *convert;
    const void *src;
    void *dst;
} row_run;

static void run_row(void *self)
{
    const row_run *r = self;
    if (r->pool != NULL) {
        r->pool->run(&r->plane);
    } else if (r->softmax != NULL) {
        r->softmax->run(&r->rows);
    } else if (r->reduce != NULL) {
        r->reduce->run(&r->reduction);
    } else if (r->eltwise != NULL) {
        r->eltwise->run(&r->expr, &r->tile);
    } else {
        r->convert->run(r->src, r->dst, 4096);
    }
}

static void bench_rows(float *src, float *dst)
{
    enum { N = 4096 };
    for (const tern_pool_kernel *k = tern_pool_kernels; k->name != NULL; k++) {
        row_run r = {.pool = k,
                     .plane = {.src = src,
                               .dst = dst,
                               .src_row_stride_bytes = 96,
                               .dst_row_stride_bytes = 48,
                               .row_count = 12}};
        r.plane.window = (tern_window){24, 24, 12, 12, 2, 2, 2, 2, 1, 1, 0, 0};
        if (is_wanted(k->name, k->isa)) {
            report(k->name, "24x24 2x2 s2", 24 * 24 * 4.0, "GB/s read", run_row, &r);
        }
        r.plane.window = (tern_window){8, 8, 4, 4, 2, 2, 2, 2, 1, 1, 0, 0};
        r.plane.src_row_stride_bytes = 32;
        r.plane.dst_row_stride_bytes = 16;
        r.plane.row_count = 4;
        if (is_wanted(k->name, k->isa)) {
            report(k->name, "8x8 2x2 s2", 8 * 8 * 4.0, "GB/s read", run_row, &r);
        }
        r.plane.window = (tern_window){56, 56, 56, 56, 3, 3, 1, 1, 1, 1, 1, 1};
        r.plane.src_row_stride_bytes = r.plane.dst_row_stride_bytes = 56 * 4;
        r.plane.row_count = 56;
        if (is_wanted(k->name, k->isa)) {
            report(k->name, "56x56 3x3 s1 pad 1", 56 * 56 * 4.0, "GB/s read", run_row, &r);
        }
    }
    for (const tern_softmax_kernel *k = tern_softmax_kernels; k->name != NULL; k++) {
        row_run r = {.softmax = k, .rows = {src, N * 4, dst, N * 4, 1, N, false}};
        if (is_wanted(k->name, k->isa)) {
            report(k->name, "1x4096", N * 4.0, "GB/s read", run_row, &r);
            r.rows = (tern_softmax_f32){src, 40, dst, 40, 64, 10, false};
            report(k->name, "64x10", 64 * 40.0, "GB/s read", run_row, &r);
        }
    }
    for (const tern_reduce_kernel *k = tern_reduce_kernels; k->name != NULL; k++) {
        row_run r = {.reduce = k, .reduction = {src, N * 4, dst, 1, N, 1.0f}};
        if (is_wanted(k->name, k->isa)) {
            report(k->name, "1x4096", N * 4.0, "GB/s read", run_row, &r);
        }
    }
    for (const tern_convert_kernel *k = tern_convert_kernels; k->name != NULL; k++) {
        row_run r = {.convert = k, .src = src, .dst = dst};
        if (is_wanted(k->name, k->isa)) {
            report(k->name, "4096", N * 6.0, "GB/s read and written", run_row, &r);
        }
    }
}

static void bench_eltwise(float *src, float *dst)
{
    enum { N = 4096 };
    for (const tern_eltwise_kernel *k = tern_eltwise_kernels; k->name != NULL; k++) {
        for (uint32_t id = 1; is_wanted(k->name, k->isa) && id < 256; id++) {
            const tern_scalar_info *info = tern_scalar_find(id);
            if (info == NULL) {
                continue;
            }
            const tern_expr_operand operands[2] = {{src + N, 0}, {src + 2 * N, 0}};
            row_run r = {.eltwise = k, .tile = {1, N, src, 0, dst, 0, operands}};
            r.expr.instr_count = 1;
            r.expr.operand_count = (uint8_t)(info->operand_count + info->attr_count - 1);
            r.expr.instrs[0] = (tern_expr_instr){info->id, 0, 0, 0, 0};
            r.expr.instrs[0].b = r.expr.operand_count > 0 ? 1 : 0;
            r.expr.instrs[0].c = r.expr.operand_count > 1 ? 2 : 0;
            report(k->name, info->name, N, "G elements/s", run_row, &r);
        }
    }
}

int main(int argc, char **argv)
{
    filter = argc > 1 ? argv[1] : "";
    float *src = numbers(4 * 4096), *dst = numbers(4 * 4096);
    bench_gemm();
    bench_conv();
    bench_fc();
    bench_rows(src, dst);
    bench_eltwise(src, dst);
    free(src);
    free(dst);
    return 0;
}
