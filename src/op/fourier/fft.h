/* SPDX-License-Identifier: Apache-2.0
 *
 * Discrete Fourier transforms of any length, in double precision, by the prime factors of the
 * length; roots of unity are exact to the last bit or so, and exactly 0, 1 where they are.
 */
#ifndef TERN_OP_FOURIER_FFT_H
#define TERN_OP_FOURIER_FFT_H

#include <stdint.h>

typedef struct tern_complex {
    double re, im;
} tern_complex;

/* cos and sin of 2 pi k / n, 0 <= k < n: the angle is brought into an octant as a fraction. */
tern_complex tern_unit_root(int64_t k, int64_t n);

/* roots[k] = exp(-2 pi i k / n) */
void tern_fft_roots(int64_t n, tern_complex *roots);

/* y[f] = sum of x[t] * roots[f * t mod n]; temp has n elements; nothing overlaps. */
void tern_fft(int64_t n, const tern_complex *roots, const tern_complex *x, tern_complex *y,
              tern_complex *temp);

#endif
