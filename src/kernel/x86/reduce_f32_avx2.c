/* SPDX-License-Identifier: Apache-2.0 */
/* reduce_f32_avx2.c: reductions of rows. */
#include "vec_avx2.h"

#include "../declare.h"
#include "reduce_f32_body.h"

void tern_reduce_f32_sum_avx2(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_sum);
}

void tern_reduce_f32_max_avx2(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_max);
}

void tern_reduce_f32_min_avx2(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_min);
}

void tern_reduce_f32_sum_squares_avx2(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_sum_squares);
}
