/* SPDX-License-Identifier: Apache-2.0
 *
 * softmax on the CPU: rows that lie side by side, by the row kernel; a chunk is a few rows.
 */
#include "base/bits.h"
#include "op/gemm/gemm_cpu.h"
#include "op/softmax/softmax.h"

static bool accepts(const tern_problem *p, const char **why_not)
{
    const tern_softmax_attr *a = p->attr;
    if (p->x[0].dtype != TERN_DTYPE_F32) {
        return tern_decline(why_not, "the input is not f32");
    }
    if (a->hard != 0) {
        return tern_decline(why_not, "the hard form has no kernel");
    }
    int64_t outer, length, inner;
    tern_rows(&p->x[0], tern_bit_lowest(a->axes), &outer, &length, &inner);
    if (inner != 1) {
        return tern_decline(why_not, "the elements of a row do not lie side by side");
    }
    return true;
}

typedef struct softmax_run {
    tern_softmax_f32 rows; /* of the whole call */
    const tern_softmax_kernel *kernel;
    int64_t rows_per_chunk;
} softmax_run;

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    (void)participant;
    const softmax_run *r = arg;
    tern_softmax_f32 job = r->rows;
    const int64_t first = chunk * r->rows_per_chunk, left = job.rows - first;
    job.src += first * job.columns;
    job.dst += first * job.columns;
    job.rows = left < r->rows_per_chunk ? left : r->rows_per_chunk;
    r->kernel->run(&job);
}

static tern_status run(const tern_launch *l, tern_isa isa)
{
    enum { CHUNK_ELEMENTS = 1 << 14 };
    const tern_problem *p = l->problem;
    const tern_softmax_attr *a = p->attr;
    int64_t outer, length, inner;
    tern_rows(&p->x[0], tern_bit_lowest(a->axes), &outer, &length, &inner);
    softmax_run r = {
        .rows = {.src = l->x[0],
                 .src_stride_bytes = (size_t)length * sizeof(float),
                 .dst = l->y[0],
                 .dst_stride_bytes = (size_t)length * sizeof(float),
                 .rows = outer,
                 .columns = length,
                 .is_log = a->log != 0},
        .kernel = tern_softmax_find(1u << isa),
        .rows_per_chunk = CHUNK_ELEMENTS / (length + 1) + 1,
    };
    tern_run_chunks(l->team, tern_ceil_div(outer, r.rows_per_chunk), run_chunk, &r);
    return TERN_OK;
}

#include "op/for_each_isa.h"

/* clang-format off */
#define ROWS(token)                                                                               \
    TERN_BUILT_##token({.name = "softmax_rows_" #token,                                           \
                        .isa = TERN_ISA_##token, .accepts = accepts,                              \
                        .run = run_##token},)

const tern_tactic tern_cpu_softmax[] = {
    ROWS(avx512)
    ROWS(avx2)
    ROWS(ref)
    {.name = NULL},
};
/* clang-format on */
