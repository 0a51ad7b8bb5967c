/* SPDX-License-Identifier: Apache-2.0
 *
 * IBuilderConfig on devices.
 */
#ifndef TERNRT_DEVICES_H
#define TERNRT_DEVICES_H

#include "ternrt.h"

/* For a table of methods with keywords. */
PyObject *ternrt_set_device_type(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords);
PyObject *ternrt_get_device_type(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords);
PyObject *ternrt_is_device_type_set(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *keywords);
PyObject *ternrt_reset_device_type(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords);
PyObject *ternrt_can_run_on_dla(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                PyObject *keywords);

/* For a table of properties: the closure is the only member that there is. */
PyObject *ternrt_get_only(PyObject *self, void *closure);
int ternrt_set_only(PyObject *self, PyObject *value, void *closure);
PyObject *ternrt_get_dla_core(PyObject *self, void *closure);
int ternrt_set_dla_core(PyObject *self, PyObject *value, void *closure);

#endif
