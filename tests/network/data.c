/* SPDX-License-Identifier: Apache-2.0 */
/* Networks with a top-k whose k is computed from tensors, and what follows from its result. */
#include "rig.h"

enum { ROWS = 3, COLUMNS = 8 };

typedef struct expected {
    float best[ROWS][COLUMNS]; /* the k largest of each row, in order */
    int64_t places[ROWS][COLUMNS];
} expected;

/* By insertion: a larger one goes in front, equal ones stay in their order. */
static void sort_rows(const float *x, expected *e)
{
    for (int64_t r = 0; r < ROWS; r++) {
        for (int64_t i = 0; i < COLUMNS; i++) {
            int64_t at = i;
            for (; at > 0 && e->best[r][at - 1] < x[r * COLUMNS + i]; at--) {
                e->best[r][at] = e->best[r][at - 1];
                e->places[r][at] = e->places[r][at - 1];
            }
            e->best[r][at] = x[r * COLUMNS + i];
            e->places[r][at] = i;
        }
    }
}

static int64_t extent_of(const rig *r, const char *name, int32_t axis)
{
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    const int32_t binding = tern_engine_find_binding(r->engine, name);
    REQUIRE_OK(tern_context_shape(r->context, binding, &rank, dims));
    REQUIRE(axis < rank);
    return dims[axis];
}

static void bind(const rig *r, const char *name, void *address)
{
    REQUIRE_OK(tern_context_bind(r->context, tern_engine_find_binding(r->engine, name), address));
}

/* k of x[3,8] by the sum of n[-1]; the layer. */
static tern_layer *add_topk(rig *r, const char *type_of_n)
{
    tern_tensor *x = rig_input(r, "x", "f32[3,8]");
    tern_tensor *n = rig_input(r, "n", type_of_n);
    tern_layer *sum = rig_layer(r, "reduce", "{op=sum, axes=1}", n, NULL);
    return rig_layer(r, "topk", "{axes=2}", x, tern_layer_output(sum, 0));
}

static const struct {
    const char *name, *type;
} kinds[] = {{"i32", "i32[-1]"}, {"i64", "i64[-1]"}};

TERN_TEST_ROWS(a_run_time_k_decides_shapes, kinds)
{
    rig r;
    float x[ROWS * COLUMNS], values[ROWS * COLUMNS], twice[2 * ROWS * COLUMNS];
    float doubled[ROWS * COLUMNS], flat[ROWS * COLUMNS];
    int64_t wide[2], shape[2];
    int32_t narrow[2];
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_layer *topk = add_topk(&r, kinds[row].type);
    tern_tensor *best = tern_layer_output(topk, 0);
    tern_layer *concat = rig_layer(&r, "concat", "{axis=1}", best, best);
    tern_layer *list = rig_layer(&r, "shape", NULL, best, NULL);
    /* A second one of as many, by the shape of the first: their results may be added. */
    tern_tensor *k = tern_layer_output(rig_layer(&r, "gather", NULL, tern_layer_output(list, 0),
                                                 rig_constant(&r, "i64[1]", &(const int64_t){1})),
                                       0);
    tern_layer *again = rig_layer(&r, "topk", "{axes=2}", tern_layer_output(concat, 0), k);
    tern_layer *sum = rig_layer(&r, "add", NULL, best, tern_layer_output(again, 0));
    tern_layer *line = rig_layer(&r, "shuffle", "{reshape=[-1]}", best, NULL);
    rig_output(&r, best, "values");
    rig_output(&r, tern_layer_output(concat, 0), "twice");
    rig_output(&r, tern_layer_output(list, 0), "shape");
    rig_output(&r, tern_layer_output(sum, 0), "sum");
    rig_output(&r, tern_layer_output(line, 0), "flat");
    rig_profile(&r,
                (const rig_range[]){{"x", "f32[3,8]", "f32[3,8]", "f32[3,8]"},
                                    {"n", "i32[1]", "i32[2]", "i32[2]"}},
                2);
    rig_load(&r);
    rig_random(x, ROWS * COLUMNS);
    expected e;
    sort_rows(x, &e);
    bind(&r, "x", x);
    bind(&r, "n", row == 0 ? (void *)narrow : (void *)wide);
    bind(&r, "values", values);
    bind(&r, "twice", twice);
    bind(&r, "shape", shape);
    bind(&r, "sum", doubled);
    bind(&r, "flat", flat);
    REQUIRE_OK(tern_context_set_shape(r.context, 1, 1, (const int64_t[]){2}));
    for (int64_t want = 0; want <= COLUMNS; want++) {
        narrow[0] = (int32_t)(wide[0] = want + 3);
        narrow[1] = (int32_t)(wide[1] = -3);
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_INT(extent_of(&r, "values", 1), want);
        CHECK_INT(extent_of(&r, "twice", 1), 2 * want);
        CHECK_INT(extent_of(&r, "sum", 1), want);
        CHECK_INT(extent_of(&r, "flat", 0), ROWS * want);
        CHECK_INT(shape[0], ROWS);
        CHECK_INT(shape[1], want);
        for (int64_t i = 0; i < ROWS * want; i++) {
            const int64_t line_of = i / want, at = i % want;
            const float *b = e.best[line_of];
            CHECK_NEAR((double)values[i], (double)b[at], 0.0);
            CHECK_NEAR((double)flat[i], (double)b[at], 0.0);
            CHECK_NEAR((double)twice[line_of * 2 * want + at], (double)b[at], 0.0);
            CHECK_NEAR((double)twice[line_of * 2 * want + want + at], (double)b[at], 0.0);
            CHECK_NEAR((double)doubled[i], (double)(b[at] + b[at / 2]), 1e-6);
        }
    }
    rig_close(&r);
}

