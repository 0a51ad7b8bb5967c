/* SPDX-License-Identifier: Apache-2.0 */
/* eltwise_f32_ref.c: the tile interpreter one element at a time, with the C library's float
   functions. */
#include "../declare.h"
#include "../prelude_f32.h"
#include "../vec_ref.h"

#define EXPAND_single(...) __VA_ARGS__
#define EXPAND_none(...)
#define EXPAND_vector(...) __VA_ARGS__
#define OTHERWISE(opcode, s, dst, n) ((void)0)
#include "../eltwise_f32_body.h"

void tern_scalar_row_f32_ref(uint32_t opcode, const tern_row_source *s, float *dst, int64_t count)
{
    run(opcode, s, dst, count);
}

void tern_eltwise_f32_tile_ref(const tern_expr *expr, const tern_expr_tile *tile)
{
    run_tile(expr, tile);
}
