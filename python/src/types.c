/* SPDX-License-Identifier: Apache-2.0
 *
 * What all heap types need: making one, allocating and freeing objects, context managers that
 * manage nothing.
 */
#include "ternrt.h"

#include <string.h>

PyTypeObject *ternrt_type_make(PyObject *module, PyType_Spec *spec, PyTypeObject *base)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, (PyObject *)base);
    const char *dot = strrchr(spec->name, '.');
    if (type == NULL || PyModule_AddObjectRef(module, dot + 1, type) < 0) {
        Py_XDECREF(type);
        return NULL;
    }
    return (PyTypeObject *)
        type; /* the module's own reference stays with the caller, for the life of the process */
}

void *ternrt_alloc(PyTypeObject *type)
{
    const allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    return alloc(type, 0);
}

void ternrt_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    const freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

PyObject *ternrt_enter_self(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(self);
}

PyObject *ternrt_exit_nothing(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    (void)self, (void)args, (void)n;
    Py_RETURN_NONE;
}

PyObject *ternrt_abstract(PyObject *self, PyObject *args)
{
    (void)args;
    return PyErr_Format(PyExc_NotImplementedError, "%R must override this method",
                        (PyObject *)Py_TYPE(self));
}

bool ternrt_is_deleted(const PyObject *value)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "this attribute cannot be deleted");
    }
    return value == NULL;
}

PyObject *ternrt_text(const char *text)
{
    if (text == NULL) {
        Py_RETURN_NONE;
    }
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

const char *ternrt_utf8(PyObject *object, const char *what)
{
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be a str, not %R", what,
                     (PyObject *)Py_TYPE(object));
        return NULL;
    }
    Py_ssize_t size = 0;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text != NULL && strlen(text) != (size_t)size) {
        PyErr_Format(PyExc_ValueError, "%s holds a NUL character", what);
        return NULL;
    }
    return text;
}
