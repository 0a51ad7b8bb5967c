/* SPDX-License-Identifier: Apache-2.0 */
/* window_test.c: every row of conv.def and pool.def against its definition, spelled out per element
   in double. */
#include "check.h"

#include <math.h>

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #variant "_" #isa}, )
static const struct {
    const char *name;
} im2col_rows[] = {
#include "kernel/conv.def"
};

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #variant "_" #isa}, )
static const struct {
    const char *name;
} pool_rows[] = {
#include "kernel/pool.def"
};

typedef enum window_kind {
    PLAIN,  /* stride 1, no padding */
    PADDED, /* stride 1 */
    ANY,
    KIND_COUNT,
} window_kind;

/* A window with at least one output pixel. */
static tern_window random_window(window_kind kind)
{
    tern_window w = {.kernel_h = pick(1, 5), .kernel_w = pick(1, 5), .stride_h = 1, .stride_w = 1};
    w.dilation_h = w.dilation_w = 1;
    if (kind != PLAIN) {
        w.pad_top = pick(0, 5);
        w.pad_left = pick(0, 5);
        w.dilation_h = pick(1, 3);
        w.dilation_w = pick(1, 3);
    }
    if (kind == ANY) {
        w.stride_h = pick(1, 4);
        w.stride_w = pick(1, 4);
    }
    const int64_t reach_h = (w.kernel_h - 1) * w.dilation_h + 1;
    const int64_t reach_w = (w.kernel_w - 1) * w.dilation_w + 1;
    w.in_h = pick(1, 12) + (reach_h > 2 * w.pad_top ? reach_h - 2 * w.pad_top : 0);
    w.in_w = pick(1, 60) + (reach_w > 2 * w.pad_left ? reach_w - 2 * w.pad_left : 0);
    w.out_h = (w.in_h + 2 * w.pad_top - reach_h) / w.stride_h + 1;
    w.out_w = (w.in_w + 2 * w.pad_left - reach_w) / w.stride_w + 1;
    return w;
}

static bool is_inside(const tern_window *w, int64_t y, int64_t x)
{
    return y >= 0 && y < w->in_h && x >= 0 && x < w->in_w;
}

static void check_panel(const tern_im2col_f32 *p, const matrix *src, const matrix *dst)
{
    const tern_window *w = &p->window;
    for (int64_t k = 0; k < dst->rows; k++) {
        const int64_t c = k / (w->kernel_h * w->kernel_w);
        const int64_t r = k / w->kernel_w % w->kernel_h, s = k % w->kernel_w;
        for (int64_t j = 0; j < p->width; j++) {
            const int64_t y =
                (p->first + j) / w->out_w * w->stride_h + r * w->dilation_h - w->pad_top;
            const int64_t x =
                (p->first + j) % w->out_w * w->stride_w + s * w->dilation_w - w->pad_left;
            float want = 0.0f;
            if (j < p->count && is_inside(w, y, x)) {
                want = matrix_at(src, c * w->in_h + y)[x];
            }
            const float got = matrix_at(dst, k)[j];
            if (!(got == want)) {
                FAIL("tap [%lld,%lld,%lld] of pixel %lld is %g, not %g", (long long)c, (long long)r,
                     (long long)s, (long long)(p->first + j), (double)got, (double)want);
                return;
            }
        }
    }
}

TERN_TEST_ROWS(im2col, im2col_rows)
{
    const tern_im2col_kernel *kernel = &tern_im2col_kernels[row];
    CHECK_TEXT(kernel->name, im2col_rows[row].name);
    need_isa(kernel->isa);
    for (int round = 0; round < 600; round++) {
        tern_im2col_f32 p = {.window = random_window((window_kind)(round % KIND_COUNT)),
                             .channels = pick(0, 3)};
        const tern_window *w = &p.window;
        matrix src = matrix_random(p.channels * w->in_h, w->in_w, w->in_w + pick(0, 3), 1, 2);
        p.width = pick(0, 1) == 0 ? pick(1, 64) : 16 * pick(1, 4);
        p.first = pick(0, w->out_h * w->out_w - 1);
        const int64_t left = w->out_h * w->out_w - p.first;
        p.count = pick(0, left < p.width ? left : p.width);
        if (pick(0, 1) == 0) { /* the last pixels of a row, where the right border begins */
            const int64_t end = (p.first / w->out_w + 1) * w->out_w - pick(0, 6);
            const int64_t run = end > p.first ? end - p.first : 0;
            p.count = run < p.width ? run : p.width;
            p.first += run - p.count;
        }
        matrix dst = matrix_new(p.channels * w->kernel_h * w->kernel_w, p.width, p.width);
        p.src = src.data;
        p.src_row_stride_bytes = matrix_stride_bytes(&src);
        p.src_channel_stride_bytes = p.src_row_stride_bytes * (size_t)w->in_h;
        p.dst = dst.data;
        kernel->run(&p);
        check_panel(&p, &src, &dst);
        matrix_delete(&src);
        matrix_delete(&dst);
    }
}

