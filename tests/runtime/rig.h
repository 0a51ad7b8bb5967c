/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder share: a quiet runtime, engines from hand-made plans. */
#ifndef TERN_TESTS_RUNTIME_RIG_H
#define TERN_TESTS_RUNTIME_RIG_H

#include "harness/harness.h"
#include "harness/plan_maker.h"
#include "tern/context.h"

static inline void rig_quiet(void *self, tern_severity severity, const char *topic,
                             const char *text)
{
    (void)self, (void)severity, (void)topic, (void)text;
}

/* For calls whose failure is part of a test, or does not matter. */
static inline void rig_may_fail(tern_status status)
{
    (void)status;
}

static inline tern_status rig_load(const plan_maker *m, tern_allocator allocator,
                                   tern_engine **out_engine)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    size_t size = 0;
    options.logger.write = rig_quiet;
    options.allocator = allocator;
    *out_engine = NULL;
    tern_status status = tern_runtime_create(&options, &runtime);
    if (status == TERN_OK) {
        void *bytes = maker_write(m, &size);
        status = tern_engine_load_memory(runtime, bytes, size, TERN_LOAD_COPY, out_engine);
        maker_free(bytes);
    }
    tern_runtime_destroy(runtime);
    return status;
}

static inline tern_engine *rig_engine(const plan_maker *m)
{
    tern_engine *engine = NULL;
    REQUIRE_OK(rig_load(m, (tern_allocator){NULL, NULL}, &engine));
    return engine;
}

static inline tern_context *rig_context(const plan_maker *m)
{
    tern_context *context = NULL;
    tern_engine *engine = rig_engine(m);
    REQUIRE_OK(tern_context_create(engine, &context));
    tern_engine_destroy(engine);
    return context;
}

#endif
