/* SPDX-License-Identifier: Apache-2.0
 *
 * Running: enqueue hands one command to a stream, and the command is a loop over steps.  Nothing
 * here allocates, locks or logs; what is checked here is checked once per change, not once per
 * run.
 */
#include "runtime/state.h"

#include <string.h>

enum { POISON_BYTES = 1 << 20 };

/* --- the loop --- */

/* Between runs the arena holds nothing: debug builds fill it, AddressSanitizer forbids it.  The
 * user's memory may serve others then. */
static void open_arena(const tern_context *c)
{
    if (!c->is_bare) {
        TERN_ASAN_UNPOISON(c->arena, (size_t)c->engine->plan.header.arena_bytes);
    }
}

static void close_arena(const tern_context *c)
{
    if (c->is_bare) {
        return;
    }
    const size_t bytes = (size_t)c->engine->plan.header.arena_bytes;
#if defined(TERN_DEBUG)
    memset(c->arena, 0xa5, bytes < POISON_BYTES ? bytes : POISON_BYTES);
#endif
    TERN_ASAN_POISON(c->arena, bytes);
    (void)bytes;
}

/* Tactics do not know which step they run for. */
TERN_COLD static tern_status name_failure(const tern_engine_step *step, tern_status status)
{
    const tern_error *error = tern_error_last();
    return strncmp(error->text, step->who, strlen(step->who)) == 0
               ? status
               : tern_fail_at(status, error->file, error->line, "%s: %s", step->who, error->text);
}

static tern_status run_step(tern_context *c, const tern_run_state *s, uint32_t i, tern_team *team)
{
    const tern_engine_step *step = &c->engine->steps[i];
    tern_launch launch = s->launches[i]; /* a copy: a state that is in use is only read */
    tern_problem problem;
    if (TERN_UNLIKELY(step->uses_data)) {
        TERN_TRY(tern_data_prepare(c, s, i, &problem, &launch));
    } else if (TERN_UNLIKELY(step->is_late)) {
        TERN_TRY(tern_step_check(c->engine, step, launch.problem, launch.x, &c->run_room));
    }
    launch.team = team;
    if (TERN_LIKELY(!step->counts)) {
        const tern_status status = step->tactic->run(&launch);
        return TERN_LIKELY(status == TERN_OK) ? TERN_OK : name_failure(step, status);
    }
    int64_t extents[TERN_OP_MAX_OUTPUTS][TERN_MAX_RANK];
    for (int32_t k = 0; k < launch.problem->y_count; k++) {
        memcpy(extents[k], launch.problem->y[k].dims, sizeof extents[k]);
    }
    launch.extents = extents;
    const tern_status status = step->tactic->run(&launch);
    if (TERN_UNLIKELY(status != TERN_OK)) {
        return name_failure(step, status);
    }
    return tern_data_finish(c, i, extents);
}

static tern_status run_steps(tern_context *c, const tern_run_state *s)
{
    const uint32_t count = c->engine->plan.step_count;
    const bool is_timed = c->profiler.layer != NULL;
    tern_status status = TERN_OK;
    tern_team team = tern_pool_lease(c->engine->pool, c->engine->threads);
    open_arena(c);
    if (TERN_UNLIKELY(c->engine->has_data)) {
        tern_data_begin(c, s);
    }
    if (is_timed) { /* what is in a loop adds up */
        memset(c->step_ns, 0, count * sizeof *c->step_ns);
    }
    tern_run_loops loops;
    loops.depth = 0;
    for (uint32_t i = 0; i < count && status == TERN_OK;) {
        const int64_t start = is_timed ? tern_os_now_ns() : 0;
        uint32_t next = i + 1;
        status = TERN_UNLIKELY(c->engine->steps[i].is_control)
                     ? tern_step_run_control(c, s, i, &loops, &next)
                     : run_step(c, s, i, &team);
        if (is_timed) {
            c->step_ns[i] += tern_os_now_ns() - start;
        }
        i = next;
    }
    close_arena(c);
    tern_team_release(&team);
    return status;
}

static void report_times(const tern_context *c)
{
    for (uint32_t i = 0; i < c->engine->plan.step_count; i++) {
        c->profiler.layer(c->profiler.self, c->engine->steps[i].name, (double)c->step_ns[i] * 1e-6);
    }
}

/* --- the command: object is the state, value the ticket --- */

static void wait_for_turn(tern_context *c, unsigned ticket)
{
    for (;;) {
        unsigned done = atomic_load(&c->done);
        if ((done & ~1u) == ticket) {
            return;
        }
        const unsigned flagged = done | 1u;
        if (done == flagged || atomic_compare_exchange_strong(&c->done, &done, flagged)) {
            tern_futex_wait(&c->done, flagged, ~0u, -1);
        }
    }
}

static tern_status run_command(const tern_command *command)
{
    tern_run_state *s = command->object;
    tern_context *c = s->context;
    wait_for_turn(c, (unsigned)command->value);
    const tern_status status = run_steps(c, s);
    c->data.end = (unsigned)command->value + (status == TERN_OK ? 2 : 1);
    if (TERN_UNLIKELY(c->profiler.layer != NULL) && status == TERN_OK) {
        report_times(c);
    }
    return status;
}

/* After the run, or instead of it behind an error.  When `done` has moved the context may be
 * gone: only the address of the word is used then, and bit 0 said before whether anybody sleeps
 * there. */
