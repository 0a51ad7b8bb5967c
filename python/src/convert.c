/* SPDX-License-Identifier: Apache-2.0
 *
 * Arguments from Python: integers, addresses, and fast calls with keywords.
 */
#include "ternrt.h"

#include <string.h>

int ternrt_i64(PyObject *object, int64_t *out)
{
    PyObject *index = PyLong_Check(object) ? Py_NewRef(object) : PyNumber_Index(object);
    if (index == NULL) {
        return -1;
    }
    *out = PyLong_AsLongLong(index);
    Py_DECREF(index);
    return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

int ternrt_i32(PyObject *object, int32_t *out)
{
    int64_t wide = 0;
    if (ternrt_i64(object, &wide) < 0) {
        return -1;
    }
    if (wide < INT32_MIN || wide > INT32_MAX) {
        PyErr_Format(PyExc_OverflowError, "%lld does not fit 32 bits", (long long)wide);
        return -1;
    }
    *out = (int32_t)wide;
    return 0;
}

int ternrt_f64(PyObject *object, double *out)
{
    *out = PyFloat_AsDouble(object);
    return *out == -1.0 && PyErr_Occurred() ? -1 : 0;
}

int64_t *ternrt_i64_list(PyObject *object, Py_ssize_t *out_count)
{
    if (PyUnicode_Check(object) || PyBytes_Check(object) || !PySequence_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected a sequence of integers, not %R", object);
        return NULL;
    }
    const Py_ssize_t count = PySequence_Size(object);
    int64_t *values = count >= 0 ? PyMem_Malloc(((size_t)count + 1) * sizeof *values) : NULL;
    if (values == NULL) {
        return count >= 0 ? (int64_t *)PyErr_NoMemory() : NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(object, i);
        const int failed = item == NULL || ternrt_i64(item, &values[i]) < 0;
        Py_XDECREF(item);
        if (failed) {
            PyMem_Free(values);
            return NULL;
        }
    }
    *out_count = count;
    return values;
}

/* Negative numbers and those that do not fit raise. */
static int address_of_int(PyObject *number, void **out_address)
{
    const unsigned long long address = PyLong_AsUnsignedLongLong(number);
    *out_address = (void *)(uintptr_t)address;
    return address == (unsigned long long)-1 && PyErr_Occurred() ? -1 : 0;
}

static int address_of_number(PyObject *number, void **out_address)
{
    const int failed = number == NULL || address_of_int(number, out_address) < 0;
    Py_XDECREF(number);
    return failed ? -1 : 0;
}

static int address_of_buffer(PyObject *object, void **out_address)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_C_CONTIGUOUS) < 0) {
        return -1;
    }
    *out_address = view.buf;
    PyBuffer_Release(&view);
    return 0;
}

int ternrt_address(PyObject *object, void **out_address, PyObject **out_owner)
{
    *out_owner = NULL;
    if (PyLong_Check(object)) {
        return address_of_int(object, out_address);
    }
    if (object == Py_None) {
        *out_address = NULL;
        return 0;
    }
    if (PyObject_CheckBuffer(object) && address_of_buffer(object, out_address) == 0) {
        *out_owner = Py_NewRef(object);
        return 0;
    }
    PyErr_Clear();
    if (PyIndex_Check(object)) {
        *out_owner = Py_NewRef(object); /* pycuda's allocations are numbers that own their memory */
        return address_of_number(PyNumber_Index(object), out_address);
    }
    if (PyObject_HasAttrString(object, "__dlpack__")) {
        return ternrt_dlpack_address(object, out_address, out_owner);
    }
    if (!PyFloat_Check(object) && PyObject_HasAttrString(object, "__int__")) {
        *out_owner = Py_NewRef(object);
        return address_of_number(PyNumber_Long(object), out_address);
    }
    PyErr_Format(PyExc_TypeError,
                 "an address is an int, a contiguous buffer or a DLPack tensor, not %R", object);
    return -1;
}

static int place_keyword(const ternrt_signature *takes, PyObject *name, PyObject *value,
                         PyObject **out_values)
{
    for (int i = 0; takes->names[i] != NULL; i++) {
        if (PyUnicode_CompareWithASCIIString(name, takes->names[i]) != 0) {
            continue;
        }
        if (out_values[i] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got %U twice", takes->function, name);
            return -1;
        }
        out_values[i] = value;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s() has no parameter %R", takes->function, name);
    return -1;
}

int ternrt_arguments(const ternrt_signature *takes, PyObject *const *args, Py_ssize_t count,
                     PyObject *keywords, PyObject **out_values)
{
    int known = 0;
    while (takes->names[known] != NULL) {
        out_values[known++] = NULL;
    }
    if (count > known) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %d arguments, %zd given", takes->function,
                     known, count);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        out_values[i] = args[i];
    }
    const Py_ssize_t named = keywords != NULL ? PyTuple_Size(keywords) : 0;
    for (Py_ssize_t i = 0; i < named; i++) {
        if (place_keyword(takes, PyTuple_GetItem(keywords, i), args[count + i], out_values) < 0) {
            return -1;
        }
    }
    for (int i = 0; i < takes->required; i++) {
        if (out_values[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() needs %s", takes->function, takes->names[i]);
            return -1;
        }
    }
    return 0;
}

static bool is_one_of(PyObject *name, const char *names)
{
    for (const char *at = names; *at != '\0';) {
        const size_t length = strcspn(at, "|");
        char one[32];
        PyOS_snprintf(one, sizeof one, "%.*s", (int)length, at);
        if (PyUnicode_CompareWithASCIIString(name, one) == 0) {
            return true;
        }
        at += length + (at[length] == '|');
    }
    return false;
}

PyObject *ternrt_only(const char *function, const char *parameters, PyObject *const *args,
                      Py_ssize_t count, PyObject *keywords)
{
    const Py_ssize_t named = keywords != NULL ? PyTuple_Size(keywords) : 0;
    if (count + named != 1) {
        return PyErr_Format(PyExc_TypeError, "%s() takes one argument, %zd given", function,
                            count + named);
    }
    if (named == 1 && !is_one_of(PyTuple_GetItem(keywords, 0), parameters)) {
        return PyErr_Format(PyExc_TypeError, "%s() has no parameter %R", function,
                            PyTuple_GetItem(keywords, 0));
    }
    return args[0];
}
