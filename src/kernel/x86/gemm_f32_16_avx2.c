/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_16_avx2.c: tiles 16 columns wide, up to 12 accumulators. */

#include "vec_avx2.h"

#include "../declare.h"

#define NV 2
#define NR 16
#define MR 1
#include "gemm_f32_body.h"
#define MR 2
#include "gemm_f32_body.h"
#define MR 3
#include "gemm_f32_body.h"
#define MR 4
#include "gemm_f32_body.h"
#define MR 5
#include "gemm_f32_body.h"
#define MR 6
#include "gemm_f32_body.h"
#undef NV
#undef NR