static void finish_command(const tern_command *command)
{
    tern_run_state *s = command->object;
    tern_context *c = s->context;
    wait_for_turn(c, (unsigned)command->value);
    atomic_fetch_sub_explicit(&s->users, 1, memory_order_release);
    atomic_uint *word = &c->done;
    unsigned done = atomic_load(word);
    while (!atomic_compare_exchange_weak(word, &done, (done & ~1u) + 2)) {}
    if ((done & 1u) != 0) {
        tern_futex_wake(word, ~0u);
    }
}

/* --- before the run --- */

static tern_status check_all_known(const tern_context *c)
{
    for (uint32_t i = 0; i < c->engine->plan.header.input_count; i++) {
        if (tern_context_is_missing(c, (int32_t)i)) {
            const bool is_shape = c->current->has_shape[i] == 0;
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "input \"%s\": its %s not known; set %s before running",
                             c->engine->bindings[i].name, is_shape ? "shape is" : "values are",
                             is_shape ? "the shape" : "the values, or bind their address,");
        }
    }
    return TERN_OK;
}

/* Room at an address, read here again: the block may have been freed and the address given out
 * anew since it was bound. */
static tern_status read_room(const tern_context *c, uint32_t binding)
{
    bool is_known = false;
    size_t room = SIZE_MAX;
    tern_device *d = tern_device_cpu();
    if (c->current->addresses[binding] != NULL) {
        TERN_TRY(d->api->room(d, c->current->addresses[binding], &room, &is_known));
    }
    c->current->room_bytes[binding] = room;
    return TERN_OK;
}

static tern_status check_all_bound(const tern_context *c)
{
    const tern_run_state *s = c->current;
    for (uint32_t i = 0; i < c->engine->plan.binding_count; i++) {
        const tern_engine_tensor *t = &c->engine->bindings[i];
        if (t->value_count > 0) {
            continue; /* a shape input: its values were read or set */
        }
        if (t->known_at != 0 && s->addresses[i] == NULL && c->allocators[i].reallocate == NULL) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "output \"%s\": its shape depends on data, and neither an address is "
                             "bound to it nor an "
                             "output allocator set",
                             t->name);
        }
        if (s->addresses[i] == NULL && s->tensor_bytes[i] > 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s \"%s\": no address is bound to it",
                             t->record->is_input != 0 ? "input" : "output", t->name);
        }
        TERN_TRY(read_room(c, i));
        if (s->room_bytes[i] < s->tensor_bytes[i]) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "tensor \"%s\": takes %zu bytes, the block at %p has %zu left",
                             t->name, s->tensor_bytes[i], s->addresses[i], s->room_bytes[i]);
        }
    }
    return TERN_OK;
}

/* Outputs whose memory the user gives when their size is known. */
static tern_status ask_allocators(tern_context *c)
{
    for (uint32_t i = c->engine->plan.header.input_count; i < c->engine->plan.binding_count; i++) {
        const tern_output_allocator *a = &c->allocators[i];
        const tern_engine_tensor *t = &c->engine->bindings[i];
        const size_t bytes = c->current->tensor_bytes[i];
        if (a->reallocate == NULL || t->known_at != 0) {
            continue; /* or asked when the run comes to it */
        }
        void *address =
            a->reallocate(a->self, t->name, c->current->addresses[i], bytes, TERN_TENSOR_ALIGN);
        if (address == NULL && bytes > 0) {
            return tern_fail(TERN_OUT_OF_MEMORY,
                             "output \"%s\": its allocator gave no memory for %zu bytes", t->name,
                             bytes);
        }
        TERN_TRY(tern_context_put_address(c, (int32_t)i, address));
        if (a->shape != NULL) {
            int64_t dims[TERN_MAX_RANK];
            const int32_t hidden = tern_hidden_rank(c->engine, t);
            tern_context_get_shape(c, (int32_t)i, dims);
            a->shape(a->self, t->name, t->value->rank - hidden, dims + hidden);
        }
    }
    return TERN_OK;
}

static tern_status prepare(tern_context *c, uint32_t frees)
{
    TERN_TRY(tern_context_read_values(c));
    if (!c->current->is_resolved) {
        TERN_TRY(check_all_known(c));
        (void)tern_context_edit(c);
        TERN_TRY(tern_context_resolve(c));
    }
    if (c->has_allocators) {
        TERN_TRY(ask_allocators(c));
    }
    if (!c->current->is_ready || c->current->frees != frees) {
        c->current->is_ready = false;
        if (c->is_bare) {
            TERN_TRY(tern_context_check_memory(c, c->arena, c->arena_bytes));
        }
        TERN_TRY(check_all_bound(c));
        c->current->frees = frees;
        c->current->is_ready = true;
    }
    return TERN_OK;
}

tern_status tern_context_run(tern_context *c, tern_handle stream)
{
    tern_device *device = tern_device_cpu();
    const uint32_t frees = device->api->frees(device);
    if (!c->current->is_ready || c->current->frees != frees || c->has_allocators ||
        c->engine->has_shape_inputs) {
        TERN_TRY(prepare(c, frees));
    }
    const tern_command command = {
        .run = run_command,
        .object = c->current,
        .value = c->next,
        .release = finish_command,
    };
    /* The ticket is taken first: the run may be over before submit returns. */
    atomic_fetch_add_explicit(&c->current->users, 1, memory_order_relaxed);
    c->next += 2;
    c->data.is_wanted = true;
    const tern_status status = device->api->stream_submit(device, stream, &command);
    if (TERN_UNLIKELY(status != TERN_OK) && stream > 2) {
        c->next -= 2; /* it was not queued: a stream that takes a command returns OK */
        atomic_fetch_sub_explicit(&c->current->users, 1, memory_order_relaxed);
    }
    return status;
}
