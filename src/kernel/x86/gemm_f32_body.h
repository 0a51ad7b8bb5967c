/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_body.h: both forms of one tile, for MR (rows, undefined again at the end), NV (vectors)
   and NR (columns). The names must be those that gemm.def's rows spell. */

#define JOIN_(m, n, isa, form) tern_gemm_f32_##m##x##n##_##isa##form
#define JOIN(m, n, isa, form) JOIN_(m, n, isa, form)

#define STRIDED 0
#define NAME JOIN(MR, NR, V_ISA, )
#include "gemm_f32_tile.h"
#undef STRIDED
#undef NAME

#define STRIDED 1
#define NAME JOIN(MR, NR, V_ISA, _strided)
#include "gemm_f32_tile.h"
#undef STRIDED
#undef NAME

#undef JOIN
#undef JOIN_
#undef MR
