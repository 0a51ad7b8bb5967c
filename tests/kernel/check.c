/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: guarded buffers and comparisons. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CANARY = 0xc5 };

int64_t pick(int64_t min, int64_t max)
{
    return tern_test_random_int(min, max);
}

matrix matrix_new(int64_t rows, int64_t columns, int64_t stride)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const int64_t count = rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns;
    const size_t used = (size_t)count * sizeof(float);
    const size_t inner = used / page * page + page;
    matrix m = {.rows = rows, .columns = columns, .stride = stride};
    m.page_bytes = inner + 2 * page;
    m.used_bytes = used;
    m.pages = mmap(NULL, m.page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(m.pages != MAP_FAILED);
    REQUIRE_INT(mprotect(m.pages + page, inner, PROT_READ | PROT_WRITE), 0);
    memset(m.pages + page, CANARY, inner);
    const size_t at = pick(0, 2) == 0 ? page : page + inner - used;
    m.data = (float *)(void *)(m.pages + at);
    return m;
}

matrix matrix_random(int64_t rows, int64_t columns, int64_t stride, double min, double max)
{
    matrix m = matrix_new(rows, columns, stride);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++) {
            matrix_at(&m, i)[j] = (float)tern_test_random_double(min, max);
        }
    }
    return m;
}

matrix matrix_copy(const matrix *m)
{
    matrix copy = matrix_new(m->rows, m->columns, m->stride);
    memcpy(copy.data, m->data, m->used_bytes);
    return copy;
}

static bool is_canary(const void *from, const void *to)
{
    for (const unsigned char *p = from; p < (const unsigned char *)to; p++) {
        if (*p != CANARY) {
            return false;
        }
    }
    return true;
}

void matrix_delete(matrix *m)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const unsigned char *data = (const unsigned char *)m->data;
    CHECK(is_canary(m->pages + page, data));
    CHECK(is_canary(data + m->used_bytes, m->pages + m->page_bytes - page));
    for (int64_t i = 0; i + 1 < m->rows && m->columns > 0; i++) {
        if (!is_canary(matrix_at(m, i) + m->columns, matrix_at(m, i + 1))) {
            FAIL("wrote behind row %lld", (long long)i);
            break;
        }
    }
    munmap(m->pages, m->page_bytes);
    *m = (matrix){0};
}

static uint32_t machine_isa_mask(void)
{
    uint32_t mask = 1u << TERN_ISA_REF;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        mask |= 1u << TERN_ISA_AVX2;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        mask |= 1u << TERN_ISA_AVX512;
    }
#endif
    return mask;
}

void need_isa(tern_isa isa)
{
    if ((machine_isa_mask() >> isa & 1u) == 0) {
        SKIP("this machine lacks the instructions");
    }
}

bool is_near(double got, double want, double ulps, double size)
{
    if (isnan(want) || isnan(got)) {
        return isnan(want) && isnan(got);
    }
    if (isinf(want) || isinf(got)) { /* near the largest number, either side of the edge is near */
        const double other = isinf(want) ? got : want;
        const bool is_edge = fabs(other) >= (double)FLT_MAX * (1.0 - ulps * (double)FLT_EPSILON);
        return got == want || (is_edge && (got > 0.0) == (want > 0.0));
    }
    const double by = ulps * (double)FLT_EPSILON * fmax(fabs(want), size);
    return fabs(got - want) <= fmax(by, (double)FLT_MIN);
}
