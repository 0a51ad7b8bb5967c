/* SPDX-License-Identifier: Apache-2.0 */
/* eltwise_f32_avx2.c: the tile interpreter over avx2 vectors; rows without vector code go to ref.
   */
#include "vec_avx2.h"

#include "../declare.h"
#include "prelude_vec.h"

#define EXPAND_single(...)
#define EXPAND_none(...)
#define EXPAND_vector(...) __VA_ARGS__
#define OTHERWISE(opcode, s, dst, n) tern_scalar_row_f32_ref(opcode, s, dst, n)
#include "../eltwise_f32_body.h"

void tern_eltwise_f32_tile_avx2(const tern_expr *expr, const tern_expr_tile *tile)
{
    run_tile(expr, tile);
}
