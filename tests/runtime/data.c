/* SPDX-License-Identifier: Apache-2.0 */
/* Extents that depend on data: a top-k whose k is the sum of an input. */
#include "op/reduce/reduce.h"
#include "rig.h"

static plan_maker maker;

static const float x_data[8] = {1, 7, 3, 5, -2, -8, -4, -6};
static const float sorted[2][4] = {{7, 5, 3, 1}, {-2, -4, -6, -8}};
static const int32_t places[2][4] = {{1, 3, 2, 0}, {0, 2, 3, 1}};

/* values of [2,k] from `y`, which is relu(values) when `is_relu` */
static void check_values(const float *y, int64_t k, bool is_relu)
{
    for (int64_t r = 0; r < 2; r++) {
        for (int64_t i = 0; i < k; i++) {
            const float want = is_relu && sorted[r][i] < 0 ? 0 : sorted[r][i];
            CHECK_NEAR((double)y[r * k + i], (double)want, 0);
        }
    }
}

static void check_places(const int32_t *y, int64_t k)
{
    for (int64_t i = 0; i < 2 * k; i++) {
        CHECK_INT(y[i], places[i / k][i % k]);
    }
}

static int64_t extent_of(const tern_context *context, int32_t binding)
{
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    REQUIRE_OK(tern_context_shape(context, binding, &rank, dims));
    CHECK_INT(rank, 2);
    CHECK_INT(dims[0], 2);
    return dims[1];
}

/* A context with x and n bound, n of `count` numbers; bindings: 0 x, 1 n, 2 indices, 3 y. */
static tern_context *make(const int32_t *n, int64_t count)
{
    maker_topk(&maker);
    tern_context *context = rig_context(&maker);
    REQUIRE_OK(tern_context_bind(context, 0, (void *)(uintptr_t)x_data));
    REQUIRE_OK(tern_context_bind(context, 1, (void *)(uintptr_t)n));
    REQUIRE_OK(tern_context_set_shape(context, 1, 1, &count));
    return context;
}

TERN_TEST(extents_are_known_after_the_run)
{
    int32_t n[3] = {1, 4, -3}, indices[8];
    float y[8];
    int32_t missing = 0;
    tern_context *context = make(n, 1);
    REQUIRE_OK(tern_context_infer(context, 0, NULL, &missing));
    CHECK_INT(missing, 0);
    CHECK_INT(extent_of(context, 2), -1);
    CHECK_INT(extent_of(context, 3), -1);
    REQUIRE_OK(tern_context_bind(context, 2, indices));
    REQUIRE_OK(tern_context_bind(context, 3, y));
    for (int64_t count = 1; count <= 3; count++) {
        const int64_t k = count == 1 ? 1 : count == 2 ? 4 : 2;
        n[0] = count == 2 ? 0 : 1;
        for (int i = 0; i < 8; i++) {
            y[i] = -7;
            indices[i] = -7;
        }
        REQUIRE_OK(tern_context_set_shape(context, 1, 1, &count));
        CHECK_INT(extent_of(context, 3), -1);
        REQUIRE_OK(tern_context_enqueue(context, 0));
        CHECK_INT(extent_of(context, 2), k);
        CHECK_INT(extent_of(context, 3), k);
        check_values(y, k, true);
        check_places(indices, k);
        for (int64_t i = 2 * k; i < 8; i++) {
            CHECK_NEAR((double)y[i], -7, 0);
            CHECK_INT(indices[i], -7);
        }
    }
    tern_context_destroy(context);
}

TERN_TEST(the_most_bytes_are_known_before_it)
{
    const int32_t n[3] = {1, 0, 0};
    size_t bytes = 0;
    tern_context *context = make(n, 1);
    REQUIRE_OK(tern_context_max_bytes(context, 3, &bytes));
    CHECK_UINT(bytes, 32);
    REQUIRE_OK(tern_context_max_bytes(context, 1, &bytes));
    CHECK_UINT(bytes, 4);
    CHECK_STATUS(tern_context_max_bytes(context, 4, &bytes), TERN_INVALID_ARGUMENT);
    CHECK_STATUS(tern_context_max_bytes(context, 0, NULL), TERN_INVALID_ARGUMENT);
    tern_context_destroy(context);
}

/* --- memory asked for --- */

typedef struct owner {
    int asked, told;
    size_t bytes;
    int64_t extent;
    void *memory, *current;
} owner;

static void *give(void *self, const char *name, void *current, size_t bytes, size_t align)
{
    owner *o = self;
    CHECK_TEXT(name, "y");
    CHECK(align > 0);
    CHECK_INT(o->asked, o->told);
    o->asked += o->memory != NULL ? 1 : 0;
    o->bytes = bytes;
    o->current = current;
    return o->memory;
}

