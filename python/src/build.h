/* SPDX-License-Identifier: Apache-2.0
 *
 * The Builder methods that build.
 */
#ifndef TERNRT_BUILD_H
#define TERNRT_BUILD_H

#include "ternrt.h"

PyObject *ternrt_build_serialized(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords);
PyObject *ternrt_build_engine(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords);
PyObject *ternrt_build_cuda_engine(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords);
PyObject *ternrt_is_supported(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords);

#endif
