/* SPDX-License-Identifier: Apache-2.0 */
/* Every operator with wrong and strange operands and attributes.  Whatever is refused is refused
   with a sentence that names who; whatever is accepted has to build and run.  Nothing crashes and
   nothing leaks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "op/op.h"
#include "rig.h"

enum { MOST_INPUTS = 10, MOST_BYTES = 1 << 20, HEAP_BYTES = 64 << 20 };

static const char layer_name[] = "the_layer";

/* What was tried, for messages. */
static char what[512];

static struct {
    int64_t refused, ran;
} totals;

/* A sentence, and one that names who. */
static void check_sentence(const char *who, const char *call)
{
    const tern_error *error = tern_error_last();
    const bool names_who = strstr(error->text, who) != NULL || strstr(error->text, "\"in") != NULL;
    if (error->status == TERN_OK || error->text[0] == '\0') {
        FAIL("%s: %s failed without a sentence", what, call);
    } else if (error->status == TERN_INTERNAL) {
        FAIL("%s: %s: %s", what, call, error->text);
    } else if (!names_who && error->status != TERN_OUT_OF_MEMORY) {
        FAIL("%s: %s does not say who: %s", what, call, error->text);
    }
    totals.refused++;
}

static size_t binding_bytes(tern_dtype dtype, int32_t rank, const int64_t *dims)
{
    const tern_type type = tern_type_make(dtype, rank, dims);
    size_t bytes = 0;
    return tern_type_is_static(&type) && tern_type_bytes(&type, &bytes) ? bytes : SIZE_MAX;
}

static void swallow(void *self, tern_severity severity, const char *topic, const char *text)
{
    (void)self, (void)severity, (void)topic, (void)text;
}

/* A shape input's values have to lie in the profile's range, others are all zeros. */
static void fill(const tern_engine *engine, int32_t index, const tern_binding *b, void *to)
{
    int64_t values[TERN_MAX_SHAPE_VALUES];
    int32_t count = 0;
    if (b->is_input && b->is_shape &&
        tern_engine_profile_values(engine, 0, index, 1, values, &count) == TERN_OK) {
        tern_convert(TERN_DTYPE_I64, values, b->dtype, to, count);
    }
}

/* Runs what was built, on zeros, when it is not too large. */
static void run(rig *r, const tern_op *op)
{
    static void *buffers[2 * MOST_INPUTS + TERN_OP_MAX_OUTPUTS];
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    options.allocator = tern_test_allocator(&r->heap);
    options.logger.write = swallow;
    REQUIRE_OK(tern_runtime_create(&options, &r->runtime));
    if (tern_engine_load_memory(r->runtime, tern_memory_data(r->plan), tern_memory_size(r->plan),
                                TERN_LOAD_COPY, &r->engine) != TERN_OK) {
        FAIL("%s: the plan is refused: %s", what, tern_error_last()->text);
        return;
    }
    if (tern_context_create(r->engine, &r->context) != TERN_OK) {
        CHECK_INT(tern_error_last()->status, TERN_OUT_OF_MEMORY);
        return;
    }
    const int32_t count = tern_engine_binding_count(r->engine);
    bool fits = true;
    bool varies = false;
    for (int32_t i = 0; i < count && fits; i++) {
        tern_binding b;
        REQUIRE_OK(tern_engine_binding(r->engine, i, &b));
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK];
        bool is_open = false;
        varies |= b.is_input && b.is_shape;
        for (int32_t axis = 0; axis < b.rank; axis++) {
            is_open |= b.dims[axis] < 0;
            dims[axis] = b.dims[axis] < 0 ? 2 : b.dims[axis];
        }
        varies |= is_open;
        if (b.is_input && is_open &&
            tern_context_set_shape(r->context, i, b.rank, dims) != TERN_OK) {
            FAIL("%s: set_shape: %s", what, tern_error_last()->text);
            fits = false;
        }
        REQUIRE_OK(tern_context_shape(r->context, i, &rank, dims));
        const size_t bytes = binding_bytes(b.dtype, rank, dims);
        fits = fits && bytes <= MOST_BYTES;
        buffers[i] = fits ? calloc(bytes + 1, 1) : NULL;
        if (buffers[i] != NULL) {
            fill(r->engine, i, &b, buffers[i]);
        }
        fits = fits && tern_context_bind(r->context, i, buffers[i]) == TERN_OK;
    }
    const tern_status status = fits ? tern_context_enqueue(r->context, 0) : TERN_OK;
    if (status == TERN_BAD_SHAPE && varies) {
        check_sentence(layer_name, "run"); /* a reshape that no longer fits, an axis too many */
    } else if (status == TERN_INVALID_ARGUMENT && op->control == TERN_CONTROL_CHECK) {
        check_sentence(layer_name, "run"); /* zeros are no truth */
    } else if (status == TERN_INVALID_ARGUMENT && strncmp(what, "assertion ", 10) == 0) {
        CHECK(strstr(tern_error_last()->text, "is false") != NULL); /* of zeros it has to be */
    } else if (status != TERN_OK) {
        FAIL("%s: the run failed: %s", what, tern_error_last()->text);
    }
    totals.ran += fits ? 1 : 0;
    for (int32_t i = 0; i < count; i++) {
        free(buffers[i]);
        buffers[i] = NULL;
    }
}

