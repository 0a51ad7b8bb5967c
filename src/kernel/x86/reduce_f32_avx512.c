/* SPDX-License-Identifier: Apache-2.0 */
/* reduce_f32_avx512.c: reductions of rows. */
#include "vec_avx512.h"

#include "../declare.h"
#include "reduce_f32_body.h"

void tern_reduce_f32_sum_avx512(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_sum);
}

void tern_reduce_f32_max_avx512(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_max);
}

void tern_reduce_f32_min_avx512(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_min);
}

void tern_reduce_f32_sum_squares_avx512(const tern_reduce_f32 *rows)
{
    reduce(rows, TERN_REDUCE_sum_squares);
}
