/* SPDX-License-Identifier: Apache-2.0 */
/* Filling and writing of hand-made plans. */
#include "harness/plan_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "op/gemm/gemm.h"
#include "op/reduce/reduce.h"
#include "plan/format.h"
#include "tern/context.h"

static void give_up(const char *what)
{
    fprintf(stderr, "plan maker: %s: %s\n", what, tern_error_last()->text);
    exit(3);
}

void maker_init(plan_maker *m, const char *name)
{
    memset(m, 0, sizeof *m);
    tern_plan *p = &m->plan;
    p->strings = m->strings;
    p->attrs = m->attrs;
    p->values = m->values;
    p->steps = m->steps;
    p->indices = m->indices;
    p->dims = m->dims;
    p->symbols = m->symbols;
    p->bindings = m->bindings;
    p->ranges = m->ranges;
    p->range_values = m->range_values;
    p->exprs = (const uint8_t *)m->exprs;
    p->expr_size = sizeof(tern_expr);
    p->blobs = m->blobs;
    p->weights = m->weights;
    p->report = "{\"made\": \"by hand\"}";
    p->report_size = strlen(p->report);
    p->header.threads = 1;
    p->header.max_batch = 1;
    p->name = maker_string(m, name);
}

tern_plan_str maker_string(plan_maker *m, const char *text)
{
    const size_t size = strlen(text);
    const tern_plan_str s = {(uint32_t)m->plan.strings_size, (uint32_t)size};
    if (m->plan.strings_size + size > MAKER_BYTES) {
        give_up("strings");
    }
    memcpy(m->strings + s.at, text, size);
    m->plan.strings_size += size;
    return s;
}

/* Values of all dim expressions at the symbols' largest. */
static tern_type largest(const plan_maker *m, const tern_plan_value *v)
{
    int64_t values[MAKER_MOST];
    tern_dim_evaluate((const tern_dim_expr *)(const void *)m->dims, m->plan.dim_count,
                      m->symbol_max, values);
    tern_type t = tern_type_make((tern_dtype)v->dtype, v->rank, v->dims);
    return tern_type_resolve(&t, values);
}

static uint32_t add_value(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                          const int64_t *dims)
{
    if (m->plan.value_count == MAKER_MOST) {
        give_up("values");
    }
    tern_plan_value *v = &m->values[m->plan.value_count];
    v->dtype = (uint8_t)dtype;
    v->rank = (uint8_t)rank;
    v->name = maker_string(m, name);
    if (rank > 0) {
        memcpy(v->dims, dims, (size_t)rank * sizeof *dims);
    }
    size_t bytes = 0;
    const tern_type t = largest(m, v);
    if (!tern_type_bytes(&t, &bytes)) {
        give_up("bytes");
    }
    v->bytes_max = bytes;
    return m->plan.value_count++;
}

static uint32_t add_binding(plan_maker *m, const char *name, uint32_t value, bool is_input)
{
    const uint32_t i = m->plan.binding_count++;
    m->bindings[i].name = m->values[value].name;
    m->bindings[i].value = value;
    m->bindings[i].is_input = is_input;
    m->values[value].home = TERN_PLAN_HOME_BINDING;
    m->values[value].at = i;
    m->plan.header.input_count += is_input ? 1 : 0;
    (void)name;
    return value;
}

uint32_t maker_input(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                     const int64_t *dims)
{
    return add_binding(m, name, add_value(m, name, dtype, rank, dims), true);
}

uint32_t maker_output(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                      const int64_t *dims)
{
    return add_binding(m, name, add_value(m, name, dtype, rank, dims), false);
}

static uint64_t arena(plan_maker *m, uint64_t bytes)
{
    const uint64_t at = m->plan.header.arena_bytes;
    m->plan.header.arena_bytes += (bytes + 63) / 64 * 64;
    return at;
}

uint32_t maker_value(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                     const int64_t *dims)
{
    const uint32_t v = add_value(m, name, dtype, rank, dims);
    m->values[v].home = TERN_PLAN_HOME_ARENA;
    m->values[v].at = arena(m, m->values[v].bytes_max);
    return v;
}

uint32_t maker_constant(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                        const int64_t *dims, const void *data)
{
    const uint32_t v = add_value(m, name, dtype, rank, dims);
    const size_t bytes = (size_t)m->values[v].bytes_max;
    tern_plan_blob *b = &m->blobs[m->plan.blob_count];
    b->at = (m->plan.weights_size + 63) / 64 * 64;
    b->size = bytes;
    if (b->at + bytes > MAKER_BYTES) {
        give_up("weights");
    }
    memcpy(m->weights + b->at, data, bytes);
    m->plan.weights_size = b->at + bytes;
    m->values[v].home = TERN_PLAN_HOME_BLOB;
    m->values[v].at = m->plan.blob_count++;
    return v;
}

