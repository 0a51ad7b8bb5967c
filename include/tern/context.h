/* SPDX-License-Identifier: Apache-2.0
 *
 * Execution contexts: one run at a time each, any number per engine, from any threads.
 */
#ifndef TERN_CONTEXT_H
#define TERN_CONTEXT_H

#include "tern/runtime.h"
#include "tern/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tern_context tern_context;

/**
 * Make a context.
 *
 * Profile 0 is active, the batch is 1, nothing is bound.
 *
 * Memory:   one block, sized here, tern_engine_device_memory bytes and a little; the weights are
 * shared. Threads:  any. Errors:   INVALID_ARGUMENT  a NULL pointer;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_context_create(tern_engine *engine,
                                                        tern_context **out_context);

/**
 * Make a context that works in memory of the user, and give it that memory; NULL takes it away.
 *
 * Contexts that never run at the same time may share it: between runs it holds nothing.
 *
 * Memory:   `size` is at least tern_engine_scratch_memory, aligned to 64 bytes.  Borrowed: it must
 *           stay until another is set or the context is gone.  Setting waits for queued work.
 * Threads:  one at a time per context.
 * Errors:   INVALID_ARGUMENT  a NULL pointer, a context with memory of its own, memory that is too
 *                             small, not aligned or (Tern's) freed;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_context_create_without_memory(tern_engine *engine,
                                                                       tern_context **out_context);
TERN_API TERN_NODISCARD tern_status tern_context_set_memory(tern_context *context, void *memory,
                                                            size_t size);

/**
 * Free a context after the work it has queued is done.
 *
 * Memory:   NULL does nothing.
 * Threads:  one at a time per context.
 * Errors:   none.
 */
TERN_API void tern_context_destroy(tern_context *context);

/**
 * Set the shape of an input, the values of a shape input, or the batch of an implicit-batch engine.
 *
 * The batch is 1..max_batch, 1 unless set.
 *
 * Memory:   copied.  Other shapes follow at once, in microseconds, without allocating. Threads:
 * one at a time per context. Errors:   INVALID_ARGUMENT  no such input, a wrong number of values,
 * or (batch) an engine with explicit batch;
 *           BAD_SHAPE         a wrong rank, or outside the active profile: the sentence has the
 *           range.
 */
TERN_API TERN_NODISCARD tern_status tern_context_set_shape(tern_context *context, int32_t binding,
                                                           int32_t rank, const int64_t *dims);
TERN_API TERN_NODISCARD tern_status tern_context_set_values(tern_context *context, int32_t binding,
                                                            int32_t count, const int64_t *values);
TERN_API TERN_NODISCARD tern_status tern_context_set_batch(tern_context *context, int32_t batch);

/**
 * Get the shape of any binding as far as it is known now; -1 for extents that are not.
 *
 * An extent that depends on tensors' contents is known after a run, until a shape or values are set
 * again or another run is queued.
 *
 * Memory:   fills `dims`.
 * Threads:  one at a time per context.
 * Errors:   INVALID_ARGUMENT  no such binding.
 */
TERN_API TERN_NODISCARD tern_status tern_context_shape(const tern_context *context, int32_t binding,
                                                       int32_t *out_rank,
                                                       int64_t dims[TERN_MAX_RANK]);

/**
 * Get the values of a shape input: those that were set, else what its address holds now.
 *
 * Memory:   fills at most `capacity` values; *out_count is how many there are.
 * Threads:  one at a time per context.
 * Errors:   INVALID_ARGUMENT  no such shape input, a NULL pointer, or no values are known.
 */
TERN_API TERN_NODISCARD tern_status tern_context_values(tern_context *context, int32_t binding,
                                                        int32_t capacity, int64_t *values,
                                                        int32_t *out_count);

/**
 * Get the most bytes that a binding can take: at the shapes that are set, else in any profile.
 *
 * Memory:   fills *out_bytes.
 * Threads:  one at a time per context.
 * Errors:   INVALID_ARGUMENT  no such binding, or a NULL pointer.
 */
