/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_48_avx512.c: tiles 48 columns wide, up to 27 accumulators. */

#include "vec_avx512.h"

#include "../declare.h"

#define NV 3
#define NR 48
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
#define MR 7
#include "gemm_f32_body.h"
#define MR 8
#include "gemm_f32_body.h"
#define MR 9
#include "gemm_f32_body.h"
#undef NV
#undef NR
