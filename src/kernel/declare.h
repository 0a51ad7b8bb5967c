/* SPDX-License-Identifier: Apache-2.0 */
/* declare.h: a prototype for every row of every .def table; included by kernels and by table.c, by
   nobody else. */
#ifndef TERN_KERNEL_DECLARE_H
#define TERN_KERNEL_DECLARE_H

#include "table.h"

/* A chunk of a row, or one value repeated for every lane. */
typedef struct tern_row_source {
    const float *data;
    bool is_splat;
} tern_row_source;

/* dst[i] = opcode(s[0][i], s[1][i], s[2][i]): what vector interpreters call for rows without vector
   code. */
void tern_scalar_row_f32_ref(uint32_t opcode, const tern_row_source *s, float *dst, int64_t count);

/* *out = element (i, j) of a tile whose products sum to `sum`. */
void tern_gemm_f32_finish_ref(const tern_gemm_f32 *t, int64_t i, int64_t j, double sum, float *out);

#define TERN_KERNEL(family, t, m, n, isa)                                                          \
    TERN_BUILT_##isa(                                                                              \
        void tern_##family##_##t##_##m##x##n##_##isa(const tern_gemm_f32 *);                       \
        void tern_##family##_##t##_##m##x##n##_##isa##_strided(const tern_gemm_f32 *);)
#define TERN_PACK(family, t, source, isa)                                                          \
    TERN_BUILT_##isa(void tern_##family##_##t##_##source##_##isa(const tern_pack_f32 *);)
#include "gemm.def"

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa(void tern_##family##_##t##_##variant##_##isa(const tern_im2col_f32 *);)
#define TERN_CONV(family, t, m, n, isa)                                                            \
    TERN_BUILT_##isa(void tern_##family##_##t##_##m##x##n##_##isa(const tern_gemm_f32 *,           \
                                                                  const tern_conv_layout *);)
#include "conv.def"

#define TERN_KERNEL(family, t, mode, isa)                                                          \
    TERN_BUILT_##isa(void tern_##family##_##t##_##mode##_##isa(const tern_pool_f32 *);)
#include "pool.def"

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa(void tern_##family##_##t##_##variant##_##isa(const tern_softmax_f32 *);)
#include "softmax.def"

#define TERN_KERNEL(family, t, what, isa)                                                          \
    TERN_BUILT_##isa(void tern_##family##_##t##_##what##_##isa(const tern_reduce_f32 *);)
#include "reduce.def"

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa(                                                                              \
        void tern_##family##_##t##_##variant##_##isa(const tern_expr *, const tern_expr_tile *);)
#define TERN_CONVERT(family, t, source, target, isa)                                               \
    TERN_BUILT_##isa(void tern_##family##_##t##_row_##isa(const void *, void *, int64_t);)
#include "eltwise.def"

#endif