/* A profile 1, 2, 3 for every axis that varies, and values 1, 2, 3 for shape inputs. */
static void add_profile(rig *r)
{
    tern_profile *profile = NULL;
    int32_t index = 0;
    REQUIRE_OK(tern_profile_create(r->builder, &profile));
    for (int32_t i = 0; i < tern_network_input_count(r->network); i++) {
        tern_tensor *x = tern_network_input(r->network, i);
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK] = {0};
        REQUIRE_OK(tern_tensor_shape(x, &rank, dims));
        for (int64_t point = 0; point < 3; point++) {
            int64_t extents[TERN_MAX_RANK] = {0};
            int64_t values[TERN_CONTENT_MAX];
            for (int32_t axis = 0; axis < rank; axis++) {
                extents[axis] = dims[axis] < 0 ? point + 1 : dims[axis];
            }
            for (int k = 0; k < TERN_CONTENT_MAX; k++) {
                values[k] = point + 1;
            }
            REQUIRE_OK(tern_profile_set_shape(profile, tern_tensor_name(x),
                                              (tern_profile_point)point, rank, extents));
            if (tern_tensor_is_shape(x) && rank <= 1) {
                REQUIRE_OK(tern_profile_set_values(profile, tern_tensor_name(x),
                                                   (tern_profile_point)point,
                                                   rank == 0 ? 1 : (int32_t)extents[0], values));
            }
        }
    }
    REQUIRE_OK(tern_config_add_profile(r->config, profile, &index));
    tern_profile_destroy(profile);
}

/* Asks for shapes, marks, builds, runs: each may be refused, none without a sentence. */
static void use(rig *r, tern_layer *layer)
{
    bool has_shapes = true;
    for (int32_t i = 0; i < tern_layer_output_count(layer); i++) {
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK];
        tern_tensor *y = tern_layer_output(layer, i);
        const tern_status status = tern_tensor_shape(y, &rank, dims);
        if (status != TERN_OK) {
            CHECK_INT(rank, -1);
            CHECK_INT(tern_error_last()->status, status);
            if (has_shapes) {
                check_sentence(layer_name, "shape");
            }
            has_shapes = false;
        }
        REQUIRE_OK(tern_network_mark_output(r->network, y));
    }
    add_profile(r);
    tern_memory *text = NULL;
    REQUIRE_OK(tern_network_print(r->network, &text));
    tern_memory_destroy(text);
    const tern_status built = rig_build(r);
    if (built != TERN_OK) {
        check_sentence(layer_name, "build");
        CHECK(r->plan == NULL);
    } else {
        if (!has_shapes) {
            FAIL("%s: has no shape, but builds", what);
        }
        const char *op = tern_layer_op(layer);
        run(r, tern_op_by_name(op, strlen(op)));
    }
}

/* Operands of one type each; extents differ so that a mixed-up axis shows. */
static void type_text(char *to, size_t size, const char *dtype, int rank, int64_t odd)
{
    static const int64_t extents[TERN_MAX_RANK] = {2, 3, 4, 5, 2, 3, 2, 2};
    int used = snprintf(to, size, "%s[", dtype);
    for (int axis = 0; axis < rank; axis++) {
        const bool is_odd = odd != 1 && axis == rank / 2;
        used += snprintf(to + used, size - (size_t)used, "%s%" PRId64, axis > 0 ? "," : "",
                         is_odd ? odd : extents[axis]);
    }
    (void)snprintf(to + used, size - (size_t)used, "]");
}