static void set_scratch(plan_maker *m, tern_plan_step *s, const tern_op *op, const void *attr)
{
    tern_type types[32];
    const void *data[16] = {NULL};
    memset(types, 0, sizeof types);
    for (uint32_t i = 0; i < s->x_count + s->y_count; i++) {
        const uint32_t v = m->indices[s->x_first + i];
        if (v != TERN_PLAN_NONE) {
            types[i] = largest(m, &m->values[v]);
        }
    }
    const tern_problem p = {.op = op,
                            .attr = attr,
                            .x_count = (int32_t)s->x_count,
                            .y_count = (int32_t)s->y_count,
                            .own_count = (int32_t)s->own_count,
                            .x = types,
                            .y = types + s->x_count,
                            .x_data = data,
                            .threads = m->plan.header.threads,
                            .device = TERN_DEVICE_KIND_CPU};
    s->scratch_bytes = tern_reference_scratch(&p);
    s->scratch_at = s->scratch_bytes > 0 ? arena(m, s->scratch_bytes) : 0;
}

uint32_t maker_step(plan_maker *m, const char *op_name, const void *attr, const uint32_t *x,
                    uint32_t x_count, const uint32_t *y)
{
    const tern_op *op = tern_op_by_name(op_name, strlen(op_name));
    const uint32_t y_count = op != NULL ? (uint32_t)op->arity.out : 0;
    if (op == NULL || m->plan.step_count == MAKER_MOST ||
        m->plan.index_count + x_count + y_count > 4 * MAKER_MOST) {
        give_up(op_name);
    }
    tern_plan_step *s = &m->steps[m->plan.step_count];
    s->op = tern_op_id_of(op);
    s->device = TERN_DEVICE_KIND_CPU;
    s->tactic = maker_string(m, tern_tactic_reference.name);
    s->name = s->origins = maker_string(m, op_name);
    s->x_first = m->plan.index_count;
    s->x_count = s->own_count = x_count;
    s->y_first = m->plan.index_count + x_count;
    s->y_count = y_count;
    s->packed_blob = s->epilogue = TERN_PLAN_NONE;
    memcpy(m->indices + s->x_first, x, x_count * sizeof *x);
    memcpy(m->indices + s->y_first, y, s->y_count * sizeof *y);
    m->plan.index_count += x_count + s->y_count;
    s->attr_at = (uint32_t)m->plan.attrs_size;
    uint8_t defaults[4096] = {0};
    if (op->attrs != NULL) {
        tern_text text;
        tern_text_init(&text, tern_allocator_default());
        if (attr == NULL) {
            tern_attr_defaults(op->attrs, defaults);
            attr = defaults;
        }
        if (tern_attr_encode(&text, op->attrs, attr) != TERN_OK) {
            give_up("attributes");
        }
        memcpy(m->attrs + s->attr_at, tern_text_get(&text), text.len);
        s->attr_size = (uint32_t)text.len;
        m->plan.attrs_size += text.len;
        tern_text_destroy(&text);
    }
    set_scratch(m, s, op, attr);
    return m->plan.step_count++;
}

int64_t maker_symbol(plan_maker *m, const char *name, uint32_t binding, uint32_t axis,
                     bool from_contents, int64_t most)
{
    const uint32_t i = m->plan.symbol_count++;
    m->symbols[i] = (tern_plan_symbol){maker_string(m, name), binding, axis, from_contents, 0};
    m->symbol_max[i] = most;
    return maker_dim(m, TERN_DIM_SYMBOL, i, 0);
}

int64_t maker_dim(plan_maker *m, int32_t op, int64_t a, int64_t b)
{
    m->dims[m->plan.dim_count] = (tern_plan_dim){op, 0, a, b};
    return TERN_PLAN_DIM_BASE + (int64_t)m->plan.dim_count++;
}

void maker_profile(plan_maker *m)
{
    for (uint32_t i = 0; i < m->plan.header.input_count; i++) {
        tern_plan_range *r = &m->ranges[m->plan.range_count++];
        const tern_plan_value *v = &m->values[m->bindings[i].value];
        const tern_type most = largest(m, v);
        for (int a = 0; a < v->rank; a++) {
            r->min[a] = r->opt[a] = tern_plan_dim_is_number(v->dims[a]) ? v->dims[a] : 1;
            r->max[a] = most.dims[a];
        }
    }
    m->plan.header.profile_count++;
}

