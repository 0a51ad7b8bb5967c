/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of IExecutionContext share.
 */
#ifndef TERNRT_CONTEXT_H
#define TERNRT_CONTEXT_H

#include "ternrt.h"

PyObject *ternrt_context_logger(const ternrt_context *context); /* borrowed */
const PyMethodDef *ternrt_context_run_methods(size_t *out_count);
const PyMethodDef *ternrt_context_shape_methods(size_t *out_count);
PyObject *ternrt_context_all_specified(PyObject *self, void *closure);

#endif
