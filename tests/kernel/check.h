/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: what every kernel test needs: buffers between unreadable pages, canaries, the machine's
   ISA mask.

   A buffer is flush with the page after it or with the page before it, by chance, so reading or
   writing one element too far in either direction faults; the rest of its own pages holds canaries.
   */
#ifndef TERN_TESTS_KERNEL_CHECK_H
#define TERN_TESTS_KERNEL_CHECK_H

#include "harness/harness.h"
#include "kernel/table.h"

/* Rows x columns floats, rows `stride` elements apart; what lies between rows is canary. */
typedef struct matrix {
    float *data;
    int64_t rows, columns, stride;
    unsigned char *pages; /* with the two unreadable ones */
    size_t page_bytes;    /* all of them */
    size_t used_bytes;
} matrix;

/* Filled with canaries. Zero rows or columns give an address that may not be read. */
matrix matrix_new(int64_t rows, int64_t columns, int64_t stride);

/* The same, filled with random numbers in min .. max. */
matrix matrix_random(int64_t rows, int64_t columns, int64_t stride, double min, double max);

static inline float *matrix_at(const matrix *m, int64_t row)
{
    return m->data + row * m->stride;
}

static inline size_t matrix_stride_bytes(const matrix *m)
{
    return (size_t)m->stride * sizeof(float);
}

/* The same size and stride, elsewhere, with the same numbers. */
matrix matrix_copy(const matrix *m);

/* Checks all canaries, those between rows too, then gives the memory back. */
void matrix_delete(matrix *m);

/* Ends a test of a level that this machine lacks. */
void need_isa(tern_isa isa);

/* |got - want| in units of `ulps` ulps of `size`; errors below the smallest normal number are none.
   */
bool is_near(double got, double want, double ulps, double size);

int64_t pick(int64_t min, int64_t max);

#endif
