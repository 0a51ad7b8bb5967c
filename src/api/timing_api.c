/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/builder.h, timing caches: check arguments, call inwards, deliver the error.
 */
#include "api/deliver.h"
#include "base/alloc.h"
#include "base/array.h"
#include "build/build.h"
#include "build/timing_cache.h"

tern_status tern_timing_cache_create(tern_builder *builder, const void *data, size_t size,
                                     tern_timing_cache **out_cache)
{
    if (builder == NULL || out_cache == NULL || (data == NULL && size > 0)) {
        return tern_deliver_null(builder != NULL ? &builder->logger : NULL, "timing_cache_create",
                                 builder == NULL     ? "builder"
                                 : out_cache == NULL ? "out_cache"
                                                     : "data");
    }
    *out_cache = NULL;
    tern_timing_cache *cache =
        tern_alloc_zero(builder->allocator, sizeof *cache, _Alignof(tern_timing_cache));
    if (cache == NULL) {
        return tern_deliver(&builder->logger, TERN_OUT_OF_MEMORY);
    }
    cache->allocator = builder->allocator;
    cache->logger = builder->logger;
    const tern_status status = size > 0 ? tern_timing_read(cache, data, size) : TERN_OK;
    if (status != TERN_OK) {
        tern_timing_cache_destroy(cache);
        return tern_deliver(&builder->logger, status);
    }
    *out_cache = cache;
    return TERN_OK;
}

void tern_timing_cache_destroy(tern_timing_cache *cache)
{
    if (cache != NULL) {
        tern_array_free(cache->allocator, &cache->entries, &cache->capacity,
                        sizeof *cache->entries);
        tern_free(cache->allocator, cache, sizeof *cache);
    }
}

tern_status tern_timing_cache_serialize(const tern_timing_cache *cache, tern_memory **out_memory)
{
    if (cache == NULL || out_memory == NULL) {
        return tern_deliver_null(cache != NULL ? &cache->logger : NULL, "timing_cache_serialize",
                                 cache == NULL ? "cache" : "out_memory");
    }
    *out_memory = NULL;
    return tern_deliver(&cache->logger, tern_timing_write(cache, out_memory));
}

tern_status tern_timing_cache_combine(tern_timing_cache *cache, const tern_timing_cache *other)
{
    if (cache == NULL || other == NULL) {
        return tern_deliver_null(cache != NULL ? &cache->logger : NULL, "timing_cache_combine",
                                 cache == NULL ? "cache" : "other");
    }
    tern_status status = TERN_OK;
    for (size_t i = 0; i < other->count && status == TERN_OK; i++) {
        const tern_timing_entry *e = &other->entries[i];
        status = tern_timing_add(cache, e->key, e->tactic, e->time_ns);
    }
    return tern_deliver(&cache->logger, status);
}

void tern_timing_cache_reset(tern_timing_cache *cache)
{
    if (cache != NULL) {
        cache->count = 0;
    }
}

tern_status tern_config_set_timing_cache(tern_config *config, tern_timing_cache *cache)
{
    if (config == NULL) {
        return tern_deliver_null(NULL, "config_set_timing_cache", "config");
    }
    config->timing_cache = cache;
    return TERN_OK;
}

tern_timing_cache *tern_config_timing_cache(const tern_config *config)
{
    return config != NULL ? config->timing_cache : NULL;
}
