/* SPDX-License-Identifier: Apache-2.0 */
/* pack_f32_avx2.c: strips of a matrix in the order in which product tiles read them. */
#include "vec_avx2.h"

#include "../declare.h"
#include "pack_f32_body.h"

void tern_pack_f32_rows_avx2(const tern_pack_f32 *strip)
{
    pack_rows(strip);
}

void tern_pack_f32_columns_avx2(const tern_pack_f32 *strip)
{
    pack_columns(strip);
}