#define TERN_CONV(family, t, m, n, isa)                                                            \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #m "x" #n "_" #isa}, )
static const struct {
    const char *name;
} conv_rows[] = {
#include "kernel/conv.def"
};

static double convolved(const tern_im2col_f32 *p, const matrix *src, const matrix *weights,
                        int64_t i, int64_t j, double *out_size)
{
    const tern_window *w = &p->window;
    const int64_t y = (p->first + j) / w->out_w * w->stride_h, x = (p->first + j) % w->out_w;
    double sum = 0.0;
    for (int64_t k = 0; k < weights->rows; k++) {
        const int64_t c = k / (w->kernel_h * w->kernel_w);
        const int64_t r = k / w->kernel_w % w->kernel_h, s = k % w->kernel_w;
        const int64_t in_y = y + r * w->dilation_h - w->pad_top,
                      in_x = x + s * w->dilation_w - w->pad_left;
        const double v =
            (double)matrix_at(weights, k)[i] * (double)matrix_at(src, c * w->in_h + in_y)[in_x];
        sum += v;
        *out_size += fabs(v);
    }
    return sum;
}

/* One tile; true if the layout said that the image can be read directly. */
static bool check_conv(const tern_conv_kernel *kernel, const tern_window *window)
{
    tern_im2col_f32 p = {.window = *window, .channels = pick(0, 4), .width = kernel->columns};
    const tern_window *w = &p.window;
    matrix src = matrix_random(p.channels * w->in_h, w->in_w, w->in_w + pick(0, 3), -1, 1);
    p.src_row_stride_bytes = matrix_stride_bytes(&src);
    p.src_channel_stride_bytes = p.src_row_stride_bytes * (size_t)w->in_h;
    p.first = pick(0, w->out_h * w->out_w - 1);
    const int64_t left = w->out_h * w->out_w - p.first;
    p.count = pick(1, left < p.width ? left : p.width);
    tern_conv_layout layout;
    const bool can_run = tern_conv_layout_make(&p, kernel->lanes, &layout);
    if (can_run) {
        const int64_t m = kernel->rows;
        matrix weights = matrix_random(p.channels * w->kernel_h * w->kernel_w, m, m, -1, 1);
        matrix bias = matrix_random(1, m, m, -1, 1),
               dst = matrix_new(m, p.count, p.count + pick(0, 2));
        tern_gemm_f32 t = {.n = (int32_t)p.count, .flags = TERN_GEMM_BIAS_M, .a = weights.data};
        t.b = src.data;
        t.c = dst.data;
        t.c_stride_bytes = matrix_stride_bytes(&dst);
        t.bias = bias.data;
        kernel->run(&t, &layout);
        for (int64_t i = 0; i < m; i++) {
            for (int64_t j = 0; j < p.count; j++) {
                double size = 1.0;
                const double want =
                    convolved(&p, &src, &weights, i, j, &size) + (double)bias.data[i];
                CHECK(is_near((double)matrix_at(&dst, i)[j], want, 2.0 + sqrt((double)weights.rows),
                              size));
            }
        }
        matrix_delete(&weights);
        matrix_delete(&bias);
        matrix_delete(&dst);
    }
    matrix_delete(&src);
    return can_run;
}

TERN_TEST_ROWS(conv, conv_rows)
{
    const tern_conv_kernel *kernel = &tern_conv_kernels[row];
    CHECK_TEXT(kernel->name, conv_rows[row].name);
    need_isa(kernel->isa);
    int ran = 0;
    for (int round = 0; round < 200; round++) {
        tern_window w = random_window(round % 2 == 0 ? PLAIN : (window_kind)pick(PLAIN, ANY));
        ran += check_conv(kernel, &w);
    }
    CHECK(ran > 20);
}

