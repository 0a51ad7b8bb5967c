/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of the operators on signals.
 */
#ifndef TERN_OP_FOURIER_FOURIER_H
#define TERN_OP_FOURIER_FOURIER_H

#include "op/op.h"

typedef struct tern_dft_attr {
    int64_t axis;
    int64_t length; /* 0: the input's */
    int32_t inverse, onesided;
} tern_dft_attr;

typedef struct tern_stft_attr {
    int32_t onesided;
    int32_t reserved;
} tern_stft_attr;

typedef struct tern_window_attr {
    tern_floats terms;
    int32_t periodic;
    int32_t dtype; /* tern_dtype */
} tern_window_attr;

typedef struct tern_mel_attr {
    int32_t dtype; /* tern_dtype */
    int32_t reserved;
} tern_mel_attr;

#endif
