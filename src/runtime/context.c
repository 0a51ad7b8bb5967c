/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts: their one allocation, their states, and addresses.
 */
#include "runtime/state.h"

#include "base/alloc.h"

#include <string.h>

enum { BIG_ARENA = 2 << 20 };

/* --- the allocation --- */

/* Memory handed out front to back; with base NULL it only counts. */
typedef struct carver {
    uint8_t *base;
    size_t used;
} carver;

/* Sizes come from counts of 32 bits and arenas below 2^61, so sums do not overflow. */
static void *carve(carver *c, size_t bytes, size_t align)
{
    c->used = tern_align_up(c->used, align);
    void *at = c->base != NULL ? c->base + c->used : NULL;
    c->used += bytes;
    return at;
}

static size_t lay_out_state(const tern_engine *e, uint8_t *base, tern_run_state *s)
{
    const tern_plan *p = &e->plan;
    const size_t inputs = p->header.input_count;
    carver c = {base, 0};
    s->data = base;
    s->symbol_values = carve(&c, p->symbol_count * sizeof *s->symbol_values, 64);
    s->dim_values = carve(&c, p->dim_count * sizeof *s->dim_values, 8);
    s->types = carve(&c, p->index_count * sizeof *s->types, 64);
    s->pointers = carve(&c, p->index_count * sizeof *s->pointers, 64);
    s->problems = carve(&c, p->step_count * sizeof *s->problems, 64);
    s->launches = carve(&c, p->step_count * sizeof *s->launches, 64);
    s->addresses = carve(&c, p->binding_count * sizeof *s->addresses, 64);
    s->room_bytes = carve(&c, p->binding_count * sizeof *s->room_bytes, 8);
    s->tensor_bytes = carve(&c, p->binding_count * sizeof *s->tensor_bytes, 8);
    s->shapes = carve(&c, inputs * sizeof *s->shapes, 8);
    s->has_shape = carve(&c, inputs, 1);
    s->has_values = carve(&c, inputs, 1);
    s->shape_values = carve(&c, e->shape_values_bytes, 64);
    s->host = carve(&c, (size_t)p->header.host_bytes, 64);
    return tern_align_up(c.used, 64);
}

/* Returns the size of it all; with a base it fills the pointers of the context at that base.  A
 * bare context has no arena in its block. */
static size_t lay_out(const tern_engine *e, uint8_t *base, bool is_bare)
{
    const tern_plan *p = &e->plan;
    tern_context scratch;
    carver c = {base, 0};
    tern_context *x = carve(&c, sizeof *x, 64);
    x = x != NULL ? x : &scratch;
    for (int i = 0; i < TERN_CONTEXT_STATES; i++) {
        x->state_bytes = lay_out_state(e, NULL, &x->states[i]);
        uint8_t *data = carve(&c, x->state_bytes, 64);
        (void)lay_out_state(e, data, &x->states[i]);
    }
    x->step_ns = carve(&c, p->step_count * sizeof *x->step_ns, 64);
    x->allocators = carve(&c, p->binding_count * sizeof *x->allocators, 8);
    x->room.attr = carve(&c, e->attr_bytes_max + 16, 16);
    x->room.x_content = carve(&c, (e->x_count_max + 1) * sizeof *x->room.x_content, 8);
    x->room.x_data = carve(&c, (e->x_count_max + 1) * sizeof *x->room.x_data, 8);
    x->run_room.attr = carve(&c, e->attr_bytes_max + 16, 16);
    x->run_room.x_content = carve(&c, (e->x_count_max + 1) * sizeof *x->run_room.x_content, 8);
    x->run_room.x_data = carve(&c, (e->x_count_max + 1) * sizeof *x->run_room.x_data, 8);
    if (e->has_data) {
        x->data.dims = carve(&c, p->dim_count * sizeof *x->data.dims, 64);
        x->data.types = carve(&c, p->index_count * sizeof *x->data.types, 64);
        x->data.pointers = carve(&c, p->index_count * sizeof *x->data.pointers, 64);
        x->data.bytes = carve(&c, p->binding_count * sizeof *x->data.bytes, 8);
        x->data.is_open = carve(&c, p->binding_count, 1);
        x->data.memory = carve(&c, p->binding_count * sizeof *x->data.memory, 8);
    }
    x->heap = carve(&c, tern_heap_count(e) * sizeof *x->heap, 8);
    const size_t arena = (size_t)p->header.arena_bytes;
    x->arena = is_bare ? NULL : carve(&c, arena, arena >= BIG_ARENA ? TERN_PLAN_PAGE : 64);
    return c.used;
}

size_t tern_context_bytes_of(const tern_engine *engine)
{
    return lay_out(engine, NULL, false);
}

/* --- states --- */

/* NULL while a bare context has no memory: such a context does not run. */
static void *in_arena(const tern_context *c, uint64_t at)
{
    return c->arena != NULL ? c->arena + at : NULL;
}

