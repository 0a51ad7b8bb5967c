/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_f32_avx2.c: softmax of rows. */
#include "vec_avx2.h"

#include "../declare.h"
#include "softmax_f32_body.h"

void tern_softmax_f32_row_avx2(const tern_softmax_f32 *rows)
{
    softmax(rows);
}
