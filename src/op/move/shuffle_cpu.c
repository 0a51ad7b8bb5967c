/* SPDX-License-Identifier: Apache-2.0
 *
 * shuffle on the CPU.  A transpose with merged axes is either a copy of rows, when the last axis
 * of the result lies together in the source too, or a plane turned in blocks: along axis `near`
 * the source is contiguous, along the last one the result is, and a block of both fits into L1.
 */
#include "op/move/shuffle.h"
#include "op/tactic.h"

#include <string.h>

enum { BLOCK = 16, CHUNK_ELEMENTS = 8192 };

typedef struct turn {
    tern_transpose t;
    const unsigned char *src;
    unsigned char *dst;
    size_t elem;
    int32_t near;                 /* axis of the result along which the source is contiguous */
    int64_t steps[TERN_MAX_RANK]; /* strides of the result */
    int64_t planes, strips;       /* what a unit is: a strip of `near` in one plane */
    int64_t strip_extent;
    int64_t units_per_chunk;
} turn;

/* A block of a plane: dst[i][j] = src[j][i]. */
typedef struct block {
    unsigned char *dst;
    const unsigned char *src;
    size_t dst_row_bytes, src_row_bytes, elem;
    int64_t rows, columns;
} block;

/* The sizes are constants where they are copied, so that a copy is one move. */
static void turn_block(const block *b)
{
    for (int64_t i = 0; i < b->rows; i++) {
        unsigned char *const to = b->dst + (size_t)i * b->dst_row_bytes;
        const unsigned char *const from = b->src + (size_t)i * b->elem;
        for (int64_t j = 0; j < b->columns; j++) {
            const unsigned char *const at = from + (size_t)j * b->src_row_bytes;
            switch (b->elem) {
            case 1: to[j] = *at; break;
            case 2: memcpy(to + 2 * j, at, 2); break;
            case 4: memcpy(to + 4 * j, at, 4); break;
            default: memcpy(to + 8 * j, at, 8); break;
            }
        }
    }
}

/* Offsets of plane `index`: all axes but `near` and the last. */
static void find_plane(const turn *w, int64_t index, int64_t *out_src, int64_t *out_dst)
{
    *out_src = 0;
    *out_dst = 0;
    for (int32_t d = w->t.rank - 2; d >= 0; d--) {
        if (d == w->near) {
            continue;
        }
        const int64_t at = index % w->t.extents[d];
        index /= w->t.extents[d];
        *out_src += at * w->t.strides[d];
        *out_dst += at * w->steps[d];
    }
}

static void turn_strip(const turn *w, int64_t unit)
{
    const int32_t last = w->t.rank - 1;
    const int64_t columns = w->t.extents[last];
    const int64_t first = unit % w->strips * w->strip_extent;
    const int64_t left = w->t.extents[w->near] - first;
    const int64_t rows = left < w->strip_extent ? left : w->strip_extent;
    int64_t src_at, dst_at;
    find_plane(w, unit / w->strips, &src_at, &dst_at);
    src_at += first;
    dst_at += first * w->steps[w->near];
    block b = {.dst_row_bytes = (size_t)w->steps[w->near] * w->elem,
               .src_row_bytes = (size_t)w->t.strides[last] * w->elem,
               .elem = w->elem};
    for (int64_t j = 0; j < columns; j += BLOCK) {
        b.columns = columns - j < BLOCK ? columns - j : BLOCK;
        for (int64_t i = 0; i < rows; i += BLOCK) {
            b.rows = rows - i < BLOCK ? rows - i : BLOCK;
            b.dst = w->dst + (size_t)(dst_at + i * w->steps[w->near] + j) * w->elem;
            b.src = w->src + (size_t)(src_at + i + j * w->t.strides[last]) * w->elem;
            turn_block(&b);
        }
    }
}

static void copy_row(const turn *w, int64_t unit)
{
    int64_t at = 0, index = unit;
    const int64_t length = w->t.extents[w->t.rank - 1];
    for (int32_t d = w->t.rank - 2; d >= 0; d--) {
        at += index % w->t.extents[d] * w->t.strides[d];
        index /= w->t.extents[d];
    }
    memcpy(w->dst + (size_t)(unit * length) * w->elem, w->src + (size_t)at * w->elem,
           (size_t)length * w->elem);
}

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    const turn *const w = arg;
    const int64_t units = w->planes * w->strips;
    const int64_t begin = chunk * w->units_per_chunk;
    const int64_t end = units - begin < w->units_per_chunk ? units : begin + w->units_per_chunk;
    (void)participant;
    for (int64_t unit = begin; unit < end; unit++) {
        if (w->near == w->t.rank - 1) {
            copy_row(w, unit);
        } else {
            turn_strip(w, unit);
        }
    }
}