TERN_TEST(conv_layout_refuses_what_a_tile_cannot_read)
{
    tern_im2col_f32 p = {.channels = 1, .first = 0, .count = 16, .width = 16};
    p.window = (tern_window){10, 24, 8, 22, 3, 3, 1, 1, 1, 1, 0, 0};
    p.src_row_stride_bytes = 96;
    tern_conv_layout layout;
    CHECK(tern_conv_layout_make(&p, 16, &layout));
    CHECK_INT(layout.lanes[0][0], 0xffff);
    p.first = 10; /* 12 pixels of row 0, 4 of row 1 */
    CHECK(tern_conv_layout_make(&p, 16, &layout));
    CHECK_INT(layout.lanes[0][0], 0x0fff);
    CHECK_INT(layout.lanes[0][1], 0xf000);
    CHECK_INT(layout.from[0][1], 96 - 12 * 4);
    p.window.pad_left = 1;
    CHECK(!tern_conv_layout_make(&p, 16, &layout));
    p.window.pad_left = 0;
    p.window.stride_w = 2;
    CHECK(!tern_conv_layout_make(&p, 16, &layout));
    p.window = (tern_window){10, 8, 8, 6, 3, 3, 1, 1, 1, 1, 0, 0}; /* three rows in one vector */
    p.first = 0;
    CHECK(!tern_conv_layout_make(&p, 16, &layout));
}

static void check_pixel(const tern_pool_f32 *p, const matrix *src, const matrix *dst, int64_t y,
                        int64_t x, bool is_average)
{
    const tern_window *w = &p->window;
    double sum = 0.0, size = 0.0, top = -HUGE_VAL;
    int64_t pixels = 0, taps = 0;
    for (int64_t i = 0; i < w->kernel_h * w->kernel_w; i++) {
        const int64_t in_y = y * w->stride_h + i / w->kernel_w * w->dilation_h - w->pad_top;
        const int64_t in_x = x * w->stride_w + i % w->kernel_w * w->dilation_w - w->pad_left;
        taps += in_y < w->in_h + p->pad_bottom && in_x < w->in_w + p->pad_right;
        if (is_inside(w, in_y, in_x)) {
            const double v = (double)matrix_at(src, in_y)[in_x];
            sum += v;
            size += fabs(v);
            top = v > top || isnan(v) ? v : top;
            pixels++;
        }
    }
    const double count = (double)(p->count_padding ? taps : pixels);
    const double want = is_average ? (count > 0 ? sum / count : 0.0) : top;
    const double got = (double)matrix_at(dst, y)[x];
    if (!is_near(got, want, is_average ? 6.0 : 0.0, count > 0 ? size / count : 0.0)) {
        FAIL("[%lld][%lld] is %.9g, not %.9g", (long long)y, (long long)x, got, want);
    }
}

TERN_TEST_ROWS(pool, pool_rows)
{
    const tern_pool_kernel *kernel = &tern_pool_kernels[row];
    CHECK_TEXT(kernel->name, pool_rows[row].name);
    need_isa(kernel->isa);
    for (int round = 0; round < 600; round++) {
        tern_pool_f32 p = {.window = random_window((window_kind)(round % KIND_COUNT))};
        tern_window *w = &p.window;
        if (round % 3 == 1) { /* the common one has a path of its own */
            *w = (tern_window){.kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2};
            w->dilation_h = w->dilation_w = 1;
            w->out_h = pick(1, 12);
            w->out_w = pick(0, 1) == 0 ? (int64_t)1 << pick(0, 4) : pick(1, 50);
            w->in_h = w->out_h * 2 + pick(0, 1);
            w->in_w = w->out_w * 2 + pick(0, 1);
        }
        p.pad_bottom = w->pad_top;
        p.pad_right = w->pad_left;
        if (pick(0, 2) == 0) { /* as rounding up does: the last windows stick out */
            w->out_h++;
            w->out_w++;
        }
        p.count_padding = pick(0, 1) == 0;
        matrix src = matrix_random(w->in_h, w->in_w, w->in_w + pick(0, 3), -1, 1);
        if (!kernel->is_average && pick(0, 3) == 0) {
            matrix_at(&src, pick(0, w->in_h - 1))[pick(0, w->in_w - 1)] = NAN;
        }
        p.first_row = pick(0, w->out_h - 1);
        p.row_count = pick(0, w->out_h - p.first_row);
        matrix dst = matrix_new(w->out_h, w->out_w, w->out_w + (pick(0, 1) == 0 ? 0 : pick(1, 3)));
        p.src = src.data;
        p.src_row_stride_bytes = matrix_stride_bytes(&src);
        p.dst = dst.data;
        p.dst_row_stride_bytes = matrix_stride_bytes(&dst);
        kernel->run(&p);
        for (int64_t y = p.first_row; y < p.first_row + p.row_count; y++) {
            for (int64_t x = 0; x < w->out_w; x++) {
                check_pixel(&p, &src, &dst, y, x, kernel->is_average);
            }
        }
        matrix_delete(&src);
        matrix_delete(&dst);
    }
}
