/* SPDX-License-Identifier: Apache-2.0
 *
 * fully_connected on the CPU: a constant kernel packed into panels when building, then the product
 * driver.
 */
#include "op/gemm/gemm_cpu.h"

/* Rows, flattened input and outputs. */
typedef struct extents {
    int64_t m, k, n;
} extents;

static extents extents_of(const tern_problem *p)
{
    const tern_type *x = &p->x[0];
    extents e = {.m = 1, .k = 1, .n = p->y[0].dims[p->y[0].rank - 3]};
    for (int32_t i = 0; i < x->rank; i++) {
        if (i < x->rank - 3) {
            e.m *= x->dims[i];
        } else {
            e.k *= x->dims[i];
        }
    }
    return e;
}

static bool accepts(const tern_problem *p, const char **why_not)
{
    for (int32_t i = 0; i < p->own_count; i++) {
        if (p->x[i].dtype != TERN_DTYPE_F32 && p->x[i].dtype != 0) {
            return tern_decline(why_not, "operands are not f32");
        }
    }
    if (p->x_data == NULL || p->x_data[1] == NULL) {
        return tern_decline(why_not, "the kernel is not constant");
    }
    return tern_epilogue_accepts(p, p->y[0].rank - 3, why_not);
}

static size_t packed_bytes(const tern_problem *p, tern_isa isa)
{
    const extents e = extents_of(p);
    return tern_gemm_panel_bytes(e.k, e.n, tern_gemm_columns(isa, e.n));
}

static void pack(const tern_problem *p, void *dst, tern_isa isa)
{
    const extents e = extents_of(p);
    const tern_gemm_matrix b = {.k = e.k, .n = e.n, .src = p->x_data[1], .is_transposed = true};
    tern_gemm_pack_panels(isa, tern_gemm_columns(isa, e.n), &b, dst);
}

static tern_status run(const tern_launch *l, tern_isa isa)
{
    const tern_problem *p = l->problem;
    const extents e = extents_of(p);
    const float *bias = p->own_count > 2 ? l->x[2] : NULL;
    tern_epilogue epilogue;
    tern_epilogue_prepare(l, p->y[0].rank - 3, bias == NULL ? TERN_EPILOGUE_TAKES_BIAS : 0, isa,
                          &epilogue);
    const tern_gemm_job job = {
        .m = e.m,
        .n = e.n,
        .k = e.k,
        .a = l->x[0],
        .a_stride_bytes = (size_t)e.k * sizeof(float),
        .b = l->packed,
        .c = l->y[0],
        .c_stride_bytes = (size_t)e.n * sizeof(float),
        .bias = bias != NULL ? bias : epilogue.bias,
        .epilogue = &epilogue,
        .family = tern_gemm_family_find(tern_gemm_columns(isa, e.n)),
    };
    tern_gemm_run(&job, l->team);
    return TERN_OK;
}

#define TERN_ISA_PACKS
#include "op/for_each_isa.h"

/* clang-format off */
#define PANEL(token)                                                                              \
    TERN_BUILT_##token({.name = "gemm_panel_" #token,                                             \
                        .isa = TERN_ISA_##token, .accepts = accepts,                              \
                        .packed_bytes = packed_bytes_##token, .pack = pack_##token,               \
                        .packs = 1u << 1,                                                         \
                        .run = run_##token},)

const tern_tactic tern_cpu_fully_connected[] = {
    PANEL(avx512)
    PANEL(avx2)
    PANEL(ref)
    {.name = NULL},
};
/* clang-format on */
