/* SPDX-License-Identifier: Apache-2.0
 *
 * concat on the CPU: each row of the result is cut into pieces of fixed size, and a piece is
 * filled from the inputs that reach into it.
 */
#include "op/move/concat.h"
#include "op/tactic.h"

#include <string.h>

enum { PIECE_BYTES = 65536 };

typedef struct job {
    const tern_launch *launch;
    size_t row_bytes; /* of the result, around the axis */
    size_t inner_bytes;
    int64_t axis;
    int64_t rows, pieces, rows_per_chunk;
} job;

/* Bytes from..to of row `row`. */
static void fill(const job *j, int64_t row, size_t from, size_t to)
{
    const tern_problem *const p = j->launch->problem;
    unsigned char *const y = (unsigned char *)j->launch->y[0] + (size_t)row * j->row_bytes;
    size_t begin = 0;
    for (int32_t i = 0; i < p->own_count && begin < to; i++) {
        const size_t bytes = (size_t)p->x[i].dims[j->axis] * j->inner_bytes;
        const size_t end = begin + bytes;
        const size_t lower = begin > from ? begin : from, upper = end < to ? end : to;
        if (lower < upper) {
            const unsigned char *const x =
                (const unsigned char *)j->launch->x[i] + (size_t)row * bytes;
            memcpy(y + lower, x + (lower - begin), upper - lower);
        }
        begin = end;
    }
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    const job *const j = arg;
    const size_t from = (size_t)(chunk % j->pieces) * PIECE_BYTES;
    const size_t to = j->row_bytes - from < PIECE_BYTES ? j->row_bytes : from + PIECE_BYTES;
    const int64_t first = chunk / j->pieces * j->rows_per_chunk;
    (void)participant;
    for (int64_t row = first; row < first + j->rows_per_chunk && row < j->rows; row++) {
        fill(j, row, from, to);
    }
}

static tern_status run(const tern_launch *l)
{
    const tern_problem *const p = l->problem;
    const tern_concat_attr *const a = p->attr;
    int64_t outer, length, inner;
    size_t elem = 0;
    (void)tern_dtype_bytes((tern_dtype)p->y[0].dtype, 1, &elem);
    tern_rows(&p->y[0], a->axis, &outer, &length, &inner);
    job j = {.launch = l, .axis = a->axis, .rows = outer, .inner_bytes = (size_t)inner * elem};
    j.row_bytes = (size_t)length * j.inner_bytes;
    if (outer == 0 || j.row_bytes == 0) {
        return TERN_OK;
    }
    j.pieces = (int64_t)((j.row_bytes + PIECE_BYTES - 1) / PIECE_BYTES);
    j.rows_per_chunk = j.row_bytes < PIECE_BYTES ? (int64_t)(PIECE_BYTES / j.row_bytes) : 1;
    const int64_t strips = (outer + j.rows_per_chunk - 1) / j.rows_per_chunk;
    tern_team_each(l->team, strips * j.pieces, run_chunk, &j);
    return TERN_OK;
}

static bool has_bytes(const tern_problem *p, const char **why_not)
{
    return !tern_problem_is_packed(p, why_not);
}

const tern_tactic tern_cpu_concat[] = {
    {.name = "concat_rows", .isa = TERN_ISA_REF, .accepts = has_bytes, .run = run},
    {.name = NULL},
};
