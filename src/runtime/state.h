/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run of a context needs, as data.  A context has a few states; one of them is current.
 * Queued runs hold the state they were queued with, and whoever changes bindings or shapes while
 * it is held goes on in a copy, so changing them right after enqueue is allowed, and a repeated
 * enqueue with the same bindings costs nothing.
 *
 *     context | states' data (equal blocks) | rooms | arena          one allocation
 *
 * A bare context has no arena in it: the user gives that memory.
 *
 * Runs of one context are in order, on whatever streams they are queued: each takes a ticket,
 * and starts when `done` has come to it.
 */
#ifndef TERN_RUNTIME_STATE_H
#define TERN_RUNTIME_STATE_H

#include "base/thread.h"
#include "runtime/runtime.h"

/* More different sets of bindings than this can't be queued at a time: setting another one
 * waits. */
enum { TERN_CONTEXT_STATES = 8 };

typedef struct tern_run_state {
    tern_context *context;
    atomic_uint users; /* runs that are queued with it */
    bool is_wired;     /* problems and launches point into this state */
    bool is_resolved;  /* types are those of the present shapes */
    bool is_ready;     /* resolved, everything bound, with enough room while `frees` stands */
    uint32_t frees;    /* blocks the device had freed when that was looked at */

    uint8_t *data; /* the block that all of the following lie in */
    int64_t *symbol_values, *dim_values;
    tern_type *types;       /* by position of the index list */
    void **pointers;        /* the same */
    tern_problem *problems; /* by step */
    tern_launch *launches;
    void **addresses;     /* by binding: what the user bound */
    size_t *room_bytes;   /* by binding: left at that address; SIZE_MAX: not known */
    size_t *tensor_bytes; /* by binding: at the present shapes */
    int64_t (*shapes)
        [TERN_MAX_RANK];   /* by input: what the user set, the batch of an implicit one included */
    uint8_t *has_shape;    /* by input */
    uint8_t *has_values;   /* by input: 1 read from the user's address, 2 set by the user */
    uint8_t *shape_values; /* contents of shape inputs, in their own types */
    uint8_t *host;         /* values on the host */
} tern_run_state;

/* Of the run in progress, or the last one, of an engine with extents that depend on data; else
   without memory. */
typedef struct tern_run_data {
    int64_t *dims;
    tern_type *types; /* by position of the index list, of steps with uses_data */
    void **pointers;  /* by position of the index list */
    size_t *bytes;    /* by binding; 0 until an output whose size depends on data is open */
    uint8_t *is_open; /* by binding: memory was asked for in this run */
    void **memory;    /* by binding: what its allocator gave last */
    /* Of the last run: the next ticket when it went well, and all extents are known. */
    unsigned end;
    /* No shape was set since it was queued; this one belongs to the caller's thread. */
    bool is_wanted;
} tern_run_data;

/* A block of the growing heap. */
typedef struct tern_heap_block {
    void *data;
    size_t bytes;
} tern_heap_block;

struct tern_context {
    tern_engine *engine;
    size_t bytes;        /* of the allocation */
    size_t state_bytes;  /* of one state's data */
    atomic_uint is_busy; /* inside a call: a second one is refused */
    unsigned generation; /* of the process */
    unsigned next;       /* ticket of the next run, a multiple of 2 */
    atomic_uint done;    /* tickets finished; bit 0: somebody waits on this word */
    int32_t batch, profile;
    tern_run_state *current;
    tern_profiler profiler;
    int64_t *step_ns;                  /* of the last run, for the profiler */
    tern_output_allocator *allocators; /* by binding */
    bool has_allocators;
    tern_step_room room, run_room; /* of the caller, and of the run in progress */
    tern_run_data data;
    tern_heap_block *heap; /* of a plan that may allocate: by block, the last one is scratch */
    uint8_t *arena;
    size_t arena_bytes; /* that the user gave with it; of a bare context */
    bool is_bare;       /* the arena is the user's */
    tern_run_state states[TERN_CONTEXT_STATES];
};

/* --- context.c: the functions behind include/tern/context.h; arguments are valid, errors are
 * only recorded --- */