static void tell(void *self, const char *name, int32_t rank, const int64_t *dims)
{
    owner *o = self;
    CHECK_TEXT(name, "y");
    CHECK_INT(rank, 2);
    CHECK_INT(dims[0], 2);
    o->extent = dims[1];
    o->told++;
}

TERN_TEST(an_allocator_is_asked_when_the_size_is_known)
{
    int32_t n[3] = {0, 0, 0}, indices[8];
    float y[8];
    owner o = {.memory = y};
    const tern_output_allocator allocator = {&o, give, tell};
    tern_context *context = make(n, 3);
    REQUIRE_OK(tern_context_bind(context, 2, indices));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    CHECK_CONTAINS(tern_error_last()->text, "output \"y\": its shape depends on data");
    REQUIRE_OK(tern_context_set_output_allocator(context, 3, &allocator));
    for (int32_t k = 0; k <= 4; k++) {
        n[1] = k;
        REQUIRE_OK(tern_context_enqueue(context, 0));
        CHECK_INT(o.asked, k + 1);
        CHECK_INT(o.told, k + 1);
        CHECK_INT(o.extent, k);
        CHECK_UINT(o.bytes, (size_t)k * 8);
        CHECK(k == 0 || o.current == y);
        check_values(y, k, true);
    }
    o.memory = NULL;
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_OUT_OF_MEMORY);
    CHECK_CONTAINS(tern_error_last()->text,
                   "output \"y\": its allocator gave no memory for 32 bytes");
    CHECK_INT(extent_of(context, 3), -1);
    n[1] = 0; /* nothing is needed for nothing */
    CHECK_OK(tern_context_enqueue(context, 0));
    REQUIRE_OK(tern_context_set_output_allocator(context, 3, NULL));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_INVALID_ARGUMENT);
    tern_context_destroy(context);
}

TERN_TEST(a_block_that_is_too_small_is_refused)
{
    int32_t n[3] = {2, 0, 0}, indices[8];
    void *block = NULL;
    tern_context *context = make(n, 3);
    REQUIRE_OK(tern_device_alloc(16, &block));
    REQUIRE_OK(tern_context_bind(context, 2, indices));
    REQUIRE_OK(tern_context_bind(context, 3, block)); /* what is in it will tell */
    CHECK_OK(tern_context_enqueue(context, 0));
    check_values(block, 2, true);
    n[0] = 3;
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_BAD_SHAPE);
    CHECK_CONTAINS(tern_error_last()->text, "output \"y\": takes 24 bytes, the block at");
    CHECK_CONTAINS(tern_error_last()->text, "has 16 left");
    tern_context_destroy(context);
    REQUIRE_OK(tern_device_free(block));
}

static const struct {
    const char *name;
    int32_t k;
} outside[] = {
    {"one_too_many", 5}, {"negative", -1}, {"smallest", INT32_MIN}, {"largest", INT32_MAX}};

TERN_TEST_ROWS(an_extent_out_of_range_is_refused, outside)
{
    int32_t n[3] = {outside[row].k, 0, 0}, indices[8];
    float y[8];
    char says[32];
    tern_context *context = make(n, 3);
    REQUIRE_OK(tern_context_bind(context, 2, indices));
    REQUIRE_OK(tern_context_bind(context, 3, y));
    CHECK_STATUS(tern_context_enqueue(context, 0), TERN_BAD_SHAPE);
    tern_text text;
    tern_text_init_fixed(&text, says, sizeof says);
    tern_text_add(&text, "topk \"topk\": k is %d", outside[row].k);
    CHECK_CONTAINS(tern_error_last()->text, tern_text_get(&text));
    n[0] = 1;
    CHECK_OK(tern_context_enqueue(context, 0));
    tern_context_destroy(context);
}

TERN_TEST(queued_runs_have_extents_of_their_own)
{
    static int32_t n[64][3], indices[64][8];
    static float y[64][8];
    tern_stream stream = 0;
    tern_context *context = make(n[0], 3);
    REQUIRE_OK(tern_stream_create(&stream));
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 64; i++) {
            const int64_t count = 1 + i % 3;
            n[i][0] = i % 5;
            y[i][0] = -7;
            REQUIRE_OK(tern_context_set_shape(context, 1, 1, &count));
            REQUIRE_OK(tern_context_bind(context, 1, n[i]));
            REQUIRE_OK(tern_context_bind(context, 2, indices[i]));
            REQUIRE_OK(tern_context_bind(context, 3, y[i]));
            REQUIRE_OK(tern_context_enqueue(context, stream));
        }
        REQUIRE_OK(tern_stream_synchronize(stream));
        CHECK_INT(extent_of(context, 3), 63 % 5);
        for (int i = 0; i < 64; i++) {
            check_values(y[i], i % 5, true);
            check_places(indices[i], i % 5);
        }
    }
    tern_context_destroy(context);
    REQUIRE_OK(tern_stream_destroy(stream));
}