static void run_transpose(tern_team *team, const tern_transpose *t, const void *src, void *dst,
                          size_t elem)
{
    turn w = {.t = *t, .src = src, .dst = dst, .elem = elem, .strips = 1};
    int64_t step = 1;
    if (t->count == 0) {
        return;
    }
    if (t->rank == 0) { /* one element */
        w.t.rank = 1;
        w.t.extents[0] = 1;
        w.t.strides[0] = 1;
    }
    if (w.t.rank == 1) { /* a copy: rows of one chunk each, the last one apart */
        const int64_t tail = t->count % CHUNK_ELEMENTS;
        const size_t head_bytes = (size_t)(t->count - tail) * elem;
        if (tail > 0) {
            memcpy(w.dst + head_bytes, w.src + head_bytes, (size_t)tail * elem);
        }
        if (t->count == tail) {
            return;
        }
        w.t = (tern_transpose){.rank = 2,
                               .count = t->count - tail,
                               .extents = {t->count / CHUNK_ELEMENTS, CHUNK_ELEMENTS},
                               .strides = {CHUNK_ELEMENTS, 1}};
    }
    for (int32_t d = w.t.rank - 1; d >= 0; d--) {
        w.steps[d] = step;
        step *= w.t.extents[d];
        w.near = w.t.strides[d] == 1 ? d : w.near;
    }
    int64_t unit_elements = w.t.extents[w.t.rank - 1];
    w.planes = w.t.count / unit_elements;
    if (w.near != w.t.rank - 1) {
        const int64_t near_extent = w.t.extents[w.near];
        w.planes /= near_extent;
        w.strip_extent = near_extent < 4 * BLOCK ? near_extent : 4 * BLOCK;
        w.strips = (near_extent + w.strip_extent - 1) / w.strip_extent;
        unit_elements *= w.strip_extent;
    }
    w.units_per_chunk = unit_elements < CHUNK_ELEMENTS ? CHUNK_ELEMENTS / unit_elements : 1;
    const int64_t units = w.planes * w.strips;
    tern_team_each(team, (units + w.units_per_chunk - 1) / w.units_per_chunk, run_chunk, &w);
}

static tern_status run(const tern_launch *l)
{
    const tern_problem *const p = l->problem;
    tern_transpose first, second;
    size_t elem = 0;
    tern_shuffle_transposes(p->attr, &p->x[0], &p->y[0], &first, &second);
    if (first.count != second.count || !tern_dtype_bytes((tern_dtype)p->x[0].dtype, 1, &elem)) {
        char x[TERN_DIMS_TEXT_BYTES], y[TERN_DIMS_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s cannot be reshaped to %s",
                         tern_dims_text(x, p->x[0].rank, p->x[0].dims),
                         tern_dims_text(y, p->y[0].rank, p->y[0].dims));
    }
    if (tern_transpose_is_copy(&second)) {
        run_transpose(l->team, &first, l->x[0], l->y[0], elem);
    } else if (tern_transpose_is_copy(&first)) {
        run_transpose(l->team, &second, l->x[0], l->y[0], elem);
    } else {
        run_transpose(l->team, &first, l->x[0], l->scratch, elem);
        run_transpose(l->team, &second, l->scratch, l->y[0], elem);
    }
    return TERN_OK;
}

static size_t scratch(const tern_problem *p)
{
    return p->op->reference_scratch(p->attr, p->x, p->own_count, p->y);
}

static bool is_linear(const tern_problem *p, const char **why_not)
{
    if (p->x[0].layout != TERN_LAYOUT_LINEAR || p->y[0].layout != TERN_LAYOUT_LINEAR) {
        return tern_decline(why_not, "the layout is not linear");
    }
    return !tern_problem_is_packed(p, why_not);
}

const tern_tactic tern_cpu_shuffle[] = {
    {.name = "shuffle_blocks",
     .isa = TERN_ISA_REF,
     .accepts = is_linear,
     .scratch = scratch,
     .run = run},
    {.name = NULL},
};
