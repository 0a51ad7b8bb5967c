/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_test.c: every row of gemm.def against sums in double. */
#include "check.h"

#include <math.h>

#define TERN_KERNEL(family, t, m, n, isa)                                                          \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #m "x" #n "_" #isa}, )
static const struct {
    const char *name;
} tile_rows[] = {
#include "kernel/gemm.def"
};

#define TERN_PACK(family, t, source, isa)                                                          \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #source "_" #isa}, )
static const struct {
    const char *name;
} pack_rows[] = {
#include "kernel/gemm.def"
};

typedef struct problem {
    matrix a, b, c, bias, residual;
    bool is_packed;
    tern_gemm_f32 tile;
} problem;

static problem problem_new(const tern_gemm_kernel *kernel, bool is_packed)
{
    const int64_t m = kernel->rows, nr = kernel->columns;
    problem p = {.is_packed = is_packed};
    p.tile.k = pick(0, 3) == 0 ? pick(0, 9) : pick(0, 200);
    p.tile.n = (int32_t)(pick(0, 2) == 0 ? nr : pick(1, nr));
    p.tile.flags = (uint32_t)pick(0, 31);
    if ((p.tile.flags & TERN_GEMM_BIAS_M) != 0 && (p.tile.flags & TERN_GEMM_BIAS_N) != 0) {
        p.tile.flags &= ~(uint32_t)TERN_GEMM_BIAS_N;
    }
    p.tile.lo = -0.5f;
    p.tile.hi = 2.0f;
    const int64_t k = p.tile.k;
    p.a = is_packed ? matrix_random(k, m, m, -1, 1) : matrix_random(m, k, k + pick(0, 5), -1, 1);
    p.b = matrix_random(k, nr, nr, -1, 1);
    p.c = matrix_random(m, p.tile.n, p.tile.n + pick(0, 3), -1, 1);
    p.residual = matrix_random(m, p.tile.n, p.tile.n + pick(0, 3), -1, 1);
    p.bias = matrix_random(1, p.tile.flags & TERN_GEMM_BIAS_M ? m : p.tile.n, nr + m, -1, 1);
    p.tile.a = p.a.data;
    p.tile.a_stride_bytes = matrix_stride_bytes(&p.a);
    p.tile.b = p.b.data;
    p.tile.c = p.c.data;
    p.tile.c_stride_bytes = matrix_stride_bytes(&p.c);
    p.tile.bias = p.bias.data;
    p.tile.residual = p.residual.data;
    p.tile.residual_stride_bytes = matrix_stride_bytes(&p.residual);
    return p;
}

static void check_one(const problem *p, const matrix *before, int64_t i, int64_t j)
{
    const tern_gemm_f32 *t = &p->tile;
    double sum = 0.0, size = 0.0;
    for (int64_t k = 0; k < t->k; k++) {
        const float x = p->is_packed ? matrix_at(&p->a, k)[i] : matrix_at(&p->a, i)[k];
        const double product = (double)x * (double)matrix_at(&p->b, k)[j];
        sum += product;
        size += fabs(product);
    }
    sum += t->flags & TERN_GEMM_ACCUMULATE ? (double)matrix_at(before, i)[j] : 0.0;
    sum += t->flags & TERN_GEMM_BIAS_M ? (double)t->bias[i] : 0.0;
    sum += t->flags & TERN_GEMM_BIAS_N ? (double)t->bias[j] : 0.0;
    sum += t->flags & TERN_GEMM_RESIDUAL ? (double)matrix_at(&p->residual, i)[j] : 0.0;
    if (t->flags & TERN_GEMM_CLAMP) {
        sum = fmin(fmax(sum, (double)t->lo), (double)t->hi);
    }
    const float got = matrix_at(&p->c, i)[j];
    if (!is_near((double)got, sum, 2.0 + sqrt((double)t->k), size + 3.0)) {
        FAIL("[%lld][%lld] is %.9g, not %.9g (k %lld, n %d, flags %u)", (long long)i, (long long)j,
             (double)got, sum, (long long)t->k, t->n, t->flags);
    }
}

