/* SPDX-License-Identifier: Apache-2.0 */
/* rows_test.c: every row of softmax.def and reduce.def against its definition in double. */
#include "check.h"

#include <float.h>
#include <math.h>

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #variant "_" #isa}, )
static const struct {
    const char *name;
} softmax_rows[] = {
#include "kernel/softmax.def"
};

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #variant "_" #isa}, )
static const struct {
    const char *name;
} reduce_rows[] = {
#include "kernel/reduce.def"
};

/* x - max is rounded to float, so an exponential may be off by as many ulps as that difference is
   large. */
static void check_softmax(const tern_softmax_f32 *s, const float *x, const float *y)
{
    double top = -HUGE_VAL, sum = 0.0;
    for (int64_t j = 0; j < s->columns; j++) {
        top = fmax(top, (double)x[j]);
    }
    for (int64_t j = 0; j < s->columns; j++) {
        sum += exp((double)x[j] - top);
    }
    for (int64_t j = 0; j < s->columns; j++) {
        const double d = (double)x[j] - top;
        const double want = s->is_log ? d - log(sum) : exp(d) / sum;
        const double ulps = s->is_log ? 4.0 : 6.0 + fabs(d);
        /* the sum is at least 1, so its logarithm carries an absolute error of its last bit */
        if (!is_near((double)y[j], want, ulps, s->is_log ? fmax(fabs(d), 1.0 + log(sum)) : 0.0)) {
            FAIL("column %lld of %lld is %.9g, not %.9g", (long long)j, (long long)s->columns,
                 (double)y[j], want);
        }
    }
}

TERN_TEST_ROWS(softmax, softmax_rows)
{
    const tern_softmax_kernel *kernel = &tern_softmax_kernels[row];
    CHECK_TEXT(kernel->name, softmax_rows[row].name);
    need_isa(kernel->isa);
    for (int round = 0; round < 200; round++) {
        const int64_t rows = pick(0, 3), columns = pick(0, 1) == 0 ? pick(0, 40) : pick(0, 1200);
        const double range = pick(0, 1) == 0 ? 3.0 : 60.0;
        matrix src = matrix_random(rows, columns, columns + pick(0, 3), -range, range);
        matrix dst = pick(0, 2) == 0 ? matrix_copy(&src) : matrix_new(rows, columns, columns + 2);
        const bool is_in_place = pick(0, 2) == 0 && dst.stride == src.stride;
        if (is_in_place) {
            memcpy(dst.data, src.data, src.used_bytes);
        }
        const tern_softmax_f32 s = {is_in_place ? dst.data : src.data,
                                    matrix_stride_bytes(is_in_place ? &dst : &src),
                                    dst.data,
                                    matrix_stride_bytes(&dst),
                                    rows,
                                    columns,
                                    pick(0, 1) == 0};
        kernel->run(&s);
        for (int64_t i = 0; i < rows; i++) {
            check_softmax(&s, matrix_at(&src, i), matrix_at(&dst, i));
        }
        matrix_delete(&src);
        matrix_delete(&dst);
    }
}

TERN_TEST_ROWS(softmax_of_extremes, softmax_rows)
{
    const tern_softmax_kernel *kernel = &tern_softmax_kernels[row];
    need_isa(kernel->isa);
    float x[4] = {FLT_MAX, -FLT_MAX, 0.0f, -INFINITY}, y[4];
    tern_softmax_f32 s = {x, sizeof x, y, sizeof y, 1, 4, false};
    kernel->run(&s);
    CHECK(y[0] == 1.0f && y[1] == 0.0f && y[2] == 0.0f && y[3] == 0.0f);
    x[2] = NAN;
    kernel->run(&s);
    CHECK(isnan(y[0]) && isnan(y[1]) && isnan(y[2]) && isnan(y[3]));
    x[0] = x[1] = x[2] = -INFINITY; /* no largest element: nothing sensible, but no crash */
    kernel->run(&s);
    CHECK(isnan(y[0]) && isnan(y[3]));
}

static double reduced(tern_reduce_kind kind, const float *x, int64_t n, double *out_size)
{
    double sum = 0.0, squares = 0.0, top = -HUGE_VAL, bottom = HUGE_VAL;
    for (int64_t j = 0; j < n; j++) {
        const double v = (double)x[j];
        sum += v;
        squares += v * v;
        *out_size += fabs(v);
        top = isnan(v) || v > top ? v : top;
        bottom = isnan(v) || v < bottom ? v : bottom;
    }
    switch (kind) {
    case TERN_REDUCE_sum: return sum;
    case TERN_REDUCE_max: return top;
    case TERN_REDUCE_min: return bottom;
    case TERN_REDUCE_sum_squares: break;
    }
    return squares;
}

TERN_TEST_ROWS(reduce, reduce_rows)
{
    const tern_reduce_kernel *kernel = &tern_reduce_kernels[row];
    CHECK_TEXT(kernel->name, reduce_rows[row].name);
    need_isa(kernel->isa);
    for (int round = 0; round < 200; round++) {
        const int64_t rows = pick(0, 3), columns = pick(0, 1) == 0 ? pick(0, 80) : pick(0, 9000);
        matrix src = matrix_random(rows, columns, columns + pick(0, 3), -1, 1);
        if (rows > 0 && columns > 0 && pick(0, 4) == 0) {
            matrix_at(&src, pick(0, rows - 1))[pick(0, columns - 1)] = NAN;
        }
        matrix dst = matrix_new(1, rows, rows);
        const float scale = pick(0, 1) == 0 ? 1.0f : 0.3f;
        const tern_reduce_f32 r = {src.data, matrix_stride_bytes(&src), dst.data, rows, columns,
                                   scale};
        kernel->run(&r);
        const bool is_pick = kernel->kind == TERN_REDUCE_max || kernel->kind == TERN_REDUCE_min;
        for (int64_t i = 0; i < rows; i++) {
            double size = 0.0;
            const double want =
                reduced(kernel->kind, matrix_at(&src, i), columns, &size) * (double)scale;
            const double got = (double)dst.data[i];
            if (!is_near(got, want, is_pick ? 1.0 : 8.0, is_pick ? 0.0 : size * (double)scale)) {
                FAIL("row of %lld is %.9g, not %.9g", (long long)columns, got, want);
            }
        }
        matrix_delete(&src);
        matrix_delete(&dst);
    }
}
