/* SPDX-License-Identifier: Apache-2.0
 *
 * A build, top to bottom.
 */
#include "build/build.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/pool.h"
#include "pass/pass.h"

#if defined(TERN_DEBUG)
enum { VERIFY_PASSES = 1 };
#else
enum { VERIFY_PASSES = 0 };
#endif

void tern_config_defaults(tern_config *config)
{
    config->values[TERN_CONFIG_WORKSPACE] = INT64_MAX;
    config->values[TERN_CONFIG_LEVEL] = 3;
    config->values[TERN_CONFIG_ISA] = -1;
    config->values[TERN_CONFIG_AVERAGE] = 1;
}

/* Tells the caller how far the build is; CANCELLED when it wants no more. */
static tern_status progress(const tern_build_state *b, const char *phase, int32_t done)
{
    const tern_progress *p = &b->config->progress;
    if (p->step != NULL && p->step(p->self, phase, done, 6) == 0) {
        return tern_fail(TERN_CANCELLED, "build of network \"%.*s\": cancelled during %s",
                         (int)b->graph->name.len, b->graph->name.at, phase);
    }
    return TERN_OK;
}

static tern_status optimize(tern_build_state *b)
{
    tern_pass_options options = {
        .logger = b->logger,
        .level = (int32_t)b->config->values[TERN_CONFIG_LEVEL],
        .isa = b->isa,
        .threads = b->threads,
        .verify = VERIFY_PASSES,
        .strict_weights = b->config->values[TERN_CONFIG_REFITTABLE] != 0,
    };
    tern_pass_options_from_environment(&options);
    return tern_pipeline_run(b->graph, &options);
}

static tern_status run_steps(tern_build_state *b, tern_memory **out_plan)
{
    TERN_TRY(progress(b, "profiles", 0));
    TERN_TRY(tern_build_profiles(b)); /* before the passes: they may use the ranges of extents */
    TERN_TRY(progress(b, "passes", 1));
    TERN_TRY(optimize(b));
    TERN_TRY(progress(b, "order", 2));
    TERN_TRY(tern_build_order(b));
    TERN_TRY(progress(b, "tactics", 3));
    TERN_TRY(tern_build_select(b));
    TERN_TRY(progress(b, "memory", 4));
    TERN_TRY(tern_build_memory(b));
    TERN_TRY(progress(b, "plan", 5));
    TERN_TRY(tern_build_write(b, out_plan));
    return progress(b, "done", 6);
}

tern_status tern_build_network(const tern_builder *builder, tern_network *net,
                               const tern_config *config, tern_memory **out_plan)
{
    *out_plan = NULL;
    tern_config fallback = {.allocator = builder->allocator};
    tern_config_defaults(&fallback);
    tern_build_state b = {
        .allocator = builder->allocator,
        .logger = &builder->logger,
        .config = config != NULL ? config : &fallback,
        .isa = tern_isa_detect(),
        .threads = builder->max_threads > 0 ? builder->max_threads
                                            : tern_pool_max_threads(tern_pool_shared()),
    };
    const int64_t isa = b.config->values[TERN_CONFIG_ISA];
    if (isa >= 0 && isa < (int64_t)b.isa) {
        b.isa = (tern_isa)isa;
    }
    net->graph->max_batch = builder->max_batch;
    tern_arena_init(&b.arena, builder->allocator);
    tern_status status = tern_net_snapshot(net, &b.graph);
    if (status == TERN_OK) {
        status = run_steps(&b, out_plan);
    }
    if (status != TERN_OK) {
        tern_memory_destroy(*out_plan);
        *out_plan = NULL;
    }
    tern_graph_destroy(b.graph);
    tern_array_free(b.allocator, &b.blobs, &b.blob_capacity, sizeof *b.blobs);
    tern_arena_destroy(&b.arena);
    return status;
}
