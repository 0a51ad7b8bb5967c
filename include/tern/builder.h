/* SPDX-License-Identifier: Apache-2.0
 *
 * The builder turns a network into a plan.
 *
 *     tern_builder_create(NULL, &builder);
 *     tern_network_create(builder, TERN_BATCH_IS_EXPLICIT, &network);  ... layers ...
 *     tern_build(builder, network, NULL, &plan);
 *     tern_memory_save(plan, "lenet.tern");
 */
#ifndef TERN_BUILDER_H
#define TERN_BUILDER_H

#include "tern/alloc.h"
#include "tern/log.h"
#include "tern/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tern_memory tern_memory;   /* bytes that Tern made: a plan, a text, a timing cache */
typedef struct tern_profile tern_profile; /* ranges of the shapes an engine must take */
typedef struct tern_config tern_config;   /* options of one build */
typedef struct tern_timing_cache tern_timing_cache; /* what builds have measured */

typedef struct tern_builder_options {
    size_t struct_size;       /* sizeof(tern_builder_options) */
    tern_logger logger;       /* write NULL: warnings and errors go to stderr */
    tern_allocator allocator; /* resize NULL: the default */
    int32_t max_threads;      /* 0: TERN_THREADS, else the CPUs this process may use */
} tern_builder_options;

#define TERN_BUILDER_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(tern_builder_options), {0, 0}, {0, 0}, 0                                            \
    }

/**
 * Make a builder.
 *
 * `options`  NULL: all defaults.
 *
 * Memory:   from options->allocator, which everything made with this builder uses too.
 * Threads:  any.
 * Errors:   INVALID_ARGUMENT  out_builder is NULL, or max_threads is out of range;
 *           VERSION           struct_size is not one this library knows;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_builder_create(const tern_builder_options *options,
                                                        tern_builder **out_builder);

/**
 * Free a builder.
 *
 * Memory:   NULL does nothing.  Networks, configs, profiles and plans may outlive it.
 * Threads:  one at a time per object.
 * Errors:   none.
 */
TERN_API void tern_builder_destroy(tern_builder *builder);

/**
 * Set or get the most threads to build for, and the largest batch of implicit-batch networks.
 *
 * Memory:   none.
 * Threads:  one at a time per object.
 * Errors:   INVALID_ARGUMENT  threads outside 1..256, a batch below 1.
 */
TERN_API TERN_NODISCARD tern_status tern_builder_set_max_threads(tern_builder *builder,
                                                                 int32_t threads);
TERN_API int32_t tern_builder_max_threads(const tern_builder *builder);
TERN_API TERN_NODISCARD tern_status tern_builder_set_max_batch(tern_builder *builder,
                                                               int32_t max_batch);
TERN_API int32_t tern_builder_max_batch(const tern_builder *builder);

/* --- options of a build --- */

typedef enum tern_config_key {
    TERN_CONFIG_WORKSPACE = 1, /* bytes of scratch any tactic may use; default: no limit */
    TERN_CONFIG_LEVEL = 2,     /* optimisation level 0..5; default 3 */
    TERN_CONFIG_VERBOSITY =
        3, /* what the plan keeps for the inspector: 0 names, 1 none, 2 detailed */
    TERN_CONFIG_TIMING =
        4, /* 1: time the candidates (level 4 and 5 do); 0: take the first that accepts */
    TERN_CONFIG_REFITTABLE = 5, /* 1: no decision looks at weights' values */
    TERN_CONFIG_ISA = 6,        /* highest ISA level to build for; default: this machine's */
    TERN_CONFIG_AVERAGE = 7     /* timing iterations per tactic; default 1 */
} tern_config_key;

/**
 * Make a config with the defaults, or free it.
 *
 * Memory:   from the builder's allocator; freeing NULL does nothing.
 * Threads:  one at a time per object.
 * Errors:   INVALID_ARGUMENT  a NULL pointer;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_config_create(tern_builder *builder,
                                                       tern_config **out_config);
TERN_API void tern_config_destroy(tern_config *config);

/**
 * Set or get an option.
 *
 * Memory:   none.
 * Threads:  one at a time per object.
 * Errors:   INVALID_ARGUMENT  no such option, or a value out of its range.
 */
