/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/inspect.h: the text is made first, then handed to the sink.
 */
#include "api/deliver.h"
#include "base/alloc.h"
#include "runtime/inspect.h"

static tern_status hand_over(tern_text *text, const tern_sink *sink)
{
    const tern_status status = tern_text_status(text);
    if (status == TERN_OK) {
        sink->write(sink->self, tern_text_get(text), text->len);
    }
    tern_text_destroy(text);
    return status;
}

tern_status tern_inspect_operators(tern_format format, const tern_sink *sink)
{
    if (sink == NULL || sink->write == NULL) {
        return tern_deliver_null(NULL, "inspect operators", "sink");
    }
    tern_text text;
    tern_text_init(&text, tern_allocator_default());
    tern_print_operators(format, &text);
    return tern_deliver(NULL, hand_over(&text, sink));
}

tern_status tern_inspect_engine(const tern_engine *engine, tern_format format,
                                const tern_sink *sink)
{
    if (engine == NULL || sink == NULL || sink->write == NULL) {
        return tern_deliver_null(engine != NULL ? &engine->logger : NULL, "inspect engine",
                                 engine == NULL ? "engine" : "sink");
    }
    tern_text text;
    tern_text_init(&text, engine->allocator);
    tern_print_engine(engine, format, &text);
    return tern_deliver(&engine->logger, hand_over(&text, sink));
}

tern_status tern_inspect_layer(const tern_engine *engine, int32_t layer, tern_format format,
                               const tern_sink *sink)
{
    if (engine == NULL || sink == NULL || sink->write == NULL) {
        return tern_deliver_null(engine != NULL ? &engine->logger : NULL, "inspect layer",
                                 engine == NULL ? "engine" : "sink");
    }
    if (layer < 0 || (uint32_t)layer >= engine->plan.step_count) {
        return tern_deliver(&engine->logger,
                            tern_fail(TERN_INVALID_ARGUMENT,
                                      "inspect layer: layer %d, the engine has 0..%d", layer,
                                      (int)engine->plan.step_count - 1));
    }
    tern_text text;
    tern_text_init(&text, engine->allocator);
    tern_print_layer(engine, (uint32_t)layer, format, &text);
    return tern_deliver(&engine->logger, hand_over(&text, sink));
}