/* The layer on `count` inputs of one type; returns it, or NULL when it was refused. */
static tern_layer *try_layer(rig *r, const tern_op *op, const char *attributes, const char *type,
                             int32_t count)
{
    tern_tensor *inputs[MOST_INPUTS] = {NULL};
    for (int32_t i = 0; i < count && i < MOST_INPUTS; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "in%d", (int)i);
        inputs[i] = rig_input(r, name, type);
    }
    tern_layer *layer = NULL;
    if (tern_network_add_layer(r->network, op->name, attributes, inputs, count, &layer) !=
        TERN_OK) {
        CHECK(layer == NULL);
        check_sentence(op->name, "add_layer");
        return NULL;
    }
    REQUIRE_OK(tern_layer_set_name(layer, layer_name));
    return layer;
}

static void try_types(const tern_op *op, const char *dtype, int rank, int64_t odd)
{
    char type[128];
    type_text(type, sizeof type, dtype, rank, odd);
    const int32_t most = op->arity.in_max < 0 ? 3 : op->arity.in_max + 1;
    for (int32_t count = 0; count <= most && count <= MOST_INPUTS; count++) {
        rig r;
        rig_open(&r, rank % 2 == 0 ? TERN_BATCH_IS_EXPLICIT : TERN_BATCH_DECIDE_LATER);
        r.heap.limit_bytes = HEAP_BYTES;
        (void)snprintf(what, sizeof what, "%s on %d x %s", op->name, (int)count, type);
        tern_layer *layer = try_layer(&r, op, NULL, type, count);
        if (layer != NULL) {
            use(&r, layer);
        }
        rig_close(&r);
    }
}

/* One operand after the other absent. */
static void try_missing(const tern_op *op)
{
    for (int32_t absent = 0; absent < op->arity.in_min && absent < MOST_INPUTS; absent++) {
        rig r;
        rig_open(&r, TERN_BATCH_IS_EXPLICIT);
        (void)snprintf(what, sizeof what, "%s without input %d", op->name, (int)absent);
        tern_tensor *x = rig_input(&r, "in", "f32[1,2,4,4]");
        tern_tensor *inputs[MOST_INPUTS];
        for (int32_t i = 0; i < MOST_INPUTS; i++) {
            inputs[i] = i == absent ? NULL : x;
        }
        tern_layer *layer = NULL;
        const tern_status status = tern_network_add_layer(
            r.network, op->name, NULL, inputs,
            op->arity.in_min < MOST_INPUTS ? op->arity.in_min : MOST_INPUTS, &layer);
        if (status == TERN_OK) {
            REQUIRE_OK(tern_layer_set_name(layer, layer_name));
            int32_t rank = 0;
            int64_t dims[TERN_MAX_RANK];
            CHECK(tern_tensor_shape(tern_layer_output(layer, 0), &rank, dims) != TERN_OK);
            use(&r, layer);
            CHECK(r.plan == NULL);
        } else {
            check_sentence(op->name, "add_layer");
        }
        rig_close(&r);
    }
}

/* Values that an attribute may not expect. */
static const int64_t strange[] = {
    -1, 0, 1, 2, 3, -2, 7, 8, 255, (int64_t)1 << 31, (int64_t)1 << 40, INT64_MAX, INT64_MIN, -9};

static int64_t pick(void)
{
    return strange[tern_test_random_int(0, (int64_t)TERN_COUNT_OF(strange) - 1)];
}

/* Sets a field of any kind to something, by one of the setters, the right one or not. */
static void set_field(tern_layer *layer, const char *name)
{
    int64_t ints[TERN_MAX_RANK + 1];
    double floats[TERN_MAX_RANK + 1];
    const int32_t count = (int32_t)tern_test_random_int(0, TERN_MAX_RANK);
    for (int i = 0; i < TERN_MAX_RANK; i++) {
        ints[i] = tern_test_random_int(0, 3) > 0 ? tern_test_random_int(0, 3) : pick();
        floats[i] = (double)ints[i] * 0.5;
    }
    tern_status status = TERN_OK;
    switch (tern_test_random_int(0, 5)) {
    case 0: status = tern_layer_set_i64(layer, name, ints[0]); break;
    case 1: status = tern_layer_set_f64(layer, name, floats[0]); break;
    case 2:
    case 3: status = tern_layer_set_i64s(layer, name, ints, count); break;
    case 4: status = tern_layer_set_f64s(layer, name, floats, count); break;
    default: status = tern_layer_set_text(layer, name, count > 4 ? "f16" : "nonsense"); break;
    }
    if (status != TERN_OK) {
        CHECK_INT(status, TERN_INVALID_ARGUMENT);
        check_sentence(layer_name, name);
        CHECK_CONTAINS(tern_error_last()->text, name);
    }
}

