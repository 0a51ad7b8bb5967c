/* SPDX-License-Identifier: Apache-2.0
 *
 * Engines and operators as text, JSON and Markdown.
 */
#ifndef TERN_RUNTIME_INSPECT_H
#define TERN_RUNTIME_INSPECT_H

#include "runtime/state.h"
#include "tern/inspect.h"

/* Each adds to `out`, whose status tells whether memory sufficed. */
void tern_print_operators(tern_format format, tern_text *out);
void tern_print_engine(const tern_engine *engine, tern_format format, tern_text *out);
void tern_print_layer(const tern_engine *engine, uint32_t layer, tern_format format,
                      tern_text *out);

#endif