TERN_API TERN_NODISCARD tern_status tern_context_max_bytes(const tern_context *context,
                                                           int32_t binding, size_t *out_bytes);

/**
 * Set or get the address of a binding; NULL unbinds.
 *
 * An address is checked against Tern's own allocations when it changes; any other is a promise.
 *
 * Memory:   borrowed: it must stay until the work that uses it is done. Threads:  one at a time per
 * context. Errors:   INVALID_ARGUMENT  no such binding, memory of Tern's that was freed, or too
 * little room in it.
 */
TERN_API TERN_NODISCARD tern_status tern_context_bind(tern_context *context, int32_t binding,
                                                      void *address);
TERN_API void *tern_context_address(const tern_context *context, int32_t binding);

/**
 * Choose the profile; shapes that were set are forgotten.
 *
 * Memory:   none.
 * Threads:  one at a time per context.
 * Errors:   INVALID_ARGUMENT  no such profile.
 */
TERN_API TERN_NODISCARD tern_status tern_context_set_profile(tern_context *context,
                                                             int32_t profile);
TERN_API int32_t tern_context_profile(const tern_context *context);

/**
 * Tell which inputs lack a shape or values; all shapes are known when none does.
 *
 * Memory:   fills at most `capacity` indices; *out_missing_count is how many there are.
 * Threads:  one at a time per context.
 * Errors:   INVALID_ARGUMENT  a NULL pointer.
 */
TERN_API TERN_NODISCARD tern_status tern_context_infer(tern_context *context, int32_t capacity,
                                                       int32_t *missing,
                                                       int32_t *out_missing_count);

/**
 * Queue one inference and return without waiting for it; on streams 0, 1 and 2 run it in this
 * thread.
 *
 * Memory:   allocates nothing.  Outputs are dense, row-major, in the buffers that were bound;
 * inputs and
 *           outputs must outlive the queued work.  Bindings and shapes may be changed as soon as it
 *           returns. Threads:  one call at a time per context; contexts of one engine may run in
 *           parallel. Errors:   INVALID_ARGUMENT  a tensor is not bound, or no such stream;
 *           BAD_SHAPE         a shape is not set, or (when it runs) contents give an extent that is
 *           out of range,
 *                             or an output that does not fit the block it is bound to;
 *           DEVICE            a step failed (queued work reports at synchronize).
 */
TERN_API TERN_NODISCARD tern_status tern_context_enqueue(tern_context *context, tern_stream stream);

/* Time of each layer of each run that follows, reported after the run on the thread that ran it;
   costs time. */
typedef struct tern_profiler {
    void *self;
    void (*layer)(void *self, const char *name, double milliseconds);
} tern_profiler;

/**
 * Have layers timed; NULL to stop.
 *
 * Memory:   the struct is copied.
 * Threads:  layer() is called on the thread that ran the work, after the run.
 * Errors:   INVALID_ARGUMENT  context is NULL.
 */
TERN_API TERN_NODISCARD tern_status tern_context_set_profiler(tern_context *context,
                                                              const tern_profiler *profiler);

/* Memory for an output whose size is known only when it runs.  Asked before the output is written.
   */
typedef struct tern_output_allocator {
    void *self;
    void *(*reallocate)(void *self, const char *name, void *current, size_t bytes, size_t align);
    void (*shape)(void *self, const char *name, int32_t rank, const int64_t *dims);
} tern_output_allocator;

/**
 * Have an output's memory asked for when its size is known; NULL to bind it again.
 *
 * An output whose shape depends on tensors' contents (tern_context_shape has a -1) is asked for in
 * the midst of the run, any other when the run is queued.  shape() follows reallocate() at once.
 *
 * Memory:   the struct is copied; the memory stays the user's.
 * Threads:  called on the thread that runs the work.
 * Errors:   INVALID_ARGUMENT  no such output.
 */
TERN_API TERN_NODISCARD tern_status tern_context_set_output_allocator(
    tern_context *context, int32_t binding, const tern_output_allocator *allocator);

#ifdef __cplusplus
}
#endif

#endif