static void get_field(tern_layer *layer, const char *name)
{
    int64_t i = 0, ints[TERN_MAX_RANK];
    double f = 0.0, floats[TERN_MAX_RANK];
    int32_t count = 0;
    const char *text = NULL;
    const tern_status got[] = {
        tern_layer_get_i64(layer, name, &i), tern_layer_get_f64(layer, name, &f),
        tern_layer_get_i64s(layer, name, ints, &count),
        tern_layer_get_f64s(layer, name, floats, &count), tern_layer_get_text(layer, name, &text)};
    int works = 0;
    for (size_t k = 0; k < TERN_COUNT_OF(got); k++) {
        works += got[k] == TERN_OK;
    }
    CHECK(works >= 1 && works <= 2);
}

/* Weights of a random count under each name that may have some. */
static void set_weights(tern_layer *layer, const tern_op *op)
{
    static const float data[512];
    for (int i = 1; op->input_names != NULL && op->input_names[i] != NULL; i++) {
        const tern_weights weights = {TERN_DTYPE_F32, data, tern_test_random_int(0, 96)};
        if (tern_test_random_int(0, 2) > 0 &&
            tern_layer_set_weights(layer, op->input_names[i], &weights) != TERN_OK) {
            check_sentence(layer_name, "set_weights");
        }
    }
}

static void try_attributes(const tern_op *op)
{
    rig r;
    rig_open(&r, tern_test_random_int(0, 1) ? TERN_BATCH_IS_EXPLICIT : TERN_BATCH_DECIDE_LATER);
    r.heap.limit_bytes = HEAP_BYTES;
    char type[128];
    type_text(type, sizeof type, tern_test_random_int(0, 4) > 0 ? "f32" : "i32",
              (int)tern_test_random_int(0, 5), tern_test_random_int(-1, 2));
    const int32_t most = op->arity.in_max < 0 ? 3 : op->arity.in_max;
    CHECK(most <= MOST_INPUTS);
    const int32_t count = (int32_t)tern_test_random_int(op->arity.in_min, most);
    int used = snprintf(what, sizeof what, "%s on %d x %s with", op->name, (int)count, type);
    tern_layer *layer = try_layer(&r, op, NULL, type, count);
    for (int change = 0; layer != NULL && change < 4; change++) {
        int field_count = 0;
        while (op->attrs[field_count].name != NULL) {
            field_count++;
        }
        const char *name = op->attrs[tern_test_random_int(0, field_count - 1)].name;
        used += snprintf(what + used, sizeof what - (size_t)used, " %s", name);
        set_field(layer, name);
        get_field(layer, name);
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK];
        rig_may_fail(tern_tensor_shape(tern_layer_output(layer, 0), &rank, dims));
    }
    if (layer != NULL) {
        set_weights(layer, op);
        use(&r, layer);
    }
    rig_close(&r);
}

TERN_TEST(every_attribute_with_every_value)
{
    memset(&totals, 0, sizeof totals);
    for (size_t i = 0; tern_op_at(i) != NULL; i++) {
        for (int round = 0; tern_op_at(i)->attrs != NULL && round < 150; round++) {
            try_attributes(tern_op_at(i));
        }
    }
    printf("    %" PRId64 " refusals, %" PRId64 " runs\n", totals.refused, totals.ran);
    CHECK(totals.ran > 100);
    CHECK(totals.refused > 1000);
}

static const char *op_names(size_t i)
{
    return tern_op_at(i) != NULL ? tern_op_at(i)->name : NULL;
}

TERN_TEST(every_operator_with_operands_of_every_rank_and_type)
{
    static const char *const dtypes[] = {"f32", "i32", "bool", "u8", "bf16", "i64"};
    memset(&totals, 0, sizeof totals);
    size_t op_count = 0;
    for (; op_names(op_count) != NULL; op_count++) {
        const tern_op *op = tern_op_at(op_count);
        for (int rank = 0; rank <= TERN_MAX_RANK; rank++) {
            for (size_t d = 0; d < TERN_COUNT_OF(dtypes); d++) {
                try_types(op, dtypes[d], rank, 1);
            }
            try_types(op, "f32", rank, 0);
            try_types(op, "f32", rank, -1);
            try_types(op, "i32", rank, (int64_t)1 << 40);
        }
        try_missing(op);
    }
    printf("    %zu operators: %" PRId64 " refusals, %" PRId64 " runs\n", op_count, totals.refused,
           totals.ran);
    CHECK(totals.ran > 1000);
    CHECK(totals.refused > 1000);
}