/* Bounds of one extent may be another one: a top-k of a top-k's result. */
TERN_TEST(an_extent_bounds_another)
{
    rig r;
    float x[ROWS * COLUMNS], y[ROWS * COLUMNS];
    int32_t n[1], m[1], indices[ROWS * COLUMNS];
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_layer *first = add_topk(&r, "i32[-1]");
    tern_tensor *input = rig_input(&r, "m", "i32[-1]");
    tern_layer *sum = rig_layer(&r, "reduce", "{op=sum, axes=1}", input, NULL);
    tern_layer *second = rig_layer(&r, "topk", "{axes=2, op=min}", tern_layer_output(first, 0),
                                   tern_layer_output(sum, 0));
    rig_output(&r, tern_layer_output(second, 0), "y");
    rig_output(&r, tern_layer_output(second, 1), "indices");
    rig_profile(&r,
                (const rig_range[]){{"n", "i32[1]", "i32[1]", "i32[1]"},
                                    {"m", "i32[1]", "i32[1]", "i32[1]"}},
                2);
    rig_load(&r);
    rig_random(x, ROWS * COLUMNS);
    expected e;
    sort_rows(x, &e);
    rig_may_fail(tern_context_set_shape(r.context, 1, 1, (const int64_t[]){1}));
    rig_may_fail(tern_context_set_shape(r.context, 2, 1, (const int64_t[]){1}));
    for (n[0] = 0; n[0] <= COLUMNS; n[0]++) {
        for (m[0] = 0; m[0] <= n[0]; m[0]++) {
            rig_run(&r, (const void *[]){x, n, m}, (void *[]){y, indices});
            CHECK_INT(extent_of(&r, "y", 1), m[0]);
            for (int32_t i = 0; i < ROWS * m[0]; i++) {
                CHECK_NEAR((double)y[i], (double)e.best[i / m[0]][n[0] - 1 - i % m[0]], 0.0);
                CHECK_INT(indices[i], n[0] - 1 - i % m[0]);
            }
        }
        CHECK_ERROR(tern_context_enqueue(r.context, 0), TERN_BAD_SHAPE, "k is");
    }
    rig_close(&r);
}

TERN_TEST(an_implicit_batch_takes_no_run_time_k)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_IMPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[8]");
    tern_tensor *n = rig_input(&r, "n", "i32[4]");
    tern_layer *sum = rig_layer(&r, "reduce", "{op=sum, axes=1}", n, NULL);
    tern_layer *topk = rig_layer(&r, "topk", "{axes=1}", x, tern_layer_output(sum, 0));
    rig_output(&r, tern_layer_output(topk, 0), "y");
    CHECK(rig_build(&r) != TERN_OK);
    CHECK(r.error_count > 0);
    rig_close(&r);
}
