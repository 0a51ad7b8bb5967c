/* SPDX-License-Identifier: Apache-2.0
 *
 * Loading plans: runtime and engine.  Everything here is in libtern_runtime, which needs no
 * builder.
 */
#ifndef TERN_RUNTIME_H
#define TERN_RUNTIME_H

#include "tern/alloc.h"
#include "tern/log.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tern_runtime tern_runtime;
typedef struct tern_engine tern_engine;

typedef struct tern_runtime_options {
    size_t struct_size;
    tern_logger logger;
    tern_allocator allocator;
    int32_t max_threads; /* 0: TERN_THREADS, else the CPUs this process may use */
} tern_runtime_options;

#define TERN_RUNTIME_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(tern_runtime_options), {0, 0}, {0, 0}, 0                                            \
    }

/**
 * Make a runtime: what engines take their logger, allocator and threads from.
 *
 * `options`  NULL: all defaults.
 *
 * Memory:   from options->allocator.
 * Threads:  any.
 * Errors:   INVALID_ARGUMENT  out_runtime is NULL, or max_threads is out of range;
 *           VERSION           struct_size is not one this library knows;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_runtime_create(const tern_runtime_options *options,
                                                        tern_runtime **out_runtime);

/**
 * Free a runtime.
 *
 * Memory:   NULL does nothing.  Engines keep what they need of it.
 * Threads:  any.
 * Errors:   none.
 */
TERN_API void tern_runtime_destroy(tern_runtime *runtime);

/**
 * Set or get the most threads that engines loaded from now on may use.
 *
 * Memory:   none.
 * Threads:  one at a time per runtime.
 * Errors:   INVALID_ARGUMENT  outside 1..256.
 */
TERN_API TERN_NODISCARD tern_status tern_runtime_set_max_threads(tern_runtime *runtime,
                                                                 int32_t threads);
TERN_API int32_t tern_runtime_max_threads(const tern_runtime *runtime);

/* How an engine gets at the plan's bytes. */
typedef enum tern_load {
    TERN_LOAD_COPY = 0, /* copied once into page-aligned memory */
    TERN_LOAD_BORROW =
        1 /* used in place (8-byte aligned); must stay until the engine and its contexts are gone */
} tern_load;

/**
 * Load a plan from a file (mapped, not copied) or from memory.
 *
 * Every byte is verified before anything of it is used.
 *
 * Memory:   a mapped file must not be changed while the engine lives.
 * Threads:  any.
 * Errors:   IO         the file cannot be read;
 *           BAD_MODEL  the plan is damaged, truncated or none at all;
 *           VERSION    it was made by another version of the format;
 *           UNSUPPORTED  this machine lacks what it needs: the sentence lists it;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_engine_load_file(tern_runtime *runtime, const char *path,
                                                          tern_engine **out_engine);
TERN_API TERN_NODISCARD tern_status tern_engine_load_memory(tern_runtime *runtime, const void *data,
                                                            size_t size, tern_load load,
                                                            tern_engine **out_engine);

/**
 * Drop the caller's hold on an engine; it goes with its last context.
 *
 * Memory:   NULL does nothing.
 * Threads:  any.
 * Errors:   none.
 */
TERN_API void tern_engine_destroy(tern_engine *engine);

/**
 * Get the plan's bytes again, and facts about the engine.
 *
 * tern_engine_device_memory: bytes that one context takes; tern_engine_scratch_memory: the part of
 * them that holds values only while it runs.  tern_engine_verbosity: TERN_CONFIG_VERBOSITY of the
 * build.
 *
 * Memory:   borrowed, as long as the engine lives.
 * Threads:  any.
 * Errors:   none; NULL, "" or 0 for a NULL engine.
 */
TERN_API const void *tern_engine_plan(const tern_engine *engine, size_t *out_size);
TERN_API const char *tern_engine_name(const tern_engine *engine);
TERN_API int32_t tern_engine_layer_count(const tern_engine *engine);
TERN_API int32_t tern_engine_profile_count(const tern_engine *engine);
TERN_API int32_t tern_engine_has_implicit_batch(const tern_engine *engine);
TERN_API int32_t tern_engine_max_batch(const tern_engine *engine);
TERN_API size_t tern_engine_device_memory(const tern_engine *engine);
TERN_API size_t tern_engine_scratch_memory(const tern_engine *engine);
TERN_API int32_t tern_engine_verbosity(const tern_engine *engine);
TERN_API int32_t tern_engine_is_refittable(const tern_engine *engine);

/* Tensors a user binds: inputs first, then outputs, each in the order of the network. */
typedef struct tern_binding {
    const char *name; /* as long as the engine */
    tern_dtype dtype;
    int32_t rank;                /* without the batch when that is implicit */
    int64_t dims[TERN_MAX_RANK]; /* -1: varies */
    int32_t is_input;
    int32_t is_shape; /* lies on the host; an input's values are read when enqueue is called */
    uint32_t format;  /* TensorRT format number; 0: linear */
} tern_binding;

/**
 * Count, describe and find bindings.
 *
 * Memory:   the name in a description is borrowed, as long as the engine lives.
 * Threads:  any.
 * Errors:   INVALID_ARGUMENT  no such binding; finding an unknown name gives -1.
 */
TERN_API int32_t tern_engine_binding_count(const tern_engine *engine);
TERN_API TERN_NODISCARD tern_status tern_engine_binding(const tern_engine *engine, int32_t index,
                                                        tern_binding *out_binding);
TERN_API int32_t tern_engine_find_binding(const tern_engine *engine, const char *name);

/**
 * Get one point of a profile's range of an input's shapes, or of a shape input's values.
 *
 * `point`  0 minimum, 1 optimum, 2 maximum.
 *
 * Memory:   fills the arrays.
 * Threads:  any.
 * Errors:   INVALID_ARGUMENT  no such profile, input or point.
 */
TERN_API TERN_NODISCARD tern_status tern_engine_profile_shape(const tern_engine *engine,
                                                              int32_t profile, int32_t binding,
                                                              int32_t point, int32_t *out_rank,
                                                              int64_t dims[TERN_MAX_RANK]);
TERN_API TERN_NODISCARD tern_status tern_engine_profile_values(
    const tern_engine *engine, int32_t profile, int32_t binding, int32_t point,
    int64_t values[TERN_MAX_SHAPE_VALUES], int32_t *out_count);

#ifdef __cplusplus
}
#endif

#endif
