/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking inside: the operator list, engines as text and JSON.
 */
#ifndef TERN_INSPECT_H
#define TERN_INSPECT_H

#include "tern/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Text goes to `write` in pieces, in order, on the calling thread. */
typedef struct tern_sink {
    void *self;
    void (*write)(void *self, const char *text, size_t size);
} tern_sink;

typedef enum tern_format {
    TERN_FORMAT_TEXT = 0,
    TERN_FORMAT_JSON = 1,
    TERN_FORMAT_MARKDOWN = 2
} tern_format;

/**
 * Print all operators: operands, types, attributes, ONNX names, tactics.
 *
 * Memory:   nothing is kept.
 * Threads:  any; write() is called on the calling thread.
 * Errors:   INVALID_ARGUMENT  a NULL pointer or no such format;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_inspect_operators(tern_format format,
                                                           const tern_sink *sink);

/**
 * Print an engine, or one layer of it: tactics and why others were refused, memory map, weights.
 *
 * Memory:   nothing is kept.
 * Threads:  any; write() is called on the calling thread.
 * Errors:   INVALID_ARGUMENT  a NULL pointer, no such layer or format;  OUT_OF_MEMORY.
 */
TERN_API TERN_NODISCARD tern_status tern_inspect_engine(const tern_engine *engine,
                                                        tern_format format, const tern_sink *sink);
TERN_API TERN_NODISCARD tern_status tern_inspect_layer(const tern_engine *engine, int32_t layer,
                                                       tern_format format, const tern_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
