/* SPDX-License-Identifier: Apache-2.0
 *
 * A broadcasting elementwise problem as tiles: axes on which every operand behaves alike are
 * merged, the innermost two groups are rows and columns of a tile, the others are loops outside.
 * Tiles are numbered, and their cut depends on the shapes alone, so a team may run them in any
 * order.
 *
 *     y [N,C,H,W], bias [1,C,1,1]    outer N, rows C, columns H*W; bias: one value per row
 */
#ifndef TERN_OP_TILE_CPU_H
#define TERN_OP_TILE_CPU_H

#include "kernel/table.h"
#include "op/tactic.h"

#define TERN_TILES_MAX_OPERANDS TERN_EXPR_SLOTS

typedef struct tern_tiles {
    int32_t group_count, operand_count;
    int64_t extents[TERN_MAX_RANK]; /* of the merged groups, outermost first */
    /* In elements; 0: repeated along the group. */
    int64_t strides[TERN_TILES_MAX_OPERANDS][TERN_MAX_RANK];
    int64_t y_strides[TERN_MAX_RANK];
    int64_t rows, columns;           /* of the tiles' plane */
    int64_t tile_rows, tile_columns; /* of one tile, but for the last ones */
    int64_t count;                   /* of tiles */
} tern_tiles;

/* One tile: where it lies, in elements. */
typedef struct tern_tile {
    int64_t rows, columns;
    int64_t y_at, y_row_stride;
    int64_t at[TERN_TILES_MAX_OPERANDS], row_stride[TERN_TILES_MAX_OPERANDS];
    uint8_t broadcast[TERN_TILES_MAX_OPERANDS]; /* tern_broadcast */
} tern_tile;

/* Numbers only; each operand broadcasts by 1 against y, ranks aligned at the end; operands beyond
 * the maximum: false. */
bool tern_tiles_make(const tern_type *y, const tern_type *x, int32_t x_count,
                     tern_tiles *out_tiles);
void tern_tiles_at(const tern_tiles *t, int64_t index, tern_tile *out_tile);

/* The problem's epilogue over one f32 tile of a result already in y; x: the epilogue's operands,
 * `first` in the tiles. */
void tern_tile_epilogue(const tern_problem *p, const tern_tile *tile, int32_t first,
                        const void *const *x, float *y);

#endif
