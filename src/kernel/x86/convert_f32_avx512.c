/* SPDX-License-Identifier: Apache-2.0 */
/* convert_f32_avx512.c: float to and from the two 16-bit floats. */
#include "vec_avx512.h"

#include "../declare.h"
#include "convert_f32_body.h"

void tern_convert_f16f32_row_avx512(const void *src, void *dst, int64_t count)
{
    widen(src, dst, count, false);
}

void tern_convert_f32f16_row_avx512(const void *src, void *dst, int64_t count)
{
    narrow(src, dst, count, false);
}

void tern_convert_bf16f32_row_avx512(const void *src, void *dst, int64_t count)
{
    widen(src, dst, count, true);
}

void tern_convert_f32bf16_row_avx512(const void *src, void *dst, int64_t count)
{
    narrow(src, dst, count, true);
}