size_t tern_context_bytes_of(const tern_engine *engine);
tern_status tern_context_make(tern_engine *engine, bool is_bare, tern_context **out_context);
void tern_context_unmake(tern_context *context);

/* Marks the context as used by this thread; INVALID_ARGUMENT when another call is in it. */
tern_status tern_context_enter(tern_context *context);
void tern_context_leave(tern_context *context);

/* The state to be changed: the current one, or a copy of it that becomes current. */
tern_run_state *tern_context_edit(tern_context *context);

tern_status tern_context_put_address(tern_context *context, int32_t binding, void *address);
void tern_context_wait_idle(tern_context *context);

/* Is there memory for the arena of a bare context? */
tern_status tern_context_check_memory(const tern_context *context, const void *memory, size_t size);
tern_status tern_context_put_memory(tern_context *context, void *memory, size_t size);

/* --- shape.c --- */

tern_status tern_context_put_shape(tern_context *context, int32_t input, const int64_t *dims);
tern_status tern_context_put_values(tern_context *context, int32_t input, int32_t count,
                                    const int64_t *values);
tern_status tern_context_put_batch(tern_context *context, int32_t batch);
tern_status tern_context_put_profile(tern_context *context, int32_t profile);
void tern_context_get_shape(const tern_context *context, int32_t binding,
                            int64_t dims[TERN_MAX_RANK]);

/* The most bytes the binding can take at the present shapes; in any profile when they are not all
   known. */
size_t tern_context_most_bytes(const tern_context *context, int32_t binding);

/* Does the input lack its shape or, a shape input, its values? */
bool tern_context_is_missing(const tern_context *context, int32_t input);

/* Reads shape inputs from their addresses; new contents make shapes unresolved. */
tern_status tern_context_read_values(tern_context *context);

/* Types of everything from the shapes of the inputs, all of which are known. */
tern_status tern_context_resolve(tern_context *context);

/* --- data.c: extents that depend on data --- */

/* Before the first step of a run. */
void tern_data_begin(tern_context *context, const tern_run_state *state);

/* Before step i, which uses_data: makes its extents known, sets and checks its types, and asks for
   the memory of outputs that it writes. */
tern_status tern_data_prepare(tern_context *context, const tern_run_state *state, uint32_t i,
                              tern_problem *out_problem, tern_launch *launch);

/* After step i, which counts: what it found. */
tern_status tern_data_finish(tern_context *context, uint32_t i, int64_t (*extents)[TERN_MAX_RANK]);

/* Are the last run's extents there to be seen? */
bool tern_data_is_known(const tern_context *context);

/* --- heap.c --- */

/* Blocks of a context, that for scratch among them. */
uint32_t tern_heap_count(const tern_engine *engine);
/* Makes a block hold `bytes` at least; `keep`: with what is in it.  `who` needs them. */
tern_status tern_heap_grow(tern_context *context, uint32_t block, size_t bytes, bool keep,
                           const char *who);
void tern_heap_free(tern_context *context);

/* --- control.c --- */

typedef struct tern_run_loop {
    int64_t number, count; /* of iterations done; allowed */
} tern_run_loop;

/* Loops that a run is inside of. */
typedef struct tern_run_loops {
    tern_run_loop open[TERN_PLAN_NESTING];
    uint32_t depth;
} tern_run_loops;

/* Is a step's control flow what its operator says, on tensors that can tell it? */
tern_status tern_step_check_control(const tern_engine *engine, const tern_engine_step *step);

/* Runs step i, which is control flow; out_next: the step that comes next. */
tern_status tern_step_run_control(const tern_context *context, const tern_run_state *state,
                                  uint32_t i, tern_run_loops *loops, uint32_t *out_next);

/* --- exec.c --- */

tern_status tern_context_run(tern_context *context, tern_handle stream);

/* Extents of a binding that the user does not see: 1 when the batch is implicit. */
static inline int32_t tern_hidden_rank(const tern_engine *engine, const tern_engine_tensor *tensor)
{
    return tern_engine_is_implicit(engine) && tensor->record->is_shape == 0 ? 1 : 0;
}

#endif
