/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/builder.h, builders and what a build makes: check arguments, call inwards, deliver the
 * error.
 */
#include "api/deliver.h"
#include "base/alloc.h"
#include "base/os.h"
#include "base/pool.h"
#include "build/build.h"
#include "pass/pass.h"

tern_status tern_builder_create(const tern_builder_options *options, tern_builder **out_builder)
{
    if (out_builder == NULL) {
        return tern_deliver_null(options != NULL ? &options->logger : NULL, "builder_create",
                                 "out_builder");
    }
    *out_builder = NULL;
    tern_builder_options o = TERN_BUILDER_OPTIONS_INIT;
    if (options != NULL) {
        if (options->struct_size == 0 || options->struct_size > sizeof o) {
            return tern_deliver(
                NULL,
                tern_fail(TERN_VERSION,
                          "builder_create: struct_size is %zu, this library knows %zu; set it "
                          "with TERN_BUILDER_OPTIONS_INIT",
                          options->struct_size, sizeof o));
        }
        memcpy(&o, options, options->struct_size);
    }
    const tern_allocator allocator =
        o.allocator.resize != NULL ? o.allocator : tern_allocator_default();
    if (o.max_threads < 0 || o.max_threads > TERN_POOL_MAX_THREADS) {
        return tern_deliver(&o.logger, tern_fail(TERN_INVALID_ARGUMENT,
                                                 "builder_create: max_threads is %d, 0..%d allowed",
                                                 (int)o.max_threads, TERN_POOL_MAX_THREADS));
    }
    tern_builder *builder = tern_alloc_zero(allocator, sizeof *builder, _Alignof(tern_builder));
    if (builder == NULL) {
        return tern_deliver(&o.logger, TERN_OUT_OF_MEMORY);
    }
    *builder = (tern_builder){allocator, o.logger, o.max_threads, 1};
    *out_builder = builder;
    return TERN_OK;
}

void tern_builder_destroy(tern_builder *builder)
{
    if (builder != NULL) {
        tern_free(builder->allocator, builder, sizeof *builder);
    }
}

static tern_status set_count(tern_builder *builder, const char *call, int32_t *field, int32_t value,
                             int32_t low, int32_t high)
{
    if (value < low || value > high) {
        return tern_deliver(&builder->logger,
                            tern_fail(TERN_INVALID_ARGUMENT, "%s: %d is outside %d..%d", call,
                                      (int)value, (int)low, (int)high));
    }
    *field = value;
    return TERN_OK;
}

tern_status tern_builder_set_max_threads(tern_builder *builder, int32_t threads)
{
    if (builder == NULL) {
        return tern_deliver_null(NULL, "builder_set_max_threads", "builder");
    }
    return set_count(builder, "builder_set_max_threads", &builder->max_threads, threads, 1,
                     TERN_POOL_MAX_THREADS);
}

int32_t tern_builder_max_threads(const tern_builder *builder)
{
    return builder != NULL ? builder->max_threads : 0;
}

tern_status tern_builder_set_max_batch(tern_builder *builder, int32_t max_batch)
{
    if (builder == NULL) {
        return tern_deliver_null(NULL, "builder_set_max_batch", "builder");
    }
    return set_count(builder, "builder_set_max_batch", &builder->max_batch, max_batch, 1,
                     INT32_MAX);
}

int32_t tern_builder_max_batch(const tern_builder *builder)
{
    return builder != NULL ? builder->max_batch : 0;
}

/* --- building --- */

tern_status tern_build(tern_builder *builder, tern_network *network, const tern_config *config,
                       tern_memory **out_plan)
{
    if (builder == NULL || network == NULL || out_plan == NULL) {
        return tern_deliver_null(builder != NULL ? &builder->logger : NULL, "build",
                                 builder == NULL   ? "builder"
                                 : network == NULL ? "network"
                                                   : "out_plan");
    }
    return tern_deliver(&builder->logger, tern_build_network(builder, network, config, out_plan));
}

/* Text becomes host memory. */
static tern_status keep_text(tern_allocator allocator, const tern_text *text,
                             tern_memory **out_memory)
{
    TERN_TRY(tern_text_status(text));
    TERN_TRY(tern_memory_make(allocator, text->len, out_memory));
    if (text->len > 0) {
        memcpy((*out_memory)->data, tern_text_get(text), text->len);
    }
    return TERN_OK;
}