TERN_TEST_ROWS(gemm, tile_rows)
{
    const tern_gemm_kernel *kernel = &tern_gemm_kernels[row];
    CHECK_TEXT(kernel->name, tile_rows[row].name);
    need_isa(kernel->isa);
    for (int round = 0; round < 60; round++) {
        problem p = problem_new(kernel, round % 2 == 0);
        matrix before = matrix_copy(&p.c);
        (p.is_packed ? kernel->packed : kernel->strided)(&p.tile);
        for (int64_t i = 0; i < kernel->rows; i++) {
            for (int64_t j = 0; j < p.tile.n; j++) {
                check_one(&p, &before, i, j);
            }
        }
        matrix *all[] = {&p.a, &p.b, &p.c, &p.bias, &p.residual, &before};
        for (size_t i = 0; i < TERN_COUNT_OF(all); i++) {
            matrix_delete(all[i]);
        }
    }
}

TERN_TEST_ROWS(gemm_clamp_keeps_nan_and_residual_may_be_c, tile_rows)
{
    const tern_gemm_kernel *kernel = &tern_gemm_kernels[row];
    need_isa(kernel->isa);
    matrix c = matrix_random(kernel->rows, kernel->columns, kernel->columns, 5, 6);
    matrix_at(&c, kernel->rows - 1)[0] = NAN;
    tern_gemm_f32 tile = {.n = kernel->columns, .flags = TERN_GEMM_RESIDUAL | TERN_GEMM_CLAMP};
    tile.a = tile.b = tile.bias = c.data;
    tile.c = c.data;
    tile.residual = c.data;
    tile.c_stride_bytes = tile.residual_stride_bytes = matrix_stride_bytes(&c);
    tile.hi = 5.5f;
    kernel->packed(&tile);
    for (int64_t i = 0; i < kernel->rows; i++) {
        for (int64_t j = 0; j < kernel->columns; j++) {
            const bool is_nan = i == kernel->rows - 1 && j == 0;
            const float got = matrix_at(&c, i)[j];
            CHECK(is_nan ? isnan(got) : got >= 5.0f && got <= 5.5f);
        }
    }
    matrix_delete(&c);
}

TERN_TEST_ROWS(pack, pack_rows)
{
    const tern_pack_kernel *kernel = &tern_pack_kernels[row];
    CHECK_TEXT(kernel->name, pack_rows[row].name);
    need_isa(kernel->isa);
    for (int round = 0; round < 60; round++) {
        const int64_t k = pick(0, 70), width = pick(1, 64), count = pick(0, width);
        matrix src = kernel->is_columns ? matrix_random(count, k, k + pick(0, 3), -1, 1)
                                        : matrix_random(k, count, count + pick(0, 3), -1, 1);
        matrix dst = matrix_new(k, width, width);
        const tern_pack_f32 strip = {dst.data, src.data, matrix_stride_bytes(&src),
                                     k,        count,    width};
        kernel->run(&strip);
        bool is_right = true;
        for (int64_t i = 0; i < k; i++) {
            for (int64_t j = 0; j < width; j++) {
                const float got = matrix_at(&dst, i)[j];
                const bool is_padding = j >= count;
                const float want = is_padding           ? 0.0f
                                   : kernel->is_columns ? matrix_at(&src, j)[i]
                                                        : matrix_at(&src, i)[j];
                is_right = is_right && got == want;
            }
        }
        CHECK(is_right);
        matrix_delete(&src);
        matrix_delete(&dst);
    }
}

TERN_TEST(gemm_find_takes_the_last_row_that_fits)
{
    CHECK(tern_gemm_find(4, 8, 1u) != NULL);
    CHECK(tern_gemm_find(4, 8, 0u) == NULL);
    CHECK(tern_gemm_find(5, 7, ~0u) == NULL);
    const tern_pack_kernel *pack = tern_pack_find(true, ~0u);
    REQUIRE(pack != NULL);
    CHECK(pack->is_columns);
    for (const tern_pack_kernel *k = pack; k->name != NULL; k++) {
        CHECK(k == pack || !k->is_columns);
    }
}
