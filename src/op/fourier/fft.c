/* SPDX-License-Identifier: Apache-2.0
 *
 * A transform of length p * m is p transforms of length m, of every p-th element each, and m of
 * length p across them (Cooley and Tukey); primes are summed as they stand.
 */
#include "op/fourier/fft.h"

#include <math.h>

#define PI 3.14159265358979323846

tern_complex tern_unit_root(int64_t k, int64_t n)
{
    /* Eighths of a turn; in odd ones the angle is measured back from the next, so that it is never
     * more than an eighth. */
    const int64_t octant = (int64_t)(8.0 * ((double)k / (double)n));
    const int64_t quarter = (octant + 1) / 2 % 4;
    /* k / n - (octant + 1) / 2 / 4 as a fraction of whole numbers */
    const double rest =
        ((double)(4 * (k % n)) - (double)n * (double)((octant + 1) / 2)) / (4.0 * (double)n);
    const double angle = 2.0 * PI * rest, c = cos(angle), s = sin(angle);
    switch (quarter) {
    case 0: return (tern_complex){c, s};
    case 1: return (tern_complex){-s, c};
    case 2: return (tern_complex){-c, -s};
    default: return (tern_complex){s, -c};
    }
}

void tern_fft_roots(int64_t n, tern_complex *roots)
{
    for (int64_t k = 0; k < n; k++) {
        const tern_complex w = tern_unit_root(k, n);
        roots[k] = (tern_complex){w.re, -w.im};
    }
}

static int64_t smallest_factor(int64_t n)
{
    for (int64_t p = 2; p * p <= n; p++) {
        if (n % p == 0) {
            return p;
        }
    }
    return n;
}

typedef struct plan {
    int64_t n;
    const tern_complex *roots;
    tern_complex *temp;
} plan;

/* The transform of the m elements x[0], x[stride] ...; stride * m is plan->n. */
static void transform(const plan *f, const tern_complex *x, int64_t stride, int64_t m,
                      tern_complex *y)
{
    if (m == 1) {
        y[0] = x[0];
        return;
    }
    const int64_t p = smallest_factor(m), part = m / p;
    for (int64_t j = 0; j < p; j++) {
        transform(f, x + j * stride, stride * p, part, y + j * part);
    }
    for (int64_t k = 0; k < part; k++) {
        for (int64_t q = 0; q < p; q++) {
            tern_complex sum = {0.0, 0.0};
            int64_t at = 0; /* of the root: j * (k + q * part) mod m */
            for (int64_t j = 0; j < p; j++) {
                const tern_complex w = f->roots[at * stride], v = y[j * part + k];
                sum.re += v.re * w.re - v.im * w.im;
                sum.im += v.re * w.im + v.im * w.re;
                at += k + q * part;
                at -= at >= m ? m : 0;
            }
            f->temp[q] = sum;
        }
        for (int64_t q = 0; q < p; q++) {
            y[q * part + k] = f->temp[q];
        }
    }
}

void tern_fft(int64_t n, const tern_complex *roots, const tern_complex *x, tern_complex *y,
              tern_complex *temp)
{
    const plan f = {n, roots, temp};
    transform(&f, x, 1, n, y);
}
