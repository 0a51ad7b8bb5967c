/* SPDX-License-Identifier: Apache-2.0 */
/* Networks with operators that count while they compute, and what follows from their results. */
#include "rig.h"

enum { ROWS = 3, COLUMNS = 8, ALL = ROWS * COLUMNS };

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

/* About a third of x is 0; returns how many are not. */
static int64_t random_holes(float *x)
{
    int64_t count = 0;
    rig_random(x, ALL);
    for (int64_t i = 0; i < ALL; i++) {
        x[i] = tern_test_random_int(0, 2) == 0 ? 0 : x[i];
        count += x[i] != 0 ? 1 : 0;
    }
    return count;
}

/* The places of what is not 0, itself an output; its shape; the elements there, in order; their
   squares, which are computed in the user's buffer. */
static void open_nonzero(rig *r)
{
    rig_open(r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(r, "x", "f32[3,8]");
    tern_tensor *places =
        tern_layer_output(rig_layer(r, "nonzero", "{index_type=i64}", x, NULL), 0);
    tern_tensor *shape = tern_layer_output(rig_layer(r, "shape", NULL, places, NULL), 0);
    tern_tensor *columns =
        tern_layer_output(rig_layer(r, "shuffle", "{first_transpose=[1,0]}", places, NULL), 0);
    tern_tensor *values = tern_layer_output(rig_layer(r, "gather", "{mode=nd}", x, columns), 0);
    tern_layer *square = rig_layer(r, "mul", NULL, values, values);
    rig_output(r, places, "places");
    rig_output(r, shape, "shape");
    rig_output(r, values, "values");
    rig_output(r, tern_layer_output(square, 0), "square");
    rig_load(r);
}

TERN_TEST(what_is_counted_decides_shapes)
{
    rig r;
    float x[ALL], values[ALL], square[ALL];
    int64_t places[2 * ALL], shape[2];
    open_nonzero(&r);
    bind(&r, "x", x);
    bind(&r, "places", places);
    bind(&r, "shape", shape);
    bind(&r, "values", values);
    bind(&r, "square", square);
    CHECK_INT(extent_of(&r, "places", 1), -1);
    for (int round = 0; round < 20; round++) {
        int64_t count = round == 0 ? 0 : round == 1 ? ALL : random_holes(x), at = 0;
        for (int64_t i = 0; round < 2 && i < ALL; i++) {
            x[i] = (float)round * (float)(i + 1);
        }
        memset(places, 0x5a, sizeof places);
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_INT(extent_of(&r, "places", 1), count);
        CHECK_INT(extent_of(&r, "values", 0), count);
        CHECK_INT(shape[0], 2);
        CHECK_INT(shape[1], count);
        for (int64_t i = 0; i < ALL; i++) {
            if (x[i] == 0) {
                continue;
            }
            CHECK_INT(places[at], i / COLUMNS);
            CHECK_INT(places[count + at], i % COLUMNS);
            CHECK_NEAR((double)values[at], (double)x[i], 0);
            CHECK_NEAR((double)square[at], (double)(x[i] * x[i]), 0);
            at++;
        }
        for (int64_t i = 2 * count; i < 2 * ALL; i++) {
            CHECK_INT(places[i], 0x5a5a5a5a5a5a5a5a);
        }
    }
    rig_close(&r);
}

typedef struct owner {
    int64_t *memory;
    size_t bytes;
    int64_t extent;
} owner;

static void *give(void *self, const char *name, void *current, size_t bytes, size_t align)
{
    owner *o = self;
    (void)name, (void)current, (void)align;
    o->bytes = bytes;
    return o->memory;
}

static void tell(void *self, const char *name, int32_t rank, const int64_t *dims)
{
    owner *o = self;
    CHECK_TEXT(name, "places");
    REQUIRE_INT(rank, 2);
    o->extent = dims[1];
}

TERN_TEST(an_allocator_gets_the_size_that_was_counted)
{
    rig r;
    float x[ALL], values[ALL], square[ALL];
    int64_t places[2 * ALL], shape[2];
    owner o = {.memory = places};
    open_nonzero(&r);
    bind(&r, "x", x);
    bind(&r, "shape", shape);
    bind(&r, "values", values);
    bind(&r, "square", square);
    CHECK_ERROR(tern_context_enqueue(r.context, 0), TERN_INVALID_ARGUMENT, "output \"places\"");
    REQUIRE_OK(tern_context_set_output_allocator(r.context,
                                                 tern_engine_find_binding(r.engine, "places"),
                                                 &(const tern_output_allocator){&o, give, tell}));
    for (int round = 0; round < 5; round++) {
        const int64_t count = random_holes(x);
        REQUIRE_OK(tern_context_enqueue(r.context, 0));
        CHECK_UINT(o.bytes, (size_t)count * 16);
        CHECK_INT(o.extent, count);
    }
    o.memory = NULL;
    CHECK_ERROR(tern_context_enqueue(r.context, 0), TERN_OUT_OF_MEMORY, "gave no memory");
    rig_close(&r);
}

TERN_TEST(a_block_smaller_than_the_count_is_refused)
{
    rig r;
    float x[ALL], values[ALL], square[ALL];
    int64_t shape[2];
    void *block = NULL;
    open_nonzero(&r);
    REQUIRE_OK(tern_device_alloc(64, &block));
    bind(&r, "x", x);
    bind(&r, "places", block);
    bind(&r, "shape", shape);
    bind(&r, "values", values);
    bind(&r, "square", square);
    memset(x, 0, sizeof x);
    x[3] = x[9] = x[11] = x[20] = 1;
    REQUIRE_OK(tern_context_enqueue(r.context, 0)); /* 4 places of 16 bytes */
    x[0] = 1;
    CHECK_ERROR(tern_context_enqueue(r.context, 0), TERN_BAD_SHAPE,
                "output \"places\": takes 80 bytes, the block at");
    CHECK_INT(extent_of(&r, "places", 1), -1);
    REQUIRE_OK(tern_device_free(block));
    rig_close(&r);
}

/* One count bounds another: rows that are selected, then the different ones of them. */
TERN_TEST(counts_follow_one_another)
{
    rig r;
    const int32_t x[5][2] = {{1, 2}, {3, 4}, {1, 2}, {1, 2}, {0, 9}};
    uint8_t mask[5];
    int32_t y[10];
    int64_t first[5], which[5], counts[5];
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *in = rig_input(&r, "x", "i32[-1,2]"), *m = rig_input(&r, "mask", "bool[-1]");
    tern_layer *some = rig_layer(&r, "compress", NULL, in, m);
    tern_layer *unique =
        rig_layer(&r, "unique", "{flat=false, sorted=false}", tern_layer_output(some, 0), NULL);
    static const char *const names[] = {"y", "first", "which", "counts"};
    void *const to[] = {y, first, which, counts};
    for (int i = 0; i < 4; i++) {
        rig_output(&r, tern_layer_output(unique, i), names[i]);
    }
    rig_profile(&r,
                (const rig_range[]){{"x", "i32[1,2]", "i32[3,2]", "i32[5,2]"},
                                    {"mask", "bool[0]", "bool[3]", "bool[5]"}},
                2);
    rig_load(&r);
    REQUIRE_OK(tern_context_set_shape(r.context, 0, 2, (const int64_t[]){5, 2}));
    REQUIRE_OK(tern_context_set_shape(r.context, 1, 1, (const int64_t[]){5}));
    for (uint32_t set = 0; set < 32; set++) {
        int64_t selected = 0, different = 0;
        bool seen[3] = {false};
        static const int kinds[5] = {0, 1, 0, 0, 2};
        for (int i = 0; i < 5; i++) {
            mask[i] = (uint8_t)(set >> i & 1u);
            selected += mask[i];
            different += mask[i] != 0 && !seen[kinds[i]] ? 1 : 0;
            seen[kinds[i]] = seen[kinds[i]] || mask[i] != 0;
        }
        rig_run(&r, (const void *[]){x, mask}, to);
        CHECK_INT(extent_of(&r, "y", 0), different);
        CHECK_INT(extent_of(&r, "which", 0), selected);
        int64_t sum = 0;
        for (int64_t i = 0; i < different; i++) {
            CHECK_INT(which[first[i]], i);
            sum += counts[i];
        }
        CHECK_INT(sum, selected);
    }
    rig_close(&r);
}

/* Of constants everything is counted while building: shapes are numbers then. */
TERN_TEST(counts_of_constants_are_folded)
{
    rig r;
    const float x[4] = {0, 5, 0, 7};
    float y[2];
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *in = rig_input(&r, "x", "f32[4]");
    tern_tensor *places =
        tern_layer_output(rig_layer(&r, "nonzero", NULL, rig_constant(&r, "f32[4]", x), NULL), 0);
    tern_tensor *flat =
        tern_layer_output(rig_layer(&r, "shuffle", "{reshape=[-1]}", places, NULL), 0);
    rig_output(&r, tern_layer_output(rig_layer(&r, "gather", NULL, in, flat), 0), "y");
    rig_load(&r);
    CHECK_INT(extent_of(&r, "y", 0), 2);
    rig_run(&r, (const void *[]){x}, (void *[]){y});
    CHECK_NEAR((double)y[0], 5, 0);
    CHECK_NEAR((double)y[1], 7, 0);
    rig_close(&r);
}
