/* SPDX-License-Identifier: Apache-2.0
 *
 * gather on the CPU, mode default without elementwise axes: what lies behind the axis is copied at
 * once, a row for each index.  Embedding tables are read this way.
 */
#include "op/move/gather.h"
#include "op/tactic.h"

#include <string.h>

enum { CHUNK_BYTES = 65536 };

typedef struct job {
    const tern_launch *launch;
    int64_t length; /* of the axis */
    int64_t count;  /* indices */
    int64_t rows, rows_per_chunk;
    size_t row_bytes, index_bytes;
    tern_dtype index_dtype;
} job;

static bool is_simple(const tern_problem *p, const char **why_not)
{
    const tern_gather_attr *const a = p->attr;
    if (a->mode != TERN_GATHER_DEFAULT || a->elementwise_dims != 0) {
        return tern_decline(why_not, "the mode is not default, or axes go together");
    }
    return !tern_problem_is_packed(p, why_not);
}

static int64_t index_at(const job *j, int64_t i)
{
    const unsigned char *const at =
        (const unsigned char *)j->launch->x[1] + (size_t)i * j->index_bytes;
    int64_t index;
    int32_t narrow;
    if (j->index_dtype == TERN_DTYPE_I64) {
        memcpy(&index, at, sizeof index);
        return index;
    }
    if (j->index_dtype == TERN_DTYPE_I32) {
        memcpy(&narrow, at, sizeof narrow);
        return narrow;
    }
    tern_convert(j->index_dtype, at, TERN_DTYPE_I64, &index, 1);
    return index;
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    const job *const j = arg;
    const int64_t first = chunk * j->rows_per_chunk;
    (void)participant;
    for (int64_t row = first; row < first + j->rows_per_chunk && row < j->rows; row++) {
        const int64_t outer = row / j->count;
        int64_t at = index_at(j, row % j->count);
        unsigned char *const y = (unsigned char *)j->launch->y[0] + (size_t)row * j->row_bytes;
        at += at < 0 ? j->length : 0;
        if (at < 0 || at >= j->length) {
            memset(y, 0, j->row_bytes);
        } else {
            memcpy(y,
                   (const unsigned char *)j->launch->x[0] +
                       (size_t)(outer * j->length + at) * j->row_bytes,
                   j->row_bytes);
        }
    }
}

static tern_status run(const tern_launch *l)
{
    const tern_problem *const p = l->problem;
    const tern_gather_attr *const a = p->attr;
    int64_t outer, inner, total = 0;
    size_t elem = 0;
    job j = {.launch = l, .index_dtype = (tern_dtype)p->x[1].dtype};
    (void)tern_type_volume(&p->y[0], &total);
    if (total == 0) {
        return TERN_OK;
    }
    (void)tern_dtype_bytes((tern_dtype)p->y[0].dtype, 1, &elem);
    (void)tern_dtype_bytes(j.index_dtype, 1, &j.index_bytes);
    (void)tern_type_volume(&p->x[1], &j.count);
    tern_rows(&p->x[0], a->axis, &outer, &j.length, &inner);
    j.row_bytes = (size_t)inner * elem;
    j.rows = outer * j.count;
    j.rows_per_chunk = j.row_bytes < CHUNK_BYTES ? CHUNK_BYTES / (int64_t)j.row_bytes : 1;
    tern_team_each(l->team, (j.rows + j.rows_per_chunk - 1) / j.rows_per_chunk, run_chunk, &j);
    return TERN_OK;
}

const tern_tactic tern_cpu_gather[] = {
    {.name = "gather_rows", .isa = TERN_ISA_REF, .accepts = is_simple, .run = run},
    {.name = NULL},
};
