/* SPDX-License-Identifier: Apache-2.0
 *
 * slice on the CPU, modes strict and fill: row by row along the last axis, copying what lies
 * inside at once where the stride is 1.
 */
#include "op/move/slice.h"
#include "op/tactic.h"

#include <string.h>

enum { CHUNK_BYTES = 65536 };

typedef struct job {
    const tern_launch *launch;
    tern_slice_window window;
    int64_t strides[TERN_MAX_RANK]; /* of the input */
    int64_t rows, length;           /* of the result */
    int64_t rows_per_chunk;
    size_t elem;
    const void *fill;
} job;

static bool is_simple(const tern_problem *p, const char **why_not)
{
    const tern_slice_attr *const a = p->attr;
    if (a->mode != TERN_SLICE_STRICT && a->mode != TERN_SLICE_FILL) {
        return tern_decline(why_not, "the mode is not strict or fill");
    }
    if (p->y[0].rank == 0) {
        return tern_decline(why_not, "the input is a scalar");
    }
    return !tern_problem_is_packed(p, why_not);
}

static void fill_elements(const job *j, unsigned char *y, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        memcpy(y + (size_t)i * j->elem, j->fill, j->elem);
    }
}

/* One row whose place on the other axes is inside: `x` is its element 0 of the last axis. */
static void copy_row(const job *j, const unsigned char *x, unsigned char *y)
{
    const int32_t last = j->launch->problem->y[0].rank - 1;
    const int64_t extent = j->launch->problem->x[0].dims[last];
    const int64_t start = j->window.start[last];
    if (j->window.stride[last] == 1) {
        const int64_t before = start < 0 ? (-start < j->length ? -start : j->length) : 0;
        const int64_t room = extent - start > 0 ? extent - start : 0;
        const int64_t end = room < j->length ? room : j->length;
        fill_elements(j, y, before);
        if (end > before) {
            memcpy(y + (size_t)before * j->elem, x + (size_t)(start + before) * j->elem,
                   (size_t)(end - before) * j->elem);
        }
        const int64_t done = end > before ? end : before;
        fill_elements(j, y + (size_t)done * j->elem, j->length - done);
        return;
    }
    for (int64_t i = 0; i < j->length; i++) {
        const int64_t at = tern_slice_at(&j->window, last, i);
        const bool is_inside = at >= 0 && at < extent;
        memcpy(y + (size_t)i * j->elem, is_inside ? x + (size_t)at * j->elem : j->fill, j->elem);
    }
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    const job *const j = arg;
    const tern_problem *const p = j->launch->problem;
    const int64_t first = chunk * j->rows_per_chunk;
    (void)participant;
    for (int64_t row = first; row < first + j->rows_per_chunk && row < j->rows; row++) {
        unsigned char *const y =
            (unsigned char *)j->launch->y[0] + (size_t)(row * j->length) * j->elem;
        int64_t rest = row, offset = 0;
        bool is_inside = true;
        for (int32_t d = p->y[0].rank - 2; d >= 0; d--) {
            const int64_t at = tern_slice_at(&j->window, d, rest % p->y[0].dims[d]);
            rest /= p->y[0].dims[d];
            is_inside = is_inside && at >= 0 && at < p->x[0].dims[d];
            offset += is_inside ? at * j->strides[d] : 0;
        }
        if (is_inside) {
            copy_row(j, (const unsigned char *)j->launch->x[0] + (size_t)offset * j->elem, y);
        } else {
            fill_elements(j, y, j->length);
        }
    }
}

/* The list of operand `x`, or the attribute's. */
static const int64_t *read_list(const tern_launch *l, int32_t x, const tern_ints *attr,
                                int64_t values[TERN_MAX_RANK], int32_t *out_count)
{
    const tern_problem *const p = l->problem;
    int64_t count = 0;
    *out_count = attr->count;
    if (x >= p->own_count || p->x[x].dtype == 0) {
        return attr->v;
    }
    (void)tern_type_volume(&p->x[x], &count);
    *out_count = count < TERN_MAX_RANK ? (int32_t)count : TERN_MAX_RANK;
    tern_convert((tern_dtype)p->x[x].dtype, l->x[x], TERN_DTYPE_I64, values, *out_count);
    return values;
}

/* Strict bounds, for extents that were not known while building. */
static tern_status check_bounds(const job *j)
{
    const tern_problem *const p = j->launch->problem;
    const tern_slice_attr *const a = p->attr;
    for (int32_t d = 0; a->mode == TERN_SLICE_STRICT && d < p->y[0].rank; d++) {
        const int64_t first = j->window.start[d];
        const int64_t last = tern_slice_at(&j->window, d, p->y[0].dims[d] - 1);
        const int64_t extent = p->x[0].dims[d];
        if (first < 0 || first >= extent || last < 0 || last >= extent) {
            return tern_fail(TERN_BAD_SHAPE,
                             "indices %lld..%lld of axis %d lie outside its extent %lld",
                             (long long)first, (long long)last, (int)d, (long long)extent);
        }
    }
    return TERN_OK;
}

static tern_status run(const tern_launch *l)
{
    static const uint64_t zero;
    const tern_problem *const p = l->problem;
    const tern_slice_attr *const a = p->attr;
    int64_t start[TERN_MAX_RANK], stride[TERN_MAX_RANK], axes[TERN_MAX_RANK], count = 0;
    tern_slice_lists lists = {0};
    job j = {.launch = l, .fill = &zero};
    (void)tern_type_volume(&p->y[0], &count);
    if (count == 0) {
        return TERN_OK;
    }
    (void)tern_dtype_bytes((tern_dtype)p->y[0].dtype, 1, &j.elem);
    lists.start = read_list(l, TERN_SLICE_X_START, &a->start, start, &lists.start_count);
    lists.stride = read_list(l, TERN_SLICE_X_STRIDE, &a->stride, stride, &lists.stride_count);
    lists.axes = read_list(l, TERN_SLICE_X_AXES, &a->axes, axes, &lists.axes_count);
    tern_slice_window_make(&lists, &p->x[0], a->clip != 0, &j.window);
    if (p->own_count > TERN_SLICE_X_FILL && p->x[TERN_SLICE_X_FILL].dtype != 0) {
        j.fill = l->x[TERN_SLICE_X_FILL];
    }
    TERN_TRY(check_bounds(&j));
    tern_type_strides(&p->x[0], j.strides);
    j.length = p->y[0].dims[p->y[0].rank - 1];
    j.rows = count / j.length;
    const int64_t row_bytes = j.length * (int64_t)j.elem;
    j.rows_per_chunk = row_bytes < CHUNK_BYTES ? CHUNK_BYTES / row_bytes : 1;
    tern_team_each(l->team, (j.rows + j.rows_per_chunk - 1) / j.rows_per_chunk, run_chunk, &j);
    return TERN_OK;
}

const tern_tactic tern_cpu_slice[] = {
    {.name = "slice_rows", .isa = TERN_ISA_REF, .accepts = is_simple, .run = run},
    {.name = NULL},
};
