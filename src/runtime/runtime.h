/* SPDX-License-Identifier: Apache-2.0
 *
 * Running plans.  A runtime holds options (logger, threads, allocator); an engine is a loaded
 * plan with its tactics resolved, immutable and counted, shared by its contexts; a context is
 * one allocation (arena, dims, types, pointers) and runs one call at a time.  enqueue (exec.c)
 * is a loop over steps.
 *
 *     runtime <- engine (weights: mapped or copied once) <- context (arena, bindings, dims)
 */
#ifndef TERN_RUNTIME_RUNTIME_H
#define TERN_RUNTIME_RUNTIME_H

#include "base/arena.h"
#include "base/log.h"
#include "base/os.h"
#include "base/pool.h"
#include "device/device.h"
#include "op/tactic.h"
#include "plan/plan.h"
#include "tern/context.h"
#include "tern/runtime.h"

#include <stdatomic.h>

struct tern_runtime {
    tern_allocator allocator;
    tern_logger logger;
    int32_t max_threads; /* 0: TERN_THREADS, else the CPUs we may use */
    atomic_int references;
};

/* One step, resolved: what exec.c needs and nothing it must look up. */
typedef struct tern_engine_step {
    const tern_op *op;
    const tern_tactic *tactic;
    const void *attr; /* decoded */
    const tern_expr *epilogue;
    const void *packed;
    const tern_plan_step *record;
    const char *name;
    const char *who; /* `conv "c1"`: how messages begin */
    bool is_control; /* it says which step comes next, and computes nothing */
    bool is_static;  /* its types are numbers: checked when the engine was loaded */
    bool is_late;    /* has shape operands that are known only when it runs: checked then */
    bool uses_data;  /* has tensors whose extents depend on data: its types are set when it runs */
    bool makes_extents; /* some of them become known just before it runs */
    bool counts;        /* some of them become known when it has run */
} tern_engine_step;

/* A user's tensor. */
typedef struct tern_engine_tensor {
    const char *name;
    const tern_plan_value *value;
    const tern_plan_binding *record;
    uint32_t place_first,
        place_count;     /* range of `places`: positions of the index list that are this buffer */
    bool is_dynamic;     /* some extent of it varies (the hidden batch too) */
    size_t values_at;    /* of a shape input: offset of its copy in a state's shape values */
    int32_t value_count; /* of a shape input: elements */
    uint32_t known_at;   /* its shape: 0 before the run, else when step known_at - 1 has run */
} tern_engine_tensor;

/* Who frees an engine's bytes. */
typedef enum tern_engine_bytes {
    TERN_ENGINE_BYTES_NONE = 0,
    TERN_ENGINE_BYTES_MAPPED = 1,
    TERN_ENGINE_BYTES_OWNED = 2,
    TERN_ENGINE_BYTES_BORROWED = 3
} tern_engine_bytes;

struct tern_engine {
    atomic_int references; /* user's handle + contexts */
    tern_allocator allocator;
    tern_logger logger;
    tern_runtime *runtime;
    tern_plan plan;
    const void *bytes; /* the plan's bytes: a map, an aligned copy, or borrowed */
    size_t bytes_size;
    tern_engine_bytes bytes_kind;
    tern_arena arena; /* everything below */
    const char *name;
    tern_engine_step *steps;
    tern_engine_tensor *bindings;
    uint32_t *places;
    const void **x_data;  /* by position of the index list: a constant operand's bytes, else NULL */
    const char **x_names; /* by position of the index list, of operands: for messages; NULL: none */
    size_t attr_bytes_max, x_count_max, shape_values_bytes;
    bool is_dynamic; /* has extents that vary */
    bool has_shape_inputs;
    bool has_data; /* has extents that depend on data */
    uint32_t
        *dim_step; /* then, by dim: 0 known before the run, else 1 + the step that makes it known */
    tern_isa isa;  /* the level that the program was built for */
    tern_pool *pool;
    tern_pool *own_pool; /* when the user asked for more threads than the process's pool has */
    int32_t threads;
};

/*
 * The functions behind include/tern/runtime.h: arguments are valid, errors are only recorded.
 * Messages call the plan `who` (a path or "memory").
 */
void tern_runtime_hold(tern_runtime *runtime);
void tern_runtime_drop(tern_runtime *runtime);
tern_status tern_engine_open_file(tern_runtime *runtime, const char *path,
                                  tern_engine **out_engine);
tern_status tern_engine_open_memory(tern_runtime *runtime, const void *data, size_t size,
                                    tern_load load, tern_engine **out_engine);
void tern_engine_hold(tern_engine *engine);
void tern_engine_drop(tern_engine *engine);

static inline bool tern_engine_is_implicit(const tern_engine *engine)
{
    return (engine->plan.header.flags & TERN_PLAN_FLAG_IMPLICIT_BATCH) != 0;
}

/* --- resolve.c: what plan/check.c cannot know --- */

/* Scratch for checking one step; sized by the engine's maxima, so it is made once. */
typedef struct tern_step_room {
    void *attr;                 /* attr_bytes_max: infer writes into it */
    const tern_dim **x_content; /* x_count_max */
    const void **x_data;        /* x_count_max */
} tern_step_room;

/* The program of a read plan that this machine can run; VERSION with what each lacks when there
 * is none. */
tern_status tern_program_choose(tern_plan *plan, const char *who);

/* Fills the engine's steps and bindings from its plan. */
tern_status tern_engine_resolve(tern_engine *engine, const char *who);

/* data.c: which extents depend on data, and which step tells them.  BAD_MODEL when one is used
   before it is known. */
tern_status tern_engine_find_data(tern_engine *engine, const char *who);

/* Checks every step whose types are numbers. */
tern_status tern_engine_check_static(tern_engine *engine);

/* A plan value with numbers for extents. */
tern_type tern_value_type(const tern_plan_value *value, const int64_t *dim_values);

/* Does the tensor take no more than the plan gives it, nor than `room`?  BAD_SHAPE. */
tern_status tern_value_check_bytes(const tern_engine_step *step, const tern_plan_value *value,
                                   const tern_type *type, size_t room);

/* The results' types by the operator's own rule, with the contents of shape operands at `x`. */
tern_status tern_step_infer(const tern_engine *engine, const tern_engine_step *step,
                            const tern_problem *problem, const void *const *x,
                            const tern_step_room *room, tern_type *out_y);

/*
 * Is this problem what the operator's own rule says, does the tactic take it, do packed weights
 * and scratch suffice? `x` are the operands' addresses when they are known (late steps), else
 * NULL.
 */
tern_status tern_step_check(const tern_engine *engine, const tern_engine_step *step,
                            const tern_problem *problem, const void *const *x,
                            const tern_step_room *room);

/* What all problems of a step have in common. */
tern_problem tern_step_problem(const tern_engine *engine, const tern_engine_step *step,
                               const tern_type *x, const tern_type *y);

#endif