TERN_API TERN_NODISCARD tern_status tern_config_set(tern_config *config, tern_config_key key,
                                                    int64_t value);
TERN_API int64_t tern_config_get(const tern_config *config, tern_config_key key);

/**
 * Add an optimization profile, or count them.  The first one is profile 0.
 *
 * Memory:   the profile is copied. Threads:  one at a time per object. Errors:   INVALID_ARGUMENT
 * a minimum, optimum or maximum is missing or out of order;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_config_add_profile(tern_config *config,
                                                            const tern_profile *profile,
                                                            int32_t *out_index);
TERN_API int32_t tern_config_profile_count(const tern_config *config);

/* Called between steps of the build with a phase's name, the step reached and the number of steps;
   returning 0 cancels. */
typedef struct tern_progress {
    void *self;
    int32_t (*step)(void *self, const char *phase, int32_t done, int32_t total);
} tern_progress;

/**
 * Have the build report its progress; NULL for no reports.
 *
 * Memory:   the struct is copied.
 * Threads:  step() is called on the thread that builds.
 * Errors:   INVALID_ARGUMENT  config is NULL.
 */
TERN_API TERN_NODISCARD tern_status tern_config_set_progress(tern_config *config,
                                                             const tern_progress *progress);

/* --- timing caches --- */

/**
 * Make a timing cache, empty or from the bytes of an earlier one; free it; empty it.
 *
 * Memory:   from the builder's allocator; the bytes are copied; freeing NULL does nothing.
 * Threads:  one at a time per object.
 * Errors:   INVALID_ARGUMENT  a NULL pointer;
 *           BAD_MODEL         the bytes are damaged or no timing cache;
 *           VERSION           they have another format;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_timing_cache_create(tern_builder *builder,
                                                             const void *data, size_t size,
                                                             tern_timing_cache **out_cache);
TERN_API void tern_timing_cache_destroy(tern_timing_cache *cache);
TERN_API void tern_timing_cache_reset(tern_timing_cache *cache);

/**
 * Get a cache's bytes, or add the times of another cache.  The same times give the same bytes.
 *
 * Memory:   the bytes are the caller's.
 * Threads:  one at a time per object.
 * Errors:   INVALID_ARGUMENT  a NULL pointer;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_timing_cache_serialize(const tern_timing_cache *cache,
                                                                tern_memory **out_memory);
TERN_API TERN_NODISCARD tern_status tern_timing_cache_combine(tern_timing_cache *cache,
                                                              const tern_timing_cache *other);

/**
 * Have builds with this config take times from a cache and put new ones into it; NULL for none.
 *
 * A build that finds all its times there measures nothing and gives the same plan again.
 *
 * Memory:   borrowed: it must stay as long as the config is used.
 * Threads:  one at a time per object; a cache is used by one build at a time.
 * Errors:   INVALID_ARGUMENT  config is NULL.
 */
TERN_API TERN_NODISCARD tern_status tern_config_set_timing_cache(tern_config *config,
                                                                 tern_timing_cache *cache);
TERN_API tern_timing_cache *tern_config_timing_cache(const tern_config *config);

/* --- profiles --- */

typedef enum tern_profile_point {
    TERN_PROFILE_MIN = 0,
    TERN_PROFILE_OPT = 1,
    TERN_PROFILE_MAX = 2
} tern_profile_point;

