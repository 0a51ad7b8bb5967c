/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of IExecutionContext share.
 */
#ifndef TERNRT_CONTEXT_H
#define TERNRT_CONTEXT_H

#include "ternrt.h"

const ternrt_reporter *ternrt_context_logger(const ternrt_context *context);
int32_t ternrt_context_find(const ternrt_context *context, PyObject *name); /* as in the engine */
const PyMethodDef *ternrt_context_run_methods(size_t *out_count);
const PyMethodDef *ternrt_context_shape_methods(size_t *out_count);
PyObject *ternrt_context_all_specified(PyObject *self, void *closure);

#endif
