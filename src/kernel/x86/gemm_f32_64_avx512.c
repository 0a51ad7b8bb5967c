/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_64_avx512.c: tiles 64 columns wide, up to 24 accumulators; few rows stream B at memory
   speed. */

#include "vec_avx512.h"

#include "../declare.h"

#define NV 4
#define NR 64
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