/**
 * Make an empty profile, or free it.
 *
 * Memory:   from the builder's allocator; freeing NULL does nothing.
 * Threads:  one at a time per object.
 * Errors:   INVALID_ARGUMENT  a NULL pointer;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_profile_create(tern_builder *builder,
                                                        tern_profile **out_profile);
TERN_API void tern_profile_destroy(tern_profile *profile);

/**
 * Set or get one point of an input's range of shapes, or of a shape input's range of values.
 *
 * Whether the input exists and the ranks agree shows at the build.  Getting a shape that was not
 * set gives rank -1.
 *
 * Memory:   copied; at most 64 values. Threads:  one at a time per object. Errors:
 * INVALID_ARGUMENT  no such point, a rank or count out of range, or (get) nothing set for that
 * input;
 *           BAD_SHAPE         a negative extent;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_profile_set_shape(tern_profile *profile, const char *input,
                                                           tern_profile_point point, int32_t rank,
                                                           const int64_t *dims);
TERN_API TERN_NODISCARD tern_status tern_profile_get_shape(const tern_profile *profile,
                                                           const char *input,
                                                           tern_profile_point point,
                                                           int32_t *out_rank,
                                                           int64_t dims[TERN_MAX_RANK]);
TERN_API TERN_NODISCARD tern_status tern_profile_set_values(tern_profile *profile,
                                                            const char *input,
                                                            tern_profile_point point, int32_t count,
                                                            const int64_t *values);
TERN_API TERN_NODISCARD tern_status tern_profile_get_values(const tern_profile *profile,
                                                            const char *input,
                                                            tern_profile_point point,
                                                            int32_t capacity, int64_t *values,
                                                            int32_t *out_count);

/**
 * Tell whether every range that was set is complete and in order: min <= opt <= max.
 *
 * Memory:   none.
 * Threads:  one at a time per object.
 * Errors:   none; 0 for NULL.
 */
TERN_API int32_t tern_profile_is_valid(const tern_profile *profile);

/* --- building --- */

/**
 * Build a plan.
 *
 * `config`  NULL: the defaults.  The same network, options and library give the same bytes.
 *
 * Memory:   the plan is the caller's; weights are read and not needed afterwards.
 * Threads:  several builds may run at once, each with its own network and config.
 * Errors:   INVALID_ARGUMENT  no outputs, equal names, an input that varies without a profile ...;
 *           BAD_SHAPE, UNSUPPORTED  a layer does not fit its inputs: the sentence names it;
 *           CANCELLED         progress said so;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_build(tern_builder *builder, tern_network *network,
                                               const tern_config *config, tern_memory **out_plan);

/**
 * Print a network as text IR, or make a network from such a text.
 *
 * Constants of more than 64 elements print as `@blob k` without their bytes: that text can be read
 * and optimised, but not built.
 *
 * Memory:   what is returned is the caller's.
 * Threads:  one at a time per object.
 * Errors:   BAD_MODEL  the text is wrong: the sentence has line and column;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_network_print(tern_network *network,
                                                       tern_memory **out_text);
TERN_API TERN_NODISCARD tern_status tern_network_parse(tern_builder *builder, const char *text,
                                                       size_t size, tern_network **out_network);

/**
 * Print a network as text IR after passes have run on a copy of it.
 *
 * `passes`  names such as "fold-constants,sweep"; NULL: the whole pipeline.
 *
 * Memory:   the text is the caller's.
 * Threads:  one at a time per object.
 * Errors:   INVALID_ARGUMENT  there is no such pass;  else as tern_build.
 */
TERN_API TERN_NODISCARD tern_status tern_network_optimize(tern_network *network, const char *passes,
                                                          tern_memory **out_text);

/**
 * Get at bytes that Tern made, write them to a file, or free them.
 *
 * Memory:   data is page-aligned and lives as long as the object; freeing NULL does nothing.
 * Threads:  any number may read; freeing is one at a time.
 * Errors:   IO  the file could not be written; then it is as it was before.
 */
TERN_API const void *tern_memory_data(const tern_memory *memory);
TERN_API size_t tern_memory_size(const tern_memory *memory);
TERN_API TERN_NODISCARD tern_status tern_memory_save(const tern_memory *memory, const char *path);
TERN_API void tern_memory_destroy(tern_memory *memory);

#ifdef __cplusplus
}
#endif

#endif
