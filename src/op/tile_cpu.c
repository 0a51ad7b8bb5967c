/* SPDX-License-Identifier: Apache-2.0
 *
 * Cutting elementwise problems into tiles.  See tile_cpu.h.
 */
#include "op/tile_cpu.h"

#include <string.h>

/* 16 KiB of f32: result and one operand stay in L1 between two passes over a tile. */
enum { TILE_ELEMENTS = 4096 };

/* Extent of x along axis d of a result of rank `rank`. */
static int64_t extent_at(const tern_type *x, int32_t rank, int32_t d)
{
    const int32_t own = d - (rank - x->rank);
    return own < 0 ? 1 : x->dims[own];
}

/* Bit i: operand i is repeated along axis d. */
static uint32_t pattern_of(const tern_type *y, const tern_type *x, int32_t x_count, int32_t d)
{
    uint32_t pattern = 0;
    for (int32_t i = 0; i < x_count; i++) {
        if (extent_at(&x[i], y->rank, d) == 1) {
            pattern |= UINT32_C(1) << i;
        }
    }
    return pattern;
}

/* Groups of axes, innermost first, then turned round. */
static void merge_axes(const tern_type *y, const tern_type *x, int32_t x_count, tern_tiles *t)
{
    int64_t step[TERN_TILES_MAX_OPERANDS], y_step = 1;
    uint32_t patterns[TERN_MAX_RANK];
    for (int32_t i = 0; i < x_count; i++) {
        step[i] = 1;
    }
    for (int32_t d = y->rank - 1; d >= 0; d--) {
        const int64_t extent = y->dims[d];
        if (extent == 1) {
            continue;
        }
        const uint32_t pattern = pattern_of(y, x, x_count, d);
        int32_t g = t->group_count - 1;
        if (g < 0 || patterns[g] != pattern) {
            g = t->group_count++;
            patterns[g] = pattern;
            t->extents[g] = 1;
            t->y_strides[g] = y_step;
            for (int32_t i = 0; i < x_count; i++) {
                t->strides[i][g] = (pattern >> i & 1) != 0 ? 0 : step[i];
            }
        }
        t->extents[g] *= extent;
        y_step *= extent;
        for (int32_t i = 0; i < x_count; i++) {
            step[i] *= (pattern >> i & 1) != 0 ? 1 : extent;
        }
    }
}

static void swap(int64_t *a, int64_t *b)
{
    const int64_t x = *a;
    *a = *b;
    *b = x;
}

static void turn_round(tern_tiles *t)
{
    for (int32_t g = 0; g < t->group_count / 2; g++) {
        const int32_t other = t->group_count - 1 - g;
        swap(&t->extents[g], &t->extents[other]);
        swap(&t->y_strides[g], &t->y_strides[other]);
        for (int32_t i = 0; i < t->operand_count; i++) {
            swap(&t->strides[i][g], &t->strides[i][other]);
        }
    }
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

bool tern_tiles_make(const tern_type *y, const tern_type *x, int32_t x_count, tern_tiles *out_tiles)
{
    tern_tiles *const t = out_tiles;
    int64_t volume = 0;
    memset(t, 0, sizeof *t);
    if (x_count > TERN_TILES_MAX_OPERANDS) {
        return false;
    }
    t->operand_count = x_count;
    if (!tern_type_volume(y, &volume) || volume == 0) {
        return true; /* no tiles */
    }
    merge_axes(y, x, x_count, t);
    turn_round(t);
    const int32_t g = t->group_count;
    t->columns = g > 0 ? t->extents[g - 1] : 1;
    t->rows = g > 1 ? t->extents[g - 2] : 1;
    t->tile_columns = t->columns < 2 * TILE_ELEMENTS ? t->columns : TILE_ELEMENTS;
    t->tile_rows = t->tile_columns >= TILE_ELEMENTS ? 1 : TILE_ELEMENTS / t->tile_columns;
    t->tile_rows = t->tile_rows < t->rows ? t->tile_rows : t->rows;
    t->count = ceil_div(t->rows, t->tile_rows) * ceil_div(t->columns, t->tile_columns);
    for (int32_t i = 0; i + 2 < g; i++) {
        t->count *= t->extents[i];
    }
    return true;
}

void tern_tiles_at(const tern_tiles *t, int64_t index, tern_tile *out_tile)
{
    tern_tile *const tile = out_tile;
    const int32_t g = t->group_count;
    const int64_t across = ceil_div(t->columns, t->tile_columns);
    const int64_t down = ceil_div(t->rows, t->tile_rows);
    const int64_t column = index % across * t->tile_columns;
    const int64_t row = index / across % down * t->tile_rows;
    int64_t position[TERN_MAX_RANK] = {0};
    int64_t outer = index / across / down;
    for (int32_t i = g - 3; i >= 0; i--) {
        position[i] = outer % t->extents[i];
        outer /= t->extents[i];
    }
    if (g > 0) {
        position[g - 1] = column;
    }
    if (g > 1) {
        position[g - 2] = row;
    }
    memset(tile, 0, sizeof *tile);
    tile->columns = t->columns - column < t->tile_columns ? t->columns - column : t->tile_columns;
    tile->rows = t->rows - row < t->tile_rows ? t->rows - row : t->tile_rows;
    tile->y_row_stride = g > 1 ? t->y_strides[g - 2] : 0;
    for (int32_t k = 0; k < g; k++) {
        tile->y_at += position[k] * t->y_strides[k];
    }
    for (int32_t i = 0; i < t->operand_count; i++) {
        const bool moves_across = g > 0 && t->strides[i][g - 1] != 0;
        const bool moves_down = g > 1 && t->strides[i][g - 2] != 0;
        for (int32_t k = 0; k < g; k++) {
            tile->at[i] += position[k] * t->strides[i][k];
        }
        tile->row_stride[i] = g > 1 ? t->strides[i][g - 2] : 0;
        tile->broadcast[i] = moves_across
                                 ? (moves_down || g < 2 ? TERN_BROADCAST_FULL : TERN_BROADCAST_ROW)
                                 : (moves_down ? TERN_BROADCAST_COLUMN : TERN_BROADCAST_SCALAR);
    }
}

void tern_tile_epilogue(const tern_problem *p, const tern_tile *tile, int32_t first,
                        const void *const *x, float *y)
{
    tern_expr expr = *p->epilogue;
    tern_expr_operand operands[TERN_EXPR_SLOTS];
    for (int32_t i = 0; i < expr.operand_count; i++) {
        expr.broadcast[i] = tile->broadcast[first + i];
        operands[i] = (tern_expr_operand){.data = (const float *)x[i] + tile->at[first + i],
                                          .row_stride_bytes =
                                              (size_t)tile->row_stride[first + i] * sizeof(float)};
    }
    float *const at = y + tile->y_at;
    const size_t stride_bytes = (size_t)tile->y_row_stride * sizeof(float);
    const tern_expr_tile call = {.rows = tile->rows,
                                 .columns = tile->columns,
                                 .src = at,
                                 .src_stride_bytes = stride_bytes,
                                 .dst = at,
                                 .dst_stride_bytes = stride_bytes,
                                 .operands = operands};
    tern_eltwise_find(tern_isa_mask(p->isa))->run(&expr, &call);
}