/* Where a value lies, for a state. */
static void *address_of(const tern_run_state *s, const tern_plan_value *v)
{
    const tern_context *c = s->context;
    const tern_engine *e = c->engine;
    switch ((tern_plan_home)v->home) {
    case TERN_PLAN_HOME_ARENA: return in_arena(c, v->at);
    case TERN_PLAN_HOME_BLOB: return (void *)(uintptr_t)(e->plan.weights + e->plan.blobs[v->at].at);
    case TERN_PLAN_HOME_HOST: return s->host + v->at;
    case TERN_PLAN_HOME_BINDING:
        return e->bindings[v->at].value_count > 0 ? s->shape_values + e->bindings[v->at].values_at
                                                  : s->addresses[v->at];
    case TERN_PLAN_HOME_HEAP: /* found when a step runs */
    case TERN_PLAN_HOME_NONE: break;
    }
    return NULL;
}

/* Makes a state's pointers its own: after its data was made, or copied from another one. */
static void wire(tern_run_state *s)
{
    const tern_context *c = s->context;
    const tern_plan *p = &c->engine->plan;
    for (uint32_t i = 0; i < p->index_count; i++) {
        s->pointers[i] =
            p->indices[i] != TERN_PLAN_NONE ? address_of(s, &p->values[p->indices[i]]) : NULL;
    }
    for (uint32_t i = 0; i < p->step_count; i++) {
        const tern_engine_step *step = &c->engine->steps[i];
        const tern_plan_step *r = step->record;
        s->problems[i] =
            tern_step_problem(c->engine, step, s->types + r->x_first, s->types + r->y_first);
        s->launches[i] = (tern_launch){
            .problem = &s->problems[i],
            .x = (const void *const *)(void *)(s->pointers + r->x_first),
            .y = s->pointers + r->y_first,
            .packed = step->packed,
            .scratch = r->scratch_bytes > 0 && r->scratch_bytes != TERN_PLAN_SCRATCH_HEAP
                           ? in_arena(c, r->scratch_at)
                           : NULL,
        };
    }
    s->is_wired = true;
}

static void copy_state(tern_run_state *to, const tern_run_state *from)
{
    memcpy(to->data, from->data, to->context->state_bytes);
    to->is_resolved = from->is_resolved;
    to->is_ready = from->is_ready;
    wire(to);
}

/* Sleeps until `done` is another value than it was. */
static void wait_for_change(tern_context *c, unsigned was)
{
    const unsigned flagged = was | 1u;
    if (was == flagged || atomic_compare_exchange_strong(&c->done, &was, flagged)) {
        tern_futex_wait(&c->done, flagged, ~0u, -1);
    }
}

tern_run_state *tern_context_edit(tern_context *c)
{
    for (;;) {
        const unsigned done = atomic_load(&c->done);
        if (atomic_load_explicit(&c->current->users, memory_order_acquire) == 0) {
            return c->current;
        }
        for (int i = 0; i < TERN_CONTEXT_STATES; i++) {
            tern_run_state *s = &c->states[i];
            if (atomic_load_explicit(&s->users, memory_order_acquire) == 0) {
                copy_state(s, c->current);
                c->current = s;
                return s;
            }
        }
        wait_for_change(c, done);
    }
}

void tern_context_wait_idle(tern_context *c)
{
    for (;;) {
        const unsigned done = atomic_load(&c->done);
        if ((done & ~1u) == c->next) {
            return;
        }
        wait_for_change(c, done);
    }
}

/* --- one call at a time --- */

/* In the child of a fork the queued runs are the parent's: forgotten here. */
static void forget_parent(tern_context *c)
{
    c->generation = tern_process_generation();
    atomic_store(&c->done, c->next);
    atomic_store(&c->is_busy, 0);
    for (int i = 0; i < TERN_CONTEXT_STATES; i++) {
        atomic_store(&c->states[i].users, 0);
    }
}

tern_status tern_context_enter(tern_context *c)
{
    if (TERN_UNLIKELY(c->generation != tern_process_generation())) {
        forget_parent(c);
    }
    if (TERN_UNLIKELY(atomic_exchange_explicit(&c->is_busy, 1, memory_order_acquire) != 0)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "context: another call is in it; a context takes "
                                                "one call at a time, make one per thread");
    }
    return TERN_OK;
}

void tern_context_leave(tern_context *c)
{
    atomic_store_explicit(&c->is_busy, 0, memory_order_release);
}

/* --- making and unmaking --- */

/* Shapes that need no setting: inputs of fixed shape, and all when the batch is the only
 * unknown. */
static void set_known_shapes(tern_context *c)
{
    const tern_engine *e = c->engine;
    tern_run_state *s = c->current;
    for (uint32_t i = 0; i < e->plan.header.input_count; i++) {
        const tern_plan_value *v = e->bindings[i].value;
        s->has_shape[i] = !e->bindings[i].is_dynamic || tern_engine_is_implicit(e);
        for (uint32_t a = 0; s->has_shape[i] != 0 && a < v->rank; a++) {
            s->shapes[i][a] = tern_dim_known(v->dims[a]) ? v->dims[a] : c->batch;
        }
    }
    for (uint32_t i = 0; i < e->plan.binding_count; i++) {
        s->room_bytes[i] = SIZE_MAX;
    }
}

