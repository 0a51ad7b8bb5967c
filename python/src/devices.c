/* SPDX-License-Identifier: Apache-2.0
 *
 * IBuilderConfig on devices: TensorRT can place layers on a DLA, build for other platforms and for
 * safety.  Here there is one of each, so asking gets the truth and choosing another is logged as an
 * error.
 */
#include "devices.h"

static const ternrt_reporter *reporter_of(PyObject *config)
{
    return &((ternrt_builder *)((ternrt_config *)config)->builder)->reporter;
}

static int check_layer(PyObject *object)
{
    if (PyObject_TypeCheck(object, ternrt_layer_type)) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "expected an ILayer, not %R", object);
    return -1;
}

PyObject *ternrt_set_device_type(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords)
{
    static const ternrt_signature takes = {"set_device_type", 2, {"layer", "device_type"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 || check_layer(given[0]) < 0 ||
        ternrt_set_only(self, given[1], (void *)(intptr_t)TERNRT_DeviceType_GPU) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *about_layer(const char *function, PyObject *const *args, Py_ssize_t n,
                             PyObject *keywords, PyObject *answer)
{
    PyObject *layer = ternrt_only(function, "layer", args, n, keywords);
    if (layer == NULL || check_layer(layer) < 0) {
        return NULL;
    }
    return Py_NewRef(answer);
}

PyObject *ternrt_get_device_type(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords)
{
    (void)self;
    PyObject *gpu = ternrt_member_object(TERNRT_DeviceType_GPU);
    PyObject *answer = about_layer("get_device_type", args, n, keywords, gpu);
    Py_DECREF(gpu);
    return answer;
}

PyObject *ternrt_is_device_type_set(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *keywords)
{
    (void)self;
    return about_layer("is_device_type_set", args, n, keywords, Py_False);
}

PyObject *ternrt_reset_device_type(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    (void)self;
    return about_layer("reset_device_type", args, n, keywords, Py_None);
}

PyObject *ternrt_can_run_on_dla(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                PyObject *keywords)
{
    (void)self;
    return about_layer("can_run_on_DLA", args, n, keywords, Py_False);
}

PyObject *ternrt_get_only(PyObject *self, void *closure)
{
    (void)self;
    return ternrt_member_object((int)(intptr_t)closure);
}

int ternrt_set_only(PyObject *self, PyObject *value, void *closure)
{
    const int only = (int)(intptr_t)closure;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "this cannot be deleted");
        return -1;
    }
    const int member = ternrt_member_read(value, ternrt_member_kind(only));
    if (member >= 0 && member != only) {
        ternrt_log(reporter_of(self), TERN_SEVERITY_ERROR, "%s is not supported here, only %s is",
                   ternrt_member_name(member), ternrt_member_name(only));
    }
    return member < 0 ? -1 : 0;
}

PyObject *ternrt_get_dla_core(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLong(-1);
}

int ternrt_set_dla_core(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    int32_t core = -1;
    if (ternrt_is_deleted(value) || ternrt_i32(value, &core) < 0) {
        return -1;
    }
    if (core >= 0) {
        ternrt_log(reporter_of(self), TERN_SEVERITY_ERROR, "DLA core %d: there is no DLA here",
                   (int)core);
    }
    return 0;
}
