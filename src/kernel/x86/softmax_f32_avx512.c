/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_f32_avx512.c: softmax of rows. */
#include "vec_avx512.h"

#include "../declare.h"
#include "softmax_f32_body.h"

void tern_softmax_f32_row_avx512(const tern_softmax_f32 *rows)
{
    softmax(rows);
}