static void *pages(size_t size)
{
    void *at = aligned_alloc(TERN_PLAN_PAGE, (size / TERN_PLAN_PAGE + 1) * TERN_PLAN_PAGE);
    if (at == NULL) {
        give_up("memory");
    }
    return at;
}

void *maker_write(const plan_maker *m, size_t *out_size)
{
    if (tern_plan_write(&m->plan, NULL, 0, out_size) != TERN_OK) {
        give_up("image");
    }
    void *bytes = pages(*out_size);
    if (tern_plan_write(&m->plan, bytes, *out_size, out_size) != TERN_OK) {
        give_up("image");
    }
    return bytes;
}

void maker_free(void *bytes)
{
    free(bytes);
}

void *maker_copy(const void *bytes, size_t size)
{
    void *copy = pages(size);
    memcpy(copy, bytes, size);
    return copy;
}

void maker_fix(void *bytes, size_t size)
{
    tern_plan_file_header *h = bytes;
    tern_plan_section *table = (tern_plan_section *)(void *)(h + 1);
    if (size < sizeof *h || h->section_count > (size - sizeof *h) / sizeof *table) {
        return;
    }
    h->total_bytes = size;
    for (uint32_t i = 0; i < h->section_count; i++) {
        tern_plan_section *e = &table[i];
        if (e->offset <= size && e->size <= size - e->offset) {
            e->checksum = tern_hash((uint8_t *)bytes + e->offset, (size_t)e->size, e->id);
        }
    }
    h->checksum = tern_plan_header_hash(h, table);
}

/* --- running what nobody trusts --- */

static void say_nothing(void *self, tern_severity severity, const char *topic, const char *text)
{
    (void)self, (void)severity, (void)topic, (void)text;
}

static void may_fail(tern_status status)
{
    (void)status;
}

enum { TRY_BINDINGS = 8, TRY_BYTES = 1 << 15, TRY_MEMORY = 1 << 20 };

/* Extents that vary get 2; larger tensors than TRY_BYTES are not bound, so their run is refused. */
static void set_shapes(tern_context *context, const tern_engine *engine)
{
    static const int64_t values[4] = {2, 2, 2, 2};
    for (int32_t i = 0; i < tern_engine_binding_count(engine); i++) {
        tern_binding b;
        if (tern_engine_binding(engine, i, &b) != TERN_OK || !b.is_input) {
            continue;
        }
        for (int32_t a = 0; a < b.rank; a++) {
            b.dims[a] = b.dims[a] < 0 ? 2 : b.dims[a];
        }
        may_fail(tern_context_set_shape(context, i, b.rank, b.dims));
        if (b.is_shape) {
            may_fail(tern_context_set_values(context, i,
                                             b.rank == 0      ? 1
                                             : b.dims[0] <= 4 ? (int32_t)b.dims[0]
                                                              : 4,
                                             values));
        }
    }
}

static void *bind_one(tern_context *context, int32_t i)
{
    size_t bytes = 0;
    if (tern_context_max_bytes(context, i, &bytes) != TERN_OK || bytes > TRY_BYTES) {
        return NULL;
    }
    void *buffer = calloc(1, bytes + 1);
    may_fail(tern_context_bind(context, i, buffer));
    return buffer;
}

bool maker_try(const void *bytes, size_t size)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    void *buffers[TRY_BINDINGS] = {NULL};
    options.logger.write = say_nothing;
    options.max_threads = 1;
    if (tern_runtime_create(&options, &runtime) == TERN_OK) {
        may_fail(tern_engine_load_memory(runtime, bytes, size, TERN_LOAD_BORROW, &engine));
    }
    const bool is_loaded = engine != NULL;
    if (is_loaded && tern_engine_binding_count(engine) <= TRY_BINDINGS &&
        tern_engine_device_memory(engine) < TRY_MEMORY &&
        tern_context_create(engine, &context) == TERN_OK) {
        set_shapes(context, engine);
        for (int32_t i = 0; i < tern_engine_binding_count(engine); i++) {
            buffers[i] = bind_one(context, i);
        }
        may_fail(tern_context_enqueue(context, 0));
    }
    tern_context_destroy(context);
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    for (int i = 0; i < TRY_BINDINGS; i++) {
        free(buffers[i]);
    }
    return is_loaded;
}

/* --- plans to share --- */

void maker_relu_add(plan_maker *m)
{
    static const int64_t dims[2] = {2, 3};
    static const float c[6] = {1, -2, 3, -4, 5, -6};
    maker_init(m, "relu_add");
    const uint32_t x = maker_input(m, "x", TERN_DTYPE_F32, 2, dims);
    const uint32_t y = maker_output(m, "y", TERN_DTYPE_F32, 2, dims);
    const uint32_t constant = maker_constant(m, "c", TERN_DTYPE_F32, 2, dims, c);
    const uint32_t sum = maker_value(m, "sum", TERN_DTYPE_F32, 2, dims);
    const uint32_t operands[2] = {x, constant};
    maker_step(m, "add", NULL, operands, 2, &sum);
    maker_step(m, "relu", NULL, &sum, 1, &y);
    maker_profile(m);
}

