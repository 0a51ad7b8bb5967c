/* SPDX-License-Identifier: Apache-2.0 */
/* pool_f32_avx512.c: 2-D pooling of one plane. */
#include "vec_avx512.h"

#include "../declare.h"
#include "pool_f32_body.h"

void tern_pool_f32_max_avx512(const tern_pool_f32 *plane)
{
    pool(plane, false);
}

void tern_pool_f32_average_avx512(const tern_pool_f32 *plane)
{
    pool(plane, true);
}
