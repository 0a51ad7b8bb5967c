/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators that count: results of NumPy and of the ONNX definition's examples.
 */
#include "hand.h"

#define BOXES "f32[1,6,4]: 0 0 1 1 0 0.1 1 1.1 0 -0.1 1 0.9 0 10 1 11 0 10.1 1 11.1 0 100 1 101"
#define CENTERS                                                                                    \
    "f32[1,6,4]: 0.5 0.5 1 1 0.5 0.6 1 1 0.5 0.4 1 1 0.5 10.5 1 1 0.5 10.6 1 1 0.5 100.5 1 1"
#define FLIPPED "f32[1,6,4]: 1 1 0 0 0 0.1 1 1.1 0 0.9 1 -0.1 0 10 1 11 1 10.1 0 11.1 1 101 0 100"
#define SCORES "f32[1,1,6]: 0.9 0.75 0.6 0.95 0.5 0.3"

/* clang-format off */
static const hand_row rows[] = {
    {.name = "nonzero", .op = "nonzero", .x = {"f32[2,3]: 1 0 3 0 0 2"},
     .y = {"i32[2,3]: 0 0 1 0 2 2"}},
    {.name = "nonzero_i64", .op = "nonzero", .attrs = "{index_type=i64}",
     .x = {"bool[2,2,2]: 0 1 0 0 1 0 0 1"}, .y = {"i64[3,3]: 0 1 1 0 0 1 1 0 1"}},
    {.name = "nonzero_nan", .op = "nonzero", .x = {"f16[4]: nan 0 -0 inf"}, .y = {"i32[1,2]: 0 3"}},
    {.name = "nonzero_none", .op = "nonzero", .x = {"u8[3]: 0 0 0"}, .y = {"i32[1,0]:"}},
    {.name = "nonzero_scalar", .op = "nonzero", .x = {"i64[]: 7"}, .y = {"i32[0,1]:"}},
    {.name = "nonzero_scalar_none", .op = "nonzero", .x = {"i64[]: 0"}, .y = {"i32[0,0]:"}},
    {.name = "compress_rows", .op = "compress", .attrs = "{axis=0}",
     .x = {"f32[3,2]: 1 2 3 4 5 6", "bool[3]: 0 1 1"}, .y = {"f32[2,2]: 3 4 5 6"}},
    {.name = "compress_columns", .op = "compress", .attrs = "{axis=-1}",
     .x = {"i8[3,2]: 1 2 3 4 5 6", "bool[2]: 0 1"}, .y = {"i8[3,1]: 2 4 6"}},
    {.name = "compress_short", .op = "compress", .attrs = "{axis=0}",
     .x = {"f32[3,2]: 1 2 3 4 5 6", "bool[2]: 0 1"}, .y = {"f32[1,2]: 3 4"}},
    {.name = "compress_flat", .op = "compress", .attrs = "{flat=true}",
     .x = {"f32[3,2]: 1 2 3 4 5 6", "bool[5]: 0 1 0 0 1"}, .y = {"f32[2]: 2 5"}},
    {.name = "compress_none", .op = "compress",
     .x = {"f32[3,2]: 1 2 3 4 5 6", "bool[3]: 0 0 0"}, .y = {"f32[0,2]:"}},
    {.name = "unique", .op = "unique", .x = {"f32[6]: 2 1 1 3 4 3"},
     .y = {"f32[4]: 1 2 3 4", "i64[4]: 1 0 3 4", "i64[6]: 1 0 0 2 3 2", "i64[4]: 2 1 2 1"}},
    {.name = "unique_unsorted", .op = "unique", .attrs = "{sorted=false}",
     .x = {"f32[6]: 2 1 1 3 4 3"},
     .y = {"f32[4]: 2 1 3 4", "i64[4]: 0 1 3 4", "i64[6]: 0 1 1 2 3 2", "i64[4]: 1 2 2 1"}},
    {.name = "unique_rows", .op = "unique", .attrs = "{flat=false}",
     .x = {"i32[3,3]: 1 0 0 1 0 0 2 3 4"},
     .y = {"i32[2,3]: 1 0 0 2 3 4", "i64[2]: 0 2", "i64[3]: 0 0 1", "i64[2]: 2 1"}},
    {.name = "unique_middle", .op = "unique", .attrs = "{flat=false, axis=1}",
     .x = {"f32[2,4,2]: 1 1 0 1 2 1 0 1 1 1 0 1 2 1 0 1"},
     .y = {"f32[2,3,2]: 0 1 1 1 2 1 0 1 1 1 2 1", "i64[3]: 1 0 2", "i64[4]: 1 0 2 0",
           "i64[3]: 2 1 1"}},
    {.name = "unique_nan", .op = "unique", .x = {"f64[5]: nan 1 nan -1 1"},
     .y = {"f64[3]: -1 1 nan", "i64[3]: 3 1 0", "i64[5]: 2 1 2 0 1", "i64[3]: 1 2 2"}},
    {.name = "nms_overlap", .op = "nms", .attrs = "{scores=class_box, order=class, index_type=i64}",
     .x = {BOXES, SCORES, "i64[1]: 3", "f32[1]: 0.5", "f32[1]: 0"},
     .y = {"i64[3,3]: 0 0 3 0 0 0 0 0 5", "i32[]: 3"}},
    {.name = "nms_scores", .op = "nms", .attrs = "{scores=class_box, order=class, index_type=i64}",
     .x = {BOXES, SCORES, "i64[1]: 3", "f32[1]: 0.5", "f32[1]: 0.4"},
     .y = {"i64[2,3]: 0 0 3 0 0 0", "i32[]: 2"}},
    {.name = "nms_flipped", .op = "nms", .attrs = "{scores=class_box, order=class, index_type=i64}",
     .x = {FLIPPED, SCORES, "i64[1]: 3", "f32[1]: 0.5", "f32[1]: 0"},
     .y = {"i64[3,3]: 0 0 3 0 0 0 0 0 5", "i32[]: 3"}},
    {.name = "nms_center", .op = "nms",
     .attrs = "{format=center, scores=class_box, order=class, index_type=i64}",
     .x = {CENTERS, SCORES, "i64[1]: 3", "f32[1]: 0.5", "f32[1]: 0"},
     .y = {"i64[3,3]: 0 0 3 0 0 0 0 0 5", "i32[]: 3"}},
    {.name = "nms_limit", .op = "nms", .attrs = "{scores=class_box, order=class, index_type=i64}",
     .x = {BOXES, SCORES, "i64[1]: 2", "f32[1]: 0.5", "f32[1]: 0"},
     .y = {"i64[2,3]: 0 0 3 0 0 0", "i32[]: 2"}},
    /* Two classes of [B,N,C] scores: by score, the classes mix. */
    {.name = "nms_by_score", .op = "nms",
     .x = {"f32[1,3,4]: 0 0 1 1 5 5 6 6 0 0 1 1", "f32[1,3,2]: 0.9 0.2 0.5 0.95 0.8 0.1",
           "i32[]: 9", "f32[]: 0.5"},
     .y = {"i32[4,3]: 0 1 1 0 0 0 0 0 1 0 1 0", "i32[]: 4"}},
    {.name = "nms_by_class", .op = "nms", .attrs = "{order=class}",
     .x = {"f32[1,3,4]: 0 0 1 1 5 5 6 6 0 0 1 1", "f32[1,3,2]: 0.9 0.2 0.5 0.95 0.8 0.1",
           "i32[]: 9", "f32[]: 0.5"},
     .y = {"i32[4,3]: 0 0 0 0 0 1 0 1 1 0 1 0", "i32[]: 4"}},
    {.name = "nms_top_k", .op = "nms", .attrs = "{top_k_limit=2}",
     .x = {"f32[1,3,4]: 0 0 1 1 5 5 6 6 0 0 1 1", "f32[1,3,2]: 0.9 0.2 0.5 0.95 0.8 0.1",
           "i32[]: 9", "f32[]: 0.5"},
     .y = {"i32[2,3]: 0 1 1 0 0 0", "i32[]: 2"}},
    {.name = "range_up", .op = "range", .x = {"i64[]: 1", "i64[]: 8", "i64[]: 3"},
     .y = {"i64[3]: 1 4 7"}},
    {.name = "range_down", .op = "range", .x = {"i32[1]: 10", "i32[]: 4", "i32[]: -2"},
     .y = {"i32[3]: 10 8 6"}},
    {.name = "range_too_long", .op = "range",
     .x = {"i64[]: 0", "i64[]: 9000000000000000000", "i64[]: 1"}, .error = "memory can hold"},
};
/* clang-format on */

TERN_TEST_ROWS(data_gives, rows)
{
    hand_check(&rows[row]);
}
