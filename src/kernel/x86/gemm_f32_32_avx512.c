/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_32_avx512.c: tiles 32 columns wide, up to 28 accumulators. */

#include "vec_avx512.h"

#include "../declare.h"

#define NV 2
#define NR 32
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
#define MR 10
#include "gemm_f32_body.h"
#define MR 11
#include "gemm_f32_body.h"
#define MR 12
#include "gemm_f32_body.h"
#define MR 13
#include "gemm_f32_body.h"
#define MR 14
#include "gemm_f32_body.h"
#undef NV
#undef NR
