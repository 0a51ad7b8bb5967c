/* SPDX-License-Identifier: Apache-2.0 */
/* im2col_f32_avx512.c: image windows as panels. */
#include "vec_avx512.h"

#include "../declare.h"
#include "im2col_f32_body.h"

void tern_im2col_f32_panel_avx512(const tern_im2col_f32 *panel)
{
    im2col(panel);
}
