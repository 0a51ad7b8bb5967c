/* SPDX-License-Identifier: Apache-2.0
 *
 * reduce on the CPU: the last axes, whose elements lie side by side, by the row kernel; a chunk is
 * a few rows.
 */
#include "op/gemm/gemm_cpu.h"
#include "op/reduce/reduce.h"

/* Rows and their length, where the reduced axes are the last ones (axes of extent 1 do not
   matter). */
static bool rows_of(const tern_problem *p, int64_t *out_rows, int64_t *out_length)
{
    const tern_reduce_attr *a = p->attr;
    bool is_behind = true;
    *out_rows = 1;
    *out_length = 1;
    for (int32_t i = p->x[0].rank - 1; i >= 0; i--) {
        const int64_t extent = p->x[0].dims[i];
        const bool is_reduced = (a->axes >> i & 1u) != 0;
        if (extent != 1 && is_reduced && !is_behind) {
            return false;
        }
        is_behind = is_behind && (is_reduced || extent == 1);
        *(is_reduced ? out_length : out_rows) *= extent;
    }
    return true;
}

static bool accepts(const tern_problem *p, const char **why_not)
{
    const tern_reduce_attr *a = p->attr;
    int64_t rows, length;
    if (p->x[0].dtype != TERN_DTYPE_F32) {
        return tern_decline(why_not, "the input is not f32");
    }
    if (a->op == TERN_REDUCE_OP_PROD || a->op > TERN_REDUCE_OP_AVG) {
        return tern_decline(why_not, "products, norms and logarithms have no kernel");
    }
    if (p->own_count > TERN_REDUCE_X_AXES && p->x[TERN_REDUCE_X_AXES].dtype != 0) {
        return tern_decline(why_not, "the axes are an operand");
    }
    if (!rows_of(p, &rows, &length)) {
        return tern_decline(why_not, "the reduced axes are not the last ones");
    }
    return true;
}

typedef struct reduce_run {
    tern_reduce_f32 rows; /* of the whole call */
    const tern_reduce_kernel *kernel;
    int64_t rows_per_chunk;
    float divisor;
} reduce_run;

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    (void)participant;
    const reduce_run *r = arg;
    tern_reduce_f32 job = r->rows;
    const int64_t first = chunk * r->rows_per_chunk, left = job.rows - first;
    job.src += first * job.columns;
    job.dst += first;
    job.rows = left < r->rows_per_chunk ? left : r->rows_per_chunk;
    r->kernel->run(&job);
    for (int64_t i = 0; i < job.rows && r->divisor != 1.0f; i++) {
        job.dst[i] /= r->divisor; /* not a factor 1 / length, which would round first */
    }
}

static tern_reduce_kind kind_of(int32_t op)
{
    return op == TERN_REDUCE_OP_MAX   ? TERN_REDUCE_max
           : op == TERN_REDUCE_OP_MIN ? TERN_REDUCE_min
                                      : TERN_REDUCE_sum;
}

static tern_status run(const tern_launch *l, tern_isa isa)
{
    enum { CHUNK_ELEMENTS = 1 << 15 };
    const tern_problem *p = l->problem;
    const tern_reduce_attr *a = p->attr;
    int64_t rows, length;
    (void)rows_of(p, &rows, &length);
    reduce_run r = {
        .rows = {.src = l->x[0],
                 .src_stride_bytes = (size_t)length * sizeof(float),
                 .dst = l->y[0],
                 .rows = rows,
                 .columns = length,
                 .scale = 1.0f},
        .kernel = tern_reduce_find(kind_of(a->op), 1u << isa),
        .rows_per_chunk = CHUNK_ELEMENTS / (length + 1) + 1,
        .divisor = a->op == TERN_REDUCE_OP_AVG ? (float)length : 1.0f,
    };
    tern_run_chunks(l->team, tern_ceil_div(rows, r.rows_per_chunk), run_chunk, &r);
    return TERN_OK;
}

#include "op/for_each_isa.h"

/* clang-format off */
#define ROWS(token)                                                                               \
    TERN_BUILT_##token({.name = "reduce_rows_" #token,                                            \
                        .isa = TERN_ISA_##token, .accepts = accepts,                              \
                        .run = run_##token},)

const tern_tactic tern_cpu_reduce[] = {
    ROWS(avx512)
    ROWS(avx2)
    ROWS(ref)
    {.name = NULL},
};
/* clang-format on */