/* y = reshape(x[6], s): s is a shape input of two elements, so the step is checked when it runs. */
void maker_reshape(plan_maker *m, tern_dtype dtype)
{
    static const int64_t six[1] = {6}, two[1] = {2};
    static const int64_t limits[6] = {1, 1, 2, 3, 6, 6};
    maker_init(m, "reshape");
    const int64_t rows = maker_symbol(m, "R", 1, 0, true, 6);
    const int64_t columns = maker_symbol(m, "C", 1, 1, true, 6);
    const uint32_t x = maker_input(m, "x", TERN_DTYPE_F32, 1, six);
    const uint32_t s = maker_input(m, "s", dtype, 1, two);
    const uint32_t y = maker_output(m, "y", TERN_DTYPE_F32, 2, (const int64_t[]){rows, columns});
    m->bindings[1].is_shape = 1;
    m->values[y].bytes_max = 24;
    const uint32_t operands[2] = {x, s};
    maker_step(m, "shuffle", NULL, operands, 2, &y);
    maker_profile(m);
    m->ranges[1].value_count = 2;
    memcpy(m->range_values, limits, sizeof limits);
    m->plan.range_value_count = 6;
}

/* y[N,2] = relu(x[N,3] * w[3,2]) */
void maker_dynamic(plan_maker *m, int64_t most_rows)
{
    static const int64_t w_dims[2] = {3, 2};
    static const float w[6] = {1, 2, 3, 4, 5, -6};
    maker_init(m, "dynamic");
    const int64_t n = maker_symbol(m, "N", 0, 0, false, most_rows);
    const uint32_t x = maker_input(m, "x", TERN_DTYPE_F32, 2, (const int64_t[]){n, 3});
    const uint32_t y = maker_output(m, "y", TERN_DTYPE_F32, 2, (const int64_t[]){n, 2});
    const uint32_t weights = maker_constant(m, "w", TERN_DTYPE_F32, 2, w_dims, w);
    const uint32_t product = maker_value(m, "product", TERN_DTYPE_F32, 2, (const int64_t[]){n, 2});
    const uint32_t operands[2] = {x, weights};
    maker_step(m, "matmul", NULL, operands, 2, &product);
    maker_step(m, "relu", NULL, &product, 1, &y);
    maker_profile(m);
}

/* k = sum(n[N]); t, indices[2,D] = topk(x[2,4], k); y[2,D] = relu(t): D is known when topk runs. */
void maker_topk(plan_maker *m)
{
    static const int64_t x_dims[2] = {2, 4};
    maker_init(m, "topk");
    const int64_t count = maker_symbol(m, "N", 1, 0, false, 3);
    const int64_t extent = maker_dim(m, TERN_DIM_DATA, 4, 0);
    const int64_t y_dims[2] = {2, extent};
    const uint32_t x = maker_input(m, "x", TERN_DTYPE_F32, 2, x_dims);
    const uint32_t n = maker_input(m, "n", TERN_DTYPE_I32, 1, &count);
    const uint32_t indices = maker_output(m, "indices", TERN_DTYPE_I32, 2, y_dims);
    const uint32_t y = maker_output(m, "y", TERN_DTYPE_F32, 2, y_dims);
    const uint32_t k = maker_value(m, "k", TERN_DTYPE_I32, 0, NULL);
    const uint32_t t = maker_value(m, "t", TERN_DTYPE_F32, 2, y_dims);
    const tern_reduce_attr sum = {.axes = 1, .op = TERN_REDUCE_OP_SUM};
    const tern_topk_attr largest_k = {
        .k = 1, .axes = 2, .op = TERN_TOPK_OP_MAX, .index_type = TERN_DTYPE_I32};
    maker_step(m, "reduce", &sum, &n, 1, &k);
    maker_step(m, "topk", &largest_k, (const uint32_t[]){x, k}, 2, (const uint32_t[]){t, indices});
    maker_step(m, "relu", NULL, &t, 1, &y);
    maker_profile(m);
}

void maker_implicit(plan_maker *m, int32_t max_batch)
{
    maker_dynamic(m, max_batch);
    m->plan.header.flags |= TERN_PLAN_FLAG_IMPLICIT_BATCH;
    m->plan.header.max_batch = max_batch;
}