static tern_status print_graph(tern_allocator allocator, const tern_graph *g,
                               tern_memory **out_text)
{
    tern_text text;
    tern_text_init(&text, allocator);
    tern_status status = tern_graph_print(g, &text);
    if (status == TERN_OK) {
        status = keep_text(allocator, &text, out_text);
    }
    tern_text_destroy(&text);
    return status;
}

tern_status tern_network_print(tern_network *network, tern_memory **out_text)
{
    if (network == NULL || out_text == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "network_print",
                                 network == NULL ? "network" : "out_text");
    }
    *out_text = NULL;
    tern_status status = tern_net_infer(network);
    if (status != TERN_OUT_OF_MEMORY) { /* else what has no shape prints without one */
        status = print_graph(network->allocator, network->graph, out_text);
    }
    return tern_deliver(&network->logger, status);
}

tern_status tern_network_parse(tern_builder *builder, const char *text, size_t size,
                               tern_network **out_network)
{
    if (builder == NULL || text == NULL || out_network == NULL) {
        return tern_deliver_null(builder != NULL ? &builder->logger : NULL, "network_parse",
                                 builder == NULL ? "builder"
                                 : text == NULL  ? "text"
                                                 : "out_network");
    }
    *out_network = NULL;
    tern_graph *g = NULL;
    tern_status status = tern_graph_parse(builder->allocator, text, size, &g);
    if (status == TERN_OK) {
        status = tern_net_adopt(builder->allocator, builder->logger, g, out_network);
    }
    return tern_deliver(&builder->logger, status);
}

static tern_status run_passes(tern_graph *g, const tern_pass_options *options, const char *passes)
{
    const char *last = options->stop_after;
    if (last != NULL && tern_pass_find(last, strlen(last)) == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "optimize: there is no pass \"%s\" to stop after",
                         last);
    }
    if (passes == NULL) {
        return tern_pipeline_run(g, options);
    }
    tern_str rest = tern_str_of(passes);
    tern_str name;
    int64_t rewrites_left = options->rewrite_limit;
    while (tern_str_next(&rest, ',', &name)) {
        name = tern_str_trim(name);
        const tern_pass *pass = tern_pass_find(name.at, name.len);
        if (pass == NULL) {
            return tern_fail(TERN_INVALID_ARGUMENT, "optimize: there is no pass \"%.*s\"",
                             (int)name.len, name.at);
        }
        TERN_TRY(tern_pass_run(pass, g, options, &rewrites_left));
    }
    return TERN_OK;
}

tern_status tern_network_optimize(tern_network *network, const char *passes, tern_memory **out_text)
{
    if (network == NULL || out_text == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "network_optimize",
                                 network == NULL ? "network" : "out_text");
    }
    *out_text = NULL;
    tern_pass_options options = {.logger = &network->logger,
                                 .level = 3,
                                 .isa = tern_isa_detect(),
                                 .threads = 1,
                                 .verify = 1};
    tern_pass_options_from_environment(&options);
    options.stop_after = tern_os_env("TERN_STOP_AFTER");
    tern_graph *g = NULL;
    tern_status status = tern_net_snapshot(network, &g);
    if (status == TERN_OK) {
        status = run_passes(g, &options, passes);
    }
    if (status == TERN_OK) {
        status = print_graph(network->allocator, g, out_text);
    }
    tern_graph_destroy(g);
    return tern_deliver(&network->logger, status);
}

/* --- what a build makes --- */

const void *tern_memory_data(const tern_memory *memory)
{
    return memory != NULL ? memory->data : NULL;
}

size_t tern_memory_size(const tern_memory *memory)
{
    return memory != NULL ? memory->size : 0;
}

tern_status tern_memory_save(const tern_memory *memory, const char *path)
{
    if (memory == NULL || path == NULL) {
        return tern_deliver_null(NULL, "memory_save", memory == NULL ? "memory" : "path");
    }
    return tern_deliver(NULL, tern_file_write(path, memory->data, memory->size));
}

void tern_memory_destroy(tern_memory *memory)
{
    if (memory != NULL) {
        tern_free(memory->allocator, memory->data, memory->size);
        tern_free(memory->allocator, memory, sizeof *memory);
    }
}