static bool anything_missing(const tern_context *c)
{
    for (uint32_t i = 0; i < c->engine->plan.header.input_count; i++) {
        if (tern_context_is_missing(c, (int32_t)i)) {
            return true;
        }
    }
    return false;
}

tern_status tern_context_make(tern_engine *engine, bool is_bare, tern_context **out_context)
{
    *out_context = NULL;
    const size_t bytes = lay_out(engine, NULL, is_bare);
    const size_t arena_bytes = is_bare ? 0 : (size_t)engine->plan.header.arena_bytes;
    tern_context *c =
        tern_alloc(engine->allocator, bytes, arena_bytes >= BIG_ARENA ? TERN_PLAN_PAGE : 64);
    if (c == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    memset(c, 0, bytes - arena_bytes);
    (void)lay_out(engine, (uint8_t *)c, is_bare);
    c->bytes = bytes;
    c->is_bare = is_bare;
    c->engine = engine;
    c->generation = tern_process_generation();
    c->batch = 1;
    for (int i = 0; i < TERN_CONTEXT_STATES; i++) {
        c->states[i].context = c;
    }
    c->current = &c->states[0];
    set_known_shapes(c);
    wire(c->current);
    tern_engine_hold(engine);
    if (!anything_missing(c)) {
        const tern_status status = tern_context_resolve(c);
        if (status != TERN_OK) {
            tern_context_unmake(c);
            return status;
        }
    }
    if (!is_bare) {
        TERN_ASAN_POISON(c->arena, arena_bytes);
    }
    *out_context = c;
    return TERN_OK;
}

void tern_context_unmake(tern_context *c)
{
    if (c == NULL) {
        return;
    }
    if (c->generation == tern_process_generation()) {
        tern_context_wait_idle(c);
    }
    tern_engine *engine = c->engine;
    tern_heap_free(c);
    if (!c->is_bare) {
        TERN_ASAN_UNPOISON(c->arena, (size_t)engine->plan.header.arena_bytes);
    }
    tern_free(engine->allocator, c, c->bytes);
    tern_engine_drop(engine);
}

/* --- addresses --- */

tern_status tern_context_put_address(tern_context *c, int32_t binding, void *address)
{
    const tern_engine_tensor *t = &c->engine->bindings[binding];
    if (c->current->addresses[binding] == address) {
        return TERN_OK;
    }
    size_t room = SIZE_MAX;
    if (address != NULL) {
        bool is_known = false;
        tern_device *d = tern_device_cpu();
        TERN_TRY(d->api->room(d, address, &room, &is_known));
        const size_t needed = c->current->tensor_bytes[binding];
        if (c->current->is_resolved && room < needed) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "tensor \"%s\": takes %zu bytes, the block at %p has %zu left",
                             t->name, needed, address, room);
        }
    }
    tern_run_state *s = tern_context_edit(c);
    s->addresses[binding] = address;
    s->room_bytes[binding] = room;
    s->is_ready = false;
    for (uint32_t i = 0; t->value_count == 0 && i < t->place_count; i++) {
        s->pointers[c->engine->places[t->place_first + i]] = address;
    }
    return TERN_OK;
}

tern_status tern_context_check_memory(const tern_context *c, const void *memory, size_t size)
{
    const size_t needed = (size_t)c->engine->plan.header.arena_bytes;
    if (needed == 0) {
        return TERN_OK;
    }
    if (memory == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "context: it was made without memory; give it %zu bytes before running",
                         needed);
    }
    bool is_known = false;
    size_t room = SIZE_MAX;
    tern_device *d = tern_device_cpu();
    TERN_TRY(d->api->room(d, memory, &room, &is_known));
    room = room < size ? room : size;
    if (room < needed) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "context: it works in %zu bytes, the block at %p has %zu", needed, memory,
                         room);
    }
    return TERN_OK;
}

tern_status tern_context_put_memory(tern_context *c, void *memory, size_t size)
{
    if (!c->is_bare) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "context: it has memory of its own; only one that was made without memory "
                         "takes another's");
    }
    if ((uintptr_t)memory % TERN_TENSOR_ALIGN != 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "context: the memory at %p is not aligned to %d bytes", memory,
                         (int)TERN_TENSOR_ALIGN);
    }
    if (memory != NULL) {
        TERN_TRY(tern_context_check_memory(c, memory, size));
    }
    tern_context_wait_idle(c); /* queued runs use the memory they were queued with */
    c->arena = memory;
    c->arena_bytes = size;
    c->current->is_ready = false;
    wire(c->current); /* other states are wired when they become the current one */
    return TERN_OK;
}
