/* SPDX-License-Identifier: Apache-2.0 */
/* table.c: the .def rows as arrays, and the one rule of choice: of the rows that fit, the last one
   wins. */
#include "declare.h"

#define TERN_KERNEL(family, t, m, n, isa)                                                          \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #m "x" #n "_" #isa,                               \
                      tern_##family##_##t##_##m##x##n##_##isa,                                     \
                      tern_##family##_##t##_##m##x##n##_##isa##_strided, m, n, TERN_ISA_##isa}, )
const tern_gemm_kernel tern_gemm_kernels[] = {
#include "gemm.def"
    {0},
};

enum { IS_COLUMNS_rows = false, IS_COLUMNS_columns = true };
#define TERN_PACK(family, t, source, isa)                                                          \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #source "_" #isa,                                 \
                      tern_##family##_##t##_##source##_##isa, IS_COLUMNS_##source,                 \
                      TERN_ISA_##isa}, )
const tern_pack_kernel tern_pack_kernels[] = {
#include "gemm.def"
    {0},
};

#define NAME_AND_RUN(family, t, variant, isa)                                                      \
    "tern_" #family "_" #t "_" #variant "_" #isa, tern_##family##_##t##_##variant##_##isa

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({NAME_AND_RUN(family, t, variant, isa), TERN_ISA_##isa}, )
const tern_im2col_kernel tern_im2col_kernels[] = {
#include "conv.def"
    {0},
};

enum { LANES_ref = 8, LANES_avx512 = 16 };
#define TERN_CONV(family, t, m, n, isa)                                                            \
    TERN_BUILT_##isa({"tern_" #family "_" #t "_" #m "x" #n "_" #isa,                               \
                      tern_##family##_##t##_##m##x##n##_##isa, m, n, LANES_##isa,                  \
                      TERN_ISA_##isa}, )
const tern_conv_kernel tern_conv_kernels[] = {
#include "conv.def"
    {0},
};

enum { IS_AVERAGE_max = false, IS_AVERAGE_average = true };
#define TERN_KERNEL(family, t, mode, isa)                                                          \
    TERN_BUILT_##isa({NAME_AND_RUN(family, t, mode, isa), IS_AVERAGE_##mode, TERN_ISA_##isa}, )
const tern_pool_kernel tern_pool_kernels[] = {
#include "pool.def"
    {0},
};

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({NAME_AND_RUN(family, t, variant, isa), TERN_ISA_##isa}, )
const tern_softmax_kernel tern_softmax_kernels[] = {
#include "softmax.def"
    {0},
};

#define TERN_KERNEL(family, t, what, isa)                                                          \
    TERN_BUILT_##isa({NAME_AND_RUN(family, t, what, isa), TERN_REDUCE_##what, TERN_ISA_##isa}, )
const tern_reduce_kernel tern_reduce_kernels[] = {
#include "reduce.def"
    {0},
};

#define TERN_KERNEL(family, t, variant, isa)                                                       \
    TERN_BUILT_##isa({NAME_AND_RUN(family, t, variant, isa), TERN_ISA_##isa}, )
const tern_eltwise_kernel tern_eltwise_kernels[] = {
#include "eltwise.def"
    {0},
};

#define TERN_CONVERT(family, t, source, target, isa)                                               \
    TERN_BUILT_##isa({NAME_AND_RUN(family, t, row, isa), TERN_CONVERT_##source,                    \
                      TERN_CONVERT_##target, TERN_ISA_##isa}, )
const tern_convert_kernel tern_convert_kernels[] = {
#include "eltwise.def"
    {0},
};

static bool is_in(tern_isa isa, uint32_t isa_mask)
{
    return (isa_mask >> isa & 1u) != 0;
}

const tern_gemm_kernel *tern_gemm_find(int32_t rows, int32_t columns, uint32_t isa_mask)
{
    const tern_gemm_kernel *found = NULL;
    for (const tern_gemm_kernel *k = tern_gemm_kernels; k->name != NULL; k++) {
        if (k->rows == rows && k->columns == columns && is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_pack_kernel *tern_pack_find(bool is_columns, uint32_t isa_mask)
{
    const tern_pack_kernel *found = NULL;
    for (const tern_pack_kernel *k = tern_pack_kernels; k->name != NULL; k++) {
        if (k->is_columns == is_columns && is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_im2col_kernel *tern_im2col_find(uint32_t isa_mask)
{
    const tern_im2col_kernel *found = NULL;
    for (const tern_im2col_kernel *k = tern_im2col_kernels; k->name != NULL; k++) {
        if (is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_conv_kernel *tern_conv_find(int32_t rows, int32_t columns, uint32_t isa_mask)
{
    const tern_conv_kernel *found = NULL;
    for (const tern_conv_kernel *k = tern_conv_kernels; k->name != NULL; k++) {
        if (k->rows == rows && k->columns == columns && is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_pool_kernel *tern_pool_find(bool is_average, uint32_t isa_mask)
{
    const tern_pool_kernel *found = NULL;
    for (const tern_pool_kernel *k = tern_pool_kernels; k->name != NULL; k++) {
        if (k->is_average == is_average && is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_softmax_kernel *tern_softmax_find(uint32_t isa_mask)
{
    const tern_softmax_kernel *found = NULL;
    for (const tern_softmax_kernel *k = tern_softmax_kernels; k->name != NULL; k++) {
        if (is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_reduce_kernel *tern_reduce_find(tern_reduce_kind kind, uint32_t isa_mask)
{
    const tern_reduce_kernel *found = NULL;
    for (const tern_reduce_kernel *k = tern_reduce_kernels; k->name != NULL; k++) {
        if (k->kind == kind && is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_eltwise_kernel *tern_eltwise_find(uint32_t isa_mask)
{
    const tern_eltwise_kernel *found = NULL;
    for (const tern_eltwise_kernel *k = tern_eltwise_kernels; k->name != NULL; k++) {
        if (is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}

const tern_convert_kernel *tern_convert_find(tern_convert_type source, tern_convert_type target,
                                             uint32_t isa_mask)
{
    const tern_convert_kernel *found = NULL;
    for (const tern_convert_kernel *k = tern_convert_kernels; k->name != NULL; k++) {
        if (k->source == source && k->target == target && is_in(k->isa, isa_mask)) {
            found = k;
        }
    }
    return found;
}
